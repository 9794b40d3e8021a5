//! The real packages, run from the answers to the delivered result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use onething_engine::case::{Case, Outcome, PartStatus, Status};
use onething_engine::command::{Action, Command, Submission};
use onething_engine::definition::{FieldType, Node, QuestionType};
use onething_engine::event::Event;
use onething_engine::{Checked, Decider, InputFile, Value, Workflow, check, decide};
use serde_json::{Value as Json, json};

use crate::support::{Bench, MINUTE, MONDAY_NINE, calendar};

/// The directory of the definition files.
pub(crate) fn workflows() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows")
}

/// Every definition file, named from `workflows/` on.
pub(crate) fn files() -> Vec<InputFile> {
    let mut files = Vec::new();
    for directory in ["calendars", "matters", "packages", "tests"] {
        for entry in std::fs::read_dir(workflows().join(directory)).expect("the directory of definitions") {
            let path = entry.expect("a directory entry").path();
            let name = format!("{directory}/{}", path.file_name().expect("a name").to_string_lossy());
            files.push(InputFile { name, bytes: std::fs::read(path).expect("a definition") });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Every package file.
pub(crate) const PACKAGES: [&str; 9] = [
    "government-project",
    "government-project-sequential",
    "newborn",
    "open-company",
    "open-restaurant",
    "resale-flat",
    "retirement",
    "sole-trader",
    "teacher-certificate",
];

/// A real package as it stands in its file.
pub(crate) fn real(id: &str) -> Workflow {
    static CHECKED: LazyLock<Checked> = LazyLock::new(|| check(&files()));
    let found = CHECKED.workflows.get(id).cloned();
    found.unwrap_or_else(|| panic!("{id}: {:#?}", CHECKED.diagnostics))
}

/// A real package of which a test changes something first.
fn changed(id: &str, change: impl Fn(&str, &mut Json)) -> Workflow {
    let mut files = files();
    for file in &mut files {
        let mut json: Json = serde_json::from_slice(&file.bytes).expect("JSON");
        change(&file.name, &mut json);
        file.bytes = json.to_string().into_bytes();
    }
    let mut checked = check(&files);
    checked.workflows.remove(id).unwrap_or_else(|| panic!("{id}: {:#?}", checked.diagnostics))
}

/// An application with these answers; every other question is answered with no or the first choice, and the form is
/// filled in with anything that fits.
pub(crate) fn application(workflow: &Workflow, answers: &[(&str, Json)]) -> Submission {
    let mut submission = Submission { number: "C-1".into(), applicant: "李四".into(), ..Submission::default() };
    let value = |json: &Json| serde_json::from_value::<Value>(json.clone()).expect("an answer");
    for question in workflow.questions() {
        let given = answers.iter().find(|(id, _)| *id == question.id).map(|(_, json)| value(json));
        let usual = || match question.kind {
            QuestionType::Boolean => Value::Bool(false),
            QuestionType::Choice => Value::Text(question.choices[0].id.clone()),
        };
        Arc::make_mut(&mut submission.answers).insert(question.id.clone(), given.unwrap_or_else(usual));
    }
    // What is asked can depend on what was filled in before.
    for _ in 0..4 {
        let form = workflow.filled(&submission.answers, &submission.form);
        let chosen = workflow.chosen(&submission.answers, &form);
        let form: BTreeMap<String, Value> = workflow
            .asked(&chosen, &submission.answers, &form)
            .map(|plan| {
                let field = &plan.field;
                let given = answers.iter().find(|(id, _)| *id == field.id).map(|(_, json)| value(json));
                let number = field.min.unwrap_or(1.0).max(1.0).min(field.max.unwrap_or(f64::MAX));
                let usual = || match field.kind {
                    FieldType::Text => Value::Text("甲".into()),
                    FieldType::Boolean => Value::Bool(false),
                    FieldType::Integer | FieldType::Number => Value::Number(number),
                    FieldType::Date => Value::Text("2026-06-01".into()),
                    FieldType::Choice => Value::Text(field.choices[0].id.clone()),
                };
                (field.id.clone(), given.unwrap_or_else(usual))
            })
            .collect();
        submission.form = form.into();
        let form = workflow.filled(&submission.answers, &submission.form);
        submission.materials = workflow
            .needed(&chosen, &submission.answers, &form)
            .filter(|plan| workflow.brought(plan, &chosen))
            .map(|plan| plan.material.id.as_str().into())
            .collect();
    }
    submission
}

/// A real package with an application handed in.
fn handed_in(id: &str, answers: &[(&str, Json)]) -> Bench {
    submitted(real(id), answers)
}

fn submitted(workflow: Workflow, answers: &[(&str, Json)]) -> Bench {
    let mut bench = Bench::new(workflow);
    let submission = application(&bench.workflow, answers);
    bench.act("applicant", Action::Submit(Box::new(submission))).expect("a good application");
    bench
}

impl Bench {
    /// The open steps, each as `part/step`.
    fn places(&self) -> Vec<String> {
        let place = |task: &onething_engine::case::Task| {
            let plan = self.workflow.plan(task.part);
            format!("{}/{}", plan.id, plan.graph.step(task.node).id)
        };
        self.case.tasks.iter().map(place).collect()
    }

    fn status_of(&self, matter: &str) -> PartStatus {
        let part = self.workflow.plans().iter().position(|plan| *plan.id == *matter).expect("a matter of the package");
        self.case.parts.get(part).map_or(PartStatus::Waiting, |part| part.status)
    }

    /// Does the first open step that the test lets it do, in the best way or as the test says; false when there is none.
    fn go_on(&mut self, outcome: &impl Fn(&str) -> Option<Outcome>, may: &impl Fn(&str) -> bool) -> bool {
        let Some(at) = self.places().iter().position(|place| may(place)) else { return false };
        let (task, place) = (self.case.tasks[at].clone(), self.places()[at].clone());
        let usual = match &self.workflow.plan(task.part).graph.step(task.node).node {
            Node::Intake { .. } => Outcome::Accepted,
            review @ Node::Review { .. } => Outcome::of(review.outcomes()[0]).expect("a word"),
            Node::Decide { .. } => Outcome::Granted,
            Node::Service { .. } => Outcome::Done,
            Node::Issue { .. } => Outcome::Issued,
            Node::Deliver { .. } => Outcome::Delivered,
            Node::Wait { message, .. } => {
                let name = message.as_str().into();
                self.act("world", Action::Message { name }).expect("somebody waits for it");
                return true;
            }
            _ => {
                let timer = self.case.timers.iter().min_by_key(|timer| timer.due).copied().expect("a timer");
                self.now = self.now.max(timer.due);
                self.act("clock", Action::Fire { timer: timer.id }).expect("due");
                return true;
            }
        };
        let outcome = outcome(&place).unwrap_or(usual);
        let reason = matches!(outcome, Outcome::Refused | Outcome::NotAccepted).then(|| Arc::from("不符合条件"));
        let action = Action::Complete { task: task.id, outcome, reason, lacking: vec![], began: None };
        self.act(&place, action).unwrap_or_else(|refused| panic!("{place}: {refused:?}"));
        self.now += MINUTE;
        true
    }

    /// Goes on until nothing is open.
    fn run(&mut self, outcome: impl Fn(&str) -> Option<Outcome>) {
        while self.go_on(&outcome, &|_| true) {}
        assert!(self.case.status.is_closed(), "{:?}", self.places());
    }

    /// Goes on until only steps of these places are open.
    fn run_up_to(&mut self, ends: &[&str]) {
        while self.go_on(&|_| None, &|place| !ends.iter().any(|end| place.starts_with(end))) {}
    }

    fn opened(&self, step: &str) -> usize {
        let opened = |event: &Event| matches!(event, Event::TaskOpened { step: id, .. } if **id == *step);
        self.history.iter().filter(|(event, _)| opened(event)).count()
    }
}

fn chosen(workflow: &Workflow, answers: &[(&str, Json)]) -> Vec<String> {
    let submission = application(workflow, answers);
    let form = workflow.filled(&submission.answers, &submission.form);
    let chosen = workflow.chosen(&submission.answers, &form);
    chosen.iter().skip(1).map(|part| workflow.plan(*part).id.to_string()).collect()
}

#[test]
fn the_answers_choose_the_matters() {
    let company = real("open-company");
    let always =
        ["company-registration", "tax-registration", "social-insurance-registration", "housing-fund-registration"];
    for (answers, more) in [
        (vec![], vec![]),
        (vec![("carve_physical_seal", json!(true))], vec!["company-seal"]),
        (
            vec![("carve_physical_seal", json!(true)), ("book_bank_account", json!(true))],
            vec!["company-seal", "bank-account-booking"],
        ),
    ] {
        let wanted: Vec<&str> = always.iter().copied().chain(more).collect();
        assert_eq!(chosen(&company, &answers), wanted);
    }
    let restaurant = real("open-restaurant");
    for (answers, wanted) in [
        (vec![("prepackaged_only", json!(true))], vec!["licence-verification", "prepackaged-food-filing"]),
        (vec![], vec!["licence-verification", "food-business-licence"]),
        (
            vec![("sells_tobacco", json!(true)), ("business_area", json!(300))],
            vec!["licence-verification", "food-business-licence", "fire-safety-inspection", "tobacco-retail-licence"],
        ),
        (vec![("business_area", json!(299.5))], vec!["licence-verification", "food-business-licence"]),
    ] {
        let (mut found, mut wanted) = (chosen(&restaurant, &answers), wanted);
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{answers:?}");
    }
}

/// Questions whose yes ends a case with a notice before anything is received.
const ENDS_BEFORE: [&str; 2] = ["sealed_or_disputed", "secret_project"];

#[test]
fn every_answer_to_every_package_ends_with_everything_granted() {
    for id in PACKAGES {
        let workflow = real(id);
        for seed in 0_usize..64 {
            let answers: Vec<(String, Json)> = workflow
                .questions()
                .iter()
                .enumerate()
                .map(|(nth, question)| match question.kind {
                    QuestionType::Boolean => {
                        (question.id.clone(), json!(seed.wrapping_mul(0x9e37_79b9) >> (nth + 3) & 1 == 1))
                    }
                    QuestionType::Choice => {
                        (question.id.clone(), json!(question.choices[(seed + nth) % question.choices.len()].id))
                    }
                })
                .collect();
            let answers: Vec<(&str, Json)> = answers.iter().map(|(id, json)| (id.as_str(), json.clone())).collect();
            let mut bench = submitted(workflow.clone(), &answers);
            bench.run(|_| None);
            if answers.iter().any(|(id, yes)| ENDS_BEFORE.contains(id) && *yes == json!(true)) {
                assert_eq!((bench.case.status, bench.case.accepted), (Status::Returned, None), "{id} {answers:?}");
                assert_eq!(bench.case.application.chosen[..], [0], "{id}: no matter begins");
                continue;
            }
            assert_eq!(bench.case.status, Status::Granted, "{id} {answers:?}");
            for part in &bench.case.application.chosen[1..] {
                let (plan, part) = (workflow.plan(*part), &bench.case.parts[usize::from(*part)]);
                assert!(matches!(part.status, PartStatus::Closed(Outcome::Granted | Outcome::Done)), "{}", plan.id);
            }
            let deliveries = bench
                .history
                .iter()
                .filter(|(event, _)| matches!(event, Event::TaskClosed { outcome: Outcome::Delivered, .. }));
            assert_eq!(deliveries.count(), 1, "{id}: one delivery");
        }
    }
}

#[test]
fn a_field_of_two_matters_is_asked_once_and_one_that_a_question_answers_never() {
    for id in PACKAGES {
        let workflow = real(id);
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        for plan in workflow.fields() {
            *asked.entry(&plan.field.id).or_default() += 1;
        }
        assert!(asked.values().all(|times| *times == 1), "{id}: {asked:?}");
        assert!(workflow.fields().iter().any(|plan| plan.asked_by.len() > 1), "{id}: matters share fields");
    }
    let workflow = real("open-company");
    let submission = application(&workflow, &[("employs_now", json!(true)), ("premises_kind", json!("leased"))]);
    for answered in ["employs_now", "premises_kind"] {
        assert!(workflow.fields().iter().any(|plan| plan.field.id == answered), "a matter has the field {answered}");
        assert!(!submission.form.contains_key(answered), "{answered} is not asked again");
    }
    assert!(submission.form.contains_key("housing_fund_rate"), "what the answer makes necessary is asked");
    let mut bench = Bench::new(workflow);
    bench.act("applicant", Action::Submit(Box::new(submission))).expect("a good application");
    assert_eq!(bench.case.application.form["employs_now"], Value::Bool(true));
    assert_eq!(bench.case.application.form["premises_kind"], Value::Text("leased".into()));
}

#[test]
fn a_shared_material_is_fetched_once_for_all_matters() {
    let mut bench = handed_in("open-restaurant", &[("sells_tobacco", json!(true)), ("outdoor_sign", json!(true))]);
    bench.run(|_| None);
    assert_eq!(bench.opened("fetch_identity"), 1);
    let obtained = bench.history.iter().filter_map(|(event, _)| match event {
        Event::MaterialObtained { material, .. } => Some(material.to_string()),
        _ => None,
    });
    let mut obtained: Vec<String> = obtained.collect();
    let all = obtained.len();
    obtained.sort_unstable();
    obtained.dedup();
    assert_eq!(obtained.len(), all, "each material once: {obtained:?}");
}

#[test]
fn the_result_of_one_matter_feeds_the_next_and_starts_its_clock() {
    let mut bench = handed_in("open-company", &[("carve_physical_seal", json!(true))]);
    bench.run_up_to(&["company-registration/issue"]);
    let waiting = |bench: &Bench| bench.status_of("tax-registration") == PartStatus::Waiting;
    assert!(waiting(&bench) && bench.case.materials.get("business_licence").is_none());
    let accepted = bench.case.accepted.expect("accepted").at;
    bench.now += 90 * MINUTE;
    let arrived = bench.now;
    assert!(bench.go_on(&|_| None, &|_| true));
    assert!(bench.case.materials.get("business_licence").is_some(), "the result is the next ones' material");
    for matter in ["tax-registration", "company-seal"] {
        let part = bench.workflow.plans().iter().position(|plan| *plan.id == *matter).expect("a matter");
        let started = bench.case.parts[part].ledger.started_at().expect("its clock runs");
        assert!(started == arrived && started > accepted, "{matter}");
    }
    let first = bench.case.parts[1].ledger.started_at();
    assert_eq!(first, Some(accepted), "the first matter counts from acceptance");
}

#[test]
fn after_a_refused_prerequisite_what_depends_on_it_is_moot() {
    let mut bench = handed_in("open-company", &[]);
    bench.run(|place| (place == "company-registration/decide").then_some(Outcome::Refused));
    assert_eq!(bench.case.status, Status::Refused);
    for matter in ["tax-registration", "social-insurance-registration", "housing-fund-registration"] {
        assert_eq!(bench.status_of(matter), PartStatus::Waiting, "{matter}");
    }
    assert!(bench.case.results.is_empty() && bench.opened("deliver") == 0);
}

#[test]
fn a_refused_matter_stops_no_other() {
    let answers = [("sells_tobacco", json!(true)), ("greasy_wastewater", json!(true))];
    for (refused, status) in [
        (vec!["tobacco-retail-licence"], Status::PartlyGranted),
        (vec!["food-business-licence", "drainage-permit"], Status::PartlyGranted),
        (vec!["food-business-licence", "drainage-permit", "tobacco-retail-licence"], Status::Refused),
    ] {
        let mut bench = handed_in("open-restaurant", &answers);
        bench.run(|place| {
            let (matter, step) = place.split_once('/')?;
            (step == "decide" && refused.contains(&matter)).then_some(Outcome::Refused)
        });
        assert_eq!(bench.case.status, status, "{refused:?}");
        for matter in ["food-business-licence", "drainage-permit", "tobacco-retail-licence"] {
            let wanted = if refused.contains(&matter) { Outcome::Refused } else { Outcome::Granted };
            assert_eq!(bench.status_of(matter), PartStatus::Closed(wanted), "{matter}");
        }
        assert_eq!(bench.opened("deliver"), usize::from(status != Status::Refused), "what was granted is delivered");
    }
}

/// The visits of two matters stop their clocks, as a testing of samples would.
fn with_stops(name: &str, json: &mut Json) {
    if ["matters/food-business-licence.json", "matters/drainage-permit.json"].contains(&name) {
        let nodes = json["nodes"].as_array_mut().expect("nodes");
        let wait = nodes.iter_mut().find(|node| node["type"] == "wait").expect("a wait");
        wait["message"] = json!(name.trim_start_matches("matters/").trim_end_matches(".json").replace('-', "."));
        wait["stops_clock"] = json!({"reason": "testing", "basis": "行政许可法第四十五条"});
    }
}

#[test]
fn the_clock_of_the_package_stops_only_while_every_unfinished_matter_stands() {
    let answers = [("sells_tobacco", json!(true)), ("greasy_wastewater", json!(true))];
    let mut bench = submitted(changed("open-restaurant", with_stops), &answers);
    let visits = ["food-business-licence/site_visit", "drainage-permit/site_visit"];
    let stopped = |bench: &Bench| bench.case.parts[0].ledger.is_stopped();
    bench.run_up_to(&[visits[0], visits[1], "tobacco-retail-licence/"]);
    assert!(!stopped(&bench), "the tobacco licence goes on: {:?}", bench.places());
    bench.run_up_to(&visits);
    assert!(stopped(&bench), "the last matter that went on has ended: {:?}", bench.places());
    bench.now += 60 * MINUTE;
    bench.act("laboratory", Action::Message { name: "food.business.licence".into() }).expect("awaited");
    assert!(!stopped(&bench), "one matter goes on, so does the package");
    bench.run_up_to(&visits);
    assert!(stopped(&bench), "the other still stands");
    bench.run(|_| None);
    let ledger = &bench.case.parts[0].ledger;
    assert!(ledger.ended_at().is_some() && ledger.stops().iter().all(|stop| stop.to.is_some()));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    for id in PACKAGES {
        let run = || {
            let mut bench = handed_in(id, &[("sells_tobacco", json!(true)), ("carve_physical_seal", json!(true))]);
            bench.run(|_| None);
            let events = serde_json::to_vec(&bench.history).expect("events are JSON");
            (events, serde_json::to_vec(&bench.case).expect("a case is JSON"))
        };
        assert_eq!(run(), run(), "{id}");
    }
}

#[test]
fn a_cleared_case_is_as_empty_as_a_new_one() {
    for id in PACKAGES {
        let mut bench = handed_in(id, &[]);
        bench.run(|_| None);
        assert_ne!(bench.case, Case::default(), "{id}");
        bench.case.clear();
        assert_eq!(bench.case, Case::default(), "{id}");
    }
}

#[test]
fn a_case_is_written_as_it_always_was() {
    let empty = json!({
        "version": 0, "status": "received", "required": [], "materials": {}, "results": {}, "parts": [], "tasks": [],
        "timers": [], "received_at": 0, "accepted": null, "supplement": null, "next_task": 0, "next_timer": 0,
        "application": {
            "number": "", "workflow": "", "definition": "", "applicant": "", "class": 0, "answers": {}, "form": {},
            "required": [], "chosen": [],
        },
    });
    assert_eq!(serde_json::to_value(Case::default()).expect("JSON"), empty);
    assert_eq!(serde_json::from_value::<Case>(empty).expect("a case"), Case::default());
    let mut bench = handed_in("newborn", &[]);
    bench.run(|_| None);
    let written = serde_json::to_value(&bench.case).expect("JSON");
    for by_id in ["materials", "results"] {
        let ids: Vec<&String> = written[by_id].as_object().expect("a map by id").keys().collect();
        assert!(!ids.is_empty() && ids.is_sorted(), "{by_id}: {ids:?}");
    }
}

#[test]
fn what_was_decided_before_changes_no_decision() {
    let (workflow, other, calendar) = (real("newborn"), real("sole-trader"), calendar());
    let command = |submission: &Submission| {
        let action = Action::Submit(Box::new(submission.clone()));
        Command { id: "1".into(), by: "applicant".into(), action }
    };
    let submission = application(&workflow, &[]);
    let mut decider = Decider::default();
    decider.foresee(&workflow, &submission.dossier);
    let mut decide_both = |workflow: &Workflow, submission: &Submission| {
        let (command, mut case) = (command(submission), Case::default());
        let alone = decide(workflow, &calendar, &Case::default(), &command, MONDAY_NINE);
        let decided = decider.decide(workflow, &calendar, &mut case, (&command.by, &command.action), MONDAY_NINE);
        assert_eq!(decided, alone.clone().map(drop));
        if let Ok(alone) = alone {
            assert_eq!((decider.events(), case), (alone.events.as_slice(), alone.case));
        }
        decided.is_ok()
    };
    // The same answers and form again; without a material, with one twice; under another definition; changed.
    assert!(decide_both(&workflow, &submission));
    assert!(decide_both(&workflow, &submission));
    let mut without = submission.clone();
    without.materials.remove(0);
    assert!(decide_both(&workflow, &without));
    let mut twice = submission.clone();
    twice.materials.extend_from_slice(&submission.materials);
    assert!(!decide_both(&workflow, &twice));
    assert!(!decide_both(&other, &submission));
    assert!(decide_both(&other, &application(&other, &[])));
    let mut changed = submission.clone();
    Arc::make_mut(&mut changed.form).insert("strange".to_owned(), Value::Bool(true));
    assert!(!decide_both(&workflow, &changed));
    assert!(decide_both(&workflow, &submission));
}

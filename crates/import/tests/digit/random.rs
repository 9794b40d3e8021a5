//! Random business services, good and broken: nothing is lost, nothing panics, and what comes out runs as DIGIT would.

use std::collections::BTreeSet;
use std::sync::Arc;

use onething_engine::calendar::Calendar;
use onething_engine::case::{Case, Outcome};
use onething_engine::command::{Action, Command, Submission};
use onething_engine::definition::Node;
use onething_engine::{Decision, InputFile, Value, Workflow, check, decide};
use onething_import::digit;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use super::{checked, imported};

const RUNS: u64 = 3000;
const SEED: &str = "ONETHING_SEED";
/// 2026-04-13, a Monday, at nine in the morning in China.
const MONDAY_NINE: i64 = 1_776_042_000_000;

/// Runs a test for every seed, or for the one that is asked for; says how to run a failed one again. Most runs must get
/// somewhere, or the test would show little.
fn seeds(name: &str, test: impl Fn(&mut Pcg64Mcg) -> bool + std::panic::RefUnwindSafe) {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => seed.parse().map(|seed| seed..seed + 1).expect("ONETHING_SEED is a whole number"),
        Err(_) => 0..RUNS,
    };
    let mut far = 0;
    for seed in seeds.clone() {
        match std::panic::catch_unwind(|| test(&mut Pcg64Mcg::seed_from_u64(seed))) {
            Ok(got_far) => far += u64::from(got_far),
            Err(panic) => {
                eprintln!("replay: {SEED}={seed} cargo test -p onething-import --test main {name}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{far} of {} runs got far", seeds.end - seeds.start);
    assert!(seeds.end - seeds.start == 1 || far * 4 > RUNS, "too few runs got far: {far}");
}

/// A business service; unless it is to be good, with a few things bent.
fn service(rng: &mut impl Rng, good: bool) -> Json {
    const NAMES: [&str; 9] = [
        "LOOK",
        "PAY",
        "END",
        "START",
        "DONE",
        "Citizen Wait",
        "现场",
        "1ST",
        "A_VERY_LONG_STATE_NAME_THAT_GOES_ON_AND_ON",
    ];
    const ACTIONS: [&str; 9] = [
        "FORWARD",
        "SEND_BACK",
        "APPROVE",
        "REFUSED",
        "DONE",
        "ACCEPTED",
        "缴费",
        "ENDS_HERE",
        "SEND_BACK_FOR_VERIFICATION_OF_DOCUMENTS",
    ];
    const ROLES: [&str; 6] = ["CITIZEN", "CLERK", "HEAD", "SYSTEM_PAYMENT", "*", "clerk"];
    let count = rng.random_range(2..NAMES.len());
    let names: Vec<String> = (0..count)
        .map(|nth| if rng.random_range(0..20) == 0 { format!("{}_{nth}", NAMES[0]) } else { NAMES[nth].to_owned() })
        .collect();
    let mut states = Vec::new();
    for nth in 0..=count {
        let last = nth == count;
        let mut actions = Vec::new();
        let most = if last || (nth > 0 && rng.random_range(0..6) == 0) { 0 } else { rng.random_range(1..5) };
        let mut left = ACTIONS.to_vec();
        for way in 0..most {
            let action = left.swap_remove(rng.random_range(0..left.len()));
            // The first way leads on, so that ends are reached; back to the start only by UUID.
            let to = if way == 0 { nth } else { rng.random_range(0..count) };
            let next = match rng.random_range(0..12) {
                0 => json!(format!("UUID-{}", to + 1)),
                1 if rng.random_range(0..5) == 0 => json!("uuid-0"),
                _ => json!(names[to]),
            };
            let roles: Vec<&str> = (0..rng.random_range(1..4)).map(|_| *ROLES.choose(rng).unwrap()).collect();
            actions.push(json!({"action": action, "nextState": next, "roles": roles, "active": null}));
        }
        let ends = actions.is_empty() || (nth > 0 && rng.random_range(0..8) == 0);
        let name = if nth == 0 { json!(null) } else { json!(names[nth - 1]) };
        states.push(json!({
            "state": name, "uuid": format!("uuid-{nth}"), "isTerminateState": ends, "isStartState": nth == 0,
            "docUploadRequired": rng.random::<bool>(), "actions": actions,
        }));
    }
    let mut service = json!({"businessService": "R", "businessServiceSla": 86_400_000, "states": states});
    for _ in 0..if good { 0 } else { rng.random_range(1..4) } {
        bend(rng, &mut service);
    }
    service
}

/// Spoils one thing.
fn bend(rng: &mut impl Rng, service: &mut Json) {
    let states = service["states"].as_array_mut().expect("states");
    if states.is_empty() {
        return;
    }
    let nth = rng.random_range(0..states.len());
    match rng.random_range(0..8) {
        0 => drop(states.remove(nth)),
        1 => states.push(states[nth].clone()),
        2 => states[nth] = [json!(null), json!(7), json!([]), json!({})].choose(rng).unwrap().clone(),
        _ if !states[nth].is_object() => {}
        3 => states[nth]["isTerminateState"] = json!(rng.random::<bool>()),
        4 => {
            let key = ["state", "uuid", "actions", "sla", "isStartState", "color"].choose(rng).unwrap();
            let values = [
                json!(null),
                json!(""),
                json!("LOOK"),
                json!(-1),
                json!({}),
                json!([[]]),
                json!(true),
                json!("x".repeat(900)),
            ];
            states[nth][*key] = values.choose(rng).unwrap().clone();
        }
        _ => {
            let Some(actions) = states[nth]["actions"].as_array_mut().filter(|actions| !actions.is_empty()) else {
                return;
            };
            let way = rng.random_range(0..actions.len());
            if !actions[way].is_object() {
                return;
            }
            match rng.random_range(0..4) {
                0 => actions.push(actions[way].clone()),
                1 => actions[way]["active"] = json!(false),
                2 => {
                    actions[way]["roles"] =
                        [json!([]), json!(null), json!("X"), json!([1, {}])].choose(rng).unwrap().clone()
                }
                _ => {
                    let key = ["action", "nextState"].choose(rng).unwrap();
                    let values = [json!(null), json!("NOWHERE"), json!("start"), json!([]), json!("look")];
                    actions[way][*key] = values.choose(rng).unwrap().clone();
                }
            }
        }
    }
}

/// Pointers to every state and every action.
fn parts(service: &Json) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for (nth, state) in service["states"].as_array().into_iter().flatten().enumerate() {
        parts.insert(format!("/states/{nth}"));
        for way in 0..state["actions"].as_array().map_or(0, Vec::len) {
            parts.insert(format!("/states/{nth}/actions/{way}"));
        }
    }
    parts
}

#[test]
fn every_state_and_action_is_in_the_file_or_in_the_report() {
    seeds("every_state_and_action_is_in_the_file_or_in_the_report", |rng| {
        let good = rng.random();
        let json = service(rng, good);
        let Ok(found) = digit::import("r.json", json.to_string().as_bytes(), None, None) else {
            assert!(!good, "{json:#}");
            return false;
        };
        let told: BTreeSet<String> = (found.carried_over.iter().chain(&found.not_carried_over))
            .flat_map(|item| item.at.iter().cloned())
            .collect();
        let silent: Vec<String> = parts(&json).difference(&told).cloned().collect();
        assert!(silent.is_empty(), "{silent:?} of {json:#}");
        let matter: Json = serde_json::from_str(&found.text).expect("JSON");
        for pointer in found.carried_over.iter().filter(|item| item.key == "actions").flat_map(|item| &item.at) {
            let action = json.pointer(pointer).and_then(|action| action["action"].as_str());
            let named = || found.text.contains(&format!("\"en\": {}", json!(action.unwrap_or_default().trim())));
            let hands_in = matter["fields"].as_array().is_some_and(Vec::is_empty) && pointer.starts_with("/states/");
            assert!(action.is_none() || named() || hands_in, "{pointer} of {json:#}\n{}", found.text);
        }
        let checked = checked(&found);
        let shape =
            checked.diagnostics.iter().find(|it| it.code.starts_with("E-SHAPE") || it.code.starts_with("E-JSON"));
        assert!(shape.is_none(), "{shape:#?} of {json:#}");
        if found.is_sane() {
            assert!(checked.is_good(), "{:#?}\n{json:#}\n{}", checked.diagnostics, found.text);
        }
        found.is_sane()
    });
}

#[test]
fn any_bytes_are_answered() {
    let whole = include_bytes!("park-event.json");
    seeds("any_bytes_are_answered", |rng| {
        let mut bytes = whole.to_vec();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..30) {
                0 => bytes[at] = rng.random(),
                1 => bytes.truncate(at.max(1)),
                // A letter for a letter mostly leaves JSON.
                2..28 if bytes[at].is_ascii_alphabetic() => bytes[at] = rng.random_range(b'A'..=b'z'),
                2..28 => {}
                _ => {
                    let from = rng.random_range(0..bytes.len());
                    let piece = bytes[from..(from + 20).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let found = digit::import("x.json", &bytes, None, None);
        found.is_ok_and(|found| {
            let _answered = checked(&found);
            true
        })
    });
}

/// A case of an imported matter.
struct Running<'a> {
    workflow: &'a Workflow,
    calendar: &'a Calendar,
    case: Case,
}

impl Running<'_> {
    fn act(&mut self, action: Action) {
        let command = Command { id: "".into(), by: "somebody".into(), action };
        let Decision { case, .. } =
            decide(self.workflow, self.calendar, &self.case, &command, MONDAY_NINE).expect("a good command");
        self.case = case;
    }

    /// The one open step: its number and what it is.
    fn open(&self) -> Option<(u32, &Node)> {
        assert!(self.case.tasks.len() <= 1, "one state at a time");
        let task = self.case.tasks.first()?;
        Some((task.id, &self.workflow.plan(task.part).graph.step(task.node).node))
    }
}

#[test]
fn a_case_goes_the_way_that_digit_goes() {
    let file = include_bytes!("../../../../workflows/calendars/cn.json").to_vec();
    let calendar =
        check(&[InputFile { name: "cn.json".into(), bytes: file }]).calendars.remove("cn").expect("a calendar");
    seeds("a_case_goes_the_way_that_digit_goes", |rng| {
        let json = service(rng, true);
        let found = imported("r.json", &json);
        let mut checked = checked(&found);
        let Some(workflow) = checked.workflows.remove(&found.id) else {
            assert!(!found.is_sane(), "{json:#}");
            return false;
        };
        let states = json["states"].as_array().expect("states");
        let find = |next: &str| {
            let by = |key: &str| {
                states.iter().position(|state| state[key].as_str().is_some_and(|it| it.eq_ignore_ascii_case(next)))
            };
            by("state").or_else(|| by("uuid")).expect("a sane source names states that are there")
        };
        let choose = |rng: &mut Pcg64Mcg, at: usize| {
            let action = states[at]["actions"].as_array().expect("actions").choose(rng).expect("one").clone();
            (action["action"].as_str().expect("a name").to_owned(), find(action["nextState"].as_str().expect("a name")))
        };
        let mut running = Running { workflow: &workflow, calendar: &calendar, case: Case::default() };
        let mut submission = Submission { number: "C-1".into(), applicant: "somebody".into(), ..Submission::default() };
        submission.materials = workflow.materials().iter().map(|plan| plan.material.id.as_str().into()).collect();
        let mut at = 0;
        let first = workflow.fields().first().map(|plan| &plan.field);
        let step = json.to_string().contains("\"uuid-0\",\"roles\"");
        let (action, next) = choose(rng, at);
        if let Some(field) = first {
            let choice = field.choices.iter().find(|choice| choice.title.en == action).expect("a choice");
            Arc::make_mut(&mut submission.form).insert(field.id.clone(), Value::Text(choice.id.clone()));
            at = next;
        } else if !step {
            at = next;
        }
        running.act(Action::Submit(Box::new(submission)));
        for _ in 0..20 {
            let Some((task, node)) = running.open() else {
                assert!(running.case.status.is_closed());
                assert!(states[at]["actions"].as_array().is_none_or(Vec::is_empty), "{json:#}");
                return true;
            };
            let name = states[at]["state"].as_str().unwrap_or("START");
            assert_eq!(node.title().map(|title| title.en.as_str()), Some(name), "{json:#}");
            let ends = states[at]["isTerminateState"] == true && rng.random_range(0..4) == 0;
            let (action, next) = if ends { ("Ends here".to_owned(), at) } else { choose(rng, at) };
            let declared = node.declared().iter().find(|declared| declared.title.en == action).expect("an outcome");
            let outcome = Outcome::of(&declared.id).expect("a word");
            running.act(Action::Complete { task, outcome, reason: None, lacking: vec![], began: None });
            if ends {
                assert!(running.case.status.is_closed());
                return true;
            }
            at = next;
        }
        true
    });
}

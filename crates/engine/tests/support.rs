//! Small definitions, written short.

use std::sync::Arc;

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::case::{Case, Outcome};
use onething_engine::command::{Action, Command, Dossier, Submission};
use onething_engine::elsewhere::Transfer;
use onething_engine::event::Event;
use onething_engine::{Checked, Decider, Decision, Effects, InputFile, Rejection, Workflow, apply, check, decide};
use serde_json::{Value as Json, json};

/// 2026-04-13, a Monday, at nine in the morning in China.
pub(crate) const MONDAY_NINE: Millis = 1_776_042_000_000;
pub(crate) const MINUTE: Millis = 60_000;

pub(crate) fn calendar() -> Calendar {
    let file =
        InputFile { name: "cn.json".into(), bytes: include_bytes!("../../../workflows/calendars/cn.json").to_vec() };
    let mut checked = check(&[file]);
    assert!(checked.is_good(), "{:#?}", checked.diagnostics);
    checked.calendars.remove("cn").expect("the calendar cn")
}

/// An edge: `a > b`, `a > b if form.x`, `a > b else`.
fn edge(text: &str) -> Json {
    let (from, rest) = text.split_once('>').expect("an edge has a >");
    let from = from.trim();
    if let Some((to, when)) = rest.split_once(" if ") {
        json!({"from": from, "to": to.trim(), "when": when.trim()})
    } else if let Some(to) = rest.strip_suffix(" else") {
        json!({"from": from, "to": to.trim(), "otherwise": true})
    } else {
        json!({"from": from, "to": rest.trim()})
    }
}

/// A node by its short name: the letters before the first digit or underscore say what it is.
pub(crate) fn node(id: &str) -> Json {
    let title = json!({"zh": id, "en": id});
    let kind = id.split(|c: char| c.is_ascii_digit() || c == '_').next().unwrap_or_default();
    match kind {
        "start" | "end" | "parallel" | "exclusive" | "inclusive" => json!({"type": kind, "id": id}),
        "intake" => json!({"type": kind, "id": id, "title": title, "window": "comprehensive"}),
        "deliver" => json!({"type": kind, "id": id, "title": title, "window": "issuing"}),
        "review" | "decide" => json!({"type": kind, "id": id, "title": title, "desk": "desk"}),
        "sorting" => json!({
            "type": "review", "id": id, "title": title, "desk": "desk", "outcomes": [
                {"id": "forward", "title": {"zh": "转办", "en": "Forward"}},
                {"id": "send_back", "title": {"zh": "退回", "en": "Send back"}, "reason_required": true},
                {"id": "failed", "title": {"zh": "不通过", "en": "Fail"}},
            ],
        }),
        "issue" => json!({"type": kind, "id": id, "title": title, "desk": "seal", "results": ["licence"]}),
        "collect" => json!({"type": kind, "id": id, "title": title, "within": {"n": 5, "unit": "working_day"}}),
        "service" | "stubborn" => json!({
            "type": "service", "id": id, "title": title, "handler": "share.fetch", "obtains": ["extract"],
            "retry": {"attempts": 3, "backoff_seconds": 10, "backoff_seconds_max": 15},
            "on_exhausted": if kind == "service" { "continue" } else { "incident" },
        }),
        "wait" => json!({
            "type": kind, "id": id, "title": title, "message": "report", "within": {"n": 3, "unit": "working_day"},
            "stops_clock": {"reason": "testing", "basis": "行政许可法第四十五条"},
        }),
        "timer" => json!({"type": kind, "id": id, "title": title, "after": {"n": 1, "unit": "working_day"}}),
        "notice" => json!({"type": kind, "id": id, "title": title, "to": "applicant", "text": title}),
        other => panic!("no node is called {other}"),
    }
}

/// A matter with every kind of field and material, and this graph; a shared material only where a step fetches it.
pub(crate) fn matter(nodes: &[Json], edges: &[String]) -> Json {
    let basis = json!({"from": "illustrative"});
    let title = |id: &str| json!({"zh": id, "en": id});
    let issues = nodes.iter().any(|node| node["type"] == "issue");
    let fetches = nodes.iter().any(|node| node["type"] == "service");
    let plan = json!({"id": "plan", "title": title("plan"), "source": {"from": "applicant"}});
    let lease = json!({"id": "lease", "title": title("lease"), "source": {"from": "applicant"}, "when": "form.yes"});
    let source = json!({"from": "shared", "system": title("register")});
    let extract = json!({"id": "extract", "title": title("extract"), "source": source});
    let licence = json!({"id": "licence", "title": title("licence"), "kind": "certificate"});
    json!({
        "$schema": "matter.schema.json", "format": "1", "kind": "matter", "id": "m", "title": title("m"),
        "department": title("bureau"), "power": "licence", "legal_basis": [],
        "limits": {
            "statutory": {"n": 20, "unit": "working_day"}, "statutory_basis": basis,
            "promised": {"n": 5, "unit": "working_day"}, "promised_basis": basis,
        },
        "before": {"days": 20, "steps": 2, "trips": 2, "basis": basis},
        "fields": [
            {"id": "yes", "title": title("yes"), "type": "boolean"},
            {"id": "kind", "title": title("kind"), "type": "choice",
             "choices": [{"id": "a", "title": title("a")}, {"id": "b", "title": title("b")}]},
            {"id": "area", "title": title("area"), "type": "number", "min": 0, "max": 1000},
        ],
        "materials": if fetches { json!([plan, lease, extract]) } else { json!([plan, lease]) },
        "results": if issues { json!([licence]) } else { json!([]) },
        "nodes": nodes, "edges": edges.iter().map(|text| edge(text)).collect::<Vec<_>>(),
    })
}

/// A package with one question, over these matters.
pub(crate) fn package(nodes: &[Json], edges: &[String]) -> Json {
    let basis = json!({"from": "illustrative"});
    let title = |id: &str| json!({"zh": id, "en": id});
    json!({
        "$schema": "package.schema.json", "format": "1", "kind": "package", "id": "p", "title": title("p"), "lead": title("bureau"),
        "promise": {"limit": {"n": 15, "unit": "working_day"}, "scope": "package", "basis": basis},
        "questions": [{"id": "yes", "title": title("yes"), "type": "boolean", "effect": title("chooses")}],
        "reductions": {"steps": [2, 1], "materials": [4, 2], "days": [20, 5], "trips": [3, 1], "basis": basis},
        "nodes": nodes, "edges": edges.iter().map(|text| edge(text)).collect::<Vec<_>>(),
    })
}

/// The same matter under another id, with results of another name.
pub(crate) fn renamed(mut matter: Json, id: &str) -> Json {
    matter["id"] = json!(id);
    if let Some(result) = matter["results"].get_mut(0) {
        result["id"] = json!(format!("licence_{id}"));
    }
    for node in matter["nodes"].as_array_mut().into_iter().flatten() {
        if node["type"] == "issue" {
            node["results"] = json!([format!("licence_{id}")]);
        }
    }
    matter
}

pub(crate) fn checked(files: &[(&str, &Json)]) -> Checked {
    let inputs: Vec<InputFile> = files
        .iter()
        .map(|(name, json)| InputFile { name: (*name).to_owned(), bytes: json.to_string().into_bytes() })
        .collect();
    check(&inputs)
}

/// The matter whose nodes are those the edges name.
pub(crate) fn matter_of(edges: &[&str]) -> Json {
    let edges: Vec<String> = edges.iter().map(|text| (*text).to_owned()).collect();
    let mut ids: Vec<String> = Vec::new();
    for text in &edges {
        let json = edge(text);
        for end in ["from", "to"] {
            let id = json[end].as_str().expect("an id").to_owned();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let nodes: Vec<Json> = ids.iter().map(|id| node(id)).collect();
    matter(&nodes, &edges)
}

/// The workflow of a matter whose nodes are those the edges name.
pub(crate) fn workflow(edges: &[&str]) -> Workflow {
    let mut checked = checked(&[("m.json", &matter_of(edges))]);
    assert!(checked.is_good(), "{:#?}", checked.diagnostics);
    checked.workflows.remove("m").expect("the matter m")
}

/// A case with everything that runs it.
pub(crate) struct Bench {
    pub(crate) workflow: Workflow,
    pub(crate) calendar: Calendar,
    pub(crate) case: Case,
    pub(crate) now: Millis,
    pub(crate) history: Vec<(Event, Millis)>,
    /// What another centre must be told.
    pub(crate) told: Vec<Transfer>,
}

impl Bench {
    pub(crate) fn new(workflow: Workflow) -> Self {
        Self {
            workflow,
            calendar: calendar(),
            case: Case::default(),
            now: MONDAY_NINE,
            history: Vec::new(),
            told: Vec::new(),
        }
    }

    pub(crate) fn act(&mut self, by: &str, action: Action) -> Result<&[(Event, Millis)], Rejection> {
        let command = Command { id: "".into(), by: by.into(), action };
        let decided = decide(&self.workflow, &self.calendar, &self.case, &command, self.now);
        self.decides_alike_without_history(&command, &decided);
        let Decision { events, effects, case } = decided?;
        self.told.extend(effects.transfers);
        let first = self.history.len();
        self.history.extend(events.into_iter().map(|event| (event, self.now)));
        self.case = case;
        Ok(&self.history[first..])
    }

    /// A decider that keeps no history comes to the same case and effects; so does one that decides on a case read back, of
    /// which nothing is remembered. The events make the case as well.
    fn decides_alike_without_history(&self, command: &Command, decided: &Result<Decision, Rejection>) {
        let read_back = |case| serde_json::from_value(serde_json::to_value(case).expect("JSON")).expect("a case");
        let is_read_back = self.history.len().is_multiple_of(4);
        let mut case = if is_read_back { read_back(&self.case) } else { self.case.clone() };
        let mut decider = Decider::default();
        decider.leave_out_history();
        let by_whom = (&command.by, &command.action);
        let refused = decider.decide(&self.workflow, &self.calendar, &mut case, by_whom, self.now).err();
        assert_eq!(refused.as_ref(), decided.as_ref().err());
        if let Ok(decision) = decided {
            let effects = Effects { transfers: Vec::new(), ..decision.effects.clone() };
            assert_eq!((decider.effects().clone(), decider.events()), (effects, [].as_slice()));
            let mut applied = self.case.clone();
            decision.events.iter().for_each(|event| apply(&mut applied, event, self.now));
            assert!(case == decision.case && applied == decision.case);
        }
    }

    pub(crate) fn submit(&mut self, materials: &[&str]) -> Result<&[(Event, Millis)], Rejection> {
        let mut submission = submission(materials);
        if self.workflow.questions().iter().any(|question| question.id == "yes") {
            let yes = Arc::make_mut(&mut submission.form).remove_entry("yes");
            Arc::make_mut(&mut submission.answers).extend(yes);
        }
        self.act("applicant", Action::Submit(Box::new(submission)))
    }

    /// Completes the open task of a step.
    pub(crate) fn complete(&mut self, by: &str, step: &str, outcome: Outcome) -> Result<(), Rejection> {
        let task = self.task(step).unwrap_or_else(|| panic!("{step} is not open: {:?}", self.open()));
        let reason = matches!(outcome, Outcome::Refused | Outcome::NotAccepted).then(|| Arc::from("不符合条件"));
        self.act(by, Action::Complete { task, outcome, reason, lacking: vec![], began: None }).map(|_| ())
    }

    pub(crate) fn task(&self, step: &str) -> Option<u32> {
        self.case
            .tasks
            .iter()
            .find(|task| *self.workflow.plan(task.part).graph.step(task.node).id == *step)
            .map(|task| task.id)
    }

    /// Ids of the open steps, in the order in which they were opened.
    pub(crate) fn open(&self) -> Vec<String> {
        let id =
            |task: &onething_engine::case::Task| self.workflow.plan(task.part).graph.step(task.node).id.to_string();
        self.case.tasks.iter().map(id).collect()
    }
}

pub(crate) fn submission(materials: &[&str]) -> Submission {
    let form: Json = json!({"yes": materials.contains(&"lease"), "kind": "a", "area": 12.5});
    Submission {
        number: "C-1".into(),
        applicant: "张三".into(),
        class: 2,
        dossier: Arc::new(Dossier {
            form: serde_json::from_value(form).expect("a form"),
            materials: materials.iter().map(|id| Arc::from(*id)).collect(),
            ..Dossier::default()
        }),
    }
}

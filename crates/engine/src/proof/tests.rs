//! The runs that the proof tells, done on the engine itself.
//!
//! A wrong graph never becomes a workflow, so these tests put one together past the check: on every edge stands a review,
//! where a token can rest, and its outcome says which way the gateway behind it goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use super::broken::broken;
use super::random::sound;
use super::{Firing, Flaw, Kind, Model, Reason, Verdict, prove};
use crate::calendar::{Calendar, Millis};
use crate::case::{Case, Outcome};
use crate::command::{Action, Command, Submission};
use crate::condition::{Condition, Scope};
use crate::definition::{ClockStart, FileKind, Node, Title};
use crate::event::Event;
use crate::net::{Graph, Way};
use crate::workflow::{Fetches, Plan, Workflow};
use crate::{InputFile, check, decide};

const GRAPHS: u64 = 20_000;
/// 2026-04-13, a Monday, at nine in the morning in China.
const MONDAY_NINE: Millis = 1_776_042_000_000;

#[test]
fn every_run_that_leads_to_a_fault_is_done_by_the_engine() {
    let file = include_bytes!("../../../../workflows/calendars/cn.json").to_vec();
    let calendar = check(&[InputFile { name: "cn.json".into(), bytes: file }]).calendars.remove("cn").expect("cn");
    let mut told = [0; 3];
    for seed in 0..GRAPHS {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let base = sound(rng, 2);
        let model = broken(rng, base);
        let Verdict::Unsound(flaw) = prove(&model) else { continue };
        if flaw.reason == Reason::Dead || !fits(&model) {
            continue;
        }
        told[flaw.reason as usize] += 1;
        let done = std::panic::catch_unwind(|| Stage::new(&model, &calendar).shows(&flaw));
        if let Err(panic) = done {
            eprintln!("seed {seed}: {model:?}\n{flaw:?}");
            std::panic::resume_unwind(panic);
        }
    }
    println!("deadlock, unsafe, livelock: {told:?}");
    assert!(told.iter().all(|told| *told > 20), "{told:?}");
}

/// What the engine's nodes can do: no gateway that joins and splits, nothing that leads nowhere.
fn fits(model: &Model) -> bool {
    (0..model.kinds.len() as u32).all(|node| {
        let ins = model.edges.iter().filter(|edge| edge.1 == node).count();
        let outs = model.edges.iter().filter(|edge| edge.0 == node).count();
        match model.kinds[node as usize] {
            Kind::Start => outs > 0,
            Kind::End => ins == 1,
            _ => ins > 0 && outs > 0 && (ins == 1 || outs == 1),
        }
    }) && model.edges.len() <= 120
}

/// The ways out of a node, each choice of them with the word for it.
fn choices(model: &Model, node: u32) -> Vec<(String, Vec<u32>)> {
    let outs: Vec<u32> = (0..model.edges.len() as u32).filter(|edge| model.edges[*edge as usize].0 == node).collect();
    match model.kinds[node as usize] {
        Kind::Xor if outs.len() > 1 => outs.iter().map(|edge| (format!("to{edge}"), vec![*edge])).collect(),
        Kind::Or if outs.len() > 1 => (1_u32..1 << outs.len())
            .map(|set| {
                let some = outs.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
                (format!("to_set{set}"), some.map(|(_, edge)| *edge).collect())
            })
            .collect(),
        _ => vec![("on".to_owned(), outs)],
    }
}

/// A case of a wrong graph, on the engine.
struct Stage<'a> {
    model: &'a Model,
    calendar: &'a Calendar,
    workflow: Workflow,
    case: Case,
    moved: Vec<Arc<str>>,
}

impl<'a> Stage<'a> {
    fn new(model: &'a Model, calendar: &'a Calendar) -> Self {
        let mut nodes: Vec<Json> = (0..model.kinds.len() as u32).map(|node| gate(model, node)).collect();
        let title = json!({"zh": "x", "en": "x"});
        let (mut ways, mut scope) = (Vec::new(), Scope::default());
        for (edge, (from, to)) in model.edges.iter().enumerate() {
            let words: Vec<String> = choices(model, *to).into_iter().map(|(word, _)| word).collect();
            let outcomes: Vec<Json> = words.iter().map(|word| json!({"id": word, "title": title})).collect();
            let id = format!("edge{edge}");
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            scope.outcome(&id, u16::try_from(nodes.len()).expect("small"), &words);
            ways.push((*from as usize, nodes.len(), edge));
            nodes.push(json!({"type": "review", "id": id, "title": title, "desk": "desk", "outcomes": outcomes}));
        }
        let nodes: Vec<Node> = nodes.into_iter().map(|node| serde_json::from_value(node).expect("a node")).collect();
        let mut edges = Vec::new();
        for (from, review, edge) in ways {
            let when = condition(model, from as u32, edge as u32, &scope);
            edges.push((from, review, Way { when, otherwise: false }));
            edges.push((review, model.edges[edge].1 as usize, Way { when: None, otherwise: false }));
        }
        let title = Title::new("x", "x");
        let plan = Plan {
            id: "x".into(),
            title: title.clone(),
            graph: Graph::new(&nodes, edges).expect("a graph"),
            node: None,
            waits_for: Vec::new(),
            department: title.clone(),
            power: None,
            statutory: None,
            promised: None,
            starts: ClockStart::default(),
            results: Vec::new(),
            before: None,
        };
        let workflow = Workflow {
            id: "x".into(),
            title,
            kind: FileKind::Matter,
            hash: "x".into(),
            plans: vec![plan],
            fields: Vec::new(),
            questions: Vec::new(),
            materials: Vec::new(),
            fetches: Fetches::default(),
            promise: None,
            reductions: None,
            sources: Vec::new(),
        };
        let mut stage = Self { model, calendar, workflow, case: Case::default(), moved: Vec::new() };
        let submission = Submission { number: "1".into(), applicant: "x".into(), class: 3, ..Submission::default() };
        stage.act(Action::Submit(Box::new(submission)));
        stage
    }

    fn act(&mut self, action: Action) {
        let command = Command { id: "1".into(), by: "somebody".into(), action };
        let decision = decide(&self.workflow, self.calendar, &self.case, &command, MONDAY_NINE).expect("allowed");
        let moved = decision.events.iter().filter_map(|event| match event {
            Event::Moved { step, .. } => Some(step.clone()),
            _ => None,
        });
        self.moved = moved.collect();
        self.case = decision.case;
    }

    /// The token on an edge goes on to the node behind it.
    fn go_on(&mut self, edge: u32, word: &str) {
        let review = self.workflow.plan(0).graph.find(&format!("edge{edge}")).expect("every edge has a review");
        let task = self.case.tasks.iter().find(|task| task.node == review).expect("a token rests on the edge").id;
        let outcome: Outcome = serde_json::from_value(json!(word)).expect("a word");
        self.act(Action::Complete { task, outcome, reason: None, lacking: vec![], began: None });
    }

    fn fire(&mut self, firing: &Firing) {
        let put: BTreeSet<u32> = firing.put.iter().copied().collect();
        let choice =
            choices(self.model, firing.node).into_iter().find(|(_, edges)| edges.iter().copied().eq(put.clone()));
        let (word, _) = choice.expect("a choice the node has");
        for edge in &firing.taken {
            self.go_on(*edge, &word);
        }
        let name: Arc<str> = format!("node{}", firing.node).into();
        assert!(self.moved.contains(&name), "{firing:?} moved {:?}", self.moved);
    }

    fn shows(&mut self, flaw: &Flaw) {
        flaw.run.iter().skip(1).for_each(|firing| self.fire(firing));
        match flaw.reason {
            Reason::Unsafe => {
                let open: BTreeSet<u16> = self.case.tasks.iter().map(|task| task.node).collect();
                assert!(open.len() < self.case.tasks.len(), "two tasks of one step: {:?}", self.case.tasks);
            }
            Reason::Deadlock => {
                let name: Arc<str> = format!("node{}", flaw.node).into();
                let waiting = flaw.marked.iter().filter(|edge| self.model.edges[**edge as usize].1 == flaw.node);
                for edge in waiting.copied().collect::<Vec<u32>>() {
                    self.go_on(edge, &choices(self.model, flaw.node)[0].0);
                    assert!(!self.moved.contains(&name), "{name} waits");
                }
                assert!(!self.case.status.is_closed());
            }
            // That it cannot finish is for brute force to see; that it comes here is seen.
            _ => assert!(!self.case.status.is_closed()),
        }
    }
}

fn gate(model: &Model, node: u32) -> Json {
    let (ins, outs) = (
        model.edges.iter().filter(|edge| edge.1 == node).count(),
        model.edges.iter().filter(|edge| edge.0 == node).count(),
    );
    let kind = match model.kinds[node as usize] {
        Kind::Start => "start",
        Kind::End => "end",
        Kind::And => "parallel",
        Kind::Task if outs > 1 => "parallel",
        Kind::Task | Kind::Xor => "exclusive",
        // A gateway of one way in and one out is a step like any other.
        Kind::Or if ins == 1 && outs == 1 => "exclusive",
        Kind::Or => "inclusive",
    };
    json!({"type": kind, "id": format!("node{node}")})
}

/// An edge out of a choice is taken when the review before the choice says so.
fn condition(model: &Model, from: u32, edge: u32, scope: &Scope) -> Option<Condition> {
    let before = model.edges.iter().position(|other| other.1 == from)?;
    let choices = choices(model, from);
    if choices.len() < 2 {
        return None;
    }
    let words = choices.iter().filter(|(_, edges)| edges.contains(&edge)).map(|(word, _)| format!("'{word}'"));
    let list = words.collect::<Vec<_>>().join(", ");
    Some(Condition::compile(&format!("outcome.edge{before} in [{list}]"), scope).expect("a condition"))
}

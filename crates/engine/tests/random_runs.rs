//! Random commands on random sound graphs: after every step the case is rebuilt from its history and compared whole.

use std::sync::Arc;

use onething_engine::case::{Case, Outcome};
use onething_engine::command::Action;
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_engine::{Workflow, apply};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use crate::support::{Bench, MINUTE, checked, matter, node, package, renamed};

const RUNS: u64 = 10_000;
const STEPS_MAX: usize = 150;
const SEED: &str = "ONETHING_SEED";

#[test]
fn a_case_is_always_what_its_history_says() {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().expect("ONETHING_SEED is a whole number");
            seed..seed + 1
        }
        Err(_) => 0..RUNS,
    };
    let (mut closed, mut steps) = (0, 0);
    for seed in seeds.clone() {
        let run = std::panic::catch_unwind(|| run(seed));
        match run {
            Ok((finished, taken)) => {
                closed += u64::from(finished);
                steps += taken;
            }
            Err(panic) => {
                eprintln!("replay: {SEED}={seed} cargo test -p onething-engine --test main a_case_is_always");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{} runs, {steps} steps, {closed} cases closed", seeds.end - seeds.start);
    if seeds.end - seeds.start > 1 {
        assert!(closed * 10 > RUNS * 8, "random runs should mostly come to an end: {closed}");
    }
}

fn run(seed: u64) -> (bool, usize) {
    let rng = &mut Pcg64Mcg::seed_from_u64(seed);
    let mut bench = Bench::new(sound_graph(rng));
    bench.submit(if rng.random() { &["plan"] } else { &[] }).expect("a good application");
    let (mut replica, mut read, mut steps) = (Case::default(), Vec::new(), 0);
    loop {
        for (event, at) in &bench.history[read.len()..] {
            let text = serde_json::to_string(event).expect("an event is JSON");
            read.push((serde_json::from_str::<Event>(&text).expect("and comes back"), *at));
        }
        replica.clone_from(&Case::default());
        for (event, at) in &read {
            apply(&mut replica, event, *at);
        }
        assert_eq!(replica, bench.case);
        let text = serde_json::to_string(&bench.case).expect("a case is JSON");
        assert_eq!(serde_json::from_str::<Case>(&text).expect("and comes back"), bench.case);
        if bench.case.status.is_closed() || steps == STEPS_MAX {
            return (bench.case.status.is_closed(), steps);
        }
        let action = action(rng, &mut bench);
        let by = ["clerk", "chief", "reviewer", "machine"].choose(rng).expect("somebody");
        let _refusals_change_nothing = bench.act(by, action);
        steps += 1;
    }
}

/// Something that may be done next; now and then something that may not.
fn action(rng: &mut impl Rng, bench: &mut Bench) -> Action {
    bench.now += rng.random_range(0..200) * MINUTE;
    let complete = |task, outcome, reason: Option<&str>| Action::Complete {
        task,
        outcome,
        reason: reason.map(Arc::from),
        lacking: vec![],
        began: None,
    };
    match rng.random_range(0..40) {
        0 => return complete(rng.random_range(0..50), Outcome::Passed, None),
        1 => return Action::Message { name: "report".into() },
        2 if rng.random_range(0..20) == 0 => return Action::Withdraw { reason: "x".into() },
        3..8 => {
            if let Some(timer) = bench.case.timers.iter().min_by_key(|timer| timer.due) {
                bench.now = bench.now.max(timer.due);
                return Action::Fire { timer: timer.id };
            }
        }
        _ => {}
    }
    let Some(task) = bench.case.tasks.choose(rng).cloned() else { return Action::Message { name: "nobody".into() } };
    let reason = Some("因为");
    match &bench.workflow.plan(task.part).graph.step(task.node).node {
        Node::Intake { .. } => match rng.random_range(0..10) {
            0 => complete(task.id, Outcome::NotAccepted, reason),
            1 => complete(task.id, Outcome::Supplement, None),
            _ if bench.case.missing().is_empty() => complete(task.id, Outcome::Accepted, None),
            _ if bench.case.supplement.is_some() => Action::Supply { materials: bench.case.missing() },
            _ => complete(task.id, Outcome::Supplement, None),
        },
        review @ Node::Review { .. } => {
            let outcome = Outcome::of(review.outcomes().choose(rng).expect("some")).expect("a word");
            complete(task.id, outcome, reason.filter(|_| rng.random()))
        }
        Node::Decide { .. } => {
            complete(task.id, *[Outcome::Granted, Outcome::Refused].choose(rng).expect("two"), reason)
        }
        Node::Service { .. } if task.incident.is_some() && rng.random() => Action::Retry { task: task.id },
        Node::Service { .. } if task.incident.is_some() => Action::Resolve { task: task.id, reason: "x".into() },
        Node::Service { .. } if rng.random() => Action::Fail { task: task.id, error: "x".into() },
        Node::Service { .. } => complete(task.id, Outcome::Done, None),
        Node::Issue { .. } => complete(task.id, Outcome::Issued, None),
        Node::Deliver { .. } => complete(task.id, Outcome::Delivered, None),
        Node::Collect { .. } => Action::Supply { materials: bench.case.missing() },
        _ => Action::Message { name: "report".into() },
    }
}

/// A random matter, or a package of a few; only what the check finds sound is taken.
fn sound_graph(rng: &mut impl Rng) -> Workflow {
    loop {
        let matters: Vec<Json> =
            (0..rng.random_range(1..4)).map(|nth| renamed(random_matter(rng), &format!("m{nth}"))).collect();
        let names: Vec<String> = (0..matters.len()).map(|nth| format!("m{nth}.json")).collect();
        let mut files: Vec<(&str, &Json)> = names.iter().map(String::as_str).zip(&matters).collect();
        let package = random_package(rng, matters.len());
        files.push(("p.json", &package));
        let mut checked = checked(&files);
        let id = if matters.len() == 1 { "m0" } else { "p" };
        if let Some(workflow) = checked.workflows.remove(id) {
            return workflow;
        }
    }
}

/// Random blocks, sometimes with one edge bent.
pub(crate) fn random_matter(rng: &mut impl Rng) -> Json {
    let mut drawing = Drawing { nodes: Vec::new(), edges: Vec::new(), steps: Vec::new(), next: 0 };
    let first = drawing.add("start");
    let intake = drawing.add("intake");
    drawing.edges.push(format!("{first} > {intake}"));
    let last = drawing.block(rng, intake, 3);
    let end = drawing.add("end");
    drawing.edges.push(format!("{last} > {end}"));
    if rng.random_range(0..3) == 0 {
        drawing.bend(rng);
    }
    let nodes: Vec<Json> = drawing.nodes.iter().map(|id| node(id)).collect();
    matter(&nodes, &drawing.edges)
}

/// The first matter, then the others side by side, by answer or one after another.
fn random_package(rng: &mut impl Rng, matters: usize) -> Json {
    let runs = |nth: usize| json!({"type": "matter", "id": format!("run{nth}"), "matter": format!("m{nth}")});
    let mut nodes: Vec<Json> = ["start", "intake", "deliver", "end"].map(node).into();
    nodes.extend((0..matters).map(runs));
    let mut edges = vec!["start > intake".to_owned(), "intake > run0".to_owned(), "deliver > end".to_owned()];
    let kind = ["parallel", "inclusive", "exclusive", ""].choose(rng).copied().expect("kinds");
    if matters < 3 || kind.is_empty() {
        edges.extend((1..matters).map(|nth| format!("run{} > run{nth}", nth - 1)));
        edges.push(format!("run{} > deliver", matters - 1));
    } else {
        let (split, join) = (format!("{kind}_split"), format!("{kind}_join"));
        nodes.extend([node(&split), node(&join)]);
        edges.push(format!("run0 > {split}"));
        for nth in 1..matters {
            let when = match (kind, nth + 1 == matters) {
                ("parallel", _) => "",
                (_, true) => " else",
                _ => [" if answer.yes", " if outcome.run0 == 'granted'"].choose(rng).copied().expect("two"),
            };
            edges.push(format!("{split} > run{nth}{when}"));
            edges.push(format!("run{nth} > {join}"));
        }
        edges.push(format!("{join} > deliver"));
    }
    package(&nodes, &edges)
}

struct Drawing {
    nodes: Vec<String>,
    edges: Vec<String>,
    /// Steps whose outcome is known wherever this block comes after them.
    steps: Vec<String>,
    next: u32,
}

impl Drawing {
    fn add(&mut self, kind: &str) -> String {
        let id = if self.nodes.iter().any(|id| id == kind) || kind.len() > 6 || kind == "review" {
            self.next += 1;
            format!("{kind}{}", self.next)
        } else {
            kind.to_owned()
        };
        self.nodes.push(id.clone());
        id
    }

    /// Adds a block after a node and returns its last node.
    fn block(&mut self, rng: &mut impl Rng, from: String, depth: u32) -> String {
        let choice = if depth == 0 { 0 } else { rng.random_range(0..12) };
        match choice {
            0..3 => {
                let kinds = [
                    "review", "sorting", "service", "stubborn", "wait", "timer", "notice", "decide", "issue", "collect",
                ];
                let kind = kinds.choose(rng).copied().expect("kinds");
                let id = self.add(kind);
                if matches!(kind, "review" | "sorting") {
                    self.steps.push(id.clone());
                }
                self.edges.push(format!("{from} > {id}"));
                id
            }
            3..6 => {
                let middle = self.block(rng, from, depth - 1);
                self.block(rng, middle, depth - 1)
            }
            6..11 => {
                let kind = ["parallel", "exclusive", "inclusive"][(choice - 6) % 3];
                let (split, join) = (self.add(kind), self.add(kind));
                self.edges.push(format!("{from} > {split}"));
                let ways = rng.random_range(2..4);
                let known = self.steps.len();
                for way in 0..ways {
                    let first = self.edges.len();
                    let last = self.block(rng, split.clone(), depth - 1);
                    self.edges.push(format!("{last} > {join}"));
                    if kind != "parallel" {
                        self.edges[first] = if way + 1 == ways {
                            format!("{} else", self.edges[first])
                        } else {
                            format!("{} if {}", self.edges[first], self.condition(rng, known))
                        };
                    }
                }
                join
            }
            _ => {
                let (join, review, split) = (self.add("exclusive"), self.add("review"), self.add("exclusive"));
                self.edges.push(format!("{from} > {join}"));
                let last = self.block(rng, join.clone(), depth - 1);
                self.edges.push(format!("{last} > {review}"));
                self.edges.push(format!("{review} > {split}"));
                self.edges.push(format!("{split} > {join} if outcome.{review} == 'failed'"));
                self.steps.push(review);
                let after = self.add("notice");
                self.edges.push(format!("{split} > {after} else"));
                after
            }
        }
    }

    fn condition(&self, rng: &mut impl Rng, known: usize) -> String {
        match (rng.random_range(0..4), self.steps[..known].choose(rng)) {
            (0, _) => "form.yes".to_owned(),
            (1, _) => "form.kind == 'a' || form.area < 3".to_owned(),
            (2, Some(step)) if step.starts_with("sorting") => format!("outcome.{step} in ['forward', 'send_back']"),
            (2, Some(step)) => format!("outcome.{step} == 'passed'"),
            _ => "form.area > 10 && !form.yes".to_owned(),
        }
    }

    /// Sends one edge somewhere else: most results are unsound, the rest are sound in ways blocks never are.
    fn bend(&mut self, rng: &mut impl Rng) {
        let gateways: Vec<String> =
            self.nodes.iter().filter(|id| id.contains("clusive") || id.contains("parallel")).cloned().collect();
        if let (Some(to), false) = (gateways.choose(rng), self.edges.is_empty()) {
            let index = rng.random_range(0..self.edges.len());
            let (from, rest) = self.edges[index].split_once('>').expect("an edge");
            let tail = rest.trim().split_once(' ').map_or("", |(_, tail)| tail);
            self.edges[index] = format!("{from}> {to} {tail}").trim_end().to_owned();
        }
    }
}

//! Every real package, with random answers, materials held back, outcomes of all kinds and messages that never come:
//! every case comes to an end that fits what was decided on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Outcome, PartStatus, Status};
use onething_engine::command::{Action, Submission};
use onething_engine::definition::{FieldType, Node, QuestionType};
use onething_engine::{Workflow, apply};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use crate::packages::{PACKAGES, application, real};
use crate::support::{Bench, MINUTE};

/// Runs of each package.
const RUNS: u64 = 60;
/// From this day on (1 October 2026) nobody is late any more: the calendar of the next year is not published.
const LATE_UNTIL: Millis = 1_790_784_000_000;
/// Far more steps than any case takes that does not go round for ever.
const STEPS_MAX: usize = 1000;
const SEED: &str = "ONETHING_SEED";

#[test]
fn every_package_comes_to_an_end_whatever_happens() {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().expect("ONETHING_SEED is a whole number");
            seed..seed + 1
        }
        Err(_) => 0..RUNS,
    };
    for id in PACKAGES {
        let workflow = real(id);
        let mut ends = BTreeMap::new();
        for seed in seeds.clone() {
            match std::panic::catch_unwind(|| run(&workflow, seed)) {
                Ok(status) => *ends.entry(status).or_insert(0) += 1,
                Err(panic) => {
                    eprintln!("{id}: {SEED}={seed} cargo test -p onething-engine --test main every_package_comes");
                    std::panic::resume_unwind(panic);
                }
            }
        }
        println!("{id}: {ends:?}");
        if seeds.end - seeds.start > 1 {
            assert!(ends.contains_key(&Status::Granted) && ends.len() > 2, "{id} ends in more ways than {ends:?}");
        }
    }
}

fn run(workflow: &Workflow, seed: u64) -> Status {
    let rng = &mut Pcg64Mcg::seed_from_u64(seed);
    let submission = drawn(workflow, rng);
    let bench = lived(workflow, submission, rng);
    let mut replica = Case::default();
    for (event, at) in &bench.history {
        apply(&mut replica, event, *at);
    }
    assert_eq!(replica, bench.case);
    fits(&bench);
    bench.case.status
}

/// An application with random answers, often without some of the materials.
pub(crate) fn drawn(workflow: &Workflow, rng: &mut impl Rng) -> Submission {
    let drawn = answers(workflow, rng);
    let drawn: Vec<(&str, Json)> = drawn.iter().map(|(id, json)| (id.as_str(), json.clone())).collect();
    let mut submission = application(workflow, &drawn);
    if rng.random_bool(0.3) {
        submission.materials.retain(|_| rng.random_bool(0.7));
    }
    submission
}

/// A case from its beginning to its end, whatever happens to it.
pub(crate) fn lived(workflow: &Workflow, submission: Submission, rng: &mut impl Rng) -> Bench {
    let mut bench = Bench::new(workflow.clone());
    bench.act("applicant", Action::Submit(Box::new(submission))).expect("a good application");
    // Some cases go well, in others much is refused.
    let bad = *[0.0, 0.05, 0.3].choose(rng).expect("three");
    let mut steps = 0;
    while !bench.case.status.is_closed() {
        assert!(steps < STEPS_MAX, "it goes on and on: {:?}", bench.open());
        steps += 1;
        next(rng, &mut bench, bad);
    }
    bench
}

/// What was decided, what was issued and how it ended say the same.
fn fits(bench: &Bench) {
    let case = &bench.case;
    assert!(case.tasks.is_empty() && case.timers.is_empty(), "nothing is left behind");
    for (part, running) in (0_u8..).zip(&case.parts) {
        assert!(running.status != PartStatus::Running, "no part runs in a closed case");
        let chosen = case.application.chosen.contains(&part);
        assert!(chosen || running.status == PartStatus::Waiting, "{}: not chosen, so not run", part);
    }
    let closed = |outcome| case.parts.iter().filter(|part| part.status == PartStatus::Closed(outcome)).count();
    let (granted, refused) = (closed(Outcome::Granted), closed(Outcome::Refused));
    if case.accepted.is_none() {
        assert!(granted + refused == 0 && case.results.is_empty(), "nothing is decided before acceptance");
        assert!(matches!(case.status, Status::Returned | Status::NotAccepted));
        return;
    }
    let wanted = match (granted, refused) {
        (0, 0) => Status::Completed,
        (_, 0) => Status::Granted,
        (0, _) => Status::Refused,
        _ => Status::PartlyGranted,
    };
    assert_eq!(case.status, wanted);
    for issued in case.results.values() {
        let by = case.parts[usize::from(issued.part)].status;
        assert!(matches!(by, PartStatus::Closed(Outcome::Granted | Outcome::Done)), "a refused matter gives nothing");
    }
}

fn answers(workflow: &Workflow, rng: &mut impl Rng) -> Vec<(String, Json)> {
    let questions = workflow.questions().iter().map(|question| {
        let answer = match question.kind {
            QuestionType::Boolean => json!(rng.random_bool(0.4)),
            QuestionType::Choice => json!(question.choices.choose(rng).expect("choices").id),
        };
        (question.id.clone(), answer)
    });
    let mut answers: Vec<(String, Json)> = questions.collect();
    for plan in workflow.fields().iter().filter(|plan| workflow.questions().iter().all(|q| q.id != plan.field.id)) {
        let field = &plan.field;
        let value = match field.kind {
            FieldType::Boolean => json!(rng.random_bool(0.5)),
            FieldType::Choice => json!(field.choices.choose(rng).expect("choices").id),
            FieldType::Number if field.max.is_none() => json!(field.min.unwrap_or(0.0) + rng.random_range(1.0..800.0)),
            _ => continue,
        };
        answers.push((field.id.clone(), value));
    }
    answers
}

/// Does something to one of the open steps.
fn next(rng: &mut impl Rng, bench: &mut Bench, bad: f64) {
    bench.now += rng.random_range(1..90) * MINUTE;
    let first_limit = bench.case.timers.iter().map(|timer| timer.due).min();
    let unlucky = rng.random_bool(bad) && first_limit.is_none_or(|due| due.max(bench.now) < LATE_UNTIL);
    let Some(task) = bench.case.tasks.choose(rng).cloned() else { panic!("nothing is open in a running case") };
    let why: Option<Arc<str>> = Some("经审查".into());
    let step = bench.workflow.plan(task.part).graph.step(task.node);
    let by = format!("{}-{}", step.id, task.part);
    let complete =
        |outcome| Action::Complete { task: task.id, outcome, reason: why.clone(), lacking: vec![], began: None };
    let action = match &step.node {
        Node::Intake { .. } if unlucky => complete(Outcome::NotAccepted),
        Node::Intake { .. } if bench.case.missing().is_empty() => complete(Outcome::Accepted),
        Node::Intake { .. } if bench.case.supplement.is_none() => complete(Outcome::Supplement),
        Node::Intake { .. } => complete(Outcome::NotAccepted),
        review @ Node::Review { .. } => {
            let words = review.outcomes();
            let word = if unlucky { *words.choose(rng).expect("some") } else { words[0] };
            complete(Outcome::of(word).expect("a word"))
        }
        Node::Decide { .. } => complete(if unlucky { Outcome::Refused } else { Outcome::Granted }),
        Node::Service { .. } if task.incident.is_some() => Action::Resolve { task: task.id, reason: "手工".into() },
        Node::Service { .. } if unlucky => Action::Fail { task: task.id, error: "没有应答".into() },
        Node::Service { .. } => complete(Outcome::Done),
        Node::Issue { .. } => complete(Outcome::Issued),
        Node::Deliver { .. } => complete(Outcome::Delivered),
        Node::Collect { .. } if !unlucky => Action::Supply { materials: bench.case.missing() },
        Node::Wait { message, .. } if !unlucky => Action::Message { name: message.as_str().into() },
        _ => {
            let timer = bench.case.timers.iter().min_by_key(|timer| timer.due).copied().expect("a limit");
            bench.now = bench.now.max(timer.due);
            Action::Fire { timer: timer.id }
        }
    };
    bench.act(&by, action).unwrap_or_else(|refused| panic!("{by}: {refused:?}"));
}

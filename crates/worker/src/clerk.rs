//! Clerks for rehearsals and tests: a simulated one and a scripted one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use onething_engine::calendar::Millis;
use onething_engine::case::Outcome;
use onething_engine::definition::{MaterialSource, Node, ReviewOutcome};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::handler::{Handler, Verdict, Work};

/// How simulated staff and programs behave. The figures are illustrative: no source gives service times.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Minutes of working time by type of node: shortest and longest, drawn evenly.
    pub minutes: BTreeMap<&'static str, (f64, f64)>,
    /// Share of complete applications that are not accepted.
    pub not_accepted: f64,
    /// Share of reviews that fail, or that come to another than the first of their declared outcomes.
    pub failed: f64,
    /// Share of decisions that refuse although every review passed.
    pub refused: f64,
    /// Share of attempts of automatic steps that fail.
    pub unreachable: f64,
}

impl Default for Behaviour {
    fn default() -> Self {
        let minutes = [
            ("intake", (6.0, 18.0)),
            ("review", (8.0, 25.0)),
            ("decide", (3.0, 9.0)),
            ("issue", (2.0, 6.0)),
            ("deliver", (3.0, 8.0)),
            ("service", (0.05, 0.5)),
        ];
        Self { minutes: minutes.into(), not_accepted: 0.01, failed: 0.04, refused: 0.01, unreachable: 0.05 }
    }
}

/// A clerk, reviewer or program that takes drawn times and comes to drawn outcomes. What it draws depends only on the
/// seed, the case and the step, never on who works or in which order.
pub struct SimulatedClerk {
    seed: u64,
    behaviour: Behaviour,
    clock: Arc<dyn Clock>,
}

impl SimulatedClerk {
    /// A clerk that behaves so.
    pub fn new(seed: u64, behaviour: Behaviour, clock: Arc<dyn Clock>) -> Self {
        Self { seed, behaviour, clock }
    }

    /// The duration and the verdict for a piece of work.
    fn draw(&self, work: &Work) -> (Millis, Verdict) {
        let step = work.step();
        let attempt = u64::from(work.task.id) << 16 | u64::from(work.task.failures);
        let rng = &mut stream(self.seed, &[&work.case.application.number, &step.id, &attempt.to_string()]);
        let (least, most) = self.behaviour.minutes.get(step.node.kind()).copied().unwrap_or((1.0, 2.0));
        let minutes = rng.random_range(least..=most);
        let mut happens = |share: f64| rng.random_bool(share.clamp(0.0, 1.0));
        let verdict = match &step.node {
            _ if work.task.incident.is_some() => Verdict::Retry,
            // Received for another centre, which says what is missing and whether it accepts.
            Node::Intake { .. } if work.case.decided_at().is_some() => Verdict::complete(Outcome::Accepted),
            Node::Intake { .. } if !work.case.missing().is_empty() && work.case.supplement.is_some() => {
                Verdict::because(Outcome::NotAccepted, "补正后材料仍不齐全")
            }
            Node::Intake { .. } if !work.case.missing().is_empty() => Verdict::complete(Outcome::Supplement),
            Node::Intake { .. } if happens(self.behaviour.not_accepted) => {
                Verdict::because(Outcome::NotAccepted, "申请事项不属于本机关职权范围，请向有权机关申请")
            }
            Node::Intake { .. } => Verdict::complete(Outcome::Accepted),
            Node::Review { outcomes: declared, .. } if !declared.is_empty() => {
                let others = declared.len() - 1;
                let unusual = others > 0 && happens(self.behaviour.failed);
                let nth = if unusual { 1 + rng.random_range(0..others) } else { 0 };
                chosen(&declared[nth])
            }
            Node::Review { .. } if happens(self.behaviour.failed) => {
                Verdict::because(Outcome::Failed, "现场情况与申请材料不一致")
            }
            Node::Review { .. } => Verdict::complete(Outcome::Passed),
            Node::Decide { .. } => {
                if doubted(work) || happens(self.behaviour.refused) {
                    Verdict::because(Outcome::Refused, "经审查不符合法定条件，详见审查记录")
                } else {
                    Verdict::complete(Outcome::Granted)
                }
            }
            Node::Service { .. } if happens(self.behaviour.unreachable) => Verdict::Fail("对方系统没有应答".into()),
            Node::Service { .. } => Verdict::complete(Outcome::Done),
            Node::Issue { .. } => Verdict::complete(Outcome::Issued),
            Node::Deliver { .. } => Verdict::complete(Outcome::Delivered),
            _ => Verdict::Decline,
        };
        // Minutes are at most a few thousand: the product is far inside i64.
        ((minutes * 60_000.0) as Millis, verdict)
    }
}

/// One of the outcomes a review declares, with reasons where it asks for them.
fn chosen(declared: &ReviewOutcome) -> Verdict {
    // The check admits no declared outcome that is not a word.
    let outcome = Outcome::of(&declared.id).unwrap_or(Outcome::Passed);
    if declared.reason_required {
        Verdict::because(outcome, "经审查，见审查记录")
    } else {
        Verdict::complete(outcome)
    }
}

/// Whether a decider has a reason to refuse: a review of the matter failed, or a result of another matter that it needs
/// never came.
fn doubted(work: &Work) -> bool {
    let part = work.task.part;
    let graph = &work.workflow.plan(part).graph;
    let application = &work.case.application;
    let failed = work.case.part(part).is_some_and(|part| {
        let review = |node| matches!(graph.step(node).node, Node::Review { .. });
        part.done.iter().any(|done| done.outcome == Outcome::Failed && review(done.node))
    });
    let mut needed = work.workflow.needed(&application.chosen, &application.answers, &application.form);
    failed
        || needed.any(|plan| {
            matches!(plan.material.source, MaterialSource::Result { .. })
                && plan.needed_by.iter().any(|(by, _)| *by == part)
                && !work.case.materials.contains_key(&*plan.material.id)
        })
}

#[async_trait]
impl Handler for SimulatedClerk {
    async fn handle(&self, work: &Work) -> Verdict {
        let (takes, verdict) = self.draw(work);
        tokio::time::sleep(self.clock.wall(takes)).await;
        verdict
    }
}

/// A stream of random numbers that depends only on the seed and the names.
#[must_use]
pub fn stream(seed: u64, names: &[&str]) -> Pcg64Mcg {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_be_bytes());
    for name in names {
        hasher.update((name.len() as u64).to_be_bytes());
        hasher.update(name.as_bytes());
    }
    let digest = hasher.finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Pcg64Mcg::from_seed(key)
}

/// A clerk that follows a script: for each step its verdicts in order, the last one again and again. A step that is not
/// in the script gets the verdict that lets the case go on.
#[derive(Default)]
pub struct ScriptedClerk {
    script: Mutex<BTreeMap<String, Vec<Verdict>>>,
}

impl ScriptedClerk {
    /// A clerk with a script: step id and verdict, in order.
    pub fn new(script: impl IntoIterator<Item = (String, Verdict)>) -> Self {
        let mut steps: BTreeMap<String, Vec<Verdict>> = BTreeMap::new();
        for (step, verdict) in script {
            steps.entry(step).or_default().insert(0, verdict);
        }
        Self { script: Mutex::new(steps) }
    }
}

#[async_trait]
impl Handler for ScriptedClerk {
    async fn handle(&self, work: &Work) -> Verdict {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdicts) = script.get_mut(&*work.step().id) {
            let last = if verdicts.len() > 1 { verdicts.pop() } else { verdicts.last().cloned() };
            if let Some(verdict) = last {
                return verdict;
            }
        }
        match &work.step().node {
            _ if work.task.incident.is_some() => Verdict::Retry,
            Node::Intake { .. } if work.case.missing().is_empty() || work.case.decided_at().is_some() => {
                Verdict::complete(Outcome::Accepted)
            }
            Node::Intake { .. } => Verdict::complete(Outcome::Supplement),
            Node::Review { outcomes, .. } => outcomes.first().map_or(Verdict::complete(Outcome::Passed), chosen),
            Node::Decide { .. } => Verdict::complete(Outcome::Granted),
            Node::Service { .. } => Verdict::complete(Outcome::Done),
            Node::Issue { .. } => Verdict::complete(Outcome::Issued),
            Node::Deliver { .. } => Verdict::complete(Outcome::Delivered),
            _ => Verdict::Decline,
        }
    }
}

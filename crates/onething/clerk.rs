//! The simulated staff of the demo and of `onething worker`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use onething_engine::calendar::Millis;
use onething_engine::case::Outcome;
use onething_engine::definition::Node;
use onething_sim::centre::doubted;
use onething_sim::chance::Source;
use onething_worker::{Clock, Handler, Verdict, Work};
use rand::RngExt;

/// How simulated staff and programs behave. The figures are illustrative: no source gives service times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Minutes of working time by type of node: shortest and longest, drawn evenly.
    pub(crate) minutes: BTreeMap<&'static str, (f64, f64)>,
    /// Share of complete applications that are not accepted.
    pub(crate) not_accepted: f64,
    /// Share of reviews that fail, or that come to another than the first of their declared outcomes.
    pub(crate) failed: f64,
    /// Share of decisions that refuse although every review passed.
    pub(crate) refused: f64,
    /// Share of attempts of automatic steps that fail.
    pub(crate) unreachable: f64,
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
pub(crate) struct SimulatedClerk {
    seed: u64,
    behaviour: Behaviour,
    clock: Arc<dyn Clock>,
}

impl SimulatedClerk {
    /// A clerk that behaves so.
    pub(crate) fn new(seed: u64, behaviour: Behaviour, clock: Arc<dyn Clock>) -> Self {
        Self { seed, behaviour, clock }
    }

    /// The duration and the verdict for a piece of work.
    fn draw(&self, work: &Work) -> (Millis, Verdict) {
        let step = work.step();
        let attempt = u64::from(work.task.id) << 16 | u64::from(work.task.failures);
        let names = [&*work.case.application.number, &*step.id, &attempt.to_string()];
        let rng = &mut Source::new(self.seed, &names).stream();
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
                Verdict::declared(&declared[nth])
            }
            Node::Review { .. } if happens(self.behaviour.failed) => {
                Verdict::because(Outcome::Failed, "现场情况与申请材料不一致")
            }
            Node::Review { .. } => Verdict::complete(Outcome::Passed),
            Node::Decide { .. } => {
                if doubted(&work.workflow, &work.case, work.task.part) || happens(self.behaviour.refused) {
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

#[async_trait]
impl Handler for SimulatedClerk {
    async fn handle(&self, work: &Work) -> Verdict {
        let (takes, verdict) = self.draw(work);
        tokio::time::sleep(self.clock.wall(takes)).await;
        verdict
    }
}

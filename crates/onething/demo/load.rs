//! How much work the applications bring to each queue. A hall is staffed for the work it expects: too few seats break
//! promises that the law does not forgive, too many cost wages.

use std::collections::BTreeMap;

use onething_engine::definition::Node;

use super::population::{DAYS, Population};
use crate::clerk::Behaviour;

/// Applications looked at; the rest are taken to be like them.
const SAMPLE_MAX: usize = 500;
/// Share of the day a seat is meant to be busy. Most people come in the morning, so half a day idle is an hour's rush
/// met. Illustrative.
const BUSY: f64 = 0.5;
/// Seats at one queue: a hall has walls.
const SEATS_MAX: usize = 100;

/// Expected work by queue, in seats kept busy all day.
pub(super) struct Load(BTreeMap<String, f64>);

impl Load {
    /// Adds up the steps that the applications choose, each at its mean duration.
    pub(super) fn expected(population: &Population, open_minutes: f64) -> Self {
        let count = population.arrivals.len();
        let every = count.div_ceil(SAMPLE_MAX).max(1);
        let behaviour = Behaviour::default();
        let mut minutes: BTreeMap<String, f64> = BTreeMap::new();
        for nth in (0..count).step_by(every) {
            let (workflow, submission) = population.submission(nth);
            let filled = workflow.filled(&submission.answers, &submission.form);
            for part in workflow.chosen(&submission.answers, &filled) {
                for (_, step) in workflow.plan(part).graph.steps() {
                    // A matter inside a package is neither taken in nor handed out by itself.
                    let passed = part != 0 && matches!(step.node, Node::Intake { .. } | Node::Deliver { .. });
                    let (least, most) = behaviour.minutes.get(step.node.kind()).copied().unwrap_or_default();
                    if let (Some(queue), false) = (step.queue.as_deref(), passed) {
                        *minutes.entry(queue.to_owned()).or_default() += (least + most) / 2.0 * every as f64;
                    }
                }
            }
        }
        let open = open_minutes.max(1.0) * f64::from(DAYS);
        Self(minutes.into_iter().map(|(queue, minutes)| (queue, minutes / open)).collect())
    }

    /// Seats for a queue, at least so many.
    pub(super) fn seats(&self, queue: &str, least: usize) -> usize {
        let busy = self.0.get(queue).copied().unwrap_or_default();
        ((busy / BUSY).ceil() as usize).clamp(least, SEATS_MAX.max(least))
    }
}

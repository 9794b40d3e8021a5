//! What comes of a step. Drawn from the seed, the case and the step alone: never from who works, or in which order.

use std::sync::Arc;

use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Outcome, Task};
use onething_engine::definition::{MaterialSource, Node};
use rand::{Rng, RngExt};

use super::model::{Model, Other, StepKind, StepRule};
use crate::chance::Source;

/// What a clerk, an officer or a program answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The step is complete, with reasons where it did not go as usual.
    Complete {
        /// What it came to.
        outcome: Outcome,
        /// Reasons.
        reason: Option<Arc<str>>,
    },
    /// An attempt of an automatic step failed.
    Fail,
    /// After an incident: try again.
    Retry,
    /// Nothing ever comes: nobody supplies, no message is sent.
    Never,
}

/// The source of the draws about steps under a seed.
#[must_use]
pub fn steps_source(seed: u64) -> Source {
    Source::new(seed, &["steps"])
}

impl Model {
    /// How long an open step takes, in milliseconds, and what comes of it.
    #[must_use]
    pub fn draw(&self, steps: &Source, case_key: u64, workflow: usize, case: &Case, task: &Task) -> (i64, Verdict) {
        let Some(rule) = self.rule(workflow, task.part, task.node) else { return (0, Verdict::Never) };
        let again = case.part(task.part).is_some_and(|part| part.outcome(task.node).is_some());
        let step =
            u64::from(task.part) << 40 | u64::from(task.node) << 24 | u64::from(again) << 20 | u64::from(task.failures);
        let rng = &mut steps.of(case_key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step);
        let takes = rule.takes.draw_ms(rng);
        if task.incident.is_some() {
            return (takes, Verdict::Retry);
        }
        let missing = rule.kind == StepKind::Intake && !case.is_complete();
        let verdict = match rule.kind {
            StepKind::Intake if missing && case.supplement.is_some() => {
                because(Outcome::NotAccepted, "补正后材料仍不齐全")
            }
            StepKind::Intake if missing => Verdict::Complete { outcome: Outcome::Supplement, reason: None },
            StepKind::Decide if doubted(&self.workflows[workflow], case, task.part) => {
                because(Outcome::Refused, "经审查不符合法定条件，详见审查记录")
            }
            _ => rule.by_chance(rng),
        };
        (takes, verdict)
    }

    /// When what a step opened now waits for comes from outside: the applicant or a message. `None`: never, or it waits for
    /// no one.
    pub(super) fn answered_at(
        &self,
        steps: &Source,
        case_key: u64,
        workflow: usize,
        case: &Case,
        (task, now_ms): (&Task, Millis),
    ) -> Option<Millis> {
        let step = &self.workflows[workflow].plan(task.part).graph.step(task.node).node;
        if !matches!(step, Node::Collect { .. } | Node::Wait { .. }) {
            return None;
        }
        let (takes_ms, verdict) = self.draw(steps, case_key, workflow, case, task);
        if verdict == Verdict::Never {
            return None;
        }
        self.calendar.after_business_millis(now_ms, takes_ms).ok()
    }
}

impl StepRule {
    /// What a step comes to when nothing stands against the usual outcome.
    fn by_chance(&self, rng: &mut impl Rng) -> Verdict {
        // Where there is only the usual, nothing need be drawn.
        let mut share = if self.others.is_empty() { 0.0 } else { rng.random::<f64>() };
        let other = self.others.iter().find(|(part, _)| {
            share -= part;
            share < 0.0
        });
        match (other, self.usual) {
            (Some((_, Other::Outcome(outcome))), _) => because(*outcome, "经审查，见审查记录"),
            (Some((_, Other::Fails)), _) => Verdict::Fail,
            (None, Some(outcome)) => Verdict::Complete { outcome, reason: None },
            (Some((_, Other::Never)), _) | (None, None) => Verdict::Never,
        }
    }
}

fn because(outcome: Outcome, reason: &str) -> Verdict {
    Verdict::Complete { outcome, reason: Some(reason.into()) }
}

/// Whether a decider has a reason to refuse: a review of the matter failed, or a result of another matter that it needs
/// never came.
#[must_use]
pub fn doubted(workflow: &Workflow, case: &Case, part: u8) -> bool {
    let application = &case.application;
    let failed = case
        .part(part)
        .is_some_and(|part| part.done.iter().any(|done| done.outcome == Outcome::Failed && done.by.is_some()));
    let mut needed = workflow.materials().iter().filter(|plan| {
        matches!(plan.material.source, MaterialSource::Result { .. })
            && plan.needed_by.iter().any(|(by, _)| *by == part)
    });
    failed
        || needed.any(|plan| {
            let wanted = workflow.needed(&application.chosen, &application.answers, &application.form);
            !case.materials.contains(plan.material.id)
                && wanted.into_iter().any(|wanted| wanted.material.id == plan.material.id)
        })
}

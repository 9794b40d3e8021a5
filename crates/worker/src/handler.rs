//! Who does the work of an open step: a clerk at a window, a reviewer at a desk, a program.

use std::sync::Arc;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::case::{Case, Outcome, Task};
use onething_engine::definition::ReviewOutcome;
use onething_engine::net::Step;

/// One claimed step with all that is known about its case.
#[derive(Clone)]
pub struct Work {
    /// The case when the step was claimed.
    pub case: Arc<Case>,
    /// Its definition.
    pub workflow: Arc<Workflow>,
    /// The step.
    pub task: Task,
    /// Who works on it: the name of the window, desk or program.
    pub worker: Arc<str>,
}

impl Work {
    /// The step's definition.
    #[must_use]
    pub fn step(&self) -> &Step {
        self.workflow.plan(self.task.part).graph.step(self.task.node)
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The step is complete.
    Complete {
        /// What it came to.
        outcome: Outcome,
        /// Reasons, where the law asks for them.
        reason: Option<Arc<str>>,
        /// Intake: materials that were handed in but are not in legal form.
        lacking: Vec<Arc<str>>,
    },
    /// An automatic step failed; the engine decides when it is tried again.
    Fail(Arc<str>),
    /// After an incident: try the automatic step again.
    Retry,
    /// After an incident: a person did it by hand, as this says.
    Resolve(Arc<str>),
    /// The worker gives the step back undone.
    Decline,
}

impl Verdict {
    /// Complete, with nothing to add.
    #[must_use]
    pub fn complete(outcome: Outcome) -> Self {
        Self::Complete { outcome, reason: None, lacking: Vec::new() }
    }

    /// Complete, with reasons.
    #[must_use]
    pub fn because(outcome: Outcome, reason: &str) -> Self {
        Self::Complete { outcome, reason: Some(reason.into()), lacking: Vec::new() }
    }

    /// Complete with one of the outcomes that a review declares, with reasons where it asks for them.
    #[must_use]
    pub fn declared(declared: &ReviewOutcome) -> Self {
        // The check admits no declared outcome that is not a word.
        let outcome = Outcome::of(&declared.id).unwrap_or(Outcome::Passed);
        if declared.reason_required {
            Self::because(outcome, "经审查，见审查记录")
        } else {
            Self::complete(outcome)
        }
    }
}

/// Works on claimed steps. The driver renews the lease while it runs; when the lease is lost the answer is dropped.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Works on a step until it is done.
    async fn handle(&self, work: &Work) -> Verdict;
}

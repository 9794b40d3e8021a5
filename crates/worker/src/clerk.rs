//! A clerk for tests and examples, who follows a script.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use onething_engine::case::Outcome;
use onething_engine::definition::Node;

use crate::handler::{Handler, Verdict, Work};

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
            Node::Review { outcomes, .. } => {
                outcomes.first().map_or(Verdict::complete(Outcome::Passed), Verdict::declared)
            }
            Node::Decide { .. } => Verdict::complete(Outcome::Granted),
            Node::Service { .. } => Verdict::complete(Outcome::Done),
            Node::Issue { .. } => Verdict::complete(Outcome::Issued),
            Node::Deliver { .. } => Verdict::complete(Outcome::Delivered),
            _ => Verdict::Decline,
        }
    }
}

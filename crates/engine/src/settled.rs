//! What an application settles before its case runs: conditions that read answers and form alone come to the same for ever.

use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::application::{Filled, wanted};
use crate::case::Content;
use crate::condition::Condition;
use crate::net::EdgeSet;
use crate::workflow::Workflow;

/// What the conditions of a workflow come to for one application, but for those that read outcomes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settled {
    /// Of the merged list of materials, those it needs.
    needed: FixedBitSet,
    /// Of each part, the ways whose condition holds.
    open: Vec<EdgeSet>,
}

/// What is settled for an application that this process examined. It is not written down, and of one that was read back
/// every condition is evaluated when it is asked: no two applications differ by it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered(Option<Arc<Settled>>);

impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Remembered {
    pub(crate) fn new(settled: Arc<Settled>) -> Self {
        Self(Some(settled))
    }

    /// Whether both were found to be one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.as_ref().zip(other.0.as_ref()).is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }
}

impl Workflow {
    /// Evaluates every condition that reads no outcome.
    pub(crate) fn settle(&self, chosen: &[u8], filled: &Filled<'_>) -> Settled {
        let needed = self.materials().iter().enumerate().filter(|(_, plan)| wanted(&plan.needed_by, chosen, filled));
        let open = self.plans().iter().map(|plan| {
            let ways = plan
                .graph
                .ways()
                .filter(|(_, way)| way.when.as_ref().is_some_and(|when| when.is_settled() && when.holds(filled)));
            ways.map(|(edge, _)| edge).collect()
        });
        Settled { needed: needed.map(|(place, _)| place).collect(), open: open.collect() }
    }

    /// Whether a condition reads answers or form when the case runs already, together with outcomes.
    pub(crate) fn reads_later(&self) -> bool {
        let mut ways = self.plans().iter().flat_map(|plan| plan.graph.ways());
        ways.any(|(_, way)| way.when.as_ref().is_some_and(Condition::is_mixed))
    }

    /// Whether who says this needs a material of the merged list, wherever it comes from.
    pub(crate) fn needs(&self, place: usize, content: &Content) -> bool {
        let Content { chosen, answers, form, settled, .. } = content;
        match &settled.0 {
            Some(settled) => settled.needed.contains(place),
            None => {
                let plan = self.materials().get(place);
                plan.is_some_and(|plan| wanted(&plan.needed_by, chosen, &Filled { answers, form }))
            }
        }
    }
}

impl Content {
    /// Whether a way of a part is open to it, if that is known and depends on no outcome.
    pub(crate) fn is_open(&self, part: u8, edge: u16) -> Option<bool> {
        let settled = self.settled.0.as_ref()?;
        settled.open.get(usize::from(part)).map(|ways| ways.contains(edge))
    }
}

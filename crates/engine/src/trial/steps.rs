//! Steps by the names that authors give them, and what a script can say about each.

use crate::case::Outcome;
use crate::definition::Node;
use crate::workflow::Workflow;

/// Nobody does anything about a step.
const SILENCE: &str = "silence";
/// Instead of a step the applicant withdraws.
const WITHDRAWN: &str = "withdrawn";

/// What can happen at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happens {
    /// It comes to this.
    Outcome(Outcome),
    /// Nobody does anything about it.
    Silence,
    /// Instead of it the applicant withdraws the application.
    Withdrawn,
}

impl Happens {
    /// What a word of a script means at a step. The step's own words come first.
    pub(crate) fn of(node: &Node, word: &str) -> Option<Self> {
        match word {
            _ if node.outcomes().contains(&word) => Outcome::of(word).map(Self::Outcome),
            SILENCE => Some(Self::Silence),
            WITHDRAWN => Some(Self::Withdrawn),
            _ => Outcome::of(word).map(Self::Outcome),
        }
    }
}

/// How an author names a step: by its id, in a matter of a package after the matter's id.
pub(crate) fn name(workflow: &Workflow, part: u8, step: &str) -> String {
    if part == 0 { step.to_owned() } else { format!("{}/{step}", workflow.plan(part).id) }
}

/// The parts of a workflow by number.
pub(crate) fn parts(workflow: &Workflow) -> impl Iterator<Item = u8> {
    0..u8::try_from(workflow.plans().len()).unwrap_or(u8::MAX)
}

/// Every step by its name.
pub(crate) fn all(workflow: &Workflow) -> impl Iterator<Item = (String, u8, &Node)> {
    parts(workflow).flat_map(move |part| {
        let steps = workflow.plan(part).graph.steps();
        steps.map(move |(_, step)| (name(workflow, part, &step.id), part, &step.node))
    })
}

/// The step of a name.
pub(crate) fn find<'a>(workflow: &'a Workflow, name: &str) -> Option<(u8, &'a Node)> {
    let (part, id) = match name.split_once('/') {
        None => (0, name),
        Some((matter, id)) => {
            let part = workflow.plans().iter().skip(1).position(|plan| *plan.id == *matter)? + 1;
            (u8::try_from(part).ok()?, id)
        }
    };
    let graph = &workflow.plan(part).graph;
    graph.find(id).map(|node| (part, &graph.step(node).node))
}

/// What a script can say about a step; nothing for one that happens by itself. Inside a package the window of a matter is
/// passed over: the package accepts and delivers.
pub(crate) fn happenings(part: u8, node: &Node) -> Vec<&str> {
    let passed_over = part > 0 && matches!(node, Node::Intake { .. } | Node::Deliver { .. });
    if passed_over || matches!(node, Node::Matter { .. }) {
        return Vec::new();
    }
    let mut words = node.outcomes();
    match node {
        Node::Service { .. } if !words.contains(&Outcome::Failed.word()) => words.push("failed"),
        Node::Timer { .. } => return vec![WITHDRAWN],
        _ => {}
    }
    if !words.is_empty() {
        let waits = words.contains(&Outcome::Expired.word());
        words.extend((!waits).then_some(SILENCE));
        words.push(WITHDRAWN);
    }
    words
}

/// Whether an outcome must come with a reason.
pub(crate) fn needs_reason(node: &Node, outcome: Outcome) -> bool {
    let declared = match node {
        Node::Review { outcomes, .. } => outcomes.iter().any(|it| it.id == outcome.word() && it.reason_required),
        _ => false,
    };
    declared || matches!(outcome, Outcome::Refused | Outcome::NotAccepted)
}

/// Whether people of the centre do it, so that it is done in business hours.
pub(crate) fn by_staff(node: &Node) -> bool {
    node.queue().is_some() && !matches!(node, Node::Service { .. })
}

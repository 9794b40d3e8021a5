//! The longest way through a workflow, in working days, if everybody uses all of the time that was promised.
//!
//! Kelley and Walker 1959: a step begins when the last step it waits for ends; the ways between the steps are those that
//! the answers leave open. A way that depends on an outcome counts as open, and a loop is gone round once, so the total
//! is the longest that can come of these answers without sending back.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::visit::{EdgeFiltered, EdgeRef};

use crate::clock::Limit;
use crate::definition::{Node, Title};
use crate::net::{EdgeSet, Graph};
use crate::value::Value;
use crate::workflow::Workflow;

/// A step that takes time, between the acceptance and the last decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The part that runs in it; 0 for a step of the package itself, and for a matter that runs alone.
    pub part: u8,
    /// The step of part 0.
    pub node: u16,
    /// Id of that step.
    pub id: Arc<str>,
    /// Title of the matter or of the step.
    pub title: Title,
    /// The limit counted: the promised one, else the legal one; `None` when the matter has neither.
    pub limit: Option<Limit>,
    /// When it begins at the latest, in working days after acceptance.
    pub from: f64,
    /// When it ends at the latest, in working days after acceptance.
    pub to: f64,
    /// Whether it lies on the critical path: a delay here delays everything.
    pub critical: bool,
}

/// The steps that take time, with when each runs, and the longest way through them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CriticalPath {
    /// Working days from acceptance to the end of the last step.
    pub total: f64,
    /// Every step that the answers choose and that takes time or is a matter, in order of beginning.
    pub stretches: Vec<Stretch>,
}

impl CriticalPath {
    /// The stretches of the critical path, in order. Steps without a limit take no time and are left out.
    pub fn path(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.iter().filter(|stretch| stretch.critical)
    }
}

/// The critical path for these answers; `form` holds what is filled in so far, and a field that is not filled in equals
/// nothing, as in every condition.
///
/// What counts is each matter's promised limit (its legal one where nothing is promised) and, in the package's own graph,
/// what is waited for after acceptance. `minutes_a_day` are the business minutes of a working day, for limits in hours
/// and minutes. A matter that runs alone is one stretch.
#[must_use]
pub fn critical_path(
    workflow: &Workflow,
    answers: &BTreeMap<String, Value>,
    form: &BTreeMap<String, Value>,
    minutes_a_day: f64,
) -> CriticalPath {
    longest(workflow, &workflow.open_ways(answers, form), minutes_a_day)
}

/// The longest way over these edges of part 0.
pub(crate) fn longest(workflow: &Workflow, open: &EdgeSet, minutes_a_day: f64) -> CriticalPath {
    let plan = workflow.plan(0);
    if workflow.plans().len() == 1 {
        let limit = plan.promised.or(plan.statutory);
        let total = limit.map_or(0.0, |limit| limit.in_working_days(minutes_a_day));
        let (node, critical) = (plan.graph.start(), total > 0.0);
        let (id, title) = (plan.id.clone(), plan.title.clone());
        let whole = Stretch { part: 0, node, id, title, limit, from: 0.0, to: total, critical };
        return CriticalPath { total, stretches: vec![whole] };
    }
    let graph = &plan.graph;
    let rings = rings(graph, open);
    let before_acceptance = before_acceptance(graph, open);
    let mut times: Vec<Option<Time>> = vec![None; rings.of.len()];
    let mut stretches = Vec::new();
    for (nth, ring) in rings.in_order.iter().enumerate() {
        let mut time = ring.contains(&graph.start()).then_some(Time { from: 0.0, to: 0.0, after: None });
        for edge in ring.iter().flat_map(|node| &graph.step(*node).ins).filter(|edge| open.contains(**edge)) {
            let earlier = rings.of[usize::from(graph.ends(*edge).0)];
            let Some(Time { to, .. }) = times[earlier].filter(|_| earlier != nth) else { continue };
            if time.is_none_or(|time| to > time.from) {
                time = Some(Time { from: to, to, after: Some(earlier) });
            }
        }
        let Some(mut time) = time else { continue };
        for node in ring.iter().copied().filter(|node| !before_acceptance.contains(*node)) {
            let Some((part, limit)) = takes_time(workflow, node) else { continue };
            let step = graph.step(node);
            let title = step.node.title().unwrap_or(&workflow.plan(part).title).clone();
            let from = time.to;
            time.to += limit.map_or(0.0, |limit| limit.in_working_days(minutes_a_day));
            let id = step.id.clone();
            stretches.push(Stretch { part, node, id, title, limit, from, to: time.to, critical: false });
        }
        times[nth] = Some(time);
    }
    let reached = times.iter().enumerate().filter_map(|(ring, time)| Some((ring, (*time)?.to)));
    let last = reached.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let mut at = last.map(|(ring, _)| ring);
    while let Some(ring) = at {
        let on_it = |stretch: &&mut Stretch| rings.of[usize::from(stretch.node)] == ring && stretch.to > stretch.from;
        stretches.iter_mut().filter(on_it).for_each(|stretch| stretch.critical = true);
        at = times[ring].and_then(|time| time.after);
    }
    stretches.sort_by(|a, b| a.from.total_cmp(&b.from).then(a.node.cmp(&b.node)));
    CriticalPath { total: last.map_or(0.0, |(_, to)| to), stretches }
}

/// When a ring begins and ends, and the ring that it waits for last.
#[derive(Clone, Copy)]
struct Time {
    from: f64,
    to: f64,
    after: Option<usize>,
}

/// Steps that lie on a loop together, and all other steps alone, each after those that lead to it.
struct Rings {
    in_order: Vec<Vec<u16>>,
    /// For each step, its ring.
    of: Vec<usize>,
}

fn rings(graph: &Graph, open: &EdgeSet) -> Rings {
    let edges = EdgeFiltered::from_fn(graph.petgraph(), |edge| open.contains(small(edge.id().index())));
    let mut in_order: Vec<Vec<u16>> =
        tarjan_scc(&edges).into_iter().map(|ring| ring.into_iter().map(|node| small(node.index())).collect()).collect();
    in_order.reverse();
    let mut of = vec![0; usize::from(graph.len())];
    for (nth, ring) in in_order.iter_mut().enumerate() {
        ring.sort_unstable();
        ring.iter().for_each(|node| of[usize::from(*node)] = nth);
    }
    Rings { in_order, of }
}

/// The steps from which an intake can still be reached: no limit runs yet.
fn before_acceptance(graph: &Graph, open: &EdgeSet) -> EdgeSet {
    let intakes = graph.steps().filter(|(_, step)| matches!(step.node, Node::Intake { .. })).map(|(node, _)| node);
    let mut todo: Vec<u16> = intakes.collect();
    let mut before: EdgeSet = todo.iter().copied().collect();
    while let Some(node) = todo.pop() {
        for edge in graph.step(node).ins.iter().filter(|edge| open.contains(**edge)) {
            let earlier = graph.ends(*edge).0;
            if !before.contains(earlier) {
                before.insert(earlier);
                todo.push(earlier);
            }
        }
    }
    before
}

/// The part and the limit of a step that takes time or is a matter.
fn takes_time(workflow: &Workflow, node: u16) -> Option<(u8, Option<Limit>)> {
    match &workflow.plan(0).graph.step(node).node {
        Node::Matter { .. } => {
            let part = workflow.part_of(node)?;
            let plan = workflow.plan(part);
            Some((part, plan.promised.or(plan.statutory)))
        }
        Node::Timer { after: limit, .. } | Node::Wait { within: limit, .. } | Node::Collect { within: limit, .. } => {
            Some((0, Some(*limit)))
        }
        _ => None,
    }
}

fn small(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

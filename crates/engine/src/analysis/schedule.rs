//! The critical path with dates: when each matter begins and ends if everybody uses all of the time that was promised.

use serde::Serialize;

use super::critical_path::{Stretch, critical_path};
use super::situation::Situation;
use crate::calendar::{Calendar, Millis, Uncovered};
use crate::clock::{self, Limit};
use crate::definition::{ClockStart, PromiseScope};
use crate::net::{EdgeSet, Graph};
use crate::text::Title;
use crate::workflow::Workflow;

/// A step with the days on which it runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dated {
    /// Id of the matter, or of the package's own step.
    pub id: String,
    /// The step of part 0.
    pub node: u16,
    /// Its printed name.
    pub title: Title,
    /// The limit counted; `None` when there is none.
    pub limit: Option<Limit>,
    /// Working days after the beginning, from and to.
    pub days: [f64; 2],
    /// When it begins.
    pub begins: Millis,
    /// When it must be done.
    pub ends: Millis,
    /// Whether it lies on the critical path.
    pub critical: bool,
}

/// All steps with their days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schedule {
    /// The moment of acceptance that was assumed.
    pub accepted: Millis,
    /// The moment from which limits count: the acceptance, or the end of the acceptance period.
    pub counts_from: Millis,
    /// The length of the critical path in working days.
    pub total_days: f64,
    /// When the last step must be done.
    pub ends: Millis,
    /// When the promise of the package ends; `None` when it promises for each matter by itself.
    pub promise_ends: Option<Millis>,
    /// In order of beginning.
    pub steps: Vec<Dated>,
    /// The edges between two steps of the critical path, by index.
    pub critical_edges: Vec<u16>,
}

/// Dates for one situation.
///
/// # Errors
/// A year on the way is not covered by the calendar.
pub(super) fn schedule(
    workflow: &Workflow,
    situation: &Situation,
    calendar: &Calendar,
    accepted: Millis,
) -> Result<Schedule, Uncovered> {
    let plan = workflow.plan(0);
    let counts_from = match &plan.starts {
        ClockStart::PeriodEnd { periods } => {
            let day = calendar.date_of(accepted);
            let period = periods.iter().find(|period| day <= period.to);
            period.map_or(accepted, |period| calendar.end_of_day(period.to))
        }
        _ => accepted,
    };
    let minutes_a_day = calendar.business_millis_of_day(calendar.date_of(counts_from)) as f64 / 60_000.0;
    let path = critical_path(workflow, &situation.answers, &situation.form, minutes_a_day);
    let open = workflow.open_ways(&situation.answers, &situation.form);
    let mut steps: Vec<(Dated, EdgeSet)> = Vec::new();
    for stretch in &path.stretches {
        let earlier = steps.iter().filter(|(_, after)| reached(&plan.graph, after, stretch.node));
        let begins = earlier.map(|(step, _)| step.ends).max().unwrap_or(counts_from);
        let ends = stretch.limit.map_or(Ok(begins), |limit| clock::after(begins, limit, calendar))?;
        steps.push((dated(workflow, stretch, begins, ends), ways_after(&plan.graph, &open, stretch.node)));
    }
    let promise = workflow.promise().filter(|promise| promise.scope != PromiseScope::EachMatter);
    let limit = promise.map(|promise| promise.limit).or(if workflow.plans().len() == 1 { plan.promised } else { None });
    let promise_ends = limit.map(|limit| clock::after(counts_from, limit, calendar)).transpose()?;
    let critical_edges = critical_edges(&plan.graph, &open, &steps);
    let steps: Vec<Dated> = steps.into_iter().map(|(step, _)| step).collect();
    let ends = steps.iter().map(|step| step.ends).max().unwrap_or(counts_from);
    Ok(Schedule { accepted, counts_from, total_days: path.total, ends, promise_ends, steps, critical_edges })
}

fn dated(workflow: &Workflow, stretch: &Stretch, begins: Millis, ends: Millis) -> Dated {
    let id = if stretch.part > 0 { workflow.plan(stretch.part).id.to_string() } else { stretch.id.to_string() };
    Dated {
        id,
        node: stretch.node,
        title: stretch.title.clone(),
        limit: stretch.limit,
        days: [stretch.from, stretch.to],
        begins,
        ends,
        critical: stretch.critical,
    }
}

/// The open edges that can be taken after a step.
fn ways_after(graph: &Graph, open: &EdgeSet, node: u16) -> EdgeSet {
    let mut found = EdgeSet::default();
    let mut todo = vec![node];
    while let Some(at) = todo.pop() {
        for edge in graph.step(at).outs.iter().filter(|edge| open.contains(**edge)) {
            if !found.contains(*edge) {
                found.insert(*edge);
                todo.push(graph.ends(*edge).1);
            }
        }
    }
    found
}

fn reached(graph: &Graph, ways: &EdgeSet, node: u16) -> bool {
    ways.iter().any(|edge| graph.ends(edge).1 == node)
}

/// The edges that lie between each step of the critical path and the next, and from the start to the first.
fn critical_edges(graph: &Graph, open: &EdgeSet, steps: &[(Dated, EdgeSet)]) -> Vec<u16> {
    let mut at = graph.start();
    let mut edges = Vec::new();
    for (step, _) in steps.iter().filter(|(step, _)| step.critical) {
        let after = ways_after(graph, open, at);
        edges.extend(shortest(graph, &after, at, step.node));
        at = step.node;
    }
    edges
}

/// A shortest way over these edges.
fn shortest(graph: &Graph, ways: &EdgeSet, from: u16, to: u16) -> Vec<u16> {
    let mut came: Vec<Option<u16>> = vec![None; usize::from(graph.len())];
    let mut todo = std::collections::VecDeque::from([from]);
    while let Some(at) = todo.pop_front() {
        for edge in graph.step(at).outs.iter().filter(|edge| ways.contains(**edge)) {
            let next = graph.ends(*edge).1;
            if next != from && came[usize::from(next)].is_none() {
                came[usize::from(next)] = Some(*edge);
                todo.push_back(next);
            }
        }
    }
    let (mut edges, mut at) = (Vec::new(), to);
    while let Some(edge) = came[usize::from(at)] {
        edges.push(edge);
        at = graph.ends(edge).0;
    }
    edges.reverse();
    edges
}

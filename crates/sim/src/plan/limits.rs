//! How long a task may wait at a desk so that the limit is still kept.
//!
//! Of the tighter of a matter's two limits (法定, 承诺) the work itself takes its part; what is left is shared evenly by
//! the steps that people do on the longest way to the decision. A package's own limit is at least as long as its critical
//! path of matters, which the check of definitions proves: where every matter keeps its limit, the package does.

use std::collections::BTreeMap;

use onething_engine::Plan;
use onething_engine::definition::{Node, SERVICE_QUEUE};

use crate::centre::Model;
use crate::scenario::{rule, workers};

/// The longest wait in working minutes, by step as `file/step`; a step at which no limit runs has none.
pub(super) fn allowed(model: &Model) -> BTreeMap<String, f64> {
    let mut allowed: BTreeMap<String, f64> = BTreeMap::new();
    let spans = model.scenario.days.first().map(|day| day.1.as_slice()).unwrap_or_default();
    let minutes_a_day = spans.iter().map(|span| span.1 - span.0).sum::<i64>() as f64 / 60_000.0;
    for workflow in model.scenario.workflows.values() {
        let queues: BTreeMap<String, String> =
            workers(workflow).filter(|(_, queue)| !queue.starts_with(SERVICE_QUEUE)).collect();
        let alone = workflow.plans().len() == 1;
        for plan in workflow.plans().iter().skip(usize::from(!alone)) {
            let limits = [plan.statutory, plan.promised].into_iter().flatten();
            let limits = limits.map(|limit| limit.in_working_days(minutes_a_day) * minutes_a_day);
            let Some(limit) = limits.reduce(f64::min) else { continue };
            let counted = while_the_clock_runs(plan);
            let name = |node: u16| format!("{}/{}", plan.id, plan.graph.step(node).id);
            let by_people = |node: u16| {
                let before = matches!(plan.graph.step(node).node, Node::Intake { .. });
                counted[usize::from(node)] && !before && queues.contains_key(&name(node))
            };
            let minutes = |node: u16| {
                let step = &plan.graph.step(node).node;
                let works = by_people(node) || matches!(step, Node::Service { .. }) && counted[usize::from(node)];
                let takes = rule(&model.scenario.file.steps, step, &name(node)).filter(|_| works);
                takes.map_or(0.0, |work| work.takes.mean())
            };
            let steps = longest(plan, |node| if by_people(node) { 1.0 } else { 0.0 });
            let each = (limit - longest(plan, minutes)).max(0.0) / steps.max(1.0);
            for step in (0..plan.graph.len()).filter(|node| by_people(*node)).map(name) {
                // A matter of several packages runs by the same limit in each.
                allowed.entry(step).and_modify(|least| *least = least.min(each)).or_insert(each);
            }
        }
    }
    allowed
}

/// Of each step, whether the clock may still run: until the decision, or until the end where nothing is decided.
fn while_the_clock_runs(plan: &Plan) -> Vec<bool> {
    let graph = &plan.graph;
    let decisions = graph.steps().filter(|(_, step)| matches!(step.node, Node::Decide { .. })).map(|(node, _)| node);
    let mut todo: Vec<u16> = decisions.collect();
    let mut before = vec![todo.is_empty(); usize::from(graph.len())];
    while let Some(node) = todo.pop() {
        if !std::mem::replace(&mut before[usize::from(node)], true) {
            todo.extend(graph.step(node).ins.iter().map(|edge| graph.ends(*edge).0));
        }
    }
    before
}

/// The greatest sum of weights on a way from the start; a loop is gone round once.
fn longest(plan: &Plan, weigh: impl Fn(u16) -> f64) -> f64 {
    let graph = &plan.graph;
    let after = |node: u16| graph.step(node).outs.iter().map(|edge| usize::from(graph.ends(*edge).1));
    let mut sums: Vec<Option<f64>> = vec![None; usize::from(graph.len())];
    let mut on_way = vec![false; usize::from(graph.len())];
    let mut way = vec![graph.start()];
    while let Some(&node) = way.last() {
        on_way[usize::from(node)] = true;
        // What is on the way already would close a loop.
        match after(node).find(|next| sums[*next].is_none() && !on_way[*next]) {
            Some(next) => way.push(next as u16),
            None => {
                let most = after(node).filter_map(|next| sums[next]).fold(0.0, f64::max);
                sums[usize::from(node)] = Some(weigh(node) + most);
                on_way[usize::from(node)] = false;
                way.pop();
            }
        }
    }
    sums[usize::from(graph.start())].unwrap_or(0.0)
}

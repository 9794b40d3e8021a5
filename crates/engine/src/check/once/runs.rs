//! Which steps a case can come to, for every combination of answers at once.

use fixedbitset::FixedBitSet;

use super::answers::{Answers, Where, without};
use crate::condition::space::Test;
use crate::definition::Node;
use crate::net::Graph;

/// The ways of one graph, each with where its condition holds.
pub(crate) struct Ways<'a> {
    graph: &'a Graph,
    answers: &'a Answers,
    conditions: Vec<Option<Where>>,
}

impl<'a> Ways<'a> {
    pub(crate) fn new(graph: &'a Graph, answers: &'a Answers, tests: &[Option<Test>]) -> Self {
        let conditions = tests.iter().map(|test| test.as_ref().map(|test| answers.places(test))).collect();
        Self { graph, answers, conditions }
    }

    /// For each edge, the combinations with which a case that enters with these can come to it. The steps `never` do
    /// not end, so nothing comes of them.
    pub(crate) fn reached(&self, entering: &FixedBitSet, never: &[u16]) -> Vec<FixedBitSet> {
        let mut on = vec![self.answers.none(); usize::from(self.graph.edge_count())];
        let begin = self.leaving(self.graph.start(), entering);
        self.spread(begin, never, &mut on);
        on
    }

    fn spread(&self, mut todo: Vec<(u16, FixedBitSet)>, never: &[u16], on: &mut [FixedBitSet]) {
        while let Some((edge, more)) = todo.pop() {
            if more.is_subset(&on[usize::from(edge)]) {
                continue;
            }
            on[usize::from(edge)].union_with(&more);
            let node = self.graph.ends(edge).1;
            if never.contains(&node) {
                continue;
            }
            let arriving = self.arriving(node, on, never);
            todo.extend(self.leaving(node, &arriving));
        }
    }

    /// The combinations with which a case goes on from a step.
    fn arriving(&self, node: u16, on: &[FixedBitSet], never: &[u16]) -> FixedBitSet {
        let step = self.graph.step(node);
        let mut ways = step.ins.iter().map(|edge| &on[usize::from(*edge)]);
        let Some(mut arriving) = ways.next().cloned() else { return self.answers.none() };
        match step.node {
            Node::Parallel { .. } => ways.for_each(|way| arriving.intersect_with(way)),
            _ => ways.for_each(|way| arriving.union_with(way)),
        }
        if matches!(step.node, Node::Inclusive { .. }) && step.ins.len() > 1 && !never.is_empty() {
            arriving.difference_with(&self.held_back(node, never));
        }
        arriving
    }

    /// The combinations with which an inclusive join surely waits for a step that never ends: a split before the join
    /// surely takes a way on which nothing comes to the join, or to an end, but through such a step.
    fn held_back(&self, join: u16, never: &[u16]) -> FixedBitSet {
        let mut held = self.answers.none();
        for (split, step) in self.graph.steps() {
            let several = matches!(step.node, Node::Parallel { .. } | Node::Inclusive { .. }) && step.outs.len() > 1;
            if !several || !self.always_before(split, join) {
                continue;
            }
            for edge in &step.outs {
                let surely = self.surely_takes(split, *edge);
                if surely.is_clear() {
                    continue;
                }
                let mut on = vec![self.answers.none(); usize::from(self.graph.edge_count())];
                self.spread_plainly(vec![(*edge, surely.clone())], &[never, &[join]].concat(), &mut on);
                let through = (0..self.graph.edge_count())
                    .any(|at| never.contains(&self.graph.ends(at).1) && !on[usize::from(at)].is_clear());
                if !through {
                    continue;
                }
                let mut around = self.answers.none();
                for at in 0..self.graph.edge_count() {
                    let to = self.graph.ends(at).1;
                    if to == join || matches!(self.graph.step(to).node, Node::End { .. }) {
                        around.union_with(&on[usize::from(at)]);
                    }
                }
                held.union_with(&without(&surely, &around));
            }
        }
        held
    }

    /// As `spread`, where a join goes on with whatever comes, and the stops are not gone through.
    fn spread_plainly(&self, mut todo: Vec<(u16, FixedBitSet)>, stops: &[u16], on: &mut [FixedBitSet]) {
        while let Some((edge, more)) = todo.pop() {
            if more.is_subset(&on[usize::from(edge)]) {
                continue;
            }
            on[usize::from(edge)].union_with(&more);
            let node = self.graph.ends(edge).1;
            if !stops.contains(&node) {
                todo.extend(self.leaving(node, &on[usize::from(edge)]));
            }
        }
    }

    /// The combinations, of these, with which a case that takes a way comes back to where it began without doing a step.
    pub(crate) fn comes_back(&self, edge: u16, taking: &FixedBitSet, undone: u16) -> FixedBitSet {
        let split = self.graph.ends(edge).0;
        let mut on = vec![self.answers.none(); usize::from(self.graph.edge_count())];
        self.spread_plainly(vec![(edge, taking.clone())], &[split, undone], &mut on);
        at(self.graph, split, &on, self.answers)
    }

    /// The combinations with which a split surely takes a way.
    fn surely_takes(&self, split: u16, edge: u16) -> FixedBitSet {
        let step = self.graph.step(split);
        match (&step.node, &self.conditions[usize::from(edge)]) {
            (Node::Inclusive { .. }, Some(condition)) => condition.must.clone(),
            (Node::Inclusive { .. }, None) => {
                let mut rest = self.answers.all.clone();
                let others = step.outs.iter().filter_map(|edge| self.conditions[usize::from(*edge)].as_ref());
                others.for_each(|other| rest.difference_with(&other.may));
                rest
            }
            _ => self.answers.all.clone(),
        }
    }

    /// Whether no case comes to a step but through another.
    fn always_before(&self, first: u16, then: u16) -> bool {
        let (mut seen, mut todo) = (vec![false; usize::from(self.graph.len())], vec![self.graph.start()]);
        while let Some(node) = todo.pop() {
            if node == first || std::mem::replace(&mut seen[usize::from(node)], true) {
                continue;
            }
            todo.extend(self.graph.step(node).outs.iter().map(|edge| self.graph.ends(*edge).1));
        }
        !seen[usize::from(then)]
    }

    /// The ways that can be taken from a step, each with the combinations.
    fn leaving(&self, node: u16, arriving: &FixedBitSet) -> Vec<(u16, FixedBitSet)> {
        let step = self.graph.step(node);
        let exclusive = match step.node {
            Node::Exclusive { .. } if step.outs.len() > 1 => true,
            Node::Inclusive { .. } if step.outs.len() > 1 => false,
            _ => return step.outs.iter().map(|edge| (*edge, arriving.clone())).collect(),
        };
        let (mut left, mut ways) = (arriving.clone(), Vec::new());
        for edge in &step.outs {
            let Some(condition) = &self.conditions[usize::from(*edge)] else { continue };
            ways.push((*edge, &condition.may & if exclusive { &left } else { arriving }));
            left.difference_with(&condition.must);
        }
        ways.extend(step.outs.iter().copied().find(|edge| self.graph.way(*edge).otherwise).map(|edge| (edge, left)));
        ways
    }
}

/// The combinations with which a case comes to a step.
pub(crate) fn at(graph: &Graph, node: u16, on: &[FixedBitSet], answers: &Answers) -> FixedBitSet {
    let mut at = answers.none();
    graph.step(node).ins.iter().for_each(|edge| at.union_with(&on[usize::from(*edge)]));
    at
}

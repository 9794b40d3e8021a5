//! Which steps can come after each other and which can run side by side.

use crate::definition::Node;
use crate::net::{EdgeSet, Graph};

/// What can follow and what can be at once, for one graph.
pub(crate) struct Paths<'a> {
    graph: &'a Graph,
    /// For each edge, the edges that can hold a token while it holds one.
    beside: Vec<EdgeSet>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        Self { graph, beside: beside(graph) }
    }

    /// The steps to which a way leads from this one; `without` is not gone through.
    pub(crate) fn after(&self, node: u16, without: Option<u16>) -> EdgeSet {
        let (mut after, mut todo) = (EdgeSet::default(), vec![node]);
        while let Some(node) = todo.pop() {
            for edge in &self.graph.step(node).outs {
                let next = self.graph.ends(*edge).1;
                if !after.contains(next) {
                    after.insert(next);
                    if Some(next) != without {
                        todo.push(next);
                    }
                }
            }
        }
        after
    }

    /// Whether both steps can be under way at once.
    pub(crate) fn side_by_side(&self, one: u16, other: u16) -> bool {
        let to_other: EdgeSet = self.graph.step(other).every_in;
        one != other && self.graph.step(one).ins.iter().any(|edge| self.beside[usize::from(*edge)].meets(&to_other))
    }

    /// Whether two steps can both have run in one case.
    pub(crate) fn on_one_run(&self, one: u16, other: u16) -> bool {
        self.side_by_side(one, other) || self.after(one, None).contains(other) || self.after(other, None).contains(one)
    }
}

/// Two edges are beside each other when a parallel or inclusive split put tokens on both, or when the token of one can
/// move to the edge while the other's stays (Kovalyov 1992; exact for sound free-choice graphs). An inclusive join waits
/// for what can still come to it, so nothing upstream of it is beside what follows.
fn beside(graph: &Graph) -> Vec<EdgeSet> {
    let mut beside = vec![EdgeSet::default(); usize::from(graph.edge_count())];
    let mut todo: Vec<(u16, u16)> = Vec::new();
    let add = |beside: &mut Vec<EdgeSet>, todo: &mut Vec<(u16, u16)>, a: u16, b: u16| {
        for (a, b) in [(a, b), (b, a)] {
            if a != b && !beside[usize::from(a)].contains(b) {
                beside[usize::from(a)].insert(b);
                todo.push((a, b));
            }
        }
    };
    for (_, step) in
        graph.steps().filter(|(_, step)| matches!(step.node, Node::Parallel { .. } | Node::Inclusive { .. }))
    {
        for (nth, a) in step.outs.iter().enumerate() {
            step.outs[nth + 1..].iter().for_each(|b| add(&mut beside, &mut todo, *a, *b));
        }
    }
    while let Some((moving, staying)) = todo.pop() {
        let node = graph.ends(moving).1;
        let step = graph.step(node);
        let moves = match step.node {
            Node::Parallel { .. } => step.ins.iter().all(|edge| beside[usize::from(*edge)].contains(staying)),
            Node::Inclusive { .. } if step.ins.len() > 1 => {
                !graph.upstream_of(node).iter().any(|from| from.contains(staying))
            }
            _ => true,
        };
        if moves {
            step.outs.iter().for_each(|out| add(&mut beside, &mut todo, *out, staying));
        }
    }
    beside
}

//! Soundness by exploring markings.
//!
//! Chains of steps with one way in and one way out are contracted first: they cannot change a verdict (Murata 1989,
//! fusion of series places). What is left is explored breadth first, so a witness is as short as any.

use std::collections::{BTreeMap, VecDeque};

use crate::definition::Node;
use crate::net::{EdgeSet, Graph};

/// Most markings looked at before the answer is "undecided".
pub const MARKINGS_MAX: usize = 200_000;
/// Most ways out of an inclusive split: each one doubles the choices.
pub const INCLUSIVE_WAYS_MAX: usize = 10;

/// What exploration found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every case can finish, nothing is left behind, no step is dead or runs twice at once.
    Sound,
    /// Something is wrong; the run of steps leads from the start to it.
    Unsound {
        /// What is wrong.
        reason: Reason,
        /// The step to look at.
        node: u16,
        /// Steps in the order in which they fire, from the start; nothing for a step that never runs.
        witness: Vec<u16>,
    },
    /// The bound was hit first.
    Undecided {
        /// Markings looked at.
        markings: usize,
    },
}

/// What is wrong with an unsound graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A case waits for ever.
    Deadlock,
    /// A step would run twice at once.
    Unsafe,
    /// A case can only go round and round.
    Livelock,
    /// A step never runs.
    Dead,
}

/// Decides soundness of a graph, within [`MARKINGS_MAX`].
#[must_use]
pub fn explore(graph: &Graph) -> Verdict {
    let chains = Chains::new(graph);
    let first: EdgeSet = graph.step(graph.start()).outs.iter().map(|edge| chains.of(*edge)).collect();
    let mut seen = BTreeMap::from([(first, 0_usize)]);
    let mut runs: Vec<(EdgeSet, Option<(usize, u16)>)> = vec![(first, None)];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut fired = vec![false; usize::from(graph.len())];
    let mut marked = first;
    let mut todo = VecDeque::from([0]);
    let path = |runs: &[(EdgeSet, Option<(usize, u16)>)], mut at: usize| {
        let mut fired = Vec::new();
        while let Some((earlier, node)) = runs[at].1 {
            fired.push((node, runs[at].0));
            at = earlier;
        }
        let mut steps = vec![graph.start()];
        chains.links(graph, graph.start(), &first, &mut steps);
        for (node, marking) in fired.into_iter().rev() {
            steps.push(node);
            chains.links(graph, node, &marking, &mut steps);
        }
        steps
    };
    while let Some(at) = todo.pop_front() {
        let marking = runs[at].0;
        let mut moved = false;
        for node in chains.gateways.iter().copied() {
            let Some(taken) = chains.ready(graph, node, &marking) else { continue };
            moved = true;
            fired[usize::from(node)] = true;
            for put in chains.puts(graph, node) {
                let rest = marking.without(&taken);
                if rest.meets(&put) {
                    let mut witness = path(&runs, at);
                    witness.push(node);
                    chains.links(graph, node, &put, &mut witness);
                    let twice = graph.step(node).outs.iter().find(|edge| rest.contains(chains.of(**edge)));
                    let twice = twice.map_or(node, |edge| graph.ends(*edge).1);
                    return Verdict::Unsound { reason: Reason::Unsafe, node: twice, witness };
                }
                let next = rest.with(&put);
                marked = marked.with(&put);
                let index = *seen.entry(next).or_insert_with(|| {
                    runs.push((next, Some((at, node))));
                    before.push(Vec::new());
                    todo.push_back(runs.len() - 1);
                    runs.len() - 1
                });
                before[index].push(at);
            }
        }
        if !moved && !marking.is_empty() {
            let stuck = marking.iter().next().map_or(0, |edge| graph.ends(edge).1);
            let waiting =
                marking.iter().map(|e| graph.ends(e).1).find(|n| graph.step(*n).ins.len() > 1).unwrap_or(stuck);
            return Verdict::Unsound { reason: Reason::Deadlock, node: waiting, witness: path(&runs, at) };
        }
        if runs.len() > MARKINGS_MAX {
            return Verdict::Undecided { markings: runs.len() };
        }
    }
    if let Some(at) = cannot_finish(&seen, &before) {
        let node = runs[at].0.iter().next().map_or(0, |edge| graph.ends(edge).1);
        return Verdict::Unsound { reason: Reason::Livelock, node, witness: path(&runs, at) };
    }
    for (node, step) in graph.steps() {
        let alive = node == graph.start()
            || fired[usize::from(node)]
            || (chains.is_link(graph, node) && step.ins.iter().any(|edge| marked.contains(chains.of(*edge))));
        if !alive {
            return Verdict::Unsound { reason: Reason::Dead, node, witness: Vec::new() };
        }
    }
    Verdict::Sound
}

/// A marking from which the end cannot be reached.
fn cannot_finish(seen: &BTreeMap<EdgeSet, usize>, before: &[Vec<usize>]) -> Option<usize> {
    let mut finishes = vec![false; before.len()];
    let mut todo: Vec<usize> = seen.get(&EdgeSet::default()).copied().into_iter().collect();
    todo.iter().for_each(|at| finishes[*at] = true);
    while let Some(at) = todo.pop() {
        for earlier in &before[at] {
            if !std::mem::replace(&mut finishes[*earlier], true) {
                todo.push(*earlier);
            }
        }
    }
    finishes.iter().position(|finish| !finish)
}

/// The graph with chains contracted: every edge of a chain is named by the chain's last edge.
struct Chains {
    last: Vec<u16>,
    gateways: Vec<u16>,
    /// For each inclusive join, for each way in: the last edges of the chains that can still bring a token.
    upstream: BTreeMap<u16, Vec<EdgeSet>>,
}

impl Chains {
    fn new(graph: &Graph) -> Self {
        let mut chains = Self { last: Vec::new(), gateways: Vec::new(), upstream: BTreeMap::new() };
        for edge in 0..graph.edge_count() {
            let mut last = edge;
            // A ring of links has no gateway; it cannot be entered, and the count ends the walk.
            for _ in 0..graph.edge_count() {
                let (_, to) = graph.ends(last);
                if !chains.is_link(graph, to) {
                    break;
                }
                last = graph.step(to).outs[0];
            }
            chains.last.push(last);
        }
        chains.gateways =
            graph.steps().map(|(n, _)| n).filter(|n| *n != graph.start() && !chains.is_link(graph, *n)).collect();
        for join in graph.joins() {
            let sets = graph.upstream_of(join).iter().map(|set| set.iter().map(|e| chains.of(e)).collect()).collect();
            chains.upstream.insert(join, sets);
        }
        chains
    }

    fn is_link(&self, graph: &Graph, node: u16) -> bool {
        let step = graph.step(node);
        step.ins.len() == 1 && step.outs.len() == 1
    }

    fn of(&self, edge: u16) -> u16 {
        self.last[usize::from(edge)]
    }

    /// The links that a token passes when the step puts it on one of these chains.
    fn links(&self, graph: &Graph, node: u16, put: &EdgeSet, passed: &mut Vec<u16>) {
        for edge in &graph.step(node).outs {
            let (mut at, last) = (*edge, self.of(*edge));
            while put.contains(last) && at != last {
                let link = graph.ends(at).1;
                passed.push(link);
                at = graph.step(link).outs[0];
            }
        }
    }

    fn ready(&self, graph: &Graph, node: u16, marking: &EdgeSet) -> Option<EdgeSet> {
        match self.upstream.get(&node) {
            Some(upstream) => graph.inclusive_ready(graph.step(node), upstream, marking),
            None => graph.ready(node, marking),
        }
    }

    /// Every choice of edges the step may put tokens on.
    fn puts(&self, graph: &Graph, node: u16) -> Vec<EdgeSet> {
        let step = graph.step(node);
        let outs: Vec<u16> = step.outs.iter().map(|edge| self.of(*edge)).collect();
        match step.node {
            Node::Exclusive { .. } => outs.iter().map(|edge| EdgeSet::one(*edge)).collect(),
            Node::Inclusive { .. } if outs.len() > 1 => (1..1_u32 << outs.len().min(INCLUSIVE_WAYS_MAX))
                .map(|choice| {
                    outs.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1).map(|(_, edge)| *edge).collect()
                })
                .collect(),
            _ => vec![outs.into_iter().collect()],
        }
    }
}

//! The graph of one file and the one rule by which tokens move in it. The engine runs on it; the proof ([`crate::proof`])
//! states the same rule for graphs of any size, and a test replays its runs here, on the engine.
//!
//! A token rests on an edge. A step is ready when tokens rest on the edges it needs; firing takes those and puts tokens
//! on edges out. A human or waiting step keeps its token on the edge in until it is completed, so the set of edges with
//! a token is the whole state. A graph is finished when no token is left (implicit termination).
//!
//! An **inclusive join** is ready when at least one edge in has a token and no other token can still bring one to an
//! edge in that is empty: a token elsewhere blocks the join if some path leads from it to an empty edge in without
//! passing the join, unless a path also leads from it to an edge in that already has one (BPMN 2.0.2, 13.4.3;
//! Völzer 2010, "A new semantics for the inclusive converging gateway in safe processes").

use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::definition::{Node, QueueName};
use crate::event::Letter;

/// Most edges in one graph: the width of [`EdgeSet`]. The schema admits 250.
pub const EDGES_MAX: usize = 256;

/// A set of edges, by index in file order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeSet([u64; 4]);

impl EdgeSet {
    /// The set of one edge.
    #[must_use]
    pub fn one(edge: u16) -> Self {
        // Made word by word: one that is patched in memory and then read whole waits for the patch.
        Self(std::array::from_fn(|word| u64::from(usize::from(edge >> 6) & 3 == word) << (edge & 63)))
    }

    /// Whether it holds an edge.
    #[must_use]
    pub fn contains(&self, edge: u16) -> bool {
        self.0[usize::from(edge >> 6) & 3] & (1 << (edge & 63)) != 0
    }

    /// Adds an edge.
    pub fn insert(&mut self, edge: u16) {
        self.0[usize::from(edge >> 6) & 3] |= 1 << (edge & 63);
    }

    /// Removes an edge.
    pub fn remove(&mut self, edge: u16) {
        self.0[usize::from(edge >> 6) & 3] &= !(1 << (edge & 63));
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// Whether both share an edge.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        (0..4).any(|word| self.0[word] & other.0[word] != 0)
    }

    /// Takes the other's edges out.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        (0..4).for_each(|word| self.0[word] &= !other.0[word]);
        self
    }

    /// Adds the other's edges.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        (0..4).for_each(|word| self.0[word] |= other.0[word]);
        self
    }

    /// The edges, in order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        let (mut words, mut first) = (self.0, 0_u16);
        std::iter::from_fn(move || {
            while let Some(bits) = words.get_mut(usize::from(first >> 6)) {
                if *bits != 0 {
                    let bit = bits.trailing_zeros() as u16;
                    *bits &= *bits - 1;
                    return Some(first + bit);
                }
                first += 64;
            }
            None
        })
    }
}

impl FromIterator<u16> for EdgeSet {
    fn from_iter<I: IntoIterator<Item = u16>>(edges: I) -> Self {
        edges.into_iter().fold(Self::default(), |set, edge| set.with(&Self::one(edge)))
    }
}

impl Serialize for EdgeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for EdgeSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let edges = Vec::<u16>::deserialize(deserializer)?;
        if edges.iter().any(|edge| usize::from(*edge) >= EDGES_MAX) {
            return Err(serde::de::Error::custom("an edge beyond the largest graph"));
        }
        Ok(edges.into_iter().collect())
    }
}

/// A step with its edges, in file order.
#[derive(Clone, Debug)]
pub struct Step {
    /// Id within the file.
    pub id: Arc<str>,
    /// What it is.
    pub node: Node,
    /// The queue it joins when it is open; steps that wait for the applicant, a message or a time join none.
    pub queue: Option<QueueName>,
    /// Edges in.
    pub ins: Vec<u16>,
    /// Edges out.
    pub outs: Vec<u16>,
    /// All edges in.
    pub every_in: EdgeSet,
    /// All edges out.
    pub every_out: EdgeSet,
    /// What a notice says.
    pub letter: Option<Arc<Letter>>,
    /// Steps of the graph that must have been done by somebody else.
    pub different_from: Vec<u16>,
    /// Ids of the results an issue hands out.
    pub results: Vec<Arc<str>>,
}

/// A way between two steps.
#[derive(Clone, Debug)]
pub struct Way {
    /// Taken when this holds.
    pub when: Option<Condition>,
    /// Taken when no other way of the split is.
    pub otherwise: bool,
}

/// The graph of one file.
#[derive(Clone, Debug)]
pub struct Graph {
    inner: DiGraph<Step, Way, u16>,
    /// For each edge the step it leads to: what a token asks first.
    heads: Vec<u16>,
    start: u16,
    /// The steps at which a window accepts.
    intakes: Vec<u16>,
    /// The inclusive joins.
    joins: Vec<u16>,
    /// For an inclusive join, for each edge in: the edges from which a token can still come to it.
    upstream: Vec<Vec<EdgeSet>>,
}

impl Step {
    /// A step without ways.
    fn new(node: Node) -> Self {
        let letter = match &node {
            Node::Notice { title, text, .. } => Some(Letter { title: title.clone(), text: text.clone() }.into()),
            _ => None,
        };
        let results = match &node {
            Node::Issue { results, .. } => results.iter().map(|id| id.as_str().into()).collect(),
            _ => Vec::new(),
        };
        let (id, queue, none) = (node.id().into(), node.queue().as_deref().map(QueueName::from), EdgeSet::default());
        let (ins, outs, different_from) = (Vec::new(), Vec::new(), Vec::new());
        Self { id, node, queue, ins, outs, every_in: none, every_out: none, letter, different_from, results }
    }
}

impl Graph {
    /// Builds the graph. The caller has checked that ids are unique, that edges lead from node to node and that
    /// there is one start; `None` when that does not hold or the graph is too large.
    pub(crate) fn new(nodes: &[Node], edges: Vec<(usize, usize, Way)>) -> Option<Self> {
        if edges.len() > EDGES_MAX || nodes.len() > EDGES_MAX {
            return None;
        }
        let mut inner = DiGraph::with_capacity(nodes.len(), edges.len());
        let (mut start, mut heads) = (None, Vec::with_capacity(edges.len()));
        for (index, node) in nodes.iter().enumerate() {
            if matches!(node, Node::Start { .. }) {
                start = u16::try_from(index).ok();
            }
            inner.add_node(Step::new(node.clone()));
        }
        for (from, to, way) in edges {
            let (from, to) = (NodeIndex::new(from), NodeIndex::new(to));
            if from.index() >= nodes.len() || to.index() >= nodes.len() {
                return None;
            }
            let edge = u16::try_from(inner.add_edge(from, to, way).index()).ok()?;
            heads.push(u16::try_from(to.index()).ok()?);
            inner[from].outs.push(edge);
            inner[from].every_out.insert(edge);
            inner[to].ins.push(edge);
            inner[to].every_in.insert(edge);
        }
        let (intakes, joins) = (Vec::new(), Vec::new());
        let mut graph = Self { inner, heads, start: start?, intakes, joins, upstream: Vec::new() };
        for node in 0..graph.len() {
            let others = match &graph.step(node).node {
                Node::Review { different_from, .. } | Node::Decide { different_from, .. } => different_from,
                _ => continue,
            };
            let others = others.iter().filter_map(|id| graph.find(id)).collect();
            graph.inner[NodeIndex::new(usize::from(node))].different_from = others;
        }
        let is_intake = |(node, step): (u16, &Step)| matches!(step.node, Node::Intake { .. }).then_some(node);
        graph.intakes = graph.steps().filter_map(is_intake).collect();
        graph.upstream = (0..graph.len()).map(|node| graph.find_upstream(node)).collect();
        graph.joins = (0..graph.len()).filter(|node| !graph.upstream[usize::from(*node)].is_empty()).collect();
        Some(graph)
    }

    /// Number of steps.
    #[must_use]
    pub fn len(&self) -> u16 {
        u16::try_from(self.inner.node_count()).unwrap_or(u16::MAX)
    }

    /// Whether there are no steps; never true of a checked graph.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.node_count() == 0
    }

    /// The step where a case enters.
    #[must_use]
    pub fn start(&self) -> u16 {
        self.start
    }

    /// The steps at which a window accepts.
    #[must_use]
    pub fn intakes(&self) -> &[u16] {
        &self.intakes
    }

    /// A step by index.
    #[must_use]
    pub fn step(&self, node: u16) -> &Step {
        &self.inner[NodeIndex::new(usize::from(node))]
    }

    /// All steps, in file order.
    pub fn steps(&self) -> impl Iterator<Item = (u16, &Step)> {
        (0..self.len()).map(|node| (node, self.step(node)))
    }

    /// A step's index by its id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<u16> {
        self.steps().find(|(_, step)| &*step.id == id).map(|(node, _)| node)
    }

    /// All ways, in file order.
    pub fn ways(&self) -> impl Iterator<Item = (u16, &Way)> {
        (0..self.edge_count()).map(|edge| (edge, self.way(edge)))
    }

    /// A way by index.
    #[must_use]
    pub fn way(&self, edge: u16) -> &Way {
        &self.inner[petgraph::graph::EdgeIndex::new(usize::from(edge))]
    }

    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> u16 {
        u16::try_from(self.inner.edge_count()).unwrap_or(u16::MAX)
    }

    /// The steps an edge joins.
    #[must_use]
    pub fn ends(&self, edge: u16) -> (u16, u16) {
        let small = |node: NodeIndex<u16>| u16::try_from(node.index()).unwrap_or(u16::MAX);
        self.inner
            .edge_endpoints(petgraph::graph::EdgeIndex::new(usize::from(edge)))
            .map_or((0, 0), |(from, to)| (small(from), small(to)))
    }

    /// The step an edge leads to.
    pub(crate) fn head(&self, edge: u16) -> u16 {
        self.heads.get(usize::from(edge)).copied().unwrap_or_default()
    }

    /// The petgraph graph, for algorithms on it.
    #[must_use]
    pub fn petgraph(&self) -> &DiGraph<Step, Way, u16> {
        &self.inner
    }

    /// The edges whose tokens the step would take, if it is ready.
    #[must_use]
    pub fn ready(&self, node: u16, marking: &EdgeSet) -> Option<EdgeSet> {
        let step = self.step(node);
        match step.node {
            Node::Parallel { .. } => {
                (!step.ins.is_empty() && step.every_in.without(marking).is_empty()).then_some(step.every_in)
            }
            Node::Inclusive { .. } if step.ins.len() > 1 => {
                let upstream = &self.upstream[usize::from(node)];
                let arrived: EdgeSet = step.ins.iter().copied().filter(|edge| marking.contains(*edge)).collect();
                if arrived.is_empty() {
                    return None;
                }
                let (mut to_empty, mut to_arrived) = (EdgeSet::default(), EdgeSet::default());
                for (edge, from) in step.ins.iter().zip(upstream) {
                    let side = if arrived.contains(*edge) { &mut to_arrived } else { &mut to_empty };
                    *side = side.with(from);
                }
                let blocking = to_empty.without(&to_arrived).without(&arrived);
                (!blocking.meets(marking)).then_some(arrived)
            }
            _ => step.ins.iter().find(|edge| marking.contains(**edge)).map(|edge| EdgeSet::one(*edge)),
        }
    }

    /// For each way into an inclusive join, the edges from which a token can still come to it.
    pub(crate) fn upstream_of(&self, join: u16) -> &[EdgeSet] {
        &self.upstream[usize::from(join)]
    }

    fn find_upstream(&self, node: u16) -> Vec<EdgeSet> {
        let step = self.step(node);
        if !matches!(step.node, Node::Inclusive { .. }) || step.ins.len() < 2 {
            return Vec::new();
        }
        step.ins
            .iter()
            .map(|edge| {
                let mut from = EdgeSet::one(*edge);
                let mut todo = vec![self.ends(*edge).0];
                while let Some(at) = todo.pop() {
                    if at == node {
                        continue;
                    }
                    for way in self.inner.edges_directed(NodeIndex::new(usize::from(at)), Direction::Incoming) {
                        let edge = u16::try_from(way.id().index()).unwrap_or(u16::MAX);
                        if !from.contains(edge) {
                            from.insert(edge);
                            todo.push(self.ends(edge).0);
                        }
                    }
                }
                from
            })
            .collect()
    }

    /// The inclusive joins: their readiness depends on tokens elsewhere, so they are looked at after every move.
    pub(crate) fn joins(&self) -> impl Iterator<Item = u16> + '_ {
        self.joins.iter().copied()
    }
}

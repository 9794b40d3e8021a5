//! The graph as the proof works on it: gates joined by chains. Steps with one edge in and one edge out cannot change a
//! verdict (Murata 1989, fusion of series places), so they are links of a chain and only the runs shown to people
//! mention them.

use super::{Kind, Model};

/// What a gate does; how many edges it has on each side says whether it is a split or a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Start,
    End,
    And,
    Xor,
    Or,
    /// Nothing leaves it: a token that comes here stays.
    Stuck,
}

/// A way from one gate to another.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The model's edge it begins with; `None` between the two halves of a gateway that joins and splits.
    pub(super) first: Option<u32>,
    /// The steps on it, each with the edge behind it.
    pub(super) links: Vec<(u32, u32)>,
}

impl Chain {
    /// The model's edge it ends with.
    pub(super) fn last(&self) -> Option<u32> {
        self.links.last().map(|(_, edge)| *edge).or(self.first)
    }
}

#[derive(Debug)]
pub(super) struct Net {
    pub(super) gates: Vec<Gate>,
    /// The model's node of each gate.
    pub(super) of: Vec<u32>,
    pub(super) chains: Vec<Chain>,
    /// Chains into and out of each gate.
    pub(super) ins: Vec<Vec<u32>>,
    pub(super) outs: Vec<Vec<u32>>,
    /// Always the first gate.
    pub(super) start: u32,
    pub(super) has_inclusive_joins: bool,
}

impl Net {
    /// `None` for a model that is none: not exactly one start, an edge to nowhere, or more than can be counted.
    pub(super) fn new(model: &Model) -> Option<Self> {
        let count = model.kinds.len();
        let mut starts = (0..count).filter(|node| model.kinds[*node] == Kind::Start);
        let (start, None) = (starts.next()?, starts.next()) else { return None };
        if u32::try_from(model.edges.len() + 2 * count).is_err() {
            return None;
        }
        let (mut ins, mut outs) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (edge, (from, to)) in model.edges.iter().enumerate() {
            let edge = u32::try_from(edge).ok()?;
            outs.get_mut(*from as usize)?.push(edge);
            ins.get_mut(*to as usize)?.push(edge);
        }
        if !ins[start].is_empty() {
            return None;
        }
        let mut net =
            Builder { model, ins: &ins, outs: &outs, net: Self::empty(), entrance: vec![None; model.edges.len()] };
        net.gate_of(start);
        for node in (0..count).filter(|node| *node != start) {
            net.gate_of(node);
        }
        Some(net.chained())
    }

    fn empty() -> Self {
        Self {
            gates: Vec::new(),
            of: Vec::new(),
            chains: Vec::new(),
            ins: Vec::new(),
            outs: Vec::new(),
            start: 0,
            has_inclusive_joins: false,
        }
    }

    pub(super) fn is_inclusive_join(&self, gate: u32) -> bool {
        self.gates[gate as usize] == Gate::Or && self.ins[gate as usize].len() > 1
    }

    /// A node of the model that no walk from the start comes to.
    pub(super) fn unreachable(&self, model: &Model) -> Option<u32> {
        let mut seen = vec![false; model.kinds.len()];
        let mut todo = vec![self.start];
        let mut entered = vec![false; self.gates.len()];
        while let Some(gate) = todo.pop() {
            if std::mem::replace(&mut entered[gate as usize], true) {
                continue;
            }
            seen[self.of[gate as usize] as usize] = true;
            for chain in &self.outs[gate as usize] {
                let chain = &self.chains[*chain as usize];
                chain.links.iter().for_each(|(node, _)| seen[*node as usize] = true);
                todo.push(chain.to);
            }
        }
        seen.iter().position(|seen| !seen).and_then(|node| u32::try_from(node).ok())
    }
}

struct Builder<'a> {
    model: &'a Model,
    ins: &'a [Vec<u32>],
    outs: &'a [Vec<u32>],
    net: Net,
    /// The gate each edge of the model enters; `None` where it enters a link.
    entrance: Vec<Option<u32>>,
}

impl Builder<'_> {
    fn is_link(&self, node: usize) -> bool {
        self.ins[node].len() == 1
            && self.outs[node].len() == 1
            && !matches!(self.model.kinds[node], Kind::Start | Kind::End)
    }

    fn add(&mut self, gate: Gate, node: usize) -> u32 {
        let number = u32::try_from(self.net.gates.len()).unwrap_or(u32::MAX);
        self.net.gates.push(gate);
        self.net.of.push(u32::try_from(node).unwrap_or(u32::MAX));
        self.net.ins.push(Vec::new());
        self.net.outs.push(Vec::new());
        number
    }

    /// Makes the gate or gates of a node and says where its edges enter.
    fn gate_of(&mut self, node: usize) {
        let (ins, outs) = (self.ins[node].len(), self.outs[node].len());
        if self.is_link(node) {
            return;
        }
        let (join, split) = match self.model.kinds[node] {
            Kind::Start => (Gate::Start, Gate::Start),
            Kind::End => (Gate::End, Gate::End),
            Kind::Task => (Gate::Xor, Gate::And),
            Kind::And => (Gate::And, Gate::And),
            Kind::Xor => (Gate::Xor, Gate::Xor),
            Kind::Or => (Gate::Or, Gate::Or),
        };
        if split == Gate::End {
            // Every edge into an end has an end of its own: tokens that end do not meet.
            for edge in 0..ins {
                let gate = self.add(Gate::End, node);
                self.entrance[self.ins[node][edge] as usize] = Some(gate);
            }
            return;
        }
        let gate = match (ins, outs) {
            (_, 0) if split != Gate::Start => self.add(Gate::Stuck, node),
            (0 | 1, _) => self.add(split, node),
            (_, 1) => self.add(join, node),
            _ => {
                let gate = self.add(join, node);
                let second = self.add(split, node);
                self.chain(Chain { from: gate, to: second, first: None, links: Vec::new() });
                gate
            }
        };
        self.net.has_inclusive_joins |= join == Gate::Or && ins > 1;
        for edge in &self.ins[node] {
            self.entrance[*edge as usize] = Some(gate);
        }
    }

    fn chain(&mut self, chain: Chain) {
        let number = u32::try_from(self.net.chains.len()).unwrap_or(u32::MAX);
        self.net.outs[chain.from as usize].push(number);
        self.net.ins[chain.to as usize].push(number);
        self.net.chains.push(chain);
    }

    /// Follows every edge out of a gate over its links to the next gate.
    fn chained(mut self) -> Net {
        for gate in 0..self.net.gates.len() {
            let node = self.net.of[gate] as usize;
            let halved = self.net.outs[gate].len() == 1;
            if halved || self.net.gates[gate] == Gate::End {
                continue;
            }
            for first in &self.outs[node] {
                let (mut edge, mut links) = (*first, Vec::new());
                let to = loop {
                    if let Some(to) = self.entrance[edge as usize] {
                        break to;
                    }
                    let link = self.model.edges[edge as usize].1;
                    edge = self.outs[link as usize][0];
                    links.push((link, edge));
                };
                self.chain(Chain { from: u32::try_from(gate).unwrap_or(u32::MAX), to, first: Some(*first), links });
            }
        }
        self.net
    }
}

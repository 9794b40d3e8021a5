//! One fragment by itself: its own gates, joined by ways on which the fragments inside it are passed.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::gates::{Gate, Net};
use super::inclusive;
use super::regions::{NONE, Tree};

/// A way of a fragment: a chain, and the inner fragments that follow it, each left by its exit.
#[derive(Clone, Debug)]
pub(super) struct Strand {
    pub(super) first: u32,
    pub(super) regions: Vec<u32>,
}

/// Ways from one gate to another that cannot be told apart: from a split to a join of its kind.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The gate it leads to, by its place in the level; `None` out of the fragment.
    pub(super) to: Option<u32>,
    pub(super) strands: Vec<Strand>,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) gate: Gate,
    /// Its number in the net.
    pub(super) number: u32,
    pub(super) ins: Vec<u32>,
    pub(super) outs: Vec<u32>,
    /// Its strongly connected part, earlier ones first.
    pub(super) rank: u32,
}

#[derive(Debug)]
pub(super) struct Level {
    pub(super) places: Vec<Place>,
    pub(super) ways: Vec<Way>,
    /// The ways marked at first.
    pub(super) first: Vec<u32>,
    /// The way out; `None` for the whole graph, which is finished when no token is left.
    pub(super) exit: Option<u32>,
    /// For each inclusive join (by place), for each way, the ways in that a token there can still come to, as bits.
    pub(super) reach: Vec<(u32, Vec<u64>)>,
}

impl Level {
    pub(super) fn new(net: &Net, tree: &Tree, region: usize) -> Self {
        let mut level = Self { places: Vec::new(), ways: Vec::new(), first: Vec::new(), exit: None, reach: Vec::new() };
        // The places are in the order of the gates' numbers, so that a gate is found by bisection.
        let mut gates = tree.gates[region].clone();
        gates.sort_unstable();
        let place_of = |gate: u32| gates.binary_search(&gate).ok().map(|place| place as u32);
        for number in &gates {
            level.places.push(Place {
                gate: net.gates[*number as usize],
                number: *number,
                ins: Vec::new(),
                outs: Vec::new(),
                rank: 0,
            });
        }
        if region > 0 {
            let first = tree.entry[region];
            level.add(None, place_of(net.chains[first as usize].to), Strand { first, regions: Vec::new() });
            level.first.push(0);
        }
        let mut bundled = vec![NONE; gates.len()];
        for (place, number) in gates.iter().enumerate() {
            let before = level.ways.len() as u32;
            for first in &net.outs[*number as usize] {
                let (mut at, mut regions) = (*first, Vec::new());
                while at != tree.exit[region] && tree.entered_by[at as usize] != NONE {
                    let inner = tree.entered_by[at as usize];
                    regions.push(inner);
                    at = tree.exit[inner as usize];
                }
                let to = if at == tree.exit[region] { None } else { place_of(net.chains[at as usize].to) };
                let strand = Strand { first: *first, regions };
                let alike = to.filter(|to| {
                    let gate = level.places[place].gate;
                    matches!(gate, Gate::And | Gate::Xor | Gate::Or)
                        && level.places[*to as usize].gate == gate
                        && net.ins[*number as usize].len() == 1
                        && *to as usize != place
                });
                match alike {
                    Some(to) if bundled[to as usize] != NONE && bundled[to as usize] >= before => {
                        level.ways[bundled[to as usize] as usize].strands.push(strand);
                    }
                    _ => {
                        let way = level.add(Some(place as u32), to, strand);
                        if let Some(to) = alike {
                            bundled[to as usize] = way;
                        }
                    }
                }
            }
            if *number == net.start {
                level.first.clone_from(&level.places[place].outs);
            }
        }
        level.rank();
        if net.has_inclusive_joins {
            level.reach = inclusive::reach(&level);
        }
        level
    }

    fn add(&mut self, from: Option<u32>, to: Option<u32>, strand: Strand) -> u32 {
        let way = self.ways.len() as u32;
        self.ways.push(Way { to, strands: vec![strand] });
        match to {
            Some(to) => self.places[to as usize].ins.push(way),
            None => self.exit = Some(way),
        }
        if let Some(from) = from {
            self.places[from as usize].outs.push(way);
        }
        way
    }

    /// Numbers the strongly connected parts in the order of the edges between them.
    fn rank(&mut self) {
        let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(self.places.len(), self.ways.len());
        for _ in &self.places {
            graph.add_node(());
        }
        for (from, place) in self.places.iter().enumerate() {
            for way in &place.outs {
                if let Some(to) = self.ways[*way as usize].to {
                    graph.add_edge(NodeIndex::new(from), NodeIndex::new(to as usize), ());
                }
            }
        }
        for (rank, part) in kosaraju_scc(&graph).into_iter().rev().enumerate() {
            for place in part {
                self.places[place.index()].rank = rank as u32;
            }
        }
    }
}

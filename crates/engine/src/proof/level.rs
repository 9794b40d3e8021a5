//! One fragment by itself: its own gates, joined by ways on which the fragments inside it are passed.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::DfsPostOrder;

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
    /// The part it is in, earlier ones first: where there are inclusive joins the strongly connected parts, else all
    /// places are one part.
    pub(super) part: u32,
    /// Its turn in its part: those farthest from the start first, so that a token goes on until it waits.
    pub(super) turn: u32,
    /// Whether it fires alone, while everything else in its part waits: not where that could change what an inclusive
    /// join in its part waits for.
    pub(super) takes_turns: bool,
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
                part: 0,
                turn: u32::MAX,
                takes_turns: true,
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
        let graph = level.graph();
        level.take_turns(&graph);
        if level.places.iter().any(Place::is_inclusive_join) {
            level.reach = inclusive::reach(&level);
            level.divide(&graph);
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

    fn graph(&self) -> DiGraph<(), (), u32> {
        let mut graph = DiGraph::with_capacity(self.places.len(), self.ways.len());
        for _ in &self.places {
            graph.add_node(());
        }
        for (from, place) in self.places.iter().enumerate() {
            for to in place.outs.iter().filter_map(|way| self.ways[*way as usize].to) {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(to as usize), ());
            }
        }
        graph
    }

    fn take_turns(&mut self, graph: &DiGraph<(), (), u32>) {
        let mut walk = DfsPostOrder::empty(graph);
        let mut turn = 0;
        for way in &self.first {
            let Some(to) = self.ways[*way as usize].to else { continue };
            walk.move_to(NodeIndex::new(to as usize));
            while let Some(place) = walk.next(graph) {
                self.places[place.index()].turn = turn;
                turn += 1;
            }
        }
    }

    /// Numbers the strongly connected parts in the order of the edges between them.
    fn divide(&mut self, graph: &DiGraph<(), (), u32>) {
        for (number, part) in kosaraju_scc(graph).into_iter().rev().enumerate() {
            let part: Vec<usize> = part.into_iter().map(NodeIndex::index).collect();
            let joins: Vec<&Vec<u64>> = self
                .reach
                .iter()
                .filter(|(join, _)| part.contains(&(*join as usize)))
                .map(|(_, reach)| reach)
                .collect();
            for at in part {
                let place = &mut self.places[at];
                let mut ways = place.ins.iter().chain(&place.outs).map(|way| *way as usize);
                let first = ways.next();
                place.takes_turns = !place.is_inclusive_join()
                    && first.is_some_and(|first| ways.all(|way| joins.iter().all(|reach| reach[way] == reach[first])));
                place.part = number as u32;
            }
        }
    }
}

impl Place {
    pub(super) fn is_inclusive_join(&self) -> bool {
        self.gate == Gate::Or && self.ins.len() > 1
    }
}

//! From a fault in one fragment to a run of the whole graph, from its start to the bad marking.

use std::collections::BTreeMap;

use super::explore::{self, Fault, Step};
use super::gates::Gate;
use super::level::{Level, Strand, Way};
use super::{Flaw, Model, NO_REGION, Proof, Reason};

/// One step of a run: a node fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The node.
    pub node: u32,
    /// The edges whose tokens it takes; none for the second half of an inclusive gateway that joins and splits.
    pub taken: Vec<u32>,
    /// The edges it puts tokens on; none for a first half.
    pub put: Vec<u32>,
}

impl Proof<'_> {
    /// The run to a fragment's fault; `None` if no run comes that far.
    pub(super) fn flaw(&self, model: &Model, region: usize, fault: &Fault) -> Option<Flaw> {
        let level = Level::new(self.net, &self.tree, region);
        let place = &level.places[fault.place as usize];
        let mut node = self.net.of[place.number as usize];
        if fault.reason == Reason::Dead {
            return Some(Flaw { reason: fault.reason, node, run: Vec::new(), marked: Vec::new() });
        }
        let mut telling = Telling { proof: self, run: Vec::new(), halves: BTreeMap::new() };
        telling.begin();
        telling.approach(region)?;
        telling.steps(&level, &fault.run)?;
        if fault.reason == Reason::Deadlock {
            telling.come_to_rest(&level, fault)?;
        }
        if let Some(twice) = fault.twice
            && let Some(edge) = self.net.chains[level.ways[twice as usize].strands[0].first as usize].first
        {
            node = model.edges[edge as usize].1;
        }
        let run = telling.run;
        let mut marked = Vec::new();
        for firing in &run {
            for edge in &firing.taken {
                if let Some(at) = marked.iter().position(|other| other == edge) {
                    marked.remove(at);
                }
            }
            marked.extend(&firing.put);
        }
        marked.sort_unstable();
        Some(Flaw { reason: fault.reason, node, run, marked })
    }
}

struct Telling<'a> {
    proof: &'a Proof<'a>,
    run: Vec<Firing>,
    /// Gateways of which only the first half, the join, has fired: where in the run it did, by the chain to the second.
    halves: BTreeMap<u32, usize>,
}

impl Telling<'_> {
    fn begin(&mut self) {
        let net = self.proof.net;
        let put = net.outs[net.start as usize].iter().filter_map(|chain| net.chains[*chain as usize].first).collect();
        self.run.push(Firing { node: net.of[net.start as usize], taken: Vec::new(), put });
    }

    /// From the start to a token on the way into a fragment.
    fn approach(&mut self, region: usize) -> Option<()> {
        let parent = self.proof.tree.parent[region];
        if parent == NO_REGION {
            return Some(());
        }
        let parent = parent as usize;
        self.approach(parent)?;
        let mut level = Level::new(self.proof.net, &self.proof.tree, parent);
        let passes = |strand: &Strand| strand.regions.contains(&(region as u32));
        let way = level.ways.iter().position(|way| way.strands.iter().any(passes))?;
        // Of ways that cannot be told apart the first is taken: let it be the one that leads here.
        level.ways[way].strands.sort_by_key(|strand| !passes(strand));
        let steps = explore::run_to(&level, way as u32)?;
        self.steps(&level, &steps)?;
        let before: Vec<u32> =
            level.ways[way].strands[0].regions.iter().copied().take_while(|inner| *inner as usize != region).collect();
        self.inner(&before)
    }

    fn steps(&mut self, level: &Level, steps: &[Step]) -> Option<()> {
        let net = self.proof.net;
        for step in steps {
            let mut taken = Vec::new();
            for way in &step.taken {
                for strand in strands(level, &level.ways[*way as usize]) {
                    taken.push(self.pass(strand)?);
                }
            }
            let place = &level.places[step.place as usize];
            let node = net.of[place.number as usize];
            let half = taken.iter().find_map(|chain| self.halves.remove(chain));
            let taken = taken.iter().filter_map(|chain| net.chains[*chain as usize].last()).collect();
            let put = step.put.iter().flat_map(|way| strands(level, &level.ways[*way as usize]));
            let chains: Vec<u32> = put.map(|strand| strand.first).collect();
            let put = chains.iter().filter_map(|chain| net.chains[*chain as usize].first).collect();
            if let [half] = chains.as_slice()
                && net.chains[*half as usize].first.is_none()
            {
                self.halves.insert(*half, self.run.len());
            }
            match half {
                Some(half) if half + 1 == self.run.len() || place.gate != Gate::Or => self.second_half(half, put),
                _ => self.run.push(Firing { node, taken, put }),
            }
        }
        Some(())
    }

    /// A gateway that joins and splits is told as one firing. An inclusive one cannot wait with the first half, for more
    /// could come: if something fired between its halves, it is told as two.
    fn second_half(&mut self, first: usize, put: Vec<u32>) {
        let joined = self.run.remove(first);
        self.halves.values_mut().filter(|half| **half > first).for_each(|half| *half -= 1);
        self.run.push(Firing { put, ..joined });
    }

    /// A token passes all of a strand; the answer is the chain at whose end it then rests.
    fn pass(&mut self, strand: &Strand) -> Option<u32> {
        self.inner(&strand.regions)?;
        let net = self.proof.net;
        let last = strand.regions.last().map_or(strand.first, |inner| self.proof.tree.exit[*inner as usize]);
        let chain = &net.chains[last as usize];
        let mut edge = chain.first;
        for (link, next) in &chain.links {
            self.run.push(Firing { node: *link, taken: edge.into_iter().collect(), put: vec![*next] });
            edge = Some(*next);
        }
        Some(last)
    }

    /// A token passes fragments, one after another, up to the way out of the last.
    fn inner(&mut self, regions: &[u32]) -> Option<()> {
        for region in regions {
            let region = *region as usize;
            let run = self.proof.explored[region].as_ref()?.passes.as_ref()?;
            let level = Level::new(self.proof.net, &self.proof.tree, region);
            self.steps(&level, run)?;
            if let Some(exit) = level.exit {
                self.inner(&level.ways[exit as usize].strands[0].regions)?;
            }
        }
        Some(())
    }

    /// Every token goes as far as it can: to the end of its way.
    fn come_to_rest(&mut self, level: &Level, fault: &Fault) -> Option<()> {
        for way in &fault.marked {
            let way = &level.ways[*way as usize];
            for strand in strands(level, way) {
                match way.to {
                    Some(_) => self.pass(strand).map(drop)?,
                    None => self.inner(&strand.regions)?,
                }
            }
        }
        Some(())
    }
}

/// The strands of a way that a token on it stands for: all of them between parallel gateways, else any one.
fn strands<'a>(level: &Level, way: &'a Way) -> &'a [Strand] {
    let all = way.to.is_some_and(|to| level.places[to as usize].gate == Gate::And);
    if all { &way.strands } else { &way.strands[..1] }
}

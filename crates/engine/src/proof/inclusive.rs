//! What an inclusive join waits for, in a fragment alone and in the whole graph.

use super::INCLUSIVE_WAYS_IN_MAX;
use super::gates::{Gate, Net};
use super::level::Level;
use super::regions::{NONE, Tree};

/// For each inclusive join of a level, for each way, the ways in that a token on it can still come to without passing
/// the join. A join with more ways in than can be counted gets none and makes the exploration give up.
pub(super) fn reach(level: &Level) -> Vec<(u32, Vec<u64>)> {
    let joins = level.places.iter().enumerate().filter(|(_, it)| it.gate == Gate::Or && it.ins.len() > 1);
    let mut from = vec![NONE; level.ways.len()];
    for (place, it) in level.places.iter().enumerate() {
        it.outs.iter().for_each(|way| from[*way as usize] = place as u32);
    }
    joins
        .map(|(join, it)| {
            let mut reach = vec![0_u64; level.ways.len()];
            for (bit, way_in) in it.ins.iter().enumerate().take(INCLUSIVE_WAYS_IN_MAX) {
                let mut todo = vec![*way_in];
                while let Some(way) = todo.pop() {
                    if reach[way as usize] & 1 << bit != 0 {
                        continue;
                    }
                    reach[way as usize] |= 1 << bit;
                    let before = from[way as usize];
                    if before != NONE && before as usize != join {
                        todo.extend(&level.places[before as usize].ins);
                    }
                }
            }
            (join as u32, reach)
        })
        .collect()
}

/// Whether a fragment behaves alone as it does in the whole graph. Without an inclusive join it does, and so it does
/// when no walk leads back into it. Otherwise each of its joins must be held back by the same tokens: those inside by the
/// same ways in, those outside by none.
pub(super) fn stands_alone(net: &Net, tree: &Tree, region: usize) -> bool {
    if !net.has_inclusive_joins {
        return true;
    }
    let inside = gates_inside(net, tree, region);
    let mut joins =
        (0..net.gates.len() as u32).filter(|gate| inside[*gate as usize] && net.is_inclusive_join(*gate)).peekable();
    if joins.peek().is_none() || !leads_back(net, tree, region) {
        return true;
    }
    let within = |chain: u32| {
        let chain = &net.chains[chain as usize];
        inside[chain.from as usize] || inside[chain.to as usize]
    };
    joins.all(|join| {
        let ways_in = &net.ins[join as usize];
        if ways_in.len() > INCLUSIVE_WAYS_IN_MAX {
            return false;
        }
        let all = u64::MAX >> (64 - ways_in.len());
        let (whole, alone) = (reach_in_net(net, join, |_| true), reach_in_net(net, join, within));
        (0..net.chains.len()).all(|chain| {
            let (whole, alone) = (whole[chain], alone[chain]);
            whole == alone || (whole == all && alone == 0)
        })
    })
}

/// For each chain the ways into a join that a token on it can still come to, over the chains that are allowed.
fn reach_in_net(net: &Net, join: u32, allowed: impl Fn(u32) -> bool) -> Vec<u64> {
    let mut reach = vec![0_u64; net.chains.len()];
    for (bit, way_in) in net.ins[join as usize].iter().enumerate() {
        let mut todo = vec![*way_in];
        while let Some(chain) = todo.pop() {
            if !allowed(chain) || reach[chain as usize] & 1 << bit != 0 {
                continue;
            }
            reach[chain as usize] |= 1 << bit;
            let before = net.chains[chain as usize].from;
            if before != join {
                todo.extend(&net.ins[before as usize]);
            }
        }
    }
    reach
}

/// The gates of a fragment and of all fragments inside it.
fn gates_inside(net: &Net, tree: &Tree, region: usize) -> Vec<bool> {
    let mut inside = vec![false; net.gates.len()];
    let mut todo = vec![net.chains[tree.entry[region] as usize].to];
    while let Some(gate) = todo.pop() {
        if !std::mem::replace(&mut inside[gate as usize], true) {
            let outs = net.outs[gate as usize].iter().filter(|chain| **chain != tree.exit[region]);
            todo.extend(outs.map(|chain| net.chains[*chain as usize].to));
        }
    }
    inside
}

/// Whether a walk leads from the way out of a fragment to its way in.
pub(super) fn leads_back(net: &Net, tree: &Tree, region: usize) -> bool {
    let mut seen = vec![false; net.gates.len()];
    let mut todo = vec![net.chains[tree.exit[region] as usize].to];
    while let Some(gate) = todo.pop() {
        if !std::mem::replace(&mut seen[gate as usize], true) {
            todo.extend(net.outs[gate as usize].iter().map(|chain| net.chains[*chain as usize].to));
        }
    }
    seen[net.chains[tree.entry[region] as usize].from as usize]
}

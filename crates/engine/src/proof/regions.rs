//! Fragments with one edge in and one edge out, nested in each other (the program structure tree of Johnson, Pearson,
//! Pingali 1994). Two edges enclose a fragment exactly if every cycle through one passes the other, in the graph closed
//! by an edge from its ends to its start. Edges with that relation are found by labels: each edge outside a spanning tree
//! gets a number drawn from its index, each edge inside it the exclusive or of those that close a cycle over it.
//!
//! Equal labels could be chance; what is built from them is verified edge by edge, and a tree that does not hold is
//! thrown away, so chance costs speed and never a verdict.

use super::gates::{Gate, Net};

/// No fragment, no chain.
pub(super) const NONE: u32 = u32::MAX;

/// The fragments of a graph. 0 is the whole graph; a fragment comes after the one around it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) parent: Vec<u32>,
    pub(super) entry: Vec<u32>,
    pub(super) exit: Vec<u32>,
    /// The gates directly in each fragment.
    pub(super) gates: Vec<Vec<u32>>,
    /// The fragment a chain is the way into.
    pub(super) entered_by: Vec<u32>,
}

impl Tree {
    pub(super) fn new(net: &Net) -> Self {
        fragments(net).unwrap_or_else(|| Self::undivided(net))
    }

    /// The whole graph as one fragment.
    pub(super) fn undivided(net: &Net) -> Self {
        let gates = (0..net.gates.len()).filter_map(|gate| u32::try_from(gate).ok()).collect();
        let entered_by = vec![NONE; net.chains.len()];
        Self { parent: vec![NONE], entry: vec![NONE], exit: vec![NONE], gates: vec![gates], entered_by }
    }

    pub(super) fn len(&self) -> usize {
        self.parent.len()
    }

    /// Gives a fragment's gates to the one around it.
    pub(super) fn dissolve(&mut self, region: usize) {
        let gates = std::mem::take(&mut self.gates[region]);
        self.gates[self.parent[region] as usize].extend(gates);
        self.entered_by[self.entry[region] as usize] = NONE;
        let parent = self.parent[region];
        for child in region + 1..self.len() {
            if self.parent[child] as usize == region {
                self.parent[child] = parent;
            }
        }
    }
}

/// `None` when some gate is not on a way from the start to an end: then nothing encloses anything for sure.
fn fragments(net: &Net) -> Option<Tree> {
    let order = walk(net)?;
    let labels = labels(net);
    let mut classes: Vec<(u128, u32, u32)> =
        order.iter().enumerate().map(|(at, chain)| (labels[*chain as usize], at as u32, *chain)).collect();
    classes.sort_unstable();
    let mut entered_by = vec![NONE; net.chains.len()];
    let mut left_by = vec![NONE; net.chains.len()];
    // Numbered by class for now; renumbered below in the order in which a walk enters them.
    let mut pairs = Vec::new();
    for pair in classes.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let number = u32::try_from(pairs.len()).ok()?;
        entered_by[pair[0].2 as usize] = number;
        left_by[pair[1].2 as usize] = number;
        pairs.push((pair[0].2, pair[1].2));
    }
    nested(net, &pairs, &entered_by, &left_by)
}

/// The chains in the order in which a walk from the start takes them; `None` if some gate is off every way to an end.
fn walk(net: &Net) -> Option<Vec<u32>> {
    let count = net.gates.len();
    let mut order = Vec::with_capacity(net.chains.len());
    let mut seen = vec![false; count];
    let mut todo: Vec<(u32, usize)> = vec![(net.start, 0)];
    seen[net.start as usize] = true;
    while let Some((gate, next)) = todo.pop() {
        let Some(chain) = net.outs[gate as usize].get(next) else { continue };
        todo.push((gate, next + 1));
        order.push(*chain);
        let to = net.chains[*chain as usize].to;
        if !std::mem::replace(&mut seen[to as usize], true) {
            todo.push((to, 0));
        }
    }
    let mut ends = vec![false; count];
    let mut todo: Vec<u32> = (0..count).filter(|gate| net.gates[*gate] == Gate::End).map(|gate| gate as u32).collect();
    todo.iter().for_each(|gate| ends[*gate as usize] = true);
    while let Some(gate) = todo.pop() {
        for chain in &net.ins[gate as usize] {
            let from = net.chains[*chain as usize].from;
            if !std::mem::replace(&mut ends[from as usize], true) {
                todo.push(from);
            }
        }
    }
    (seen.iter().all(|it| *it) && ends.iter().all(|it| *it)).then_some(order)
}

/// A label for every chain; chains on the same cycles have the same one.
fn labels(net: &Net) -> Vec<u128> {
    let gates = net.gates.len();
    let sink = gates as u32;
    let mut ends: Vec<(u32, u32)> = net.chains.iter().map(|chain| (chain.from, chain.to)).collect();
    ends.extend((0..gates).filter(|gate| net.gates[*gate] == Gate::End).map(|gate| (gate as u32, sink)));
    ends.push((sink, net.start));
    let mut beside = vec![Vec::new(); gates + 1];
    for (edge, (a, b)) in ends.iter().enumerate() {
        beside[*a as usize].push((edge as u32, *b));
        beside[*b as usize].push((edge as u32, *a));
    }
    let mut labels = vec![0_u128; ends.len()];
    let mut is_closing = vec![true; ends.len()];
    let (mut preorder, mut way_in) = (Vec::with_capacity(gates + 1), vec![(NONE, NONE); gates + 1]);
    let mut seen = vec![false; gates + 1];
    seen[net.start as usize] = true;
    let mut todo = vec![net.start];
    while let Some(at) = todo.pop() {
        preorder.push(at);
        for (edge, to) in &beside[at as usize] {
            if !std::mem::replace(&mut seen[*to as usize], true) {
                is_closing[*edge as usize] = false;
                way_in[*to as usize] = (*edge, at);
                todo.push(*to);
            }
        }
    }
    let mut over = vec![0_u128; gates + 1];
    for (edge, (a, b)) in ends.iter().enumerate().filter(|(edge, _)| is_closing[*edge]) {
        labels[edge] = u128::from(mixed(2 * edge as u64)) << 64 | u128::from(mixed(2 * edge as u64 + 1));
        over[*a as usize] ^= labels[edge];
        over[*b as usize] ^= labels[edge];
    }
    for at in preorder.into_iter().rev() {
        let (edge, above) = way_in[at as usize];
        if edge != NONE {
            labels[edge as usize] = over[at as usize];
            over[above as usize] ^= over[at as usize];
        }
    }
    labels.truncate(net.chains.len());
    labels
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Nests the pairs and verifies them: whichever way a walk takes, it is in the same fragment at the same gate.
fn nested(net: &Net, pairs: &[(u32, u32)], entered_by: &[u32], left_by: &[u32]) -> Option<Tree> {
    let mut tree = Tree {
        parent: vec![NONE],
        entry: vec![NONE],
        exit: vec![NONE],
        gates: vec![Vec::new()],
        entered_by: vec![NONE; net.chains.len()],
    };
    let mut number_of = vec![NONE; pairs.len()];
    let mut region_of = vec![NONE; net.gates.len()];
    region_of[net.start as usize] = 0;
    tree.gates[0].push(net.start);
    let mut todo = vec![net.start];
    while let Some(gate) = todo.pop() {
        for chain in &net.outs[gate as usize] {
            let mut region = region_of[gate as usize];
            let (left, entered) = (left_by[*chain as usize], entered_by[*chain as usize]);
            if left != NONE {
                if number_of[left as usize] != region {
                    return None;
                }
                region = tree.parent[region as usize];
            }
            if entered != NONE {
                let number = &mut number_of[entered as usize];
                if *number == NONE {
                    *number = u32::try_from(tree.len()).ok()?;
                    tree.parent.push(region);
                    tree.entry.push(pairs[entered as usize].0);
                    tree.exit.push(pairs[entered as usize].1);
                    tree.gates.push(Vec::new());
                    tree.entered_by[*chain as usize] = *number;
                } else if tree.parent[*number as usize] != region {
                    return None;
                }
                region = *number;
            }
            let to = net.chains[*chain as usize].to;
            match region_of[to as usize] {
                NONE => {
                    region_of[to as usize] = region;
                    tree.gates[region as usize].push(to);
                    todo.push(to);
                }
                known if known != region => return None,
                _ => {}
            }
        }
    }
    Some(tree)
}

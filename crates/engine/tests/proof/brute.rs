//! A second opinion: every marking of the whole graph, one after another, by the plainest code that can do it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use onething_engine::proof::{Flaw, Kind, Model, Reason};

/// How many tokens each edge holds. An edge of the model is its number; the inside of a gateway that joins and splits is
/// its node's number behind all edges.
pub(crate) type Marking = BTreeMap<u32, u32>;

/// Everything that is wrong, or `None` past the bound.
pub(crate) fn faults(model: &Model, markings_max: usize) -> Option<BTreeSet<Reason>> {
    let plain = Plain::new(model);
    let mut faults = BTreeSet::new();
    let first = plain.first();
    let mut seen: BTreeMap<Marking, usize> = BTreeMap::from([(first.clone(), 0)]);
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut todo = VecDeque::from([first]);
    let mut fired = BTreeSet::new();
    while let Some(marking) = todo.pop_front() {
        let at = seen[&marking];
        let moves = plain.moves(&marking);
        if moves.is_empty() && !marking.is_empty() {
            faults.insert(Reason::Deadlock);
        }
        for (node, next) in moves {
            fired.insert(node);
            if next.values().any(|tokens| *tokens > 1) {
                faults.insert(Reason::Unsafe);
                continue;
            }
            let number = seen.len();
            let number = *seen.entry(next.clone()).or_insert_with(|| {
                todo.push_back(next);
                number
            });
            if number == before.len() {
                before.push(Vec::new());
            }
            before[number].push(at);
        }
        if seen.len() > markings_max {
            return None;
        }
    }
    let mut finishes = vec![false; seen.len()];
    let mut todo: Vec<usize> = seen.get(&Marking::new()).copied().into_iter().collect();
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut finishes[at], true) {
            todo.extend(&before[at]);
        }
    }
    if faults.is_empty() && finishes.iter().any(|finishes| !finishes) {
        faults.insert(Reason::Livelock);
    }
    if faults.is_empty()
        && (0..model.kinds.len()).any(|node| model.kinds[node] != Kind::Start && !fired.contains(&node))
    {
        faults.insert(Reason::Dead);
    }
    Some(faults)
}

/// Fires the run of a flaw edge by edge and looks at what it leads to; `Err` says what does not hold.
pub(crate) fn replay(model: &Model, flaw: &Flaw) -> Result<(), String> {
    let plain = Plain::new(model);
    let marking = fired(&plain, flaw)?;
    let twice = marking.values().any(|tokens| *tokens > 1);
    let (ends, fired) = rest(&plain, marking);
    match flaw.reason {
        Reason::Unsafe if !twice => Err("nothing holds two tokens".to_owned()),
        Reason::Deadlock | Reason::Livelock if twice || ends => Err("the case can still finish".to_owned()),
        Reason::Deadlock if fired.contains(&(flaw.node as usize)) => Err("the step can still fire".to_owned()),
        Reason::Livelock if fired.is_empty() => Err("nothing moves".to_owned()),
        Reason::Dead => Err("a step that never runs has no run".to_owned()),
        _ => Ok(()),
    }
}

/// The same for a graph too large to see everything that can follow.
pub(crate) fn replay_run(model: &Model, flaw: &Flaw) -> Result<(), String> {
    let plain = Plain::new(model);
    let marking = fired(&plain, flaw)?;
    match flaw.reason {
        Reason::Unsafe if marking.values().all(|tokens| *tokens < 2) => Err("nothing holds two tokens".to_owned()),
        Reason::Deadlock if !plain.ins[flaw.node as usize].iter().any(|edge| marking.contains_key(edge)) => {
            Err("nothing waits there".to_owned())
        }
        Reason::Deadlock if plain.moves(&marking).iter().any(|(node, _)| *node == flaw.node as usize) => {
            Err("the step can fire".to_owned())
        }
        _ => Ok(()),
    }
}

/// The marking at the end of a flaw's run.
fn fired(plain: &Plain<'_>, flaw: &Flaw) -> Result<Marking, String> {
    let model = plain.model;
    let mut marking = plain.first();
    for (nth, firing) in flaw.run.iter().enumerate().skip(1) {
        let node = firing.node as usize;
        let mut after = marking.clone();
        let inside = plain.inside(node).filter(|_| firing.taken.is_empty());
        let taken: Vec<u32> = firing.taken.iter().copied().chain(inside).collect();
        take(&mut after, &taken).ok_or_else(|| format!("firing {nth} takes tokens that are not there"))?;
        let half = plain.inside(node).filter(|_| firing.put.is_empty());
        firing.put.iter().chain(&half).for_each(|edge| *after.entry(*edge).or_default() += 1);
        // A gateway that joins and splits fires in two moves; a run tells them as one.
        let once = plain.moves(&marking);
        let twice: Vec<(usize, Marking)> =
            once.iter().filter(|(other, _)| *other == node).flat_map(|(_, middle)| plain.moves(middle)).collect();
        let allowed = |(other, next): &(usize, Marking)| *other == node && *next == after;
        if !once.iter().any(allowed) && !twice.iter().any(allowed) {
            return Err(format!("firing {nth} ({firing:?}) is not allowed in {marking:?}"));
        }
        marking = after;
    }
    let counted: Vec<u32> = marking.iter().flat_map(|(edge, n)| std::iter::repeat_n(*edge, *n as usize)).collect();
    let inner = model.edges.len() as u32;
    if counted.iter().filter(|edge| **edge < inner).ne(&flaw.marked) {
        return Err(format!("the run ends in {marking:?}"));
    }
    Ok(marking)
}

/// Whether the case can finish from a marking, and the nodes that can fire from then on.
fn rest(plain: &Plain<'_>, from: Marking) -> (bool, BTreeSet<usize>) {
    let (mut seen, mut todo) = (BTreeSet::from([from.clone()]), vec![from]);
    let (mut finishes, mut fired) = (false, BTreeSet::new());
    while let Some(marking) = todo.pop() {
        finishes |= marking.is_empty();
        for (node, next) in plain.moves(&marking) {
            fired.insert(node);
            if next.values().all(|tokens| *tokens < 2) && seen.insert(next.clone()) {
                todo.push(next);
            }
        }
    }
    (finishes, fired)
}

fn take(marking: &mut Marking, edges: &[u32]) -> Option<()> {
    for edge in edges {
        let tokens = marking.get_mut(edge)?;
        *tokens -= 1;
        if *tokens == 0 {
            marking.remove(edge);
        }
    }
    Some(())
}

struct Plain<'a> {
    model: &'a Model,
    ins: Vec<Vec<u32>>,
    outs: Vec<Vec<u32>>,
}

impl<'a> Plain<'a> {
    fn new(model: &'a Model) -> Self {
        let count = model.kinds.len();
        let at = |node: usize, end: fn(&(u32, u32)) -> u32| {
            let edges = model.edges.iter().enumerate();
            edges.filter(|(_, edge)| end(edge) as usize == node).map(|(edge, _)| edge as u32).collect::<Vec<u32>>()
        };
        let ins = (0..count).map(|node| at(node, |edge| edge.1)).collect();
        Self { model, ins, outs: (0..count).map(|node| at(node, |edge| edge.0)).collect() }
    }

    fn first(&self) -> Marking {
        let start = self.model.kinds.iter().position(|kind| *kind == Kind::Start).expect("a start");
        self.outs[start].iter().map(|edge| (*edge, 1)).collect()
    }

    /// The place inside a gateway that joins and splits.
    fn inside(&self, node: usize) -> Option<u32> {
        let both = self.ins[node].len() > 1 && self.outs[node].len() > 1;
        both.then(|| (self.model.edges.len() + node) as u32)
    }

    fn moves(&self, marking: &Marking) -> Vec<(usize, Marking)> {
        let mut moves = Vec::new();
        for node in 0..self.model.kinds.len() {
            let (ins, outs) = (&self.ins[node], &self.outs[node]);
            let kind = self.model.kinds[node];
            if kind == Kind::Start || (outs.is_empty() && kind != Kind::End) {
                continue;
            }
            let mut fire = |taken: &[u32], puts: Vec<Vec<u32>>| {
                for put in puts {
                    let mut next = marking.clone();
                    take(&mut next, taken).expect("what is taken is there");
                    put.iter().for_each(|edge| *next.entry(*edge).or_default() += 1);
                    moves.push((node, next));
                }
            };
            let (joins, inside) = (ins.len() > 1, self.inside(node));
            let after = |puts| inside.map_or(puts, |inside| vec![vec![inside]]);
            for taken in self.taken(node, marking) {
                fire(&taken, after(if joins && inside.is_none() { vec![outs.clone()] } else { choices(kind, outs) }));
            }
            if let Some(inside) = inside
                && marking.contains_key(&inside)
            {
                fire(&[inside], choices(kind, outs));
            }
        }
        moves
    }

    /// Each set of edges a node could take tokens from.
    fn taken(&self, node: usize, marking: &Marking) -> Vec<Vec<u32>> {
        let ins = &self.ins[node];
        let arrived: Vec<u32> = ins.iter().copied().filter(|edge| marking.contains_key(edge)).collect();
        match self.model.kinds[node] {
            Kind::And if arrived.len() < ins.len() || ins.is_empty() => vec![],
            Kind::And => vec![ins.clone()],
            Kind::Or if ins.len() > 1 => {
                if arrived.is_empty() || self.is_held_back(node, &arrived, marking) {
                    vec![]
                } else {
                    vec![arrived]
                }
            }
            _ => arrived.into_iter().map(|edge| vec![edge]).collect(),
        }
    }

    /// BPMN 2.0.2, 13.4.3: some token elsewhere can come to an empty edge in, without passing the join, and cannot come
    /// to one that has its token.
    fn is_held_back(&self, join: usize, arrived: &[u32], marking: &Marking) -> bool {
        let others = marking.keys().filter(|edge| !arrived.contains(edge));
        others.into_iter().any(|edge| {
            let there = self.comes_to(*edge, join);
            there.iter().any(|edge| !arrived.contains(edge)) && !there.iter().any(|edge| arrived.contains(edge))
        })
    }

    /// The edges into a join that a token can come to without passing it.
    fn comes_to(&self, from: u32, join: usize) -> BTreeSet<u32> {
        let inner = self.model.edges.len() as u32;
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(edge) = todo.pop() {
            if !seen.insert(edge) {
                continue;
            }
            let to = if edge >= inner { (edge - inner) as usize } else { self.model.edges[edge as usize].1 as usize };
            match self.inside(to).filter(|inside| edge != *inside) {
                _ if to == join && edge < inner => {}
                Some(inside) => todo.push(inside),
                None => todo.extend(&self.outs[to]),
            }
        }
        seen.into_iter().filter(|edge| self.ins[join].contains(edge)).collect()
    }
}

fn choices(kind: Kind, outs: &[u32]) -> Vec<Vec<u32>> {
    match kind {
        Kind::Xor => outs.iter().map(|edge| vec![*edge]).collect(),
        Kind::Or if outs.len() > 1 => (1_u32..1 << outs.len())
            .map(|set| outs.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, edge)| *edge).collect())
            .collect(),
        _ => vec![outs.to_vec()],
    }
}

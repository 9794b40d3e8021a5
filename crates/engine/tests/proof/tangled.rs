//! Graphs that are no nest of blocks, sound by construction: parallel branches that wait for each other, entered and
//! repeated through several splits that lead into the middle of them.

use onething_engine::proof::{Kind, Model};
use rand::{Rng, RngExt};

/// How large a graph to draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) branches: usize,
    /// Things on each branch.
    pub(crate) length: usize,
}

/// Several splits lead to all branches, which begin with a merge each; behind the join a case ends or begins again.
pub(crate) fn tangled(rng: &mut impl Rng, size: Size, kind: Kind) -> Model {
    let mut drawing = Drawing { model: Model::default() };
    let start = drawing.node(Kind::Start);
    let heads: Vec<u32> = (0..size.branches).map(|_| drawing.node(Kind::Xor)).collect();
    let entry = drawing.after(start, Kind::Xor);
    drawing.forks(entry, rng.random_range(1..3), kind, &heads);
    let tails = drawing.branches(rng, heads.clone(), size.length, kind == Kind::And);
    let join = drawing.node(kind);
    tails.iter().for_each(|tail| drawing.model.edges.push((*tail, join)));
    let choice = drawing.after(join, Kind::Xor);
    drawing.after(choice, Kind::End);
    drawing.forks(choice, rng.random_range(1..3), kind, &heads);
    drawing.model
}

struct Drawing {
    model: Model,
}

impl Drawing {
    fn node(&mut self, kind: Kind) -> u32 {
        self.model.kinds.push(kind);
        self.model.kinds.len() as u32 - 1
    }

    fn after(&mut self, from: u32, kind: Kind) -> u32 {
        let node = self.node(kind);
        self.model.edges.push((from, node));
        node
    }

    fn forks(&mut self, from: u32, count: usize, kind: Kind, heads: &[u32]) {
        for _ in 0..count {
            let fork = self.after(from, kind);
            heads.iter().for_each(|head| self.model.edges.push((fork, *head)));
        }
    }

    /// Goes on along all branches at once, so that a branch waits only for what another did before.
    fn branches(&mut self, rng: &mut impl Rng, mut tails: Vec<u32>, length: usize, may_wait: bool) -> Vec<u32> {
        let mut links: Vec<(u32, usize)> = Vec::new();
        for _ in 0..length {
            for at in 0..tails.len() {
                tails[at] = match rng.random_range(0..6) {
                    0 | 1 if may_wait => {
                        let to = rng.random_range(0..tails.len());
                        let split = self.after(tails[at], Kind::And);
                        links.push((split, to));
                        split
                    }
                    2 => {
                        let split = self.after(tails[at], Kind::Xor);
                        let (one, other) = (self.after(split, Kind::Task), self.after(split, Kind::Task));
                        let merge = self.after(one, Kind::Xor);
                        self.model.edges.push((other, merge));
                        merge
                    }
                    3 => {
                        let merge = self.after(tails[at], Kind::Xor);
                        let split = self.after(merge, Kind::Xor);
                        self.model.edges.push((split, merge));
                        self.after(split, Kind::Task)
                    }
                    4 if may_wait => {
                        // Either of two ways tells another branch, and that one waits for whichever it was.
                        let to = rng.random_range(0..tails.len());
                        let split = self.after(tails[at], Kind::Xor);
                        let (merge, told) = (self.node(Kind::Xor), self.node(Kind::Xor));
                        for _ in 0..2 {
                            let fork = self.after(split, Kind::And);
                            self.model.edges.extend([(fork, merge), (fork, told)]);
                        }
                        links.push((told, to));
                        merge
                    }
                    _ => self.after(tails[at], Kind::Task),
                };
            }
            let late = if rng.random_range(0..3) == 0 { links.len() } else { 0 };
            for (from, to) in links.split_off(late) {
                self.link(from, to, &mut tails);
            }
        }
        for (from, to) in links {
            self.link(from, to, &mut tails);
        }
        tails
    }

    fn link(&mut self, from: u32, to: usize, tails: &mut [u32]) {
        let join = self.after(tails[to], Kind::And);
        self.model.edges.push((from, join));
        tails[to] = join;
    }
}

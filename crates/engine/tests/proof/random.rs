//! Random graphs, sound by construction and then broken.

use onething_engine::proof::{Kind, Model};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// A graph of nested blocks and loops, with several ends now and then.
pub(crate) fn sound(rng: &mut impl Rng, depth: u32) -> Model {
    let mut drawing = Drawing { model: Model::default(), several_ends: rng.random_range(0..3) == 0 };
    let start = drawing.node(Kind::Start);
    let last = drawing.block(rng, start, depth);
    if let Some(last) = last {
        let end = drawing.node(Kind::End);
        drawing.model.edges.push((last, end));
    }
    drawing.model
}

/// The same graph with something wrong in it, perhaps.
pub(crate) fn broken(rng: &mut impl Rng, mut model: Model) -> Model {
    for _ in 0..rng.random_range(1..4) {
        match rng.random_range(0..6) {
            0 | 1 => {
                let gateways: Vec<usize> = (0..model.kinds.len())
                    .filter(|node| matches!(model.kinds[*node], Kind::And | Kind::Xor | Kind::Or))
                    .collect();
                if let Some(node) = gateways.choose(rng) {
                    model.kinds[*node] = *[Kind::And, Kind::Xor, Kind::Or].choose(rng).expect("three");
                }
            }
            2 => {
                let edge = rng.random_range(0..model.edges.len());
                model.edges.remove(edge);
            }
            3 => {
                let edge = rng.random_range(0..model.edges.len());
                let to = rng.random_range(0..model.kinds.len());
                if model.kinds[to] != Kind::Start {
                    model.edges[edge].1 = to as u32;
                }
            }
            4 => {
                let edge = rng.random_range(0..model.edges.len());
                let from = rng.random_range(0..model.kinds.len());
                if model.kinds[from] != Kind::End {
                    model.edges[edge].0 = from as u32;
                }
            }
            _ => {
                let (from, to) = (rng.random_range(0..model.kinds.len()), rng.random_range(0..model.kinds.len()));
                if model.kinds[from] != Kind::End && model.kinds[to] != Kind::Start {
                    model.edges.push((from as u32, to as u32));
                }
            }
        }
        if model.edges.is_empty() {
            model.edges.push((0, 0));
            model.edges.clear();
            break;
        }
    }
    model
}

struct Drawing {
    model: Model,
    several_ends: bool,
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

    /// Adds a block behind a node and returns its last node; `None` when everything in it ends.
    fn block(&mut self, rng: &mut impl Rng, from: u32, depth: u32) -> Option<u32> {
        let choice = if depth == 0 { 0 } else { rng.random_range(0..12) };
        match choice {
            0 | 1 => Some(self.after(from, Kind::Task)),
            2..5 => {
                let middle = self.block(rng, from, depth - 1)?;
                self.block(rng, middle, depth - 1)
            }
            5..11 => {
                let kind = [Kind::And, Kind::Xor, Kind::Or][(choice - 5) % 3];
                let split = self.after(from, kind);
                let lasts: Vec<Option<u32>> =
                    (0..rng.random_range(2..4)).map(|_| self.branch(rng, split, depth - 1, kind)).collect();
                let lasts: Vec<u32> = lasts.into_iter().flatten().collect();
                match lasts.as_slice() {
                    [] => None,
                    [last] => Some(*last),
                    several => {
                        let join = self.node(kind);
                        several.iter().for_each(|last| self.model.edges.push((*last, join)));
                        Some(join)
                    }
                }
            }
            _ => {
                let header = self.after(from, Kind::Xor);
                let last = self.block(rng, header, depth - 1)?;
                let split = self.after(last, Kind::Xor);
                self.model.edges.push((split, header));
                Some(self.after(split, Kind::Task))
            }
        }
    }

    /// A branch; where several ends are allowed, it may be one.
    fn branch(&mut self, rng: &mut impl Rng, split: u32, depth: u32, kind: Kind) -> Option<u32> {
        if self.several_ends && kind != Kind::Or && rng.random_range(0..6) == 0 {
            self.after(split, Kind::End);
            return None;
        }
        self.block(rng, split, depth)
    }
}

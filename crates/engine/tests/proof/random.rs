//! Random graphs, sound by construction.

use onething_engine::proof::{Kind, Model};
use rand::{Rng, RngExt};

/// A graph of nested blocks and loops, with several ends now and then.
pub(crate) fn sound(rng: &mut impl Rng, depth: u32) -> Model {
    let mut drawing = Drawing { model: Model::default() };
    let start = drawing.node(Kind::Start);
    let several = rng.random_range(0..3) == 0;
    let last = drawing.block(rng, start, depth, Ends { of_choices: several, of_branches: several });
    if let Some(last) = last {
        let end = drawing.node(Kind::End);
        drawing.model.edges.push((last, end));
    }
    drawing.model
}

struct Drawing {
    model: Model,
}

/// Where a way may end on its own: a choice, unless something beside it waits for it; a parallel branch, unless it could
/// end a second time before the first is over.
#[derive(Clone, Copy)]
struct Ends {
    of_choices: bool,
    of_branches: bool,
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
    fn block(&mut self, rng: &mut impl Rng, from: u32, depth: u32, ends: Ends) -> Option<u32> {
        let choice = if depth == 0 { 0 } else { rng.random_range(0..12) };
        match choice {
            0 | 1 => Some(self.after(from, Kind::Task)),
            2..5 => {
                let middle = self.block(rng, from, depth - 1, ends)?;
                self.block(rng, middle, depth - 1, ends)
            }
            5..11 => {
                let kind = [Kind::And, Kind::Xor, Kind::Or][(choice - 5) % 3];
                let split = self.after(from, kind);
                let lasts: Vec<Option<u32>> =
                    (0..rng.random_range(2..4)).map(|_| self.branch(rng, split, depth - 1, kind, ends)).collect();
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
                let last = self.block(rng, header, depth - 1, Ends { of_branches: false, ..ends })?;
                let split = self.after(last, Kind::Xor);
                self.model.edges.push((split, header));
                Some(self.after(split, Kind::Task))
            }
        }
    }

    /// A branch; where it may, it ends.
    fn branch(&mut self, rng: &mut impl Rng, split: u32, depth: u32, kind: Kind, ends: Ends) -> Option<u32> {
        let (may_end, inside) = match kind {
            Kind::Xor => (ends.of_choices, Ends { of_branches: ends.of_branches && ends.of_choices, ..ends }),
            Kind::And => (ends.of_branches, Ends { of_choices: false, ..ends }),
            _ => (false, Ends { of_choices: false, of_branches: false }),
        };
        if may_end && rng.random_range(0..6) == 0 {
            self.after(split, Kind::End);
            return None;
        }
        self.block(rng, split, depth, inside)
    }
}

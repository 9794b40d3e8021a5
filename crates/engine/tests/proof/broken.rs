//! Graphs with a mistake in them: gateways swapped, edges dropped, redirected or added.

use onething_engine::proof::{Kind, Model};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

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
            break;
        }
    }
    model
}

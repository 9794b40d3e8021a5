//! How long the proof of soundness takes, on one core: the shapes that state-space search cannot do, and many ordinary
//! graphs.
//!
//! The limit (`bare_per_s`) is one walk over every node and edge of the same graphs: what no proof can pass.
//!
//! ```text
//! cargo bench --package onething-engine --bench proof
//! ```

#[path = "../tests/proof/random.rs"]
mod random;
#[path = "../tests/proof/tangled.rs"]
mod tangled;

use std::hint::black_box;
use std::time::{Duration, Instant};

use onething_engine::proof::{Kind, Model, Verdict, prove};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// Ordinary graphs: as many nodes as a real matter.
const GRAPHS: u64 = 2_000;
/// Timed repetitions; the best one counts, because what slows a repetition is never the proof.
const REPETITIONS: usize = 15;

fn main() {
    let block = block(20);
    let row = row(500, 3);
    let large = large(2_000);
    // Twenty branches that wait for each other, in a loop that leads into the middle of them.
    let size = tangled::Size { branches: 20, length: 10 };
    let tangled: Vec<Model> =
        (0..20).map(|seed| tangled::tangled(&mut Pcg64Mcg::seed_from_u64(seed), size, Kind::And)).collect();
    let slowest = |graphs: &[Model]| graphs.iter().map(|model| best(|| prove(model))).max().unwrap_or_default();
    let graphs: Vec<Model> = (0..GRAPHS).map(|seed| random::sound(&mut Pcg64Mcg::seed_from_u64(seed), 3)).collect();
    for model in graphs.iter().chain(&tangled).chain([&block, &row, &large]) {
        assert_eq!(prove(model), Verdict::Sound, "{model:?}");
    }
    let proving = best(|| graphs.iter().map(prove).filter(|verdict| *verdict == Verdict::Sound).count());
    let walking = best(|| graphs.iter().map(walked).sum::<usize>());
    let report = serde_json::json!({
        "name": "check-proof",
        "graphs_per_s": (GRAPHS as f64 / proving.as_secs_f64()).round(),
        "bare_per_s": (GRAPHS as f64 / walking.as_secs_f64()).round(),
        "block_of_20_us": micros(best(|| prove(&block))),
        "row_of_500_blocks_us": micros(best(|| prove(&row))),
        "random_nodes": large.kinds.len(),
        "random_us": micros(best(|| prove(&large))),
        "tangled_nodes_max": tangled.iter().map(|model| model.kinds.len()).max(),
        "tangled_us_max": micros(slowest(&tangled)),
    });
    println!("{report}");
}

/// Branches side by side, a task on each: more than two to the power of their number markings.
fn block(branches: u32) -> Model {
    let mut model = Model { kinds: vec![Kind::Start, Kind::And, Kind::And, Kind::End], edges: vec![(0, 1), (2, 3)] };
    for _ in 0..branches {
        model.kinds.push(Kind::Task);
        let task = model.kinds.len() as u32 - 1;
        model.edges.extend([(1, task), (task, 2)]);
    }
    model
}

/// Parallel blocks one after another.
fn row(blocks: u32, branches: u32) -> Model {
    let mut model = Model { kinds: vec![Kind::Start], edges: Vec::new() };
    let mut last = 0;
    for _ in 0..blocks {
        let split = model.kinds.len() as u32;
        model.kinds.extend([Kind::And, Kind::And]);
        model.edges.push((last, split));
        for _ in 0..branches {
            model.kinds.push(Kind::Task);
            let task = model.kinds.len() as u32 - 1;
            model.edges.extend([(split, task), (task, split + 1)]);
        }
        last = split + 1;
    }
    model.kinds.push(Kind::End);
    model.edges.push((last, model.kinds.len() as u32 - 1));
    model
}

/// The first random graph of at least so many nodes.
fn large(nodes: usize) -> Model {
    let mut graphs = (0..).map(|seed| random::sound(&mut Pcg64Mcg::seed_from_u64(seed), 9));
    graphs.find(|model| (nodes..nodes * 2).contains(&model.kinds.len())).unwrap_or_default()
}

fn walked(model: &Model) -> usize {
    let mut outs = vec![Vec::new(); model.kinds.len()];
    for (from, to) in &model.edges {
        outs[*from as usize].push(*to);
    }
    let (mut seen, mut todo) = (vec![false; model.kinds.len()], vec![0]);
    while let Some(node) = todo.pop() {
        if !std::mem::replace(&mut seen[node as usize], true) {
            todo.extend(&outs[node as usize]);
        }
    }
    seen.into_iter().filter(|seen| *seen).count()
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let began = Instant::now();
        black_box(work());
        began.elapsed()
    };
    (0..REPETITIONS).map(time).min().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e7).round() / 10.0
}

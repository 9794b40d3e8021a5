//! A year of the report's centre, a hundred times, on two threads: 249 working days, 4,419 cases of real packages and two
//! tides (`examples/scenarios/centre-year.json`), everything decided by the engine and summed up as `onething simulate`
//! does. `-- --network` (`cargo xtask bench sim-year-network`): the same people, windows and tides, but every case goes
//! through the approval network of the benchmark `centre`. `-- --few`: four years on one thread, for a profiler that counts
//! instructions. Prints one line of JSON.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/network.rs"]
mod network;

use std::path::{Path, PathBuf};
use std::time::Instant;

use common::definitions;
use mimalloc::MiMalloc;
use network::approval_network;
use onething_engine::{InputFile, check};
use onething_sim::centre::Model;
use onething_sim::results::{Figure, simulate};
use onething_sim::scenario;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Threads, replications, and runs of which the best counts.
const GOAL: (usize, u32, usize) = (2, 100, 5);
const FEW: (usize, u32, usize) = (1, 4, 1);

fn main() {
    let is_asked = |flag: &str| std::env::args().any(|it| it == flag);
    let (threads, replications, runs) = if is_asked("--few") { FEW } else { GOAL };
    let (name, input, known) = match is_asked("--network") {
        true => ("sim-year-network", network(), approval_network()),
        false => ("sim-year", centre(), check(&definitions(&root()))),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let (mut best, mut prepared) = (f64::INFINITY, 0.0);
    let mut told = None;
    for _ in 0..runs {
        let started = Instant::now();
        let scenario = scenario::read(&input, &known).unwrap_or_else(|found| panic!("{found:#?}"));
        let seed = scenario.file.seed;
        let model = Model::new(scenario).expect("the hall takes the rules");
        prepared = started.elapsed().as_secs_f64();
        let results = pool.install(|| simulate(&model, seed, replications, &|| {})).expect("runs that balance");
        best = best.min(started.elapsed().as_secs_f64());
        told = Some(results);
    }
    let results = told.expect("a run");
    let cases: f64 = results
        .metrics
        .iter()
        .filter(|it| it.what == Figure::CasesSubmitted)
        .map(|it| it.values.iter().sum::<f64>())
        .sum();
    println!(
        "{{\"name\":\"{name}\",\"years_per_s\":{:.2},\"seconds\":{best:.2},\"prepared_ms\":{:.1},\"replications\":{replications},\"threads\":{threads},\"events\":{},\"cases\":{cases:.0},\"events_a_second\":{:.0}}}",
        f64::from(replications) / best,
        prepared * 1e3,
        results.events,
        results.events as f64 / best,
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn centre() -> InputFile {
    let path = root().join("examples/scenarios/centre-year.json");
    InputFile { name: path.display().to_string(), bytes: std::fs::read(&path).expect("the scenario") }
}

fn network() -> InputFile {
    InputFile { name: "year-network.json".to_owned(), bytes: include_bytes!("year-network.json").to_vec() }
}

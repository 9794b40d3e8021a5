//! A full plan of a week, on two threads: five days of the teacher certificates' centre, cases decided by the engine. Prints
//! one line of JSON.

mod common;

use std::path::Path;
use std::time::Instant;

use common::definitions;
use onething_engine::{InputFile, check};
use onething_sim::plan::{Progress, Wishes, plan};
use onething_sim::scenario::{self, LIMITS_SHARE};

const THREADS: usize = 2;

struct Silent;

impl Progress for Silent {
    fn expects(&self, _: u64) {}
    fn done(&self) {}
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("examples/scenarios/teacher-tide.json");
    // Certificates are received on the first four days only.
    let text = std::fs::read_to_string(&path)
        .expect("the scenario")
        .replace("\"days\": 4", "\"days\": 5")
        .replace("\"per_day\": 61", "\"per_day\": 61, \"to_day\": 4");
    let input = InputFile { name: path.display().to_string(), bytes: text.into_bytes() };
    let scenario = scenario::read(&input, &check(&definitions(&root))).unwrap_or_else(|found| panic!("{found:#?}"));
    let target = scenario.file.target;
    let wishes = Wishes {
        wait_minutes: target.wait_minutes,
        share: target.share,
        limits: target.limits.unwrap_or(LIMITS_SHARE),
        shift_minutes: 120,
        seed: scenario.file.seed,
        replications: scenario.file.replications,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("threads");
    let started = Instant::now();
    let found = pool.install(|| plan(&scenario, &wishes, &Silent)).expect("a plan");
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{{\"name\":\"sim-plan\",\"plans_per_s\":{:.4},\"seconds\":{seconds:.1},\"threads\":{THREADS},\"rosters\":{},\"cost\":{:.0},\"naive\":{:.0},\"kept\":{},\"desks\":{},\"desks_kept\":{}}}",
        1.0 / seconds,
        found.rosters,
        found.planned.cost_in_all.mean,
        found.naive.cost_in_all.mean,
        found.planned.kept,
        found.desks.len(),
        found.planned.desks_kept
    );
}

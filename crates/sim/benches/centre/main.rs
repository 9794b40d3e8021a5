//! Events and cases a second of the approval network with the full engine deciding, on one core: arrivals that vary over
//! the day, six comprehensive windows, three departments side by side, a join, a loop of 15 in 100 to supplement,
//! decision, issue; some 50,000 cases. An event is whatever the agenda gives out: an arrival, the end of a service, a
//! timer, somebody who comes back. What happens at once because of it (a call, an assignment) is not counted again.
//!
//! The limit (`bare_per_s`) is a binary heap from which as many events are taken, one being put back for each: what no
//! simulator on this machine can pass. Prints one line of JSON.
//!
//! `-- --cases 10000000` (`cargo xtask bench sim-memory`) runs so many cases once instead, at the same load and with no
//! replication, in a minute or two, and tells the most memory that the process ever held.

#[path = "../common/network.rs"]
mod network;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use mimalloc::MiMalloc;
use onething_engine::InputFile;
use onething_sim::centre::Model;
use onething_sim::chance::Source;
use onething_sim::scenario::{self, Scenario};
use rand::RngExt;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The best of this many runs counts, for both loops alike.
const RUNS: usize = 5;
/// Working days of the run for memory: nearly all that the calendar has.
const DAYS: u32 = 1_200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let cases = arguments.iter().position(|it| it == "--cases").and_then(|at| arguments.get(at + 1)?.parse().ok());
    match cases {
        Some(cases) => memory(cases),
        None => speed(),
    }
}

fn speed() {
    let model = Model::new(network()).expect("the hall takes the rules");
    let report = model.run(1);
    assert_eq!(report.balanced, Ok(()));
    let (events, cases, open) = (report.events, report.cases[0].submitted, report.cases_open_max);
    let ours = best(|| drop(black_box(model.run(1))));
    let bare = best(|| bare(events, open));
    let cases = cases as f64 / ours;
    let (ours, bare) = (events as f64 / ours, events as f64 / bare);
    println!(
        "{{\"name\":\"sim-centre\",\"events_per_s\":{ours:.0},\"bare_per_s\":{bare:.0},\"ratio\":{:.4},\"cases_a_second\":{cases:.0},\"events\":{events},\"cases_open_max\":{open}}}",
        ours / bare
    );
}

/// So many cases in one run. Arrivals are denser and services as much shorter, so that the load is the same; how long
/// applicants take to supplement stays.
fn memory(cases: u64) {
    let mut scenario = network();
    let file = &mut scenario.file;
    let denser = cases as f64 / f64::from(DAYS) / file.arrivals[0].per_day;
    file.arrivals[0].per_day *= denser;
    for work in file.steps.iter_mut().filter(|work| work.step != "collect") {
        work.takes = work.takes.scaled(1.0 / denser);
    }
    let model = Model::new(scenario).expect("the hall takes the rules");
    let started = Instant::now();
    let report = model.run(1);
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(report.balanced, Ok(()));
    let (events, cases, open) = (report.events, report.cases[0].submitted, report.cases_open_max);
    println!(
        "{{\"name\":\"sim-memory\",\"events_per_s\":{:.0},\"events\":{events},\"cases\":{cases},\"cases_open_max\":{open},\"seconds\":{seconds:.1},\"memory_max_mb\":{}}}",
        events as f64 / seconds,
        memory_max_mb().map_or("null".to_owned(), |it| format!("{it:.0}"))
    );
}

/// The most memory that this process ever held, where the system tells.
fn memory_max_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1024.0)
}

fn network() -> Scenario {
    let text = include_str!("scenario.json");
    let days = if std::env::args().any(|it| it == "--cases") { DAYS } else { 270 };
    let text = text.replace("\"days\": 270", &format!("\"days\": {days}"));
    let input = InputFile { name: "scenario.json".to_owned(), bytes: text.into() };
    scenario::read(&input, &network::approval_network()).expect("the scenario holds together")
}

fn best(run: impl Fn()) -> f64 {
    let time = |_| {
        let started = Instant::now();
        run();
        started.elapsed().as_secs_f64()
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min)
}

/// Takes the earliest of so many events and enters one later, again and again.
fn bare(events: u64, under_way: u64) {
    let rng = &mut Source::new(1, &["bare"]).stream();
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..under_way).map(|nth| Reverse((nth, nth))).collect();
    for nth in 0..events {
        let Some(Reverse((at, _))) = heap.pop() else { return };
        heap.push(Reverse((at + rng.random_range(0..1_200_000), nth)));
    }
    black_box(&heap);
}

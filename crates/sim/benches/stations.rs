//! Events a second of M/M/8 at 0.9, on one core, against the least any simulator must do: a binary heap from which the
//! earliest of as many events is taken, and which gets one again. Prints one line of JSON.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use onething_sim::chance::Source;
use onething_sim::duration::Duration;
use onething_sim::stations::{Inflow, Network, Plain, Station};
use rand::RngExt;

/// Windows, and so events under way at a time (the next arrival among them).
const WINDOWS: u32 = 8;
/// Minutes of service; at 43.2 arrivals an hour every window is busy nine tenths of the time.
const MINUTES: f64 = 10.0;
const PER_HOUR: f64 = 43.2;
/// Hours simulated: some 4 million events.
const HOURS: i64 = 46_000;
/// The best of this many runs counts, for both loops alike.
const RUNS: usize = 5;

fn main() {
    let network = Network {
        stations: vec![Station::steady(WINDOWS, Duration::exponential(MINUTES))],
        inflows: vec![Inflow::steady(0, 0, PER_HOUR)],
        warm_up_ms: 0,
        end_ms: HOURS * 3_600_000,
    };
    let events = network.run(1, |_| Plain::new(1_000_000)).expect("a distribution").events;
    let ours = best(|| {
        let report = network.run(1, |_| Plain::new(1_000_000)).expect("a distribution");
        assert_eq!(report.balanced, Ok(()));
        black_box(report);
    });
    let bare = best(|| bare(events));
    let (ours, bare) = (events as f64 / ours, events as f64 / bare);
    println!(
        "{{\"name\":\"sim\",\"events_per_s\":{ours:.0},\"bare_per_s\":{bare:.0},\"ratio\":{:.4},\"events\":{events}}}",
        ours / bare
    );
}

fn best(run: impl Fn()) -> f64 {
    let time = |_| {
        let started = Instant::now();
        run();
        started.elapsed().as_secs_f64()
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min)
}

/// Takes the earliest event and enters one later, so many times.
fn bare(events: u64) {
    let rng = &mut Source::new(1, &["bare"]).stream();
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..=u64::from(WINDOWS)).map(|nth| Reverse((nth, nth))).collect();
    for nth in 0..events {
        let Some(Reverse((at, _))) = heap.pop() else { return };
        heap.push(Reverse((at + rng.random_range(0..1_200_000), nth)));
    }
    black_box(&heap);
}

//! Four windows for one matter each, against four that take every matter: what the comprehensive window saves, and at
//! which longer service it stops saving anything.

use onething_sim::duration::Duration;
use onething_sim::replicate;
use onething_sim::stations::{Inflow, Network, Station};
use onething_sim::stats::Interval;
use onething_sim::theory::mmc;

use crate::against::{Rule, run};

const HOUR_MS: i64 = 3_600_000;
const HOURS: i64 = 12_000;
const ROOM: usize = 1_000_000;

fn network(windows: u32, per_hour: f64, minutes: f64) -> Network {
    Network {
        stations: vec![Station::steady(windows, Duration::exponential(minutes))],
        inflows: vec![Inflow::steady(0, 0, per_hour)],
        warm_up_ms: HOURS / 10 * HOUR_MS,
        end_ms: HOURS * HOUR_MS,
    }
}

fn wait(windows: u32, per_hour: f64, minutes: f64, seed: u64) -> f64 {
    run(&network(windows, per_hour, minutes), Rule::Plain, ROOM, seed).stations[0].waits.mean()
}

/// Where the exact waits of both are the same.
fn exact_break_even() -> f64 {
    let silo = mmc(1, 5.0 / 60.0, 10.0).wait;
    let (mut low, mut high) = (0.0, 0.19);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if mmc(4, 20.0 / 60.0, 10.0 * (1.0 + middle)).wait < silo { low = middle } else { high = middle }
    }
    low
}

#[test]
fn pooling_stops_paying_at_almost_fourteen_percent_longer_service() {
    let exact = exact_break_even();
    assert!((exact - 0.139).abs() < 5e-4, "{exact}");
    // In each replication: the waits at four silos, and the penalty at which the pooled windows wait as long, met by
    // the same people.
    let found = replicate(2026, 20, |seed| {
        let silo = (0..4).map(|nth| wait(1, 5.0, 10.0, seed ^ (nth + 1) << 60)).sum::<f64>() / 4.0;
        let (mut low, mut high) = (0.10, 0.17);
        for _ in 0..6 {
            let middle = (low + high) / 2.0;
            if wait(4, 20.0, 10.0 * (1.0 + middle), seed) < silo { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    });
    let interval = Interval::of(found, 1.0 - 1e-4);
    assert!(interval.covers(exact) && interval.half < 0.012, "{exact} against {interval:?}, seed 2026");
}

//! A day that is not like the long run: arrivals and windows change by the quarter-hour.

use onething_sim::duration::Duration;
use onething_sim::rates::Rates;
use onething_sim::replicate;
use onething_sim::stations::{Inflow, Network, Shift, Station};
use onething_sim::stats::Interval;
use onething_sim::theory::{Forward, Staffed};

use crate::against::{Rule, run};

const MINUTE_MS: i64 = 60_000;

#[test]
fn a_morning_peak_is_what_the_forward_equations_say() {
    // From minute, arrivals an hour, windows: a peak, a window that opens for it, and two that close after it while
    // they still serve.
    let day = [(0, 10.0, 2), (60, 26.0, 3), (105, 30.0, 5), (180, 16.0, 5), (240, 12.0, 3), (360, 6.0, 2)];
    let end = 480;
    let steps: Vec<Staffed> = day
        .iter()
        .map(|&(from, per_hour, servers)| Staffed { from: f64::from(from), rate: per_hour / 60.0, servers })
        .collect();
    let mut forward = Forward::new(150);
    let queue = forward.run(&steps, 12.0, f64::from(end), 0.25);
    let late = forward.waiting();
    let shifts =
        day.iter().map(|&(from, _, servers)| Shift { from_ms: i64::from(from) * MINUTE_MS, servers: servers as u32 });
    let rates = day.iter().map(|&(from, per_hour, _)| (i64::from(from) * MINUTE_MS, per_hour / 3_600_000.0));
    // The same day a few hundred times over: each begins empty, as the day does.
    let network = Network {
        stations: vec![Station { shifts: shifts.collect(), ..Station::steady(0, Duration::exponential(12.0)) }],
        inflows: vec![Inflow { station: 0, class: 0, rates: Rates(rates.collect()) }],
        warm_up_ms: 0,
        end_ms: i64::from(end) * MINUTE_MS,
    };
    assert!(late < queue, "the day ends quieter than its mean: {late} waiting at its end, {queue} on average");
    for (rule, days, within) in [(Rule::Plain, 400, 0.05), (Rule::Hall, 50, 0.25)] {
        let over = |seed: u64| -> f64 {
            let days = (0..days).map(|day| run(&network, rule, 10_000, seed ^ day << 40).queue(0));
            days.sum::<f64>()
        };
        let found = replicate(2026, 20, |seed| over(seed) / days as f64);
        let interval = Interval::of(found, 1.0 - 1e-4);
        assert!(interval.covers(queue), "M(t)/M/s(t) ({rule:?}, seed 2026): {queue} against {interval:?}");
        assert!(interval.half < within * queue, "too wide: {interval:?}");
    }
}

//! One row: a network, a rule, what theory says.

use onething_sim::replicate;
use onething_sim::stations::{HallDesk, Network, NetworkReport, Plain};
use onething_sim::stats::Interval;

/// The probability with which an interval covers the true value.
const CONFIDENCE: f64 = 1.0 - 1e-4;

/// By which rule the stations serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// The hall that the worker runs.
    Hall,
    /// The queue of the textbook.
    Plain,
}

/// Runs the network once; every run must balance.
pub(crate) fn run(network: &Network, rule: Rule, room: usize, seed: u64) -> NetworkReport {
    let report = match rule {
        Rule::Hall => network.run(seed, |_| HallDesk::new(room).expect("a bound that a hall takes")),
        Rule::Plain => network.run(seed, |_| Plain::new(room)),
    };
    let report = report.expect("distributions of times");
    assert_eq!(report.balanced, Ok(()), "seed {seed}");
    report
}

/// What is measured in each run, with its exact value and how far off, as a share of it, the interval may reach.
pub(crate) struct Measure<'a> {
    pub(crate) name: &'a str,
    pub(crate) of: &'a (dyn Fn(&NetworkReport) -> f64 + Sync),
    pub(crate) exact: f64,
    pub(crate) within: f64,
}

/// Holds 20 replications against exact values.
pub(crate) fn check(name: &str, network: &Network, rule: Rule, room: usize, measures: &[Measure<'_>]) {
    const SEED: u64 = 2026;
    let runs = replicate(SEED, 20, |seed| {
        let report = run(network, rule, room, seed);
        measures.iter().map(|measure| (measure.of)(&report)).collect::<Vec<f64>>()
    });
    for (nth, measure) in measures.iter().enumerate() {
        let interval = Interval::of(runs.iter().map(|run| run[nth]), CONFIDENCE);
        let shown = format!("{name} ({rule:?}, seed {SEED}), {}: {} against {interval:?}", measure.name, measure.exact);
        assert!(interval.covers(measure.exact), "{shown}");
        assert!(interval.half <= measure.within * measure.exact, "too wide to say anything: {shown}");
    }
}

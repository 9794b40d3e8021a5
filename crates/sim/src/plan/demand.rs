//! Who is to be planned for, and what comes upon them in every quarter-hour of every weekday.
//!
//! The offered load follows the arrivals with the delay that service brings: the mean number in service were there always
//! a free window, by dm/dt = rate - m / service (Eick, Massey and Whitt, The physics of the Mt/G/inf queue, 1993; exact
//! for exponential times).

use std::collections::BTreeMap;

use onething_engine::definition::Node;

use crate::centre::{Model, SourcePlan};
use crate::scenario::{Channel, GroupKind, StaffGroup, rule, steps, workers};

/// Quarter-hours of a day.
pub(super) const QUARTERS: usize = 96;
const QUARTER_MS: i64 = 900_000;
const QUARTER_MINUTES: f64 = 15.0;
/// A number that is called and does not come costs its window so many minutes.
const CALL_MINUTES: f64 = 1.5;
/// Strides of a quarter-hour in which the offered load is integrated.
const STRIDES: usize = 15;

/// A staff group whose seats are planned, and the tide that comes upon its queue.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The group, by index.
    pub(super) group: usize,
    /// The tide whose windows help out, by index.
    pub(super) tide: Option<usize>,
    /// The pool of those who share queues, directly or through others.
    pub(super) pool: usize,
    /// By weekday, 0 Monday; none on which the centre is closed or nobody comes.
    pub(super) days: BTreeMap<usize, Day>,
    /// Mean minutes of one service.
    pub(super) service: f64,
    /// Half the sum of the squared coefficients of variation of service and arrivals.
    pub(super) variability: f64,
}

/// One weekday of a line.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// The quarter-hours in which the centre is open, as numbers from midnight.
    pub(super) open: Vec<usize>,
    /// Of each open quarter-hour: arrivals a minute.
    pub(super) rates: Vec<f64>,
    /// Arrivals a minute one mean service time earlier.
    pub(super) lagged: Vec<f64>,
    /// The greatest offered load in it.
    pub(super) offered: Vec<f64>,
}

/// Lines that share people's queues; the service target holds for each pool.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// Its groups' names, joined.
    pub(super) name: String,
    /// The arrivals that wait there, by index.
    pub(super) sources: Vec<usize>,
}

/// What is planned: the groups that serve people who wait in the hall.
pub(super) fn lines(model: &Model) -> (Vec<Line>, Vec<Pool>) {
    let file = &model.scenario.file;
    let stands = |source: &SourcePlan| source.arrivals.channel == Channel::Window;
    let fronts: Vec<&str> = model.sources.iter().filter(|it| stands(it)).map(|it| it.queue.as_str()).collect();
    let serves = |group: &StaffGroup| group.queues.iter().any(|queue| fronts.contains(&queue.as_str()));
    let planned: Vec<usize> =
        (0..file.staff.len()).filter(|&at| file.staff[at].kind != GroupKind::Desk && serves(&file.staff[at])).collect();
    let mut pool_of: Vec<usize> = (0..planned.len()).collect();
    for one in 0..planned.len() {
        for other in 0..one {
            let shared =
                |queue: &String| fronts.contains(&queue.as_str()) && file.staff[planned[other]].queues.contains(queue);
            if file.staff[planned[one]].queues.iter().any(shared) {
                let (from, to) = (pool_of[one], pool_of[other]);
                pool_of.iter_mut().filter(|pool| **pool == from).for_each(|pool| *pool = to);
            }
        }
    }
    let mut kept: Vec<usize> = pool_of.clone();
    kept.sort_unstable();
    kept.dedup();
    let pools = kept.iter().map(|&pool| {
        let groups = || planned.iter().zip(&pool_of).filter(|it| *it.1 == pool).map(|it| &file.staff[*it.0]);
        let here =
            |source: &SourcePlan| groups().any(|group| group.queues.iter().any(|it| it == source.queue.as_str()));
        Pool {
            name: groups().map(|group| group.name.as_str()).collect::<Vec<_>>().join("+"),
            sources: (0..model.sources.len())
                .filter(|&at| stands(&model.sources[at]) && here(&model.sources[at]))
                .collect(),
        }
    });
    let pools: Vec<Pool> = pools.collect();
    // Whoever serves fewest queues is meant for them first.
    let mine = |queue: &str| {
        let able = planned.iter().filter(|&&at| file.staff[at].queues.iter().any(|it| it == queue));
        able.min_by_key(|&&at| (file.staff[at].queues.len(), at)).copied()
    };
    let line = |(nth, &group): (usize, &usize)| {
        let work = streams(model, &|queue: &str| mine(queue) == Some(group));
        let takes = file.staff[group].takes;
        let all: f64 = work.iter().map(|it| it.per_day).sum();
        let mean = |of: &dyn Fn(&Stream) -> f64| work.iter().map(|it| it.per_day * of(it)).sum::<f64>() / all.max(1e-9);
        let service = mean(&|it| it.minutes) * takes;
        let second = mean(&|it| it.minutes * it.minutes * (1.0 + it.cv * it.cv)) * takes * takes;
        let spread = if service > 0.0 { second / (service * service) - 1.0 } else { 1.0 };
        Line {
            group,
            tide: file.tides.iter().position(|tide| mine(&tide.queue) == Some(group)),
            pool: kept.iter().position(|pool| *pool == pool_of[nth]).unwrap_or(0),
            days: if all > 0.0 { days(model, &work, service) } else { BTreeMap::new() },
            service,
            variability: (spread + mean(&|it| it.bunching)) / 2.0,
        }
    };
    (planned.iter().enumerate().map(line).collect(), pools)
}

/// Minutes of work that come to queues on a day, if every case comes to every step that it can come to.
pub(super) fn minutes_a_day(model: &Model, mine: &dyn Fn(&str) -> bool) -> f64 {
    streams(model, mine).iter().map(|it| it.per_day * it.minutes).sum()
}

/// Work of one kind that comes to a line.
struct Stream {
    source: usize,
    /// How many for each arrival.
    share: f64,
    per_day: f64,
    minutes: f64,
    cv: f64,
    /// Squared coefficient of variation of the times between arrivals: 1, or more in batches.
    bunching: f64,
}

fn streams(model: &Model, mine: &dyn Fn(&str) -> bool) -> Vec<Stream> {
    let file = &model.scenario.file;
    let mut all = Vec::new();
    for (source, plan) in model.sources.iter().enumerate() {
        let it = &plan.arrivals;
        let per_day = number(model, source) / f64::from(file.days);
        let batch = it.batch.map_or(1.0, |batch| batch.mean);
        let mut add = |share: f64, minutes: f64, cv: f64| {
            let bunching = 2.0 * batch - 1.0;
            all.push(Stream { source, share, per_day: per_day * share, minutes, cv, bunching });
        };
        let at_window = it.channel == Channel::Window && mine(plan.queue.as_str());
        if let (true, Some(visit)) = (at_window, &it.visit) {
            add(1.0 - it.no_show, visit.mean(), visit.cv());
        }
        if let Some(workflow) = it.package.as_ref().and_then(|id| model.scenario.workflows.get(id)) {
            let queues: BTreeMap<String, String> = workers(workflow).collect();
            let mut intake_seen = false;
            for (node, id) in steps(workflow) {
                let Some(takes) = rule(&file.steps, node, &id).map(|work| &work.takes) else { continue };
                let intake = matches!(node, Node::Intake { .. });
                if intake && !intake_seen && it.channel == Channel::Window {
                    intake_seen = true;
                    if at_window {
                        // Who lacked something comes again.
                        add((1.0 - it.no_show) * (1.0 + it.lacks), takes.mean(), takes.cv());
                    }
                } else if queues.get(&id).is_some_and(|queue| mine(queue)) {
                    add(1.0, takes.mean(), takes.cv());
                }
            }
        }
        if at_window && it.no_show > 0.0 {
            let calls = f64::from(file.hall.calls_max.unwrap_or(2));
            add(it.no_show, CALL_MINUTES * calls, 0.0);
        }
    }
    all
}

/// How many of a source come on all days.
fn number(model: &Model, source: usize) -> f64 {
    let days = &model.scenario.days;
    let midnight = |at: usize| model.scenario.calendar.start_of_day(days[at].0);
    (0..model.scenario.file.days as usize)
        .filter(|at| *at < days.len())
        .map(|at| between(model, source, midnight(at), midnight(at) + QUARTERS as i64 * QUARTER_MS))
        .sum()
}

fn between(model: &Model, source: usize, from_ms: i64, to_ms: i64) -> f64 {
    let plan = &model.sources[source];
    let listed = model.moments(source).iter().filter(|at| (from_ms..to_ms).contains(*at)).count() as f64;
    (listed + plan.rates.expected(from_ms, to_ms)) * plan.arrivals.batch.map_or(1.0, |batch| batch.mean)
}

/// Means over the days of each weekday.
fn days(model: &Model, work: &[Stream], service: f64) -> BTreeMap<usize, Day> {
    let mut alike: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let file = &model.scenario.file;
    for (at, (date, _)) in model.scenario.days.iter().enumerate().take(file.days as usize) {
        alike.entry(date.weekday().to_monday_zero_offset() as usize).or_default().push(at);
    }
    let mut days = BTreeMap::new();
    for (weekday, dates) in alike {
        let spans = &model.scenario.days[dates[0]].1;
        let midnight = model.scenario.calendar.start_of_day(model.scenario.days[dates[0]].0);
        let from = |quarter: usize| midnight + quarter as i64 * QUARTER_MS;
        let is_open = |quarter: &usize| spans.iter().any(|it| it.0 < from(quarter + 1) && from(*quarter) < it.1);
        let open: Vec<usize> = (0..QUARTERS).filter(is_open).collect();
        let mut rates = vec![0.0; QUARTERS];
        for (quarter, rate) in rates.iter_mut().enumerate() {
            for stream in work {
                let all: f64 = dates
                    .iter()
                    .map(|&at| {
                        let start = model.scenario.calendar.start_of_day(model.scenario.days[at].0);
                        let from = start + quarter as i64 * QUARTER_MS;
                        between(model, stream.source, from, from + QUARTER_MS)
                    })
                    .sum();
                *rate += all * stream.share / dates.len() as f64 / QUARTER_MINUTES;
            }
        }
        if rates.iter().sum::<f64>() <= 0.0 {
            continue;
        }
        // Whoever comes while the centre is closed waits until it opens.
        let mut outside = 0.0;
        for (quarter, rate) in rates.iter_mut().enumerate() {
            if open.contains(&quarter) {
                *rate += std::mem::take(&mut outside);
            } else {
                outside += std::mem::take(rate);
            }
        }
        let offered = offered(&rates, service);
        let lagged = |quarter: usize| {
            let back = service / QUARTER_MINUTES;
            let (whole, part) = (back.floor() as usize, back.fract());
            let at = |back: usize| quarter.checked_sub(back).map_or(0.0, |at| rates[at]);
            at(whole) * (1.0 - part) + at(whole + 1) * part
        };
        days.insert(
            weekday,
            Day {
                rates: open.iter().map(|&at| rates[at]).collect(),
                lagged: open.iter().map(|&at| lagged(at)).collect(),
                offered: open.iter().map(|&at| offered[at]).collect(),
                open,
            },
        );
    }
    days
}

/// The greatest offered load in each quarter-hour.
fn offered(rates: &[f64], service: f64) -> Vec<f64> {
    let mut load = 0.0_f64;
    let stride = QUARTER_MINUTES / STRIDES as f64;
    rates
        .iter()
        .map(|rate| {
            let mut most = load;
            for _ in 0..STRIDES {
                // Exact while the rate is constant.
                let level = rate * service;
                load = level + (load - level) * (-stride / service.max(1e-9)).exp();
                most = most.max(load);
            }
            most
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_load_follows_the_arrivals_with_a_delay() {
        let constant = offered(&[0.4; 40], 12.0);
        assert!((constant[39] - 4.8).abs() < 1e-6 && constant[0] < 4.0, "{constant:?}");
        let burst: Vec<f64> = (0..20).map(|at| if at == 5 { 1.0 } else { 0.0 }).collect();
        let load = offered(&burst, 30.0);
        assert_eq!(load[4], 0.0);
        // 30 (1 - exp(-1/2)) at the end of the burst, and still felt an hour later.
        assert!((load[5] - 30.0 * (1.0 - (-0.5_f64).exp())).abs() < 1e-9);
        assert!((load[9] / load[5] - (-1.5_f64).exp()).abs() < 1e-9, "{load:?}");
    }
}

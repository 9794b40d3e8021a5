//! A roster judged on its merits: who was served in time, what it cost, which limits were kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::demand::{Line, Pool};
use super::search::{Cell, service_of, shares};
use super::{NoPlan, Progress};
use crate::centre::{Model, RunReport};
use crate::replicate::{replicate, seed_of};
use crate::results::CONFIDENCE;
use crate::stats::Interval;

pub(super) struct Judge<'a> {
    pub(super) lines: &'a [Line],
    pub(super) pools: &'a [Pool],
    pub(super) seed: u64,
    pub(super) runs: u32,
    pub(super) share: f64,
    pub(super) progress: &'a dyn Progress,
}

/// What a roster comes to, with 95% confidence intervals over runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// Share of those who came that was served in time; whoever left was not.
    pub service: Interval,
    /// The same by groups that share queues, and by weekday.
    pub cells: Vec<CellService>,
    /// Whether the target is kept on every weekday by everybody planned for.
    pub kept: bool,
    /// Mean wait in minutes of those served.
    pub wait_mean: Interval,
    /// Hours at the windows planned for, and at tidal ones.
    pub hours: Interval,
    /// Hours at tidal windows.
    pub tidal_hours: Interval,
    /// What those hours cost; a tidal hour costs what the desk that lends goes without.
    pub cost: Interval,
    /// Share of cases' limits kept; nothing where nobody brings a case.
    pub limits_kept: Option<Interval>,
    /// Share of limits kept, by arrivals, in each run.
    #[serde(skip)]
    pub(super) limits: BTreeMap<String, Vec<f64>>,
    /// Utilisation by staff group.
    #[serde(skip)]
    pub(super) utilisation: BTreeMap<String, f64>,
}

/// How those who came on a weekday were served.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellService {
    /// The groups.
    pub pool: String,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// Share served in time.
    pub service: Interval,
    /// The hour in which those came who fared worst, 0 to 23.
    pub worst_hour: u8,
    /// Their share.
    pub worst: f64,
    #[serde(skip)]
    pub(super) cell: Cell,
}

struct Run {
    cells: BTreeMap<Cell, (u64, u64)>,
    hours_of: BTreeMap<(Cell, u8), (u64, u64)>,
    wait: f64,
    hours: f64,
    tidal_hours: f64,
    cost: f64,
    limits: Vec<(usize, f64, u64)>,
    used: Vec<(f64, f64)>,
}

impl Judge<'_> {
    pub(super) fn judge(&self, model: &Model) -> Result<Judged, NoPlan> {
        let runs = replicate(self.seed, self.runs, |seed| {
            let report = model.run(seed);
            self.progress.done();
            (self.measure(model, &report), report.balanced)
        });
        let mut measured = Vec::with_capacity(runs.len());
        for (number, (run, balanced)) in runs.into_iter().enumerate() {
            balanced.map_err(|why| NoPlan::Unbalanced(seed_of(self.seed, number as u32), why))?;
            measured.push(run);
        }
        Ok(self.sum_up(model, &measured))
    }

    fn measure(&self, model: &Model, report: &RunReport) -> Run {
        let (mut hours, mut tidal_hours, mut cost) = (0.0, 0.0, 0.0);
        let (file, calendar) = (&model.scenario.file, &model.scenario.calendar);
        // Days of the run-on are for cases to end, and cost nobody a decision.
        let last = model.scenario.days.get(file.days as usize - 1).and_then(|(_, spans)| spans.last());
        let end_ms = last.map_or(i64::MAX, |span| span.1);
        for it in report.at_work.iter().filter(|it| it.from_ms < end_ms) {
            let group = model.group_of(it.seat);
            let tidal = group >= file.staff.len();
            let of =
                |line: &Line| if tidal { line.tide == Some(group - file.staff.len()) } else { line.group == group };
            if self.lines.iter().any(of) {
                // What is in hand at closing may rest until the morning.
                let rests = calendar.date_of(it.from_ms) != calendar.date_of(it.to_ms);
                let worked_ms = match calendar.business_millis_between(it.from_ms, it.to_ms) {
                    Ok(business_ms) if rests => business_ms,
                    _ => it.to_ms - it.from_ms,
                };
                let staffed = worked_ms as f64 / 3.6e6;
                hours += staffed;
                tidal_hours += if tidal { staffed } else { 0.0 };
                cost += staffed * model.cost_hour(group);
            }
        }
        let planned = || self.pools.iter().flat_map(|pool| pool.sources.iter().copied());
        let (count, sum) = planned().map(|at| &report.waits[at]).fold((0.0, 0.0), |(count, sum), log| {
            (count + log.count() as f64, sum + log.count() as f64 * log.mean_minutes())
        });
        let mut hours_of: BTreeMap<(Cell, u8), (u64, u64)> = BTreeMap::new();
        for (pool, it) in self.pools.iter().enumerate() {
            for &source in &it.sources {
                let cell = |weekday: u8| (pool, usize::from(weekday));
                for (&(weekday, hour), log) in &report.by_hour[source] {
                    let it = hours_of.entry((cell(weekday), hour)).or_default();
                    *it = (it.0 + log.within(), it.1 + log.count());
                }
                for (&(weekday, hour), lost) in &report.lost_by_hour[source] {
                    hours_of.entry((cell(weekday), hour)).or_default().1 += lost;
                }
            }
        }
        let limits = report.cases.iter().enumerate().filter(|(_, it)| it.submitted > 0);
        Run {
            cells: service_of(self.pools, report),
            hours_of,
            wait: if count > 0.0 { sum / count } else { 0.0 },
            hours,
            tidal_hours,
            cost,
            limits: limits.map(|(at, it)| (at, it.limits_kept(), it.lights.values().sum())).collect(),
            used: report.groups.iter().map(|it| (it.busy_ms as f64, it.staffed_ms as f64)).collect(),
        }
    }

    fn sum_up(&self, model: &Model, runs: &[Run]) -> Judged {
        let over = |of: &dyn Fn(&Run) -> f64| Interval::of(runs.iter().map(of), CONFIDENCE);
        let ratio = |it: (u64, u64)| if it.1 == 0 { 1.0 } else { it.0 as f64 / it.1 as f64 };
        let all = |run: &Run| ratio(run.cells.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1)));
        let by_cell: Vec<BTreeMap<Cell, (u64, u64)>> = runs.iter().map(|run| run.cells.clone()).collect();
        let mut hours: BTreeMap<(Cell, u8), (u64, u64)> = BTreeMap::new();
        for (key, it) in runs.iter().flat_map(|run| &run.hours_of) {
            let sum = hours.entry(*key).or_default();
            *sum = (sum.0 + it.0, sum.1 + it.1);
        }
        let cells: Vec<CellService> = shares(&by_cell)
            .into_iter()
            .map(|(cell, shares)| {
                let here = hours.iter().filter(|((of, _), _)| *of == cell);
                let worst = here.min_by(|a, b| ratio(*a.1).total_cmp(&ratio(*b.1)));
                CellService {
                    pool: self.pools[cell.0].name.clone(),
                    weekday: cell.1 as u8 + 1,
                    service: Interval::of(shares, CONFIDENCE),
                    worst_hour: worst.map_or(0, |it| it.0.1),
                    worst: worst.map_or(1.0, |it| ratio(*it.1)),
                    cell,
                }
            })
            .collect();
        let mut limits: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (source, kept, _) in runs.iter().flat_map(|run| &run.limits) {
            limits.entry(model.sources[*source].arrivals.name.clone()).or_default().push(*kept);
        }
        let kept_in = |run: &Run| {
            let (kept, clocks) =
                run.limits.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.1 * it.2 as f64, sum.1 + it.2 as f64));
            if clocks > 0.0 { kept / clocks } else { 1.0 }
        };
        let utilisation = model.groups().into_iter().enumerate().map(|(at, name)| {
            let (busy, staffed) =
                runs.iter().map(|run| run.used[at]).fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            (name, if staffed > 0.0 { busy / staffed } else { 0.0 })
        });
        Judged {
            service: over(&all),
            kept: cells.iter().all(|it| it.service.mean >= self.share),
            cells,
            wait_mean: over(&|run| run.wait),
            hours: over(&|run| run.hours),
            tidal_hours: over(&|run| run.tidal_hours),
            cost: over(&|run| run.cost),
            limits_kept: (!limits.is_empty()).then(|| over(&kept_in)),
            limits,
            utilisation: utilisation.collect(),
        }
    }
}

impl Judged {
    /// The cells in which too few were served in time.
    pub(super) fn weak(&self, share: f64) -> Vec<Cell> {
        self.cells.iter().filter(|it| it.service.mean < share).map(|it| it.cell).collect()
    }
}

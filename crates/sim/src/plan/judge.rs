//! A roster judged on its merits: who was served in time, what it cost, which limits were kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::demand::{Line, Pool};
use super::desks::{Desk, limits_of};
use super::search::{Cell, service_of, shares};
use super::{NoPlan, Progress};
use crate::centre::{Model, RunReport};
use crate::replicate::{replicate, seed_of};
use crate::results::CONFIDENCE;
use crate::stats::Interval;

const DAY_MS: i64 = 86_400_000;

pub(super) struct Judge<'a> {
    pub(super) lines: &'a [Line],
    pub(super) pools: &'a [Pool],
    pub(super) desks: &'a [Desk],
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
    /// What the hours at the desks planned for cost; whoever is lent to a tide is counted there.
    pub desk_cost: Interval,
    /// Both.
    pub cost_in_all: Interval,
    /// The desks planned for.
    pub desks: Vec<DeskService>,
    /// Whether every desk's tasks are taken up in time.
    pub desks_kept: bool,
    /// Share of cases' limits kept; nothing where nobody brings a case.
    pub limits_kept: Option<Interval>,
    /// Share of limits kept, by arrivals, by index, in each run.
    #[serde(skip)]
    pub(super) limits: BTreeMap<usize, Vec<f64>>,
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

/// How a desk did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeskService {
    /// The group.
    pub group: String,
    /// Share of its tasks taken up in time; nothing where none came.
    pub in_time: Option<Interval>,
    /// Hours of its people there.
    pub hours: Interval,
    /// What they cost.
    pub cost: Interval,
    /// How busy they are.
    pub utilisation: f64,
    /// How often its tasks use up the wait allowed to them in a run, all together.
    #[serde(skip)]
    pub(super) used_up: f64,
}

struct Run {
    cells: BTreeMap<Cell, (u64, u64)>,
    hours_of: BTreeMap<(Cell, u8), (u64, u64)>,
    wait: f64,
    /// Hours and cost, by staff group and then by tide.
    staffed: Vec<(f64, f64)>,
    limits: Vec<(usize, f64)>,
    /// Limits kept and clocks, of all cases.
    clocks: (f64, f64),
    used: Vec<(f64, f64)>,
    /// By desk: tasks in time and all; how often the wait allowed was used up.
    tasks: Vec<((f64, f64), f64)>,
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
        let mut staffed = vec![(0.0, 0.0); model.groups().len()];
        let (file, calendar) = (&model.scenario.file, &model.scenario.calendar);
        // Days of the run-on are for cases to end, and cost nobody a decision.
        let last = model.scenario.days.get(file.days as usize - 1);
        let end_ms = last.map_or(i64::MAX, |(date, _)| calendar.start_of_day(*date) + DAY_MS);
        for it in report.at_work.iter().filter(|it| it.from_ms < end_ms) {
            let group = model.group_of(it.seat);
            let to_ms = it.to_ms.min(end_ms);
            // What is in hand at closing may rest until the morning.
            let rests = calendar.date_of(it.from_ms) != calendar.date_of(to_ms);
            let worked_ms = match calendar.business_millis_between(it.from_ms, to_ms) {
                Ok(business_ms) if rests => business_ms,
                _ => to_ms - it.from_ms,
            };
            let hours = worked_ms as f64 / 3.6e6;
            staffed[group].0 += hours;
            staffed[group].1 += hours * model.cost_hour(group);
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
        let clocks = report.cases.iter().map(|it| (it.limits_kept(), it.lights.values().sum::<u64>() as f64));
        Run {
            cells: service_of(self.pools, report),
            hours_of,
            wait: if count > 0.0 { sum / count } else { 0.0 },
            staffed,
            limits: limits_of(report),
            clocks: clocks.fold((0.0, 0.0), |sum, (kept, clocks)| (sum.0 + kept * clocks, sum.1 + clocks)),
            tasks: self.desks.iter().map(|desk| (desk.in_time(report), desk.used_up(report))).collect(),
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
        let mut limits: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (source, kept) in runs.iter().flat_map(|run| &run.limits) {
            limits.entry(*source).or_default().push(*kept);
        }
        let kept_in = |run: &Run| if run.clocks.1 > 0.0 { run.clocks.0 / run.clocks.1 } else { 1.0 };
        let file = &model.scenario.file;
        let is_tidal = |at: usize| at >= file.staff.len();
        let in_hall = |at: usize| {
            let of =
                |line: &Line| if is_tidal(at) { line.tide == Some(at - file.staff.len()) } else { line.group == at };
            self.lines.iter().any(of)
        };
        let at_desks = |at: usize| self.desks.iter().any(|desk| desk.group == at);
        let sum = |run: &Run, of: &dyn Fn(usize) -> bool| {
            let those = run.staffed.iter().enumerate().filter(|(at, _)| of(*at));
            those.fold((0.0, 0.0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1))
        };
        let utilisation = model.groups().into_iter().enumerate().map(|(at, name)| {
            let (busy, staffed) =
                runs.iter().map(|run| run.used[at]).fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            (name, if staffed > 0.0 { busy / staffed } else { 0.0 })
        });
        let utilisation: BTreeMap<String, f64> = utilisation.collect();
        let desks: Vec<DeskService> = self
            .desks
            .iter()
            .enumerate()
            .map(|(nth, desk)| {
                let group = file.staff[desk.group].name.clone();
                let some = runs.iter().map(|run| run.tasks[nth].0).filter(|it| it.1 > 0.0);
                let in_time = Interval::of(some.map(|it| it.0 / it.1), CONFIDENCE);
                DeskService {
                    in_time: (in_time.runs > 0).then_some(in_time),
                    hours: over(&|run| run.staffed[desk.group].0),
                    cost: over(&|run| run.staffed[desk.group].1),
                    utilisation: utilisation.get(&group).copied().unwrap_or(0.0),
                    used_up: runs.iter().map(|run| run.tasks[nth].1).sum::<f64>() / runs.len().max(1) as f64,
                    group,
                }
            })
            .collect();
        let is_kept = |(desk, it): (&Desk, &DeskService)| it.in_time.is_none_or(|share| share.mean >= desk.share);
        Judged {
            service: over(&all),
            kept: cells.iter().all(|it| it.service.mean >= self.share),
            cells,
            wait_mean: over(&|run| run.wait),
            hours: over(&|run| sum(run, &in_hall).0),
            tidal_hours: over(&|run| sum(run, &|at| is_tidal(at) && in_hall(at)).0),
            cost: over(&|run| sum(run, &in_hall).1),
            desk_cost: over(&|run| sum(run, &at_desks).1),
            cost_in_all: over(&|run| sum(run, &|at| in_hall(at) || at_desks(at)).1),
            desks_kept: self.desks.iter().zip(&desks).all(is_kept),
            desks,
            limits_kept: (!limits.is_empty()).then(|| over(&kept_in)),
            limits,
            utilisation,
        }
    }
}

impl Judged {
    /// The desks, by index, whose tasks wait too long too often.
    pub(super) fn weak_desks(&self, desks: &[Desk]) -> Vec<usize> {
        let is_weak = |it: (&DeskService, &Desk)| it.0.in_time.is_some_and(|share| share.mean < it.1.share);
        self.desks.iter().zip(desks).enumerate().filter(|(_, it)| is_weak(*it)).map(|it| it.0).collect()
    }

    /// Mean share of limits kept, of arrivals by index.
    pub(super) fn kept_of(&self, source: usize) -> Option<Interval> {
        let kept = self.limits.get(&source)?;
        Some(Interval::of(kept.iter().copied(), CONFIDENCE))
    }

    /// The cells in which too few were served in time.
    pub(super) fn weak(&self, share: f64) -> Vec<Cell> {
        self.cells.iter().filter(|it| it.service.mean < share).map(|it| it.cell).collect()
    }
}

//! Who works on cases behind the hall, and what comes to them.
//!
//! A desk is a pool of people who take up tasks in working time: M/G/c. What comes to it and when follows from the
//! engine's routing, so it is measured and not read from a table: in pilot runs every desk has so many seats that nothing
//! waits there, and the work begun on a weekday is that weekday's offered load (the load where there is always a free
//! seat: Eick, Massey and Whitt 1993). From the load Erlang's C and the square root say how many people it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;

use super::demand::{self, Line};
use super::formula::SEATS_MAX;
use super::search::RUNS;
use super::strain::BUSY_MAX;
use super::{NoPlan, Progress, limits};
use crate::centre::{Model, RunReport, WaitLog};
use crate::eventlog::Row;
use crate::replicate::{replicate, seed_of};
use crate::scenario::{Channel, ScenarioFile, StaffGroup, TideBy, manned};
use crate::stats::Tally;
use crate::theory::MixedNeed;

const MINUTE_MS: f64 = 60_000.0;
/// A wait that no limit bounds, in minutes: for ever.
const FOR_EVER: f64 = 1e9;

/// A group that works on cases and at which nobody stands in a queue.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// The group, by index.
    pub(super) group: usize,
    /// The queues whose tasks are its own, each with the kinds of tasks that stand in it.
    pub(super) queues: BTreeMap<String, Vec<Kind>>,
    /// The share of tasks that is to wait no longer.
    pub(super) share: f64,
    /// Most people on duty.
    pub(super) people: u32,
    /// So many must stay, whatever a tide borrows; nothing where none borrows.
    pub(super) keep: Option<u32>,
    /// By weekday, 0 Monday: those on which people come to the centre.
    pub(super) days: BTreeMap<usize, DeskDay>,
    /// Mean working minutes of one task.
    pub(super) service: f64,
    /// Half the sum of the squared coefficients of variation of service and arrivals.
    pub(super) variability: f64,
    /// The chance that one of them is away.
    pub(super) sick: f64,
}

/// Tasks that may wait equally long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kind {
    /// The longest wait in working minutes; nothing where no limit runs.
    pub(super) allowed: Option<f64>,
    /// How many of them the pilot saw.
    pub(super) tasks: f64,
}

/// One weekday of a desk.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct DeskDay {
    /// Its working minutes.
    pub(super) minutes: f64,
    /// Seats that the work begun on it keeps busy on average.
    pub(super) load: f64,
    /// Most people at a tide's windows at a time, and how many minutes all of them are there.
    pub(super) lent: u32,
    pub(super) lent_minutes: f64,
}

/// Seats by desk and weekday.
pub(super) type Places = BTreeMap<(usize, usize), u32>;

impl Desk {
    /// The tightest wait of its tasks.
    pub(super) fn allowed(&self) -> Option<f64> {
        self.queues.values().flatten().filter_map(|kind| kind.allowed).reduce(f64::min)
    }

    /// The fewest people on a day: one, and those who must stay beside those who are lent.
    pub(super) fn least(&self, day: &DeskDay) -> u32 {
        (self.keep.unwrap_or(0) + day.lent).max(1)
    }

    /// People on a day by Erlang's C, and by the square root of the load.
    pub(super) fn needs(&self, day: &DeskDay) -> [u32; 2] {
        let kinds: Vec<&Kind> = self.queues.values().flatten().collect();
        let all: f64 = kinds.iter().map(|kind| kind.tasks).sum::<f64>().max(1e-9);
        let waits: Vec<(f64, f64)> = kinds
            .iter()
            .map(|kind| (kind.tasks / all, kind.allowed.unwrap_or(FOR_EVER) / self.service.max(1e-9)))
            .collect();
        let need = MixedNeed {
            load: day.load,
            waits: &waits,
            beyond: (1.0 - self.share).max(1e-3),
            variability: self.variability,
        };
        [need.fewest(), need.square_root()].map(|seats| seats.clamp(1, SEATS_MAX))
    }

    /// Whether it gets through in a week what comes in a week without being busy nearly all the time: a backlog that
    /// grows from week to week is no plan, whatever the limit.
    pub(super) fn gets_through(&self, seats: impl Fn(usize) -> u32) -> bool {
        let of =
            |minutes: &dyn Fn(usize, &DeskDay) -> f64| self.days.iter().map(|it| minutes(*it.0, it.1)).sum::<f64>();
        let there = of(&|weekday, day| f64::from(seats(weekday)) * (1.0 - self.sick) * day.minutes - day.lent_minutes);
        there * BUSY_MAX >= of(&|_, day| day.load * day.minutes)
    }

    /// How many of its tasks waited no longer than they may, and how many there were. Tasks of one queue are taken up in
    /// turn whatever kind they are of, so each kind waits as all of them do. A task that nobody may do any more waits for
    /// ever.
    pub(super) fn in_time(&self, report: &RunReport) -> (f64, f64) {
        let stuck = report.stuck.iter().filter(|((_, queue), _)| self.queues.contains_key(queue)).map(|it| it.1);
        self.logs(report).fold((0.0, stuck.sum::<u64>() as f64), |(within, all), (kinds, log)| {
            let late = |kind: &Kind| kind.allowed.map_or(0.0, |minutes| (log.count() - log.no_longer(minutes)) as f64);
            let tasks: f64 = kinds.iter().map(|kind| kind.tasks).sum();
            let late = kinds.iter().map(|kind| late(kind) * kind.tasks / tasks.max(1.0)).sum::<f64>();
            (within + log.count() as f64 - late, all + log.count() as f64)
        })
    }

    /// How often its tasks used up the wait allowed to them, all together.
    pub(super) fn used_up(&self, report: &RunReport) -> f64 {
        self.logs(report).map(|(kinds, log)| used_up(kinds, log)).sum()
    }

    fn logs<'r>(&'r self, report: &'r RunReport) -> impl Iterator<Item = (&'r [Kind], &'r WaitLog)> {
        self.queues.iter().filter_map(|(queue, kinds)| Some((kinds.as_slice(), report.tasks.get(queue)?)))
    }

    /// Whether a case stands still there because everybody did a step after which they must not do the next.
    pub(super) fn is_stuck(&self, report: &RunReport) -> bool {
        report.stuck.keys().any(|(_, queue)| self.queues.contains_key(queue))
    }
}

/// Tasks of one queue are taken up in turn whatever kind they are of. Ten minutes of twenty weigh more than an hour of a day.
fn used_up(kinds: &[Kind], log: &WaitLog) -> f64 {
    let tasks: f64 = kinds.iter().map(|kind| kind.tasks).sum();
    let weight = |kind: &Kind| kind.allowed.map_or(0.0, |minutes| kind.tasks / tasks.max(1.0) / minutes.max(1.0));
    log.mean_minutes() * log.count() as f64 * kinds.iter().map(weight).sum::<f64>()
}

/// The desks, and how well limits are kept where no desk is ever short.
pub(super) struct Pilot {
    pub(super) desks: Vec<Desk>,
    /// Mean share of limits kept, by arrivals, by index.
    pub(super) limits: BTreeMap<usize, f64>,
}

/// The desks of a scenario, by index of the group, with their own queues: groups that serve nobody who waits in the hall.
/// A queue of several desks belongs to the one that serves fewest queues.
pub(super) fn groups(model: &Model, lines: &[Line]) -> BTreeMap<usize, Vec<String>> {
    let file = &model.scenario.file;
    let stands = model.sources.iter().filter(|it| it.arrivals.channel == Channel::Window);
    let fronts: Vec<&str> = stands.map(|it| it.queue.as_str()).collect();
    let behind = |at: &usize| {
        let serves = |queue: &String| fronts.contains(&queue.as_str());
        lines.iter().all(|line| line.group != *at) && !file.staff[*at].queues.iter().any(serves)
    };
    let of_lines = |queue: &str| lines.iter().any(|line| file.staff[line.group].queues.iter().any(|it| it == queue));
    let mut desks: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let behind: Vec<usize> = (0..file.staff.len()).filter(behind).collect();
    for &group in &behind {
        for queue in file.staff[group].queues.iter().filter(|queue| !of_lines(queue)) {
            let able = behind.iter().filter(|&&at| file.staff[at].queues.contains(queue));
            if able.min_by_key(|&&at| (file.staff[at].queues.len(), at)) == Some(&group) {
                desks.entry(group).or_default().push(queue.clone());
            }
        }
    }
    desks
}

/// Measures what comes to the desks of a centre whose hall is planned.
pub(super) fn pilot(
    hall: &Model,
    groups: &BTreeMap<usize, Vec<String>>,
    (limits_share, seed): (f64, u64),
    progress: &dyn Progress,
) -> Result<Pilot, NoPlan> {
    let file = &hall.scenario.file;
    let allowed = limits::allowed(hall);
    let mut desks: Vec<Desk> = groups
        .iter()
        .map(|(&group, queues)| {
            let staff = &file.staff[group];
            let tides = file.tides.iter().filter(|tide| tide.lend.groups.contains(&staff.name));
            Desk {
                group,
                queues: queues.iter().map(|queue| (queue.clone(), Vec::new())).collect(),
                share: staff.target.map_or(limits_share, |target| target.share),
                people: staff.people.unwrap_or(u32::MAX),
                keep: tides.map(|tide| tide.lend.keep).max(),
                days: days(hall, staff),
                service: 0.0,
                variability: 1.0,
                sick: staff.sick,
            }
        })
        .collect();
    let ample = hall.staffed(ample(hall, &desks))?;
    let runs = replicate(seed, RUNS, |seed| {
        let (report, rows) = ample.run_journal(seed);
        progress.done();
        (work(&ample, &desks, &rows), limits_of(&report), report.balanced)
    });
    let mut limits: BTreeMap<usize, Tally> = BTreeMap::new();
    let mut all: Vec<Work> = vec![Work::default(); desks.len()];
    for (number, (work, kept, balanced)) in runs.into_iter().enumerate() {
        balanced.map_err(|why| NoPlan::Unbalanced(seed_of(seed, number as u32), why))?;
        kept.into_iter().for_each(|(source, kept)| limits.entry(source).or_default().add(kept));
        all.iter_mut().zip(work).for_each(|(all, work)| all.add(&work));
    }
    for (desk, work) in desks.iter_mut().zip(&all) {
        desk.service = work.minutes / work.tasks.max(1.0);
        if work.tasks > 0.0 && desk.service > 0.0 {
            // Tasks come as Poisson arrivals do.
            desk.variability = work.squares / work.tasks / desk.service.powi(2) / 2.0;
        }
        let dates = |weekday: usize| dates(hall).filter(|at| weekday_of(hall, *at) == weekday).count().max(1) as f64;
        let own = file.staff[desk.group].target.map(|target| target.wait_minutes);
        for ((queue, step), tasks) in &work.kinds {
            let allowed = own.or(allowed.get(&**step).copied());
            let kinds = desk.queues.entry(queue.to_string()).or_default();
            match kinds.iter_mut().find(|kind| kind.allowed == allowed) {
                Some(kind) => kind.tasks += tasks,
                None => kinds.push(Kind { allowed, tasks: *tasks }),
            }
        }
        for (&weekday, day) in &mut desk.days {
            day.load = work.days[weekday] / f64::from(RUNS) / dates(weekday) / day.minutes.max(1e-9);
        }
    }
    Ok(Pilot { desks, limits: limits.into_iter().map(|(source, kept)| (source, kept.mean())).collect() })
}

/// The share of limits kept, of arrivals that bring cases with a clock.
pub(super) fn limits_of(report: &RunReport) -> Vec<(usize, f64)> {
    let cases = report.cases.iter().enumerate().filter(|(_, it)| !it.lights.is_empty());
    cases.map(|(source, it)| (source, it.limits_kept())).collect()
}

/// Work done at a desk.
#[derive(Clone, Debug, Default)]
struct Work {
    tasks: f64,
    minutes: f64,
    squares: f64,
    /// Minutes by weekday.
    days: [f64; 7],
    /// Tasks by queue and step.
    kinds: BTreeMap<(Arc<str>, Arc<str>), f64>,
}

impl Work {
    fn add(&mut self, other: &Self) {
        self.tasks += other.tasks;
        self.minutes += other.minutes;
        self.squares += other.squares;
        self.days.iter_mut().zip(other.days).for_each(|(all, it)| *all += it);
        for (kind, tasks) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += tasks;
        }
    }
}

/// What was begun at each desk while people came.
fn work(model: &Model, desks: &[Desk], rows: &[Row]) -> Vec<Work> {
    let calendar = &model.scenario.calendar;
    let opens = |at: usize| model.scenario.days.get(at).and_then(|day| day.1.first()).map_or(Millis::MAX, |it| it.0);
    let file = &model.scenario.file;
    let counted = opens(file.warm_up_days as usize)..opens(file.days as usize);
    let mut work = vec![Work::default(); desks.len()];
    for row in rows {
        let (Some(began_ms), Some(queue)) = (row.began_ms, &row.queue) else { continue };
        let Some(nth) = desks.iter().position(|desk| desk.queues.contains_key(&**queue)) else { continue };
        if let Some(ms) =
            calendar.business_millis_between(began_ms, row.ended_ms).ok().filter(|_| counted.contains(&began_ms))
        {
            let (minutes, it) = (ms as f64 / MINUTE_MS, &mut work[nth]);
            it.tasks += 1.0;
            *it.kinds.entry((queue.clone(), row.activity.clone())).or_default() += 1.0;
            it.minutes += minutes;
            it.squares += minutes * minutes;
            it.days[calendar.date_of(began_ms).weekday().to_monday_zero_offset() as usize] += minutes;
        }
    }
    work
}

/// The scenario with so many at every desk that hardly anything waits there.
fn ample(model: &Model, desks: &[Desk]) -> ScenarioFile {
    let mut file = model.scenario.file.clone();
    for desk in desks {
        let minutes = desk.days.values().map(|day| day.minutes).fold(0.0, f64::max).max(1.0);
        // Every step that a case can come to counts, and a peak is three times the mean.
        let load = 3.0 * demand::minutes_a_day(model, &|queue| desk.queues.contains_key(queue)) / minutes;
        let group = &mut file.staff[desk.group];
        group.roster.clear();
        group.seats =
            ((load + 4.0 * load.sqrt()).ceil() as u32 + 4).min(SEATS_MAX).max(desk.least(&DeskDay::default()));
    }
    file
}

/// The scenario's reported days, by index.
fn dates(model: &Model) -> impl Iterator<Item = usize> {
    let file = &model.scenario.file;
    file.warm_up_days as usize..(file.days as usize).min(model.scenario.days.len())
}

/// The weekday of a day, 0 Monday.
fn weekday_of(model: &Model, at: usize) -> usize {
    model.scenario.days[at].0.weekday().to_monday_zero_offset() as usize
}

/// The weekdays on which people come to the centre, with a group's working minutes on the longest of each.
fn days(model: &Model, group: &StaffGroup) -> BTreeMap<usize, DeskDay> {
    let mut days: BTreeMap<usize, DeskDay> = BTreeMap::new();
    for at in dates(model) {
        let (date, spans) = &model.scenario.days[at];
        let midnight = model.scenario.calendar.start_of_day(*date);
        let at_ms =
            |time: jiff::civil::Time| midnight + i64::from(time.hour()) * 3_600_000 + i64::from(time.minute()) * 60_000;
        let overlap = |span: &(Millis, Millis), from: Millis, to: Millis| (span.1.min(to) - span.0.max(from)).max(0);
        let own = |span: &(Millis, Millis)| match group.hours.as_slice() {
            [] => span.1 - span.0,
            hours => hours.iter().map(|it| overlap(span, at_ms(it.from), at_ms(it.to))).sum(),
        };
        let minutes = spans.iter().map(own).sum::<Millis>() as f64 / MINUTE_MS;
        let day = days.entry(weekday_of(model, at)).or_default();
        day.minutes = day.minutes.max(minutes);
    }
    days
}

/// Notes how many of each desk's people the tides of a file borrow on which weekday. Whoever lends first lends all that
/// can be spared before the next one does.
pub(super) fn lend(desks: &mut [Desk], file: &ScenarioFile) {
    for desk in desks.iter_mut() {
        desk.days.values_mut().for_each(|day| (day.lent, day.lent_minutes) = (0, 0.0));
    }
    for tide in &file.tides {
        let TideBy::Roster { stretches } = &tide.policy else { continue };
        for weekday in 0..7 {
            for (from, to, seats) in manned(stretches, weekday) {
                let mut wanted = seats;
                for name in &tide.lend.groups {
                    let Some(group) = file.staff.iter().position(|it| it.name == *name) else { continue };
                    let here = file.staff[group].seats.saturating_sub(tide.lend.keep).min(wanted);
                    wanted -= here;
                    let desk = desks.iter_mut().find(|desk| desk.group == group);
                    if let Some(day) = desk.and_then(|desk| desk.days.get_mut(&weekday)) {
                        day.lent = day.lent.max(here);
                        day.lent_minutes += f64::from(here) * f64::from(to - from);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_of_twenty_weigh_more_than_an_hour_of_a_day() {
        let log = |minutes: i64| {
            let mut log = WaitLog::new();
            (0..10).for_each(|_| log.add(minutes * 60_000, 0));
            log
        };
        let kind = |allowed, tasks| Kind { allowed, tasks };
        let tight = used_up(&[kind(Some(20.0), 10.0)], &log(10));
        let lax = used_up(&[kind(Some(480.0), 10.0)], &log(60));
        assert!((tight - 5.0).abs() < 1e-9 && lax < tight, "{tight} {lax}");
        // Half of the tasks may wait for ever.
        let half = used_up(&[kind(Some(20.0), 5.0), kind(None, 5.0)], &log(10));
        assert!((half - 2.5).abs() < 1e-9, "{half}");
        assert_eq!(used_up(&[], &log(10)), 0.0);
    }
}

//! The search for people at desks: so many a whole day by weekday, because people sit a shift.
//!
//! What the formula says for each weekday is moved up or down for all of them alike until it just keeps the target, and
//! then one person less is tried on one weekday after the other. All desks are judged in the same runs, each by the waits
//! of its own tasks.

use std::collections::BTreeMap;

use jiff::civil::time;
use onething_engine::calendar::HourSpan;

use super::desks::{Desk, Places};
use super::judge::Judged;
use super::roster::clock;
use super::search::{CONFIDENCE, RUNS};
use super::shortage::Shortage;
use super::{NoPlan, Progress};
use crate::centre::Model;
use crate::replicate::{replicate, seed_of};
use crate::scenario::{ScenarioFile, Stretch};
use crate::stats::Interval;

/// Moves of the formula that are tried, from two down to five up.
const STEPS: i32 = 8;
const STEPS_DOWN: i32 = 2;
/// How often one person less is tried.
const TRIMS_MAX: usize = 16;
/// Events after which nothing more is tried: some eight seconds on two cores.
const EVENTS_MAX: u64 = 6_000_000;

/// Rosters judged at most: what the progress bar begins with.
pub(super) fn runs_at_most() -> u64 {
    (1 + STEPS.ilog2() as u64 + 1 + TRIMS_MAX as u64) * u64::from(RUNS)
}

/// What the search comes to.
pub(super) struct Found {
    pub(super) places: Places,
    /// The same before one person less was tried anywhere.
    pub(super) untrimmed: Places,
    pub(super) shortages: Vec<Shortage>,
}

pub(super) struct DeskSearch<'a> {
    /// The hall as it is planned, with the days of the run-on.
    pub(super) hall: &'a Model,
    pub(super) desks: &'a [Desk],
    pub(super) seed: u64,
    pub(super) progress: &'a dyn Progress,
    pub(super) events: u64,
    pub(super) judged: u64,
}

impl DeskSearch<'_> {
    /// The fewest people found that keep every desk's target, and who is missing where the people there are do not
    /// suffice: there all of them are on duty.
    pub(super) fn search(&mut self) -> Result<Found, NoPlan> {
        let there_are: Vec<u32> = self.desks.iter().map(|desk| desk.people).collect();
        let all: Vec<usize> = (0..self.desks.len()).collect();
        let (mut places, short) = self.ladder(&all, &there_are, Places::new())?;
        let mut shortages = Vec::new();
        if !short.is_empty() {
            let (enough, _) = self.ladder(&short, &vec![u32::MAX; self.desks.len()], places.clone())?;
            for (&(nth, weekday), &needed) in enough.iter().filter(|it| short.contains(&it.0.0)) {
                let (desk, people) = (&self.desks[nth], there_are[nth]);
                let group = self.hall.scenario.file.staff[desk.group].name.clone();
                if needed > people {
                    shortages.push(Shortage { group, weekday: weekday as u8 + 1, people, needed });
                }
            }
        }
        let untrimmed = places.clone();
        self.trim(&mut places, &short)?;
        Ok(Found { places, untrimmed, shortages })
    }

    /// For each of these desks the lowest move of the formula that keeps the target, by halving; the desks with no such
    /// move stay at the highest one and are told.
    fn ladder(&mut self, which: &[usize], most: &[u32], base: Places) -> Result<(Places, Vec<usize>), NoPlan> {
        let mut range: BTreeMap<usize, (i32, i32)> = which.iter().map(|nth| (*nth, (0, STEPS))).collect();
        let middle = |it: &(i32, i32)| ((it.0 + it.1) / 2).min(STEPS - 1);
        let on = |range: &BTreeMap<usize, (i32, i32)>| {
            let mut places = base.clone();
            for (&nth, it) in range {
                places.extend(
                    moved(&self.desks[nth], middle(it) - STEPS_DOWN, most[nth]).map(|(day, n)| ((nth, day), n)),
                );
            }
            places
        };
        while range.values().any(|it| it.0 < it.1) {
            let kept = self.judge(&on(&range))?;
            for (nth, it) in range.iter_mut().filter(|it| it.1.0 < it.1.1) {
                if kept[*nth] { it.1 = middle(it) } else { it.0 = middle(it) + 1 }
            }
        }
        let places = on(&range);
        // Whatever the waits, a week's work must be done in a week.
        let lags =
            |nth: usize| !self.desks[nth].gets_through(|weekday| places.get(&(nth, weekday)).copied().unwrap_or(0));
        let short = range.iter().filter(|(nth, it)| it.0 >= STEPS || lags(**nth)).map(|it| *it.0).collect();
        Ok((places, short))
    }

    /// Takes one person away on one weekday of every desk at a time, and keeps what still keeps the target.
    fn trim(&mut self, places: &mut Places, short: &[usize]) -> Result<(), NoPlan> {
        let mut idle: Vec<Vec<usize>> =
            self.desks.iter().enumerate().map(|(nth, desk)| by_idleness(nth, desk, places)).collect();
        short.iter().for_each(|nth| idle[*nth].clear());
        for _ in 0..TRIMS_MAX {
            let mut trial = places.clone();
            let mut made: Vec<(usize, usize)> = Vec::new();
            for (nth, desk) in self.desks.iter().enumerate() {
                while let Some(weekday) = idle[nth].pop() {
                    if let Some(fewer) = one_less(nth, desk, &trial, weekday) {
                        trial.insert((nth, weekday), fewer);
                        made.push((nth, weekday));
                        break;
                    }
                }
            }
            if made.is_empty() || self.events >= EVENTS_MAX {
                break;
            }
            let kept = self.judge(&trial)?;
            for (nth, weekday) in made.into_iter().filter(|it| kept[it.0]) {
                places.insert((nth, weekday), trial[&(nth, weekday)]);
                // What could go once may go again, after the others had their turn.
                idle[nth].insert(0, weekday);
            }
        }
        Ok(())
    }

    /// Which desks keep their target.
    fn judge(&mut self, places: &Places) -> Result<Vec<bool>, NoPlan> {
        let model = self.hall.staffed(seated(&self.hall.scenario.file, self.desks, places))?;
        let (desks, progress) = (self.desks, self.progress);
        let runs = replicate(self.seed, RUNS, |seed| {
            let report = model.run(seed);
            progress.done();
            let in_time: Vec<((f64, f64), bool)> =
                desks.iter().map(|desk| (desk.in_time(&report), desk.is_stuck(&report))).collect();
            (in_time, report.events, report.balanced)
        });
        let mut all = Vec::with_capacity(runs.len());
        for (number, (in_time, events, balanced)) in runs.into_iter().enumerate() {
            balanced.map_err(|why| NoPlan::Unbalanced(seed_of(self.seed, number as u32), why))?;
            self.events += events;
            all.push(in_time);
        }
        self.judged += 1;
        let kept = |(nth, desk): (usize, &Desk)| {
            let shares = all.iter().map(|run| run[nth].0).filter(|it| it.1 > 0.0).map(|it| it.0 / it.1);
            let interval = Interval::of(shares, CONFIDENCE);
            let half = if interval.half.is_finite() { interval.half } else { 0.0 };
            let stuck = all.iter().any(|run| run[nth].1);
            !stuck && (interval.runs == 0 || interval.mean - half >= desk.share)
        };
        Ok(desks.iter().enumerate().map(kept).collect())
    }
}

/// What Erlang's C says for each weekday and so many more or fewer, within what must be and what there is.
fn moved(desk: &Desk, steps: i32, most: u32) -> impl Iterator<Item = (usize, u32)> {
    let seats = desk.days.iter().map(|(&weekday, day)| {
        let stride = (day.load.sqrt() / 2.0).round().max(1.0) as i64;
        let seats = i64::from(desk.needs(day)[0]) + i64::from(steps) * stride;
        (weekday, (seats.max(0) as u32).clamp(desk.least(day), most.max(desk.least(day))))
    });
    let mut seats: BTreeMap<usize, u32> = seats.collect();
    while !desk.gets_through(|weekday| seats.get(&weekday).copied().unwrap_or(0)) {
        let load = |it: &(&usize, &mut u32)| desk.days.get(it.0).map_or(0.0, |day| day.load) / f64::from(*it.1);
        let fuller = seats.iter_mut().filter(|it| *it.1 < most).max_by(|a, b| load(a).total_cmp(&load(b)));
        let Some((_, more)) = fuller else { break };
        *more += 1;
    }
    seats.into_iter()
}

/// The weekdays of a desk on which there are more people than must be; the last has most to spare.
fn by_idleness(nth: usize, desk: &Desk, places: &Places) -> Vec<usize> {
    let spare = |weekday: usize| {
        let seats = places.get(&(nth, weekday)).copied().unwrap_or(0);
        f64::from(seats) - desk.days.get(&weekday).map_or(0.0, |day| day.load)
    };
    let mut weekdays: Vec<usize> = desk.days.keys().copied().collect();
    weekdays.sort_by(|a, b| spare(*a).total_cmp(&spare(*b)));
    weekdays
}

/// One person less on a weekday, if that leaves enough.
fn one_less(nth: usize, desk: &Desk, places: &Places, weekday: usize) -> Option<u32> {
    let day = desk.days.get(&weekday)?;
    let fewer = places.get(&(nth, weekday))?.checked_sub(1).filter(|fewer| *fewer >= desk.least(day))?;
    let seats = |it: usize| if it == weekday { fewer } else { places.get(&(nth, it)).copied().unwrap_or(0) };
    desk.gets_through(seats).then_some(fewer)
}

/// Adds people where tasks wait too long on people the search never met, and where limits are not kept although more
/// people could keep them: there at the desk, of those the cases come to, at which tasks use up most of what they may wait.
/// Nobody is taken from where so many must be. Whether anybody was added.
pub(super) fn repair(desks: &[Desk], found: &mut Found, planned: &Judged, late: &[Vec<usize>]) -> bool {
    let Found { places, untrimmed, .. } = found;
    let before = places.clone();
    for (&(nth, weekday), seats) in places.iter_mut() {
        let least = desks[nth].days.get(&weekday).map_or(1, |day| desks[nth].least(day));
        *seats = (*seats).max(least);
    }
    let mut more = planned.weak_desks(desks);
    for come_to in late {
        let room =
            |nth: &&usize| desks[**nth].days.keys().any(|day| places.get(&(**nth, *day)) < Some(&desks[**nth].people));
        let used_up = |nth: &usize| planned.desks.get(*nth).map_or(0.0, |it| it.used_up);
        let tightest = come_to.iter().filter(room).max_by(|a, b| used_up(a).total_cmp(&used_up(b)));
        more.extend(tightest.filter(|nth| used_up(nth) > 0.0));
    }
    more.sort_unstable();
    more.dedup();
    more.iter().for_each(|nth| one_more(*nth, &desks[*nth], places, untrimmed));
    *places != before
}

/// The desks that fall short on people the search never met although everybody there is on duty: one more at least, on
/// their busiest weekday.
pub(super) fn at_their_most(desks: &[Desk], places: &Places, planned: &Judged, file: &ScenarioFile) -> Vec<Shortage> {
    let told = |nth: usize| {
        let (desk, most) = (&desks[nth], desks[nth].people);
        let everybody = |weekday: &usize| places.get(&(nth, *weekday)) == Some(&most);
        let busiest = desk.days.iter().max_by(|a, b| a.1.load.total_cmp(&b.1.load))?;
        let group = file.staff[desk.group].name.clone();
        let missing = Shortage { group, weekday: *busiest.0 as u8 + 1, people: most, needed: most.saturating_add(1) };
        desk.days.keys().all(everybody).then_some(missing)
    };
    planned.weak_desks(desks).into_iter().filter_map(told).collect()
}

/// Back to what was before anybody was taken away, or else one person more on every weekday of a desk, as far as there are
/// people.
fn one_more(nth: usize, desk: &Desk, places: &mut Places, untrimmed: &Places) {
    let trimmed = desk.days.keys().any(|day| places.get(&(nth, *day)) < untrimmed.get(&(nth, *day)));
    for weekday in desk.days.keys() {
        let seats = places.entry((nth, *weekday)).or_default();
        let more = if trimmed { untrimmed.get(&(nth, *weekday)).copied().unwrap_or(0) } else { *seats + 1 };
        *seats = more.min(desk.people).max(*seats);
    }
}

/// The busiest weekday's people by the formula, on every day: what needs no thought.
pub(super) fn naive(desks: &[Desk]) -> Places {
    let mut places = Places::new();
    for (nth, desk) in desks.iter().enumerate() {
        let needs = desk.days.values().map(|day| desk.needs(day)[0]);
        let most = needs.max().unwrap_or(1).max(desk.keep.unwrap_or(0)).min(desk.people);
        places.extend(desk.days.keys().map(|weekday| ((nth, *weekday), most)));
    }
    places
}

/// The scenario with these people at its desks: their hours stay as they are. On weekdays on which nobody comes to the
/// centre and cases only end, as many as on the day with most.
pub(super) fn seated(file: &ScenarioFile, desks: &[Desk], places: &Places) -> ScenarioFile {
    let mut file = file.clone();
    for (nth, desk) in desks.iter().enumerate() {
        let seats = |weekday: usize| places.get(&(nth, weekday)).copied();
        let most = desk.days.keys().filter_map(|weekday| seats(*weekday)).max().unwrap_or(1);
        let group = &mut file.staff[desk.group];
        group.roster.clear();
        group.seats = most;
        let mut alike: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for weekday in 0..7 {
            alike.entry(seats(weekday).unwrap_or(most)).or_default().push(weekday as u8 + 1);
        }
        if alike.len() == 1 {
            continue;
        }
        let mut hours = std::mem::take(&mut group.hours);
        if hours.is_empty() {
            hours.push(HourSpan { from: time(0, 0, 0, 0), to: clock(96) });
        }
        for (seats, weekdays) in alike.into_iter().rev() {
            let stretch = |hours: &HourSpan| Stretch { weekdays: weekdays.clone(), hours: *hours, seats };
            group.roster.extend(hours.iter().map(stretch));
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::super::desks::{DeskDay, Kind};
    use super::*;

    fn desk(loads: &[f64]) -> Desk {
        let day = |load: &f64| DeskDay { minutes: 420.0, load: *load, ..DeskDay::default() };
        Desk {
            group: 0,
            queues: BTreeMap::new(),
            share: 0.95,
            people: u32::MAX,
            keep: None,
            days: loads.iter().map(day).enumerate().collect(),
            service: 20.0,
            variability: 1.0,
            sick: 0.0,
        }
    }

    fn seats(desk: &Desk, steps: i32, most: u32) -> Vec<u32> {
        moved(desk, steps, most).map(|it| it.1).collect()
    }

    #[test]
    fn a_weeks_work_is_done_in_a_week_and_those_who_must_stay_stay() {
        let mut desk = desk(&[1.2, 1.2, 1.2]);
        // No limit runs: two each day, and fewer only as long as 3.6 person-days of work find 3.6 / 0.95.
        assert_eq!(seats(&desk, 0, 9), [2, 2, 2]);
        assert_eq!(seats(&desk, -2, 9).iter().sum::<u32>(), 4);
        assert_eq!(seats(&desk, 0, 1), [1, 1, 1], "no more than there are");
        let mut places: Places = [2, 2, 2].into_iter().enumerate().map(|(day, n)| ((0, day), n)).collect();
        assert_eq!(one_less(0, &desk, &places, 1), Some(1));
        places.insert((0, 1), 1);
        places.insert((0, 0), 1);
        assert_eq!(one_less(0, &desk, &places, 2), None, "a growing backlog");
        // A tide borrows two on the second day, and one must stay.
        (desk.keep, desk.days.get_mut(&1).unwrap().lent) = (Some(1), 2);
        assert_eq!(seats(&desk, -2, 9)[1], 3);
        desk.sick = 0.5;
        assert!(seats(&desk, -2, 9).iter().sum::<u32>() >= 8);
    }

    #[test]
    fn a_tight_limit_needs_erlangs_number() {
        let mut desk = desk(&[4.8]);
        desk.queues.insert("files".to_owned(), vec![Kind { allowed: Some(20.0), tasks: 5.0 }]);
        // P(wait > t) = C(c, 4.8) exp(-(c - 4.8) t / s): 27.8% x e^-2.2 = 3.1% with seven, 15.6% with six.
        assert_eq!(desk.needs(&desk.days[&0])[0], 7);
        assert_eq!(seats(&desk, 1, 99), [8]);
        // Four in five tasks more may wait for ever: 15.6% / 5 = 3.1% with six, and 15% with five.
        desk.queues.insert("more".to_owned(), vec![Kind { allowed: None, tasks: 20.0 }]);
        assert_eq!(desk.needs(&desk.days[&0])[0], 6);
    }
}

//! A roster for everything that is planned, and the scenario that runs it.

use std::collections::BTreeMap;

use jiff::civil::{Time, time};
use onething_engine::calendar::HourSpan;

use super::demand::{Day, Line};
use super::formula::Method;
use super::shifts::{Shift, cover, manned, quarters};
use crate::scenario::{ScenarioFile, Stretch, TideBy};

/// Seats of one line on one weekday.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Duty {
    pub(super) standing: Vec<Shift>,
    pub(super) tidal: Vec<Shift>,
}

/// By line and weekday.
pub(super) type Roster = BTreeMap<(usize, usize), Duty>;

/// What limits the shifts of a line, and what they cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Least quarter-hours of a standing shift, and of a tidal opening.
    pub(super) least: usize,
    pub(super) least_tidal: usize,
    /// Most tidal windows.
    pub(super) tidal_max: u32,
    /// Most people on duty at standing seats.
    pub(super) people: u32,
    /// An hour of a standing seat, and of a tidal one: what the desk that lends goes without.
    pub(super) cost: f64,
    pub(super) cost_tidal: f64,
}

impl Terms {
    pub(super) fn of(line: &Line, file: &ScenarioFile, least: usize) -> Self {
        let group = &file.staff[line.group];
        let tide = line.tide.map(|at| &file.tides[at]);
        let lender = tide.and_then(|tide| file.staff.iter().find(|it| Some(&it.name) == tide.lend.groups.first()));
        let spare = tide.map_or(0, |tide| {
            let lenders = file.staff.iter().filter(|it| tide.lend.groups.contains(&it.name));
            lenders.map(|it| it.seats.saturating_sub(tide.lend.keep)).sum()
        });
        let open_min = tide.and_then(|tide| tide.open_min_minutes).unwrap_or(60.0);
        Self {
            least,
            least_tidal: (open_min / 15.0).ceil().max(1.0) as usize,
            tidal_max: tide.map_or(0, |tide| tide.windows.min(spare)),
            people: group.people.unwrap_or(u32::MAX),
            cost: group.cost_hour,
            cost_tidal: lender.map_or(group.cost_hour, |it| it.cost_hour),
        }
    }

    /// What a day's duty costs.
    pub(super) fn cost_of(&self, duty: &Duty) -> f64 {
        let hours = |shifts: &[Shift]| quarters(shifts) as f64 / 4.0;
        hours(&duty.standing) * self.cost + hours(&duty.tidal) * self.cost_tidal
    }

    /// The cheapest division of what is needed into standing seats and tidal windows on top of them; of what is needed
    /// above all people and windows there are, as much as they can do.
    pub(super) fn duty(&self, need: &[u32]) -> Duty {
        let most = need.iter().copied().max().unwrap_or(0).min(self.people.saturating_add(self.tidal_max));
        let divided = |base: u32| {
            let standing: Vec<u32> = need.iter().map(|need| (*need).min(base)).collect();
            let tidal: Vec<u32> = need.iter().map(|need| (*need).min(most).saturating_sub(base)).collect();
            // Whoever is called finishes what is in hand at the desk: they are asked a quarter-hour early.
            let tidal: Vec<Shift> =
                cover(&tidal, self.least_tidal).into_iter().map(|it| (it.0.saturating_sub(1), it.1)).collect();
            let most_tidal = most.saturating_sub(base).min(self.tidal_max);
            Duty {
                standing: no_more(cover(&standing, self.least), base.max(1), self.people, need.len()),
                tidal: no_more(tidal, most_tidal, self.tidal_max, need.len()),
            }
        };
        let bases = most.saturating_sub(self.tidal_max).max(1)..=most.min(self.people).max(1);
        // The fewest tidal windows of what costs the same.
        let cheapest = bases.rev().map(divided).min_by(|a, b| self.cost_of(a).total_cmp(&self.cost_of(b)));
        cheapest.unwrap_or_default()
    }
}

/// Shifts of their least length may overlap more than is needed: where they do so beyond all there are, so many stay from
/// the first until the last.
fn no_more(shifts: Vec<Shift>, seats: u32, most: u32, length: usize) -> Vec<Shift> {
    if manned(&shifts, length).iter().all(|on_duty| *on_duty <= most) {
        return shifts;
    }
    let (from, to) = shifts.iter().fold((length, 0), |whole, it| (whole.0.min(it.0), whole.1.max(it.1)));
    vec![(from, to); seats as usize]
}

/// So many all day, every day: enough for the busiest quarter-hour of the week, or all people there are, and no tide.
pub(super) fn naive(lines: &[Line], terms: &[Terms], beyond: f64, wait: f64) -> Roster {
    let mut roster = Roster::new();
    for (nth, line) in lines.iter().enumerate() {
        let needs = line.days.values().flat_map(|day| Method::Period.needs(line, day, beyond, wait));
        let most = needs.max().unwrap_or(1).min(terms[nth].people);
        for (&weekday, day) in &line.days {
            let standing = vec![(0, day.open.len()); most as usize];
            roster.insert((nth, weekday), Duty { standing, tidal: Vec::new() });
        }
    }
    roster
}

/// The scenario with the roster in it.
pub(super) fn staffed(file: &ScenarioFile, lines: &[Line], roster: &Roster) -> ScenarioFile {
    let run_on = file.run_on_days > 0;
    let mut file = file.clone();
    for (nth, line) in lines.iter().enumerate().filter(|(_, line)| !line.days.is_empty()) {
        let seats = |tidal: bool| {
            line.days.iter().map(move |(&weekday, day)| {
                let duty = roster.get(&(nth, weekday)).cloned().unwrap_or_default();
                (weekday, day, manned(if tidal { &duty.tidal } else { &duty.standing }, day.open.len()))
            })
        };
        let group = &mut file.staff[line.group];
        group.hours.clear();
        group.roster = stretches(seats(false));
        // Where nobody is expected, whoever lacked something may come again while cases end.
        let others: Vec<u8> = (1..=5).filter(|day| !line.days.contains_key(&(usize::from(*day) - 1))).collect();
        if run_on && !others.is_empty() {
            let hours = HourSpan { from: clock(0), to: clock(96) };
            group.roster.push(Stretch { weekdays: others, hours, seats: 1 });
        }
        group.seats = seats(false).flat_map(|it| it.2).max().unwrap_or(0);
        if let Some(tide) = line.tide {
            let stretches = stretches(seats(true));
            file.tides[tide].policy = if stretches.is_empty() { TideBy::None } else { TideBy::Roster { stretches } };
        }
    }
    file
}

/// From which quarter-hour until which, how many.
type Level = (usize, usize, u32);

/// Stretches of equal numbers; weekdays that are alike share theirs.
fn stretches<'d>(days: impl Iterator<Item = (usize, &'d Day, Vec<u32>)>) -> Vec<Stretch> {
    let mut alike: Vec<(Vec<Level>, Vec<u8>)> = Vec::new();
    for (weekday, day, seats) in days {
        let mut runs: Vec<Level> = Vec::new();
        let mut before = None;
        for (&quarter, &seats) in day.open.iter().zip(&seats) {
            match runs.last_mut() {
                // The centre's own break does not divide a stretch.
                Some(run) if run.2 == seats && before == Some(run.1) => run.1 = quarter + 1,
                _ => runs.push((quarter, quarter + 1, seats)),
            }
            before = Some(quarter + 1);
        }
        runs.retain(|run| run.2 > 0);
        match alike.iter_mut().find(|it| it.0 == runs) {
            Some(known) => known.1.push(weekday as u8 + 1),
            None => alike.push((runs, vec![weekday as u8 + 1])),
        }
    }
    let stretch = |weekdays: &[u8], run: &Level| Stretch {
        weekdays: weekdays.to_vec(),
        hours: HourSpan { from: clock(run.0), to: clock(run.1) },
        seats: run.2,
    };
    alike.iter().flat_map(|(runs, weekdays)| runs.iter().map(|run| stretch(weekdays, run))).collect()
}

/// The time at which a quarter-hour begins; that of midnight is the last minute of the day.
pub(super) fn clock(quarter: usize) -> Time {
    if quarter >= 96 { time(23, 59, 0, 0) } else { time((quarter / 4) as i8, (quarter % 4 * 15) as i8, 0, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(tidal_max: u32, cost_tidal: f64) -> Terms {
        Terms { least: 8, least_tidal: 4, tidal_max, people: u32::MAX, cost: 60.0, cost_tidal }
    }

    #[test]
    fn a_short_peak_is_the_tides_and_a_long_one_is_not() {
        let peak = |length: usize| -> Vec<u32> {
            (0..28).map(|at| if (8..8 + length).contains(&at) { 3 } else { 1 }).collect()
        };
        let short = terms(2, 80.0).duty(&peak(4));
        assert_eq!((short.standing, short.tidal), (vec![(0, 28)], vec![(7, 12), (7, 12)]));
        let long = terms(2, 80.0).duty(&peak(12));
        assert_eq!((long.standing, long.tidal), (vec![(0, 28), (8, 20), (8, 20)], vec![]));
        let without = terms(0, 80.0).duty(&peak(4));
        assert_eq!((without.standing, without.tidal), (vec![(0, 28), (8, 16), (8, 16)], vec![]));
    }

    #[test]
    fn no_more_are_on_duty_than_there_are_people() {
        let check = |need: &[u32], people: u32, tidal_max: u32, standing: u32, tidal: u32| {
            let duty = Terms { people, ..terms(tidal_max, 80.0) }.duty(need);
            let most = |shifts: &[Shift]| manned(shifts, need.len()).into_iter().max().unwrap_or(0);
            assert_eq!((most(&duty.standing), most(&duty.tidal)), (standing, tidal), "{need:?} {people}: {duty:?}");
        };
        let peak: Vec<u32> = (0..28).map(|at| if (8..20).contains(&at) { 5 } else { 1 }).collect();
        check(&peak, 9, 0, 5, 0);
        check(&peak, 3, 0, 3, 0);
        check(&peak, 3, 1, 3, 1);
        check(&peak, 1, 9, 1, 4);
        // Two short peaks near each other: their shifts overlap unless somebody stays.
        check(&[1, 2, 0, 2, 1, 1, 1, 1, 1, 1], 2, 0, 2, 0);
        let twice: Vec<u32> = (0..28).map(|at| if (20..24).contains(&at) || at == 27 { 2 } else { 1 }).collect();
        check(&twice, 1, 1, 1, 1);
    }
}

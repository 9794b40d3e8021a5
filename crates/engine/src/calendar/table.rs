//! Working days and business time, counted once per calendar, so that no question walks from day to day.

use std::collections::BTreeMap;

use super::day::{Day, Hours, day_of, start, to_date, to_day, within_day};
use super::file::{CalendarFile, YearOfDays};
use super::problems::is_weekend;
use super::{DayKind, Millis, Uncovered};

/// The counts of a calendar.
#[derive(Clone, Debug)]
pub(super) struct Table {
    runs: Vec<Run>,
    hours: Hours,
    /// First and last day of each season, in order, and its hours.
    seasons: Vec<(Day, Day, Hours)>,
}

/// Covered years that follow one another without a gap.
#[derive(Clone, Debug)]
struct Run {
    first: Day,
    last_year: i16,
    kinds: Vec<DayKind>,
    /// Working days before the day at each index; one more entry than days.
    count: Vec<u32>,
    /// Open milliseconds before the day at each index; one more entry than days.
    open: Vec<i64>,
    workdays: Vec<Day>,
}

impl Table {
    pub(super) fn new(file: &CalendarFile) -> Self {
        let seasons = file.seasons.iter().map(|s| (to_day(s.from), to_day(s.to), Hours::new(&s.hours))).collect();
        let mut table = Self { runs: Vec::new(), hours: Hours::new(&file.hours), seasons };
        let years: BTreeMap<i16, &YearOfDays> = file.years.iter().map(|year| (year.year, year)).collect();
        for (year, days) in years {
            table.add(year, days);
        }
        table
    }

    fn add(&mut self, year: i16, days: &YearOfDays) {
        let first = to_day(jiff::civil::date(year, 1, 1));
        let mut run = match self.runs.pop() {
            Some(run) if run.last_year + 1 == year => run,
            other => {
                self.runs.extend(other);
                let (kinds, workdays) = (Vec::new(), Vec::new());
                Run { first, last_year: year, kinds, count: vec![0], open: vec![0], workdays }
            }
        };
        run.last_year = year;
        for today in (first..).take_while(|today| to_date(*today).year() == year) {
            let written = to_date(today);
            let kind = match (days.workdays.contains(&written), days.holidays.contains(&written)) {
                (true, _) => DayKind::MakeUp,
                (_, true) => DayKind::Holiday,
                _ if is_weekend(written) => DayKind::Weekend,
                _ => DayKind::Workday,
            };
            let open = if kind.is_worked() {
                run.workdays.push(today);
                self.hours(today).total()
            } else {
                0
            };
            run.kinds.push(kind);
            run.count.push(run.count.last().copied().unwrap_or(0) + u32::from(kind.is_worked()));
            run.open.push(run.open.last().copied().unwrap_or(0) + open);
        }
        self.runs.push(run);
    }

    /// The business hours that hold on a day, should it be worked.
    pub(super) fn hours(&self, today: Day) -> &Hours {
        let at = self.seasons.partition_point(|(_, to, _)| *to < today);
        match self.seasons.get(at) {
            Some((from, _, hours)) if *from <= today => hours,
            _ => &self.hours,
        }
    }

    fn run(&self, today: Day) -> Result<(&Run, usize), Uncovered> {
        let at = self.runs.partition_point(|run| run.first <= today);
        let run = at.checked_sub(1).map(|at| &self.runs[at]);
        run.and_then(|run| {
            let index = usize::try_from(i64::from(today) - i64::from(run.first)).ok()?;
            (index < run.kinds.len()).then_some((run, index))
        })
        .ok_or_else(|| Uncovered { year: to_date(today).year() })
    }

    pub(super) fn kind(&self, today: Day) -> Result<DayKind, Uncovered> {
        self.run(today).map(|(run, index)| run.kinds[index])
    }

    /// Working days in (after, to]; 0 when `to` is not later.
    pub(super) fn working_days(&self, after: Day, to: Day) -> Result<u32, Uncovered> {
        if to <= after {
            return Ok(0);
        }
        let (run, index) = self.run(after.saturating_add(1))?;
        let end = index + usize::try_from(i64::from(to) - i64::from(after)).unwrap_or(usize::MAX);
        match run.count.get(end) {
            Some(count) => Ok(count - run.count[index]),
            None => Err(run.beyond()),
        }
    }

    /// The nth working day after a day; the day itself for n = 0.
    pub(super) fn nth_working_day(&self, after: Day, n: u32) -> Result<Day, Uncovered> {
        let Some(further) = n.checked_sub(1) else { return Ok(after) };
        let (run, index) = self.run(after.saturating_add(1))?;
        let at = usize::try_from(u64::from(run.count[index]) + u64::from(further)).unwrap_or(usize::MAX);
        run.workdays.get(at).copied().ok_or_else(|| run.beyond())
    }

    /// The last working day before a day.
    pub(super) fn working_day_before(&self, today: Day) -> Result<Day, Uncovered> {
        let (run, index) = self.run(today.saturating_sub(1))?;
        let at = usize::try_from(run.count[index + 1]).unwrap_or(usize::MAX).checked_sub(1);
        let before = Uncovered { year: to_date(run.first.saturating_sub(1)).year() };
        at.and_then(|at| run.workdays.get(at)).copied().ok_or(before)
    }

    /// The run and the index of the day of a moment, and the open milliseconds of the run before the moment.
    fn open_before(&self, at: Millis) -> Result<(&Run, usize, i64), Uncovered> {
        let today = day_of(at);
        let (run, index) = self.run(today)?;
        let part = if run.kinds[index].is_worked() { self.hours(today).open_before(within_day(at)) } else { 0 };
        Ok((run, index, run.open[index] + part))
    }

    /// Open milliseconds from one moment to another; 0 when the second is not later.
    pub(super) fn open_between(&self, from: Millis, to: Millis) -> Result<i64, Uncovered> {
        if to <= from {
            return Ok(0);
        }
        let (run, _, before) = self.open_before(from)?;
        let (other, _, after) = self.open_before(to)?;
        if run.first == other.first { Ok(after - before) } else { Err(run.beyond()) }
    }

    /// The earliest moment by which that many open milliseconds have passed; the moment itself for none.
    pub(super) fn open_after(&self, from: Millis, open: i64) -> Result<Millis, Uncovered> {
        if open <= 0 {
            return Ok(from);
        }
        let (run, index, before) = self.open_before(from)?;
        let wanted = before.saturating_add(open);
        // What is open by the end of that day and of those after it. Most of what is asked for ends on one of the next days.
        let ahead = &run.open[index + 1..];
        let mut within = 1;
        while ahead.get(within - 1).is_some_and(|passed| *passed < wanted) {
            within *= 2;
        }
        let least = within / 2;
        let days = least + ahead[least..within.min(ahead.len())].partition_point(|passed| *passed < wanted);
        if days >= ahead.len() {
            return Err(run.beyond());
        }
        let index = index + days;
        let today = run.first + i32::try_from(index).unwrap_or(0);
        Ok(start(today) + self.hours(today).time_after(wanted - run.open[index]))
    }

    /// The moment itself when business is open, else the next opening.
    pub(super) fn opening_from(&self, at: Millis) -> Result<Millis, Uncovered> {
        let today = day_of(at);
        if self.kind(today)?.is_worked()
            && let Some(time) = self.hours(today).opening_from(within_day(at))
        {
            return Ok(start(today) + time);
        }
        let next = self.nth_working_day(today, 1)?;
        Ok(start(next) + self.hours(next).opening_from(0).unwrap_or(0))
    }

    pub(super) fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.runs.iter().flat_map(|run| to_date(run.first).year()..=run.last_year)
    }
}

impl Run {
    /// What a question that runs over the end of the run meets.
    fn beyond(&self) -> Uncovered {
        Uncovered { year: self.last_year.saturating_add(1) }
    }
}

//! Counting a limit along the time that passed: how much of it is used, and when an amount of it is.
//!
//! Three ways of counting:
//!
//! * **whole days** (working days from one upwards, calendar days, months): the day of the start is not counted
//!   (民法典 201); a day is used up at the close of its business (民法典 203). With a stop noticed on day S and its result
//!   received on day R, the days after S up to and including R are not counted: the notice day runs, the day of receipt
//!   does not. S = R leaves out nothing.
//! * **part of the last day** (1.5 working days): whole days first, the rest in business minutes of the next counted day.
//! * **business time** (less than one working day, business hours and minutes): runs from the start, only while business
//!   is open, and stops to the millisecond. A stop within one day moves the end of such a limit, and none that is
//!   counted in days.

use jiff::Span;

use super::ledger::Elapsed;
use super::limit::{Limit, Unit};
use crate::calendar::{Calendar, Day, Millis, Uncovered, day_of, to_day};

/// Amounts closer than this are the same: less than a millisecond of a month, more than the error of the arithmetic.
pub(super) const SAME: f64 = 1e-10;

/// Milliseconds closer than this are the same.
const MILLIS_SAME: f64 = 1e-3;

/// A limit made ready for counting from a start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace<'a> {
    pub(super) calendar: &'a Calendar,
    kind: Kind,
    /// The limit's number.
    pub(super) budget: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Open milliseconds in one unit.
    Business(f64),
    Working,
    /// Calendar days in one unit.
    Calendar(f64),
}

/// A day and the moment on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reached {
    pub(super) day: Day,
    pub(super) at: Millis,
    /// The day that would have been the last had it not been a rest day.
    pub(super) moved_from: Option<Day>,
}

impl<'a> Pace<'a> {
    pub(super) fn new(limit: Limit, start: Millis, calendar: &'a Calendar) -> Result<Self, Uncovered> {
        let budget = limit.budget();
        let kind = match limit.unit {
            Unit::WorkingDay if budget < 1.0 => {
                let first = calendar.next_opening(start)?;
                Kind::Business(calendar.open_millis(day_of(first)) as f64)
            }
            Unit::WorkingDay => Kind::Working,
            Unit::BusinessHour => Kind::Business(3_600_000.0),
            Unit::BusinessMinute => Kind::Business(60_000.0),
            Unit::CalendarDay => Kind::Calendar(1.0),
            Unit::Month => {
                let first = calendar.date_of(start);
                let months = Span::new().try_months(budget as i64).unwrap_or_default();
                let days = to_day(first.saturating_add(months)) - to_day(first);
                Kind::Calendar(f64::from(days.max(1)) / budget.max(1.0))
            }
        };
        Ok(Self { calendar, kind, budget })
    }

    /// Whether it is counted in days, so that the day of the start is not counted.
    pub(super) fn in_days(&self) -> bool {
        !matches!(self.kind, Kind::Business(_))
    }

    /// Whether rest days are left out.
    pub(super) fn skips_rest_days(&self) -> bool {
        !matches!(self.kind, Kind::Calendar(_))
    }

    /// When the limit ends, as far as the pauses are known.
    pub(super) fn end(&self, elapsed: &Elapsed) -> Result<Reached, Uncovered> {
        let end = self.reach(elapsed, self.budget)?;
        if self.skips_rest_days() || self.calendar.is_worked(end.day)? {
            return Ok(end);
        }
        let day = self.calendar.nth_working(end.day, 1)?;
        Ok(Reached { day, at: self.calendar.closing(day), moved_from: Some(end.day) })
    }

    /// When an amount of the limit is used, in the limit's unit.
    pub(super) fn reach(&self, elapsed: &Elapsed, amount: f64) -> Result<Reached, Uncovered> {
        let days = match self.kind {
            Kind::Business(unit) => return self.reach_business(elapsed, (amount * unit - MILLIS_SAME).ceil() as i64),
            Kind::Working => amount,
            Kind::Calendar(unit) => amount * unit,
        };
        let whole = (days + SAME).floor();
        let part = days - whole;
        let (day, at) = if part > SAME {
            let day = self.nth(elapsed, whole as u32 + 1)?;
            (day, self.calendar.moment_of(day, part, self.skips_rest_days()))
        } else if whole >= 1.0 {
            let day = self.nth(elapsed, whole as u32)?;
            (day, self.calendar.closing(day))
        } else {
            (day_of(elapsed.start), elapsed.start)
        };
        Ok(Reached { day, at, moved_from: None })
    }

    fn reach_business(&self, elapsed: &Elapsed, mut open: i64) -> Result<Reached, Uncovered> {
        let mut base = elapsed.start;
        for (from, to) in &elapsed.pauses {
            match self.calendar.after_business_millis(base, open) {
                Ok(at) if at <= *from => break,
                _ => open -= self.calendar.business_millis_between(base, *from)?,
            }
            base = *to;
        }
        let at = self.calendar.after_business_millis(base, open)?;
        Ok(Reached { day: day_of(at), at, moved_from: None })
    }

    /// The nth counted day, n from 1.
    fn nth(&self, elapsed: &Elapsed, mut n: u32) -> Result<Day, Uncovered> {
        let mut base = day_of(elapsed.start);
        for (from, to) in paused_days(elapsed) {
            match self.nth_day(base, n) {
                Ok(day) if day <= from => return Ok(day),
                _ => n -= self.days(base, from)?.min(n),
            }
            base = to;
        }
        self.nth_day(base, n.max(1))
    }

    /// How much is used at the end of the elapsed time, in the limit's unit.
    pub(super) fn used(&self, elapsed: &Elapsed) -> Result<f64, Uncovered> {
        match self.kind {
            Kind::Business(unit) => {
                let paused = self.paused(elapsed)?;
                let passed = self.calendar.business_millis_between(elapsed.start, elapsed.until)?;
                Ok((passed - paused) as f64 / unit)
            }
            Kind::Working => self.days_used(elapsed),
            Kind::Calendar(unit) => {
                let used = self.days_used(elapsed)? / unit;
                if used <= self.budget {
                    return Ok(used);
                }
                // The last day may have been a rest day: until the next working day nothing more is used.
                match self.end(elapsed) {
                    Ok(end) => {
                        let moved = end.moved_from.map_or(0, |day| end.day - day);
                        Ok((used - f64::from(moved) / unit).max(self.budget))
                    }
                    Err(gap) if self.calendar.date_of(elapsed.until).year() < gap.year => Ok(self.budget),
                    Err(gap) => Err(gap),
                }
            }
        }
    }

    fn days_used(&self, elapsed: &Elapsed) -> Result<f64, Uncovered> {
        let (first, today) = (day_of(elapsed.start), day_of(elapsed.until));
        if today <= first {
            return Ok(0.0);
        }
        let mut whole = self.days(first, today - 1)?;
        let mut is_counted = self.days(today - 1, today)? == 1;
        for (from, to) in paused_days(elapsed) {
            whole -= self.days(from, to.min(today - 1))?.min(whole);
            is_counted &= !(from < today && today <= to);
        }
        let part = if is_counted { self.calendar.part_of(elapsed.until, self.skips_rest_days()) } else { 0.0 };
        Ok(f64::from(whole) + part)
    }

    /// How much was left out for pauses: open milliseconds, or days of the kind that is counted.
    pub(super) fn paused(&self, elapsed: &Elapsed) -> Result<i64, Uncovered> {
        let business = !self.in_days();
        let mut sum = 0;
        for ((from, to), (first, last)) in elapsed.pauses.iter().zip(paused_days(elapsed)) {
            sum += if business {
                self.calendar.business_millis_between(*from, *to)?
            } else {
                i64::from(self.days(first, last)?)
            };
        }
        Ok(sum)
    }

    /// Days of the kind that is counted after one day, up to and including another.
    fn days(&self, after: Day, to: Day) -> Result<u32, Uncovered> {
        match self.kind {
            Kind::Calendar(_) => Ok(u32::try_from(i64::from(to) - i64::from(after)).unwrap_or(0)),
            _ => self.calendar.working_between(after, to),
        }
    }

    fn nth_day(&self, after: Day, n: u32) -> Result<Day, Uncovered> {
        match self.kind {
            Kind::Calendar(_) => Ok(after.saturating_add(i32::try_from(n).unwrap_or(i32::MAX))),
            _ => self.calendar.nth_working(after, n),
        }
    }
}

/// The pauses as days: those after the first, up to and including the second, are left out.
fn paused_days(elapsed: &Elapsed) -> impl Iterator<Item = (Day, Day)> + '_ {
    elapsed.pauses.iter().map(|(from, to)| (day_of(*from), day_of(*to)))
}

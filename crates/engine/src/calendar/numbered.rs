//! The calendar in numbered days and parts of days, for the clock.

use super::day::{Day, day_of, start, within_day};
use super::{Calendar, DayKind, Millis, Uncovered};

impl Calendar {
    pub(crate) fn is_worked(&self, today: Day) -> Result<bool, Uncovered> {
        self.table.kind(today).map(DayKind::is_worked)
    }

    pub(crate) fn nth_working(&self, after: Day, n: u32) -> Result<Day, Uncovered> {
        self.table.nth_working_day(after, n)
    }

    pub(crate) fn working_between(&self, after: Day, to: Day) -> Result<u32, Uncovered> {
        self.table.working_days(after, to)
    }

    /// Open milliseconds of a day, should it be worked.
    pub(crate) fn open_millis(&self, today: Day) -> Millis {
        self.table.hours(today).total()
    }

    pub(crate) fn closing(&self, today: Day) -> Millis {
        start(today) + self.table.hours(today).close()
    }

    /// The used part of the day on which a moment lies, 0 to 1: in proportion to its business hours or, by the clock on the
    /// wall, from midnight to the close of business.
    pub(crate) fn part_of(&self, at: Millis, by_business: bool) -> f64 {
        let hours = self.table.hours(day_of(at));
        let time = within_day(at);
        if by_business {
            hours.open_before(time) as f64 / hours.total().max(1) as f64
        } else {
            time.min(hours.close()) as f64 / hours.close().max(1) as f64
        }
    }

    /// The moment at which a part of a day is used: the other way round.
    pub(crate) fn moment_of(&self, today: Day, part: f64, by_business: bool) -> Millis {
        let hours = self.table.hours(today);
        let of = |whole: i64| ((part * whole as f64 - 1e-3).ceil() as i64).clamp(0, whole);
        start(today) + if by_business { hours.time_after(of(hours.total())) } else { of(hours.close()) }
    }
}

//! The working calendar: which days are worked, when business is open, and counting in both.
//!
//! `is_workday(d) = d is a make-up day, or d is Monday to Friday and no day off`. Days off and make-up days
//! (调休上班) are published for each year by notice of the General Office of the State Council; a year without a notice
//! is answered with [`Uncovered`], never guessed. Business hours are data too, for each centre and season.
//!
//! Moments are epoch milliseconds; days are those of China Standard Time, eight hours ahead of UTC.

mod day;
mod file;
mod kind;
mod numbered;
mod problems;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub(crate) use day::{Day, day_of, to_date, to_day, within_day};
pub use file::{CalendarFile, CalendarFileKind, HourSpan, Season, YearOfDays};
pub use kind::DayKind;
pub use problems::CalendarProblem;

use crate::text::Title;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// A year whose working days are not published, so that nothing can be counted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error(
    "{year} 年的工作日安排尚未公布，期限无法推算 / the working days of {year} are not published, so no limit can be derived"
)]
pub struct Uncovered {
    /// The first such year that was met.
    pub year: i16,
}

/// A calendar whose days are consistent. Counting takes constant or logarithmic time, however long the span.
#[derive(Clone, Debug)]
pub struct Calendar {
    id: Arc<str>,
    edition: Arc<str>,
    title: Title,
    table: table::Table,
    file: Arc<CalendarFile>,
}

impl Calendar {
    /// Reads a calendar file into counts.
    ///
    /// # Errors
    /// Everything that is wrong with its days and hours.
    pub fn new(file: CalendarFile) -> Result<Self, Vec<CalendarProblem>> {
        let found = problems::problems(&file);
        if !found.is_empty() {
            return Err(found);
        }
        let table = table::Table::new(&file);
        let file = Arc::new(file);
        let (id, edition) = (file.id.as_str().into(), file.edition.as_str().into());
        Ok(Self { id, edition, title: file.title.clone(), table, file })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The file it was read from.
    #[must_use]
    pub fn file(&self) -> &CalendarFile {
        &self.file
    }

    /// Its edition, such as `2026-1`.
    #[must_use]
    pub fn edition(&self) -> &Arc<str> {
        &self.edition
    }

    /// Its printed name.
    #[must_use]
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// The covered years, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.table.years()
    }

    /// The first moment after the last published year; `None` without any year.
    #[must_use]
    pub fn first_unpublished(&self) -> Option<Millis> {
        let year = self.years().max()?;
        Date::new(year.checked_add(1)?, 1, 1).ok().map(|date| self.start_of_day(date))
    }

    /// Every day of a year with its kind.
    ///
    /// # Errors
    /// The year is not covered.
    pub fn year(&self, year: i16) -> Result<Vec<(Date, DayKind)>, Uncovered> {
        let first = Date::new(year, 1, 1).map_err(|_| Uncovered { year })?;
        (to_day(first)..)
            .map(to_date)
            .take_while(|date| date.year() == year)
            .map(|date| self.day_kind(date).map(|kind| (date, kind)))
            .collect()
    }

    /// What kind of day it is.
    ///
    /// # Errors
    /// Its year is not covered.
    pub fn day_kind(&self, date: Date) -> Result<DayKind, Uncovered> {
        self.table.kind(to_day(date))
    }

    /// Whether it is a working day.
    ///
    /// # Errors
    /// Its year is not covered.
    pub fn is_workday(&self, date: Date) -> Result<bool, Uncovered> {
        self.day_kind(date).map(DayKind::is_worked)
    }

    /// The nth working day after a date: the date itself is not counted, so for n = 1 it is the next working day
    /// (民法典 201). For n = 0 it is the date itself.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn nth_working_day_after(&self, date: Date, n: u32) -> Result<Date, Uncovered> {
        self.table.nth_working_day(to_day(date), n).map(to_date)
    }

    /// The first working day after a date.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn next_working_day(&self, date: Date) -> Result<Date, Uncovered> {
        self.nth_working_day_after(date, 1)
    }

    /// The last working day before a date.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn previous_working_day(&self, date: Date) -> Result<Date, Uncovered> {
        self.table.working_day_before(to_day(date)).map(to_date)
    }

    /// The number of working days after the first date, up to and including the second; 0 when it is not later.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn working_days_between(&self, after: Date, to: Date) -> Result<u32, Uncovered> {
        self.table.working_days(to_day(after), to_day(to))
    }

    /// The day in China Standard Time on which a moment lies.
    #[must_use]
    pub fn date_of(&self, at: Millis) -> Date {
        to_date(day::day_of(at))
    }

    /// Whether two moments lie on the same day in China Standard Time.
    #[must_use]
    pub fn is_same_day(&self, one: Millis, other: Millis) -> bool {
        day_of(one) == day_of(other)
    }

    /// The first millisecond of a day.
    #[must_use]
    pub fn start_of_day(&self, date: Date) -> Millis {
        day::start(to_day(date))
    }

    /// The last millisecond of a day.
    #[must_use]
    pub fn end_of_day(&self, date: Date) -> Millis {
        day::start(to_day(date)) + day::DAY_MILLIS - 1
    }

    /// The moment at which business closes on a day, by the hours that hold in its season, whether it is worked or not.
    #[must_use]
    pub fn close_of_business(&self, date: Date) -> Millis {
        self.closing(to_day(date))
    }

    /// Open milliseconds of a working day, by the hours that hold in its season.
    #[must_use]
    pub fn business_millis_of_day(&self, date: Date) -> Millis {
        self.open_millis(to_day(date))
    }

    /// The business hours of a day as moments of opening and closing, in order; none when it is not worked.
    ///
    /// # Errors
    /// The year is not covered.
    pub fn business_spans(&self, date: Date) -> Result<Vec<(Millis, Millis)>, Uncovered> {
        if !self.is_workday(date)? {
            return Ok(Vec::new());
        }
        let day = to_day(date);
        Ok(self
            .table
            .hours(day)
            .spans()
            .iter()
            .map(|(from, to)| (day::start(day) + from, day::start(day) + to))
            .collect())
    }

    /// Open milliseconds from one moment to another; 0 when the second is not later.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn business_millis_between(&self, from: Millis, to: Millis) -> Result<Millis, Uncovered> {
        self.table.open_between(from, to)
    }

    /// The earliest moment by which that many open milliseconds have passed since another; what ends with the day ends at
    /// closing, not at the next opening. The moment itself for none or fewer.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn after_business_millis(&self, at: Millis, open: Millis) -> Result<Millis, Uncovered> {
        self.table.open_after(at, open)
    }

    /// Whether business is open; at the moment of closing it is not.
    ///
    /// # Errors
    /// The year is not covered.
    pub fn is_open(&self, at: Millis) -> Result<bool, Uncovered> {
        let today = day_of(at);
        Ok(self.table.kind(today)?.is_worked() && self.table.hours(today).is_open(within_day(at)))
    }

    /// The moment itself when business is open, else the next opening.
    ///
    /// # Errors
    /// A year on the way is not covered.
    pub fn next_opening(&self, at: Millis) -> Result<Millis, Uncovered> {
        self.table.opening_from(at)
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.edition)
    }
}

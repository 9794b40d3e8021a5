//! The clock of a matter: limits, the ledger of starts and stops, and what follows from them.
//!
//! The due date is never stored as truth. It is derived from the ledger, the limit and the calendar in force, so a
//! changed calendar gives a changed due date from the same ledger.

mod count;
mod ledger;
mod light;
mod limit;
mod rest;
#[cfg(test)]
mod tests;
mod why;
mod words;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use ledger::{Article, Entry, Ledger, Stop};
pub use light::{Light, WARNING_DAYS_LEFT, WARNING_SHARE_LEFT, watch};
pub use limit::{LIMIT_MAX, Limit, Unit};
pub use why::{Line, LineKind, why};

use crate::calendar::{Calendar, Millis, Uncovered};
use count::Pace;
use ledger::Elapsed;

/// Working days after receipt within which the applicant must be told what is missing; else the application counts as
/// accepted from its receipt (行政许可法 32).
pub const SILENCE_WORKING_DAYS: f64 = 5.0;

/// When a limit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last day. The day is what the law counts.
    pub date: Date,
    /// The moment by which it must be done: the close of business of that day (民法典 203), or the minute for limits
    /// that run in business time.
    pub at: Millis,
    /// The last millisecond of that day: what is done between the close of business and midnight is late for a promise but
    /// stands on the same legal day.
    pub day_ends: Millis,
    /// Whether the clock stands now, so that this still moves.
    pub moving: bool,
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// What was used, in the limit's unit; a day is used in proportion to its business hours.
    pub consumed: f64,
    /// The limit.
    pub budget: f64,
    /// What is left; below 0 when the limit has passed.
    pub remaining: f64,
    /// Of what.
    pub unit: Unit,
}

impl Used {
    /// The used share, from 0; above 1 when the limit has passed.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.budget > 0.0 { self.consumed / self.budget } else { 1.0 }
    }
}

/// When a limit ends, given the stops up to now; a stop that stands is taken to end now. Stops after the limit has
/// passed change nothing. `None` before the clock was started.
///
/// # Errors
/// A year that must be counted in is not covered.
pub fn due(ledger: &Ledger, limit: Limit, calendar: &Calendar, now: Millis) -> Result<Option<Due>, Uncovered> {
    let Some(elapsed) = ledger.until(now) else { return Ok(None) };
    let end = Pace::new(limit, elapsed.start, calendar)?.end(&elapsed)?;
    let date = calendar.date_of(end.at);
    let moving = ledger.is_stopped() && elapsed.pauses.last().is_some_and(|(from, _)| *from < end.at);
    Ok(Some(Due { date, at: end.at, day_ends: calendar.end_of_day(date), moving }))
}

/// How much of a limit is used at a moment; nothing before the clock was started, and no more after it ended.
///
/// # Errors
/// A year between the start and the moment is not covered.
pub fn used(ledger: &Ledger, limit: Limit, calendar: &Calendar, at: Millis) -> Result<Used, Uncovered> {
    let budget = limit.budget();
    let consumed = match ledger.until(at) {
        Some(elapsed) => Pace::new(limit, elapsed.start, calendar)?.used(&elapsed)?,
        None => 0.0,
    };
    Ok(Used { consumed, budget, remaining: budget - consumed, unit: limit.unit })
}

/// When a limit that starts at a moment and never stops ends.
///
/// # Errors
/// A year on the way is not covered.
pub fn after(start: Millis, limit: Limit, calendar: &Calendar) -> Result<Millis, Uncovered> {
    let elapsed = Elapsed { start, until: start, pauses: Vec::new() };
    Pace::new(limit, start, calendar)?.end(&elapsed).map(|end| end.at)
}

/// When an application counts as accepted because nobody said what is missing: at the close of business of the fifth
/// working day after receipt. Acceptance then dates back to the receipt (行政许可法 32).
///
/// # Errors
/// A year on the way is not covered.
pub fn acceptance_by_silence_at(received: Millis, calendar: &Calendar) -> Result<Millis, Uncovered> {
    after(received, Limit::working_days(SILENCE_WORKING_DAYS), calendar)
}

//! The supervision light (电子监察).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::count::{Pace, SAME};
use super::ledger::{Elapsed, Ledger};
use super::limit::{Limit, Unit};
use crate::calendar::{Calendar, Millis, Uncovered};

/// Yellow when this share of a limit is left, or less. Illustrative.
pub const WARNING_SHARE_LEFT: f64 = 0.25;
/// Yellow when this many days are left, or fewer, of a limit of more days than that. Illustrative.
pub const WARNING_DAYS_LEFT: f64 = 1.0;

/// A supervision light; a later one is worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// 绿: time enough.
    #[default]
    Green,
    /// 黄: little is left.
    Yellow,
    /// 红: a limit has passed.
    Red,
}

impl Light {
    /// What a person reads, in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Green => "绿",
            Self::Yellow => "黄",
            Self::Red => "红",
        }
    }

    /// The word in files and queries.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// The light of a moment, and the next moment at which to look at it again.
///
/// The light is the worse one of the two limits. A clock that was not started is green; one that ended keeps the light of its
/// end, one that stands that of its stop. It needs no day after the moment, so it is told also where only the due date lies
/// in a year that is not published.
///
/// The next moment, should the clock not stop or end before, is that at which the light changes or, where that lies in a year
/// that is not published, the first of that year (before it nothing changes, and by then the year may be published). There is
/// none when the light is red, and when the clock stands, has ended or was not started.
///
/// # Errors
/// A year that the light depends on is not covered: one between the start and the moment, as far as working time is counted,
/// or that of a last day which may be a rest day, once little of the limit is left.
pub fn watch(
    ledger: &Ledger,
    statutory: Option<Limit>,
    promised: Option<Limit>,
    calendar: &Calendar,
    now: Millis,
) -> Result<(Light, Option<Millis>), Uncovered> {
    let Some(elapsed) = ledger.until(now) else { return Ok((Light::Green, None)) };
    let limits = [statutory, promised];
    let mut shown = Light::Green;
    for limit in limits.into_iter().flatten() {
        shown = shown.max(one_light(limit, &Pace::new(limit, elapsed.start, calendar)?, &elapsed)?);
    }
    if shown == Light::Red || !ledger.is_running() {
        return Ok((shown, None));
    }
    let mut next: Option<Millis> = None;
    for limit in limits.into_iter().flatten() {
        let pace = Pace::new(limit, elapsed.start, calendar)?;
        let change = match shown {
            Light::Green => pace.reach(&elapsed, warning_at(limit)).map(|reached| reached.at),
            _ => pace.end(&elapsed).map(|end| end.at.saturating_add(1)),
        };
        let at = match change {
            Ok(at) => at,
            Err(gap) => match jiff::civil::Date::new(gap.year, 1, 1) {
                Ok(first) => calendar.start_of_day(first),
                Err(_) => return Err(gap),
            },
        };
        let at = at.max(now.saturating_add(1));
        next = Some(next.map_or(at, |known| known.min(at)));
    }
    Ok((shown, next))
}

fn one_light(limit: Limit, pace: &Pace<'_>, elapsed: &Elapsed) -> Result<Light, Uncovered> {
    if pace.used(elapsed)? + SAME < warning_at(limit) {
        return Ok(Light::Green);
    }
    let passed = match pace.end(elapsed) {
        Ok(end) => elapsed.until > end.at,
        // The end lies in a year that has not begun.
        Err(gap) if pace.calendar.date_of(elapsed.until).year() < gap.year => false,
        Err(gap) => return Err(gap),
    };
    Ok(if passed { Light::Red } else { Light::Yellow })
}

/// The used amount from which the light is yellow.
fn warning_at(limit: Limit) -> f64 {
    let budget = limit.budget();
    let share = budget * WARNING_SHARE_LEFT;
    let in_days = matches!(limit.unit, Unit::WorkingDay | Unit::CalendarDay);
    let left = if in_days && budget > WARNING_DAYS_LEFT { share.max(WARNING_DAYS_LEFT) } else { share };
    budget - left
}

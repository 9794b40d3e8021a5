//! Days as numbers, moments as days, and the business hours within one day.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::{HourSpan, Millis};

/// Milliseconds of a day.
pub(crate) const DAY_MILLIS: i64 = 86_400_000;
/// China Standard Time is eight hours ahead of UTC, with no daylight saving time today.
const OFFSET_MILLIS: i64 = 8 * 3_600_000;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days since 1970-01-01.
pub(crate) type Day = i32;

/// The number of a date.
pub(crate) fn to_day(date: Date) -> Day {
    i32::try_from(date.duration_since(EPOCH).as_hours() / 24).unwrap_or(0)
}

/// The date of a number; beyond the years -9999 to 9999 the nearest date.
pub(crate) fn to_date(day: Day) -> Date {
    EPOCH.saturating_add(SignedDuration::from_hours(24 * i64::from(day)))
}

/// The day in China Standard Time on which a moment lies.
pub(crate) fn day_of(at: Millis) -> Day {
    let days = at.saturating_add(OFFSET_MILLIS).div_euclid(DAY_MILLIS);
    i32::try_from(days).unwrap_or(if days < 0 { Day::MIN } else { Day::MAX })
}

/// Milliseconds from the beginning of its day to a moment, 0 to 86,399,999.
pub(crate) fn within_day(at: Millis) -> i64 {
    at.saturating_add(OFFSET_MILLIS).rem_euclid(DAY_MILLIS)
}

/// The first moment of a day.
pub(crate) fn start(day: Day) -> Millis {
    i64::from(day) * DAY_MILLIS - OFFSET_MILLIS
}

/// The business hours of one day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hours {
    /// Openings and closings in milliseconds from the beginning of the day; not empty, in order, apart.
    spans: Vec<(i64, i64)>,
}

impl Hours {
    pub(super) fn new(spans: &[HourSpan]) -> Self {
        let millis = |time: jiff::civil::Time| (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60_000;
        Self { spans: spans.iter().map(|span| (millis(span.from), millis(span.to))).collect() }
    }

    /// Openings and closings in milliseconds from the beginning of the day.
    pub(super) fn spans(&self) -> &[(i64, i64)] {
        &self.spans
    }

    /// Open milliseconds of the whole day.
    pub(super) fn total(&self) -> i64 {
        self.spans.iter().map(|(from, to)| to - from).sum()
    }

    /// Closing time.
    pub(super) fn close(&self) -> i64 {
        self.spans.last().map_or(DAY_MILLIS - 1, |(_, to)| *to)
    }

    /// Open milliseconds before a time of day.
    pub(super) fn open_before(&self, time: i64) -> i64 {
        self.spans.iter().map(|(from, to)| time.clamp(*from, *to) - from).sum()
    }

    /// The earliest time of day before which that much was open.
    pub(super) fn time_after(&self, mut open: i64) -> i64 {
        for (from, to) in &self.spans {
            if open <= to - from {
                return from + open.max(0);
            }
            open -= to - from;
        }
        self.close()
    }

    /// Whether business is open at a time of day; the moment of closing is not.
    pub(super) fn is_open(&self, time: i64) -> bool {
        self.spans.iter().any(|(from, to)| *from <= time && time < *to)
    }

    /// The time itself when business is open, else the next opening of the day.
    pub(super) fn opening_from(&self, time: i64) -> Option<i64> {
        self.spans.iter().find(|(_, to)| time < *to).map(|(from, _)| time.max(*from))
    }
}

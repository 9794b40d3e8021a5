//! The time of day where the centre stands: China Standard Time, eight hours ahead, without summer time.

const AHEAD_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Length of a quarter-hour in milliseconds.
pub(crate) const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// Quarter-hours of a day.
pub const QUARTERS: usize = 96;

/// A moment by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Days since 1970-01-01.
    pub(crate) day: i64,
    /// 0 Monday to 6 Sunday.
    pub(crate) weekday: usize,
    /// Since midnight.
    pub(crate) ms: i64,
}

impl Local {
    pub(crate) fn of(now_ms: i64) -> Local {
        let local_ms = now_ms.saturating_add(AHEAD_MS);
        let day = local_ms.div_euclid(DAY_MS);
        // Day 0 was a Thursday.
        Local { day, weekday: (day + 3).rem_euclid(7) as usize, ms: local_ms.rem_euclid(DAY_MS) }
    }

    pub(crate) fn quarter(self) -> usize {
        (self.ms / QUARTER_MS) as usize
    }

    pub(crate) fn minute(self) -> i64 {
        self.ms / MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_a_weekday_and_a_quarter_hour() {
        // 2026-04-13T09:20 in China, a Monday.
        let monday = Local::of(1_776_043_200_000);
        assert_eq!((monday.weekday, monday.quarter(), monday.minute()), (0, 37, 560));
        // One minute before midnight of the Sunday before.
        let sunday = Local::of(1_776_043_200_000 - 561 * MINUTE_MS);
        assert_eq!((sunday.day, sunday.weekday, sunday.quarter()), (monday.day - 1, 6, 95));
    }
}

//! Moments as logs write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use onething_engine::calendar::Millis;

/// A moment: with an offset as it says, without one in China Standard Time.
pub(super) fn moment(text: &str) -> Option<Millis> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let moment: DateTime = text.parse().ok()?;
    Offset::from_hours(8).ok()?.to_timestamp(moment).ok().map(|it| it.as_millisecond())
}

/// A moment with its offset, to the millisecond.
pub(super) fn shown(at: Millis) -> String {
    let local = || Some(Offset::from_hours(8).ok()?.to_datetime(Timestamp::from_millisecond(at).ok()?));
    local().map_or_else(|| at.to_string(), |it| it.strftime("%Y-%m-%dT%H:%M:%S%.3f+08:00").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        let nine = 1_776_042_000_000;
        for (text, expect) in [
            ("2026-04-13T09:00:00.000+08:00", Some(nine)),
            ("2026-04-13T01:00:00Z", Some(nine)),
            ("2026-04-13T09:00", Some(nine)),
            ("2026-04-13 09:00:00.250", Some(nine + 250)),
            ("2026-02-30T09:00", None),
            ("13.04.2026 09:00", None),
            ("", None),
        ] {
            assert_eq!(moment(text), expect, "{text}");
        }
        assert_eq!(shown(nine + 7), "2026-04-13T09:00:00.007+08:00");
        assert_eq!(moment(&shown(nine + 7)), Some(nine + 7));
    }
}

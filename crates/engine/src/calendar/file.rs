//! The calendar file: which days are worked, and the business hours of a day.

use jiff::civil::{Date, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Basis, FormatVersion};
use crate::text::Title;

/// `"calendar"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarFileKind {
    /// A calendar file.
    Calendar,
}

/// A calendar (工作日历): for each published year the days off and the make-up working days (调休上班), and the
/// business hours. A year that does not stand here is not guessed: limits that reach into it are flagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Path of the JSON Schema, so that an editor completes and checks.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 500))]
    pub schema: String,
    /// Format version.
    pub format: FormatVersion,
    /// Always `calendar`.
    pub kind: CalendarFileKind,
    /// Identity; the same as the file's name without `.json`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// Free remarks for authors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub note: Option<String>,
    /// Edition, such as `2026-1`. Change it with every change of the days: each clock records the edition in force
    /// when it began to run.
    #[schemars(length(min = 1, max = 32))]
    pub edition: String,
    /// Where the days come from.
    #[schemars(length(min = 1, max = 1000))]
    pub source: String,
    /// Business hours of a working day, in order, in China Standard Time.
    #[schemars(length(min = 1, max = 8))]
    pub hours: Vec<HourSpan>,
    /// Where the business hours come from, or `illustrative`.
    pub hours_basis: Basis,
    /// Stretches of days with other business hours (such as summer hours), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub seasons: Vec<Season>,
    /// The published years.
    #[schemars(length(min = 1, max = 100))]
    pub years: Vec<YearOfDays>,
}

/// A stretch of business hours within a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HourSpan {
    /// Opening, `HH:MM`.
    #[serde(with = "hour_minute")]
    #[schemars(with = "String", regex(pattern = r"^\d{2}:\d{2}$"))]
    pub from: Time,
    /// Closing, `HH:MM`, later than `from`.
    #[serde(with = "hour_minute")]
    #[schemars(with = "String", regex(pattern = r"^\d{2}:\d{2}$"))]
    pub to: Time,
}

/// Other business hours for a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// First day.
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub from: Date,
    /// Last day, included.
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub to: Date,
    /// Business hours on its working days.
    #[schemars(length(min = 1, max = 8))]
    pub hours: Vec<HourSpan>,
}

/// The days of one published year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct YearOfDays {
    /// The year.
    #[schemars(range(min = 1950, max = 2200))]
    pub year: i16,
    /// The notice its days come from.
    #[schemars(length(min = 1, max = 1000))]
    pub source: String,
    /// Every day off inside a holiday, weekend days of the holiday included.
    #[schemars(with = "Vec<String>", length(max = 120), inner(regex(pattern = r"^\d{4}-\d{2}-\d{2}$")))]
    pub holidays: Vec<Date>,
    /// Saturdays and Sundays that are worked (调休上班).
    #[schemars(with = "Vec<String>", length(max = 60), inner(regex(pattern = r"^\d{4}-\d{2}-\d{2}$")))]
    pub workdays: Vec<Date>,
}

/// A time of day as `HH:MM`, both ways.
mod hour_minute {
    use jiff::civil::Time;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(time: &Time, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&format_args!("{:02}:{:02}", time.hour(), time.minute()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Time, D::Error> {
        let text = String::deserialize(input)?;
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            if !two(hour) || !two(minute) {
                return None;
            }
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        });
        parsed.ok_or_else(|| D::Error::custom(format_args!("expected a time of day as HH:MM, but found {text:?}")))
    }
}

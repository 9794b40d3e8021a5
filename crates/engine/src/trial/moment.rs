//! Days and minutes as an author writes them, in China Standard Time.

use std::fmt;

use jiff::civil::{Date, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::calendar::{Calendar, Millis, day_of, to_date, within_day};
use crate::shape::{MOMENT, WHEN};

const MINUTE_MILLIS: i64 = 60_000;
const UNPUBLISHED: &str = "unpublished";

/// A minute: `2026-04-13 09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute {
    date: Date,
    time: Time,
}

/// A day, a minute, or a day that cannot be counted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `2026-04-13`
    Day(Date),
    /// `2026-04-13 09:00`
    Minute(Minute),
    /// `unpublished`: it lies in a year whose working days are not published.
    Unpublished,
}

impl Minute {
    /// The minute in which a moment lies.
    #[must_use]
    pub fn of(at: Millis) -> Self {
        let minutes = within_day(at) / MINUTE_MILLIS;
        let part = |n: i64| i8::try_from(n).unwrap_or_default();
        let time = Time::new(part(minutes / 60), part(minutes % 60), 0, 0).unwrap_or_default();
        Self { date: to_date(day_of(at)), time }
    }

    /// Its first millisecond.
    #[must_use]
    pub fn millis(self, calendar: &Calendar) -> Millis {
        let minutes = i64::from(self.time.hour()) * 60 + i64::from(self.time.minute());
        calendar.start_of_day(self.date) + minutes * MINUTE_MILLIS
    }

    fn read(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(' ')?;
        let date = (date.len() == 10).then(|| date.parse().ok())??;
        let (hour, minute) = time.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
        Some(Self { date, time: Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()? })
    }
}

impl When {
    /// Whether it names the day or the minute of a moment; `None` is a moment that cannot be counted yet.
    #[must_use]
    pub fn is(self, at: Option<Millis>) -> bool {
        match (self, at) {
            (Self::Unpublished, None) => true,
            (Self::Day(date), Some(at)) => to_date(day_of(at)) == date,
            (Self::Minute(minute), Some(at)) => Minute::of(at) == minute,
            _ => false,
        }
    }

    /// The minute of a moment; `None` is a moment that cannot be counted yet.
    #[must_use]
    pub fn of(at: Option<Millis>) -> Self {
        at.map_or(Self::Unpublished, |at| Self::Minute(Minute::of(at)))
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            UNPUBLISHED => Some(Self::Unpublished),
            _ if text.len() == 10 => text.parse().ok().map(Self::Day),
            _ => Minute::read(text).map(Self::Minute),
        }
    }
}

/// Whether a text is a minute that exists.
pub(crate) fn is_minute(text: &str) -> bool {
    Minute::read(text).is_some()
}

/// Whether a text is a day or a minute that exists, or `unpublished`.
pub(crate) fn is_when(text: &str) -> bool {
    When::read(text).is_some()
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02}:{:02}", self.date, self.time.hour(), self.time.minute())
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Minute(minute) => minute.fmt(f),
            Self::Unpublished => f.write_str(UNPUBLISHED),
        }
    }
}

impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::read(&text).ok_or_else(|| de::Error::custom(format_args!("expected a minute, but found {text:?}")))
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::read(&text).ok_or_else(|| de::Error::custom(format_args!("expected a day or minute, but found {text:?}")))
    }
}

impl JsonSchema for Minute {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Minute".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": MOMENT })
    }
}

impl JsonSchema for When {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "When".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": WHEN })
    }
}

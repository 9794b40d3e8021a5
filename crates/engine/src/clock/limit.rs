//! How long something may take.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Title;

/// The longest limit, in its own unit (ten years of days).
pub const LIMIT_MAX: f64 = 3660.0;

/// A limit (时限), such as `{ "n": 5, "unit": "working_day" }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many; above 0. Only working days may have a fraction: 0.5 is half of the business hours of a day.
    #[schemars(range(min = 0, max = 3660))]
    pub n: f64,
    /// Of what.
    pub unit: Unit,
}

/// What a limit is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 工作日: day one is the working day after the start; statutory holidays are not counted, make-up working days are
    /// (行政许可法 82). Less than one working day runs in business minutes from the start.
    WorkingDay,
    /// 日: day one is the day after the start; when the last day is a rest day, the next working day is the last
    /// (民法典 201, 203).
    CalendarDay,
    /// 办公时间一小时: runs from the start, only while business is open.
    BusinessHour,
    /// 办公时间一分钟: runs from the start, only while business is open.
    BusinessMinute,
    /// 月: ends on the corresponding day, or on the last day of a month that has none; when that is a rest day, on the
    /// next working day (民法典 202, 203).
    Month,
}

impl Unit {
    /// What stands after a number, in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::WorkingDay => "个工作日",
            Self::CalendarDay => "日",
            Self::BusinessHour => "个办公小时",
            Self::BusinessMinute => "办公分钟",
            Self::Month => "个月",
        }
    }

    /// What stands after a number, in English.
    #[must_use]
    pub fn en(self, one: bool) -> &'static str {
        match (self, one) {
            (Self::WorkingDay, true) => "working day",
            (Self::WorkingDay, false) => "working days",
            (Self::CalendarDay, true) => "calendar day",
            (Self::CalendarDay, false) => "calendar days",
            (Self::BusinessHour, true) => "business hour",
            (Self::BusinessHour, false) => "business hours",
            (Self::BusinessMinute, true) => "business minute",
            (Self::BusinessMinute, false) => "business minutes",
            (Self::Month, true) => "month",
            (Self::Month, false) => "months",
        }
    }
}

impl Limit {
    /// So many working days.
    #[must_use]
    pub const fn working_days(n: f64) -> Self {
        Self { n, unit: Unit::WorkingDay }
    }

    /// What is wrong with it, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<Title> {
        if !self.n.is_finite() || self.n > LIMIT_MAX {
            return Some(Title::new(
                format!("时限 {} 超出范围：最多 {LIMIT_MAX}", self.n),
                format!("the limit {} is out of range: expected at most {LIMIT_MAX}", self.n),
            ));
        }
        if self.n <= 0.0 {
            return Some(Title::new(
                format!("时限须大于 0，这里是 {}；当场办结的可写若干办公分钟", self.n),
                format!(
                    "the limit must be above 0, but is {}: for a decision on the spot give business minutes",
                    self.n
                ),
            ));
        }
        if self.unit != Unit::WorkingDay && self.n.fract() != 0.0 {
            return Some(Title::new(
                format!("只有工作日可以有小数，这里是 {}", self.zh()),
                format!("only working days may have a fraction, but this is {}", self.en()),
            ));
        }
        None
    }

    /// Whether it is longer than another, whatever the calendar and the start. Where only a calendar could tell (12
    /// calendar days and 10 working days) it is not surely longer.
    #[must_use]
    pub fn surely_longer_than(&self, other: &Self) -> bool {
        use Unit::{BusinessHour, BusinessMinute, CalendarDay, Month, WorkingDay};
        // No day has more business than hours. No calendar keeps n working days from ending within twice n and a fortnight.
        let hours = |limit: &Self| if limit.unit == BusinessHour { limit.n } else { limit.n / 60.0 };
        let within = |days: f64| 2.0 * days + 14.0;
        // A month has 28 to 31 days. n working days never end before n calendar days do.
        const MONTH_DAYS: [f64; 2] = [28.0, 31.0];
        match (self.unit, other.unit) {
            (one, two) if one == two => self.n > other.n,
            (BusinessHour, BusinessMinute) => self.n * 60.0 > other.n,
            (BusinessMinute, BusinessHour) => self.n > other.n * 60.0,
            (WorkingDay, CalendarDay) => self.n > other.n,
            (WorkingDay | CalendarDay, Month) => self.n > other.n * MONTH_DAYS[1],
            (Month, CalendarDay) => self.n * MONTH_DAYS[0] > other.n,
            (CalendarDay, WorkingDay) => self.n > within(other.n),
            (Month, WorkingDay) => self.n * MONTH_DAYS[0] > within(other.n),
            (BusinessHour | BusinessMinute, WorkingDay | CalendarDay) => hours(self) > other.n * 24.0,
            (BusinessHour | BusinessMinute, Month) => hours(self) > other.n * MONTH_DAYS[1] * 24.0,
            _ => false,
        }
    }

    /// About how many working days it takes, where a working day has this many business minutes. Exact for working days,
    /// hours and minutes; of calendar days five in seven are worked, and a month has twenty-one working days.
    #[must_use]
    pub fn in_working_days(&self, minutes_a_day: f64) -> f64 {
        match self.unit {
            Unit::WorkingDay => self.n,
            Unit::CalendarDay => self.n * 5.0 / 7.0,
            Unit::BusinessHour => self.n * 60.0 / minutes_a_day,
            Unit::BusinessMinute => self.n / minutes_a_day,
            Unit::Month => self.n * 21.0,
        }
    }

    /// The number that is counted with: 0 for what is no number above 0, and bounded.
    pub(super) fn budget(&self) -> f64 {
        if self.n > 0.0 { self.n.min(1e6) } else { 0.0 }
    }

    /// In Chinese words.
    #[must_use]
    pub fn zh(&self) -> String {
        amount_zh(self.n, self.unit)
    }

    /// In English words.
    #[must_use]
    pub fn en(&self) -> String {
        amount_en(self.n, self.unit)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.zh())
    }
}

/// An amount in Chinese, such as `3.75 个工作日`.
pub(super) fn amount_zh(n: f64, unit: Unit) -> String {
    format!("{} {}", number(n), unit.zh())
}

/// An amount in English, such as `3.75 working days`.
pub(super) fn amount_en(n: f64, unit: Unit) -> String {
    let number = number(n);
    format!("{number} {}", unit.en(number == "1"))
}

/// At most three decimals, none of them idle.
fn number(n: f64) -> String {
    let rounded = (n * 1000.0).round() / 1000.0;
    // Adding 0 turns -0 into 0.
    (rounded + 0.0).to_string()
}

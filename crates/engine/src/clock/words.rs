//! Days, moments and grounds in words.

use jiff::civil::{Date, Weekday};

use crate::calendar::{Millis, day_of, to_date, within_day};
use crate::definition::StopReason;

/// `2026-02-14（周六）`
pub(super) fn date_zh(date: Date) -> String {
    let day = match date.weekday() {
        Weekday::Monday => "周一",
        Weekday::Tuesday => "周二",
        Weekday::Wednesday => "周三",
        Weekday::Thursday => "周四",
        Weekday::Friday => "周五",
        Weekday::Saturday => "周六",
        Weekday::Sunday => "周日",
    };
    format!("{date}（{day}）")
}

/// `Sat 2026-02-14`
pub(super) fn date_en(date: Date) -> String {
    let day = match date.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    };
    format!("{day} {date}")
}

/// `2026-02-14（周六）10:00 `, in China Standard Time.
pub(super) fn moment_zh(at: Millis) -> String {
    format!("{}{} ", date_zh(to_date(day_of(at))), time(at))
}

/// `Sat 2026-02-14 10:00`, in China Standard Time.
pub(super) fn moment_en(at: Millis) -> String {
    format!("{} {}", date_en(to_date(day_of(at))), time(at))
}

fn time(at: Millis) -> String {
    let minutes = within_day(at) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A ground of 行政许可法 45 in English.
pub(super) fn ground_en(ground: StopReason) -> &'static str {
    match ground {
        StopReason::Hearing => "a hearing",
        StopReason::Tender => "a tender",
        StopReason::Auction => "an auction",
        StopReason::Inspection => "an inspection",
        StopReason::Testing => "testing",
        StopReason::Quarantine => "quarantine",
        StopReason::Appraisal => "an appraisal",
        StopReason::ExpertReview => "an expert review",
    }
}

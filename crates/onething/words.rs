//! Times, tables and outcomes in words.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use onething_engine::calendar::Millis;
use onething_engine::case::Outcome;

/// China Standard Time, in seconds east of Greenwich.
const CHINA_SECONDS: i32 = 8 * 3600;

fn local(at: Millis) -> Option<jiff::ZonedDateTime> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(CHINA_SECONDS).ok()?);
    Some(jiff::Timestamp::from_millisecond(at).ok()?.to_zoned_datetime(zone))
}

/// A moment to the minute: `2026-04-13 09:00`.
pub(crate) fn minute(at: Millis) -> String {
    local(at).map_or_else(|| at.to_string(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// A moment in RFC 3339 with its offset.
pub(crate) fn iso(at: Millis) -> String {
    local(at).map_or_else(|| at.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A table with these headings.
pub(crate) fn table(headings: &[&str]) -> Table {
    const LINE: LineStyle = LineStyle::none().fill('─').junction('─');
    const STYLE: TableStyle = TableStyle::new().top_border(LINE).header_separator(LINE).bottom_border(LINE);
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings);
    table
}

/// What a step or a matter came to; a word that its author declared stands for itself.
pub(crate) fn outcome(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "受理",
        Outcome::Supplement => "补正",
        Outcome::NotAccepted => "不予受理",
        Outcome::Passed => "通过",
        Outcome::Failed => "未通过",
        Outcome::Granted => "准予",
        Outcome::Refused => "不予许可",
        Outcome::Supplied => "已补齐",
        Outcome::Expired => "超期",
        Outcome::Done => "办结",
        Outcome::Received => "已收到",
        Outcome::Issued => "已制发",
        Outcome::Delivered => "已送达",
        Outcome::Declared(_) => outcome.word(),
    }
}

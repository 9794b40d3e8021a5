//! The days of a span that are not what the week says: days off and make-up days, told as lines.

use jiff::Span;
use jiff::civil::Date;

use super::why::{Line, LineKind};
use super::words::{date_en, date_zh};
use crate::calendar::{Calendar, DayKind};

/// Lines on the days after the first, up to and including the last: each stretch of days off and each make-up day, and
/// in one line the ordinary weekends. Days of a year that is not published are passed over.
pub(super) fn rest_days(calendar: &Calendar, after: Date, to: Date) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut weekends = 0;
    let mut off: Option<(Date, Date)> = None;
    let mut today = after;
    while today < to {
        today = today.saturating_add(Span::new().days(1));
        let kind = calendar.day_kind(today);
        off = match (kind, off) {
            (Ok(DayKind::Holiday), Some((first, _))) => Some((first, today)),
            (Ok(DayKind::Holiday), None) => Some((today, today)),
            (_, stretch) => {
                lines.extend(stretch.map(days_off));
                None
            }
        };
        match kind {
            Ok(DayKind::MakeUp) => lines.push(made_up(today)),
            Ok(DayKind::Weekend) => weekends += 1,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    lines.extend(off.map(days_off));
    if weekends > 0 {
        let zh = format!("期间另有 {weekends} 个周末休息日，不计");
        let days = if weekends == 1 { "rest day" } else { "rest days" };
        let en = format!("{weekends} more weekend {days} in the span, not counted");
        lines.push(Line { kind: LineKind::Rest, at: None, date: to, zh, en });
    }
    lines
}

fn days_off((first, last): (Date, Date)) -> Line {
    let (zh, en) = if first == last {
        (date_zh(first), date_en(first))
    } else {
        (format!("{}至{}", date_zh(first), date_zh(last)), format!("{} to {}", date_en(first), date_en(last)))
    };
    let zh = format!("{zh}放假，不计（行政许可法第八十二条）");
    let en = format!("{en}: days off, not counted (行政许可法 82)");
    Line { kind: LineKind::Rest, at: None, date: first, zh, en }
}

fn made_up(day: Date) -> Line {
    let zh = format!("{}调休上班，计入", date_zh(day));
    let en = format!("{}: a make-up working day, counted", date_en(day));
    Line { kind: LineKind::MakeUp, at: None, date: day, zh, en }
}

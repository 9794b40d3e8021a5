//! Why is it due on that day? The ledger, line by line.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::count::Pace;
use super::ledger::{Article, Elapsed, Ledger};
use super::limit::{Limit, Unit, amount_en, amount_zh};
use super::rest::rest_days;
use super::words::{date_en, date_zh, ground_en, moment_en, moment_zh};
use crate::calendar::{Calendar, DayKind, Millis, Uncovered, to_date};

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is about.
    pub kind: LineKind,
    /// The moment; `None` where a whole day or a stretch of days is meant.
    pub at: Option<Millis>,
    /// The day, or the first of a stretch.
    pub date: Date,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

/// What a line of an explanation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The clock was not started.
    NotStarted,
    /// The clock started.
    Start,
    /// The first day that counts, or the first minute.
    DayOne,
    /// Days off within the span.
    Rest,
    /// A Saturday or Sunday within the span that counts.
    MakeUp,
    /// The clock stopped.
    Stop,
    /// A ground on which it stood ended.
    Resume,
    /// What the stops come to.
    Paused,
    /// The clock ended.
    End,
    /// When a limit ends.
    Due,
    /// How much of a limit is used and left.
    Used,
    /// Something lies in a year that is not published, and is not guessed.
    Uncovered,
}

/// Says line by line how the due dates come about, in order of time: the start, day one, days off and make-up days in
/// the span, each stop and resumption with its ground and article; then the end, and for each limit when it is due, what is
/// used and what is left. It never fails: what lies in a year that is not published has a line that says so.
#[must_use]
pub fn why(
    ledger: &Ledger,
    statutory: Option<Limit>,
    promised: Option<Limit>,
    calendar: &Calendar,
    now: Millis,
) -> Vec<Line> {
    let Some(elapsed) = ledger.until(now) else {
        let (zh, en) = ("时钟尚未起算", "the clock was not started yet");
        return vec![line(LineKind::NotStarted, Some(now), now, calendar, zh, en)];
    };
    let mut teller = Teller { ledger, calendar, elapsed, lines: Vec::new() };
    teller.start();
    let named = [(statutory, ("法定期限", "the legal limit")), (promised, ("承诺期限", "the promised limit"))];
    let limits: Vec<(Limit, (&str, &str))> = named.into_iter().filter_map(|(l, name)| Some((l?, name))).collect();
    teller.days(&limits);
    teller.stops();
    // Stable: what lies at the same time keeps the order in which it was told.
    teller.lines.sort_by_key(|line| (line.date, line.at));
    teller.paused(&limits);
    if let Some(end) = ledger.ended_at() {
        let (zh, en) = (format!("{}办结，计时终止", moment_zh(end)), format!("{}: the clock ended", moment_en(end)));
        teller.tell(LineKind::End, Some(end), end, zh, en);
    }
    for (limit, name) in limits {
        teller.limit(limit, name);
    }
    teller.lines
}

struct Teller<'a> {
    ledger: &'a Ledger,
    calendar: &'a Calendar,
    elapsed: Elapsed,
    lines: Vec<Line>,
}

impl Teller<'_> {
    fn tell(&mut self, kind: LineKind, at: Option<Millis>, on: Millis, zh: impl Into<String>, en: impl Into<String>) {
        self.lines.push(line(kind, at, on, self.calendar, zh, en));
    }

    fn gap(&mut self, what: (&str, &str), gap: Uncovered) {
        let year = gap.year;
        let zh = format!("{}须用到 {year} 年的工作日安排，该年尚未公布，不作推算", what.0);
        let en = format!("{} needs the working days of {year}, which are not published: it is not guessed", what.1);
        self.tell(LineKind::Uncovered, None, self.elapsed.until, zh, en);
    }

    fn start(&mut self) {
        let start = self.elapsed.start;
        let (zh, en) = (format!("{}起算", moment_zh(start)), format!("{}: the clock started", moment_en(start)));
        self.tell(LineKind::Start, Some(start), start, zh, en);
    }

    /// Day one, and the days off and make-up days up to the last due date.
    fn days(&mut self, limits: &[(Limit, (&str, &str))]) {
        let mut told: Vec<Unit> = Vec::new();
        let mut last: Option<Date> = None;
        for (limit, name) in limits {
            let Ok(pace) = Pace::new(*limit, self.elapsed.start, self.calendar) else { continue };
            if pace.skips_rest_days() {
                // Where the end is not known, as far as the clock has come.
                let end = pace.end(&self.elapsed).map_or(self.elapsed.until, |end| end.at);
                last = last.max(Some(self.calendar.date_of(end)));
            }
            let kind = if pace.in_days() { limit.unit } else { Unit::BusinessMinute };
            if !told.contains(&kind) {
                told.push(kind);
                if let Err(gap) = self.day_one(kind) {
                    self.gap(*name, gap);
                }
            }
        }
        if let Some(last) = last {
            let first = self.calendar.date_of(self.elapsed.start);
            self.lines.extend(rest_days(self.calendar, first, last));
        }
    }

    fn day_one(&mut self, kind: Unit) -> Result<(), Uncovered> {
        let start = self.elapsed.start;
        if kind == Unit::BusinessMinute {
            let opening = self.calendar.next_opening(start)?;
            if opening != start {
                let zh = format!("起算时不在办公时间，从 {}开门起计", moment_zh(opening));
                let en = format!(
                    "it started outside of business hours, so it counts from the opening at {}",
                    moment_en(opening)
                );
                self.tell(LineKind::DayOne, Some(opening), opening, zh, en);
            }
            return Ok(());
        }
        let first = self.calendar.date_of(start);
        let (day, zh, en) = if kind == Unit::WorkingDay {
            let day = self.calendar.next_working_day(first)?;
            let made_up = self.calendar.day_kind(day)? == DayKind::MakeUp;
            let (zh, en) = if made_up { ("，调休上班", ", a make-up working day") } else { ("", "") };
            (day, format!("第 1 个工作日是 {}{zh}", date_zh(day)), format!("working day one is {}{en}", date_en(day)))
        } else {
            let day = first.saturating_add(jiff::Span::new().days(1));
            (day, format!("第 1 日是 {}", date_zh(day)), format!("day one is {}", date_en(day)))
        };
        let zh = format!("起算当日不计入（民法典第二百零一条），{zh}");
        let en = format!("the day of the start is not counted (民法典 201): {en}");
        self.tell(LineKind::DayOne, None, self.calendar.start_of_day(day), zh, en);
        Ok(())
    }

    fn stops(&mut self) {
        let until = self.elapsed.until;
        for stop in self.ledger.stops().into_iter().filter(|stop| stop.from <= until) {
            let (ground, basis): (&str, Article) = (stop.reason.zh(), stop.basis);
            let zh = format!("{}因{ground}停止计时（{basis}）", moment_zh(stop.from));
            let en = format!("{}: the clock stopped for {} ({basis})", moment_en(stop.from), ground_en(stop.reason));
            self.tell(LineKind::Stop, Some(stop.from), stop.from, zh, en);
            if let Some(to) = stop.to.filter(|to| *to <= until) {
                let zh = format!("{}{ground}结束", moment_zh(to));
                let en = format!("{}: the stop for {} ended", moment_en(to), ground_en(stop.reason));
                self.tell(LineKind::Resume, Some(to), to, zh, en);
            }
        }
    }

    /// What the stops come to, for each way of counting.
    fn paused(&mut self, limits: &[(Limit, (&str, &str))]) {
        if self.elapsed.pauses.is_empty() {
            return;
        }
        let mut told: Vec<Unit> = Vec::new();
        for (limit, name) in limits {
            let pace = Pace::new(*limit, self.elapsed.start, self.calendar);
            let (unit, left_out) = match pace.and_then(|pace| Ok((pace.in_days(), pace.paused(&self.elapsed)?))) {
                Ok((false, open)) => (Unit::BusinessMinute, open as f64 / 60_000.0),
                Ok((true, days)) if limit.unit == Unit::WorkingDay => (Unit::WorkingDay, days as f64),
                Ok((true, days)) => (Unit::CalendarDay, days as f64),
                Err(gap) => {
                    self.gap(*name, gap);
                    continue;
                }
            };
            if told.contains(&unit) {
                continue;
            }
            told.push(unit);
            let (zh, en) = (amount_zh(left_out, unit), amount_en(left_out, unit));
            let rule = match unit {
                Unit::BusinessMinute => ("重叠的停止只扣一次", "overlapping stops count once"),
                _ => (
                    "通知停止的当日照计，恢复的当日不计，重叠的停止只扣一次",
                    "the day of the notice counts, the day of the resumption does not, overlapping stops count once",
                ),
            };
            let zh = format!("停止期间扣除 {zh}（{}）", rule.0);
            let en = format!("{en} left out for the stops ({})", rule.1);
            self.tell(LineKind::Paused, None, self.elapsed.until, zh, en);
        }
    }

    fn limit(&mut self, limit: Limit, name: (&str, &str)) {
        let pace = match Pace::new(limit, self.elapsed.start, self.calendar) {
            Ok(pace) => pace,
            Err(gap) => return self.gap(name, gap),
        };
        match pace.end(&self.elapsed) {
            Ok(end) => {
                let moved = end.moved_from.map(to_date).map_or(Default::default(), |from| {
                    (
                        format!("；末日 {} 为休息日，顺延（民法典第二百零三条）", date_zh(from)),
                        format!("; the last day {} is a rest day, so it moves on (民法典 203)", date_en(from)),
                    )
                });
                let moving = match self.ledger.is_stopped() && end.at > self.elapsed.until {
                    true => ("；时钟停着，到期日还会推后", "; the clock stands, so this still moves on"),
                    false => ("", ""),
                };
                let (zh, en) = (limit.zh(), limit.en());
                let zh = format!("{} {zh}，到 {}止{}{}", name.0, moment_zh(end.at), moved.0, moving.0);
                let en = format!("{}, {en}, ends {}{}{}", name.1, moment_en(end.at), moved.1, moving.1);
                self.tell(LineKind::Due, Some(end.at), end.at, zh, en);
            }
            Err(gap) => self.gap(name, gap),
        }
        match pace.used(&self.elapsed) {
            Ok(used) => {
                let left = pace.budget - used;
                let until = self.elapsed.until;
                let rest = if left >= -super::count::SAME {
                    let (zh, en) = (amount_zh(left.max(0.0), limit.unit), amount_en(left.max(0.0), limit.unit));
                    (format!("还剩 {zh}"), format!("{en} left"))
                } else {
                    let (zh, en) = (amount_zh(-left, limit.unit), amount_en(-left, limit.unit));
                    (format!("已超 {zh}"), format!("{en} over"))
                };
                let (zh, en) = (amount_zh(used, limit.unit), amount_en(used, limit.unit));
                let zh = format!("{}：到 {}已用 {zh}，{}", name.0, moment_zh(until), rest.0);
                let en = format!("{}: {en} used by {}, {}", name.1, moment_en(until), rest.1);
                self.tell(LineKind::Used, Some(until), until, zh, en);
            }
            Err(gap) => self.gap(name, gap),
        }
    }
}

fn line(
    kind: LineKind,
    at: Option<Millis>,
    on: Millis,
    calendar: &Calendar,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Line {
    Line { kind, at, date: calendar.date_of(on), zh: zh.into(), en: en.into() }
}

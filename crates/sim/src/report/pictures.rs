//! The pictures of a report.

use std::ops::RangeInclusive;

use super::svg::Svg;
use crate::results::{Curve, Figure, HourRow, Metric, Opening, Results};

const INK: &str = "#1c2430";
const SOFT: &str = "#66707e";
const GRID: &str = "#e6eaee";
const BLUE: &str = "#1f6fb2";
const BAND: &str = "#1f6fb22e";
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// China Standard Time.
const AHEAD_MS: i64 = 8 * HOUR_MS;
/// Queues shown at most: the longest ones.
const CURVES_MAX: usize = 6;
/// A queue in which never so many wait is not drawn: the line would lie on the axis.
const CROWD_MIN: f64 = 0.1;
/// Pictures of waits by weekday and hour shown at most: the longest waits.
const HEATS_MAX: usize = 8;
/// Where nobody waits so long in any hour, in minutes, nothing is drawn.
const WAIT_MIN: f64 = 1.0;
/// Days and rows of the picture of the windows shown at most.
const DAYS_MAX: usize = 5;
const ROWS_MAX: usize = 60;
const TIDAL: &str = "#d9822b";
const WEEKDAYS: [&str; 7] = ["周一 Mon", "周二 Tue", "周三 Wed", "周四 Thu", "周五 Fri", "周六 Sat", "周日 Sun"];

/// The hours that a picture of a day shows: those in which something happens, and one on either side.
fn hours_of(quarters: impl Iterator<Item = usize>) -> (usize, usize) {
    let (first, last) = quarters.fold((96, 0), |(first, last), at| (first.min(at), last.max(at)));
    if first > last { (8, 18) } else { ((first / 4).saturating_sub(1), (last / 4 + 2).min(24)) }
}

/// How many wait over the day, for the queues in which most wait.
pub(super) fn curves(results: &Results) -> String {
    let most = |curve: &Curve| curve.points.iter().map(|point| point[2]).fold(0.0, f64::max);
    let mut shown: Vec<&Curve> = results.curves.iter().filter(|curve| most(curve) >= CROWD_MIN).collect();
    shown.sort_by(|a, b| most(b).total_cmp(&most(a)));
    shown.truncate(CURVES_MAX);
    // Nothing is counted while the centre is closed.
    let busy = || shown.iter().flat_map(|it| (0..it.points.len()).filter(|&at| it.points[at][2] > 0.0));
    let (from, to) = hours_of(busy());
    let counted = busy().min().unwrap_or(0)..=busy().max().unwrap_or(0);
    let one = |curve: &&Curve| {
        let title = format!("{} · 在等 waiting", results.signs.of_queue(&curve.queue));
        one_curve(&title, curve, (from, to), counted.clone(), most(curve))
    };
    let mut all: String = shown.iter().map(one).collect();
    let more = results.curves.len() - shown.len();
    if shown.is_empty() {
        all.push_str("<p>各队列都几乎没有人等。 Hardly anybody waits in any queue.</p>");
    } else if more > 0 {
        all.push_str(&format!(
            "<p class=\"meta\">另有 {more} 个队列等的更少，未画。 {more} more queues, in which fewer wait, are not drawn.</p>"
        ));
    }
    all
}

fn one_curve(
    title: &str,
    curve: &Curve,
    (from, to): (usize, usize),
    counted: RangeInclusive<usize>,
    most: f64,
) -> String {
    let (width, height, left, top, bottom) = (1000.0, 190.0, 60.0, 28.0, 26.0);
    let top_value = nice(most);
    let mut svg = Svg::new(width, height, &curve.queue);
    let x = |quarter: f64| left + (quarter / 4.0 - from as f64) / (to - from) as f64 * (width - left - 28.0);
    let y = |value: f64| top + (1.0 - value / top_value) * (height - top - bottom);
    let steps = parts(top_value);
    for step in 0..=steps {
        let value = top_value * f64::from(step) / f64::from(steps);
        svg.line((left, y(value)), (width - 28.0, y(value)), GRID);
        svg.text(left - 6.0, y(value) + 4.0, "end", 11.0, SOFT, &short(value));
    }
    for hour in from..=to {
        svg.text(x(hour as f64 * 4.0), height - 8.0, "middle", 11.0, SOFT, &format!("{hour}:00"));
    }
    svg.text(left, 16.0, "start", 14.0, INK, title);
    let quarters: Vec<usize> = counted.filter(|&at| at < curve.points.len()).collect();
    let upper = quarters.iter().map(|&at| (x(at as f64), y(curve.points[at][2])));
    let lower = quarters.iter().rev().map(|&at| (x(at as f64), y(curve.points[at][1])));
    svg.path(&upper.chain(lower).collect::<Vec<_>>(), "none", BAND);
    let mean: Vec<(f64, f64)> = quarters.iter().map(|&at| (x(at as f64), y(curve.points[at][0]))).collect();
    svg.path(&mean, BLUE, "none");
    svg.on_page()
}

/// Mean waits by weekday and hour of arrival.
pub(super) fn heat(results: &Results) -> String {
    let hours = &results.hours;
    let mut names: Vec<&str> = Vec::new();
    for row in hours {
        if !names.contains(&row.of.as_str()) {
            names.push(&row.of);
        }
    }
    let worst = |name: &str| hours.iter().filter(|row| row.of == name).map(|row| row.mean).fold(0.0, f64::max);
    let most = hours.iter().map(|row| row.mean).fold(results.target_minutes, f64::max);
    names.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
    let shown = names.iter().take(HEATS_MAX).filter(|name| worst(name) >= WAIT_MIN).count();
    let others = names.split_off(shown);
    let first = hours.iter().map(|row| row.hour).min().unwrap_or(9);
    let last = hours.iter().map(|row| row.hour).max().unwrap_or(16);
    let one = |name: &&str| {
        let rows: Vec<&HourRow> = hours.iter().filter(|row| row.of == **name).collect();
        let mut days: Vec<u8> = rows.iter().map(|row| row.weekday).collect();
        days.sort_unstable();
        days.dedup();
        let (cell, height, left, top) = (76.0, 28.0, 90.0, 44.0);
        let width = left + f64::from(last - first + 1) * cell + 10.0;
        let mut svg = Svg::new(width, top + days.len() as f64 * height + 6.0, name);
        svg.text(0.0, 16.0, "start", 14.0, INK, &format!("{name} · 平均等候（分钟） mean wait (min)"));
        for hour in first..=last {
            let x = left + f64::from(hour - first) * cell + cell / 2.0;
            svg.text(x, top - 8.0, "middle", 11.0, SOFT, &format!("{hour}:00"));
        }
        for (nth, day) in days.iter().enumerate() {
            let y = top + nth as f64 * height;
            svg.text(left - 8.0, y + 18.0, "end", 12.0, SOFT, WEEKDAYS[usize::from(*day - 1) % 7]);
            for row in rows.iter().filter(|row| row.weekday == *day) {
                let x = left + f64::from(row.hour - first) * cell;
                let share = if most > 0.0 { (row.mean / most).sqrt() } else { 0.0 };
                let label =
                    format!("n {:.1} · p50 {:.1} · p90 {:.1} · p99 {:.1}", row.count, row.p50, row.p90, row.p99);
                svg.bar(x + 1.0, y + 1.0, cell - 2.0, height - 2.0, &warm(share), &label);
                let ink = if share > 0.6 { "#ffffff" } else { INK };
                svg.text(x + cell / 2.0, y + 18.0, "middle", 12.0, ink, &short(row.mean));
            }
        }
        svg.on_page()
    };
    let mut all: String = names.iter().map(one).collect();
    if let Some(longest) = others.first().map(|name| short(worst(name))) {
        let count = others.len();
        all.push_str(&format!(
            "<p class=\"meta\">{}：任何钟点平均等候都不超过 {longest} 分钟，未画。 {count} more, whose mean wait is {longest} min at most in any hour, are not drawn.</p>",
            super::escape(&others.join("、"))
        ));
    }
    all
}

/// When somebody was at which window or desk, a picture for each day and a row for each seat.
pub(super) fn openings(openings: &[Opening]) -> String {
    let day_of = |it: &Opening| (it.from_ms + AHEAD_MS).div_euclid(DAY_MS);
    let mut days: Vec<i64> = openings.iter().map(day_of).collect();
    days.sort_unstable();
    days.dedup();
    let all = days.len();
    // Only the days on which tidal windows opened, where there are any.
    if openings.iter().any(|it| it.tidal) {
        days.retain(|day| openings.iter().any(|it| it.tidal && day_of(it) == *day));
    }
    days.truncate(DAYS_MAX);
    let more = all - days.len();
    let one = |day: &i64| one_day(*day, &openings.iter().filter(|it| day_of(it) == *day).collect::<Vec<_>>());
    let mut all: String = days.iter().map(one).collect();
    if more > 0 {
        all.push_str(&format!("<p class=\"meta\">另有 {more} 天未画 {more} more days are not drawn</p>"));
    }
    all
}

fn one_day(day: i64, openings: &[&Opening]) -> String {
    let mut rows = rows(openings);
    let more = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    // What goes on after midnight ends at the edge.
    let hours = |ms: i64| ((ms + AHEAD_MS - day * DAY_MS) as f64 / HOUR_MS as f64).min(24.0);
    let quarters = openings.iter().flat_map(|it| [it.from_ms, it.to_ms]).map(|ms| (hours(ms) * 4.0) as usize);
    let (from, to) = hours_of(quarters);
    let (width, left, top, height) = (1000.0, 170.0, 40.0, 15.0);
    let title = date(day);
    let mut svg = Svg::new(width, top + rows.len() as f64 * height + 8.0, &title);
    svg.text(0.0, 15.0, "start", 13.0, INK, &title);
    let x = |hours: f64| left + (hours - from as f64) / (to - from) as f64 * (width - left - 28.0);
    for hour in from..=to {
        let at = x(hour as f64);
        svg.line((at, top - 4.0), (at, top + rows.len() as f64 * height), GRID);
        svg.text(at, top - 10.0, "middle", 11.0, SOFT, &format!("{hour}:00"));
    }
    for (nth, row) in rows.iter().enumerate() {
        let y = top + nth as f64 * height;
        let window = row.name();
        svg.text(left - 8.0, y + 11.0, "end", 11.0, INK, &window);
        for it in &row.at {
            let (begins, ends) = (hours(it.from_ms), hours(it.to_ms).min(to as f64));
            let label = format!("{window} {} – {}", clock(begins), clock(hours(it.to_ms)));
            let fill = if it.tidal { TIDAL } else { BLUE };
            svg.bar(x(begins), y + 3.0, (x(ends) - x(begins)).max(2.0), height - 5.0, fill, &label);
        }
    }
    let more = if more > 0 {
        format!("<p class=\"meta\">另有 {more} 行未画 {more} more rows are not drawn</p>")
    } else {
        String::new()
    };
    svg.on_page() + &more
}

/// Seats of one group at which somebody was at the same times.
struct Row<'a> {
    first: &'a str,
    last: &'a str,
    at: Vec<&'a Opening>,
}

impl Row<'_> {
    /// The seats' names: `综窗-1…4`.
    fn name(&self) -> String {
        match self.last.rsplit_once('-') {
            Some((_, number)) if self.first != self.last => format!("{}…{number}", self.first),
            _ => self.first.to_owned(),
        }
    }

    /// Whether the next row is of the same group and times.
    fn goes_on(&self, next: &Row<'_>) -> bool {
        let group = |name: &str| name.rsplit_once('-').map(|(group, _)| group.to_owned());
        let times = |it: &&Opening| (it.from_ms, it.to_ms, it.tidal);
        group(self.last).is_some_and(|it| group(next.first).as_ref() == Some(&it))
            && self.at.iter().map(times).eq(next.at.iter().map(times))
    }
}

/// The rows of a day's picture.
fn rows<'a>(openings: &[&'a Opening]) -> Vec<Row<'a>> {
    let mut seats: Vec<Row<'a>> = Vec::new();
    for it in openings {
        match seats.iter_mut().find(|row| row.first == it.window) {
            Some(row) => row.at.push(it),
            None => seats.push(Row { first: &it.window, last: &it.window, at: vec![it] }),
        }
    }
    let mut rows: Vec<Row<'a>> = Vec::new();
    for seat in seats {
        match rows.last_mut() {
            Some(row) if row.goes_on(&seat) => row.last = seat.last,
            _ => rows.push(seat),
        }
    }
    rows
}

/// Clocks by their last light.
pub(super) fn lights(metrics: &[Metric]) -> String {
    let of = |name: &str, what: Figure| {
        metrics.iter().find(|it| it.of == name && it.what == what).map_or(0.0, |it| it.interval.mean)
    };
    let names: Vec<&str> = metrics.iter().filter(|it| it.what == Figure::Green).map(|it| it.of.as_str()).collect();
    let (width, left, height, top) = (1000.0, 150.0, 28.0, 26.0);
    let mut svg = Svg::new(width, top + names.len() as f64 * height + 6.0, "监察灯 lights");
    svg.text(0.0, 16.0, "start", 14.0, INK, "各时钟结束时的监察灯 clocks by their last light");
    for (nth, name) in names.iter().enumerate() {
        let y = top + nth as f64 * height;
        svg.text(left - 8.0, y + 18.0, "end", 12.0, INK, name);
        let all: f64 = [Figure::Green, Figure::Yellow, Figure::Red].map(|what| of(name, what)).iter().sum();
        let mut x = left;
        for (what, fill, zh) in
            [(Figure::Green, "#2e9e5b", "绿"), (Figure::Yellow, "#e3b505", "黄"), (Figure::Red, "#cf3b33", "红")]
        {
            let share = if all > 0.0 { of(name, what) / all } else { 0.0 };
            let wide = share * (width - left - 28.0);
            svg.bar(x, y + 3.0, wide, height - 8.0, fill, &format!("{zh} {:.1}", of(name, what)));
            if wide > 60.0 {
                svg.text(x + wide / 2.0, y + 18.0, "middle", 12.0, "#ffffff", &format!("{zh} {:.1}%", share * 100.0));
            }
            x += wide;
        }
    }
    svg.on_page()
}

/// White to red.
fn warm(share: f64) -> String {
    let mix = |from: f64, to: f64| (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(242.0, 190.0), mix(245.0, 40.0), mix(248.0, 45.0))
}

/// The next number of the kind 1, 2, 4, 5 with zeros; what passes one by a hair (a band about 100%) still ends there.
pub(super) fn nice(value: f64) -> f64 {
    [1.0, 2.0, 4.0, 5.0, 10.0]
        .map(|step| step * unit(value))
        .into_iter()
        .find(|it| *it >= value * 0.99)
        .unwrap_or(value)
}

/// Into how many parts an axis up to a [`nice`] number is divided, so that every mark is a round number too.
pub(super) fn parts(top_value: f64) -> u32 {
    if [2.0, 4.0].contains(&(top_value / unit(top_value))) { 4 } else { 5 }
}

/// The greatest power of ten that is not greater, or 1.
fn unit(value: f64) -> f64 {
    10_f64.powf(value.max(1.0).log10().floor())
}

fn short(value: f64) -> String {
    if value >= 10.0 || value == value.round() { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn clock(hours: f64) -> String {
    let minutes = (hours * 60.0).round() as i64;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn date(day: i64) -> String {
    jiff::civil::date(1970, 1, 1).saturating_add(jiff::SignedDuration::from_hours(24 * day)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_of_one_group_and_the_same_times_are_one_row() {
        let seat = |window: &str, to_ms| Opening { window: window.to_owned(), tidal: false, from_ms: 0, to_ms };
        let day = [
            seat("综窗-1", 9),
            seat("综窗-2", 9),
            seat("综窗-3", 9),
            seat("综窗-4", 10),
            seat("教育-1", 10),
            seat("督办", 10),
        ];
        let day: Vec<&Opening> = day.iter().collect();
        let names: Vec<String> = rows(&day).iter().map(Row::name).collect();
        assert_eq!(names, ["综窗-1…3", "综窗-4", "教育-1", "督办"]);
    }

    #[test]
    fn the_marks_of_an_axis_are_round() {
        for (most, top, mark) in
            [(0.02, 1.0, 0.2), (3.2, 4.0, 1.0), (41.0, 50.0, 10.0), (100.4, 100.0, 20.0), (382.0, 400.0, 100.0)]
        {
            assert_eq!((nice(most), nice(most) / f64::from(parts(nice(most)))), (top, mark), "{most}");
        }
    }
}

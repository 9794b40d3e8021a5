//! A chart of figures with their confidence intervals, for whoever puts several scenarios side by side.

use super::svg::Svg;
use crate::stats::Interval;

const INK: &str = "#1c2430";
const SOFT: &str = "#66707e";
const GRID: &str = "#e6eaee";
const COLOURS: [&str; 4] = ["#1f6fb2", "#cf6a33", "#2e9e5b", "#7a4fb0"];

/// One line of a chart.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Where, and how much.
    pub points: Vec<(f64, Interval)>,
}

/// What stands beside the axes.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// What the chart is about.
    pub title: &'a str,
    /// Below.
    pub x: &'a str,
    /// What the numbers on the left are.
    pub y: &'a str,
}

/// Lines through means, with their intervals.
#[must_use]
pub fn lines(axes: Axes<'_>, series: &[Series]) -> String {
    let (width, height, left, top, bottom) = (760.0, 340.0, 64.0, 58.0, 46.0);
    let mut svg = Svg::new(width, height, axes.title);
    let points = || series.iter().flat_map(|it| &it.points);
    let most = points().map(|(_, it)| it.mean + finite(it.half)).fold(0.0, f64::max);
    let least_x = points().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let most_x = points().map(|it| it.0).fold(f64::NEG_INFINITY, f64::max);
    let top_value = super::pictures::nice(most);
    let x = |value: f64| left + (value - least_x) / (most_x - least_x).max(1e-9) * (width - left - 30.0);
    let y = |value: f64| top + (1.0 - value / top_value) * (height - top - bottom);
    frame(&mut svg, axes, (left, width), top_value, y);
    let mut marks: Vec<f64> = points().map(|it| it.0).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    for mark in marks {
        svg.text(x(mark), height - bottom + 18.0, "middle", 11.0, SOFT, &number(mark));
    }
    svg.text((left + width) / 2.0, height - 8.0, "middle", 12.0, SOFT, axes.x);
    let mut legend = left;
    for (nth, it) in series.iter().enumerate() {
        let colour = COLOURS[nth % COLOURS.len()];
        for (at, interval) in &it.points {
            let (low, high) = (interval.mean - finite(interval.half), interval.mean + finite(interval.half));
            svg.line((x(*at), y(low.max(0.0))), (x(*at), y(high)), colour);
        }
        let line: Vec<(f64, f64)> = it.points.iter().map(|(at, interval)| (x(*at), y(interval.mean))).collect();
        svg.path(&line, colour, "none");
        svg.bar(legend, 36.0, 14.0, 4.0, colour, &it.name);
        svg.text(legend + 20.0, 42.0, "start", 12.0, INK, &it.name);
        legend += 40.0 + it.name.chars().map(|c| if c.is_ascii() { 6.6 } else { 12.5 }).sum::<f64>();
    }
    svg.end()
}

/// Bars in groups: `series` of as many points as there are `groups`, in order.
#[must_use]
pub fn bars(axes: Axes<'_>, groups: &[String], series: &[Series]) -> String {
    let (width, height, left, top, bottom) = (760.0, 300.0, 64.0, 58.0, 36.0);
    let mut svg = Svg::new(width, height, axes.title);
    let most = series.iter().flat_map(|it| &it.points).map(|(_, it)| it.mean + finite(it.half)).fold(0.0, f64::max);
    let top_value = super::pictures::nice(most);
    let y = |value: f64| top + (1.0 - value / top_value) * (height - top - bottom);
    frame(&mut svg, axes, (left, width), top_value, y);
    let each = (width - left - 30.0) / groups.len().max(1) as f64;
    let wide = (each * 0.7 / series.len().max(1) as f64).min(70.0);
    for (group, name) in groups.iter().enumerate() {
        let middle = left + (group as f64 + 0.5) * each;
        svg.text(middle, height - 12.0, "middle", 12.0, INK, name);
        for (nth, it) in series.iter().enumerate() {
            let Some((_, interval)) = it.points.get(group) else { continue };
            let from = middle + (nth as f64 - series.len() as f64 / 2.0) * wide;
            let (mean, half) = (interval.mean, finite(interval.half));
            let colour = COLOURS[nth % COLOURS.len()];
            let label = format!("{} {}: {} ± {}", name, it.name, number(mean), number(half));
            svg.bar(from + 2.0, y(mean), wide - 4.0, y(0.0) - y(mean), colour, &label);
            svg.line((from + wide / 2.0, y((mean - half).max(0.0))), (from + wide / 2.0, y(mean + half)), INK);
            svg.text(from + wide / 2.0, y(mean + half) - 5.0, "middle", 11.0, INK, &number(mean));
        }
    }
    let mut legend = left;
    for (nth, it) in series.iter().enumerate() {
        svg.bar(legend, 34.0, 14.0, 8.0, COLOURS[nth % COLOURS.len()], &it.name);
        svg.text(legend + 20.0, 42.0, "start", 12.0, INK, &it.name);
        legend += 40.0 + it.name.chars().map(|c| if c.is_ascii() { 6.6 } else { 12.5 }).sum::<f64>();
    }
    svg.end()
}

fn frame(svg: &mut Svg, axes: Axes<'_>, (left, width): (f64, f64), top_value: f64, y: impl Fn(f64) -> f64) {
    let steps = super::pictures::parts(top_value);
    for step in 0..=steps {
        let value = top_value * f64::from(step) / f64::from(steps);
        svg.line((left, y(value)), (width - 30.0, y(value)), GRID);
        svg.text(left - 6.0, y(value) + 4.0, "end", 11.0, SOFT, &number(value));
    }
    svg.text(0.0, 18.0, "start", 14.0, INK, &format!("{} · {}", axes.title, axes.y));
}

/// The half of an interval; 0 where there are too few runs for one.
fn finite(half: f64) -> f64 {
    if half.is_finite() { half } else { 0.0 }
}

fn number(value: f64) -> String {
    if value >= 10.0 || value == value.round() { format!("{value:.0}") } else { format!("{value:.2}") }
}

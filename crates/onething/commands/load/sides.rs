//! The day as it was played and as it was simulated, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use comfy_table::CellAlignment;
use onething_engine::clock::Light;
use onething_sim::centre::{Model, RunReport, WaitLog};
use serde_json::{Value, json};

use super::Options;
use super::errands::Played;
use crate::words::table;

/// One figure on both sides.
struct Row {
    of: String,
    zh: &'static str,
    en: &'static str,
    /// The key in JSON.
    key: &'static str,
    live: f64,
    simulated: f64,
}

/// Both days.
pub(super) struct Sides {
    title: String,
    place: String,
    rows: Vec<Row>,
    played: Played,
    transitions: u64,
    speed: u32,
}

impl Sides {
    pub(super) fn new(
        model: &Model,
        waits: &BTreeMap<String, WaitLog>,
        played: &Played,
        simulated: &RunReport,
        transitions: u64,
        options: &Options,
    ) -> Self {
        let all = |count: fn(&onething_sim::centre::CaseCounts) -> f64| simulated.cases.iter().map(count).sum::<f64>();
        let closed = all(|it| it.closed() as f64);
        let mut lights: BTreeMap<Light, u64> = BTreeMap::new();
        for (light, count) in simulated.cases.iter().flat_map(|it| &it.lights) {
            *lights.entry(*light).or_default() += count;
        }
        let mut rows = Vec::new();
        let mut row = |of: &str, zh, en, key, live, simulated| {
            rows.push(Row { of: of.to_owned(), zh, en, key, live, simulated });
        };
        row("*", "收件", "cases handed in", "submitted", played.submitted as f64, all(|it| it.submitted as f64));
        row("*", "办结", "cases closed", "closed", played.closed as f64, closed);
        let hours = |hours: f64, closed: f64| hours / closed.max(1.0);
        let (live, simulated_hours) = (hours(played.hours, played.closed as f64), hours(all(|it| it.hours), closed));
        row("*", "收件到办结（办公小时）", "handed in to closed (business h)", "case_hours", live, simulated_hours);
        row("*", "时限遵守", "share of limits kept", "limits_kept", kept(&played.lights), kept(&lights));
        let queues: BTreeSet<&String> = waits.keys().chain(simulated.tasks.keys()).collect();
        let none = WaitLog::new();
        for queue in queues {
            let (live, other) = (waits.get(queue).unwrap_or(&none), simulated.tasks.get(queue).unwrap_or(&none));
            let count = |log: &WaitLog| log.count() as f64;
            row(queue, "任务", "tasks", "tasks", count(live), count(other));
            let (mean, p90) = (WaitLog::mean_minutes, |log: &WaitLog| log.quantile_minutes(0.9));
            row(queue, "平均等候（办公分钟）", "mean wait (business min)", "wait_mean", mean(live), mean(other));
            row(queue, "等候 p90", "wait p90", "wait_p90", p90(live), p90(other));
        }
        let title = &model.scenario.file.title;
        Self {
            title: format!("{} {}", title.zh, title.en),
            place: options.place.name(),
            rows,
            played: played.clone(),
            transitions,
            speed: options.speed,
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let figures: Vec<Value> = self
            .rows
            .iter()
            .map(|it| json!({"of": it.of, "what": it.key, "live": it.live, "simulated": it.simulated}))
            .collect();
        let seconds = self.played.seconds;
        json!({
            "place": self.place, "speed": self.speed, "seconds": seconds, "transitions": self.transitions,
            "transitions_per_s": self.transitions as f64 / seconds.max(1e-9),
            "late_max_minutes": self.played.late_ms as f64 / 60_000.0,
            "interrupted": self.played.interrupted, "figures": figures,
        })
    }
}

/// Share of clocks that did not turn red; 1 for none.
fn kept(lights: &BTreeMap<Light, u64>) -> f64 {
    let all: u64 = lights.values().sum();
    let red = lights.get(&Light::Red).copied().unwrap_or(0);
    if all == 0 { 1.0 } else { 1.0 - red as f64 / all as f64 }
}

impl fmt::Display for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Played { seconds, late_ms, interrupted, .. } = self.played;
        writeln!(f, "{}", self.title)?;
        let per_s = self.transitions as f64 / seconds.max(1e-9);
        writeln!(
            f,
            "{}，{seconds:.1} 秒 s，提交 commits {}（每秒 {per_s:.0}），每秒 {} 分钟 min/s，最晚提交 latest {:.1} min",
            self.place,
            self.transitions,
            self.speed,
            late_ms as f64 / 60_000.0
        )?;
        if interrupted {
            writeln!(f, "中途停止，模拟的是整段时间 / stopped before the end; the simulation went on to it")?;
        }
        let mut table = table(&["对象 of", "指标 figure", "真实 live", "模拟 simulated", "差 difference"]);
        for row in &self.rows {
            let name = if row.of == "*" { "全中心 centre".to_owned() } else { row.of.clone() };
            let number = |value: f64| {
                let whole = value == value.round() && row.key != "limits_kept";
                if whole { format!("{value:.0}") } else { format!("{value:.2}") }
            };
            let figure = format!("{} {}", row.zh, row.en);
            table.add_row([name, figure, number(row.live), number(row.simulated), number(row.live - row.simulated)]);
        }
        for column in 2..5 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(f, "{table}")
    }
}

//! The day as it was played and as it was simulated, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use comfy_table::{CellAlignment, Table};
use onething_engine::clock::Light;
use onething_sim::centre::{CaseCounts, Counts, Model, RunReport, WaitLog};
use serde_json::{Value, json};

use super::Options;
use super::errands::Played;
use crate::words::table;

/// One figure on both sides.
struct Figure {
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
    centre: Vec<Figure>,
    /// Those who came with tickets, by what they came for.
    people: Vec<(String, Vec<Figure>)>,
    /// Tasks by queue.
    tasks: Vec<(String, Vec<Figure>)>,
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
        let none = WaitLog::new();
        let people = model.sources.iter().enumerate().filter_map(|(nth, source)| {
            let (counts, waits) = played.people.get(&nth)?;
            let figures = of_people((counts, waits), (&simulated.counts[nth], &simulated.waits[nth]));
            Some((source.arrivals.name.clone(), figures))
        });
        let queues: BTreeSet<&String> = waits.keys().chain(simulated.tasks.keys()).collect();
        let tasks = queues.into_iter().map(|queue| {
            let both = (waits.get(queue).unwrap_or(&none), simulated.tasks.get(queue).unwrap_or(&none));
            (queue.clone(), of_tasks(both.0, both.1))
        });
        let title = &model.scenario.file.title;
        Self {
            title: format!("{} {}", title.zh, title.en),
            place: options.place.name(),
            centre: of_centre(played, simulated),
            people: people.collect(),
            tasks: tasks.collect(),
            played: played.clone(),
            transitions,
            speed: options.speed,
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let json =
            |of: &str, it: &Figure| json!({"of": of, "what": it.key, "live": it.live, "simulated": it.simulated});
        let named = self.people.iter().chain(&self.tasks);
        let named = named.flat_map(|(of, figures)| figures.iter().map(move |it| json(of, it)));
        let figures: Vec<Value> = self.centre.iter().map(|it| json("*", it)).chain(named).collect();
        let seconds = self.played.seconds;
        json!({
            "place": self.place, "speed": self.speed, "seconds": seconds, "transitions": self.transitions,
            "transitions_per_s": self.transitions as f64 / seconds.max(1e-9),
            "late_max_minutes": self.played.late_ms as f64 / 60_000.0,
            "interrupted": self.played.interrupted, "figures": figures,
        })
    }
}

fn figure(zh: &'static str, en: &'static str, key: &'static str, live: f64, simulated: f64) -> Figure {
    Figure { zh, en, key, live, simulated }
}

fn of_centre(played: &Played, simulated: &RunReport) -> Vec<Figure> {
    let all = |count: fn(&CaseCounts) -> f64| simulated.cases.iter().map(count).sum::<f64>();
    let (came, closed) = (all(|it| it.submitted as f64), all(|it| it.closed() as f64));
    let mut lights: BTreeMap<Light, u64> = BTreeMap::new();
    for (light, count) in simulated.cases.iter().flat_map(|it| &it.lights) {
        *lights.entry(*light).or_default() += count;
    }
    let hours = |hours: f64, closed: f64| hours / closed.max(1.0);
    let (live_hours, other_hours) = (hours(played.hours, played.closed as f64), hours(all(|it| it.hours), closed));
    vec![
        figure("收件", "cases handed in", "submitted", played.submitted as f64, came),
        figure("办结", "cases closed", "closed", played.closed as f64, closed),
        figure("收件到办结（办公小时）", "handed in to closed (business h)", "case_hours", live_hours, other_hours),
        figure("时限遵守", "share of limits kept", "limits_kept", kept(&played.lights), kept(&lights)),
    ]
}

fn of_people(live: (&Counts, &WaitLog), other: (&Counts, &WaitLog)) -> Vec<Figure> {
    let p90 = |log: &WaitLog| log.quantile_minutes(0.9);
    let (mean, other_mean) = (live.1.mean_minutes(), other.1.mean_minutes());
    vec![
        figure("来人", "came", "came", live.0.arrived as f64, other.0.arrived as f64),
        figure("办理", "served", "served", live.0.served as f64, other.0.served as f64),
        figure("没办就走", "left unserved", "lost", lost(live.0), lost(other.0)),
        figure("取号到叫号", "ticket to call", "ticket_wait_mean", mean, other_mean),
        figure("p90", "", "ticket_wait_p90", p90(live.1), p90(other.1)),
    ]
}

fn of_tasks(live: &WaitLog, other: &WaitLog) -> Vec<Figure> {
    let p90 = |log: &WaitLog| log.quantile_minutes(0.9);
    vec![
        figure("任务", "tasks", "tasks", live.count() as f64, other.count() as f64),
        figure("平均等候", "mean wait", "wait_mean", live.mean_minutes(), other.mean_minutes()),
        figure("p90", "", "wait_p90", p90(live), p90(other)),
    ]
}

/// Those who left without having been served, or did not come at all.
fn lost(counts: &Counts) -> f64 {
    (counts.gave_up + counts.balked + counts.turned_away + counts.missed) as f64
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
            "{}，{seconds:.1} 秒 s，提交 commits {}（每秒 {per_s:.0}），每秒 {} 分钟 min/s，最多晚来 latest by {:.1} min",
            self.place,
            self.transitions,
            self.speed,
            late_ms as f64 / 60_000.0
        )?;
        if interrupted {
            writeln!(f, "中途停止，模拟的是整段时间 / stopped before the end; the simulation went on to it")?;
        }
        let mut centre = table(&["全中心 centre", "真实 live", "模拟 simulated", "差 difference"]);
        for it in &self.centre {
            let difference = number(it.key, it.live - it.simulated);
            let name = format!("{} {}", it.zh, it.en);
            centre.add_row([name, number(it.key, it.live), number(it.key, it.simulated), difference]);
        }
        to_the_right(&mut centre);
        writeln!(f, "{centre}")?;
        let (people, tasks) = ("取号的人 with tickets", "队列 queue");
        for (title, rows) in [(people, &self.people), (tasks, &self.tasks)] {
            let Some((_, example)) = rows.first() else { continue };
            let heads: Vec<String> = example.iter().map(|it| format!("{} {}", it.zh, it.en)).collect();
            let heads: Vec<&str> = std::iter::once(title).chain(heads.iter().map(String::as_str)).collect();
            let mut table = table(&heads);
            for (of, figures) in rows {
                let both = |it: &Figure| format!("{} / {}", number(it.key, it.live), number(it.key, it.simulated));
                table.add_row(std::iter::once(of.clone()).chain(figures.iter().map(both)));
            }
            to_the_right(&mut table);
            writeln!(f, "{table}")?;
        }
        writeln!(
            f,
            "真实 / 模拟；人等的是钟点分钟，任务等的是办公分钟 / live / simulated; people wait minutes of the clock, tasks business minutes"
        )
    }
}

fn number(key: &str, value: f64) -> String {
    match key {
        "limits_kept" | "case_hours" => format!("{value:.2}"),
        _ if key.contains("wait") => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn to_the_right(table: &mut Table) {
    for column in 1.. {
        let Some(column) = table.column_mut(column) else { return };
        column.set_cell_alignment(CellAlignment::Right);
    }
}

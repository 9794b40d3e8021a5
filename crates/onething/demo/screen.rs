//! What one sees while it runs: bars for the packages, a table of queues and lights. On standard error, so that the
//! result on standard output stays clean.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use onething_engine::calendar::Millis;
use onething_engine::clock::Light;
use onething_policy::{Snapshot, WindowState};

use super::agenda::Agenda;
use super::population::Population;
use super::setting::Setting;
use crate::words;

/// How often the screen is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(150);
/// How often a line is printed when there is no terminal to draw on.
const LINE_EVERY: Duration = Duration::from_secs(3);
/// Notes shown at once.
const NOTES_MAX: usize = 4;

/// The screen of a running demo.
pub(crate) struct Screen {
    bars: Vec<ProgressBar>,
    table: ProgressBar,
    _all: MultiProgress,
    terminal: bool,
    drawn: Option<Instant>,
    notes: Vec<String>,
}

impl Screen {
    pub(crate) fn new(population: &Population) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let terminal = !all.is_hidden();
        let style = ProgressStyle::with_template("  {prefix} {bar:36.cyan/blue} {pos:>5}/{len} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉░");
        let mut bars = Vec::new();
        for (index, (workflow, _)) in population.packages.iter().enumerate() {
            let count = population.arrivals.iter().filter(|arrival| arrival.package == index).count();
            let bar = all.add(ProgressBar::new(count as u64).with_style(style.clone()));
            bar.set_prefix(pad(&workflow.title().zh, 20));
            bars.push(bar);
        }
        let table = all.add(ProgressBar::new(0));
        table.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bars, table, _all: all, terminal, drawn: None, notes: Vec::new() }
    }

    /// Says what begins.
    pub(crate) fn welcome(&self, setting: &Setting, resumed: bool, from: &str, data: &Path) {
        let (cases, seed, data) = (setting.cases, setting.seed, data.display());
        if resumed {
            let now = words::minute(setting.now);
            eprintln!("接着办理 {data} 中的 {cases} 件申请，从 {now} 起（种子 {seed}）");
            eprintln!("going on with the {cases} applications in {data}, from {now} (seed {seed})");
        } else {
            eprintln!("一件事一次办：{cases} 件申请，定义来自 {from}，数据写入 {data}，种子 {seed}");
            eprintln!("one thing, once: {cases} applications, definitions from {from}, data in {data}, seed {seed}");
        }
        eprintln!(
            "随时可按 Ctrl-C：办完手上的再停；再次运行则接着办 / Ctrl-C stops after what is in hand; run again to go on\n"
        );
    }

    /// Says something below everything else.
    pub(crate) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
        if !self.terminal {
            eprintln!("{note}");
        }
    }

    /// Shows where everything stands, if it is time to.
    pub(crate) fn show(&mut self, agenda: &Agenda, hall: &Snapshot, notes: Vec<String>, now: Millis) {
        for note in notes {
            self.note(&note);
        }
        let every = if self.terminal { DRAW_EVERY } else { LINE_EVERY };
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= every) {
            self.drawn = Some(Instant::now());
            self.draw(agenda, hall, now);
        }
    }

    /// Shows the end.
    pub(crate) fn end(&mut self, agenda: &Agenda, notes: Vec<String>, now: Millis) {
        for note in notes {
            self.note(&note);
        }
        let hall = Snapshot { at_ms: now, queues: Vec::new(), windows: Vec::new(), tides: Vec::new() };
        self.draw(agenda, &hall, now);
        for bar in &self.bars {
            bar.abandon();
        }
        self.table.finish_and_clear();
        eprintln!();
    }

    fn draw(&mut self, agenda: &Agenda, hall: &Snapshot, now: Millis) {
        let counts = agenda.counts();
        for (index, bar) in self.bars.iter().enumerate() {
            let (handed_in, closed) = counts.get(&index).copied().unwrap_or_default();
            bar.set_position(closed);
            bar.set_message(format!("在办 {}", handed_in - closed));
        }
        let handed_in: u64 = counts.values().map(|(handed_in, _)| handed_in).sum();
        let closed: u64 = counts.values().map(|(_, closed)| closed).sum();
        let waiting: usize = hall.queues.iter().map(|row| row.waiting).sum();
        if self.terminal {
            self.table.set_message(self.text(agenda, hall, now));
        } else {
            let busy = hall.windows_in(WindowState::Busy);
            eprintln!(
                "{}  收件 {handed_in}  办结 {closed}  排队 {waiting}  忙的窗口 {busy}  (received {handed_in}, closed {closed}, queued {waiting}, busy {busy})",
                words::minute(now)
            );
        }
    }

    fn text(&self, agenda: &Agenda, hall: &Snapshot, now: Millis) -> String {
        let mut table = words::table(&["队列 queue", "等待", "最久", "在办", "窗口 busy/open"]);
        for row in hall.queues.iter().filter(|row| row.waiting + row.in_hand > 0) {
            table.add_row([
                row.queue.to_string(),
                row.waiting.to_string(),
                format!("{} 分", row.oldest_wait_ms / 60_000),
                row.in_hand.to_string(),
                format!("{}/{}", row.windows_open - row.windows_idle, row.windows_open),
            ]);
        }
        let lights = agenda.lights();
        let count = |light| lights.get(&light).copied().unwrap_or_default();
        let mut text = format!(
            "\n  {}   监察灯 lights：绿 {}  黄 {}  红 {}\n{table}",
            words::minute(now),
            count(Light::Green),
            count(Light::Yellow),
            count(Light::Red)
        );
        for tide in hall.tides.iter().filter(|tide| tide.windows_open > 0) {
            text.push_str(&format!("\n  潮汐 tide {}：{} 个窗口开放", tide.campaign, tide.windows_open));
        }
        for note in self.notes.iter().rev().take(NOTES_MAX).rev() {
            text.push_str(&format!("\n  · {note}"));
        }
        text
    }
}

/// Pads to a width in columns: a Han character takes two.
fn pad(text: &str, width: usize) -> String {
    let taken: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(taken)))
}

//! What one sees while it runs: bars for the packages, a table of queues and lights. On standard error, so that the
//! result on standard output stays clean.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use onething_engine::Title;
use onething_engine::calendar::Millis;
use onething_engine::case::Status;
use onething_engine::clock::Light;
use onething_policy::{Snapshot, WindowState};
use onething_sim::signs::Signs;

use super::agenda::Agenda;
use super::door::Counts;
use super::population::Population;
use super::setting::Setting;
use crate::words;

/// How often the screen is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(150);
/// How often a line is printed when there is no terminal to draw on.
const LINE_EVERY: Duration = Duration::from_secs(3);
/// Notes shown at once.
const NOTES_MAX: usize = 4;
/// Queues shown at once, the fullest first: the table must fit a small terminal and not jump about.
const QUEUES_SHOWN: usize = 10;
/// Columns of the sign over a queue and its id.
const SIGN_WIDTH: usize = 37;
/// Columns of the whole table; a narrower terminal gets the Chinese alone.
const COLUMNS: u16 = 104;

/// The screen of a running demo.
pub(crate) struct Screen {
    bars: Vec<ProgressBar>,
    table: ProgressBar,
    _all: MultiProgress,
    terminal: bool,
    drawn: Option<Instant>,
    notes: Vec<String>,
    names: Signs,
}

impl Screen {
    pub(crate) fn new(population: &Population) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let terminal = !all.is_hidden();
        let style = ProgressStyle::with_template("  {prefix} {wide_bar:.cyan/blue} {pos:>5}/{len} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉░");
        let widest =
            population.packages.iter().map(|(workflow, _)| width(&workflow.title().zh)).max().unwrap_or_default();
        let mut bars = Vec::new();
        for (index, (workflow, _)) in population.packages.iter().enumerate() {
            let count = population.arrivals.iter().filter(|arrival| arrival.package == index).count();
            let bar = all.add(ProgressBar::new(count as u64).with_style(style.clone()));
            bar.set_prefix(pad(&workflow.title().zh, widest));
            bars.push(bar);
        }
        let table = all.add(ProgressBar::new(0));
        table.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bars, table, _all: all, terminal, drawn: None, notes: Vec::new(), names: population.signs() }
    }

    /// Says something below everything else, with the moment it was said.
    pub(crate) fn note(&mut self, note: &str, now: Millis) {
        let note = format!("{}  {note}", words::minute(now));
        if !self.terminal {
            eprintln!("{note}");
        }
        self.notes.push(note);
    }

    /// Shows where everything stands, if it is time to.
    pub(crate) fn show(&mut self, agenda: &Agenda, hall: &Snapshot, notes: Vec<String>, now: Millis) {
        for note in notes {
            self.note(&note, now);
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
            self.note(&note, now);
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
            bar.set_message(format!("在办 in hand {}", handed_in - closed));
        }
        let handed_in: u64 = counts.values().map(|(handed_in, _)| handed_in).sum();
        let closed: u64 = counts.values().map(|(_, closed)| closed).sum();
        let waiting: usize = hall.queues.iter().map(|row| row.waiting).sum();
        if self.terminal {
            self.table.set_message(self.text(agenda, hall, now));
        } else {
            let busy = hall.windows_in(WindowState::Busy);
            eprintln!(
                "{}  收件 received {handed_in}  办结 closed {closed}  排队 queued {waiting}  忙的窗口 busy {busy}",
                words::minute(now)
            );
        }
    }

    fn named(&self, queue: &str) -> String {
        pad(&self.names.of_queue(queue), SIGN_WIDTH)
    }

    fn text(&self, agenda: &Agenda, hall: &Snapshot, now: Millis) -> String {
        let mut table = words::table(&["队列 queue", "等待 waiting", "最久 oldest", "在办 in hand", "忙/开 busy/open"]);
        table.use_stderr();
        let narrow = table.width().is_some_and(|columns| columns < COLUMNS);
        if narrow {
            table.set_header(["队列", "等待", "最久", "在办", "忙/开"]);
        }
        let mut rows: Vec<_> = hall.queues.iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.waiting, row.in_hand, row.oldest_wait_ms)));
        for row in rows.into_iter().take(QUEUES_SHOWN) {
            let minutes = row.oldest_wait_ms / 60_000;
            table.add_row([
                if narrow { self.names.sign(&row.queue.to_string()) } else { self.named(&row.queue.to_string()) },
                row.waiting.to_string(),
                if narrow { format!("{minutes} 分") } else { format!("{minutes} 分 min") },
                row.in_hand.to_string(),
                format!("{}/{}", row.windows_open - row.windows_idle, row.windows_open),
            ]);
        }
        let lights = agenda.lights();
        let count = |light| lights.get(&light).copied().unwrap_or_default();
        let mut text = format!(
            "\n  {}   监察灯 lights：绿 green {}  黄 yellow {}  红 red {}   待补正 to be supplemented {}\n{table}",
            words::minute(now),
            count(Light::Green),
            count(Light::Yellow),
            count(Light::Red),
            agenda.standing.values().filter(|status| **status == Status::AwaitingSupplement).count()
        );
        let seen = agenda.door.seen();
        let inside: u64 = seen.queues.values().map(Counts::inside).sum();
        if let Some((number, window)) = &seen.called {
            text.push_str(&format!(
                "\n  取号 tickets：在厅 in the hall {inside}   请 {number} 号到 {window} number {number} to {window}"
            ));
        }
        drop(seen);
        for tide in hall.tides.iter().filter(|tide| tide.windows_open > 0) {
            text.push_str(&format!("\n  潮汐 tide {}：开放窗口 windows open {}", tide.campaign, tide.windows_open));
        }
        for note in self.notes.iter().rev().take(NOTES_MAX).rev() {
            text.push_str(&format!("\n  · {note}"));
        }
        text
    }
}

/// Says what begins.
pub(super) fn welcome(setting: &Setting, resumed: bool, from: &Title, data: &str) {
    let (cases, seed) = (setting.cases, setting.seed);
    if resumed {
        let now = words::minute(setting.now);
        eprintln!("接着办理 {data} 中的 {cases} 件申请，从 {now} 起（种子 {seed}）");
        eprintln!("going on with the {cases} applications in {data}, from {now} (seed {seed})");
    } else {
        eprintln!("一件事一次办：{cases} 件申请，定义来自 {}，数据写入 {data}，种子 {seed}", from.zh);
        eprintln!("one thing, once: {cases} applications, definitions from {}, data in {data}, seed {seed}", from.en);
    }
    eprintln!(
        "随时可按 Ctrl-C：办完手上的再停；再次运行则接着办 / Ctrl-C stops after what is in hand; run again to go on\n"
    );
}

/// Pads to a width in columns.
fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Columns of a text: a Han character takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

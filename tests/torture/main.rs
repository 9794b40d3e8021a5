//! Cases go through worker processes while one thing after the other breaks, at two sites at once: one server that writes
//! everything to its disk (`local`), and a cluster of three masters and three replicas (`replicated`). A checker that is no
//! part of the system holds every acknowledged command against the histories afterwards.
//!
//! Run it with `cargo xtask torture --minutes N`; it prints its seed, how far it has come, what it broke, and what it found.

#![allow(clippy::unwrap_used, reason = "what cannot go on has failed")]

#[path = "../account.rs"]
mod account;
mod applicants;
#[path = "../clock_off.rs"]
mod clock_off;
mod faults;
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use onething_store::{Filter, Store};
use onething_store_redis::{Options as StoreOptions, RedisStore};
use onething_worker::{Clock, WallClock};
use tokio::runtime::Runtime;

use crate::applicants::Applicants;
use crate::faults::Fault;
use crate::site::{Kind, Site};

/// Minutes where neither they nor cases are named.
const MINUTES: f64 = 5.0;
/// Cases of a round. Each begins with empty servers, so that a long run is not one of ever larger copies to replicas.
const ROUND_CASES: usize = 15_000;
/// How long everything may take to come to its end once nothing breaks any more.
const END_MAX: Duration = Duration::from_secs(300);
/// Nothing may happen before it began or after it ended, but for this.
const SPAN_MS: i64 = 60_000;
/// Steps of the bar.
const BAR: u64 = 1000;
/// Who fires timers.
const CLOCK: &str = "时钟";

#[derive(Parser)]
struct Options {
    /// Break things for so many minutes.
    #[arg(long)]
    minutes: Option<f64>,
    /// Break things until so many cases have been handed in.
    #[arg(long)]
    cases: Option<usize>,
    /// What breaks when.
    #[arg(long)]
    seed: Option<u64>,
}

/// How long it goes on.
struct Until {
    began: Instant,
    time: Duration,
    cases: usize,
    handed_in: AtomicUsize,
    faults: AtomicUsize,
    /// What goes on at each site.
    now: Mutex<BTreeMap<&'static str, &'static str>>,
    bar: ProgressBar,
}

impl Until {
    fn is_reached(&self) -> bool {
        self.share() >= 1.0
    }

    /// How much of it is over.
    fn share(&self) -> f64 {
        let time = self.began.elapsed().as_secs_f64() / self.time.as_secs_f64();
        time.max(self.handed_in.load(Ordering::SeqCst) as f64 / self.cases as f64)
    }

    /// Says what goes on now, and how far it has come.
    fn show(&self, kind: Kind, what: &'static str) {
        let (handed_in, faults) = (self.handed_in.load(Ordering::SeqCst), self.faults.load(Ordering::SeqCst));
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.insert(kind.name(), what);
        let lines: String = now.iter().map(|(site, what)| format!("\n  {site}: {what}")).collect();
        self.bar.set_position((self.share().min(1.0) * BAR as f64) as u64);
        self.bar.set_message(format!("{handed_in} cases, {faults} faults{lines}"));
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| println!("{line}"));
    }
}

/// What came of a site.
#[derive(Default)]
struct Found {
    rounds: u64,
    cases: usize,
    commands: usize,
    acknowledged: usize,
    broken: BTreeMap<&'static str, u32>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_secs());
    let minutes = options.minutes.or(options.cases.is_none().then_some(MINUTES));
    let time = minutes.map_or(Duration::MAX, |minutes| Duration::from_secs_f64(minutes * 60.0));
    let cases = options.cases.unwrap_or(usize::MAX);
    let style = ProgressStyle::with_template("{elapsed_precise} {bar:40} {percent:>3}%  {msg}").unwrap();
    let until = Until {
        began: Instant::now(),
        time,
        cases,
        handed_in: AtomicUsize::new(0),
        faults: AtomicUsize::new(0),
        now: Mutex::default(),
        bar: ProgressBar::new(BAR).with_style(style),
    };
    println!("torture: seed {seed}; what breaks when can be repeated with: cargo xtask torture --seed {seed}");
    until.bar.enable_steady_tick(Duration::from_millis(500));
    let sites: Vec<(Kind, std::thread::Result<Found>)> = std::thread::scope(|scope| {
        let until = &until;
        let running = Kind::ALL.map(|kind| (kind, scope.spawn(move || rounds(kind, seed, until))));
        running.into_iter().map(|(kind, site)| (kind, site.join())).collect()
    });
    until.bar.finish_and_clear();
    let mut found = Vec::new();
    for (kind, site) in sites {
        match site {
            Ok(of) => found.push((kind, of)),
            // It has said what it is.
            Err(_) => {
                println!("\ntorture: {}: FAILED, see above; again: cargo xtask torture --seed {seed}", kind.name());
                return ExitCode::FAILURE;
            }
        }
    }
    for (kind, found) in &found {
        println!(
            "\n{}: {} cases in {} rounds, {} commands in their histories, {} of them acknowledged to workers",
            kind.name(),
            found.cases,
            found.rounds,
            found.commands,
            found.acknowledged,
        );
        for (name, count) in &found.broken {
            println!("{count:>6} x {name}");
        }
    }
    let sum = |count: fn(&Found) -> usize| found.iter().map(|(_, found)| count(found)).sum::<usize>();
    let faults: u32 = found.iter().flat_map(|(_, found)| found.broken.values()).sum();
    println!(
        "\ntorture: seed {seed}, {:.0} s, {} cases, {} commands, {faults} faults: nothing lost, nothing twice, nothing \
         unasked, every case ended, the doctor is silent",
        until.began.elapsed().as_secs_f64(),
        sum(|found| found.cases),
        sum(|found| found.commands)
    );
    ExitCode::SUCCESS
}

fn rounds(kind: Kind, seed: u64, until: &Until) -> Found {
    let mut found = Found::default();
    while !until.is_reached() {
        found.rounds += 1;
        round(kind, seed, until, &mut found);
        until.say(&format!(
            "torture: {}: {:.0} min, {} cases in {} rounds, {} faults; all accounted for",
            kind.name(),
            until.began.elapsed().as_secs_f64() / 60.0,
            found.cases,
            found.rounds,
            found.broken.values().sum::<u32>()
        ));
    }
    found
}

fn round(kind: Kind, seed: u64, until: &Until, found: &mut Found) {
    let began = WallClock.now();
    until.show(kind, "servers and workers start");
    let mut site = Site::open(kind, seed, found.rounds);
    let applicants = Applicants::start(&site, ROUND_CASES);
    let mut counted = 0;
    while !applicants.are_done() && !until.is_reached() {
        site.rest(0..400);
        let Fault { name, cause } = faults::next(&mut site);
        *found.broken.entry(name).or_default() += 1;
        until.show(kind, name);
        cause(&mut site);
        until.faults.fetch_add(1, Ordering::SeqCst);
        let count = applicants.count();
        until.handed_in.fetch_add(count - counted, Ordering::SeqCst);
        counted = count;
    }
    until.show(kind, "nothing breaks any more, and every case comes to its end");
    let handed_in = applicants.stop();
    let runtime = Runtime::new().unwrap();
    let (account, acknowledged) = runtime.block_on(async {
        site.revive();
        let store = RedisStore::open(&site.url, StoreOptions::default()).await.unwrap();
        wait_for_end(kind, &store, handed_in.len()).await;
        until.show(kind, "every history is read and accounted for");
        let acknowledged = site.close();
        (account::of(&store, &site::centre()).await, acknowledged)
    });
    assert_eq!(account.submissions, handed_in, "{}: what was handed in, and nothing else", kind.name());
    account.holds(acknowledged.iter().map(String::as_str));
    for (command, by) in account.commands.iter().filter(|(command, _)| !handed_in.contains(*command)) {
        assert!(by == CLOCK || site.has_worked(by), "{command} was given by {by}, who does not work here");
    }
    let span = began - SPAN_MS..WallClock.now() + SPAN_MS;
    let (first, last) = account.span.unwrap_or((began, began));
    assert!(span.contains(&first) && span.contains(&last), "{}: from {first} to {last}", kind.name());
    doctor(&site);
    found.cases += handed_in.len();
    found.commands += account.commands.len();
    found.acknowledged += acknowledged.len();
}

/// Waits until every case is over.
async fn wait_for_end(kind: Kind, store: &RedisStore, cases: usize) {
    let (began, centre) = (Instant::now(), site::centre());
    loop {
        let mut open = BTreeSet::new();
        for state in ["received", "accepted", "awaiting_supplement"] {
            let filter = Filter { state: Some(state.to_owned()), ..Filter::default() };
            open.extend(store.search(&centre, &filter, None, 1000).await.unwrap().into_iter().map(|it| it.case));
        }
        let there = store.case_count(&centre).await.unwrap();
        if open.is_empty() && there == cases as u64 {
            return;
        }
        let name = kind.name();
        assert!(began.elapsed() < END_MAX, "{name}: {there} cases of {cases} are there; not over: {open:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn doctor(site: &Site) {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_onething"));
    let doctor = doctor.args(["doctor", "--store", &site.url]).output().unwrap();
    assert!(doctor.status.success(), "the doctor: {}", String::from_utf8_lossy(&doctor.stdout));
}

//! Transitions a second of one process over Redis with 64 in flight; and what the same server does when the very same
//! bytes are sent to it from a bare loop, 64 in flight as well.
//!
//! A case is opened, goes through eight tasks and ends. Each task is one transition: one script settles it, appends two
//! events, writes the state, queues the next task and claims it, and brings the case along.
//!
//! The bytes are recorded on their way from the product to the server, one at a time so that their order is known. The
//! bare loop (`bare_per_s`) and the product take turns on an emptied server, so that a busy neighbour disturbs both; each
//! figure is the median of the rounds. `fsync` is the server's `appendfsync`.
//!
//! Further figures: `cases`, cases of eight tasks from first to last in a second; `round_trips`, commands at the server for
//! each transition; `claim_p50_ms` and `claim_p99_ms`, from the commit that queues a task to its claim by a worker that
//! was waiting for the bell, at 100 a second; `jobs`, cases of a single task from being handed in to being done in a
//! second, with `job_round_trips` each, one of which hands it in; `jobs_bullmq`, the jobs of BullMQ on the same server where Node and it are there; `processes_1`, `_2`, `_4`,
//! transitions a second of so many processes together. Prints one line of JSON.

mod jobs;
mod record;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onething_store::{CaseId, CentreId, Claim, Claimed, Commit, CommitOutcome, Index, QueuedTask, Store, TaskId};
use onething_store_redis::{Options, RedisStore};
use redis_fixture::Server;

use crate::record::{Recorder, replay};

/// Cases in flight, each with a worker.
const WORKERS: u64 = 64;
/// Tasks of a case.
const STEPS: u64 = 8;
/// Turns of each.
const ROUNDS: u64 = 5;
/// Transitions of a turn: about a second's worth.
const TRANSITIONS: u64 = 16_000;
/// How the server writes to its disk: before it answers.
const FSYNC: &str = "always";
/// Tasks a second, and how many, where the time to a claim is measured.
const PER_SECOND: u64 = 100;
const TASKS: u64 = 1000;
/// Tells a run of this program that it is one of several processes: its number and the server.
const CHILD: &str = "ONETHING_BENCH_CHILD";

const STATE_BYTES: usize = 300;
const EVENT_BYTES: usize = 120;
const PAYLOAD_BYTES: usize = 40;
const REPLY_BYTES: usize = 16;
const NOW_MS: i64 = 1_700_000_000_000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Ok(child) = std::env::var(CHILD) {
        let (number, url) = child.split_once(' ').expect("a number and an address");
        let seconds = runtime.block_on(async { product(&open(url).await, number, TRANSITIONS).await });
        println!("{seconds}");
        return;
    }
    let server = Server::start(&[&format!("appendfsync {FSYNC}")]);
    let recorder = Recorder::before(server.port());
    runtime.block_on(async {
        let store = open(&recorder.url()).await;
        let mut held = vec![None; WORKERS as usize];
        for number in 0..TRANSITIONS {
            let worker = (number % WORKERS) as usize;
            held[worker] = transition(&store, "r", worker as u64, number, held[worker].take()).await;
        }
    });
    let commands = recorder.commands();

    let (mut figures, mut bares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut trips = 0.0;
    for round in 0..ROUNDS {
        server.ask(&["FLUSHALL"]);
        bares.push(TRANSITIONS as f64 / replay(server.port(), &commands));
        server.ask(&["FLUSHALL"]);
        let before = calls(&server);
        let seconds =
            runtime.block_on(async { product(&open(&server.url()).await, &round.to_string(), TRANSITIONS).await });
        // What opening the store and listing the centre took is in it.
        trips = (calls(&server) - before) / TRANSITIONS as f64;
        figures.push(TRANSITIONS as f64 / seconds);
        ratios.push(figures[figures.len() - 1] / bares[bares.len() - 1]);
    }
    server.ask(&["FLUSHALL"]);
    let waits = runtime.block_on(async { waits(open(&server.url()).await, open(&server.url()).await).await });
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    server.ask(&["FLUSHALL"]);
    let url = server.url();
    let before = calls(&server);
    let jobs = runtime.block_on(async { jobs::per_second(open(&url).await, open(&url).await).await });
    let job_trips = (calls(&server) - before) / jobs::JOBS as f64;
    server.ask(&["FLUSHALL"]);
    let bullmq = match jobs::bullmq(server.port()) {
        Ok(jobs) => format!("{jobs:.0}"),
        Err(why) => format!("\"not measured: {why}\""),
    };
    let curve: Vec<String> = [1, 2, 4]
        .map(|count| {
            server.ask(&["FLUSHALL"]);
            format!(",\"processes_{count}\":{:.0}", together(&server.url(), count))
        })
        .into();
    let figure = median(figures);
    println!(
        "{{\"name\":\"redis\",\"transitions_per_s\":{figure:.0},\"bare_per_s\":{:.0},\"ratio\":{:.3},\"fsync\":\"{FSYNC}\",\
         \"cases\":{:.0},\"round_trips\":{trips:.3},\"claim_p50_ms\":{:.2},\"claim_p99_ms\":{:.2},\
         \"jobs\":{jobs:.0},\"job_round_trips\":{job_trips:.2},\"jobs_bullmq\":{bullmq}{}}}",
        median(bares),
        median(ratios),
        figure / (STEPS + 1) as f64,
        at(0.5),
        at(0.99),
        curve.concat(),
    );
}

async fn open(url: &str) -> Arc<RedisStore> {
    Arc::new(RedisStore::open(url, Options::default()).await.expect("a store"))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Commands that the server has done for its clients.
fn calls(server: &Server) -> f64 {
    let stats = server.ask(&["INFO", "commandstats"]);
    let called = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let calls = rest.strip_prefix("calls=")?.split(',').next()?;
        // Scripts are calls themselves; what they call is not sent by anybody.
        matches!(name, "evalsha" | "eval" | "script|load" | "wait").then(|| calls.parse::<f64>().ok())?
    };
    stats.lines().filter_map(called).sum()
}

/// Seconds of some transitions, `WORKERS` of them in flight.
async fn product(store: &Arc<RedisStore>, round: &str, transitions: u64) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (store, done, round) = (store.clone(), done.clone(), round.to_owned());
            tokio::spawn(async move {
                let (mut held, mut sequence) = (None, 0);
                while done.fetch_add(1, Ordering::Relaxed) < transitions {
                    held = transition(&store, &round, worker, sequence, held).await;
                    sequence += 1;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker");
    }
    started.elapsed().as_secs_f64()
}

/// One transition: opens a case, or does the step in hand; claims the next.
async fn transition(
    store: &RedisStore,
    round: &str,
    worker: u64,
    sequence: u64,
    held: Option<Claimed>,
) -> Option<Claimed> {
    let (name, queue) = (format!("window-{round}-{worker}"), format!("desk-{round}-{worker}"));
    let command = format!("{name}:{sequence}");
    let (case, version) = match &held {
        Some(it) => (it.lease.task.case.clone(), it.case.as_ref().expect("the case comes along").version),
        None => (CaseId::from(format!("2026-{round}-{worker:02}-{sequence:06}")), 0),
    };
    let mut commit = Commit::new("centre".into(), command.as_str().into(), case.clone(), version, NOW_MS);
    commit.events = vec![vec![7; EVENT_BYTES]; 2];
    (commit.state, commit.reply) = (vec![8; STATE_BYTES], vec![9; REPLY_BYTES]);
    let (state, package) = ("running".into(), "open-restaurant".into());
    commit.index = Index { state, package, applicant: format!("applicant-of-{case}") };
    let step = version / 2;
    if step < STEPS {
        let (task, payload) = (TaskId { case, number: step as u32 + 1 }, vec![5; PAYLOAD_BYTES]);
        commit.enqueue =
            vec![QueuedTask { task, queue: queue.as_str().into(), class: 1, ready_at_ms: NOW_MS, payload }];
    } else {
        commit.index.state = "finished".into();
    }
    commit.settle = held.map(|it| it.lease);
    commit.claim = Some(claim(&name, &queue));
    match store.commit(commit).await.expect("a commit") {
        CommitOutcome::Committed { claimed, .. } => claimed,
        other => panic!("expected a commit, but got {other:?}"),
    }
}

fn claim(worker: &str, queue: &str) -> Claim {
    Claim { worker: worker.into(), queues: vec![queue.into()], only: None, lease_ms: 3_600_000, ageing_ms: 0 }
}

/// How long queued tasks wait for a worker that waits for the bell, shortest first.
async fn waits(submitter: Arc<RedisStore>, worker: Arc<RedisStore>) -> Vec<Duration> {
    let centre = CentreId::from("centre");
    let mut bell = worker.bell(&centre).await.expect("a bell").expect("a bell");
    bell.changed().await.expect("a ring");
    let began = Instant::now();
    let taken = tokio::spawn(async move {
        let mut taken = Vec::new();
        while taken.len() < TASKS as usize {
            match worker.claim(&centre, &claim("w", "q"), NOW_MS).await.expect("a claim") {
                Some(claimed) => {
                    let queued: u64 = String::from_utf8_lossy(&claimed.payload).parse().expect("a time");
                    taken.push(began.elapsed() - Duration::from_nanos(queued));
                }
                None => bell.changed().await.expect("a ring"),
            }
        }
        taken
    });
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / PER_SECOND));
    for number in 0..TASKS {
        beat.tick().await;
        let case = CaseId::from(format!("k{number}"));
        let mut commit = Commit::new("centre".into(), format!("c{number}").into(), case.clone(), 0, NOW_MS);
        commit.events = vec![vec![7; EVENT_BYTES]];
        let payload = began.elapsed().as_nanos().to_string().into_bytes();
        let task = TaskId { case, number: 1 };
        commit.enqueue = vec![QueuedTask { task, queue: "q".into(), class: 0, ready_at_ms: NOW_MS, payload }];
        submitter.commit(commit).await.expect("a commit");
    }
    let mut taken = taken.await.expect("a worker");
    taken.sort_unstable();
    taken
}

/// Transitions a second of several processes at once.
fn together(url: &str, count: u32) -> f64 {
    let itself = std::env::current_exe().expect("this program");
    let children: Vec<_> = (0..count)
        .map(|number| {
            let mut command = Command::new(&itself);
            command.env(CHILD, format!("{count}.{number} {url}")).stdout(Stdio::piped());
            command.spawn().expect("a process")
        })
        .collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().expect("its output"));
    let seconds = outputs.map(|output| String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().expect("seconds"));
    seconds.map(|seconds| TRANSITIONS as f64 / seconds).sum()
}

//! Transitions a second of the embedded store, each acknowledged after it is on disk, 64 cases in flight; and what
//! redb alone does with the same bytes in transactions of the same size.
//!
//! A case is opened, goes through eight tasks and ends. Each task is one transition: load the case, then one commit
//! that settles the task, appends two events, writes the state, queues the next task and claims another.
//!
//! Bare redb writes the rows of such a transition with the same keys and as many bytes, and reads and judges nothing
//! (`bare_per_s`, `ratio`). `one_row` is the same bytes as a single row under a counter, the least redb can do.
//! The three take turns, so that a busy neighbour disturbs all of them; each figure is the median of the rounds. Prints
//! one line of JSON.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onething_store::{
    CaseId, CentreId, Claim, Claimed, Commit, CommitOutcome, EmbeddedStore, Index, Options, QueuedTask, Store, TaskId,
};
use redb::{Database, TableDefinition, WriteTransaction};

/// Cases in flight, each with a worker.
const WORKERS: u64 = 64;
/// Tasks of a case.
const STEPS: u64 = 8;
/// Turns of each of the three.
const ROUNDS: usize = 7;
/// Transitions of a turn: about a second's worth.
const TRANSITIONS: u64 = 40_000;

const STATE_BYTES: usize = 300;
const EVENT_BYTES: usize = 120;
const PAYLOAD_BYTES: usize = 40;
const REPLY_BYTES: usize = 16;
/// What ids, hashes, index and numbers add to the rows of a transition.
const LOG_ROW_BYTES: usize = 2 * (EVENT_BYTES + 36) + REPLY_BYTES + 75;
const CASE_ROW_BYTES: usize = STATE_BYTES + 108;
const TASK_ROW_BYTES: usize = PAYLOAD_BYTES + 115;
const KEY_BYTES: usize = 22;

struct Run {
    store: EmbeddedStore,
    centre: CentreId,
    done: AtomicU64,
    cases: AtomicU64,
    /// Milliseconds: one for each transition.
    clock_ms: AtomicU64,
}

fn main() {
    let directory = tempfile::tempdir_in(std::env::current_dir().expect("a directory")).expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = EmbeddedStore::open(directory.path().join("store"), Options::default()).expect("a store");
    let (done, cases, clock_ms) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(1_700_000_000_000));
    let run = Arc::new(Run { store, centre: "centre-1".into(), done, cases, clock_ms });
    let (rows, one_row) = (create(directory.path(), "rows"), create(directory.path(), "one-row"));

    let mut latencies = Vec::new();
    let (mut figures, mut bares, mut ones, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        let seconds = runtime.block_on(product(&run, round, &mut latencies));
        let (transactions, requests) = run.store.batches();
        let batch = requests as f64 / transactions as f64;
        let rate = |seconds: f64| TRANSITIONS as f64 / seconds;
        figures.push(rate(seconds));
        bares.push(rate(bare(&rows, round, batch, write_rows)));
        ones.push(rate(bare(&one_row, round, batch, write_one_row)));
        ratios.push(figures[figures.len() - 1] / bares[bares.len() - 1]);
    }
    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let (transactions, requests) = run.store.batches();
    println!(
        "{{\"name\":\"embedded\",\"transitions_per_s\":{:.0},\"bare_per_s\":{:.0},\"ratio\":{:.3},\
         \"one_row\":{:.0},\"p50_ms\":{:.2},\"p99_ms\":{:.2},\"batch_mean\":{:.1}}}",
        median(figures),
        median(bares),
        median(ratios),
        median(ones),
        at(0.5),
        at(0.99),
        requests as f64 / transactions as f64,
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Seconds of one turn of the store.
async fn product(run: &Arc<Run>, round: u64, latencies: &mut Vec<Duration>) -> f64 {
    run.done.store(0, Ordering::Relaxed);
    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(work(Arc::clone(run), round, worker))).collect();
    for worker in workers {
        latencies.append(&mut worker.await.expect("a worker"));
    }
    started.elapsed().as_secs_f64()
}

async fn work(run: Arc<Run>, round: u64, worker: u64) -> Vec<Duration> {
    let claim = Claim {
        ageing_ms: 0,
        worker: format!("window-{worker}").as_str().into(),
        queues: vec!["comprehensive".into(), "review".into()],
        only: None,
        lease_ms: 3_600_000,
    };
    let mut latencies = Vec::new();
    let mut claimed: Option<Claimed> = None;
    let mut sequence = 0;
    while run.done.fetch_add(1, Ordering::Relaxed) < TRANSITIONS {
        let started = Instant::now();
        sequence += 1;
        let command = format!("window-{worker}:{round}:{sequence}").as_str().into();
        let now_ms = run.clock_ms.fetch_add(1, Ordering::Relaxed).cast_signed();
        let (case, version) = match &claimed {
            Some(it) => {
                let case = it.lease.task.case.clone();
                let loaded = run.store.load(&run.centre, &case).await.expect("a load").expect("a case");
                (case, loaded.version)
            }
            None => {
                let number = run.cases.fetch_add(1, Ordering::Relaxed);
                (CaseId::from(format!("2026-{number:08}")), 0)
            }
        };
        let mut commit = Commit::new(run.centre.clone(), command, case.clone(), version, now_ms);
        commit.events = vec![vec![7; EVENT_BYTES]; 2];
        commit.state = vec![8; STATE_BYTES];
        commit.reply = vec![9; REPLY_BYTES];
        let (state, package) = ("running".into(), "open-restaurant".into());
        commit.index = Index { state, package, applicant: format!("applicant-of-{case}") };
        let step = version / 2;
        if step < STEPS {
            let (task, payload) = (TaskId { case, number: step as u32 + 1 }, vec![5; PAYLOAD_BYTES]);
            let queue = "review".into();
            commit.enqueue = vec![QueuedTask { task, queue, class: 1, ready_at_ms: now_ms, payload }];
        } else {
            commit.index.state = "finished".into();
        }
        commit.settle = claimed.take().map(|it| it.lease);
        commit.claim = Some(claim.clone());
        match run.store.commit(commit).await.expect("a commit") {
            CommitOutcome::Committed { claimed: next, .. } => claimed = next,
            other => panic!("expected a commit, but got {other:?}"),
        }
        latencies.push(started.elapsed());
    }
    latencies
}

const LOG: TableDefinition<u64, &[u8]> = TableDefinition::new("log");
const CASES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("cases");
const COMMANDS: TableDefinition<&[u8], u64> = TableDefinition::new("commands");
const TASKS: TableDefinition<u64, &[u8]> = TableDefinition::new("tasks");

fn create(directory: &Path, name: &str) -> Database {
    let mut builder = Database::builder();
    builder.set_cache_size(Options::default().cache_bytes).create(directory.join(name)).expect("a database")
}

/// Seconds redb alone needs for one turn.
fn bare(database: &Database, round: u64, batch: f64, write: fn(&WriteTransaction, Range<u64>)) -> f64 {
    let started = Instant::now();
    let (mut done, mut end) = (0, 0.0);
    while done < TRANSITIONS {
        end += batch;
        let until = (end as u64).min(TRANSITIONS);
        let mut transaction = database.begin_write().expect("a transaction");
        transaction.set_quick_repair(true);
        write(&transaction, round * TRANSITIONS + done..round * TRANSITIONS + until);
        transaction.commit().expect("a commit");
        done = until;
    }
    started.elapsed().as_secs_f64()
}

/// A log row, the row of one of the cases in flight, a command and the row of a task for each transition.
fn write_rows(transaction: &WriteTransaction, numbers: Range<u64>) {
    let mut log = transaction.open_table(LOG).expect("a table");
    let mut cases = transaction.open_table(CASES).expect("a table");
    let mut commands = transaction.open_table(COMMANDS).expect("a table");
    let mut tasks = transaction.open_table(TASKS).expect("a table");
    for number in numbers {
        // As in the product: `WORKERS` cases at a time, each changed once in as many transitions, `STEPS` + 1 times.
        let case = number / (WORKERS * (STEPS + 1)) * WORKERS + number % WORKERS;
        log.insert(number, &[1; LOG_ROW_BYTES][..]).expect("an insert");
        cases.insert(&*key(case), &[2; CASE_ROW_BYTES][..]).expect("an insert");
        commands.insert(&*key(number), number).expect("an insert");
        tasks.insert(number % WORKERS, &[3; TASK_ROW_BYTES][..]).expect("an insert");
    }
}

fn write_one_row(transaction: &WriteTransaction, numbers: Range<u64>) {
    const BYTES: usize = LOG_ROW_BYTES + CASE_ROW_BYTES + TASK_ROW_BYTES + 2 * KEY_BYTES + 16;
    let mut log = transaction.open_table(LOG).expect("a table");
    for number in numbers {
        log.insert(number, &[1; BYTES][..]).expect("an insert");
    }
}

fn key(number: u64) -> Vec<u8> {
    format!("{number:0KEY_BYTES$}").into_bytes()
}

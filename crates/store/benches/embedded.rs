//! Transitions a second of the embedded store, each acknowledged after it is on disk, 64 cases in flight; and what
//! redb alone does with the same bytes in transactions of the same size.
//!
//! A case is opened, goes through eight tasks and ends. Each task is one transition: load the case, then one commit
//! that settles the task, appends two events, writes the state, queues the next task and claims another. Prints one
//! line of JSON.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onething_store::{
    CaseId, CentreId, Claim, Claimed, Commit, CommitOutcome, EmbeddedStore, Index, Options, QueuedTask, Store, TaskId,
};
use redb::{Database, TableDefinition};

/// Cases in flight, each with a worker.
const WORKERS: u64 = 64;
/// Tasks of a case.
const STEPS: u64 = 8;
/// Transitions measured: some seconds' worth.
const TRANSITIONS: u64 = 200_000;

const STATE_BYTES: usize = 300;
const EVENT_BYTES: usize = 120;
const PAYLOAD_BYTES: usize = 40;
const REPLY_BYTES: usize = 16;
/// Keys, ids, hashes and index of a transition, in bytes.
const NAMES_BYTES: usize = 250;
const BARE_ROW_BYTES: usize = STATE_BYTES + 2 * EVENT_BYTES + PAYLOAD_BYTES + REPLY_BYTES + NAMES_BYTES;

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
    let (seconds, mut latencies, batch_mean) = runtime.block_on(product(directory.path()));
    let bare_s = bare(directory.path(), batch_mean);
    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let (figure, limit) = (latencies.len() as f64 / seconds, TRANSITIONS as f64 / bare_s);
    println!(
        "{{\"name\":\"embedded\",\"transitions_per_s\":{figure:.0},\"bare_per_s\":{limit:.0},\"ratio\":{:.3},\
         \"p50_ms\":{:.2},\"p99_ms\":{:.2},\"batch_mean\":{batch_mean:.1}}}",
        figure / limit,
        at(0.5),
        at(0.99),
    );
}

/// Seconds, the latency of each transition, and the mean size of a transaction.
async fn product(directory: &Path) -> (f64, Vec<Duration>, f64) {
    let store = EmbeddedStore::open(directory.join("store"), Options::default()).expect("a store");
    let (done, cases, clock_ms) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(1_700_000_000_000));
    let run = Arc::new(Run { store, centre: "centre-1".into(), done, cases, clock_ms });
    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(work(Arc::clone(&run), worker))).collect();
    let mut latencies = Vec::new();
    for worker in workers {
        latencies.append(&mut worker.await.expect("a worker"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let (transactions, requests) = run.store.batches();
    (seconds, latencies, requests as f64 / transactions as f64)
}

async fn work(run: Arc<Run>, worker: u64) -> Vec<Duration> {
    let claim = Claim {
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
        let command = format!("window-{worker}:{sequence}").as_str().into();
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

/// Seconds redb alone needs for as many rows of as many bytes: one table, keys in order, nothing read.
fn bare(directory: &Path, batch: f64) -> f64 {
    const ROWS: TableDefinition<u64, &[u8]> = TableDefinition::new("rows");
    let mut builder = Database::builder();
    let database = builder.set_cache_size(Options::default().cache_bytes).create(directory.join("bare.redb"));
    let database = database.expect("a database");
    let row = vec![6; BARE_ROW_BYTES];
    let started = Instant::now();
    let (mut key, mut end) = (0, 0.0);
    while key < TRANSITIONS {
        end += batch;
        let mut transaction = database.begin_write().expect("a transaction");
        transaction.set_quick_repair(true);
        {
            let mut table = transaction.open_table(ROWS).expect("a table");
            while key < TRANSITIONS && (key as f64) < end {
                table.insert(key, &*row).expect("an insert");
                key += 1;
            }
        }
        transaction.commit().expect("a commit");
    }
    started.elapsed().as_secs_f64()
}

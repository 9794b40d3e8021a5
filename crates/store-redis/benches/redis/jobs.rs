//! Cases of a single task, from being handed in to being done, with 64 hands on either side; and the same with BullMQ.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onething_store::{CaseId, CentreId, Claimed, Commit, CommitOutcome, Index, QueuedTask, Store, TaskId};
use onething_store_redis::RedisStore;
use tokio::sync::Notify;

use crate::{NOW_MS, PAYLOAD_BYTES, REPLY_BYTES, STATE_BYTES, WORKERS, claim};

/// Jobs of a run: a second's worth or two.
pub(crate) const JOBS: u64 = 16_000;
/// How long one waits for a ring before looking by oneself.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The same as below in JavaScript.
const BULLMQ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/redis/bullmq.cjs");

/// Jobs a second, from the first that is handed in to the last that is done.
pub(crate) async fn per_second(submitter: Arc<RedisStore>, worker: Arc<RedisStore>) -> f64 {
    let (given, done, started) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Instant::now());
    let mut bell = worker.bell(&CentreId::from("centre")).await.expect("a bell").expect("a bell");
    // As in the product, one of those who wait is woken at a time, and wakes the next where there was work.
    let (ring, mut hands) = (Arc::new(Notify::new()), tokio::task::JoinSet::new());
    let rings = ring.clone();
    let ringing = tokio::spawn(async move {
        while bell.changed().await.is_ok() {
            rings.notify_one();
        }
    });
    for number in 0..WORKERS {
        let (store, given) = (submitter.clone(), given.clone());
        hands.spawn(async move {
            loop {
                let job = given.fetch_add(1, Ordering::Relaxed);
                if job >= JOBS {
                    return;
                }
                store.commit(opening(job)).await.expect("a commit");
            }
        });
        let (store, done, ring) = (worker.clone(), done.clone(), ring.clone());
        hands.spawn(async move {
            let (name, mut held): (_, Option<Claimed>) = (format!("w{number}"), None);
            while done.load(Ordering::Relaxed) < JOBS {
                let claimed = match held.take() {
                    Some(claimed) => Some(claimed),
                    None => {
                        let claimed = store.claim(&"centre".into(), &claim(&name, "q"), NOW_MS).await;
                        claimed.expect("a claim").inspect(|_| ring.notify_one())
                    }
                };
                match claimed {
                    Some(claimed) => {
                        held = closing(&store, &name, claimed).await;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    // The last to finish rings for nobody.
                    None => drop(tokio::time::timeout(LOOK_EVERY, ring.notified()).await),
                }
            }
        });
    }
    while hands.join_next().await.is_some() {
        if done.load(Ordering::Relaxed) >= JOBS {
            break;
        }
    }
    ringing.abort();
    JOBS as f64 / started.elapsed().as_secs_f64()
}

fn of(command: String, case: CaseId, version: u64) -> Commit {
    let mut commit = Commit::new("centre".into(), command.into(), case, version, NOW_MS);
    commit.events = vec![vec![7; PAYLOAD_BYTES]];
    (commit.state, commit.reply) = (vec![8; STATE_BYTES], vec![9; REPLY_BYTES]);
    commit.index = Index { state: "running".into(), package: "p".into(), applicant: "a".into() };
    commit
}

fn opening(job: u64) -> Commit {
    let case = CaseId::from(format!("j{job}"));
    let mut commit = of(format!("o{job}"), case.clone(), 0);
    let (task, payload) = (TaskId { case, number: 1 }, vec![5; PAYLOAD_BYTES]);
    commit.enqueue = vec![QueuedTask { task, queue: "q".into(), class: 0, ready_at_ms: NOW_MS, payload }];
    commit
}

async fn closing(store: &RedisStore, name: &str, claimed: Claimed) -> Option<Claimed> {
    let case = claimed.lease.task.case.clone();
    let mut commit = of(format!("c{case}"), case, 1);
    commit.index.state = "finished".into();
    (commit.settle, commit.claim) = (Some(claimed.lease), Some(claim(name, "q")));
    match store.commit(commit).await.expect("a commit") {
        CommitOutcome::Committed { claimed, .. } => claimed,
        other => panic!("expected a commit, but got {other:?}"),
    }
}

/// The same by BullMQ on the same server, or why not.
pub(crate) fn bullmq(port: u16) -> Result<f64, String> {
    let (port, jobs, hands) = (port.to_string(), JOBS.to_string(), WORKERS.to_string());
    let output = Command::new("node").args([BULLMQ, &port, &jobs, &hands]).output();
    let output = output.map_err(|_| "there is no node".to_owned())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let missing = "npm install --prefix DIR bullmq ioredis, and NODE_PATH=DIR/node_modules".to_owned();
    said.trim().parse().map_err(|_| missing)
}

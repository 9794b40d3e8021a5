//! Work that goes on while things break, and the account of it afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use onething_store::conformance::{T0, claim, task};
use onething_store::{CaseId, CentreId, Commit, CommitOutcome, Filter, Index, Lease, Store, StoreError, Verdict};
use onething_store_redis::{Options, RedisStore};

/// Who works at once, each on cases of its own.
const WRITERS: usize = 6;
/// A command that is not acknowledged within this time is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A commit with one event and little else.
pub(crate) fn commit(centre: &CentreId, command: &str, case: &str, version: u64) -> Commit {
    let mut commit = Commit::new(centre.clone(), command.into(), case.into(), version, T0);
    (commit.events, commit.state) = (vec![command.as_bytes().to_vec()], vec![2; 300]);
    commit.index = Index { state: "running".into(), package: "p".into(), applicant: "a".into() };
    commit
}

/// A store with what was acknowledged by it.
pub(crate) struct Working {
    centre: CentreId,
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<Vec<(String, String)>>>,
}

impl Working {
    /// Starts to work on a centre.
    pub(crate) async fn start(url: &str, options: Options) -> Self {
        let store = Arc::new(RedisStore::open(url, options).await.unwrap());
        let (centre, stop) = (CentreId::from("c"), Arc::new(AtomicBool::new(false)));
        let writers =
            (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), centre.clone(), writer, stop.clone())));
        Self { writers: writers.collect(), centre, stop }
    }

    /// Stops, and holds what was acknowledged against the histories: each command in exactly one of them, once, and
    /// each history whole.
    pub(crate) async fn account(self, url: &str) {
        self.stop.store(true, Ordering::Relaxed);
        let mut acknowledged = Vec::new();
        for writer in self.writers {
            acknowledged.append(&mut writer.await.unwrap());
        }
        let store = RedisStore::open(url, Options { accept_loss: true, ..Options::default() }).await.unwrap();
        let mut times: BTreeMap<(String, String), u32> = BTreeMap::new();
        for found in store.search(&self.centre, &Filter::default(), None, 1000).await.unwrap() {
            let verdict = store.verify(&self.centre, &found.case).await.unwrap();
            assert!(matches!(verdict, Some(Verdict::Intact { .. })), "{}: {verdict:?}", found.case);
            let mut from = 1;
            loop {
                let page = store.history(&self.centre, &found.case, from, 1000).await.unwrap();
                let Some(last) = page.last() else { break };
                from = last.version + 1;
                for record in page {
                    *times.entry((record.command.to_string(), found.case.to_string())).or_default() += 1;
                }
            }
        }
        for key in &acknowledged {
            assert_eq!(times.get(key), Some(&1), "{key:?} was acknowledged");
        }
        assert!(times.values().all(|times| *times == 1));
        assert!(acknowledged.len() > WRITERS, "hardly anything was acknowledged: {}", acknowledged.len());
    }
}

async fn write(
    store: Arc<RedisStore>,
    centre: CentreId,
    writer: usize,
    stop: Arc<AtomicBool>,
) -> Vec<(String, String)> {
    let (queue, worker) = (format!("queue-{writer}"), format!("worker-{writer}"));
    let (mut acknowledged, mut held): (_, Option<Lease>) = (Vec::new(), None);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let case = CaseId::from(format!("case-{writer}-{}", number % 3));
        let command = format!("{writer}/{number}");
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "{command} is stuck");
            let Ok(loaded) = store.load(&centre, &case).await else { continue };
            let version = loaded.map_or(0, |it| it.version);
            let mut commit = commit(&centre, &command, case.as_str(), version);
            commit.enqueue = vec![task(case.as_str(), (version as u32 + 1, &queue, 0, 0))];
            commit.settle = held.clone().filter(|it| it.task.case == case);
            commit.claim = Some(claim(&worker, &[&queue]));
            match store.commit(commit).await {
                Ok(CommitOutcome::Committed { claimed, .. }) => {
                    held = claimed.map(|it| it.lease);
                    break;
                }
                Ok(CommitOutcome::Duplicate(_)) => break,
                // A failover may have lost what nobody was told, a claim for example.
                Ok(CommitOutcome::LostLease(_)) => held = None,
                Ok(CommitOutcome::Conflict { .. }) => {}
                Err(StoreError::Invalid { .. }) => break,
                Err(StoreError::Server { .. } | StoreError::Unacknowledged { .. }) => {}
                Ok(other) => panic!("{command}: {other:?}"),
                Err(error) => panic!("{command}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        acknowledged.push((command, case.to_string()));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    acknowledged
}

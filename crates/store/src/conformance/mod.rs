//! What every store must do, as tests that any implementation runs with one line.
//!
//! ```ignore
//! onething_store::conformance!(memory, || Subject::new(MemoryStore::default(), ()));
//! ```
//! makes a module `memory` with one `#[test]` for each behaviour. Every behaviour gets a store of its own, or a centre
//! of its own where stores are dear: names are unique to a [`Subject`].
//!
//! The functions panic when the store does not do what it must.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    CaseId, CentreId, Claim, Claimed, Commit, CommitOutcome, Index, Lease, OutboxMessage, QueuedTask, Store,
    StoreError, TaskId, TimerId,
};

pub mod commits;
pub mod leases;
pub mod limits;
pub mod lookups;
pub mod roles;
pub mod timers;

/// Milliseconds since the epoch at which the behaviours begin: 2026-01-05 09:00 in China, a Monday.
pub const T0: i64 = 1_767_574_800_000;

/// A store to be examined.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The centre to use.
    pub centre: CentreId,
    /// What must outlive the store, for example its directory.
    _keep: Box<dyn Any>,
}

impl Subject {
    /// A subject with an empty store, or with one in which no other subject's centre is used.
    pub fn new(store: impl Store + 'static, keep: impl Any) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let centre = format!("centre-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { store: Arc::new(store), centre: centre.into(), _keep: Box::new(keep) }
    }

    /// A commit of `command` to `case` on `version`, with one event and everything else empty.
    pub fn commit(&self, command: &str, case: &str, version: u64) -> Commit {
        let mut commit = Commit::new(self.centre.clone(), command.into(), case.into(), version, T0);
        commit.events = vec![format!("event of {command}").into_bytes()];
        commit.state = format!("state after {command}").into_bytes();
        commit.reply = format!("reply to {command}").into_bytes();
        commit.index = Index { state: "running".into(), package: "p".into(), applicant: "a".into() };
        commit
    }

    /// Opens a case with these tasks: number, queue, class, milliseconds after [`T0`] from which it is ready.
    pub async fn open(&self, case: &str, tasks: &[(u32, &str, u8, i64)]) {
        let mut commit = self.commit(&format!("open {case}"), case, 0);
        commit.enqueue = tasks.iter().map(|it| task(case, *it)).collect();
        self.committed(commit).await;
    }

    /// Commits; anything but success is a failure of the test. The claimed task is the answer.
    pub async fn committed(&self, commit: Commit) -> Option<Claimed> {
        match self.store.commit(commit).await {
            Ok(CommitOutcome::Committed { claimed, .. }) => claimed,
            other => panic!("expected the commit to pass, but got {other:?}"),
        }
    }

    /// Commits; the outcome, whatever it is.
    pub async fn outcome(&self, commit: Commit) -> CommitOutcome {
        self.store.commit(commit).await.expect("an outcome")
    }

    /// Claims for `worker` from the queues, `after_ms` after [`T0`], for 1000 ms.
    pub async fn claim(&self, worker: &str, queues: &[&str], after_ms: i64) -> Option<Claimed> {
        self.store.claim(&self.centre, &claim(worker, queues), T0 + after_ms).await.expect("a claim")
    }

    /// As [`Subject::claim`], where there must be a task.
    pub async fn lease(&self, worker: &str, queues: &[&str], after_ms: i64) -> Lease {
        self.claim(worker, queues, after_ms).await.expect("a task").lease
    }

    /// The version of a case; 0 if there is none.
    pub async fn version(&self, case: &str) -> u64 {
        self.store.load(&self.centre, &case.into()).await.expect("a load").map_or(0, |it| it.version)
    }
}

/// A claim for 1000 ms.
pub fn claim(worker: &str, queues: &[&str]) -> Claim {
    let queues = queues.iter().map(|queue| (*queue).into()).collect();
    Claim { worker: worker.into(), queues, only: None, lease_ms: 1000, ageing_ms: 0 }
}

/// A task to queue: number, queue, class, milliseconds after [`T0`] from which it is ready.
pub fn task(case: &str, (number, queue, class, ready_after_ms): (u32, &str, u8, i64)) -> QueuedTask {
    QueuedTask {
        task: TaskId::new(case, number),
        queue: queue.into(),
        class,
        ready_at_ms: T0 + ready_after_ms,
        payload: format!("{case}/{number}").into_bytes(),
    }
}

/// A timer and when it is due, milliseconds after [`T0`].
pub fn timer(case: &str, number: u32, due_after_ms: i64) -> (TimerId, i64) {
    (TimerId::new(case, number), T0 + due_after_ms)
}

/// A message.
pub fn message(topic: &str, payload: &str) -> OutboxMessage {
    OutboxMessage { topic: topic.into(), payload: payload.into() }
}

/// Runs one behaviour; called by [`conformance!`](crate::conformance!).
pub fn run<F: Future<Output = ()>>(subject: Subject, behaviour: impl FnOnce(Subject) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(behaviour(subject));
}

fn number(claimed: Option<Claimed>) -> Option<u32> {
    claimed.map(|it| it.lease.task.number)
}

fn cases(names: &[&str]) -> Vec<CaseId> {
    names.iter().map(|name| (*name).into()).collect()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> StoreError {
    result.expect_err("expected a refusal")
}

/// Makes a module with one test for each behaviour a store must have. `$make` is called for each and gives a
/// [`Subject`].
#[macro_export]
macro_rules! conformance {
    ($name:ident, $make:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::conformance!(@tests $make, commits:
                a_commit_changes_everything_together
                a_refused_commit_changes_nothing
                a_second_submission_gets_the_first_answer
                commands_of_two_centres_do_not_meet
                one_of_many_writers_wins
                a_commit_without_events_keeps_the_version
                contradictions_are_refused
            );
            $crate::conformance!(@tests $make, leases:
                tasks_are_claimed_in_order
                a_task_is_not_claimed_before_it_is_ready
                one_task_can_be_asked_for
                nobody_shares_a_task
                an_expired_lease_is_taken_with_a_greater_fence
                a_renewed_lease_lasts
                a_released_task_waits_again
                a_lost_lease_settles_nothing
                a_withdrawn_task_is_gone
                settle_and_claim_is_one_step
                a_task_that_waits_becomes_urgent
                an_appointment_is_kept
                queues_are_counted
                arrivals_are_counted_over_a_quarter_of_an_hour
            );
            $crate::conformance!(@tests $make, timers:
                timers_are_due_in_order
                timers_move_and_go
                a_timer_fires_once
            );
            $crate::conformance!(@tests $make, lookups:
                history_is_read_in_pages
                histories_verify
                cases_are_found
                centres_are_apart
                what_stands_is_listed
                the_bytes_of_a_case_are_told
                messages_wait_until_acknowledged
                a_blob_is_written_once
                settings_are_kept
            );
            $crate::conformance!(@tests $make, roles:
                a_role_has_one_holder
                a_role_is_given_up
                the_holders_word_stands
                nobody_shares_a_role
                roles_are_bounded
            );
            $crate::conformance!(@tests $make, limits:
                what_is_too_large_is_refused
                a_full_queue_refuses
            );
        }
    };
    (@tests $make:expr, $part:ident: $($behaviour:ident)*) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::conformance::run($make(), $crate::conformance::$part::$behaviour);
            }
        )*
    };
}

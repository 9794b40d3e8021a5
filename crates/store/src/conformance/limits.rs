//! Past a bound the caller gets an answer, and nothing has changed.

use super::{Subject, T0, message, refused, task};
use crate::bounds::{
    BLOB_BYTES_MAX, COMMIT_BYTES_MAX, ENQUEUE_PER_COMMIT_MAX, EVENT_BYTES_MAX, EVENTS_PER_COMMIT_MAX, ID_BYTES_MAX,
    INDEX_BYTES_MAX, LEASE_MS_MAX, META_BYTES_MAX, OUTBOX_BYTES_MAX, QUEUE_DEPTH_MAX, REPLY_BYTES_MAX, STATE_BYTES_MAX,
    TASK_PAYLOAD_BYTES_MAX,
};
use crate::{Commit, CommitOutcome, StoreError, TaskId};

/// One more than each bound is refused; the bound itself is not.
pub async fn what_is_too_large_is_refused(it: Subject) {
    let check = async |change: &dyn Fn(&mut Commit, usize)| {
        let mut commit = it.commit("c", "k", 0);
        change(&mut commit, 1);
        let error = refused(it.store.commit(commit).await);
        assert!(matches!(error, StoreError::TooLarge { .. }), "got {error:?}");
        assert_eq!(it.version("k").await, 0);
        let mut commit = it.commit("probe", "probe", 7);
        change(&mut commit, 0);
        assert_eq!(it.outcome(commit).await, CommitOutcome::Conflict { actual: 0 });
    };
    check(&|it, more| it.events = vec![vec![0]; EVENTS_PER_COMMIT_MAX + more]).await;
    check(&|it, more| it.events = vec![vec![0; EVENT_BYTES_MAX + more]]).await;
    check(&|it, more| it.state = vec![0; STATE_BYTES_MAX + more]).await;
    check(&|it, more| it.reply = vec![0; REPLY_BYTES_MAX + more]).await;
    check(&|it, more| it.index.applicant = "a".repeat(INDEX_BYTES_MAX + more)).await;
    check(&|it, more| it.command = "c".repeat(ID_BYTES_MAX + more).into()).await;
    check(&|it, more| it.outbox = vec![message("t", &"m".repeat(OUTBOX_BYTES_MAX + more))]).await;
    check(&|it, more| {
        let mut queued = task(it.case.as_str(), (1, "q", 0, 0));
        queued.payload = vec![0; TASK_PAYLOAD_BYTES_MAX + more];
        it.enqueue = vec![queued];
    })
    .await;
    check(&|it, more| {
        let tasks = 0..(ENQUEUE_PER_COMMIT_MAX + more) as u32;
        it.enqueue = tasks.map(|number| task(it.case.as_str(), (number, "q", 0, 0))).collect();
    })
    .await;
    check(&|it, more| {
        it.events = vec![vec![0; EVENT_BYTES_MAX]; COMMIT_BYTES_MAX / EVENT_BYTES_MAX];
        (it.state, it.reply) = (Vec::new(), vec![0; more]);
    })
    .await;
    check(&|it, more| it.claim = Some(crate::Claim { lease_ms: LEASE_MS_MAX + more as u64, ..super::claim("w", &[]) }))
        .await;

    refused(it.store.put_blob("k", &vec![0; BLOB_BYTES_MAX + 1]).await);
    refused(it.store.meta_set("k", &vec![0; META_BYTES_MAX + 1]).await);
    let claim = crate::Claim { lease_ms: 0, ..super::claim("w", &["q"]) };
    refused(it.store.claim(&it.centre, &claim, T0).await);
}

/// A full queue refuses the commit that would overfill it, whole; one that takes as much as it puts passes.
pub async fn a_full_queue_refuses(it: Subject) {
    let mut number = 0;
    let mut version = 0;
    while u64::from(number) < QUEUE_DEPTH_MAX {
        let count = (QUEUE_DEPTH_MAX - u64::from(number)).min(ENQUEUE_PER_COMMIT_MAX as u64) as u32;
        let mut commit = it.commit(&format!("fill {number}"), "k", version);
        commit.enqueue = (number..number + count).map(|number| task("k", (number, "q", 0, 0))).collect();
        it.committed(commit).await;
        (number, version) = (number + count, version + 1);
    }
    let mut commit = it.commit("one more", "k", version);
    commit.enqueue = vec![task("k", (number, "q", 0, 0))];
    let error = refused(it.store.commit(commit.clone()).await);
    assert!(matches!(error, StoreError::QueueFull { .. }), "got {error:?}");
    assert_eq!(it.version("k").await, version);
    // A task in hand still counts; one withdrawn by the same commit does not.
    it.lease("w", &["q"], 0).await;
    refused(it.store.commit(commit.clone()).await);
    commit.withdraw = vec![TaskId::new("k", 17), TaskId::new("k", 17)];
    it.committed(commit).await;
    let depth = it.store.queues(&it.centre, None, 10, T0).await.expect("queues");
    assert_eq!(depth[0].waiting + depth[0].leased, QUEUE_DEPTH_MAX);
    let mut commit = it.commit("elsewhere", "k", version + 1);
    commit.enqueue = vec![task("k", (number + 1, "r", 0, 0))];
    it.committed(commit).await;
}

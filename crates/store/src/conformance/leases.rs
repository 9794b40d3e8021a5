//! Who may take a task, who holds it, and for how long.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Subject, T0, claim, number, task};
use crate::{CommitOutcome, Fence, Lease, LostLease, QueueDepth, ReleaseOutcome, RenewOutcome, TaskId, WorkerId};

/// Lowest class first, then earliest ready, then longest queued, across all queues asked for.
pub async fn tasks_are_claimed_in_order(it: Subject) {
    let tasks =
        [(1, "a", 5, 0), (2, "b", 5, 0), (3, "a", 5, -10), (4, "b", 0, 0), (5, "a", 255, -99), (6, "c", 0, -99)];
    it.open("k", &tasks).await;
    let mut order = Vec::new();
    while let Some(claimed) = it.claim("w", &["b", "a"], 0).await {
        assert_eq!(claimed.attempts, 1);
        assert_eq!(claimed.until_ms, T0 + 1000);
        assert_eq!(claimed.payload, format!("k/{}", claimed.lease.task.number).into_bytes());
        order.push(claimed.lease.task.number);
    }
    assert_eq!(order, [4, 3, 1, 2, 5]);
    assert_eq!(number(it.claim("w", &[], 0).await), None);
    assert_eq!(number(it.claim("w", &["nowhere"], 0).await), None);
}

/// A task of a better class that is not ready does not stand in the way of one that is.
pub async fn a_task_is_not_claimed_before_it_is_ready(it: Subject) {
    it.open("k", &[(1, "q", 0, 100), (2, "q", 9, 0), (3, "q", 9, 50)]).await;
    assert_eq!(number(it.claim("w", &["q"], 0).await), Some(2));
    assert_eq!(number(it.claim("w", &["q"], 49).await), None);
    assert_eq!(number(it.claim("w", &["q"], 100).await), Some(1));
    assert_eq!(number(it.claim("w", &["q"], 100).await), Some(3));
}

/// A claim can name its task: it gets that one, if it is ready and nobody holds it, or none.
pub async fn one_task_can_be_asked_for(it: Subject) {
    it.open("k", &[(1, "q", 0, 0), (2, "q", 9, 0), (3, "q", 0, 10)]).await;
    let ask = async |number, after_ms| {
        let claim = crate::Claim { only: Some(TaskId::new("k", number)), ..claim("w", &[]) };
        super::number(it.store.claim(&it.centre, &claim, T0 + after_ms).await.expect("a claim"))
    };
    assert_eq!(ask(2, 0).await, Some(2));
    assert_eq!(ask(2, 0).await, None);
    assert_eq!(ask(3, 9).await, None);
    assert_eq!(ask(3, 10).await, Some(3));
    assert_eq!(ask(4, 0).await, None);
    assert_eq!(ask(2, 1000).await, Some(2));
}

/// Many workers at once: every task goes to one of them, each under a fence of its own.
pub async fn nobody_shares_a_task(it: Subject) {
    let tasks: Vec<_> = (0..100).map(|number| (number, "q", 0, 0)).collect();
    it.open("k", &tasks).await;
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let (store, centre) = (Arc::clone(&it.store), it.centre.clone());
            tokio::spawn(async move {
                let (claim, mut got) = (claim(&format!("w{worker}"), &["q"]), Vec::new());
                while let Some(claimed) = store.claim(&centre, &claim, T0).await.expect("a claim") {
                    got.push((claimed.lease.task.number, claimed.lease.fence));
                }
                got
            })
        })
        .collect();
    let mut got = Vec::new();
    for worker in workers {
        got.append(&mut worker.await.expect("a worker"));
    }
    assert_eq!(got.len(), 100);
    assert_eq!(got.iter().map(|(number, _)| number).collect::<BTreeSet<_>>().len(), 100);
    assert_eq!(got.iter().map(|(_, fence)| fence).collect::<BTreeSet<_>>().len(), 100);
}

/// A lease ends at its time and not before; the next holder has a greater fence, and the old one can do nothing more.
pub async fn an_expired_lease_is_taken_with_a_greater_fence(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let old = it.lease("w1", &["q"], 0).await;
    assert_eq!(number(it.claim("w2", &["q"], 999).await), None);
    let taken = it.claim("w2", &["q"], 1000).await.expect("the task");
    assert!(taken.lease.fence > old.fence);
    assert_eq!(taken.attempts, 2);

    let lost = LostLease::TakenByOther;
    assert_eq!(it.store.renew(&it.centre, &old, 1000, T0 + 1001).await.expect("an outcome"), RenewOutcome::Lost(lost));
    let released = it.store.release(&it.centre, &old, T0, T0 + 1001).await.expect("an outcome");
    assert_eq!(released, ReleaseOutcome::Lost(lost));
    // The same worker under its old fence is not the holder either.
    let stale = Lease { fence: old.fence, ..taken.lease.clone() };
    assert_eq!(it.store.renew(&it.centre, &stale, 9, T0 + 1001).await.expect("an outcome"), RenewOutcome::Lost(lost));
    let renewed = it.store.renew(&it.centre, &taken.lease, 1000, T0 + 1001).await.expect("an outcome");
    assert_eq!(renewed, RenewOutcome::Renewed { until_ms: T0 + 2001 });
}

/// A renewal counts from its own time, and an expired lease cannot be renewed.
pub async fn a_renewed_lease_lasts(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let lease = it.lease("w", &["q"], 0).await;
    let renew = async |after_ms| it.store.renew(&it.centre, &lease, 500, T0 + after_ms).await.expect("an outcome");
    assert_eq!(renew(800).await, RenewOutcome::Renewed { until_ms: T0 + 1300 });
    assert_eq!(number(it.claim("v", &["q"], 1299).await), None);
    assert_eq!(renew(1300).await, RenewOutcome::Lost(LostLease::Expired));
    assert_eq!(number(it.claim("v", &["q"], 1300).await), Some(1));
}

/// A task given back is there for the next, from the time named.
pub async fn a_released_task_waits_again(it: Subject) {
    it.open("k", &[(1, "q", 3, 0)]).await;
    let lease = it.lease("w", &["q"], 0).await;
    let released = it.store.release(&it.centre, &lease, T0 + 60, T0 + 1).await.expect("an outcome");
    assert_eq!(released, ReleaseOutcome::Released);
    let again = it.store.release(&it.centre, &lease, T0 + 60, T0 + 1).await.expect("an outcome");
    assert_eq!(again, ReleaseOutcome::Lost(LostLease::Expired));
    assert_eq!(number(it.claim("v", &["q"], 59).await), None);
    let claimed = it.claim("v", &["q"], 60).await.expect("the task");
    assert_eq!((claimed.attempts, claimed.class), (2, 3));
    assert!(claimed.lease.fence > lease.fence);
}

/// A commit that settles is refused when the lease is expired, taken or gone, and says which.
pub async fn a_lost_lease_settles_nothing(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let settle = async |command: &str, lease: &Lease, after_ms| {
        let mut commit = it.commit(command, "k", 1);
        commit.now_ms = T0 + after_ms;
        commit.settle = Some(lease.clone());
        commit.enqueue = vec![task("k", (9, "q", 0, 0))];
        it.outcome(commit).await
    };
    let old = it.lease("w1", &["q"], 0).await;
    assert_eq!(settle("late", &old, 1000).await, CommitOutcome::LostLease(LostLease::Expired));
    let new = it.lease("w2", &["q"], 1000).await;
    assert_eq!(settle("later", &old, 1001).await, CommitOutcome::LostLease(LostLease::TakenByOther));
    let other = Lease { worker: WorkerId::from("thief"), ..new.clone() };
    assert_eq!(settle("theft", &other, 1001).await, CommitOutcome::LostLease(LostLease::TakenByOther));
    let forged = Lease { fence: Fence(new.fence.0 + 1), ..new.clone() };
    assert_eq!(settle("forged", &forged, 1001).await, CommitOutcome::LostLease(LostLease::TakenByOther));
    assert_eq!(it.version("k").await, 1);
    assert!(matches!(settle("in time", &new, 1999).await, CommitOutcome::Committed { version: 2, .. }));
    assert_eq!(settle("twice", &new, 1999).await, CommitOutcome::LostLease(LostLease::Gone));
}

/// A task withdrawn from under its holder is gone, and so is the lease.
pub async fn a_withdrawn_task_is_gone(it: Subject) {
    it.open("k", &[(1, "q", 0, 0), (2, "q", 0, 0)]).await;
    let lease = it.lease("w", &["q"], 0).await;
    let mut commit = it.commit("c", "k", 1);
    commit.withdraw = vec![TaskId::new("k", 1), TaskId::new("k", 2), TaskId::new("k", 3)];
    it.committed(commit).await;
    let renewed = it.store.renew(&it.centre, &lease, 1000, T0).await.expect("an outcome");
    assert_eq!(renewed, RenewOutcome::Lost(LostLease::Gone));
    assert_eq!(number(it.claim("w", &["q"], 5000).await), None);
    let depths = it.store.queues(&it.centre, None, 10, T0).await.expect("queues");
    assert!(depths.iter().all(|depth| (depth.waiting, depth.leased, depth.arrived) == (0, 0, 2)), "{depths:?}");
    assert_eq!(it.store.queues(&it.centre, None, 10, T0 + 3_600_000).await.expect("queues"), []);
}

/// The commit that settles one task brings the next, one it has queued itself included.
pub async fn settle_and_claim_is_one_step(it: Subject) {
    it.open("k", &[(1, "q", 5, 0)]).await;
    it.open("l", &[(1, "q", 5, 0)]).await;
    let mut lease = it.lease("w", &["q"], 0).await;
    let mut commit = it.commit("c", "k", 1);
    commit.settle = Some(lease.clone());
    commit.enqueue = vec![task("k", (2, "q", 0, 0))];
    commit.claim = Some(claim("w", &["q"]));
    let claimed = it.committed(commit).await.expect("a task");
    assert_eq!(claimed.lease.task, TaskId::new("k", 2));
    assert!(claimed.lease.fence > lease.fence);
    lease = claimed.lease;
    let mut commit = it.commit("d", "k", 2);
    commit.settle = Some(lease);
    commit.claim = Some(claim("w", &["q"]));
    let claimed = it.committed(commit).await.expect("a task");
    assert_eq!(claimed.lease.task, TaskId::new("l", 1));
    let mut commit = it.commit("e", "l", 1);
    commit.settle = Some(claimed.lease);
    commit.claim = Some(claim("w", &["q"]));
    assert_eq!(it.committed(commit).await, None);
}

/// A task counts as one class better for every so many milliseconds it has been ready: it overtakes those of better
/// classes in time, never one that has waited as long; without ageing it does not.
pub async fn a_task_that_waits_becomes_urgent(it: Subject) {
    let tasks = [(1, "q", 3, 0), (2, "q", 1, 150), (3, "r", 2, 99), (4, "q", 0, 230), (5, "q", 3, 20)];
    it.open("k", &tasks).await;
    let next = async |ageing_ms, after_ms| {
        let claim = crate::Claim { ageing_ms, ..claim("w", &["q", "r"]) };
        number(it.store.claim(&it.centre, &claim, T0 + after_ms).await.expect("a claim"))
    };
    // After 230 ms task 1 counts as class 1, as task 2 does, and was ready before it; task 4 is of class 0.
    assert_eq!(next(100, 230).await, Some(4));
    assert_eq!(next(100, 230).await, Some(1));
    assert_eq!(next(0, 230).await, Some(2));
    // Task 3 counts as class 1 from 199 ms on, task 5 from 220 ms on and was ready before it.
    assert_eq!(next(100, 219).await, Some(3));
    assert_eq!(next(100, 220).await, Some(5));
}

/// An appointment is a task that becomes ready at the time agreed: not before, and then before all of lesser classes.
pub async fn an_appointment_is_kept(it: Subject) {
    it.open("k", &[(1, "q", 3, -500), (2, "q", 2, 100), (3, "q", 3, -400)]).await;
    let ask = async |after_ms| {
        let claim = crate::Claim { ageing_ms: 1_000, ..claim("w", &["q"]) };
        number(it.store.claim(&it.centre, &claim, T0 + after_ms).await.expect("a claim"))
    };
    assert_eq!(ask(99).await, Some(1));
    assert_eq!(ask(100).await, Some(2));
    assert_eq!(ask(100).await, Some(3));
}

/// The counts of a queue follow its tasks, and a lease that has run out counts as waiting.
pub async fn queues_are_counted(it: Subject) {
    it.open("k", &[(1, "a", 5, 7), (2, "a", 9, -3), (3, "b", 0, 0)]).await;
    let depths = async |after_ms| it.store.queues(&it.centre, None, 10, T0 + after_ms).await.expect("queues");
    let depth = |queue: &str, waiting, leased, oldest: Option<i64>| QueueDepth {
        queue: queue.into(),
        waiting,
        leased,
        oldest_ready_at_ms: oldest.map(|it| T0 + it),
        arrived: waiting + leased,
    };
    assert_eq!(depths(0).await, [depth("a", 2, 0, Some(-3)), depth("b", 1, 0, Some(0))]);
    it.lease("w", &["b"], 0).await;
    it.lease("w", &["a"], 0).await;
    assert_eq!(depths(999).await, [depth("a", 1, 1, Some(7)), depth("b", 0, 1, None)]);
    assert_eq!(depths(1000).await, [depth("a", 2, 0, Some(-3)), depth("b", 1, 0, Some(0))]);
    let page = it.store.queues(&it.centre, Some(&"a".into()), 1, T0).await.expect("queues");
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].queue, "b".into());

    let queued = it.store.queued(&it.centre, &"a".into(), 10, T0 + 1000).await.expect("a queue");
    let listed: Vec<_> = queued.iter().map(|it| (it.task.number, it.class, it.ready_at_ms, it.attempts)).collect();
    assert_eq!(listed, [(1, 5, T0 + 7, 0), (2, 9, T0 - 3, 1)]);
    assert_eq!(it.store.queued(&it.centre, &"a".into(), 1, T0 + 1000).await.expect("a queue").len(), 1);
}

/// What came to each queue in this minute and the fourteen before it, whether or not it is still there. A task that one
/// commit takes out and puts back has not come.
pub async fn arrivals_are_counted_over_a_quarter_of_an_hour(it: Subject) {
    const MINUTE: i64 = 60_000;
    let arrive = async |case: &str, queue: &str, count: u32, after_ms: i64| {
        let mut commit = it.commit(&format!("open {case}"), case, 0);
        commit.now_ms = T0 + after_ms;
        commit.enqueue = (1..=count).map(|number| task(case, (number, queue, 0, 0))).collect();
        it.committed(commit).await;
    };
    let arrived = async |after_ms: i64| {
        let depths = it.store.queues(&it.centre, None, 10, T0 + after_ms).await.expect("queues");
        let arrived = depths.into_iter().map(|depth| (depth.queue.to_string(), depth.arrived));
        arrived.filter(|(_, arrived)| *arrived > 0).collect::<Vec<_>>()
    };
    let counts =
        |counts: &[(&str, u64)]| counts.iter().map(|(queue, count)| ((*queue).to_owned(), *count)).collect::<Vec<_>>();
    arrive("a", "q", 3, 0).await;
    arrive("b", "q", 2, 59_999).await;
    arrive("c", "r", 1, MINUTE).await;
    assert_eq!(arrived(MINUTE).await, counts(&[("q", 5), ("r", 1)]));

    let mut again = it.commit("again", "a", 1);
    again.now_ms = T0 + MINUTE;
    again.withdraw = vec![TaskId::new("a", 1), TaskId::new("a", 2)];
    again.enqueue = vec![task("a", (1, "q", 0, 5))];
    it.committed(again).await;
    arrive("d", "q", 4, 14 * MINUTE).await;
    // A process whose clock is behind.
    arrive("e", "q", 1, 3 * MINUTE).await;
    assert_eq!(arrived(14 * MINUTE).await, counts(&[("q", 10), ("r", 1)]));
    assert_eq!(arrived(15 * MINUTE).await, counts(&[("q", 5), ("r", 1)]));
    assert_eq!(arrived(16 * MINUTE).await, counts(&[("q", 5)]));
    assert_eq!(arrived(29 * MINUTE).await, counts(&[]));
    arrive("f", "r", 2, 90 * MINUTE).await;
    assert_eq!(arrived(90 * MINUTE).await, counts(&[("r", 2)]));
}

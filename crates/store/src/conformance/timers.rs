//! What is due, and that it fires once.

use super::{Subject, T0, refused, timer};
use crate::{CommitOutcome, TimerId};

async fn due(it: &Subject, after_ms: i64) -> Vec<(String, u32)> {
    let timers = it.store.due_timers(&it.centre, T0 + after_ms, 10).await.expect("timers");
    timers.into_iter().map(|it| (it.timer.case.to_string(), it.timer.number)).collect()
}

fn names(names: &[(&str, u32)]) -> Vec<(String, u32)> {
    names.iter().map(|(case, number)| ((*case).to_owned(), *number)).collect()
}

/// Earliest first across all cases, the time itself included, and no more than asked for.
pub async fn timers_are_due_in_order(it: Subject) {
    for (case, timers) in [("k", [timer("k", 1, 30), timer("k", 2, 10)]), ("l", [timer("l", 1, 20), timer("l", 2, -5)])]
    {
        let mut commit = it.commit(case, case, 0);
        commit.timers_set = timers.to_vec();
        it.committed(commit).await;
    }
    assert_eq!(due(&it, -6).await, []);
    assert_eq!(due(&it, 20).await, names(&[("l", 2), ("k", 2), ("l", 1)]));
    assert_eq!(due(&it, 99).await, names(&[("l", 2), ("k", 2), ("l", 1), ("k", 1)]));
    assert_eq!(it.store.due_timers(&it.centre, T0 + 99, 2).await.expect("timers").len(), 2);
    refused(it.store.due_timers(&it.centre, T0, usize::MAX).await);
}

/// Set again, a timer moves; cancelled, it is gone; one that is not there can be cancelled too.
pub async fn timers_move_and_go(it: Subject) {
    let mut commit = it.commit("a", "k", 0);
    commit.timers_set = vec![timer("k", 1, 10), timer("k", 2, 10), timer("k", 3, 10)];
    it.committed(commit).await;
    let mut commit = it.commit("b", "k", 1);
    commit.timers_set = vec![timer("k", 1, 50), timer("k", 3, 5)];
    commit.timers_cancel = vec![TimerId::new("k", 2), TimerId::new("k", 3), TimerId::new("k", 9)];
    it.committed(commit).await;
    assert_eq!(due(&it, 49).await, names(&[("k", 3)]));
    assert_eq!(due(&it, 50).await, names(&[("k", 3), ("k", 1)]));
}

/// A commit that needs a timer takes it away; the next that needs it is refused, whatever its version says.
pub async fn a_timer_fires_once(it: Subject) {
    let mut commit = it.commit("a", "k", 0);
    commit.timers_set = vec![timer("k", 1, 0), timer("k", 2, 0)];
    it.committed(commit).await;
    let fire = |command: &str, version, number| {
        let mut commit = it.commit(command, "k", version);
        commit.requires_timer = Some(TimerId::new("k", number));
        commit
    };
    assert_eq!(it.outcome(fire("early", 7, 1)).await, CommitOutcome::Conflict { actual: 1 });
    assert_eq!(due(&it, 0).await, names(&[("k", 1), ("k", 2)]));
    it.committed(fire("first", 1, 1)).await;
    assert_eq!(due(&it, 0).await, names(&[("k", 2)]));
    assert_eq!(it.outcome(fire("second", 2, 1)).await, CommitOutcome::TimerGone);
    assert_eq!(it.outcome(fire("never set", 2, 3)).await, CommitOutcome::TimerGone);
    // It may be set again by the commit that it fires.
    let mut commit = fire("again", 2, 2);
    commit.timers_set = vec![timer("k", 2, 40)];
    it.committed(commit).await;
    assert_eq!(due(&it, 39).await, []);
    assert_eq!(due(&it, 40).await, names(&[("k", 2)]));
}

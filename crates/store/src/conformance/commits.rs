//! One transition is one step, once.

use std::sync::Arc;

use super::{Subject, T0, message, refused, task, timer};
use crate::{CentreId, CommitOutcome, Filter, Index, Loaded, LostLease, Reply, StoreError, TaskId};

/// Events, state, index, tasks, timers, messages and reply are all there after a commit.
pub async fn a_commit_changes_everything_together(it: Subject) {
    let mut commit = it.commit("c1", "k", 0);
    commit.events = vec![b"one".to_vec(), b"two".to_vec()];
    commit.enqueue = vec![task("k", (1, "q", 0, 0))];
    commit.timers_set = vec![timer("k", 1, 5)];
    commit.outbox = vec![message("topic", "hello")];
    let outcome = it.outcome(commit.clone()).await;
    let CommitOutcome::Committed { version: 2, head, claimed: None } = outcome else { panic!("got {outcome:?}") };

    let loaded = it.store.load(&it.centre, &"k".into()).await.expect("a load");
    assert_eq!(loaded, Some(Loaded { version: 2, state: commit.state.clone(), index: commit.index.clone(), head }));
    let history = it.store.history(&it.centre, &"k".into(), 1, 10).await.expect("a history");
    let events: Vec<_> = history.iter().map(|it| (it.version, it.at_ms, it.command.as_str(), &*it.payload)).collect();
    assert_eq!(events, [(1, T0, "c1", &b"one"[..]), (2, T0, "c1", b"two")]);
    let queued = it.store.queued(&it.centre, &"q".into(), 10, T0).await.expect("a queue");
    assert_eq!(
        queued.iter().map(|it| (&it.task, &*it.payload)).collect::<Vec<_>>(),
        [(&TaskId::new("k", 1), &b"k/1"[..])]
    );
    let due = it.store.due_timers(&it.centre, T0 + 5, 10).await.expect("timers");
    assert_eq!(due.iter().map(|it| (it.timer.number, it.due_ms)).collect::<Vec<_>>(), [(1, T0 + 5)]);
    let messages = it.store.outbox_read(&it.centre, 0, 10).await.expect("messages");
    assert_eq!(messages.iter().map(|it| (&*it.topic, &*it.payload)).collect::<Vec<_>>(), [("topic", &b"hello"[..])]);
    let reply = it.store.reply_of(&it.centre, &"c1".into()).await.expect("a reply");
    assert_eq!(reply, Some(Reply { case: "k".into(), version: 2, reply: commit.reply }));
    let found = it.store.search(&it.centre, &Filter::default(), None, 10).await.expect("a search");
    assert_eq!(found.len(), 1);
}

/// A conflict leaves no trace of any part.
pub async fn a_refused_commit_changes_nothing(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let before = it.store.load(&it.centre, &"k".into()).await.expect("a load");
    for expect in [0, 2] {
        let mut commit = it.commit("late", "k", expect);
        commit.index = Index { state: "finished".into(), ..Index::default() };
        commit.enqueue = vec![task("k", (2, "q", 0, 0))];
        commit.withdraw = vec![TaskId::new("k", 1)];
        commit.timers_set = vec![timer("k", 1, 0)];
        commit.outbox = vec![message("topic", "x")];
        commit.claim = Some(super::claim("w", &["q"]));
        assert_eq!(it.outcome(commit).await, CommitOutcome::Conflict { actual: 1 });
    }
    assert_eq!(it.outcome(it.commit("none", "other", 3)).await, CommitOutcome::Conflict { actual: 0 });

    assert_eq!(it.store.load(&it.centre, &"k".into()).await.expect("a load"), before);
    assert_eq!(it.store.history(&it.centre, &"k".into(), 1, 10).await.expect("a history").len(), 1);
    assert_eq!(it.store.reply_of(&it.centre, &"late".into()).await.expect("a reply"), None);
    assert_eq!(it.store.due_timers(&it.centre, T0 + 9, 10).await.expect("timers"), []);
    assert_eq!(it.store.outbox_read(&it.centre, 0, 10).await.expect("messages"), []);
    let finished = Filter { state: Some("finished".into()), ..Filter::default() };
    assert_eq!(it.store.search(&it.centre, &finished, None, 10).await.expect("a search"), []);
    let queues = it.store.queues(&it.centre, None, 10, T0).await.expect("queues");
    assert_eq!(queues.iter().map(|it| (it.waiting, it.leased)).collect::<Vec<_>>(), [(1, 0)]);
    assert_eq!(it.store.case_count(&it.centre).await.expect("a count"), 1);
}

/// A command known is answered before its version, its lease or its timer is looked at, whatever else it says now.
pub async fn a_second_submission_gets_the_first_answer(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let mut commit = it.commit("c", "k", 1);
    commit.settle = Some(it.lease("w", &["q"], 0).await);
    commit.enqueue = vec![task("k", (2, "q", 0, 0))];
    it.committed(commit.clone()).await;
    it.committed(it.commit("next", "k", 2)).await;

    let first = Reply { case: "k".into(), version: 2, reply: commit.reply.clone() };
    commit.claim = Some(super::claim("w", &["q"]));
    assert_eq!(it.outcome(commit.clone()).await, CommitOutcome::Duplicate(first.clone()));
    commit.now_ms += 1_000_000;
    commit.requires_timer = Some(timer("k", 7, 0).0);
    assert_eq!(it.outcome(commit).await, CommitOutcome::Duplicate(first.clone()));
    assert_eq!(it.outcome(it.commit("c", "other", 0)).await, CommitOutcome::Duplicate(first));
    assert_eq!(it.version("k").await, 3);
    assert_eq!(it.version("other").await, 0);
    let queues = it.store.queues(&it.centre, None, 10, T0).await.expect("queues");
    assert_eq!(queues.iter().map(|it| (it.waiting, it.leased)).collect::<Vec<_>>(), [(1, 0)]);
}

/// The same command id in another centre is another command.
pub async fn commands_of_two_centres_do_not_meet(it: Subject) {
    it.committed(it.commit("c", "k", 0)).await;
    let mut commit = it.commit("c", "k", 0);
    commit.centre = CentreId::from(format!("{}-other", it.centre));
    it.committed(commit).await;
}

/// Of many commits on one version at one time exactly one passes, and the case is in order afterwards.
pub async fn one_of_many_writers_wins(it: Subject) {
    it.open("k", &[]).await;
    for version in 1..6 {
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (store, commit) = (Arc::clone(&it.store), it.commit(&format!("{version}/{writer}"), "k", version));
                tokio::spawn(async move { store.commit(commit).await.expect("an outcome") })
            })
            .collect();
        let mut won = 0;
        for writer in writers {
            match writer.await.expect("a writer") {
                CommitOutcome::Committed { .. } => won += 1,
                CommitOutcome::Conflict { actual } => assert_eq!(actual, version + 1),
                other => panic!("got {other:?}"),
            }
        }
        assert_eq!(won, 1);
    }
    assert_eq!(it.version("k").await, 6);
}

/// A commit may only move tasks; it is a command like any other.
pub async fn a_commit_without_events_keeps_the_version(it: Subject) {
    it.open("k", &[]).await;
    let before = it.store.load(&it.centre, &"k".into()).await.expect("a load").expect("a case");
    let mut commit = it.commit("c", "k", 1);
    commit.events.clear();
    commit.enqueue = vec![task("k", (1, "q", 0, 0))];
    let outcome = it.outcome(commit.clone()).await;
    assert_eq!(outcome, CommitOutcome::Committed { version: 1, head: before.head, claimed: None });
    assert!(matches!(it.outcome(commit).await, CommitOutcome::Duplicate(Reply { version: 1, .. })));
    it.committed(it.commit("d", "k", 1)).await;
    let history = it.store.history(&it.centre, &"k".into(), 0, 10).await.expect("a history");
    assert_eq!(history.iter().map(|it| it.version).collect::<Vec<_>>(), [1, 2]);
}

/// A request that contradicts itself or the queue is an error, and nothing of it is kept.
pub async fn contradictions_are_refused(it: Subject) {
    it.open("k", &[(1, "q", 0, 0)]).await;
    let refuse = async |change: &dyn Fn(&mut crate::Commit)| {
        let mut commit = it.commit("c", "k", 1);
        change(&mut commit);
        let error = refused(it.store.commit(commit).await);
        assert!(matches!(error, StoreError::Invalid { .. }), "got {error:?}");
    };
    refuse(&|it| it.enqueue = vec![task("k", (1, "q", 0, 0))]).await;
    refuse(&|it| it.enqueue = vec![task("k", (2, "q", 0, 0)), task("k", (2, "r", 0, 0))]).await;
    refuse(&|it| it.enqueue = vec![task("other", (2, "q", 0, 0))]).await;
    refuse(&|it| it.withdraw = vec![TaskId::new("other", 1)]).await;
    refuse(&|it| it.timers_set = vec![timer("other", 1, 0)]).await;
    refuse(&|it| it.requires_timer = Some(timer("other", 1, 0).0)).await;
    refuse(&|it| it.command = "".into()).await;
    refuse(&|it| it.command = "a\0b".into()).await;
    refuse(&|it| it.index.state = "a\nb".into()).await;
    refuse(&|it| it.enqueue = vec![task("k", (2, "", 0, 0))]).await;
    refuse(&|it| {
        (it.case, it.expect_version) = ("new".into(), 0);
        it.events.clear();
    })
    .await;

    // Taken out and put in again by the same commit is no contradiction.
    let mut commit = it.commit("again", "k", 1);
    commit.withdraw = vec![TaskId::new("k", 1)];
    commit.enqueue = vec![task("k", (1, "other", 0, 0))];
    it.committed(commit).await;
    assert_eq!(super::number(it.claim("w", &["q"], 0).await), None);
    let lease = it.lease("w", &["other"], 0).await;
    let mut commit = it.commit("back", "k", 2);
    commit.settle = Some(lease.clone());
    commit.enqueue = vec![task("k", (1, "q", 0, 0))];
    it.committed(commit).await;
    let mut commit = it.commit("twice", "k", 3);
    commit.settle = Some(lease);
    assert_eq!(it.outcome(commit).await, CommitOutcome::LostLease(LostLease::Expired));
}

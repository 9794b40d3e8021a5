//! What one process at a time does for all.

use std::sync::Arc;

use super::{Subject, T0, refused};
use crate::bounds::{LEASE_MS_MAX, ROLES_MAX, WORD_BYTES_MAX};
use crate::{Fence, Role, StoreError};

const ROLE: &str = "herald";

async fn take(it: &Subject, holder: &str, after_ms: i64) -> Role {
    it.store.take_role(&it.centre, ROLE, &holder.into(), 1000, T0 + after_ms).await.expect("a role")
}

async fn say(it: &Subject, fence: Fence, word: &str, after_ms: i64) -> bool {
    it.store.say(&it.centre, ROLE, fence, word.as_bytes(), T0 + after_ms).await.expect("an answer")
}

/// Who holds a role keeps it under one fence for as long as they ask in time; then it is the next one's, under a
/// greater fence. Whoever asks is told who holds it.
pub async fn a_role_has_one_holder(it: Subject) {
    assert_eq!(it.store.role(&it.centre, ROLE).await.expect("a role"), None);
    let first = take(&it, "a", 0).await;
    assert_eq!((first.holder.as_str(), first.until_ms, first.word.len()), ("a", T0 + 1000, 0));
    assert_eq!(take(&it, "b", 10).await, first);
    let longer = take(&it, "a", 900).await;
    assert_eq!((longer.fence, longer.until_ms), (first.fence, T0 + 1900));
    assert_eq!(take(&it, "b", 1899).await, longer);

    let second = take(&it, "b", 1900).await;
    assert_eq!((second.holder.as_str(), second.until_ms), ("b", T0 + 2900));
    assert!(second.fence > first.fence);
    assert_eq!(take(&it, "a", 1901).await, second);
    // Who let it run out has lost it, even if nobody else came.
    let third = take(&it, "b", 2900).await;
    assert!(third.fence > second.fence);
    assert_eq!(it.store.role(&it.centre, ROLE).await.expect("a role"), Some(third.clone()));

    let elsewhere = format!("{}-other", it.centre).into();
    assert_eq!(it.store.role(&elsewhere, ROLE).await.expect("a role"), None);
    let other = it.store.take_role(&it.centre, "another", &"a".into(), 5, T0 + 2900).await.expect("a role");
    assert_eq!(other.holder.as_str(), "a");
    assert_ne!(other.fence, third.fence);
}

/// A role given up is there for the next at once; who no longer holds it gives up nothing.
pub async fn a_role_is_given_up(it: Subject) {
    let leave = async |fence| it.store.leave_role(&it.centre, ROLE, fence).await.expect("an answer");
    leave(Fence(1)).await;
    let first = take(&it, "a", 0).await;
    leave(first.fence).await;
    let second = take(&it, "b", 1).await;
    assert_eq!(second.holder.as_str(), "b");
    assert!(second.fence > first.fence);
    leave(first.fence).await;
    assert_eq!(take(&it, "a", 2).await, second);
}

/// Only the holder's word counts, it stands until the next word, and nobody speaks under a fence that has gone by.
pub async fn the_holders_word_stands(it: Subject) {
    assert!(!say(&it, Fence(1), "too early", 0).await);
    let first = take(&it, "a", 0).await;
    assert!(say(&it, first.fence, "open two", 1).await);
    assert!(!say(&it, Fence(first.fence.0 + 7), "forged", 1).await);
    assert_eq!(take(&it, "a", 2).await.word, b"open two");
    assert!(!say(&it, first.fence, "too late", 1002).await);
    let second = take(&it, "b", 1002).await;
    assert_eq!(second.word, b"open two");
    assert!(!say(&it, first.fence, "another's by now", 1003).await);
    assert!(say(&it, second.fence, "close both", 1003).await);
    let role = it.store.role(&it.centre, ROLE).await.expect("a role").expect("a role");
    assert_eq!((role.word, role.fence, role.until_ms), (b"close both".to_vec(), second.fence, T0 + 2002));
}

/// Many ask at once: all are told the same name.
pub async fn nobody_shares_a_role(it: Subject) {
    let asked: Vec<_> = (0..16)
        .map(|number| {
            let (store, centre) = (Arc::clone(&it.store), it.centre.clone());
            tokio::spawn(async move {
                store.take_role(&centre, ROLE, &format!("w{number}").into(), 1000, T0).await.expect("a role")
            })
        })
        .collect();
    let mut told = Vec::new();
    for one in asked {
        told.push(one.await.expect("an answer"));
    }
    assert!(told.iter().all(|role| *role == told[0]), "{told:?}");
}

/// Names, lengths and numbers of roles are bounded.
pub async fn roles_are_bounded(it: Subject) {
    let ask = async |role: &str, holder: &str, lease_ms| {
        it.store.take_role(&it.centre, role, &holder.into(), lease_ms, T0).await
    };
    for (role, holder, lease_ms) in
        [("", "a", 1), ("r\0", "a", 1), ("r", "", 1), ("r", "a", 0), ("r", "a", LEASE_MS_MAX + 1)]
    {
        refused(ask(role, holder, lease_ms).await);
    }
    for number in 0..ROLES_MAX {
        ask(&format!("r{number}"), "a", 10).await.expect("a role");
    }
    let error = refused(ask("one more", "a", 10).await);
    assert!(matches!(error, StoreError::TooLarge { .. }), "got {error:?}");
    let fence = ask("r0", "a", 10).await.expect("a role").fence;
    refused(it.store.say(&it.centre, "r0", fence, &vec![0; WORD_BYTES_MAX + 1], T0).await);
    assert!(it.store.say(&it.centre, "r0", fence, &vec![0; WORD_BYTES_MAX], T0).await.expect("an answer"));
}

//! How much of everything, and why. A request beyond a bound is refused whole, with
//! [`StoreError::TooLarge`].
//!
//! Every store checks its arguments with the functions below, so that all of them refuse alike.
//!
//! # Errors
//! Each function fails with [`StoreError::TooLarge`] or [`StoreError::Invalid`] where its argument is out of bounds.

#![allow(clippy::missing_errors_doc, reason = "said once, above")]

use std::collections::BTreeSet;

use crate::commit::{Claim, Commit};
use crate::error::StoreError;
use crate::ids::WorkerId;

/// Bytes of an id or a name. Ids are keys: they are stored several times and must stay small against a 4 KiB page.
pub const ID_BYTES_MAX: usize = 200;
/// Bytes of each text of an [`Index`](crate::Index): it is a key as well.
pub const INDEX_BYTES_MAX: usize = 200;
/// Events of one commit. The largest transition, accepting a package, starts some thirty matters with a few each.
pub const EVENTS_PER_COMMIT_MAX: usize = 256;
/// Bytes of one event. A filled-in form takes some kilobytes; attachments do not belong in an event.
pub const EVENT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a case's state: it is written again with every commit.
pub const STATE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a reply: it is kept as long as the command.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of all events, messages, payloads, state and reply together: one commit must not hold up those behind it.
pub const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Tasks put in queues by one commit.
pub const ENQUEUE_PER_COMMIT_MAX: usize = 256;
/// Tasks taken out by one commit.
pub const WITHDRAW_PER_COMMIT_MAX: usize = 256;
/// Timers set, and timers cancelled, by one commit.
pub const TIMERS_PER_COMMIT_MAX: usize = 256;
/// Bytes queued with a task: the embedded store holds every queued task in memory.
pub const TASK_PAYLOAD_BYTES_MAX: usize = 4 * 1024;
/// Tasks in one queue, in hand or not: a hall that far behind must turn people away, and the queue is held in memory.
pub const QUEUE_DEPTH_MAX: u64 = 100_000;
/// Minutes over which arrivals at a queue are counted: long enough to be steady, short enough to show a tide.
pub const ARRIVAL_MINUTES: usize = 15;
/// Queues of a centre whose arrivals are counted at once: they are named by definitions, a few hundred at most.
pub const ARRIVAL_QUEUES_MAX: usize = 1000;
/// Messages of one commit.
pub const OUTBOX_PER_COMMIT_MAX: usize = 256;
/// Bytes of one message.
pub const OUTBOX_BYTES_MAX: usize = 256 * 1024;
/// Messages of a centre not yet acknowledged: about a day of a busy centre with the other end away.
pub const OUTBOX_DEPTH_MAX: u64 = 1_000_000;
/// Queues one claim looks at: a window serves a few skills.
pub const QUEUES_PER_CLAIM_MAX: usize = 256;
/// The longest lease, milliseconds (a day): a longer one keeps a dead window's task from everybody else.
pub const LEASE_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Entries of one list; ask for the next page beyond it.
pub const LIST_MAX: usize = 1000;
/// Bytes of a blob: the largest package with its matters is well under one megabyte.
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Roles of a centre: each is a duty that the program knows by name.
pub const ROLES_MAX: usize = 64;
/// Bytes of the word a role's holder leaves: everybody reads it every few seconds.
pub const WORD_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a setting.
pub const META_BYTES_MAX: usize = 64 * 1024;

/// At most `max` of something.
pub fn at_most(what: &'static str, actual: usize, max: usize) -> Result<(), StoreError> {
    if actual <= max { Ok(()) } else { Err(StoreError::TooLarge { what, actual: actual as u64, max: max as u64 }) }
}

/// An id or a name: not empty, short, no control characters (they separate the parts of a key).
pub fn name(what: &'static str, text: &str) -> Result<(), StoreError> {
    if text.is_empty() {
        return Err(StoreError::invalid(format!("expected a {what}, but it is empty")));
    }
    at_most("id bytes", text.len(), ID_BYTES_MAX)?;
    no_control(what, text)
}

fn no_control(what: &str, text: &str) -> Result<(), StoreError> {
    if text.chars().any(char::is_control) {
        return Err(StoreError::invalid(format!("expected a {what} without control characters, but got {text:?}")));
    }
    Ok(())
}

/// The length of a list.
pub fn list(limit: usize) -> Result<(), StoreError> {
    at_most("list limit", limit, LIST_MAX)
}

/// Messages acknowledged.
pub fn acknowledged(sequences: &[u64]) -> Result<(), StoreError> {
    at_most("messages acknowledged", sequences.len(), LIST_MAX)
}

/// A blob and its key.
pub fn blob(key: &str, bytes: &[u8]) -> Result<(), StoreError> {
    name("blob key", key)?;
    at_most("blob bytes", bytes.len(), BLOB_BYTES_MAX)
}

/// A setting and its key.
pub fn setting(key: &str, value: &[u8]) -> Result<(), StoreError> {
    name("setting", key)?;
    at_most("setting bytes", value.len(), META_BYTES_MAX)
}

/// A wish for a task.
pub fn claim(claim: &Claim) -> Result<(), StoreError> {
    name("worker id", claim.worker.as_str())?;
    at_most("queues of a claim", claim.queues.len(), QUEUES_PER_CLAIM_MAX)?;
    lease_ms(claim.lease_ms)
}

/// The length of a lease.
pub fn lease_ms(lease_ms: u64) -> Result<(), StoreError> {
    if lease_ms == 0 {
        return Err(StoreError::invalid("expected a lease of at least 1 ms, but got 0"));
    }
    if lease_ms > LEASE_MS_MAX {
        return Err(StoreError::TooLarge { what: "lease ms", actual: lease_ms, max: LEASE_MS_MAX });
    }
    Ok(())
}

/// A wish for a role.
pub fn role(role: &str, holder: &WorkerId, ms: u64) -> Result<(), StoreError> {
    name("role", role)?;
    name("holder of a role", holder.as_str())?;
    lease_ms(ms)
}

/// No more roles than a centre may have.
pub fn roles(count: usize) -> Result<(), StoreError> {
    at_most("roles of a centre", count, ROLES_MAX)
}

/// What a role's holder says.
pub fn word(role: &str, word: &[u8]) -> Result<(), StoreError> {
    name("role", role)?;
    at_most("bytes of a word", word.len(), WORD_BYTES_MAX)
}

/// A whole commit: its names, its sizes, and that it does not contradict itself.
pub fn commit(commit: &Commit) -> Result<(), StoreError> {
    name("centre id", commit.centre.as_str())?;
    name("command id", commit.command.as_str())?;
    name("case id", commit.case.as_str())?;
    sizes(commit)?;
    if commit.expect_version == 0 && commit.events.is_empty() {
        return Err(StoreError::invalid("expected at least one event for a new case, but got none"));
    }
    let texts = [&commit.index.state, &commit.index.package, &commit.index.applicant];
    for text in texts {
        at_most("index bytes", text.len(), INDEX_BYTES_MAX)?;
        no_control("text of the index", text)?;
    }
    belongs(commit)?;
    commit.claim.as_ref().map_or(Ok(()), claim)
}

fn sizes(commit: &Commit) -> Result<(), StoreError> {
    at_most("events of a commit", commit.events.len(), EVENTS_PER_COMMIT_MAX)?;
    at_most("state bytes", commit.state.len(), STATE_BYTES_MAX)?;
    at_most("reply bytes", commit.reply.len(), REPLY_BYTES_MAX)?;
    at_most("tasks queued by a commit", commit.enqueue.len(), ENQUEUE_PER_COMMIT_MAX)?;
    at_most("tasks withdrawn by a commit", commit.withdraw.len(), WITHDRAW_PER_COMMIT_MAX)?;
    at_most("timers set by a commit", commit.timers_set.len(), TIMERS_PER_COMMIT_MAX)?;
    at_most("timers cancelled by a commit", commit.timers_cancel.len(), TIMERS_PER_COMMIT_MAX)?;
    at_most("messages of a commit", commit.outbox.len(), OUTBOX_PER_COMMIT_MAX)?;
    let mut total = commit.state.len() + commit.reply.len();
    for event in &commit.events {
        at_most("event bytes", event.len(), EVENT_BYTES_MAX)?;
        total += event.len();
    }
    for queued in &commit.enqueue {
        name("queue", queued.queue.as_str())?;
        at_most("task payload bytes", queued.payload.len(), TASK_PAYLOAD_BYTES_MAX)?;
        total += queued.payload.len();
    }
    for message in &commit.outbox {
        name("topic", &message.topic)?;
        at_most("message bytes", message.payload.len(), OUTBOX_BYTES_MAX)?;
        total += message.payload.len();
    }
    at_most("commit bytes", total, COMMIT_BYTES_MAX)
}

/// Every task and timer named is the case's own, and none is queued twice.
fn belongs(commit: &Commit) -> Result<(), StoreError> {
    let tasks = commit.enqueue.iter().map(|it| &it.task).chain(&commit.withdraw);
    let tasks = tasks.chain(commit.settle.iter().map(|it| &it.task)).map(|it| &it.case);
    let timers = commit.timers_set.iter().map(|(timer, _)| timer).chain(&commit.timers_cancel);
    let timers = timers.chain(&commit.requires_timer).map(|it| &it.case);
    if let Some(other) = tasks.chain(timers).find(|case| **case != commit.case) {
        let case = &commit.case;
        return Err(StoreError::invalid(format!("expected tasks and timers of case {case}, but got one of {other}")));
    }
    if commit.enqueue.len() > 1 {
        let mut seen = BTreeSet::new();
        if let Some(twice) = commit.enqueue.iter().find(|it| !seen.insert(it.task.number)) {
            return Err(StoreError::invalid(format!("expected each task once, but {} is queued twice", twice.task)));
        }
    }
    Ok(())
}

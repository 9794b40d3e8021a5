//! One commit as the arguments of `commit.lua`, and its answer as an outcome.

use onething_store::bounds::{OUTBOX_DEPTH_MAX, QUEUE_DEPTH_MAX};
use onething_store::{ChainHash, Claim, Commit, CommitOutcome, Loaded, Record, Reply, StoreError};
use redis::{Cmd, Value};

use crate::keys::{self, CentreKeys};
use crate::net::error::unexpected;
use crate::reply::Parts;
use crate::rows;

/// What the script made of it.
pub(crate) enum Answer {
    Outcome(Box<CommitOutcome>),
    /// The case's chain is not where it was thought to be, although its version is.
    Head([u8; 32]),
}

impl Answer {
    /// Whether the command is in the store now.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self, Self::Outcome(outcome) if matches!(**outcome, CommitOutcome::Committed { .. } | CommitOutcome::Duplicate(_)))
    }
}

/// The case after a commit, and the rows of its events.
pub(crate) struct After {
    case: Loaded,
    records: Vec<Vec<u8>>,
}

impl After {
    /// Links the events to a chain that stands at `head`.
    pub(crate) fn of(commit: &Commit, chain: ChainHash, head: [u8; 32]) -> Self {
        let (state, index) = (commit.state.clone(), commit.index.clone());
        let mut case = Loaded { version: commit.expect_version, state, index, head };
        let mut records = Vec::with_capacity(commit.events.len());
        for payload in &commit.events {
            case.version += 1;
            let (command, payload) = (commit.command.clone(), payload.clone());
            let mut record = Record { version: case.version, at_ms: commit.now_ms, command, payload, hash: [0; 32] };
            record.hash = chain.link(&case.head, &record);
            case.head = record.hash;
            records.push(rows::encode_record(&record));
        }
        Self { case, records }
    }

    /// Where the case stands.
    pub(crate) fn head(&self) -> (u64, [u8; 32]) {
        (self.case.version, self.case.head)
    }
}

/// Adds the keys and arguments of `commit.lua`.
pub(crate) fn write(
    cmd: &mut Cmd,
    keys: &CentreKeys,
    commit: &Commit,
    head: [u8; 32],
    after: &After,
    call: &crate::open::Call<'_>,
) -> Result<(), StoreError> {
    let (history, command) = (keys.history(&commit.case), keys.command(&commit.command));
    let own = [&history, &command, &keys.timers, &keys.index, &keys.outbox, &keys.bell, &keys.archived, &keys.arrivals];
    cmd.arg(keys.board().len() + own.len()).arg(&keys.board()).arg(&own);

    cmd.arg(rows::time(commit.now_ms)?).arg(call.nonce).arg(call.horizon_ms).arg(i64::from(call.replicated));
    cmd.arg(commit.case.as_str()).arg(commit.expect_version).arg(&head);
    cmd.arg(rows::encode_case(&after.case)).arg(after.case.version).arg(&commit.reply);
    match &commit.settle {
        Some(lease) => cmd.arg(keys::task(&lease.task)).arg(lease.worker.as_str()).arg(lease.fence.0),
        None => cmd.arg("").arg("").arg(0),
    };
    cmd.arg(commit.requires_timer.as_ref().map_or_else(String::new, keys::timer));
    cmd.arg(&commit.index.state).arg(&commit.index.package).arg(&commit.index.applicant);
    cmd.arg(QUEUE_DEPTH_MAX).arg(OUTBOX_DEPTH_MAX);

    cmd.arg(after.records.len()).arg(&after.records);
    cmd.arg(commit.withdraw.len());
    for task in &commit.withdraw {
        cmd.arg(keys::task(task));
    }
    cmd.arg(commit.enqueue.len());
    for queued in &commit.enqueue {
        cmd.arg(keys::task(&queued.task)).arg(queued.queue.as_str()).arg(queued.class);
        cmd.arg(rows::time(queued.ready_at_ms)?).arg(&queued.payload);
    }
    cmd.arg(commit.timers_cancel.len());
    for timer in &commit.timers_cancel {
        cmd.arg(keys::timer(timer));
    }
    cmd.arg(commit.timers_set.len());
    for (timer, due_ms) in &commit.timers_set {
        cmd.arg(keys::timer(timer)).arg(rows::time(*due_ms)?);
    }
    cmd.arg(commit.outbox.len());
    for message in &commit.outbox {
        cmd.arg(&message.topic).arg(&message.payload);
    }
    match &commit.claim {
        Some(claim) => write_claim(cmd, claim),
        None => drop(cmd.arg("")),
    }
    Ok(())
}

fn write_claim(cmd: &mut Cmd, claim: &Claim) {
    let only = claim.only.as_ref().map_or_else(String::new, keys::task);
    cmd.arg(claim.worker.as_str()).arg(only).arg(claim.lease_ms).arg(claim.ageing_ms).arg(claim.queues.len());
    for queue in &claim.queues {
        cmd.arg(queue.as_str());
    }
}

/// Reads the answer of `commit.lua`.
pub(crate) fn read(answer: Value, commit: &Commit, after: &After) -> Result<Answer, StoreError> {
    let mut parts = Parts::new("a commit", answer)?;
    let status = parts.text()?;
    let outcome = match status.as_str() {
        "committed" => {
            let claimed = parts.parts()?;
            let claimed = match &commit.claim {
                Some(claim) => claimed.claimed(&claim.worker)?,
                None => None,
            };
            let (version, head) = after.head();
            CommitOutcome::Committed { version, head, claimed }
        }
        "duplicate" => {
            let version = parts.unsigned()?;
            CommitOutcome::Duplicate(Reply { version, case: parts.text()?.into(), reply: parts.bytes()? })
        }
        "lost" => CommitOutcome::LostLease(parts.lost()?),
        "timer" => CommitOutcome::TimerGone,
        "conflict" => CommitOutcome::Conflict { actual: parts.unsigned()? },
        "head" => return Ok(Answer::Head(parts.array()?)),
        "queued" => {
            let what = format!("expected a new task, but {} is queued already", parts.task()?);
            return Err(StoreError::Invalid { what });
        }
        "full" => return Err(StoreError::QueueFull { queue: parts.text()?.into(), max: QUEUE_DEPTH_MAX }),
        "outbox" => return Err(StoreError::OutboxFull { max: OUTBOX_DEPTH_MAX }),
        "archived" => {
            let case = &commit.case;
            let what = format!("expected a new case, but {case} was closed and is in an archive");
            return Err(StoreError::Invalid { what });
        }
        _ => return Err(unexpected("a commit", &Value::SimpleString(status))),
    };
    Ok(Answer::Outcome(Box::new(outcome)))
}

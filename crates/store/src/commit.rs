//! One transition as plain data. Never a closure over a transaction: a single script on a remote store must be able
//! to do all of it.

use crate::ids::{CaseId, CentreId, CommandId, Fence, Queue, TaskId, TimerId, WorkerId};
use crate::store::Loaded;

/// Everything one command changes, applied together or not at all. See [`Store::commit`](crate::Store::commit) for
/// the order in which it is judged and applied, and [`bounds`](crate::bounds) for the size of each part.
#[derive(Clone, PartialEq, Debug)]
pub struct Commit {
    /// The centre everything in this commit belongs to.
    pub centre: CentreId,
    /// The command that caused the transition.
    pub command: CommandId,
    /// The case that changes. Every task and timer named below belongs to it.
    pub case: CaseId,
    /// The version the decision was made on; 0 for a case that must not exist yet.
    pub expect_version: u64,
    /// The time of the transition, milliseconds since the epoch, UTC.
    pub now_ms: i64,
    /// The events, oldest first. Each takes the next version. At least one for a new case; later a commit without
    /// events (a retry counted, a task put back) leaves the version as it is.
    pub events: Vec<Vec<u8>>,
    /// The state after the events.
    pub state: Vec<u8>,
    /// What the case is found by, after the events.
    pub index: Index,
    /// Tasks to put in their queues.
    pub enqueue: Vec<QueuedTask>,
    /// Tasks to take out, held by somebody or not; one that is gone already is no error.
    pub withdraw: Vec<TaskId>,
    /// Timers to set, with the time at which each is due, milliseconds since the epoch. A standing timer moves.
    pub timers_set: Vec<(TimerId, i64)>,
    /// Timers to remove; one that is gone already is no error.
    pub timers_cancel: Vec<TimerId>,
    /// Commit only if this timer still stands; the commit removes it.
    pub requires_timer: Option<TimerId>,
    /// Messages for the outside, delivered at least once after the commit.
    pub outbox: Vec<OutboxMessage>,
    /// Commit only if this lease still holds; the commit removes its task.
    pub settle: Option<Lease>,
    /// The answer to the command, given again to a second submission.
    pub reply: Vec<u8>,
    /// Claim the next task in the same step. What this commit queues can be claimed by it.
    pub claim: Option<Claim>,
}

impl Commit {
    /// A commit with the given names and time and nothing else in it.
    pub fn new(centre: CentreId, command: CommandId, case: CaseId, expect_version: u64, now_ms: i64) -> Self {
        Self {
            centre,
            command,
            case,
            expect_version,
            now_ms,
            events: Vec::new(),
            state: Vec::new(),
            index: Index::default(),
            enqueue: Vec::new(),
            withdraw: Vec::new(),
            timers_set: Vec::new(),
            timers_cancel: Vec::new(),
            requires_timer: None,
            outbox: Vec::new(),
            settle: None,
            reply: Vec::new(),
            claim: None,
        }
    }
}

/// What a case is found by. Each text may be empty and holds no control characters.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Index {
    /// The state in the words of the engine, for example `running`.
    pub state: String,
    /// The id of the package.
    pub package: String,
    /// Who applies.
    pub applicant: String,
}

/// A task on its way into a queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueuedTask {
    /// The task; refused if it is queued already and this commit does not take it out.
    pub task: TaskId,
    /// Where it waits.
    pub queue: Queue,
    /// Its priority: 0 is served first, 255 last.
    pub class: u8,
    /// Not claimed before this time, milliseconds since the epoch.
    pub ready_at_ms: i64,
    /// What a window needs to know before it loads the case.
    pub payload: Vec<u8>,
}

/// A message for the outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxMessage {
    /// Who it is for; an id's rules hold.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
}

/// The right to work on one task, until it expires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The task in hand.
    pub task: TaskId,
    /// Who holds it.
    pub worker: WorkerId,
    /// Tells this holding from an earlier or a later one of the same task.
    pub fence: Fence,
}

/// A wish for the next task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Who asks.
    pub worker: WorkerId,
    /// The queues the worker serves, in no order: class, age and ready time decide across all of them.
    pub queues: Vec<Queue>,
    /// This task and no other; `queues` is then not looked at.
    pub only: Option<TaskId>,
    /// How long the lease lasts, 1 to [`LEASE_MS_MAX`](crate::bounds::LEASE_MS_MAX) milliseconds.
    pub lease_ms: u64,
    /// For so many milliseconds that a task has been ready it counts as one class better, so that nobody waits for ever
    /// behind those of better classes; 0 for never.
    pub ageing_ms: u64,
}

/// A task in hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// What to show when the task is renewed, released or settled.
    pub lease: Lease,
    /// The lease holds before this time, milliseconds since the epoch.
    pub until_ms: i64,
    /// Where the task waited.
    pub queue: Queue,
    /// Its priority.
    pub class: u8,
    /// How often the task was claimed, this time included.
    pub attempts: u32,
    /// What was queued with it.
    pub payload: Vec<u8>,
    /// The case as it was when the task was claimed, from a store that is far away and brings it along to save the way
    /// back for it; from others nothing, and it is loaded. A commit on its version is as good as on a loaded one.
    pub case: Option<Box<Loaded>>,
}

/// What became of a commit. Only `Committed` changed anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitOutcome {
    /// Done, and as durable as the store makes it.
    Committed {
        /// The version of the case now.
        version: u64,
        /// The head of the case's hash chain now.
        head: [u8; 32],
        /// The task claimed in the same step; `None` if none was asked for or none was ready.
        claimed: Option<Claimed>,
    },
    /// The command was committed before. Nothing is claimed: ask again with [`Store::claim`](crate::Store::claim).
    Duplicate(Reply),
    /// Somebody else was faster: load, decide again, submit under the same command id.
    Conflict {
        /// The version of the case; 0 if there is none.
        actual: u64,
    },
    /// The task is no longer the worker's: drop the work.
    LostLease(LostLease),
    /// The timer was cancelled or has fired already: drop the command.
    TimerGone,
}

/// Why a lease no longer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LostLease {
    /// Its time has run out or it was given back, and nobody has taken the task since.
    Expired,
    /// Another claim took the task.
    TakenByOther,
    /// The task was settled or withdrawn.
    Gone,
}

/// The answer to a committed command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// The case it changed.
    pub case: CaseId,
    /// The version of the case right after it.
    pub version: u64,
    /// The bytes given with the commit.
    pub reply: Vec<u8>,
}

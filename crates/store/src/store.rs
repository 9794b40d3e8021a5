//! The trait every store implements, and the plain data it answers with.

use async_trait::async_trait;
use tokio::sync::watch;

use crate::chain::{ChainHash, Record, Verdict};
use crate::commit::{Claim, Claimed, Commit, CommitOutcome, Index, Lease, LostLease, Reply};
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, CommandId, Fence, Queue, TaskId, TimerId, WorkerId};
use crate::role::Role;

/// A durable store of cases, queues and timers, by centre.
///
/// All methods name the centre: it is where a store finds the data, on whichever machine. Times are milliseconds since
/// the epoch, UTC, and always come from the caller. A `limit` is at most [`LIST_MAX`](crate::bounds::LIST_MAX). A call
/// that is given up (its future dropped) may still take effect: a commit is asked for again under its command id.
///
/// # Errors
/// Every method fails with [`StoreError::TooLarge`] or [`StoreError::Invalid`] when an argument is out of bounds, and
/// with [`StoreError::Storage`], [`StoreError::Busy`], [`StoreError::Corrupt`] or [`StoreError::Stopped`] when the
/// store itself does.
#[async_trait]
pub trait Store: Send + Sync {
    /// The hash function of this store's chains.
    fn chain(&self) -> ChainHash;

    /// Applies one transition, all of it or nothing.
    ///
    /// Judged in this order, and the first that applies is the outcome: the command was committed before
    /// (`Duplicate`); the lease to settle does not hold (`LostLease`); the timer required is gone (`TimerGone`); the
    /// version is another (`Conflict`). Applied in this order: settle, withdraw, enqueue, timers cancelled (the one
    /// required among them), timers set, events, outbox, claim.
    ///
    /// # Errors
    /// [`StoreError::QueueFull`] and [`StoreError::OutboxFull`], with nothing changed.
    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError>;

    /// Takes the first task ready at `now_ms`: lowest class after ageing, then earliest ready, then longest queued. A task
    /// whose lease has expired is ready again. An appointment is a task that becomes ready at the time agreed. `None` when
    /// there is none.
    async fn claim(&self, centre: &CentreId, claim: &Claim, now_ms: i64) -> Result<Option<Claimed>, StoreError>;

    /// Makes a lease that still holds last until `lease_ms` after `now_ms`.
    async fn renew(
        &self,
        centre: &CentreId,
        lease: &Lease,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<RenewOutcome, StoreError>;

    /// Gives a task back, to be claimed from `ready_at_ms` on.
    async fn release(
        &self,
        centre: &CentreId,
        lease: &Lease,
        ready_at_ms: i64,
        now_ms: i64,
    ) -> Result<ReleaseOutcome, StoreError>;

    /// The queues of a centre that are not empty or to which something came lately, by name, after the queue `after`.
    async fn queues(
        &self,
        centre: &CentreId,
        after: Option<&Queue>,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<QueueDepth>, StoreError>;

    /// The tasks waiting in a queue, in the order in which they would be claimed were all of them just ready: by class,
    /// then ready time, then place in line.
    async fn queued(
        &self,
        centre: &CentreId,
        queue: &Queue,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<WaitingTask>, StoreError>;

    /// The timers due at or before `now_ms`, earliest first. They stay until a commit removes them.
    async fn due_timers(&self, centre: &CentreId, now_ms: i64, limit: usize) -> Result<Vec<DueTimer>, StoreError>;

    /// Every task that is queued or in hand, page by page, in no order: for whoever looks for what is broken or copies
    /// a store. Begins at `cursor` 0 and goes on at [`Page::next`] until that is 0. What comes or goes meanwhile may be
    /// missed or named twice.
    async fn tasks(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<StandingTask>, StoreError>;

    /// Every timer that is set, due or not, as [`Store::tasks`] does it.
    async fn timers(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<DueTimer>, StoreError>;

    /// A case as it is now.
    async fn load(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError>;

    /// The events of a case from version `from` (1 is the first) on; empty if there are none or no such case.
    async fn history(
        &self,
        centre: &CentreId,
        case: &CaseId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Checks the whole history of a case against its head; `None` if there is no such case.
    async fn verify(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Verdict>, StoreError>;

    /// The answer to a command committed before. A store in a file keeps answers as long as their cases; one that many
    /// machines share, as long as it says (`docs/redis.md`).
    async fn reply_of(&self, centre: &CentreId, command: &CommandId) -> Result<Option<Reply>, StoreError>;

    /// The cases that match `filter`, by id, after the case `after`.
    async fn search(
        &self,
        centre: &CentreId,
        filter: &Filter,
        after: Option<&CaseId>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError>;

    /// How many cases a centre has, finished ones included.
    async fn case_count(&self, centre: &CentreId) -> Result<u64, StoreError>;

    /// About how many bytes a case takes where it is kept: its state, its history, what it is found by, and the answers to
    /// its commands that are still known. `None` if there is no such case.
    async fn case_bytes(&self, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError>;

    /// The centres with at least one case, by id, after the centre `after`.
    async fn centres(&self, after: Option<&CentreId>, limit: usize) -> Result<Vec<CentreId>, StoreError>;

    /// Messages not yet acknowledged, oldest first, after the one with sequence number `after` (0 for all).
    async fn outbox_read(&self, centre: &CentreId, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError>;

    /// Removes messages that have been delivered, at most [`LIST_MAX`](crate::bounds::LIST_MAX) at a time; one that is
    /// gone already is no error.
    async fn outbox_ack(&self, centre: &CentreId, sequences: &[u64]) -> Result<(), StoreError>;

    /// Asks for a role of the centre, what one process at a time does for all: given if nobody holds it, made to last
    /// until `lease_ms` after `now_ms` if `holder` holds it. The answer is the role as it stands; whoever asked holds it
    /// if it names them. A role that ran out is given under a greater fence, to whoever it is given.
    async fn take_role(
        &self,
        centre: &CentreId,
        role: &str,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<Role, StoreError>;

    /// Leaves word for all, in place of what was said before, if the role is held under this fence. `false` if it is not:
    /// nothing was said, and the decision is another's by now.
    async fn say(
        &self,
        centre: &CentreId,
        role: &str,
        fence: Fence,
        word: &[u8],
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Gives a role up, so that the next who asks gets it at once; no error if it is another's by now.
    async fn leave_role(&self, centre: &CentreId, role: &str, fence: Fence) -> Result<(), StoreError>;

    /// A role as it stands; `None` if nobody has ever asked for it.
    async fn role(&self, centre: &CentreId, role: &str) -> Result<Option<Role>, StoreError>;

    /// Counts up whenever a task may have been put in a queue of the centre, from a store that other processes write to;
    /// `None` from one that belongs to this process. A bell, never the truth: a ring may be missed.
    async fn bell(&self, centre: &CentreId) -> Result<Option<watch::Receiver<u64>>, StoreError> {
        let _ = centre;
        Ok(None)
    }

    /// The time by the machine that holds the centre, milliseconds since the epoch, from a store that many machines
    /// share: they count leases by it, whatever their own clocks say. `None` from one that belongs to this process.
    async fn time(&self, centre: &CentreId) -> Result<Option<i64>, StoreError> {
        let _ = centre;
        Ok(None)
    }

    /// Keeps bytes that never change under their key, for example a definition under its hash.
    ///
    /// # Errors
    /// [`StoreError::BlobTaken`] if the key holds other bytes; the same bytes again are no error.
    async fn put_blob(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// The bytes under a key.
    async fn get_blob(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets a setting of the program, for example the demo's clock.
    async fn meta_set(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;

    /// A setting of the program.
    async fn meta_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
}

/// What became of a renewal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RenewOutcome {
    /// The lease holds before this time.
    Renewed {
        /// Milliseconds since the epoch, UTC.
        until_ms: i64,
    },
    /// The lease no longer held.
    Lost(LostLease),
}

/// What became of a release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseOutcome {
    /// The task is back in its queue.
    Released,
    /// The lease no longer held.
    Lost(LostLease),
}

/// A case as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// How many events the case has.
    pub version: u64,
    /// The state given with the last commit.
    pub state: Vec<u8>,
    /// What the case is found by.
    pub index: Index,
    /// The head of its hash chain.
    pub head: [u8; 32],
}

/// What a search looks for; `None` matches everything, a text must match whole.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Filter {
    /// The state.
    pub state: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The applicant.
    pub applicant: Option<String>,
}

impl Filter {
    /// Whether a case found by `index` matches.
    #[must_use]
    pub fn matches(&self, index: &Index) -> bool {
        let same = |wish: &Option<String>, is: &String| wish.as_ref().is_none_or(|wish| wish == is);
        same(&self.state, &index.state)
            && same(&self.package, &index.package)
            && same(&self.applicant, &index.applicant)
    }
}

/// A case found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The case.
    pub case: CaseId,
    /// What it is found by.
    pub index: Index,
}

/// How full a queue is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueDepth {
    /// The queue.
    pub queue: Queue,
    /// Tasks nobody holds, ready or not.
    pub waiting: u64,
    /// Tasks in somebody's hands.
    pub leased: u64,
    /// The earliest ready time of the waiting ones, milliseconds since the epoch.
    pub oldest_ready_at_ms: Option<i64>,
    /// Tasks queued in this minute and the [`ARRIVAL_MINUTES`](crate::bounds::ARRIVAL_MINUTES) - 1 before it, by the time
    /// of their commits; one that a commit took out and put back is none. A store in a file counts from its opening.
    pub arrived: u64,
}

/// A task nobody holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitingTask {
    /// The task.
    pub task: TaskId,
    /// Its priority, 0 first.
    pub class: u8,
    /// Not claimed before this time, milliseconds since the epoch.
    pub ready_at_ms: i64,
    /// How often it was claimed.
    pub attempts: u32,
    /// What was queued with it.
    pub payload: Vec<u8>,
}

/// A part of a long list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// What is on it; perhaps nothing, and perhaps somewhat more than was asked for.
    pub entries: Vec<T>,
    /// Where the next begins; 0 after the last.
    pub next: u64,
}

/// A task wherever it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingTask {
    /// The task.
    pub task: TaskId,
    /// Its queue.
    pub queue: Queue,
    /// Its priority, 0 first.
    pub class: u8,
    /// Not claimed before this time, milliseconds since the epoch.
    pub ready_at_ms: i64,
    /// How often it was claimed.
    pub attempts: u32,
    /// What was queued with it.
    pub payload: Vec<u8>,
    /// Where it stands.
    pub place: StandingPlace,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StandingPlace {
    /// In its queue.
    Waiting,
    /// In somebody's hands, until this time or longer ago.
    Held {
        /// Milliseconds since the epoch, UTC.
        until_ms: i64,
    },
    /// Known, but neither: nobody will ever claim it. No store does this by itself.
    Nowhere,
}

/// A timer whose time has come, or will.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DueTimer {
    /// When it was due, milliseconds since the epoch.
    pub due_ms: i64,
    /// The timer.
    pub timer: TimerId,
}

/// A message on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxEntry {
    /// Grows with every message; names it in an acknowledgement.
    pub sequence: u64,
    /// The case that sent it.
    pub case: CaseId,
    /// When it was committed, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who it is for.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
}

//! The store in one file on this machine: redb, one writer thread, group commit.
//!
//! A commit is acknowledged only when it is on disk. What concerns tasks, timers and replies is answered by the writer,
//! which holds them in memory; everything else is read from the file without waiting for it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use redb::ReadTransaction;
use tokio::sync::mpsc;

mod open;
mod read;
mod recent;
mod roles;
mod rows;
mod slots;
mod step;
mod tables;
mod writer;

use self::open::Shared;
use self::writer::{Requests, WAITING_MAX, Writer};
use crate::bounds;
use crate::chain::{ChainHash, Record, Verdict};
use crate::commit::{Claim, Claimed, Commit, CommitOutcome, Lease, LostLease, Reply};
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, CommandId, Fence, Queue, WorkerId};
use crate::role::Role;
use crate::store::{
    DueTimer, Filter, Found, Loaded, OutboxEntry, Page, QueueDepth, ReleaseOutcome, RenewOutcome, StandingTask, Store,
    WaitingTask,
};

/// Bytes of the file kept in memory unless [`Options`] says otherwise: the working set of some ten thousand open
/// cases, on a machine that has other things to do.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// How to open an [`EmbeddedStore`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The hash function of the chains. A new store takes it (SHA-256 if `None`); one that exists keeps its own and
    /// refuses another.
    pub chain: Option<ChainHash>,
    /// Bytes of the file kept in memory, 64 MiB unless set.
    pub cache_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { chain: None, cache_bytes: CACHE_BYTES }
    }
}

/// A store in a directory of this machine, open in one process at a time.
///
/// Its methods are called inside a tokio runtime. Dropping it waits until every request under way is on disk and
/// answered.
pub struct EmbeddedStore {
    chain: ChainHash,
    shared: Arc<Shared>,
    /// `None` once dropping has begun: the writer ends when the last sender is gone.
    requests: Option<Requests>,
    writer: Option<JoinHandle<()>>,
    /// Dropped last: the directory is free when the file is closed.
    _holder: File,
}

impl EmbeddedStore {
    /// Opens the store in `directory`; makes the directory and the store if there are none. Blocks for as long as
    /// reading the queued tasks takes.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if a process has it open, [`StoreError::Directory`] if the directory cannot be used,
    /// [`StoreError::Corrupt`] if the file is damaged (and is left as it is), [`StoreError::Format`] if it is of
    /// another version, [`StoreError::OtherChain`] if it has another hash function than asked for.
    pub fn open(directory: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let opened = open::open(directory.as_ref(), options.chain, options.cache_bytes)?;
        let shared = Arc::new(opened.shared);
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let (chain, mirror) = (opened.chain, Some(opened.mirror));
        let writer = Writer { shared: Arc::clone(&shared), chain, mirror, requests };
        let thread = std::thread::Builder::new().name("onething-store".into()).spawn(move || writer.run());
        let writer =
            thread.map_err(|source| StoreError::Directory { directory: directory.as_ref().to_owned(), source })?;
        Ok(Self { chain, shared, requests: Some(Requests(sender)), writer: Some(writer), _holder: opened.holder })
    }

    /// Transactions since the store was opened, and requests answered by them; their ratio is the mean batch.
    pub fn batches(&self) -> (u64, u64) {
        self.shared.counted()
    }

    fn writer(&self) -> Result<&Requests, StoreError> {
        self.requests.as_ref().ok_or(StoreError::Stopped)
    }

    /// A read of a few rows, on the thread of the caller: it takes some microseconds from memory, less than handing
    /// it to another thread, and a page from disk now and then.
    fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.shared.read(read)
    }

    /// A read of up to a whole list, which may take milliseconds, on a thread of tokio's that may block.
    async fn read_list<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let list = tokio::task::spawn_blocking(move || shared.read(read)).await;
        list.unwrap_or_else(|error| Err(StoreError::Storage { what: error.to_string(), source: Some(Arc::new(error)) }))
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been told to those who waited for it.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    fn chain(&self) -> ChainHash {
        self.chain
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        bounds::commit(&commit)?;
        self.writer()?.ask(move |step| step.commit(commit)).await
    }

    async fn claim(&self, centre: &CentreId, claim: &Claim, now_ms: i64) -> Result<Option<Claimed>, StoreError> {
        bounds::claim(claim)?;
        let (centre, claim) = (centre.clone(), claim.clone());
        self.writer()?.ask(move |step| Ok(step.claim(&centre, &claim, now_ms))).await
    }

    async fn renew(
        &self,
        centre: &CentreId,
        lease: &Lease,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<RenewOutcome, StoreError> {
        bounds::lease_ms(lease_ms)?;
        let (centre, lease) = (centre.clone(), lease.clone());
        let none = RenewOutcome::Lost(LostLease::Gone);
        let renew = move |step: &mut step::Step<'_, '_>| {
            let outcome = step.board(&centre, none, |board| board.renew(&lease, lease_ms, now_ms));
            step.changed |= matches!(outcome, RenewOutcome::Renewed { .. });
            Ok(outcome)
        };
        self.writer()?.ask(renew).await
    }

    async fn release(
        &self,
        centre: &CentreId,
        lease: &Lease,
        ready_at_ms: i64,
        now_ms: i64,
    ) -> Result<ReleaseOutcome, StoreError> {
        let (centre, lease) = (centre.clone(), lease.clone());
        let none = ReleaseOutcome::Lost(LostLease::Gone);
        let release = move |step: &mut step::Step<'_, '_>| {
            let outcome = step.board(&centre, none, |board| board.release(&lease, ready_at_ms, now_ms));
            step.changed |= outcome == ReleaseOutcome::Released;
            Ok(outcome)
        };
        self.writer()?.ask(release).await
    }

    async fn queues(
        &self,
        centre: &CentreId,
        after: Option<&Queue>,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        bounds::list(limit)?;
        let (centre, after) = (centre.clone(), after.cloned());
        let list = move |step: &mut step::Step<'_, '_>| {
            Ok(step.board(&centre, Vec::new(), |board| board.queues(after.as_ref(), limit, now_ms)))
        };
        self.writer()?.ask(list).await
    }

    async fn queued(
        &self,
        centre: &CentreId,
        queue: &Queue,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<WaitingTask>, StoreError> {
        bounds::list(limit)?;
        let (centre, queue) = (centre.clone(), queue.clone());
        let list = move |step: &mut step::Step<'_, '_>| {
            Ok(step.board(&centre, Vec::new(), |board| board.queued(&queue, limit, now_ms)))
        };
        self.writer()?.ask(list).await
    }

    async fn due_timers(&self, centre: &CentreId, now_ms: i64, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        bounds::list(limit)?;
        let centre = centre.clone();
        let list = move |step: &mut step::Step<'_, '_>| {
            Ok(step.board(&centre, Vec::new(), |board| board.due_timers(now_ms, limit)))
        };
        self.writer()?.ask(list).await
    }

    async fn tasks(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<StandingTask>, StoreError> {
        bounds::list(limit)?;
        let (centre, none) = (centre.clone(), Page { entries: Vec::new(), next: 0 });
        self.writer()?.ask(move |step| Ok(step.board(&centre, none, |board| board.tasks(cursor, limit)))).await
    }

    async fn timers(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<DueTimer>, StoreError> {
        bounds::list(limit)?;
        let (centre, none) = (centre.clone(), Page { entries: Vec::new(), next: 0 });
        self.writer()?.ask(move |step| Ok(step.board(&centre, none, |board| board.timers(cursor, limit)))).await
    }

    async fn load(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError> {
        self.read(|it| read::load(it, centre, case))
    }

    async fn history(
        &self,
        centre: &CentreId,
        case: &CaseId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        bounds::list(limit)?;
        let (centre, case) = (centre.clone(), case.clone());
        self.read_list(move |it| read::history(it, &centre, &case, from, limit)).await
    }

    async fn verify(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Verdict>, StoreError> {
        let (chain, centre, case) = (self.chain, centre.clone(), case.clone());
        self.read_list(move |it| read::verify(it, chain, &centre, &case)).await
    }

    async fn reply_of(&self, centre: &CentreId, command: &CommandId) -> Result<Option<Reply>, StoreError> {
        let key = tables::named(centre, command.as_str());
        self.writer()?.ask(move |step| step.reply_of(&key)).await
    }

    async fn search(
        &self,
        centre: &CentreId,
        filter: &Filter,
        after: Option<&CaseId>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        bounds::list(limit)?;
        let (centre, filter, after) = (centre.clone(), filter.clone(), after.cloned());
        self.read_list(move |it| read::search(it, &centre, &filter, after.as_ref(), limit)).await
    }

    async fn case_count(&self, centre: &CentreId) -> Result<u64, StoreError> {
        self.read(|it| read::case_count(it, centre))
    }

    async fn case_bytes(&self, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError> {
        let (centre, case) = (centre.clone(), case.clone());
        self.read_list(move |it| read::case_bytes(it, &centre, &case)).await
    }

    async fn centres(&self, after: Option<&CentreId>, limit: usize) -> Result<Vec<CentreId>, StoreError> {
        bounds::list(limit)?;
        self.read(|it| read::centres(it, after, limit))
    }

    async fn outbox_read(&self, centre: &CentreId, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        bounds::list(limit)?;
        let centre = centre.clone();
        self.read_list(move |it| read::outbox(it, &centre, after, limit)).await
    }

    async fn outbox_ack(&self, centre: &CentreId, sequences: &[u64]) -> Result<(), StoreError> {
        bounds::acknowledged(sequences)?;
        let (centre, sequences) = (centre.clone(), sequences.to_vec());
        self.writer()?.ask(move |step| step.acknowledge(&centre, &sequences)).await
    }

    async fn take_role(
        &self,
        centre: &CentreId,
        role: &str,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<Role, StoreError> {
        bounds::role(role, holder, lease_ms)?;
        let (centre, role, holder) = (centre.clone(), role.to_owned(), holder.clone());
        self.writer()?.ask(move |step| step.take_role(&centre, &role, &holder, lease_ms, now_ms)).await
    }

    async fn say(
        &self,
        centre: &CentreId,
        role: &str,
        fence: Fence,
        word: &[u8],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        bounds::word(role, word)?;
        let (key, word) = (tables::named(centre, role), word.to_vec());
        self.writer()?.ask(move |step| step.say(&key, fence, word, now_ms)).await
    }

    async fn leave_role(&self, centre: &CentreId, role: &str, fence: Fence) -> Result<(), StoreError> {
        let key = tables::named(centre, role);
        self.writer()?.ask(move |step| step.leave_role(&key, fence)).await
    }

    async fn role(&self, centre: &CentreId, role: &str) -> Result<Option<Role>, StoreError> {
        let key = tables::named(centre, role);
        self.writer()?.ask(move |step| step.role(&key)).await
    }

    async fn put_blob(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        bounds::blob(key, bytes)?;
        let (key, bytes) = (key.to_owned(), bytes.to_vec());
        self.writer()?.ask(move |step| step.put_blob(&key, &bytes)).await
    }

    async fn get_blob(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|it| read::blob(it, key))
    }

    async fn meta_set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        bounds::setting(key, value)?;
        let (key, value) = (key.to_owned(), value.to_vec());
        self.writer()?.ask(move |step| step.meta_set(&key, &value)).await
    }

    async fn meta_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|it| read::meta(it, key))
    }
}

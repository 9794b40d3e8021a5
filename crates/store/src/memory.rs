//! A store that forgets at exit: for tests, for the simulator, and as the shortest statement of what the others do.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::board::{Board, Counters, next_in_time};
use crate::bounds::{self, OUTBOX_DEPTH_MAX};
use crate::chain::{ChainHash, Record, Verdict};
use crate::commit::{Claim, Claimed, Commit, CommitOutcome, Lease, Reply};
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, CommandId, Fence, Queue, WorkerId};
use crate::role::{GIVEN_UP, Role};
use crate::store::{
    DueTimer, Filter, Found, Loaded, OutboxEntry, Page, QueueDepth, ReleaseOutcome, RenewOutcome, StandingTask, Store,
    WaitingTask,
};

/// A store in memory. Every method is one short critical section and never waits for anything else.
#[derive(Default, Debug)]
pub struct MemoryStore {
    chain: ChainHash,
    inner: Mutex<Inner>,
}

#[derive(Default, Debug)]
struct Inner {
    counters: Counters,
    centres: BTreeMap<CentreId, Centre>,
    blobs: HashMap<String, Vec<u8>>,
    meta: HashMap<String, Vec<u8>>,
}

#[derive(Default, Debug)]
struct Centre {
    board: Board,
    cases: BTreeMap<CaseId, Case>,
    commands: HashMap<CommandId, Reply>,
    outbox: BTreeMap<u64, OutboxEntry>,
    roles: BTreeMap<String, Role>,
}

#[derive(Debug)]
struct Case {
    now: Loaded,
    history: Vec<Record>,
}

impl MemoryStore {
    /// An empty store whose chains use `chain`.
    pub fn new(chain: ChainHash) -> Self {
        Self { chain, inner: Mutex::default() }
    }

    /// A panic elsewhere must not take the store along: each critical section leaves it whole.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, centre: &CentreId, read: impl FnOnce(&mut Centre) -> T) -> T {
        self.inner().centres.get_mut(centre).map(read).unwrap_or_default()
    }
}

impl Centre {
    fn commit(
        &mut self,
        commit: Commit,
        counters: &mut Counters,
        chain: ChainHash,
    ) -> Result<CommitOutcome, StoreError> {
        if let Some(reply) = self.commands.get(&commit.command) {
            return Ok(CommitOutcome::Duplicate(reply.clone()));
        }
        let case = self.cases.get(&commit.case);
        let (version, head) =
            case.map_or_else(|| (0, chain.genesis(&commit.centre, &commit.case)), |it| (it.now.version, it.now.head));
        if let Some(refusal) = self.board.judge(&commit, version)? {
            return Ok(refusal);
        }
        if (self.outbox.len() + commit.outbox.len()) as u64 > OUTBOX_DEPTH_MAX {
            return Err(StoreError::OutboxFull { max: OUTBOX_DEPTH_MAX });
        }

        let claimed = self.board.apply(&commit, counters);
        let mut now = Loaded { version, head, state: commit.state, index: commit.index };
        let mut records = Vec::with_capacity(commit.events.len());
        for payload in commit.events {
            now.version += 1;
            let (at_ms, command) = (commit.now_ms, commit.command.clone());
            let mut record = Record { version: now.version, at_ms, command, payload, hash: [0; 32] };
            record.hash = chain.link(&now.head, &record);
            now.head = record.hash;
            records.push(record);
        }
        for message in commit.outbox {
            let sequence = next_in_time(&mut counters.outbox, commit.now_ms);
            let (case, at_ms) = (commit.case.clone(), commit.now_ms);
            let entry = OutboxEntry { sequence, case, at_ms, topic: message.topic, payload: message.payload };
            self.outbox.insert(sequence, entry);
        }
        let (version, head) = (now.version, now.head);
        let reply = Reply { case: commit.case.clone(), version, reply: commit.reply };
        self.commands.insert(commit.command, reply);
        match self.cases.get_mut(&commit.case) {
            Some(case) => {
                case.now = now;
                case.history.append(&mut records);
            }
            None => drop(self.cases.insert(commit.case, Case { now, history: records })),
        }
        Ok(CommitOutcome::Committed { version, head, claimed })
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn chain(&self) -> ChainHash {
        self.chain
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        bounds::commit(&commit)?;
        let inner = &mut *self.inner();
        let centre = inner.centres.entry(commit.centre.clone()).or_default();
        centre.commit(commit, &mut inner.counters, self.chain)
    }

    async fn claim(&self, centre: &CentreId, claim: &Claim, now_ms: i64) -> Result<Option<Claimed>, StoreError> {
        bounds::claim(claim)?;
        let inner = &mut *self.inner();
        let centre = inner.centres.get_mut(centre);
        Ok(centre.and_then(|centre| centre.board.claim(claim, now_ms, &mut inner.counters)))
    }

    async fn renew(
        &self,
        centre: &CentreId,
        lease: &Lease,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<RenewOutcome, StoreError> {
        bounds::lease_ms(lease_ms)?;
        let mut inner = self.inner();
        let centre = inner.centres.entry(centre.clone()).or_default();
        Ok(centre.board.renew(lease, lease_ms, now_ms))
    }

    async fn release(
        &self,
        centre: &CentreId,
        lease: &Lease,
        ready_at_ms: i64,
        now_ms: i64,
    ) -> Result<ReleaseOutcome, StoreError> {
        let mut inner = self.inner();
        let centre = inner.centres.entry(centre.clone()).or_default();
        Ok(centre.board.release(lease, ready_at_ms, now_ms))
    }

    async fn queues(
        &self,
        centre: &CentreId,
        after: Option<&Queue>,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        bounds::list(limit)?;
        Ok(self.read(centre, |it| it.board.queues(after, limit, now_ms)))
    }

    async fn queued(
        &self,
        centre: &CentreId,
        queue: &Queue,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<WaitingTask>, StoreError> {
        bounds::list(limit)?;
        Ok(self.read(centre, |it| it.board.queued(queue, limit, now_ms)))
    }

    async fn due_timers(&self, centre: &CentreId, now_ms: i64, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        bounds::list(limit)?;
        Ok(self.read(centre, |it| it.board.due_timers(now_ms, limit)))
    }

    async fn tasks(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<StandingTask>, StoreError> {
        bounds::list(limit)?;
        let page = self.inner().centres.get(centre).map(|it| it.board.tasks(cursor, limit));
        Ok(page.unwrap_or(Page { entries: Vec::new(), next: 0 }))
    }

    async fn timers(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<DueTimer>, StoreError> {
        bounds::list(limit)?;
        let page = self.inner().centres.get(centre).map(|it| it.board.timers(cursor, limit));
        Ok(page.unwrap_or(Page { entries: Vec::new(), next: 0 }))
    }

    async fn load(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError> {
        Ok(self.read(centre, |it| it.cases.get(case).map(|case| case.now.clone())))
    }

    async fn history(
        &self,
        centre: &CentreId,
        case: &CaseId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        bounds::list(limit)?;
        Ok(self.read(centre, |it| {
            let history = it.cases.get(case).map_or(&[][..], |case| &case.history);
            history.iter().filter(|record| record.version >= from).take(limit).cloned().collect()
        }))
    }

    async fn verify(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Verdict>, StoreError> {
        Ok(self.read(centre, |it| {
            let it = it.cases.get(case)?;
            Some(self.chain.verify(centre, case, &it.history, it.now.version, it.now.head))
        }))
    }

    async fn reply_of(&self, centre: &CentreId, command: &CommandId) -> Result<Option<Reply>, StoreError> {
        Ok(self.read(centre, |it| it.commands.get(command).cloned()))
    }

    async fn search(
        &self,
        centre: &CentreId,
        filter: &Filter,
        after: Option<&CaseId>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        bounds::list(limit)?;
        Ok(self.read(centre, |it| {
            let cases = it.cases.iter().filter(|(case, _)| after.is_none_or(|after| *case > after));
            let found = cases.filter(|(_, it)| filter.matches(&it.now.index));
            found.take(limit).map(|(case, it)| Found { case: case.clone(), index: it.now.index.clone() }).collect()
        }))
    }

    async fn case_count(&self, centre: &CentreId) -> Result<u64, StoreError> {
        Ok(self.read(centre, |it| it.cases.len() as u64))
    }

    async fn case_bytes(&self, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError> {
        Ok(self.read(centre, |it| {
            let found = it.cases.get(case)?;
            let index = &found.now.index;
            let texts = index.state.len() + index.package.len() + index.applicant.len();
            let records = found.history.iter().map(|it| size_of::<Record>() + it.payload.len());
            let replies = it.commands.values().filter(|reply| reply.case == *case);
            let replies = replies.map(|it| size_of::<Reply>() + it.reply.len());
            let bytes = size_of::<Case>() + texts + found.now.state.len() + records.chain(replies).sum::<usize>();
            Some(bytes as u64)
        }))
    }

    async fn centres(&self, after: Option<&CentreId>, limit: usize) -> Result<Vec<CentreId>, StoreError> {
        bounds::list(limit)?;
        let inner = self.inner();
        let centres = inner.centres.iter().filter(|(_, centre)| !centre.cases.is_empty()).map(|(id, _)| id);
        Ok(centres.filter(|id| after.is_none_or(|after| *id > after)).take(limit).cloned().collect())
    }

    async fn outbox_read(&self, centre: &CentreId, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        bounds::list(limit)?;
        let from = after.saturating_add(1);
        Ok(self.read(centre, |it| it.outbox.range(from..).take(limit).map(|(_, entry)| entry.clone()).collect()))
    }

    async fn outbox_ack(&self, centre: &CentreId, sequences: &[u64]) -> Result<(), StoreError> {
        bounds::acknowledged(sequences)?;
        self.read(centre, |it| sequences.iter().for_each(|sequence| drop(it.outbox.remove(sequence))));
        Ok(())
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
        let inner = &mut *self.inner();
        let roles = &mut inner.centres.entry(centre.clone()).or_default().roles;
        let was = roles.get(role).cloned();
        bounds::roles(roles.len() + usize::from(was.is_none()))?;
        let counters = &mut inner.counters;
        let asked = Role::asked(was, holder, lease_ms, now_ms, || Fence(next_in_time(&mut counters.fence, now_ms)));
        roles.insert(role.to_owned(), asked.clone());
        Ok(asked)
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
        Ok(self.read(centre, |it| match it.roles.get_mut(role) {
            Some(role) if role.is_held_under(fence, now_ms) => {
                role.word = word.to_vec();
                true
            }
            _ => false,
        }))
    }

    async fn leave_role(&self, centre: &CentreId, role: &str, fence: Fence) -> Result<(), StoreError> {
        self.read(centre, |it| {
            if let Some(role) = it.roles.get_mut(role).filter(|role| role.fence == fence) {
                role.until_ms = GIVEN_UP;
            }
        });
        Ok(())
    }

    async fn role(&self, centre: &CentreId, role: &str) -> Result<Option<Role>, StoreError> {
        Ok(self.read(centre, |it| it.roles.get(role).cloned()))
    }

    async fn put_blob(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        bounds::blob(key, bytes)?;
        let mut inner = self.inner();
        let kept = inner.blobs.entry(key.to_owned()).or_insert_with(|| bytes.to_vec());
        if kept == bytes { Ok(()) } else { Err(StoreError::BlobTaken { key: key.to_owned() }) }
    }

    async fn get_blob(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner().blobs.get(key).cloned())
    }

    async fn meta_set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        bounds::setting(key, value)?;
        self.inner().meta.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    async fn meta_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner().meta.get(key).cloned())
    }
}

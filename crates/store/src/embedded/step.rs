//! One request against the open transaction. A refused request has changed nothing; a failed one takes the whole
//! transaction with it.

use std::collections::{BTreeMap, HashMap};

use redb::ReadableTable;

use super::recent::Recent;
use super::rows::{self, CaseRow, CentreRow, LogRow, OutboxRow};
use super::slots::Slots;
use super::tables::{self, Facet, Tables, failed};
use crate::board::{Board, Counters, next, next_in_time};
use crate::bounds::OUTBOX_DEPTH_MAX;
use crate::chain::{ChainHash, Record};
use crate::commit::{Claim, Claimed, Commit, CommitOutcome, Index, Reply};
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId};

/// What the writer holds in memory of the file: all tasks and timers, and the counts. Rebuilt when the file is opened.
#[derive(Default)]
pub(super) struct Mirror {
    pub(super) counters: Counters,
    pub(super) centres: BTreeMap<CentreId, Centre>,
    pub(super) recent: Recent,
    pub(super) slots: Slots,
    /// Cases as they are, by key, of those that changed lately: most will change again soon.
    cases: HashMap<Vec<u8>, CaseRow>,
}

/// Cases remembered, a few hundred bytes each; past it all are forgotten and read again when they are needed.
const CASES_REMEMBERED_MAX: usize = 4096;

pub(super) struct Centre {
    pub(super) board: Board,
    pub(super) row: CentreRow,
    /// `row` differs from what is in the file.
    row_changed: bool,
}

impl Centre {
    pub(super) fn new(row: CentreRow) -> Self {
        Self { board: Board::recording(), row, row_changed: false }
    }
}

/// The requests of one transaction so far.
pub(super) struct Step<'a, 'txn> {
    pub(super) tables: Tables<'txn>,
    pub(super) mirror: &'a mut Mirror,
    pub(super) chain: ChainHash,
    /// Whether there is anything to commit.
    pub(super) changed: bool,
}

impl Step<'_, '_> {
    pub(super) fn commit(&mut self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let command_key = tables::named(&commit.centre, commit.command.as_str());
        if let Some(reply) = self.reply_of(&command_key)? {
            return Ok(CommitOutcome::Duplicate(reply));
        }
        let case_key = tables::named(&commit.centre, commit.case.as_str());
        let before = match self.mirror.cases.remove(&case_key) {
            Some(row) => Some(row),
            None => self.case(&case_key)?,
        };
        let version = before.as_ref().map_or(0, |it| it.version);
        let centre = self.mirror.centres.entry(commit.centre.clone());
        let centre = centre.or_insert_with(|| Centre::new(CentreRow::default()));
        if let Some(refusal) = centre.board.judge(&commit, version)? {
            return Ok(refusal);
        }
        if centre.row.outbox + commit.outbox.len() as u64 > OUTBOX_DEPTH_MAX {
            return Err(StoreError::OutboxFull { max: OUTBOX_DEPTH_MAX });
        }

        // Nothing is refused from here on.
        self.changed = true;
        let claimed = centre.board.apply(&commit, &mut self.mirror.counters);
        if before.is_none() || !commit.outbox.is_empty() {
            centre.row.cases += u64::from(before.is_none());
            centre.row.outbox += commit.outbox.len() as u64;
            centre.row_changed = true;
        }
        self.send(&commit)?;
        self.index(&commit.centre, &commit.case, before.as_ref().map(|it| &it.index), &commit.index)?;

        let head = before.as_ref().map_or_else(|| self.chain.genesis(&commit.centre, &commit.case), |it| it.head);
        let number = next(&mut self.mirror.counters.log);
        let mut after = CaseRow { version, head, log: number, index: commit.index };
        let mut entry = LogRow {
            previous: before.map_or(0, |it| it.log),
            version,
            at_ms: commit.now_ms,
            centre: commit.centre,
            case: commit.case,
            command: commit.command,
            reply: commit.reply,
            events: Vec::with_capacity(commit.events.len()),
        };
        for payload in commit.events {
            after.version += 1;
            let command = entry.command.clone();
            let record = Record { version: after.version, at_ms: entry.at_ms, command, payload, hash: [0; 32] };
            after.head = self.chain.link(&after.head, &record);
            entry.events.push((after.head, record.payload));
        }
        self.tables.log.insert(number, &*entry.encode()).map_err(failed)?;
        self.mirror.recent.insert(command_key, number);
        self.tables.cases.insert(&*case_key, &*after.encode(&commit.state)).map_err(failed)?;
        let (version, head) = (after.version, after.head);
        if self.mirror.cases.len() >= CASES_REMEMBERED_MAX {
            self.mirror.cases.clear();
        }
        self.mirror.cases.insert(case_key, after);
        Ok(CommitOutcome::Committed { version, head, claimed })
    }

    fn case(&self, key: &[u8]) -> Result<Option<CaseRow>, StoreError> {
        let row = self.tables.cases.get(key).map_err(failed)?;
        row.map(|row| CaseRow::decode(row.value()).map(|(row, _)| row)).transpose()
    }

    /// The answer to the command under this key.
    pub(super) fn reply_of(&self, key: &[u8]) -> Result<Option<Reply>, StoreError> {
        let number = match self.mirror.recent.get(key) {
            Some(number) => number,
            None => match self.tables.commands.get(key).map_err(failed)? {
                Some(number) => number.value(),
                None => return Ok(None),
            },
        };
        let row = self.tables.log.get(number).map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::corrupt(format!("log entry {number} is missing")))?;
        LogRow::decode(row.value()).map(|row| Some(row.into_reply()))
    }

    fn send(&mut self, commit: &Commit) -> Result<(), StoreError> {
        for message in &commit.outbox {
            let key = tables::sequence(&commit.centre, next_in_time(&mut self.mirror.counters.outbox, commit.now_ms));
            let row = OutboxRow {
                at_ms: commit.now_ms,
                case: commit.case.clone(),
                topic: message.topic.clone(),
                payload: message.payload.clone(),
            };
            self.tables.outbox.insert(&*key, &*row.encode()).map_err(failed)?;
        }
        Ok(())
    }

    /// Moves a case in the search index from what it was to what it is.
    fn index(&mut self, centre: &CentreId, case: &CaseId, was: Option<&Index>, is: &Index) -> Result<(), StoreError> {
        for facet in Facet::ALL {
            let value = facet.of(is);
            match was.map(|was| facet.of(was)) {
                Some(old) if old == value => continue,
                Some(old) => {
                    let key = tables::found(centre, facet, old, case);
                    self.tables.search.remove(&*key).map_err(failed)?;
                }
                None => {}
            }
            let key = tables::found(centre, facet, value, case);
            self.tables.search.insert(&*key, &[][..]).map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn claim(&mut self, centre: &CentreId, claim: &Claim, now_ms: i64) -> Option<Claimed> {
        let centre = self.mirror.centres.get_mut(centre)?;
        let claimed = centre.board.claim(claim, now_ms, &mut self.mirror.counters);
        self.changed |= claimed.is_some();
        claimed
    }

    /// Does something to the tasks of a centre that may change them; `none` is the answer where there are none.
    pub(super) fn board<T>(&mut self, centre: &CentreId, none: T, work: impl FnOnce(&mut Board) -> T) -> T {
        match self.mirror.centres.get_mut(centre) {
            Some(centre) => work(&mut centre.board),
            None => none,
        }
    }

    pub(super) fn acknowledge(&mut self, centre: &CentreId, sequences: &[u64]) -> Result<(), StoreError> {
        let Some(it) = self.mirror.centres.get_mut(centre) else { return Ok(()) };
        for sequence in sequences {
            let key = tables::sequence(centre, *sequence);
            if self.tables.outbox.remove(&*key).map_err(failed)?.is_some() {
                it.row.outbox = it.row.outbox.saturating_sub(1);
                it.row_changed = true;
                self.changed = true;
            }
        }
        Ok(())
    }

    pub(super) fn put_blob(&mut self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if let Some(kept) = self.tables.blobs.get(key).map_err(failed)? {
            let same = kept.value() == bytes;
            return if same { Ok(()) } else { Err(StoreError::BlobTaken { key: key.to_owned() }) };
        }
        self.changed = true;
        self.tables.blobs.insert(key, bytes).map_err(failed)?;
        Ok(())
    }

    pub(super) fn meta_set(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.changed = true;
        self.tables.meta.insert(key, value).map_err(failed)?;
        Ok(())
    }

    /// Writes what changed in memory. A task that came and went within the transaction is never written.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        for (id, centre) in &mut self.mirror.centres {
            let mut changed = centre.board.take_changed();
            changed.tasks.sort_unstable();
            changed.tasks.dedup();
            let (queued, gone): (Vec<u64>, _) =
                changed.tasks.into_iter().partition(|number| centre.board.numbered(*number).is_some());
            for number in gone {
                self.mirror.slots.free(number);
            }
            for number in queued {
                let Some(task) = centre.board.numbered(number) else { continue };
                let row = rows::encode_task(id, number, task);
                self.tables.tasks.insert(self.mirror.slots.of(number), &*row).map_err(failed)?;
            }
            for timer in changed.timers {
                let key = tables::timer(id, &timer);
                match centre.board.timer(&timer) {
                    Some(due_ms) => drop(self.tables.timers.insert(&*key, due_ms).map_err(failed)?),
                    None => drop(self.tables.timers.remove(&*key).map_err(failed)?),
                }
            }
            if std::mem::take(&mut centre.row_changed) {
                self.tables.centres.insert(id.as_str(), &*centre.row.encode()).map_err(failed)?;
            }
        }
        for slot in self.mirror.slots.take_emptied() {
            self.tables.tasks.remove(slot).map_err(failed)?;
        }
        for (key, number) in self.mirror.recent.take() {
            self.tables.commands.insert(&*key, number).map_err(failed)?;
        }
        let indexed = self.mirror.recent.indexed(self.mirror.counters.log);
        let counters = rows::encode_counters(&self.mirror.counters, indexed);
        self.tables.system.insert("counters", &*counters).map_err(failed)?;
        Ok(())
    }
}

impl Facet {
    /// From the one that finds fewest cases to the one that finds most.
    pub(super) const ALL: [Self; 3] = [Self::Applicant, Self::Package, Self::State];

    pub(super) fn of(self, index: &Index) -> &str {
        match self {
            Self::Applicant => &index.applicant,
            Self::Package => &index.package,
            Self::State => &index.state,
        }
    }
}

impl LogRow {
    /// The answer to the command of this entry.
    pub(super) fn into_reply(self) -> Reply {
        Reply { case: self.case, version: self.version + self.events.len() as u64, reply: self.reply }
    }
}

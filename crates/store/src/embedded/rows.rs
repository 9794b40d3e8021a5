//! The rows of the tables as bytes: integers little-endian, texts and bytes with their length before them.

use crate::board::{Counters, Held, Task};
use crate::commit::Index;
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, CommandId, Fence, TaskId};
use crate::role::Role;

/// How many cases a centre has and how many of its messages wait.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct CentreRow {
    pub(super) cases: u64,
    pub(super) outbox: u64,
}

/// A case as it is now, without its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CaseRow {
    pub(super) version: u64,
    pub(super) head: [u8; 32],
    /// The log entry of its last commit.
    pub(super) log: u64,
    pub(super) index: Index,
}

/// One commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LogRow {
    /// The log entry of the case's commit before this one; 0 if it was the first.
    pub(super) previous: u64,
    /// The version before this commit.
    pub(super) version: u64,
    pub(super) at_ms: i64,
    pub(super) centre: CentreId,
    pub(super) case: CaseId,
    pub(super) command: CommandId,
    pub(super) reply: Vec<u8>,
    /// Each event after its hash.
    pub(super) events: Vec<([u8; 32], Vec<u8>)>,
}

/// A message on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct OutboxRow {
    pub(super) at_ms: i64,
    pub(super) case: CaseId,
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
}

impl CentreRow {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut row = Vec::with_capacity(16);
        row.u64(self.cases).u64(self.outbox);
        row
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, StoreError> {
        let mut row = Reader { rest: row, what: "a centre" };
        Ok(Self { cases: row.u64()?, outbox: row.u64()? })
    }
}

impl CaseRow {
    pub(super) fn encode(&self, state: &[u8]) -> Vec<u8> {
        let index = &self.index;
        let texts = index.state.len() + index.package.len() + index.applicant.len();
        let mut row = Vec::with_capacity(64 + texts + state.len());
        row.u64(self.version).raw(&self.head).u64(self.log);
        row.text(&index.state).text(&index.package).text(&index.applicant).raw(state);
        row
    }

    /// The row and the state.
    pub(super) fn decode(row: &[u8]) -> Result<(Self, &[u8]), StoreError> {
        let mut row = Reader { rest: row, what: "a case" };
        let (version, head, log) = (row.u64()?, row.hash()?, row.u64()?);
        let index = Index { state: row.text()?.into(), package: row.text()?.into(), applicant: row.text()?.into() };
        Ok((Self { version, head, log, index }, row.rest))
    }
}

impl LogRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let events: usize = self.events.iter().map(|(hash, payload)| hash.len() + payload.len() + 4).sum();
        let names = self.centre.as_str().len() + self.case.as_str().len() + self.command.as_str().len();
        let mut row = Vec::with_capacity(40 + names + self.reply.len() + events);
        row.u64(self.previous).u64(self.version).u64(self.at_ms.cast_unsigned());
        row.text(self.centre.as_str()).text(self.case.as_str()).text(self.command.as_str()).bytes(&self.reply);
        for (hash, payload) in &self.events {
            row.raw(hash).bytes(payload);
        }
        row
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, StoreError> {
        let mut row = Reader { rest: row, what: "a log entry" };
        let (previous, version, at_ms) = (row.u64()?, row.u64()?, row.u64()?.cast_signed());
        let (centre, case, command) = (row.text()?.into(), row.text()?.into(), row.text()?.into());
        let reply = row.bytes()?.to_vec();
        let mut events = Vec::new();
        while !row.rest.is_empty() {
            events.push((row.hash()?, row.bytes()?.to_vec()));
        }
        Ok(Self { previous, version, at_ms, centre, case, command, reply, events })
    }
}

impl OutboxRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(20 + self.case.as_str().len() + self.topic.len() + self.payload.len());
        row.u64(self.at_ms.cast_unsigned()).text(self.case.as_str()).text(&self.topic).raw(&self.payload);
        row
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, StoreError> {
        let mut row = Reader { rest: row, what: "a message" };
        let (at_ms, case, topic) = (row.u64()?.cast_signed(), row.text()?.into(), row.text()?.into());
        Ok(Self { at_ms, case, topic, payload: row.rest.to_vec() })
    }
}

/// A queued task of a centre, with its number.
pub(super) fn encode_task(centre: &CentreId, number: u64, task: &Task) -> Vec<u8> {
    let mut row = Vec::with_capacity(104 + task.payload.len());
    row.u64(number)
        .text(centre.as_str())
        .text(task.id.case.as_str())
        .u64(u64::from(task.id.number))
        .text(task.queue.as_str());
    row.u64(u64::from(task.class)).u64(task.ready_at_ms.cast_unsigned()).u64(u64::from(task.attempts));
    match &task.held {
        Some(held) => row.text(held.worker.as_str()).u64(held.fence.0).u64(held.until_ms.cast_unsigned()),
        // No worker has an empty name.
        None => row.text(""),
    };
    row.raw(&task.payload);
    row
}

pub(super) fn decode_task(row: &[u8]) -> Result<(CentreId, u64, Task), StoreError> {
    let mut row = Reader { rest: row, what: "a task" };
    let place = row.u64()?;
    let (centre, case): (CentreId, CaseId) = (row.text()?.into(), row.text()?.into());
    let (number, queue) = (row.u64()? as u32, row.text()?.into());
    let (class, ready_at_ms, attempts) = (row.u64()? as u8, row.u64()?.cast_signed(), row.u64()? as u32);
    let held = match row.text()? {
        "" => None,
        worker => Some(Held { worker: worker.into(), fence: Fence(row.u64()?), until_ms: row.u64()?.cast_signed() }),
    };
    let id = TaskId { case, number };
    Ok((centre, place, Task { id, queue, class, ready_at_ms, attempts, held, payload: row.rest.to_vec() }))
}

/// A role.
pub(super) fn encode_role(role: &Role) -> Vec<u8> {
    let mut row = Vec::with_capacity(20 + role.holder.as_str().len() + role.word.len());
    row.text(role.holder.as_str()).u64(role.fence.0).u64(role.until_ms.cast_unsigned()).raw(&role.word);
    row
}

pub(super) fn decode_role(row: &[u8]) -> Result<Role, StoreError> {
    let mut row = Reader { rest: row, what: "a role" };
    let (holder, fence, until_ms) = (row.text()?.into(), Fence(row.u64()?), row.u64()?.cast_signed());
    Ok(Role { holder, fence, until_ms, word: row.rest.to_vec() })
}

/// The counters, and the log entry up to which all commands are in the index.
pub(super) fn encode_counters(counters: &Counters, indexed: u64) -> Vec<u8> {
    let mut row = Vec::with_capacity(40);
    row.u64(counters.task).u64(counters.fence).u64(counters.outbox).u64(counters.log).u64(indexed);
    row
}

pub(super) fn decode_counters(row: &[u8]) -> Result<(Counters, u64), StoreError> {
    let mut row = Reader { rest: row, what: "the counters" };
    let counters = Counters { task: row.u64()?, fence: row.u64()?, outbox: row.u64()?, log: row.u64()? };
    Ok((counters, row.u64()?))
}

/// Writes the parts of a row.
trait Write {
    fn raw(&mut self, bytes: &[u8]) -> &mut Self;

    fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        // Bounded far below 4 GiB by `bounds`.
        self.raw(&(bytes.len() as u32).to_le_bytes()).raw(bytes)
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }
}

impl Write for Vec<u8> {
    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.extend_from_slice(bytes);
        self
    }
}

/// Reads the parts of a row; a row too short is damage.
struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    fn damage(&self) -> StoreError {
        StoreError::corrupt(format!("the row of {}", self.what))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(|| self.damage())?;
        self.rest = rest;
        Ok(*head)
    }

    fn u64(&mut self) -> Result<u64, StoreError> {
        self.take().map(u64::from_le_bytes)
    }

    fn hash(&mut self) -> Result<[u8; 32], StoreError> {
        self.take()
    }

    fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        let length = self.take().map(u32::from_le_bytes)? as usize;
        let (head, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.damage())?;
        self.rest = rest;
        Ok(head)
    }

    fn text(&mut self) -> Result<&'a str, StoreError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.damage())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row cut anywhere is damage, never a panic.
    #[test]
    fn cut_rows_are_damage() {
        let index = Index { state: "running".into(), package: "p".into(), applicant: "王".into() };
        let case = CaseRow { version: 3, head: [7; 32], log: 9, index }.encode(b"");
        let log = LogRow {
            previous: 1,
            version: 2,
            at_ms: -3,
            centre: "c".into(),
            case: "k".into(),
            command: "c".into(),
            reply: b"ok".to_vec(),
            events: vec![([1; 32], b"e".to_vec())],
        };
        assert_eq!(LogRow::decode(&log.encode()).unwrap(), log);
        let without_events = log.encode().len() - 37;
        for length in 0..case.len() {
            assert!(CaseRow::decode(&case[..length]).is_err());
        }
        for length in (0..log.encode().len()).filter(|length| *length != without_events) {
            assert!(LogRow::decode(&log.encode()[..length]).is_err());
        }
    }

    #[test]
    fn tasks_come_back() {
        let held = Held { worker: "w".into(), fence: Fence(4), until_ms: 99 };
        let mut task = Task {
            id: TaskId::new("k", 2),
            queue: "q".into(),
            class: 255,
            ready_at_ms: -1,
            attempts: 3,
            held: Some(held),
            payload: b"payload".to_vec(),
        };
        assert_eq!(decode_task(&encode_task(&"c".into(), 5, &task)).unwrap(), ("c".into(), 5, task.clone()));
        task.held = None;
        assert_eq!(decode_task(&encode_task(&"c".into(), 5, &task)).unwrap(), ("c".into(), 5, task));
    }
}

//! What the store keeps, as bytes: integers big-endian, as `struct` reads them in a script; texts with their length
//! before them.

use onething_store::{CommandId, Fence, Index, Loaded, Record, Role, StoreError};

/// Lua counts in floating point: past this an integer is no longer exact when `EPOCH` of `board.lua` is added to it.
/// As a time it is beyond the year 70,000.
const EXACT_MAX: i64 = 1 << 51;
/// What the scripts add to a time before they write it, so that it is never negative.
const EPOCH: i64 = 1 << 52;

/// A time that a script can count with.
pub(crate) fn time(ms: i64) -> Result<i64, StoreError> {
    if (-EXACT_MAX..=EXACT_MAX).contains(&ms) {
        return Ok(ms);
    }
    let what = format!("expected a time within 2^51 milliseconds of 1970, but got {ms}");
    Err(StoreError::Invalid { what })
}

/// A case: version, head, index, state.
pub(crate) fn encode_case(case: &Loaded) -> Vec<u8> {
    let index = &case.index;
    let texts = index.state.len() + index.package.len() + index.applicant.len();
    let mut row = Vec::with_capacity(8 + 32 + 6 + texts + case.state.len());
    row.extend_from_slice(&case.version.to_be_bytes());
    row.extend_from_slice(&case.head);
    for text in [&index.state, &index.package, &index.applicant] {
        // Bounded far below 64 KiB by `bounds`.
        row.extend_from_slice(&(text.len() as u16).to_be_bytes());
        row.extend_from_slice(text.as_bytes());
    }
    row.extend_from_slice(&case.state);
    row
}

pub(crate) fn decode_case(row: &[u8]) -> Result<Loaded, StoreError> {
    let mut row = Reader { rest: row, what: "a case" };
    let version = u64::from_be_bytes(row.array()?);
    let head = row.array()?;
    let index = Index { state: row.text()?, package: row.text()?, applicant: row.text()? };
    Ok(Loaded { version, state: row.rest.to_vec(), index, head })
}

/// A record of a history without its version, which is its place in the list.
pub(crate) fn encode_record(record: &Record) -> Vec<u8> {
    let command = record.command.as_str();
    let mut row = Vec::with_capacity(8 + 32 + 2 + command.len() + record.payload.len());
    row.extend_from_slice(&record.at_ms.to_be_bytes());
    row.extend_from_slice(&record.hash);
    row.extend_from_slice(&(command.len() as u16).to_be_bytes());
    row.extend_from_slice(command.as_bytes());
    row.extend_from_slice(&record.payload);
    row
}

pub(crate) fn decode_record(version: u64, row: &[u8]) -> Result<Record, StoreError> {
    let mut row = Reader { rest: row, what: "a record" };
    let at_ms = i64::from_be_bytes(row.array()?);
    let hash = row.array()?;
    let command = CommandId::from(row.text()?);
    Ok(Record { version, at_ms, command, payload: row.rest.to_vec(), hash })
}

/// The record of a command: version, nonce, fence, case, task claimed, reply; see `commit.lua`.
pub(crate) fn decode_command(row: &[u8]) -> Result<onething_store::Reply, StoreError> {
    let mut row = Reader { rest: row, what: "a command" };
    let version = u64::from_be_bytes(row.array()?);
    let _nonce: [u8; 16] = row.array()?;
    let _fence: [u8; 8] = row.array()?;
    let case = row.text()?;
    let _claimed = row.bytes()?;
    Ok(onething_store::Reply { case: case.into(), version, reply: row.rest.to_vec() })
}

/// A role: fence, end of the holding, holder, word; see `role.lua`.
pub(crate) fn decode_role(row: &[u8]) -> Result<Role, StoreError> {
    let mut row = Reader { rest: row, what: "a role" };
    let fence = Fence(u64::from_be_bytes(row.array()?));
    let until_ms = i64::from_be_bytes(row.array()?) - EPOCH;
    let holder = row.text()?.into();
    Ok(Role { holder, fence, until_ms, word: row.rest.to_vec() })
}

struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    fn short(&self) -> StoreError {
        StoreError::Corrupt { what: format!("the row of {} is too short", self.what) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(*array)
    }

    fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<String, StoreError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.to_vec())
            .map_err(|_| StoreError::Corrupt { what: format!("the row of {} holds no text", self.what) })
    }
}

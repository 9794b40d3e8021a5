//! The tables of the file, their keys, and how a failure of redb is reported.
//!
//! Values are bytes and integers only: redb 5.0 changes how it writes other types. In the keys of one centre the parts
//! are separated by a zero byte, which no id contains, so that they sort like their ids.

use std::sync::Arc;

use redb::{Table, TableDefinition, WriteTransaction};

use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, TimerId};

pub(super) type Bytes = &'static [u8];

/// `format`, `chain`, `counters`.
pub(super) const SYSTEM: TableDefinition<&str, Bytes> = TableDefinition::new("system");
/// Settings of the program.
pub(super) const META: TableDefinition<&str, Bytes> = TableDefinition::new("meta");
/// Bytes written once.
pub(super) const BLOBS: TableDefinition<&str, Bytes> = TableDefinition::new("blobs");
/// Centre to [`CentreRow`](super::rows::CentreRow).
pub(super) const CENTRES: TableDefinition<&str, Bytes> = TableDefinition::new("centres");
/// Centre and case to [`CaseRow`](super::rows::CaseRow).
pub(super) const CASES: TableDefinition<Bytes, Bytes> = TableDefinition::new("cases");
/// Number to [`LogRow`](super::rows::LogRow): the commits of all cases in one line, each with the number of the one
/// before it of the same case. Appended at the end, a batch fills a few pages; sorted by case, it would dirty one for
/// each of its commits.
pub(super) const LOG: TableDefinition<u64, Bytes> = TableDefinition::new("log");
/// Centre and command to the number of its log entry; see [`Recent`](super::recent::Recent) for the latest.
pub(super) const COMMANDS: TableDefinition<Bytes, u64> = TableDefinition::new("commands");
/// Slot to task; see [`Slots`](super::slots::Slots).
pub(super) const TASKS: TableDefinition<u64, Bytes> = TableDefinition::new("tasks");
/// Centre, case and number to the time it is due.
pub(super) const TIMERS: TableDefinition<Bytes, i64> = TableDefinition::new("timers");
/// Centre, [`Facet`], value and case, to nothing.
pub(super) const SEARCH: TableDefinition<Bytes, Bytes> = TableDefinition::new("search");
/// Centre and sequence number to [`OutboxRow`](super::rows::OutboxRow).
pub(super) const OUTBOX: TableDefinition<Bytes, Bytes> = TableDefinition::new("outbox");
/// Centre and role to [`Role`](crate::Role).
pub(super) const ROLES: TableDefinition<Bytes, Bytes> = TableDefinition::new("roles");

/// Every table, open for writing.
pub(super) struct Tables<'txn> {
    pub(super) system: Table<'txn, &'static str, Bytes>,
    pub(super) meta: Table<'txn, &'static str, Bytes>,
    pub(super) blobs: Table<'txn, &'static str, Bytes>,
    pub(super) centres: Table<'txn, &'static str, Bytes>,
    pub(super) cases: Table<'txn, Bytes, Bytes>,
    pub(super) log: Table<'txn, u64, Bytes>,
    pub(super) commands: Table<'txn, Bytes, u64>,
    pub(super) tasks: Table<'txn, u64, Bytes>,
    pub(super) timers: Table<'txn, Bytes, i64>,
    pub(super) search: Table<'txn, Bytes, Bytes>,
    pub(super) outbox: Table<'txn, Bytes, Bytes>,
    pub(super) roles: Table<'txn, Bytes, Bytes>,
}

impl<'txn> Tables<'txn> {
    /// Opens every table, and makes those that do not exist.
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            system: transaction.open_table(SYSTEM).map_err(failed)?,
            meta: transaction.open_table(META).map_err(failed)?,
            blobs: transaction.open_table(BLOBS).map_err(failed)?,
            centres: transaction.open_table(CENTRES).map_err(failed)?,
            cases: transaction.open_table(CASES).map_err(failed)?,
            log: transaction.open_table(LOG).map_err(failed)?,
            commands: transaction.open_table(COMMANDS).map_err(failed)?,
            tasks: transaction.open_table(TASKS).map_err(failed)?,
            timers: transaction.open_table(TIMERS).map_err(failed)?,
            search: transaction.open_table(SEARCH).map_err(failed)?,
            outbox: transaction.open_table(OUTBOX).map_err(failed)?,
            roles: transaction.open_table(ROLES).map_err(failed)?,
        })
    }
}

/// Reports a failure of redb. The transaction it happened in must not be committed.
pub(super) fn failed(error: impl Into<redb::Error>) -> StoreError {
    let error = error.into();
    match &error {
        redb::Error::Corrupted(what) => StoreError::corrupt(what.clone()),
        _ => StoreError::Storage { what: error.to_string(), source: Some(Arc::new(error)) },
    }
}

/// What a case is found by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Facet {
    Applicant = b'a' as isize,
    Package = b'p' as isize,
    State = b's' as isize,
}

/// `centre 0 name`
pub(super) fn named(centre: &CentreId, name: &str) -> Vec<u8> {
    let mut key = prefix(centre);
    key.extend_from_slice(name.as_bytes());
    key
}

/// `centre 0`: where the keys of a centre start.
pub(super) fn prefix(centre: &CentreId) -> Vec<u8> {
    let mut key = Vec::with_capacity(centre.as_str().len() + 48);
    key.extend_from_slice(centre.as_str().as_bytes());
    key.push(0);
    key
}

/// `centre 0 case 0 number`
pub(super) fn timer(centre: &CentreId, timer: &TimerId) -> Vec<u8> {
    let mut key = named(centre, timer.case.as_str());
    key.push(0);
    key.extend_from_slice(&timer.number.to_be_bytes());
    key
}

/// The centre and the timer of a key made by [`timer`].
pub(super) fn timer_of(key: &[u8]) -> Result<(CentreId, TimerId), StoreError> {
    let wrong = || StoreError::corrupt("a timer's key");
    let (names, number) = key.split_last_chunk::<4>().ok_or_else(wrong)?;
    let text = std::str::from_utf8(names).map_err(|_| wrong())?;
    let (centre, case) = text.strip_suffix('\0').and_then(|names| names.split_once('\0')).ok_or_else(wrong)?;
    Ok((centre.into(), TimerId::new(case, u32::from_be_bytes(*number))))
}

/// `centre 0 facet value 0`: where the cases with this value start.
pub(super) fn facet(centre: &CentreId, facet: Facet, value: &str) -> Vec<u8> {
    let mut key = prefix(centre);
    key.push(facet as u8);
    key.extend_from_slice(value.as_bytes());
    key.push(0);
    key
}

/// `centre 0 facet value 0 case`
pub(super) fn found(centre: &CentreId, by: Facet, value: &str, case: &CaseId) -> Vec<u8> {
    let mut key = facet(centre, by, value);
    key.extend_from_slice(case.as_str().as_bytes());
    key
}

/// `centre 0 sequence`
pub(super) fn sequence(centre: &CentreId, sequence: u64) -> Vec<u8> {
    let mut key = prefix(centre);
    key.extend_from_slice(&sequence.to_be_bytes());
    key
}

/// The first key after all those that start with `prefix`, which ends in the zero of [`prefix`] or [`facet`].
pub(super) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut key = prefix.to_vec();
    if let Some(last) = key.last_mut() {
        *last = 1;
    }
    key
}

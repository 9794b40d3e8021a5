//! What readers ask the file, each in one read transaction: they see the last transaction on disk and hold up nobody.

use std::ops::Bound;

use redb::ReadTransaction;

use super::rows::{CaseRow, LogRow, OutboxRow};
use super::tables::{self, Facet, failed};
use crate::chain::{ChainHash, Fault, Record, Verdict, Verifier};
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId};
use crate::store::{Filter, Found, Loaded, OutboxEntry};

pub(super) fn load(it: &ReadTransaction, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError> {
    let cases = it.open_table(tables::CASES).map_err(failed)?;
    let Some(row) = cases.get(&*tables::named(centre, case.as_str())).map_err(failed)? else { return Ok(None) };
    let (row, state) = CaseRow::decode(row.value())?;
    Ok(Some(Loaded { version: row.version, state: state.to_vec(), index: row.index, head: row.head }))
}

/// The commits of a case from the last one back to the one that holds version `from`, as numbers in the log, oldest
/// first. `broken` is the version before which an entry is missing.
struct Trail {
    entries: Vec<u64>,
    broken: Option<u64>,
}

fn trail(it: &ReadTransaction, last: u64, from: u64) -> Result<Trail, StoreError> {
    let log = it.open_table(tables::LOG).map_err(failed)?;
    let mut trail = Trail { entries: Vec::new(), broken: None };
    let (mut number, mut version) = (last, None);
    while number != 0 {
        let Some(row) = log.get(number).map_err(failed)? else {
            trail.broken = version.or(Some(u64::MAX));
            break;
        };
        let (row, behind) = (LogRow::decode(row.value())?, number);
        trail.entries.push(number);
        number = row.previous;
        version = Some(row.version);
        if row.version < from {
            break;
        }
        if number >= behind {
            return Err(StoreError::corrupt(format!("log entry {behind}")));
        }
    }
    trail.entries.reverse();
    Ok(trail)
}

fn entry(it: &ReadTransaction, number: u64) -> Result<LogRow, StoreError> {
    let log = it.open_table(tables::LOG).map_err(failed)?;
    let row = log.get(number).map_err(failed)?;
    LogRow::decode(row.ok_or_else(|| StoreError::corrupt(format!("log entry {number} is missing")))?.value())
}

fn case_row(it: &ReadTransaction, centre: &CentreId, case: &CaseId) -> Result<Option<CaseRow>, StoreError> {
    let cases = it.open_table(tables::CASES).map_err(failed)?;
    let row = cases.get(&*tables::named(centre, case.as_str())).map_err(failed)?;
    row.map(|row| CaseRow::decode(row.value()).map(|(row, _)| row)).transpose()
}

pub(super) fn history(
    it: &ReadTransaction,
    centre: &CentreId,
    case: &CaseId,
    from: u64,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    let Some(row) = case_row(it, centre, case)? else { return Ok(Vec::new()) };
    let trail = trail(it, row.log, from.max(1))?;
    if trail.broken.is_some() {
        return Err(StoreError::corrupt(format!("the history of case {case}")));
    }
    let mut records = Vec::new();
    for number in trail.entries {
        let wanted = entry(it, number)?.into_records().filter(|record| record.version >= from);
        records.extend(wanted.take(limit - records.len()));
        if records.len() == limit {
            break;
        }
    }
    Ok(records)
}

pub(super) fn verify(
    it: &ReadTransaction,
    chain: ChainHash,
    centre: &CentreId,
    case: &CaseId,
) -> Result<Option<Verdict>, StoreError> {
    let Some(row) = case_row(it, centre, case)? else { return Ok(None) };
    let trail = trail(it, row.log, 0)?;
    if let Some(version) = trail.broken {
        return Ok(Some(Verdict::Broken { version: version.min(row.version), fault: Fault::Missing }));
    }
    let mut verifier = Verifier::new(chain, centre, case);
    for number in trail.entries {
        let entry = match entry(it, number) {
            Err(StoreError::Corrupt { .. }) => return Ok(Some(verifier.unreadable())),
            entry => entry?,
        };
        for record in entry.into_records() {
            if let Err(verdict) = verifier.take(&record) {
                return Ok(Some(verdict));
            }
        }
    }
    Ok(Some(verifier.finish(row.version, row.head)))
}

pub(super) fn search(
    it: &ReadTransaction,
    centre: &CentreId,
    filter: &Filter,
    after: Option<&CaseId>,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let cases = it.open_table(tables::CASES).map_err(failed)?;
    let narrowest = Facet::ALL.into_iter().find_map(|facet| Some((facet, facet.wish(filter)?)));
    let prefix = narrowest.map_or_else(|| tables::prefix(centre), |(by, value)| tables::facet(centre, by, value));
    let (from, to) = (start(&prefix, after), tables::after(&prefix));
    let range = (Bound::Excluded(&*from), Bound::Excluded(&*to));

    let mut found = Vec::new();
    let mut take = |key: &[u8], row: &[u8]| {
        let index = CaseRow::decode(row)?.0.index;
        if found.len() < limit && filter.matches(&index) {
            let case = key.get(prefix.len()..).and_then(|case| std::str::from_utf8(case).ok());
            let case = case.ok_or_else(|| StoreError::corrupt("a case's key"))?.into();
            found.push(Found { case, index });
        }
        Ok::<_, StoreError>(found.len() < limit)
    };
    if narrowest.is_none() {
        for row in cases.range::<&[u8]>(range).map_err(failed)? {
            let (key, row) = row.map_err(failed)?;
            if !take(key.value(), row.value())? {
                break;
            }
        }
        return Ok(found);
    }
    let search = it.open_table(tables::SEARCH).map_err(failed)?;
    for row in search.range::<&[u8]>(range).map_err(failed)? {
        let (key, _) = row.map_err(failed)?;
        let key = key.value();
        let case = key.get(prefix.len()..).unwrap_or_default();
        let row = cases.get(&*[&tables::prefix(centre), case].concat()).map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::corrupt("a case in the search index is missing"))?;
        if !take(key, row.value())? {
            break;
        }
    }
    Ok(found)
}

/// The key after which a page starts: that of the case before it, or the prefix, which is nobody's.
fn start(prefix: &[u8], after: Option<&CaseId>) -> Vec<u8> {
    [prefix, after.map_or(&[][..], |case| case.as_str().as_bytes())].concat()
}

pub(super) fn outbox(
    it: &ReadTransaction,
    centre: &CentreId,
    after: u64,
    limit: usize,
) -> Result<Vec<OutboxEntry>, StoreError> {
    let outbox = it.open_table(tables::OUTBOX).map_err(failed)?;
    let (from, to) = (tables::sequence(centre, after), tables::after(&tables::prefix(centre)));
    let mut entries = Vec::new();
    for row in outbox.range::<&[u8]>((Bound::Excluded(&*from), Bound::Excluded(&*to))).map_err(failed)?.take(limit) {
        let (key, row) = row.map_err(failed)?;
        let sequence = key.value().last_chunk().map(|it| u64::from_be_bytes(*it));
        let sequence = sequence.ok_or_else(|| StoreError::corrupt("a message's key"))?;
        let OutboxRow { at_ms, case, topic, payload } = OutboxRow::decode(row.value())?;
        entries.push(OutboxEntry { sequence, case, at_ms, topic, payload });
    }
    Ok(entries)
}

/// The bytes of all rows and keys of a case, without the room that pages leave free.
pub(super) fn case_bytes(it: &ReadTransaction, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError> {
    let cases = it.open_table(tables::CASES).map_err(failed)?;
    let key = tables::named(centre, case.as_str());
    let Some(row) = cases.get(&*key).map_err(failed)? else { return Ok(None) };
    let mut bytes = key.len() + row.value().len();
    let (row, _) = CaseRow::decode(row.value())?;
    for facet in Facet::ALL {
        bytes += tables::found(centre, facet, facet.of(&row.index), case).len();
    }
    let log = it.open_table(tables::LOG).map_err(failed)?;
    for number in trail(it, row.log, 0)?.entries {
        let Some(entry) = log.get(number).map_err(failed)? else { continue };
        let command = LogRow::decode(entry.value())?.command;
        // The entry under its number, and the command that leads to it.
        bytes += entry.value().len() + tables::named(centre, command.as_str()).len() + 2 * size_of::<u64>();
    }
    Ok(Some(bytes as u64))
}

pub(super) fn case_count(it: &ReadTransaction, centre: &CentreId) -> Result<u64, StoreError> {
    let centres = it.open_table(tables::CENTRES).map_err(failed)?;
    let row = centres.get(centre.as_str()).map_err(failed)?;
    row.map_or(Ok(0), |row| super::rows::CentreRow::decode(row.value()).map(|row| row.cases))
}

pub(super) fn centres(
    it: &ReadTransaction,
    after: Option<&CentreId>,
    limit: usize,
) -> Result<Vec<CentreId>, StoreError> {
    let centres = it.open_table(tables::CENTRES).map_err(failed)?;
    let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.as_str()));
    let rows = centres.range::<&str>((from, Bound::Unbounded)).map_err(failed)?.take(limit);
    rows.map(|row| row.map(|(centre, _)| centre.value().into()).map_err(failed)).collect()
}

pub(super) fn blob(it: &ReadTransaction, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let blobs = it.open_table(tables::BLOBS).map_err(failed)?;
    Ok(blobs.get(key).map_err(failed)?.map(|it| it.value().to_vec()))
}

pub(super) fn meta(it: &ReadTransaction, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let meta = it.open_table(tables::META).map_err(failed)?;
    Ok(meta.get(key).map_err(failed)?.map(|it| it.value().to_vec()))
}

impl Facet {
    fn wish(self, filter: &Filter) -> Option<&str> {
        match self {
            Self::Applicant => filter.applicant.as_deref(),
            Self::Package => filter.package.as_deref(),
            Self::State => filter.state.as_deref(),
        }
    }
}

impl LogRow {
    fn into_records(self) -> impl Iterator<Item = Record> {
        let Self { version, at_ms, command, events, .. } = self;
        (version + 1..).zip(events).map(move |(version, (hash, payload))| {
            let command = command.clone();
            Record { version, at_ms, command, payload, hash }
        })
    }
}

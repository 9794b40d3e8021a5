//! The histories of a store, and of an archive, as the rows of a log.

use std::collections::BTreeSet;
use std::path::Path;

use onething_sim::eventlog::{History, ROWS_MAX, Row};
use onething_store::{Archive, CaseId, CentreId, Filter, Record, Store};
use onething_worker::Recorded;

use crate::chain;
use crate::exit::{BROKEN, Failure, REFUSED, wait_for};
use crate::place::Place;

/// Cases and records read at once.
const PAGE: usize = 500;

/// Every step that ended in any case of a centre: in its store and, where closed cases have left it, in an archive.
/// A case that is in both was written down and not yet removed: it counts once. An archive alone is enough.
pub(super) fn rows(
    place: &Place,
    chain: chain::Wish,
    centre: &str,
    archive: Option<&Path>,
) -> Result<Vec<Row>, Failure> {
    let centre = CentreId::from(centre);
    let mut rows = Vec::new();
    let mut archived = BTreeSet::new();
    if let Some(directory) = archive {
        of_archive(directory, &centre, &mut rows, &mut archived)?;
    }
    if archive.is_some() && place.must_exist().is_err() {
        return Ok(rows);
    }
    place.must_exist()?;
    wait_for(async {
        let store = place.open(chain).await?;
        of_centre(&*store, &centre, &archived, &mut rows).await
    })?;
    Ok(rows)
}

fn of_archive(
    directory: &Path,
    centre: &CentreId,
    rows: &mut Vec<Row>,
    archived: &mut BTreeSet<CaseId>,
) -> Result<(), Failure> {
    let mut archive = Archive::read(directory)?;
    archived.extend(archive.cases().filter(|(of, _)| *of == centre).map(|(_, case)| case.clone()));
    for case in archived.iter() {
        let Some(found) = archive.find(centre, case)? else { continue };
        let mut history = History::new(case.as_str().into());
        found.records.iter().try_for_each(|record| tell(&mut history, case, record, rows))?;
        bounded(rows)?;
    }
    Ok(())
}

fn bounded(rows: &[Row]) -> Result<(), Failure> {
    if rows.len() <= ROWS_MAX {
        return Ok(());
    }
    let (zh, en) = (format!("历史超过 {ROWS_MAX} 行"), format!("the history has more than {ROWS_MAX} rows"));
    Err(Failure::new(REFUSED, zh, en))
}

async fn of_centre(
    store: &dyn Store,
    centre: &CentreId,
    archived: &BTreeSet<CaseId>,
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let mut after: Option<CaseId> = None;
    loop {
        let page = store.search(centre, &Filter::default(), after.as_ref(), PAGE).await?;
        for found in page.iter().filter(|found| !archived.contains(&found.case)) {
            of_case(store, centre, &found.case, rows).await?;
            bounded(rows)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.case.clone()),
            _ => return Ok(()),
        }
    }
}

async fn of_case(store: &dyn Store, centre: &CentreId, case: &CaseId, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (mut history, mut from) = (History::new(case.as_str().into()), 1);
    loop {
        let records = store.history(centre, case, from, PAGE).await?;
        for record in &records {
            tell(&mut history, case, record, rows)?;
        }
        match records.last() {
            Some(last) if records.len() == PAGE => from = last.version + 1,
            _ => return Ok(()),
        }
    }
}

fn tell(history: &mut History, case: &CaseId, record: &Record, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let recorded: Recorded = serde_json::from_slice(&record.payload).map_err(|error| {
        let name = case.as_str();
        Failure::new(
            BROKEN,
            format!("办件 {name} 的记录读不懂：{error}"),
            format!("a record of the case {name} cannot be read: {error}"),
        )
    })?;
    history.tell(recorded.at, &recorded.by, &recorded.event, rows);
    Ok(())
}

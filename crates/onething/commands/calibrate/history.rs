//! The histories of a store as the rows of a log.

use onething_sim::eventlog::{History, ROWS_MAX, Row};
use onething_store::{CaseId, CentreId, Filter, Store};
use onething_worker::Recorded;

use crate::chain;
use crate::exit::{BROKEN, Failure, REFUSED, wait_for};
use crate::place::Place;

/// Cases and records read at once.
const PAGE: usize = 500;

/// Every step that ended in any case of a centre.
pub(super) fn rows(place: &Place, chain: chain::Wish, centre: &str) -> Result<Vec<Row>, Failure> {
    place.must_exist()?;
    wait_for(async {
        let store = place.open(chain).await?;
        of_centre(&*store, &CentreId::from(centre)).await
    })
}

async fn of_centre(store: &dyn Store, centre: &CentreId) -> Result<Vec<Row>, Failure> {
    let (mut rows, mut after): (Vec<Row>, Option<CaseId>) = (Vec::new(), None);
    loop {
        let page = store.search(centre, &Filter::default(), after.as_ref(), PAGE).await?;
        for found in &page {
            of_case(store, centre, &found.case, &mut rows).await?;
            if rows.len() > ROWS_MAX {
                return Err(Failure::new(
                    REFUSED,
                    format!("历史超过 {ROWS_MAX} 行"),
                    format!("the history has more than {ROWS_MAX} rows"),
                ));
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.case.clone()),
            _ => return Ok(rows),
        }
    }
}

async fn of_case(store: &dyn Store, centre: &CentreId, case: &CaseId, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (mut history, mut from) = (History::new(case.as_str().into()), 1);
    loop {
        let records = store.history(centre, case, from, PAGE).await?;
        for record in &records {
            let recorded: Recorded = serde_json::from_slice(&record.payload).map_err(|error| {
                let name = case.as_str();
                Failure::new(
                    BROKEN,
                    format!("办件 {name} 的记录读不懂：{error}"),
                    format!("a record of the case {name} cannot be read: {error}"),
                )
            })?;
            history.tell(recorded.at, &recorded.by, &recorded.event, rows);
        }
        match records.last() {
            Some(last) if records.len() == PAGE => from = last.version + 1,
            _ => return Ok(()),
        }
    }
}

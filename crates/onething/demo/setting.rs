//! What a demo was started with, kept with its data so that it can go on.

use onething_engine::calendar::{Millis, Uncovered};
use onething_store::{CaseId, CentreId, Filter, Store};
use onething_worker::Recorded;
use serde::{Deserialize, Serialize};

use crate::exit::{BROKEN, Failure};

const SETTING: &str = "demo";
const CLOCK: &str = "demo.clock";
/// Monday 13 April 2026, nine in the morning in China: the first day of the acceptance period of the teacher's
/// certificate in its definition (illustrative).
const OPENS: Millis = 1_776_042_000_000;
/// Cases read at once.
const PAGE: usize = 500;

/// What a demo was started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) cases: u32,
    /// Legal time at which it starts or goes on.
    #[serde(skip)]
    pub(crate) now: Millis,
}

impl Setting {
    /// The setting of the data, and true; else a new one, and false.
    pub(crate) async fn load_or_make(
        store: &dyn Store,
        centre: &CentreId,
        seed: u64,
        cases: u32,
    ) -> Result<(Self, bool), Failure> {
        let Some(bytes) = store.meta_get(SETTING).await? else {
            let setting = Self { seed, cases, now: OPENS };
            let bytes = serde_json::to_vec(&setting).map_err(unreadable)?;
            if store.case_count(centre).await? > 0 {
                return Err(Failure::new(
                    BROKEN,
                    "这里有不是演示的办件，请用 --data 或 --store 换一个地方",
                    "there are cases here that are not a demo's: name another place with --data or --store",
                ));
            }
            store.meta_set(SETTING, &bytes).await?;
            return Ok((setting, false));
        };
        let mut setting: Self = serde_json::from_slice(&bytes).map_err(unreadable)?;
        let saved = store.meta_get(CLOCK).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        setting.now = last_event(store, centre).await?.max(saved.unwrap_or(OPENS)).max(OPENS);
        Ok((setting, true))
    }

    /// Writes the clock down.
    pub(crate) async fn save_clock(store: &dyn Store, now: Millis) -> Result<(), Failure> {
        Ok(store.meta_set(CLOCK, now.to_string().as_bytes()).await?)
    }
}

/// The latest legal moment in any history: time never goes back behind it.
async fn last_event(store: &dyn Store, centre: &CentreId) -> Result<Millis, Failure> {
    let (mut latest, mut after): (Millis, Option<CaseId>) = (OPENS, None);
    loop {
        let found = store.search(centre, &Filter::default(), after.as_ref(), PAGE).await?;
        for found in &found {
            let Some(loaded) = store.load(centre, &found.case).await? else { continue };
            for record in store.history(centre, &found.case, loaded.version, 1).await? {
                let recorded: Recorded = serde_json::from_slice(&record.payload).map_err(unreadable)?;
                latest = latest.max(recorded.at);
            }
        }
        match found.last() {
            Some(last) if found.len() == PAGE => after = Some(last.case.clone()),
            _ => return Ok(latest),
        }
    }
}

fn unreadable(error: serde_json::Error) -> Failure {
    Failure::new(BROKEN, format!("数据读不懂：{error}"), format!("the data cannot be read: {error}"))
}

/// The moment at which the demo's first day begins.
pub(crate) fn opens() -> Millis {
    OPENS
}

/// The demo ran beyond the last published year.
pub(crate) fn uncovered(gap: Uncovered) -> Failure {
    let year = gap.year;
    Failure::new(
        BROKEN,
        format!("日历里没有 {year} 年，演示不能继续"),
        format!("the calendar has no {year}: the demo cannot go on"),
    )
}

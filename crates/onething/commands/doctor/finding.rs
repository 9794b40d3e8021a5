//! Something that must never be, and what mends it.

use std::fmt;

use onething_store::{CentreId, ChainHash, Commit, CommitOutcome, Index, QueuedTask, Store, TaskId, TimerId};
use onething_worker::{Clock, WallClock};
use serde::Serialize;

use crate::exit::Failure;

/// Something that must never be.
#[derive(Serialize)]
pub(super) struct Finding {
    pub(super) code: &'static str,
    pub(super) case: String,
    zh: String,
    en: String,
    /// Whether `--repair` mends it.
    mendable: bool,
    pub(super) mended: bool,
    #[serde(skip)]
    mend: Mend,
}

/// What mends it.
#[derive(PartialEq)]
pub(super) enum Mend {
    /// Nothing that is safe.
    Nothing,
    /// A commit without events, on the version at which it was found.
    Change(Box<Change>),
}

/// What a commit without events changes.
#[derive(PartialEq)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) state: Vec<u8>,
    pub(super) index: Index,
    /// Ready as soon as it is mended.
    pub(super) enqueue: Vec<QueuedTask>,
    pub(super) withdraw: Vec<TaskId>,
    pub(super) set: Vec<(TimerId, i64)>,
    pub(super) cancel: Vec<TimerId>,
}

/// The same thing found twice; when it is mended does not matter.
impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        let version = |mend: &Mend| match mend {
            Mend::Nothing => None,
            Mend::Change(change) => Some(change.version),
        };
        (self.code, &self.case, &self.en, version(&self.mend))
            == (other.code, &other.case, &other.en, version(&other.mend))
    }
}

impl Finding {
    pub(super) fn new(code: &'static str, case: &str, zh: String, en: String, mend: Mend) -> Self {
        let mendable = mend != Mend::Nothing;
        Self { code, case: case.to_owned(), zh, en, mendable, mended: false, mend }
    }

    /// Nothing that is safe mends it after all.
    pub(super) fn leave_to_people(&mut self) {
        (self.mend, self.mendable) = (Mend::Nothing, false);
    }

    /// Mends it, if it can be; not if the case has changed since it was found.
    pub(super) async fn mend(&mut self, store: &dyn Store, centre: &CentreId) -> Result<(), Failure> {
        let Mend::Change(change) = &self.mend else { return Ok(()) };
        let now_ms = time(store, centre).await?;
        // What was mended once may have to be mended again: the moment is part of the name.
        let moment = now_ms.to_be_bytes();
        let hash = ChainHash::Sha256.digest(&[self.code.as_bytes(), self.case.as_bytes(), self.en.as_bytes(), &moment]);
        let command = format!("doctor/{}", crate::words::hex(&hash));
        let case = self.case.as_str().into();
        let mut commit = Commit::new(centre.clone(), command.into(), case, change.version, now_ms);
        (commit.state, commit.index) = (change.state.clone(), change.index.clone());
        (commit.enqueue, commit.withdraw) = (change.enqueue.clone(), change.withdraw.clone());
        commit.enqueue.iter_mut().for_each(|queued| queued.ready_at_ms = now_ms);
        (commit.timers_set, commit.timers_cancel) = (change.set.clone(), change.cancel.clone());
        self.mended = matches!(store.commit(commit).await?, CommitOutcome::Committed { .. });
        Ok(())
    }
}

/// The time by which a centre's work is done: that of the machine which holds a shared store.
pub(super) async fn time(store: &dyn Store, centre: &CentreId) -> Result<i64, Failure> {
    Ok(store.time(centre).await?.unwrap_or_else(|| WallClock.machine_now()))
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.mended, self.mendable) {
            (true, _) => "（已修复 mended）",
            (false, true) => "（--repair 可修复 mends it）",
            (false, false) => "",
        };
        write!(f, "{} {}：{}{what}\n    {}", self.code, self.case, self.zh, self.en)
    }
}

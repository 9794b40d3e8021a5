//! A run as an event log, for whoever wants to see it in another program, or to learn from it.

use std::collections::HashMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::event::Event;

use super::run::{Run, name_of};
use crate::eventlog::{ARRIVE, CALLED, History, Row};

/// The rows so far, and the histories of cases under way.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) rows: Vec<Row>,
    histories: HashMap<u64, History>,
}

impl Journal {
    pub(super) fn follow(&mut self, key: u64, now_ms: Millis, by: &Arc<str>, events: &[Event]) {
        let history = self.histories.entry(key).or_insert_with(|| History::new(name_of(key)));
        events.iter().for_each(|event| history.tell(now_ms, by, event, &mut self.rows));
        if events.iter().any(|event| matches!(event, Event::Closed { .. })) {
            self.histories.remove(&key);
        }
    }
}

impl Run<'_> {
    /// Somebody came, to a window or online.
    pub(super) fn note_arrival(&mut self, key: u64, source: usize, channel: &str) {
        self.note(|run| Row { outcome: Some(channel.into()), ..run.person(key, source, ARRIVE.into()) });
    }

    /// Somebody is at the window.
    pub(super) fn note_call(&mut self, key: u64, source: usize) {
        self.note(|run| run.person(key, source, CALLED.into()));
    }

    /// Somebody went without having been served.
    pub(super) fn note_leaving(&mut self, key: u64, source: usize, how: &str) {
        self.note(|run| {
            let about = run.model.sources[source].arrivals.name.as_str().into();
            Row { outcome: Some(about), ..run.person(key, source, how.into()) }
        });
    }

    /// A visit that makes no case is over.
    pub(super) fn note_visit(&mut self, key: u64, source: usize, seat: u32, took_ms: i64) {
        let plan = &self.model.sources[source];
        if plan.workflow.is_none() {
            self.note(|run| {
                let row = run.person(key, source, plan.arrivals.name.as_str().into());
                let (began_ms, by) = (Some(row.ended_ms - took_ms), Some(run.model.seats[seat as usize].by.clone()));
                Row { began_ms, by, ..row }
            });
        }
    }

    /// Writes a row, if anybody reads it.
    fn note(&mut self, row: impl FnOnce(&Self) -> Row) {
        if let Some(mut journal) = self.journal.take() {
            journal.rows.push(row(self));
            self.journal = Some(journal);
        }
    }

    fn person(&self, key: u64, source: usize, activity: Arc<str>) -> Row {
        let plan = &self.model.sources[source];
        Row {
            case: name_of(key),
            package: plan.arrivals.package.as_deref().map(Arc::from),
            activity,
            ended_ms: self.now_ms,
            queue: Some(plan.queue.as_str().into()),
            ..Row::default()
        }
    }
}

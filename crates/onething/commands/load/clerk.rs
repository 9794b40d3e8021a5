//! Who works at the windows: takes as long and comes to the same as in the simulation, and notes how long each task waited.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use onething_engine::definition::{Node, SERVICE_QUEUE};
use onething_sim::centre::{Model, Verdict, WaitLog, key_of, steps_source};
use onething_sim::chance::Source;
use onething_worker::{self as worker, Clock, Handler, StretchClock, Work};

/// A clerk, an officer or a program.
pub(super) struct Clerk {
    model: Arc<Model>,
    steps: Source,
    clock: Arc<StretchClock>,
    waits: Mutex<BTreeMap<String, WaitLog>>,
    /// Cases whose applicants stand at a window: their intake waited in no queue.
    standing: Mutex<BTreeSet<String>>,
}

impl Clerk {
    pub(super) fn new(model: Arc<Model>, seed: u64, clock: Arc<StretchClock>) -> Self {
        Self { model, steps: steps_source(seed), clock, waits: Mutex::default(), standing: Mutex::default() }
    }

    /// How long tasks waited so far, in business time, by queue.
    pub(super) fn waits(&self) -> BTreeMap<String, WaitLog> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The applicant of a case stands at a window.
    pub(super) fn serves(&self, case: &str) {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).insert(case.to_owned());
    }

    /// The applicant of a case has gone.
    pub(super) fn served(&self, case: &str) {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).remove(case);
    }

    fn note(&self, work: &Work) {
        let number = &*work.case.application.number;
        if matches!(work.step().node, Node::Intake { .. })
            && self.standing.lock().unwrap_or_else(PoisonError::into_inner).contains(number)
        {
            return;
        }
        let Some(queue) = work.task.queue.as_deref().filter(|queue| !queue.starts_with(SERVICE_QUEUE)) else { return };
        let file = &self.model.scenario.file;
        let target_ms = (file.target.wait_minutes * 60_000.0) as i64;
        let waited = self.model.scenario.calendar.business_millis_between(work.task.opened_at, self.clock.now());
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.entry(queue.to_owned()).or_default().add(waited.unwrap_or(0), target_ms);
    }
}

#[async_trait]
impl Handler for Clerk {
    async fn handle(&self, work: &Work) -> worker::Verdict {
        self.note(work);
        let nth = self.model.workflows().iter().position(|it| it.hash() == work.workflow.hash());
        let (Some(nth), Some(key)) = (nth, key_of(&work.case.application.number)) else {
            return worker::Verdict::Decline;
        };
        let (takes_ms, verdict) = self.model.draw(&self.steps, key, nth, &work.case, &work.task);
        let began_ms = self.clock.now();
        let ends_ms = match self.model.seats.iter().position(|it| it.id.text() == Some(&*work.worker)) {
            Some(seat) => {
                let takes_ms = (takes_ms as f64 * self.model.takes(&work.worker)).round() as i64;
                // Where no calendar is published for it, the day has ended long before.
                self.model.ends_ms(seat, began_ms, takes_ms).unwrap_or(began_ms + takes_ms)
            }
            // A program knows no hours.
            None => began_ms + takes_ms,
        };
        tokio::time::sleep(self.clock.until(ends_ms)).await;
        match verdict {
            Verdict::Complete { outcome, reason } => worker::Verdict::Complete { outcome, reason, lacking: Vec::new() },
            Verdict::Fail => worker::Verdict::Fail("对方系统没有应答".into()),
            Verdict::Retry => worker::Verdict::Retry,
            Verdict::Never => worker::Verdict::Decline,
        }
    }
}

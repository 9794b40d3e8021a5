//! Opening and closing steps, and automatic steps that fail.

use std::sync::Arc;

use super::{Draft, Open};
use crate::application::says_something;
use crate::calendar::Millis;
use crate::case::{Obtained, Outcome, Purpose};
use crate::command::TEXT_BYTES_MAX;
use crate::definition::{MaterialId, MaterialSource, Node, OnExhausted, Retry};
use crate::event::Event;
use crate::net::EdgeSet;
use crate::rejection::Rejection;

impl Draft<'_> {
    /// A token came to a step that somebody or something must complete. Inside a package the package has accepted and
    /// will deliver, so a matter's own intake and delivery are passed.
    pub(super) fn open_task(&mut self, part: u8, node: u16, edge: u16) -> Result<(), Rejection> {
        let step = self.workflow.plan(part).graph.step(node);
        let pass = match &step.node {
            Node::Intake { .. } if part > 0 || self.case.accepted.is_some() => Some(Outcome::Accepted),
            Node::Deliver { .. } if part > 0 => Some(Outcome::Delivered),
            Node::Collect { .. } if self.case.is_complete() => Some(Outcome::Supplied),
            // Nothing left to fetch: another matter of the package fetched it, or this application does not need it.
            Node::Service { obtains, .. }
                if !obtains.is_empty()
                    && !self.workflow.fetched_by(part, node).iter().any(|place| self.wants(*place)) =>
            {
                Some(Outcome::Done)
            }
            _ => None,
        };
        if let Some(outcome) = pass {
            self.passed(part, node, outcome);
            self.leave(part, step, &EdgeSet::one(edge));
            return Ok(());
        }
        if part == 0 && self.workflow.plans().len() > 1 && matches!(step.node, Node::Deliver { .. }) {
            // The promise for the package covers the way to results that are ready to be handed over.
            self.end_clock(0)?;
        }
        // The centre that received the application delivers.
        let away = part == 0 && self.case.origin().is_some() && matches!(step.node, Node::Deliver { .. });
        let task = self.task_opened(part, node, step.queue.filter(|_| !away));
        if away {
            self.emit(Event::ResultsSent);
        }
        match &step.node {
            Node::Collect { .. } | Node::Timer { .. } | Node::Wait { .. } => self.time(Purpose::Task(task)),
            _ => {}
        }
        if let Node::Wait { stops_clock: Some(stop), .. } = &step.node {
            self.stop_clock(part, stop.reason, stop.basis.as_str().into())?;
        }
        Ok(())
    }

    pub(super) fn close_task(
        &mut self,
        task: Open,
        outcome: Outcome,
        reason: Option<&Arc<str>>,
    ) -> Result<(), Rejection> {
        self.close_task_by(task, outcome, reason, self.by)
    }

    pub(super) fn close_task_by(
        &mut self,
        task: Open,
        outcome: Outcome,
        reason: Option<&Arc<str>>,
        by: &Arc<str>,
    ) -> Result<(), Rejection> {
        let graph = &self.workflow.plan(task.part).graph;
        let step = graph.step(task.node);
        self.task_closed(task.id, outcome, by, reason);
        self.end_timer(Purpose::Task(task.id));
        match (&step.node, outcome) {
            (Node::Wait { stops_clock: Some(stop), .. }, _) => self.resume_clock(task.part, stop.reason)?,
            (Node::Service { .. }, Outcome::Done) => self.fetched(task),
            (Node::Service { .. }, _) => self.not_fetched(task),
            (Node::Issue { .. }, _) => self.issue(task.part, &step.results),
            _ => {}
        }
        self.leave(task.part, step, &step.every_in);
        Ok(())
    }

    /// Shared materials that this application needs and that are now there.
    fn fetched(&mut self, task: Open) {
        self.for_wanted(task, |draft, material| draft.obtained(material, Obtained::Shared));
    }

    /// A shared source that stays silent never stops a case: the applicant is asked instead.
    fn not_fetched(&mut self, task: Open) {
        self.for_wanted(task, |draft, material| draft.emit(Event::MaterialRequired { material }));
    }

    fn for_wanted(&mut self, task: Open, happens: impl Fn(&mut Self, MaterialId)) {
        let workflow = self.workflow;
        for &place in workflow.fetched_by(task.part, task.node) {
            if self.wants(place) {
                happens(self, workflow.materials()[place].material.id);
            }
        }
    }

    /// Whether this application needs a material of the merged list and has not got it.
    fn wants(&self, place: usize) -> bool {
        let id = self.workflow.materials()[place].material.id;
        self.workflow.needs(place, &self.case.application) && !self.case.materials.contains(id)
    }

    fn issue(&mut self, part: u8, results: &[Arc<str>]) {
        let workflow = self.workflow;
        for result in results {
            self.words.clear();
            self.words.extend([&*self.case.application.number, "-", result]);
            self.result_issued(part, result, self.words.as_str().into());
            for (place, plan) in workflow.materials().iter().enumerate() {
                let of_it =
                    matches!(&plan.material.source, MaterialSource::Result { result: from } if **from == **result);
                if of_it && workflow.needs(place, &self.case.application) {
                    self.obtained(plan.material.id, Obtained::Result);
                }
            }
        }
    }

    pub(super) fn fail(&mut self, id: u32, error: &Arc<str>) -> Result<(), Rejection> {
        let task = self.open_task_named(id)?;
        let Node::Service { retry, on_exhausted, .. } = self.node(task) else {
            return Err(Rejection::new(
                "R-TASK-002",
                "只有自动步骤才会报告故障",
                "only automatic steps report failures",
            ));
        };
        let (retry, on_exhausted) = (*retry, *on_exhausted);
        if task.has_incident {
            return Err(Rejection::new(
                "R-TASK-005",
                "这一步已报告故障，等待人工处理",
                "this step has an incident already",
            ));
        }
        let error: Arc<str> = error.chars().take(TEXT_BYTES_MAX / 4).collect::<String>().into();
        let attempt = task.failures + 1;
        if attempt < retry.attempts {
            let retry_at = Some(self.now + backoff(retry, attempt));
            self.emit(Event::Failed { task: id, error, retry_at });
            return Ok(());
        }
        self.emit(Event::Failed { task: id, error: error.clone(), retry_at: None });
        match on_exhausted {
            OnExhausted::Incident => {
                self.emit(Event::IncidentRaised { task: id, error });
                Ok(())
            }
            OnExhausted::Continue => self.close_task(task, Outcome::Failed, Some(&error)),
        }
    }

    pub(super) fn retry(&mut self, id: u32) -> Result<(), Rejection> {
        self.with_incident(id)?;
        self.emit(Event::IncidentResolved { task: id, by: self.by.clone() });
        Ok(())
    }

    pub(super) fn resolve(&mut self, id: u32, reason: &Arc<str>) -> Result<(), Rejection> {
        let task = self.with_incident(id)?;
        if !says_something(Some(reason)) {
            return Err(Rejection::new("R-TASK-004", "请写明人工处理了什么", "say what was done by hand"));
        }
        self.close_task(task, Outcome::Done, Some(reason))
    }

    fn with_incident(&self, id: u32) -> Result<Open, Rejection> {
        let task = self.open_task_named(id)?;
        if !task.has_incident {
            return Err(Rejection::new("R-TASK-007", "这一步没有故障", "this step has no incident"));
        }
        Ok(task)
    }
}

/// The wait after the nth failed attempt, in milliseconds: doubled each time, up to the longest.
fn backoff(retry: Retry, attempt: u32) -> Millis {
    let doubled = u64::from(retry.backoff_seconds) << attempt.saturating_sub(1).min(20);
    i64::try_from(doubled.min(u64::from(retry.backoff_seconds_max)) * 1000).unwrap_or(i64::MAX)
}

//! A case's own history as rows of a log.

use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::event::Event;

use super::{Row, SUBMIT};

/// Follows the events of one case, and tells of every step that ends.
#[derive(Clone, Debug, Default)]
pub struct History {
    case: Arc<str>,
    package: Option<Arc<str>>,
    /// Ids of the files of its parts.
    parts: Vec<(u8, Arc<str>)>,
    open: Vec<Opened>,
}

#[derive(Clone, Debug)]
struct Opened {
    task: u32,
    activity: Arc<str>,
    at_ms: Millis,
    queue: Option<Arc<str>>,
}

impl History {
    /// Of a case.
    #[must_use]
    pub fn new(case: Arc<str>) -> Self {
        Self { case, ..Self::default() }
    }

    /// Takes the next event.
    pub fn tell(&mut self, at_ms: Millis, by: &Arc<str>, event: &Event, rows: &mut Vec<Row>) {
        match event {
            Event::Submitted(application) => {
                self.package = Some(application.workflow.clone());
                let row = self.row(SUBMIT.into(), at_ms);
                rows.push(row);
            }
            Event::PartOpened { part, name } => self.parts.push((*part, name.clone())),
            Event::TaskOpened { task, part, step, queue, .. } => {
                let file = self.parts.iter().find(|(known, _)| known == part).map(|(_, name)| &**name);
                let activity = format!("{}/{step}", file.unwrap_or_default()).into();
                self.open.push(Opened { task: *task, activity, at_ms, queue: queue.map(Arc::from) });
            }
            Event::TaskClosed { task, outcome, by, began, .. } => {
                if let Some(opened) = self.takes(*task) {
                    // What stands in no queue is not worked on: it waits for the applicant or a message from the first.
                    let began_ms = began.or(opened.queue.is_none().then_some(opened.at_ms));
                    rows.push(Row {
                        began_ms,
                        by: Some(by.clone()),
                        outcome: Some(outcome.word().into()),
                        queue: opened.queue,
                        ..self.row(opened.activity, at_ms)
                    });
                }
            }
            Event::TaskWithdrawn { task } => drop(self.takes(*task)),
            Event::Failed { task, .. } => {
                if let Some(opened) = self.open.iter().find(|it| it.task == *task) {
                    rows.push(Row {
                        by: Some(by.clone()),
                        outcome: Some("failed".into()),
                        queue: opened.queue.clone(),
                        ..self.row(opened.activity.clone(), at_ms)
                    });
                }
            }
            _ => {}
        }
    }

    fn takes(&mut self, task: u32) -> Option<Opened> {
        self.open.iter().position(|it| it.task == task).map(|nth| self.open.swap_remove(nth))
    }

    fn row(&self, activity: Arc<str>, ended_ms: Millis) -> Row {
        Row { case: self.case.clone(), package: self.package.clone(), activity, ended_ms, ..Row::default() }
    }
}

//! People with tickets: they come, wait or give up, are called, are there or not, hand in at the window.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::command::Command;
use onething_policy::{TicketId, WindowId};
use onething_sim::centre::{Counts, Model, WaitLog, supply, ticket_of};
use onething_sim::chance::Source;
use onething_store::CaseId;
use onething_worker::{Centre, Errand, Left, Reception, Refusal, Ticket, Visitor};

use super::clerk::Clerk;

/// The hall, for those who come to it.
pub(super) struct Door {
    model: Arc<Model>,
    people: Source,
    centre: Arc<Centre>,
    clerk: Arc<Clerk>,
    reception: Reception,
    seen: Mutex<Seen>,
}

/// What was seen at the door.
#[derive(Default)]
pub(super) struct Seen {
    /// People with tickets in the hall.
    pub(super) inside: usize,
    /// What became of people, by source; who comes again for a case is not counted again.
    pub(super) counts: BTreeMap<usize, Counts>,
    /// How long they waited from the ticket to the call, by source.
    pub(super) waits: BTreeMap<usize, WaitLog>,
    /// Cases and steps for which somebody left without having been served: they come on another day.
    again: Vec<(Arc<str>, u32)>,
}

impl Door {
    pub(super) fn new(
        model: Arc<Model>,
        people: Source,
        centre: Arc<Centre>,
        clerk: Arc<Clerk>,
        reception: Reception,
    ) -> Self {
        Self { model, people, centre, clerk, reception, seen: Mutex::default() }
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whom somebody has to come again since this was asked last.
    pub(super) fn again(&self) -> Vec<(Arc<str>, u32)> {
        std::mem::take(&mut self.seen().again)
    }

    /// Somebody gives up waiting.
    pub(super) async fn leave(&self, ticket: TicketId) {
        self.reception.leave(ticket).await;
    }

    /// Somebody takes a ticket: for the first time, or to bring what was missing. It is said before that they are inside.
    pub(super) async fn enter(
        self: Arc<Self>,
        source: usize,
        key: u64,
        supplements: Option<(Arc<str>, u32)>,
        appointment_ms: Option<Millis>,
    ) {
        let (queue, class) = (self.model.sources[source].queue, self.model.class_of(source));
        let came_ms = self.centre.clock().now();
        let person = Person { door: self.clone(), source, key, came_ms, supplements };
        let ticket = Ticket { id: ticket_of(key), queue, class, appointment_ms };
        self.reception.take(ticket, Arc::new(person)).await;
    }
}

/// What somebody hands in, and the case; nothing of who only asks.
pub(super) fn application(
    model: &Model,
    people: &Source,
    source: usize,
    key: u64,
) -> Option<(CaseId, Command, Arc<Workflow>)> {
    let (command, workflow) = model.submission(people, source, key)?;
    Some((CaseId::from(&*command.id), command, workflow))
}

/// What somebody who was told that something is missing brings; nothing when it is not waited for any more.
pub(super) async fn missing(centre: &Centre, number: &str, task: u32) -> Result<Option<(CaseId, Command)>, Refusal> {
    let id = CaseId::from(number);
    let brought = centre.case(&id).await?.and_then(|case| supply(&case, task));
    Ok(brought.map(|command| (id, command)))
}

struct Person {
    door: Arc<Door>,
    source: usize,
    key: u64,
    came_ms: Millis,
    /// The case and step for which they come again.
    supplements: Option<(Arc<str>, u32)>,
}

#[async_trait]
impl Visitor for Person {
    async fn comes(&self, _: &WindowId, call: u8) -> bool {
        let Door { model, people, centre, .. } = &*self.door;
        if self.supplements.is_some() {
            return true;
        }
        if model.is_absent(people, self.source, self.key, call) {
            tokio::time::sleep(centre.clock().wall(model.hall.call_ms)).await;
            return false;
        }
        let target_ms = (model.scenario.file.target.wait_minutes * 60_000.0) as i64;
        let waited_ms = centre.clock().now() - self.came_ms;
        self.door.seen().waits.entry(self.source).or_default().add(waited_ms, target_ms);
        true
    }

    async fn wants(&self) -> Errand {
        let Door { model, people, centre, clerk, .. } = &*self.door;
        let wanted = match &self.supplements {
            Some((number, task)) => match missing(centre, number, *task).await {
                Ok(brought) => brought.map(|(case, command)| (case, command, None)),
                Err(error) => {
                    centre.report(error.to_string());
                    None
                }
            },
            None => application(model, people, self.source, self.key)
                .map(|(case, command, workflow)| (case, command, Some(workflow))),
        };
        let Some((case, command, workflow)) = wanted else { return Errand::Ask };
        clerk.serves(case.as_str());
        Errand::HandIn { case, command, workflow }
    }

    async fn talks(&self, window: &WindowId) {
        let Door { model, people, centre, .. } = &*self.door;
        let talk_ms = model.talk_ms(people, self.source, self.key) as f64 * model.takes(&window.to_string());
        tokio::time::sleep(centre.clock().wall(talk_ms.round() as i64)).await;
    }

    fn refused(&self, why: &Refusal) {
        self.door.centre.report(format!("{}：{why}", ticket_of(self.key)));
    }

    fn left(&self, how: Left) {
        let first = ticket_of(self.key & !0xFF);
        self.door.clerk.served(&first.to_string());
        let mut seen = self.door.seen();
        seen.inside = seen.inside.saturating_sub(1);
        if let Some(supplements) = &self.supplements {
            if !matches!(how, Left::Served | Left::Stopped) {
                seen.again.push(supplements.clone());
            }
            return;
        }
        let counts = seen.counts.entry(self.source).or_default();
        match how {
            Left::Served => counts.served += 1,
            Left::Missed => counts.missed += 1,
            Left::GaveUp => counts.gave_up += 1,
            Left::TurnedAway(_) | Left::NumberTaken => counts.turned_away += 1,
            Left::Stopped => {}
        }
    }
}

//! Applicants who come in person: they take a number, wait or give up, are called, and hand in at the window.
//!
//! Numbers are of one run, as in any hall: whoever was waiting when a demo stopped draws another when it goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use onething_engine::calendar::Millis;
use onething_policy::{Class, HallConfig, Skill, TicketId, WindowId};
use onething_worker::{Centre, Left, Reception, Refusal, Ticket, Visitor};
use rand::RngExt;

use super::agenda::{Errand, papers, tell_refusal};
use super::population::Population;

/// Share of those called who are not there: they come to the second call, or their number is void. Illustrative.
const ABSENT: f64 = 0.06;
/// How long people wait before they give up, in working minutes. Illustrative.
const PATIENCE_MINUTES: (f64, f64) = (25.0, 120.0);
/// A word at the window when nothing can be done there, in working minutes. Illustrative.
const TALK_MINUTES: f64 = 2.0;
pub(super) const MINUTE_MS: f64 = 60_000.0;

/// The number machine and the screen over the windows.
pub(crate) struct Door {
    centre: Arc<Centre>,
    population: Arc<Population>,
    reception: Reception,
    seen: Mutex<Seen>,
}

/// What was seen of those with tickets.
#[derive(Default)]
pub(crate) struct Seen {
    /// Numbers given out.
    numbers: u32,
    /// What became of them, by queue.
    pub(crate) queues: BTreeMap<String, Counts>,
    /// The last number called, and to which window.
    pub(crate) called: Option<(String, String)>,
    /// What was not done for those who left.
    undone: Vec<Errand>,
}

/// People with tickets of one queue.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) taken: u64,
    pub(crate) served: u64,
    pub(crate) missed: u64,
    pub(crate) gave_up: u64,
    pub(crate) turned_away: u64,
    /// From the ticket to the call to which they came, in working minutes.
    pub(crate) waits: Vec<f64>,
}

impl Counts {
    /// Those in the hall.
    pub(crate) fn inside(&self) -> u64 {
        self.taken.saturating_sub(self.served + self.missed + self.gave_up + self.turned_away)
    }
}

impl Door {
    pub(super) fn new(centre: Arc<Centre>, population: Arc<Population>, reception: Reception) -> Self {
        Self { centre, population, reception, seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was not done since this was asked last: it is done from home.
    pub(super) fn undone(&self) -> Vec<Errand> {
        std::mem::take(&mut self.seen().undone)
    }

    /// Somebody takes a number. Returns it, and for how many milliseconds of working time they will wait.
    pub(super) async fn enter(self: Arc<Self>, queue: String, errand: Errand) -> (TicketId, Millis) {
        let number = {
            let seen = &mut *self.seen();
            seen.numbers += 1;
            seen.queues.entry(queue.clone()).or_default().taken += 1;
            format!("{:03}", seen.numbers)
        };
        let id = TicketId::from(number.as_str());
        let name = errand.name(&self.population);
        let patience =
            self.population.later(&format!("{name}/patience")).random_range(PATIENCE_MINUTES.0..PATIENCE_MINUTES.1);
        let ticket =
            Ticket { id: id.clone(), queue: Skill::from(queue.as_str()), class: Class::WALK_IN, appointment_ms: None };
        let came_ms = self.centre.clock().now();
        let person = Person { door: self.clone(), number, queue, name, errand, came_ms };
        self.reception.take(ticket, Arc::new(person)).await;
        (id, (patience * MINUTE_MS) as Millis)
    }

    /// Somebody gives up; who was called already stays.
    pub(super) async fn leave(self: Arc<Self>, ticket: TicketId) {
        self.reception.leave(ticket).await;
    }
}

struct Person {
    door: Arc<Door>,
    number: String,
    queue: String,
    /// What their errand is known by.
    name: String,
    errand: Errand,
    came_ms: Millis,
}

#[async_trait]
impl Visitor for Person {
    async fn comes(&self, window: &WindowId, call: u8) -> bool {
        let Door { centre, population, .. } = &*self.door;
        self.door.seen().called = Some((self.number.clone(), window.to_string()));
        if population.later(&format!("{}/call {call}", self.name)).random_bool(ABSENT) {
            tokio::time::sleep(centre.clock().wall(HallConfig::illustrative().call_ms)).await;
            return false;
        }
        let waited = centre.calendar().business_millis_between(self.came_ms, centre.clock().now()).unwrap_or(0);
        let mut seen = self.door.seen();
        seen.queues.entry(self.queue.clone()).or_default().waits.push(waited as f64 / MINUTE_MS);
        true
    }

    async fn wants(&self) -> onething_worker::Errand {
        let Door { centre, population, .. } = &*self.door;
        match papers(centre, population, &self.errand).await {
            Ok(Some(papers)) => onething_worker::Errand::HandIn {
                case: papers.case,
                command: papers.command,
                workflow: papers.workflow,
            },
            Ok(None) => onething_worker::Errand::Ask,
            Err(why) => {
                self.refused(&why);
                onething_worker::Errand::Ask
            }
        }
    }

    async fn talks(&self, _: &WindowId) {
        tokio::time::sleep(self.door.centre.clock().wall((TALK_MINUTES * MINUTE_MS) as Millis)).await;
    }

    fn refused(&self, why: &Refusal) {
        match why {
            Refusal::Rejected(rejection) => tell_refusal(&self.door.centre, &self.name, rejection),
            // What failed is tried once more from home, and stops the demo if it fails there too.
            _ => self.door.seen().undone.push(self.errand.clone()),
        }
    }

    fn left(&self, how: Left) {
        let mut seen = self.door.seen();
        let counts = seen.queues.entry(self.queue.clone()).or_default();
        match how {
            Left::Served => counts.served += 1,
            Left::Missed => counts.missed += 1,
            Left::GaveUp => counts.gave_up += 1,
            Left::TurnedAway(_) | Left::NumberTaken => counts.turned_away += 1,
            // The demo ends: when it goes on they come again.
            Left::Stopped => counts.taken = counts.taken.saturating_sub(1),
        }
        if !matches!(how, Left::Served | Left::Stopped) {
            seen.undone.push(self.errand.clone());
        }
    }
}

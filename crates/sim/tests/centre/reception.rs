//! Tickets at the worker's hall: who is sent on or told that their number is taken, and what becomes of people and of what
//! they handed in when a window or the hall stops.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::case::Case;
use onething_engine::command::{Action, Command, Submission};
use onething_engine::definition::Node;
use onething_policy::{Class, HallConfig, QueueRule, Refusal as NoRoom, Skill, TicketId, WindowId, WindowKind};
use onething_sim::applications::draw;
use onething_sim::chance::Source;
use onething_store::{CaseId, CentreId, ChainHash, MemoryStore};
use onething_worker::{
    Centre, Errand, HallPlan, Handler, Left, Programs, Refusal, Running, ScriptedClerk, Staff, Ticket, Verdict,
    Visitor, Window, Work, start,
};
use tokio::time::{Instant, sleep};

use crate::support::known;
use crate::worker::{Silent, TestClock};

const QUEUE: &str = "comprehensive";

/// The windows break down under the first piece of work.
#[derive(Default)]
struct BreaksDown {
    broken: AtomicBool,
    clerk: ScriptedClerk,
    done: Mutex<Vec<String>>,
}

#[async_trait]
impl Handler for BreaksDown {
    async fn handle(&self, work: &Work) -> Verdict {
        assert!(self.broken.swap(true, Ordering::Relaxed), "the window breaks down, as it should in this test");
        self.done.lock().unwrap().push(format!("{} {}", work.worker, work.step().id));
        self.clerk.handle(work).await
    }
}

/// Somebody who hands in one application.
struct Person {
    workflow: Arc<Workflow>,
    left: Mutex<Vec<Left>>,
}

/// Somebody who asks something, at the wrong window first where there is a right one.
#[derive(Default)]
struct Asks {
    belongs_to: Mutex<Option<Skill>>,
    /// How much longer than others they talk.
    longer: Duration,
    met: Mutex<Vec<String>>,
}

#[async_trait]
impl Visitor for Asks {
    async fn comes(&self, window: &WindowId, call: u8) -> bool {
        self.met.lock().unwrap().push(format!("{window} call {call}"));
        true
    }

    async fn wants(&self) -> Errand {
        match self.belongs_to.lock().unwrap().take() {
            Some(queue) => Errand::Transfer { queue },
            None => Errand::Ask,
        }
    }

    async fn talks(&self, window: &WindowId) {
        sleep(Duration::from_millis(100) + self.longer).await;
        self.met.lock().unwrap().push(format!("{window} talks"));
    }

    fn refused(&self, why: &Refusal) {
        panic!("{why}");
    }

    fn left(&self, how: Left) {
        self.met.lock().unwrap().push(format!("{how:?}"));
    }
}

#[async_trait]
impl Visitor for Person {
    async fn comes(&self, _: &WindowId, _: u8) -> bool {
        true
    }

    async fn wants(&self) -> Errand {
        let drawn = draw(&self.workflow, &BTreeMap::new(), 2, &mut Source::new(1, &["person"]).stream());
        let submission = Submission { number: "1".into(), ..drawn };
        let command = Command { id: "1".into(), by: "1".into(), action: Action::Submit(Box::new(submission)) };
        Errand::HandIn { case: CaseId::from("1"), command, workflow: Some(self.workflow.clone()) }
    }

    async fn talks(&self, _: &WindowId) {}

    fn refused(&self, why: &Refusal) {
        panic!("{why}");
    }

    fn left(&self, how: Left) {
        self.left.lock().unwrap().push(how);
    }
}

struct Place {
    centre: Arc<Centre>,
    person: Arc<Person>,
    handler: Arc<BreaksDown>,
    running: Running,
}

impl Place {
    async fn with_windows(count: usize) -> Self {
        Self::with(vec![QUEUE; count], HallConfig::illustrative()).await
    }

    /// A window for each of the queues.
    async fn with(queues: Vec<&str>, config: HallConfig) -> Self {
        let known = known();
        let calendar = Arc::new(known.calendars["cn"].clone());
        let workflow = Arc::new(known.workflows["teacher-medical-examination"].clone());
        let mut steps = workflow.plan(0).graph.steps();
        let intake = steps.find_map(|(_, step)| matches!(step.node, Node::Intake { .. }).then(|| step.queue));
        let intake = intake.flatten().unwrap();
        drop(steps);
        // Monday 2026-04-13, 9:00 in China.
        let clock = TestClock { from: 1_776_042_000_000, started: Instant::now() };
        let store = Arc::new(MemoryStore::new(ChainHash::Sha256));
        let centre = Arc::new(Centre::new(CentreId::from("test"), store, calendar, Arc::new(clock)));
        centre.publish(workflow.clone()).await.unwrap();
        let window = |(number, queue): (usize, &str)| {
            let id = WindowId::from(format!("窗-{number}"));
            Window { id, kind: WindowKind::Comprehensive, queues: vec![queue.into(), (&*intake).into()] }
        };
        let handler = Arc::new(BreaksDown::default());
        let windows = (1..).zip(queues).map(window).collect();
        let staff = Staff {
            hall: HallPlan { config, windows, shifts: BTreeMap::new(), handler: handler.clone(), lease_ms: 1_000 },
            programs: Programs::default(),
            service_queues: Vec::new(),
            service_workers: 0,
            messenger: Arc::new(Silent),
        };
        let running = start(&centre, staff).unwrap();
        Self { centre, person: Arc::new(Person { workflow, left: Mutex::default() }), handler, running }
    }

    async fn take(&self, number: &str) {
        self.running.reception().take(ticket(number, QUEUE), self.person.clone()).await;
    }

    /// Somebody draws a number for a queue, and belongs into another one.
    async fn asks(&self, number: &str, queue: &str, belongs_to: Option<&str>) -> Arc<Asks> {
        let asks = Arc::new(Asks { belongs_to: Mutex::new(belongs_to.map(Skill::from)), ..Asks::default() });
        self.running.reception().take(ticket(number, queue), asks.clone()).await;
        asks
    }

    async fn case(&self) -> Option<Case> {
        self.centre.case(&CaseId::from("1")).await.unwrap()
    }

    fn left(&self) -> Vec<Left> {
        self.person.left.lock().unwrap().clone()
    }
}

fn ticket(number: &str, queue: &str) -> Ticket {
    Ticket { id: TicketId::from(number), queue: queue.into(), class: Class::WALK_IN, appointment_ms: None }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_still_in_the_hall_is_given_to_nobody_else() {
    let place = Place::with_windows(0).await;
    let (first, second) = (place.asks("A001", QUEUE, None).await, place.asks("A001", QUEUE, None).await);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(*second.met.lock().unwrap(), ["NumberTaken"]);
    assert!(first.met.lock().unwrap().is_empty(), "whoever holds the number waits on");
    // Once they have left, it may be drawn again.
    place.running.reception().leave("A001".into()).await;
    let third = place.asks("A001", QUEUE, None).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(*first.met.lock().unwrap(), ["GaveUp"]);
    assert!(third.met.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_draws_a_number_as_the_hall_stops_is_told_so_once() {
    let place = Place::with_windows(1).await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(place.asks(&format!("A{number:03}"), QUEUE, None).await);
    }
    place.running.drain().await;
    for it in people {
        let met = it.met.lock().unwrap().clone();
        assert!(matches!(met.as_slice(), [one] if one == "Stopped") || met.ends_with(&["Served".into()]), "{met:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_at_the_wrong_window_is_sent_on_and_called_before_those_who_came_later() {
    let place = Place::with(vec![QUEUE, "issuing"], HallConfig::illustrative()).await;
    let met = |it: &Asks| it.met.lock().unwrap().clone();
    // The right window is busy for the first 200 ms.
    place.asks("B001", "issuing", None).await;
    place.asks("B002", "issuing", None).await;
    sleep(Duration::from_millis(50)).await;
    let wrong = place.asks("A001", QUEUE, Some("issuing")).await;
    let (next, later) = (place.asks("A002", QUEUE, None).await, place.asks("B003", "issuing", None).await);
    sleep(Duration::from_millis(220)).await;
    assert_eq!(met(&wrong), ["窗-1 call 1", "窗-1 talks", "窗-2 call 1"]);
    assert_eq!((met(&next), met(&later)), (vec!["窗-1 call 1".into(), "窗-1 talks".into(), "Served".into()], vec![]));
    sleep(Duration::from_millis(220)).await;
    assert_eq!(met(&wrong)[3..], ["窗-2 talks", "Served"]);
    assert_eq!(met(&later), ["窗-2 call 1", "窗-2 talks", "Served"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_sent_on_is_told_so_and_the_window_takes_the_next() {
    let mut config = HallConfig::illustrative();
    config.queues.insert("issuing".into(), QueueRule { length_max: 1, ..config.queue_default.clone() });
    let place = Place::with(vec![QUEUE], config).await;
    let waits = place.asks("B001", "issuing", None).await;
    let (wrong, next) = (place.asks("A001", QUEUE, Some("issuing")).await, place.asks("A002", QUEUE, None).await);
    sleep(Duration::from_secs(1)).await;
    let met = |it: &Asks| it.met.lock().unwrap().clone();
    assert_eq!(met(&waits), [""; 0]);
    assert_eq!(
        met(&wrong),
        ["窗-1 call 1".into(), "窗-1 talks".into(), format!("{:?}", Left::TurnedAway(NoRoom::QueueFull))]
    );
    assert_eq!(met(&next), ["窗-1 call 1", "窗-1 talks", "Served"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_in_is_taken_up_by_another_window_when_the_first_breaks_down() {
    let place = Place::with_windows(2).await;
    place.take("A001").await;
    sleep(Duration::from_millis(500)).await;
    let case = place.case().await.expect("the application is in the store before anything else is done");
    assert!(!case.tasks.is_empty() && place.handler.done.lock().unwrap().is_empty());
    sleep(Duration::from_secs(10)).await;
    let done = place.handler.done.lock().unwrap().clone();
    assert!(done.first().is_some_and(|it| it.ends_with(" intake")), "{done:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_hears_that_they_gave_up_or_that_the_hall_has_stopped() {
    let place = Place::with_windows(0).await;
    let reception = place.running.reception();
    place.take("A001").await;
    place.take("A002").await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(place.left(), []);
    reception.leave("A002".into()).await;
    reception.leave("A003".into()).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(place.left(), [Left::GaveUp]);
    let person = place.person.clone();
    place.running.drain().await;
    assert_eq!(*person.left.lock().unwrap(), [Left::GaveUp, Left::Stopped]);
    reception.take(ticket("A004", QUEUE), person.clone()).await;
    assert_eq!(person.left.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn that_nobody_serves_those_who_wait_when_a_hall_stops_is_no_alarm() {
    let place = Place::with_windows(1).await;
    let talks = Arc::new(Asks { longer: Duration::from_secs(150), ..Asks::default() });
    place.running.reception().take(ticket("A001", QUEUE), talks.clone()).await;
    sleep(Duration::from_millis(100)).await;
    let waits = place.asks("A002", QUEUE, None).await;
    place.running.drain().await;
    let met = |who: &Asks| who.met.lock().unwrap().clone();
    assert_eq!((met(&talks).len(), met(&waits)), (3, vec!["Stopped".to_owned()]));
    assert_eq!(place.centre.take_reports(), Vec::<String>::new());
}

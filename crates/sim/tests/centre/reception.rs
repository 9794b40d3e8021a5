//! Tickets at the worker's hall: what becomes of people and of what they handed in when a window or the hall stops.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::case::Case;
use onething_engine::command::{Action, Command, Submission};
use onething_engine::definition::Node;
use onething_policy::{Class, HallConfig, WindowId, WindowKind};
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
        let known = known();
        let calendar = Arc::new(known.calendars["cn"].clone());
        let workflow = Arc::new(known.workflows["teacher-medical-examination"].clone());
        let mut steps = workflow.plan(0).graph.steps();
        let intake = steps.find_map(|(_, step)| matches!(step.node, Node::Intake { .. }).then(|| step.queue.clone()));
        let intake = intake.flatten().unwrap();
        drop(steps);
        // Monday 2026-04-13, 9:00 in China.
        let clock = TestClock { calendar: calendar.clone(), from: 1_776_042_000_000, started: Instant::now() };
        let store = Arc::new(MemoryStore::new(ChainHash::Sha256));
        let centre = Arc::new(Centre::new(CentreId::from("test"), store, calendar, Arc::new(clock)));
        centre.publish(workflow.clone()).await.unwrap();
        let window = |number| {
            let id = WindowId::from(format!("窗-{number}"));
            Window { id, kind: WindowKind::Comprehensive, queues: vec![QUEUE.into(), (&*intake).into()] }
        };
        let handler = Arc::new(BreaksDown::default());
        let config = HallConfig::illustrative();
        let windows = (1..=count).map(window).collect();
        let staff = Staff {
            hall: HallPlan { config, windows, handler: handler.clone(), lease_ms: 1_000 },
            programs: Programs::default(),
            service_queues: Vec::new(),
            service_workers: 0,
            messenger: Arc::new(Silent),
        };
        let running = start(&centre, staff).unwrap();
        Self { centre, person: Arc::new(Person { workflow, left: Mutex::default() }), handler, running }
    }

    async fn take(&self, number: &str) {
        let ticket = Ticket { id: number.into(), queue: QUEUE.into(), class: Class::WALK_IN, appointment_ms: None };
        self.running.reception().take(ticket, self.person.clone()).await;
    }

    async fn case(&self) -> Option<Case> {
        self.centre.case(&CaseId::from("1")).await.unwrap()
    }

    fn left(&self) -> Vec<Left> {
        self.person.left.lock().unwrap().clone()
    }
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
    let ticket = Ticket { id: "A004".into(), queue: QUEUE.into(), class: Class::WALK_IN, appointment_ms: None };
    reception.take(ticket, person.clone()).await;
    assert_eq!(person.left.lock().unwrap().len(), 3);
}

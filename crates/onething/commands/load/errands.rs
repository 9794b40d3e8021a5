//! What the people do: come to the hall or hand in online, bring what was missing, answer what is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::clock::Light;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_policy::TicketId;
use onething_sim::centre::{Coming, Counts, Model, Verdict, WaitLog, key_of, people_source, steps_source, ticket_of};
use onething_sim::chance::Source;
use onething_sim::scenario::Channel;
use onething_store::CaseId;
use onething_worker::{Centre, Happened, Refusal, Running, With};
use tokio::task::JoinSet;

use super::clerk::Clerk;
use super::door::{Door, application, missing};
use crate::exit::Failure;

/// Most errands under way at once.
const UNDER_WAY_MAX: usize = 64;
/// The number of the last visit that has a name of its own: more are not told apart.
const VISITS_MAX: u64 = 0x3F;

enum Errand {
    Comes(Coming),
    Leaves(TicketId),
    Supply { case: Arc<str>, task: u32 },
    Answer { case: Arc<str>, task: u32, message: Arc<str> },
}

/// What became of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    /// What became of those who came to the hall, and how long they waited, by source.
    pub(super) people: BTreeMap<usize, (Counts, WaitLog)>,
    pub(super) submitted: u64,
    pub(super) closed: u64,
    /// Business hours from handing in to the end, added up over those that ended.
    pub(super) hours: f64,
    pub(super) lights: BTreeMap<Light, u64>,
    /// The latest that anybody came, in milliseconds of business time after they meant to.
    pub(super) late_ms: i64,
    pub(super) seconds: f64,
    pub(super) interrupted: bool,
}

/// Errands to come and under way.
pub(super) struct Errands {
    centre: Arc<Centre>,
    model: Arc<Model>,
    door: Arc<Door>,
    people: Source,
    steps: Source,
    due: BTreeMap<(Millis, u64), Errand>,
    entered: u64,
    under_way: JoinSet<Result<(), Refusal>>,
    came: BTreeMap<Arc<str>, Millis>,
    lights: BTreeMap<(Arc<str>, u8), Light>,
    /// How many are still to come.
    to_come: usize,
    /// Visits after the first, by case.
    visits: BTreeMap<Arc<str>, u64>,
    played: Played,
}

impl Errands {
    /// `comings`: those who come; they meet the hall of `running`, where the clerk works.
    pub(super) fn new(
        centre: Arc<Centre>,
        model: Arc<Model>,
        seed: u64,
        comings: Vec<Coming>,
        clerk: Arc<Clerk>,
        running: &Running,
    ) -> Self {
        let (to_come, people) = (comings.len(), people_source(seed));
        let door = Door::new(model.clone(), people, centre.clone(), clerk, running.reception());
        let due = comings.into_iter().zip(0..).map(|(it, nth)| ((it.at_ms, nth), Errand::Comes(it))).collect();
        Self {
            centre,
            model,
            door: Arc::new(door),
            people,
            steps: steps_source(seed),
            due,
            entered: to_come as u64,
            under_way: JoinSet::new(),
            came: BTreeMap::new(),
            lights: BTreeMap::new(),
            to_come,
            visits: BTreeMap::new(),
            played: Played::default(),
        }
    }

    /// Whether everybody has come and gone and every case that was heard of has ended.
    pub(super) fn is_over(&self) -> bool {
        self.to_come == 0
            && self.under_way.is_empty()
            && self.door.seen().inside == 0
            && self.played.submitted == self.played.closed
    }

    /// What became of the day; clocks that still run count by their last light.
    pub(super) fn end(mut self, seconds: f64, interrupted: bool) -> Played {
        for light in self.lights.values() {
            *self.played.lights.entry(*light).or_default() += 1;
        }
        let mut seen = self.door.seen();
        for (source, counts) in std::mem::take(&mut seen.counts) {
            self.played.people.insert(source, (counts, seen.waits.remove(&source).unwrap_or_default()));
        }
        drop(seen);
        Played { seconds, interrupted, ..self.played }
    }

    fn enter(&mut self, at_ms: Millis, errand: Errand) {
        self.entered += 1;
        self.due.insert((at_ms, self.entered), errand);
    }

    /// Does what is due, as much at once as may be.
    pub(super) async fn keep(&mut self, now: Millis, running: &Running) -> Result<(), Failure> {
        while let Some(done) = self.under_way.try_join_next() {
            self.through(done)?;
        }
        let calendar = self.model.scenario.calendar.clone();
        for (case, task) in self.door.again() {
            let tomorrow = calendar.next_working_day(calendar.date_of(now));
            if let Ok(again_ms) = tomorrow.and_then(|date| calendar.next_opening(calendar.start_of_day(date))) {
                self.enter(again_ms, Errand::Supply { case, task });
            }
        }
        while self.under_way.len() < UNDER_WAY_MAX {
            let Some(first) = self.due.first_entry().filter(|it| it.key().0 <= now) else { return Ok(()) };
            let ((at_ms, _), errand) = first.remove_entry();
            let late_ms = calendar.business_millis_between(at_ms, now).unwrap_or(0);
            self.do_it(now, late_ms, errand, running);
        }
        Ok(())
    }

    fn through(&self, done: Result<Result<(), Refusal>, tokio::task::JoinError>) -> Result<(), Failure> {
        match done {
            // A case may have moved on meanwhile: then nothing is waited for any more.
            Ok(Ok(()) | Err(Refusal::Rejected(_))) | Err(_) => Ok(()),
            Ok(Err(refusal)) => Err(refusal.into()),
        }
    }

    fn do_it(&mut self, now: Millis, late_ms: i64, errand: Errand, running: &Running) {
        let (centre, door) = (self.centre.clone(), self.door.clone());
        match errand {
            Errand::Comes(coming) => {
                self.to_come -= 1;
                self.played.late_ms = self.played.late_ms.max(late_ms);
                self.comes(now, coming, running);
            }
            Errand::Leaves(ticket) => {
                self.under_way.spawn(async move {
                    door.leave(ticket).await;
                    Ok(())
                });
            }
            Errand::Supply { case, task } => {
                let source = key_of(&case).map_or(0, |key| (key >> 48) as usize - 1);
                if self.is_online(source) {
                    self.under_way.spawn(async move {
                        let Some((id, command)) = missing(&centre, &case, task).await? else { return Ok(()) };
                        centre.act(&id, &command, With::default()).await.map(drop)
                    });
                } else if let Some(key) = key_of(&case) {
                    let visit = self.visits.entry(case.clone()).or_default();
                    *visit = (*visit + 1).min(VISITS_MAX);
                    let key = key | *visit;
                    self.gives_up_later(now, source, key);
                    self.under_way.spawn(async move {
                        if missing(&centre, &case, task).await?.is_some() {
                            door.seen().inside += 1;
                            door.enter(source, key, Some((case, task)), None).await;
                        }
                        Ok(())
                    });
                }
            }
            Errand::Answer { case, task, message } => {
                self.under_way.spawn(async move {
                    let id = CaseId::from(&*case);
                    let name = format!("{case}/answer-{task}").into();
                    let command = Command { id: name, by: "现场".into(), action: Action::Message { name: message } };
                    centre.act(&id, &command, With::default()).await.map(drop)
                });
            }
        }
    }

    /// Somebody comes for the first time.
    fn comes(&mut self, now: Millis, coming: Coming, running: &Running) {
        let Coming { source, key, .. } = coming;
        let (centre, door) = (self.centre.clone(), self.door.clone());
        if self.is_online(source) {
            let Some((id, command, workflow)) = application(&self.model, &self.people, source, key) else { return };
            self.under_way.spawn(async move {
                let with = With { workflow: Some(workflow), ..With::default() };
                centre.act(&id, &command, with).await.map(drop)
            });
            return;
        }
        let visit = self.model.visit(&self.people, &coming);
        let mut seen = self.door.seen();
        let counts = seen.counts.entry(source).or_default();
        counts.arrived += 1;
        let Some(visit) = visit else {
            counts.missed += 1;
            return;
        };
        if let Some(over) = visit.goes_over {
            let crowd = running.snapshot().queues.iter().find(|it| it.queue == visit.queue).map_or(0, |it| it.waiting);
            if crowd > over as usize {
                counts.balked += 1;
                return;
            }
        }
        seen.inside += 1;
        drop(seen);
        self.gives_up_later(now, source, key);
        self.under_way.spawn(async move {
            door.enter(source, key, None, visit.appointment_ms).await;
            Ok(())
        });
    }

    fn gives_up_later(&mut self, now: Millis, source: usize, key: u64) {
        if let Some(patience_ms) = self.model.patience_ms(&self.people, source, key) {
            self.enter(now + patience_ms, Errand::Leaves(ticket_of(key)));
        }
    }

    fn is_online(&self, source: usize) -> bool {
        self.model.sources[source].arrivals.channel == Channel::Online
    }

    /// Counts what happened, and plans what follows outside the centre.
    pub(super) async fn hear(&mut self, happened: &Happened) -> Result<(), Failure> {
        let (now, number) = (self.centre.clock().now(), &happened.case);
        for event in &happened.events {
            match event {
                Event::Submitted(_) => {
                    self.played.submitted += 1;
                    self.came.insert(number.clone(), now);
                }
                Event::ClockStarted { part, .. } => drop(self.lights.insert((number.clone(), *part), Light::Green)),
                Event::LightChanged { part, light } => drop(self.lights.insert((number.clone(), *part), *light)),
                Event::ClockEnded { part } => {
                    if let Some(light) = self.lights.remove(&(number.clone(), *part)) {
                        *self.played.lights.entry(light).or_default() += 1;
                    }
                }
                Event::Closed { .. } => {
                    self.played.closed += 1;
                    let came = self.came.remove(number).unwrap_or(now);
                    let hours = self.model.scenario.calendar.business_millis_between(came, now).unwrap_or(0);
                    self.played.hours += hours as f64 / 3.6e6;
                }
                Event::TaskOpened { task, queue: None, .. } => self.await_outside(number, *task, now).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A step waits for the applicant or for a message.
    async fn await_outside(&mut self, number: &Arc<str>, task: u32, now: Millis) -> Result<(), Failure> {
        let Some(case) = self.centre.case(&CaseId::from(&**number)).await? else { return Ok(()) };
        let Some(open) = case.task(task) else { return Ok(()) };
        let nth = self.model.workflows().iter().position(|it| *it.hash() == case.application.definition);
        let (Some(nth), Some(key)) = (nth, key_of(number)) else { return Ok(()) };
        let errand = match &self.model.workflows()[nth].plan(open.part).graph.step(open.node).node {
            Node::Collect { .. } => Errand::Supply { case: number.clone(), task },
            Node::Wait { message, .. } => {
                Errand::Answer { case: number.clone(), task, message: message.as_str().into() }
            }
            _ => return Ok(()),
        };
        let (takes_ms, verdict) = self.model.draw(&self.steps, key, nth, &case, open);
        if verdict != Verdict::Never
            && let Ok(at_ms) = self.model.scenario.calendar.after_business_millis(now, takes_ms)
        {
            self.enter(at_ms, errand);
        }
        Ok(())
    }
}

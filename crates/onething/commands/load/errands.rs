//! What the people do: hand in, bring what was missing, answer what is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::clock::Light;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_sim::centre::{Coming, Model, Verdict, key_of, people_source, steps_source};
use onething_sim::chance::Source;
use onething_store::CaseId;
use onething_worker::{Centre, Happened, Refusal, With};
use tokio::task::JoinSet;

use crate::exit::Failure;

/// Most errands under way at once.
const UNDER_WAY_MAX: usize = 64;

enum Errand {
    Submit(Coming),
    Supply { case: Arc<str>, task: u32 },
    Answer { case: Arc<str>, task: u32, message: Arc<str> },
}

/// What became of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    pub(super) submitted: u64,
    pub(super) closed: u64,
    /// Business hours from handing in to the end, added up over those that ended.
    pub(super) hours: f64,
    pub(super) lights: BTreeMap<Light, u64>,
    /// The latest that anybody handed in, in milliseconds of legal time after they meant to.
    pub(super) late_ms: i64,
    pub(super) seconds: f64,
    pub(super) interrupted: bool,
}

/// Errands to come and under way.
pub(super) struct Errands {
    centre: Arc<Centre>,
    model: Arc<Model>,
    people: Source,
    steps: Source,
    due: BTreeMap<(Millis, u64), Errand>,
    entered: u64,
    under_way: JoinSet<Result<(), Refusal>>,
    came: BTreeMap<Arc<str>, Millis>,
    lights: BTreeMap<(Arc<str>, u8), Light>,
    expected: u64,
    played: Played,
}

impl Errands {
    pub(super) fn new(centre: Arc<Centre>, model: Arc<Model>, seed: u64, comings: Vec<Coming>) -> Self {
        let expected = comings.len() as u64;
        let due = comings.into_iter().zip(0..).map(|(it, nth)| ((it.at_ms, nth), Errand::Submit(it))).collect();
        Self {
            centre,
            model,
            people: people_source(seed),
            steps: steps_source(seed),
            due,
            entered: expected,
            under_way: JoinSet::new(),
            came: BTreeMap::new(),
            lights: BTreeMap::new(),
            expected,
            played: Played::default(),
        }
    }

    /// Whether everybody has come and every case has ended.
    pub(super) fn is_over(&self) -> bool {
        self.played.submitted == self.expected && self.played.closed == self.expected
    }

    /// What became of the day; clocks that still run count by their last light.
    pub(super) fn end(mut self, seconds: f64, interrupted: bool) -> Played {
        for light in self.lights.values() {
            *self.played.lights.entry(*light).or_default() += 1;
        }
        Played { seconds, interrupted, ..self.played }
    }

    fn enter(&mut self, at_ms: Millis, errand: Errand) {
        self.entered += 1;
        self.due.insert((at_ms, self.entered), errand);
    }

    /// Does what is due, as much at once as may be.
    pub(super) async fn keep(&mut self, now: Millis) -> Result<(), Failure> {
        while let Some(done) = self.under_way.try_join_next() {
            self.through(done)?;
        }
        while self.under_way.len() < UNDER_WAY_MAX {
            let Some(first) = self.due.first_entry().filter(|it| it.key().0 <= now) else { return Ok(()) };
            let ((at_ms, _), errand) = first.remove_entry();
            self.do_it(now - at_ms, errand);
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

    fn do_it(&mut self, late_ms: i64, errand: Errand) {
        let centre = self.centre.clone();
        match errand {
            Errand::Submit(coming) => {
                self.played.late_ms = self.played.late_ms.max(late_ms);
                let Some(submission) = self.model.application(&self.people, coming.source, coming.key) else { return };
                let package = self.model.sources[coming.source].arrivals.package.as_deref();
                let workflow = self.model.workflows().iter().find(|it| Some(&**it.id()) == package).cloned();
                let (number, by) = (submission.number.clone(), submission.applicant.clone());
                let command = Command { id: number.clone(), by, action: Action::Submit(Box::new(submission)) };
                self.under_way.spawn(async move {
                    let with = With { workflow, ..With::default() };
                    centre.act(&CaseId::from(&*number), &command, with).await.map(drop)
                });
            }
            Errand::Supply { case, task } => {
                self.under_way.spawn(async move {
                    let id = CaseId::from(&*case);
                    let Some(known) = centre.case(&id).await? else { return Ok(()) };
                    let materials = known.missing();
                    if materials.is_empty() || known.task(task).is_none() {
                        return Ok(());
                    }
                    let by = known.application.applicant.clone();
                    let name = format!("{case}/supply-{task}").into();
                    let command = Command { id: name, by, action: Action::Supply { materials } };
                    centre.act(&id, &command, With::default()).await.map(drop)
                });
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

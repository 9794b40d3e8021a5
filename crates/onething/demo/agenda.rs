//! What the applicants do: hand in, bring what was missing, answer what is waited for. Everything that is due is read
//! from the cases themselves, so a restart finds it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Status};
use onething_engine::clock::Light;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_store::{CaseId, Filter};
use onething_worker::{Centre, Happened, Refusal, With};
use rand::RngExt;
use tokio::task::JoinSet;

use super::population::Population;
use super::setting::uncovered;
use crate::exit::Failure;

/// Most errands under way at once.
const ERRANDS_MAX: usize = 64;
/// Cases read at once.
const PAGE: usize = 500;
/// How long an applicant takes to bring what was missing, in working hours. Illustrative.
const SUPPLY_HOURS: (f64, f64) = (1.0, 8.0);
/// Share of applicants who never bring it. Illustrative.
const NEVER: f64 = 0.06;
/// Whoever has more days than these brings it: the demo would go on until the last of them has passed.
const NEVER_WITHIN_DAYS: f64 = 7.0;
/// How long a site visit or an answer takes, in working hours. Illustrative.
const ANSWER_HOURS: (f64, f64) = (2.0, 10.0);
const HOUR_MS: f64 = 3_600_000.0;

#[derive(Clone, Debug)]
enum Errand {
    Submit(usize),
    Supply { case: Arc<str>, task: u32 },
    Answer { case: Arc<str>, task: u32, message: Arc<str> },
}

/// What is to be done, and where every case stands.
pub(crate) struct Agenda {
    centre: Arc<Centre>,
    population: Arc<Population>,
    errands: BTreeMap<(Millis, u64), Errand>,
    planned: BTreeSet<(Arc<str>, u32)>,
    number: u64,
    under_way: JoinSet<Result<(), Refusal>>,
    /// Where each case stands.
    pub(crate) standing: BTreeMap<Arc<str>, Status>,
    /// The lights of the parts that run.
    lights: BTreeMap<(Arc<str>, u8), Light>,
    package_of: BTreeMap<Arc<str>, usize>,
}

impl Agenda {
    pub(crate) fn new(centre: Arc<Centre>, population: Population) -> Self {
        let numbers = population.arrivals.iter().map(|arrival| (arrival.number.as_str().into(), arrival.package));
        Self {
            centre,
            package_of: numbers.collect(),
            lights: BTreeMap::new(),
            population: Arc::new(population),
            errands: BTreeMap::new(),
            planned: BTreeSet::new(),
            number: 0,
            under_way: JoinSet::new(),
            standing: BTreeMap::new(),
        }
    }

    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    /// Whether every application has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.standing.len() == self.population.arrivals.len() && self.standing.values().all(|status| status.is_closed())
    }

    /// Cases by package: handed in and closed.
    pub(crate) fn counts(&self) -> BTreeMap<usize, (u64, u64)> {
        let mut counts: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for (number, status) in &self.standing {
            let package = self.package_of.get(number).copied().unwrap_or_default();
            let count = counts.entry(package).or_default();
            count.0 += 1;
            count.1 += u64::from(status.is_closed());
        }
        counts
    }

    /// Running clocks by light.
    pub(crate) fn lights(&self) -> BTreeMap<Light, u64> {
        let mut lights = BTreeMap::new();
        for light in self.lights.values() {
            *lights.entry(*light).or_default() += 1;
        }
        lights
    }

    /// Reads where everything stands, and plans what is not planned yet.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Failure> {
        let mut after: Option<CaseId> = None;
        loop {
            let found = self.centre.store().search(self.centre.id(), &Filter::default(), after.as_ref(), PAGE).await?;
            for found in &found {
                if let Some(case) = self.centre.case(&found.case).await? {
                    let number = &case.application.number;
                    self.standing.insert(number.clone(), case.status);
                    for (part, running) in (0..).zip(&case.parts) {
                        if running.ledger.is_running() {
                            self.lights.insert((number.clone(), part), running.light);
                        }
                    }
                    self.plan(&case).await?;
                }
            }
            match found.last() {
                Some(last) if found.len() == PAGE => after = Some(last.case.clone()),
                _ => break,
            }
        }
        let population = self.population.clone();
        for (nth, arrival) in population.arrivals.iter().enumerate() {
            let key = (Arc::from(arrival.number.as_str()), u32::MAX);
            if !self.standing.contains_key(&key.0) && self.planned.insert(key) {
                self.add(arrival.at, Errand::Submit(nth));
            }
        }
        Ok(())
    }

    /// Notes what happened to a case.
    pub(crate) async fn hear(&mut self, happened: &Happened) -> Result<(), Failure> {
        self.standing.insert(happened.case.clone(), happened.status);
        for event in &happened.events {
            match event {
                Event::ClockStarted { part, .. } => {
                    self.lights.insert((happened.case.clone(), *part), Light::Green);
                }
                Event::LightChanged { part, light } => {
                    self.lights.insert((happened.case.clone(), *part), *light);
                }
                Event::ClockEnded { part } => {
                    self.lights.remove(&(happened.case.clone(), *part));
                }
                _ => {}
            }
        }
        let waits = |event: &Event| matches!(event, Event::TaskOpened { queue: None, .. });
        if happened.events.iter().any(waits)
            && let Some(case) = self.centre.case(&CaseId::from(&*happened.case)).await?
        {
            self.plan(&case).await?;
        }
        Ok(())
    }

    /// Plans what the applicant owes this case.
    async fn plan(&mut self, case: &Case) -> Result<(), Failure> {
        if !case.tasks.iter().any(|task| task.queue.is_none()) {
            return Ok(());
        }
        let workflow = self.centre.workflow(&case.application.definition).await?;
        let number = &case.application.number;
        for task in case.tasks.iter().filter(|task| task.queue.is_none()) {
            let errand = format!("{number}#{}", task.id);
            let rng = &mut self.population.later(&errand);
            let (hours, what) = match &workflow.plan(task.part).graph.step(task.node).node {
                Node::Collect { within, .. } if rng.random_bool(NEVER) && within.n <= NEVER_WITHIN_DAYS => continue,
                Node::Collect { .. } => (SUPPLY_HOURS, Errand::Supply { case: number.clone(), task: task.id }),
                Node::Wait { message, .. } => (
                    ANSWER_HOURS,
                    Errand::Answer { case: number.clone(), task: task.id, message: message.as_str().into() },
                ),
                _ => continue,
            };
            if !self.planned.insert((number.clone(), task.id)) {
                continue;
            }
            let later = (rng.random_range(hours.0..hours.1) * HOUR_MS) as Millis;
            let at = self.centre.calendar().after_business_millis(task.opened_at, later).map_err(uncovered)?;
            self.add(at, what);
        }
        Ok(())
    }

    fn add(&mut self, at: Millis, errand: Errand) {
        self.number += 1;
        self.errands.insert((at, self.number), errand);
    }

    /// Does what is due.
    pub(crate) async fn keep(&mut self) -> Result<(), Failure> {
        while let Some(done) = self.under_way.try_join_next() {
            match done {
                // Nobody waits for it any more: a step expired, or the case is over.
                Ok(Ok(()) | Err(Refusal::Rejected(_))) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(error) => self.centre.report(error.to_string()),
            }
        }
        let now = self.centre.clock().now();
        while self.under_way.len() < ERRANDS_MAX {
            let Some(next) = self.errands.first_entry().filter(|next| next.key().0 <= now) else { break };
            let errand = next.remove();
            let (centre, population) = (self.centre.clone(), self.population.clone());
            self.under_way.spawn(async move { run(&centre, &population, errand).await });
        }
        Ok(())
    }
}

async fn run(centre: &Centre, population: &Population, errand: Errand) -> Result<(), Refusal> {
    let (case, id, by, action, workflow) = match errand {
        Errand::Submit(nth) => {
            let (workflow, submission) = population.submission(nth);
            let (number, by) = (submission.number.clone(), submission.applicant.clone());
            (number.clone(), format!("submit/{number}"), by, Action::Submit(Box::new(submission)), Some(workflow))
        }
        Errand::Supply { case, task } => {
            let Some(known) = centre.case(&CaseId::from(&*case)).await? else { return Ok(()) };
            let by = known.application.applicant.clone();
            let action = Action::Supply { materials: known.missing() };
            (case.clone(), format!("supply/{case}#{task}"), by, action, None)
        }
        Errand::Answer { case, task, message } => {
            let action = Action::Message { name: message };
            (case.clone(), format!("answer/{case}#{task}"), "现场".into(), action, None)
        }
    };
    let command = Command { id: id.into(), by, action };
    // A message that everybody got before, or a supplement that came too late, is refused; an application never is.
    let application = workflow.is_some();
    let with = With { workflow, ..With::default() };
    let done = centre.act(&CaseId::from(&*case), &command, with).await;
    if let (true, Err(Refusal::Rejected(rejection))) = (application, &done) {
        let problems: Vec<String> =
            rejection.problems.iter().map(|it| format!("{}：{}", it.at, it.message.zh)).collect();
        centre.report(format!("{case}：{} {}", rejection.message.zh, problems.join("；")));
    }
    done.map(|_| ())
}

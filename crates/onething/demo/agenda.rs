//! What the applicants do: hand in, bring what was missing, answer what is waited for. Everything that is due is read
//! from the cases themselves, so a restart finds it again. Some do it in person, with a ticket; the others from home.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Status};
use onething_engine::clock::Light;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_engine::{Rejection, Workflow};
use onething_policy::TicketId;
use onething_store::{CaseId, Filter};
use onething_worker::{Centre, Happened, Reception, Refusal, With};
use rand::RngExt;
use tokio::task::JoinSet;

use super::door::Door;
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

/// What somebody has to do.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    Submit(usize),
    Supply { case: Arc<str>, task: u32 },
    Answer { case: Arc<str>, task: u32, message: Arc<str> },
}

impl Errand {
    /// The id of the command by which it is done.
    pub(super) fn name(&self, population: &Population) -> String {
        match self {
            Self::Submit(nth) => format!("submit/{}", population.arrivals[*nth].number),
            Self::Supply { case, task } => format!("supply/{case}#{task}"),
            Self::Answer { case, task, .. } => format!("answer/{case}#{task}"),
        }
    }

    /// The queue in which it is waited with a ticket; none for what is done from home.
    fn at_window(&self, population: &Population) -> Option<String> {
        match self {
            Self::Submit(nth) => population.comes_to(*nth),
            Self::Supply { case, .. } => population.comes_to(population.nth(case)?),
            Self::Answer { .. } => None,
        }
    }
}

/// What falls due.
enum Due {
    /// At the window by those who come in person.
    Errand(Errand),
    /// By whoever did not get it done in person.
    FromHome(Errand),
    /// Somebody's patience ends.
    GivesUp(TicketId),
}

/// What is under way came to this.
enum Came {
    /// Somebody took a number, and waits so long for it.
    Waits(TicketId, Millis),
    /// It is over.
    Over,
}

/// What is to be done, and where every case stands.
pub(crate) struct Agenda {
    centre: Arc<Centre>,
    population: Arc<Population>,
    /// Those who come in person.
    pub(crate) door: Arc<Door>,
    due: BTreeMap<(Millis, u64), Due>,
    planned: BTreeSet<(Arc<str>, u32)>,
    number: u64,
    under_way: JoinSet<Result<Came, Refusal>>,
    /// Where each case stands.
    pub(crate) standing: BTreeMap<Arc<str>, Status>,
    /// The lights of the parts that run.
    lights: BTreeMap<(Arc<str>, u8), Light>,
    package_of: BTreeMap<Arc<str>, usize>,
}

impl Agenda {
    pub(crate) fn new(centre: Arc<Centre>, population: Arc<Population>, reception: Reception) -> Self {
        let numbers = population.arrivals.iter().map(|arrival| (arrival.number.as_str().into(), arrival.package));
        Self {
            door: Arc::new(Door::new(centre.clone(), population.clone(), reception)),
            centre,
            package_of: numbers.collect(),
            lights: BTreeMap::new(),
            population,
            due: BTreeMap::new(),
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
                self.add(arrival.at, Due::Errand(Errand::Submit(nth)));
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
            self.add(at, Due::Errand(what));
        }
        Ok(())
    }

    fn add(&mut self, at: Millis, due: Due) {
        self.number += 1;
        self.due.insert((at, self.number), due);
    }

    /// Does what is due.
    pub(crate) async fn keep(&mut self) -> Result<(), Failure> {
        let now = self.centre.clock().now();
        while let Some(done) = self.under_way.try_join_next() {
            match done {
                Ok(Ok(Came::Waits(ticket, patience_ms))) => {
                    let at = self.centre.calendar().after_business_millis(now, patience_ms).map_err(uncovered)?;
                    self.add(at, Due::GivesUp(ticket));
                }
                // Nobody waits for it any more: a step expired, or the case is over.
                Ok(Ok(Came::Over) | Err(Refusal::Rejected(_))) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(error) => self.centre.report(error.to_string()),
            }
        }
        for errand in self.door.undone() {
            self.add(now, Due::FromHome(errand));
        }
        while self.under_way.len() < ERRANDS_MAX {
            let Some(next) = self.due.first_entry().filter(|next| next.key().0 <= now) else { break };
            let (centre, population, door) = (self.centre.clone(), self.population.clone(), self.door.clone());
            match next.remove() {
                Due::GivesUp(ticket) => self.under_way.spawn(async move {
                    door.leave(ticket).await;
                    Ok(Came::Over)
                }),
                Due::Errand(errand) if let Some(queue) = errand.at_window(&population) => {
                    self.under_way.spawn(async move {
                        let (ticket, patience_ms) = door.enter(queue, errand).await;
                        Ok(Came::Waits(ticket, patience_ms))
                    })
                }
                Due::Errand(errand) | Due::FromHome(errand) => {
                    self.under_way.spawn(async move { from_home(&centre, &population, errand).await })
                }
            };
        }
        Ok(())
    }
}

/// What is handed in for an errand.
pub(super) struct Papers {
    pub(super) case: CaseId,
    pub(super) command: Command,
    /// The definition, for an application.
    pub(super) workflow: Option<Arc<Workflow>>,
}

/// What is handed in; nothing when the case is not there any more.
pub(super) async fn papers(
    centre: &Centre,
    population: &Population,
    errand: &Errand,
) -> Result<Option<Papers>, Refusal> {
    let (case, by, action, workflow) = match errand {
        Errand::Submit(nth) => {
            let (workflow, submission) = population.submission(*nth);
            let (number, by) = (submission.number.clone(), submission.applicant.clone());
            (number, by, Action::Submit(Box::new(submission)), Some(workflow))
        }
        Errand::Supply { case, .. } => {
            let Some(known) = centre.case(&CaseId::from(&**case)).await? else { return Ok(None) };
            let by = known.application.applicant.clone();
            (case.clone(), by, Action::Supply { materials: known.missing() }, None)
        }
        Errand::Answer { case, message, .. } => {
            (case.clone(), "现场".into(), Action::Message { name: message.clone() }, None)
        }
    };
    let command = Command { id: errand.name(population).into(), by, action };
    Ok(Some(Papers { case: CaseId::from(&*case), command, workflow }))
}

async fn from_home(centre: &Centre, population: &Population, errand: Errand) -> Result<Came, Refusal> {
    let Some(Papers { case, command, workflow }) = papers(centre, population, &errand).await? else {
        return Ok(Came::Over);
    };
    // A message that everybody got before, or a supplement that came too late, is refused; an application never is.
    let application = workflow.is_some();
    let done = centre.act(&case, &command, With { workflow, ..With::default() }).await;
    if let (true, Err(Refusal::Rejected(rejection))) = (application, &done) {
        tell_refusal(centre, case.as_str(), rejection);
    }
    done.map(|_| Came::Over)
}

/// Says why something was not taken.
pub(super) fn tell_refusal(centre: &Centre, what: &str, rejection: &Rejection) {
    let problems: Vec<String> = rejection.problems.iter().map(|it| format!("{}：{}", it.at, it.message.zh)).collect();
    centre.report(format!("{what}：{} {}", rejection.message.zh, problems.join("；")));
}

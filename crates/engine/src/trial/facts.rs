//! What came of a case, in the words of the test file.

use std::collections::{BTreeMap, BTreeSet};

use super::file::MatterOutcome;
use super::run::Run;
use super::steps;
use crate::calendar::{Calendar, Millis};
use crate::case::{Outcome, PartStatus, Status};
use crate::clock::{Due, Ledger, Light, Limit, Stop, due};
use crate::definition::{Node, NoticeTo};
use crate::event::Event;
use crate::workflow::Workflow;

/// The warning that goes to the overseers when an application is accepted by silence has no step of its own.
pub(crate) const BY_SILENCE: &str = "accepted_by_silence";

/// What came of a case.
pub(super) struct Facts {
    pub(super) matters: Vec<String>,
    pub(super) requires: Vec<String>,
    pub(super) asks: Vec<String>,
    pub(super) status: Status,
    pub(super) accepted: Option<Millis>,
    pub(super) by_silence: bool,
    pub(super) supplement: Vec<String>,
    /// Steps that were gone through, in order.
    pub(super) path: Vec<String>,
    /// Those, and the ones that were opened.
    pub(super) reached: BTreeSet<String>,
    pub(super) to_applicant: Vec<String>,
    pub(super) to_department: Vec<String>,
    pub(super) results: Vec<String>,
    pub(super) outcomes: BTreeMap<String, MatterOutcome>,
    pub(super) clocks: BTreeMap<String, ClockFacts>,
    pub(super) closed: Option<Millis>,
    pub(super) open: Vec<String>,
    pub(super) incidents: Vec<String>,
}

/// A clock in the end.
#[derive(Default)]
pub(super) struct ClockFacts {
    pub(super) starts: Option<Millis>,
    pub(super) ends: Option<Millis>,
    pub(super) promised: Term,
    pub(super) statutory: Term,
    pub(super) lights: Vec<Light>,
    pub(super) stops: Vec<Stop>,
}

/// When a limit ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Term {
    /// There is no such limit, or its clock did not start.
    #[default]
    None,
    At(Millis),
    /// In a year whose working days are not published.
    Unpublished,
}

pub(super) fn facts(workflow: &Workflow, calendar: &Calendar, run: &Run) -> Facts {
    let (answers, form) = (&run.submission.answers, &run.submission.form);
    let filled = workflow.filled(answers, form);
    let chosen = workflow.chosen(answers, &filled);
    let case = &run.case;
    let texts = |ids: &[std::sync::Arc<str>]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let open = |incident: bool| {
        let tasks = case.tasks.iter().filter(|task| task.incident.is_some() || !incident);
        tasks.map(|task| step(workflow, task.part, task.node)).collect::<Vec<_>>()
    };
    let mut facts = Facts {
        matters: chosen.iter().filter(|part| **part > 0).map(|part| workflow.plan(*part).id.to_string()).collect(),
        requires: workflow
            .needed(&chosen, answers, &filled)
            .filter(|plan| workflow.brought(plan, &chosen))
            .map(|plan| plan.material.id.to_string())
            .collect(),
        asks: workflow.asked(&chosen, answers, &filled).map(|plan| plan.field.id.clone()).collect(),
        status: case.status,
        accepted: case.accepted.map(|accepted| accepted.at),
        by_silence: case.accepted.is_some_and(|accepted| accepted.by_silence),
        supplement: case.supplement.as_deref().map(texts).unwrap_or_default(),
        path: Vec::new(),
        reached: BTreeSet::new(),
        to_applicant: Vec::new(),
        to_department: Vec::new(),
        results: case.results.keys().map(ToString::to_string).collect(),
        outcomes: outcomes(workflow, run, &chosen),
        clocks: clocks(workflow, calendar, run),
        closed: run.history.last().filter(|_| case.status.is_closed()).map(|(_, at)| *at),
        open: open(false),
        incidents: open(true),
    };
    facts.read(workflow, run);
    facts
}

impl Facts {
    /// What the history says of steps and notices.
    fn read(&mut self, workflow: &Workflow, run: &Run) {
        let mut passed_over: Option<String> = None;
        for (event, _) in &run.history {
            match event {
                Event::TaskOpened { part, node, .. } => {
                    self.reached.insert(step(workflow, *part, *node));
                }
                // A step that was not needed is no step of the path; a matter that ended is.
                Event::Passed { part, node, .. } => {
                    let matter = matches!(workflow.plan(*part).graph.step(*node).node, Node::Matter { .. });
                    passed_over = (!matter).then(|| step(workflow, *part, *node));
                }
                Event::Moved { part, step, .. } => {
                    let name = steps::name(workflow, *part, step);
                    if passed_over.take().is_none_or(|passed| passed != name) {
                        self.reached.insert(name.clone());
                        self.path.push(name);
                    }
                }
                Event::NoticeSent { part, step, to, .. } => {
                    let name = if step.is_empty() { BY_SILENCE.to_owned() } else { steps::name(workflow, *part, step) };
                    match to {
                        NoticeTo::Applicant => self.to_applicant.push(name),
                        NoticeTo::Department => self.to_department.push(name),
                    }
                }
                _ => {}
            }
        }
    }
}

fn step(workflow: &Workflow, part: u8, node: u16) -> String {
    steps::name(workflow, part, &workflow.plan(part).graph.step(node).id)
}

fn outcomes(workflow: &Workflow, run: &Run, chosen: &[u8]) -> BTreeMap<String, MatterOutcome> {
    let of = |part: u8| match run.case.part(part).map(|part| part.status) {
        _ if !chosen.contains(&part) => MatterOutcome::NotChosen,
        Some(PartStatus::Running) => MatterOutcome::Running,
        Some(PartStatus::Closed(Outcome::Granted)) => MatterOutcome::Granted,
        Some(PartStatus::Closed(Outcome::Refused)) => MatterOutcome::Refused,
        Some(PartStatus::Closed(Outcome::NotAccepted)) => MatterOutcome::NotAccepted,
        Some(PartStatus::Closed(_)) => MatterOutcome::Done,
        Some(PartStatus::Waiting) | None => MatterOutcome::Moot,
    };
    steps::parts(workflow).skip(1).map(|part| (workflow.plan(part).id.to_string(), of(part))).collect()
}

fn clocks(workflow: &Workflow, calendar: &Calendar, run: &Run) -> BTreeMap<String, ClockFacts> {
    let term = |ledger: &Ledger, limit: Option<Limit>| match limit.map(|limit| due(ledger, limit, calendar, run.now)) {
        Some(Ok(Some(Due { at, .. }))) => Term::At(at),
        Some(Err(_)) => Term::Unpublished,
        _ => Term::None,
    };
    let clock = |part: u8| {
        let Some(running) = run.case.part(part) else { return ClockFacts::default() };
        let (ledger, plan) = (&running.ledger, workflow.plan(part));
        let lights = run.history.iter().filter_map(|(event, _)| match event {
            Event::LightChanged { part: it, light } if *it == part => Some(*light),
            _ => None,
        });
        ClockFacts {
            starts: ledger.started_at(),
            ends: ledger.ended_at(),
            promised: term(ledger, plan.promised),
            statutory: term(ledger, plan.statutory),
            lights: lights.collect(),
            stops: ledger.stops(),
        }
    };
    steps::parts(workflow).map(|part| (workflow.plan(part).id.to_string(), clock(part))).collect()
}

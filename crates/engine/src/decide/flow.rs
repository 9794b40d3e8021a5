//! Moving tokens until every one of them waits for something, and closing what has none left.

use std::sync::Arc;

use super::{Draft, EVENTS_MAX};
use crate::case::{Case, Outcome, PartStatus, Status};
use crate::condition::Lookup;
use crate::definition::Node;
use crate::event::Event;
use crate::net::{EdgeSet, Step};
use crate::rejection::Rejection;
use crate::value::Value;
use crate::workflow::Workflow;

impl Draft<'_> {
    /// Runs everything that needs nobody.
    pub(super) fn run(&mut self) -> Result<(), Rejection> {
        loop {
            while let Some((part, edge)) = self.arrivals.take() {
                if self.case.version > self.last_version {
                    return Err(Rejection::new(
                        "R-CASE-006",
                        format!("一次办理产生了超过 {EVENTS_MAX} 个事件：定义里有不停顿的循环"),
                        format!(
                            "one command led to more than {EVENTS_MAX} events: the definition goes round without ever waiting"
                        ),
                    ));
                }
                self.arrive(part, edge)?;
            }
            if self.case.status.is_closed() || !(self.fire_inclusive_join() || self.close_finished_part()?) {
                return Ok(());
            }
        }
    }

    /// Takes tokens and puts tokens.
    fn shift(&mut self, part: u8, step: &Step, taken: &EdgeSet, put: &EdgeSet) {
        self.moved(part, step, taken, put);
        self.arrivals.put(part, step.outs.iter().copied().filter(|edge| put.contains(*edge)));
    }

    /// Goes on from a step to all its ways out.
    pub(super) fn leave(&mut self, part: u8, step: &Step, taken: &EdgeSet) {
        self.moved(part, step, taken, &step.every_out);
        self.arrivals.put(part, step.outs.iter().copied());
    }

    fn arrive(&mut self, part: u8, edge: u16) -> Result<(), Rejection> {
        let workflow = self.workflow;
        let graph = &workflow.plan(part).graph;
        let node = graph.head(edge);
        let step = graph.step(node);
        let taken = EdgeSet::one(edge);
        match &step.node {
            Node::Start { .. } => {}
            Node::End { .. } => self.shift(part, step, &taken, &EdgeSet::default()),
            Node::Parallel { .. } => {
                let marking = self.case.part(part).map(|part| part.marking).unwrap_or_default();
                if let Some(taken) = graph.ready(node, &marking) {
                    self.leave(part, step, &taken);
                }
            }
            Node::Exclusive { .. } | Node::Inclusive { .. } if step.outs.len() > 1 => {
                let put = chosen_ways(workflow, self.case, part, node);
                self.shift(part, step, &taken, &put);
            }
            Node::Exclusive { .. } => self.leave(part, step, &taken),
            // A join: looked at when nothing else moves, because tokens elsewhere can hold it back.
            Node::Inclusive { .. } => {}
            Node::Notice { to, .. } => {
                if let Some(letter) = step.letter.clone() {
                    self.emit(Event::NoticeSent { part, step: step.id.clone(), to: *to, letter });
                }
                self.leave(part, step, &taken);
            }
            Node::Matter { .. } => match workflow.part_of(node) {
                Some(matter) => self.open_part(matter)?,
                None => self.leave(part, step, &taken),
            },
            _ => self.open_task(part, node, edge)?,
        }
        Ok(())
    }

    pub(super) fn open_part(&mut self, part: u8) -> Result<(), Rejection> {
        let plan = self.workflow.plan(part);
        self.part_opened(part, &plan.id);
        if self.case.accepted.is_some() {
            self.start_clock(part)?;
        }
        self.leave(part, plan.graph.step(plan.graph.start()), &EdgeSet::default());
        Ok(())
    }

    fn fire_inclusive_join(&mut self) -> bool {
        let workflow = self.workflow;
        for part in 0..self.parts() {
            let Some(running) = self.case.part(part).filter(|part| part.status == PartStatus::Running) else {
                continue;
            };
            let graph = &workflow.plan(part).graph;
            let ready = graph.joins().find_map(|join| graph.ready(join, &running.marking).map(|taken| (join, taken)));
            if let Some((join, taken)) = ready {
                self.leave(part, graph.step(join), &taken);
                return true;
            }
        }
        false
    }

    fn close_finished_part(&mut self) -> Result<bool, Rejection> {
        let finished = (0..self.parts()).rev().find(|part| {
            self.case.part(*part).is_some_and(|part| part.status == PartStatus::Running && part.marking.is_empty())
        });
        let Some(part) = finished else { return Ok(false) };
        let outcome = part_outcome(self.case, self.workflow, part);
        self.end_clock(part)?;
        self.emit(Event::PartClosed { part, outcome });
        match self.workflow.plan(part).node {
            None => {
                let status = case_status(self.case, self.workflow);
                self.close_case(status, None);
            }
            Some(node) => {
                self.passed(0, node, outcome);
                let step = self.workflow.plan(0).graph.step(node);
                self.leave(0, step, &step.every_in);
            }
        }
        Ok(true)
    }

    pub(super) fn close_case(&mut self, status: Status, reason: Option<Arc<str>>) {
        while let Some(task) = self.case.tasks.first().map(|task| task.id) {
            self.emit(Event::TaskWithdrawn { task });
        }
        for part in 0..self.parts() {
            self.stop_counting(part);
        }
        while let Some(timer) = self.case.timers.first().map(|timer| timer.id) {
            self.timer_ended(timer);
        }
        self.arrivals.clear();
        self.emit(Event::Closed { status, reason });
    }
}

/// What conditions of a part read while the case runs.
struct Running<'a> {
    case: &'a Case,
    part: u8,
}

impl Lookup for Running<'_> {
    fn form(&self, id: &str) -> Option<&Value> {
        self.case.application.form.get(id)
    }

    fn answer(&self, id: &str) -> Option<&Value> {
        self.case.application.answers.get(id)
    }

    fn outcome(&self, node: u16) -> Option<&str> {
        self.case.part(self.part)?.outcome(node).map(|done| done.outcome.word())
    }
}

/// The ways out of a split: for exclusive the first whose condition holds, for inclusive every one; else `otherwise`.
fn chosen_ways(workflow: &Workflow, case: &Case, part: u8, node: u16) -> EdgeSet {
    let graph = &workflow.plan(part).graph;
    let step = graph.step(node);
    let running = Running { case, part };
    let holds = |edge: &u16| match &graph.way(*edge).when {
        None => false,
        Some(when) => {
            let settled = if when.is_settled() { case.application.is_open(part, *edge) } else { None };
            settled.unwrap_or_else(|| when.holds(&running))
        }
    };
    let most = if matches!(step.node, Node::Exclusive { .. }) { 1 } else { step.outs.len() };
    let chosen: EdgeSet = step.outs.iter().copied().filter(|edge| holds(edge)).take(most).collect();
    if chosen.is_empty() {
        step.outs.iter().copied().filter(|edge| graph.way(*edge).otherwise).collect()
    } else {
        chosen
    }
}

/// A part that decided ends with its decision: refused if any was. One that decides nothing is done.
fn part_outcome(case: &Case, workflow: &Workflow, part: u8) -> Outcome {
    let graph = &workflow.plan(part).graph;
    let done = case.part(part).map(|part| part.done.as_slice()).unwrap_or_default();
    let came_to = |wanted| {
        done.iter().any(|done| done.outcome == wanted && !matches!(graph.step(done.node).node, Node::Matter { .. }))
    };
    if came_to(Outcome::Refused) {
        Outcome::Refused
    } else if came_to(Outcome::Granted) {
        Outcome::Granted
    } else if came_to(Outcome::NotAccepted) {
        Outcome::NotAccepted
    } else {
        Outcome::Done
    }
}

/// What a finished case came to, from the decisions of its parts: a refusal never undoes a grant.
fn case_status(case: &Case, workflow: &Workflow) -> Status {
    if case.accepted.is_none() {
        let at_the_window = part_outcome(case, workflow, 0);
        return if at_the_window == Outcome::NotAccepted { Status::NotAccepted } else { Status::Returned };
    }
    let decided = |wanted| case.parts.iter().filter(|part| part.status == PartStatus::Closed(wanted)).count();
    match (decided(Outcome::Granted), decided(Outcome::Refused)) {
        (0, 0) => Status::Completed,
        (_, 0) => Status::Granted,
        (0, _) => Status::Refused,
        _ => Status::PartlyGranted,
    }
}

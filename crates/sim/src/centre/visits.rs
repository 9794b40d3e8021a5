//! How people behave in the hall: for a run, and for whoever plays the same people at a real centre. Drawn from who they
//! are alone, never from what happens to others.

use std::sync::Arc;

use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::case::Case;
use onething_engine::command::{Action, Command};
use onething_policy::{Class, Skill};
use rand::RngExt;

use super::comings::Coming;
use super::model::Model;
use crate::applications::APPLICANT;
use crate::chance::Source;

/// A word at the window when nothing is to be decided there. Illustrative.
const WORD_MS: i64 = 60_000;

/// How somebody comes to the hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The queue of their ticket.
    pub queue: Skill,
    /// Their class if no appointment counts.
    pub class: Class,
    /// The time agreed, if they have an appointment.
    pub appointment_ms: Option<Millis>,
    /// They go at once when more than so many wait; `None`: never.
    pub goes_over: Option<u32>,
}

impl Model {
    /// How somebody comes to the hall; `None` who does not keep an appointment.
    #[must_use]
    pub fn visit(&self, people: &Source, coming: &Coming) -> Option<Visit> {
        let plan = &self.sources[coming.source];
        let arrivals = &plan.arrivals;
        let mut chance = people.of(coming.key);
        let (books, stays, sight) = (chance.random::<f64>(), chance.random::<f64>(), chance.random::<f64>());
        let mut appointment_ms = None;
        if let Some(appointments) = arrivals.appointments.filter(|it| books < it.share) {
            if stays < appointments.no_show {
                return None;
            }
            // Who comes is within half a slot of the time agreed.
            let slot_ms = i64::from(appointments.slot_minutes) * 60_000;
            appointment_ms = Some((coming.at_ms + slot_ms / 2).div_euclid(slot_ms) * slot_ms);
        }
        Some(Visit {
            queue: plan.queue,
            class: self.class_of(coming.source),
            appointment_ms,
            goes_over: arrivals.balking.filter(|it| sight < it.share).map(|it| it.over),
        })
    }

    /// The class of those of a source.
    #[must_use]
    pub fn class_of(&self, source: usize) -> Class {
        Class::new(self.sources[source].arrivals.class).unwrap_or(Class::WALK_IN)
    }

    /// How long somebody waits before they give up; `None`: for ever. `key` with the number of the visit, from 0, in its
    /// last byte.
    #[must_use]
    pub fn patience_ms(&self, people: &Source, source: usize, key: u64) -> Option<i64> {
        let patience = self.sources[source].patience.as_ref()?;
        Some(patience.draw_ms(&mut people.of(key | 0xFE)))
    }

    /// Whether somebody does not come when called for the `call`th time. Who brings what was missing always comes.
    #[must_use]
    pub fn is_absent(&self, people: &Source, source: usize, key: u64, call: u8) -> bool {
        people.of(key | u64::from(call) << 2 | 0x80).random::<f64>() < self.sources[source].arrivals.no_show
    }

    /// What somebody hands in and the definition it is for; nothing of who only asks. The command is named after the case.
    #[must_use]
    pub fn submission(&self, people: &Source, source: usize, key: u64) -> Option<(Command, Arc<Workflow>)> {
        let workflow = self.workflows[self.sources[source].workflow?].clone();
        let submission = self.application(people, &APPLICANT.into(), (source, key), &self.sources[source].handouts)?;
        let (id, by) = (submission.number.clone(), submission.applicant.clone());
        Some((Command { id, by, action: Action::Submit(Box::new(submission)) }, workflow))
    }

    /// How long a word with somebody takes, in milliseconds at a window of ordinary speed.
    #[must_use]
    pub fn talk_ms(&self, people: &Source, source: usize, key: u64) -> i64 {
        self.sources[source].visit.as_ref().map_or(WORD_MS, |visit| visit.draw_ms(&mut people.of(key | 0xFD)))
    }
}

/// What somebody brings whom a step has told that something is missing; nothing when it is not waited for any more.
#[must_use]
pub fn supply(case: &Case, task: u32) -> Option<Command> {
    let materials = case.missing();
    if materials.is_empty() || case.task(task).is_none() {
        return None;
    }
    let (number, by) = (&case.application.number, case.application.applicant.clone());
    Some(Command { id: format!("{number}/supply-{task}").into(), by, action: Action::Supply { materials } })
}

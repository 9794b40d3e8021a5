//! What the world must do after a decision: queue steps, set timers, send notices. Derived from the events, so that
//! one store commit carries all of it.

use std::sync::Arc;

use serde::Serialize;

use crate::calendar::Millis;
use crate::case::Case;
use crate::definition::NoticeTo;
use crate::elsewhere::{Transfer, transfers};
use crate::event::{Event, Letter};

/// The queue where incidents wait for a person.
pub const INCIDENT_QUEUE: &str = "incidents";

/// What follows from the events of one decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Steps that join a queue.
    pub enqueue: Vec<Enqueue>,
    /// Steps that leave their queue.
    pub withdraw: Vec<u32>,
    /// Timers to set: number and due moment.
    pub set: Vec<(u32, Millis)>,
    /// Timers to forget.
    pub forget: Vec<u32>,
    /// Notices to send.
    pub notices: Vec<Notice>,
    /// What the other centre must be told, where two handle the case.
    pub transfers: Vec<Transfer>,
}

/// A step that joins a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueue {
    /// The step's number within the case.
    pub task: u32,
    /// The queue.
    pub queue: Arc<str>,
    /// Its part.
    pub part: u8,
    /// Its place in the part's graph.
    pub node: u16,
    /// Not before this moment.
    pub ready_at: Millis,
}

/// A notice to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// To whom.
    pub to: NoticeTo,
    /// What it says.
    pub letter: Letter,
}

/// The effects of events that happened at a moment and led to this case.
#[must_use]
pub fn effects(events: &[Event], after: &Case, at: Millis) -> Effects {
    let mut effects = Effects { transfers: transfers(events, after), ..Effects::default() };
    for event in events {
        match event {
            Event::TaskOpened { task, part, node, queue: Some(queue), .. } => effects.enqueue.push(Enqueue {
                task: *task,
                queue: queue.clone(),
                part: *part,
                node: *node,
                ready_at: at,
            }),
            Event::TaskClosed { task, .. } | Event::TaskWithdrawn { task } => {
                // A step that was opened and taken back in one decision never joins its queue.
                effects.enqueue.retain(|queued| queued.task != *task);
                effects.withdraw.push(*task);
            }
            Event::Failed { task, retry_at: Some(ready_at), .. } => {
                effects.withdraw.push(*task);
                effects.again(after, *task, None, *ready_at);
            }
            Event::IncidentRaised { task, .. } => {
                effects.withdraw.push(*task);
                effects.again(after, *task, Some(INCIDENT_QUEUE), at);
            }
            Event::IncidentResolved { task, .. } => {
                effects.withdraw.push(*task);
                effects.again(after, *task, None, at);
            }
            Event::TimerSet { timer, due, .. } => effects.set.push((*timer, *due)),
            Event::TimerEnded { timer } => {
                effects.set.retain(|(set, _)| set != timer);
                effects.forget.push(*timer);
            }
            Event::NoticeSent { to, letter, .. } => {
                effects.notices.push(Notice { to: *to, letter: (**letter).clone() });
            }
            _ => {}
        }
    }
    effects
}

impl Effects {
    fn again(&mut self, case: &Case, task: u32, queue: Option<&str>, ready_at: Millis) {
        let Some(open) = case.task(task) else { return };
        let Some(queue) = queue.map(Arc::from).or_else(|| open.queue.clone()) else { return };
        self.enqueue.push(Enqueue { task, queue, part: open.part, node: open.node, ready_at });
    }
}

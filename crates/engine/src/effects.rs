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
    pub letter: Arc<Letter>,
}

/// The effects of events that happened at a moment and led to this case.
#[must_use]
pub fn effects(events: &[Event], after: &Case, at: Millis) -> Effects {
    let mut effects = Effects::default();
    effects.follow(events, after, at);
    effects
}

impl Effects {
    /// Adds what follows from the events of one decision. A caller who decides much empties what they hold and uses it
    /// again.
    pub fn follow(&mut self, events: &[Event], after: &Case, at: Millis) {
        self.transfers.extend(transfers(events, after));
        for event in events {
            self.follow_one(event, after, at);
        }
    }

    fn follow_one(&mut self, event: &Event, after: &Case, at: Millis) {
        match event {
            Event::TaskOpened { task, part, node, queue: Some(queue), .. } => {
                self.enqueue.push(Enqueue { task: *task, queue: queue.clone(), part: *part, node: *node, ready_at: at })
            }
            Event::TaskClosed { task, .. } | Event::TaskWithdrawn { task } => {
                // A step that was opened and taken back in one decision never joins its queue.
                self.enqueue.retain(|queued| queued.task != *task);
                self.withdraw.push(*task);
            }
            Event::Failed { task, retry_at: Some(ready_at), .. } => {
                self.withdraw.push(*task);
                self.again(after, *task, None, *ready_at);
            }
            Event::IncidentRaised { task, .. } => {
                self.withdraw.push(*task);
                self.again(after, *task, Some(INCIDENT_QUEUE), at);
            }
            Event::IncidentResolved { task, .. } => {
                self.withdraw.push(*task);
                self.again(after, *task, None, at);
            }
            Event::TimerSet { timer, due, .. } => self.set.push((*timer, *due)),
            Event::TimerEnded { timer } => {
                self.set.retain(|(set, _)| set != timer);
                self.forget.push(*timer);
            }
            Event::NoticeSent { to, letter, .. } => {
                self.notices.push(Notice { to: *to, letter: letter.clone() });
            }
            _ => {}
        }
    }

    /// Forgets everything, but not the room it took.
    pub fn clear(&mut self) {
        let Self { enqueue, withdraw, set, forget, notices, transfers } = self;
        enqueue.clear();
        withdraw.clear();
        set.clear();
        forget.clear();
        notices.clear();
        transfers.clear();
    }

    fn again(&mut self, case: &Case, task: u32, queue: Option<&str>, ready_at: Millis) {
        let Some(open) = case.task(task) else { return };
        let Some(queue) = queue.map(Arc::from).or_else(|| open.queue.clone()) else { return };
        self.enqueue.push(Enqueue { task, queue, part: open.part, node: open.node, ready_at });
    }
}

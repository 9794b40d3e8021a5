//! What the world must do after a decision: queue steps, set timers, send notices. Every event brings its own along, and one
//! store commit carries all of it.

use std::sync::Arc;

use serde::Serialize;

use crate::calendar::Millis;
use crate::case::Case;
use crate::definition::{NoticeTo, QueueName};
use crate::elsewhere::Transfer;
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
    /// Parts whose clock has done its work: their lights stand.
    pub clocks_ended: Vec<u8>,
    /// What the other centre must be told, where two handle the case. Told where the history is kept.
    pub transfers: Vec<Transfer>,
}

/// A step that joins a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueue {
    /// The step's number within the case.
    pub task: u32,
    /// The queue.
    pub queue: QueueName,
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

impl Effects {
    /// Adds what follows from an event that happened at a moment and led to this case, whichever it is; what happens most often
    /// is added without one.
    #[inline(always)]
    pub(crate) fn follow(&mut self, event: &Event, after: &Case, at: Millis) {
        match event {
            Event::TaskOpened { task, part, node, queue, .. } => self.opened(*task, *part, *node, *queue, at),
            Event::TaskClosed { task, .. } | Event::TaskWithdrawn { task } => self.closed(*task),
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
            Event::TimerSet { timer, due, .. } => self.timer_set(*timer, *due),
            Event::TimerEnded { timer } => self.timer_ended(*timer),
            Event::NoticeSent { to, letter, .. } => {
                self.notices.push(Notice { to: *to, letter: letter.clone() });
            }
            Event::ClockEnded { part } => self.clocks_ended.push(*part),
            _ => {}
        }
    }

    pub(crate) fn opened(&mut self, task: u32, part: u8, node: u16, queue: Option<QueueName>, ready_at: Millis) {
        self.enqueue.extend(queue.map(|queue| Enqueue { task, queue, part, node, ready_at }));
    }

    pub(crate) fn closed(&mut self, task: u32) {
        // A step that was opened and taken back in one decision never joins its queue.
        self.enqueue.retain(|queued| queued.task != task);
        self.withdraw.push(task);
    }

    pub(crate) fn timer_set(&mut self, timer: u32, due: Millis) {
        self.set.push((timer, due));
    }

    pub(crate) fn timer_ended(&mut self, timer: u32) {
        self.set.retain(|(set, _)| *set != timer);
        self.forget.push(timer);
    }

    /// Forgets everything, but not the room it took.
    pub(crate) fn clear(&mut self) {
        let Self { enqueue, withdraw, set, forget, notices, clocks_ended, transfers } = self;
        enqueue.clear();
        withdraw.clear();
        set.clear();
        forget.clear();
        notices.clear();
        clocks_ended.clear();
        transfers.clear();
    }

    fn again(&mut self, case: &Case, task: u32, queue: Option<&str>, ready_at: Millis) {
        let Some(open) = case.task(task) else { return };
        let Some(queue) = queue.map(QueueName::from).or(open.queue) else { return };
        self.enqueue.push(Enqueue { task, queue, part: open.part, node: open.node, ready_at });
    }
}

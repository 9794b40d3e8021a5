//! Work joins a queue, becomes ready or due, leaves.

use std::collections::BTreeSet;

use super::{Hall, Timer};
use crate::act::{Act, Alarm, Refusal, Subject};
use crate::class::Class;
use crate::ids::{Skill, TaskRef, WindowId};
use crate::queue::{Lane, LaneKey};
use crate::signal::Work;

/// Where one work is.
pub(super) struct Place {
    pub(super) queue: usize,
    pub(super) class: Class,
    /// From when its waiting counts; also when a task that lies ahead becomes ready.
    pub(super) ready_ms: i64,
    /// The order of arrival in the hall.
    pub(super) seq: u64,
    pub(super) appointment: Option<Appointment>,
    pub(super) state: State,
}

/// How a task in hand is to be queued once its window is through with it.
pub(super) struct Again {
    queue: Skill,
    class: Class,
    ready_ms: i64,
    barred: Vec<WindowId>,
}

/// Who must not do a task.
#[derive(Default)]
pub(super) struct Barred {
    pub(super) windows: BTreeSet<WindowId>,
    /// The alarm that nobody may do it has been raised and is still true.
    pub(super) raised: bool,
}

/// An appointment for which the person was not late.
#[derive(Clone, Copy)]
pub(super) struct Appointment {
    /// The time agreed.
    pub(super) at_ms: i64,
    /// From when it goes before others.
    pub(super) due_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    NotReady,
    Waiting(Lane),
    InHand { window: usize, calls: u8 },
}

impl Place {
    pub(super) fn key(&self, lane: Lane) -> LaneKey {
        let from_ms = match (lane, self.appointment) {
            (Lane::Due, Some(appointment)) => appointment.at_ms,
            _ => self.ready_ms,
        };
        (from_ms, self.seq)
    }

    /// The lane it belongs into at `now_ms`.
    pub(super) fn lane(&self, now_ms: i64) -> Lane {
        match self.appointment {
            Some(appointment) if appointment.due_ms <= now_ms => Lane::Due,
            _ => Lane::Class(self.class.index()),
        }
    }
}

impl Hall {
    pub(super) fn queue_task(
        &mut self,
        task: TaskRef,
        queue: &Skill,
        class: Class,
        ready_ms: i64,
        barred: Vec<WindowId>,
        acts: &mut Vec<Act>,
    ) {
        let work = Work::Task(task);
        match self.places.get(&work).map(|place| place.state) {
            Some(State::InHand { .. }) => {
                self.again.insert(work, Again { queue: queue.clone(), class, ready_ms, barred });
            }
            Some(State::NotReady | State::Waiting(_)) => self.bar(&work, barred),
            None => {
                self.count_arrival(queue);
                let Some(queue) = self.room_in(queue, &work, acts) else { return };
                self.bar(&work, barred);
                let seq = self.next_seq();
                self.admit(work, Place { queue, class, ready_ms, seq, appointment: None, state: State::NotReady });
            }
        }
    }

    /// Notes who must not do a task. What was matched before stays matched: only fewer windows fit than did.
    fn bar(&mut self, work: &Work, windows: Vec<WindowId>) {
        if windows.is_empty() {
            return;
        }
        self.barred.entry(work.clone()).or_default().windows.extend(windows);
    }

    /// Whether the officer at the window may do it.
    pub(super) fn may_do(&self, window: usize, work: &Work) -> bool {
        self.barred.is_empty()
            || self.barred.get(work).is_none_or(|barred| !barred.windows.contains(&self.windows[window].id))
    }

    /// Queues a task that was in hand until now, if it has been queued once more meanwhile.
    pub(super) fn queue_again(&mut self, work: &Work, acts: &mut Vec<Act>) {
        if let (Some(Again { queue, class, ready_ms, barred }), Work::Task(task)) = (self.again.remove(work), work) {
            self.queue_task(task.clone(), &queue, class, ready_ms, barred, acts);
        }
    }

    /// The queue to put `work` into, or `None` after refusing it.
    pub(super) fn room_in(&mut self, name: &Skill, work: &Work, acts: &mut Vec<Act>) -> Option<usize> {
        let refuse = |why| Act::Refused { what: Subject::Work(work.clone()), why };
        let Some(at) = self.queue_named(name) else {
            acts.push(refuse(Refusal::TooManyQueues));
            return None;
        };
        let queue = &mut self.queues[at];
        if !queue.is_full() {
            return Some(at);
        }
        if !std::mem::replace(&mut queue.raised.full, true) {
            acts.push(Act::Alarm(Alarm::QueueFull { queue: queue.name.clone() }));
        }
        acts.push(refuse(Refusal::QueueFull));
        None
    }

    /// Takes in work that is new: into a lane if it is ready, else behind a timer.
    pub(super) fn admit(&mut self, work: Work, place: Place) {
        let (queue, ready_ms, seq) = (place.queue, place.ready_ms, place.seq);
        self.queues[queue].held += 1;
        if let Some(appointment) = place.appointment.filter(|it| it.due_ms > self.now_ms) {
            self.timers.insert((appointment.due_ms, seq), Timer::Due(work.clone()));
        }
        self.places.insert(work.clone(), place);
        if ready_ms > self.now_ms {
            self.timers.insert((ready_ms, seq), Timer::Ready(work));
        } else {
            self.make_ready(work);
        }
    }

    /// Puts work that is known and in no lane into the lane where it belongs.
    pub(super) fn make_ready(&mut self, work: Work) {
        let Some(place) = self.places.get_mut(&work) else { return };
        let lane = place.lane(self.now_ms);
        place.state = State::Waiting(lane);
        self.queues[place.queue].insert(lane, place.key(lane), work);
        self.touched.push(place.queue);
    }

    /// Moves a person whose appointment is due ahead of the others. Of a person in hand it changes nothing.
    pub(super) fn make_due(&mut self, work: Work) {
        let Some(place) = self.places.get(&work) else { return };
        if let State::Waiting(lane) = place.state {
            self.queues[place.queue].remove(lane, place.key(lane));
            self.make_ready(work);
        }
    }

    /// Forgets work that waits. Work in hand stays there, but is not queued once more.
    pub(super) fn withdraw(&mut self, work: &Work) {
        self.again.remove(work);
        let Some(place) = self.places.get(work) else { return };
        let queue = &mut self.queues[place.queue];
        match place.state {
            State::InHand { .. } => return,
            State::Waiting(lane) => drop(queue.remove(lane, place.key(lane))),
            State::NotReady => drop(self.timers.remove(&(place.ready_ms, place.seq))),
        }
        queue.held -= 1;
        self.forget(work);
    }

    /// Drops the place of `work`, and the timer of an appointment with it.
    pub(super) fn forget(&mut self, work: &Work) {
        self.barred.remove(work);
        let Some(place) = self.places.remove(work) else { return };
        if let Some(appointment) = place.appointment {
            self.timers.remove(&(appointment.due_ms, place.seq));
        }
    }

    /// Puts work in hand back where it was in its queue, or at the same age into another one. It is let in past the
    /// bound: the excess is at most one for each window.
    pub(super) fn put_back(&mut self, work: Work, queue: usize) {
        self.again.remove(&work);
        let Some(place) = self.places.get_mut(&work) else { return };
        self.queues[place.queue].in_hand -= 1;
        place.queue = queue;
        self.queues[queue].held += 1;
        self.make_ready(work);
    }
}

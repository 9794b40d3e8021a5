//! Work joins a queue, becomes ready or due, leaves.

use std::collections::BTreeSet;

use super::Hall;
use super::timers::Timer;
use crate::act::{Act, Alarm, Refusal, Subject};
use crate::class::Class;
use crate::ids::{Skill, TaskRef, WindowId};
use crate::places::{Again, Place, State};
use crate::signal::Work;

/// Who must not do a task.
#[derive(Default)]
pub(super) struct Barred {
    pub(super) windows: BTreeSet<WindowId>,
    /// The alarm that nobody may do it has been raised and is still true.
    pub(super) raised: bool,
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
        if let Some(at) = self.places.find(&work) {
            let place = &mut self.places[at];
            match place.state {
                State::InHand { .. } => {
                    place.again = Some(Box::new(Again { queue: *queue, class, ready_ms, barred }));
                }
                State::NotReady | State::Waiting(_) => {
                    place.barred |= !barred.is_empty();
                    self.bar(&work, barred);
                }
            }
            return;
        }
        let Some(queue) = self.queue_for(queue, &work, acts) else { return };
        self.count_arrival(queue);
        if !self.has_room(queue, &work, acts) {
            return;
        }
        let is_barred = !barred.is_empty();
        if is_barred {
            self.bar(&work, barred);
        }
        let (seq, state) = (self.next_seq(), State::NotReady);
        let place =
            Place { work, queue, class, ready_ms, seq, appointment: None, state, barred: is_barred, again: None };
        self.admit(place, acts);
    }

    /// Notes who must not do a task. What was matched before stays matched: only fewer windows fit than did.
    fn bar(&mut self, work: &Work, windows: Vec<WindowId>) {
        if windows.is_empty() {
            return;
        }
        self.barred.entry(work.clone()).or_default().windows.extend(windows);
    }

    /// Whether the officer at the window may do it.
    pub(super) fn may_do(&self, window: usize, work: usize) -> bool {
        !self.places[work].barred
            || self
                .barred
                .get(&self.places[work].work)
                .is_none_or(|barred| !barred.windows.contains(&self.windows[window].id))
    }

    /// The queue of this name, or `None` after refusing the work.
    pub(super) fn queue_for(&mut self, name: &Skill, work: &Work, acts: &mut Vec<Act>) -> Option<usize> {
        let at = self.queue_named(name);
        if at.is_none() {
            acts.push(Act::Refused { what: Subject::Work(work.clone()), why: Refusal::TooManyQueues });
        }
        at
    }

    /// Whether there is room in a queue; if not, the work is refused.
    #[inline]
    pub(super) fn has_room(&mut self, queue: usize, work: &Work, acts: &mut Vec<Act>) -> bool {
        let full = self.queues[queue].is_full();
        if full {
            self.refuse(queue, work, acts);
        }
        !full
    }

    fn refuse(&mut self, queue: usize, work: &Work, acts: &mut Vec<Act>) {
        let queue = &mut self.queues[queue];
        if !std::mem::replace(&mut queue.raised.full, true) {
            acts.push(Act::Alarm(Alarm::QueueFull { queue: queue.name }));
        }
        acts.push(Act::Refused { what: Subject::Work(work.clone()), why: Refusal::QueueFull });
    }

    /// Takes in work that is new: behind a timer if it is not ready; else to a window if one is free for it and nothing else
    /// can be next, which is how most work comes; else into a lane.
    pub(super) fn admit(&mut self, place: Place, acts: &mut Vec<Act>) {
        let (ready_ms, seq, appointment) = (place.ready_ms, place.seq, place.appointment);
        let (queue, lane) = (place.queue, place.lane(self.now_ms));
        self.queues[queue].held += 1;
        let at = self.places.insert(place);
        if let Some(appointment) = appointment.filter(|it| it.due_ms > self.now_ms) {
            self.timers.insert((appointment.due_ms, seq), Timer::Due(at));
        }
        if ready_ms > self.now_ms {
            self.timers.insert((ready_ms, seq), Timer::Ready(at));
        } else if self.touched.is_empty()
            && self.queues[queue].waiting == 0
            && let Some(window) = self.idle_for(&self.queues[queue], at)
        {
            self.hand_over(lane, at, window, acts);
        } else {
            self.make_ready(at);
        }
    }

    /// Puts work that is known and in no lane into the lane where it belongs.
    pub(super) fn make_ready(&mut self, at: usize) {
        let place = &mut self.places[at];
        let lane = place.lane(self.now_ms);
        place.state = State::Waiting(lane);
        let queue = place.queue;
        self.queues[queue].insert(lane, place.key(lane), at, place.is_person());
        if self.has_idle(&self.queues[queue]) {
            self.touched.push(queue);
        }
    }

    /// Takes work that waits out of its lane.
    pub(super) fn leave_lane(&mut self, at: usize) {
        let place = &self.places[at];
        if let State::Waiting(lane) = place.state {
            self.queues[place.queue].remove(lane, place.key(lane), place.is_person());
        }
    }

    /// Moves a person whose appointment is due ahead of the others. Of a person in hand it changes nothing.
    pub(super) fn make_due(&mut self, at: usize) {
        if let State::Waiting(_) = self.places[at].state {
            self.leave_lane(at);
            self.make_ready(at);
        }
    }

    /// Forgets work that waits. Work in hand stays there, but is not queued once more.
    pub(super) fn withdraw(&mut self, work: &Work) {
        let Some(at) = self.places.find(work) else { return };
        let place = &mut self.places[at];
        match place.state {
            State::InHand { .. } => {
                place.again = None;
                return;
            }
            State::Waiting(_) => self.leave_lane(at),
            State::NotReady => self.timers.remove((place.ready_ms, place.seq)),
        }
        self.queues[self.places[at].queue].held -= 1;
        self.forget(at);
    }

    /// Drops the place of work that is in no lane, and the timer of an appointment with it.
    pub(super) fn forget(&mut self, at: usize) {
        let place = &self.places[at];
        if place.barred {
            self.barred.remove(&place.work);
        }
        if let Some(appointment) = place.appointment {
            self.timers.remove((appointment.due_ms, place.seq));
        }
        self.places.remove(at);
    }

    /// Puts work in hand back where it was in its queue, or at the same age into another one. It is let in past the
    /// bound: the excess is at most one for each window.
    pub(super) fn put_back(&mut self, at: usize, queue: usize) {
        let place = &mut self.places[at];
        place.again = None;
        self.queues[place.queue].in_hand -= 1;
        place.queue = queue;
        self.queues[queue].held += 1;
        self.make_ready(at);
    }
}

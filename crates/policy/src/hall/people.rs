//! People with tickets: arrival, appointments, no-shows, transfers, diversions.

use super::Hall;
use crate::act::{Act, Refusal, Subject};
use crate::class::Class;
use crate::ids::{Skill, TicketId};
use crate::places::{Appointment, Place, State};
use crate::signal::Work;

impl Hall {
    pub(super) fn take_ticket(
        &mut self,
        ticket: TicketId,
        wanted: &Skill,
        class: Class,
        appointment_ms: Option<i64>,
        acts: &mut Vec<Act>,
    ) {
        let work = Work::Ticket(ticket);
        if self.places.find(&work).is_some() {
            return;
        }
        let Some(wanted) = self.queue_for(wanted, &work, acts) else { return };
        self.count_arrival(wanted);
        if self.closes_soon(wanted) {
            acts.push(Act::Refused { what: Subject::Work(work), why: Refusal::ClosingSoon });
            return;
        }
        let Some(queue) = self.room_or_overflow(wanted, &work, acts) else { return };
        let tolerance_ms = self.config.appointment_tolerance_ms;
        let on_time = appointment_ms.filter(|at_ms| self.now_ms <= at_ms.saturating_add(tolerance_ms));
        let appointment = on_time.map(|at_ms| Appointment { at_ms, due_ms: at_ms.saturating_sub(tolerance_ms) });
        let (ready_ms, seq) = (self.now_ms, self.next_seq());
        let state = State::NotReady;
        self.admit(Place { work, queue, class, ready_ms, seq, appointment, state, barred: false, again: None }, acts);
    }

    /// Whether windows serve this queue and all of them close before a ticket taken now would be welcome.
    fn closes_soon(&self, queue: usize) -> bool {
        let mut serving = self.windows_of(&self.queues[queue]).filter(|it| it.serves()).peekable();
        let last_call_ms = self.now_ms.saturating_add(self.config.ticket_cutoff_ms);
        serving.peek().is_some() && serving.all(|it| it.shift_end.is_some_and(|(end_ms, _)| end_ms < last_call_ms))
    }

    /// The queue wanted, or the one where its overflow goes, or `None` after refusing the ticket.
    fn room_or_overflow(&mut self, wanted: usize, work: &Work, acts: &mut Vec<Act>) -> Option<usize> {
        let queue = &self.queues[wanted];
        if queue.is_full()
            && let (Some(to), Work::Ticket(ticket)) = (queue.rule.overflow, work)
            && let Some(at) = self.queue_named(&to).filter(|&at| !self.queues[at].is_full())
        {
            acts.push(Act::Divert { ticket: ticket.clone(), from: self.queues[wanted].name, to });
            return Some(at);
        }
        self.has_room(wanted, work, acts).then_some(wanted)
    }

    pub(super) fn no_show(&mut self, ticket: TicketId, acts: &mut Vec<Act>) {
        let Some((work, window)) = self.person_in_hand(&ticket) else { return };
        let place = &mut self.places[work];
        let State::InHand { calls, .. } = &mut place.state else { return };
        if *calls < self.config.calls_max {
            *calls += 1;
            let call = *calls;
            acts.push(Act::Call { window: self.window_id(window), ticket, call });
            return;
        }
        acts.push(Act::Dropped { ticket, calls: *calls });
        self.queues[place.queue].in_hand -= 1;
        self.forget(work);
        self.free(window, acts);
    }

    /// Sends the person in front of a window to another queue. Nothing changes if that one has no room.
    pub(super) fn transfer(&mut self, ticket: TicketId, to: &Skill, acts: &mut Vec<Act>) {
        let Some((at, window)) = self.person_in_hand(&ticket) else { return };
        let work = Work::Ticket(ticket);
        let Some(queue) = self.queue_for(to, &work, acts) else { return };
        if self.has_room(queue, &work, acts) {
            self.put_back(at, queue);
            self.free(window, acts);
        }
    }

    /// A person who is at a window, and the window.
    fn person_in_hand(&self, ticket: &TicketId) -> Option<(usize, usize)> {
        let at = self.places.find(&Work::Ticket(ticket.clone()))?;
        let State::InHand { window, .. } = self.places[at].state else { return None };
        Some((at, window))
    }

    /// Sends the people of a queue that nobody serves any more to where its overflow goes, as far as there is room.
    pub(super) fn divert_orphans(&mut self, from: usize, acts: &mut Vec<Act>) {
        if self.queues[from].people == 0 || self.is_served(from) {
            return;
        }
        let Some(target) = self.queues[from].rule.overflow else { return };
        let Some(to) = self.queue_named(&target) else { return };
        for at in self.queues[from].works() {
            let Work::Ticket(ticket) = &self.places[at].work else { continue };
            if self.queues[to].is_full() {
                return;
            }
            let (ticket, name) = (ticket.clone(), self.queues[from].name);
            acts.push(Act::Divert { ticket, from: name, to: target });
            self.leave_lane(at);
            self.queues[from].held -= 1;
            self.places[at].queue = to;
            self.queues[to].held += 1;
            self.make_ready(at);
        }
    }
}

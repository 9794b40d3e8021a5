//! People with tickets: arrival, appointments, no-shows, transfers, diversions.

use super::Hall;
use super::work::{Appointment, Place, State};
use crate::act::{Act, Refusal, Subject};
use crate::class::Class;
use crate::ids::{Skill, TicketId};
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
        if self.places.contains_key(&work) {
            return;
        }
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
        self.admit(work, Place { queue, class, ready_ms, seq, appointment, state: State::NotReady });
    }

    /// Whether windows serve this queue and all of them close before a ticket taken now would be welcome.
    fn closes_soon(&self, wanted: &Skill) -> bool {
        let Some(&queue) = self.queue_index.get(wanted) else { return false };
        let mut serving =
            self.queues[queue].windows.iter().map(|&at| &self.windows[at]).filter(|it| it.serves()).peekable();
        let last_call_ms = self.now_ms.saturating_add(self.config.ticket_cutoff_ms);
        serving.peek().is_some() && serving.all(|it| it.shift_end.is_some_and(|(end_ms, _)| end_ms < last_call_ms))
    }

    /// The queue wanted, or the one where its overflow goes, or `None` after refusing the ticket.
    fn room_or_overflow(&mut self, wanted: &Skill, work: &Work, acts: &mut Vec<Act>) -> Option<usize> {
        let full = self.queue_index.get(wanted).is_some_and(|&at| self.queues[at].is_full());
        let overflow = self.config.rule(wanted).overflow.clone();
        if let (true, Some(to), Work::Ticket(ticket)) = (full, overflow, work)
            && let Some(at) = self.queue_named(&to).filter(|&at| !self.queues[at].is_full())
        {
            acts.push(Act::Divert { ticket: ticket.clone(), from: wanted.clone(), to });
            return Some(at);
        }
        self.room_in(wanted, work, acts)
    }

    pub(super) fn no_show(&mut self, ticket: TicketId, acts: &mut Vec<Act>) {
        let work = Work::Ticket(ticket.clone());
        let Some(place) = self.places.get_mut(&work) else { return };
        let State::InHand { window, calls } = &mut place.state else { return };
        let at = *window;
        if *calls < self.config.calls_max {
            *calls += 1;
            let call = *calls;
            acts.push(Act::Call { window: self.window_id(at), ticket, call });
            return;
        }
        acts.push(Act::Dropped { ticket, calls: *calls });
        self.queues[place.queue].in_hand -= 1;
        self.forget(&work);
        self.free(at, acts);
    }

    /// Sends the person in front of a window to another queue. Nothing changes if that one has no room.
    pub(super) fn transfer(&mut self, ticket: TicketId, to: &Skill, acts: &mut Vec<Act>) {
        let work = Work::Ticket(ticket);
        let Some(State::InHand { window, .. }) = self.places.get(&work).map(|it| it.state) else { return };
        let Some(queue) = self.room_in(to, &work, acts) else { return };
        self.put_back(work, queue);
        self.free(window, acts);
    }

    /// Sends the people of a queue that nobody serves any more to where its overflow goes, as far as there is room.
    pub(super) fn divert_orphans(&mut self, from: usize, acts: &mut Vec<Act>) {
        if self.queues[from].people == 0 || self.is_served(from) {
            return;
        }
        let name = self.queues[from].name.clone();
        let Some(target) = self.config.rule(&name).overflow.clone() else { return };
        let Some(to) = self.queue_named(&target) else { return };
        for work in self.queues[from].tickets() {
            let (Work::Ticket(ticket), Some(place)) = (&work, self.places.get_mut(&work)) else { continue };
            let State::Waiting(lane) = place.state else { continue };
            if self.queues[to].is_full() {
                return;
            }
            acts.push(Act::Divert { ticket: ticket.clone(), from: name.clone(), to: target.clone() });
            self.queues[from].remove(lane, place.key(lane));
            self.queues[from].held -= 1;
            place.queue = to;
            self.queues[to].held += 1;
            self.make_ready(work);
        }
    }
}

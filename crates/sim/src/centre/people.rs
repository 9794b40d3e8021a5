//! People with tickets: they come, wait or give up, are called, are there or not, are served.

use onething_engine::calendar::Millis;
use onething_policy::{Signal, TicketId, WindowId, Work};

use super::comings::{Coming, key};
use super::run::{Event, Run, name_of, task_of, ticket_of};
use super::verdicts::Verdict;
use crate::eventlog::{GAVE_UP, MISSED, TURNED_AWAY};

/// Somebody in the hall.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) source: usize,
    pub(super) came_ms: Millis,
    /// The number of the queue they stand in or stood in.
    queue: usize,
    /// The case they come for again; `None`: they come for the first time.
    supplements: Option<(u64, u32)>,
    waits: bool,
    /// What is being done for them.
    in_hand: Option<(u64, u32, Verdict, Millis)>,
    takes_ms: i64,
}

impl Run<'_> {
    pub(super) fn next_arrival(&mut self, source: usize) {
        if let Some(next_ms) = self.model.next_ms(source, &mut self.sources[source]) {
            self.agenda.enter(next_ms, Event::Arrival { source: source as u32 });
        }
    }

    pub(super) fn arrive(&mut self, source: usize) {
        self.next_arrival(source);
        for _ in 0..self.model.batch(&self.people, source, self.number[source]) {
            self.report.counts[source].arrived += u64::from(self.is_warm(self.now_ms));
            let key = key(source, self.number[source]);
            self.number[source] += 1;
            if self.model.sources[source].is_online() {
                self.note_arrival(key, source, "online");
                self.hand_in(key, source, true);
            } else {
                self.enter(key, source);
            }
        }
    }

    fn enter(&mut self, key: u64, source: usize) {
        let Some(visit) = self.model.visit(&self.people, &Coming { at_ms: self.now_ms, source, key }) else {
            self.report.counts[source].missed += u64::from(self.is_warm(self.now_ms));
            return;
        };
        let queue = self.queues.number(&visit.queue);
        let crowd = self.queues.waiting(queue);
        if visit.goes_over.is_some_and(|over| crowd > i64::from(over)) {
            self.report.counts[source].balked += u64::from(self.is_warm(self.now_ms));
            self.lost(source, self.now_ms);
            return;
        }
        self.take_ticket(key, source, None, visit.appointment_ms);
    }

    /// Takes a ticket, for the first time or to supplement a case.
    pub(super) fn take_ticket(
        &mut self,
        key: u64,
        source: usize,
        supplements: Option<(u64, u32)>,
        appointment_ms: Option<Millis>,
    ) {
        let (queue, class) = (self.model.sources[source].queue, self.model.class_of(source));
        let came_ms = self.now_ms;
        if supplements.is_none() {
            self.note_arrival(key, source, "window");
        }
        let number = self.queues.number(&queue);
        let visitor = Visitor { source, came_ms, queue: number, supplements, waits: true, in_hand: None, takes_ms: 0 };
        self.visitors.insert(key, visitor);
        self.inside.comes(came_ms);
        self.queues.joins(number);
        self.tell(Signal::TicketTaken { ticket: TicketId::numbered(key), queue, class, appointment_ms });
        if self.visitors.get(&key).is_some_and(|it| it.waits)
            && let Some(patience_ms) = self.model.patience_ms(&self.people, source, key)
        {
            self.agenda.enter(came_ms + patience_ms, Event::GivesUp { visitor: key });
        }
    }

    fn stops_waiting(&mut self, key: u64) {
        let Some(visitor) = self.visitors.get_mut(&key).filter(|it| it.waits) else { return };
        visitor.waits = false;
        self.queues.leaves(visitor.queue);
    }

    fn goes(&mut self, key: u64) -> Option<Visitor> {
        self.stops_waiting(key);
        let visitor = self.visitors.remove(&key)?;
        self.inside.goes(self.now_ms);
        Some(visitor)
    }

    pub(super) fn give_up(&mut self, key: u64) {
        if self.visitors.get(&key).is_some_and(|it| it.waits) {
            self.tell(Signal::TicketWithdrawn { ticket: TicketId::numbered(key) });
            self.count(key, GAVE_UP, |counts| counts.gave_up += 1);
        }
    }

    /// Somebody goes without having been served. Who came to supplement a case comes again on another day.
    fn count(&mut self, key: u64, how: &str, count: impl FnOnce(&mut super::Counts)) {
        let Some(visitor) = self.goes(key) else { return };
        if let Some((case, task)) = visitor.supplements {
            let closes = self.model.days[self.day].closes.max(self.now_ms);
            if let Ok(again_ms) = self.model.calendar.next_opening(closes + 1) {
                self.agenda.enter(again_ms, Event::Comes { case, task });
            }
            return;
        }
        self.note_leaving(key, visitor.source, how);
        if self.is_warm(visitor.came_ms) {
            let before = self.report.counts[visitor.source].missed;
            count(&mut self.report.counts[visitor.source]);
            if self.report.counts[visitor.source].missed == before {
                self.lost(visitor.source, visitor.came_ms);
            }
        }
    }

    /// Somebody left unserved of whom that may be said.
    fn lost(&mut self, source: usize, came_ms: Millis) {
        if self.is_warm(came_ms) {
            *self.report.lost_by_hour[source].entry(hour_of(came_ms)).or_default() += 1;
        }
    }

    pub(super) fn turned_away(&mut self, ticket: TicketId) {
        if let Some(key) = ticket.number() {
            self.count(key, TURNED_AWAY, |counts| counts.turned_away += 1);
        }
    }

    pub(super) fn dropped(&mut self, ticket: TicketId) {
        if let Some(key) = ticket.number() {
            self.count(key, MISSED, |counts| counts.missed += 1);
        }
    }

    pub(super) fn called(&mut self, window: &WindowId, ticket: TicketId, call: u8) {
        let (Some(key), Some(seat)) = (ticket.number(), window.number()) else { return };
        self.stops_waiting(key);
        let Some(visitor) = self.visitors.get(&key) else { return };
        let (source, came_ms, supplements) = (visitor.source, visitor.came_ms, visitor.supplements);
        self.note_given(seat, call, || Work::Ticket(ticket_of(key)));
        if supplements.is_none() && self.model.is_absent(&self.people, source, key, call) {
            self.agenda.enter(self.now_ms + self.model.hall.call_ms, Event::Absent { visitor: key });
            return;
        }
        if supplements.is_none() && self.is_warm(came_ms) {
            self.waited(source, came_ms, self.now_ms - came_ms);
        }
        if supplements.is_none() {
            self.note_call(key, source);
        }
        let at_window = self.begin(key, source, supplements);
        if at_window.is_none() && supplements.is_none() && self.cases.contains_key(&key) {
            self.holding.insert(key, (seat, self.now_ms));
            self.agenda.enter(self.now_ms + self.model.hall.hold_ms, Event::LetGo { visitor: key });
            return;
        }
        let takes = self.model.seats[seat as usize].takes;
        let takes_ms = match &at_window {
            Some((_, _, _, takes_ms)) => *takes_ms,
            None => self.model.talk_ms(&self.people, source, key),
        };
        let takes_ms = (takes_ms as f64 * takes).round() as i64;
        if let Some((case, task, ..)) = &at_window {
            self.note_given(seat, 0, || Work::Task(task_of(&name_of(*case), *task)));
        }
        if let Some(visitor) = self.visitors.get_mut(&key) {
            visitor.takes_ms = takes_ms;
            visitor.in_hand = at_window.map(|(case, task, verdict, _)| (case, task, verdict, self.now_ms));
        }
        self.agenda.enter(self.now_ms + takes_ms, Event::Served { seat, visitor: key });
    }

    /// The intake of whoever has waited for it at the window opens, or the case is over.
    pub(super) fn goes_on(&mut self, key: u64) {
        let Some((seat, called_ms)) = self.holding.remove(&key) else { return };
        let takes = self.model.seats[seat as usize].takes;
        let intake = self.intake_of(key);
        let takes_ms = intake.as_ref().map_or(0, |(_, takes_ms, _)| (*takes_ms as f64 * takes).round() as i64);
        let now_ms = self.now_ms;
        if let Some((task, ..)) = &intake {
            self.note_given(seat, 0, || Work::Task(task_of(&name_of(key), *task)));
        }
        if let Some(visitor) = self.visitors.get_mut(&key) {
            visitor.takes_ms = now_ms - called_ms + takes_ms;
            visitor.in_hand = intake.map(|(task, _, verdict)| (key, task, verdict, now_ms));
        }
        self.agenda.enter(now_ms + takes_ms, Event::Served { seat, visitor: key });
    }

    /// The programs took too long: the window takes the next.
    pub(super) fn let_go(&mut self, key: u64) {
        let Some((seat, _)) = self.holding.remove(&key) else { return };
        if let Some(visitor) = self.visitors.get_mut(&key) {
            visitor.takes_ms = self.model.hall.hold_ms;
        }
        self.served(seat, key);
    }

    /// The person hands in what they brought. The step that the window then does, if one opens.
    fn begin(&mut self, key: u64, source: usize, supplements: Option<(u64, u32)>) -> Option<(u64, u32, Verdict, i64)> {
        let case = match supplements {
            Some((case, _)) => {
                self.supply(case, true);
                case
            }
            None => {
                self.model.sources[source].workflow?;
                self.hand_in(key, source, false);
                key
            }
        };
        self.intake_of(case).map(|(task, takes_ms, verdict)| (case, task, verdict, takes_ms))
    }

    pub(super) fn waited(&mut self, source: usize, came_ms: Millis, wait_ms: i64) {
        let target_ms = self.target_ms;
        self.report.waits[source].add(wait_ms, target_ms);
        let log = self.report.by_hour[source].entry(hour_of(came_ms));
        log.or_default().add(wait_ms, target_ms);
    }

    pub(super) fn absent(&mut self, key: u64) {
        if self.visitors.contains_key(&key) {
            self.tell(Signal::NoShow { ticket: TicketId::numbered(key) });
        }
    }

    pub(super) fn served(&mut self, seat: u32, key: u64) {
        let Some(visitor) = self.goes(key) else { return };
        self.worked(seat, visitor.takes_ms);
        self.note_visit(key, visitor.source, seat, visitor.takes_ms);
        self.tell(Signal::ServiceFinished {
            window: WindowId::numbered(seat),
            work: Work::Ticket(TicketId::numbered(key)),
        });
        if visitor.supplements.is_none() && self.is_warm(visitor.came_ms) {
            self.report.counts[visitor.source].served += 1;
        }
        if let Some((case, task, verdict, began_ms)) = visitor.in_hand {
            let model = self.model;
            self.complete(case, task, verdict, &model.seats[seat as usize].by, began_ms);
        }
    }

    pub(super) fn worked(&mut self, seat: u32, takes_ms: i64) {
        if self.is_warm(self.now_ms) && self.now_ms < self.until_ms {
            let group = self.group_of(seat);
            self.report.groups[group].busy_ms += takes_ms;
        }
    }
}

/// The weekday, Monday first, and the hour of a moment in China.
fn hour_of(came_ms: Millis) -> (u8, u8) {
    let local_ms = came_ms + 8 * 3_600_000;
    let hour = local_ms.rem_euclid(86_400_000) / 3_600_000;
    // Day 0 of the epoch was a Thursday.
    let weekday = (local_ms.div_euclid(86_400_000) + 3).rem_euclid(7);
    (weekday as u8, hour as u8)
}

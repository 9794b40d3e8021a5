//! Books kept beside the hall, in the plainest way, from signals and acts alone; and the rules that must hold in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_policy::{
    Act, Alarm, Class, Signal, Skill, Snapshot, Subject, TaskRef, TicketId, WindowId, WindowState, Work,
};

use crate::script::MINUTE_MS;

const AGEING_MS: i64 = 20 * MINUTE_MS;

pub(crate) struct Witness {
    /// Whether to check that the most urgent goes first; a run with appointments has more rules than are kept here.
    check_order: bool,
    arrivals: usize,
    waiting: BTreeMap<Work, Waiting>,
    in_hand: BTreeMap<WindowId, (Work, Waiting)>,
    /// Tasks in hand that were queued once more.
    again: BTreeMap<Work, Waiting>,
    skills: BTreeMap<WindowId, Arc<[Skill]>>,
}

#[derive(Clone, Debug)]
struct Waiting {
    queue: Skill,
    class: Class,
    ready_ms: i64,
    arrival: usize,
}

impl Waiting {
    /// The rule of the hall, as a person would say it.
    fn rank(&self, now_ms: i64) -> (i64, i64, usize) {
        let effective = i64::from(self.class.number()) - (now_ms - self.ready_ms).max(0) / AGEING_MS;
        (effective.max(0), self.ready_ms, self.arrival)
    }
}

impl Witness {
    pub(crate) fn new(check_order: bool) -> Witness {
        let (waiting, in_hand, again, skills) = Default::default();
        Witness { check_order, arrivals: 0, waiting, in_hand, again, skills }
    }

    /// Enters what happened and checks every rule.
    pub(crate) fn see(&mut self, now_ms: i64, signal: &Signal, acts: &[Act], snapshot: &Snapshot) {
        self.enter_signal(now_ms, signal, acts);
        for act in acts {
            self.enter_act(now_ms, signal, act);
        }
        self.check(now_ms, snapshot);
    }

    fn enter_signal(&mut self, now_ms: i64, signal: &Signal, acts: &[Act]) {
        match signal {
            Signal::WindowOpened { window, skills, .. } => {
                self.skills.insert(window.clone(), skills.clone());
            }
            Signal::TicketTaken { ticket, queue, class, .. } => {
                self.arrive(Work::Ticket(ticket.clone()), queue, *class, now_ms);
            }
            Signal::TaskQueued { task, queue, class, ready_at_ms, .. } => {
                self.arrive(Work::Task(task.clone()), queue, *class, *ready_at_ms);
            }
            Signal::TicketWithdrawn { ticket } => drop(self.waiting.remove(&Work::Ticket(ticket.clone()))),
            Signal::TaskWithdrawn { task } => {
                self.waiting.remove(&Work::Task(task.clone()));
                self.again.remove(&Work::Task(task.clone()));
            }
            Signal::ServiceFinished { window, work } => {
                if self.release(window, work).is_some()
                    && let Some(it) = self.again.remove(work)
                {
                    self.arrive(work.clone(), &it.queue, it.class, it.ready_ms);
                }
            }
            Signal::LeaseExpired { window, task } => {
                let work = Work::Task(task.clone());
                let place = self.release(window, &work).unwrap();
                self.again.remove(&work);
                self.waiting.insert(work, place);
            }
            Signal::TicketTransferred { ticket, queue } => {
                let work = Work::Ticket(ticket.clone());
                let refused = acts.iter().any(|act| matches!(act, Act::Refused { .. }));
                if let (false, Some(window)) = (refused, self.window_of(&work)) {
                    let place = self.release(&window, &work).unwrap();
                    self.waiting.insert(work, Waiting { queue: *queue, ..place });
                }
            }
            _ => {}
        }
    }

    fn enter_act(&mut self, now_ms: i64, signal: &Signal, act: &Act) {
        match act {
            Act::Assign { window, task } => self.assign(now_ms, window, Work::Task(task.clone())),
            Act::Call { window, ticket, call: 1 } => self.assign(now_ms, window, Work::Ticket(ticket.clone())),
            Act::Call { window, ticket, .. } => assert_eq!(self.ticket_at(window).as_ref(), Some(ticket)),
            Act::Dropped { ticket, calls } => {
                assert_eq!(*calls, 2);
                let work = Work::Ticket(ticket.clone());
                let window = self.window_of(&work).unwrap();
                self.release(&window, &work).unwrap();
            }
            Act::Divert { ticket, from, to } => {
                let Some(place) = self.waiting.get_mut(&Work::Ticket(ticket.clone())) else {
                    // Time passes before the signal counts: they were sent on, and left.
                    assert_eq!(*signal, Signal::TicketWithdrawn { ticket: ticket.clone() });
                    return;
                };
                assert_eq!(place.queue, *from);
                place.queue = *to;
            }
            // A transfer that was refused changed nothing: then the work is in hand and not in `waiting`.
            Act::Refused { what: Subject::Work(work), .. } => drop(self.waiting.remove(work)),
            Act::Closed { window } => assert!(!self.in_hand.contains_key(window), "{window} closed with work in hand"),
            Act::Alarm(Alarm::WindowLost { window }) => assert!(!self.in_hand.contains_key(window)),
            _ => {}
        }
    }

    fn assign(&mut self, now_ms: i64, window: &WindowId, work: Work) {
        let place = self.waiting.remove(&work).unwrap_or_else(|| panic!("{work:?} was given out but did not wait"));
        let skills = &self.skills[window];
        assert!(skills.contains(&place.queue), "{window} cannot do {work:?}");
        assert!(place.ready_ms <= now_ms, "{work:?} is not ready");
        let rivals = self.waiting.iter().filter(|(_, it)| it.ready_ms <= now_ms && skills.contains(&it.queue));
        for (rival, its) in rivals.filter(|_| self.check_order) {
            assert!(place.rank(now_ms) < its.rank(now_ms), "{window} got {work:?} though {rival:?} comes first");
        }
        let before = self.in_hand.insert(window.clone(), (work, place));
        assert!(before.is_none(), "{window} got more while it had {before:?}");
    }

    fn check(&self, now_ms: i64, snapshot: &Snapshot) {
        for row in &snapshot.windows {
            assert_eq!(row.in_hand, self.in_hand(&row.window), "in hand at {}", row.window);
            if row.state == WindowState::Idle {
                let fits = |it: &&Waiting| it.ready_ms <= now_ms && self.skills[&row.window].contains(&it.queue);
                let left = self.waiting.values().find(fits);
                assert!(left.is_none(), "{} is idle while {left:?} waits", row.window);
            }
        }
        for row in &snapshot.queues {
            let held: Vec<&Waiting> = self.waiting.values().filter(|it| it.queue == row.queue).collect();
            let ready = held.iter().filter(|it| it.ready_ms <= now_ms).count();
            assert_eq!((row.waiting, row.not_ready), (ready, held.len() - ready), "depth of {}", row.queue);
            let in_hand = self.in_hand.values().filter(|(_, it)| it.queue == row.queue).count();
            assert_eq!(row.in_hand, in_hand, "in hand of {}", row.queue);
            assert_eq!(row.by_class.iter().sum::<usize>() + row.appointments_due, row.waiting);
        }
    }

    fn arrive(&mut self, work: Work, queue: &Skill, class: Class, ready_ms: i64) {
        self.arrivals += 1;
        let place = Waiting { queue: *queue, class, ready_ms, arrival: self.arrivals };
        let books = if self.window_of(&work).is_some() { &mut self.again } else { &mut self.waiting };
        books.insert(work, place);
    }

    /// Takes `work` out of the hands of `window`, if that is where it is.
    fn release(&mut self, window: &WindowId, work: &Work) -> Option<Waiting> {
        if self.in_hand.get(window).is_none_or(|(in_hand, _)| in_hand != work) {
            return None;
        }
        self.in_hand.remove(window).map(|(_, place)| place)
    }

    fn window_of(&self, work: &Work) -> Option<WindowId> {
        self.in_hand.iter().find(|(_, (in_hand, _))| in_hand == work).map(|(window, _)| window.clone())
    }

    pub(crate) fn in_hand(&self, window: &WindowId) -> Option<Work> {
        self.in_hand.get(window).map(|(work, _)| work.clone())
    }

    pub(crate) fn all_in_hand(&self) -> Vec<(WindowId, Work)> {
        self.in_hand.iter().map(|(window, (work, _))| (window.clone(), work.clone())).collect()
    }

    pub(crate) fn ticket_at(&self, window: &WindowId) -> Option<TicketId> {
        if let Work::Ticket(ticket) = self.in_hand(window)? { Some(ticket) } else { None }
    }

    pub(crate) fn task_at(&self, window: &WindowId) -> Option<TaskRef> {
        if let Work::Task(task) = self.in_hand(window)? { Some(task) } else { None }
    }

    /// How much work waits, or is in hand.
    pub(crate) fn work_count(&self) -> usize {
        self.waiting.len() + self.in_hand.len()
    }

    pub(crate) fn any_work(&self, pick: u8) -> Option<Work> {
        let works: Vec<&Work> = self.waiting.keys().chain(self.in_hand.values().map(|(work, _)| work)).collect();
        works.get(usize::from(pick) % works.len().max(1)).map(|work| (*work).clone())
    }

    pub(crate) fn any_ticket(&self, pick: u8) -> Option<TicketId> {
        if let Work::Ticket(ticket) = self.any_work(pick)? { Some(ticket) } else { None }
    }

    pub(crate) fn any_task(&self, pick: u8) -> Option<TaskRef> {
        if let Work::Task(task) = self.any_work(pick)? { Some(task) } else { None }
    }
}

//! Drives the hall: tells [`policy::Hall`](onething_policy::Hall) what happens, and carries out what it says. Which
//! window does what is the hall's rule alone; the lease and its fence are the store's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use onething_policy::{
    ALWAYS, Act, Class, Hall, HallConfig, Seating, Shift, Signal, Skill, Snapshot, Subject, TaskRef, TicketId,
    WindowId, WindowKind, Work,
};
use onething_store::bounds::LIST_MAX;
use onething_store::{Queue, StoreError};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarm;
use crate::centre::Centre;
use crate::handler::Handler;
use crate::happened::Happened;
use crate::reception::{AtTheDoor, Call, Left, Standing, Visitor};
use crate::window::{Given, Seat, sit};

/// Signals that windows may have on their way to the hall: each window has at most one.
const SIGNALS_MAX: usize = 4096;
/// How often the queues in the store are looked through: events are a bell, the store is the truth.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often the hall is told that time passed. Its own minute is a minute of legal time.
const TICK_EVERY: Duration = Duration::from_millis(50);
const MINUTE_MS: i64 = 60_000;

/// A window or desk seat of a hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its name, which is also who did the work.
    pub id: WindowId,
    /// What it is for.
    pub kind: WindowKind,
    /// The queues it serves.
    pub queues: Vec<Skill>,
}

/// How a hall is run.
pub struct HallPlan {
    /// Its rules.
    pub config: HallConfig,
    /// The windows and desks; tidal ones are opened by the hall.
    pub windows: Vec<Window>,
    /// When somebody sits at a window, and when a tidal one may be open, in legal time. One that is not named here is open
    /// from the start until the hall drains, without a break.
    pub shifts: BTreeMap<WindowId, Vec<Shift>>,
    /// Who works at them.
    pub handler: Arc<dyn Handler>,
    /// How long a claim holds without being renewed, in milliseconds of machine time.
    pub lease_ms: u64,
}

impl HallPlan {
    /// Everybody's seat and hours, as from a moment.
    fn seating(&self, now: i64) -> Seating {
        let mut seating = Seating::default();
        let windows = self.windows.iter().cloned().map(|it| (it.id, it.kind, it.queues));
        let tidal = self.config.tides.iter().flat_map(|tide| {
            let kind = WindowKind::Tidal { campaign: tide.campaign };
            tide.windows.iter().map(move |id| (id.clone(), kind.clone(), vec![tide.queue]))
        });
        for (id, kind, queues) in windows.chain(tidal) {
            // Real people are on the way as long as they are.
            seating.add(id.clone(), kind, queues, 0);
            for shift in self.shifts.get(&id).cloned().unwrap_or_else(|| vec![vec![ALWAYS].into()]) {
                seating.plan(now, [&id], &shift);
            }
        }
        seating
    }
}

/// What the hall hears of.
pub(crate) struct Heard {
    pub(crate) happened: broadcast::Receiver<Arc<Happened>>,
    pub(crate) door: mpsc::Receiver<AtTheDoor>,
}

/// Runs the hall until it is told to drain and every window has finished what was in hand.
pub(crate) async fn run(
    centre: Arc<Centre>,
    plan: HallPlan,
    mut hall: Hall,
    mut heard: Heard,
    shown: watch::Sender<Snapshot>,
    drain: CancellationToken,
) {
    let (finished, mut signals) = mpsc::channel(SIGNALS_MAX);
    let tracker = TaskTracker::new();
    let mut driver = Driver {
        seats: BTreeMap::new(),
        in_hand: BTreeMap::new(),
        seating: plan.seating(centre.clock().now()),
        people: BTreeMap::new(),
        standing: Arc::default(),
        finished,
        tracker: tracker.clone(),
        centre: centre.clone(),
        plan,
        draining: false,
    };
    let mut minute = 0;
    let mut tick = tokio::time::interval(TICK_EVERY);
    let mut look = tokio::time::interval(LOOK_EVERY);
    driver.seats_change(&mut hall).await;
    loop {
        tokio::select! {
            biased;
            () = drain.cancelled(), if !driver.draining => {
                driver.draining = true;
                driver.seating.end();
                for window in driver.seats.keys().cloned().collect::<Vec<_>>() {
                    driver.tell(&mut hall, Signal::WindowClosing { window }).await;
                }
            }
            Some(signal) = signals.recv() => driver.tell(&mut hall, signal).await,
            Some(at_the_door) = heard.door.recv() => driver.at_the_door(&mut hall, at_the_door).await,
            happened = heard.happened.recv() => match happened {
                Ok(happened) => for signal in of(&happened, &driver.standing, centre.clock().now()) {
                    driver.tell(&mut hall, signal).await;
                },
                // Too much at once: the next look at the store finds what was missed.
                Err(broadcast::error::RecvError::Lagged(_)) => look.reset_immediately(),
                Err(broadcast::error::RecvError::Closed) => {}
            },
            _ = look.tick() => match waiting(&centre).await {
                Ok(waiting) => for (task, signal) in waiting {
                    // A window that was given it a moment ago has not claimed it yet.
                    let in_hand = |it: &Work| matches!(it, Work::Task(in_hand) if *in_hand == task);
                    if !driver.in_hand.values().any(in_hand) && !driver.stands(&task) {
                        driver.tell(&mut hall, signal).await;
                    }
                },
                Err(error) => centre.report(format!("{error}")),
            },
            _ = tick.tick() => {
                let now = centre.clock().now();
                driver.seats_change(&mut hall).await;
                if now / MINUTE_MS != minute {
                    minute = now / MINUTE_MS;
                    driver.tell(&mut hall, Signal::MinutePassed).await;
                }
                shown.send_replace(hall.snapshot());
            }
        }
        if driver.draining && driver.seats.is_empty() {
            break;
        }
    }
    // Whoever drew a number as the last window closed is still on the way in.
    heard.door.close();
    while let Some(at_the_door) = heard.door.recv().await {
        if let AtTheDoor::Comes(_, visitor) = at_the_door {
            visitor.left(Left::Stopped);
        }
    }
    for (_, visitor) in driver.people {
        visitor.left(Left::Stopped);
    }
    tracker.close();
    tracker.wait().await;
}

/// What an event of a case means to the hall. Automatic steps have queues of their own that no window serves.
fn of(happened: &Happened, standing: &Standing, now: i64) -> Vec<Signal> {
    let mut signals: Vec<Signal> = Vec::new();
    for task in &happened.effects.withdraw {
        signals.push(Signal::TaskWithdrawn { task: task_ref(&happened.case, *task) });
    }
    let at_window = |part, node| standing.is_intake(&happened.case, part, node);
    for queued in happened.effects.enqueue.iter().filter(|queued| served_by_people(&queued.queue)) {
        if at_window(queued.part, queued.node) {
            continue;
        }
        signals.push(Signal::TaskQueued {
            task: task_ref(&happened.case, queued.task),
            queue: (&*queued.queue).into(),
            class: class(happened.class),
            ready_at_ms: now,
            barred: Vec::new(),
        });
    }
    signals
}

/// Everything that waits in the store.
async fn waiting(centre: &Centre) -> Result<Vec<(TaskRef, Signal)>, StoreError> {
    let (machine_now, now) = (centre.clock().machine_now(), centre.clock().now());
    let (mut signals, mut after): (Vec<(TaskRef, Signal)>, Option<Queue>) = (Vec::new(), None);
    loop {
        let queues = centre.store().queues(centre.id(), after.as_ref(), LIST_MAX, machine_now).await?;
        for depth in queues.iter().filter(|depth| depth.waiting > 0 && served_by_people(depth.queue.as_str())) {
            for task in centre.store().queued(centre.id(), &depth.queue, LIST_MAX, machine_now).await? {
                let named = TaskRef::from(task.task.to_string());
                let signal = Signal::TaskQueued {
                    task: named.clone(),
                    queue: depth.queue.as_str().into(),
                    class: class(task.class),
                    ready_at_ms: now,
                    barred: Vec::new(),
                };
                signals.push((named, signal));
            }
        }
        match queues.last() {
            Some(last) if queues.len() == LIST_MAX => after = Some(last.queue.clone()),
            _ => return Ok(signals),
        }
    }
}

fn served_by_people(queue: &str) -> bool {
    !queue.starts_with(onething_engine::definition::SERVICE_QUEUE)
}

fn task_ref(case: &str, task: u32) -> TaskRef {
    TaskRef::from(format!("{case}#{task}"))
}

pub(crate) fn class(number: u8) -> Class {
    Class::new(number).unwrap_or(Class::WALK_IN)
}

struct Driver {
    centre: Arc<Centre>,
    plan: HallPlan,
    seats: BTreeMap<WindowId, mpsc::Sender<Given>>,
    /// What each window was given and is not through with.
    in_hand: BTreeMap<WindowId, Work>,
    seating: Seating,
    /// Everybody with a ticket who has not been served.
    people: BTreeMap<TicketId, Arc<dyn Visitor>>,
    standing: Arc<Standing>,
    finished: mpsc::Sender<Signal>,
    tracker: TaskTracker,
    /// Nothing new is begun. What waits is not alarming: others on the same store serve it, or this hall when it opens.
    draining: bool,
}

impl Driver {
    /// Whoever sits down, pauses or goes on now does so.
    async fn seats_change(&mut self, hall: &mut Hall) {
        self.follow(hall, None).await;
    }

    /// Tells the hall something and does what it answers.
    async fn tell(&mut self, hall: &mut Hall, signal: Signal) {
        self.follow(hall, Some(signal)).await;
    }

    /// Tells the hall what has to be told before, and what follows, until nothing more does.
    async fn follow(&mut self, hall: &mut Hall, mut first: Option<Signal>) {
        let mut signals = Vec::new();
        loop {
            let now = self.centre.clock().now();
            // Where the clock has leapt over closed hours, the shifts before them end before others begin; and seats change
            // before anything else that happens at the same moment.
            let has_leapt = hall.next_due_ms().is_some_and(|due_ms| due_ms < now - MINUTE_MS);
            let leapt = has_leapt.then_some(Signal::MinutePassed);
            let next = signals.pop().or(leapt).or_else(|| self.seating.due(now)).or_else(|| first.take());
            let Some(signal) = next else { return };
            self.follow_seat(&signal);
            if let Signal::ServiceFinished { window, work } = &signal {
                self.in_hand.remove(window);
                if let Work::Ticket(ticket) = work {
                    self.goes(ticket, Left::Served);
                }
            }
            let sent_on = match &signal {
                Signal::TicketTransferred { ticket, .. } => Some(Work::Ticket(ticket.clone())),
                _ => None,
            };
            let acts = hall.on(self.centre.clock().now(), signal);
            let is_refused = |person: &Work| {
                let refused = |act: &Act| matches!(act, Act::Refused { what: Subject::Work(it), .. } if it == person);
                acts.iter().any(refused)
            };
            if let Some(person) = sent_on.filter(|person| !is_refused(person)) {
                self.in_hand.retain(|_, it| *it != person);
            }
            for act in acts {
                self.carry_out(act, &mut signals).await;
            }
        }
    }

    /// Somebody draws a number, or gives up.
    async fn at_the_door(&mut self, hall: &mut Hall, at_the_door: AtTheDoor) {
        match at_the_door {
            AtTheDoor::Comes(ticket, visitor) if self.people.contains_key(&ticket.id) => {
                let number = &ticket.id;
                self.centre.report(format!("号 {number} 还在厅里 / number {number} is still in the hall"));
                visitor.left(Left::NumberTaken);
            }
            AtTheDoor::Comes(ticket, visitor) => {
                self.people.insert(ticket.id.clone(), visitor);
                let (queue, class, appointment_ms) = (ticket.queue, ticket.class, ticket.appointment_ms);
                self.tell(hall, Signal::TicketTaken { ticket: ticket.id, queue, class, appointment_ms }).await;
            }
            AtTheDoor::Leaves(ticket) => {
                if !self.in_hand.values().any(|it| matches!(it, Work::Ticket(called) if *called == ticket)) {
                    self.goes(&ticket, Left::GaveUp);
                    self.tell(hall, Signal::TicketWithdrawn { ticket }).await;
                }
            }
        }
    }

    fn goes(&mut self, ticket: &TicketId, how: Left) {
        if let Some(visitor) = self.people.remove(ticket) {
            visitor.left(how);
        }
    }

    /// Whether somebody stands at a window for the case of a task.
    fn stands(&self, task: &TaskRef) -> bool {
        task.text().and_then(|task| task.rsplit_once('#')).is_some_and(|(case, _)| self.standing.holds(case))
    }

    /// Puts somebody at a window where one sits down.
    fn follow_seat(&mut self, signal: &Signal) {
        match signal {
            Signal::WindowOpened { window, kind, .. } => {
                if matches!(kind, WindowKind::Tidal { .. }) {
                    self.centre.report(format!("潮汐窗口 {window} 开放 / tidal window {window} opens"));
                }
                // Whoever did not finish in time yesterday sits there still.
                if !self.seats.contains_key(window) {
                    self.seat(window.clone());
                }
            }
            Signal::TidalDeclined { window } => {
                self.centre.report(format!("潮汐窗口 {window} 没有人来 / nobody came to the tidal window {window}"));
            }
            _ => {}
        }
    }

    fn seat(&mut self, window: WindowId) {
        let (work, inbox) = mpsc::channel(1);
        let seat = Seat {
            window: window.clone(),
            centre: self.centre.clone(),
            handler: self.plan.handler.clone(),
            lease_ms: self.plan.lease_ms,
            hold_ms: self.plan.config.hold_ms,
            standing: self.standing.clone(),
            finished: self.finished.clone(),
        };
        self.tracker.spawn(sit(seat, inbox));
        self.seats.insert(window, work);
    }

    async fn carry_out(&mut self, act: Act, signals: &mut Vec<Signal>) {
        match act {
            Act::Assign { window, task } => {
                if self.give(&window, Given::Task(task.clone())).await {
                    self.in_hand.insert(window, Work::Task(task));
                } else {
                    signals.push(Signal::ServiceFinished { window, work: Work::Task(task) });
                }
            }
            Act::Call { window, ticket, call } => {
                let visitor = self.people.get(&ticket).cloned();
                let called = visitor.map(|visitor| Call { ticket: ticket.clone(), call, visitor });
                let given = match called {
                    Some(called) => self.give(&window, Given::Person(called)).await,
                    None => false,
                };
                if given {
                    self.in_hand.insert(window, Work::Ticket(ticket));
                } else {
                    signals.push(Signal::NoShow { ticket });
                }
            }
            Act::Dropped { ticket, .. } => {
                self.in_hand.retain(|_, it| !matches!(it, Work::Ticket(called) if *called == ticket));
                self.goes(&ticket, Left::Missed);
            }
            Act::Refused { what: Subject::Work(work), why } => {
                // A refused task stays in the store and is offered again by the next look.
                let Work::Ticket(ticket) = &work else { return };
                self.goes(ticket, Left::TurnedAway(why));
                // Whoever was to be sent on stands at the window.
                let window = self.in_hand.iter().find(|(_, it)| **it == work).map(|(window, _)| window.clone());
                signals.extend(window.map(|window| Signal::ServiceFinished { window, work }));
            }
            Act::Divert { ticket, from, to } => {
                let line =
                    format!("号 {ticket} 从 {from} 转到 {to} 等候 / number {ticket} of {from} waits in {to} now");
                self.centre.report(line);
            }
            Act::OpenTidal { window, lender, .. } => {
                self.seating.asked(self.centre.clock().now(), &window, lender.as_ref());
            }
            Act::Closed { window } => {
                self.seats.remove(&window);
                self.seating.closed(self.centre.clock().now(), &window);
                if self.plan.config.tides.iter().any(|tide| tide.windows.contains(&window)) {
                    self.centre.report(format!("潮汐窗口 {window} 关闭 / tidal window {window} closes"));
                }
            }
            Act::Alarm(alarm) if !self.draining => self.centre.report(alarm::words(&alarm)),
            Act::Alarm(_) | Act::Refused { .. } | Act::Drain { .. } => {}
        }
    }

    /// Hands a window what it is to do; false if nobody sits there.
    async fn give(&self, window: &WindowId, given: Given) -> bool {
        match self.seats.get(window) {
            Some(seat) => seat.send(given).await.is_ok(),
            None => false,
        }
    }
}

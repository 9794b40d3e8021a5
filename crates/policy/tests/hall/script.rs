//! A hall driven by rows: minute, signal, acts in short form. Names of tickets start with `A`, of tasks with `t`.

use onething_policy::{Act, Class, Hall, HallConfig, Refusal, Signal, Subject, WindowKind, Work};

pub(crate) const MINUTE_MS: i64 = 60_000;

/// One row: the minute, the signal, the acts expected, in short form and separated by commas.
pub(crate) type Row = (i64, Signal, &'static str);

/// Feeds the rows to a new hall and compares the acts; returns the hall for a look at its snapshot.
pub(crate) fn check(config: HallConfig, rows: impl IntoIterator<Item = Row>) -> Hall {
    let mut hall = Hall::new(config).unwrap();
    for (number, (minute, signal, expect)) in rows.into_iter().enumerate() {
        let shown = format!("row {number}, minute {minute}: {signal:?}");
        let acts = hall.on(minute * MINUTE_MS, signal);
        assert_eq!(acts.iter().map(short).collect::<Vec<_>>().join(", "), expect, "{shown}");
    }
    hall
}

fn short(act: &Act) -> String {
    match act {
        Act::Assign { window, task } => format!("{window} does {task}"),
        Act::Call { window, ticket, call: 1 } => format!("{window} calls {ticket}"),
        Act::Call { window, ticket, call } => format!("{window} calls {ticket} #{call}"),
        Act::OpenTidal { window, .. } => format!("open {window}"),
        Act::Drain { window } => format!("drain {window}"),
        Act::Closed { window } => format!("closed {window}"),
        Act::Divert { ticket, from, to } => format!("{ticket} from {from} to {to}"),
        Act::Dropped { ticket, calls } => format!("drop {ticket} after {calls}"),
        Act::Refused { what: Subject::Work(work), why } => format!("refuse {work:?} {}", reason(*why)),
        Act::Refused { what: Subject::Window(window), why } => format!("refuse {window} {}", reason(*why)),
        Act::Alarm(alarm) => format!("{alarm:?}"),
    }
}

fn reason(why: Refusal) -> &'static str {
    match why {
        Refusal::QueueFull => "full",
        Refusal::TooManyQueues | Refusal::TooManyWindows => "too many",
        Refusal::ClosingSoon => "closing",
    }
}

pub(crate) fn open(window: &str, skills: &str) -> Signal {
    open_as(window, skills, WindowKind::Comprehensive, None)
}

pub(crate) fn open_until(window: &str, skills: &str, minute: i64) -> Signal {
    open_as(window, skills, WindowKind::Comprehensive, Some(minute * MINUTE_MS))
}

pub(crate) fn open_tidal(window: &str, skills: &str) -> Signal {
    open_as(window, skills, WindowKind::Tidal { campaign: "spring".into() }, None)
}

fn open_as(window: &str, skills: &str, kind: WindowKind, shift_ends_ms: Option<i64>) -> Signal {
    let skills = skills.split(' ').filter(|it| !it.is_empty()).map(Into::into).collect();
    Signal::WindowOpened { window: window.into(), kind, skills, shift_ends_ms }
}

pub(crate) fn closing(window: &str) -> Signal {
    Signal::WindowClosing { window: window.into() }
}

/// A task that is ready at `minute`.
pub(crate) fn task(task: &str, queue: &str, class: u8, minute: i64) -> Signal {
    let class = Class::new(class).unwrap();
    Signal::TaskQueued {
        task: task.into(),
        queue: queue.into(),
        class,
        ready_at_ms: minute * MINUTE_MS,
        barred: Vec::new(),
    }
}

pub(crate) fn ticket(ticket: &str, queue: &str, class: u8) -> Signal {
    let class = Class::new(class).unwrap();
    Signal::TicketTaken { ticket: ticket.into(), queue: queue.into(), class, appointment_ms: None }
}

/// A walk-in with an appointment at `minute`.
pub(crate) fn appointment(ticket: &str, queue: &str, minute: i64) -> Signal {
    let appointment_ms = Some(minute * MINUTE_MS);
    Signal::TicketTaken { ticket: ticket.into(), queue: queue.into(), class: Class::WALK_IN, appointment_ms }
}

pub(crate) fn done(window: &str, work: &str) -> Signal {
    Signal::ServiceFinished { window: window.into(), work: named(work) }
}

pub(crate) fn named(work: &str) -> Work {
    if work.starts_with('A') { Work::Ticket(work.into()) } else { Work::Task(work.into()) }
}

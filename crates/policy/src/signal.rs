//! What happens to a hall.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::ids::{CampaignId, Skill, TaskRef, TicketId, WindowId};
use crate::tide::ForecastStep;

/// What a window is for. The hall serves all kinds alike, by skill; only tidal windows are opened and closed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowKind {
    /// Takes any matter (综合窗口).
    Comprehensive,
    /// Opened for a burst and closed after it (潮汐窗口).
    Tidal {
        /// The tide it was opened for.
        campaign: CampaignId,
    },
    /// A department's seat behind the windows (后台审批).
    Desk,
    /// Hands over results (出件窗口).
    Issuing,
    /// A terminal (自助).
    SelfService,
    /// Staff who act for the applicant (帮代办).
    Agent,
}

/// What waits in a queue and is then in hand at one window: a task of the store, or a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// A task; assigned to a window, which claims it from the store.
    Task(TaskRef),
    /// A person with a ticket; called to a window.
    Ticket(TicketId),
}

/// Something the driver tells the hall. A signal that does not fit the state (about a window that is not open, a ticket
/// that is gone, work that is already known) changes nothing, so signals may be repeated. Times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "kebab-case")]
pub enum Signal {
    /// Someone sat down at a window. Said again of an open window, it replaces kind, skills and shift, ends a break and
    /// takes back a drain; what is in hand stays in hand.
    WindowOpened {
        /// The window.
        window: WindowId,
        /// What it is for.
        kind: WindowKind,
        /// The queues it serves.
        skills: Arc<[Skill]>,
        /// When its shift ends; then the hall drains it. `None`: it stays until [`Signal::WindowClosing`].
        shift_ends_ms: Option<i64>,
    },
    /// The window takes nothing new and closes once it has finished what is in hand.
    WindowClosing {
        /// The window.
        window: WindowId,
    },
    /// The shift ends at another time than was said (延时办). Of a window that drains because its shift was over, it
    /// takes back the drain.
    ShiftExtended {
        /// The window.
        window: WindowId,
        /// The new end.
        until_ms: i64,
    },
    /// The window takes a break as soon as it has finished what is in hand.
    BreakStarted {
        /// The window.
        window: WindowId,
    },
    /// The window is back.
    BreakEnded {
        /// The window.
        window: WindowId,
    },
    /// A person drew a number.
    TicketTaken {
        /// The number.
        ticket: TicketId,
        /// What they came for.
        queue: Skill,
        /// Their class if no appointment counts.
        class: Class,
        /// The time agreed, if they have an appointment. Who comes too late waits like everyone else.
        appointment_ms: Option<i64>,
    },
    /// The person left, or gave up.
    TicketWithdrawn {
        /// The number.
        ticket: TicketId,
    },
    /// The person called did not come.
    NoShow {
        /// The number.
        ticket: TicketId,
    },
    /// The window sends the person in front of it to another queue, where they keep the time they first came.
    TicketTransferred {
        /// The number.
        ticket: TicketId,
        /// The other queue.
        queue: Skill,
    },
    /// A task joined its queue. Said of a task in hand (a retry), it joins once the window is through with it.
    TaskQueued {
        /// The task.
        task: TaskRef,
        /// Its queue.
        queue: Skill,
        /// Its class.
        class: Class,
        /// From when it may be done, and from when its waiting counts; may lie ahead (a retry) or behind (a restart).
        ready_at_ms: i64,
        /// Windows whose officer must not do it, having done another step of the case (回避, separation of duties); usually
        /// none. Said again of a task that is known, it adds to those named before: what somebody did stays done.
        barred: Vec<WindowId>,
    },
    /// The task left its queue undone. Of a task in hand it changes nothing: the window will say that it is through.
    TaskWithdrawn {
        /// The task.
        task: TaskRef,
    },
    /// The window is through with what it had in hand, whatever came of it; also said when a claim was refused.
    ServiceFinished {
        /// The window.
        window: WindowId,
        /// What it had in hand. Said of anything else (a lease had expired) it only proves that the window lives.
        work: Work,
    },
    /// The window did not renew its lease: the task goes back to its place in the queue, and the window gets nothing
    /// more until it is heard of.
    LeaseExpired {
        /// The window.
        window: WindowId,
        /// The task it held.
        task: TaskRef,
    },
    /// A tide is expected to bring other arrivals than was said before.
    ForecastChanged {
        /// The tide.
        campaign: CampaignId,
        /// The new forecast, whole; order does not matter.
        forecast: Vec<ForecastStep>,
    },
    /// Nobody can be spared for the tidal window the hall asked for.
    TidalDeclined {
        /// The window.
        window: WindowId,
    },
    /// Sent once a minute: tides and alarms are judged, and time passes for shifts, appointments and retries.
    MinutePassed,
}

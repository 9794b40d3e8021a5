//! What a hall wants done.

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, Skill, TaskRef, TicketId, WindowId};
use crate::signal::Work;

/// Something the driver carries out. Acts of one call are in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// The window does this task now.
    Assign {
        /// The window.
        window: WindowId,
        /// The task to claim.
        task: TaskRef,
    },
    /// Call the person to the window (叫号).
    Call {
        /// The window.
        window: WindowId,
        /// The number to call.
        ticket: TicketId,
        /// 1 for the first call, 2 for the recall (重呼), and so on.
        call: u8,
    },
    /// Find someone to open this window for the tide, then say [`crate::Signal::WindowOpened`] or
    /// [`crate::Signal::TidalDeclined`].
    OpenTidal {
        /// The tide.
        campaign: CampaignId,
        /// The window to open.
        window: WindowId,
        /// Whose officer comes, once [`Act::Closed`] has said that the seat is free; when the tidal window closes, the
        /// officer goes back and the seat is opened again. `None`: somebody from elsewhere.
        lender: Option<WindowId>,
    },
    /// The window takes nothing new; [`Act::Closed`] follows when nothing is in hand.
    Drain {
        /// The window.
        window: WindowId,
    },
    /// The window is closed.
    Closed {
        /// The window.
        window: WindowId,
    },
    /// Tell the person to wait in another queue: theirs is full, or its last window has closed.
    Divert {
        /// The number.
        ticket: TicketId,
        /// The queue it was meant for.
        from: Skill,
        /// The queue where it waits now, from the time it was taken.
        to: Skill,
    },
    /// The number is void (作废): the person did not come when called.
    Dropped {
        /// The number.
        ticket: TicketId,
        /// How often it was called.
        calls: u8,
    },
    /// The hall does not take this in. A task stays in the store, to be offered again later.
    Refused {
        /// What is refused.
        what: Subject,
        /// Why.
        why: Refusal,
    },
    /// Someone in charge should know. Said once when it becomes true, and again only after it was false.
    Alarm(Alarm),
}

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A ticket or a task.
    Work(Work),
    /// A window.
    Window(WindowId),
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The queue holds as many as its rule allows.
    QueueFull,
    /// There are [`crate::QUEUES_MAX`] queues already.
    TooManyQueues,
    /// There are [`crate::WINDOWS_MAX`] windows already.
    TooManyWindows,
    /// Every window for it closes too soon for another ticket.
    ClosingSoon,
}

/// What someone in charge should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Alarm {
    /// A queue has reached its bound.
    QueueFull {
        /// The queue.
        queue: Skill,
    },
    /// The oldest in the queue has waited longer than its rule allows.
    LongWait {
        /// The queue.
        queue: Skill,
        /// How long, in milliseconds.
        oldest_wait_ms: i64,
    },
    /// Work waits and no open window has the skill.
    NobodyServes {
        /// The queue.
        queue: Skill,
    },
    /// A task waits and every open window with the skill is barred from it: somebody else must come.
    NobodyMay {
        /// The queue.
        queue: Skill,
        /// The task.
        task: TaskRef,
    },
    /// A window stays open after its shift, because people still wait whom nobody else can serve (延时办).
    Overtime {
        /// The window.
        window: WindowId,
    },
    /// A window let its lease expire and has not been heard of since.
    WindowLost {
        /// The window.
        window: WindowId,
    },
    /// A tide calls for another window and all its windows are open, asked for or declined.
    TideAtMaximum {
        /// The tide.
        campaign: CampaignId,
    },
    /// Nobody answered when a tidal window was asked for.
    TideUnanswered {
        /// The tide.
        campaign: CampaignId,
        /// The window.
        window: WindowId,
    },
}

//! A hall at one moment, for the live table. Rows are in the order in which queues and windows first appeared.

use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::ids::{CampaignId, Skill, WindowId};
use crate::signal::{WindowKind, Work};

/// A hall at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The moment, epoch milliseconds; the time of the last signal.
    pub at_ms: i64,
    /// Every queue that was ever named.
    pub queues: Vec<QueueRow>,
    /// Every window that was ever opened.
    pub windows: Vec<WindowRow>,
    /// Every tide of the rules.
    pub tides: Vec<TideRow>,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its name.
    pub queue: Skill,
    /// How many wait and could be served now.
    pub waiting: usize,
    /// How many of them are in each class, before ageing; appointments that are due are in none.
    pub by_class: [usize; Class::COUNT],
    /// How many of them have an appointment that is due.
    pub appointments_due: usize,
    /// How many become ready later.
    pub not_ready: usize,
    /// How many are in hand at windows.
    pub in_hand: usize,
    /// The longest wait, milliseconds; 0 if nobody waits. An appointment that is due waits from the time agreed.
    pub oldest_wait_ms: i64,
    /// Idle windows that could serve it.
    pub windows_idle: usize,
    /// Windows that have the skill and are not closed.
    pub windows_open: usize,
}

/// One window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    /// The window.
    pub window: WindowId,
    /// What it is for.
    pub kind: WindowKind,
    /// What it is doing.
    pub state: WindowState,
    /// Since when, epoch milliseconds.
    pub since_ms: i64,
    /// What it has in hand.
    pub in_hand: Option<Work>,
    /// Services it has finished since it was first opened.
    pub served: u64,
}

/// What a window is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowState {
    /// Free for work.
    Idle,
    /// Something is in hand.
    Busy,
    /// Something is in hand, and the window closes after it (or after the last person only it can serve).
    Draining,
    /// Away for a while.
    Break,
    /// Its lease expired and it has not been heard of since.
    Lost,
    /// Closed.
    Closed,
}

/// One tide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TideRow {
    /// The tide.
    pub campaign: CampaignId,
    /// Its windows that are open.
    pub windows_open: usize,
    /// Its windows that were asked for.
    pub windows_asked: usize,
    /// The wait expected now or at the horizon, whichever is longer, milliseconds; `None` if nobody serves it.
    pub expected_wait_ms: Option<i64>,
}

impl Snapshot {
    /// How many windows are in `state`.
    pub fn windows_in(&self, state: WindowState) -> usize {
        self.windows.iter().filter(|row| row.state == state).count()
    }
}

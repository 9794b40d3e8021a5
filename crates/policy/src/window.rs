//! One window as the hall sees it.

use std::sync::Arc;

use crate::ids::{CampaignId, Skill, WindowId};
use crate::signal::WindowKind;

pub(crate) struct Window {
    pub(crate) id: WindowId,
    pub(crate) kind: WindowKind,
    /// The queues it serves, as it was said.
    pub(crate) names: Arc<[Skill]>,
    /// Those who serve the same, by index.
    pub(crate) crew: usize,
    pub(crate) seat: Seat,
    /// Since when it has been so, epoch milliseconds.
    pub(crate) since_ms: i64,
    /// When it was last opened, epoch milliseconds.
    pub(crate) opened_ms: i64,
    /// When its shift ends, and the order that makes its timer unique.
    pub(crate) shift_end: Option<(i64, u64)>,
    /// What happens once nothing is in hand.
    pub(crate) after: After,
    /// Services finished since it was first opened.
    pub(crate) served: u64,
}

/// Windows that serve the same queues: one of them becomes idle in one place, however many queues there are.
#[derive(Default)]
pub(crate) struct Crew {
    /// The queues, by index and in its order, each once.
    pub(crate) skills: Vec<usize>,
    /// The windows, closed ones too, by index.
    pub(crate) windows: Vec<usize>,
    /// The idle ones, longest idle first: (order in which they became idle, index).
    pub(crate) idle: Vec<(u64, usize)>,
}

/// What a window is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Free for work; the number orders windows that became idle in the same millisecond.
    Idle(u64),
    /// The work in hand, by index.
    Busy(usize),
    Break,
    /// Its lease expired and it has not been heard of since.
    Lost,
    Closed,
}

/// What a busy window does next. A later wish replaces an earlier one, but a break never takes back a drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Serve,
    Break,
    /// Its shift is over: it goes as soon as nobody needs it, and [`crate::Signal::ShiftExtended`] takes that back.
    ShiftOver,
    /// The same, and it has been said that it stays.
    Overtime,
    Close,
}

impl Window {
    /// Whether it will take more work once it is free. A break counts: the window comes back.
    pub(crate) fn serves(&self) -> bool {
        let seated = matches!(self.seat, Seat::Idle(_) | Seat::Busy(_) | Seat::Break);
        seated && matches!(self.after, After::Serve | After::Break)
    }

    /// Whether it may still take work: it serves, or stays after its shift for those whom nobody else can serve.
    pub(crate) fn may_serve(&self) -> bool {
        !matches!(self.seat, Seat::Lost | Seat::Closed) && self.after != After::Close
    }

    /// Whether it was opened for this tide.
    pub(crate) fn is_of(&self, tide: &CampaignId) -> bool {
        matches!(&self.kind, WindowKind::Tidal { campaign } if campaign == tide)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.seat != Seat::Closed
    }
}

//! Work that a hall knows. Each has an index for as long as it is known, so its name is looked up once for a signal.

use std::ops::{Index, IndexMut};

use rustc_hash::FxHashMap;

use crate::class::Class;
use crate::ids::{Skill, WindowId};
use crate::queue::{Lane, LaneKey};
use crate::signal::Work;

/// Where one work is.
pub(crate) struct Place {
    pub(crate) work: Work,
    pub(crate) queue: usize,
    pub(crate) class: Class,
    /// From when its waiting counts; also when a task that lies ahead becomes ready.
    pub(crate) ready_ms: i64,
    /// The order of arrival in the hall.
    pub(crate) seq: u64,
    pub(crate) appointment: Option<Appointment>,
    pub(crate) state: State,
    /// Whether somebody must not do it; the hall knows who.
    pub(crate) barred: bool,
    /// A task in hand that has been queued once more: whoever says so first, the window or the queue, nothing is lost.
    pub(crate) again: Option<Box<Again>>,
}

/// How a task in hand is to be queued once its window is through with it.
pub(crate) struct Again {
    pub(crate) queue: Skill,
    pub(crate) class: Class,
    pub(crate) ready_ms: i64,
    pub(crate) barred: Vec<WindowId>,
}

/// An appointment for which the person was not late.
#[derive(Clone, Copy)]
pub(crate) struct Appointment {
    /// The time agreed.
    pub(crate) at_ms: i64,
    /// From when it goes before others.
    pub(crate) due_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    NotReady,
    Waiting(Lane),
    InHand { window: usize, calls: u8 },
}

impl Place {
    pub(crate) fn key(&self, lane: Lane) -> LaneKey {
        let from_ms = match (lane, self.appointment) {
            (Lane::Due, Some(appointment)) => appointment.at_ms,
            _ => self.ready_ms,
        };
        (from_ms, self.seq)
    }

    /// The lane it belongs into at `now_ms`.
    pub(crate) fn lane(&self, now_ms: i64) -> Lane {
        match self.appointment {
            Some(appointment) if appointment.due_ms <= now_ms => Lane::Due,
            _ => Lane::Class(self.class.index()),
        }
    }

    pub(crate) fn is_person(&self) -> bool {
        matches!(self.work, Work::Ticket(_))
    }
}

/// All places, by index and by name.
#[derive(Default)]
pub(crate) struct Places {
    /// Rows of work that is forgotten stay until they are used again.
    rows: Vec<Place>,
    free: Vec<usize>,
    index: FxHashMap<Work, usize>,
}

impl Places {
    pub(crate) fn find(&self, work: &Work) -> Option<usize> {
        self.index.get(work).copied()
    }

    /// Takes in work that is not known.
    pub(crate) fn insert(&mut self, place: Place) -> usize {
        let at = self.free.pop().unwrap_or(self.rows.len());
        self.index.insert(place.work.clone(), at);
        match self.rows.get_mut(at) {
            Some(row) => *row = place,
            None => self.rows.push(place),
        }
        at
    }

    /// Forgets work; its index may be given to other work.
    pub(crate) fn remove(&mut self, at: usize) {
        self.index.remove(&self.rows[at].work);
        self.free.push(at);
    }
}

impl Index<usize> for Places {
    type Output = Place;

    fn index(&self, at: usize) -> &Place {
        &self.rows[at]
    }
}

impl IndexMut<usize> for Places {
    fn index_mut(&mut self, at: usize) -> &mut Place {
        &mut self.rows[at]
    }
}

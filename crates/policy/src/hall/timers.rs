//! What falls due by itself.

use std::collections::{BTreeMap, VecDeque};

/// Something that falls due when time passes, of work or of a window, by index.
pub(super) enum Timer {
    /// A task becomes ready.
    Ready(usize),
    /// An appointment becomes due.
    Due(usize),
    /// The shift of a window ends.
    ShiftEnd(usize),
}

/// All timers. Before every signal the hall asks for what is due, and nearly always nothing is, so the next time is at hand.
#[derive(Default)]
pub(super) struct Timers {
    /// By time, and those of one time by their numbers; no list is empty. Shifts end together.
    timers: BTreeMap<i64, VecDeque<(u64, Timer)>>,
    next_ms: Option<i64>,
}

impl Timers {
    /// When the next one is due.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.next_ms
    }

    /// Enters a timer under its time and a number higher than those entered before.
    pub(super) fn insert(&mut self, (at_ms, number): (i64, u64), timer: Timer) {
        self.timers.entry(at_ms).or_default().push_back((number, timer));
        self.next_ms = Some(self.next_ms.map_or(at_ms, |next_ms| next_ms.min(at_ms)));
    }

    /// Takes back a timer, if it still stands.
    pub(super) fn remove(&mut self, (at_ms, number): (i64, u64)) {
        let Some(timers) = self.timers.get_mut(&at_ms) else { return };
        if let Ok(nth) = timers.binary_search_by_key(&number, |it| it.0) {
            timers.remove(nth);
        }
        if timers.is_empty() {
            self.timers.remove(&at_ms);
            self.look();
        }
    }

    /// Takes the next timer that is due.
    pub(super) fn due(&mut self, now_ms: i64) -> Option<Timer> {
        if self.next_ms.is_none_or(|next_ms| now_ms < next_ms) {
            return None;
        }
        let mut first = self.timers.first_entry()?;
        let due = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
            self.look();
        }
        due.map(|(_, timer)| timer)
    }

    fn look(&mut self) {
        self.next_ms = self.timers.first_key_value().map(|(&at_ms, _)| at_ms);
    }
}

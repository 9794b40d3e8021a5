//! What a run of a network measured.

use thiserror::Error;

use crate::stats::{Level, Tally};

/// What a network did.
#[derive(Clone, Debug)]
pub struct NetworkReport {
    /// Each station.
    pub stations: Vec<StationReport>,
    pub(super) inside: Level,
    pub(super) counted: Counted,
    /// Time that those still inside have spent there.
    pub(super) still_ms: i128,
    pub(super) warm_up_ms: i64,
    pub(super) end_ms: i64,
    /// How many events happened.
    pub events: u64,
    /// Conservation and Little's law, looked at in every run: `arrived = served + left + refused + inside`, and the
    /// area under the number inside is the time that everybody spent there.
    pub balanced: Result<(), Unbalanced>,
}

/// Who came and what became of them, over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counted {
    pub(super) arrived: u64,
    pub(super) served: u64,
    pub(super) left: u64,
    pub(super) refused: u64,
    /// Time spent inside by those who are out again.
    pub(super) spent_ms: i128,
    /// Stays of those who came after the warm-up.
    pub(super) stays: Tally,
}

/// A run that lost somebody, or some time: a mistake in the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unbalanced {
    /// People are missing.
    #[error("{arrived} arrived, but {served} served + {left} left + {refused} refused + {inside} inside")]
    People {
        /// Who came.
        arrived: u64,
        /// Who were served to the end.
        served: u64,
        /// Who gave up.
        left: u64,
        /// For whom there was no room.
        refused: u64,
        /// Who are inside.
        inside: i64,
    },
    /// Little's law does not hold.
    #[error("the area under the number inside is {area} ms, but everybody together spent {time} ms")]
    Time {
        /// Number inside, times time.
        area: i128,
        /// Time spent by each, added up.
        time: i128,
    },
}

impl NetworkReport {
    /// Mean time from arrival to departure of those who came after the warm-up and are out again, in minutes.
    #[must_use]
    pub fn stay_minutes(&self) -> f64 {
        self.counted.stays.mean() / 60_000.0
    }

    /// Mean number waiting at a station after the warm-up.
    #[must_use]
    pub fn queue(&self, station: usize) -> f64 {
        self.stations[station].queue(self.warm_up_ms, self.end_ms)
    }
}

/// What one station did. Waits are of those who came after the warm-up.
#[derive(Clone, Debug)]
pub struct StationReport {
    pub(super) waiting: Level,
    waiting_before: i128,
    warm_up_ms: i64,
    warm: bool,
    /// Arrivals after the warm-up.
    pub arrivals: u64,
    /// Of them, those for whom there was no room.
    pub refusals: u64,
    /// Of them, those who gave up.
    pub gave_up: u64,
    /// Of them, those who had to wait.
    pub waited: u64,
    /// Services finished in the whole run.
    pub finished: u64,
    /// Minutes waited before service, all classes.
    pub waits: Tally,
    /// The same by class.
    pub waits_by_class: [Tally; 5],
}

impl StationReport {
    pub(super) fn new(warm_up_ms: i64) -> Self {
        Self {
            waiting: Level::new(0),
            waiting_before: 0,
            warm_up_ms,
            warm: warm_up_ms <= 0,
            arrivals: 0,
            refusals: 0,
            gave_up: 0,
            waited: 0,
            finished: 0,
            waits: Tally::default(),
            waits_by_class: Default::default(),
        }
    }

    #[inline]
    pub(super) fn arrived(&mut self, now_ms: i64) {
        if !self.warm && now_ms >= self.warm_up_ms {
            self.warm = true;
            self.waiting_before = self.waiting.area(self.warm_up_ms);
        }
        self.arrivals += u64::from(self.warm);
    }

    pub(super) fn refused(&mut self) {
        self.refusals += u64::from(self.warm);
    }

    pub(super) fn left(&mut self, now_ms: i64, entered_ms: i64) {
        self.waiting.change(now_ms, -1);
        if entered_ms >= self.warm_up_ms {
            self.gave_up += 1;
            self.waited += 1;
        }
    }

    #[inline]
    pub(super) fn started(&mut self, now_ms: i64, entered_ms: i64, class: u8) {
        self.waiting.change(now_ms, -1);
        if entered_ms >= self.warm_up_ms {
            let minutes = (now_ms - entered_ms) as f64 / 60_000.0;
            self.waited += u64::from(now_ms > entered_ms);
            self.waits.add(minutes);
            self.waits_by_class[usize::from(class).min(4)].add(minutes);
        }
    }

    #[inline]
    pub(super) fn finished(&mut self) {
        self.finished += 1;
    }

    fn queue(&self, warm_up_ms: i64, end_ms: i64) -> f64 {
        (self.waiting.area(end_ms) - self.waiting_before) as f64 / (end_ms - warm_up_ms) as f64
    }
}

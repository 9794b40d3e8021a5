//! What one run measured.

use std::collections::BTreeMap;

use onething_engine::case::Status;
use onething_engine::clock::Light;
use thiserror::Error;

use crate::stats::{Histogram, Level};

/// Quarter-hours of a day.
pub(crate) const QUARTERS: usize = 96;

/// Waits of people or tasks, in seconds, to two digits.
#[derive(Clone, Debug, Default)]
pub struct WaitLog {
    waits: Histogram,
    sum_s: f64,
    within: u64,
}

impl WaitLog {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a wait, within the target or not.
    pub fn add(&mut self, wait_ms: i64, target_ms: i64) {
        let wait_ms = wait_ms.max(0);
        self.waits.add(wait_ms as u64 / 1000);
        self.sum_s += wait_ms as f64 / 1000.0;
        self.within += u64::from(wait_ms <= target_ms);
    }

    /// How many waited no longer than the target.
    #[must_use]
    pub fn within(&self) -> u64 {
        self.within
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.waits.count()
    }

    /// Mean in minutes; 0 for none.
    #[must_use]
    pub fn mean_minutes(&self) -> f64 {
        if self.count() == 0 { 0.0 } else { self.sum_s / 60.0 / self.count() as f64 }
    }

    /// The wait in minutes that this share does not exceed; 0 for none.
    #[must_use]
    pub fn quantile_minutes(&self, share: f64) -> f64 {
        if self.count() == 0 { 0.0 } else { self.waits.quantile(share) as f64 / 60.0 }
    }

    /// Share within the target; 1 for none.
    #[must_use]
    pub fn share_within(&self) -> f64 {
        if self.count() == 0 { 1.0 } else { self.within as f64 / self.count() as f64 }
    }

    /// How many waited no longer than so many minutes, to two digits.
    #[must_use]
    pub fn no_longer(&self, minutes: f64) -> u64 {
        self.waits.up_to((minutes * 60.0) as u64)
    }

    /// Adds another's waits.
    pub fn merge(&mut self, other: &Self) {
        self.waits.merge(&other.waits);
        self.sum_s += other.sum_s;
        self.within += other.within;
    }
}

/// What became of the people of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They came, or handed in online.
    pub arrived: u64,
    /// They were served, or their application was taken up.
    pub served: u64,
    /// They gave up waiting.
    pub gave_up: u64,
    /// They left at the sight of the crowd.
    pub balked: u64,
    /// No ticket was given: the queue was full, or the windows were about to close.
    pub turned_away: u64,
    /// They did not come when called.
    pub missed: u64,
}

/// What became of cases.
#[derive(Clone, Debug, Default)]
pub struct CaseCounts {
    /// Handed in.
    pub submitted: u64,
    /// Ended, by status.
    pub ended: BTreeMap<Status, u64>,
    /// Clocks of matters and packages that ended or still run, by their last light.
    pub lights: BTreeMap<Light, u64>,
    /// Business hours from handing in to the end, added up over those that ended.
    pub hours: f64,
}

impl CaseCounts {
    /// How many ended.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.ended.values().sum()
    }

    /// Share of clocks that kept their limits; 1 for none.
    #[must_use]
    pub fn limits_kept(&self) -> f64 {
        let all: u64 = self.lights.values().sum();
        let red = self.lights.get(&Light::Red).copied().unwrap_or(0);
        if all == 0 { 1.0 } else { 1.0 - red as f64 / all as f64 }
    }
}

/// How a staff group or the windows of a tide were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupUse {
    /// Working time spent.
    pub busy_ms: i64,
    /// Time at the seat.
    pub staffed_ms: i64,
}

/// A window was open, or somebody was at work there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The window, by its number among the seats of the model.
    pub seat: usize,
    /// From when.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
}

/// What one run measured; warm-up left out but for what must balance.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// By source.
    pub counts: Vec<Counts>,
    /// Waits by source: from the ticket, or from handing in online, until somebody takes it up.
    pub waits: Vec<WaitLog>,
    /// Waits by source, weekday (Monday first) and hour of arrival.
    pub by_hour: Vec<BTreeMap<(u8, u8), WaitLog>>,
    /// Who gave up, turned round or was turned away, by source, weekday and hour of arrival.
    pub lost_by_hour: Vec<BTreeMap<(u8, u8), u64>>,
    /// Waits of tasks by queue, in business time.
    pub tasks: BTreeMap<String, WaitLog>,
    /// Cases by source.
    pub cases: Vec<CaseCounts>,
    /// Cases that at the end wait at a desk where everybody did a step after which they must not do this one, by source and
    /// queue.
    pub stuck: BTreeMap<(usize, String), u64>,
    /// By staff group, then by tide.
    pub groups: Vec<GroupUse>,
    /// Mean number waiting in each queue at each quarter-hour of the day.
    pub curves: BTreeMap<String, Vec<f64>>,
    /// When somebody was at which seat, breaks left out.
    pub at_work: Vec<Presence>,
    /// When tidal windows were open.
    pub openings: Vec<Presence>,
    /// Windows open for more than their shift, in milliseconds over all windows.
    pub overtime_ms: i64,
    /// How many events happened: arrivals, calls and assignments, completions, timers, errands.
    pub events: u64,
    /// Most cases open at once.
    pub cases_open_max: u64,
    /// Conservation and Little's law, for people and for cases.
    pub balanced: Result<(), Unbalanced>,
}

/// A run that lost somebody, or some time: a mistake in the simulator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unbalanced {
    /// Somebody is missing.
    #[error("{what}: {came} came, but {gone} went and {inside} are inside")]
    Number {
        /// Of what.
        what: &'static str,
        /// Who came.
        came: u64,
        /// Who went.
        gone: u64,
        /// Who are inside.
        inside: u64,
    },
    /// Little's law does not hold.
    #[error("{what}: the area under the number inside is {area} ms, but they spent {time} ms")]
    Time {
        /// Of what.
        what: &'static str,
        /// Number inside, times time.
        area: i128,
        /// Time spent by each, added up.
        time: i128,
    },
    /// The engine refused what the simulator asked, which no real clerk would have asked.
    #[error("the engine refused a command of the simulator: {0}")]
    Refused(String),
}

/// Those who are somewhere, and the time they spend there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inside {
    level: Level,
    came: u64,
    gone: u64,
    came_sum_ms: i128,
    gone_sum_ms: i128,
}

impl Inside {
    pub(super) fn new(now_ms: i64) -> Self {
        Self { level: Level::new(now_ms), ..Self::default() }
    }

    pub(super) fn comes(&mut self, now_ms: i64) {
        self.level.change(now_ms, 1);
        self.came += 1;
        self.came_sum_ms += i128::from(now_ms);
    }

    pub(super) fn goes(&mut self, now_ms: i64) {
        self.level.change(now_ms, -1);
        self.gone += 1;
        self.gone_sum_ms += i128::from(now_ms);
    }

    pub(super) fn most(&self) -> u64 {
        self.level.greatest().unsigned_abs()
    }

    /// `inside` is counted by looking at who is there; `since_ms` adds up since when.
    pub(super) fn balance(
        &self,
        what: &'static str,
        inside: u64,
        since_ms: i128,
        now_ms: i64,
    ) -> Result<(), Unbalanced> {
        let Self { came, gone, .. } = *self;
        if came != gone + inside {
            return Err(Unbalanced::Number { what, came, gone, inside });
        }
        // Those gone spent the time between; those inside have spent the time since.
        let gone_came_ms = self.came_sum_ms - since_ms;
        let time = self.gone_sum_ms - gone_came_ms + i128::from(now_ms) * i128::from(inside) - since_ms;
        let area = self.level.area(now_ms);
        if area == time { Ok(()) } else { Err(Unbalanced::Time { what, area, time }) }
    }
}

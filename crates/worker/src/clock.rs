//! The only place that reads a clock.
//!
//! Two times. **Legal time** is what the law counts: it goes into events, limits and timers. **Machine time** is what
//! leases and retries between machines count. At a centre they are the same. In a rehearsal legal time runs faster and
//! skips hours in which the centre is closed, while a lease still lasts as long as a machine needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use onething_engine::calendar::{Calendar, Millis, Uncovered};
use onething_store::{CentreId, Store, StoreError};

/// Where a driver takes the time from.
pub trait Clock: Send + Sync {
    /// Legal time, epoch milliseconds. Never goes back.
    fn now(&self) -> Millis;

    /// Machine time, epoch milliseconds.
    fn machine_now(&self) -> Millis;

    /// How long to sleep for a stretch of working time, in milliseconds of legal time.
    fn wall(&self, working_ms: Millis) -> Duration;
}

/// Legal time is the time on the wall.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Millis {
        epoch_ms()
    }

    fn machine_now(&self) -> Millis {
        epoch_ms()
    }

    fn wall(&self, working_ms: Millis) -> Duration {
        Duration::from_millis(u64::try_from(working_ms).unwrap_or(0))
    }
}

/// Legal time that runs `speed` times as fast as the wall and only while the centre is open.
pub struct PacedClock {
    calendar: Arc<Calendar>,
    from: Millis,
    started: Instant,
    speed: f64,
    /// The latest moment told. Past the last published year time stands still rather than being guessed.
    latest: AtomicI64,
}

impl PacedClock {
    /// Starts at a moment of legal time.
    ///
    /// # Errors
    /// The calendar does not cover the year of that moment.
    pub fn new(calendar: Arc<Calendar>, from: Millis, speed: f64) -> Result<Self, Uncovered> {
        let from = calendar.after_business_millis(from, 0)?;
        Ok(Self { calendar, from, started: Instant::now(), speed, latest: AtomicI64::new(from) })
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Millis {
        let worked = self.started.elapsed().as_secs_f64() * 1000.0 * self.speed;
        // A float casts to the nearest i64.
        let now = self.calendar.after_business_millis(self.from, worked as Millis).unwrap_or(Millis::MIN);
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    fn machine_now(&self) -> Millis {
        epoch_ms()
    }

    fn wall(&self, working_ms: Millis) -> Duration {
        Duration::from_secs_f64((working_ms.max(0) as f64 / 1000.0 / self.speed).min(86_400.0))
    }
}

/// Legal time that runs so many times as fast as the wall through one stretch after the other; what lies between them takes
/// no time. A stretch may hold hours in which nothing is worked, such as noon.
pub struct StretchClock {
    /// Each with its beginning and its end, in order.
    stretches: Vec<(Millis, Millis)>,
    started: Instant,
    speed: f64,
}

impl StretchClock {
    /// Starts at the beginning of the first stretch; after the last one time stands still.
    #[must_use]
    pub fn new(stretches: Vec<(Millis, Millis)>, speed: f64) -> Self {
        Self { stretches, started: Instant::now(), speed }
    }

    /// How long until a moment of legal time, on the wall; nothing for one that has passed.
    #[must_use]
    pub fn until(&self, at: Millis) -> Duration {
        self.wall(self.played(at) - self.passed())
    }

    /// Legal milliseconds gone through since the start.
    fn passed(&self) -> Millis {
        // A float casts to the nearest i64.
        (self.started.elapsed().as_secs_f64() * 1000.0 * self.speed) as Millis
    }

    /// Legal milliseconds to go through from the start to a moment.
    #[must_use]
    pub fn played(&self, at: Millis) -> Millis {
        self.stretches.iter().map(|(from, to)| (at.min(*to) - from).max(0)).sum()
    }

    fn after(&self, mut passed: Millis) -> Millis {
        for (from, to) in &self.stretches {
            if passed < to - from {
                return from + passed;
            }
            passed -= to - from;
        }
        self.stretches.last().map_or(0, |last| last.1)
    }
}

impl Clock for StretchClock {
    fn now(&self) -> Millis {
        self.after(self.passed())
    }

    fn machine_now(&self) -> Millis {
        epoch_ms()
    }

    fn wall(&self, legal_ms: Millis) -> Duration {
        Duration::from_secs_f64((legal_ms.max(0) as f64 / 1000.0 / self.speed).min(86_400.0))
    }
}

/// The time of the machine that holds the centre, for one of many processes: were each to go by its own, one that is
/// ahead would take the others' leases and fire timers early. Legal time is the same.
///
/// Between two settings it counts what has passed and never looks at the clock on this machine's wall again, which may be
/// wrong or be set meanwhile.
pub struct SharedClock {
    started: Instant,
    /// What time it was when `started`, by the other machine; by this one until that has been asked.
    began: AtomicI64,
    /// The latest moment told.
    latest: AtomicI64,
    pace: f64,
}

impl SharedClock {
    /// A clock that has not been set yet; working time passes `pace` times as fast as on the wall.
    #[must_use]
    pub fn new(pace: f64) -> Self {
        let (started, began) = (Instant::now(), AtomicI64::new(epoch_ms()));
        Self { started, began, latest: AtomicI64::new(Millis::MIN), pace }
    }

    /// A clock set by the machine that holds a centre; by this one where the store belongs to this process.
    ///
    /// # Errors
    /// The store failed.
    pub async fn of(store: &dyn Store, centre: &CentreId, pace: f64) -> Result<Self, StoreError> {
        let clock = Self::new(pace);
        clock.set(store, centre).await?;
        Ok(clock)
    }

    /// Sets it by the machine that holds a centre. Returns what that one is ahead of this one, in milliseconds.
    ///
    /// # Errors
    /// The store failed.
    pub async fn set(&self, store: &dyn Store, centre: &CentreId) -> Result<Millis, StoreError> {
        let asked = self.passed();
        let Some(there) = store.time(centre).await? else { return Ok(0) };
        // The answer was true about half way between question and answer.
        self.began.store(there - asked.midpoint(self.passed()), Ordering::Relaxed);
        Ok(self.machine_now() - epoch_ms())
    }

    fn passed(&self) -> Millis {
        Millis::try_from(self.started.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Millis {
        let now = self.machine_now();
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    fn machine_now(&self) -> Millis {
        self.began.load(Ordering::Relaxed) + self.passed()
    }

    fn wall(&self, working_ms: Millis) -> Duration {
        Duration::from_secs_f64((working_ms.max(0) as f64 / 1000.0 / self.pace).min(86_400.0))
    }
}

fn epoch_ms() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_stretches_no_time_passes() {
        let clock = StretchClock::new(vec![(100, 200), (1_000, 1_050)], 1.0);
        let at: Vec<Millis> = [0, 99, 100, 149, 150, 999].map(|passed| clock.after(passed)).into();
        assert_eq!(at, [100, 199, 1_000, 1_049, 1_050, 1_050]);
        let played: Vec<Millis> = [0, 100, 200, 700, 1_000, 1_020, 9_999].map(|at| clock.played(at)).into();
        assert_eq!(played, [0, 0, 100, 100, 100, 120, 150]);
    }
}

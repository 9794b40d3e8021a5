//! What happened to a clock: every start, stop and resumption with its reason. Everything else is derived from it.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use ustr::Ustr;

use crate::calendar::Millis;
use crate::definition::StopReason;

/// The history of one clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: SmallVec<[Entry; ENTRIES_USUAL]>,
}

/// As many as most ledgers have at most: a beginning and an end.
const ENTRIES_USUAL: usize = 2;

/// An article of the law, as a definition names it. Interned: definitions name few. It stays in memory until the program
/// ends.
pub type Article = Ustr;

/// One entry of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The clock began to run.
    Started {
        /// From when; it may lie before (acceptance by silence) or after (the end of a period) the moment of recording.
        at: Millis,
    },
    /// The clock stopped.
    Stopped {
        /// When.
        at: Millis,
        /// On which ground of 行政许可法 45.
        reason: StopReason,
        /// The article.
        basis: Article,
    },
    /// A ground on which it stood ended.
    Resumed {
        /// When.
        at: Millis,
        /// The ground.
        reason: StopReason,
    },
    /// The clock has done its work.
    Ended {
        /// When.
        at: Millis,
    },
}

impl Entry {
    /// The clock began to run.
    #[must_use]
    pub fn started(at: Millis) -> Self {
        Self::Started { at }
    }

    /// The clock stopped on a ground of the law.
    #[must_use]
    pub fn stopped(at: Millis, reason: StopReason, basis: Article) -> Self {
        Self::Stopped { at, reason, basis }
    }

    /// A ground on which the clock stood ended.
    #[must_use]
    pub fn resumed(at: Millis, reason: StopReason) -> Self {
        Self::Resumed { at, reason }
    }

    /// The clock has done its work.
    #[must_use]
    pub fn ended(at: Millis) -> Self {
        Self::Ended { at }
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Millis {
        match self {
            Self::Started { at } | Self::Stopped { at, .. } | Self::Resumed { at, .. } | Self::Ended { at } => *at,
        }
    }
}

/// One stop and, once it is over, its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stop {
    /// When it began.
    pub from: Millis,
    /// When it ended; `None` while it lasts.
    pub to: Option<Millis>,
    /// The ground.
    pub reason: StopReason,
    /// The article.
    pub basis: Article,
}

impl Ledger {
    /// Adds an entry. What makes no sense is left out: a second start, a stop before the start, the end of a ground that
    /// does not stand, anything after the end.
    ///
    /// Several stops may stand at once, also on the same ground; each is ended by its own entry, the earliest on its ground
    /// first. The clock runs only while none stands: overlapping stops count once.
    pub fn record(&mut self, entry: Entry) {
        let started = self.started_at().is_some();
        let fits = match &entry {
            Entry::Started { .. } => !started,
            Entry::Stopped { .. } | Entry::Ended { .. } => started,
            Entry::Resumed { reason, .. } => self.open_stops(|open| open == *reason) > 0,
        };
        if fits && self.ended_at().is_none() {
            self.entries.push(entry);
        }
    }

    /// Every entry, in order of recording.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// From when it runs, once it was started.
    #[must_use]
    pub fn started_at(&self) -> Option<Millis> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Started { at } => Some(*at),
            _ => None,
        })
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Millis> {
        self.entries.last().and_then(|entry| match entry {
            Entry::Ended { at } => Some(*at),
            _ => None,
        })
    }

    /// Whether it was started, has not ended and no stop stands.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.started_at().is_some() && self.ended_at().is_none() && self.open_stops(|_| true) == 0
    }

    /// Whether it was started, has not ended and a stop stands.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.ended_at().is_none() && self.open_stops(|_| true) > 0
    }

    /// The ground of the earliest stop that stands; nothing once the clock ended.
    #[must_use]
    pub fn stopped_for(&self) -> Option<StopReason> {
        if self.ended_at().is_some() {
            return None;
        }
        self.stops().into_iter().find(|stop| stop.to.is_none()).map(|stop| stop.reason)
    }

    /// Every stop, in order of its beginning.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Stopped { at, reason, basis } => {
                    stops.push(Stop { from: *at, to: None, reason: *reason, basis: *basis });
                }
                Entry::Resumed { at, reason } => {
                    if let Some(stop) = stops.iter_mut().find(|stop| stop.to.is_none() && stop.reason == *reason) {
                        stop.to = Some(*at);
                    }
                }
                Entry::Started { .. } | Entry::Ended { .. } => {}
            }
        }
        stops
    }

    fn open_stops(&self, on: impl Fn(StopReason) -> bool) -> usize {
        self.entries.iter().fold(0, |open, entry| match entry {
            Entry::Stopped { reason, .. } if on(*reason) => open + 1,
            Entry::Resumed { reason, .. } if on(*reason) => open.saturating_sub(1),
            _ => open,
        })
    }

    /// What it says about the time up to a moment; nothing before it was started.
    pub(super) fn until(&self, now: Millis) -> Option<Elapsed> {
        let start = self.started_at()?;
        let until = self.ended_at().map_or(now, |end| now.min(end)).max(start);
        let mut stops: Vec<(Millis, Millis)> = self
            .stops()
            .into_iter()
            .filter(|stop| stop.from <= until)
            .map(|stop| (stop.from.max(start), stop.to.unwrap_or(until).clamp(start, until)))
            .filter(|(from, to)| from <= to)
            .collect();
        stops.sort_unstable();
        let mut pauses: Vec<(Millis, Millis)> = Vec::with_capacity(stops.len());
        for (from, to) in stops {
            match pauses.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => pauses.push((from, to)),
            }
        }
        Some(Elapsed { start, until, pauses })
    }
}

/// The time from a start to a moment, with its pauses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Elapsed {
    pub(super) start: Millis,
    /// Not before the start, not after the end of the clock.
    pub(super) until: Millis,
    /// In order and apart, all within start and until.
    pub(super) pauses: Vec<(Millis, Millis)>,
}

//! One tide judged from outside a hall: by whoever holds that duty for many processes, from what a store shows.
//!
//! The rules are those of [`crate::Hall`]. What is decided and known so far is a [`TideState`] that the next holder
//! takes over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Load, Tide, TideConfig, Today, Verdict};
use crate::config::{ConfigError, HallConfig};
use crate::ids::WindowId;

/// A tide's windows, opened and closed by what is seen once a minute.
pub struct TideWatch {
    tide: Tide,
    open: BTreeMap<WindowId, i64>,
}

/// What one who judges hands on to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TideState {
    /// The windows that are to be open, with the time since when, epoch milliseconds.
    pub open: BTreeMap<WindowId, i64>,
    /// What was learned, and the day so far; nothing where nothing is learned.
    #[serde(default)]
    pub today: Option<Today>,
}

/// What is seen of a tide's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How many wait.
    pub waiting: usize,
    /// How many joined it since the last time.
    pub arrived: u32,
    /// Windows that serve it all day, the tide's own left out.
    pub standing: usize,
    /// The most of the tide's windows for which people can be spared now.
    pub spare: usize,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TideStep {
    /// Nothing.
    Stay,
    /// This window opens.
    Open(WindowId),
    /// This window closes, once it has finished what is in hand.
    Close(WindowId),
    /// Another would be opened if there were one; said once.
    AtMaximum,
}

impl TideWatch {
    /// Goes on from a state, or begins with [`TideState::default`].
    ///
    /// # Errors
    /// The rules contradict themselves; the error names the field.
    pub fn new(config: TideConfig, state: TideState) -> Result<TideWatch, ConfigError> {
        HallConfig { tides: vec![config.clone()], ..HallConfig::illustrative() }.validate()?;
        let known = |window: &WindowId| config.windows.contains(window);
        let open = state.open.into_iter().filter(|(window, _)| known(window)).collect();
        let mut tide = Tide::new(config);
        if tide.today.is_some() && state.today.is_some() {
            tide.today = state.today;
        }
        Ok(TideWatch { tide, open })
    }

    /// Judges what is seen at `now_ms`; at most one window opens or closes at a time.
    pub fn judge(&mut self, now_ms: i64, seen: Seen) -> TideStep {
        if seen.arrived > 0 {
            self.tide.arrived(now_ms, seen.arrived);
        }
        self.tide.expire(now_ms);
        let own = self.open.len();
        let load = Load { waiting: seen.waiting, windows: seen.standing + own, own };
        let free = |window: &WindowId| !self.open.contains_key(window) && !self.tide.declined.contains_key(window);
        let next = self.tide.config.windows.iter().find(|window| free(window)).cloned();
        let next = next.filter(|_| own < seen.spare);
        let open_min_ms = self.tide.open_min_ms(now_ms);
        let old = self.open.iter().filter(|(_, since_ms)| now_ms.saturating_sub(**since_ms) >= open_min_ms);
        let oldest = old.min_by_key(|(_, since_ms)| **since_ms).map(|(window, _)| window.clone());
        match (self.tide.judge(now_ms, load, |_| next.is_some(), |_| oldest.is_some()), next, oldest) {
            (Verdict::Open, Some(window), _) => {
                self.open.insert(window.clone(), now_ms);
                TideStep::Open(window)
            }
            (Verdict::Close, _, Some(window)) => {
                self.open.remove(&window);
                TideStep::Close(window)
            }
            (Verdict::AtMaximum, ..) => TideStep::AtMaximum,
            _ => TideStep::Stay,
        }
    }

    /// Nobody came to a window that was to be open: another is tried first for a while.
    pub fn decline(&mut self, now_ms: i64, window: &WindowId) {
        if self.open.remove(window).is_some() {
            self.tide.declined.insert(window.clone(), now_ms);
        }
    }

    /// What the next who judges needs to know.
    #[must_use]
    pub fn state(&self) -> TideState {
        TideState { open: self.open.clone(), today: self.tide.today.clone() }
    }
}

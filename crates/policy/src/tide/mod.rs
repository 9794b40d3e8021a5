//! One tide: how long people would wait, and whether a window more or less is called for.
//!
//! A roster opens and closes by the clock. The other policies go by waits, which are a fluid estimate: who waits now, plus the forecast, minus what the windows get through. It is rough on
//! purpose; the thresholds, the times they must hold and the minimum opening time keep it from flapping.

mod config;
mod today;
mod watch;

use std::collections::BTreeMap;

pub use config::{ForecastStep, Lenders, RosterStretch, TideConfig, TideCost, TidePolicy};
pub use today::Today;
pub use watch::{Seen, TideState, TideStep, TideWatch};

use crate::ids::WindowId;
use crate::local::Local;

const HOUR_MS: f64 = 3_600_000.0;

pub(crate) struct Tide {
    pub(crate) config: TideConfig,
    /// Windows asked for and not answered yet, with the time they were asked.
    pub(crate) asked: BTreeMap<WindowId, i64>,
    /// Windows that cannot be had for now, with the time that became known.
    pub(crate) declined: BTreeMap<WindowId, i64>,
    /// Since when the expected wait is above the opening threshold.
    above_since_ms: Option<i64>,
    /// Since when the expected wait without one window is below the closing threshold.
    below_since_ms: Option<i64>,
    /// Whether it was said that no window is left to open.
    at_maximum: bool,
    /// Of a tide that learns: history and the day so far.
    pub(crate) today: Option<Today>,
}

/// What weighs on a tide's queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) waiting: usize,
    /// Windows that serve it, those asked for included.
    pub(crate) windows: usize,
    /// How many of them are the tide's own.
    pub(crate) own: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Stay,
    Open,
    Close,
    /// It would open another window, but there is none.
    AtMaximum,
}

impl Tide {
    pub(crate) fn new(config: TideConfig) -> Tide {
        let mut tide = Tide {
            config,
            asked: BTreeMap::new(),
            declined: BTreeMap::new(),
            above_since_ms: None,
            below_since_ms: None,
            at_maximum: false,
            today: None,
        };
        if let TidePolicy::Learned { rates } = &tide.config.policy {
            tide.today = Some(Today::new(rates.clone()));
        }
        tide.config.forecast.sort_unstable();
        tide
    }

    /// Whether it waits for a window, or waits before it asks for one again.
    pub(crate) fn has_asked(&self) -> bool {
        !self.asked.is_empty() || !self.declined.is_empty()
    }

    /// So many joined its queue.
    pub(crate) fn arrived(&mut self, now_ms: i64, count: u32) {
        if let Some(today) = &mut self.today {
            today.arrived(now_ms, count);
        }
    }

    /// How many windows the clock alone asks for; `None` where it is not for the clock to say.
    fn by_the_clock(&self, now_ms: i64) -> Option<usize> {
        let config = &self.config;
        let watched = config.from_ms.is_none_or(|from_ms| from_ms <= now_ms)
            && config.until_ms.is_none_or(|until_ms| now_ms < until_ms);
        match &config.policy {
            _ if !watched => Some(0),
            TidePolicy::None => Some(0),
            TidePolicy::Roster { stretches } => {
                let local = Local::of(now_ms);
                let now = stretches.iter().filter(|it| it.covers(local.weekday, local.minute()));
                Some(now.map(|it| usize::from(it.windows)).sum())
            }
            TidePolicy::Threshold | TidePolicy::Forecast | TidePolicy::Learned { .. } => None,
        }
    }

    /// How long a window must stay open; by the clock it closes when its time has come.
    pub(crate) fn open_min_ms(&self, now_ms: i64) -> i64 {
        if self.by_the_clock(now_ms).is_some() { 0 } else { self.config.open_min_ms }
    }

    pub(crate) fn set_forecast(&mut self, mut forecast: Vec<ForecastStep>) {
        forecast.sort_unstable();
        self.config.forecast = forecast;
    }

    /// Gives up windows that were asked for too long ago, and lets declined ones be asked again. Returns the former.
    pub(crate) fn expire(&mut self, now_ms: i64) -> Vec<WindowId> {
        let expired = |since_ms: i64| now_ms.saturating_sub(since_ms) >= self.config.answer_ms;
        self.declined.retain(|_, since_ms| !expired(*since_ms));
        let given_up: Vec<WindowId> =
            self.asked.iter().filter(|(_, since_ms)| expired(**since_ms)).map(|(id, _)| id.clone()).collect();
        for window in &given_up {
            self.asked.remove(window);
            self.declined.insert(window.clone(), now_ms);
        }
        given_up
    }

    /// What is to be done now. Whether a window could be opened, or closed, is asked only where that decides.
    pub(crate) fn judge(
        &mut self,
        now_ms: i64,
        load: Load,
        can_open: impl FnOnce(&Tide) -> bool,
        can_close: impl FnOnce(&Tide) -> bool,
    ) -> Verdict {
        if let Some(today) = &mut self.today {
            today.pass(now_ms);
        }
        if let Some(wanted) = self.by_the_clock(now_ms) {
            return match load.own {
                own if own < wanted && can_open(self) => Verdict::Open,
                own if own > wanted && can_close(self) => Verdict::Close,
                _ => Verdict::Stay,
            };
        }
        let config = &self.config;
        let above = self.wait_ms(now_ms, load) > config.open_above_ms as f64;
        let fewer = Load { windows: load.windows.saturating_sub(1), ..load };
        let below = self.wait_ms(now_ms, fewer) < config.close_below_ms as f64;
        let crowded = load.waiting > config.crowd_per_window.saturating_mul(load.windows.max(1));
        let above_for = held_for(&mut self.above_since_ms, above, now_ms);
        let below_for = held_for(&mut self.below_since_ms, below, now_ms);
        let wanted = crowded || above_for.is_some_and(|for_ms| for_ms >= config.open_after_ms);
        if wanted && self.is_worth_it(now_ms, load) {
            if !can_open(self) {
                return if std::mem::replace(&mut self.at_maximum, true) { Verdict::Stay } else { Verdict::AtMaximum };
            }
            // The new window must show what it does before the next is opened.
            self.above_since_ms = None;
            self.at_maximum = false;
            return Verdict::Open;
        }
        self.at_maximum = wanted && self.at_maximum;
        if !wanted && below_for.is_some_and(|for_ms| for_ms >= self.config.close_after_ms) && can_close(self) {
            self.below_since_ms = None;
            return Verdict::Close;
        }
        Verdict::Stay
    }

    /// The longer of the wait of someone who comes now and of someone who comes at the horizon. Infinite where there is
    /// someone to serve and no window.
    pub(crate) fn wait_ms(&self, now_ms: i64, load: Load) -> f64 {
        let horizon_ms = self.config.horizon_ms;
        let arrivals = self.arrivals(now_ms, horizon_ms);
        if load.windows == 0 {
            return if load.waiting > 0 || arrivals > 0.0 { f64::INFINITY } else { 0.0 };
        }
        let service_ms = self.config.service_ms as f64;
        let windows = load.windows as f64;
        let waiting = load.waiting as f64;
        let later = waiting + arrivals - horizon_ms as f64 * windows / service_ms;
        waiting.max(later) * service_ms / windows
    }

    /// Arrivals expected in the `length_ms` from `now_ms` on.
    fn arrivals(&self, now_ms: i64, length_ms: i64) -> f64 {
        match (&self.config.policy, &self.today) {
            (_, Some(today)) => return today.expected(now_ms, length_ms),
            (TidePolicy::Threshold, _) => return 0.0,
            _ => {}
        }
        let end_ms = now_ms.saturating_add(length_ms);
        let steps = &self.config.forecast;
        let until_ms = |step: usize| steps.get(step + 1).map_or(i64::MAX, |next| next.from_ms);
        let overlap = |step: usize| until_ms(step).min(end_ms).saturating_sub(steps[step].from_ms.max(now_ms)).max(0);
        let first = steps.partition_point(|step| step.from_ms <= now_ms).saturating_sub(1);
        let within = (first..steps.len()).take_while(|step| steps[*step].from_ms < end_ms);
        // Added up from 0.0, not from the -0.0 of an empty sum.
        within.fold(0.0, |sum, step| sum + overlap(step) as f64 * f64::from(steps[step].per_hour) / HOUR_MS)
    }

    /// Whether the waiting that one window more saves while it must stay open costs more than the window. The first
    /// window is always worth it: without it nobody is served.
    fn is_worth_it(&self, now_ms: i64, load: Load) -> bool {
        let Some(TideCost { window_hour, waiting_hour }) = self.config.cost else { return true };
        if load.windows == 0 {
            return true;
        }
        let length_ms = self.config.open_min_ms.max(self.config.horizon_ms);
        let arrivals_per_ms = self.arrivals(now_ms, length_ms) / length_ms as f64;
        let person_ms = |windows: usize| {
            let growth_per_ms = arrivals_per_ms - windows as f64 / self.config.service_ms as f64;
            waiting_area(load.waiting as f64, growth_per_ms, length_ms as f64)
        };
        let saved_hours = (person_ms(load.windows) - person_ms(load.windows + 1)) / HOUR_MS;
        saved_hours * f64::from(waiting_hour) >= length_ms as f64 / HOUR_MS * f64::from(window_hour)
    }
}

/// Time spent waiting by all together, if `waiting` people grow by `growth` for each unit of time and never fall below 0.
fn waiting_area(waiting: f64, growth: f64, length: f64) -> f64 {
    let until = if growth < 0.0 { length.min(-waiting / growth) } else { length };
    waiting * until + growth * until * until / 2.0
}

/// For how long `condition` has been true, kept in `since_ms`.
fn held_for(since_ms: &mut Option<i64>, condition: bool, now_ms: i64) -> Option<i64> {
    *since_ms = condition.then(|| since_ms.unwrap_or(now_ms));
    since_ms.map(|since_ms| now_ms.saturating_sub(since_ms))
}

//! The rules of one tide: by what policy its windows open, how many there are, whose people sit there, what it costs.

use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, MINUTE_MS, at_least, wrong};
use crate::ids::{CampaignId, Skill, WindowId};
use crate::rates::ArrivalRates;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// When windows are opened for a tide and closed after it. The thresholds lie apart, so that windows do not flap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TideConfig {
    /// Its name.
    pub campaign: CampaignId,
    /// The queue it fills.
    pub queue: Skill,
    /// The windows that may be opened for it, in this order; as many as there are is the maximum.
    pub windows: Vec<WindowId>,
    /// By what they are opened.
    #[serde(default)]
    pub policy: TidePolicy,
    /// From when it is watched for, epoch milliseconds; `None`: always.
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// Until when; what is open then is closed.
    #[serde(default)]
    pub until_ms: Option<i64>,
    /// Mean service time of its cases; above 0.
    pub service_ms: i64,
    /// Expected arrivals under [`TidePolicy::Forecast`]; none before the first step.
    pub forecast: Vec<ForecastStep>,
    /// How far ahead the forecast counts when a wait is estimated; above 0.
    pub horizon_ms: i64,
    /// A window is opened when the expected wait is above this ...
    pub open_above_ms: i64,
    /// ... for this long.
    pub open_after_ms: i64,
    /// A window is opened at once when more than this many wait for each open window; 1 or more.
    pub crowd_per_window: usize,
    /// A window is closed when the expected wait without it would be below this; less than `open_above_ms` ...
    pub close_below_ms: i64,
    /// ... for this long.
    pub close_after_ms: i64,
    /// A window stays open at least this long: it takes someone away from other work.
    pub open_min_ms: i64,
    /// How long to wait for an answer before another window is asked for, and how long a refusal stands; above 0.
    pub answer_ms: i64,
    /// What a window and waiting cost. `None`: windows are opened whatever they cost.
    pub cost: Option<TideCost>,
    /// Whose people may be spared for its windows, first group first. Empty: they come from elsewhere.
    #[serde(default)]
    pub lend: Vec<Lenders>,
}

/// By what the windows of a tide are opened and closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TidePolicy {
    /// Never.
    None,
    /// At fixed times, whoever comes. The stretches add up.
    Roster {
        /// When.
        stretches: Vec<RosterStretch>,
    },
    /// By those who wait alone.
    Threshold,
    /// By those who wait and those whom [`TideConfig::forecast`] expects.
    #[default]
    Forecast,
    /// By those who wait and those whom history and the day so far let expect. History grows day by day.
    Learned {
        /// What earlier days showed.
        rates: ArrivalRates,
    },
}

/// So many windows at the same time of every week, by China Standard Time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterStretch {
    /// 1 Monday to 7 Sunday; empty: every day.
    pub weekdays: Vec<u8>,
    /// Minute of the day at which it begins.
    pub from_minute: u16,
    /// Minute of the day at which it ends; later.
    pub to_minute: u16,
    /// How many.
    pub windows: u16,
}

/// Seats behind the windows whose people a tide may call away; their own queue then slows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lenders {
    /// The seats.
    pub windows: Vec<WindowId>,
    /// So many of them stay, whatever comes (the protected minimum).
    pub keep: usize,
}

/// Costs in any one unit. From the second window of a tide on, one is opened only if it saves more than it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TideCost {
    /// One window open for an hour.
    pub window_hour: u32,
    /// One person waiting for an hour.
    pub waiting_hour: u32,
}

/// Expected arrivals from a moment until the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastStep {
    /// From when, epoch milliseconds.
    pub from_ms: i64,
    /// Arrivals an hour.
    pub per_hour: u32,
}

impl RosterStretch {
    /// Whether it covers a minute of a weekday (0 Monday).
    pub(crate) fn covers(&self, weekday: usize, minute: i64) -> bool {
        let day = self.weekdays.is_empty() || self.weekdays.iter().any(|it| usize::from(*it) == weekday + 1);
        day && (i64::from(self.from_minute)..i64::from(self.to_minute)).contains(&minute)
    }
}

impl TideConfig {
    /// Invented thresholds for a tide of 12-minute cases that fills `queue`. Illustrative: a centre sets its own.
    pub fn illustrative(campaign: CampaignId, queue: Skill, windows: Vec<WindowId>) -> TideConfig {
        TideConfig {
            campaign,
            queue,
            windows,
            policy: TidePolicy::default(),
            from_ms: None,
            until_ms: None,
            service_ms: 12 * MINUTE_MS,
            forecast: Vec::new(),
            horizon_ms: 30 * MINUTE_MS,
            open_above_ms: 20 * MINUTE_MS,
            open_after_ms: 10 * MINUTE_MS,
            crowd_per_window: 3,
            close_below_ms: 5 * MINUTE_MS,
            close_after_ms: 20 * MINUTE_MS,
            open_min_ms: 60 * MINUTE_MS,
            answer_ms: 10 * MINUTE_MS,
            cost: None,
            lend: Vec::new(),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let field = |name: &str| format!("tides.{}.{name}", self.campaign);
        for (name, value) in
            [("service_ms", self.service_ms), ("horizon_ms", self.horizon_ms), ("answer_ms", self.answer_ms)]
        {
            at_least(&field(name), value, 1, "above 0")?;
        }
        for (name, value) in [
            ("open_after_ms", self.open_after_ms),
            ("close_below_ms", self.close_below_ms),
            ("close_after_ms", self.close_after_ms),
            ("open_min_ms", self.open_min_ms),
        ] {
            at_least(&field(name), value, 0, "0 or more")?;
        }
        if self.open_above_ms <= self.close_below_ms {
            return Err(wrong(field("open_above_ms"), "more than close_below_ms", &self.open_above_ms));
        }
        if self.crowd_per_window == 0 {
            return Err(wrong(field("crowd_per_window"), "1 or more", &0));
        }
        match &self.policy {
            TidePolicy::Learned { rates } => rates.check(&field("policy.rates")),
            TidePolicy::Roster { stretches } => stretches.iter().enumerate().try_for_each(|(nth, it)| {
                let field = |name: &str| field(&format!("policy.stretches.{nth}.{name}"));
                if it.from_minute >= it.to_minute || it.to_minute > DAY_MINUTES {
                    return Err(wrong(field("to_minute"), "after from_minute, in the same day", &it.to_minute));
                }
                match it.weekdays.iter().find(|day| !(1..=7).contains(*day)) {
                    Some(day) => Err(wrong(field("weekdays"), "1 Monday to 7 Sunday", day)),
                    None => Ok(()),
                }
            }),
            TidePolicy::None | TidePolicy::Threshold | TidePolicy::Forecast => Ok(()),
        }
    }
}

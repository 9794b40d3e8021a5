//! The rules of one hall. Numbers come from the centre; the ones in `illustrative` are invented and say so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{CampaignId, Skill, WindowId};

/// Queues a hall keeps. A centre has tens of departments and packages; more means names are made up from data.
pub const QUEUES_MAX: usize = 4_096;

/// Windows and desk seats a hall keeps, closed ones included. The largest centres have hundreds.
pub const WINDOWS_MAX: usize = 4_096;

/// The largest bound a queue may be given: about 300 bytes each, so under half a gigabyte.
pub const QUEUE_LENGTH_MAX: usize = 1_000_000;

const MINUTE_MS: i64 = 60_000;

/// The rules of one hall. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HallConfig {
    /// Waiting that raises the class by one step; above 0.
    pub ageing_ms: i64,
    /// How much earlier or later than agreed an appointment counts as on time; 0 or more.
    pub appointment_tolerance_ms: i64,
    /// Appointments called in a row while others wait in the same queue; then one of the others is. 1 or more.
    pub appointments_in_a_row_max: u32,
    /// Calls before a number is void; 1 or more.
    pub calls_max: u8,
    /// No ticket is taken when every window for it closes sooner than this; 0 or more.
    pub ticket_cutoff_ms: i64,
    /// Whether a window stays after its shift while people wait whom nobody else can serve (延时办).
    pub overtime: bool,
    /// The rule of a queue that `queues` does not name.
    pub queue_default: QueueRule,
    /// Rules of single queues.
    pub queues: BTreeMap<Skill, QueueRule>,
    /// The tides the hall watches for.
    pub tides: Vec<TideConfig>,
}

/// The rule of one queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRule {
    /// How many may wait, those not ready yet included; 1 to [`QUEUE_LENGTH_MAX`].
    pub length_max: usize,
    /// Where people are sent when this queue is full or its last window has closed. Tasks never move.
    pub overflow: Option<Skill>,
    /// A wait that raises an alarm; above 0. `None`: never.
    pub alarm_wait_ms: Option<i64>,
}

/// When windows are opened for a tide and closed after it. The thresholds lie apart, so that windows do not flap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TideConfig {
    /// Its name.
    pub campaign: CampaignId,
    /// The queue it fills.
    pub queue: Skill,
    /// The windows that may be opened for it, in this order; as many as there are is the maximum.
    pub windows: Vec<WindowId>,
    /// Mean service time of its cases; above 0.
    pub service_ms: i64,
    /// Expected arrivals; none before the first step.
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

/// Why rules make no hall.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: expected {expected}, but got {got}")]
pub struct ConfigError {
    /// Where, such as `tides.teacher-2026.open_above_ms`.
    pub field: String,
    /// What was expected.
    pub expected: &'static str,
    /// What was there.
    pub got: String,
}

impl HallConfig {
    /// Invented defaults for trying things out. Illustrative: a centre sets its own.
    pub fn illustrative() -> HallConfig {
        HallConfig {
            ageing_ms: 20 * MINUTE_MS,
            appointment_tolerance_ms: 10 * MINUTE_MS,
            // Of five served, three by appointment: a walk-in share of 0.4.
            appointments_in_a_row_max: 2,
            calls_max: 2,
            ticket_cutoff_ms: 15 * MINUTE_MS,
            overtime: true,
            queue_default: QueueRule { length_max: 200_000, overflow: None, alarm_wait_ms: None },
            queues: BTreeMap::new(),
            tides: Vec::new(),
        }
    }

    /// The rule of the queue called `name`.
    pub(crate) fn rule(&self, name: &Skill) -> &QueueRule {
        self.queues.get(name).unwrap_or(&self.queue_default)
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        at_least("ageing_ms", self.ageing_ms, 1, "above 0")?;
        at_least("appointment_tolerance_ms", self.appointment_tolerance_ms, 0, "0 or more")?;
        at_least("appointments_in_a_row_max", i64::from(self.appointments_in_a_row_max), 1, "1 or more")?;
        at_least("calls_max", i64::from(self.calls_max), 1, "1 or more")?;
        at_least("ticket_cutoff_ms", self.ticket_cutoff_ms, 0, "0 or more")?;
        self.queue_default.validate("queue_default", None)?;
        for (name, rule) in &self.queues {
            rule.validate(&format!("queues.{name}"), Some(name))?;
        }
        let mut campaigns = BTreeSet::new();
        let mut windows = BTreeSet::new();
        for tide in &self.tides {
            tide.validate()?;
            unique(&mut campaigns, &tide.campaign, &tide.campaign, "a campaign named once")?;
            for window in &tide.windows {
                unique(&mut windows, window, &tide.campaign, "a window listed once, in one tide")?;
            }
        }
        Ok(())
    }
}

impl QueueRule {
    fn validate(&self, field: &str, name: Option<&Skill>) -> Result<(), ConfigError> {
        if !(1..=QUEUE_LENGTH_MAX).contains(&self.length_max) {
            return Err(wrong(format!("{field}.length_max"), "1 to 1,000,000", &self.length_max));
        }
        if let Some(overflow) = self.overflow.as_ref().filter(|it| Some(*it) == name) {
            return Err(wrong(format!("{field}.overflow"), "another queue", overflow));
        }
        at_least(&format!("{field}.alarm_wait_ms"), self.alarm_wait_ms.unwrap_or(1), 1, "above 0")
    }
}

impl TideConfig {
    /// Invented thresholds for a tide of 12-minute cases that fills `queue`. Illustrative: a centre sets its own.
    pub fn illustrative(campaign: CampaignId, queue: Skill, windows: Vec<WindowId>) -> TideConfig {
        TideConfig {
            campaign,
            queue,
            windows,
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

    fn validate(&self) -> Result<(), ConfigError> {
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
        Ok(())
    }
}

fn at_least(field: &str, value: i64, least: i64, expected: &'static str) -> Result<(), ConfigError> {
    if value >= least { Ok(()) } else { Err(wrong(field.to_owned(), expected, &value)) }
}

fn unique<'a, K: Ord + ToString>(
    seen: &mut BTreeSet<&'a K>,
    key: &'a K,
    campaign: &CampaignId,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if seen.insert(key) { Ok(()) } else { Err(wrong(format!("tides.{campaign}"), expected, key)) }
}

fn wrong(field: String, expected: &'static str, got: &impl ToString) -> ConfigError {
    ConfigError { field, expected, got: got.to_string() }
}

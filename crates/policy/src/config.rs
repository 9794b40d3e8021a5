//! The rules of one hall. Numbers come from the centre; the ones in `illustrative` are invented and say so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{CampaignId, Skill};
use crate::tide::TideConfig;

/// Queues a hall keeps. A centre has tens of departments and packages; more means names are made up from data.
pub const QUEUES_MAX: usize = 4_096;

/// Windows and desk seats a hall keeps, closed ones included. The largest centres have hundreds.
pub const WINDOWS_MAX: usize = 4_096;

/// The largest bound a queue may be given: about 300 bytes each, so under half a gigabyte.
pub const QUEUE_LENGTH_MAX: usize = 1_000_000;

pub(crate) const MINUTE_MS: i64 = 60_000;

/// The rules of one hall. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// How long one call lasts before the person called counts as absent; above 0. The driver's to keep.
    pub call_ms: i64,
    /// How long whoever hands in stays at the window while programs fetch what they fetch; then the window takes the next.
    /// 0 or more. The driver's to keep.
    pub hold_ms: i64,
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
            // The number is called out three times, half a minute each.
            call_ms: 90_000,
            hold_ms: 10 * MINUTE_MS,
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
        at_least("call_ms", self.call_ms, 1, "above 0")?;
        at_least("hold_ms", self.hold_ms, 0, "0 or more")?;
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

pub(crate) fn at_least(field: &str, value: i64, least: i64, expected: &'static str) -> Result<(), ConfigError> {
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

pub(crate) fn wrong(field: String, expected: &'static str, got: &impl ToString) -> ConfigError {
    ConfigError { field, expected, got: got.to_string() }
}

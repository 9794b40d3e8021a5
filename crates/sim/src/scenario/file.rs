//! The scenario file.

use std::collections::BTreeMap;

use jiff::civil::Date;
use onething_engine::Title;
use onething_engine::calendar::HourSpan;
use onething_engine::definition::FormatVersion;
use onething_policy::ArrivalRates;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tide::{Stretch, Tide};
use crate::duration::Duration;

/// `"scenario"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioKind {
    /// A scenario file.
    Scenario,
}

/// A scenario (情景): one service centre over some working days, to be rehearsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Path of the JSON Schema, so that an editor completes and checks.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 500))]
    pub schema: String,
    /// Format version.
    pub format: FormatVersion,
    /// Always `scenario`.
    pub kind: ScenarioKind,
    /// Identity; the same as the file's name without `.json`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// What it asks, where its figures come from, and what its answer depends on.
    pub note: Title,
    /// Which of its inputs are invented, in the words of a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub illustrative: Vec<Title>,
    /// Id of the working calendar.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub calendar: String,
    /// First day; the next working day if it is none.
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub from: Date,
    /// Working days on which people come.
    #[schemars(range(min = 1, max = 2600))]
    pub days: u32,
    /// Further working days on which nobody new comes, so that cases can end.
    #[serde(default)]
    #[schemars(range(min = 0, max = 520))]
    pub run_on_days: u32,
    /// The first so many of `days` fill the centre and are not reported.
    #[serde(default)]
    #[schemars(range(min = 0, max = 520))]
    pub warm_up_days: u32,
    /// Seed of all chance.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// Independent runs.
    #[schemars(range(min = 1, max = 10_000))]
    pub replications: u32,
    /// What the service aims at.
    pub target: Target,
    /// Rules of the hall; what is left out is illustrative.
    #[serde(default)]
    pub hall: HallRules,
    /// Who works at the centre.
    #[schemars(length(min = 1, max = 200))]
    pub staff: Vec<StaffGroup>,
    /// Automatic steps that run at once.
    #[serde(default = "machines")]
    #[schemars(range(min = 1, max = 1000))]
    pub machines: u32,
    /// Who comes.
    #[schemars(length(min = 1, max = 200))]
    pub arrivals: Vec<Arrivals>,
    /// How long steps take and what they come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub steps: Vec<Work>,
    /// Tides that windows are opened for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub tides: Vec<Tide>,
}

fn machines() -> u32 {
    4
}

/// What the service aims at: this share waits no longer than this.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Longest wait in minutes.
    #[schemars(range(min = 0, max = 10_000))]
    pub wait_minutes: f64,
    /// Share of people.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Of planning: the share that is to be kept of the limits (法定, 承诺) that people at desks can keep at all, and of a
    /// desk's tasks that is to wait no longer than its limits allow; left out: 0.95, which is illustrative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub limits: Option<f64>,
}

/// The share of limits aimed at where a scenario does not say; illustrative.
pub const LIMITS_SHARE: f64 = 0.95;

/// What a desk aims at: this share of its tasks is taken up within this time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskTarget {
    /// Longest wait of a task in working minutes.
    #[schemars(range(min = 0, max = 100_000))]
    pub wait_minutes: f64,
    /// Share of tasks.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
}

/// Rules of the hall. What is left out is as `HallConfig::illustrative` has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HallRules {
    /// Waiting that raises the priority class by one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub ageing_minutes: Option<u32>,
    /// No ticket is taken this long before the last window closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 480))]
    pub cutoff_minutes: Option<u32>,
    /// Calls before a number is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub calls_max: Option<u8>,
    /// Whether windows stay after their shift while people wait whom nobody else can serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overtime: Option<bool>,
    /// How many may wait in a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub queue_max: Option<u32>,
}

/// People who do the same work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffGroup {
    /// Name; a seat is called by it and its number, such as `综窗-3`.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What the seats are.
    pub kind: GroupKind,
    /// How many.
    #[schemars(range(min = 0, max = 1000))]
    pub seats: u32,
    /// How many people there are for these seats: a plan puts no more on duty at a time; left out: as many as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub people: Option<u32>,
    /// Of planning a desk behind the hall: how soon its tasks are taken up; left out: so soon that limits can be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<DeskTarget>,
    /// The queues they serve: windows and desks as definitions name them, or queues of visits.
    #[schemars(length(min = 1, max = 64))]
    pub queues: Vec<String>,
    /// Their hours; left out: whenever the centre is open. Between two stretches they take a break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub hours: Vec<HourSpan>,
    /// How many of the seats are manned when; left out: all of them in their hours. What overlaps adds up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub roster: Vec<Stretch>,
    /// Chance that one of them is away for a day.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub sick: f64,
    /// Their service times are so many times as long.
    #[serde(default = "one")]
    #[schemars(range(min = 0.1, max = 10))]
    pub takes: f64,
    /// What one seat costs an hour, in any unit.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cost_hour: f64,
}

fn one() -> f64 {
    1.0
}

/// What seats are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// 综合窗口 and other windows of the hall.
    Window,
    /// 后台审批: a department's desk behind the windows.
    Desk,
    /// 出件窗口: hands over results.
    Issuing,
    /// 帮代办: act for the applicant.
    Agent,
}

/// People who come for the same thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Name.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Id of the package or matter they apply for; left out: a visit that makes no case, such as a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub package: Option<String>,
    /// A visit without a case: how long it takes at the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Duration>,
    /// The queue they take a ticket for; left out: that of the package's intake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub queue: Option<String>,
    /// Whether they come to a window or hand in online.
    #[serde(default)]
    pub channel: Channel,
    /// Priority class, 0 (emergency) to 4 (batch); left out: 3, a walk-in.
    #[serde(default = "walk_in")]
    #[schemars(range(min = 0, max = 4))]
    pub class: u8,
    /// Mean number on a day of factor 1; the process is Poisson.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub per_day: f64,
    /// How the day's arrivals spread over its hours; left out: evenly while the centre is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 96))]
    pub profile: Vec<Profile>,
    /// Mean arrivals by weekday and quarter-hour, as history shows them, in place of `per_day`, `profile` and `weekdays`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<ArrivalRates>,
    /// Factors of Monday to Sunday; left out: all 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub weekdays: Vec<f64>,
    /// First of the scenario's working days on which they come, from 1.
    #[serde(default = "first")]
    #[schemars(range(min = 1, max = 2600))]
    pub from_day: u32,
    /// Last working day on which they come; left out: the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2600))]
    pub to_day: Option<u32>,
    /// Real arrivals instead of drawn ones: moments such as `2026-04-13T09:05`, in China Standard Time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1_000_000))]
    pub at: Vec<String>,
    /// They come in batches, as with an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// Some come by appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointments: Option<Appointments>,
    /// Chance that somebody is not there when called.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub no_show: f64,
    /// How long they wait before they give up; left out: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Duration>,
    /// Some leave at the sight of a crowd.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balking: Option<Balking>,
    /// Chance that an application lacks a material.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub lacks: f64,
    /// Answers to the package's questions: a choice's id, `true` or `false`; the others are drawn evenly.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
}

fn walk_in() -> u8 {
    3
}

pub(super) fn first() -> u32 {
    1
}

/// How people apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// They take a ticket and stand at a window.
    #[default]
    Window,
    /// They hand in from anywhere; windows take it up as a task.
    Online,
}

/// A stretch of the day with its share of the day's arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The stretch.
    pub hours: HourSpan,
    /// Its weight; the weights of a day are its shares once added up.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub share: f64,
}

/// Arrivals in batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Mean number in a batch; geometric.
    #[schemars(range(min = 1, max = 1000))]
    pub mean: f64,
}

/// Arrivals by appointment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointments {
    /// Share of people who have one.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Times are agreed for every so many minutes.
    #[schemars(range(min = 1, max = 480))]
    pub slot_minutes: u32,
    /// Share of them who never come.
    #[schemars(range(min = 0, max = 1))]
    pub no_show: f64,
}

/// Leaving at the sight of a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Balking {
    /// When more than so many wait ...
    #[schemars(range(min = 0, max = 100_000))]
    pub over: u32,
    /// ... this share leaves.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
}

/// How long a step takes and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// One step as `file/step`, such as `food-business-licence/decide`, or a type of step, such as `review`. The step
    /// goes before its type.
    #[schemars(length(min = 1, max = 130))]
    pub step: String,
    /// How long it takes: work in business hours; for `collect` and `wait` the time until the applicant or the message
    /// comes.
    pub takes: Duration,
    /// Chances of outcomes other than the usual one, by their word: `failed`, `refused`, `not_accepted`; for an
    /// automatic step `failed` is one attempt, for `collect` and `wait` `expired` means that nothing ever comes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, f64>,
}

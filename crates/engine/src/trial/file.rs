//! The test file: what an author says shall happen to applications for one package or matter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment::{Minute, When};
use crate::case::Status;
use crate::clock::{Light, Limit};
use crate::definition::{FormatVersion, StopReason};
use crate::text::Title;
use crate::value::Value;

/// `"tests"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestFileKind {
    /// A test file.
    Tests,
}

/// The tests of one package or matter: applications that are handed in, what is done at their steps, and what must
/// come of it. What no script names goes well: the window accepts, departments pass and grant, messages come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// Path of the JSON Schema, so that an editor completes and checks.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 500))]
    pub schema: String,
    /// Format version.
    pub format: FormatVersion,
    /// Always `tests`.
    pub kind: TestFileKind,
    /// Id of the package or matter it tests; the same as the file's name without `.json`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Free remarks for authors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub note: Option<String>,
    /// Id of the calendar by which limits are counted, such as `cn`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub calendar: String,
    /// The application of every case; a case says only in what it differs.
    pub application: Handed,
    /// The cases.
    #[schemars(length(min = 1, max = 200))]
    pub cases: Vec<TestCase>,
}

/// An application, with an answer to everything any case of the file is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// When it is handed in, such as `2026-04-13 09:00`, in China Standard Time.
    pub received: Minute,
    /// Answers to the situational questions, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Value>,
    /// The form, by field; what a case is not asked is left out by itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, Value>,
}

/// One case: an application, a script and what must come of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// What it shows.
    pub title: Title,
    /// Free remarks, such as how a date was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub note: Option<String>,
    /// When it is handed in, if not as in the file's application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Minute>,
    /// Answers that differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Value>,
    /// Fields that differ; they are handed in even when they are not asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, Value>,
    /// Fields left blank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub blank: Vec<String>,
    /// Materials not handed in; all others that the applicant must bring are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub without: Vec<String>,
    /// How long staff take for each step that the script does not time. Without it they act at once, or when business
    /// next opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Limit>,
    /// What happens at steps, when it is not the usual. A step that opens several times takes its entries in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub script: Vec<Scripted>,
    /// What must come of it. Only what is named is compared.
    pub expect: Expected,
}

/// What happens at one step, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    /// The step: its id, or for a step of a package's matter `matter-id/step_id`.
    #[schemars(length(min = 1, max = 129))]
    pub step: String,
    /// What it comes to, such as `supplement`, `refused` or `expired`; `failed` at an automatic step means that every
    /// attempt fails. `silence`: nobody does anything about it. `withdrawn`: the applicant withdraws instead.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub outcome: String,
    /// When, such as `2026-04-14 10:30`. At once without `at` and `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Minute>,
    /// How long after the step opened, counted as limits are: whole days end at the close of business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Limit>,
    /// Who does it; for each step somebody else unless it is named here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub by: Option<String>,
    /// The reason given. A refusal has one unless it is written here, even an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
    /// With `supplement`: materials that were handed in but are not in legal form. With `supplied`: what is handed in,
    /// if not everything that is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub materials: Vec<String>,
    /// An automatic step fails so many times before it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 99))]
    pub failures: Option<u32>,
    /// The system must refuse this with this code, such as `R-TASK-006`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub rejected: Option<String>,
}

/// What must come of a case. Lists stand in any order, except `path` and `lights`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The application is turned away at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Rejected>,
    /// The matters that the answers choose: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub matters: Option<Vec<String>>,
    /// The materials that the applicant must bring or sign: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub requires: Option<Vec<String>>,
    /// Fields that the form asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub asks: Vec<String>,
    /// Fields that the form does not ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub asks_not: Vec<String>,
    /// Where the case stands in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The legal moment of acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<When>,
    /// Whether it was accepted because nobody answered within five working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_silence: Option<bool>,
    /// What the one-time notice names: these materials and no others; nothing when no notice was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub supplement: Option<Vec<String>>,
    /// Steps that the case goes through, in this order within each matter and within the package; others may lie between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400))]
    pub path: Vec<String>,
    /// Steps that the case never comes to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400))]
    pub never: Vec<String>,
    /// The written notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<Notices>,
    /// The results that are issued: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub results: Option<Vec<String>>,
    /// What matters come to, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, MatterOutcome>,
    /// Clocks, by id of the package or of a matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clocks: BTreeMap<String, ClockExpected>,
    /// When the case is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<When>,
    /// Steps still open in the end: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 400))]
    pub open: Option<Vec<String>>,
    /// Automatic steps that wait for a person in the end: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 400))]
    pub incidents: Option<Vec<String>>,
}

/// A refusal at the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// Its code, such as `R-SUBMIT-001`.
    #[schemars(length(min = 1, max = 20))]
    pub code: String,
    /// What is named as wrong, such as `form.business_area`; others may be named too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub at: Vec<String>,
}

/// Written notices, each by its step; a side that is left out is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Those to the applicant: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub applicant: Option<Vec<String>>,
    /// Those to departments: these and no others. The warning that an application was accepted by silence is
    /// `accepted_by_silence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub department: Option<Vec<String>>,
}

/// What a matter comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatterOutcome {
    /// Granted.
    Granted,
    /// Refused.
    Refused,
    /// Not accepted.
    NotAccepted,
    /// Done without a decision.
    Done,
    /// Not over in the end.
    Running,
    /// Chosen, but never begun: no longer proceeded with (不再办理).
    Moot,
    /// Not chosen by the answers.
    NotChosen,
}

/// A clock in the end. Moments are days, or days with a time: `2026-04-20` or `2026-04-20 14:30`; `unpublished` when they
/// lie in a year whose working days are not published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockExpected {
    /// From when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<When>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<When>,
    /// When the promised limit ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<When>,
    /// When the legal limit ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statutory: Option<When>,
    /// The colours that the supervision light turned to, in order; nothing when it stayed green.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50))]
    pub lights: Option<Vec<Light>>,
    /// When it stood: these stops and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50))]
    pub stops: Option<Vec<StopExpected>>,
}

/// A stop of a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopExpected {
    /// The ground of the law.
    pub reason: StopReason,
    /// When it began.
    pub from: When,
    /// When it ended; left out while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
}

impl MatterOutcome {
    /// The word in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::NotAccepted => "not_accepted",
            Self::Done => "done",
            Self::Running => "running",
            Self::Moot => "moot",
            Self::NotChosen => "not_chosen",
        }
    }
}

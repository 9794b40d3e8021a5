//! One running application, and everything the engine knows about it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use litemap::LiteMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Millis;
use crate::clock::{Ledger, Light};
use crate::definition::{MaterialId, QueueName};
use crate::elsewhere::{Counterpart, Elsewhere};
use crate::net::EdgeSet;
use crate::settled::Remembered;
use crate::value::Value;

pub use crate::materials::Materials;
pub use crate::outcome::{Outcome, WORD_BYTES_MAX, Word};

/// A case (办件). It starts empty and changes only through [`crate::apply`].
///
/// A decision works on a copy, so what was handed in, which never changes, is shared between copies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Number of events applied; 0 before the application is handed in.
    pub version: u64,
    /// What was handed in; it never changes afterwards.
    pub application: Arc<Application>,
    /// Where it stands.
    pub status: Status,
    /// The materials that must be there before it can be accepted.
    pub required: Vec<MaterialId>,
    /// The materials that are there, each with where it came from.
    pub materials: Materials,
    /// The results issued so far, by id.
    #[serde(with = "by_id")]
    pub results: LiteMap<Arc<str>, Issued>,
    /// Its parts; 0 is the package (or the single matter).
    pub parts: Vec<Part>,
    /// Steps that are open now.
    pub tasks: Vec<Task>,
    /// Timers that are running, by number.
    pub timers: Vec<Timer>,
    /// The moment of receipt (收件).
    pub received_at: Millis,
    /// The moment of acceptance (受理), and whether it came about by silence.
    pub accepted: Option<Acceptance>,
    /// What the one-time notice named; a case gets at most one.
    pub supplement: Option<Vec<Arc<str>>>,
    /// What is known of the centre that decides, once it was handed over to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Arc<Elsewhere>>,
    /// The number the next task gets.
    pub next_task: u32,
    /// The number the next timer gets.
    pub next_timer: u32,
}

/// What an applicant handed in, together with what the answers chose. What it says is read as its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Application {
    /// The case's number (办件编号).
    pub number: Arc<str>,
    /// Who applies.
    pub applicant: Arc<str>,
    /// Priority class: 0 urgent to 4 batch; a smaller one is served first.
    pub class: u8,
    /// The other centre, where two handle the case.
    pub counterpart: Option<Counterpart>,
    /// What it says.
    pub content: Arc<Content>,
}

/// What an application says, and what follows from it: shared by all that say the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Id of the package or matter.
    pub workflow: Arc<str>,
    /// Hash of the definition it is pinned to.
    pub definition: Arc<str>,
    /// Answers to the situational questions.
    pub answers: Arc<BTreeMap<String, Value>>,
    /// The merged form.
    pub form: Arc<BTreeMap<String, Value>>,
    /// Materials needed before acceptance.
    pub required: Arc<[MaterialId]>,
    /// Parts the answers chose; 0 is always among them.
    pub chosen: Arc<[u8]>,
    /// What the conditions of the definition come to for it.
    pub(crate) settled: Remembered,
}

impl Deref for Application {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// An application as it is written down: all in one.
#[derive(Serialize, Deserialize)]
struct Written {
    number: Arc<str>,
    workflow: Arc<str>,
    definition: Arc<str>,
    applicant: Arc<str>,
    class: u8,
    answers: Arc<BTreeMap<String, Value>>,
    form: Arc<BTreeMap<String, Value>>,
    required: Arc<[MaterialId]>,
    chosen: Arc<[u8]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counterpart: Option<Counterpart>,
}

impl From<Written> for Application {
    fn from(written: Written) -> Self {
        let Written { workflow, definition, answers, form, required, chosen, .. } = written;
        let settled = Remembered::default();
        let content = Content { workflow, definition, answers, form, required, chosen, settled }.into();
        let Written { number, applicant, class, counterpart, .. } = written;
        Self { number, applicant, class, counterpart, content }
    }
}

impl From<Application> for Written {
    fn from(Application { number, applicant, class, counterpart, content }: Application) -> Self {
        let Content { workflow, definition, answers, form, required, chosen, .. } = Arc::unwrap_or_clone(content);
        Self { number, workflow, definition, applicant, class, answers, form, required, chosen, counterpart }
    }
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Handed in, not yet accepted (已收件).
    #[default]
    Received,
    /// The applicant was told what is missing (待补正).
    AwaitingSupplement,
    /// Accepted and being handled (办理中).
    Accepted,
    /// Everything decided was granted, and delivered (准予).
    Granted,
    /// Some matters granted, some not (部分准予).
    PartlyGranted,
    /// Refused (不予许可).
    Refused,
    /// Handled to the end with nothing to decide, as a public service is (办结).
    Completed,
    /// Not accepted (不予受理).
    NotAccepted,
    /// Returned because the supplement did not come (退件).
    Returned,
    /// Withdrawn by the applicant (撤回).
    Withdrawn,
}

impl Status {
    /// Every state, in the order in which a case may come to them.
    pub const ALL: [Self; 10] = [
        Self::Received,
        Self::AwaitingSupplement,
        Self::Accepted,
        Self::Granted,
        Self::PartlyGranted,
        Self::Refused,
        Self::Completed,
        Self::NotAccepted,
        Self::Returned,
        Self::Withdrawn,
    ];

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_closed(self) -> bool {
        !matches!(self, Self::Received | Self::AwaitingSupplement | Self::Accepted)
    }

    /// The word in files and queries.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::AwaitingSupplement => "awaiting_supplement",
            Self::Accepted => "accepted",
            Self::Granted => "granted",
            Self::PartlyGranted => "partly_granted",
            Self::Refused => "refused",
            Self::Completed => "completed",
            Self::NotAccepted => "not_accepted",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Received => "已收件",
            Self::AwaitingSupplement => "待补正",
            Self::Accepted => "办理中",
            Self::Granted => "准予",
            Self::PartlyGranted => "部分准予",
            Self::Refused => "不予许可",
            Self::Completed => "办结",
            Self::NotAccepted => "不予受理",
            Self::Returned => "退件",
            Self::Withdrawn => "撤回",
        }
    }
}

/// How a case came to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The legal moment of acceptance; by silence it is the moment of receipt (行政许可法 32).
    pub at: Millis,
    /// Whether nobody acted within five working days.
    pub by_silence: bool,
}

/// Where a material came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// Handed in with the application.
    Applicant,
    /// Handed in after the one-time notice.
    Supplement,
    /// Fetched from a shared source.
    Shared,
    /// Replaced by a commitment signed with the application.
    Commitment,
    /// The result of a matter of the package.
    Result,
}

/// A result that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The part that issued it.
    pub part: u8,
    /// Its number.
    pub number: Arc<str>,
    /// When.
    pub at: Millis,
}

/// One part: a matter, or the package around them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Whether it runs.
    pub status: PartStatus,
    /// The edges that hold a token.
    pub marking: EdgeSet,
    /// The latest outcome of each step that has one.
    pub done: Vec<Done>,
    /// Its clock.
    pub ledger: Ledger,
    /// Its supervision light (电子监察).
    pub light: Light,
}

/// Whether a part runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartStatus {
    /// Not begun; for a closed case: not chosen, or no longer proceeded with.
    #[default]
    Waiting,
    /// Running.
    Running,
    /// Over, with this outcome.
    Closed(Outcome),
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The step.
    pub node: u16,
    /// What it came to.
    pub outcome: Outcome,
    /// Who did it; `None`, written as an empty name: nobody, it was passed.
    #[serde(with = "nobody")]
    pub by: Option<Arc<str>>,
}

/// Results, written as a map by their ids however few they are.
pub(crate) mod by_id {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use litemap::LiteMap;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Issued;

    pub(crate) fn serialize<S: Serializer>(
        results: &LiteMap<Arc<str>, Issued>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(results.iter())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<LiteMap<Arc<str>, Issued>, D::Error> {
        Ok(BTreeMap::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Nobody, written as an empty name.
mod nobody {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(by: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(by.as_deref().unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Some(Arc::<str>::deserialize(deserializer)?).filter(|by| !by.is_empty()))
    }
}

/// A step that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Number within the case.
    pub id: u32,
    /// Its part.
    pub part: u8,
    /// Its step.
    pub node: u16,
    /// The queue it stands in; `None` when it waits for the applicant, a message or a time.
    pub queue: Option<QueueName>,
    /// When it was opened.
    pub opened_at: Millis,
    /// Attempts that failed.
    pub failures: u32,
    /// Whether a person must look at it: the last error.
    pub incident: Option<Arc<str>>,
}

/// A running timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Number within the case.
    pub id: u32,
    /// When it fires.
    pub due: Millis,
    /// What for.
    pub purpose: Purpose,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Five working days without a word: acceptance by silence (行政许可法 32).
    Silence,
    /// The limit of an open step.
    Task(u32),
    /// The supervision light of a part.
    Light(u8),
}

/// Every case begins as a copy of it.
static EMPTY: LazyLock<Case> = LazyLock::new(|| Case {
    version: 0,
    application: Arc::default(),
    status: Status::default(),
    required: Vec::new(),
    materials: Materials::default(),
    results: LiteMap::new(),
    parts: Vec::new(),
    tasks: Vec::new(),
    timers: Vec::new(),
    received_at: 0,
    accepted: None,
    supplement: None,
    elsewhere: None,
    next_task: 0,
    next_timer: 0,
});

impl Default for Case {
    fn default() -> Self {
        EMPTY.clone()
    }
}

impl Case {
    /// Makes it empty again, but keeps its room, for a caller who handles one case after the other.
    pub fn clear(&mut self) {
        let Self { mut required, mut materials, mut results, mut parts, mut tasks, mut timers, .. } =
            std::mem::take(self);
        required.clear();
        materials.clear();
        results.clear();
        parts.clear();
        tasks.clear();
        timers.clear();
        (self.required, self.materials, self.results) = (required, materials, results);
        (self.parts, self.tasks, self.timers) = (parts, tasks, timers);
    }

    /// A part; an index that no checked workflow has gives nothing.
    #[must_use]
    pub fn part(&self, part: u8) -> Option<&Part> {
        self.parts.get(usize::from(part))
    }

    /// Whether a part has begun and is not over.
    #[must_use]
    pub fn is_running(&self, part: u8) -> bool {
        self.part(part).is_some_and(|part| part.status == PartStatus::Running)
    }

    /// A running timer.
    #[must_use]
    pub fn timer(&self, id: u32) -> Option<Timer> {
        self.timers.iter().find(|timer| timer.id == id).copied()
    }

    /// An open task.
    #[must_use]
    pub fn task(&self, id: u32) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The required materials that are not there.
    #[must_use]
    pub fn missing(&self) -> Vec<Arc<str>> {
        self.required.iter().filter(|id| !self.materials.contains(**id)).map(|id| id.as_str().into()).collect()
    }

    /// Whether every required material is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.required.iter().all(|id| self.materials.contains(*id))
    }

    /// The worst light of its running parts.
    #[must_use]
    pub fn light(&self) -> Light {
        self.parts
            .iter()
            .filter(|part| part.status == PartStatus::Running)
            .map(|part| part.light)
            .max()
            .unwrap_or_default()
    }
}

impl Part {
    /// The latest outcome of a step.
    #[must_use]
    pub fn outcome(&self, node: u16) -> Option<&Done> {
        self.done.iter().find(|done| done.node == node)
    }
}

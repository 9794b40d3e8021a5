//! Nodes and edges. Every node type that stands here is executed by the engine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ustr::Ustr;

use super::Title;
use crate::clock::Limit;

/// What the queue of an automatic step begins with; the handler's name follows.
pub const SERVICE_QUEUE: &str = "service.";

/// The name of a queue. Interned: every step that opens has one, and definitions name few. A name stays in memory until the
/// program ends.
pub type QueueName = Ustr;

/// A step of a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// Where a case enters. Exactly one.
    Start {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
    },
    /// Where a way ends. One or more; the graph is finished when nothing is left anywhere.
    End {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
    },
    /// Splits into all ways out, and waits for all ways in.
    Parallel {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
    },
    /// Takes the first way out whose condition holds, in file order, else the one marked `otherwise`; joins without waiting.
    Exclusive {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
    },
    /// Takes every way out whose condition holds, else the one marked `otherwise`; as a join it waits
    /// until no way that is still open can bring another arrival.
    Inclusive {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
    },
    /// The window looks at the application: outcomes `accepted`, `supplement` (something is missing: all of it is
    /// named, once, 行政许可法 32), `not_accepted`. In a matter that runs inside a package this step is passed: the
    /// package was accepted as a whole.
    Intake {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the clerk reads.
        title: Title,
        /// Queue of windows, such as `comprehensive`.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        window: String,
    },
    /// A department examines: outcome `passed` or `failed`, or one of those that `outcomes` declares.
    Review {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the reviewer reads.
        title: Title,
        /// Department desk whose queue it joins.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        desk: String,
        /// Ids of steps that must have been done by somebody else (回避, separation of duties).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 8))]
        different_from: Vec<String>,
        /// What it can come to, when that is not `passed` or `failed`. The first is the usual one: rehearsals take it
        /// most of the time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(min = 1, max = 32))]
        outcomes: Vec<ReviewOutcome>,
    },
    /// A department decides: outcome `granted` or `refused`; a refusal carries reasons and remedies (行政许可法 38).
    Decide {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the decider reads.
        title: Title,
        /// Department desk whose queue it joins.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        desk: String,
        /// Ids of steps that must have been done by somebody else.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 8))]
        different_from: Vec<String>,
    },
    /// Waits for the applicant to hand in what the notice named: outcome `supplied`, or `expired` after `within`.
    Collect {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the applicant reads.
        title: Title,
        /// How long the applicant has.
        within: Limit,
    },
    /// An automatic step by a named handler: outcome `done`, or `failed` when retries are exhausted and
    /// `on_exhausted` is `continue`.
    Service {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What it does.
        title: Title,
        /// Name of the handler, such as `share.fetch`.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_.]{0,63}$"))]
        handler: String,
        /// Shared materials it obtains: ids, or nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 100))]
        obtains: Vec<String>,
        /// How failures are tried again.
        retry: Retry,
        /// What happens when the last attempt failed.
        on_exhausted: OnExhausted,
    },
    /// Waits for a message: outcome `received`, or `expired` after `within`.
    Wait {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What is waited for.
        title: Title,
        /// Name of the message.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_.]{0,63}$"))]
        message: String,
        /// How long.
        within: Limit,
        /// The statutory clock stops meanwhile, on a ground of 行政许可法 45.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stops_clock: Option<StopsClock>,
    },
    /// Goes on after a time.
    Timer {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// Why.
        title: Title,
        /// How long.
        after: Limit,
    },
    /// Sends a written notice and goes on.
    Notice {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// Its heading.
        title: Title,
        /// Who gets it.
        to: NoticeTo,
        /// What it says.
        text: Title,
    },
    /// Makes the result: seals, numbers and registers what `results` names. A task of the issuing desk.
    Issue {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the desk reads.
        title: Title,
        /// Desk whose queue it joins.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        desk: String,
        /// Ids of the matter's results.
        #[schemars(length(min = 1, max = 32))]
        results: Vec<String>,
    },
    /// Hands the results to the applicant at a window: outcome `delivered`. In a matter that runs inside a package
    /// this step is passed: the package delivers once.
    Deliver {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// What the clerk reads.
        title: Title,
        /// Queue of windows, such as `issuing`.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        window: String,
    },
    /// Runs a matter's own graph (packages only): outcome `granted`, `refused`, `not_accepted` or `done`.
    Matter {
        /// Id within the file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        id: String,
        /// Id of the matter's file.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
        matter: String,
        /// What this package promises for the matter, where that differs from the matter's own promise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised: Option<Limit>,
    },
}

/// What a review can come to, in the author's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewOutcome {
    /// The word in conditions. Words with a meaning of their own elsewhere (`granted`, `accepted`...) are not for
    /// reviews.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,31}$"))]
    pub id: String,
    /// What the reviewer chooses.
    pub title: Title,
    /// Whether it must come with reasons.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reason_required: bool,
}

/// How failures of an automatic step are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Attempts in all.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// Wait before the second attempt, in seconds; doubled for each further one.
    #[schemars(range(min = 1, max = 86400))]
    pub backoff_seconds: u32,
    /// Longest wait between two attempts, in seconds.
    #[schemars(range(min = 1, max = 86400))]
    pub backoff_seconds_max: u32,
}

/// What happens when an automatic step has failed for the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExhausted {
    /// An incident is raised and the case waits for a person to retry or to pass over it.
    Incident,
    /// The outcome is `failed` and the case goes on; what it should have fetched is asked of the applicant.
    Continue,
}

/// The statutory clock stops while a step waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopsClock {
    /// Ground of the closed list.
    pub reason: StopReason,
    /// Article or rule.
    #[schemars(length(min = 1, max = 200))]
    pub basis: String,
}

/// The grounds on which the law lets the clock stop (行政许可法 第四十五条).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// 听证
    Hearing,
    /// 招标
    Tender,
    /// 拍卖
    Auction,
    /// 检验
    Inspection,
    /// 检测
    Testing,
    /// 检疫
    Quarantine,
    /// 鉴定
    Appraisal,
    /// 专家评审
    ExpertReview,
}

impl StopReason {
    /// The word of the law.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Hearing => "听证",
            Self::Tender => "招标",
            Self::Auction => "拍卖",
            Self::Inspection => "检验",
            Self::Testing => "检测",
            Self::Quarantine => "检疫",
            Self::Appraisal => "鉴定",
            Self::ExpertReview => "专家评审",
        }
    }
}

/// Who gets a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeTo {
    /// The applicant.
    Applicant,
    /// The deciding department.
    Department,
}

/// A way from one step to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Id of the node it leaves.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub from: String,
    /// Id of the node it enters.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub to: String,
    /// CEL condition over `form`, `answer` and `outcome`; only on ways out of an exclusive or inclusive split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub when: Option<String>,
    /// Taken when no condition of the split holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub otherwise: bool,
}

impl Node {
    /// Id within its file.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Start { id }
            | Self::End { id }
            | Self::Parallel { id }
            | Self::Exclusive { id }
            | Self::Inclusive { id }
            | Self::Intake { id, .. }
            | Self::Review { id, .. }
            | Self::Decide { id, .. }
            | Self::Collect { id, .. }
            | Self::Service { id, .. }
            | Self::Wait { id, .. }
            | Self::Timer { id, .. }
            | Self::Notice { id, .. }
            | Self::Issue { id, .. }
            | Self::Deliver { id, .. }
            | Self::Matter { id, .. } => id,
        }
    }

    /// The word in `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::End { .. } => "end",
            Self::Parallel { .. } => "parallel",
            Self::Exclusive { .. } => "exclusive",
            Self::Inclusive { .. } => "inclusive",
            Self::Intake { .. } => "intake",
            Self::Review { .. } => "review",
            Self::Decide { .. } => "decide",
            Self::Collect { .. } => "collect",
            Self::Service { .. } => "service",
            Self::Wait { .. } => "wait",
            Self::Timer { .. } => "timer",
            Self::Notice { .. } => "notice",
            Self::Issue { .. } => "issue",
            Self::Deliver { .. } => "deliver",
            Self::Matter { .. } => "matter",
        }
    }

    /// What a person reads; gateways have none.
    #[must_use]
    pub fn title(&self) -> Option<&Title> {
        match self {
            Self::Intake { title, .. }
            | Self::Review { title, .. }
            | Self::Decide { title, .. }
            | Self::Collect { title, .. }
            | Self::Service { title, .. }
            | Self::Wait { title, .. }
            | Self::Timer { title, .. }
            | Self::Notice { title, .. }
            | Self::Issue { title, .. }
            | Self::Deliver { title, .. } => Some(title),
            _ => None,
        }
    }

    /// The queue it joins when it is open: a window's, a desk's, or `service.` and the handler's name.
    #[must_use]
    pub fn queue(&self) -> Option<String> {
        match self {
            Self::Intake { window, .. } | Self::Deliver { window, .. } => Some(window.clone()),
            Self::Review { desk, .. } | Self::Decide { desk, .. } | Self::Issue { desk, .. } => Some(desk.clone()),
            Self::Service { handler, .. } => Some(format!("{SERVICE_QUEUE}{handler}")),
            _ => None,
        }
    }

    /// The outcomes its author declared, usual one first; empty where the kind of step fixes them.
    #[must_use]
    pub fn declared(&self) -> &[ReviewOutcome] {
        match self {
            Self::Review { outcomes, .. } => outcomes,
            _ => &[],
        }
    }

    /// The outcomes a condition may compare `outcome.<id>` with; empty for steps that have none.
    #[must_use]
    pub fn outcomes(&self) -> Vec<&str> {
        let fixed: &[&str] = match self {
            Self::Intake { .. } => &["accepted", "supplement", "not_accepted"],
            Self::Review { outcomes, .. } if !outcomes.is_empty() => {
                return outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
            }
            Self::Review { .. } => &["passed", "failed"],
            Self::Decide { .. } => &["granted", "refused"],
            Self::Collect { .. } => &["supplied", "expired"],
            Self::Service { on_exhausted: OnExhausted::Continue, .. } => &["done", "failed"],
            Self::Service { .. } => &["done"],
            Self::Wait { .. } => &["received", "expired"],
            Self::Issue { .. } => &["issued"],
            Self::Deliver { .. } => &["delivered"],
            Self::Matter { .. } => &["granted", "refused", "not_accepted", "done"],
            Self::Start { .. }
            | Self::End { .. }
            | Self::Parallel { .. }
            | Self::Exclusive { .. }
            | Self::Inclusive { .. }
            | Self::Timer { .. }
            | Self::Notice { .. } => &[],
        };
        fixed.to_vec()
    }
}

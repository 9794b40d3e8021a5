//! What happened. Only events change a case, and each carries all that applying it needs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::Millis;
use crate::case::{Application, Obtained, Outcome, Purpose, Status};
use crate::clock::{Article, Light};
use crate::command::Submission;
use crate::definition::{MaterialId, NoticeTo, QueueName, StopReason, Title};
use crate::elsewhere::Report;
use crate::net::EdgeSet;

/// One event of a case's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// An application was handed in.
    Submitted(Arc<Application>),
    /// The application went to the centre that decides (转递).
    HandedOver {
        /// What was sent.
        submission: Box<Submission>,
    },
    /// The deciding centre said where the case stands.
    Reported(Arc<Report>),
    /// The deciding centre refused what it was sent.
    Declined {
        /// Why.
        reason: Arc<str>,
    },
    /// The applicant asked the deciding centre, through this one, to withdraw.
    WithdrawalAsked {
        /// Why.
        reason: Arc<str>,
    },
    /// What came from the deciding centre was handed out at once: the definition has no step for it.
    HandedOut {
        /// Who did.
        by: Arc<str>,
    },
    /// The results went to the centre that received the application, to be delivered there.
    ResultsSent,
    /// A part began.
    PartOpened {
        /// Its number.
        part: u8,
        /// Id of its file.
        name: Arc<str>,
    },
    /// Tokens moved through a step.
    Moved {
        /// The part.
        part: u8,
        /// The step's id.
        step: Arc<str>,
        /// Edges whose tokens were taken.
        taken: EdgeSet,
        /// Edges that got tokens: for a split, the ways its conditions chose.
        put: EdgeSet,
    },
    /// A step was opened.
    TaskOpened {
        /// Number within the case.
        task: u32,
        /// The part.
        part: u8,
        /// The step.
        node: u16,
        /// The step's id.
        step: Arc<str>,
        /// The queue it joins.
        queue: Option<QueueName>,
    },
    /// A step was completed.
    TaskClosed {
        /// Number within the case.
        task: u32,
        /// What it came to.
        outcome: Outcome,
        /// Who did it.
        by: Arc<str>,
        /// Reasons, where the law asks for them.
        reason: Option<Arc<str>>,
        /// When work on it began, if somebody measured: what came before was waiting.
        began: Option<Millis>,
    },
    /// A step was taken back before anybody completed it.
    TaskWithdrawn {
        /// Number within the case.
        task: u32,
    },
    /// A step has an outcome without having been a task: a matter that ended, a step the package did for its matters.
    Passed {
        /// The part.
        part: u8,
        /// The step.
        node: u16,
        /// What it came to.
        outcome: Outcome,
    },
    /// An automatic step failed.
    Failed {
        /// The task.
        task: u32,
        /// What the handler said.
        error: Arc<str>,
        /// When it is tried again; `None` when attempts are exhausted.
        retry_at: Option<Millis>,
    },
    /// Attempts are exhausted and a person must look.
    IncidentRaised {
        /// The task.
        task: u32,
        /// What the handler said last.
        error: Arc<str>,
    },
    /// A person sent the step to be tried again.
    IncidentResolved {
        /// The task.
        task: u32,
        /// Who.
        by: Arc<str>,
    },
    /// A material must come from the applicant after all: its shared source could not be reached.
    MaterialRequired {
        /// Which.
        material: MaterialId,
    },
    /// A material is there.
    MaterialObtained {
        /// Which.
        material: MaterialId,
        /// From where.
        from: Obtained,
    },
    /// The one-time notice: everything that is missing (一次性告知).
    SupplementAsked {
        /// What is missing; the list is closed.
        materials: Vec<Arc<str>>,
    },
    /// The application was accepted.
    Accepted {
        /// The legal moment.
        at: Millis,
        /// Whether by silence, dated back to receipt.
        by_silence: bool,
    },
    /// A part's clock began to run.
    ClockStarted {
        /// The part.
        part: u8,
        /// From when.
        at: Millis,
        /// The edition of the calendar in force.
        calendar: Arc<str>,
    },
    /// A part's clock stopped on a ground of the law.
    ClockStopped {
        /// The part.
        part: u8,
        /// The ground.
        reason: StopReason,
        /// The article.
        basis: Article,
    },
    /// A part's clock runs again.
    ClockResumed {
        /// The part.
        part: u8,
        /// The ground that ended.
        reason: StopReason,
    },
    /// A part's clock has done its work.
    ClockEnded {
        /// The part.
        part: u8,
    },
    /// The supervision light of a part changed.
    LightChanged {
        /// The part.
        part: u8,
        /// Its colour now.
        light: Light,
    },
    /// A timer was set.
    TimerSet {
        /// Number within the case.
        timer: u32,
        /// When it fires.
        due: Millis,
        /// What for.
        purpose: Purpose,
    },
    /// A timer fired, or is no longer needed.
    TimerEnded {
        /// Number within the case.
        timer: u32,
    },
    /// A notice goes out.
    NoticeSent {
        /// The part.
        part: u8,
        /// The step's id.
        step: Arc<str>,
        /// To whom.
        to: NoticeTo,
        /// Heading and text.
        letter: Arc<Letter>,
    },
    /// A legal decision was made.
    Decided {
        /// The part.
        part: u8,
        /// Granted or refused.
        outcome: Outcome,
        /// Reasons; never empty for a refusal (行政许可法 38).
        reason: Option<Arc<str>>,
        /// The remedies the applicant was told of (行政许可法 38): for a refusal both, for a grant none.
        remedies: Vec<Arc<str>>,
    },
    /// A result was issued.
    ResultIssued {
        /// The part.
        part: u8,
        /// Id of the result.
        result: Arc<str>,
        /// Its number.
        number: Arc<str>,
    },
    /// A part is over.
    PartClosed {
        /// The part.
        part: u8,
        /// With what.
        outcome: Outcome,
    },
    /// The case is over.
    Closed {
        /// With what.
        status: Status,
        /// Why, when a person ended it.
        reason: Option<Arc<str>>,
    },
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Heading.
    pub title: Title,
    /// Text.
    pub text: Title,
}

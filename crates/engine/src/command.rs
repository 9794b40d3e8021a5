//! What people and machines ask of a case.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::Millis;
use crate::case::Outcome;
use crate::elsewhere::{Origin, Report};
use crate::outcome::commanded;
use crate::value::Value;

/// Most bytes of a reason, an error or a name that comes with a command.
pub const TEXT_BYTES_MAX: usize = 4000;

/// One request to change a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Its identity: the store answers a second command with the same id as it answered the first.
    pub id: Arc<str>,
    /// Who asks: the applicant, a member of staff, or a machine.
    pub by: Arc<str>,
    /// What is asked.
    pub action: Action,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Hand in an application.
    Submit(Box<Submission>),
    /// Hand in an application that another centre decides (异地代收): this one receives it and delivers the result.
    Entrust {
        /// The application.
        submission: Box<Submission>,
        /// The deciding centre.
        to: Arc<str>,
    },
    /// Take over an application that another centre received.
    TakeOver {
        /// The application, with its number here.
        submission: Box<Submission>,
        /// Where it was received.
        origin: Origin,
    },
    /// The deciding centre says where a case stands that was handed over to it.
    Report(Box<Report>),
    /// The deciding centre refused what it was sent.
    Declined {
        /// Why.
        reason: Arc<str>,
    },
    /// The receiving centre has handed the results to the applicant.
    Delivered {
        /// Who.
        by: Arc<str>,
    },
    /// Complete an open step.
    Complete {
        /// The step's number within the case.
        task: u32,
        /// What it came to. Of declared words only those can be read that this process has met: in a definition that it
        /// checked or a case that it read.
        #[serde(deserialize_with = "commanded")]
        outcome: Outcome,
        /// Reasons; needed for a refusal, for not accepting, and where the review's author asks for them.
        #[serde(default)]
        reason: Option<Arc<str>>,
        /// Intake with the outcome `supplement`: materials that were handed in but are not in legal form.
        #[serde(default)]
        lacking: Vec<Arc<str>>,
        /// When work on it began, if somebody measured; never later than the command.
        #[serde(default)]
        began: Option<Millis>,
    },
    /// Report that an automatic step failed.
    Fail {
        /// The step's number within the case.
        task: u32,
        /// What went wrong.
        error: Arc<str>,
    },
    /// A timer is due.
    Fire {
        /// The timer's number within the case.
        timer: u32,
    },
    /// A message came in for the steps that wait for it.
    Message {
        /// Its name.
        name: Arc<str>,
    },
    /// The applicant hands in materials that were asked for.
    Supply {
        /// Which.
        materials: Vec<Arc<str>>,
    },
    /// The applicant withdraws the application.
    Withdraw {
        /// Why.
        reason: Arc<str>,
    },
    /// Try an automatic step again after an incident.
    Retry {
        /// The step's number within the case.
        task: u32,
    },
    /// Go on after an incident: a person did by hand what the step should have done.
    Resolve {
        /// The step's number within the case.
        task: u32,
        /// What was done.
        reason: Arc<str>,
    },
}

/// An application as it is handed in. What stands in the dossier is read as its own, and written beside the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Submission {
    /// The number the case gets (办件编号).
    pub number: Arc<str>,
    /// Who applies.
    pub applicant: Arc<str>,
    /// Priority class, 0 (urgent) to 4 (batch).
    pub class: u8,
    /// What they say and bring.
    pub dossier: Arc<Dossier>,
}

/// What an applicant says and brings: shared by all who say and bring the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dossier {
    /// Answers to the situational questions.
    pub answers: Arc<BTreeMap<String, Value>>,
    /// The form. Fields that a question answers are left out.
    pub form: Arc<BTreeMap<String, Value>>,
    /// Ids of the materials handed in and of the commitments signed.
    pub materials: Vec<Arc<str>>,
}

impl Deref for Submission {
    type Target = Dossier;

    fn deref(&self) -> &Dossier {
        &self.dossier
    }
}

/// Who changes what others say too, changes a copy.
impl DerefMut for Submission {
    fn deref_mut(&mut self) -> &mut Dossier {
        Arc::make_mut(&mut self.dossier)
    }
}

/// A submission as it is written down: all in one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "Submission")]
struct Written {
    number: Arc<str>,
    applicant: Arc<str>,
    #[serde(default = "ordinary")]
    class: u8,
    #[serde(default)]
    answers: Arc<BTreeMap<String, Value>>,
    #[serde(default)]
    form: Arc<BTreeMap<String, Value>>,
    #[serde(default)]
    materials: Vec<Arc<str>>,
}

impl From<Written> for Submission {
    fn from(Written { number, applicant, class, answers, form, materials }: Written) -> Self {
        Self { number, applicant, class, dossier: Dossier { answers, form, materials }.into() }
    }
}

impl From<Submission> for Written {
    fn from(Submission { number, applicant, class, dossier }: Submission) -> Self {
        let Dossier { answers, form, materials } = Arc::unwrap_or_clone(dossier);
        Self { number, applicant, class, answers, form, materials }
    }
}

/// The class of an ordinary application, as of anyone who walks in.
#[must_use]
pub fn ordinary() -> u8 {
    3
}

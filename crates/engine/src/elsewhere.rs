//! A case that two centres handle (跨省通办): one receives the application and delivers the result (异地代收代办), the
//! other accepts and decides, under its own definition and calendar (国办发〔2020〕35号). Each has a case of its own;
//! what one must know of the other travels as a [`Transfer`].
//!
//! ```text
//! receiving centre                         deciding centre
//! received, checked at the window
//! handed over  ---- Application ---->      received, accepted, decided, issued
//! knows where it stands <-- Report ---     (each time something changes)
//! supplied, withdrawal asked ------->
//! results at the window  <--- Report ---   results sent
//! delivered    ---- Delivered ------>      closed
//! closed       <--- Report ----------
//! ```

use std::sync::Arc;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::calendar::Millis;
use crate::case::{Acceptance, Case, Issued, Outcome, Status, by_id};
use crate::command::{Action, Submission};
use crate::event::Event;

/// Longest name of a centre, in bytes: a case's number at the other centre holds it.
pub const CENTRE_BYTES_MAX: usize = 60;

/// The other centre of a case, as the application names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counterpart {
    /// That centre decides; this one received the application for it and delivers the result.
    Decides {
        /// Its name.
        centre: Arc<str>,
    },
    /// That centre received the application and delivers the result; this one decides.
    Received(Origin),
}

/// Where an application was received before it came here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The centre.
    pub centre: Arc<str>,
    /// The case's number there.
    pub number: Arc<str>,
    /// When it was received there.
    pub at: Millis,
}

/// What a receiving centre knows of a case that another decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// When it was handed over (转递).
    pub sent_at: Millis,
    /// What the deciding centre said last, and when it was heard.
    pub told: Option<(Arc<Report>, Millis)>,
    /// Whether the applicant has asked to withdraw.
    pub withdrawing: bool,
}

/// Where a case stands, as the deciding centre tells the receiving one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its number at the deciding centre.
    pub number: Arc<str>,
    /// How many events it has there: the greater one is the later word.
    pub version: u64,
    /// Its state.
    pub status: Status,
    /// Its acceptance, from which the clock runs.
    pub accepted: Option<Acceptance>,
    /// What the one-time notice named.
    pub supplement: Option<Vec<Arc<str>>>,
    /// What was issued, by id.
    #[serde(with = "by_id")]
    pub results: LiteMap<Arc<str>, Issued>,
    /// Whether the results are on their way to be delivered by the receiving centre.
    pub sent: bool,
    /// Reasons of a refusal.
    pub reason: Option<Arc<str>>,
}

/// What one centre tells another about a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transfer {
    /// The application, to the centre that decides.
    Application {
        /// As it was handed in, with the number of the receiving centre.
        submission: Box<Submission>,
        /// When it was received.
        received_at: Millis,
    },
    /// Materials that the deciding centre asked for.
    Supply {
        /// Which.
        materials: Vec<Arc<str>>,
    },
    /// The applicant withdraws.
    Withdraw {
        /// Why.
        reason: Arc<str>,
    },
    /// The results are in the applicant's hands.
    Delivered {
        /// Who handed them over.
        by: Arc<str>,
    },
    /// Where the case stands, to the centre that received it.
    Report(Box<Report>),
}

impl Case {
    /// The centre that decides, where another does.
    #[must_use]
    pub fn decided_at(&self) -> Option<&Arc<str>> {
        match &self.application.counterpart {
            Some(Counterpart::Decides { centre }) => Some(centre),
            _ => None,
        }
    }

    /// Where it was received, if another centre did.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match &self.application.counterpart {
            Some(Counterpart::Received(origin)) => Some(origin),
            _ => None,
        }
    }

    /// The other centre, where there is one.
    #[must_use]
    pub fn other_centre(&self) -> Option<&Arc<str>> {
        self.decided_at().or(self.origin().map(|origin| &origin.centre))
    }
}

impl Transfer {
    /// What it asks at the other centre. An application becomes the case `number` there, received here at the centre
    /// `from`.
    #[must_use]
    pub fn action(self, from: &Arc<str>, number: &Arc<str>) -> Action {
        match self {
            Self::Application { mut submission, received_at } => {
                let own = std::mem::replace(&mut submission.number, number.clone());
                let origin = Origin { centre: from.clone(), number: own, at: received_at };
                Action::TakeOver { submission, origin }
            }
            Self::Supply { materials } => Action::Supply { materials },
            Self::Withdraw { reason } => Action::Withdraw { reason },
            Self::Delivered { by } => Action::Delivered { by },
            Self::Report(report) => Action::Report(report),
        }
    }
}

/// What the other centre must be told after these events.
pub(crate) fn transfers(events: &[Event], after: &Case) -> Vec<Transfer> {
    match &after.application.counterpart {
        None => Vec::new(),
        Some(Counterpart::Decides { .. }) => to_the_deciding(events, after),
        Some(Counterpart::Received(_)) => report(events, after).map(Transfer::Report).into_iter().collect(),
    }
}

fn to_the_deciding(events: &[Event], after: &Case) -> Vec<Transfer> {
    let (mut transfers, mut materials) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::HandedOver { submission, .. } => {
                transfers.push(Transfer::Application { submission: submission.clone(), received_at: after.received_at })
            }
            Event::MaterialObtained { material, .. } if after.elsewhere.is_some() => {
                materials.push(material.as_str().into())
            }
            Event::WithdrawalAsked { reason } => transfers.push(Transfer::Withdraw { reason: reason.clone() }),
            Event::TaskClosed { outcome: Outcome::Delivered, by, .. } | Event::HandedOut { by } => {
                transfers.push(Transfer::Delivered { by: by.clone() });
            }
            _ => {}
        }
    }
    // What was handed in with the application went with it.
    if !materials.is_empty() && !transfers.iter().any(|it| matches!(it, Transfer::Application { .. })) {
        transfers.push(Transfer::Supply { materials });
    }
    transfers
}

/// A report, if anything happened that the applicant would ask for at the receiving centre.
fn report(events: &[Event], after: &Case) -> Option<Box<Report>> {
    let (mut tells, mut sent, mut reason) = (false, false, None);
    for event in events {
        match event {
            Event::Submitted(_) | Event::SupplementAsked { .. } | Event::Accepted { .. } => tells = true,
            Event::ResultIssued { .. } => tells = true,
            Event::ResultsSent => (tells, sent) = (true, true),
            Event::Decided { reason: why, .. } | Event::Closed { reason: why, .. } => {
                (tells, reason) = (true, why.clone().or(reason));
            }
            Event::TaskClosed { outcome: Outcome::NotAccepted, reason: why, .. } => reason = why.clone().or(reason),
            _ => {}
        }
    }
    tells.then(|| {
        Box::new(Report {
            number: after.application.number.clone(),
            version: after.version,
            status: after.status,
            accepted: after.accepted,
            supplement: after.supplement.clone(),
            results: after.results.clone(),
            sent,
            reason,
        })
    })
}

//! A scenario learned from what happened: arrivals by weekday and quarter-hour, times and outcomes of steps, who does
//! what. How well each fits is told beside it, against a part of the log that took no part in the fit.

mod arrivals;
mod cases;
mod fit;
mod learn;
mod staff;

use std::collections::BTreeMap;

use serde::Serialize;

pub use arrivals::{ArrivalFit, DaysHeldOut, Grain, Shape, Weekdays};
pub use fit::{Candidate, Fit, HeldOut, fit};
pub use learn::{Learned, learn};
use onething_engine::Title;

use crate::scenario::ScenarioFile;

/// What to learn from a log.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// What the log is called.
    pub log: &'a str,
    /// Id of the scenario to make.
    pub id: &'a str,
    /// The package of cases of which the log names none.
    pub package: Option<&'a str>,
    /// Names of steps in the log, and ours; `None`: not to be looked at.
    pub names: &'a BTreeMap<String, Option<String>>,
    /// Id of the working calendar.
    pub calendar: &'a str,
    /// A scenario that says what no log tells: staff, rules, tides, patience. Without one, staff is learned as well.
    pub base: Option<&'a ScenarioFile>,
}

/// What was learned, in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Cases and visits.
    pub cases: usize,
    /// Rows of the log.
    pub rows: usize,
    /// First and last day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Working days between them, both included.
    pub days: usize,
    /// Arrivals.
    pub arrivals: Vec<ArrivalFit>,
    /// Times of steps and visits.
    pub steps: Vec<StepFit>,
    /// Outcomes.
    pub outcomes: Vec<Share>,
    /// What the reader must know.
    pub notes: Vec<Title>,
}

/// Times of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepFit {
    /// The step as `file/step`, a type of step, or a visit.
    pub step: String,
    /// What was learned.
    #[serde(flatten)]
    pub fit: Fit,
}

/// A share that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// How often.
    pub times: usize,
    /// Of how many.
    pub of: usize,
}

/// How often something came to something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The step, or the package.
    pub of: String,
    /// The outcome.
    pub outcome: String,
    /// The share.
    pub share: f64,
    /// Its interval of 95% (Wilson 1927).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// In the first four fifths of the log.
    pub kept: Counted,
    /// In the last fifth, which can be held against it.
    pub held_out: Counted,
}

impl Share {
    /// Of the first four fifths and the last.
    fn new(of: &str, outcome: &str, came: &[bool]) -> Self {
        let count = |part: &[bool]| Counted { times: part.iter().filter(|it| **it).count(), of: part.len() };
        let (kept, held) = came.split_at(came.len() - came.len() / 5);
        let (all, z) = (count(came), 1.959_964_f64);
        let (of_all, share) = (all.of.max(1) as f64, all.times as f64 / all.of.max(1) as f64);
        let middle = (share + z * z / (2.0 * of_all)) / (1.0 + z * z / of_all);
        let half = z / (1.0 + z * z / of_all) * (share * (1.0 - share) / of_all + (z / (2.0 * of_all)).powi(2)).sqrt();
        Self {
            of: of.to_owned(),
            outcome: outcome.to_owned(),
            share,
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
            kept: count(kept),
            held_out: count(held),
        }
    }
}

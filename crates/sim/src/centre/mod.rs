//! A whole centre in virtual time: the hall and the back office, the case engine deciding, clocks and lights in the
//! working calendar, windows opened for tides by people called from their desks.

mod cases;
mod comings;
mod journal;
mod measures;
mod model;
mod people;
mod queues;
mod run;
mod seats;
mod verdicts;
mod visits;

pub use comings::Coming;
pub use measures::{CaseCounts, Counts, GroupUse, Presence, RunReport, Unbalanced, WaitLog};
pub use model::NoModel;
pub use model::{Model, SeatPlan, SourcePlan};
pub use run::{Assignment, key_of, people_source, ticket_of};
pub use verdicts::{Verdict, doubted, steps_source};
pub use visits::{Visit, supply};

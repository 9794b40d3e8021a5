//! Scenarios: which centre, who works there, who comes, how long things take. Strict JSON with a published schema.

mod file;
mod read;
mod rosters;
mod tide;

pub use file::{
    Appointments, Arrivals, Balking, Batch, Channel, DeskTarget, GroupKind, HallRules, LIMITS_SHARE, Profile,
    ScenarioFile, ScenarioKind, StaffGroup, Target, Work,
};
pub use read::{Scenario, read, schema};
pub(crate) use read::{moment_of, other_outcomes, rule, steps, workers};
pub(crate) use tide::manned;
pub use tide::{Lend, Stretch, Tide, TideBy};

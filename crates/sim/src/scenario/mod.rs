//! Scenarios: which centre, who works there, who comes, how long things take. Strict JSON with a published schema.

mod file;
mod read;

pub use file::{
    Appointments, Arrivals, Balking, Batch, Channel, GroupKind, HallRules, Lend, Profile, ScenarioFile, ScenarioKind,
    StaffGroup, Target, Tide, Work,
};
pub use read::{Scenario, read, schema};
pub(crate) use read::{moment_of, rule};

//! Definition, proof, command and event machine, statutory clock.
//!
//! This crate must not know: tokio, Redis, the wall clock, randomness, files, or which store keeps its bytes. Time comes
//! in as an argument. A test walks `cargo metadata` and the sources, and proves it.
//!
//! ```text
//! files -- check --> Workflow        the only thing that runs
//! decide(&workflow, &calendar, &case, &command, now) --> events, effects, the case after | a rejection
//! Decider                           the same for one command after the other, on the case itself: for rehearsals
//! apply(&mut case, &event, at)      the only way a case changes
//! ```

pub mod analysis;
#[cfg(test)]
extern crate self as onething_engine;

mod application;
mod apply;
mod at;
pub mod calendar;
pub mod case;
mod check;
pub mod clock;
pub mod command;
pub mod condition;
mod decide;
pub mod definition;
pub mod diagnostic;
mod effects;
pub mod elsewhere;
pub mod event;
mod examinations;
mod materials;
pub mod net;
mod outcome;
pub mod proof;
mod rejection;
mod schema;
mod settled;
mod shape;
mod source;
pub mod strict;
mod text;
pub mod trial;
mod value;
mod workflow;

pub use application::{ANSWER_CHARS_MAX, NAME_BYTES_MAX};
pub use apply::apply;
pub use check::{Checked, InputFile, NEUTRAL_BYTES_MAX, NeutralGraph, check, neutral};
pub use decide::{Decider, Decision, EVENTS_MAX, barred, decide};
pub use effects::{Effects, Enqueue, INCIDENT_QUEUE, Notice};
pub use rejection::{Problem, Rejection};
pub use schema::schema;
pub use source::{DEPTH_MAX, FILE_BYTES_MAX, Source};
pub use text::Title;
pub use value::Value;
pub use workflow::{FieldPlan, MaterialPlan, Plan, SourceFile, Workflow};

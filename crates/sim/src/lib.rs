//! A centre in virtual time, on the same hall as the worker's, and the theory that it is held against.
//!
//! Must not know: tokio, the wall clock, files, or a rule of its own. Who is served next is the hall's to say
//! (`onething-policy`), what becomes of a case the engine's (`onething-engine`). All chance comes from one seed; the same seed gives the same run to the byte.

pub mod agenda;
pub mod applications;
pub mod calibrate;
pub mod centre;
pub mod chance;
pub mod duration;
pub mod eventlog;
pub mod plan;
pub mod rates;
mod replicate;
pub mod report;
pub mod results;
pub mod scenario;
pub mod signs;
pub mod stations;
pub mod stats;
pub mod theory;

pub use replicate::{replicate, seed_of};

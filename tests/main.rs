//! The integration tests of the workspace: one binary, a module for each subject.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod applicant;
mod architecture;
mod calibrate;
mod cli;
mod clock_off;
mod cross;
mod docs;
mod doctor;
mod explain;
mod hall;
mod import;
mod kill;
mod load;
mod plan;
mod simulate;
mod surroundings;
mod workers;

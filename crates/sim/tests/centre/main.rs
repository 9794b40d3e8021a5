//! Whole centres.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod applications;
mod calibrate;
mod days;
mod files;
mod plans;
mod reception;
mod support;
mod worker;

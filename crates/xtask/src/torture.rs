//! `cargo xtask torture`: work under faults for as long as one likes.

use crate::step::Step;

/// Runs it; it knows what the arguments mean.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    crate::needs::redis()?;
    let command = "test --release --locked --package onething --test torture --";
    Step::cargo("torture", &[&[command], arguments].concat().join(" ")).run()
}

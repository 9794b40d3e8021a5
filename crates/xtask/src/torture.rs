//! `cargo xtask torture`: work under faults for as long as one likes.

use crate::step::Step;

/// Runs it; it knows what the arguments mean.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    crate::needs::redis()?;
    // The same build as that of the tests: nothing is built anew, and an overflow is an error.
    let command = "test --locked --workspace --bench torture --";
    Step::cargo("torture", &[&[command], arguments].concat().join(" ")).run()
}

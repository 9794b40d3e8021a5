//! The onething command.
fn main() {}

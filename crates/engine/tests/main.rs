//! What the engine does, seen from outside.

mod alike;
mod critical_path;
mod diagnostics;
mod elsewhere;
mod explanation;
mod flows;
mod once;
mod once_random;
mod packages;
mod produced;
mod promises;
mod proof;
mod random_packages;
mod random_runs;
mod schemas;
mod support;
mod trials;

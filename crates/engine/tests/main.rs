//! What the engine does, seen from outside.

mod flows;
mod random_runs;
mod support;

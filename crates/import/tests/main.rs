//! Definitions of other systems made into ours: what comes over, what is told, and that it runs the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod digit;

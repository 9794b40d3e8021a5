//! The hall, told signals and asked for acts. One binary: stories by subject, then random runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod order;
mod people;
mod random;
mod script;
mod seating;
mod separation;
mod shifts;
mod tides;
mod witness;

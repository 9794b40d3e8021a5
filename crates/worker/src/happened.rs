//! What a centre tells those who listen: a bell, never the truth.

use std::sync::Arc;

use onething_engine::Effects;
use onething_engine::case::Status;
use onething_engine::event::Event;

/// Something happened to a case.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The case's number.
    pub case: Arc<str>,
    /// Id of the command that caused it; it is acknowledged.
    pub command: Arc<str>,
    /// Its priority class.
    pub class: u8,
    /// Where it stands now.
    pub status: Status,
    /// What happened.
    pub events: Vec<Event>,
    /// What follows.
    pub effects: Effects,
}

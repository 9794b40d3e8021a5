//! What a store keeps of the engine: events, states and answers as JSON.

use std::sync::Arc;

use onething_engine::SourceFile;
use onething_engine::calendar::Millis;
use onething_engine::event::Event;
use serde::{Deserialize, Serialize};

/// An event with its moment and its author, as it stands in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Legal time.
    pub at: Millis,
    /// Who caused it.
    pub by: Arc<str>,
    /// What happened.
    pub event: Event,
}

/// The answer to a command, the same however often it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The case's number.
    pub case: Arc<str>,
    /// Events in its history after the command.
    pub version: u64,
    /// Where it stands.
    pub status: Arc<str>,
}

/// The texts a workflow was checked from, kept under its hash so that a running case can always go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Id of the package or matter.
    pub id: Arc<str>,
    /// The files.
    pub sources: Vec<SourceFile>,
}

//! What an import hands back besides the file: nothing of the source is dropped in silence.

use onething_engine::Title;
use onething_engine::diagnostic::{Diagnostic, Severity};
use serde::Serialize;

/// A definition made from another system's.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The name it has in the source.
    pub name: String,
    /// Id of the matter.
    pub id: String,
    /// The text of the matter's file.
    pub text: String,
    /// What of the source is in the file, and as what.
    pub carried_over: Vec<Item>,
    /// What of the source is not in the file, and why.
    pub not_carried_over: Vec<Item>,
    /// What is broken in the source (errors) or unusual (warnings), in order of place.
    pub findings: Vec<Diagnostic>,
}

impl Imported {
    /// Whether nothing in the source is broken.
    #[must_use]
    pub fn is_sane(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// Something of the source: a key, a kind of object, or one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The key in the source, such as `sla`.
    pub key: String,
    /// JSON pointers into the source.
    pub at: Vec<String>,
    /// What became of it.
    pub message: Title,
}

/// Why nothing was imported.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The source cannot be read, or is larger than a definition can be.
    Broken(Vec<Diagnostic>),
    /// The source holds several definitions, and it was not said which one is meant.
    Choose(Vec<String>),
    /// The source holds no definition of the name that was given, but these.
    Unknown(Vec<String>),
}

//! Event logs: what happened to cases and visitors, step by step, as other programs keep and read it (CSV, XES).
//!
//! One [`Row`] is one thing done. Some names stand for what is no step of a definition: [`NO_STEPS`]; a visit that makes no case is a row without a package, named by what it was about.

mod csv;
mod history;
mod times;
mod xes;

use std::sync::Arc;

use onething_engine::InputFile;
use onething_engine::calendar::Millis;
use onething_engine::diagnostic::{Diagnostic, Place};

pub use csv::{Columns, write as write_csv};
pub use history::History;
pub use xes::write as write_xes;

/// Somebody came: took a ticket, or handed in online. Its outcome says which: `window` or `online`.
pub const ARRIVE: &str = "arrive";
/// An application was handed in.
pub const SUBMIT: &str = "submit";
/// Somebody with a ticket was called to a window.
pub const CALLED: &str = "called";
/// Somebody with a ticket gave up waiting. The outcome of this row and of the next two says what they came for.
pub const GAVE_UP: &str = "gave_up";
/// Somebody got no ticket.
pub const TURNED_AWAY: &str = "turned_away";
/// Somebody was not there when called.
pub const MISSED: &str = "missed";
/// Every name of what is no step.
pub const NO_STEPS: [&str; 6] = [ARRIVE, SUBMIT, CALLED, GAVE_UP, TURNED_AWAY, MISSED];

/// Most bytes of a log: some two million rows.
pub const LOG_BYTES_MAX: usize = 256 << 20;
/// Most rows of a log; a district's centre makes some hundred thousand a year.
pub const ROWS_MAX: usize = 2_000_000;
/// Most bytes of one value.
pub const VALUE_BYTES_MAX: usize = 1000;
/// Findings told of one log; a wrong log is wrong in every line.
pub(crate) const FOUND_MAX: usize = 20;

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The line of its file, from 1; 0 if it comes from no file.
    pub line: u32,
    /// The case, or the ticket of a visit.
    pub case: Arc<str>,
    /// Id of the package or matter; none: a visit without a case.
    pub package: Option<Arc<str>>,
    /// The step as `file/step`, one of the names above, or what a visit was about.
    pub activity: Arc<str>,
    /// When work on it began; for what waits for the applicant or a message, when the waiting began.
    pub began_ms: Option<Millis>,
    /// When it was over.
    pub ended_ms: Millis,
    /// Who did it.
    pub by: Option<Arc<str>>,
    /// What it came to.
    pub outcome: Option<Arc<str>>,
    /// The queue in which it waited.
    pub queue: Option<Arc<str>>,
}

/// A log as it was read.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    /// What happened, in the order of the file.
    pub rows: Vec<Row>,
    /// Columns that were not used.
    pub unused: Vec<String>,
}

/// Reads a log: XES if it begins as XML, else CSV.
///
/// # Errors
/// What is wrong with it, each with its line; of very many only the first ones.
pub fn read(input: &InputFile, columns: &Columns) -> Result<EventLog, Vec<Diagnostic>> {
    let mut found = Found { file: &input.name, found: Vec::new() };
    if input.bytes.len() > LOG_BYTES_MAX {
        found.add(
            "E-LOG-001",
            (1, 0, ""),
            format!("日志超过 {LOG_BYTES_MAX} 字节"),
            format!("the log has more than {LOG_BYTES_MAX} bytes"),
        );
        return Err(found.found);
    }
    let text = match std::str::from_utf8(&input.bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let line = 1 + input.bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            found.add("E-LOG-002", (line, error.valid_up_to(), ""), "不是 UTF-8 文本", "not UTF-8 text");
            return Err(found.found);
        }
    };
    let log = if text.trim_start().starts_with('<') {
        xes::read(text, &mut found)
    } else {
        csv::read(text, columns, &mut found)
    };
    if found.found.is_empty() { Ok(log) } else { Err(found.found) }
}

/// Findings, up to a bound.
pub(crate) struct Found<'a> {
    file: &'a str,
    found: Vec<Diagnostic>,
}

impl Found<'_> {
    /// `at`: line from 1, byte from 0, name of the column or attribute.
    fn add(&mut self, code: &'static str, at: (usize, usize, &str), zh: impl Into<String>, en: impl Into<String>) {
        self.push(Diagnostic::error(code, place(self.file, at), zh, en));
    }

    fn push(&mut self, finding: Diagnostic) {
        if !self.is_full() {
            self.found.push(finding);
        }
    }

    fn is_full(&self) -> bool {
        self.found.len() >= FOUND_MAX
    }

    fn place(&self, at: (usize, usize, &str)) -> Place {
        place(self.file, at)
    }
}

pub(crate) fn place(file: &str, (line, offset, name): (usize, usize, &str)) -> Place {
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Place { file: file.to_owned(), line, column: 1, pointer: name.to_owned(), offset, length: 0 }
}

/// Hands out one copy of each text: a log names the same few steps and people again and again.
#[derive(Default)]
struct Texts(std::collections::BTreeSet<Arc<str>>);

impl Texts {
    fn one(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }

    fn some(&mut self, text: &str) -> Option<Arc<str>> {
        (!text.is_empty()).then(|| self.one(text))
    }
}

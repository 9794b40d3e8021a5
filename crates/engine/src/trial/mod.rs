//! Tests that the authors of packages write: applications, what is done at their steps, and what must come of it.
//!
//! A test file is checked like every other definition file; [`judge`] runs one of its cases on the engine itself, from
//! the answers to the last timer, with a clock that jumps. The same file gives the same verdict, always.

mod compare;
mod facts;
mod file;
mod moment;
mod record;
mod run;
pub(crate) mod steps;

use std::fmt;

use serde::Serialize;

use crate::calendar::Calendar;
use crate::clock::Stop;
use crate::diagnostic::Place;
use crate::source::Source;
use crate::text::Title;
use crate::workflow::Workflow;

pub(crate) use facts::BY_SILENCE;
pub use file::{
    ClockExpected, Expected, Handed, MatterOutcome, Notices, Rejected, Scripted, StopExpected, TestCase, TestFile,
    TestFileKind,
};
pub use moment::{Minute, When};
pub(crate) use moment::{is_minute, is_when};
pub use record::record;
pub use run::COMMANDS_MAX;

/// A test file that is free of errors.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name as it was given.
    pub name: String,
    /// What it says.
    pub file: TestFile,
    /// Its text, in which differences are placed.
    pub(crate) text: String,
}

/// What came of one case of a test file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The case's title.
    pub title: Title,
    /// Where the case stands in its file.
    #[serde(rename = "at")]
    pub place: Place,
    /// Everything in which it did not come as expected; nothing when the case passed.
    pub differences: Vec<Difference>,
    /// Commands that were given.
    pub commands: u32,
}

/// One thing that did not come as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where the expectation, or the entry of the script, stands.
    #[serde(rename = "at")]
    pub place: Place,
    /// What it is about.
    pub what: Title,
    /// What was expected.
    pub expected: Title,
    /// What came.
    pub found: Title,
}

/// A difference at a pointer below its case.
struct Finding {
    pointer: String,
    what: Title,
    expected: Title,
    found: Title,
}

/// Runs one case of a file, by its index, on the workflow it tests; nothing for an index beyond the last.
#[must_use]
pub fn judge(suite: &Suite, index: usize, workflow: &Workflow, calendar: &Calendar) -> Option<Verdict> {
    let case = suite.file.cases.get(index)?;
    let run = run::run(workflow, calendar, &suite.file, case);
    let facts = facts::facts(workflow, calendar, &run);
    let mut findings = compare::differences(&case.expect, &facts, run.rejected.as_ref());
    // Turned away at the door although it should not be: nothing of the script can have happened.
    if run.rejected.is_none() || case.expect.rejected.is_some() {
        findings.extend(run.findings);
    }
    let source = Source::parse(&suite.name, suite.text.as_bytes()).ok();
    let at = |pointer: &str| {
        let pointer = format!("/cases/{index}{pointer}");
        source.as_ref().map_or_else(|| nowhere(&suite.name, &pointer), |source| source.place(&pointer))
    };
    let differences = findings
        .into_iter()
        .map(|Finding { pointer, what, expected, found }| Difference { place: at(&pointer), what, expected, found })
        .collect();
    Some(Verdict { title: case.title.clone(), place: at("/title"), differences, commands: run.commands })
}

/// A place in a file that can no longer be read.
fn nowhere(file: &str, pointer: &str) -> Place {
    Place { file: file.to_owned(), line: 1, column: 1, pointer: pointer.to_owned(), offset: 0, length: 0 }
}

impl StopExpected {
    fn of(stop: &Stop) -> Self {
        Self { reason: stop.reason, from: When::of(Some(stop.from)), to: stop.to.map(|to| When::of(Some(to))) }
    }
}

impl fmt::Display for StopExpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → ", self.reason.zh(), self.from)?;
        match self.to {
            Some(to) => to.fmt(f),
            None => f.write_str("…"),
        }
    }
}

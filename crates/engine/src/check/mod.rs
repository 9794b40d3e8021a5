//! The check: files in, workflows and findings out. Nothing else makes a [`Workflow`].
//!
//! Three passes. Each file is held against its schema; when that holds it is read into its type and its own names and
//! graph are checked; then each package is put together with its matters and checked as a whole. A later pass runs on
//! whatever the earlier ones left standing, so one run reports all there is to mend.

mod decidable;
mod duties;
mod file;
mod graph;
mod limits;
mod merged;
mod names;
mod neutral;
mod on_time;
mod once;
mod package;
mod paths;
mod produced;
mod reads;
mod shared;
mod sound;
mod trials;

use std::collections::BTreeMap;

use crate::calendar::{Calendar, CalendarFile};
use crate::definition::{FileKind, Matter, Package};
use crate::diagnostic::{Diagnostic, Severity};
use crate::schema;
use crate::source::Source;
use crate::trial::{Suite, TestFile};
use crate::workflow::Workflow;

pub use file::InputFile;
pub use neutral::{NEUTRAL_BYTES_MAX, NeutralGraph, neutral};

/// What the check made of a set of files.
#[derive(Debug, Default)]
pub struct Checked {
    /// The workflows of the files that are free of errors, by id: packages, and matters that run alone.
    pub workflows: BTreeMap<String, Workflow>,
    /// The calendars that are free of errors, by id.
    pub calendars: BTreeMap<String, Calendar>,
    /// The tests whose file and workflow are free of errors, by id of the workflow.
    pub tests: BTreeMap<String, Suite>,
    /// Everything found, in order of file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether there is no error; warnings do not count.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.diagnostics.iter().all(|d| d.severity != Severity::Error)
    }
}

/// Checks a set of files together. Packages find their matters among them, by id.
#[must_use]
pub fn check(files: &[InputFile]) -> Checked {
    let (mut checked, mut read) = (Checked::default(), Read::default());
    for input in files {
        if let Err(found) = read.file(input, &mut checked) {
            checked.diagnostics.extend(found);
        }
    }
    let wrong = |checked: &Checked, name: &str| {
        checked.diagnostics.iter().any(|d| d.severity == Severity::Error && d.place.file == name)
    };
    let tests = |name: &str| read.tests.values().any(|loaded| loaded.input.name == name);
    let unread: Vec<String> = files
        .iter()
        .filter(|input| wrong(&checked, &input.name) && !tests(&input.name))
        .map(|input| input.stem().to_owned())
        .collect();
    let mut parts = BTreeMap::new();
    for (id, matter) in &read.matters {
        let (part, workflow) = package::matter(matter, &read.packages, &mut checked.diagnostics);
        parts.insert(id.clone(), part);
        checked.workflows.extend(workflow.map(|workflow| (id.clone(), workflow)));
    }
    for package in &read.packages {
        let known = (&parts, read.packages.as_slice());
        if let Some(workflow) = package::package(package, known, &unread, &mut checked.diagnostics) {
            checked.workflows.insert(package.value.id.clone(), workflow);
        }
    }
    read.tests(&unread, &mut checked);
    let mut workflows = std::mem::take(&mut checked.workflows);
    workflows.retain(|_, workflow| workflow.sources.iter().all(|source| !wrong(&checked, &source.name)));
    let mut calendars = std::mem::take(&mut checked.calendars);
    calendars.retain(|id, _| read.calendars.get(id).is_some_and(|name| !wrong(&checked, name)));
    let mut tests = std::mem::take(&mut checked.tests);
    tests.retain(|id, suite| {
        workflows.contains_key(id) && calendars.contains_key(&suite.file.calendar) && !wrong(&checked, &suite.name)
    });
    checked.workflows = workflows;
    checked.calendars = calendars;
    checked.tests = tests;
    checked.diagnostics.sort_by(|a, b| {
        (&a.place.file, a.place.offset, a.code, &a.message.en).cmp(&(
            &b.place.file,
            b.place.offset,
            b.code,
            &b.message.en,
        ))
    });
    checked.diagnostics.dedup();
    checked
}

/// The files that have the shape of their kind.
#[derive(Default)]
struct Read<'a> {
    matters: BTreeMap<String, file::Loaded<'a, Matter>>,
    packages: Vec<file::Loaded<'a, Package>>,
    /// The name of the file of each calendar, by id.
    calendars: BTreeMap<String, String>,
    tests: BTreeMap<String, file::Loaded<'a, TestFile>>,
}

impl<'a> Read<'a> {
    /// Reads one file; what keeps it from being read is the error.
    fn file(&mut self, input: &'a InputFile, checked: &mut Checked) -> Result<(), Vec<Diagnostic>> {
        let source = Source::parse(&input.name, &input.bytes).map_err(|found| vec![*found])?;
        let kind = file::kind(&source).map_err(|found| vec![*found])?;
        let differences = crate::shape::differences(&source, schema::rules(kind));
        if !differences.is_empty() {
            return Err(differences);
        }
        let found = &mut checked.diagnostics;
        match kind {
            FileKind::Matter => {
                let loaded = file::load::<Matter>(input, source, found, |m| &m.id)?;
                let earlier = self.matters.get(&loaded.value.id).map(|earlier| earlier.input.name.as_str());
                file::alone(&loaded, &loaded.value.id, earlier)?;
                self.matters.insert(loaded.value.id.clone(), loaded);
            }
            FileKind::Package => {
                let loaded = file::load::<Package>(input, source, found, |p| &p.id)?;
                let earlier = self.packages.iter().find(|package| package.value.id == loaded.value.id);
                file::alone(&loaded, &loaded.value.id, earlier.map(|earlier| earlier.input.name.as_str()))?;
                self.packages.push(loaded);
            }
            FileKind::Calendar => {
                let loaded = file::load::<CalendarFile>(input, source, found, |c| &c.id)?;
                let id = loaded.value.id.clone();
                file::alone(&loaded, &id, self.calendars.get(&id).map(String::as_str))?;
                self.calendars.insert(id, input.name.clone());
                file::calendar(loaded, checked);
            }
            FileKind::Tests => {
                let loaded = file::load::<TestFile>(input, source, found, |t| &t.id)?;
                let earlier = self.tests.get(&loaded.value.id).map(|earlier| earlier.input.name.as_str());
                file::alone(&loaded, &loaded.value.id, earlier)?;
                self.tests.insert(loaded.value.id.clone(), loaded);
            }
        }
        Ok(())
    }

    /// Checks test files against what they test. Of a workflow or a calendar that has errors itself nothing is said.
    fn tests(&self, unread: &[String], checked: &mut Checked) {
        for (id, loaded) in &self.tests {
            let calendar = &loaded.value.calendar;
            if !self.calendars.contains_key(calendar) && !unread.contains(calendar) {
                let at = loaded.source.place("/calendar");
                let known = self.calendars.keys().map(String::as_str);
                checked.diagnostics.push(names::unknown("E-TEST-002", at, ("日历", "calendar"), calendar, known));
            }
            if let Some(workflow) = checked.workflows.get(id) {
                trials::tests(loaded, workflow, &mut checked.diagnostics);
                checked.tests.insert(id.clone(), trials::suite(loaded));
                continue;
            }
            let packages = self.packages.iter().map(|package| package.value.id.as_str());
            let known: Vec<&str> = self.matters.keys().map(String::as_str).chain(packages).collect();
            if !known.contains(&id.as_str()) && !unread.contains(id) {
                let at = loaded.source.place("/id");
                let what = ("套餐或事项", "package or matter");
                checked.diagnostics.push(names::unknown("E-TEST-001", at, what, id, known));
            }
        }
    }
}

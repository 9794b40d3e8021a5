//! The check: files in, workflows and findings out. Nothing else makes a [`Workflow`].
//!
//! Three passes. Each file is held against its schema; when that holds it is read into its type and its own names and
//! graph are checked; then each package is put together with its matters and checked as a whole. A later pass runs on
//! whatever the earlier ones left standing, so one run reports all there is to mend.

mod file;
mod graph;
mod names;
mod package;
mod produced;
mod shared;
pub mod soundness;

use std::collections::BTreeMap;

use crate::calendar::{Calendar, CalendarFile};
use crate::definition::{FileKind, Matter, Package};
use crate::diagnostic::{Diagnostic, Severity};
use crate::schema;
use crate::source::Source;
use crate::workflow::Workflow;

pub use file::InputFile;

/// What the check made of a set of files.
#[derive(Debug, Default)]
pub struct Checked {
    /// The workflows of the files that are free of errors, by id: packages, and matters that run alone.
    pub workflows: BTreeMap<String, Workflow>,
    /// The calendars that are free of errors, by id.
    pub calendars: BTreeMap<String, Calendar>,
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
    let mut checked = Checked::default();
    let mut matters: BTreeMap<String, file::Loaded<'_, Matter>> = BTreeMap::new();
    let mut packages: Vec<file::Loaded<'_, Package>> = Vec::new();
    for input in files {
        let source = match Source::parse(&input.name, &input.bytes) {
            Ok(source) => source,
            Err(diagnostic) => {
                checked.diagnostics.push(*diagnostic);
                continue;
            }
        };
        let Some(kind) = file::kind(&source, &mut checked.diagnostics) else { continue };
        let differences = crate::shape::differences(&source, schema::cached(kind));
        if !differences.is_empty() {
            checked.diagnostics.extend(differences);
            continue;
        }
        match kind {
            FileKind::Matter => {
                if let Some(loaded) = file::load::<Matter>(input, source, &mut checked.diagnostics, |m| &m.id) {
                    if let Some(earlier) = matters.get(&loaded.value.id) {
                        let at = loaded.source.place("/id");
                        checked.diagnostics.push(names::same_id(at, &loaded.value.id, &earlier.input.name));
                    } else {
                        matters.insert(loaded.value.id.clone(), loaded);
                    }
                }
            }
            FileKind::Package => {
                if let Some(loaded) = file::load::<Package>(input, source, &mut checked.diagnostics, |p| &p.id) {
                    if let Some(earlier) = packages.iter().find(|p| p.value.id == loaded.value.id) {
                        let at = loaded.source.place("/id");
                        checked.diagnostics.push(names::same_id(at, &loaded.value.id, &earlier.input.name));
                    } else {
                        packages.push(loaded);
                    }
                }
            }
            FileKind::Calendar => {
                if let Some(loaded) = file::load::<CalendarFile>(input, source, &mut checked.diagnostics, |c| &c.id) {
                    file::calendar(loaded, &mut checked);
                }
            }
        }
    }
    let mut broken = Vec::new();
    for (id, matter) in &matters {
        match package::matter(matter, &packages, &mut checked.diagnostics) {
            Some(workflow) => {
                checked.workflows.insert(id.clone(), workflow);
            }
            None => broken.push(id.clone()),
        }
    }
    for package in &packages {
        if let Some(workflow) = package::package(package, &matters, &packages, &broken, &mut checked.diagnostics) {
            checked.workflows.insert(package.value.id.clone(), workflow);
        }
    }
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

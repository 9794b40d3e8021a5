//! The report while it is being made.

use onething_engine::diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
use onething_engine::{Source, Title};

use crate::report::{Imported, Item};

/// Most pointers kept for one entry of the report; past it the entry says how many there are.
const POINTERS_MAX: usize = 1000;

pub(super) struct Tally<'a> {
    source: &'a Source<'a>,
    carried: Vec<Item>,
    lost: Vec<Item>,
    findings: Vec<Diagnostic>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self { source, carried: Vec::new(), lost: Vec::new(), findings: Vec::new() }
    }

    /// Something of the source is in the file.
    pub(super) fn carried(&mut self, key: &str, at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        note(&mut self.carried, key, at.into(), Title::new(zh, en));
    }

    /// Something of the source is not in the file.
    pub(super) fn lost(&mut self, key: &str, at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        note(&mut self.lost, key, at.into(), Title::new(zh, en));
    }

    /// Something of the source is broken, at this pointer.
    pub(super) fn broken(
        &mut self,
        code: &'static str,
        at: &str,
        (zh, en): (String, String),
        help: (&str, &str),
    ) -> &mut Diagnostic {
        let finding = Diagnostic::error(code, self.source.place(at), zh, en).help(help.0, help.1);
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Something of the source is unusual, at this pointer.
    pub(super) fn unusual(&mut self, code: &'static str, at: &str, said: (String, String), help: (&str, &str)) {
        let finding = self.broken(code, at, said, help);
        *finding = finding.clone().warning();
    }

    pub(super) fn report(mut self, name: String, id: String, text: String) -> Imported {
        self.findings.sort_by(|a, b| (a.place.offset, a.code).cmp(&(b.place.offset, b.code)));
        self.findings.dedup();
        self.findings.truncate(DIAGNOSTICS_MAX);
        Imported { name, id, text, carried_over: self.carried, not_carried_over: self.lost, findings: self.findings }
    }
}

/// Entries that say the same of the same key become one with several places.
fn note(list: &mut Vec<Item>, key: &str, at: String, message: Title) {
    match list.iter_mut().find(|item| item.key == key && item.message == message) {
        Some(item) if item.at.len() < POINTERS_MAX => item.at.push(at),
        Some(_) => {}
        None => list.push(Item { key: key.to_owned(), at: vec![at], message }),
    }
}

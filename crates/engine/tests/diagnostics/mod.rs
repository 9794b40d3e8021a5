//! What the check says about wrong definitions: every code, at the place of what is wrong.

mod files;
mod flaws;
mod graphs;
mod page;
mod rows;
mod trials;

use std::collections::BTreeSet;
use std::path::Path;

use onething_engine::diagnostic::{Diagnostic, Severity};
use onething_engine::{InputFile, check};

/// Five files without a fault: the matters m and n, the package p of both, the calendar c, the tests of p.
pub(crate) const BASE: [(&str, &str); 5] = [
    ("m.json", include_str!("../definitions/m.json")),
    ("n.json", include_str!("../definitions/n.json")),
    ("p.json", include_str!("../definitions/p.json")),
    ("c.json", include_str!("../definitions/c.json")),
    (TESTS, include_str!("../definitions/p-tests.json")),
];

/// The name of the test file.
const TESTS: &str = "tests/p.json";

/// A change of a file: what stands there, and what shall stand there instead. `«` and `»` mark what the finding points at.
type Edit = (&'static str, &'static str, &'static str);

/// A wrong definition and what is said about it.
struct Row {
    code: &'static str,
    edits: &'static [Edit],
    /// A fragment of the English sentence.
    says: &'static str,
    /// What it thinks was meant.
    guess: Option<&'static str>,
    /// Other codes that follow from the same fault.
    also: &'static [&'static str],
}

const fn row(code: &'static str, says: &'static str, edits: &'static [Edit]) -> Row {
    Row { code, edits, says, guess: None, also: &[] }
}

impl Row {
    const fn meant(mut self, guess: &'static str) -> Self {
        self.guess = Some(guess);
        self
    }

    const fn also(mut self, codes: &'static [&'static str]) -> Self {
        self.also = codes;
        self
    }
}

/// The marked stretch of a file.
struct Mark {
    file: String,
    offset: usize,
    length: usize,
    line: usize,
    column: usize,
}

/// The files with the edits made and the mark taken out.
fn edited(edits: &[Edit]) -> (Vec<InputFile>, Option<Mark>) {
    let mut mark = None;
    let mut files = Vec::new();
    for (name, text) in BASE {
        let mut text = text.to_owned();
        for (_, from, to) in edits.iter().filter(|(file, ..)| *file == name) {
            assert_eq!(text.matches(from).count(), 1, "{name} holds once: {from}");
            text = text.replacen(from, to, 1);
        }
        if let Some(offset) = text.find('«') {
            text = text.replacen('«', "", 1);
            let end = text.find('»').expect("the mark ends");
            text = text.replacen('»', "", 1);
            let before = &text[..offset];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            mark = Some(Mark {
                file: name.to_owned(),
                offset,
                length: end - offset,
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
            });
        }
        files.push(InputFile { name: name.to_owned(), bytes: text.into_bytes() });
    }
    (files, mark)
}

#[test]
fn without_a_fault_nothing_is_said() {
    let checked = check(&edited(&[]).0);
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    assert_eq!(checked.workflows.keys().collect::<Vec<_>>(), ["m", "n", "p"]);
    assert_eq!(checked.tests.keys().collect::<Vec<_>>(), ["p"]);
}

#[test]
fn every_fault_is_named_where_it_stands() {
    let mut wrong = Vec::new();
    for Row { code, edits, says, guess, also } in rows::all() {
        let (files, mark) = edited(edits);
        let checked = check(&files);
        let title = format!("{code} {edits:?}");
        let mark = mark.unwrap_or_else(|| panic!("{title} has a mark"));
        let found = checked.diagnostics.iter().find(|finding| {
            let place = &finding.place;
            finding.code == *code && (place.offset, place.length) == (mark.offset, mark.length)
        });
        let said: BTreeSet<&str> = checked.diagnostics.iter().map(|finding| finding.code).collect();
        let wanted: BTreeSet<&str> = also.iter().chain([code]).copied().collect();
        let good = said == wanted
            && found.is_some_and(|it| {
                let place = &it.place;
                let meant = it.help.as_ref().and_then(|help| help.en.strip_prefix("did you mean \""));
                place.file == mark.file
                    && (place.line as usize, place.column as usize) == (mark.line, mark.column)
                    && it.message.en.contains(says)
                    && meant.map(|meant| meant.trim_end_matches("\"?")) == *guess
            });
        if !good {
            wrong.push(format!("{title}\n  found {:#?}", checked.diagnostics));
        }
        checked.diagnostics.iter().for_each(both_languages);
        let runs = checked.workflows.values().flat_map(|workflow| workflow.sources());
        let faulty: BTreeSet<&str> = errors(&checked.diagnostics).map(|finding| finding.place.file.as_str()).collect();
        assert!(runs.into_iter().all(|source| !faulty.contains(source.name.as_str())), "{title}: a wrong file runs");
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows::all().count(), wrong.join("\n"));
}

fn errors(findings: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

fn both_languages(finding: &Diagnostic) {
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(han(&finding.message.zh) && !finding.message.en.trim().is_empty(), "{finding:?}");
    let more = [&finding.expected, &finding.help];
    assert!(more.into_iter().flatten().all(|title| !title.zh.is_empty() && !title.en.is_empty()), "{finding:?}");
    assert!(finding.help.as_ref().is_none_or(|help| han(&help.zh)), "{finding:?}");
}

/// Codes without a row, and why they cannot have one.
const NEVER: [(&str, &str); 8] = [
    ("W-SHAPE-001", "said of neutral graphs only; tested with them"),
    ("W-COND-004", "no condition of at most 1,000 bytes was found that takes so many steps"),
    ("W-DATA-006", "the definitions of the rows ask too little; tested with the answers"),
    ("E-GRAPH-001", "the schema admits fewer nodes and edges than a graph holds"),
    ("E-SOUND-003", "where every step can reach an end, a case that cannot finish gets stuck first: E-SOUND-001"),
    ("E-SOUND-004", "where every step can be reached, a step that never runs leaves a case stuck: E-SOUND-001"),
    ("E-CAL-001", "the schema asks for a year; said to those who make a calendar without a file"),
    ("E-CAL-007", "the schema asks for hours; said to those who make a calendar without a file"),
];

#[test]
fn every_code_in_the_sources_has_a_row() {
    let mut sources = String::new();
    let mut todo = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        } else {
            sources.push_str(&std::fs::read_to_string(path).expect("a source"));
        }
    }
    let is_code = |text: &&str| {
        let mut parts = text.split('-');
        let (e, area, number) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        matches!(e, Some("E" | "W"))
            && !area.is_empty()
            && number.len() == 3
            && number.bytes().all(|b| b.is_ascii_digit())
    };
    let codes: BTreeSet<&str> = sources.split('"').filter(is_code).collect();
    assert!(codes.len() > 50, "{codes:?}");
    let rows: BTreeSet<&str> = rows::all()
        .map(|row| row.code)
        .chain(files::CODES)
        .chain(graphs::CODES)
        .chain(NEVER.iter().map(|(code, _)| *code))
        .collect();
    let missing: Vec<&&str> = codes.difference(&rows).collect();
    let stale: Vec<&&str> = rows.difference(&codes).collect();
    assert!(missing.is_empty() && stale.is_empty(), "without a row: {missing:?}; in no source: {stale:?}");
}

#[test]
fn everything_wrong_in_a_set_of_files_is_said_at_once_in_order() {
    let (files, _) = edited(&[
        ("m.json", "\"id\": \"m\",", "\"id\": \"m\", \"titel\": 1,"),
        ("m.json", "\"power\": \"licence\",", "\"power\": \"licnce\","),
        ("m.json", "\"days\": 20,", "\"days\": \"20\","),
        ("n.json", "{\"from\": \"review\", \"to\": \"reviewed\"}", "{\"from\": \"reveiw\", \"to\": \"reviewde\"}"),
        ("p.json", "{\"from\": \"fetch\", \"to\": \"intake\"}", "{\"from\": \"fetch\", \"to\": \"intkae\"}"),
        ("c.json", "[\"2026-01-04\"]", "[\"2026-01-01\", \"2026-01-05\"]"),
    ]);
    let found = check(&files).diagnostics;
    let said: Vec<(&str, &str)> = found.iter().map(|it| (it.place.file.as_str(), it.code)).collect();
    let wanted = [
        ("c.json", "E-CAL-005"),
        ("c.json", "E-CAL-006"),
        ("m.json", "E-SHAPE-001"),
        ("m.json", "E-SHAPE-007"),
        ("m.json", "E-SHAPE-004"),
        ("n.json", "E-REF-002"),
        ("n.json", "E-REF-002"),
        ("p.json", "E-REF-002"),
    ];
    assert_eq!(said, wanted, "{found:#?}");
    let order = |it: &Diagnostic| (it.place.file.clone(), it.place.offset);
    assert!(found.is_sorted_by_key(order));
}

#[test]
fn a_matter_that_cannot_be_read_says_nothing_about_its_package() {
    let (mut files, _) = edited(&[("m.json", "\"steps\": 2,", "\"steps\": \"2\",")]);
    let found = |files: &[InputFile]| {
        let checked = check(files);
        assert!(!checked.workflows.contains_key("p"));
        checked.diagnostics.iter().map(|it| (it.place.file.clone(), it.code)).collect::<Vec<_>>()
    };
    assert_eq!(found(&files), [("m.json".to_owned(), "E-SHAPE-004")]);
    files[0].bytes = b"{".to_vec();
    assert_eq!(found(&files), [("m.json".to_owned(), "E-JSON-001")]);
}

#[test]
fn a_package_fetches_what_its_matter_leaves_to_it() {
    let (mut files, _) = edited(&[("m.json", "\"obtains\": [\"extract\"]", "\"obtains\": []")]);
    assert!(check(&files).is_good(), "the package p fetches it");
    let other = BASE[2].1.replace("\"id\": \"p\"", "\"id\": \"q\"").replace("[\"extract\"]", "[]");
    files.push(InputFile { name: "q.json".into(), bytes: other.into_bytes() });
    let checked = check(&files);
    let found: Vec<&Diagnostic> = errors(&checked.diagnostics).collect();
    let [found] = found.as_slice() else { panic!("{:#?}", checked.diagnostics) };
    assert_eq!((found.code, &*found.place.file, &*found.place.pointer), ("E-DATA-006", "q.json", "/nodes/6/matter"));
    assert_eq!(checked.workflows.keys().collect::<Vec<_>>(), ["m", "n", "p"]);
    both_languages(found);
}

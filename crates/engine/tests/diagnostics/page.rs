//! `docs/checks.md`: every code with a wrong definition, what is said about it, and the same definition mended. It is made
//! from the rows, so it cannot say what the check does not.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use onething_engine::check;
use onething_engine::diagnostic::{Diagnostic, Severity};

use super::{NEVER, Row, edited, files, graphs, rows};

/// Set to write the page instead of comparing it.
const WRITE: &str = "ONETHING_WRITE";
const COMMAND: &str = "ONETHING_WRITE=1 cargo test -p onething-engine --test main the_page_of_the_checks";

/// A wrong piece, what is said of it, and the piece mended.
pub(super) struct Example {
    pub(super) found: Diagnostic,
    pub(super) wrong: String,
    pub(super) mended: String,
}

#[test]
fn the_page_of_the_checks_is_what_the_check_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    let page = page();
    if std::env::var(WRITE).is_ok() {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("the directory of the page");
        std::fs::write(&path, &page).expect("the page is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(committed.lines()).position(|(now, then)| now != then);
    assert!(
        committed == page,
        "docs/checks.md is not current, first at line {differs:?}; to write it again: {COMMAND}"
    );
}

fn page() -> String {
    let mut examples: BTreeMap<&str, Vec<Example>> = BTreeMap::new();
    let all = rows::all().map(of_row).chain(files::examples()).chain(graphs::examples());
    for example in all {
        let known = examples.entry(example.found.code).or_default();
        // Two rows that differ in the names only say the same.
        if !known
            .iter()
            .any(|other| other.found.message.zh.split('“').next() == example.found.message.zh.split('“').next())
        {
            known.push(example);
        }
    }
    let mut page = format!(
        "# 检查说些什么 What the check says\n\n\
         `onething check` 用下面的代码说明问题。E 开头的是错误，定义不能运行；W 开头的是提醒，可以运行，作者应当看一看。\n\
         每个代码下面是一处错误的写法、检查的话、改正后的写法；例子都由测试运行过。\n\n\
         `onething check` names what it finds by these codes. A code with E is an error: the definition does not run. A code \
         with W is a warning: it runs, but its author should look. Under each code stand a wrong piece, what is said of it, \
         and the piece mended. Every example has been run by a test.\n\n\
         This page is generated. To write it again: `{COMMAND}`\n"
    );
    for (code, examples) in &examples {
        let _ = write!(page, "\n## {code}\n");
        for Example { found, wrong, mended } in examples {
            let word = match found.severity {
                Severity::Error => "错误",
                Severity::Warning => "提醒",
            };
            let _ = write!(page, "\n错 wrong:\n\n```text\n{wrong}\n```\n\n```text\n");
            let _ = writeln!(page, "{word}[{code}] {}\n   {}", found.message.zh, found.message.en);
            let at = &found.place;
            let _ = writeln!(page, "  --> {}:{}:{}  {}", at.file, at.line, at.column, at.pointer);
            for related in &found.related {
                let (at, said) = (&related.place, &related.message);
                let _ = writeln!(page, "  ::: {}:{}:{}  {} / {}", at.file, at.line, at.column, said.zh, said.en);
            }
            if let Some(expected) = &found.expected {
                let _ = writeln!(page, "   期望 expected：{} / {}", expected.zh, expected.en);
            }
            if let Some(help) = &found.help {
                let _ = writeln!(page, "   怎样改 help：{} / {}", help.zh, help.en);
            }
            if !found.witness.is_empty() {
                let _ = writeln!(page, "   走法 run：{}", found.witness.join(" → "));
            }
            let _ = write!(page, "```\n\n改 mended:\n\n```text\n{mended}\n```\n");
        }
    }
    page.push_str("\n## 没有例子的代码 Codes without an example\n\n");
    for (code, why) in NEVER
        .iter()
        .chain(&[("E-SOUND-005", "the graph is too large to be shown; tested with sixteen choices side by side")])
    {
        let _ = writeln!(page, "- {code}: {why}");
    }
    page
}

/// A row's edits are the example: what was put in is wrong, what stood there before is the piece mended.
fn of_row(row: &Row) -> Example {
    let (input, mark) = edited(row.edits);
    let mark = mark.expect("a row has a mark");
    let found = check(&input).diagnostics.into_iter().find(|finding| {
        finding.code == row.code && (finding.place.offset, finding.place.length) == (mark.offset, mark.length)
    });
    let side = |pick: fn(&super::Edit) -> &'static str| {
        let piece = |edit: &super::Edit| {
            let text = pick(edit).replace(['«', '»'], "");
            let text = text.trim_matches(['\n', ',']).trim_end();
            format!("{}: {}", edit.0, if text.is_empty() { "（没有 nothing）" } else { text })
        };
        // An edit that only sets the mark changes nothing.
        let changes = |edit: &&super::Edit| edit.1 != edit.2.replace(['«', '»'], "");
        row.edits.iter().filter(changes).map(piece).collect::<Vec<_>>().join("\n")
    };
    Example {
        found: found.unwrap_or_else(|| panic!("{} is said", row.code)),
        wrong: side(|edit| edit.2),
        mended: side(|edit| edit.1),
    }
}

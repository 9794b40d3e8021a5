//! What the documents point at is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{read, root};

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "README.zh-CN.md",
    "docs/architecture.md",
    "docs/definition-format.md",
    "docs/experiments.md",
    "docs/glossary.md",
    "docs/operations.md",
];

#[test]
fn the_tests_that_are_named_exist() {
    let mut sources = String::new();
    for folder in ["crates", "tests"] {
        gather(&root().join(folder), &mut sources);
    }
    let tables = [
        ("docs/architecture.md", "| invariant | proved by |", 30),
        ("docs/redis.md", "| what breaks | what happens | the test that breaks it |", 12),
    ];
    for (name, head, at_least) in tables {
        let document = read(name);
        let (_, table) = document.split_once(head).unwrap();
        let rows = table.lines().take_while(|line| line.is_empty() || line.starts_with('|'));
        let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
        let named: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert!(named.len() > at_least, "{name}: {named:?}");
        let missing: Vec<_> = named.iter().filter(|test| !sources.contains(&format!("fn {test}("))).collect();
        assert!(missing.is_empty(), "{name} names tests that do not exist: {missing:?}");
    }
}

fn gather(folder: &Path, sources: &mut String) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn links_and_paths_lead_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = root().join(document).parent().unwrap().to_owned();
        let mut links: Vec<PathBuf> = Vec::new();
        for (at, _) in text.match_indices("](").chain(text.match_indices("src=\"")) {
            let rest = &text[at..];
            let start = rest.find(['(', '"']).unwrap() + 1;
            let link = rest[start..].split([')', '"']).next().unwrap();
            if !link.starts_with("http") {
                links.push(folder.join(link.split('#').next().unwrap()));
            }
        }
        // Paths of the repository stand between back quotes.
        let quoted = text.split('`').skip(1).step_by(2);
        let paths =
            quoted.filter(|it| it.starts_with("crates/") || it.starts_with("examples/") || it.starts_with("tests/"));
        links.extend(paths.map(|path| root().join(path)));
        for link in links {
            assert!(link.exists(), "{document} points at {}, which is not there", link.display());
        }
    }
}

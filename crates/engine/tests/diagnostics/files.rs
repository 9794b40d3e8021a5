//! Rubbish: what is no definition at all is refused with a sentence, at once, and never makes a workflow.

use onething_engine::{FILE_BYTES_MAX, InputFile, check};
use proptest::prelude::*;
use serde_json::json;

use super::page::Example;
use super::{BASE, both_languages, errors, graphs};
use crate::support::{checked, matter, node};

/// The codes of the rows below.
pub(super) const CODES: [&str; 7] =
    ["E-FILE-001", "E-FILE-002", "E-FILE-003", "E-FILE-004", "E-FILE-006", "E-JSON-001", "E-SHAPE-008"];

/// A code, a line and a column.
type Spot = (&'static str, u32, u32);

/// Checks one file and says where its only finding is.
fn only(bytes: Vec<u8>) -> Spot {
    let checked = check(&[InputFile { name: "m.json".into(), bytes }]);
    assert!(checked.workflows.is_empty() && checked.calendars.is_empty());
    let [finding] = checked.diagnostics.as_slice() else { panic!("one finding, but {:#?}", checked.diagnostics) };
    both_languages(finding);
    (finding.code, finding.place.line, finding.place.column)
}

/// The codes of what is no definition at all, each with an example that is run.
pub(super) fn examples() -> impl Iterator<Item = Example> {
    let m = BASE[0].1;
    let rows: [(&str, Vec<u8>, &str); 7] = [
        (
            "m.json，超过 1 MiB 的文件 a file of more than 1 MiB",
            vec![b' '; FILE_BYTES_MAX + 1],
            "分成几个文件 several files",
        ),
        (
            "m.json，不是 UTF-8 not in UTF-8: {\"a\": \"\\xff\"",
            b"{\"a\": \"\xff\"}".to_vec(),
            "存为 UTF-8 saved in UTF-8",
        ),
        ("m.json，空文件 an empty file", vec![], "m.json: { \"kind\": \"matter\", … }"),
        (
            "m.json: [[[[…]]]]，33 层 33 levels deep",
            [vec![b'['; 33], vec![b']'; 33]].concat(),
            "m.json: [[[…]]]，32 层 32 levels",
        ),
        (
            "m.json，以 BOM 开头 with a byte order mark",
            [b"\xef\xbb\xbf".as_slice(), m.as_bytes()].concat(),
            "存为不带 BOM 的 UTF-8 saved without it",
        ),
        ("m.json: {\"a\": 1,}", b"{\"a\": 1,}".to_vec(), "m.json: {\"a\": 1}"),
        (
            "m.json: \"zh\": \"␀\"，控制字符 a control character",
            m.replacen("许可", "\0", 1).into_bytes(),
            "m.json: \"zh\": \"许可\"",
        ),
    ];
    rows.into_iter().map(|(wrong, bytes, mended)| {
        let mut found = check(&[InputFile { name: "m.json".into(), bytes }]).diagnostics;
        Example { found: found.remove(0), wrong: wrong.to_owned(), mended: mended.to_owned() }
    })
}

#[test]
fn rubbish_is_refused_with_its_place() {
    let m = BASE[0].1;
    let put = |text: &str| m.replacen("许可", text, 1).into_bytes();
    let deep = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
    let rows: Vec<(&str, Vec<u8>, Spot)> = vec![
        ("empty", vec![], ("E-FILE-003", 1, 1)),
        ("blank", b" \n\t \r\n".to_vec(), ("E-FILE-003", 1, 1)),
        ("too large", vec![b' '; FILE_BYTES_MAX + 1], ("E-FILE-001", 1, 1)),
        ("not UTF-8", [b"{\n\"a\": \"".as_slice(), &[0xe4, 0xb8, 0xad, 0xff]].concat(), ("E-FILE-002", 2, 8)),
        ("cut inside a character", [b"{\"".as_slice(), &[0xe4, 0xb8]].concat(), ("E-FILE-002", 1, 3)),
        ("33 deep", deep(33), ("E-FILE-004", 1, 33)),
        ("10,000 deep", deep(10_000), ("E-FILE-004", 1, 33)),
        ("10,000 deep, never closed", vec![b'['; 10_000], ("E-FILE-004", 1, 33)),
        ("10,000 objects deep", "{\"a\":".repeat(10_000).into_bytes(), ("E-FILE-004", 1, 161)),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), m.as_bytes()].concat(), ("E-FILE-006", 1, 1)),
        ("no JSON", b"hello".to_vec(), ("E-JSON-001", 1, 1)),
        ("cut short", b"{\"a\": 1,\n \"b\"".to_vec(), ("E-JSON-001", 2, 5)),
        ("a comment", b"{\n // no\n}".to_vec(), ("E-JSON-001", 2, 2)),
        ("a trailing comma", b"{\"a\": 1,}".to_vec(), ("E-JSON-001", 1, 8)),
        ("single quotes", b"{'a': 1}".to_vec(), ("E-JSON-001", 1, 2)),
        ("two values", b"{} {}".to_vec(), ("E-JSON-001", 1, 4)),
        ("a number alone", b"7".to_vec(), ("E-FILE-005", 1, 1)),
        ("null", b"null".to_vec(), ("E-FILE-005", 1, 1)),
        ("an array", b"[]".to_vec(), ("E-FILE-005", 1, 1)),
        ("no kind", b"{}".to_vec(), ("E-FILE-005", 1, 1)),
        ("a lone surrogate", put("\\ud800"), ("E-JSON-001", 6, 20)),
        ("a lone low surrogate", put("\\udc00x"), ("E-JSON-001", 6, 20)),
        ("a NUL in a string", put("\0"), ("E-SHAPE-008", 6, 20)),
        ("a line break in a string", put("a\tb"), ("E-SHAPE-008", 6, 21)),
        ("a leading zero", m.replacen("\"n\": 20", "\"n\": 020", 1).into_bytes(), ("E-JSON-001", 11, 25)),
    ];
    let mut wrong = Vec::new();
    for (what, bytes, wanted) in rows {
        let found = std::panic::catch_unwind(|| only(bytes));
        if found.as_ref().ok() != Some(&wanted) {
            wrong.push((what, found.ok(), wanted));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused() {
    let bytes = vec![b'['; 100 << 20];
    assert_eq!(only(bytes).0, "E-FILE-001");
}

#[test]
fn matters_cannot_run_each_other_in_circles() {
    let runs = |id: &str, other: &str| {
        let nodes = [node("start"), json!({"type": "matter", "id": "run", "matter": other}), node("end")];
        let mut json = matter(&nodes, &["start > run".to_owned(), "run > end".to_owned()]);
        json["id"] = json!(id);
        json
    };
    for (a, b) in [("a", "a"), ("b", "a")] {
        let (one, two) = (runs("a", b), runs("b", a));
        let found = checked(&[("a.json", &one), ("b.json", &two)]).diagnostics;
        assert!(found.len() == 2 && found.iter().all(|finding| finding.code == "E-GRAPH-002"), "{found:#?}");
    }
}

#[test]
fn two_files_with_one_id_are_told_apart() {
    for (name, text) in BASE {
        let mut files: Vec<InputFile> =
            BASE.iter().map(|(name, text)| InputFile { name: (*name).into(), bytes: text.as_bytes().into() }).collect();
        files.push(InputFile { name: format!("other/{name}"), bytes: text.as_bytes().into() });
        let found = check(&files).diagnostics;
        assert_eq!((found.len(), found[0].code, found[0].place.line), (1, "E-REF-001", 5), "{found:#?}");
        assert!(found[0].message.en.contains(name));
    }
}

#[test]
fn vast_graphs_are_answered() {
    let wide = |ways: usize| {
        let mut edges = vec!["start > inclusive_s0".to_owned()];
        let blocks = 240 / (2 * ways + 1);
        for block in 0..blocks {
            for way in 0..ways {
                let when = if way == 0 { " else" } else { " if form.yes" };
                edges.push(format!("inclusive_s{block} > review{block}_{way}{when}"));
                edges.push(format!("review{block}_{way} > inclusive_j{block}"));
            }
            let next = if block + 1 == blocks { "end".to_owned() } else { format!("inclusive_s{}", block + 1) };
            edges.push(format!("inclusive_j{block} > {next}"));
        }
        edges
    };
    let side_by_side = || {
        let mut edges = vec!["start > parallel_s".to_owned(), "parallel_j > end".to_owned()];
        for block in 0..8 {
            edges.push(format!("parallel_s > inclusive_s{block}"));
            for way in 0..10 {
                let when = if way == 0 { " else" } else { " if form.yes" };
                edges.push(format!("inclusive_s{block} > review{block}_{way}{when}"));
                edges.push(format!("review{block}_{way} > inclusive_j{block}"));
            }
            edges.push(format!("inclusive_j{block} > parallel_j"));
        }
        edges
    };
    let choices = || {
        let mut edges = vec!["start > parallel_s".to_owned(), "parallel_j > end".to_owned()];
        for branch in 0..32 {
            let (split, join) = (format!("exclusive_s{branch}"), format!("exclusive_j{branch}"));
            edges.push(format!("parallel_s > {split}"));
            edges.push(format!("{split} > review{branch}_a if form.yes"));
            edges.push(format!("{split} > review{branch}_b else"));
            edges.push(format!("review{branch}_a > {join}"));
            edges.push(format!("review{branch}_b > {join}"));
            edges.push(format!("{join} > parallel_j"));
        }
        edges
    };
    let drawn = |edges: Vec<String>| {
        let mut ids: Vec<String> = Vec::new();
        for edge in &edges {
            let (from, to) = edge.split_once(" > ").expect("an edge");
            for id in [from, to.split(' ').next().expect("an id")] {
                if !ids.iter().any(|known| known == id) {
                    ids.push(id.to_owned());
                }
            }
        }
        (ids.len(), matter(&ids.iter().map(|id| node(id)).collect::<Vec<_>>(), &edges))
    };
    for (what, (nodes, json), wanted) in [
        ("wide splits one after another", drawn(wide(8)), None),
        ("wide splits side by side", drawn(side_by_side()), None),
        ("choices side by side", drawn(choices()), None),
        ("more ways into an inclusive join than can be counted", (68, graphs::many_ways_in()), Some("E-SOUND-005")),
    ] {
        let found = checked(&[("m.json", &json)]).diagnostics;
        let codes: Vec<&str> = errors(&found).map(|finding| finding.code).collect();
        let fits = wanted.map_or(codes.is_empty(), |wanted| codes == [wanted]);
        assert!(fits, "{what}, {nodes} nodes: {codes:?} {:#?}", found.first());
    }
}

/// Whatever the bytes: no panic, and no file both has an error and runs.
fn survives(files: &[InputFile]) {
    let checked = check(files);
    for finding in &checked.diagnostics {
        both_languages(finding);
        let file = files.iter().find(|file| file.name == finding.place.file).expect("a finding names its file");
        assert!(finding.place.line >= 1 && finding.place.column >= 1 && finding.place.offset <= file.bytes.len());
    }
    let faulty: Vec<&str> = errors(&checked.diagnostics).map(|finding| finding.place.file.as_str()).collect();
    for workflow in checked.workflows.values() {
        assert!(workflow.sources().iter().all(|source| !faulty.contains(&source.name.as_str())));
    }
    assert!(!checked.is_good() || !checked.workflows.is_empty() || !checked.calendars.is_empty() || files.is_empty());
}

/// One change of a file: at a place, so many bytes out, these in.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec!["\"", "{", "}", "[", "]", ",", ":", "\\", "0", "-1", "1e9", "null", "\\ud800", "«"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (any::<prop::sample::Index>(), 0_usize..12, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,200}") {
        survives(&[InputFile { name: "m.json".into(), bytes }, InputFile { name: "n.json".into(), bytes: text.into_bytes() }]);
    }

    #[test]
    fn small_files_with_changes_are_survived(file in 0_usize..4, changes in prop::collection::vec(change(), 1..4)) {
        let mut files: Vec<InputFile> =
            BASE.iter().map(|(name, text)| InputFile { name: (*name).into(), bytes: text.as_bytes().into() }).collect();
        mutate(&mut files[file].bytes, &changes);
        survives(&files);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn real_files_with_changes_are_survived(file in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..3)) {
        let mut files = crate::packages::files();
        let file = file.index(files.len());
        mutate(&mut files[file].bytes, &changes);
        survives(&files);
    }
}

fn mutate(bytes: &mut Vec<u8>, changes: &[(prop::sample::Index, usize, Vec<u8>)]) {
    for (place, out, into) in changes {
        let at = place.index(bytes.len().max(1)).min(bytes.len());
        let end = (at + out).min(bytes.len());
        bytes.splice(at..end, into.iter().copied());
    }
}

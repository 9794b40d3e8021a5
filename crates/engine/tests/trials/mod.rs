//! Test files of authors: those of this repository pass, and each expectation can fail.

mod scripts;

use std::collections::BTreeSet;

use onething_engine::definition::FileKind;
use onething_engine::trial::{Verdict, judge};
use onething_engine::{Checked, InputFile, check, schema};
use serde_json::{Value as Json, json};

use crate::packages::{files, workflows};

/// The definitions of this repository without its test files, and this one.
fn with(test: &Json) -> Vec<InputFile> {
    let id = test["id"].as_str().expect("an id");
    let mut files: Vec<InputFile> = files().into_iter().filter(|file| !file.name.starts_with("tests/")).collect();
    files.push(InputFile { name: format!("tests/{id}.json"), bytes: test.to_string().into_bytes() });
    files
}

/// Every verdict of these files.
fn verdicts(checked: &Checked) -> Vec<(String, Verdict)> {
    assert!(checked.is_good(), "{:#?}", checked.diagnostics);
    let mut all = Vec::new();
    for (id, suite) in &checked.tests {
        let (workflow, calendar) = (&checked.workflows[id], &checked.calendars[&suite.file.calendar]);
        let cases = (0..suite.file.cases.len()).filter_map(|index| judge(suite, index, workflow, calendar));
        all.extend(cases.map(|verdict| (id.clone(), verdict)));
    }
    all
}

fn tests() -> Vec<Json> {
    let tests = files().into_iter().filter(|file| file.name.starts_with("tests/"));
    tests.map(|file| serde_json::from_slice(&file.bytes).expect("JSON")).collect()
}

#[test]
fn the_tests_of_the_packages_pass() {
    let checked = check(&files());
    let verdicts = verdicts(&checked);
    let failed: Vec<_> = verdicts.iter().filter(|(_, verdict)| !verdict.differences.is_empty()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for (id, workflow) in &checked.workflows {
        assert!(workflow.kind() != FileKind::Package || checked.tests.contains_key(id), "{id} has tests");
    }
}

#[test]
fn the_same_file_gives_the_same_verdict() {
    let once = || serde_json::to_vec(&verdicts(&check(&files()))).expect("verdicts are JSON");
    assert_eq!(once(), once());
}

/// A wrong value for a key of `expect`, if there is one that is surely wrong.
fn wrong(key: &str, value: &Json) -> Option<Json> {
    let shorter = |list: &Json| {
        let mut list = list.as_array().expect("a list").clone();
        list.pop().map(|_| Json::Array(list))
    };
    Some(match key {
        "status" => json!(if value == "received" { "granted" } else { "received" }),
        "accepted" | "closed" => json!("2020-01-01"),
        "by_silence" => json!(value != true),
        "matters" | "requires" | "results" | "supplement" | "open" | "incidents" => shorter(value)?,
        "path" => json!(["intake", "intake", "intake", "intake"]),
        "never" => json!(["start"]),
        "outcomes" => {
            let wrong = |it: &Json| json!(if it == "running" { "done" } else { "running" });
            value.as_object()?.iter().map(|(id, it)| (id.clone(), wrong(it))).collect()
        }
        "clocks" => {
            let wrong = |(key, it): (&String, &Json)| match key.as_str() {
                "lights" => (key.clone(), if *it == json!(["red"]) { json!([]) } else { json!(["red"]) }),
                "stops" => (key.clone(), json!([{"reason": "tender", "from": "2020-01-01"}])),
                _ => (key.clone(), json!("2020-01-01")),
            };
            let clock = |it: &Json| it.as_object().expect("a clock").iter().map(wrong).collect::<Json>();
            value.as_object()?.iter().map(|(id, it)| (id.clone(), clock(it))).collect()
        }
        "notices" => match value["applicant"].as_array().map(Vec::as_slice) {
            None | Some([]) => json!({"applicant": ["returned_notice"]}),
            Some(_) => json!({"applicant": []}),
        },
        "rejected" => json!({"code": "R-SUBMIT-002"}),
        "asks" | "asks_not" => return None,
        other => panic!("{other} has no wrong value"),
    })
}

#[test]
fn every_expectation_of_every_case_can_fail() {
    let mut keys = BTreeSet::new();
    for mut test in tests() {
        let mut cases = Vec::new();
        let mut wanted = Vec::new();
        for case in test["cases"].as_array().expect("cases") {
            for (key, value) in case["expect"].as_object().expect("an object") {
                let mut case = case.clone();
                match (key.as_str(), wrong(key, value)) {
                    ("asks", _) => case["expect"] = json!({"asks_not": value}),
                    ("asks_not", _) => case["expect"] = json!({"asks": value}),
                    (_, Some(wrong)) => case["expect"] = json!({key: wrong}),
                    _ => continue,
                }
                // A refusal at the door that is expected with another code is still a refusal: the rest is not asked.
                case["title"]["zh"] = json!(format!("{} {key}", cases.len()));
                wanted.push((key.clone(), leaves(&case["expect"])));
                cases.push(case);
            }
        }
        for (nth, cases) in cases.chunks(200).enumerate() {
            test["cases"] = json!(cases);
            for ((_, verdict), (key, leaves)) in verdicts(&check(&with(&test))).iter().zip(&wanted[nth * 200..]) {
                let places: Vec<&str> = verdict.differences.iter().map(|it| it.place.pointer.as_str()).collect();
                assert!(!places.is_empty(), "{} of {}: a wrong {key} passes", verdict.title.zh, test["id"]);
                let named = if key == "path" { 1 } else { *leaves };
                assert!(places.len() >= named, "{key}: {leaves} wrong, but {places:?}");
                assert!(places.iter().all(|place| place.contains("/expect")), "{places:?}");
                keys.insert(key.clone());
            }
        }
    }
    assert!(keys.len() > 15, "{keys:?}");
}

/// How many things an expectation says apart from each other.
fn leaves(expect: &Json) -> usize {
    let (_, value) = expect.as_object().and_then(|it| it.iter().next()).expect("one key");
    let clock = |it: &Json| it.as_object().map_or(1, serde_json::Map::len);
    match value.as_object() {
        Some(each) if expect.get("clocks").is_some() => each.values().map(clock).sum(),
        Some(each) if expect.get("outcomes").is_some() => each.len(),
        _ => 1,
    }
}

fn page() -> String {
    let path = workflows().join("../docs/testing-packages.md");
    std::fs::read_to_string(path).expect("docs/testing-packages.md")
}

#[test]
fn the_example_of_the_page_passes() {
    let page = page();
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let verdicts = verdicts(&check(&with(&serde_json::from_str(example).expect("JSON"))));
    assert!(!verdicts.is_empty() && verdicts.iter().all(|(_, it)| it.differences.is_empty()), "{verdicts:#?}");
}

#[test]
fn the_page_names_every_key_and_every_word() {
    fn walk(schema: &Json, words: &mut BTreeSet<String>) {
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            words.extend(properties.keys().cloned());
        }
        words.extend(schema.get("const").and_then(Json::as_str).map(str::to_owned));
        match schema {
            Json::Object(keys) => keys.values().for_each(|it| walk(it, words)),
            Json::Array(items) => items.iter().for_each(|it| walk(it, words)),
            _ => {}
        }
    }
    let mut words = BTreeSet::new();
    let schema = schema(FileKind::Tests);
    walk(&schema["properties"], &mut words);
    for name in ["Handed", "TestCase", "Scripted", "Expected", "Rejected", "Notices", "MatterOutcome"] {
        walk(&schema["$defs"][name], &mut words);
    }
    for name in ["ClockExpected", "StopExpected", "Status", "Light"] {
        walk(&schema["$defs"][name], &mut words);
    }
    words.extend(schema["properties"].as_object().expect("properties").keys().cloned());
    let page = page();
    let missing: Vec<&String> = words.iter().filter(|word| !page.contains(&format!("`{word}`"))).collect();
    assert!(words.len() > 50 && missing.is_empty(), "the page says nothing of {missing:?}");
}

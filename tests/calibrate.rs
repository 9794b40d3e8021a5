//! `onething calibrate` as a planner meets it.

use std::path::Path;

use onething_store::{Archive, Archived, CentreId, EmbeddedStore, Filter, Options, Store};

use crate::cli::{Place, code, onething, parsed, text};

const TIDE: &str = "examples/scenarios/teacher-tide.json";

#[test]
fn a_log_becomes_a_scenario_that_runs() {
    let place = Place::new();
    for name in ["log.csv", "log.xes"] {
        let (log, learned) = (place.name(name), place.name("learned.json"));
        let output = onething(&["simulate", TIDE, "--replications", "1", "--event-log", &log]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let output = onething(&["calibrate", "--log", &log, "--base", TIDE, "-o", &learned]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(said.contains("teacher-certificate/intake") && said.contains("held out"), "{said}");
        let output = onething(&["simulate", &learned, "--replications", "2", "--json"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(parsed(&output)["scenario"], "learned");
    }
}

#[test]
fn the_history_of_a_store_becomes_a_scenario_that_runs() {
    let place = Place::new();
    let (data, learned) = (place.name("data"), place.name("learned.json"));
    let demo = onething(&["demo", "--cases", "60", "--speed", "3000", "--data", &data, "--json"]);
    assert_eq!(code(&demo), 0, "{}", text(&demo.stderr));
    let output = onething(&["calibrate", "--data", &data, "--centre", &centre(&demo), "-o", &learned, "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let report = parsed(&output);
    assert_eq!(report["cases"], 60, "{report:#}");
    assert!(report["notes"].to_string().contains("tickets"), "{report:#}");
    let output = onething(&["simulate", &learned, "--replications", "2", "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[test]
fn closed_cases_are_learned_from_the_archive_and_counted_once() {
    let place = Place::new();
    let (data, archive, learned) = (place.name("data"), place.name("archive"), place.name("learned.json"));
    let demo = onething(&["demo", "--cases", "60", "--speed", "3000", "--data", &data, "--json"]);
    assert_eq!(code(&demo), 0, "{}", text(&demo.stderr));
    let centre = centre(&demo);
    let moved = put_away(&data, &archive, &centre, 40);
    assert_eq!(moved, 40);
    let cases = |more: &[&str]| {
        let mut arguments = vec!["calibrate", "--archive", &archive, "--centre", &centre, "-o", &learned, "--json"];
        arguments.extend(more);
        let output = onething(&arguments);
        assert_eq!(code(&output), 0, "{more:?}: {}", text(&output.stderr));
        parsed(&output)["cases"].clone()
    };
    assert_eq!(cases(&["--data", &data]), 60);
    assert_eq!(cases(&["--data", &place.name("nowhere")]), 40);
}

/// Writes the first closed cases of a store to an archive, and leaves them in the store.
fn put_away(data: &str, archive: &str, centre: &str, count: usize) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let centre = CentreId::from(centre);
    let cases = runtime.block_on(async {
        let store = EmbeddedStore::open(data, Options::default()).unwrap();
        let mut cases = Vec::new();
        for found in store.search(&centre, &Filter::default(), None, count).await.unwrap() {
            let last = store.load(&centre, &found.case).await.unwrap().unwrap();
            let records = store.history(&centre, &found.case, 1, 1000).await.unwrap();
            let chain = store.chain();
            cases.push(Archived { centre: centre.clone(), case: found.case, chain, last, records });
        }
        cases
    });
    Archive::open(Path::new(archive)).unwrap().append(&cases).unwrap();
    cases.len()
}

/// The centre that the demo ran.
fn centre(demo: &std::process::Output) -> String {
    parsed(demo)["centre"].as_str().unwrap_or("centre").to_owned()
}

#[test]
fn what_is_wrong_ends_with_its_code() {
    let place = Place::new();
    let log = place.file("log.csv", b"case,activity,end\n1,a,never\n");
    let output = onething(&["calibrate", "--log", &log]);
    assert_eq!(code(&output), 1);
    let said = text(&output.stderr);
    assert!(said.contains("E-LOG-005") && said.contains("log.csv:2"), "{said}");
    assert_eq!(code(&onething(&["calibrate", "--log", &place.name("nowhere.csv")])), 3);
    assert_eq!(code(&onething(&["calibrate", "--data", &place.name("nowhere")])), 3);
    assert_eq!(code(&onething(&["calibrate", "--log", &log, "-o", "Learned.txt"])), 2);
    assert_eq!(code(&onething(&["calibrate", "--log", &log, "--columns", "caze=x"])), 2);
    // A log that names nobody and no scenario to take the staff from.
    let row = b"case,package,activity,start,end\n1,teacher-certificate,intake,2026-04-13T09:00,2026-04-13T09:10\n";
    let log = place.file("thin.csv", row);
    let output = onething(&["calibrate", "--log", &log]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("--base"), "{}", text(&output.stderr));
}

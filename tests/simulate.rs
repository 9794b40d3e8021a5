//! `onething simulate` as a planner meets it.

use crate::cli::{Place, code, onething, parsed, text};

const TIDE: &str = "examples/scenarios/teacher-tide.json";
const FIXED: &str = "examples/scenarios/teacher-fixed.json";

#[test]
fn results_come_as_a_table_as_json_as_csv_and_as_a_page() {
    let place = Place::new();
    let page = place.name("report.html");
    let few = ["--replications", "3", "--seed", "5"];
    let run = |more: &[&str]| {
        let output = onething(&[&["simulate", TIDE], &few[..], more].concat());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        output
    };
    let shown = text(&run(&["--report", &page]).stdout);
    assert!(shown.contains("教师资格") && shown.contains("mean wait (min)"), "{shown}");
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.matches("<svg").count() >= 6, "pictures");
    assert!(
        shown.contains("教育局 education") && html.contains("教育局 education · 在等 waiting"),
        "queues have signs"
    );
    assert!(!html.contains("http://") || html.matches("http").count() == html.matches("http://www.w3.org").count());
    let json = parsed(&run(&["--json"]));
    assert_eq!((&json["seed"], &json["replications"]), (&5.into(), &3.into()));
    let metrics = json["metrics"].as_array().unwrap();
    let wait = metrics.iter().find(|it| it["of"] == "教师资格" && it["what"] == "wait_mean").unwrap();
    assert!(wait["interval"]["mean"].as_f64().unwrap() > 0.0 && wait["interval"]["runs"] == 3);
    let csv = text(&run(&["--csv"]).stdout);
    assert!(csv.starts_with("scenario,of,figure,mean,half,runs\nteacher-tide,*,"), "{csv}");
    assert_eq!(csv.lines().count(), metrics.len() + 1);
}

#[test]
fn two_scenarios_meet_the_same_people() {
    let output = onething(&["simulate", TIDE, "--against", FIXED, "--replications", "4", "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let json = parsed(&output);
    let differences = json["differences"].as_array().unwrap();
    let arrived = differences.iter().find(|it| it["of"] == "教师资格" && it["what"] == "arrived").unwrap();
    assert_eq!((&arrived["difference"]["mean"], &arrived["difference"]["half"]), (&0.0.into(), &0.0.into()));
    let shown = text(&onething(&["simulate", TIDE, "--against", FIXED, "--replications", "4"]).stdout);
    let table = shown.split("leaves out 0").nth(1).unwrap();
    assert!(
        !table.contains("到达（人）") && table.contains("more figures are the same in every replication"),
        "{table}"
    );
}

#[test]
fn a_wrong_scenario_is_refused_with_the_place() {
    let place = Place::new();
    let good = std::fs::read_to_string(TIDE).unwrap();
    let wrong = place.file("teacher-tide.json", good.replace("\"seats\"", "\"seets\"").as_bytes());
    let output = onething(&["simulate", &wrong]);
    assert_eq!(code(&output), 1);
    let said = text(&output.stderr);
    assert!(said.contains("did you mean \"seats\"?"), "{said}");
}

#[test]
fn every_scenario_says_in_both_languages_what_its_answer_depends_on() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scenarios");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let says = |language: &str, words: &str| file["note"][language].as_str().unwrap().contains(words);
        assert!(says("zh", "取决于") && says("en", "depends on"), "{}", path.display());
    }
}

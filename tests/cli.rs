//! The command as a user meets it: what it prints, what it leaves behind, how it ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use onething_store::{EmbeddedStore, Options};
use serde_json::{Value, json};

/// Runs the command in the workspace's root.
pub(crate) fn onething(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onething"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

#[test]
fn every_command_explains_itself() {
    for command in [
        &["--help"][..],
        &["demo", "--help"],
        &["check", "--help"],
        &["draw", "--help"],
        &["test", "--help"],
        &["explain", "--help"],
        &["simulate", "--help"],
        &["calibrate", "--help"],
        &["plan", "--help"],
        &["load", "--help"],
        &["case", "--help"],
        &["case", "submit", "--help"],
        &["case", "supply", "--help"],
        &["case", "withdraw", "--help"],
        &["hall", "--help"],
        &["ticket", "take", "--help"],
        &["calendar", "--help"],
        &["import", "--help"],
        &["import", "digit", "--help"],
        &["schema", "--help"],
    ] {
        let output = onething(command);
        assert_eq!(code(&output), 0, "{command:?}");
        assert!(text(&output.stdout).len() > 100, "{command:?}");
    }
    assert!(text(&onething(&["--help"]).stdout).contains("退出码 Exit codes"));
    assert_eq!(code(&onething(&["demoo"])), 2);
}

#[test]
fn rubbish_is_answered_with_a_finding_and_an_exit_code() {
    let place = Place::new();
    let deep = "[".repeat(10_000);
    let huge = vec![b' '; 100 << 20];
    for (name, bytes, finding) in [
        ("empty.json", &b""[..], "E-FILE-003"),
        ("huge.json", &huge, "E-FILE-001"),
        ("deep.json", deep.as_bytes(), "E-FILE-004"),
        ("latin.json", b"{\"kind\": \"\xe9\"}", "E-FILE-002"),
        ("broken.json", b"{\"kind\": ", "E-JSON-001"),
        ("other.json", b"{\"kind\": \"pacage\"}", "E-FILE-005"),
    ] {
        let file = place.file(name, bytes);
        let output = onething(&["check", &file, "--json"]);
        assert_eq!(code(&output), 1, "{name}");
        let said = parsed(&output);
        assert_eq!(said["findings"][0]["code"], finding, "{name}: {said}");
        let shown = onething(&["check", &file]);
        assert_eq!(code(&shown), 1);
        assert!(text(&shown.stdout).contains(finding));
    }
    assert_eq!(code(&onething(&["check", &place.name("nowhere.json")])), 3);
}

#[test]
fn the_definitions_that_come_with_it_are_good() {
    let output = onething(&["check", "workflows", "--json"]);
    let said = parsed(&output);
    assert_eq!((code(&output), &said["errors"]), (0, &json!(0)), "{said:#}");
    let ids: Vec<&str> = said["workflows"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
    let packages = ["government-project", "government-project-sequential", "newborn", "open-company"];
    let more = ["open-restaurant", "resale-flat", "retirement", "sole-trader", "teacher-certificate"];
    for package in packages.into_iter().chain(more) {
        assert!(ids.contains(&package), "{package} of {ids:?}");
    }
}

#[test]
fn a_package_checked_alone_finds_its_matters_beside_it() {
    let output = onething(&["check", "workflows/packages/open-restaurant.json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
}

#[test]
fn an_application_is_handed_in_once_however_often_it_is_sent() {
    let place = Place::new();
    let data = place.name("data");
    let template = onething(&["case", "template", "open-restaurant"]);
    assert_eq!(code(&template), 0, "{}", text(&template.stderr));
    let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
    application["applicant"] = json!("李娜");
    let file = place.file("application.json", application.to_string().as_bytes());
    let submit = || onething(&["case", "submit", &file, "--data", &data, "--json"]);
    let first = submit();
    assert_eq!(code(&first), 0, "{}{}", text(&first.stdout), text(&first.stderr));
    assert_eq!(parsed(&first), parsed(&submit()), "the second answer is the first");
    let number = parsed(&first)["number"].as_str().unwrap().to_owned();
    let listed = parsed(&onething(&["case", "list", "--applicant", "李娜", "--data", &data, "--json"]));
    assert_eq!(listed["cases"].as_array().map(Vec::len), Some(1), "{listed}");
    for ask in ["show", "history", "why", "verify"] {
        let output = onething(&["case", ask, &number, "--data", &data]);
        assert_eq!(code(&output), 0, "{ask}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(&number) || ask == "history", "{ask}: {}", text(&output.stdout));
        let machine = onething(&["case", ask, &number, "--data", &data, "--json"]);
        assert!(parsed(&machine).is_object(), "{ask}");
    }
    let all = parsed(&onething(&["case", "verify", "--all", "--data", &data, "--json"]));
    assert_eq!((&all["cases"], &all["verified"]), (&json!(1), &json!(1)));
    assert_eq!(code(&onething(&["case", "show", "nobody", "--data", &data])), 1);
}

#[test]
fn a_wrong_application_changes_nothing_and_says_all_that_is_wrong() {
    let place = Place::new();
    let data = place.name("data");
    let wrong = json!({
        "package": "bank-account-booking", "applicant": "李娜", "form": {"colour": "red"}, "materials": ["floor_plan"],
    });
    for (content, hint) in [
        (wrong.to_string(), "form.colour"),
        ("{".to_owned(), "template"),
        (json!({"package": "open-restaurnat", "applicant": "x"}).to_string(), "open-restaurant"),
        (json!({"package": "open-company", "applicant": "x", "surprise": 1}).to_string(), "surprise"),
    ] {
        let file = place.file("wrong.json", content.as_bytes());
        let output = onething(&["case", "submit", &file, "--data", &data]);
        assert_eq!(code(&output), 1, "{content}");
        assert!(text(&output.stderr).contains(hint), "{content}: {}", text(&output.stderr));
    }
    let listed = parsed(&onething(&["case", "list", "--data", &data, "--json"]));
    assert_eq!(listed["cases"], json!([]));
}

#[test]
fn a_data_directory_in_use_is_named_with_its_holder() {
    let place = Place::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let _held = EmbeddedStore::open(place.path("data"), Options::default()).unwrap();
    let output = onething(&["case", "list", "--data", &place.name("data")]);
    assert_eq!(code(&output), 3);
    let said = text(&output.stderr);
    assert!(said.contains(&std::process::id().to_string()) && said.contains("in use"), "{said}");
}

#[test]
fn a_data_file_cut_short_is_a_sentence_and_stays_as_it_is() {
    let place = Place::new();
    let data = place.name("data");
    let file = place.file("application.json", &onething(&["case", "template", "open-company"]).stdout);
    assert_eq!(code(&onething(&["case", "submit", &file, "--data", &data])), 0);
    let stored = largest(&place.path("data"));
    let whole = std::fs::read(&stored).unwrap();
    for keep in [0, 100, whole.len() / 2] {
        std::fs::write(&stored, &whole[..keep]).unwrap();
        let output = onething(&["case", "list", "--data", &data]);
        let said = text(&output.stderr);
        assert!(code(&output) == 3 && said.contains("nothing was changed"), "{keep} bytes: {} {said}", code(&output));
        assert_eq!(std::fs::read(&stored).unwrap(), &whole[..keep]);
    }
}

fn largest(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

#[test]
fn a_full_disk_ends_the_demo_with_a_sentence_and_loses_nothing() {
    let place = Place::new();
    let data = place.name("data");
    let demo = env!("CARGO_BIN_EXE_onething");
    let run =
        format!("trap '' XFSZ; ulimit -f 3000; exec '{demo}' demo --json --cases 400 --speed 1500 --data '{data}'",);
    let output = Command::new("sh").args(["-c", &run]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert_eq!(code(&output), 3, "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(parsed(&output)["error"]["message"]["zh"].is_string());
    let all = onething(&["case", "verify", "--all", "--data", &data, "--json"]);
    assert_eq!(code(&all), 0, "{}{}", text(&all.stdout), text(&all.stderr));
}

#[test]
fn the_calendar_counts_as_the_law_does() {
    for (accepted, days, due) in [
        ("2022-09-30", "5", "2022-10-12"),
        ("2022-01-28", "5", "2022-02-09"),
        ("2023-01-20", "1", "2023-01-28"),
        ("2023-12-29", "1", "2024-01-02"),
        ("2024-02-09", "3", "2024-02-20"),
        ("2024-09-13", "5", "2024-09-23"),
        ("2025-01-27", "1", "2025-02-05"),
        ("2025-09-30", "5", "2025-10-14"),
        ("2025-12-31", "1", "2026-01-04"),
        ("2026-02-13", "3", "2026-02-25"),
        ("2026-02-13", "20", "2026-03-19"),
        ("2026-04-30", "5", "2026-05-11"),
        ("2026-09-18", "5", "2026-09-24"),
        ("2026-09-29", "20", "2026-11-02"),
        ("2026-09-30", "45", "2026-12-08"),
        ("2026-12-01", "20", "2026-12-29"),
    ] {
        let said = parsed(&onething(&["calendar", "add", accepted, days, "--json"]));
        assert_eq!(said["day"], due, "{accepted} + {days}");
    }
    let year = parsed(&onething(&["calendar", "show", "2026", "--json"]));
    assert_eq!(year["days"].as_array().map(Vec::len), Some(365));
    for unpublished in [&["calendar", "show", "2090"][..], &["calendar", "add", "2026-12-31", "20"]] {
        let output = onething(unpublished);
        assert_eq!(code(&output), 3, "{unpublished:?}");
        assert!(text(&output.stderr).contains("not published"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_workflow_is_drawn_in_each_format() {
    for (format, beginning) in [("svg", "<svg"), ("dot", "digraph"), ("mermaid", "flowchart")] {
        let output = onething(&["draw", "workflows/packages/open-company.json", "--format", format]);
        assert_eq!(code(&output), 0, "{format}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(beginning), "{format}");
    }
}

/// The shipped package with its first parallel split made a choice, so that the join behind it waits for ever.
#[test]
fn a_wrong_file_is_drawn_with_its_problems() {
    let place = Place::new();
    let good = std::fs::read_to_string("workflows/packages/open-company.json").unwrap();
    let mut file: Value = serde_json::from_str(&good).unwrap();
    for node in file["nodes"].as_array_mut().unwrap() {
        if node["id"] == "fetch_split" {
            node["type"] = json!("exclusive");
        }
    }
    let wrong = place.file("open-company.json", file.to_string().as_bytes());
    for (format, hint) in [("svg", "错 1"), ("dot", "【错 1】"), ("mermaid", "【错 1】")] {
        let output = onething(&["draw", &wrong, "--format", format]);
        assert_eq!(code(&output), 1, "{format}");
        let (picture, said) = (text(&output.stdout), text(&output.stderr));
        assert!(picture.contains(hint) && picture.contains("E-GRAPH-005"), "{format}: {said}");
        assert!(said.contains("errors"), "{said}");
    }
    let said = parsed(&onething(&["draw", &wrong, "--json"]));
    assert_eq!(said["findings"][0]["severity"], "error", "{said:#}");
    let empty = place.file("empty.json", b"{}");
    let nothing = onething(&["draw", &empty]);
    assert_eq!((code(&nothing), nothing.stdout.len()), (1, 0));
    assert!(text(&nothing.stderr).contains("E-FILE-005"));
}

#[test]
fn a_case_is_drawn_where_it_stands() {
    let place = Place::new();
    let data = place.name("data");
    let file = place.file("application.json", &onething(&["case", "template", "open-company"]).stdout);
    let submitted = parsed(&onething(&["case", "submit", &file, "--data", &data, "--json"]));
    let number = submitted["number"].as_str().unwrap();
    let draw = |more: &[&str]| onething(&[&["draw", "--case", number, "--data", &data][..], more].concat());
    let output = draw(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let picture = text(&output.stdout);
    for word in [number, "在办", "open since", "尚未开始", "已收件"] {
        assert!(picture.contains(word), "{word}");
    }
    let matter = draw(&["--matter", "tax-registration", "--format", "dot"]);
    assert!(text(&matter.stdout).contains("cluster_p2") && !text(&matter.stdout).contains("cluster_p0"));
    let wrong = draw(&["--matter", "tax-registratoin"]);
    assert!(code(&wrong) == 1 && text(&wrong.stderr).contains("tax-registration"), "{}", text(&wrong.stderr));
    assert_eq!(code(&onething(&["draw", "--case", "nobody", "--data", &data])), 1);
    assert_eq!(code(&onething(&["draw", "--case", number, "--data", &place.name("nowhere")])), 3);
    assert_eq!(code(&onething(&["draw"])), 2);
}

#[test]
fn a_demo_accounts_for_every_case_and_knows_when_it_is_over() {
    let place = Place::new();
    let data = place.name("data");
    let demo = || onething(&["demo", "--json", "--cases", "30", "--speed", "3000", "--data", &data]);
    let first = demo();
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let report = parsed(&first);
    let cases: u64 = report["outcomes"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|states| states.as_object().unwrap().values())
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!((cases, &report["closed"], &report["verified"]), (30, &json!(30), &json!(30)), "{report:#}");
    let people: Vec<&Value> = report["tickets"].as_object().unwrap().values().collect();
    assert!(!people.is_empty(), "some come in person");
    for it in people {
        let count = |what: &str| it[what].as_u64().unwrap();
        let gone = count("served") + count("missed") + count("gave_up") + count("turned_away");
        assert_eq!(count("taken"), gone, "{it:#}");
        assert_eq!(it["wait"]["steps"], it["served"], "{it:#}");
    }
    let again = parsed(&demo());
    assert_eq!((&again["tickets"], &again["outcomes"]), (&json!({}), &report["outcomes"]));
    assert_eq!(again["events"], report["events"]);
}

#[test]
fn tests_of_packages_are_recorded_run_and_fail_where_they_stand() {
    let place = Place::new();
    let all = onething(&["test", "--json"]);
    let said = parsed(&all);
    assert_eq!((code(&all), &said["failed"], &said["errors"]), (0, &json!(0), &json!(0)), "{said:#}");
    assert!(said["cases"].as_u64().unwrap() > 30, "{said:#}");
    let recorded = onething(&["test", "--record", "open-restaurant"]);
    assert_eq!(code(&recorded), 0, "{}", text(&recorded.stderr));
    assert!(text(&recorded.stderr).contains("not a verdict"));
    let mut tests: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    std::fs::create_dir(place.path("tests")).unwrap();
    let run = |tests: &Value, more: &[&str]| {
        let file = place.file("tests/open-restaurant.json", tests.to_string().as_bytes());
        let base = ["test", "workflows/calendars", "workflows/matters", "workflows/packages", &file];
        onething(&[&base, more].concat())
    };
    assert_eq!(code(&run(&tests, &[])), 0, "what was recorded passes");
    tests["cases"][0]["expect"]["status"] = json!("refused");
    let failed = run(&tests, &[]);
    assert_eq!(code(&failed), 1);
    let shown = text(&failed.stdout);
    assert!(
        shown.contains("✗") && shown.contains("/cases/0/expect/status") && shown.contains("expected refused"),
        "{shown}"
    );
    let said = parsed(&run(&tests, &["--json"]));
    assert_eq!(said["results"][0]["case"]["differences"][0]["at"]["pointer"], "/cases/0/expect/status", "{said:#}");
    tests["cases"][0]["script"] = json!([{"step": "intkae", "outcome": "accepted"}]);
    let wrong = run(&tests, &[]);
    assert!(code(&wrong) == 1 && text(&wrong.stdout).contains("did you mean \"intake\""), "{}", text(&wrong.stdout));
    for (command, wanted) in [
        (&["test", "--filter", "no such case"][..], 1),
        (&["test", "--record", "open-restaurnat"], 1),
        (&["test", "workflows/calendars"], 1),
        (&["test", "--recrod", "x"], 2),
        (&["test", "nowhere"], 3),
    ] {
        assert_eq!(code(&onething(command)), wanted, "{command:?}");
    }
}

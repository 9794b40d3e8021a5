//! `onething import` as an author meets it: the file it writes, the report, the exit code.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn onething(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onething"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn service(next: &str) -> Value {
    json!({"businessService": "Park Event", "states": [
        {"state": null, "actions": [{"action": "APPLY", "nextState": "LOOK", "roles": ["CITIZEN"]}]},
        {"state": "LOOK", "sla": 86_400_000, "actions": [
            {"action": "SEND_BACK", "nextState": "LOOK", "roles": ["CLERK"]},
            {"action": "APPROVE", "nextState": next, "roles": ["CLERK"]},
        ]},
        {"state": "GRANTED", "isTerminateState": true, "actions": []},
    ]})
}

fn write(folder: &Path, name: &str, json: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, json.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn a_digit_service_is_written_checked_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let source = write(folder.path(), "good.json", &service("GRANTED"));
    let output = folder.path().join("park-event.json").display().to_string();
    let imported = onething(&["import", "digit", &source, "-o", &folder.path().display().to_string()]);
    assert_eq!(code(&imported), 0, "{}", text(&imported.stderr));
    assert!(imported.stdout.is_empty());
    let report = text(&imported.stderr);
    for said in ["没有带过来的", "/states/1/sla", "/states/0/actions/0", "角色 CLERK 成为队列 clerk"] {
        assert!(report.contains(said), "{said}: {report}");
    }
    assert_eq!(code(&onething(&["check", &output])), 0);
    let drawn = onething(&["draw", &output, "--format", "dot"]);
    assert!(text(&drawn.stdout).contains("APPROVE"), "{}", text(&drawn.stdout));

    let printed = onething(&["import", "digit", &source]);
    assert_eq!((code(&printed), text(&printed.stdout)), (0, std::fs::read_to_string(&output).unwrap()));
    let told = onething(&["import", "digit", &source, "--json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["good"], &told["matter"]), (&json!(true), &json!("park-event")));
    assert_eq!(told["text"], std::fs::read_to_string(&output).unwrap());
    let sla = told["not_carried_over"].as_array().unwrap().iter().find(|item| item["key"] == "sla").unwrap();
    assert_eq!(sla["at"], json!(["/states/1/sla"]));
}

#[test]
fn a_broken_service_is_written_all_the_same_and_said_to_be_broken() {
    let folder = tempfile::tempdir().unwrap();
    let source = write(folder.path(), "bad.json", &service("GRANTD"));
    let output = folder.path().join("mend-me.json").display().to_string();
    let imported = onething(&["import", "digit", &source, "-o", &output]);
    assert_eq!(code(&imported), 1);
    let report = text(&imported.stderr);
    for said in ["E-DIGIT-013", "下一状态“GRANTD”不存在", "/states/1/actions/1/nextState", "E-REF-002"] {
        assert!(report.contains(said), "{said}: {report}");
    }
    let written: Value = serde_json::from_slice(&std::fs::read(&output).unwrap()).unwrap();
    assert_eq!(written["id"], "mend-me");
    let told = onething(&["import", "digit", &source, "-o", &output, "--json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["good"], &told["check"][0]["code"]), (&json!(false), &json!("E-REF-002")));
}

#[test]
fn every_way_to_fail_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.json", &service("GRANTED"));
    let two = write(folder.path(), "two.json", &json!({"BusinessServices": [service("GRANTED"), service("LOOK")]}));
    let none = write(folder.path(), "none.json", &json!({"item": []}));
    let into = |name: &str| folder.path().join(name).display().to_string();
    for (arguments, wanted, said) in [
        (vec!["digit"], 2, "FILE"),
        (vec!["digit", &two], 2, "--service"),
        (vec!["digit", &good, "--service", "X"], 2, "Park Event"),
        (vec!["digit", &good, "-o", &into("Not An Id.json")], 2, "id"),
        (vec!["digit", &good, "-o", &into("park.txt")], 2, ".json"),
        (vec!["digit", &none], 1, "E-DIGIT-001"),
        (vec!["digit", &into("gone.json")], 3, "gone.json"),
        (vec!["digit", &good, "-o", &into("no/such/folder/x.json")], 3, "x.json"),
    ] {
        let output = onething(&[&["import"], arguments.as_slice()].concat());
        assert_eq!(code(&output), wanted, "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let told = onething(&["import", "digit", &none, "--json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["good"], &told["findings"][0]["code"]), (&json!(false), &json!("E-DIGIT-001")));
}

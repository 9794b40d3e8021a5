//! What is broken in a source, each as an edit of a good one: told where it stands, in both languages, and imported.

use serde_json::{Value as Json, json};

use super::{checked, errors, imported};

/// Hand in, look, look again or approve.
fn good() -> Json {
    json!({"businessService": "A", "states": [
        {"state": null, "isStartState": true, "actions": [{"action": "APPLY", "nextState": "LOOK", "roles": ["CITIZEN"]}]},
        {"state": "LOOK", "uuid": "u-1", "actions": [
            {"action": "AGAIN", "nextState": "u-1", "roles": ["CLERK"]},
            {"action": "APPROVE", "nextState": "GRANTED", "roles": ["CLERK"]},
        ]},
        {"state": "GRANTED", "isTerminateState": true, "actions": []},
    ]})
}

#[test]
fn every_fault_of_a_source_is_told_where_it_stands() {
    let whole = imported("a.json", &good());
    assert!(whole.is_sane() && whole.findings.is_empty() && checked(&whole).is_good(), "{whole:#?}");
    let spare = json!({"state": "SPARE", "actions": [{"action": "GO", "nextState": "GRANTED", "roles": ["CLERK"]}]});
    let twin = json!({"state": "LOOK", "actions": [{"action": "GO", "nextState": "GRANTED", "roles": ["CLERK"]}]});
    let again = json!({"action": "approve", "nextState": "LOOK", "roles": ["CLERK"]});
    // What is changed, to what; `/-` adds to a list. The faults. Whether what comes out passes the check all the same.
    for (at, value, faults, passes) in [
        (
            "/states/1/actions/1/nextState",
            json!("GRANTD"),
            vec![
                ("E-DIGIT-012", "/states/0"),
                ("E-DIGIT-012", "/states/1"),
                ("E-DIGIT-013", "/states/1/actions/1/nextState"),
                ("E-DIGIT-011", "/states/2"),
            ],
            false,
        ),
        ("/states/1/actions/0/nextState", json!(null), vec![("E-DIGIT-013", "/states/1/actions/0/nextState")], false),
        ("/states/1/actions/0/nextState", json!(" "), vec![("E-DIGIT-013", "/states/1/actions/0/nextState")], false),
        ("/states/-", spare, vec![("E-DIGIT-011", "/states/3")], false),
        ("/states/-", twin, vec![("E-DIGIT-006", "/states/3"), ("E-DIGIT-011", "/states/3")], false),
        (
            "/states/-",
            json!({"state": "LOST"}),
            vec![("E-DIGIT-010", "/states/3"), ("E-DIGIT-011", "/states/3")],
            false,
        ),
        (
            "/states/-",
            json!({"state": null, "isTerminateState": true}),
            vec![("E-DIGIT-006", "/states/3"), ("E-DIGIT-011", "/states/3")],
            false,
        ),
        ("/states/0/isTerminateState", json!(true), vec![("E-DIGIT-009", "/states/0")], true),
        ("/states/2/isStartState", json!(true), vec![("E-DIGIT-009", "/states/2")], true),
        ("/states/2/isTerminateState", json!(null), vec![("E-DIGIT-010", "/states/2")], true),
        ("/states/1/actions", json!([]), vec![("E-DIGIT-010", "/states/1"), ("E-DIGIT-011", "/states/2")], false),
        (
            "/states/1/actions/1/active",
            json!(false),
            vec![("E-DIGIT-012", "/states/0"), ("E-DIGIT-012", "/states/1"), ("E-DIGIT-011", "/states/2")],
            false,
        ),
        ("/states/1/actions/1/roles", json!([]), vec![("E-DIGIT-008", "/states/1/actions/1")], true),
        ("/states/1/actions/1/roles", json!(null), vec![("E-DIGIT-008", "/states/1/actions/1")], true),
        ("/states/1/actions/-", again, vec![("E-DIGIT-007", "/states/1/actions/2")], true),
        (
            "/states/1/actions/-",
            json!({"nextState": "LOOK", "roles": ["CLERK"]}),
            vec![("E-DIGIT-004", "/states/1/actions/2")],
            true,
        ),
        ("/states/0/state", json!("NEW"), vec![("E-DIGIT-005", "/states")], true),
        (
            "/states/1/actions/0/roles",
            json!("CLERK"),
            vec![("E-DIGIT-008", "/states/1/actions/0"), ("E-DIGIT-003", "/states/1/actions/0/roles")],
            true,
        ),
        ("/states/1/isTerminateState", json!(3), vec![("E-DIGIT-003", "/states/1/isTerminateState")], true),
        ("/states/-", json!("LOOK"), vec![("E-DIGIT-003", "/states/3")], true),
    ] {
        let mut broken = good();
        match at.strip_suffix("/-") {
            Some(list) => broken.pointer_mut(list).and_then(Json::as_array_mut).unwrap().push(value),
            None => {
                let (object, key) = at.rsplit_once('/').unwrap();
                let place = broken.pointer_mut(object).unwrap();
                match place {
                    Json::Array(list) => list[key.parse::<usize>().unwrap()] = value,
                    object => object[key] = value,
                }
            }
        }
        let found = imported("a.json", &broken);
        let told = errors(&found);
        let mut told: Vec<(&str, &str)> = told.iter().map(|(code, at)| (*code, at.as_str())).collect();
        let mut faults = faults;
        told.sort_unstable();
        faults.sort_unstable();
        assert_eq!(told, faults, "{at}: {broken:#}");
        for finding in &found.findings {
            assert!(!finding.message.zh.is_ascii() && finding.message.en.is_ascii(), "{finding:?}");
            assert!(finding.help.is_some(), "{finding:?}");
        }
        let checked = checked(&found);
        assert_eq!(checked.is_good(), passes, "{at}: {:#?}", checked.diagnostics);
        let shape =
            checked.diagnostics.iter().find(|it| it.code.starts_with("E-SHAPE") || it.code.starts_with("E-JSON"));
        assert!(shape.is_none(), "{at}: {shape:#?}");
    }
}

#[test]
fn a_misspelt_state_is_guessed_in_the_source_and_in_what_comes_out() {
    let mut broken = good();
    broken["states"][1]["actions"][1]["nextState"] = json!("GRANTD");
    let found = imported("a.json", &broken);
    let finding = found.findings.iter().find(|it| it.code == "E-DIGIT-013").unwrap();
    assert!(finding.help.as_ref().unwrap().en.contains("\"GRANTED\""), "{finding:?}");
    let checked = checked(&found);
    let finding = checked.diagnostics.iter().find(|it| it.code == "E-REF-002").unwrap();
    assert!(finding.help.as_ref().unwrap().en.contains("\"granted\""), "{finding:?}");
}

#[test]
fn unusual_sources_are_taken_with_a_warning() {
    let codes = |json: &Json| {
        let found = imported("a.json", json);
        assert!(found.is_sane() && checked(&found).is_good(), "{json:#}");
        found.findings.iter().map(|it| (it.code, it.place.pointer.clone())).collect::<Vec<_>>()
    };
    let mut unusual = good();
    unusual["states"][0]["actions"][0]["nextState"] = json!(" look ");
    assert_eq!(codes(&unusual), [("W-DIGIT-003", "/states/0/actions/0/nextState".to_owned())]);
    let mut unusual = good();
    unusual["states"][1]["isTerminateState"] = json!("TRUE");
    assert_eq!(codes(&unusual), [("W-DIGIT-002", "/states/1".to_owned())]);
    let mut unusual = good();
    unusual.as_object_mut().unwrap().remove("businessService");
    assert_eq!(codes(&unusual), [("W-DIGIT-001", String::new())]);
}

//! DIGIT business services, small and invented.

mod broken;
mod random;

use std::path::Path;

use onething_engine::diagnostic::Severity;
use onething_engine::{Checked, InputFile, check};
use onething_import::{Imported, Refusal, digit};
use serde_json::{Value as Json, json};

/// Writes the golden files anew instead of comparing with them.
const GOLDEN: &str = "ONETHING_GOLDEN";

fn imported(file: &str, json: &Json) -> Imported {
    digit::import(file, json.to_string().as_bytes(), None, None).unwrap_or_else(|refusal| panic!("{refusal:#?}"))
}

/// The check of what came out.
fn checked(imported: &Imported) -> Checked {
    check(&[InputFile { name: format!("{}.json", imported.id), bytes: imported.text.clone().into_bytes() }])
}

fn errors(imported: &Imported) -> Vec<(&'static str, String)> {
    let errors = imported.findings.iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| (it.code, it.place.pointer.clone())).collect()
}

fn pointers(items: &[onething_import::Item], key: &str) -> Vec<String> {
    items.iter().filter(|item| item.key == key).flat_map(|item| item.at.clone()).collect()
}

#[test]
fn whole_services_come_out_as_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/digit");
    for name in ["park-event", "street-light"] {
        let bytes = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let imported = digit::import(&format!("/somewhere/{name}.json"), &bytes, None, None).unwrap();
        assert_eq!(imported.id, name);
        assert!(imported.is_sane() && checked(&imported).is_good(), "{imported:#?}{:#?}", checked(&imported));
        let report = json!({
            "carried_over": imported.carried_over, "not_carried_over": imported.not_carried_over,
            "findings": imported.findings.iter().map(|it| json!({
                "code": it.code, "at": it.place.pointer, "line": it.place.line, "message": it.message,
            })).collect::<Vec<_>>(),
        });
        for (ending, text) in [("matter.json", imported.text), ("report.json", format!("{report:#}\n"))] {
            let golden = folder.join(format!("{name}.{ending}"));
            if std::env::var_os(GOLDEN).is_some() {
                std::fs::write(&golden, &text).unwrap();
            }
            let wanted = std::fs::read_to_string(&golden).unwrap();
            let differ = wanted.lines().zip(text.lines()).position(|(wanted, is)| wanted != is);
            assert!(
                wanted == text,
                "{name}.{ending} differs from line {differ:?}; if it is meant: {GOLDEN}=1 cargo test"
            );
        }
    }
}

#[test]
fn a_service_is_found_in_every_wrapper() {
    let service = json!({"businessService": "A", "states": [
        {"state": null, "actions": [{"action": "GO", "nextState": "END", "roles": ["R"]}]},
        {"state": "END", "isTerminateState": true},
    ]});
    let mut other = service.clone();
    other["businessService"] = json!("B/C");
    let alone = imported("a.json", &service);
    for (wrapped, at) in [
        (json!([service]), "/0"),
        (json!({"BusinessServices": [service], "RequestInfo": {}}), "/BusinessServices/0"),
        (json!({"BusinessService": service}), "/BusinessService"),
        (json!({"tenantId": "x", "moduleName": "Workflow", "BusinessService": [service]}), "/BusinessService/0"),
        (json!({"MdmsRes": {"Workflow": {"BusinessService": [service]}}}), "/MdmsRes/Workflow/BusinessService/0"),
        (json!({"mdms": [{"schemaCode": "x", "data": service}]}), "/mdms/0/data"),
        (json!({"a/b": [service]}), "/a~1b/0"),
    ] {
        let found = imported("a.json", &wrapped);
        assert_eq!(found.text, alone.text, "{wrapped}");
        assert_eq!(pointers(&found.carried_over, "states"), [format!("{at}/states/0"), format!("{at}/states/1")]);
    }
    let both = json!({"BusinessServices": [service, other]}).to_string();
    let choose = |name: Option<&str>| digit::import("a.json", both.as_bytes(), name, None);
    assert!(matches!(choose(None), Err(Refusal::Choose(names)) if names == ["A", "B/C"]));
    assert!(matches!(choose(Some("D")), Err(Refusal::Unknown(names)) if names == ["A", "B/C"]));
    let chosen = choose(Some("B/C")).unwrap();
    assert_eq!((chosen.name.as_str(), chosen.id.as_str()), ("B/C", "b-c"));
    assert_eq!(pointers(&chosen.not_carried_over, "wrapper"), ["/BusinessServices/0"]);
}

#[test]
fn what_is_no_service_or_too_large_is_refused_with_its_place() {
    let state = |nth: usize| {
        json!({"state": format!("S{nth}"), "actions": [
            {"action": "A", "nextState": format!("S{}", nth + 1), "roles": ["R"]},
            {"action": "B", "nextState": format!("S{}", nth / 2), "roles": ["R"]},
        ]})
    };
    let many = |count: usize| {
        let states: Vec<Json> = (0..count).map(state).collect();
        json!({"businessService": "A", "states": states}).to_string()
    };
    let busy: Vec<Json> = (0..40).map(|nth| json!({"action": format!("A{nth}")})).collect();
    let busy = json!({"states": [{"state": null, "actions": busy}]}).to_string();
    for (text, code, at) in [
        ("", "E-FILE-003", ""),
        ("{", "E-JSON-001", ""),
        ("[1, 2]", "E-DIGIT-001", ""),
        (r#"{"info": {}, "item": []}"#, "E-DIGIT-001", ""),
        (r#"{"states": {}}"#, "E-DIGIT-001", ""),
        (r#"{"states": []}"#, "E-DIGIT-002", "/states"),
        (&format!("{}1{}", "[".repeat(100), "]".repeat(100)), "E-FILE-004", ""),
        (&many(3_000), "E-DIGIT-002", "/states"),
        (&many(120), "E-DIGIT-002", "/states"),
        (&busy, "E-DIGIT-002", "/states/0/actions"),
    ] {
        let shown = text.chars().take(60).collect::<String>();
        match digit::import("x.json", text.as_bytes(), None, None) {
            Err(Refusal::Broken(found)) => {
                assert_eq!((found[0].code, found[0].place.pointer.as_str()), (code, at), "{shown}");
            }
            other => panic!("{shown}: {other:?}"),
        }
    }
    digit::import("x.json", many(50).as_bytes(), None, None).expect("fifty states fit");
}

#[test]
fn limits_are_whole_calendar_days_and_never_longer_than_a_limit_may_be() {
    let with = |sla: Json| {
        json!({"businessService": "A", "businessServiceSla": sla, "states": [
            {"state": null, "actions": [{"action": "GO", "nextState": "END", "roles": ["R"]}]},
            {"state": "END", "isTerminateState": true},
        ]})
    };
    const DAY: i64 = 86_400_000;
    for (sla, days, lost) in [
        (json!(null), None, 0),
        (json!(5 * DAY), Some(5.0), 0),
        (json!(format!("{DAY}")), Some(1.0), 0),
        (json!(DAY + 1), Some(2.0), 1),
        (json!(1), Some(1.0), 1),
        (json!(3660 * DAY), Some(3660.0), 0),
        (json!(3661 * DAY), None, 1),
        (json!(i64::MAX), None, 1),
    ] {
        let imported = imported("a.json", &with(sla.clone()));
        let matter: Json = serde_json::from_str(&imported.text).unwrap();
        assert_eq!(matter.pointer("/limits/promised/n").and_then(Json::as_f64), days, "{sla}");
        assert_eq!(pointers(&imported.not_carried_over, "businessServiceSla").len(), lost, "{sla}");
        assert!(imported.is_sane() && checked(&imported).is_good(), "{sla}");
    }
    for wrong in [json!(0), json!(-5), json!("soon"), json!(1.5), json!([1])] {
        let imported = imported("a.json", &with(wrong.clone()));
        assert_eq!(errors(&imported), [("E-DIGIT-003", "/businessServiceSla".to_owned())], "{wrong}");
    }
}

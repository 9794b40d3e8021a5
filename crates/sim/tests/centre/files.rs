//! Scenario files: the examples, the schema, and what is wrong with wrong ones.

use onething_sim::scenario;

use crate::support::{changed, example, file, json_files, known, root};

/// Set to 1, this writes the schema instead of comparing it.
const WRITE: &str = "ONETHING_WRITE";

#[test]
fn the_published_schema_is_current() {
    let path = root().join("examples/scenarios/schema/scenario.schema.json");
    let text = format!("{:#}\n", scenario::schema());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert!(published == text, "write it anew: {WRITE}=1 cargo test -p onething-sim --test centre schema");
}

#[test]
fn every_example_reads() {
    let known = known();
    let paths = json_files(&root().join("examples/scenarios"));
    assert!(!paths.is_empty());
    for path in paths {
        let found = scenario::read(&file(&path), &known).err();
        assert!(found.is_none(), "{}: {found:#?}", path.display());
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place_all_at_once() {
    let known = known();
    // What is changed, the code, the pointer, a word of the English sentence or help.
    for (from, to, code, pointer, words) in [
        (r#""id": "teacher-tide""#, r#""id": "teacher""#, "E-SCN-001", "/id", "differs"),
        (r#""run_on_days": 8"#, r#""warm_up_days": 4"#, "E-SCN-002", "/warm_up_days", "shorter"),
        (r#""calendar": "cn""#, r#""calendar": "ch""#, "E-SCN-003", "/calendar", "did you mean \"cn\"?"),
        (r#""from": "2026-04-13""#, r#""from": "2031-04-13""#, "E-SCN-004", "/from", "2031"),
        (r#""name": "税务""#, r#""name": "公安""#, "E-SCN-005", "/staff/6/name", "twice"),
        (r#""package": "open-company", "#, "", "E-SCN-006", "/arrivals/1", "package"),
        (r#""no_show": 0.02"#, r#""channel": "online""#, "E-SCN-007", "/arrivals/0/channel", "online"),
        (r#""per_day": 18"#, r#""per_day": 0"#, "E-SCN-008", "/arrivals/1", "per_day"),
        (r#""per_day": 18"#, r#""at": ["2026-04-13 nine"]"#, "E-SCN-009", "/arrivals/1/at/0", "no moment"),
        ("[1.2, 1.05, 1.0, 0.95, 0.8, 0, 0]", "[1.2]", "E-SCN-010", "/arrivals/1/weekdays", "seven"),
        (
            r#""from": "09:00", "to": "10:00""#,
            r#""from": "10:00", "to": "09:00""#,
            "E-SCN-011",
            "/arrivals/0/profile",
            "begin",
        ),
        (r#""per_day": 18"#, r#""per_day": 18, "from_day": 5"#, "E-SCN-012", "/arrivals/1/from_day", "from_day"),
        (
            r#""package": "open-company""#,
            r#""package": "open-compny""#,
            "E-SCN-013",
            "/arrivals/1/package",
            "open-company",
        ),
        (r#""mean": 4, "cv": 0.8"#, r#""mean": 4, "cv": 0"#, "E-SCN-014", "/arrivals/2/visit", "distribution"),
        (r#""queues": ["bank"]"#, r#""queues": ["bonk"]"#, "E-SCN-015", "/arrivals/1/package", "bank"),
        (
            r#""queue": "comprehensive", "per_day""#,
            r#""queue": "comprehensve", "per_day""#,
            "E-SCN-015",
            "/arrivals/2/queue",
            "comprehensive",
        ),
        (r#""step": "collect""#, r#""step": "colect""#, "E-SCN-016", "/steps/7/step", "no step"),
        (
            r#"{ "step": "issue", "takes": { "type": "fixed", "minutes": 4 } },"#,
            "",
            "E-SCN-017",
            "/arrivals/0/package",
            "issue",
        ),
        (r#"{ "refused": 0.03 }"#, r#"{ "refused": 1.5 }"#, "E-SCN-018", "/steps/3/outcomes", "at most 1"),
        (r#"{ "refused": 0.03 }"#, r#"{ "refussed": 0.03 }"#, "E-SCN-019", "/steps/3/outcomes/refussed", "refused"),
        (r#""groups": ["教育"]"#, r#""groups": ["教师"]"#, "E-SCN-020", "/tides/0/lend/groups/0", "group"),
        (
            r#""policy": { "by": "forecast" }"#,
            r#""open_above_minutes": 3"#,
            "E-SCN-021",
            "/tides/0/open_above_minutes",
            "longer",
        ),
        (
            r#""seats": 4"#,
            r#""hours": [{ "from": "09:00", "to": "17:00" }], "roster": [{ "hours": { "from": "09:00", "to": "12:00" }, "seats": 1 }], "seats": 4"#,
            "E-SCN-022",
            "/staff/0/roster",
            "both",
        ),
        (
            r#""seats": 4"#,
            r#""roster": [{ "hours": { "from": "12:00", "to": "09:00" }, "seats": 1 }], "seats": 4"#,
            "E-SCN-023",
            "/staff/0/roster/0/hours",
            "begin",
        ),
        (
            r#""seats": 4"#,
            r#""roster": [{ "hours": { "from": "09:00", "to": "11:00" }, "seats": 3 }, { "weekdays": [2], "hours": { "from": "10:00", "to": "12:00" }, "seats": 2 }], "seats": 4"#,
            "E-SCN-023",
            "/staff/0/roster",
            "5 at a time",
        ),
        (
            r#"{ "by": "forecast" }"#,
            r#"{ "by": "roster", "stretches": [{ "hours": { "from": "09:00", "to": "11:00" }, "seats": 4 }] }"#,
            "E-SCN-023",
            "/tides/0/policy/stretches",
            "4 at a time",
        ),
        (
            r#"{ "by": "forecast" }"#,
            r#"{ "by": "learned", "rates": { "weekdays": [{ "days": 0 }, { "days": 0 }, { "days": 0 }, { "days": 0, "arrivals": [1] }, { "days": 0 }, { "days": 0 }, { "days": 0 }] } }"#,
            "E-SCN-024",
            "/tides/0/policy/rates/weekdays/3/days",
            "above 0",
        ),
        (
            r#"{ "by": "forecast" }"#,
            r#"{ "by": "learned", "weeks": 3, "rates": { "weekdays": [{ "days": 0 }, { "days": 0 }, { "days": 0 }, { "days": 0 }, { "days": 0 }, { "days": 0 }, { "days": 0 }] } }"#,
            "E-SCN-025",
            "/tides/0/policy/weeks",
            "both",
        ),
        (
            r#""no_show": 0.02"#,
            r#""answers": { "outdoors": "true" }"#,
            "E-SCN-026",
            "/arrivals/0/answers/outdoors",
            "no question",
        ),
        (r#""seats": 4"#, r#""seats": 4, "people": 3"#, "E-SCN-028", "/staff/0/people", "only 3 people"),
        (
            r#""seats": 5, "queues": ["education"]"#,
            r#""seats": 1, "people": 1, "queues": ["education"]"#,
            "E-SCN-028",
            "/tides/0/lend/keep",
            "only 1 people",
        ),
        (
            r#""seats": 4"#,
            r#""seats": 4, "target": { "wait_minutes": 60, "share": 0.9 }"#,
            "E-SCN-029",
            "/staff/0/target",
            "in person",
        ),
        (r#""days": 4"#, r#""days": 5"#, "E-SCN-027", "/arrivals/0/package", "2026-04-16"),
        (r#"{ "by": "forecast" }"#, r#"{ "by": "forcast" }"#, "E-SHAPE-007", "/tides/0/policy/by", "forecast"),
        (r#""seats": 4"#, r#""seets": 4"#, "E-SHAPE-001", "/staff/0/seets", "did you mean \"seats\"?"),
        (
            r#""type": "gamma", "mean": 20"#,
            r#""type": "gama", "mean": 20"#,
            "E-SHAPE-007",
            "/steps/2/takes/type",
            "gamma",
        ),
    ] {
        let input = changed("teacher-tide", &[(from, to)]);
        let found = scenario::read(&input, &known).err().unwrap_or_default();
        let meant = |it: &&onething_engine::diagnostic::Diagnostic| {
            let help = it.help.as_ref().map(|it| it.en.as_str()).unwrap_or_default();
            it.code == code && it.place.pointer == pointer && (it.message.en.contains(words) || help.contains(words))
        };
        assert!(
            found.iter().any(|it| meant(&it)),
            "{to}: expected {code} at {pointer} with {words:?}, found {found:#?}"
        );
    }
    assert!(scenario::read(&example("teacher-tide"), &known).is_ok());
}

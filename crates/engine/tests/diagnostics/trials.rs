//! The rows of test files.

use super::{Row, TESTS, row};

pub(super) const TRIALS: &[Row] = &[
    row("E-TEST-001", "no package or matter", &[(TESTS, r#""id": "p""#, r#""id": «"q"»"#)]).also(&["E-REF-007"]),
    row("E-TEST-002", "no calendar", &[(TESTS, r#""calendar": "c""#, r#""calendar": «"d"»"#)]),
    row("E-TEST-003", "no question", &[(TESTS, r#"{"now": true}"#, r#"{«"new"»: true}"#)]).meant("now"),
    row("E-TEST-003", "no field", &[(TESTS, r#"{"yes": true,"#, r#"{«"yess"»: true,"#)]).meant("yes"),
    row("E-TEST-003", "no field", &[(TESTS, r#"["kind"]"#, r#"[«"knid"»]"#)]).meant("kind"),
    row("E-TEST-003", "no field", &[(TESTS, r#""asks": ["area"]"#, r#""asks": [«"aera"»]"#)]).meant("area"),
    row("E-TEST-003", "no material", &[(TESTS, r#""without": ["plan"]"#, r#""without": [«"paln"»]"#)]).meant("plan"),
    row("E-TEST-003", "no material", &[(TESTS, r#""requires": ["plan"]"#, r#""requires": [«"lease"»]"#)]),
    row("E-TEST-003", "no matter", &[(TESTS, r#"["m", "n"]"#, r#"["m", «"run_n"»]"#)]),
    row("E-TEST-003", "no matter", &[(TESTS, r#"{"m": "refused"}"#, r#"{«"p"»: "refused"}"#)]),
    row("E-TEST-003", "no matter", &[(TESTS, r#""p": {"starts""#, r#"«"package"»: {"starts""#)]),
    row("E-TEST-003", "no result", &[(TESTS, r#""results": []"#, r#""results": [«"licnce"»]"#)]).meant("licence"),
    row("E-TEST-003", "no step", &[(TESTS, r#""step": "intake""#, r#""step": «"intkae"»"#)]).meant("intake"),
    row("E-TEST-003", "no step", &[(TESTS, r#"["m/issue"]"#, r#"[«"m/isue"»]"#)]).meant("m/issue"),
    row("E-TEST-003", "no step", &[(TESTS, r#"["m/first", "#, r#"[«"n/first"», "#)]).meant("m/first"),
    row("E-TEST-003", "notice to the applicant", &[(TESTS, r#"["m/refused"]"#, r#"[«"m/decide"»]"#)]),
    row("E-TEST-003", "notice to departments", &[(TESTS, r#""department": []"#, r#""department": [«"m/refused"»]"#)]),
    row(
        "E-TEST-004",
        "never comes to",
        &[(TESTS, r#""m/decide", "outcome": "refused""#, r#""m/decide", "outcome": «"passed"»"#)],
    ),
    row("E-TEST-004", "never comes to", &[(TESTS, r#""outcome": "accepted""#, r#""outcome": «"expired"»"#)]),
    row("E-TEST-004", "happens by itself", &[(TESTS, r#""step": "intake""#, r#""step": «"m/intake"»"#)]),
    row("E-TEST-004", "happens by itself", &[(TESTS, r#""step": "intake""#, r#""step": «"run_m"»"#)]),
    row("E-TEST-005", "with as many as its attempts", &[(TESTS, r#""failures": 2"#, r#""failures": «3»"#)]),
    row("E-TEST-005", r#""reason" does nothing"#, &[(TESTS, r#""failures": 2"#, r#""reason": «"x"»"#)]),
    row(
        "E-TEST-005",
        r#""after" does nothing"#,
        &[(
            TESTS,
            r#""after": {"n": 30, "unit": "business_minute"}"#,
            r#""at": "2026-04-13 10:00", "after": «{"n": 30, "unit": "business_minute"}»"#,
        )],
    ),
    row(
        "E-TEST-005",
        r#""by" does nothing"#,
        &[(
            TESTS,
            r#""accepted", "after": {"n": 30, "unit": "business_minute"}, "by": "王五""#,
            r#""silence", "by": «"王五"»"#,
        )],
    ),
    row("E-TEST-005", r#""materials" does nothing"#, &[(TESTS, r#""by": "王五""#, r#""materials": «["plan"]»"#)]),
    row(
        "E-TEST-005",
        r#""rejected" does nothing"#,
        &[(TESTS, r#""done", "failures": 2"#, r#""failed", "rejected": «"R-TASK-001"»"#)],
    ),
    row(
        "E-TEST-005",
        r#"no such limit"#,
        &[(TESTS, r#""p": {"starts": "2026-04-13"}"#, r#""p": {"statutory": «"2026-04-13"»}"#)],
    ),
    row(
        "E-TEST-005",
        "turned away at the door",
        &[(
            TESTS,
            r#"{"rejected": {"code": "R-SUBMIT-001"}}"#,
            r#"{"status": "granted", "rejected": «{"code": "R-SUBMIT-001"}»}"#,
        )],
    ),
    row(
        "E-TEST-005",
        "filled in and left blank",
        &[(TESTS, r#""blank": ["kind"]"#, r#""form": {"kind": "a"}, "blank": [«"kind"»]"#)],
    ),
    row("E-TEST-006", "cannot fail", &[(TESTS, r#"{"rejected": {"code": "R-SUBMIT-001"}}"#, "«{}»")]),
    row("E-REF-001", "stands twice", &[(TESTS, r#""zh": "拒收""#, r#""zh": «"不予许可"»"#)]),
    row("E-LIMIT-003", "must be above 0", &[(TESTS, r#"{"n": 10,"#, r#"{"n": «0»,"#)]),
    row("E-SHAPE-004", "here is an array", &[(TESTS, r#"{"now": true}"#, r#"{"now": «[]»}"#)]),
    row(
        "E-SHAPE-006",
        "not written as it must be",
        &[(TESTS, r#""received": "2026-04-13 09:00""#, r#""received": «"2026-02-30 09:00"»"#)],
    ),
    row(
        "E-SHAPE-006",
        "not written as it must be",
        &[(TESTS, r#""promised": "2026-04-22""#, r#""promised": «"2026-04-22T10:00"»"#)],
    ),
    row("E-TEST-004", "never comes to", &[(TESTS, r#""outcome": "refused""#, r#""outcome": «"refusd"»"#)])
        .meant("refused"),
    row("E-SHAPE-001", "unknown key", &[(TESTS, r#""asks": ["area"]"#, r#"«"ask"»: ["area"]"#)]).meant("asks"),
];

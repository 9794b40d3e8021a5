//! The rows: one wrong thing each.

use super::trials::TRIALS;
use super::{Row, row};

/// Every row.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    let of_files = SHAPE.iter().chain(NAMES).chain(CONDITIONS).chain(DATA).chain(GRAPH).chain(CALENDAR).chain(TRIALS);
    of_files.chain(super::flaws::ROWS)
}

const SHAPE: &[Row] = &[
    row("E-FILE-005", "the kind of file is unknown", &[("n.json", r#""kind": "matter""#, r#""kind": «"mater"»"#)])
        .meant("matter"),
    row("E-SHAPE-001", r#"unknown key "titel""#, &[("m.json", r#""id": "m","#, r#""id": "m", «"titel"»: 1,"#)])
        .meant("title"),
    row("E-SHAPE-001", "unknown key", &[("m.json", r#""id": "split"}"#, r#""id": "split", «"window"»: "x"}"#)]),
    row(
        "E-SHAPE-002",
        r#"the key "power" stands twice"#,
        &[("m.json", r#""power": "licence","#, r#""power": "licence", «"power"»: "other","#)],
    ),
    row(
        "E-SHAPE-003",
        r#"the key "id" is missing"#,
        &[("m.json", r#"{"type": "start", "id": "start"}"#, r#"«{»"type": "start"}"#)],
    ),
    row(
        "E-SHAPE-003",
        r#"the key "type" is missing"#,
        &[("m.json", r#"{"type": "start", "id": "start"}"#, r#"«{»"id": "start"}"#)],
    ),
    row("E-SHAPE-004", "here is a string", &[("m.json", r#"{"n": 20,"#, r#"{"n": «"20"»,"#)]),
    row("E-SHAPE-004", "here is a number", &[("m.json", r#""steps": 2,"#, r#""steps": «2.5»,"#)]),
    row("E-SHAPE-004", "here is null", &[("m.json", r#""id": "m","#, r#""id": "m", "note": «null»,"#)]),
    row("E-SHAPE-004", "here is an array", &[("m.json", r#"{"zh": "许可", "en": "Licence"}"#, "«[]»")]),
    row("E-SHAPE-005", "1e999 is out of range", &[("m.json", r#"{"n": 5,"#, r#"{"n": «1e999»,"#)]),
    row("E-SHAPE-005", "is out of range", &[("m.json", r#"{"n": 5,"#, r#"{"n": «18446744073709551616»,"#)]),
    row("E-SHAPE-005", "is out of range", &[("m.json", r#""trips": 2,"#, r#""trips": «18446744073709551616»,"#)]),
    row("E-SHAPE-005", "is out of range", &[("m.json", r#""trips": 2,"#, r#""trips": «-1»,"#)]),
    row("E-SHAPE-005", "0 characters is out of range", &[("m.json", r#""en": "Bureau""#, r#""en": «""»"#)]),
    row("E-SHAPE-005", "3 elements is out of range", &[("p.json", "[4, 2]", "«[4, 2, 1]»")]),
    row("E-SHAPE-006", "is not written as it must be", &[("n.json", r#""id": "review","#, r#""id": «"Review 1"»,"#)]),
    row(
        "E-SHAPE-006",
        "_123\" is not written as it must be",
        &[(
            "m.json",
            r#""desk": "bureau", "different_from": ["first"]}"#,
            r#""desk": "bureau", "outcomes": [{"id": «"a23456789_123456789_123456789_123"», "title": {"zh": "转", "en": "On"}}], "different_from": ["first"]}"#,
        )],
    ),
    row(
        "E-SHAPE-005",
        "0 elements is out of range",
        &[(
            "m.json",
            r#""desk": "bureau", "different_from": ["first"]}"#,
            r#""desk": "bureau", "outcomes": «[]», "different_from": ["first"]}"#,
        )],
    ),
    row("E-SHAPE-006", "2026-02-30", &[("m.json", r#""from": "2026-04-13""#, r#""from": «"2026-02-30"»"#)]),
    row("E-SHAPE-006", "25:00", &[("c.json", r#""from": "09:00""#, r#""from": «"25:00"»"#)]),
    row("E-SHAPE-007", "unknown value", &[("m.json", r#""power": "licence""#, r#""power": «"licnce"»"#)])
        .meant("licence"),
    row(
        "E-SHAPE-007",
        "unknown value",
        &[("m.json", r#""type": "exclusive", "id": "decision""#, r#""type": «"exclusve"», "id": "decision""#)],
    )
    .meant("exclusive"),
    row("E-SHAPE-007", r#"unknown value "2""#, &[("m.json", r#""format": "1""#, r#""format": «"2"»"#)]),
];

const NAMES: &[Row] = &[
    row(
        "E-REF-001",
        r#"the id "now" stands twice"#,
        &[(
            "n.json",
            r#""en": "Now"}, "type": "boolean"}"#,
            r#""en": "Now"}, "type": "boolean"}, {"id": «"now"», "title": {"zh": "又", "en": "Again"}, "type": "boolean"}"#,
        )],
    ),
    row(
        "E-REF-001",
        r#"the id "forward" stands twice"#,
        &[(
            "m.json",
            r#""desk": "bureau", "different_from": ["first"]}"#,
            r#""desk": "bureau", "outcomes": [{"id": "forward", "title": {"zh": "转", "en": "On"}}, {"id": «"forward"», "title": {"zh": "转", "en": "On"}}], "different_from": ["first"]}"#,
        )],
    ),
    row("E-REF-001", r#"the id "indoor" stands twice"#, &[("m.json", r#"{"id": "outdoor""#, r#"{"id": «"indoor"»"#)]),
    row(
        "E-REF-002",
        r#"no node called "intkae""#,
        &[("m.json", r#""fetch", "to": "intake""#, r#""fetch", "to": «"intkae"»"#)],
    )
    .meant("intake"),
    row("E-REF-003", r#"no matter called "mm""#, &[("p.json", r#""matter": "m""#, r#""matter": «"mm"»"#)]).meant("m"),
    row("E-REF-003", "no matter called", &[("p.json", r#""matter": "m""#, r#""matter": «"registration"»"#)]),
    row("E-REF-003", "stands twice", &[("p.json", r#""matter": "n""#, r#""matter": «"m"»"#)]),
    row("E-REF-004", "no result called", &[("m.json", r#""results": ["licence"]"#, r#""results": [«"license"»]"#)])
        .meant("licence")
        .also(&["E-DATA-003"]),
    row(
        "E-REF-004",
        "no result in the package called",
        &[("n.json", r#""result": "licence""#, r#""result": «"license"»"#)],
    )
    .meant("licence"),
    row("E-REF-005", "no shared material called", &[("m.json", r#"["extract"]"#, r#"[«"extrct"»]"#)]).meant("extract"),
    row("E-REF-005", "no shared material called", &[("p.json", r#"["extract"]"#, r#"["extract", «"plan"»]"#)]),
    row("E-REF-006", "no step done by a person called", &[("m.json", r#"["first"]"#, r#"[«"frist"»]"#)]).meant("first"),
    row("E-REF-006", "nobody is different", &[("m.json", r#"["first"]"#, r#"["first", «"second"»]"#)]),
    row("E-REF-007", "differs from the file's name", &[("c.json", r#""id": "c""#, r#""id": «"cn"»"#)]),
];

const CONDITIONS: &[Row] = &[
    row(
        "E-OUTCOME-001",
        r#""granted" has a meaning of its own"#,
        &[(
            "m.json",
            r#""desk": "bureau", "different_from": ["first"]}"#,
            r#""desk": "bureau", "outcomes": [{"id": «"granted"», "title": {"zh": "转", "en": "On"}}], "different_from": ["first"]}"#,
        )],
    ),
    row(
        "E-COND-005",
        r#""passed" is not one of: forward, failed"#,
        &[
            (
                "m.json",
                r#""desk": "bureau", "different_from": ["first"]}"#,
                r#""desk": "bureau", "outcomes": [{"id": "forward", "title": {"zh": "转", "en": "On"}}, {"id": "failed", "title": {"zh": "转", "en": "On"}}], "different_from": ["first"]}"#,
            ),
            ("m.json", "outcome.decide == 'granted'", "outcome.second == «'passed'»"),
        ],
    ),
    row("E-COND-001", "not a CEL expression", &[("m.json", "form.area > 10", "form.area > «> 10»")]),
    row("E-COND-002", r#""form.aera" is not declared"#, &[("m.json", "form.area > 10", "«form.aera» > 10")])
        .meant("form.area"),
    row("E-COND-002", "is not declared", &[("m.json", "outcome.decide ==", "form.yes && «outcome.deicde» ==")])
        .meant("outcome.decide"),
    row("E-COND-003", "this must be yes or no", &[("m.json", "form.area > 10", "«form.area»")]),
    row("E-COND-003", "this must be a number", &[("m.json", "form.area > 10", "form.area > «'10'»")]),
    row("E-COND-004", "may only use comparisons", &[("m.json", "form.area > 10", "form.yes && «size(form.kind)»")]),
    row("E-COND-004", "a comparison needs", &[("m.json", "form.area > 10", "form.yes && «form.area + 1 > 2»")]),
    row("E-COND-005", r#""grantd" is not one of"#, &[("m.json", "'granted'", "«'grantd'»")]).meant("granted"),
];

const DATA: &[Row] = &[
    row(
        "E-DATA-001",
        "has another type or other choices than the field",
        &[
            ("n.json", r#""Now"}, "type": "boolean""#, r#""Now"}, "type": "text""#),
            (
                "p.json",
                r#"{"id": "now", "title": {"zh": "现在", "en": "Now"}, "type": "boolean", "effect": {"zh": "选", "en": "Chooses"}}"#,
                r#"«{"id": "now", "title": {"zh": "现在", "en": "Now"}, "type": "boolean", "effect": {"zh": "选", "en": "Chooses"}}»"#,
            ),
        ],
    ),
    row(
        "E-DATA-001",
        r#"the field "area" has another type"#,
        &[(
            "n.json",
            r#"{"id": "area", "title": {"zh": "面积", "en": "Area"}, "type": "number"}"#,
            r#"«{"id": "area", "title": {"zh": "面积", "en": "Area"}, "type": "text"}»"#,
        )],
    ),
    row(
        "E-DATA-001",
        r#"the material "plan" comes from elsewhere"#,
        &[("n.json", r#"{"from": "applicant"}"#, r#"«{"from": "commitment", "promise": {"zh": "诺", "en": "I do"}}»"#)],
    ),
    row(
        "E-DATA-002",
        r#"is produced by "m", which has not surely finished"#,
        &[
            ("p.json", r#""to": "run_m", "when""#, r#""to": "run_n", "when""#),
            ("p.json", r#"{"from": "run_m", "to": "run_n"}"#, r#"{"from": "run_n", "to": "run_m"}"#),
            ("p.json", r#"{"from": "run_n", "to": "deliver"}"#, r#"{"from": "run_m", "to": "deliver"}"#),
            ("n.json", r#""result": "licence""#, r#""result": «"licence"»"#),
        ],
    ),
    row(
        "E-DATA-003",
        r#"no node issues the result "seal""#,
        &[(
            "m.json",
            r#""valid_months": 36}"#,
            r#""valid_months": 36}, «{"id": "seal", "title": {"zh": "章", "en": "Seal"}, "kind": "service"}»"#,
        )],
    ),
    row("E-DATA-004", "smallest value 5000", &[("m.json", r#""min": 0"#, r#""min": «5000»"#)]),
    row(
        "E-DATA-004",
        "only numbers",
        &[("n.json", r#""Now"}, "type": "boolean""#, r#""Now"}, "type": "boolean", "max": «3»"#)],
    ),
    row(
        "E-DATA-004",
        "shorter than the first",
        &[("m.json", r#""backoff_seconds_max": 60"#, r#""backoff_seconds_max": «5»"#)],
    ),
    row(
        "E-DATA-004",
        "only where the type is",
        &[(
            "n.json",
            r#""Now"}, "type": "boolean""#,
            r#""Now"}, "type": "boolean", "choices": «[{"id": "a", "title": {"zh": "甲", "en": "A"}}]»"#,
        )],
    ),
    row(
        "E-DATA-004",
        "at least two choices",
        &[(
            "n.json",
            r#""Now"}, "type": "boolean""#,
            r#""Now"}, "type": "choice", "choices": «[{"id": "a", "title": {"zh": "甲", "en": "A"}}]»"#,
        )],
    )
    .also(&["E-DATA-001"]),
    row(
        "E-DATA-005",
        "a public service makes no legal decision",
        &[("n.json", r#"{"type": "review""#, r#"{"type": «"decide"»"#)],
    )
    .also(&["E-COND-005"]),
    row(
        "E-DATA-006",
        "no service node fetches it",
        &[
            ("m.json", r#"["extract"]"#, "[]"),
            ("p.json", r#"["extract"]"#, "[]"),
            (
                "m.json",
                r#"{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}"#,
                r#"«{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}»"#,
            ),
        ],
    ),
    row(
        "E-LIMIT-001",
        "the promised limit is longer",
        &[("m.json", r#"{"n": 5, "unit": "working_day"}"#, r#"«{"n": 21, "unit": "working_day"}»"#)],
    ),
    row(
        "E-LIMIT-001",
        "the promised limit is longer",
        &[("p.json", r#""matter": "m"}"#, r#""matter": "m", "promised": «{"n": 21, "unit": "working_day"}»}"#)],
    ),
    row(
        "E-LIMIT-004",
        r#""m" is promised in 5 working days, longer than the 4 working days for each matter"#,
        &[
            (
                "p.json",
                r#"{"n": 15, "unit": "working_day"}, "scope": "package""#,
                r#"{"n": 4, "unit": "working_day"}, "scope": "each_matter""#,
            ),
            ("p.json", r#""matter": "m""#, r#""matter": «"m"»"#),
        ],
    ),
    row(
        "E-LIMIT-004",
        r#""n" is promised in 16 working days"#,
        &[
            ("p.json", r#""scope": "package""#, r#""scope": "each_matter""#),
            ("p.json", r#""matter": "n"}"#, r#""matter": "n", "promised": «{"n": 16, "unit": "working_day"}»}"#),
        ],
    ),
    row(
        "E-LIMIT-002",
        "out of order",
        &[(
            "m.json",
            r#"{"from": "2026-04-13", "to": "2026-04-16"}"#,
            r#"«{"from": "2026-04-16", "to": "2026-04-13"}»"#,
        )],
    ),
    row("E-LIMIT-003", "must be above 0", &[("m.json", r#"{"n": 5,"#, r#"{"n": «0»,"#)]),
    row(
        "E-LIMIT-003",
        "only working days may have a fraction",
        &[("m.json", r#"{"n": 5, "unit": "working_day"}"#, r#"{"n": «1.5», "unit": "calendar_day"}"#)],
    ),
];

const GRAPH: &[Row] = &[
    row(
        "E-GRAPH-002",
        "a matter cannot run another matter",
        &[(
            "m.json",
            r#"{"type": "parallel", "id": "split"}"#,
            r#"{"type": «"matter"», "id": "split", "matter": "m"}"#,
        )],
    ),
    row(
        "E-GRAPH-002",
        "a package's graph has no decide node",
        &[(
            "p.json",
            r#"{"type": "deliver", "id": "deliver", "title": {"zh": "送达", "en": "Deliver"}, "window": "issuing"}"#,
            r#"{"type": «"decide"», "id": "deliver", "title": {"zh": "定", "en": "D"}, "desk": "bureau"}"#,
        )],
    ),
    row(
        "E-GRAPH-003",
        "there are 2 start nodes",
        &[("m.json", r#"{"type": "end", "id": "end_refused"}"#, r#"«{"type": "start", "id": "end_refused"}»"#)],
    )
    .also(&["E-GRAPH-004"]),
    row(
        "E-GRAPH-003",
        "there is no end node",
        &[
            (
                "n.json",
                "[\n    {\"type\": \"start\", \"id\": \"start\"},\n    {\"type\": \"review\"",
                "«[\n    {\"type\": \"start\", \"id\": \"start\"},\n    {\"type\": \"review\"",
            ),
            ("n.json", r#"{"type": "end", "id": "end_wrong"}"#, r#"{"type": "parallel", "id": "end_wrong"}"#),
            ("n.json", "{\"type\": \"end\", \"id\": \"end\"}\n  ]", "{\"type\": \"parallel\", \"id\": \"end\"}\n  ]»"),
        ],
    )
    .also(&["E-GRAPH-004"]),
    row(
        "E-GRAPH-004",
        r#""end_refused" has 0 edges in and 0 out"#,
        &[
            ("m.json", ",\n    {\"from\": \"refused\", \"to\": \"end_refused\"}", ""),
            ("m.json", r#"{"type": "end", "id": "end_refused"}"#, r#"«{"type": "end", "id": "end_refused"}»"#),
        ],
    ),
    row(
        "E-GRAPH-005",
        "cannot carry a condition",
        &[(
            "m.json",
            r#"{"from": "start", "to": "fetch"}"#,
            r#"«{"from": "start", "to": "fetch", "when": "form.yes"}»"#,
        )],
    ),
    row(
        "E-GRAPH-005",
        "must have either a condition",
        &[(
            "m.json",
            r#"{"from": "decision", "to": "issue", "when": "outcome.decide == 'granted'"}"#,
            r#"«{"from": "decision", "to": "issue"}»"#,
        )],
    ),
    row(
        "E-GRAPH-006",
        r#"has 0 edges marked "otherwise""#,
        &[
            ("m.json", r#""to": "refused", "otherwise": true"#, r#""to": "refused", "when": "form.yes""#),
            ("m.json", r#"{"type": "exclusive", "id": "decision"}"#, r#"«{"type": "exclusive", "id": "decision"}»"#),
        ],
    ),
    row(
        "E-GRAPH-006",
        r#"has 2 edges marked "otherwise""#,
        &[
            ("m.json", r#""when": "outcome.decide == 'granted'""#, r#""otherwise": true"#),
            ("m.json", r#""refused", "otherwise": true"#, r#""refused", "otherwise": «true»"#),
        ],
    ),
];

const CALENDAR: &[Row] = &[
    row(
        "E-CAL-002",
        "the year 2026 stands twice",
        &[(
            "c.json",
            r#"["2026-01-04"]}"#,
            r#"["2026-01-04"]}, {"year": «2026», "source": "x", "holidays": [], "workdays": []}"#,
        )],
    ),
    row("E-CAL-003", "is not in 2026", &[("c.json", r#""2026-01-02""#, r#"«"2025-12-31"»"#)]),
    row("E-CAL-004", "is listed twice", &[("c.json", r#""2026-01-02""#, r#"«"2026-01-01"»"#)]),
    row("E-CAL-005", "both a day off and a working day", &[("c.json", r#"["2026-01-04"]"#, r#"[«"2026-01-02"»]"#)]),
    row("E-CAL-006", "is a working day anyway", &[("c.json", r#"["2026-01-04"]"#, r#"[«"2026-01-05"»]"#)]),
    row(
        "E-CAL-008",
        "ends no later than it begins",
        &[("c.json", r#"{"from": "13:00", "to": "17:00"}"#, r#"«{"from": "13:00", "to": "12:30"}»"#)],
    ),
    row(
        "E-CAL-008",
        "overlaps the stretch before it",
        &[("c.json", r#"{"from": "13:00", "to": "17:00"}"#, r#"«{"from": "11:00", "to": "17:00"}»"#)],
    ),
    row(
        "E-CAL-009",
        "out of order",
        &[(
            "c.json",
            r#"{"from": "2026-06-01", "to": "2026-08-31", "hours": [{"from": "08:30", "to": "12:00"}]}"#,
            r#"«{"from": "2026-09-01", "to": "2026-08-31", "hours": [{"from": "08:30", "to": "12:00"}]}»"#,
        )],
    ),
];

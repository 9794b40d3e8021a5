//! The rows of what is wrong with a definition as a whole: data, conditions, duties, promises.

use super::{Row, row};

pub(super) const ROWS: &[Row] = &[
    row("E-COND-006", r#""form.area > 1000" can never hold"#, &[("m.json", r#""form.area > 10""#, r#"«"form.area > 1000"»"#)]),
    row(
        "E-COND-006",
        "so these steps never run: issue, deliver, end_granted",
        &[(
            "m.json",
            r#""outcome.decide == 'granted'""#,
            r#"«"outcome.decide == 'granted' && outcome.intake == 'supplement'"»"#,
        )],
    ),
    row(
        "E-COND-007",
        "this way is never taken",
        &[
            ("m.json", r#"{"type": "end", "id": "end_refused"}"#, r#"{"type": "end", "id": "end_refused"}, {"type": "end", "id": "end_yes"}"#),
            (
                "m.json",
                r#"{"from": "decision", "to": "refused", "otherwise": true}"#,
                r#"{"from": "decision", "to": "end_yes", "when": «"outcome.decide == 'granted' && form.yes"»},
    {"from": "decision", "to": "refused", "otherwise": true}"#,
            ),
        ],
    ),
    row("W-COND-001", r#""form.area >= 0" always holds"#, &[("m.json", r#""form.area > 10""#, r#"«"form.area >= 0"»"#)]),
    row(
        "W-COND-002",
        "for example: form.yes = true, outcome.decide = 'granted'",
        &[
            ("m.json", r#"{"type": "end", "id": "end_refused"}"#, r#"{"type": "end", "id": "end_refused"}, {"type": "end", "id": "end_yes"}"#),
            (
                "m.json",
                r#"{"from": "decision", "to": "refused", "otherwise": true}"#,
                r#"{"from": "decision", "to": "end_yes", "when": «"form.yes"»},
    {"from": "decision", "to": "refused", "otherwise": true}"#,
            ),
        ],
    ),
    row(
        "W-COND-003",
        "nothing is left",
        &[
            ("m.json", r#"{"type": "end", "id": "end_refused"}"#, r#"{"type": "end", "id": "end_refused"}, {"type": "end", "id": "end_other"}"#),
            (
                "m.json",
                r#"{"from": "decision", "to": "refused", "otherwise": true}"#,
                r#"{"from": "decision", "to": "refused", "when": "outcome.decide == 'refused'"},
    {"from": "decision", "to": "end_other", "otherwise": «true»}"#,
            ),
        ],
    ),
    row(
        "E-DUTY-001",
        r#""decide" is only done after "first""#,
        &[("m.json", r#""en": "First"}, "desk": "bureau"}"#, r#""en": "First"}, "desk": "bureau", "different_from": [«"decide"»]}"#)],
    ),
    row(
        "W-DUTY-001",
        r#""bureau" needs 5 people"#,
        &[
            (
                "m.json",
                r#"{"type": "review", "id": "second", "title": {"zh": "复审", "en": "Second"}, "desk": "bureau", "different_from": ["first"]},"#,
                r#"«{"type": "review", "id": "second", "title": {"zh": "复审", "en": "Second"}, "desk": "bureau", "different_from": ["first"]}»,
    {"type": "review", "id": "third", "title": {"zh": "三审", "en": "Third"}, "desk": "bureau", "different_from": ["first", "second"]},
    {"type": "review", "id": "fourth", "title": {"zh": "四审", "en": "Fourth"}, "desk": "bureau", "different_from": ["first", "second", "third"]},"#,
            ),
            (
                "m.json",
                r#""en": "Decide"}, "desk": "bureau"}"#,
                r#""en": "Decide"}, "desk": "bureau", "different_from": ["first", "second", "third", "fourth"]}"#,
            ),
            (
                "m.json",
                r#"{"from": "first", "to": "join"},"#,
                r#"{"from": "first", "to": "join"}, {"from": "split", "to": "third"}, {"from": "third", "to": "join"},
    {"from": "split", "to": "fourth"}, {"from": "fourth", "to": "join"},"#,
            ),
        ],
    ),
    row(
        "E-LIMIT-005",
        "promises 4 working days, less than the 5 working days of its critical path: run_m 5 working days",
        &[("p.json", r#"{"n": 15, "unit": "working_day"}"#, r#"«{"n": 4, "unit": "working_day"}»"#)],
    ),
    row(
        "W-LIMIT-002",
        "promises 5 calendar days",
        &[("p.json", r#"{"n": 15, "unit": "working_day"}"#, r#"«{"n": 5, "unit": "calendar_day"}»"#)],
    ),
    row(
        "W-LIMIT-001",
        r#""n" has neither a legal nor a promised limit: "review" can wait for ever"#,
        &[
            ("p.json", r#""scope": "package""#, r#""scope": "each_matter""#),
            (
                "p.json",
                r#"{"type": "matter", "id": "run_n", "matter": "n"}"#,
                r#"«{"type": "matter", "id": "run_n", "matter": "n"}»"#,
            ),
        ],
    ),
    row(
        "E-LIMIT-006",
        "a public service has no legal clock to stop",
        &[
            (
                "n.json",
                r#"{"type": "exclusive", "id": "reviewed"},"#,
                r#"{"type": "exclusive", "id": "reviewed"},
    {"type": "wait", "id": "report", "title": {"zh": "等报告", "en": "Report"}, "message": "report", "within": {"n": 3, "unit": "working_day"},
      "stops_clock": «{"reason": "testing", "basis": "行政许可法第四十五条"}»},"#,
            ),
            ("n.json", r#"{"from": "start", "to": "review"},"#, r#"{"from": "start", "to": "report"}, {"from": "report", "to": "review"},"#),
        ],
    ),
    row(
        "E-LIMIT-006",
        "of a package cannot stop the clock",
        &[
            (
                "p.json",
                r#"{"type": "exclusive", "id": "entry"},"#,
                r#"{"type": "exclusive", "id": "entry"},
    {"type": "wait", "id": "report", "title": {"zh": "等报告", "en": "Report"}, "message": "report", "within": {"n": 3, "unit": "working_day"},
      "stops_clock": «{"reason": "testing", "basis": "行政许可法第四十五条"}»},"#,
            ),
            ("p.json", r#"{"from": "run_m", "to": "run_n"},"#, r#"{"from": "run_m", "to": "report"}, {"from": "report", "to": "run_n"},"#),
        ],
    ),
    row(
        "E-DATA-002",
        r#"does not issue "licence" then; for example with form.yes = false"#,
        &[
            ("m.json", r#"{"type": "exclusive", "id": "decision"},"#, r#"{"type": "exclusive", "id": "decision"}, {"type": "exclusive", "id": "how"}, {"type": "exclusive", "id": "made"},"#),
            ("m.json", r#""to": "issue", "when""#, r#""to": "how", "when""#),
            (
                "m.json",
                r#"{"from": "issue", "to": "deliver"},"#,
                r#"{"from": "how", "to": "issue", "when": "form.yes"}, {"from": "how", "to": "made", "otherwise": true},
    {"from": "issue", "to": "made"}, {"from": "made", "to": "deliver"},"#,
            ),
            ("n.json", r#""result": "licence""#, r#""result": «"licence"»"#),
        ],
    ),
    row(
        "E-DATA-007",
        r#"chosen by "form.area", which is not always asked; for example with form.yes = false"#,
        &[
            ("m.json", r#""max": 1000}"#, r#""max": 1000, "when": "form.yes"}"#),
            ("m.json", r#""outcome.decide == 'granted'""#, r#"«"outcome.decide == 'granted' && form.area > 10"»"#),
        ],
    )
    .also(&["E-DATA-002"]),
    row(
        "E-DATA-008",
        "no case comes here after that step",
        &[("m.json", r#""outcome.intake == 'accepted'""#, r#"«"outcome.decide == 'granted'"»"#)],
    )
    .also(&["W-DATA-002"]),
    row(
        "E-DATA-009",
        "runs side by side with this choice",
        &[
            (
                "m.json",
                r#"{"type": "parallel", "id": "join"},"#,
                r#"{"type": "parallel", "id": "join"}, {"type": "exclusive", "id": "agree"}, {"type": "exclusive", "id": "told"},
    {"type": "notice", "id": "tell", "title": {"zh": "通知", "en": "Tell"}, "to": "department", "text": {"zh": "不符", "en": "Differs"}},"#,
            ),
            (
                "m.json",
                r#"{"from": "first", "to": "join"},"#,
                r#"{"from": "first", "to": "agree"}, {"from": "agree", "to": "tell", "when": «"outcome.second == 'failed'"»},
    {"from": "agree", "to": "told", "otherwise": true}, {"from": "tell", "to": "told"}, {"from": "told", "to": "join"},"#,
            ),
        ],
    ),
    row(
        "E-DATA-010",
        "is issued twice in one case",
        &[
            (
                "m.json",
                r#"{"type": "end", "id": "end_granted"},"#,
                r#"{"type": "end", "id": "end_granted"},
    {"type": "issue", "id": "again", "title": {"zh": "再制证", "en": "Again"}, "desk": "seal", "results": [«"licence"»]},"#,
            ),
            ("m.json", r#"{"from": "issue", "to": "deliver"},"#, r#"{"from": "issue", "to": "again"}, {"from": "again", "to": "deliver"},"#),
        ],
    ),
    row(
        "E-DATA-010",
        "is issued twice in one case",
        &[
            ("n.json", r#""results": []"#, r#""results": [«{"id": "licence", "title": {"zh": "证", "en": "Licence"}, "kind": "certificate"}»]"#),
            (
                "n.json",
                r#"{"type": "end", "id": "end"}"#,
                r#"{"type": "end", "id": "end"}, {"type": "issue", "id": "issue", "title": {"zh": "制证", "en": "Issue"}, "desk": "seal", "results": ["licence"]}"#,
            ),
            ("n.json", r#""to": "end", "when""#, r#""to": "issue", "when""#),
            ("n.json", r#"{"from": "wrong", "to": "end_wrong"}"#, r#"{"from": "wrong", "to": "end_wrong"}, {"from": "issue", "to": "end"}"#),
        ],
    ),
    row(
        "E-DATA-011",
        r#""floor_plan" has the title and the source of "plan""#,
        &[(
            "n.json",
            r#"{"id": "plan", "title": {"zh": "平面图", "en": "Plan"}, "source": {"from": "applicant"}}"#,
            r#"«{"id": "floor_plan", "title": {"zh": "平面图", "en": "Floor plan"}, "source": {"from": "applicant"}}»"#,
        )],
    ),
    row(
        "E-DATA-012",
        r#"the answer to "chain" changes nothing"#,
        &[(
            "p.json",
            r#""effect": {"zh": "选", "en": "Chooses"}}"#,
            r#""effect": {"zh": "选", "en": "Chooses"}},
    «{"id": "chain", "title": {"zh": "连锁", "en": "Chain"}, "type": "boolean", "effect": {"zh": "无", "en": "None"}}»"#,
        )],
    ),
    row(
        "E-DATA-013",
        r#"no case that comes to "late" needs the material "extract""#,
        &[
            (
                "p.json",
                r#"{"type": "exclusive", "id": "entry"},"#,
                r#"{"type": "exclusive", "id": "entry"}, {"type": "exclusive", "id": "how"}, {"type": "exclusive", "id": "both"},
    {"type": "service", "id": "late", "title": {"zh": "取", "en": "Fetch"}, "handler": "share.fetch", "obtains": [«"extract"»],
      "retry": {"attempts": 3, "backoff_seconds": 10, "backoff_seconds_max": 60}, "on_exhausted": "continue"},"#,
            ),
            ("p.json", r#""to": "run_m", "when""#, r#""to": "how", "when""#),
            (
                "p.json",
                r#"{"from": "run_m", "to": "run_n"},"#,
                r#"{"from": "how", "to": "run_m", "when": "answer.now"}, {"from": "how", "to": "late", "otherwise": true},
    {"from": "run_m", "to": "both"}, {"from": "late", "to": "both"}, {"from": "both", "to": "run_n"},"#,
            ),
        ],
    ),
    row(
        "E-DATA-014",
        "is fetched by two steps side by side",
        &[
            (
                "p.json",
                r#"{"type": "exclusive", "id": "entry"},"#,
                r#"{"type": "exclusive", "id": "entry"}, {"type": "parallel", "id": "begin"}, {"type": "parallel", "id": "begun"},
    {"type": "service", "id": "again", "title": {"zh": "取", "en": "Fetch"}, "handler": "share.fetch", "obtains": [«"extract"»],
      "retry": {"attempts": 3, "backoff_seconds": 10, "backoff_seconds_max": 60}, "on_exhausted": "continue"},"#,
            ),
            (
                "p.json",
                r#"{"from": "start", "to": "fetch"},"#,
                r#"{"from": "start", "to": "begin"}, {"from": "begin", "to": "fetch"}, {"from": "begin", "to": "again"},
    {"from": "again", "to": "begun"}, {"from": "begun", "to": "intake"},"#,
            ),
            ("p.json", r#"{"from": "fetch", "to": "intake"},"#, r#"{"from": "fetch", "to": "begun"},"#),
        ],
    ),
    row(
        "E-DATA-015",
        r#"is fetched by "fetch", which has not surely been done when "run_m" needs it; for example with answer.now = false"#,
        &[
            ("m.json", r#"["extract"]"#, "[]"),
            (
                "m.json",
                r#"{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}"#,
                r#"«{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}»"#,
            ),
            (
                "p.json",
                r#"{"type": "exclusive", "id": "entry"},"#,
                r#"{"type": "exclusive", "id": "entry"}, {"type": "exclusive", "id": "how"}, {"type": "exclusive", "id": "known"},"#,
            ),
            (
                "p.json",
                r#"{"from": "start", "to": "fetch"},"#,
                r#"{"from": "start", "to": "how"}, {"from": "how", "to": "fetch", "when": "answer.now"},
    {"from": "how", "to": "known", "otherwise": true}, {"from": "known", "to": "intake"},"#,
            ),
            ("p.json", r#"{"from": "fetch", "to": "intake"},"#, r#"{"from": "fetch", "to": "known"},"#),
        ],
    ),
    row(
        "E-DATA-015",
        r#"is fetched by "fetch", which has not surely been done when "decide" needs it"#,
        &[
            ("p.json", r#"["extract"]"#, "[]"),
            (
                "m.json",
                r#"{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}"#,
                r#"«{"id": "extract", "title": {"zh": "登记", "en": "Extract"}, "source": {"from": "shared", "system": {"zh": "库", "en": "Register"}}}»"#,
            ),
            ("m.json", r#"{"from": "start", "to": "fetch"},"#, r#"{"from": "start", "to": "intake"},"#),
            ("m.json", r#"{"from": "fetch", "to": "intake"},"#, r#"{"from": "fetch", "to": "deliver"},"#),
            ("m.json", r#"{"from": "issue", "to": "deliver"},"#, r#"{"from": "issue", "to": "fetch"},"#),
        ],
    )
    .also(&["W-DATA-002"]),
    row(
        "W-DATA-001",
        r#""floor_area" has the title and the type of "area""#,
        &[(
            "n.json",
            r#"{"id": "area", "title": {"zh": "面积", "en": "Area"}, "type": "number"}"#,
            r#"«{"id": "floor_area", "title": {"zh": "面积", "en": "Floor area"}, "type": "number"}»"#,
        )],
    ),
    row(
        "W-DATA-002",
        r#"nothing looks at the outcome of "review": with "failed" the case goes on"#,
        &[
            ("n.json", r#""outcome.review == 'passed'""#, r#""form.now""#),
            (
                "n.json",
                r#"{"type": "review", "id": "review", "title": {"zh": "核对", "en": "Review"}, "desk": "bureau"}"#,
                r#"«{"type": "review", "id": "review", "title": {"zh": "核对", "en": "Review"}, "desk": "bureau"}»"#,
            ),
        ],
    ),
    row(
        "W-DATA-003",
        r#""issue" can be reached although "decide" refused"#,
        &[
            ("m.json", r#""outcome.decide == 'granted'""#, r#""form.yes""#),
            (
                "m.json",
                r#"{"type": "issue", "id": "issue", "title": {"zh": "制证", "en": "Issue"}, "desk": "seal", "results": ["licence"]}"#,
                r#"«{"type": "issue", "id": "issue", "title": {"zh": "制证", "en": "Issue"}, "desk": "seal", "results": ["licence"]}»"#,
            ),
        ],
    )
    .also(&["E-DATA-002"]),
    row(
        "W-DATA-004",
        r#"the result "licence" of "m" is neither delivered nor used"#,
        &[
            ("n.json", r#"{"from": "result", "result": "licence"}"#, r#"{"from": "applicant"}"#),
            ("p.json", r#"{"from": "run_n", "to": "deliver"},"#, r#"{"from": "run_n", "to": "end"}"#),
            ("p.json", "\n    {\"from\": \"deliver\", \"to\": \"end\"}", ""),
            (
                "p.json",
                "    {\"type\": \"deliver\", \"id\": \"deliver\", \"title\": {\"zh\": \"送达\", \"en\": \"Deliver\"}, \"window\": \"issuing\"},\n",
                "",
            ),
            ("p.json", r#"{"type": "matter", "id": "run_m", "matter": "m"}"#, r#"«{"type": "matter", "id": "run_m", "matter": "m"}»"#),
        ],
    ),
    row(
        "W-DATA-005",
        r#"the way back does not do "review" again"#,
        &[
            (
                "n.json",
                r#"{"type": "exclusive", "id": "reviewed"},"#,
                r#"{"type": "exclusive", "id": "reviewed"}, {"type": "exclusive", "id": "back"},
    {"type": "timer", "id": "pause", "title": {"zh": "等一天", "en": "A day"}, "after": {"n": 1, "unit": "working_day"}},"#,
            ),
            ("n.json", r#"{"from": "review", "to": "reviewed"},"#, r#"{"from": "review", "to": "back"}, {"from": "back", "to": "reviewed"},"#),
            (
                "n.json",
                r#"{"from": "reviewed", "to": "wrong", "otherwise": true},"#,
                r#"{"from": "reviewed", "to": "pause", "when": «"outcome.review == 'failed' && form.now"»}, {"from": "pause", "to": "back"},
    {"from": "reviewed", "to": "wrong", "otherwise": true},"#,
            ),
        ],
    ),
];

//! Scripts on small graphs: what can be written, and what is said when it does not come true.

use std::collections::BTreeMap;

use onething_engine::trial::{Verdict, judge};
use onething_engine::{InputFile, check};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use super::{tests, with};
use crate::support::matter_of;

/// Runs one case on a matter with this graph.
fn run(edges: &[&str], case: &Json) -> Verdict {
    let mut case = case.clone();
    case["title"] = json!({"zh": "例", "en": "case"});
    let test = json!({
        "$schema": "tests.schema.json", "format": "1", "kind": "tests", "id": "m", "calendar": "cn",
        "application": {"received": "2026-04-13 09:00", "form": {"yes": false, "kind": "a", "area": 12.5}},
        "cases": [case],
    });
    let file = |name: &str, json: &Json| InputFile { name: name.to_owned(), bytes: json.to_string().into_bytes() };
    let calendar = include_bytes!("../../../../workflows/calendars/cn.json").to_vec();
    let calendar = InputFile { name: "cn.json".to_owned(), bytes: calendar };
    let checked = check(&[calendar, file("m.json", &matter_of(edges)), file("tests/m.json", &test)]);
    assert!(checked.is_good(), "{case}: {:#?}", checked.diagnostics);
    judge(&checked.tests["m"], 0, &checked.workflows["m"], &checked.calendars["cn"]).expect("a case")
}

const WINDOW: [&str; 3] = ["start > intake", "intake > decide", "decide > end"];
const TWO_WAITS: [&str; 7] = [
    "start > intake",
    "intake > parallel_split",
    "parallel_split > wait1",
    "parallel_split > wait2",
    "wait1 > parallel_join",
    "wait2 > parallel_join",
    "parallel_join > end",
];
const STUBBORN: [&str; 3] = ["start > intake", "intake > stubborn", "stubborn > end"];
const SORTING: [&str; 5] = [
    "start > intake",
    "intake > sorting",
    "sorting > exclusive",
    "exclusive > end_back if outcome.sorting == 'send_back'",
    "exclusive > end else",
];

#[test]
fn scripts_come_true() {
    let failed = json!({"step": "stubborn", "outcome": "failed"});
    for (edges, case) in [
        // Two working days after Monday morning end at the close of Wednesday.
        (
            &WINDOW[..],
            json!({"script": [{"step": "decide", "outcome": "granted", "after": {"n": 2, "unit": "working_day"}}],
            "expect": {"closed": "2026-04-15 17:00"}}),
        ),
        (
            &WINDOW,
            json!({"pace": {"n": 90, "unit": "business_minute"}, "expect": {"accepted": "2026-04-13 10:30", "closed": "2026-04-13 12:00"}}),
        ),
        // Received on Saturday evening: staff look at it on Monday; five working days after that end on the next one.
        (
            &WINDOW,
            json!({"received": "2026-04-18 20:00",
            "expect": {"accepted": "2026-04-20 09:00", "clocks": {"m": {"promised": "2026-04-27"}}}}),
        ),
        (
            &WINDOW,
            json!({"script": [{"step": "intake", "outcome": "withdrawn", "reason": " ", "rejected": "R-TASK-004"}],
            "expect": {"status": "granted"}}),
        ),
        (
            &WINDOW,
            json!({"script": [{"step": "decide", "outcome": "withdrawn", "at": "2026-04-14 10:00"}],
            "expect": {"status": "withdrawn", "closed": "2026-04-14 10:00"}}),
        ),
        // The run ends where the calendar ends.
        (
            &WINDOW,
            json!({"received": "2026-12-30 10:00", "script": [{"step": "intake", "outcome": "silence"}],
            "expect": {"status": "received", "open": ["intake"]}}),
        ),
        // One message for both. Testing from the 13th to the 14th leaves out one working day: 20 and one is the 21st;
        // twenty working days, over the holiday and the worked Saturday, are 13 May, and one more.
        (
            &TWO_WAITS,
            json!({"script": [{"step": "wait1", "outcome": "received", "at": "2026-04-14 10:00"}],
            "expect": {"status": "completed", "path": ["wait1", "wait2"], "clocks": {"m": {
                "promised": "2026-04-21", "statutory": "2026-05-14",
                "stops": [
                    {"reason": "testing", "from": "2026-04-13 09:00", "to": "2026-04-14"},
                    {"reason": "testing", "from": "2026-04-13", "to": "2026-04-14 10:00"}]}}}}),
        ),
        // Nobody brings the message: three working days, left out of the limit.
        (
            &TWO_WAITS,
            json!({"script": [{"step": "wait1", "outcome": "expired"}, {"step": "wait2", "outcome": "expired"}],
            "expect": {"closed": "2026-04-16 17:00", "clocks": {"m": {"promised": "2026-04-23"}}}}),
        ),
        (
            &STUBBORN,
            json!({"script": [failed], "expect": {"status": "accepted", "incidents": ["stubborn"], "open": ["stubborn"]}}),
        ),
        (
            &STUBBORN,
            json!({"script": [failed, {"step": "stubborn", "outcome": "done", "at": "2026-04-14 09:00"}],
            "expect": {"status": "completed", "incidents": [], "closed": "2026-04-14 09:00"}}),
        ),
        (
            &STUBBORN,
            json!({"script": [failed, {"step": "stubborn", "outcome": "done", "reason": "电话核实"}],
            "expect": {"status": "completed"}}),
        ),
        (
            &SORTING,
            json!({"script": [{"step": "sorting", "outcome": "send_back"}], "expect": {"path": ["sorting", "end_back"]}}),
        ),
        (&WINDOW, json!({"blank": ["kind"], "expect": {"rejected": {"code": "R-SUBMIT-001", "at": ["form.kind"]}}})),
        (&SORTING, json!({"expect": {"path": ["sorting", "end"], "never": ["end_back"]}})),
    ] {
        let verdict = run(edges, &case);
        assert!(verdict.differences.is_empty(), "{case}: {:#?}", verdict.differences);
    }
}

#[test]
fn a_script_that_does_not_come_true_fails_where_it_stands() {
    let granted = json!({"status": "granted"});
    for (edges, case, wanted) in [
        (
            &WINDOW[..],
            json!({"script": [{"step": "decide", "outcome": "granted", "at": "2026-04-13 08:59"}]}),
            "/script/0/at",
        ),
        (
            &WINDOW,
            json!({"script": [{"step": "intake", "outcome": "accepted"}, {"step": "intake", "outcome": "accepted"}]}),
            "/script/1",
        ),
        (
            &WINDOW,
            json!({"script": [{"step": "decide", "outcome": "granted", "rejected": "R-TASK-006"}]}),
            "/script/0/rejected",
        ),
        (
            &WINDOW,
            json!({"script": [
            {"step": "decide", "outcome": "refused", "reason": "", "rejected": "R-TASK-006"}]}),
            "/script/0/rejected",
        ),
        (
            &WINDOW,
            json!({"script": [
            {"step": "intake", "outcome": "accepted", "by": "甲"}, {"step": "decide", "outcome": "granted", "by": "甲"}],
            "expect": {"status": "accepted", "open": ["decide"]}}),
            "/script/1",
        ),
        (
            &TWO_WAITS,
            json!({"script": [
            {"step": "wait1", "outcome": "received", "at": "2026-04-14 10:00"},
            {"step": "wait2", "outcome": "received", "at": "2026-04-15 10:00"}], "expect": {"status": "completed"}}),
            "/script/1",
        ),
        (
            &TWO_WAITS,
            json!({"script": [
            {"step": "wait1", "outcome": "expired"},
            {"step": "wait2", "outcome": "received", "at": "2026-04-15 10:00"}], "expect": {"status": "completed"}}),
            "/script/0",
        ),
        (&WINDOW, json!({"without": ["lease"]}), "/without/0"),
    ] {
        let mut case = case;
        if case.get("expect").is_none() {
            case["expect"] = granted.clone();
        }
        let verdict = run(edges, &case);
        let places: Vec<&str> = verdict.differences.iter().map(|it| it.place.pointer.as_str()).collect();
        assert_eq!(places, [format!("/cases/0{wanted}")], "{case}: {:#?}", verdict.differences);
        let said = |it: &onething_engine::trial::Difference| {
            [&it.what, &it.expected, &it.found].iter().all(|text| !text.zh.is_empty() && !text.en.is_empty())
        };
        assert!(verdict.differences.iter().all(said), "{:#?}", verdict.differences);
    }
}

const RUNS: u64 = 400;
const SEED: &str = "ONETHING_SEED";

/// Random words at random steps of real packages: every run ends, and its history says what its case says.
#[test]
fn random_scripts_end_and_replay() {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().expect("ONETHING_SEED is a whole number");
            seed..seed + 1
        }
        Err(_) => 0..RUNS,
    };
    let all = tests();
    let mut cases: BTreeMap<usize, Vec<Json>> = BTreeMap::new();
    for seed in seeds {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let nth = rng.random_range(0..all.len());
        let originals = all[nth]["cases"].as_array().expect("cases");
        let mut case = originals.choose(rng).expect("a case").clone();
        let taken: Vec<Json> =
            originals.iter().filter_map(|case| case["script"].as_array()).flatten().cloned().collect();
        let script: Vec<&Json> = (0..rng.random_range(0..12)).filter_map(|_| taken.choose(rng)).collect();
        case["script"] = json!(script);
        case["title"] = json!({"zh": format!("种子 {seed}"), "en": format!("{SEED}={seed}")});
        cases.entry(nth).or_default().push(case);
    }
    for (nth, cases) in cases {
        for cases in cases.chunks(200) {
            let mut test = all[nth].clone();
            test["cases"] = json!(cases);
            for (_, verdict) in super::verdicts(&check(&with(&test))) {
                let fault = verdict
                    .differences
                    .iter()
                    .find(|it| it.what.en.contains("rebuilt from its history") || it.what.en.contains("the run"));
                assert!(
                    fault.is_none(),
                    "{fault:#?}\nreplay: {} cargo test -p onething-engine --test main random_scripts",
                    verdict.title.en
                );
            }
        }
    }
}

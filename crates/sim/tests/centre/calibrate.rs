//! What a scenario says is found again in its own event log, within what theory allows.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use onething_engine::InputFile;
use onething_sim::calibrate::{Grain, Learned, Weekdays, Wishes, learn};
use onething_sim::centre::Model;
use onething_sim::eventlog::{self, Columns, Row};
use onething_sim::scenario::{self, Channel, ScenarioFile, TideBy};

use crate::support::{changed, known, model};

const SEED: u64 = 31;

/// Sixty days; sole traders by the hour, everybody else evenly with Mondays fuller than Fridays.
fn sixty_days() -> Model {
    let input = changed(
        "teacher-tide",
        &[
            (r#""days": 4"#, r#""days": 60"#),
            (r#""run_on_days": 8"#, r#""run_on_days": 20"#),
            (r#""by": "forecast""#, r#""by": "threshold""#),
            (r#""package": "teacher-certificate""#, r#""package": "sole-trader""#),
            (r#""step": "teacher-certificate/intake""#, r#""step": "sole-trader/intake""#),
            (r#""seats": 3, "queues": ["market_supervision"]"#, r#""seats": 9, "queues": ["market_supervision"]"#),
            (r#""seats": 2, "queues": ["tax"]"#, r#""seats": 6, "queues": ["tax"]"#),
            (r#""seats": 2, "queues": ["seal"]"#, r#""seats": 4, "queues": ["seal"]"#),
            (
                r#""gamma", "mean": 20, "cv": 0.6 }"#,
                r#""gamma", "mean": 20, "cv": 0.6 }, "outcomes": { "failed": 0.04 }"#,
            ),
        ],
    );
    let text = String::from_utf8(input.bytes).unwrap().replace(r#""tide_teacher""#, r#""comprehensive""#);
    model(&InputFile { name: input.name, bytes: text.into_bytes() })
}

/// What the scenario says, and what it logged; run once for all tests.
fn log() -> &'static (ScenarioFile, Vec<Row>) {
    static LOG: OnceLock<(ScenarioFile, Vec<Row>)> = OnceLock::new();
    LOG.get_or_init(|| {
        let model = sixty_days();
        let (report, rows) = model.run_journal(SEED);
        assert_eq!(report.balanced, Ok(()));
        (model.scenario.file, rows)
    })
}

fn learned(rows: &[Row], base: Option<&ScenarioFile>) -> Learned {
    let names = BTreeMap::new();
    let wishes = Wishes { log: "log.csv", id: "learned", package: None, names: &names, calendar: "cn", base };
    learn(rows, &wishes, &known()).unwrap_or_else(|found| panic!("{found:#?}"))
}

/// Every tolerance is five standard errors: one figure in two million is further off by chance.
#[test]
fn the_parameters_of_a_known_scenario_are_found_again() {
    let (truth, rows) = log();
    let Learned { scenario, report } = learned(rows, Some(truth));
    assert_eq!((report.days, scenario.days, scenario.from), (60, 60, truth.from));
    for (name, a_day, grain, weekdays) in [
        ("教师资格", 61.0, Grain::Quarter, Weekdays::Same),
        ("开办企业", 18.0, Grain::Even, Weekdays::Factors),
        ("咨询", 40.0, Grain::Even, Weekdays::Factors),
    ] {
        let it = scenario.arrivals.iter().find(|it| it.name == name).unwrap();
        let known = it.package.as_deref().unwrap_or(name);
        let fit = report.arrivals.iter().find(|fit| fit.of == known).unwrap();
        assert_eq!((fit.shapes[0].grain, fit.shapes[0].weekdays), (grain, weekdays), "{name}: {:?}", fit.shapes);
        // A number of arrivals is Poisson. Those who leave at the sight of a crowd take no ticket: at most one in twenty.
        let least = if name == "咨询" { 0.95 } else { 1.0 };
        let error = 5.0 * (a_day / 60.0_f64).sqrt();
        assert!(it.per_day > a_day * least - error && it.per_day < a_day + error, "{name}: {} a day", it.per_day);
        assert!((fit.dispersion - 1.0).abs() < 5.0 * (2.0 / 55.0_f64).sqrt(), "{name}: {}", fit.dispersion);
        let held = fit.held_out.unwrap();
        assert!(held.error < 1.5 * held.error_by_chance, "{name}: {held:?}");
        if weekdays == Weekdays::Factors {
            // 12 Mondays.
            let error = 5.0 * (1.2 / (12.0 * a_day)).sqrt();
            assert!((it.weekdays[0] - 1.2).abs() < error && (it.weekdays[4] - 0.8).abs() < error, "{:?}", it.weekdays);
        }
    }
    let teachers = scenario.arrivals.iter().find(|it| it.name == "教师资格").unwrap();
    let ten = |it: &&onething_sim::scenario::Profile| it.hours.from.hour() == 10;
    let peak: f64 = teachers.profile.iter().filter(ten).map(|it| it.share).sum();
    assert!((peak - 0.21).abs() < 5.0 * (0.21 * 0.79 / (61.0 * 60.0_f64)).sqrt(), "{:?}", teachers.profile);
    // Times that only those who came of a larger number have: the count is what the standard error takes.
    for (step, kind, mean, cv) in [
        ("sole-trader/intake", "lognormal", 12.0, 0.4),
        ("open-company/intake", "lognormal", 25.0, 0.6),
        ("sole-trader/hand_over", "lognormal", 3.0, 0.6),
        ("咨询", "lognormal", 4.0, 0.8),
    ] {
        let fit = &report.steps.iter().find(|it| it.step == step).unwrap().fit;
        let said = serde_json::to_value(&fit.takes).unwrap();
        assert_eq!(said["type"], kind, "{step}: {fit:?}");
        let root = (fit.times as f64).sqrt();
        assert!((fit.takes.mean() - mean).abs() <= 5.0 * mean * cv / root + 1e-6, "{step}: {:?}", fit.takes);
        assert!((fit.takes.cv() - cv).abs() <= 5.0 * 1.2 * cv / root + 1e-6, "{step}: {:?}", fit.takes);
    }
    let reviews = report.steps.iter().filter(|it| it.step.ends_with("_review")).collect::<Vec<_>>();
    assert!(!reviews.is_empty());
    for it in reviews {
        let (mean, cv, root) = (20.0, 0.6, (it.fit.times as f64).sqrt());
        assert!((it.fit.mean - mean).abs() < 5.0 * mean * cv / root, "{}: {:?}", it.step, it.fit);
    }
    for (end, outcome, truth) in
        [("_review", "failed", 0.04), ("/decide", "refused", 0.03), ("/intake", "not_accepted", 0.01)]
    {
        for it in report.outcomes.iter().filter(|it| it.of.ends_with(end) && it.outcome == outcome) {
            let of = (it.kept.of + it.held_out.of) as f64;
            let truth = if it.of == "sole-trader/intake" { 0.0 } else { truth };
            assert!((it.share - truth).abs() <= 5.0 * (truth * (1.0 - truth) / of).sqrt(), "{it:?}");
        }
    }
    let patience = scenario.arrivals.iter().find(|it| it.name == "教师资格").unwrap().patience.as_ref().unwrap();
    let gave_up = |row: &&Row| &*row.activity == eventlog::GAVE_UP && row.package.as_deref() == Some("sole-trader");
    let error = 5.0 / (rows.iter().filter(gave_up).count() as f64).sqrt();
    assert!((patience.mean() / 120.0 - 1.0).abs() < error, "{patience:?}, 120 within {error}");
    assert!(scenario.arrivals.iter().all(|it| it.channel == Channel::Window), "{:?}", scenario.arrivals);
}

#[test]
fn what_was_learned_runs_and_gives_the_same_centre() {
    let (truth, rows) = log();
    for base in [Some(truth), None] {
        let scenario = learned(rows, base).scenario;
        let bytes = serde_json::to_vec_pretty(&scenario).unwrap();
        let input = InputFile { name: "learned.json".to_owned(), bytes };
        let scenario = scenario::read(&input, &known()).unwrap_or_else(|found| panic!("{found:#?}"));
        let again = Model::new(scenario).unwrap().run(SEED + 1);
        assert_eq!(again.balanced, Ok(()));
        let came: u64 = again.counts.iter().map(|it| it.arrived).sum();
        let before = rows.iter().filter(|row| &*row.activity == eventlog::ARRIVE).count() as f64;
        // Both numbers are Poisson, and the second has the first for its mean.
        assert!((came as f64 - before).abs() < 5.0 * (2.0 * before).sqrt(), "{came} came, {before} before");
    }
}

#[test]
fn a_tide_that_learns_begins_with_what_the_log_shows() {
    let (truth, rows) = log();
    let mut base = truth.clone();
    base.tides[0].policy = TideBy::Learned { rates: None, weeks: Some(4) };
    let scenario = learned(rows, Some(&base)).scenario;
    let TideBy::Learned { rates: Some(rates), weeks: None } = &scenario.tides[0].policy else {
        panic!("{:?}", scenario.tides)
    };
    // On Wednesdays everybody's factor is 1; there are thirteen.
    let wednesday: f64 = (0..96).map(|quarter| rates.mean(2, quarter)).sum();
    let truth = 61.0 + 18.0 + 40.0;
    assert!((wednesday - truth).abs() < 5.0 * (truth / 13.0_f64).sqrt(), "{wednesday} of {truth}");
    assert_eq!(rates.days(2), 13.0);
}

#[test]
fn staff_is_learned_from_who_did_what() {
    let (truth, rows) = log();
    let scenario = learned(rows, None).scenario;
    for name in ["综窗", "认定窗", "市场监管", "税务"] {
        let (is, learned) = (
            truth.staff.iter().find(|it| it.name == name).unwrap(),
            scenario.staff.iter().find(|it| it.name == name).unwrap(),
        );
        assert_eq!((learned.kind, &learned.queues), (is.kind, &is.queues), "{name}");
        assert!(learned.seats <= is.seats && learned.seats * 2 >= is.seats, "{name}: {}", learned.seats);
    }
}

#[test]
fn both_formats_say_the_same() {
    let (_, rows) = log();
    let rows = &rows[..2000];
    let strip = |log: Vec<Row>| {
        let mut rows: Vec<Row> = log.into_iter().map(|row| Row { line: 0, ..row }).collect();
        rows.sort_by(|one, other| {
            (&one.case, one.ended_ms, &one.activity).cmp(&(&other.case, other.ended_ms, &other.activity))
        });
        rows
    };
    for (name, text) in [("log.csv", eventlog::write_csv(rows)), ("log.xes", eventlog::write_xes(rows))] {
        let input = InputFile { name: name.to_owned(), bytes: text.into_bytes() };
        let read = eventlog::read(&input, &Columns::default()).unwrap_or_else(|found| panic!("{found:#?}"));
        assert_eq!(strip(read.rows), strip(rows.to_vec()), "{name}");
    }
}

const HEADING: &str = "case,package,activity,start,end,resource,outcome,queue\n";

#[test]
fn rubbish_is_refused_with_its_line() {
    let good = "1,open-company,open-company/intake,2026-04-13T09:00,2026-04-13T09:20,综窗-1,accepted,comprehensive\n";
    let xes =
        |inside: &str| format!("<log>\n<trace>\n<string key=\"concept:name\" value=\"1\"/>\n{inside}</trace></log>");
    let deep = "<a>".repeat(100);
    let long = format!("{HEADING}{},,a,,2026-04-13T09:00,,,\n", "x".repeat(2000));
    // What is read, the code, the line, the column or attribute.
    for (text, code, line, at) in [
        (String::new(), "E-LOG-003", 1, ""),
        ("case;activity;end\n".to_owned(), "E-LOG-003", 1, ""),
        ("case,activity,ende\n".to_owned(), "E-LOG-003", 1, ""),
        (format!("{HEADING}{good}1,2,3\n"), "E-LOG-007", 3, ""),
        (format!("{HEADING}{good},,a,,2026-04-13T09:00,,,\n"), "E-LOG-004", 3, "case"),
        (format!("{HEADING}1,,a,,yesterday,,,\n"), "E-LOG-005", 2, "end"),
        (format!("{HEADING}1,,a,2026-02-30T09:00,2026-04-13T09:00,,,\n"), "E-LOG-005", 2, "start"),
        (format!("{HEADING}1,,a,2026-04-13T10:00,2026-04-13T09:00,,,\n"), "E-LOG-006", 2, "start"),
        (long, "E-LOG-001", 2, "case"),
        ("<log><trace>".to_owned(), "E-LOG-008", 1, ""),
        ("<log><trace></log>".to_owned(), "E-LOG-008", 1, ""),
        ("<html/>".to_owned(), "E-LOG-009", 1, ""),
        ("<log/>".to_owned(), "E-LOG-009", 1, ""),
        ("<!DOCTYPE log [<!ENTITY a \"b\">]>\n<log/>".to_owned(), "E-LOG-008", 1, ""),
        (format!("<log>\n{deep}"), "E-LOG-001", 2, ""),
        (xes("<event/>\n"), "E-LOG-004", 4, "concept:name"),
        (xes("<event><string key=\"concept:name\" value=\"&bomb;\"/></event>"), "E-LOG-008", 4, "value"),
        (
            xes(
                "<event>\n<string key=\"concept:name\" value=\"a\"/>\n<date key=\"time:timestamp\" value=\"soon\"/></event>",
            ),
            "E-LOG-005",
            4,
            "time:timestamp",
        ),
        (format!("{HEADING}1,open-compny,a,,2026-04-13T09:00,,,\n"), "E-LOG-010", 2, "package"),
        (format!("{HEADING}{good}1,open-company,intak,,2026-04-13T09:00,,,\n"), "E-LOG-011", 3, "activity"),
        (format!("{HEADING}{good}1,sole-trader,intake,,2026-04-13T09:30,,,\n"), "E-LOG-012", 3, "package"),
        (format!("{HEADING}1,,a,,2031-04-13T09:00,,,q\n"), "E-LOG-014", 2, ""),
        (HEADING.to_owned(), "E-LOG-015", 1, ""),
    ] {
        let input = InputFile { name: "log".to_owned(), bytes: text.clone().into_bytes() };
        let names = BTreeMap::new();
        let wishes = Wishes { log: "log", id: "learned", package: None, names: &names, calendar: "cn", base: None };
        let found = eventlog::read(&input, &Columns::default())
            .and_then(|log| learn(&log.rows, &wishes, &known()).map(drop))
            .expect_err(&text);
        let first = &found[0];
        assert_eq!(
            (first.code, first.place.line, first.place.pointer.as_str()),
            (code, line, at),
            "{text}\n{found:#?}"
        );
        assert!(!first.message.zh.is_empty() && !first.message.en.is_empty());
    }
    let wrong = format!("{HEADING}{}", "1,,a,,never,,,\n".repeat(1000));
    let input = InputFile { name: "log".to_owned(), bytes: wrong.into_bytes() };
    assert_eq!(eventlog::read(&input, &Columns::default()).unwrap_err().len(), 20, "of very many only the first");
    let latin = InputFile { name: "log".to_owned(), bytes: b"case,activity,end\n\xe9,a,b\n".to_vec() };
    let found = eventlog::read(&latin, &Columns::default()).unwrap_err();
    assert_eq!((found[0].code, found[0].place.line), ("E-LOG-002", 2));
}

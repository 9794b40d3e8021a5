//! Packages explained: the figures of the tables of the domain, one form, one list of materials, real dates.

use std::collections::BTreeMap;

use onething_engine::analysis::{Explanation, Measure, Origin, Situation, explain};
use onething_engine::calendar::{Calendar, Millis};
use onething_engine::{Value, Workflow, check};

use crate::packages::{files, real};

/// 2026-04-13, a Monday, at nine in China Standard Time.
const MONDAY_NINE: Millis = 1_776_042_000_000;
const DAY: Millis = 24 * 3_600_000;

fn calendar() -> Calendar {
    check(&files()).calendars.remove("cn").expect("the published calendar")
}

fn explained(workflow: &Workflow, answers: &[(&str, Value)], at: Millis) -> Explanation {
    let answers: BTreeMap<String, Value> =
        answers.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
    explain(workflow, &answers, &calendar(), at).expect("a covered year")
}

/// Computed figures: steps, materials, days, visits before; materials and days after.
fn computed(explained: &Explanation) -> [f64; 6] {
    let of = |measure: Measure| explained.reductions.iter().find(|it| it.measure == measure).expect("all four");
    let before = |measure| of(measure).before.computed.expect("a sum");
    let after = |measure| of(measure).after.computed.expect("a figure");
    [
        before(Measure::Steps),
        before(Measure::Materials),
        before(Measure::Days),
        before(Measure::Trips),
        after(Measure::Materials),
        after(Measure::Days),
    ]
}

/// The tables of the domain, section 4. Of the staged project the days before are published for its longest approval
/// alone, and the code of the project, a form field there, is a document that its matters hand on here.
#[test]
fn the_reductions_are_those_of_the_tables_of_the_domain() {
    for (id, figures) in [
        ("open-company", [8.0, 23.0, 9.0, 7.0, 4.0, 0.5]),
        ("open-restaurant", [6.0, 13.0, 31.0, 5.0, 5.0, 7.0]),
        ("newborn", [8.0, 21.0, 25.0, 6.0, 2.0, 5.0]),
        ("resale-flat", [8.0, 29.0, 16.0, 7.0, 2.0, 2.0]),
        ("teacher-certificate", [6.0, 24.0, 37.0, 4.0, 3.0, 5.0]),
        ("sole-trader", [3.0, 8.0, 5.0, 3.0, 3.0, 0.5]),
        ("government-project", [7.0, 24.0, 91.0, 6.0, 5.0, 5.0]),
        ("retirement", [8.0, 19.0, 50.0, 6.0, 2.0, 10.0]),
    ] {
        let explained = explained(&real(id), &[], MONDAY_NINE);
        assert_eq!(computed(&explained), figures, "{id}: {:#?}", explained.reductions);
        for reduction in &explained.reductions {
            for figure in [&reduction.before, &reduction.after] {
                let same = figure.computed == figure.published;
                assert_eq!(figure.reason.is_none(), same, "{id}: what differs has a reason, {figure:?}");
                let sum: f64 = figure.terms.iter().map(|term| term.n).sum();
                assert!(figure.terms.is_empty() || figure.computed == Some(sum), "{id}: {figure:?}");
                let within = figure.range.zip(figure.computed).is_none_or(|([a, b], n)| a <= n && n <= b);
                assert!(within, "{id}: {figure:?}");
            }
        }
    }
}

#[test]
fn answers_change_what_is_counted() {
    let company = real("open-company");
    let yes = |ids: &[&'static str], yes: bool| ids.iter().map(|id| (*id, Value::Bool(yes))).collect::<Vec<_>>();
    let without_seal = explained(&company, &yes(&["carve_physical_seal"], false), MONDAY_NINE);
    let figures = computed(&without_seal);
    assert_eq!(figures[0], 6.0, "the seal took two steps");
    assert!(without_seal.reductions[0].before.reason.is_some(), "8 is published");
    let with_bank = explained(&company, &yes(&["carve_physical_seal", "book_bank_account"], true), MONDAY_NINE);
    let bank = with_bank.matters.iter().find(|matter| matter.id == "bank-account-booking").expect("the matter");
    assert!(bank.chosen && bank.optional);
    assert!(with_bank.matters.iter().any(|matter| !matter.optional), "the registration is never left out");
    let staff = |employs| {
        let explained = explained(&company, &[("employs_now", Value::Bool(employs))], MONDAY_NINE);
        let roster = explained.materials.iter().find(|it| it.id == "employee_roster").expect("the roster").clone();
        (roster.needed, roster.brought, roster.used_by.len())
    };
    assert_eq!((staff(true), staff(false)), ((true, true, 2), (false, false, 2)));
}

#[test]
fn every_field_and_material_stands_once_with_all_who_ask_it() {
    for id in ["open-company", "open-restaurant", "teacher-certificate"] {
        let explained = explained(&real(id), &[], MONDAY_NINE);
        for ids in [
            explained.form.iter().map(|row| &row.id).collect::<Vec<_>>(),
            explained.materials.iter().map(|row| &row.id).collect::<Vec<_>>(),
        ] {
            let mut once = ids.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), ids.len(), "{id}");
        }
        assert!(explained.form.iter().all(|row| !row.asked_by.is_empty()), "{id}");
        assert!(explained.materials.iter().all(|row| !row.used_by.is_empty()), "{id}");
    }
    let company = explained(&real("open-company"), &[], MONDAY_NINE);
    let licence = company.materials.iter().find(|row| row.id == "business_licence").expect("the licence");
    let Origin::Result { matter: Some(matter) } = &licence.origin else { panic!("{licence:?}") };
    assert_eq!((matter.zh.as_str(), licence.used_by.len()), ("企业设立登记", 5));
    let asked: Vec<&str> = company.form.iter().filter(|row| row.answered).map(|row| row.id.as_str()).collect();
    assert!(asked.contains(&"premises_kind"), "{asked:?}: a question answers it, so the form does not ask it");
    assert!(company.form.iter().all(|row| !(row.answered && row.asked)));
}

#[test]
fn dates_count_holidays_and_make_up_days() {
    let calendar = calendar();
    let restaurant = real("open-restaurant");
    let day = |text: &str| text.parse::<jiff::civil::Date>().expect("a day");
    let nine = |text: &str| calendar.start_of_day(day(text)) + 9 * 3_600_000;
    // 0.1 working day on the day itself, then six working days.
    for (start, ends, promise) in [
        ("2026-04-13", "2026-04-21", "2026-04-22"),
        // 1 to 5 May are off, Saturday the 9th is worked.
        ("2026-04-30", "2026-05-12", "2026-05-13"),
        // Saturdays 14 and 28 February are worked, 15 to 23 are off.
        ("2026-02-13", "2026-02-28", "2026-03-02"),
    ] {
        let schedule = explained(&restaurant, &[], nine(start)).schedule;
        assert!((schedule.total_days - 6.1).abs() < 1e-9);
        assert_eq!(calendar.date_of(schedule.ends), day(ends), "from {start}");
        assert_eq!(schedule.promise_ends.map(|at| calendar.date_of(at)), Some(day(promise)), "from {start}");
        let mut at = nine(start);
        for step in schedule.steps.iter().filter(|step| step.critical) {
            assert_eq!(step.begins, at, "{}: one after the other", step.id);
            at = step.ends;
        }
        assert_eq!(at, schedule.ends);
    }
    let late = explain(&restaurant, &BTreeMap::new(), &calendar, nine("2026-12-30"));
    assert_eq!(late.expect_err("2027 is not published").year, 2027);
}

#[test]
fn a_promise_after_the_acceptance_period_counts_from_its_end() {
    let calendar = calendar();
    let schedule = explained(&real("teacher-certificate"), &[], MONDAY_NINE).schedule;
    assert!(schedule.counts_from > schedule.accepted + DAY, "{schedule:?}");
    assert_eq!(calendar.end_of_day(calendar.date_of(schedule.counts_from)), schedule.counts_from);
    assert_eq!(schedule.promise_ends, Some(schedule.ends), "five days are promised and five are the path");
}

#[test]
fn critical_edges_lead_from_the_start_over_every_critical_step() {
    for id in ["open-company", "open-restaurant", "teacher-certificate"] {
        let workflow = real(id);
        let graph = &workflow.plan(0).graph;
        let schedule = explained(&workflow, &[], MONDAY_NINE).schedule;
        let mut at = graph.start();
        for edge in &schedule.critical_edges {
            assert_eq!(graph.ends(*edge).0, at, "{id}: the edges follow each other");
            at = graph.ends(*edge).1;
        }
        let last = schedule.steps.iter().rfind(|step| step.critical).expect("a path");
        assert_eq!(at, last.node, "{id}");
    }
}

#[test]
fn situations_are_the_combinations_of_answers_that_change_something() {
    let company = real("open-company");
    let none = BTreeMap::new();
    let all = Situation::all(&company, &none);
    // Seal, staff, foreign shareholder, bank, four kinds of premises; licensed business and invoices only choose ways
    // inside a matter.
    let chosen = |id: &str| all.iter().any(|one| one.answers[id] != all[0].answers[id]);
    assert_eq!(all.len(), 64);
    assert!(chosen("carve_physical_seal") && chosen("premises_kind") && !chosen("licensed_business"));
    assert!(all.iter().all(|one| one.answers.len() == company.questions().len()));
}

#[test]
fn a_matter_alone_is_explained_without_reductions() {
    let explained = explained(&real("tax-registration"), &[], MONDAY_NINE);
    assert_eq!((explained.matters.len(), explained.reductions.len()), (1, 0));
    assert!(explained.schedule.total_days > 0.0 && !explained.form.is_empty());
}

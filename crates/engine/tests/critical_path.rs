//! The critical path of the real packages and of small ones.

use std::collections::BTreeMap;

use onething_engine::analysis::{CriticalPath, critical_path};
use onething_engine::{Value, Workflow};
use serde_json::json;

use crate::packages::{application, real};
use crate::support::{checked, matter, node, package, renamed, workflow};

const SEVEN_HOURS: f64 = 420.0;

fn path_of(workflow: &Workflow, answers: &[(&str, serde_json::Value)]) -> CriticalPath {
    let submission = application(workflow, answers);
    let form = workflow.filled(&submission.answers, &submission.form);
    critical_path(workflow, &submission.answers, &form, SEVEN_HOURS)
}

#[test]
fn the_real_packages_take_as_long_as_the_tables_of_the_domain_say() {
    let yes = |ids: &[&'static str]| ids.iter().map(|id| (*id, json!(true))).collect::<Vec<_>>();
    for (id, answers, total, path) in [
        ("open-company", vec![], 0.375, vec!["company_registration", "tax_registration"]),
        (
            "open-company",
            yes(&["carve_physical_seal", "book_bank_account"]),
            0.375,
            vec!["company_registration", "tax_registration"],
        ),
        ("open-restaurant", vec![], 6.1, vec!["licence_verification", "food_business_licence"]),
        (
            "open-restaurant",
            yes(&["fire_check_required", "outdoor_sign", "sells_tobacco", "greasy_wastewater"]),
            6.1,
            vec!["licence_verification", "food_business_licence"],
        ),
        (
            "teacher-certificate",
            vec![],
            5.0,
            vec!["teacher_medical_examination", "teacher_qualification", "teacher_certificate_issuance"],
        ),
        (
            "newborn",
            vec![("born_locally", json!(true)), ("birth_costs", json!("none"))],
            5.0,
            vec!["birth_certificate", "birth_household_registration", "social_security_card"],
        ),
        (
            "newborn",
            vec![("born_locally", json!(false)), ("birth_costs", json!("reimburse"))],
            4.0,
            vec!["birth_household_registration", "social_security_card"],
        ),
        (
            "resale-flat",
            yes(&["transfer_water", "transfer_electricity", "transfer_gas"]),
            2.0,
            vec![
                "sale_contract_filing",
                "property_transaction_tax",
                "property_transfer_registration",
                "water_transfer",
            ],
        ),
        (
            "resale-flat",
            vec![],
            1.0,
            vec!["sale_contract_filing", "property_transaction_tax", "property_transfer_registration"],
        ),
        ("sole-trader", vec![], 0.375, vec!["sole_trader_registration", "sole_trader_tax"]),
        (
            "government-project",
            vec![],
            13.1,
            vec!["project_code", "project_proposal", "feasibility_report", "preliminary_design"],
        ),
        (
            "government-project",
            yes(&["new_land", "energy_over_threshold"]),
            17.1,
            vec!["project_code", "project_proposal", "land_preapproval", "feasibility_report", "preliminary_design"],
        ),
        (
            "government-project-sequential",
            vec![],
            91.0,
            vec!["project_code", "project_proposal", "feasibility_report", "preliminary_design"],
        ),
        ("retirement", vec![], 8.0, vec!["retirement_approval", "pension_benefit"]),
        (
            "retirement",
            yes(&["housing_fund_balance", "only_child_parent"]),
            8.0,
            vec!["retirement_approval", "pension_benefit"],
        ),
    ] {
        let found = path_of(&real(id), &answers);
        let steps: Vec<&str> = found.path().map(|stretch| &*stretch.id).collect();
        assert!((found.total - total).abs() < 1e-9, "{id} {answers:?}: {}", found.total);
        assert_eq!(steps, path, "{id} {answers:?}: {found:#?}");
        let mut at = 0.0_f64;
        for stretch in found.path() {
            assert!((stretch.from - at).abs() < 1e-9, "{id}: one after the other, {stretch:?}");
            at = stretch.to;
        }
    }
}

#[test]
fn matters_that_the_answers_leave_out_take_no_time() {
    let restaurant = real("open-restaurant");
    let of = |answers: &[(&str, serde_json::Value)]| {
        path_of(&restaurant, answers).stretches.iter().map(|stretch| stretch.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[("prepackaged_only", json!(true))]), ["licence_verification", "prepackaged_food_filing"]);
    assert!(of(&[("business_area", json!(300))]).contains(&"fire_safety_inspection".to_owned()));
    assert!(!of(&[("business_area", json!(299))]).contains(&"fire_safety_inspection".to_owned()));
}

#[test]
fn what_a_package_waits_for_counts_after_acceptance_and_once_a_round() {
    let one = matter(&["start", "decide", "end"].map(node), &["start > decide".into(), "decide > end".into()]);
    let run = |id: &str| json!({"type": "matter", "id": format!("run_{id}"), "matter": id});
    let mut wait = node("wait");
    wait.as_object_mut().expect("a node").remove("stops_clock");
    let mut nodes: Vec<_> = [
        "start",
        "exclusive_in",
        "intake",
        "exclusive_out",
        "collect",
        "end_back",
        "parallel_s",
        "parallel_j",
        "exclusive_loop",
        "timer",
        "exclusive_again",
        "end",
    ]
    .map(node)
    .into();
    nodes.extend([run("a"), run("b"), wait]);
    let edges = [
        "start > exclusive_in",
        "exclusive_in > intake",
        "intake > exclusive_out",
        "exclusive_out > collect if outcome.intake == 'supplement'",
        "collect > exclusive_in",
        "exclusive_out > end_back if outcome.intake == 'not_accepted'",
        "exclusive_out > parallel_s else",
        "parallel_s > run_a",
        "parallel_s > wait",
        "run_a > parallel_j",
        "wait > parallel_j",
        "parallel_j > exclusive_loop",
        "exclusive_loop > timer",
        "timer > exclusive_again",
        "exclusive_again > exclusive_loop if outcome.wait == 'expired'",
        "exclusive_again > run_b else",
        "run_b > end",
    ];
    let edges = edges.map(str::to_owned);
    let files = [renamed(one.clone(), "a"), renamed(one, "b"), package(&nodes, &edges)];
    let checked = checked(&[("a.json", &files[0]), ("b.json", &files[1]), ("p.json", &files[2])]);
    let workflow = checked.workflows.get("p").unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let found =
        critical_path(workflow, &BTreeMap::from([("yes".to_owned(), Value::Bool(true))]), &BTreeMap::new(), 420.0);
    let times: Vec<(&str, f64, f64, bool)> =
        found.stretches.iter().map(|it| (&*it.id, it.from, it.to, it.critical)).collect();
    assert_eq!(
        times,
        [("run_a", 0.0, 5.0, true), ("wait", 0.0, 3.0, false), ("timer", 5.0, 6.0, true), ("run_b", 6.0, 11.0, true),],
        "the supplement comes before acceptance"
    );
    assert!((found.total - 11.0).abs() < 1e-9);
}

#[test]
fn a_matter_alone_takes_what_it_promises() {
    let alone = workflow(&["start > intake", "intake > decide", "decide > end"]);
    let found = critical_path(&alone, &BTreeMap::new(), &BTreeMap::new(), 420.0);
    assert_eq!((found.total, found.stretches.len(), found.path().count()), (5.0, 1, 1));
}

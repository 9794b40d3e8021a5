//! Dossiers that come to the same: whatever happens to a case with the one happens to a case with the other.

use std::sync::Arc;

use onething_engine::command::Submission;
use onething_engine::{Decider, Value, Workflow};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::packages::{PACKAGES, real};
use crate::random_packages::{drawn, lived};
use crate::support::{submission, workflow};

/// Applications drawn for each package.
const DRAWN: u64 = 100;

/// Examines them and tells whether they are alike.
fn are_alike(workflow: &Workflow, one: &Submission, other: &Submission) -> bool {
    let mut decider = Decider::default();
    [one, other].iter().for_each(|it| decider.foresee(workflow, &it.dossier));
    decider.are_alike(workflow, &one.dossier, &other.dossier)
}

#[test]
fn what_happens_to_a_case_happens_to_one_that_is_alike() {
    let (mut alike, mut apart) = (0, 0);
    for id in PACKAGES {
        let workflow = real(id);
        let mut drawn: Vec<Submission> =
            (0..DRAWN).map(|seed| drawn(&workflow, &mut Pcg64Mcg::seed_from_u64(seed))).collect();
        while let Some(other) = drawn.pop() {
            let Some(one) = drawn.iter().find(|one| are_alike(&workflow, one, &other)) else {
                apart += 1;
                continue;
            };
            alike += 1;
            // The application itself, the first event, is what they differ in.
            let [one_history, other_history] = [one, &other]
                .map(|it| lived(&workflow, it.clone(), &mut Pcg64Mcg::seed_from_u64(alike)).history.split_off(1));
            assert_eq!(one_history, other_history, "{id}: {:?} and {:?}", one.dossier, other.dossier);
        }
    }
    assert!(alike > DRAWN && apart > DRAWN, "{alike} alike, {apart} like none other");
}

#[test]
fn what_reads_the_form_later_tells_applications_apart() {
    let decided = |granted: &str| {
        workflow(&[
            "start > decide",
            "decide > exclusive",
            &format!("exclusive > end if {granted}"),
            "exclusive > end_no else",
        ])
    };
    let one = submission(&["plan"]);
    let mut larger = one.clone();
    Arc::make_mut(&mut larger.form).insert("area".to_owned(), Value::Number(900.0));
    let later = decided("outcome.decide == 'granted' && form.area < 100");
    let (by_outcome, by_form) = (decided("outcome.decide == 'granted'"), decided("form.area < 100"));
    assert!(are_alike(&by_outcome, &one, &larger), "nothing reads the area");
    assert!(!are_alike(&by_form, &one, &larger), "the area settles the way");
    assert!(!are_alike(&later, &one, &larger), "the area is read when the decision is there");
    assert!(!are_alike(&by_outcome, &one, &submission(&["plan", "lease"])), "other materials are needed");
    assert!(!are_alike(&by_outcome, &one, &submission(&[])), "the plan is missing");
    assert!(!Decider::default().are_alike(&by_outcome, &one.dossier, &larger.dossier), "nobody examined them");
}

//! What happens to an application, step by step.

use std::sync::Arc;

use onething_engine::case::{Obtained, Outcome, Status};
use onething_engine::command::Action;
use onething_engine::event::Event;

use crate::support::{Bench, MINUTE, checked, matter, node, workflow};

const WINDOW: [&str; 9] = [
    "start > exclusive_in",
    "exclusive_in > intake",
    "intake > exclusive",
    "exclusive > decide if outcome.intake == 'accepted'",
    "exclusive > collect if outcome.intake == 'supplement'",
    "exclusive > end_away else",
    "collect > exclusive_late",
    "exclusive_late > exclusive_in if outcome.collect == 'supplied'",
    "exclusive_late > end_late else",
];

fn window() -> Bench {
    let mut edges = WINDOW.to_vec();
    edges.extend(["decide > issue", "issue > deliver", "deliver > end"]);
    Bench::new(workflow(&edges))
}

#[test]
fn a_complete_application_is_accepted_decided_issued_and_delivered() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    assert_eq!(bench.case.status, Status::Received);
    for (by, step, outcome) in [
        ("clerk", "intake", Outcome::Accepted),
        ("chief", "decide", Outcome::Granted),
        ("seal", "issue", Outcome::Issued),
        ("clerk", "deliver", Outcome::Delivered),
    ] {
        assert_eq!(bench.open(), [step]);
        bench.complete(by, step, outcome).expect("completed");
    }
    assert_eq!(bench.case.status, Status::Granted);
    assert_eq!(bench.case.results.get("licence").map(|it| &*it.number), Some("C-1-licence"));
    assert!(bench.case.tasks.is_empty() && bench.case.timers.is_empty());
}

#[test]
fn what_is_missing_is_said_once_and_acceptance_waits_for_it() {
    let mut bench = window();
    bench.submit(&[]).expect("submitted");
    let refused = bench.complete("clerk", "intake", Outcome::Accepted).expect_err("a plan is missing");
    assert_eq!((refused.code.as_str(), refused.problems.len()), ("R-INTAKE-001", 1));
    bench.complete("clerk", "intake", Outcome::Supplement).expect("told");
    assert_eq!(bench.case.status, Status::AwaitingSupplement);
    assert_eq!(bench.open(), ["collect"]);
    let strange =
        bench.act("applicant", Action::Supply { materials: vec!["lease".into()] }).expect_err("not asked for");
    assert_eq!(strange.code, "R-SUPPLY-001");
    bench.act("applicant", Action::Supply { materials: vec!["plan".into()] }).expect("supplied");
    assert_eq!(bench.case.materials.get("plan"), Some(Obtained::Supplement));
    let task = bench.task("intake").expect("back at the window");
    let again = Action::Complete {
        task,
        outcome: Outcome::Supplement,
        reason: None,
        lacking: vec!["plan".into()],
        began: None,
    };
    assert_eq!(bench.act("clerk", again).expect_err("once only").code, "R-INTAKE-002");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
}

#[test]
fn a_supplement_that_never_comes_ends_in_a_return() {
    let mut bench = window();
    bench.submit(&[]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Supplement).expect("told");
    let timer = bench.case.timers[0];
    bench.now = timer.due - 1;
    assert_eq!(bench.act("clock", Action::Fire { timer: timer.id }).expect_err("too early").code, "R-TIMER-002");
    bench.now = timer.due;
    bench.act("clock", Action::Fire { timer: timer.id }).expect("fired");
    assert_eq!(bench.case.status, Status::Returned);
}

#[test]
fn five_silent_working_days_are_an_acceptance_from_the_day_of_receipt() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    let received = bench.now;
    let timer = bench.case.timers[0];
    bench.now = timer.due;
    bench.act("clock", Action::Fire { timer: timer.id }).expect("fired");
    let accepted = bench.case.accepted.expect("accepted by law");
    assert_eq!((accepted.at, accepted.by_silence), (received, true));
    assert_eq!(bench.case.parts[0].ledger.started_at(), Some(received));
    assert_eq!(bench.open(), ["decide"]);
    assert!(bench.history.iter().any(|(event, _)| matches!(event, Event::NoticeSent { .. })), "the overseers are told");
}

#[test]
fn a_refusal_needs_reasons_and_names_the_remedies() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    let task = bench.task("decide").expect("open");
    for reason in [None, Some(Arc::from("")), Some(Arc::from("  "))] {
        let silent = Action::Complete { task, outcome: Outcome::Refused, reason, lacking: vec![], began: None };
        assert_eq!(bench.act("chief", silent).expect_err("no reasons").code, "R-TASK-004");
    }
    bench.complete("chief", "decide", Outcome::Refused).expect("refused");
    let remedies = bench.history.iter().find_map(|(event, _)| match event {
        Event::Decided { remedies, .. } => Some(remedies.len()),
        _ => None,
    });
    assert_eq!(remedies, Some(2));
}

#[test]
fn who_accepted_does_not_decide() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    assert_eq!(bench.complete("clerk", "decide", Outcome::Granted).expect_err("same person").code, "R-TASK-006");
    bench.complete("chief", "decide", Outcome::Granted).expect("another person");
}

#[test]
fn wrong_commands_are_refused_and_say_why() {
    let mut bench = window();
    let complete = |task, outcome| Action::Complete { task, outcome, reason: None, lacking: vec![], began: None };
    let refused = |bench: &mut Bench, action: Action, code: &str| {
        let before = bench.case.clone();
        let rejection = bench.act("somebody", action).expect_err(code);
        assert_eq!(rejection.code, code, "{}", rejection.message.en);
        assert_eq!(bench.case, before);
    };
    refused(&mut bench, complete(0, Outcome::Accepted), "R-CASE-001");
    bench.submit(&["plan"]).expect("submitted");
    let intake = bench.task("intake").expect("open");
    for (action, code) in [
        (complete(intake, Outcome::Granted), "R-TASK-003"),
        (complete(99, Outcome::Accepted), "R-TASK-001"),
        (Action::Fail { task: intake, error: "x".into() }, "R-TASK-002"),
        (Action::Fire { timer: 99 }, "R-TIMER-001"),
        (Action::Message { name: "report".into() }, "R-MESSAGE-001"),
        (Action::Supply { materials: vec![] }, "R-SUPPLY-001"),
        (Action::Retry { task: intake }, "R-TASK-007"),
        (Action::Withdraw { reason: "".into() }, "R-TASK-004"),
        (complete(intake, Outcome::Supplement), "R-INTAKE-004"),
    ] {
        refused(&mut bench, action, code);
    }
    bench.act("applicant", Action::Withdraw { reason: "不办了".into() }).expect("withdrawn");
    assert_eq!(bench.case.status, Status::Withdrawn);
    refused(&mut bench, complete(intake, Outcome::Accepted), "R-CASE-002");
}

#[test]
fn after_a_decision_an_application_cannot_be_withdrawn() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    bench.complete("chief", "decide", Outcome::Granted).expect("granted");
    let late = bench.act("applicant", Action::Withdraw { reason: "不办了".into() }).expect_err("decided");
    assert_eq!(late.code, "R-CASE-005");
}

#[test]
fn everything_wrong_with_a_form_is_said_at_once() {
    let mut bench = window();
    let mut submission = crate::support::submission(&["plan"]);
    submission.form =
        serde_json::from_value(serde_json::json!({"yes": "maybe", "kind": "c", "area": 1e9, "colour": "red"}))
            .expect("a form");
    submission.materials = vec!["plan".into(), "plan".into(), "extract".into(), "lease".into()];
    submission.applicant = "".into();
    let refused = bench.act("applicant", Action::Submit(Box::new(submission))).expect_err("wrong");
    let mut at: Vec<&str> = refused.problems.iter().map(|problem| problem.at.as_str()).collect();
    at.sort_unstable();
    assert_eq!(
        at,
        [
            "applicant",
            "form.area",
            "form.colour",
            "form.kind",
            "form.yes",
            "materials.extract",
            "materials.lease",
            "materials.plan"
        ]
    );
}

#[test]
fn a_service_is_tried_again_later_each_time_then_the_applicant_is_asked() {
    let mut bench = Bench::new(workflow(&["start > service", "service > intake", "intake > end"]));
    bench.submit(&["plan"]).expect("submitted");
    let task = bench.task("service").expect("open");
    let mut waits = Vec::new();
    for _ in 0..3 {
        let now = bench.now;
        for (event, _) in bench.act("machine", Action::Fail { task, error: "no answer".into() }).expect("noted") {
            if let Event::Failed { retry_at, .. } = event {
                waits.push(retry_at.map(|at| at - now));
            }
        }
        bench.now += MINUTE;
    }
    assert_eq!(waits, [Some(10_000), Some(15_000), None]);
    assert_eq!(bench.open(), ["intake"]);
    assert_eq!(bench.case.missing(), [Arc::from("extract")]);
}

#[test]
fn a_service_that_must_not_be_skipped_ends_in_an_incident_that_a_person_mends() {
    let edges = ["start > intake", "intake > stubborn", "stubborn > end"];
    for resolve in [false, true] {
        let mut bench = Bench::new(workflow(&edges));
        bench.submit(&["plan"]).expect("submitted");
        bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
        let task = bench.task("stubborn").expect("open");
        for _ in 0..3 {
            bench.act("machine", Action::Fail { task, error: "no answer".into() }).expect("noted");
        }
        assert!(bench.case.task(task).is_some_and(|task| task.incident.is_some()));
        let complete = Action::Complete { task, outcome: Outcome::Done, reason: None, lacking: vec![], began: None };
        assert_eq!(bench.act("machine", complete.clone()).expect_err("an incident is open").code, "R-TASK-005");
        if resolve {
            bench.act("chief", Action::Resolve { task, reason: "电话核实".into() }).expect("done by hand");
        } else {
            bench.act("chief", Action::Retry { task }).expect("sent again");
            bench.act("machine", complete).expect("done");
        }
        assert_eq!(bench.case.status, Status::Completed);
    }
}

#[test]
fn a_parallel_split_opens_all_and_its_join_waits_for_all() {
    let mut bench = Bench::new(workflow(&[
        "start > intake",
        "intake > parallel_split",
        "parallel_split > review1",
        "parallel_split > review2",
        "parallel_split > review3",
        "review1 > parallel_join",
        "review2 > parallel_join",
        "review3 > parallel_join",
        "parallel_join > decide",
        "decide > end",
    ]));
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    assert_eq!(bench.open(), ["review1", "review2", "review3"]);
    for (step, left) in [("review2", 2), ("review1", 1), ("review3", 1)] {
        bench.complete("reviewer", step, Outcome::Passed).expect("passed");
        assert_eq!(bench.open().len(), left, "{step}");
    }
    assert_eq!(bench.open(), ["decide"]);
}

#[test]
fn an_inclusive_join_waits_for_the_ways_that_were_taken_and_no_others() {
    let edges = [
        "start > intake",
        "intake > inclusive_split",
        "inclusive_split > review1 if form.yes",
        "inclusive_split > review2 if form.area > 10",
        "inclusive_split > review3 else",
        "review1 > inclusive_join",
        "review2 > inclusive_join",
        "review3 > inclusive_join",
        "inclusive_join > decide",
        "decide > end",
    ];
    for (materials, opened) in [(vec!["plan"], vec!["review2"]), (vec!["plan", "lease"], vec!["review1", "review2"])] {
        let mut bench = Bench::new(workflow(&edges));
        bench.submit(&materials).expect("submitted");
        bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
        assert_eq!(bench.open(), opened);
        for (index, step) in opened.iter().enumerate() {
            assert!(index == 0 || bench.task("decide").is_none());
            bench.complete("reviewer", step, Outcome::Passed).expect("passed");
        }
        assert_eq!(bench.open(), ["decide"]);
    }
}

#[test]
fn a_wait_on_a_legal_ground_stops_the_clock_until_the_message_comes() {
    let mut bench = Bench::new(workflow(&["start > intake", "intake > wait", "wait > decide", "decide > end"]));
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    assert!(bench.case.parts[0].ledger.is_stopped());
    bench.now += 60 * MINUTE;
    bench.act("laboratory", Action::Message { name: "report".into() }).expect("received");
    assert!(!bench.case.parts[0].ledger.is_stopped());
    assert_eq!(bench.open(), ["decide"]);
}

#[test]
fn a_definition_changed_under_a_case_is_noticed() {
    let mut bench = window();
    bench.submit(&["plan"]).expect("submitted");
    bench.workflow = workflow(&["start > intake", "intake > end"]);
    let refused = bench.act("applicant", Action::Withdraw { reason: "不办了".into() }).expect_err("another definition");
    assert_eq!(refused.code, "R-CASE-003");
}

#[test]
fn a_review_comes_to_what_its_author_declared() {
    let mut bench = Bench::new(workflow(&[
        "start > exclusive_join",
        "exclusive_join > sorting",
        "sorting > exclusive_split",
        "exclusive_split > review if outcome.sorting == 'forward'",
        "exclusive_split > exclusive_join if outcome.sorting == 'send_back'",
        "exclusive_split > end1 else",
        "review > end2",
    ]));
    bench.submit(&["plan"]).expect("a good application");
    let complete = |bench: &mut Bench, word: &str, reason: Option<&str>| {
        let outcome = Outcome::of(word).expect("a word");
        let task = bench.task("sorting").expect("open");
        let action = Action::Complete { task, outcome, reason: reason.map(Into::into), lacking: vec![], began: None };
        bench.act("clerk", action).map(|events| serde_json::to_value(&events[0].0).expect("JSON")["outcome"].clone())
    };
    for (word, reason, code) in [
        ("passed", None, "R-TASK-003"),
        ("onward", None, "R-TASK-003"),
        ("send_back", None, "R-TASK-004"),
        ("send_back", Some("  "), "R-TASK-004"),
        ("granted", Some("x"), "R-TASK-003"),
        ("accepted", None, "R-TASK-003"),
    ] {
        let refused = complete(&mut bench, word, reason).expect_err(word);
        assert_eq!(refused.code, code, "{word}: {refused:?}");
    }
    assert_eq!(complete(&mut bench, "send_back", Some("材料有误")).expect("with reasons"), "send_back");
    assert_eq!(bench.open(), ["sorting"]);
    assert_eq!(complete(&mut bench, "forward", None).expect("needs none"), "forward");
    assert_eq!(bench.open(), ["review"]);
    bench.complete("reviewer", "review", Outcome::Passed).expect("passed");
    assert!(bench.case.status.is_closed());
}

#[test]
fn a_review_may_have_one_outcome_only() {
    let mut nodes: Vec<serde_json::Value> = ["start", "sorting", "end"].map(node).into();
    nodes[1]["outcomes"].as_array_mut().expect("a list").truncate(1);
    let json = matter(&nodes, &["start > sorting".to_owned(), "sorting > end".to_owned()]);
    let mut checked = checked(&[("m.json", &json)]);
    let mut bench = Bench::new(checked.workflows.remove("m").expect("a good matter"));
    bench.submit(&["plan"]).expect("a good application");
    assert_eq!(bench.complete("clerk", "sorting", Outcome::Failed).expect_err("not declared").code, "R-TASK-003");
    bench.complete("clerk", "sorting", Outcome::of("forward").expect("a word")).expect("declared");
    assert!(bench.case.status.is_closed());
}

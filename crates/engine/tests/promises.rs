//! What a promise covers, and from when a limit counts.

use onething_engine::case::Outcome;
use onething_engine::clock::{Light, Limit, LineKind, why};
use onething_engine::command::Action;
use serde_json::{Value as Json, json};

use crate::support::{Bench, MINUTE, MONDAY_NINE, checked, matter, node, package};

#[test]
fn a_promise_for_each_matter_counts_on_the_matters_clocks_alone() {
    let nodes: Vec<Json> = ["start", "intake", "deliver", "end"].map(node).into();
    let edges = ["start > intake", "intake > run", "run > deliver", "deliver > end"].map(str::to_owned);
    let two_days = json!({"n": 2, "unit": "working_day"});
    let run = json!({"type": "matter", "id": "run", "matter": "m", "promised": two_days});
    let steps: Vec<Json> = ["start", "intake", "review", "end"].map(node).into();
    let inner = ["start > intake", "intake > review", "review > end"].map(str::to_owned);
    let mut package = package(&[nodes, vec![run]].concat(), &edges);
    package["promise"]["scope"] = json!("each_matter");
    let mut checked = checked(&[("m.json", &matter(&steps, &inner)), ("p.json", &package)]);
    assert!(checked.is_good(), "{:#?}", checked.diagnostics);
    let mut bench = Bench::new(checked.workflows.remove("p").expect("the package"));
    assert_eq!(bench.workflow.plan(0).promised, None, "the package as a whole has no promise to break");
    assert_eq!(bench.workflow.plan(1).promised, Some(Limit::working_days(2.0)), "what the package promises for it");
    bench.submit(&["plan"]).expect("submitted");
    bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
    while bench.case.light() != Light::Red {
        let timer = bench.case.timers.iter().min_by_key(|timer| timer.due).copied().expect("a light changes");
        bench.now = timer.due;
        bench.act("clock", Action::Fire { timer: timer.id }).expect("due");
    }
    assert_eq!(bench.calendar.date_of(bench.now).to_string(), "2026-04-15", "red when the second working day closes");
    assert_eq!(bench.case.parts.iter().map(|part| part.light).collect::<Vec<_>>(), [Light::Green, Light::Red]);
    let ledger = &bench.case.parts[0].ledger;
    let told = why(ledger, None, bench.workflow.plan(0).promised, &bench.calendar, bench.now);
    assert!(told.iter().all(|line| line.kind != LineKind::Due), "{told:?}");
}

#[test]
fn a_limit_from_receipt_counts_the_time_before_acceptance() {
    let steps: Vec<Json> = ["start", "intake", "review", "end"].map(node).into();
    let edges = ["start > intake", "intake > review", "review > end"].map(str::to_owned);
    for (at, started) in [("receipt", MONDAY_NINE), ("acceptance", MONDAY_NINE + 90 * MINUTE)] {
        let mut matter = matter(&steps, &edges);
        matter["limits"]["starts"] = json!({"at": at});
        let mut bench = Bench::new(checked(&[("m.json", &matter)]).workflows.remove("m").expect("the matter"));
        bench.submit(&["plan"]).expect("submitted");
        assert_eq!(bench.case.parts[0].ledger.started_at(), None, "nothing runs before it is accepted");
        bench.now += 90 * MINUTE;
        bench.complete("clerk", "intake", Outcome::Accepted).expect("accepted");
        assert_eq!(bench.case.parts[0].ledger.started_at(), Some(started), "{at}");
    }
}

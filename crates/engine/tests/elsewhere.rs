//! A case that two centres handle: received and delivered at one, accepted and decided at the other.

use std::sync::Arc;

use onething_engine::apply;
use onething_engine::case::{Case, Outcome, Status};
use onething_engine::command::Action;
use onething_engine::elsewhere::Transfer;
use onething_engine::event::Event;

use crate::support::{Bench, submission, workflow};

const HERE: &str = "beijing";
const THERE: &str = "fuzhou";
const MINUTE: i64 = 60_000;

/// Both centres, and what is on its way between them.
struct Pair {
    here: Bench,
    there: Bench,
    /// To the deciding centre, and to the receiving one.
    out: Vec<Transfer>,
    back: Vec<Transfer>,
}

impl Pair {
    fn with(edges: &[&str], materials: &[&str]) -> Self {
        let mut pair = Self {
            here: Bench::new(workflow(edges)),
            there: Bench::new(workflow(edges)),
            out: Vec::new(),
            back: Vec::new(),
        };
        let submission = Box::new(submission(materials));
        pair.here("applicant", Action::Entrust { submission, to: THERE.into() });
        pair
    }

    /// A matter with a window, a decision and a delivery.
    fn new(materials: &[&str]) -> Self {
        Self::with(
            &[
                "start > exclusive_in",
                "exclusive_in > intake",
                "intake > exclusive",
                "exclusive > decide if outcome.intake == 'accepted'",
                "exclusive > collect if outcome.intake == 'supplement'",
                "exclusive > end_away else",
                "collect > exclusive_late",
                "exclusive_late > exclusive_in if outcome.collect == 'supplied'",
                "exclusive_late > end_late else",
                "decide > exclusive_out",
                "exclusive_out > issue if outcome.decide == 'granted'",
                "exclusive_out > end_refused else",
                "issue > deliver",
                "deliver > end",
            ],
            materials,
        )
    }

    fn here(&mut self, by: &str, action: Action) {
        self.here.act(by, action).expect("done here");
        self.out.append(&mut self.here.told);
    }

    fn there(&mut self, by: &str, action: Action) {
        self.there.act(by, action).expect("done there");
        self.back.append(&mut self.there.told);
    }

    fn complete_here(&mut self, step: &str, outcome: Outcome) {
        self.here.complete("clerk", step, outcome).expect("completed here");
        self.out.append(&mut self.here.told);
    }

    fn complete_there(&mut self, by: &str, step: &str, outcome: Outcome) {
        self.there.complete(by, step, outcome).expect("completed there");
        self.back.append(&mut self.there.told);
    }

    /// Everything on its way arrives.
    fn carry(&mut self) {
        while !(self.out.is_empty() && self.back.is_empty()) {
            self.here.now += MINUTE;
            self.there.now = self.here.now;
            for transfer in std::mem::take(&mut self.out) {
                let number = Arc::from("beijing-C-1");
                self.there(HERE, transfer.action(&HERE.into(), &number));
            }
            for transfer in std::mem::take(&mut self.back) {
                // One that comes again changes nothing.
                let action = transfer.action(&THERE.into(), &"C-1".into());
                self.here(THERE, action.clone());
                if !self.here.case.status.is_closed() {
                    let again = self.here.act(THERE, action).expect_err("known already");
                    assert_eq!(again.code, "R-ELSEWHERE-005");
                }
            }
        }
    }

    fn statuses(&self) -> (Status, Status) {
        (self.here.case.status, self.there.case.status)
    }

    /// Both cases are what their histories say, and both are over in the same way.
    fn over(&self, status: Status) {
        assert_eq!(self.statuses(), (status, status));
        for bench in [&self.here, &self.there] {
            let mut rebuilt = Case::default();
            bench.history.iter().for_each(|(event, at)| apply(&mut rebuilt, event, *at));
            assert_eq!(rebuilt, bench.case);
            assert!(bench.case.tasks.is_empty() && bench.case.timers.is_empty());
        }
    }
}

#[test]
fn received_here_decided_there_delivered_here() {
    let mut pair = Pair::new(&["plan"]);
    assert_eq!(pair.here.open(), ["intake"]);
    assert!(pair.here.case.timers.is_empty(), "no clock runs where nothing is decided");
    pair.complete_here("intake", Outcome::Accepted);
    pair.carry();
    assert_eq!(pair.statuses(), (Status::Received, Status::Received));
    let origin = pair.there.case.origin().expect("an origin");
    assert_eq!((&*origin.centre, &*origin.number, origin.at), (HERE, "C-1", pair.here.case.received_at));
    assert_eq!(&*pair.there.case.application.number, "beijing-C-1");
    assert_eq!(pair.there.case.application.form, pair.here.case.application.form);

    pair.complete_there("window", "intake", Outcome::Accepted);
    pair.carry();
    assert_eq!(pair.statuses(), (Status::Accepted, Status::Accepted));
    assert_eq!(pair.here.case.accepted, pair.there.case.accepted);
    assert!(pair.here.case.tasks.is_empty());
    pair.complete_there("chief", "decide", Outcome::Granted);
    pair.complete_there("seal", "issue", Outcome::Issued);
    pair.carry();
    assert_eq!(pair.here.case.results.get("licence").map(|it| &*it.number), Some("beijing-C-1-licence"));
    assert_eq!((pair.here.open(), pair.there.open()), (vec!["deliver".into()], vec!["deliver".into()]));
    assert_eq!(pair.there.case.tasks[0].queue, None, "nobody hands it out where it was decided");
    pair.complete_here("deliver", Outcome::Delivered);
    assert_eq!(pair.here.case.status, Status::Accepted);
    pair.carry();
    pair.over(Status::Granted);
    let by = pair.there.history.iter().find_map(|(event, _)| match event {
        Event::TaskClosed { outcome: Outcome::Delivered, by, .. } => Some(by.clone()),
        _ => None,
    });
    assert_eq!(by.as_deref(), Some("clerk"));
}

#[test]
fn reasons_come_back() {
    for (step, outcome, status) in
        [("decide", Outcome::Refused, Status::Refused), ("intake", Outcome::NotAccepted, Status::NotAccepted)]
    {
        let mut pair = Pair::new(&["plan"]);
        pair.complete_here("intake", Outcome::Accepted);
        pair.carry();
        if step == "decide" {
            pair.complete_there("window", "intake", Outcome::Accepted);
        }
        pair.complete_there("chief", step, outcome);
        pair.carry();
        pair.over(status);
        let last = pair.here.history.last().map(|(event, _)| event.clone());
        assert_eq!(last, Some(Event::Closed { status, reason: Some("不符合条件".into()) }));
    }
}

/// The deciding centre says once what is missing; the applicant hands it in where they live.
#[test]
fn what_is_missing_is_supplied_where_it_was_received() {
    let mut pair = Pair::new(&[]);
    pair.complete_here("intake", Outcome::Accepted);
    pair.carry();
    let early = pair.here.act("applicant", Action::Supply { materials: vec!["lease".into()] });
    assert_eq!(early.expect_err("nobody asked").code, "R-SUPPLY-001");
    pair.complete_there("window", "intake", Outcome::Supplement);
    pair.carry();
    assert_eq!(pair.statuses(), (Status::AwaitingSupplement, Status::AwaitingSupplement));
    assert_eq!(pair.here.case.missing(), ["plan".into()]);
    pair.here("applicant", Action::Supply { materials: vec!["plan".into()] });
    pair.carry();
    assert_eq!(pair.there.open(), ["intake"]);
    pair.complete_there("window", "intake", Outcome::Accepted);
    pair.carry();
    assert_eq!(pair.statuses(), (Status::Accepted, Status::Accepted));
}

#[test]
fn a_withdrawal_is_answered_where_it_is_decided() {
    let withdraw = || Action::Withdraw { reason: "不办了".into() };
    let mut pair = Pair::new(&["plan"]);
    pair.here("applicant", withdraw());
    assert!(pair.out.is_empty(), "nothing was handed over");
    assert_eq!(pair.here.case.status, Status::Withdrawn);

    let mut pair = Pair::new(&["plan"]);
    pair.complete_here("intake", Outcome::Accepted);
    pair.here("applicant", withdraw());
    assert_eq!(pair.here.act("applicant", withdraw()).expect_err("once").code, "R-ELSEWHERE-006");
    pair.carry();
    pair.over(Status::Withdrawn);

    let mut pair = Pair::new(&["plan"]);
    pair.complete_here("intake", Outcome::Accepted);
    pair.carry();
    pair.complete_there("window", "intake", Outcome::Accepted);
    pair.complete_there("chief", "decide", Outcome::Granted);
    pair.carry();
    pair.here("applicant", withdraw());
    let Some(Transfer::Withdraw { reason }) = pair.out.pop() else { panic!("a withdrawal") };
    let late = pair.there.act(HERE, Action::Withdraw { reason }).expect_err("decided already");
    pair.here(THERE, Action::Declined { reason: late.message.zh.into() });
    assert_eq!(pair.here.case.status, Status::Accepted, "it goes on");
    pair.here("applicant", withdraw());
}

#[test]
fn an_application_the_other_centre_cannot_take_comes_back_with_the_reason() {
    let mut pair = Pair::new(&["plan"]);
    pair.complete_here("intake", Outcome::Accepted);
    pair.here(THERE, Action::Declined { reason: "没有这个事项".into() });
    assert_eq!(pair.here.case.status, Status::Returned);
}

#[test]
fn without_a_window_and_a_delivery_the_application_only_passes_through() {
    let mut pair = Pair::with(&["start > decide", "decide > issue", "issue > end"], &["plan"]);
    assert_eq!(pair.here.open(), Vec::<String>::new());
    pair.carry();
    pair.complete_there("chief", "decide", Outcome::Granted);
    pair.complete_there("seal", "issue", Outcome::Issued);
    pair.carry();
    pair.over(Status::Granted);
}

#[test]
fn the_receiving_centre_decides_nothing() {
    let mut pair = Pair::new(&["plan"]);
    let task = pair.here.task("intake").expect("at the window");
    let complete = |outcome| Action::Complete {
        task,
        outcome,
        reason: Some("不属于职权范围".into()),
        lacking: vec![],
        began: None,
    };
    for (action, code) in [
        (complete(Outcome::NotAccepted), "R-ELSEWHERE-004"),
        (complete(Outcome::Supplement), "R-ELSEWHERE-004"),
        (Action::Message { name: "m".into() }, "R-ELSEWHERE-002"),
        (Action::Delivered { by: "x".into() }, "R-ELSEWHERE-002"),
    ] {
        assert_eq!(pair.here.act("clerk", action).expect_err("not here").code, code);
    }
    let long = "x".repeat(61);
    for to in ["", " ", "福\u{7}州", &long] {
        let action = Action::Entrust { submission: Box::new(submission(&["plan"])), to: to.into() };
        let mut bench = Bench::new(workflow(&["start > decide", "decide > issue", "issue > end"]));
        assert_eq!(bench.act("a", action).expect_err("no centre").code, "R-ELSEWHERE-001");
    }
    let mut own = Bench::new(workflow(&["start > decide", "decide > issue", "issue > end"]));
    own.submit(&["plan"]).expect("submitted");
    let foreign = own.act("x", Action::Declined { reason: "x".into() }).expect_err("decided here");
    assert_eq!(foreign.code, "R-ELSEWHERE-007");
    assert_eq!(own.act("x", Action::Delivered { by: "x".into() }).expect_err("nothing waits").code, "R-ELSEWHERE-003");
}

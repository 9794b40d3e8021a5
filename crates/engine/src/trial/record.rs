//! Writing down what happens, so that an author does not begin with an empty page. It records; it does not judge.

use super::compare;
use super::facts::{ClockFacts, Facts, Term, facts};
use super::file::{ClockExpected, Expected, Handed, Notices, Rejected, StopExpected, TestCase, TestFile, TestFileKind};
use super::moment::When;
use super::run::run;
use super::steps;
use crate::calendar::Calendar;
use crate::definition::{FormatVersion, Node};
use crate::text::Title;
use crate::workflow::Workflow;

/// A test file with one case: this application, and everything that comes of it when all goes well.
#[must_use]
pub fn record(workflow: &Workflow, calendar: &Calendar, application: Handed) -> TestFile {
    let mut file = TestFile {
        schema: "../schema/tests.schema.json".to_owned(),
        format: FormatVersion::V1,
        kind: TestFileKind::Tests,
        id: workflow.id().to_string(),
        note: Some(
            "由 onething test --record 记录：期望照抄了实际发生的事，没有经过判断。请逐条核对，日期按规则手算。 Recorded by onething test --record: the expectations are what happened, not what should. Go through each, and work the dates out by hand."
                .to_owned(),
        ),
        calendar: calendar.id().to_string(),
        application,
        cases: Vec::new(),
    };
    let mut case = TestCase {
        title: Title::new("一切顺利", "All goes well"),
        note: None,
        received: None,
        answers: Default::default(),
        form: Default::default(),
        blank: Vec::new(),
        without: Vec::new(),
        pace: None,
        script: Vec::new(),
        expect: Expected::default(),
    };
    let run = run(workflow, calendar, &file, &case);
    let facts = facts(workflow, calendar, &run);
    case.expect = match &run.rejected {
        Some(rejected) => Expected {
            rejected: Some(Rejected {
                code: rejected.code.clone(),
                at: rejected.problems.iter().map(|problem| problem.at.clone()).collect(),
            }),
            ..Expected::default()
        },
        None => expected(workflow, &facts),
    };
    debug_assert!(compare::differences(&case.expect, &facts, run.rejected.as_ref()).is_empty());
    file.cases.push(case);
    file
}

fn expected(workflow: &Workflow, facts: &Facts) -> Expected {
    let some = |list: &Vec<String>| Some(list.clone());
    // Gateways and ends say little; what somebody reads or does says what happened.
    let telling = |step: &&String| {
        steps::find(workflow, step)
            .is_some_and(|(_, node)| node.title().is_some() || matches!(node, Node::Matter { .. }))
    };
    let chosen = |id: &String| facts.matters.contains(id);
    Expected {
        rejected: None,
        matters: some(&facts.matters).filter(|matters| !matters.is_empty()),
        requires: some(&facts.requires),
        asks: facts.asks.clone(),
        asks_not: Vec::new(),
        status: Some(facts.status),
        accepted: facts.accepted.map(|at| When::of(Some(at))),
        by_silence: facts.by_silence.then_some(true),
        supplement: some(&facts.supplement).filter(|asked| !asked.is_empty()),
        path: facts.path.iter().filter(telling).cloned().collect(),
        never: Vec::new(),
        notices: Some(Notices { applicant: some(&facts.to_applicant), department: some(&facts.to_department) }),
        results: some(&facts.results),
        outcomes: facts.outcomes.iter().filter(|(id, _)| chosen(id)).map(|(id, it)| (id.clone(), *it)).collect(),
        clocks: facts
            .clocks
            .iter()
            .filter(|(id, _)| chosen(id) || **id == **workflow.id())
            .map(|(id, facts)| (id.clone(), clock(facts)))
            .collect(),
        closed: facts.closed.map(|at| When::of(Some(at))),
        open: some(&facts.open).filter(|open| !open.is_empty()),
        incidents: some(&facts.incidents).filter(|incidents| !incidents.is_empty()),
    }
}

fn clock(facts: &ClockFacts) -> ClockExpected {
    let term = |term: Term| match term {
        Term::None => None,
        Term::At(at) => Some(When::of(Some(at))),
        Term::Unpublished => Some(When::Unpublished),
    };
    ClockExpected {
        starts: facts.starts.map(|at| When::of(Some(at))),
        ends: facts.ends.map(|at| When::of(Some(at))),
        promised: term(facts.promised),
        statutory: term(facts.statutory),
        lights: Some(facts.lights.clone()),
        stops: Some(facts.stops.iter().map(StopExpected::of).collect()).filter(|stops: &Vec<_>| !stops.is_empty()),
    }
}

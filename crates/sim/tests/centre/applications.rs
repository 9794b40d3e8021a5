//! Drawn applications are complete: whatever is drawn for whatever package, it is received.

use std::collections::BTreeMap;

use onething_engine::case::Case;
use onething_engine::command::{Action, Command, Submission};
use onething_engine::decide;
use onething_engine::definition::ClockStart;
use onething_sim::applications::{draw, forget_one};
use onething_sim::chance::Source;

use crate::support::known;

#[test]
fn every_drawn_application_is_received() {
    let known = known();
    let calendar = &known.calendars["cn"];
    for (id, workflow) in &known.workflows {
        let seasonal = workflow.plans().iter().find_map(|plan| match &plan.starts {
            ClockStart::PeriodEnd { periods } => periods.first(),
            _ => None,
        });
        let day = seasonal.map_or("2026-04-13".parse().unwrap(), |period| period.from);
        let now = calendar.next_opening(calendar.start_of_day(day)).unwrap();
        let source = Source::new(2026, &["drawn", id]);
        for number in 0..500 {
            let chance = &mut source.of(number);
            let mut application = draw(workflow, &BTreeMap::new(), 2, chance);
            if number % 2 == 1 {
                forget_one(&mut application, 1.0, chance);
            }
            let submission = Submission { number: "1".into(), ..application };
            let command = Command { id: "1".into(), by: "1".into(), action: Action::Submit(submission.into()) };
            let decided = decide(workflow, calendar, &Case::default(), &command, now);
            let decision = decided.unwrap_or_else(|why| panic!("{id}, number {number}: {:#?}", why.problems));
            assert!(number % 2 == 1 || decision.case.missing().is_empty(), "{id}, number {number}");
        }
    }
}

//! Who applies for what and when. All of it is drawn from the seed, so it is the same after a restart. Illustrative.

use std::sync::Arc;

use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::command::Submission;
use onething_engine::definition::Node;
use onething_sim::applications::{draw, forget_one};
use onething_sim::chance::Source;
use onething_sim::signs::Signs;
use onething_worker::Centre;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::setting::uncovered;
use crate::exit::Failure;

/// Days over which the applications come.
pub(super) const DAYS: u32 = 4;
/// Share of applications that lack a material.
const INCOMPLETE: f64 = 0.12;
/// Share of applicants who come in person, with a ticket; the others hand in from home. Illustrative.
const IN_PERSON: f64 = 0.4;
/// Questions about what seldom happens, and the share answered yes.
const SELDOM: [&str; 3] = ["sealed_or_disputed", "multiple_birth", "multi_place_insured"];
const SELDOM_YES: f64 = 0.05;

const SURNAMES: [&str; 16] =
    ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭"];
const NAMES: [&str; 16] =
    ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明"];

/// One application to come.
pub(crate) struct Arrival {
    /// When.
    pub(crate) at: Millis,
    /// The case's number.
    pub(crate) number: String,
    /// Which of the packages.
    pub(crate) package: usize,
    /// Whether they come themselves.
    in_person: bool,
}

/// All applicants.
pub(crate) struct Population {
    seed: u64,
    pub(crate) packages: Vec<(Arc<Workflow>, u32)>,
    pub(crate) arrivals: Vec<Arrival>,
}

impl Population {
    /// Draws who comes and when.
    pub(crate) fn new(
        seed: u64,
        cases: u32,
        packages: Vec<(Arc<Workflow>, u32)>,
        centre: &Centre,
    ) -> Result<Self, Failure> {
        let calendar = centre.calendar();
        let mut opens = super::setting::opens();
        let mut days = Vec::new();
        for _ in 0..DAYS {
            let date = calendar.date_of(opens);
            days.push((opens, calendar.business_millis_of_day(date)));
            let next = calendar.next_working_day(date).map_err(uncovered)?;
            opens = calendar.next_opening(calendar.start_of_day(next)).map_err(uncovered)?;
        }
        let shares: u32 = packages.iter().map(|(_, share)| share).sum();
        let mut arrivals = Vec::new();
        for nth in 1..=cases {
            let rng = &mut Source::new(seed, &["arrival", &nth.to_string()]).stream();
            let mut ticket = rng.random_range(0..shares.max(1));
            let package = packages.iter().position(|(_, share)| {
                let mine = ticket < *share;
                ticket = ticket.saturating_sub(*share);
                mine
            });
            let (opens, open_ms) = days.choose(rng).copied().unwrap_or((opens, 0));
            // Most come in the morning: the mean of two draws, pulled forward; nobody in the last quarter of an hour.
            let share = f64::min(rng.random::<f64>(), rng.random::<f64>()) * 0.95;
            let at = calendar.after_business_millis(opens, (open_ms as f64 * share) as Millis).map_err(uncovered)?;
            let in_person = rng.random_bool(IN_PERSON);
            arrivals.push(Arrival { at, number: format!("A{nth:05}"), package: package.unwrap_or(0), in_person });
        }
        Ok(Self { seed, packages, arrivals })
    }

    /// Which applicant a case is of.
    pub(super) fn nth(&self, case: &str) -> Option<usize> {
        case.strip_prefix('A')?.parse::<usize>().ok()?.checked_sub(1)
    }

    /// The queue in which the nth applicant waits with a ticket; none for those who do it from home.
    pub(super) fn comes_to(&self, nth: usize) -> Option<String> {
        let arrival = self.arrivals.get(nth).filter(|it| it.in_person)?;
        let plan = self.packages[arrival.package].0.plan(0);
        let mut steps = plan.graph.steps().filter(|(_, step)| matches!(step.node, Node::Intake { .. }));
        steps.find_map(|(_, step)| step.queue.as_deref().map(str::to_owned))
    }

    /// What the nth applicant hands in.
    pub(crate) fn submission(&self, nth: usize) -> (Arc<Workflow>, Submission) {
        let arrival = &self.arrivals[nth];
        let workflow = self.packages[arrival.package].0.clone();
        let rng = &mut Source::new(self.seed, &["application", &arrival.number]).stream();
        let seldom = SELDOM.map(|id| (id.to_owned(), rng.random_bool(SELDOM_YES).to_string()));
        let mut submission = draw(&workflow, &seldom.into(), onething_engine::command::ordinary(), rng);
        forget_one(&mut submission, INCOMPLETE, rng);
        let surname = SURNAMES.choose(rng).copied().unwrap_or("王");
        let name = NAMES.choose(rng).copied().unwrap_or("伟");
        submission.number = arrival.number.as_str().into();
        submission.applicant = format!("{surname}{name}").into();
        (workflow, submission)
    }

    /// What people call the queues.
    pub(crate) fn signs(&self) -> Signs {
        Signs::of(self.packages.iter().map(|(workflow, _)| &**workflow))
    }

    /// A stream of its own for what an applicant does later.
    pub(crate) fn later(&self, errand: &str) -> impl Rng + use<> {
        Source::new(self.seed, &["errand", errand]).stream()
    }
}

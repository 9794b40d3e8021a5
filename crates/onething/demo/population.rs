//! Who applies for what and when. All of it is drawn from the seed, so it is the same after a restart. Illustrative.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::command::Submission;
use onething_engine::definition::{Field, FieldType, QuestionType};
use onething_engine::{Value, Workflow};
use onething_worker::{Centre, stream};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::setting::uncovered;
use crate::exit::Failure;

/// Days over which the applications come.
pub(super) const DAYS: u32 = 4;
/// Share of applications that lack a material.
const INCOMPLETE: f64 = 0.12;
/// Share of yes-or-no questions answered yes.
const YES: f64 = 0.5;
/// Questions about what seldom happens, and the share answered yes.
const SELDOM: [&str; 3] = ["sealed_or_disputed", "multiple_birth", "multi_place_insured"];
const SELDOM_YES: f64 = 0.05;
/// Rounds of filling the form: a field may be asked because of another; real forms need two.
const ROUNDS_MAX: u32 = 8;

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
            let rng = &mut stream(seed, &["arrival", &nth.to_string()]);
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
            arrivals.push(Arrival { at, number: format!("A{nth:05}"), package: package.unwrap_or(0) });
        }
        Ok(Self { seed, packages, arrivals })
    }

    /// What the nth applicant hands in.
    pub(crate) fn submission(&self, nth: usize) -> (Arc<Workflow>, Submission) {
        let arrival = &self.arrivals[nth];
        let workflow = self.packages[arrival.package].0.clone();
        let rng = &mut stream(self.seed, &["application", &arrival.number]);
        let mut answers = BTreeMap::new();
        for question in workflow.questions() {
            let value = match question.kind {
                QuestionType::Boolean => {
                    let seldom = SELDOM.contains(&question.id.as_str());
                    Value::Bool(rng.random_bool(if seldom { SELDOM_YES } else { YES }))
                }
                QuestionType::Choice => {
                    let choice = question.choices.choose(rng).map(|choice| choice.id.clone());
                    Value::Text(choice.unwrap_or_default())
                }
            };
            answers.insert(question.id.clone(), value);
        }
        let form = fill(&workflow, &answers, rng);
        let full = workflow.filled(&answers, &form);
        let chosen = workflow.chosen(&answers, &full);
        let mut materials: Vec<Arc<str>> = workflow
            .needed(&chosen, &answers, &full)
            .filter(|plan| workflow.brought(plan, &chosen))
            .map(|plan| plan.material.id.as_str().into())
            .collect();
        if !materials.is_empty() && rng.random_bool(INCOMPLETE) {
            materials.remove(rng.random_range(0..materials.len()));
        }
        let surname = SURNAMES.choose(rng).copied().unwrap_or("王");
        let name = NAMES.choose(rng).copied().unwrap_or("伟");
        let submission = Submission {
            number: arrival.number.as_str().into(),
            applicant: format!("{surname}{name}").into(),
            class: onething_engine::command::ordinary(),
            answers,
            form,
            materials,
        };
        (workflow, submission)
    }

    /// A stream of its own for what an applicant does later.
    pub(crate) fn later(&self, errand: &str) -> impl Rng + use<> {
        stream(self.seed, &["errand", errand])
    }
}

/// Fills in what the form asks, again until nothing more is asked.
fn fill(workflow: &Workflow, answers: &BTreeMap<String, Value>, rng: &mut impl Rng) -> BTreeMap<String, Value> {
    let mut drawn: BTreeMap<String, Value> = BTreeMap::new();
    for plan in workflow.fields() {
        drawn.insert(plan.field.id.clone(), value(&plan.field, rng));
    }
    let mut form = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        let full = workflow.filled(answers, &form);
        let chosen = workflow.chosen(answers, &full);
        let asked: BTreeMap<String, Value> = workflow
            .asked(&chosen, answers, &full)
            .filter_map(|plan| drawn.get_key_value(&plan.field.id))
            .map(|(id, value)| (id.clone(), value.clone()))
            .collect();
        if asked == form {
            break;
        }
        form = asked;
    }
    form
}

fn value(field: &Field, rng: &mut impl Rng) -> Value {
    match field.kind {
        FieldType::Boolean => Value::Bool(rng.random_bool(YES)),
        FieldType::Choice => Value::Text(field.choices.choose(rng).map(|choice| choice.id.clone()).unwrap_or_default()),
        FieldType::Date => Value::Text(format!("2026-{:02}-{:02}", rng.random_range(1..=12), rng.random_range(1..=28))),
        FieldType::Text => Value::Text(format!("示例{}{}", field.title.zh, rng.random_range(1..1000))),
        FieldType::Integer | FieldType::Number => {
            let least = field.min.unwrap_or(1.0);
            let most = field.max.unwrap_or(least + 500.0).max(least);
            Value::Number((least + rng.random::<f64>() * (most - least)).floor().max(least))
        }
    }
}

//! What applicants hand in: answers, form and materials, drawn for any package or matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::command::{Dossier, Submission};
use onething_engine::definition::{Field, FieldType, QuestionType};
use onething_engine::{Value, Workflow};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::chance::Source;
use crate::scenario::Arrivals;

/// Different applications for each kind of arrivals: to draw is dearer than to decide, so they are handed out again and
/// again.
const DIFFERENT: u64 = 32;
/// Who hands in whatever was drawn.
pub(crate) const APPLICANT: &str = "申请人";
/// Width of the numbers drawn for a field that has no bound on one side.
const NUMBERS: f64 = 500.0;

/// The applications of those who come for one thing, without numbers.
pub(crate) fn of(arrivals: &Arrivals, workflow: &Workflow, seed: u64) -> Vec<Submission> {
    let chance = Source::new(seed, &["application", &arrivals.name]);
    (0..DIFFERENT).map(|nth| draw(workflow, &arrivals.answers, arrivals.class, &mut chance.of(nth))).collect()
}

/// An application that is handed out again and again: made once, so that the engine examines it once.
pub(crate) struct Handout {
    complete: Submission,
    /// The same without the first material, the second, and so on.
    pub(crate) lacking: Vec<Arc<Dossier>>,
}

impl Handout {
    pub(crate) fn new(complete: Submission) -> Self {
        let without = |nth| {
            let mut dossier = Dossier::clone(&complete);
            dossier.materials.remove(nth);
            Arc::new(dossier)
        };
        Self { lacking: (0..complete.materials.len()).map(without).collect(), complete }
    }

    /// What stands in it.
    pub(crate) fn dossier(&self) -> &Arc<Dossier> {
        &self.complete.dossier
    }

    /// What somebody hands in under a number, who may have forgotten a material.
    pub(crate) fn under(&self, number: Arc<str>, by: &Arc<str>, share: f64, chance: &mut impl Rng) -> Submission {
        let Submission { class, dossier, .. } = &self.complete;
        let dossier = forgotten(self.lacking.len(), share, chance).map_or(dossier, |nth| &self.lacking[nth]);
        Submission { number, applicant: by.clone(), class: *class, dossier: dossier.clone() }
    }
}

/// A complete application without a number. Answers that are not given are drawn evenly.
#[must_use]
pub fn draw(workflow: &Workflow, given: &BTreeMap<String, String>, class: u8, chance: &mut impl Rng) -> Submission {
    let mut answers = BTreeMap::new();
    for question in workflow.questions() {
        let drawn = match question.kind {
            QuestionType::Boolean => Value::Bool(chance.random_bool(0.5)),
            QuestionType::Choice => {
                Value::Text(question.choices.choose(chance).map(|choice| choice.id.clone()).unwrap_or_default())
            }
        };
        let answer = match (given.get(&question.id), question.kind) {
            (Some(word), QuestionType::Boolean) => Value::Bool(word == "true"),
            (Some(word), QuestionType::Choice) => Value::Text(word.clone()),
            (None, _) => drawn,
        };
        answers.insert(question.id.clone(), answer);
    }
    let form = fill(workflow, &answers, chance);
    let full = workflow.filled(&answers, &form);
    let chosen = workflow.chosen(&answers, &full);
    let materials = workflow
        .needed(&chosen, &answers, &full)
        .filter(|plan| workflow.brought(plan, &chosen))
        .map(|plan| plan.material.id.as_str().into())
        .collect();
    let dossier = Dossier { answers: answers.into(), form: form.into(), materials };
    Submission { number: Arc::default(), applicant: APPLICANT.into(), class, dossier: dossier.into() }
}

/// One of so many applicants forgets one of the materials.
pub fn forget_one(submission: &mut Submission, share: f64, chance: &mut impl Rng) {
    if let Some(nth) = forgotten(submission.materials.len(), share, chance) {
        submission.materials.remove(nth);
    }
}

/// Which of so many materials it is, if any.
fn forgotten(materials: usize, share: f64, chance: &mut impl Rng) -> Option<usize> {
    let forgets = chance.random::<f64>() < share && materials > 0;
    let nth = chance.random_range(0..materials.max(1));
    forgets.then_some(nth)
}

/// Fills in what the form asks, again until nothing more is asked: a field may be asked because of another.
fn fill(workflow: &Workflow, answers: &BTreeMap<String, Value>, chance: &mut impl Rng) -> BTreeMap<String, Value> {
    let drawn: BTreeMap<String, Value> =
        workflow.fields().iter().map(|plan| (plan.field.id.clone(), value(&plan.field, chance))).collect();
    let mut form = BTreeMap::new();
    // The longest chain in which each field is asked because of the one before it has all of them.
    for _ in 0..=workflow.fields().len() {
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

fn value(field: &Field, chance: &mut impl Rng) -> Value {
    match field.kind {
        FieldType::Boolean => Value::Bool(chance.random_bool(0.5)),
        FieldType::Choice => {
            Value::Text(field.choices.choose(chance).map(|choice| choice.id.clone()).unwrap_or_default())
        }
        FieldType::Date => Value::Text("2026-06-01".to_owned()),
        FieldType::Text => Value::Text(format!("示例{}", field.title.zh)),
        FieldType::Integer | FieldType::Number => {
            // A whole number wherever one lies within the bounds.
            let below = |most: f64| if most < 1.0 { most - NUMBERS } else { 1.0 };
            let least = field.min.unwrap_or_else(|| field.max.map_or(1.0, below));
            let most = field.max.unwrap_or(least + NUMBERS);
            let drawn = (least + chance.random::<f64>() * (most - least)).floor();
            let whole = drawn.max(least.ceil());
            Value::Number(if whole <= most { whole } else { least })
        }
    }
}

#[cfg(test)]
mod tests {
    use onething_engine::Title;

    use super::*;

    #[test]
    fn numbers_keep_the_bounds_of_their_field() {
        let title = Title { zh: "数".into(), en: "number".into() };
        let (kind, choices) = (FieldType::Number, Vec::new());
        let field = Field { id: "n".into(), title, kind, choices, optional: false, when: None, min: None, max: None };
        for (min, max) in [
            (None, None),
            (None, Some(-7.5)),
            (None, Some(0.0)),
            (Some(0.5), None),
            (Some(0.5), Some(1.5)),
            (Some(0.2), Some(0.8)),
            (Some(3.0), Some(3.0)),
        ] {
            let field = Field { min, max, ..field.clone() };
            for number in 0..200 {
                let Value::Number(n) = value(&field, &mut Source::new(1, &["numbers"]).of(number)) else { panic!() };
                assert!(min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max), "{min:?} {n} {max:?}");
                let has_whole = min.unwrap_or(f64::MIN).ceil() <= max.unwrap_or(f64::MAX).floor();
                assert!(!has_whole || n.fract() == 0.0, "{min:?} {n} {max:?}");
            }
        }
    }
}

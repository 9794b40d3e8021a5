//! What applicants hand in: answers, form and materials, drawn once for a whole scenario and handed out again and
//! again, because to draw is dearer than to decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::command::Submission;
use onething_engine::definition::{Field, FieldType, QuestionType};
use onething_engine::{Value, Workflow};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Rounds of filling the form: a field may be asked because of another; real forms need two.
const ROUNDS_MAX: u32 = 8;

/// A complete application without a number. Answers that are not given are drawn evenly.
pub(super) fn draw(workflow: &Workflow, given: &BTreeMap<String, String>, class: u8, rng: &mut impl Rng) -> Submission {
    let mut answers = BTreeMap::new();
    for question in workflow.questions() {
        let drawn = match question.kind {
            QuestionType::Boolean => Value::Bool(rng.random_bool(0.5)),
            QuestionType::Choice => {
                Value::Text(question.choices.choose(rng).map(|choice| choice.id.clone()).unwrap_or_default())
            }
        };
        let answer = match (given.get(&question.id), question.kind) {
            (Some(word), QuestionType::Boolean) => Value::Bool(word == "true"),
            (Some(word), QuestionType::Choice) => Value::Text(word.clone()),
            (None, _) => drawn,
        };
        answers.insert(question.id.clone(), answer);
    }
    let form = fill(workflow, &answers, rng);
    let full = workflow.filled(&answers, &form);
    let chosen = workflow.chosen(&answers, &full);
    let materials = workflow
        .needed(&chosen, &answers, &full)
        .filter(|plan| workflow.brought(plan, &chosen))
        .map(|plan| plan.material.id.as_str().into())
        .collect();
    Submission { number: Arc::default(), applicant: "申请人".into(), class, answers, form, materials }
}

/// Fills in what the form asks, again until nothing more is asked.
fn fill(workflow: &Workflow, answers: &BTreeMap<String, Value>, rng: &mut impl Rng) -> BTreeMap<String, Value> {
    let drawn: BTreeMap<String, Value> =
        workflow.fields().iter().map(|plan| (plan.field.id.clone(), value(&plan.field, rng))).collect();
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
        FieldType::Boolean => Value::Bool(rng.random_bool(0.5)),
        FieldType::Choice => Value::Text(field.choices.choose(rng).map(|choice| choice.id.clone()).unwrap_or_default()),
        FieldType::Date => Value::Text("2026-06-01".to_owned()),
        FieldType::Text => Value::Text(format!("示例{}", field.title.zh)),
        FieldType::Integer | FieldType::Number => {
            let least = field.min.unwrap_or(1.0);
            let most = field.max.unwrap_or(least + 500.0).max(least);
            Value::Number((least + rng.random::<f64>() * (most - least)).floor().max(least))
        }
    }
}

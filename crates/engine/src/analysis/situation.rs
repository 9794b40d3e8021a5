//! Situations: answers to all of a package's questions.

use std::collections::BTreeMap;

use crate::application::Filled;
use crate::condition::Name;
use crate::definition::{MaterialSource, Question, QuestionType};
use crate::value::Value;
use crate::workflow::{MaterialPlan, Workflow};

/// Most situations looked at one by one; past it, the questions that come last keep their first answer.
pub const SITUATIONS_MAX: usize = 4096;

/// What an applicant answered, and what follows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// An answer to each question.
    pub answers: BTreeMap<String, Value>,
    /// The form as far as questions fill it.
    pub form: BTreeMap<String, Value>,
    /// The parts that the answers choose; 0 is always among them.
    pub chosen: Vec<u8>,
}

impl Situation {
    /// What follows of these answers. Fields that no question answers count as not filled in.
    #[must_use]
    pub fn new(workflow: &Workflow, answers: BTreeMap<String, Value>) -> Self {
        let form = workflow.filled(&answers, &BTreeMap::new());
        let chosen = workflow.chosen(&answers, &form);
        Self { answers, form, chosen }
    }

    /// Every situation in which these answers were given, up to [`SITUATIONS_MAX`]; answers that nothing depends on do
    /// not make another situation.
    #[must_use]
    pub fn all(workflow: &Workflow, given: &BTreeMap<String, Value>) -> Vec<Self> {
        let matter = read_names(workflow);
        let mut all = vec![given.clone()];
        for question in workflow.questions().iter().filter(|question| !given.contains_key(&question.id)) {
            let mut values = values(question);
            if !matter.contains(&question.id) || all.len() * values.len() > SITUATIONS_MAX {
                values.truncate(1);
            }
            let with = |answers: &BTreeMap<String, Value>, value: &Value| {
                let mut answers = answers.clone();
                answers.insert(question.id.clone(), value.clone());
                answers
            };
            all = all
                .iter()
                .flat_map(|known| values.iter().map(|value| with(known, value)).collect::<Vec<_>>())
                .collect();
        }
        all.into_iter().map(|answers| Self::new(workflow, answers)).collect()
    }

    /// The answers and the form, as conditions read them.
    pub(super) fn filled(&self) -> Filled<'_> {
        Filled { answers: &self.answers, form: &self.form }
    }

    /// The materials that the chosen matters need.
    pub fn needed<'a>(&'a self, workflow: &'a Workflow) -> impl Iterator<Item = &'a MaterialPlan> {
        workflow.needed(&self.chosen, &self.answers, &self.form)
    }

    /// Whether the applicant must bring a needed material as a document: it is not fetched, not produced by a chosen
    /// matter, and no signed commitment stands for it.
    #[must_use]
    pub fn is_brought(&self, workflow: &Workflow, plan: &MaterialPlan) -> bool {
        workflow.brought(plan, &self.chosen) && !matches!(plan.material.source, MaterialSource::Commitment { .. })
    }
}

/// The answers a question may get, in file order.
pub(super) fn values(question: &Question) -> Vec<Value> {
    match question.kind {
        QuestionType::Boolean => vec![Value::Bool(false), Value::Bool(true)],
        QuestionType::Choice => question.choices.iter().map(|choice| Value::Text(choice.id.clone())).collect(),
    }
}

/// The ids that some condition about matters, fields or materials reads.
fn read_names(workflow: &Workflow) -> Vec<String> {
    let graph = &workflow.plan(0).graph;
    let ways = (0..graph.edge_count()).filter_map(|edge| graph.way(edge).when.as_ref());
    let fields = workflow.fields().iter().flat_map(|plan| plan.asked_by.iter().filter_map(|(_, when)| when.as_ref()));
    let materials =
        workflow.materials().iter().flat_map(|plan| plan.needed_by.iter().filter_map(|(_, when)| when.as_ref()));
    let names = ways.chain(fields).chain(materials).flat_map(|when| when.names());
    let ids = names.filter_map(|name| match name {
        Name::Form(id) | Name::Answer(id) => Some(id.to_string()),
        Name::Outcome(_) => None,
    });
    ids.collect()
}

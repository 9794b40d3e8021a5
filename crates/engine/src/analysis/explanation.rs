//! A package explained: one form, one list of materials, the critical path with dates, and what is saved.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reductions::{self, Reduction};
use super::schedule::{self, Schedule};
use super::situation::Situation;
use crate::calendar::{Calendar, Millis, Uncovered};
use crate::clock::Limit;
use crate::condition::Condition;
use crate::definition::{Before, Choice, FieldType, FileKind, MaterialSource, Power, QuestionType};
use crate::text::Title;
use crate::value::Value;
use crate::workflow::Workflow;

/// Everything that is explained. Each list is in file order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Id of the package or matter.
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// The department, or the leading one.
    pub department: Title,
    /// The hash of the definition.
    pub hash: String,
    /// The situation that is explained.
    pub questions: Vec<QuestionRow>,
    /// How many situations the given answers leave open.
    pub situations: usize,
    /// The matters.
    pub matters: Vec<MatterRow>,
    /// The merged form: every field once.
    pub form: Vec<FieldRow>,
    /// The merged materials: every one once.
    pub materials: Vec<MaterialRow>,
    /// The critical path with dates.
    pub schedule: Schedule,
    /// The four reductions; nothing for a matter that runs alone.
    pub reductions: Vec<Reduction>,
}

/// A question with the answer that is explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionRow {
    /// Its id.
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
    /// Yes or no, or a choice.
    pub kind: QuestionType,
    /// The choices.
    pub choices: Vec<Choice>,
    /// What the answer changes.
    pub effect: Title,
    /// The answer explained.
    pub answer: Value,
    /// Whether it was given; else it is that of the situation which the published figures describe.
    pub given: bool,
}

/// A matter of the package.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatterRow {
    /// Its number in the package.
    pub part: u8,
    /// Id of its file.
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// Who decides.
    pub department: Title,
    /// The kind of power.
    pub power: Option<Power>,
    /// Whether the situation chooses it.
    pub chosen: bool,
    /// Whether some answers leave it out.
    pub optional: bool,
    /// The legal limit.
    pub statutory: Option<Limit>,
    /// The promised limit.
    pub promised: Option<Limit>,
    /// What it cost the applicant when it was handled alone.
    pub before: Option<Before>,
}

/// Who asks for something, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// The part; 0 is the package itself.
    pub part: u8,
    /// Id of its file.
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// Only when this holds.
    pub when: Option<String>,
}

/// A field of the merged form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldRow {
    /// Its data-element code.
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
    /// The kind of answer.
    pub kind: FieldType,
    /// The choices.
    pub choices: Vec<Choice>,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Who asks it.
    pub asked_by: Vec<Asked>,
    /// Whether a question has answered it already.
    pub answered: bool,
    /// Whether the form asks it in this situation.
    pub asked: bool,
}

/// Where a material comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// The applicant brings it.
    Applicant,
    /// A shared system holds it.
    Shared {
        /// Which.
        system: Title,
    },
    /// An earlier matter produces it.
    Result {
        /// The matter; `None` when none of the package does.
        matter: Option<Title>,
    },
    /// A signed commitment stands for it.
    Commitment {
        /// What is promised.
        promise: Title,
    },
}

/// A material of the merged list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaterialRow {
    /// Its id.
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
    /// Where it comes from.
    pub origin: Origin,
    /// Who uses it.
    pub used_by: Vec<Asked>,
    /// Whether it is needed in this situation.
    pub needed: bool,
    /// Whether the applicant must bring it in this situation.
    pub brought: bool,
}

/// Explains a workflow for these answers; a question without one is answered as in the situation that the published
/// figures describe. `accepted` is the moment of acceptance for which dates are given.
///
/// # Errors
/// A year on the way is not covered by the calendar.
pub fn explain(
    workflow: &Workflow,
    given: &BTreeMap<String, Value>,
    calendar: &Calendar,
    accepted: Millis,
) -> Result<Explanation, Uncovered> {
    let every = Situation::all(workflow, &BTreeMap::new());
    let described = reductions::described(workflow, &every).map(|described| described.answers.clone());
    let mut answers = described.unwrap_or_default();
    answers.extend(given.clone());
    let situation = Situation::new(workflow, answers);
    let all = Situation::all(workflow, given);
    let plan = workflow.plan(0);
    Ok(Explanation {
        id: workflow.id().to_string(),
        title: workflow.title().clone(),
        department: plan.department.clone(),
        hash: workflow.hash().to_string(),
        questions: questions(workflow, given, &situation),
        situations: all.len(),
        matters: matters(workflow, &situation, &every),
        form: form(workflow, &situation),
        materials: materials(workflow, &situation),
        schedule: schedule::schedule(workflow, &situation, calendar, accepted)?,
        reductions: reductions::reductions(workflow, &situation, &all),
    })
}

fn questions(workflow: &Workflow, given: &BTreeMap<String, Value>, situation: &Situation) -> Vec<QuestionRow> {
    let row = |question: &crate::definition::Question| {
        Some(QuestionRow {
            id: question.id.clone(),
            title: question.title.clone(),
            kind: question.kind,
            choices: question.choices.clone(),
            effect: question.effect.clone(),
            answer: situation.answers.get(&question.id)?.clone(),
            given: given.contains_key(&question.id),
        })
    };
    workflow.questions().iter().filter_map(row).collect()
}

fn matters(workflow: &Workflow, situation: &Situation, all: &[Situation]) -> Vec<MatterRow> {
    let alone = workflow.kind() == FileKind::Matter;
    let parts = workflow.plans().iter().enumerate().filter(|(part, _)| alone || *part > 0);
    let row = |(part, plan): (usize, &crate::workflow::Plan)| {
        let part = u8::try_from(part).unwrap_or(u8::MAX);
        MatterRow {
            part,
            id: plan.id.to_string(),
            title: plan.title.clone(),
            department: plan.department.clone(),
            power: plan.power,
            chosen: situation.chosen.contains(&part),
            optional: all.iter().any(|other| !other.chosen.contains(&part)),
            statutory: plan.statutory,
            promised: plan.promised,
            before: plan.before.clone(),
        }
    };
    parts.map(row).collect()
}

fn asked(workflow: &Workflow, by: &[(u8, Option<Condition>)]) -> Vec<Asked> {
    let row = |(part, when): &(u8, Option<Condition>)| {
        let plan = workflow.plan(*part);
        let when = when.as_ref().map(|when| when.text().to_owned());
        Asked { part: *part, id: plan.id.to_string(), title: plan.title.clone(), when }
    };
    by.iter().map(row).collect()
}

fn form(workflow: &Workflow, situation: &Situation) -> Vec<FieldRow> {
    let wanted: Vec<&str> = workflow
        .asked(&situation.chosen, &situation.answers, &situation.form)
        .map(|plan| plan.field.id.as_str())
        .collect();
    let row = |plan: &crate::workflow::FieldPlan| FieldRow {
        id: plan.field.id.clone(),
        title: plan.field.title.clone(),
        kind: plan.field.kind,
        choices: plan.field.choices.clone(),
        optional: plan.field.optional,
        asked_by: asked(workflow, &plan.asked_by),
        answered: workflow.questions().iter().any(|question| question.id == plan.field.id),
        asked: wanted.contains(&plan.field.id.as_str()),
    };
    workflow.fields().iter().map(row).collect()
}

fn materials(workflow: &Workflow, situation: &Situation) -> Vec<MaterialRow> {
    let needed: Vec<&str> = situation.needed(workflow).map(|plan| &*plan.material.id).collect();
    let row = |plan: &crate::workflow::MaterialPlan| {
        let needed = needed.contains(&&*plan.material.id);
        let origin = match &plan.material.source {
            MaterialSource::Applicant {} => Origin::Applicant,
            MaterialSource::Shared { system } => Origin::Shared { system: system.clone() },
            MaterialSource::Result { .. } => {
                Origin::Result { matter: plan.produced_by.map(|part| workflow.plan(part).title.clone()) }
            }
            MaterialSource::Commitment { promise } => Origin::Commitment { promise: promise.clone() },
        };
        MaterialRow {
            id: plan.material.id.to_string(),
            title: plan.material.title.clone(),
            origin,
            used_by: asked(workflow, &plan.needed_by),
            needed,
            brought: needed && situation.is_brought(workflow, plan),
        }
    };
    workflow.materials().iter().map(row).collect()
}

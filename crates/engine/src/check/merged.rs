//! One form and one list of materials for all matters of a package: what has the same id is the same thing.

use crate::check::file::Loaded;
use crate::definition::{FieldType, Matter, Package, QuestionType};
use crate::diagnostic::Diagnostic;
use crate::workflow::{FieldPlan, MaterialPlan};

/// A question that fills a field of the same id must mean the same thing.
pub(super) fn answered(
    loaded: &Loaded<'_, Package>,
    parts: &[(usize, &Loaded<'_, Matter>)],
    found: &mut Vec<Diagnostic>,
) {
    for (index, question) in loaded.value.questions.iter().enumerate() {
        for (_, other) in parts {
            let Some(field) = other.value.fields.iter().find(|field| field.id == question.id) else { continue };
            let same = match question.kind {
                QuestionType::Boolean => field.kind == FieldType::Boolean,
                QuestionType::Choice => field.kind == FieldType::Choice && field.choices == question.choices,
            };
            if !same {
                found.push(
                    Diagnostic::error(
                        "E-DATA-001",
                        loaded.source.place(&format!("/questions/{index}")),
                        format!("问题“{}”与事项“{}”的同名字段类型或选项不同", question.id, other.value.id),
                        format!(
                            "the question \"{}\" has another type or other choices than the field of that id in the matter \"{}\"",
                            question.id, other.value.id
                        ),
                    )
                    .help("写成一样，或另起 id", "make them the same, or give one another id"),
                );
            }
        }
    }
}

/// One field asked by several matters must mean the same thing in each.
pub(super) fn fields(
    loaded: &Loaded<'_, Matter>,
    merged: &mut Vec<FieldPlan>,
    more: Vec<FieldPlan>,
    found: &mut Vec<Diagnostic>,
) {
    for (index, plan) in more.into_iter().enumerate() {
        let Some(same) = merged.iter_mut().find(|known| known.field.id == plan.field.id) else {
            merged.push(plan);
            continue;
        };
        if same.field.kind != plan.field.kind || same.field.choices != plan.field.choices {
            let id = &plan.field.id;
            found.push(
                Diagnostic::error(
                    "E-DATA-001",
                    loaded.source.place(&format!("/fields/{index}")),
                    format!("字段“{id}”在另一个事项里是别的类型或选项"),
                    format!("the field \"{id}\" has another type or other choices in another matter"),
                )
                .help("写成一样，或另起 id", "make them the same, or give one another id"),
            );
        }
        same.field.optional &= plan.field.optional;
        same.field.min = strictest(same.field.min, plan.field.min, f64::max);
        same.field.max = strictest(same.field.max, plan.field.max, f64::min);
        same.asked_by.extend(plan.asked_by);
    }
}

fn strictest(a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    }
}

/// One material needed by several matters comes from one source.
pub(super) fn materials(
    loaded: &Loaded<'_, Matter>,
    merged: &mut Vec<MaterialPlan>,
    more: Vec<MaterialPlan>,
    found: &mut Vec<Diagnostic>,
) {
    for (index, plan) in more.into_iter().enumerate() {
        let Some(same) = merged.iter_mut().find(|known| known.material.id == plan.material.id) else {
            merged.push(plan);
            continue;
        };
        if same.material.source != plan.material.source {
            let id = &plan.material.id;
            found.push(
                Diagnostic::error(
                    "E-DATA-001",
                    loaded.source.place(&format!("/materials/{index}/source")),
                    format!("材料“{id}”在另一个事项里来源不同"),
                    format!("the material \"{id}\" comes from elsewhere in another matter"),
                )
                .help("来源写成一样，或另起 id", "give both the same source, or one another id"),
            );
        }
        same.needed_by.extend(plan.needed_by);
    }
}

//! Rows of an explanation in words, for the table and the page alike.

use onething_engine::Value;
use onething_engine::analysis::{Asked, FieldRow, Figure, MaterialRow, Origin, QuestionRow};
use onething_engine::definition::{FieldType, QuestionType, Title};

use super::number;
use crate::draw::Sketch;

/// The answer to a question.
pub(super) fn answer(row: &QuestionRow) -> Title {
    match (&row.answer, row.kind) {
        (Value::Bool(true), _) => Title::new("是", "yes"),
        (Value::Bool(false), _) => Title::new("否", "no"),
        (Value::Text(id), QuestionType::Choice) => match row.choices.iter().find(|choice| choice.id == *id) {
            Some(choice) => choice.title.clone(),
            None => Title::new(id, id),
        },
        (Value::Text(text), _) => Title::new(text, text),
        (Value::Number(n), _) => Title::new(n.to_string(), n.to_string()),
    }
}

/// The kind of a field.
pub(super) fn field_type(kind: FieldType) -> Title {
    let (zh, en) = match kind {
        FieldType::Text => ("文字", "text"),
        FieldType::Integer => ("整数", "whole number"),
        FieldType::Number => ("数", "number"),
        FieldType::Boolean => ("是否", "yes or no"),
        FieldType::Choice => ("选择", "choice"),
        FieldType::Date => ("日期", "date"),
    };
    Title::new(zh, en)
}

/// Who asks, and when.
pub(super) fn asked(sketch: &Sketch, by: &Asked) -> Title {
    let who =
        if by.part == 0 && sketch.parts.len() > 1 { Title::new("套餐", "the package") } else { by.title.clone() };
    match by.when.as_deref().map(|when| sketch.condition(usize::from(by.part), when)) {
        Some(when) => Title::new(format!("{}（{}）", who.zh, when.zh), format!("{} ({})", who.en, when.en)),
        None => who,
    }
}

/// Where a material comes from.
pub(super) fn origin(row: &MaterialRow) -> Title {
    match &row.origin {
        Origin::Applicant => Title::new("申请人提交", "the applicant brings it"),
        Origin::Shared { system } => Title::new(format!("共享：{}", system.zh), format!("shared: {}", system.en)),
        Origin::Result { matter: Some(matter) } => {
            Title::new(format!("结果：{}", matter.zh), format!("result of {}", matter.en))
        }
        Origin::Result { matter: None } => Title::new("其他事项的结果", "result of another matter"),
        Origin::Commitment { promise } => {
            Title::new(format!("告知承诺：{}", promise.zh), format!("commitment: {}", promise.en))
        }
    }
}

/// Who must do something about a material in this situation.
pub(super) fn brought(row: &MaterialRow) -> Title {
    let (zh, en) = match (row.needed, row.brought, &row.origin) {
        (false, ..) => ("本情形不需要", "not needed here"),
        (_, true, _) => ("要带", "to bring"),
        (_, _, Origin::Commitment { .. }) => ("签承诺", "to sign"),
        _ => ("不用带", "nothing to bring"),
    };
    Title::new(zh, en)
}

/// A figure: the computed one, and the published one where it differs.
pub(super) fn figure(figure: &Figure) -> Title {
    match (figure.computed, figure.published) {
        (Some(computed), Some(published)) if (computed - published).abs() > 1e-9 => Title::new(
            format!("{}（公布 {}）", number(computed), number(published)),
            format!("{} (published: {})", number(computed), number(published)),
        ),
        (Some(n), _) => Title::new(number(n), number(n)),
        (None, Some(n)) => Title::new(format!("{}（公布）", number(n)), format!("{} (published)", number(n))),
        (None, None) => Title::new("—", "—"),
    }
}

/// The spread of a figure over the situations that are left open, when there is one.
pub(super) fn range(figure: &Figure) -> Option<String> {
    let [least, most] = figure.range?;
    (most - least > 1e-9).then(|| format!("{}–{}", number(least), number(most)))
}

/// Whether the form asks for a field in this situation.
pub(super) fn to_fill(row: &FieldRow) -> Title {
    let (zh, en) = match (row.answered, row.asked, row.optional) {
        (true, ..) => ("情形问题已答", "answered by a question"),
        (_, false, _) => ("本情形不填", "not asked here"),
        (_, _, true) => ("可不填", "optional"),
        _ => ("必填", "required"),
    };
    Title::new(zh, en)
}

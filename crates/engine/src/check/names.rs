//! Names within one file: unique where they are given, known where they are used.

use crate::check::file::Loaded;
use crate::clock::{LIMIT_MAX, Limit};
use crate::condition::space::Holds;
use crate::condition::{Condition, Scope, Type};
use crate::definition::{Field, FieldType, Question, QuestionType};
use crate::diagnostic::{Diagnostic, Place};

/// Two files with one id.
pub(crate) fn same_id(at: Place, id: &str, earlier: &str) -> Diagnostic {
    Diagnostic::error(
        "E-REF-001",
        at,
        format!("id“{id}”已被 {earlier} 使用"),
        format!("the id \"{id}\" is already used by {earlier}"),
    )
    .help("给其中一个另起 id", "give one of them another id")
}

/// Ids that stand twice in one list.
pub(crate) fn unique<'v, T>(
    loaded: &Loaded<'_, T>,
    list: &str,
    ids: impl IntoIterator<Item = &'v str>,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, id) in ids.into_iter().enumerate() {
        if seen.contains(&id) {
            let at = loaded.source.place(&format!("{list}/{index}/id"));
            found.push(
                Diagnostic::error(
                    "E-REF-001",
                    at,
                    format!("id“{id}”在这个列表里出现了两次"),
                    format!("the id \"{id}\" stands twice in this list"),
                )
                .help("每个 id 只用一次", "use each id once"),
            );
        }
        seen.push(id);
    }
}

/// A name that is not known.
pub(crate) fn unknown<'v>(
    code: &'static str,
    at: Place,
    what: (&str, &str),
    written: &str,
    known: impl IntoIterator<Item = &'v str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let mut list = known.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if known.len() > 20 {
        list.push_str(", …");
    }
    Diagnostic::error(
        code,
        at,
        format!("没有名为“{written}”的{}", what.0),
        format!("there is no {} called \"{written}\"", what.1),
    )
    .expected(format!("其中之一：{list}"), format!("one of: {list}"))
    .did_you_mean(written, known)
}

/// The fields of a file: choices where there must be some and nowhere else, bounds in order, names declared once.
pub(crate) fn fields<T>(loaded: &Loaded<'_, T>, fields: &[Field], scope: &mut Scope, found: &mut Vec<Diagnostic>) {
    unique(loaded, "/fields", fields.iter().map(|field| field.id.as_str()), found);
    for (index, field) in fields.iter().enumerate() {
        scope.field(&field.id, field_type(field));
        let at = format!("/fields/{index}");
        choices(loaded, &at, field.kind == FieldType::Choice, field.choices.iter().map(|c| c.id.as_str()), found);
        let numeric = matches!(field.kind, FieldType::Integer | FieldType::Number);
        if !numeric && (field.min.is_some() || field.max.is_some()) {
            let key = if field.min.is_some() { "min" } else { "max" };
            found.push(Diagnostic::error(
                "E-DATA-004",
                loaded.source.place(&format!("{at}/{key}")),
                "只有数才有最小值和最大值",
                "only numbers have a smallest and a largest value",
            ));
        }
        if let (Some(min), Some(max)) = (field.min, field.max)
            && min > max
        {
            found.push(Diagnostic::error(
                "E-DATA-004",
                loaded.source.place(&format!("{at}/min")),
                format!("最小值 {min} 大于最大值 {max}"),
                format!("the smallest value {min} is larger than the largest {max}"),
            ));
        }
    }
}

/// The questions of a package.
pub(crate) fn questions<T>(loaded: &Loaded<'_, T>, list: &[Question], scope: &mut Scope, found: &mut Vec<Diagnostic>) {
    unique(loaded, "/questions", list.iter().map(|q| q.id.as_str()), found);
    for (index, question) in list.iter().enumerate() {
        scope.question(&question.id, question_type(question));
        let at = format!("/questions/{index}");
        let chosen = question.kind == QuestionType::Choice;
        choices(loaded, &at, chosen, question.choices.iter().map(|c| c.id.as_str()), found);
    }
}

fn choices<'v, T>(
    loaded: &Loaded<'_, T>,
    at: &str,
    wanted: bool,
    ids: impl Iterator<Item = &'v str>,
    found: &mut Vec<Diagnostic>,
) {
    let ids: Vec<&str> = ids.collect();
    unique(loaded, &format!("{at}/choices"), ids.iter().copied(), found);
    if wanted && ids.len() < 2 {
        found.push(
            Diagnostic::error(
                "E-DATA-004",
                loaded.source.place(&if ids.is_empty() { at.to_owned() } else { format!("{at}/choices") }),
                "选择题至少要有两个选项",
                "a choice needs at least two choices",
            )
            .help("在 choices 里列出选项", "list them in \"choices\""),
        );
    }
    if !wanted && !ids.is_empty() {
        found.push(Diagnostic::error(
            "E-DATA-004",
            loaded.source.place(&format!("{at}/choices")),
            "只有 type 为 choice 时才列选项",
            "choices are listed only where the type is \"choice\"",
        ));
    }
}

/// A limit that the clock can run: positive, whole where it must be, not beyond the longest.
pub(crate) fn limit<T>(loaded: &Loaded<'_, T>, pointer: &str, limit: &Limit, found: &mut Vec<Diagnostic>) {
    if let Some(problem) = limit.problem() {
        found.push(
            Diagnostic::error("E-LIMIT-003", loaded.source.place(&format!("{pointer}/n")), problem.zh, problem.en)
                .expected(
                    format!("大于 0、不超过 {LIMIT_MAX}；只有工作日可以有小数"),
                    format!("more than 0 and at most {LIMIT_MAX}; only working days may have a fraction"),
                ),
        );
    }
}

/// What a field holds, for conditions.
pub(crate) fn field_type(field: &Field) -> Type {
    match field.kind {
        FieldType::Text => Type::Text,
        FieldType::Integer | FieldType::Number => Type::Number,
        FieldType::Boolean => Type::Bool,
        FieldType::Date => Type::Date,
        FieldType::Choice => Type::Choice(field.choices.iter().map(|choice| choice.id.clone()).collect()),
    }
}

/// What a field holds, with its bounds, for deciding about conditions.
pub(crate) fn holds(field: &Field) -> Holds {
    Holds {
        kind: field_type(field),
        whole: field.kind == FieldType::Integer,
        min: field.min,
        max: field.max,
        nothing: field.optional || field.when.is_some(),
    }
}

/// What a question's answer holds.
pub(crate) fn question_type(question: &Question) -> Type {
    match question.kind {
        QuestionType::Boolean => Type::Bool,
        QuestionType::Choice => Type::Choice(question.choices.iter().map(|choice| choice.id.clone()).collect()),
    }
}

/// Compiles a condition and reports its faults at their place inside the string.
pub(crate) fn condition<T>(
    loaded: &Loaded<'_, T>,
    pointer: &str,
    text: &str,
    scope: &Scope,
    found: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    match Condition::compile(text, scope) {
        Ok(condition) => Some(condition),
        Err(faults) => {
            for fault in faults {
                let mut place = loaded.source.place(pointer);
                // Inside the quotes; exact as long as nothing before it is escaped.
                if !text.get(..fault.offset).unwrap_or_default().contains(['"', '\\', '\n']) {
                    place.offset += 1 + fault.offset;
                    place.column += 1 + u32::try_from(text.get(..fault.offset).unwrap_or_default().chars().count())
                        .unwrap_or_default();
                    place.length = fault.length;
                }
                let known = fault.known.iter().map(String::as_str);
                let mut diagnostic = Diagnostic::error(fault.code, place, fault.zh, fault.en);
                if !fault.known.is_empty() {
                    let list = fault.known.join(", ");
                    diagnostic = diagnostic.expected(format!("其中之一：{list}"), format!("one of: {list}"));
                }
                found.push(diagnostic.did_you_mean(&fault.written, known));
            }
            None
        }
    }
}

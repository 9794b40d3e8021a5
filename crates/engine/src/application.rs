//! What an application must hold: the answers choose the matters, the matters choose fields and materials.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::{Calendar, Millis};
use crate::case::{Content, Obtained};
use crate::command::{Dossier, Submission, TEXT_BYTES_MAX};
use crate::condition::{Condition, Lookup};
use crate::definition::{Choice, ClockStart, Field, FieldType, MaterialId, MaterialSource, Node, QuestionType, Title};
use crate::examinations::{Alike, Examined};
use crate::net::EdgeSet;
use crate::rejection::{Problem, Rejection};
use crate::settled::Remembered;
use crate::value::Value;
use crate::workflow::{FieldPlan, MaterialPlan, Plan, Workflow};

/// Longest text answer, in characters.
pub const ANSWER_CHARS_MAX: usize = 2000;
/// Longest case number or applicant, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest whole number a field takes: beyond it JSON numbers are no longer exact.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

/// Answers and form together, as conditions read them before anything has an outcome.
pub(crate) struct Filled<'a> {
    pub(crate) answers: &'a BTreeMap<String, Value>,
    pub(crate) form: &'a BTreeMap<String, Value>,
}

impl Lookup for Filled<'_> {
    fn form(&self, id: &str) -> Option<&Value> {
        self.form.get(id)
    }

    fn answer(&self, id: &str) -> Option<&Value> {
        self.answers.get(id)
    }

    fn outcome(&self, _: u16) -> Option<&str> {
        None
    }
}

impl Workflow {
    /// The form with the fields that questions answer filled in.
    #[must_use]
    pub fn filled(&self, answers: &BTreeMap<String, Value>, form: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let mut filled = form.clone();
        for plan in self.fields.iter().filter(|plan| self.question(&plan.field.id).is_some()) {
            if let Some(answer) = answers.get(&plan.field.id) {
                filled.insert(plan.field.id.clone(), answer.clone());
            }
        }
        filled
    }

    /// The parts the answers choose: 0, and every matter that can run. A way that depends on an outcome counts as open.
    #[must_use]
    pub fn chosen(&self, answers: &BTreeMap<String, Value>, form: &BTreeMap<String, Value>) -> Vec<u8> {
        if self.plans.len() == 1 {
            return vec![0];
        }
        let graph = &self.plan(0).graph;
        let open = self.open_ways(answers, form);
        let matters = open.iter().map(|edge| graph.ends(edge).1).filter_map(|node| self.part_of(node));
        let mut parts: Vec<u8> = std::iter::once(0).chain(matters).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// The edges of part 0 that a case with these answers can take. A way that depends on an outcome counts as open.
    #[must_use]
    pub fn open_ways(&self, answers: &BTreeMap<String, Value>, form: &BTreeMap<String, Value>) -> EdgeSet {
        let filled = Filled { answers, form };
        let graph = &self.plan(0).graph;
        let mut open = EdgeSet::default();
        let mut todo: Vec<u16> = graph.step(graph.start()).outs.clone();
        while let Some(edge) = todo.pop() {
            if open.contains(edge) {
                continue;
            }
            open.insert(edge);
            let step = graph.step(graph.ends(edge).1);
            let exclusive = match step.node {
                Node::Exclusive { .. } if step.outs.len() > 1 => true,
                Node::Inclusive { .. } if step.outs.len() > 1 => false,
                _ => {
                    todo.extend(&step.outs);
                    continue;
                }
            };
            let mut surely = false;
            for way in &step.outs {
                let Some(condition) = &graph.way(*way).when else { continue };
                match condition.foreseen(&filled) {
                    Some(false) => continue,
                    Some(true) => surely = true,
                    None => {}
                }
                todo.push(*way);
                if surely && exclusive {
                    break;
                }
            }
            if !surely {
                todo.extend(step.outs.iter().filter(|way| graph.way(**way).otherwise));
            }
        }
        open
    }

    /// The fields the form asks, given what is answered so far. Fields that a question answers are not among them.
    pub fn asked<'a>(
        &'a self,
        chosen: &'a [u8],
        answers: &'a BTreeMap<String, Value>,
        form: &'a BTreeMap<String, Value>,
    ) -> impl Iterator<Item = &'a FieldPlan> {
        self.fields
            .iter()
            .filter(|plan| self.question(&plan.field.id).is_none())
            .filter(move |plan| wanted(&plan.asked_by, chosen, &Filled { answers, form }))
    }

    /// The materials the chosen matters need, wherever they come from.
    pub fn needed<'a>(
        &'a self,
        chosen: &'a [u8],
        answers: &'a BTreeMap<String, Value>,
        form: &'a BTreeMap<String, Value>,
    ) -> impl Iterator<Item = &'a MaterialPlan> {
        self.materials.iter().filter(move |plan| wanted(&plan.needed_by, chosen, &Filled { answers, form }))
    }

    /// Whether the applicant must bring a needed material or sign for it: it is not fetched from a shared source, and
    /// no chosen matter produces it (a missing predecessor turns a result into a material to bring).
    #[must_use]
    pub fn brought(&self, plan: &MaterialPlan, chosen: &[u8]) -> bool {
        match plan.material.source {
            MaterialSource::Applicant {} | MaterialSource::Commitment { .. } => true,
            MaterialSource::Shared { .. } => false,
            MaterialSource::Result { .. } => !plan.produced_by.is_some_and(|part| chosen.contains(&part)),
        }
    }

    pub(crate) fn question(&self, id: &str) -> Option<&crate::definition::Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// Examines what somebody says and brings.
    ///
    /// # Errors
    /// What is wrong with the answers. What to ask depends on them, so nothing is said about the rest then.
    pub(crate) fn examine(&self, dossier: &Dossier, alike: &mut Alike) -> Result<Examined, Vec<Problem>> {
        let Dossier { answers, form, materials } = dossier;
        let mut problems = self.wrong_answers(answers);
        if !problems.is_empty() {
            return Err(problems);
        }
        let filled = match self.fields.iter().any(|plan| self.question(&plan.field.id).is_some()) {
            true => Arc::new(self.filled(answers, form)),
            false => form.clone(),
        };
        let chosen = self.chosen(answers, &filled);
        let asked: Vec<&Field> = self.asked(&chosen, answers, &filled).map(|plan| &plan.field).collect();
        for field in &asked {
            match form.get(&field.id) {
                None if field.optional => {}
                None => problems.push(Problem::new(
                    format!("form.{}", field.id),
                    format!("请填写：{}", field.title.zh),
                    format!("please fill in: {}", field.title.en),
                )),
                Some(value) => problems.extend(answer(field, value)),
            }
        }
        for id in form.keys().filter(|id| !asked.iter().any(|field| field.id == **id)) {
            let (zh, en) = if self.fields.iter().any(|plan| plan.field.id == *id) {
                ("按您的情形不需要填写这一项，请去掉", "this is not asked in your situation: leave it out")
            } else {
                ("表单里没有这个字段", "the form has no such field")
            };
            problems.push(Problem::new(format!("form.{id}"), zh, en));
        }
        let brought = self.needed(&chosen, answers, &filled).filter(|plan| self.brought(plan, &chosen));
        let is_signed = |plan: &MaterialPlan| matches!(plan.material.source, MaterialSource::Commitment { .. });
        let (required, signed): (Vec<MaterialId>, Vec<bool>) =
            brought.map(|plan| (plan.material.id, is_signed(plan))).unzip();
        let settled = self.settle(&chosen, &Filled { answers, form: &filled });
        let in_periods = |part: &u8| matches!(self.plan(*part).starts, ClockStart::PeriodEnd { .. });
        let periods = chosen.iter().copied().filter(in_periods).collect();
        let content = Content {
            workflow: self.id.clone(),
            definition: self.hash.clone(),
            answers: answers.clone(),
            form: filled,
            required: alike.required.keep(required.into()),
            chosen: alike.chosen.keep(chosen.into()),
            settled: Remembered::new(alike.settled.keep(settled.into())),
        };
        problems.extend(self.wrong_materials(materials, &content));
        let as_what = |id: &Arc<str>| {
            let (id, signed) = content.required.iter().zip(&signed).find(|(known, _)| **known == **id)?;
            Some((*id, if *signed { Obtained::Commitment } else { Obtained::Applicant }))
        };
        let brought = alike.brought.keep(materials.iter().filter_map(as_what).collect());
        Ok(Examined { content: content.into(), brought, periods, problems })
    }

    fn wrong_answers(&self, answers: &BTreeMap<String, Value>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for question in &self.questions {
            let at = || format!("answers.{}", question.id);
            match (answers.get(&question.id), question.kind) {
                (None, _) => problems.push(Problem::new(
                    at(),
                    format!("请回答：{}", question.title.zh),
                    format!("please answer: {}", question.title.en),
                )),
                (Some(Value::Bool(_)), QuestionType::Boolean) => {}
                (Some(Value::Text(text)), QuestionType::Choice) if question.choices.iter().any(|c| c.id == *text) => {}
                (_, QuestionType::Boolean) => {
                    problems.push(Problem::new(at(), "须为 true 或 false", "must be true or false"))
                }
                (_, QuestionType::Choice) => problems.push(not_a_choice(at(), &question.choices)),
            }
        }
        for id in answers.keys().filter(|id| self.question(id).is_none()) {
            problems.push(Problem::new(format!("answers.{id}"), "没有这个问题", "there is no such question"));
        }
        problems
    }

    /// What is wrong with the materials handed in. What is *missing* among them is no reason to turn an application away at
    /// the door: the window tells it once (行政许可法 32).
    fn wrong_materials(&self, materials: &[Arc<str>], content: &Content) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (index, id) in materials.iter().enumerate() {
            if materials[..index].contains(id) {
                problems.push(Problem::new(
                    format!("materials.{id}"),
                    "同一材料列了两次",
                    "this material is listed twice",
                ));
            } else if !content.required.iter().any(|known| *known == **id) {
                let Content { chosen, answers, form, .. } = content;
                let mut needed = self.needed(chosen, answers, form);
                let (zh, en) = if needed.any(|plan| plan.material.id == **id) {
                    (
                        "这份材料由中心自行取得，不用提交",
                        "the centre obtains this material itself: it need not be handed in",
                    )
                } else {
                    ("按您的情形不需要这份材料", "this material is not needed in your situation")
                };
                problems.push(Problem::new(format!("materials.{id}"), zh, en));
            }
        }
        problems
    }

    /// Whether the day lies outside the acceptance periods of one of these parts.
    pub(crate) fn wrong_day(&self, parts: &[u8], calendar: &Calendar, now: Millis) -> Option<Problem> {
        if parts.is_empty() {
            return None;
        }
        let today = calendar.date_of(now);
        let closed = |plan: &&Plan| match &plan.starts {
            ClockStart::PeriodEnd { periods } => {
                !periods.iter().any(|period| period.from <= today && today <= period.to)
            }
            _ => false,
        };
        let Title { zh, en } = &parts.iter().map(|part| self.plan(*part)).find(closed)?.title;
        Some(Problem::new(
            "received".to_owned(),
            format!("{today} 不在“{zh}”的受理期内"),
            format!("{today} is outside the acceptance periods of \"{en}\""),
        ))
    }
}

/// Whether one of the chosen parts wants it.
pub(crate) fn wanted(by: &[(u8, Option<Condition>)], chosen: &[u8], filled: &Filled<'_>) -> bool {
    by.iter().any(|(part, when)| chosen.contains(part) && when.as_ref().is_none_or(|when| when.holds(filled)))
}

pub(crate) fn refused(problems: Vec<Problem>) -> Rejection {
    let count = problems.len();
    Rejection::new(
        "R-SUBMIT-001",
        format!("申请有 {count} 处需要更正，更正后再提交"),
        format!("the application has {count} things to mend before it can be handed in"),
    )
    .with(problems)
}

pub(crate) fn names(submission: &Submission) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, text) in [("number", &submission.number), ("applicant", &submission.applicant)] {
        if text.trim().is_empty() || text.len() > NAME_BYTES_MAX || text.chars().any(char::is_control) {
            problems.push(Problem::new(
                at.to_owned(),
                format!("须为 1 至 {NAME_BYTES_MAX} 字节的文字，且没有控制字符"),
                format!("must be text of 1 to {NAME_BYTES_MAX} bytes without control characters"),
            ));
        }
    }
    if submission.class > 4 {
        problems.push(Problem::new("class".to_owned(), "优先级须为 0 到 4", "the class must be 0 to 4"));
    }
    problems
}

fn not_a_choice(at: String, choices: &[Choice]) -> Problem {
    let zh: Vec<String> = choices.iter().map(|c| format!("{}（{}）", c.id, c.title.zh)).collect();
    let en: Vec<&str> = choices.iter().map(|c| c.id.as_str()).collect();
    Problem::new(at, format!("须为其中之一：{}", zh.join("、")), format!("must be one of: {}", en.join(", ")))
}

/// What is wrong with the answer to a field.
fn answer(field: &Field, value: &Value) -> Option<Problem> {
    let at = || format!("form.{}", field.id);
    let wrong = |zh: String, en: String| Some(Problem::new(at(), zh, en));
    match (field.kind, value) {
        (FieldType::Boolean, Value::Bool(_)) => None,
        (FieldType::Boolean, _) => wrong("须为 true 或 false".into(), "must be true or false".into()),
        (FieldType::Text, Value::Text(text)) if text.chars().count() <= ANSWER_CHARS_MAX && !text.trim().is_empty() => {
            None
        }
        (FieldType::Text, _) => wrong(
            format!("须为 1 至 {ANSWER_CHARS_MAX} 个字的文字"),
            format!("must be text of 1 to {ANSWER_CHARS_MAX} characters"),
        ),
        (FieldType::Choice, Value::Text(text)) if field.choices.iter().any(|choice| choice.id == *text) => None,
        (FieldType::Choice, _) => Some(not_a_choice(at(), &field.choices)),
        (FieldType::Date, Value::Text(text)) if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() => None,
        (FieldType::Date, _) => wrong("须为日期，如 2026-04-13".into(), "must be a day, such as 2026-04-13".into()),
        (FieldType::Integer, Value::Number(n)) if n.fract() != 0.0 || n.abs() > INTEGER_MAX => {
            wrong("须为整数".into(), "must be a whole number".into())
        }
        (FieldType::Integer | FieldType::Number, Value::Number(n)) if n.is_finite() => {
            let low = field.min.is_some_and(|min| *n < min);
            let high = field.max.is_some_and(|max| *n > max);
            if !low && !high {
                return None;
            }
            let bound = |bound: Option<f64>, none: &str| bound.map_or(none.to_owned(), |b| b.to_string());
            wrong(
                format!("须在 {} 到 {} 之间", bound(field.min, "不限"), bound(field.max, "不限")),
                format!("must be between {} and {}", bound(field.min, "any"), bound(field.max, "any")),
            )
        }
        (FieldType::Integer | FieldType::Number, _) => wrong("须为数".into(), "must be a number".into()),
    }
}

/// A text that comes with a command is within bounds and says something.
pub(crate) fn says_something(text: Option<&Arc<str>>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX)
}

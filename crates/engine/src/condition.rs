//! Conditions: a typed subset of CEL over declared names, checked before anything runs.
//!
//! CEL's grammar is read by the `cel` crate. The expression is then checked against the declared fields, questions
//! and outcomes and kept in a form that cannot fail: comparisons, `in` a list, `&&`, `||`, `!`. There are no loops, no
//! arithmetic and no calls, so a condition takes time in proportion to its length.
//!
//! A field nobody filled in equals nothing and is neither smaller nor larger than anything; as a yes-or-no it is no.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::ast::{Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};

use crate::value::Value;

/// Longest condition, in bytes.
pub const CONDITION_BYTES_MAX: usize = 1000;

/// What a name may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Yes or no.
    Bool,
    /// A number.
    Number,
    /// Free text.
    Text,
    /// A day, `YYYY-MM-DD`; days compare in order.
    Date,
    /// One of these words.
    Choice(Vec<String>),
}

/// What a condition reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A field of the form.
    Form(Arc<str>),
    /// The answer to a situational question.
    Answer(Arc<str>),
    /// The outcome of a step of the same graph, by its index.
    Outcome(u16),
}

/// The declared names of a graph, each written `form.x`, `answer.x` or `outcome.x`.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: BTreeMap<String, (Name, Type)>,
}

impl Scope {
    /// Declares a field of the form.
    pub fn field(&mut self, id: &str, kind: Type) {
        self.names.insert(format!("form.{id}"), (Name::Form(id.into()), kind));
    }

    /// Declares a question.
    pub fn question(&mut self, id: &str, kind: Type) {
        self.names.insert(format!("answer.{id}"), (Name::Answer(id.into()), kind));
    }

    /// Declares a step's outcomes.
    pub fn outcome(&mut self, id: &str, node: u16, outcomes: &[&str]) {
        let words = outcomes.iter().map(|word| (*word).to_owned()).collect();
        self.names.insert(format!("outcome.{id}"), (Name::Outcome(node), Type::Choice(words)));
    }
}

/// Where a condition reads its names.
pub trait Lookup {
    /// A field of the form.
    fn form(&self, id: &str) -> Option<&Value>;
    /// The answer to a question.
    fn answer(&self, id: &str) -> Option<&Value>;
    /// The latest outcome of a step.
    fn outcome(&self, node: u16) -> Option<&str>;
}

/// A checked condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    expr: Expr,
    text: Arc<str>,
}

#[derive(Clone, Debug, PartialEq)]
enum Expr {
    Known(bool),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(Name, Op, Value),
    In(Name, Vec<Value>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Why a condition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// First byte within the condition.
    pub offset: usize,
    /// Length in bytes.
    pub length: usize,
    /// What is wrong.
    pub zh: String,
    /// What is wrong.
    pub en: String,
    /// A name or word that was written.
    pub written: String,
    /// What could have been written instead.
    pub known: Vec<String>,
}

impl Condition {
    /// Reads and checks a condition.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place within the text.
    pub fn compile(source: &str, scope: &Scope) -> Result<Self, Vec<Fault>> {
        if source.len() > CONDITION_BYTES_MAX || nesting(source) > 32 {
            return Err(vec![fault(
                "E-COND-001",
                (0, source.len()),
                "条件太长或嵌套太深",
                "the condition is too long or nested too deeply",
            )]);
        }
        let parser = cel::parser::Parser::new().max_recursion_depth(96);
        let (expr, places) = parser.parse_with_source_info(source).map_err(|errors| {
            errors
                .errors
                .iter()
                .map(|error| {
                    let column = usize::try_from(error.pos.1).unwrap_or(1).saturating_sub(1);
                    let offset = source.char_indices().nth(column).map_or(source.len(), |(at, _)| at);
                    let what = error.msg.lines().next().unwrap_or_default();
                    let what =
                        what.trim_start_matches("Syntax error: ").split(" expecting ").next().unwrap_or_default();
                    fault(
                        "E-COND-001",
                        (offset, source.len().saturating_sub(offset)),
                        format!("不是 CEL 表达式：{what}"),
                        format!("not a CEL expression: {what}"),
                    )
                })
                .collect::<Vec<_>>()
        })?;
        let mut reader = Reader { scope, places: &places, source, faults: Vec::new() };
        let expr = reader.truth(&expr);
        if reader.faults.is_empty() { Ok(Self { expr, text: source.into() }) } else { Err(reader.faults) }
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds. It cannot fail.
    #[must_use]
    pub fn holds(&self, lookup: &impl Lookup) -> bool {
        self.expr.holds(lookup)
    }

    /// Whether it holds before any step has an outcome: `None` when that depends on the outcomes.
    #[must_use]
    pub fn foreseen(&self, lookup: &impl Lookup) -> Option<bool> {
        self.expr.foreseen(lookup)
    }

    /// The names it reads.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        fn walk(expr: &Expr, into: &mut Vec<Name>) {
            match expr {
                Expr::Known(_) => {}
                Expr::And(a, b) | Expr::Or(a, b) => {
                    walk(a, into);
                    walk(b, into);
                }
                Expr::Not(a) => walk(a, into),
                Expr::Compare(name, ..) | Expr::In(name, _) => into.push(name.clone()),
            }
        }
        let mut names = Vec::new();
        walk(&self.expr, &mut names);
        names
    }
}

impl Expr {
    fn holds(&self, lookup: &impl Lookup) -> bool {
        match self {
            Self::Known(known) => *known,
            Self::And(a, b) => a.holds(lookup) && b.holds(lookup),
            Self::Or(a, b) => a.holds(lookup) || b.holds(lookup),
            Self::Not(a) => !a.holds(lookup),
            Self::Compare(name, op, wanted) => compare(name, lookup, *op, wanted),
            Self::In(name, list) => list.iter().any(|wanted| compare(name, lookup, Op::Equal, wanted)),
        }
    }
}

impl Expr {
    /// Kleene's three-valued logic: what reads an outcome is unknown.
    fn foreseen(&self, lookup: &impl Lookup) -> Option<bool> {
        match self {
            Self::And(a, b) => match (a.foreseen(lookup), b.foreseen(lookup)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(a, b) => match (a.foreseen(lookup), b.foreseen(lookup)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(a) => a.foreseen(lookup).map(|holds| !holds),
            Self::Compare(Name::Outcome(_), ..) | Self::In(Name::Outcome(_), _) => None,
            _ => Some(self.holds(lookup)),
        }
    }
}

fn compare(name: &Name, lookup: &impl Lookup, op: Op, wanted: &Value) -> bool {
    use std::cmp::Ordering;
    let ordering = match name {
        Name::Outcome(node) => match (lookup.outcome(*node), wanted) {
            (Some(word), Value::Text(wanted)) => Some(word.cmp(wanted.as_str())),
            _ => None,
        },
        Name::Form(id) => lookup.form(id).and_then(|value| order(value, wanted)),
        Name::Answer(id) => lookup.answer(id).and_then(|value| order(value, wanted)),
    };
    match op {
        Op::Equal => ordering == Some(Ordering::Equal),
        Op::NotEqual => ordering != Some(Ordering::Equal),
        Op::Less => ordering == Some(Ordering::Less),
        Op::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Op::Greater => ordering == Some(Ordering::Greater),
        Op::GreaterEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn order(value: &Value, wanted: &Value) -> Option<std::cmp::Ordering> {
    match (value, wanted) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

struct Reader<'a> {
    scope: &'a Scope,
    places: &'a SourceInfo,
    source: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// First byte and length of an expression.
    fn place(&self, expr: &IdedExpr) -> (usize, usize) {
        let (start, end) = self.span(expr);
        (start, end.saturating_sub(start).max(1))
    }

    /// The parser places an operator, a selection and a call at their sign; they reach over their operands.
    fn span(&self, expr: &IdedExpr) -> (usize, usize) {
        let (start, stop) = self.places.offset_for(expr.id).unwrap_or((0, 0));
        let byte = |nth: u32| self.source.char_indices().nth(nth as usize).map_or(self.source.len(), |(at, _)| at);
        let (mut start, mut end) = (byte(start), byte(stop.saturating_add(1)));
        match &expr.expr {
            Cel::Select(select) => {
                end = end.max(start + 1 + select.field.len());
                start = start.min(self.span(&select.operand).0);
            }
            Cel::Call(call) => {
                for operand in call.target.as_deref().into_iter().chain(&call.args) {
                    let (first, last) = self.span(operand);
                    (start, end) = (start.min(first), end.max(last));
                }
                if self.source.get(..start).is_some_and(|before| before.ends_with(&call.func_name)) {
                    start -= call.func_name.len();
                    end += usize::from(self.source[end.min(self.source.len())..].starts_with(')'));
                }
            }
            _ => {}
        }
        (start, end.min(self.source.len()))
    }

    fn refuse(&mut self, code: &'static str, expr: &IdedExpr, zh: impl Into<String>, en: impl Into<String>) -> Expr {
        let place = self.place(expr);
        self.faults.push(fault(code, place, zh, en));
        Expr::Known(false)
    }

    fn truth(&mut self, expr: &IdedExpr) -> Expr {
        match &expr.expr {
            Cel::Literal(LiteralValue::Boolean(known)) => Expr::Known(*known.inner()),
            Cel::Select(_) | Cel::Ident(_) => match self.name(expr) {
                Some((name, Type::Bool)) => Expr::Compare(name, Op::Equal, Value::Bool(true)),
                Some(_) => self.refuse(
                    "E-COND-003",
                    expr,
                    "这里需要是或否，请写出比较，如 == '…'",
                    "this must be yes or no: write a comparison, such as == '...'",
                ),
                None => Expr::Known(false),
            },
            Cel::Call(call) => {
                let args: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
                match (call.func_name.as_str(), args.as_slice()) {
                    (operators::LOGICAL_AND, [a, b]) => Expr::And(self.truth(a).into(), self.truth(b).into()),
                    (operators::LOGICAL_OR, [a, b]) => Expr::Or(self.truth(a).into(), self.truth(b).into()),
                    (operators::LOGICAL_NOT, [a]) => Expr::Not(self.truth(a).into()),
                    (operators::IN, [a, list]) => self.membership(a, list),
                    (name, [a, b]) => match comparison(name) {
                        Some(op) => self.comparison(expr, a, op, b),
                        None => self.unsupported(expr),
                    },
                    _ => self.unsupported(expr),
                }
            }
            _ => self.unsupported(expr),
        }
    }

    fn unsupported(&mut self, expr: &IdedExpr) -> Expr {
        self.refuse(
            "E-COND-004",
            expr,
            "条件里只能用比较、in、&&、||、! 和括号",
            "a condition may only use comparisons, in, &&, ||, ! and parentheses",
        )
    }

    fn comparison(&mut self, whole: &IdedExpr, a: &IdedExpr, op: Op, b: &IdedExpr) -> Expr {
        let (named, literal, op) = match (is_name(a), is_name(b)) {
            (true, false) => (a, b, op),
            (false, true) => (b, a, op.mirrored()),
            _ => {
                return self.refuse(
                    "E-COND-004",
                    whole,
                    "比较的一边须是已声明的名称，另一边须是值",
                    "a comparison needs a declared name on one side and a value on the other",
                );
            }
        };
        let Some((name, kind)) = self.name(named) else { return Expr::Known(false) };
        let ordered = matches!(kind, Type::Number | Type::Date);
        if !ordered && !matches!(op, Op::Equal | Op::NotEqual) {
            return self.refuse(
                "E-COND-003",
                whole,
                "只有数和日期能比较大小",
                "only numbers and days can be smaller or larger",
            );
        }
        match self.literal(literal, &kind) {
            Some(value) => Expr::Compare(name, op, value),
            None => Expr::Known(false),
        }
    }

    fn membership(&mut self, named: &IdedExpr, list: &IdedExpr) -> Expr {
        let Some((name, kind)) = self.name(named) else { return Expr::Known(false) };
        let Cel::List(list) = &list.expr else {
            return self.refuse(
                "E-COND-004",
                list,
                "in 之后须是列表，如 ['a', 'b']",
                "after in there must be a list, such as ['a', 'b']",
            );
        };
        let values = list.elements.iter().filter_map(|element| self.literal(element, &kind)).collect();
        Expr::In(name, values)
    }

    fn name(&mut self, expr: &IdedExpr) -> Option<(Name, Type)> {
        let written = match &expr.expr {
            Cel::Ident(name) => name.clone(),
            Cel::Select(select) if !select.test => match &select.operand.expr {
                Cel::Ident(root) => format!("{root}.{}", select.field),
                _ => String::new(),
            },
            _ => String::new(),
        };
        if let Some((name, kind)) = self.scope.names.get(&written) {
            return Some((name.clone(), kind.clone()));
        }
        let mut fault = fault(
            "E-COND-002",
            self.place(expr),
            format!("没有声明过“{written}”"),
            format!("\"{written}\" is not declared"),
        );
        fault.written = written;
        fault.known = self.scope.names.keys().cloned().collect();
        self.faults.push(fault);
        None
    }

    fn literal(&mut self, expr: &IdedExpr, kind: &Type) -> Option<Value> {
        let value = match &expr.expr {
            Cel::Literal(LiteralValue::Boolean(b)) => Value::Bool(*b.inner()),
            Cel::Literal(LiteralValue::Int(n)) => Value::Number(*n.inner() as f64),
            Cel::Literal(LiteralValue::UInt(n)) => Value::Number(*n.inner() as f64),
            Cel::Literal(LiteralValue::Double(n)) => Value::Number(*n.inner()),
            Cel::Literal(LiteralValue::String(s)) => Value::Text(s.inner().to_owned()),
            Cel::Call(call) if call.func_name == operators::NEGATE => match call.args.first().map(|a| &a.expr) {
                Some(Cel::Literal(LiteralValue::Int(n))) => Value::Number(-(*n.inner() as f64)),
                Some(Cel::Literal(LiteralValue::Double(n))) => Value::Number(-*n.inner()),
                _ => {
                    self.unsupported(expr);
                    return None;
                }
            },
            _ => {
                self.unsupported(expr);
                return None;
            }
        };
        let fits = match (&value, kind) {
            (Value::Bool(_), Type::Bool) | (Value::Number(_), Type::Number) | (Value::Text(_), Type::Text) => true,
            (Value::Text(day), Type::Date) => day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok(),
            (Value::Text(word), Type::Choice(words)) => {
                if !words.contains(word) {
                    let mut fault = fault(
                        "E-COND-005",
                        self.place(expr),
                        format!("“{word}”不在可选值之中：{}", words.join(", ")),
                        format!("\"{word}\" is not one of: {}", words.join(", ")),
                    );
                    fault.written.clone_from(word);
                    fault.known.clone_from(words);
                    self.faults.push(fault);
                    return None;
                }
                true
            }
            _ => false,
        };
        if fits {
            return Some(value);
        }
        let (zh, en) = match kind {
            Type::Bool => ("true 或 false", "true or false"),
            Type::Number => ("数", "a number"),
            Type::Text => ("带引号的文字", "a quoted text"),
            Type::Date => ("带引号的日期，如 '2026-02-14'", "a quoted day, such as '2026-02-14'"),
            Type::Choice(_) => ("带引号的选项", "a quoted choice"),
        };
        self.refuse("E-COND-003", expr, format!("这里需要{zh}"), format!("this must be {en}"));
        None
    }
}

impl Op {
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            same => same,
        }
    }
}

fn comparison(name: &str) -> Option<Op> {
    Some(match name {
        operators::EQUALS => Op::Equal,
        operators::NOT_EQUALS => Op::NotEqual,
        operators::LESS => Op::Less,
        operators::LESS_EQUALS => Op::LessEqual,
        operators::GREATER => Op::Greater,
        operators::GREATER_EQUALS => Op::GreaterEqual,
        _ => return None,
    })
}

fn is_name(expr: &IdedExpr) -> bool {
    matches!(expr.expr, Cel::Ident(_) | Cel::Select(_))
}

/// Deepest nesting of brackets, counted before the recursive parser sees them.
fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' | b'!' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn fault(code: &'static str, (offset, length): (usize, usize), zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault { code, offset, length, zh: zh.into(), en: en.into(), written: String::new(), known: Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Condition, Lookup, Scope, Type};
    use crate::value::Value;

    struct Form(BTreeMap<&'static str, Value>);

    impl Lookup for Form {
        fn form(&self, id: &str) -> Option<&Value> {
            self.0.get(id)
        }
        fn answer(&self, id: &str) -> Option<&Value> {
            self.0.get(id)
        }
        fn outcome(&self, node: u16) -> Option<&str> {
            (node == 3).then_some("granted")
        }
    }

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.field("area", Type::Number);
        scope.field("name", Type::Text);
        scope.field("empty", Type::Number);
        scope.question("sign", Type::Bool);
        scope.question("home", Type::Choice(vec!["owned".into(), "rented".into()]));
        scope.outcome("decide", 3, &["granted", "refused"]);
        scope
    }

    #[test]
    fn conditions_hold_or_not() {
        let form = Form(BTreeMap::from([
            ("area", Value::Number(300.0)),
            ("name", Value::Text("面馆".into())),
            ("sign", Value::Bool(true)),
            ("home", Value::Text("rented".into())),
        ]));
        for (source, wanted) in [
            ("form.area >= 300", true),
            ("300 > form.area", false),
            ("form.area < 300.5 && answer.sign", true),
            ("!answer.sign || form.name == '面馆'", true),
            ("answer.home in ['owned', 'rented']", true),
            ("answer.home != 'rented'", false),
            ("outcome.decide == 'granted'", true),
            ("form.empty > 0", false),
            ("form.empty <= 0", false),
            ("form.empty != 1", true),
            ("true", true),
        ] {
            let condition = Condition::compile(source, &scope()).unwrap_or_else(|f| panic!("{source}: {f:?}"));
            assert_eq!(condition.holds(&form), wanted, "{source}");
        }
    }

    #[test]
    fn what_is_not_declared_or_not_typed_is_refused_with_its_place() {
        for (source, code, place) in [
            ("form.aera >= 300", "E-COND-002", "form.aera"),
            ("answer.sign && form.missing", "E-COND-002", "form.missing"),
            ("form.area == 'x'", "E-COND-003", "'x'"),
            ("form.name > 'x'", "E-COND-003", ">"),
            ("answer.home == 'castle'", "E-COND-005", "'castle'"),
            ("[1].all(x, x > 0)", "E-COND-004", ""),
            ("form.area + 1 > 2", "E-COND-004", ""),
            ("form.area >=", "E-COND-001", ""),
            ("form.area", "E-COND-003", ""),
        ] {
            let faults = Condition::compile(source, &scope()).expect_err(source);
            assert_eq!(faults[0].code, code, "{source}: {faults:?}");
            let shown = &source[faults[0].offset..(faults[0].offset + faults[0].length).min(source.len())];
            assert!(shown.contains(place), "{source}: {shown}");
        }
    }
}

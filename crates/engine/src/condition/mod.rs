//! Conditions: a typed subset of CEL over declared names, checked before anything runs.
//!
//! CEL's grammar is read by the `cel` crate. The expression is then checked against the declared fields, questions
//! and outcomes and kept in a form that cannot fail: comparisons, `in` a list, `&&`, `||`, `!`. There are no loops, no
//! arithmetic and no calls, so a condition takes time in proportion to its length.
//!
//! A field nobody filled in equals nothing and is neither smaller nor larger than anything; as a yes-or-no it is no.

mod read;
pub(crate) mod space;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

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

impl Name {
    fn is_outcome(&self) -> bool {
        matches!(self, Self::Outcome(_))
    }
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
    /// Whether a name's value is settled before the case runs; outcomes never are.
    fn settled(&self, name: &Name) -> bool {
        !matches!(name, Name::Outcome(_))
    }
}

/// A checked condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    expr: Expr,
    text: Arc<str>,
    is_settled: bool,
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
        let expr = read::read(source, scope)?;
        let is_settled = !expr.names().iter().any(Name::is_outcome);
        Ok(Self { expr, text: source.into(), is_settled })
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

    /// Whether it holds before the case runs: `None` when that depends on what is not settled then, such as outcomes.
    #[must_use]
    pub fn foreseen(&self, lookup: &impl Lookup) -> Option<bool> {
        self.expr.foreseen(lookup)
    }

    /// Whether it reads answers and form alone, which never change.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Whether it reads answers or form as well as outcomes.
    pub(crate) fn is_mixed(&self) -> bool {
        !self.is_settled && !self.expr.names().iter().all(Name::is_outcome)
    }

    /// The names it reads.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        self.expr.names()
    }
}

impl Expr {
    fn names(&self) -> Vec<Name> {
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
        walk(self, &mut names);
        names
    }

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
    /// Kleene's three-valued logic: what reads a name that is not settled is unknown.
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
            Self::Compare(name, ..) | Self::In(name, _) if !lookup.settled(name) => None,
            _ => Some(self.holds(lookup)),
        }
    }
}

fn compare(name: &Name, lookup: &impl Lookup, op: Op, wanted: &Value) -> bool {
    op.holds(match name {
        Name::Outcome(node) => match (lookup.outcome(*node), wanted) {
            (Some(word), Value::Text(wanted)) => Some(word.cmp(wanted.as_str())),
            _ => None,
        },
        Name::Form(id) => lookup.form(id).and_then(|value| order(value, wanted)),
        Name::Answer(id) => lookup.answer(id).and_then(|value| order(value, wanted)),
    })
}

impl Op {
    /// Whether a comparison holds that came out like this; with nothing to compare, only "differs" does.
    fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal => ordering == Some(Ordering::Equal),
            Self::NotEqual => ordering != Some(Ordering::Equal),
            Self::Less => ordering == Some(Ordering::Less),
            Self::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::GreaterEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
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

    #[test]
    fn many_comparisons_are_read_and_deep_nesting_is_not() {
        let many = vec!["answer.home != 'owned' && !answer.sign"; 20].join(" && ");
        assert!(Condition::compile(&many, &scope()).is_ok());
        for deep in ["!".repeat(40) + "answer.sign", "(".repeat(40) + "answer.sign" + &")".repeat(40)] {
            assert_eq!(Condition::compile(&deep, &scope()).expect_err("too deep")[0].code, "E-COND-001");
        }
    }
}

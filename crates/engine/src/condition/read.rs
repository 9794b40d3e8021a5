//! Reading a condition: CEL's grammar, then names and types.

use cel::common::ast::{Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};

use super::{CONDITION_BYTES_MAX, Expr, Fault, Name, Op, Scope, Type};
use crate::value::Value;

/// Deepest nesting of brackets and negations; the parser is recursive.
const NESTING_MAX: usize = 32;

/// Reads and checks a condition, or says everything that is wrong with it.
pub(super) fn read(source: &str, scope: &Scope) -> Result<Expr, Vec<Fault>> {
    if source.len() > CONDITION_BYTES_MAX || nesting(source) > NESTING_MAX {
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
                let what = what.trim_start_matches("Syntax error: ").split(" expecting ").next().unwrap_or_default();
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
    if reader.faults.is_empty() { Ok(expr) } else { Err(reader.faults) }
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

/// Deepest nesting of brackets and of negations that follow each other, counted before the recursive parser sees them.
fn nesting(source: &str) -> usize {
    let (mut depth, mut negations, mut deepest) = (0_usize, 0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b' ' => continue,
            _ => {}
        }
        negations = if byte == b'!' { negations + 1 } else { 0 };
        deepest = deepest.max(depth + negations);
    }
    deepest
}

fn fault(code: &'static str, (offset, length): (usize, usize), zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault { code, offset, length, zh: zh.into(), en: en.into(), written: String::new(), known: Vec::new() }
}

//! Holds a file against the JSON Schema generated from the definition types, and says everything that differs.
//!
//! It understands the part of JSON Schema 2020-12 that those types use: `type`, `properties`, `required`,
//! `additionalProperties: false`, `items`, `$ref`, `enum`, `const`, `oneOf` told apart by a constant key, and the
//! bounds on numbers, strings and arrays. A keyword it does not know is a bug in this crate and fails its tests.

mod pattern;
mod rules;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use crate::at::At;
use crate::diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
use crate::source::Source;

pub(crate) use pattern::{MOMENT, WHEN};
pub(crate) use rules::Rules;
use rules::{Bounds, Plain, Rule, RuleId};

/// Everything in which the file differs from the schema.
#[must_use]
pub(crate) fn differences(source: &Source<'_>, rules: &Rules<'_>) -> Vec<Diagnostic> {
    let mut reader = Reader { source, rules, found: Vec::new() };
    reader.value(source.root(), rules.root(), &At::ROOT);
    reader.found
}

struct Reader<'s, 't> {
    source: &'s Source<'t>,
    rules: &'s Rules<'s>,
    found: Vec<Diagnostic>,
}

impl<'s> Reader<'s, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < DIAGNOSTICS_MAX {
            self.found.push(diagnostic);
        }
    }

    fn value(&mut self, value: &Value<'_>, rule: RuleId, at: &At<'_>) {
        match self.rules.get(rule) {
            Rule::Words(words) => self.one_of(value, words, at),
            Rule::Tagged { tag, variants } => self.variant(value, tag, variants, at),
            Rule::Plain(plain) => {
                if self.has_type(value, &plain.types, at) {
                    self.plain(value, plain, at);
                }
            }
        }
    }

    fn plain(&mut self, value: &Value<'_>, plain: &'s Plain<'s>, at: &At<'_>) {
        match value {
            Value::Object(object) => self.object(object, plain, at),
            Value::Array(array) => {
                let count = array.elements.len();
                self.bounds(value, plain.elements, at, count as f64, ("个元素", " elements"));
                if let Some(items) = plain.items {
                    for (index, element) in array.elements.iter().enumerate() {
                        self.value(element, items, &at.index(index));
                    }
                }
            }
            Value::StringLit(text) => {
                let count = text.value.chars().count();
                self.bounds(value, plain.characters, at, count as f64, ("个字符", " characters"));
                if let Some(pattern) = plain.pattern
                    && !pattern::matches(pattern, &text.value)
                {
                    let place = self.source.place_of(&at.pointer(), value.start(), value.end());
                    let (zh, en) = pattern::words(pattern);
                    self.report(
                        Diagnostic::error(
                            "E-SHAPE-006",
                            place,
                            format!("“{}”的写法不对", brief(&text.value)),
                            format!("\"{}\" is not written as it must be", brief(&text.value)),
                        )
                        .expected(zh, en),
                    );
                }
            }
            Value::NumberLit(number) => match number.value.parse::<f64>() {
                Ok(n) if n.is_finite() => {
                    self.bounds(value, plain.number, at, n, ("", ""));
                }
                _ => {
                    let place = self.source.place_of(&at.pointer(), value.start(), value.end());
                    self.report(Diagnostic::error(
                        "E-SHAPE-005",
                        place,
                        format!("数 {} 超出范围", brief(number.value)),
                        format!("the number {} is out of range", brief(number.value)),
                    ));
                }
            },
            Value::BooleanLit(_) | Value::NullKeyword(_) => {}
        }
    }

    fn object(&mut self, object: &Object<'_>, plain: &'s Plain<'s>, at: &At<'_>) {
        self.twice(object, at);
        let Some(keys) = &plain.keys else {
            if let Some(each) = plain.each {
                for property in &object.properties {
                    self.value(&property.value, each, &at.key(property.name.as_str()));
                }
            }
            return;
        };
        for property in &object.properties {
            let name = property.name.as_str();
            let inside = at.key(name);
            match keys.known.iter().find(|(key, _)| *key == name) {
                Some((_, rule)) => self.value(&property.value, *rule, &inside),
                None => {
                    let place = self.source.place_of_key(&inside.pointer(), &property.name);
                    let known: Vec<&str> = keys.known.iter().map(|(key, _)| *key).collect();
                    let list = known.join(", ");
                    self.report(
                        Diagnostic::error(
                            "E-SHAPE-001",
                            place,
                            format!("不认识的键“{}”", brief(name)),
                            format!("unknown key \"{}\"", brief(name)),
                        )
                        .expected(format!("其中之一：{list}"), format!("one of: {list}"))
                        .did_you_mean(name, known),
                    );
                }
            }
        }
        for (key, meaning) in &keys.required {
            if !object.properties.iter().any(|p| p.name.as_str() == *key) {
                let place = self.source.place_of(&at.pointer(), object.start(), object.start() + 1);
                let mut diagnostic = Diagnostic::error(
                    "E-SHAPE-003",
                    place,
                    format!("缺少键“{key}”"),
                    format!("the key \"{key}\" is missing"),
                );
                if let Some(meaning) = meaning {
                    diagnostic = diagnostic.expected(format!("“{key}”：{meaning}"), format!("\"{key}\": {meaning}"));
                }
                self.report(diagnostic);
            }
        }
    }

    fn twice(&mut self, object: &Object<'_>, at: &At<'_>) {
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            if object.properties[..index].iter().any(|earlier| earlier.name.as_str() == name) {
                let place = self.source.place_of_key(&at.key(name).pointer(), &property.name);
                self.report(
                    Diagnostic::error(
                        "E-SHAPE-002",
                        place,
                        format!("键“{}”写了两次", brief(name)),
                        format!("the key \"{}\" stands twice", brief(name)),
                    )
                    .help("删去其中一个", "remove one of them"),
                );
            }
        }
    }

    /// An object whose variant is named by a constant key.
    fn variant(&mut self, value: &Value<'_>, tag: &str, variants: &'s [(&'s str, RuleId)], at: &At<'_>) {
        let Value::Object(object) = value else {
            self.wrong_type(value, ("对象", "an object"), at);
            return;
        };
        let names = || variants.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        let Some(property) = object.properties.iter().find(|property| property.name.as_str() == tag) else {
            let place = self.source.place_of(&at.pointer(), object.start(), object.start() + 1);
            let list = names().join(", ");
            self.report(
                Diagnostic::error(
                    "E-SHAPE-003",
                    place,
                    format!("缺少键“{tag}”"),
                    format!("the key \"{tag}\" is missing"),
                )
                .expected(format!("其中之一：{list}"), format!("one of: {list}")),
            );
            return;
        };
        let written = match &property.value {
            Value::StringLit(word) => variants.iter().find(|(known, _)| *known == word.value),
            _ => None,
        };
        match written.map(|(_, rule)| self.rules.get(*rule)) {
            Some(Rule::Plain(plain)) => self.object(object, plain, at),
            _ => self.one_of(&property.value, &names(), &at.key(tag)),
        }
    }

    fn one_of(&mut self, value: &Value<'_>, words: &[&str], at: &At<'_>) {
        let Value::StringLit(text) = value else {
            return self.wrong_type(value, ("文字", "a string"), at);
        };
        if words.contains(&text.value.as_ref()) {
            return;
        }
        let place = self.source.place_of(&at.pointer(), value.start(), value.end());
        let list = words.join(", ");
        self.report(
            Diagnostic::error(
                "E-SHAPE-007",
                place,
                format!("不认识的值“{}”", brief(&text.value)),
                format!("unknown value \"{}\"", brief(&text.value)),
            )
            .expected(format!("其中之一：{list}"), format!("one of: {list}"))
            .did_you_mean(&text.value, words.iter().copied()),
        );
    }

    /// Whether a value has one of the allowed types; none named means any.
    fn has_type(&mut self, value: &Value<'_>, allowed: &[&str], at: &At<'_>) -> bool {
        if allowed.is_empty() {
            return true;
        }
        let fits = allowed.iter().any(|kind| match (*kind, value) {
            ("object", Value::Object(_))
            | ("array", Value::Array(_))
            | ("string", Value::StringLit(_))
            | ("number", Value::NumberLit(_))
            | ("boolean", Value::BooleanLit(_)) => true,
            ("integer", Value::NumberLit(n)) => n.value.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        });
        if !fits {
            let words: Vec<(&str, &str)> = allowed.iter().map(|kind| type_words(kind)).collect();
            let (zh, en): (Vec<&str>, Vec<&str>) = words.into_iter().unzip();
            self.wrong_type(value, (&zh.join("或"), &en.join(" or ")), at);
        }
        fits
    }

    fn wrong_type(&mut self, value: &Value<'_>, wanted: (&str, &str), at: &At<'_>) {
        let place = self.source.place_of(&at.pointer(), value.start(), value.end());
        let found = match value {
            Value::Object(_) => type_words("object"),
            Value::Array(_) => type_words("array"),
            Value::StringLit(_) => type_words("string"),
            Value::NumberLit(_) => type_words("number"),
            Value::BooleanLit(_) => type_words("boolean"),
            Value::NullKeyword(_) => ("空值 null", "null"),
        };
        self.report(
            Diagnostic::error("E-SHAPE-004", place, format!("这里是{}", found.0), format!("here is {}", found.1))
                .expected(wanted.0, wanted.1),
        );
    }

    fn bounds(&mut self, value: &Value<'_>, Bounds(low, high): Bounds, at: &At<'_>, measured: f64, unit: (&str, &str)) {
        if low.is_none_or(|low| measured >= low) && high.is_none_or(|high| measured <= high) {
            return;
        }
        let place = self.source.place_of(&at.pointer(), value.start(), value.end());
        let range = match (low, high) {
            (Some(low), Some(high)) => (format!("{low} 至 {high}{}", unit.0), format!("{low} to {high}{}", unit.1)),
            (Some(low), None) => (format!("不少于 {low}{}", unit.0), format!("at least {low}{}", unit.1)),
            (_, high) => {
                let high = high.unwrap_or_default();
                (format!("不超过 {high}{}", unit.0), format!("at most {high}{}", unit.1))
            }
        };
        self.report(
            Diagnostic::error(
                "E-SHAPE-005",
                place,
                format!("{measured}{} 超出范围", unit.0),
                format!("{measured}{} is out of range", unit.1),
            )
            .expected(range.0, range.1),
        );
    }
}

fn type_words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "object" => ("对象", "an object"),
        "array" => ("数组", "an array"),
        "string" => ("文字", "a string"),
        "integer" => ("整数", "a whole number"),
        "number" => ("数", "a number"),
        _ => ("true 或 false", "true or false"),
    }
}

/// At most 40 characters of what was written, so that a message stays a line.
fn brief(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

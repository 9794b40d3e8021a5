//! Holds a file against the JSON Schema generated from the definition types, and says everything that differs.
//!
//! It understands the part of JSON Schema 2020-12 that those types use: `type`, `properties`, `required`,
//! `additionalProperties: false`, `items`, `$ref`, `enum`, `const`, `oneOf` told apart by a constant key, and the
//! bounds on numbers, strings and arrays. A keyword it does not know is a bug in this crate and fails its tests.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value as Json};

use crate::at::At;
use crate::diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
use crate::outcome::WORD_BYTES_MAX;
use crate::source::Source;
use crate::trial::{is_minute, is_when};

/// Everything in which the file differs from the schema.
#[must_use]
pub(crate) fn differences(source: &Source<'_>, schema: &Json) -> Vec<Diagnostic> {
    let definitions = schema.get("$defs").and_then(Json::as_object);
    let mut reader = Reader { source, definitions, found: Vec::new() };
    reader.value(source.root(), schema, &At::ROOT);
    reader.found
}

struct Reader<'s, 't> {
    source: &'s Source<'t>,
    definitions: Option<&'s Map<String, Json>>,
    found: Vec<Diagnostic>,
}

impl<'s> Reader<'s, '_> {
    fn resolve(&self, mut schema: &'s Json) -> &'s Json {
        while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            match reference.strip_prefix("#/$defs/").and_then(|name| self.definitions?.get(name)) {
                Some(next) => schema = next,
                None => return schema,
            }
        }
        schema
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < DIAGNOSTICS_MAX {
            self.found.push(diagnostic);
        }
    }

    fn value(&mut self, value: &Value<'_>, schema: &'s Json, at: &At<'_>) {
        let schema = self.resolve(schema);
        if let Some(variants) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Json::as_array) {
            return self.variant(value, variants, at);
        }
        if let Some(wanted) = schema.get("const").and_then(Json::as_str) {
            return self.one_of(value, &[wanted], at);
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
            return self.one_of(value, &words, at);
        }
        if !self.has_type(value, schema, at) {
            return;
        }
        match value {
            Value::Object(object) => self.object(object, schema, at),
            Value::Array(array) => {
                let count = array.elements.len();
                self.bounds(value, schema, at, ["minItems", "maxItems"], count as f64, ("个元素", " elements"));
                if let Some(items) = schema.get("items") {
                    for (index, element) in array.elements.iter().enumerate() {
                        self.value(element, items, &at.index(index));
                    }
                }
            }
            Value::StringLit(text) => {
                let count = text.value.chars().count();
                self.bounds(value, schema, at, ["minLength", "maxLength"], count as f64, ("个字符", " characters"));
                if let Some(pattern) = schema.get("pattern").and_then(Json::as_str)
                    && !matches_pattern(pattern, &text.value)
                {
                    let place = self.source.place_of(&at.pointer(), value.start(), value.end());
                    let (zh, en) = pattern_words(pattern);
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
                    self.bounds(value, schema, at, ["minimum", "maximum"], n, ("", ""));
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

    fn object(&mut self, object: &Object<'_>, schema: &'s Json, at: &At<'_>) {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
            if let Some(each) = schema.get("additionalProperties").filter(|s| s.is_object()) {
                for property in &object.properties {
                    self.value(&property.value, each, &at.key(property.name.as_str()));
                }
            }
            self.twice(object, at);
            return;
        };
        self.twice(object, at);
        for property in &object.properties {
            let name = property.name.as_str();
            let inside = at.key(name);
            match properties.get(name) {
                Some(inner) => self.value(&property.value, inner, &inside),
                None => {
                    let place = self.source.place_of_key(&inside.pointer(), &property.name);
                    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
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
        for key in schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            if !object.properties.iter().any(|p| p.name.as_str() == key) {
                let place = self.source.place_of(&at.pointer(), object.start(), object.start() + 1);
                let words = |s: &'s Json| s.get("description").or_else(|| self.resolve(s).get("description"));
                let what = properties.get(key).and_then(words).and_then(Json::as_str);
                let mut diagnostic = Diagnostic::error(
                    "E-SHAPE-003",
                    place,
                    format!("缺少键“{key}”"),
                    format!("the key \"{key}\" is missing"),
                );
                if let Some(what) = what {
                    diagnostic = diagnostic.expected(format!("“{key}”：{what}"), format!("\"{key}\": {what}"));
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

    /// An object whose variant is named by a constant key (`type`, `from`, `at`), or a plain word of several.
    fn variant(&mut self, value: &Value<'_>, variants: &'s [Json], at: &At<'_>) {
        let words: Vec<&str> = variants
            .iter()
            .flat_map(|v| {
                let v = self.resolve(v);
                v.get("const")
                    .and_then(Json::as_str)
                    .into_iter()
                    .chain(v.get("enum").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str))
            })
            .collect();
        if !words.is_empty() {
            return self.one_of(value, &words, at);
        }
        let real: Vec<&'s Json> = variants.iter().map(|v| self.resolve(v)).collect();
        let Some(tag) = real.iter().find_map(|v| {
            v.get("properties")?
                .as_object()?
                .iter()
                .find(|(_, s)| s.get("const").is_some())
                .map(|(key, _)| key.as_str())
        }) else {
            return;
        };
        let Value::Object(object) = value else {
            self.wrong_type(value, ("对象", "an object"), at);
            return;
        };
        let tag_of = |v: &'s Json| v.get("properties")?.get(tag)?.get("const")?.as_str();
        let names: Vec<&str> = real.iter().filter_map(|v| tag_of(v)).collect();
        match object.properties.iter().find(|p| p.name.as_str() == tag) {
            None => {
                let place = self.source.place_of(&at.pointer(), object.start(), object.start() + 1);
                let list = names.join(", ");
                self.report(
                    Diagnostic::error(
                        "E-SHAPE-003",
                        place,
                        format!("缺少键“{tag}”"),
                        format!("the key \"{tag}\" is missing"),
                    )
                    .expected(format!("其中之一：{list}"), format!("one of: {list}")),
                );
            }
            Some(property) => {
                let found = match &property.value {
                    Value::StringLit(word) => real.iter().find(|v| tag_of(v) == Some(word.value.as_ref())),
                    _ => None,
                };
                match found {
                    Some(schema) => self.object(object, schema, at),
                    None => self.one_of(&property.value, &names, &at.key(tag)),
                }
            }
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

    fn has_type(&mut self, value: &Value<'_>, schema: &Json, at: &At<'_>) -> bool {
        let allowed: Vec<&str> = match schema.get("type") {
            Some(Json::String(one)) => vec![one],
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
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

    fn bounds(
        &mut self,
        value: &Value<'_>,
        schema: &Json,
        at: &At<'_>,
        keys: [&str; 2],
        measured: f64,
        unit: (&str, &str),
    ) {
        let (low, high) = (schema.get(keys[0]).and_then(Json::as_f64), schema.get(keys[1]).and_then(Json::as_f64));
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

/// The few patterns the format uses, by hand: the engine needs no regular expressions.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern {
        ID_SNAKE => is_id(text, b"_"),
        WORD => is_id(text, b"_") && text.len() <= WORD_BYTES_MAX,
        ID_KEBAB => is_id(text, b"-"),
        ID_DOTTED => is_id(text, b"_."),
        DATE => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        TIME => {
            text.len() == 5
                && text.as_bytes()[2] == b':'
                && text[..2].parse::<u8>().is_ok_and(|h| h < 24)
                && text[3..].parse::<u8>().is_ok_and(|m| m < 60)
        }
        YEAR => text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()),
        MOMENT => is_minute(text),
        WHEN => is_when(text),
        _ => false,
    }
}

const ID_SNAKE: &str = r"^[a-z][a-z0-9_]{0,63}$";
const WORD: &str = r"^[a-z][a-z0-9_]{0,31}$";
const ID_KEBAB: &str = r"^[a-z][a-z0-9-]{0,63}$";
const ID_DOTTED: &str = r"^[a-z][a-z0-9_.]{0,63}$";
const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";
const TIME: &str = r"^\d{2}:\d{2}$";
const YEAR: &str = r"^\d{4}$";
pub(crate) const MOMENT: &str = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$";
pub(crate) const WHEN: &str = r"^(\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?|unpublished)$";

fn is_id(text: &str, extra: &[u8]) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 64
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra.contains(b))
}

fn pattern_words(pattern: &str) -> (&'static str, &'static str) {
    match pattern {
        ID_SNAKE => (
            "小写字母开头，只含小写字母、数字和下划线，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits and underscores, at most 64 in all",
        ),
        WORD => (
            "小写字母开头，只含小写字母、数字和下划线，不超过 32 个字符",
            "a lower-case letter, then lower-case letters, digits and underscores, at most 32 in all",
        ),
        ID_KEBAB => (
            "小写字母开头，只含小写字母、数字和连字符，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits and hyphens, at most 64 in all",
        ),
        ID_DOTTED => (
            "小写字母开头，只含小写字母、数字、下划线和点，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits, underscores and dots, at most 64 in all",
        ),
        DATE => ("真实存在的日期，写作 2026-02-14", "a day that exists, written 2026-02-14"),
        TIME => ("时刻，写作 09:00", "a time of day, written 09:00"),
        MOMENT => ("真实存在的时刻，写作 2026-02-14 09:00", "a minute that exists, written 2026-02-14 09:00"),
        WHEN => (
            "日期或时刻，写作 2026-02-14 或 2026-02-14 09:00；尚未公布的年份写作 unpublished",
            "a day or a minute, written 2026-02-14 or 2026-02-14 09:00; unpublished for a year that is not published",
        ),
        _ => ("四位数的年份", "a year of four digits"),
    }
}

/// At most 40 characters of what was written, so that a message stays a line.
fn brief(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

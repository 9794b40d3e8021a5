//! A JSON Schema, read once into what the reader of a file asks of it: a file has thousands of values, a schema some
//! hundred rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// The rules of one schema; they name each other by number, because a schema may hold itself.
pub(crate) struct Rules<'s> {
    rules: Vec<Rule<'s>>,
}

/// What a value must be.
pub(super) enum Rule<'s> {
    /// One of several words.
    Words(Vec<&'s str>),
    /// An object whose variant is named by a constant key (`type`, `from`, `at`).
    Tagged { tag: &'s str, variants: Vec<(&'s str, RuleId)> },
    /// A value of one of several types, within the bounds of its type.
    Plain(Plain<'s>),
}

/// The number of a rule.
#[derive(Clone, Copy)]
pub(super) struct RuleId(usize);

/// The part of a schema that holds for each type of value.
#[derive(Default)]
pub(super) struct Plain<'s> {
    /// Empty: any type.
    pub(super) types: Vec<&'s str>,
    pub(super) keys: Option<Keys<'s>>,
    /// What every key of an object holds whose keys are not fixed.
    pub(super) each: Option<RuleId>,
    pub(super) items: Option<RuleId>,
    pub(super) elements: Bounds,
    pub(super) characters: Bounds,
    pub(super) number: Bounds,
    pub(super) pattern: Option<&'s str>,
}

/// The keys of an object.
pub(super) struct Keys<'s> {
    pub(super) known: Vec<(&'s str, RuleId)>,
    /// Each with what it means, where the schema says so.
    pub(super) required: Vec<(&'s str, Option<&'s str>)>,
}

/// The least and the greatest, both allowed.
#[derive(Clone, Copy, Default)]
pub(super) struct Bounds(pub(super) Option<f64>, pub(super) Option<f64>);

impl<'s> Rules<'s> {
    pub(crate) fn of(schema: &'s Json) -> Self {
        let definitions = schema.get("$defs").and_then(Json::as_object);
        let mut writer = Writer { definitions, rules: Vec::new(), written: BTreeMap::new() };
        writer.rule(schema);
        Self { rules: writer.rules.into_iter().map(Option::unwrap_or_default).collect() }
    }

    pub(super) fn root(&self) -> RuleId {
        RuleId(0)
    }

    pub(super) fn get(&self, id: RuleId) -> &Rule<'s> {
        &self.rules[id.0]
    }
}

impl Default for Rule<'_> {
    fn default() -> Self {
        Self::Plain(Plain::default())
    }
}

struct Writer<'s> {
    definitions: Option<&'s Map<String, Json>>,
    /// `None` while a rule is being written that holds itself.
    rules: Vec<Option<Rule<'s>>>,
    /// The rules of the definitions.
    written: BTreeMap<&'s str, RuleId>,
}

impl<'s> Writer<'s> {
    /// The definition that a schema is but a reference to, and the schema itself.
    fn resolve(&self, mut schema: &'s Json) -> (Option<&'s str>, &'s Json) {
        let mut name = None;
        while let Some(next) = schema.get("$ref").and_then(Json::as_str).and_then(|it| it.strip_prefix("#/$defs/")) {
            let Some(found) = self.definitions.and_then(|all| all.get(next)) else { break };
            (name, schema) = (Some(next), found);
        }
        (name, schema)
    }

    fn rule(&mut self, schema: &'s Json) -> RuleId {
        let (name, schema) = self.resolve(schema);
        if let Some(id) = name.and_then(|name| self.written.get(name)) {
            return *id;
        }
        let id = RuleId(self.rules.len());
        self.rules.push(None);
        if let Some(name) = name {
            self.written.insert(name, id);
        }
        let rule = if let Some(variants) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Json::as_array)
        {
            self.variants(variants)
        } else if let Some(word) = schema.get("const").and_then(Json::as_str) {
            Rule::Words(vec![word])
        } else if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            Rule::Words(words.iter().filter_map(Json::as_str).collect())
        } else {
            Rule::Plain(self.plain(schema))
        };
        self.rules[id.0] = Some(rule);
        id
    }

    fn variants(&mut self, variants: &'s [Json]) -> Rule<'s> {
        let real: Vec<&'s Json> = variants.iter().map(|variant| self.resolve(variant).1).collect();
        let constant = |schema: &'s Json| schema.get("const").and_then(Json::as_str);
        let listed = |schema: &'s Json| schema.get("enum").and_then(Json::as_array).into_iter().flatten();
        let words: Vec<&str> = real
            .iter()
            .flat_map(|schema| constant(schema).into_iter().chain(listed(schema).filter_map(Json::as_str)))
            .collect();
        if !words.is_empty() {
            return Rule::Words(words);
        }
        let keys = |schema: &'s Json| schema.get("properties").and_then(Json::as_object).into_iter().flatten();
        let Some((tag, _)) = real.iter().flat_map(|schema| keys(schema)).find(|(_, it)| it.get("const").is_some())
        else {
            return Rule::default();
        };
        let word = |schema: &'s Json| constant(schema.get("properties")?.get(tag)?);
        let tagged = |(variant, schema)| Some((word(schema)?, self.rule(variant)));
        Rule::Tagged { tag, variants: variants.iter().zip(real.iter().copied()).filter_map(tagged).collect() }
    }

    fn plain(&mut self, schema: &'s Json) -> Plain<'s> {
        let types = match schema.get("type") {
            Some(Json::String(one)) => vec![one.as_str()],
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        let bound = |key| schema.get(key).and_then(Json::as_f64);
        Plain {
            types,
            keys: schema.get("properties").and_then(Json::as_object).map(|known| self.keys(schema, known)),
            each: schema.get("additionalProperties").filter(|it| it.is_object()).map(|it| self.rule(it)),
            items: schema.get("items").map(|it| self.rule(it)),
            elements: Bounds(bound("minItems"), bound("maxItems")),
            characters: Bounds(bound("minLength"), bound("maxLength")),
            number: Bounds(bound("minimum"), bound("maximum")),
            pattern: schema.get("pattern").and_then(Json::as_str),
        }
    }

    fn keys(&mut self, schema: &'s Json, known: &'s Map<String, Json>) -> Keys<'s> {
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let meaning = |key: &str| {
            let schema = known.get(key)?;
            schema.get("description").or_else(|| self.resolve(schema).1.get("description"))?.as_str()
        };
        let required = required.map(|key| (key, meaning(key))).collect();
        Keys { known: known.iter().map(|(key, schema)| (key.as_str(), self.rule(schema))).collect(), required }
    }
}

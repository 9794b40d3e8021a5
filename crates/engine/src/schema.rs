//! The JSON Schema of each kind of file, generated from the definition types.

use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::calendar::CalendarFile;
use crate::definition::{FileKind, Matter, Package};
use crate::shape::Rules;
use crate::trial::TestFile;

/// The JSON Schema (2020-12) of a kind of file.
#[must_use]
pub fn schema(kind: FileKind) -> Json {
    let schema = match kind {
        FileKind::Matter => schemars::schema_for!(Matter),
        FileKind::Package => schemars::schema_for!(Package),
        FileKind::Calendar => schemars::schema_for!(CalendarFile),
        FileKind::Tests => schemars::schema_for!(TestFile),
    };
    published(schema)
}

/// A generated schema as it is published.
pub(crate) fn published(schema: schemars::Schema) -> Json {
    let mut schema = schema.to_value();
    without_null(&mut schema);
    schema
}

/// A key that may be absent is left out, never written as null: an editor shall say so, as the check does.
fn without_null(schema: &mut Json) {
    match schema {
        Json::Object(keys) => {
            if let Some(Json::Array(types)) = keys.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    keys.insert("type".to_owned(), only);
                }
            }
            if let Some(Json::Array(variants)) = keys.get_mut("anyOf") {
                variants.retain(|variant| variant.get("type").is_none_or(|kind| kind != "null"));
                if let [Json::Object(only)] = variants.as_slice() {
                    let only = only.clone();
                    keys.remove("anyOf");
                    keys.extend(only);
                }
            }
            keys.retain(|key, value| key != "default" || !value.is_null());
            keys.values_mut().for_each(without_null);
        }
        Json::Array(values) => values.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// The rules of a kind of file, read from its schema once.
pub(crate) fn rules(kind: FileKind) -> &'static Rules<'static> {
    static SCHEMAS: [OnceLock<Json>; 4] = [const { OnceLock::new() }; 4];
    static RULES: [OnceLock<Rules<'static>>; 4] = [const { OnceLock::new() }; 4];
    let slot = match kind {
        FileKind::Matter => 0,
        FileKind::Package => 1,
        FileKind::Calendar => 2,
        FileKind::Tests => 3,
    };
    RULES[slot].get_or_init(|| Rules::of(SCHEMAS[slot].get_or_init(|| schema(kind))))
}

//! An answer on a form.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::application::ANSWER_CHARS_MAX;

/// An answer to a field or a question. Dates and choices are text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number; whole numbers are exact up to 2^53.
    Number(f64),
    /// Text, a choice's id, or a day written `YYYY-MM-DD`.
    Text(String),
}

impl JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Answer".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["boolean", "number", "string"], "maxLength": ANSWER_CHARS_MAX })
    }
}

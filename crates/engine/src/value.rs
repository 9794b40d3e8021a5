//! An answer on a form.

use serde::{Deserialize, Serialize};

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

//! The JSON Schema of each kind of file, generated from the definition types.

use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::calendar::CalendarFile;
use crate::definition::{FileKind, Matter, Package};

/// The JSON Schema (2020-12) of a kind of file.
#[must_use]
pub fn schema(kind: FileKind) -> Json {
    match kind {
        FileKind::Matter => schemars::schema_for!(Matter),
        FileKind::Package => schemars::schema_for!(Package),
        FileKind::Calendar => schemars::schema_for!(CalendarFile),
    }
    .to_value()
}

pub(crate) fn cached(kind: FileKind) -> &'static Json {
    static SCHEMAS: [OnceLock<Json>; 3] = [const { OnceLock::new() }; 3];
    let slot = match kind {
        FileKind::Matter => &SCHEMAS[0],
        FileKind::Package => &SCHEMAS[1],
        FileKind::Calendar => &SCHEMAS[2],
    };
    slot.get_or_init(|| schema(kind))
}

//! Files of other kinds, read as strictly as definitions: every value has its place, every difference from the schema is
//! a finding. A simulator's scenario is one.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::check::InputFile;
use crate::diagnostic::Diagnostic;
use crate::schema::published;
use crate::shape::{Rules, differences};
use crate::source::Source;

/// A file that has the shape of its type.
pub struct Document<'a, T> {
    source: Source<'a>,
    /// What it says.
    pub value: T,
}

/// Reads a file into a type whose schema it fits.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn read<T: DeserializeOwned + JsonSchema>(input: &InputFile) -> Result<Document<'_, T>, Vec<Diagnostic>> {
    let source = Source::parse(&input.name, &input.bytes).map_err(|found| vec![*found])?;
    let schema = schema_of::<T>();
    let found = differences(&source, &Rules::of(&schema));
    if !found.is_empty() {
        return Err(found);
    }
    let value = serde_json::from_str(source.text()).map_err(|error| {
        let place = source.place_of_line(error.line(), error.column());
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let (zh, en) = (format!("这里的值读不懂：{said}"), format!("the value here cannot be read: {said}"));
        vec![Diagnostic::error("E-SHAPE-008", place, zh, en)]
    })?;
    Ok(Document { source, value })
}

/// The JSON Schema of a type, as it is published for editors.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Json {
    published(schemars::schema_for!(T))
}

impl<T> Document<'_, T> {
    /// An error at the value that a JSON pointer names.
    #[must_use]
    pub fn error(&self, code: &'static str, pointer: &str, zh: impl Into<String>, en: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source.place(pointer), zh, en)
    }
}

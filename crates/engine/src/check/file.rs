//! One file: its kind, its type, its name.

use serde::de::DeserializeOwned;

use crate::calendar::{Calendar, CalendarFile};
use crate::check::{Checked, names};
use crate::definition::FileKind;
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// A file to check. The caller reads it; the engine touches no disk.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Its name, as findings shall print it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl InputFile {
    /// Its name without directories and `.json`.
    pub(crate) fn stem(&self) -> &str {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        name.strip_suffix(".json").unwrap_or(name)
    }
}

/// A file that has the shape of its kind.
pub(crate) struct Loaded<'a, T> {
    pub(crate) input: &'a InputFile,
    pub(crate) source: Source<'a>,
    pub(crate) value: T,
}

/// The kind a file names itself.
pub(crate) fn kind(source: &Source<'_>) -> Result<FileKind, Box<Diagnostic>> {
    let written = source.root_text("kind");
    if let Some(kind) = FileKind::ALL.into_iter().find(|kind| written == Some(kind.word())) {
        return Ok(kind);
    }
    let written = written.unwrap_or_default();
    Err(Box::new(
        Diagnostic::error(
            "E-FILE-005",
            source.place("/kind"),
            "看不出文件种类：没有可认的“kind”",
            "the kind of file is unknown: there is no usable \"kind\"",
        )
        .expected(
            "\"kind\": \"matter\"、\"package\"、\"calendar\" 或 \"tests\"",
            "\"kind\": \"matter\", \"package\", \"calendar\" or \"tests\"",
        )
        .did_you_mean(written, FileKind::ALL.map(FileKind::word)),
    ))
}

/// Reads a file that fits its schema into its type, and holds its id against its name.
pub(crate) fn load<'a, T: DeserializeOwned>(
    input: &'a InputFile,
    source: Source<'a>,
    found: &mut Vec<Diagnostic>,
    id: impl Fn(&T) -> &String,
) -> Result<Loaded<'a, T>, Vec<Diagnostic>> {
    let value: T = serde_json::from_str(source.text()).map_err(|error| {
        let place = source.place_of_line(error.line(), error.column());
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        vec![
            Diagnostic::error(
                "E-SHAPE-008",
                place,
                format!("这里的值读不懂：{said}"),
                format!("the value here cannot be read: {said}"),
            )
            .help("改成普通的文字或数", "write plain text or a plain number instead"),
        ]
    })?;
    let stem = input.stem();
    if id(&value) != stem {
        found.push(
            Diagnostic::error(
                "E-REF-007",
                source.place("/id"),
                format!("id“{}”与文件名“{stem}”不同", id(&value)),
                format!("the id \"{}\" differs from the file's name \"{stem}\"", id(&value)),
            )
            .help("两者写成一样", "make them the same"),
        );
    }
    Ok(Loaded { input, source, value })
}

/// No earlier file has its id.
pub(crate) fn alone<T>(loaded: &Loaded<'_, T>, id: &str, earlier: Option<&str>) -> Result<(), Vec<Diagnostic>> {
    earlier.map_or(Ok(()), |earlier| Err(vec![names::same_id(loaded.source.place("/id"), id, earlier)]))
}

/// Checks a calendar's days and keeps it when they are good.
pub(crate) fn calendar(loaded: Loaded<'_, CalendarFile>, checked: &mut Checked) {
    let id = loaded.value.id.clone();
    match Calendar::new(loaded.value) {
        Ok(calendar) => {
            checked.calendars.insert(id, calendar);
        }
        Err(problems) => checked.diagnostics.extend(problems.into_iter().map(|problem| {
            let place = loaded.source.place(&problem.pointer);
            let found = Diagnostic::error(problem.code, place, problem.zh, problem.en);
            match problem.expected {
                Some((zh, en)) => found.expected(zh, en),
                None => found,
            }
        })),
    }
}

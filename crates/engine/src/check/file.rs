//! One file: its kind, its type, its name.

use serde::de::DeserializeOwned;

use crate::calendar::{Calendar, CalendarFile};
use crate::check::Checked;
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

/// A file that has the shape of its kind.
pub(crate) struct Loaded<'a, T> {
    pub(crate) input: &'a InputFile,
    pub(crate) source: Source<'a>,
    pub(crate) value: T,
}

/// The kind a file names itself.
pub(crate) fn kind(source: &Source<'_>, found: &mut Vec<Diagnostic>) -> Option<FileKind> {
    let kinds = [FileKind::Matter, FileKind::Package, FileKind::Calendar];
    let written = source.root_text("kind");
    if let Some(kind) = kinds.into_iter().find(|kind| written == Some(kind.word())) {
        return Some(kind);
    }
    let written = written.unwrap_or_default();
    found.push(
        Diagnostic::error(
            "E-FILE-005",
            source.place("/kind"),
            "看不出文件种类：没有可认的“kind”",
            "the kind of file is unknown: there is no usable \"kind\"",
        )
        .expected(
            "\"kind\": \"matter\"、\"package\" 或 \"calendar\"",
            "\"kind\": \"matter\", \"package\" or \"calendar\"",
        )
        .did_you_mean(written, kinds.map(FileKind::word)),
    );
    None
}

/// Reads a file that fits its schema into its type, and holds its id against its name.
pub(crate) fn load<'a, T: DeserializeOwned>(
    input: &'a InputFile,
    source: Source<'a>,
    found: &mut Vec<Diagnostic>,
    id: impl Fn(&T) -> &String,
) -> Option<Loaded<'a, T>> {
    let value: T = match serde_json::from_str(source.text()) {
        Ok(value) => value,
        Err(error) => {
            let mut place = source.place("");
            place.line = u32::try_from(error.line()).unwrap_or(1);
            place.column = u32::try_from(error.column()).unwrap_or(1);
            found.push(Diagnostic::error(
                "E-SHAPE-008",
                place,
                format!("这里的值读不懂：{error}"),
                format!("the value here cannot be read: {error}"),
            ));
            return None;
        }
    };
    let stem = input.name.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".json");
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
    Some(Loaded { input, source, value })
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

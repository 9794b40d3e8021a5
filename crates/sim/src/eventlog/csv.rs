//! Event logs as CSV: one row is one thing done, with a heading.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::diagnostic::Diagnostic;

use super::times::{moment, shown};
use super::{EventLog, Found, ROWS_MAX, Row, Texts, VALUE_BYTES_MAX};

/// The columns, as this program writes them.
const NAMES: [&str; 8] = ["case", "package", "activity", "start", "end", "resource", "outcome", "queue"];
/// The columns that must be there.
const NEEDED: [&str; 3] = ["case", "activity", "end"];

/// What the columns of a log are called, where it is something else: our name, its name.
#[derive(Clone, Debug, Default)]
pub struct Columns(BTreeMap<String, String>);

impl Columns {
    /// From our names and the log's.
    ///
    /// # Errors
    /// A name that is none of ours.
    pub fn new(names: impl IntoIterator<Item = (String, String)>) -> Result<Self, String> {
        let names: BTreeMap<String, String> = names.into_iter().collect();
        match names.keys().find(|name| !NAMES.contains(&name.as_str())) {
            Some(name) => Err(format!("`{name}`: {}", NAMES.join(" "))),
            None => Ok(Self(names)),
        }
    }

    fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

/// Reads the rows.
pub(super) fn read(text: &str, columns: &Columns, found: &mut Found<'_>) -> EventLog {
    let mut reader = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let heading = match reader.headers() {
        Ok(heading) => heading.clone(),
        Err(error) => {
            broken(&error, found);
            return EventLog::default();
        }
    };
    let at = |name: &str| heading.iter().position(|it| it.trim() == columns.of(name));
    for name in NEEDED.into_iter().filter(|name| at(name).is_none()) {
        let wanted = columns.of(name);
        let (zh, en) = (format!("没有“{wanted}”这一列"), format!("there is no column \"{wanted}\""));
        let finding = Diagnostic::error("E-LOG-003", found.place((1, 0, "")), zh, en);
        let written: Vec<&str> = heading.iter().collect();
        let list = written.join(", ");
        found.push(finding.expected(NAMES.join("、"), NAMES.join(", ")).did_you_mean(wanted, written).or_help(
            format!("这里的列是：{list}；用 --columns {name}=列名 指定"),
            format!("the columns here are: {list}; name one with --columns {name}=COLUMN"),
        ));
    }
    let unused: Vec<String> = heading
        .iter()
        .map(str::trim)
        .filter(|it| !NAMES.iter().any(|name| columns.of(name) == *it))
        .map(str::to_owned)
        .collect();
    if !found.found.is_empty() {
        return EventLog::default();
    }
    let places = NAMES.map(at);
    let (mut rows, mut texts) = (Vec::new(), Texts::default());
    let mut record = ::csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                broken(&error, found);
                break;
            }
        }
        let (line, byte) = record.position().map_or((0, 0), |it| (it.line() as usize, it.byte() as usize));
        if rows.len() == ROWS_MAX {
            let (zh, en) = (format!("超过 {ROWS_MAX} 行"), format!("more than {ROWS_MAX} rows"));
            found.add("E-LOG-001", (line, byte, ""), zh, en);
            break;
        }
        let field = |nth: usize| places[nth].and_then(|at| record.get(at)).map(str::trim).unwrap_or_default();
        if let Some(row) = row(field, (line, byte), columns, &mut texts, found) {
            rows.push(row);
        }
        if found.is_full() {
            break;
        }
    }
    EventLog { rows, unused }
}

fn row<'r>(
    field: impl Fn(usize) -> &'r str,
    (line, byte): (usize, usize),
    columns: &Columns,
    texts: &mut Texts,
    found: &mut Found<'_>,
) -> Option<Row> {
    let before = found.found.len();
    for (nth, name) in NAMES.iter().enumerate() {
        let (at, text) = ((line, byte, columns.of(name)), field(nth));
        if text.len() > VALUE_BYTES_MAX {
            let (zh, en) = (format!("超过 {VALUE_BYTES_MAX} 字节"), format!("more than {VALUE_BYTES_MAX} bytes"));
            found.add("E-LOG-001", at, zh, en);
        } else if NEEDED.contains(name) && text.is_empty() {
            found.add("E-LOG-004", at, "不能为空", "must not be empty");
        }
    }
    let mut time = |nth: usize| {
        let text = field(nth);
        let moment = moment(text);
        if moment.is_none() && !text.is_empty() && text.len() <= VALUE_BYTES_MAX {
            let (zh, en) = (format!("“{text}”不是时刻"), format!("\"{text}\" is no moment"));
            let place = found.place((line, byte, columns.of(NAMES[nth])));
            let expected = "2026-04-13T09:05:00+08:00、2026-04-13 09:05";
            found.push(Diagnostic::error("E-LOG-005", place, zh, en).expected(expected, expected.replace('、', ", ")));
        }
        moment
    };
    let (began_ms, ended_ms) = (time(3), time(4));
    if let (Some(began), Some(ended)) = (began_ms, ended_ms)
        && began > ended
    {
        found.add("E-LOG-006", (line, byte, columns.of("start")), "开始晚于结束", "it begins after it ends");
    }
    if found.found.len() > before {
        return None;
    }
    Some(Row {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        case: texts.one(field(0)),
        package: texts.some(field(1)),
        activity: texts.one(field(2)),
        began_ms,
        ended_ms: ended_ms?,
        by: texts.some(field(5)),
        outcome: texts.some(field(6)),
        queue: texts.some(field(7)),
    })
}

/// What the reader cannot make rows of.
fn broken(error: &::csv::Error, found: &mut Found<'_>) {
    let (line, byte) = error.position().map_or((1, 0), |it| (it.line() as usize, it.byte() as usize));
    let (zh, en) = match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("这一行有 {len} 个字段，应有 {expected_len} 个"),
            format!("this row has {len} fields, but {expected_len} were expected"),
        ),
        _ => (format!("读不懂：{error}"), format!("cannot be read: {error}")),
    };
    found.add("E-LOG-007", (line, byte, ""), zh, en);
}

/// Writes rows as CSV (RFC 4180).
#[must_use]
pub fn write(rows: &[Row]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Writing to memory never fails.
    let _ = writer.write_record(NAMES);
    let text = |it: &Option<Arc<str>>| it.as_deref().unwrap_or_default().to_owned();
    for row in rows {
        let began = row.began_ms.map(shown).unwrap_or_default();
        let _ = writer.write_record([
            row.case.to_string(),
            text(&row.package),
            row.activity.to_string(),
            began,
            shown(row.ended_ms),
            text(&row.by),
            text(&row.outcome),
            text(&row.queue),
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

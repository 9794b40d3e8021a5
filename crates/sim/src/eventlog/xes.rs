//! Event logs as XES (IEEE 1849): traces of events. `start` and `complete` of an activity are one thing done.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::diagnostic::Diagnostic;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use super::times::{moment, shown};
use super::{EventLog, Found, ROWS_MAX, Row, Texts, VALUE_BYTES_MAX};

/// Deepest nesting; a log needs five, and attributes of attributes hardly more.
const DEPTH_MAX: usize = 64;
/// Activities begun and not completed at once in one trace.
const BEGUN_MAX: usize = 1000;

/// Keys of attributes.
const NAME: &str = "concept:name";
const INSTANCE: &str = "concept:instance";
const TIME: &str = "time:timestamp";
const TRANSITION: &str = "lifecycle:transition";
const RESOURCE: &str = "org:resource";

/// Attributes of one trace or event, by key.
type Attributes = BTreeMap<String, String>;

/// Reads the rows.
pub(super) fn read(text: &str, found: &mut Found<'_>) -> EventLog {
    let mut reading = Reading {
        text,
        counted: (0, 1),
        rows: Vec::new(),
        texts: Texts::default(),
        trace: Attributes::new(),
        event: None,
        begun: Vec::new(),
        version: XmlVersion::default(),
        events: 0,
    };
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    loop {
        let byte = reader.buffer_position() as usize;
        let line = reading.line(byte);
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                if path.len() == DEPTH_MAX {
                    let (zh, en) = (format!("嵌套超过 {DEPTH_MAX} 层"), format!("nested deeper than {DEPTH_MAX}"));
                    found.add("E-LOG-001", (line, byte, ""), zh, en);
                    break;
                }
                reading.enters(&path, &name, &tag, (line, byte), found);
                path.push(name);
            }
            Ok(Event::Empty(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                reading.enters(&path, &name, &tag, (line, byte), found);
                reading.leaves(&path, &name, (line, byte), found);
            }
            Ok(Event::End(_)) => {
                if let Some(name) = path.pop() {
                    reading.leaves(&path, &name, (line, byte), found);
                }
            }
            Ok(Event::DocType(_)) => {
                found.add(
                    "E-LOG-008",
                    (line, byte, ""),
                    "日志里不能有文档类型定义",
                    "a log has no document type definition",
                );
                break;
            }
            Ok(Event::Eof) if path.is_empty() => break,
            Ok(Event::Eof) => {
                let (zh, en) =
                    (format!("文件在 <{}> 中断", path.join("><")), format!("it ends inside <{}>", path.join("><")));
                found.add("E-LOG-008", (line, byte, ""), zh, en);
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let byte = reader.error_position() as usize;
                let line = 1 + text.as_bytes()[..byte.min(text.len())].iter().filter(|it| **it == b'\n').count();
                let (zh, en) = (format!("不是合格的 XML：{error}"), format!("not well-formed XML: {error}"));
                found.add("E-LOG-008", (line, byte, ""), zh, en);
                break;
            }
        }
        if found.is_full() || reading.rows.len() > ROWS_MAX {
            break;
        }
    }
    if reading.rows.len() > ROWS_MAX {
        let (zh, en) = (format!("超过 {ROWS_MAX} 行"), format!("more than {ROWS_MAX} rows"));
        found.add("E-LOG-001", (1, 0, ""), zh, en);
    }
    if reading.events == 0 && found.found.is_empty() {
        let place = found.place((1, 0, ""));
        let finding = Diagnostic::error("E-LOG-009", place, "没有事件", "there is no event");
        found.push(finding.expected("<log><trace><event>…", "<log><trace><event>…"));
    }
    EventLog { rows: reading.rows, unused: Vec::new() }
}

struct Reading<'a> {
    text: &'a str,
    /// Bytes looked at for lines so far, and the line there.
    counted: (usize, usize),
    rows: Vec<Row>,
    texts: Texts,
    trace: Attributes,
    event: Option<(Attributes, usize)>,
    /// Begun and not completed: activity, instance, since when.
    begun: Vec<(String, String, i64)>,
    version: XmlVersion,
    events: usize,
}

impl Reading<'_> {
    fn line(&mut self, byte: usize) -> usize {
        let (from, line) = self.counted;
        let more = self.text.as_bytes()[from..byte].iter().filter(|it| **it == b'\n').count();
        self.counted = (byte, line + more);
        line + more
    }

    fn enters(&mut self, path: &[String], name: &str, tag: &BytesStart<'_>, at: (usize, usize), found: &mut Found<'_>) {
        match (path.len(), name) {
            (0, "log") => {}
            (0, other) => {
                let (zh, en) = (format!("根元素是 <{other}>"), format!("the root is <{other}>"));
                let finding = Diagnostic::error("E-LOG-009", found.place((at.0, at.1, "")), zh, en);
                found.push(finding.expected("<log>", "<log>"));
            }
            (1, "trace") => {
                self.trace.clear();
                self.begun.clear();
            }
            (2, "event") if path[1] == "trace" => self.event = Some((Attributes::new(), at.0)),
            (2, _) if path[1] == "trace" => {
                if let Some((key, value)) = self.attribute(tag, at, found) {
                    self.trace.insert(key, value);
                }
            }
            (3, _) if path[2] == "event" => {
                let attribute = self.attribute(tag, at, found);
                if let (Some((key, value)), Some((event, _))) = (attribute, &mut self.event) {
                    event.insert(key, value);
                }
            }
            _ => {}
        }
    }

    /// The key and the value of an attribute; a list has no value of its own.
    fn attribute(&self, tag: &BytesStart<'_>, at: (usize, usize), found: &mut Found<'_>) -> Option<(String, String)> {
        let mut get = |name: &str| match tag.try_get_attribute(name) {
            Ok(attribute) => match attribute.map(|it| it.normalized_value(self.version)).transpose() {
                Ok(value) if value.as_ref().is_some_and(|it| it.len() > VALUE_BYTES_MAX) => {
                    let (zh, en) =
                        (format!("超过 {VALUE_BYTES_MAX} 字节"), format!("more than {VALUE_BYTES_MAX} bytes"));
                    found.add("E-LOG-001", (at.0, at.1, name), zh, en);
                    None
                }
                Ok(value) => value.map(|it| it.into_owned()),
                Err(error) => {
                    let (zh, en) = (format!("读不懂：{error}"), format!("cannot be read: {error}"));
                    found.add("E-LOG-008", (at.0, at.1, name), zh, en);
                    None
                }
            },
            Err(error) => {
                let (zh, en) = (format!("读不懂：{error}"), format!("cannot be read: {error}"));
                found.add("E-LOG-008", (at.0, at.1, name), zh, en);
                None
            }
        };
        Some((get("key")?, get("value")?))
    }

    fn leaves(&mut self, path: &[String], name: &str, at: (usize, usize), found: &mut Found<'_>) {
        if path.len() == 2
            && name == "event"
            && let Some((event, line)) = self.event.take()
        {
            self.events += 1;
            self.happened(&event, (line, at.1), found);
        }
    }

    fn happened(&mut self, event: &Attributes, (line, byte): (usize, usize), found: &mut Found<'_>) {
        let mut needed = |key: &'static str, of: &Attributes, where_: &'static str| {
            let value = of.get(key).map(|it| it.trim()).filter(|it| !it.is_empty()).map(str::to_owned);
            if value.is_none() {
                let (zh, en) = (format!("<{where_}> 没有 {key}"), format!("this <{where_}> has no {key}"));
                found.add("E-LOG-004", (line, byte, key), zh, en);
            }
            value
        };
        let case = needed(NAME, &self.trace, "trace");
        let activity = needed(NAME, event, "event");
        let time = needed(TIME, event, "event");
        let (Some(case), Some(activity), Some(time)) = (case, activity, time) else { return };
        let Some(at_ms) = moment(&time) else {
            let (zh, en) = (format!("“{time}”不是时刻"), format!("\"{time}\" is no moment"));
            let place = found.place((line, byte, TIME));
            let expected = "2026-04-13T09:05:00.000+08:00";
            found.push(Diagnostic::error("E-LOG-005", place, zh, en).expected(expected, expected));
            return;
        };
        let instance = event.get(INSTANCE).cloned().unwrap_or_default();
        let transition = event.get(TRANSITION).map_or("complete", String::as_str).to_ascii_lowercase();
        let same = |it: &(String, String, i64)| it.0 == activity && it.1 == instance;
        match transition.as_str() {
            "start" if self.begun.len() < BEGUN_MAX => self.begun.push((activity, instance, at_ms)),
            "complete" => {
                let began = self.begun.iter().position(same).map(|nth| self.begun.remove(nth).2);
                if began.is_some_and(|began| began > at_ms) {
                    found.add("E-LOG-006", (line, byte, TIME), "开始晚于结束", "it begins after it ends");
                    return;
                }
                let texts = &mut self.texts;
                let mut text = |key: &str| event.get(key).and_then(|it| texts.some(it.trim()));
                let (by, outcome, queue) = (text(RESOURCE), text("outcome"), text("queue"));
                let package = self.trace.get("package").and_then(|it| self.texts.some(it.trim()));
                self.rows.push(Row {
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    case: self.texts.one(&case),
                    package,
                    activity: self.texts.one(&activity),
                    began_ms: began,
                    ended_ms: at_ms,
                    by,
                    outcome,
                    queue,
                });
            }
            // Scheduled, assigned, suspended and so on: neither the beginning nor the end of work.
            _ => {}
        }
    }
}

/// Writes rows as XES; what belongs to one case is one trace.
#[must_use]
pub fn write(rows: &[Row]) -> String {
    let mut traces: BTreeMap<&Arc<str>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        traces.entry(&row.case).or_default().push(row);
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory never fails.
    let _ = writer.create_element("log").with_attributes([("xes.version", "1849-2016")]).write_inner_content(|log| {
        for (name, prefix) in [("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"), ("Org", "org")] {
            let uri = format!("http://www.xes-standard.org/{prefix}.xesext");
            let attributes = [("name", name), ("prefix", prefix), ("uri", uri.as_str())];
            log.create_element("extension").with_attributes(attributes).write_empty()?;
        }
        for (case, rows) in &traces {
            log.create_element("trace").write_inner_content(|trace| {
                attribute(trace, "string", NAME, case)?;
                if let Some(package) = rows.iter().find_map(|row| row.package.as_deref()) {
                    attribute(trace, "string", "package", package)?;
                }
                for (nth, row) in rows.iter().enumerate() {
                    let instance = nth.to_string();
                    if let Some(began_ms) = row.began_ms {
                        event(trace, row, "start", began_ms, &instance)?;
                    }
                    event(trace, row, "complete", row.ended_ms, &instance)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    let body = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

fn event(trace: &mut Writer<Vec<u8>>, row: &Row, transition: &str, at_ms: i64, instance: &str) -> std::io::Result<()> {
    trace.create_element("event").write_inner_content(|event| {
        attribute(event, "string", NAME, &row.activity)?;
        attribute(event, "string", INSTANCE, instance)?;
        attribute(event, "string", TRANSITION, transition)?;
        attribute(event, "date", TIME, &shown(at_ms))?;
        let more = [(RESOURCE, &row.by), ("outcome", &row.outcome), ("queue", &row.queue)];
        for (key, value) in more {
            if let Some(value) = value.as_deref().filter(|_| transition == "complete") {
                attribute(event, "string", key, value)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn attribute(writer: &mut Writer<Vec<u8>>, kind: &str, key: &str, value: &str) -> std::io::Result<()> {
    writer.create_element(kind).with_attributes([("key", key), ("value", value)]).write_empty()?;
    Ok(())
}

//! BPMN models as neutral graphs: what moves tokens, and nothing else.

use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};

use super::files;

/// The models of a folder, each named by its file.
pub(super) fn graphs(directory: &Path) -> Result<Value, String> {
    let graph = |file: &std::path::PathBuf| {
        let text =
            std::fs::read_to_string(file).map_err(|error| format!("could not read {}: {error}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        graph(&name, &text).map_err(|error| format!("{}: {error}", file.display()))
    };
    files(directory, "bpmn")?.iter().map(graph).collect()
}

fn graph(name: &str, text: &str) -> Result<Value, String> {
    let mut reader = Reader::from_str(text);
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Eof => return Ok(json!({"id": name, "nodes": nodes, "edges": edges})),
            Event::Start(element) | Event::Empty(element) => {
                let tag = element.local_name();
                let kind = match tag.as_ref() {
                    "sequenceFlow" => {
                        edges.push([attribute(&element, "sourceRef")?, attribute(&element, "targetRef")?]);
                        continue;
                    }
                    "startEvent" => "start",
                    "endEvent" => "end",
                    "parallelGateway" => "and",
                    "exclusiveGateway" => "xor",
                    "inclusiveGateway" => "or",
                    tag if tag.ends_with("ask") || tag.starts_with("intermediate") => "task",
                    _ => continue,
                };
                nodes.push(json!({"id": attribute(&element, "id")?, "type": kind}));
            }
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let value = element.try_get_attribute(name).map_err(|error| error.to_string())?;
    let value = value.ok_or_else(|| format!("expected the attribute {name}"))?;
    Ok(value.value.into_owned())
}

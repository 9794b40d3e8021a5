//! `cargo xtask corpora DIR`: models written by others, run through the product, held against their labels.
//!
//! Reads `DIR/graphs/graphs.json` (neutral graphs) with `DIR/graphs/labels.json`. The corpora are not part of the
//! project: it builds and passes its tests without them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bench::release_binary;

/// Proves the graphs and compares. An answer that differs from its label is an error.
pub(crate) fn run(directory: &Path) -> Result<(), String> {
    let folder = directory.join("graphs");
    let labels = read(&folder.join("labels.json"))?;
    let label = |value: &Value| Some((value["id"].as_str()?.to_owned(), value["label"].as_str()?.to_owned()));
    let labels: BTreeMap<String, String> = labels.as_array().into_iter().flatten().filter_map(label).collect();
    let program = release_binary()?;
    let file = folder.join("graphs.json");
    let output = Command::new(&program)
        .args(["check", "--format", "graph", "--json"])
        .arg(&file)
        .output()
        .map_err(|error| format!("could not start {}: {error}", program.display()))?;
    let text = String::from_utf8(output.stdout).map_err(|_| "expected UTF-8 from `onething check`".to_owned())?;
    let (mut micros, mut wrong, mut counts) = (Vec::new(), Vec::new(), BTreeMap::new());
    for line in text.lines() {
        let answer: Value =
            serde_json::from_str(line).map_err(|error| format!("expected JSON, but {error}: {line}"))?;
        let id = answer["id"].as_str().unwrap_or_default();
        let told = match (answer["sound"].as_bool(), answer["reason"].as_str()) {
            (Some(true), _) => "sound".to_owned(),
            (Some(false), Some(reason)) => format!("unsound:{reason}"),
            (_, reason) => reason.unwrap_or("no answer").to_owned(),
        };
        micros.extend(answer["micros"].as_u64());
        *counts.entry(told.clone()).or_insert(0_u32) += 1;
        if labels.get(id) != Some(&told) {
            wrong.push(format!("{id}: {told}, labelled {}", labels.get(id).map_or("nothing", String::as_str)));
        }
    }
    if micros.is_empty() {
        return Err(format!("expected a line for each graph of {}, but got: {text}", file.display()));
    }
    micros.sort_unstable();
    let at = |share: f64| micros[((micros.len() as f64 * share).ceil() as usize).clamp(1, micros.len()) - 1];
    println!("graphs     {} decided as {counts:?}", micros.len());
    println!("microsec   p50 {}  p99 {}  max {}", at(0.5), at(0.99), at(1.0));
    println!("labels     {} agree, {} differ", micros.len() - wrong.len(), wrong.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("could not read {}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("expected JSON in {}, but: {error}", path.display()))
}

//! `cargo xtask corpora DIR`: models written by others, run through the product, held against their labels.
//!
//! Reads, as far as they are there: `DIR/graphs` (neutral graphs, with labels), `DIR/bpmn7sv` (BPMN models, with labels),
//! `DIR/digit` (workflows of eGov DIGIT). The corpora are not part of the project: it builds and passes its tests without
//! them.

mod bpmn;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::bench::release_binary;

/// What every graph must be proved within, in microseconds, and 99 of 100.
const MICROS_MAX: (u64, u64) = (50_000, 5_000);

/// Runs every corpus that is there. An answer that differs from its label is an error.
pub(crate) fn run(directory: &Path) -> Result<(), String> {
    let program = release_binary()?;
    let mut wrong = Vec::new();
    let graphs = directory.join("graphs");
    let labels = labels(&graphs.join("labels.json"), "id", "label")?;
    let text = prove(&program, &graphs.join("graphs.json"))?;
    wrong.extend(held_against(&text, "graphs", &labels)?);
    let models = directory.join("bpmn7sv");
    if models.is_dir() {
        let labels = self::labels(&models.join("index.json"), "file", "computed")?;
        let graphs = bpmn::graphs(&models)?;
        let file = std::env::temp_dir().join(format!("onething-corpora-{}.json", std::process::id()));
        std::fs::write(&file, graphs.to_string()).map_err(|error| format!("could not write {file:?}: {error}"))?;
        let text = prove(&program, &file);
        std::fs::remove_file(&file).map_err(|error| format!("could not remove {file:?}: {error}"))?;
        wrong.extend(held_against(&text?, "bpmn7sv", &labels)?);
    }
    let workflows = directory.join("digit");
    if workflows.is_dir() {
        wrong.extend(imported(&program, &workflows)?);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn prove(program: &Path, file: &Path) -> Result<String, String> {
    let output = told(program, &["check", "--format", "graph", "--json"], file)?;
    String::from_utf8(output.stdout).map_err(|_| "expected UTF-8 from `onething check`".to_owned())
}

/// Counts the answers, one a line, and prints them with their times; what is wrong is the answer.
fn held_against(text: &str, corpus: &str, labels: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
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
    if micros.len() != labels.len() {
        return Err(format!("expected an answer to each of {} graphs of {corpus}, but got: {text}", labels.len()));
    }
    micros.sort_unstable();
    let at = |share: f64| micros[((micros.len() as f64 * share).ceil() as usize).clamp(1, micros.len()) - 1];
    let (p99, max) = (at(0.99), at(1.0));
    println!("{corpus:<10} {} decided as {counts:?}", micros.len());
    println!("  labels   {} agree, {} differ", micros.len() - wrong.len(), wrong.len());
    println!("  microsec p50 {}  p99 {p99} (limit {})  max {max} (limit {})", at(0.5), MICROS_MAX.1, MICROS_MAX.0);
    if p99 > MICROS_MAX.1 || max > MICROS_MAX.0 {
        wrong.push(format!("{corpus}: slower than its limit"));
    }
    Ok(wrong)
}

/// Imports every workflow. A source may be broken and be told so; the importer must answer.
fn imported(program: &Path, directory: &Path) -> Result<Vec<String>, String> {
    let (mut wrong, mut sizes) = (Vec::new(), [0_usize; 5]);
    for file in files(directory, "json")?.iter().filter(|file| !file.ends_with("index.json")) {
        let output = told(program, &["import", "digit", "--json"], file)?;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let Some(good) = report["good"].as_bool() else {
            wrong.push(format!("{}: {}", file.display(), String::from_utf8_lossy(&output.stderr)));
            continue;
        };
        let many = |key: &str| report[key].as_array().map_or(0, Vec::len);
        let found = [1, usize::from(good), many("findings"), many("carried_over"), many("not_carried_over")];
        sizes.iter_mut().zip(found).for_each(|(size, more)| *size += more);
    }
    let [files, good, findings, carried, left] = sizes;
    println!("digit      {files} imported, {good} pass the check; {findings} faults of the sources told");
    println!("  entries  {carried} carried over, {left} named as not carried over");
    Ok(wrong)
}

fn told(program: &Path, arguments: &[&str], file: &Path) -> Result<Output, String> {
    let started = Command::new(program).args(arguments).arg(file).output();
    started.map_err(|error| format!("could not start {}: {error}", program.display()))
}

fn labels(path: &Path, id: &str, label: &str) -> Result<BTreeMap<String, String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("could not read {}: {error}", path.display()))?;
    let json: Value =
        serde_json::from_str(&text).map_err(|error| format!("expected JSON in {}, but: {error}", path.display()))?;
    let label = |value: &Value| {
        let name = Path::new(value[id].as_str()?).file_name()?.to_str()?.to_owned();
        Some((name, value[label].as_str()?.to_owned()))
    };
    Ok(json.as_array().into_iter().flatten().filter_map(label).collect())
}

/// The files of a folder that end so, in the order of their names.
fn files(directory: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let entries =
        std::fs::read_dir(directory).map_err(|error| format!("could not read {}: {error}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == ending));
    files.sort();
    Ok(files)
}

//! Scenarios and definitions of this repository.

use std::path::{Path, PathBuf};

use onething_engine::{Checked, InputFile, check};
use onething_sim::centre::Model;
use onething_sim::scenario;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every definition and calendar of this repository.
pub(crate) fn known() -> Checked {
    let folders = ["packages", "matters", "calendars"].map(|folder| root().join("workflows").join(folder));
    let files: Vec<InputFile> = folders.iter().flat_map(|folder| json_files(folder)).map(|path| file(&path)).collect();
    let checked = check(&files);
    assert!(checked.is_good(), "{:#?}", checked.diagnostics);
    checked
}

pub(crate) fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    paths
}

pub(crate) fn file(path: &Path) -> InputFile {
    InputFile { name: path.display().to_string(), bytes: std::fs::read(path).unwrap() }
}

pub(crate) fn example(name: &str) -> InputFile {
    file(&root().join(format!("examples/scenarios/{name}.json")))
}

/// The example after its text was changed.
pub(crate) fn changed(name: &str, changes: &[(&str, &str)]) -> InputFile {
    let mut input = example(name);
    let mut text = String::from_utf8(input.bytes).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{name} does not hold {from}");
        text = text.replacen(from, to, 1);
    }
    input.bytes = text.into_bytes();
    input
}

pub(crate) fn model(input: &InputFile) -> Model {
    let scenario = scenario::read(input, &known()).unwrap_or_else(|found| panic!("{found:#?}"));
    Model::new(scenario).unwrap()
}

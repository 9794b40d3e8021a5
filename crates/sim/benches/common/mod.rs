//! The definitions of the project, for benchmarks that run its scenarios.

use std::path::{Path, PathBuf};

use onething_engine::InputFile;

/// Every package, matter and calendar under the project's root.
pub(crate) fn definitions(root: &Path) -> Vec<InputFile> {
    ["packages", "matters", "calendars"].iter().flat_map(|it| folder(&root.join("workflows").join(it))).collect()
}

fn folder(folder: &Path) -> Vec<InputFile> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    let read =
        |path: PathBuf| InputFile { bytes: std::fs::read(&path).expect("a file"), name: path.display().to_string() };
    paths.into_iter().map(read).collect()
}

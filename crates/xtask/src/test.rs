//! `cargo xtask test`: everything that must hold before a change is merged, the quick answers first.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::step::Step;

/// Runs every step in order and stops at the first that fails.
pub(crate) fn run() -> Result<(), String> {
    let started = Instant::now();
    crate::needs::redis()?;
    let steps = steps()?;
    for step in &steps {
        step.run()?;
    }
    println!("\nxtask test: {} steps ok in {:.1} s", steps.len(), started.elapsed().as_secs_f64());
    Ok(())
}

fn steps() -> Result<Vec<Step>, String> {
    let mut steps = vec![
        Step::cargo("format", "fmt --all --check"),
        Step::cargo("lint", "clippy --locked --workspace --all-targets -- -D warnings"),
        Step::cargo("tests", "test --locked --workspace"),
        Step::cargo("docs", "doc --locked --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"),
    ];
    steps.extend(examples()?);
    if holds_json(&crate::root().join("workflows"))? {
        steps.push(Step::built("workflows", "onething", "check workflows")?);
        steps.push(Step::built("package tests", "onething", "test workflows")?);
    } else {
        println!("xtask test: workflows/ holds no JSON file yet, so there is nothing for `onething check`");
    }
    Ok(steps)
}

/// One step for each `examples/NAME.rs` and `examples/NAME/main.rs` of the root package, in the order of their names.
fn examples() -> Result<Vec<Step>, String> {
    let mut names = Vec::new();
    for path in entries(&crate::root().join("examples"))? {
        let is_example = path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").is_file();
        if let (true, Some(name)) = (is_example, path.file_stem().and_then(|it| it.to_str())) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        println!("xtask test: examples/ holds no example yet, so there is none to run");
    }
    names.iter().map(|name| Step::built(format!("example {name}"), &format!("examples/{name}"), "")).collect()
}

/// Whether a `.json` file lies anywhere below `directory`.
fn holds_json(directory: &Path) -> Result<bool, String> {
    for path in entries(directory)? {
        let found = if path.is_dir() { holds_json(&path)? } else { path.extension().is_some_and(|it| it == "json") };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What `directory` holds, sorted; nothing if it is not there (git keeps no empty directory).
pub(crate) fn entries(directory: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| format!("expected to list {}, but: {error}", directory.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

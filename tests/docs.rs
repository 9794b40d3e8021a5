//! The documents are true: their commands run and print what they say, every command and every key is named, their
//! examples are definitions, and the tests they point at exist.

mod format;
mod readme;
mod words;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    let path: PathBuf = root().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A fenced block of a document.
struct Fence {
    /// What stands after the opening marks.
    info: String,
    text: String,
    /// Where it begins, for whoever must mend it.
    line: usize,
}

fn fences(document: &str) -> Vec<Fence> {
    let mut found: Vec<Fence> = Vec::new();
    let mut inside = false;
    for (number, line) in document.lines().enumerate() {
        match (inside, line.strip_prefix("```")) {
            (false, Some(info)) => {
                inside = true;
                found.push(Fence { info: info.trim().to_owned(), text: String::new(), line: number + 1 });
            }
            (true, Some(_)) => inside = false,
            (true, None) => {
                if let Some(fence) = found.last_mut() {
                    fence.text.push_str(line);
                    fence.text.push('\n');
                }
            }
            (false, None) => {}
        }
    }
    found
}

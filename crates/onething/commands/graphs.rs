//! `onething check --format graph`: models of others, proved sound or not.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use onething_engine::diagnostic::{Diagnostic, Severity};
use onething_engine::proof::{Verdict, prove};
use onething_engine::{InputFile, NEUTRAL_BYTES_MAX, NeutralGraph, neutral};
use serde_json::{Value, json};

use super::check::Options;
use crate::exit::{Outcome, REFUSED};
use crate::{files, findings};

/// Most findings printed of one file.
const FINDINGS_MAX: usize = 20;

/// Proves every graph of the files. A folder, or `--json`, gives one JSON line for each graph.
pub(super) fn run(options: &Options) -> Outcome {
    let inputs = files::read_within(&options.paths, NEUTRAL_BYTES_MAX).map_err(|it| it.with_json(options.json))?;
    let as_lines = options.json || options.paths.iter().any(|path| path.is_dir());
    let mut all_sound = true;
    for input in &inputs {
        let (graphs, found) = neutral(input);
        let is_wrong = found.iter().any(|it| it.severity == Severity::Error);
        all_sound &= !is_wrong;
        if as_lines {
            if is_wrong {
                println!("{}", unreadable(input, &found));
            }
        } else {
            for finding in found.iter().take(FINDINGS_MAX) {
                print!("{}", findings::text(finding, std::slice::from_ref(input)));
            }
            if found.len() > FINDINGS_MAX {
                let more = found.len() - FINDINGS_MAX;
                println!("还有 {more} 处 / {more} more findings");
            }
        }
        for graph in &graphs {
            let began = Instant::now();
            let verdict = prove(&graph.model);
            let micros = began.elapsed().as_micros();
            all_sound &= verdict == Verdict::Sound;
            if as_lines {
                println!("{}", line(input, graph, &verdict, micros));
            } else {
                tell(input, graph, &verdict);
            }
        }
    }
    Ok(if all_sound { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// The name of a file within the folder it was found in, and of the graph where a file holds several.
fn label(input: &InputFile) -> &str {
    Path::new(&input.name).file_name().and_then(|name| name.to_str()).unwrap_or(&input.name)
}

fn unreadable(input: &InputFile, found: &[Diagnostic]) -> Value {
    let shown: Vec<&Diagnostic> = found.iter().take(FINDINGS_MAX).collect();
    json!({"file": label(input), "sound": null, "reason": "unreadable", "findings": shown, "more": found.len() - shown.len()})
}

fn line(input: &InputFile, graph: &NeutralGraph, verdict: &Verdict, micros: u128) -> Value {
    let name = |node: u32| graph.names[node as usize].clone();
    let mut line = match verdict {
        Verdict::Sound => {
            json!({"file": label(input), "sound": true, "reason": null, "witness": [], "micros": micros})
        }
        Verdict::Undecided { markings } => json!({
            "file": label(input), "sound": null, "reason": "undecided", "witness": [], "micros": micros,
            "markings": markings,
        }),
        Verdict::Unsound(flaw) => {
            let ends = |edge: &u32| {
                let (from, to) = graph.model.edges[*edge as usize];
                [name(from), name(to)]
            };
            let marked: Vec<_> = flaw.marked.iter().map(ends).collect();
            json!({
                "file": label(input), "sound": false, "reason": flaw.reason.word(),
                "witness": flaw.nodes().map(name).collect::<Vec<_>>(), "micros": micros,
                "node": name(flaw.node), "tokens": marked, "story": flaw.told(&graph.model, name),
            })
        }
    };
    if let (Some(id), Some(object)) = (&graph.id, line.as_object_mut()) {
        object.insert("id".to_owned(), json!(id));
    }
    line
}

fn tell(input: &InputFile, graph: &NeutralGraph, verdict: &Verdict) {
    let name = graph.id.as_deref().unwrap_or_else(|| label(input));
    match verdict {
        Verdict::Sound => println!("{name}：可靠 / sound"),
        Verdict::Undecided { markings } => {
            println!("{name}：看了 {markings} 种状态，仍不能断定 / undecided after {markings} states");
        }
        Verdict::Unsound(flaw) => {
            let story = flaw.told(&graph.model, |node| graph.names[node as usize].clone());
            let word = flaw.reason.word();
            println!("{name}：不可靠 / unsound: {word}\n   {}\n   {}", story.zh, story.en);
        }
    }
}

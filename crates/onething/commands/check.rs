//! `onething check` and `onething schema`.

use std::path::PathBuf;
use std::process::ExitCode;

use onething_engine::definition::FileKind;
use onething_engine::diagnostic::Severity;
use onething_engine::{check, schema as schema_of};
use serde_json::json;

use crate::exit::{Outcome, REFUSED};
use crate::{files, findings};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 文件或文件夹；套餐和它的事项要一起检查 / Files or folders; a package is checked together with its matters
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// 文件的格式 / The format of the files
    #[arg(long, default_value = "definition")]
    format: Format,
    /// 输出一个 JSON 对象；图则每个一行 / Print one JSON object; of graphs, one line each
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// 事项、套餐、日历 / Matters, packages, calendars
    Definition,
    /// 别人的流程图：只查是否可靠 / Models of others: {"nodes": [{"id", "type"}], "edges": [["a", "b"]]}, only proved
    Graph,
}

/// Which schema to print.
#[derive(clap::Args)]
pub(crate) struct SchemaOptions {
    /// 文件种类 / The kind of file
    kind: Kind,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Matter,
    Package,
    Calendar,
    Tests,
    Scenario,
}

/// Checks files together.
pub(crate) fn run(options: &Options) -> Outcome {
    match options.format {
        Format::Definition => definitions(options),
        Format::Graph => super::graphs::run(options),
    }
}

fn definitions(options: &Options) -> Outcome {
    let mut inputs = files::read(&options.paths).map_err(|failure| failure.with_json(options.json))?;
    let asked: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
    inputs.extend(files::neighbours(&options.paths, &inputs));
    let checked = check(&inputs);
    let found: Vec<_> = checked.diagnostics.iter().filter(|finding| asked.contains(&finding.place.file)).collect();
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    if options.json {
        let workflows: Vec<_> = checked
            .workflows
            .values()
            .map(|workflow| json!({"id": workflow.id(), "kind": workflow.kind().word(), "hash": workflow.hash()}))
            .collect();
        let calendars: Vec<&String> = checked.calendars.keys().collect();
        println!(
            "{}",
            json!({
                "files": asked.len(), "errors": errors, "warnings": warnings,
                "workflows": workflows, "calendars": calendars, "findings": found,
            })
        );
    } else {
        for finding in &found {
            print!("{}", findings::text(finding, &inputs));
        }
        println!(
            "{} 个文件，{errors} 个错误，{warnings} 个提醒 / {} files, {errors} errors, {warnings} warnings",
            asked.len(),
            asked.len()
        );
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// Prints the schema of a kind of file.
pub(crate) fn schema(options: &SchemaOptions) -> Outcome {
    let schema = match options.kind {
        Kind::Matter => schema_of(FileKind::Matter),
        Kind::Package => schema_of(FileKind::Package),
        Kind::Calendar => schema_of(FileKind::Calendar),
        Kind::Tests => schema_of(FileKind::Tests),
        Kind::Scenario => onething_sim::scenario::schema(),
    };
    println!("{schema:#}");
    Ok(ExitCode::SUCCESS)
}

//! `onething draw`.

use std::path::PathBuf;
use std::process::ExitCode;

use onething_engine::diagnostic::Severity;
use onething_engine::{Workflow, check};
use serde_json::json;

use crate::exit::{BROKEN, Failure, Outcome, REFUSED};
use crate::{draw, files, findings};

/// What to draw and how.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 事项或套餐文件；旁边文件夹里的事项会自动找到 / A matter or package file; its matters are found in the folders beside it
    file: PathBuf,
    /// 写到哪个文件；不写则输出到屏幕 / Where to write; standard output when absent
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// 图的格式 / The format of the picture
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
    /// 输出一个 JSON 对象（含图的文本）/ Print one JSON object that holds the picture's text
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Svg,
    Dot,
    Mermaid,
}

/// Draws one workflow.
pub(crate) fn run(options: &Options) -> Outcome {
    draw_it(options).map_err(|failure| failure.with_json(options.json))
}

fn draw_it(options: &Options) -> Outcome {
    let mut inputs = files::read(std::slice::from_ref(&options.file))?;
    let asked = inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>();
    inputs.extend(files::neighbours(std::slice::from_ref(&options.file), &asked));
    let checked = check(&inputs);
    let drawn = |workflow: &&Workflow| workflow.sources().first().is_some_and(|source| asked.contains(&source.name));
    let Some(workflow) = checked.workflows.values().find(drawn) else {
        for finding in checked.diagnostics.iter().filter(|finding| finding.severity == Severity::Error) {
            eprint!("{}", findings::text(finding, &inputs));
        }
        return Err(Failure::new(
            REFUSED,
            "没有可以画的流程：先改正上面的错误",
            "there is no workflow to draw: mend the errors above first",
        ));
    };
    let picture = match options.format {
        Format::Svg => draw::svg(workflow),
        Format::Dot => draw::dot(workflow),
        Format::Mermaid => draw::mermaid(workflow),
    };
    if let Some(output) = &options.output {
        std::fs::write(output, &picture).map_err(|error| {
            let path = output.display();
            Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
        })?;
    }
    if options.json {
        println!("{}", json!({"workflow": workflow.id(), "output": options.output, "picture": picture}));
    } else if let Some(output) = &options.output {
        println!("已画到 {0} / drawn to {0}", output.display());
    } else {
        print!("{picture}");
    }
    Ok(ExitCode::SUCCESS)
}

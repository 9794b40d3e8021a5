//! `onething draw`.

mod case;

use std::path::PathBuf;
use std::process::ExitCode;

use onething_engine::analysis::explain;
use onething_engine::diagnostic::{Diagnostic, Severity};
use onething_engine::{Workflow, check};
use serde_json::json;

use crate::commands::case::CENTRE;
use crate::commands::explain::{EXAMPLE_START, answers as given, critical, moment, uncovered};
use crate::draw::{self, Marks, Sketch};
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, USAGE};
use crate::files::{self, Library};
use crate::findings;
use crate::place::Place;

/// What to draw and how.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 事项或套餐文件；旁边文件夹里的事项会自动找到；有错的文件也画，错处标在图上
    /// / A matter or package file; its matters are found in the folders beside it; a wrong file is drawn with its problems marked
    #[arg(required_unless_present = "case", conflicts_with = "case")]
    file: Option<PathBuf>,
    /// 画一个办件办到哪里：已办、在办的步骤，等在汇合处的令牌 / Draw where a case stands: steps done and open, tokens that wait at joins
    #[arg(long, value_name = "NUMBER")]
    case: Option<String>,
    /// 画办件的哪个事项；不写则画套餐和各事项的进度 / Which matter of the case; without it the package with the progress of each
    #[arg(long, requires = "case", value_name = "ID")]
    matter: Option<String>,
    /// 标出关键路径和各步骤最迟的起止时间 / Mark the critical path, with when each step begins and ends at the latest
    #[arg(long)]
    critical: bool,
    /// 关键路径按哪些回答算，可重复 / The answers for which the critical path is computed, repeatable
    #[arg(long = "answer", value_name = "QUESTION=VALUE", requires = "critical", conflicts_with = "case")]
    answers: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, default_value = CENTRE)]
    centre: String,
    /// 写到哪个文件；不写则输出到屏幕 / Where to write; standard output when absent
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// 图的格式 / The format of the picture
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
    /// 只画套餐自己的图，不画其中各事项的 / Only the package's own graph, without those of its matters
    #[arg(long, requires = "file")]
    own: bool,
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

/// What is drawn, and whether it passed the check.
struct Drawing {
    sketch: Sketch,
    marks: Marks,
    good: bool,
}

fn draw_it(options: &Options) -> Outcome {
    let Drawing { sketch, mut marks, good } = match (&options.file, &options.case) {
        (Some(file), _) => of_file(file, options)?,
        (None, Some(number)) => of_case(number, options)?,
        (None, None) => return Err(Failure::new(USAGE, "请给出文件或 --case", "name a file, or a case with --case")),
    };
    if options.own {
        marks.only = [0].into();
    }
    let picture = match options.format {
        Format::Svg => draw::svg(&sketch, &marks),
        Format::Dot => draw::dot(&sketch, &marks),
        Format::Mermaid => draw::mermaid(&sketch, &marks),
    };
    if let Some(output) = &options.output {
        std::fs::write(output, &picture).map_err(|error| {
            let path = output.display();
            Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
        })?;
    }
    let errors = marks.problems.iter().filter(|finding| finding.severity == Severity::Error).count();
    if options.json {
        let findings = &marks.problems;
        println!(
            "{}",
            json!({"workflow": sketch.id, "output": options.output, "findings": findings, "picture": picture})
        );
    } else if let Some(output) = &options.output {
        println!("已画到 {0} / drawn to {0}", output.display());
    } else {
        print!("{picture}");
    }
    if !options.json && !marks.problems.is_empty() {
        let warnings = marks.problems.len() - errors;
        eprintln!("图上标出 {errors} 个错误、{warnings} 个提醒 / {errors} errors and {warnings} warnings are marked");
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn of_case(number: &str, options: &Options) -> Result<Drawing, Failure> {
    let library = Library::load(None)?;
    let running = case::read(number, &options.place, &options.centre, &library)?;
    let sketch = Sketch::of(&running.workflow);
    let part = running.part(options.matter.as_deref())?;
    let mut marks = running.marks(&sketch, part);
    if options.critical {
        let (case, calendar) = (&running.case, library.calendar("cn")?);
        let accepted = case.accepted.map_or(case.received_at, |accepted| accepted.at);
        let explained = explain(&running.workflow, &case.application.answers, &calendar, accepted);
        marks.add(critical(&sketch, &explained.map_err(uncovered)?.schedule));
    }
    Ok(Drawing { sketch, marks, good: true })
}

/// A file, with what the check says of it and of its matters.
fn of_file(path: &PathBuf, options: &Options) -> Result<Drawing, Failure> {
    let mut inputs = files::read(std::slice::from_ref(path))?;
    let asked = inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>();
    inputs.extend(files::neighbours(std::slice::from_ref(path), &inputs));
    let checked = check(&inputs);
    let drawn = |workflow: &&Workflow| workflow.sources().first().is_some_and(|source| asked.contains(&source.name));
    let good = checked.workflows.values().find(drawn);
    let sketch = good.map(Sketch::of).or_else(|| {
        let texts: Vec<(&str, &str)> = inputs
            .iter()
            .filter_map(|input| Some((input.name.as_str(), std::str::from_utf8(&input.bytes).ok()?)))
            .collect();
        texts.iter().filter(|(name, _)| asked.iter().any(|asked| asked == name)).find_map(|file| {
            Sketch::read(*file, &texts).filter(|sketch| sketch.parts.iter().any(|part| !part.steps.is_empty()))
        })
    });
    let Some(sketch) = sketch else {
        let mine = |finding: &&Diagnostic| asked.contains(&finding.place.file) && finding.severity == Severity::Error;
        for finding in checked.diagnostics.iter().filter(mine) {
            eprint!("{}", findings::text(finding, &inputs));
        }
        return Err(Failure::new(
            REFUSED,
            "没有可以画的流程：读不出节点和边，先改正上面的错误",
            "there is no workflow to draw: no nodes and edges can be read, mend the errors above first",
        ));
    };
    let mut marks = Marks::problems(&sketch, &checked.diagnostics);
    match good.filter(|_| options.critical) {
        Some(workflow) => {
            let calendar = Library::load(None)?.calendar("cn")?;
            let answers = given(workflow, &options.answers)?;
            let start = moment(EXAMPLE_START, &calendar)?;
            let explained = explain(workflow, &answers, &calendar, start).map_err(uncovered)?;
            marks.add(critical(&sketch, &explained.schedule));
        }
        None if options.critical => {
            eprintln!("没有通过检查，算不出关键路径 / it does not pass the check, so no critical path can be computed")
        }
        None => {}
    }
    Ok(Drawing { sketch, marks, good: good.is_some() })
}

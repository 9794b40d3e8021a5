//! `onething simulate`: rehearses a scenario, or two that meet the same people.

mod tables;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use onething_engine::InputFile;
use onething_sim::centre::{Model, RunReport, Unbalanced};
use onething_sim::eventlog;
use onething_sim::report;
use onething_sim::results::{Difference, Results, compare, simulate};
use onething_sim::scenario::{self, Scenario, ScenarioFile};
use onething_sim::seed_of;
use serde_json::json;

use crate::exit::{BROKEN, Failure, Outcome, REFUSED};
use crate::files::{self, Library};
use crate::{findings, progress};

/// Most bytes of a scenario file.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;

/// What to rehearse.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 情景文件 / The scenario file
    scenario: PathBuf,
    /// 与另一个情景比较：两者遇到同样的人 / Compare with another scenario: both meet the same people
    #[arg(long, value_name = "SCENARIO")]
    against: Option<PathBuf>,
    /// 随机种子；缺省用情景文件里的 / Seed; left out: the scenario's own
    #[arg(long)]
    seed: Option<u64>,
    /// 独立重复次数，1 到 10000；缺省用情景文件里的 / Independent replications, 1 to 10000; left out: the scenario's own
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: Option<u32>,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// 输出 CSV 表格 / Print a CSV table
    #[arg(long)]
    csv: bool,
    /// 写一个自带图表的网页 / Write a page with pictures that needs nothing else
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// 把第一次运行写成事件日志，.csv 或 .xes / Write the first run as an event log, .csv or .xes
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,
}

/// Rehearses.
pub(crate) fn run(options: &Options) -> Outcome {
    rehearse(options).map_err(|failure| failure.with_json(options.json))
}

fn rehearse(options: &Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let model = load(&options.scenario, &library)?;
    let other = options.against.as_deref().map(|path| load(path, &library)).transpose()?;
    let seed = options.seed.unwrap_or(model.scenario.file.seed);
    let replications = options.replications.unwrap_or(model.scenario.file.replications);
    let bar = progress::bar_of_what_may_stop(u64::from(replications) * if other.is_some() { 2 } else { 1 });
    let results = played(&model, seed, replications, &bar)?;
    let against = match &other {
        Some(other) => {
            let second = played(other, seed, replications, &bar)?;
            let differences = compare(&results, &second);
            Some((second, differences))
        }
        None => None,
    };
    bar.finish_and_clear();
    show(options, &results, against.as_ref());
    if let Some(path) = &options.report {
        let beside = against.as_ref().map(|(second, differences)| (second, differences.as_slice()));
        write(path, &report::html(&results, beside))?;
        eprintln!("报告已写入 {} / the report is in {}", path.display(), path.display());
    }
    if let Some(path) = &options.event_log {
        let (_, rows) = model.run_journal(seed_of(seed, 0));
        let xes = path.extension().is_some_and(|it| it == "xes");
        write(path, &if xes { eventlog::write_xes(&rows) } else { eventlog::write_csv(&rows) })?;
        let (count, path) = (rows.len(), path.display());
        eprintln!("事件日志 {count} 行已写入 {path} / the event log, {count} rows, is in {path}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| {
        let path = path.display();
        Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
    })
}

fn show(options: &Options, results: &Results, against: Option<&(Results, Vec<Difference>)>) {
    if options.json {
        match against {
            Some((second, differences)) => {
                println!("{}", json!({"first": results, "second": second, "differences": differences}));
            }
            None => println!("{}", json!(results)),
        }
    } else if options.csv {
        print!("{}", tables::csv(results));
        if let Some((second, _)) = against {
            print!("{}", tables::csv_rows(second));
        }
    } else {
        println!("{}", tables::shown(results));
        if let Some((second, differences)) = against {
            println!("{}", tables::shown(second));
            println!("{}", tables::differences(results, differences));
        }
    }
}

/// Reads and prepares a scenario.
pub(crate) fn load(path: &Path, library: &Library) -> Result<Model, Failure> {
    ready(read(path, library)?)
}

/// Reads a scenario, or tells everything that is wrong with it.
pub(crate) fn read(path: &Path, library: &Library) -> Result<Scenario, Failure> {
    let bytes = files::read_text(path, FILE_BYTES_MAX)?.into_bytes();
    checked(&InputFile { name: path.display().to_string(), bytes }, library)
}

/// Prepares a scenario that was changed after it was read.
pub(super) fn prepared(file: &ScenarioFile, library: &Library) -> Result<Model, Failure> {
    let bytes = json!(file).to_string().into_bytes();
    ready(checked(&InputFile { name: format!("{}.json", file.id), bytes }, library)?)
}

fn checked(input: &InputFile, library: &Library) -> Result<Scenario, Failure> {
    scenario::read(input, &library.checked).map_err(|found| {
        for finding in &found {
            eprint!("{}", findings::text(finding, std::slice::from_ref(input)));
        }
        let (path, count) = (&input.name, found.len());
        Failure::new(
            REFUSED,
            format!("{path} 有 {count} 处错误，没有运行"),
            format!("{path} has {count} errors: nothing was run"),
        )
    })
}

fn ready(scenario: Scenario) -> Result<Model, Failure> {
    Model::new(scenario).map_err(|error| {
        let text = error.to_string();
        let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
        Failure::new(REFUSED, zh, en)
    })
}

/// One run under a seed.
pub(super) fn played_once(model: &Model, seed: u64) -> Result<RunReport, Failure> {
    let report = model.run(seed);
    match &report.balanced {
        Ok(()) => Ok(report),
        Err(unbalanced) => Err(off(model, seed, unbalanced)),
    }
}

fn off(model: &Model, seed: u64, unbalanced: &Unbalanced) -> Failure {
    let id = &model.scenario.file.id;
    Failure::new(
        BROKEN,
        format!("情景 {id} 的一次运行对不上账（种子 {seed}）：{unbalanced}"),
        format!("a run of {id} does not balance (seed {seed}): {unbalanced}"),
    )
}

fn played(model: &Model, seed: u64, replications: u32, bar: &ProgressBar) -> Result<Results, Failure> {
    simulate(model, seed, replications, &|| bar.inc(1)).map_err(|(seed, unbalanced)| off(model, seed, &unbalanced))
}

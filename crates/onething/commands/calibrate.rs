//! `onething calibrate`: learns a scenario from a store's own history or from an event log.

mod history;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use onething_engine::InputFile;
use onething_sim::calibrate::{Learned, Wishes, learn};
use onething_sim::centre::Model;
use onething_sim::eventlog::{self, Columns, LOG_BYTES_MAX, Row};
use onething_sim::scenario;
use serde_json::json;

use crate::commands::case::CENTRE;
use crate::exit::{Failure, Outcome, REFUSED, USAGE};
use crate::files::{self, Library};
use crate::place::Place;
use crate::{chain, findings};

const AFTER_HELP: &str = "\
事件日志 Event logs：CSV（列 case package activity start end resource outcome queue）或 XES。
  CSV with the columns above, or XES. `onething simulate --event-log FILE` writes both.
例 Examples:
  onething calibrate --data onething-data -o learned.json
  onething calibrate --store redis://127.0.0.1:6379 --archive onething-archive -o learned.json
  onething calibrate --log log.csv --base examples/scenarios/teacher-tide.json -o learned.json
  onething calibrate --log other.xes --package open-company --map 'Prüfung=review'
退出码 Exit codes:
  0  情景已学得，simulate 可以运行 a scenario was learned that simulate runs
  1  日志与定义不符，或学得的不足以运行 the log does not fit the definitions, or what was learned is not enough to run
  2  命令行写错 the command line is wrong
  3  文件或存储出错 a file or the store failed";

/// What to learn from.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, default_value = CENTRE)]
    centre: String,
    /// 事件日志（CSV 或 XES）；缺省为存储中的历史 / An event log (CSV or XES); else the history in the store
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "store"])]
    log: Option<PathBuf>,
    /// 已办结的办件在这个归档目录里；与存储中的历史合在一起 / Closed cases lie in this archive; with the history in the store, if --data or --store is given
    #[arg(long, value_name = "DIR", conflicts_with = "log")]
    archive: Option<PathBuf>,
    /// 沿用这个情景里日志说不出的：人员、规则、潮汐 / Keep what no log tells from this scenario: staff, rules, tides
    #[arg(long, value_name = "SCENARIO")]
    base: Option<PathBuf>,
    /// 情景写到哪个文件；文件名就是它的 id / The file to write the scenario to; its name is the id
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,
    /// 日志没有写明套餐时，是哪个套餐 / The package of cases of which the log names none
    #[arg(long, value_name = "ID")]
    package: Option<String>,
    /// 日志里的步骤名是哪一步；“=”后为空则略过 / Which step a name in the log is; nothing after `=` leaves it out
    #[arg(long, value_name = "NAME=FILE/STEP")]
    map: Vec<String>,
    /// 日志的列名，如 case=CaseID / What a column is called, such as case=CaseID
    #[arg(long, value_name = "COLUMN=NAME", value_delimiter = ',')]
    columns: Vec<String>,
    /// 工作日历 / The working calendar
    #[arg(long, default_value = "cn")]
    calendar: String,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 输出一个 JSON 对象：拟合与留出误差；不写 -o 时也含情景 / Print one JSON object: fits and hold-out errors; without -o the scenario too
    #[arg(long)]
    json: bool,
}

/// Learns.
pub(crate) fn run(options: &Options) -> Outcome {
    calibrate(options).map_err(|failure| failure.with_json(options.json))
}

fn calibrate(options: &Options) -> Outcome {
    let id = options.output.as_deref().map_or(Ok("learned"), id)?;
    let names = pairs(&options.map, "--map")?
        .into_iter()
        .map(|(name, step)| (name, Some(step).filter(|it| !it.is_empty())))
        .collect::<BTreeMap<_, _>>();
    let columns = Columns::new(pairs(&options.columns, "--columns")?).map_err(|error| {
        Failure::new(USAGE, format!("--columns 没有这一列：{error}"), format!("--columns: no such column: {error}"))
    })?;
    let library = Library::load(options.workflows.as_deref())?;
    let base = options.base.as_deref().map(|path| base(path, &library)).transpose()?;
    let (log, rows, unused) = match &options.log {
        Some(path) => {
            let input = files::read_one(path, LOG_BYTES_MAX)?;
            let log = eventlog::read(&input, &columns).map_err(|found| refused(&found, &input))?;
            (input, log.rows, log.unused)
        }
        None => {
            let rows = history::rows(&options.place, options.chain, &options.centre, options.archive.as_deref())?;
            (InputFile { name: options.place.name(), bytes: Vec::new() }, rows, Vec::new())
        }
    };
    let wishes = Wishes {
        log: &log.name,
        id,
        package: options.package.as_deref(),
        names: &names,
        calendar: &options.calendar,
        base: base.as_ref(),
    };
    let mut learned = learn(&rows, &wishes, &library.checked).map_err(|found| refused(&found, &log))?;
    note(&mut learned, &rows, &unused, options.log.is_none());
    let text = format!("{:#}\n", json!(learned.scenario));
    let runs = runs(id, &text, &library);
    show(options, &learned, &text);
    runs?;
    if let Some(path) = &options.output {
        super::simulate::write(path, &text)?;
        eprintln!("情景已写入 {} / the scenario is in {}", path.display(), path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn show(options: &Options, learned: &Learned, text: &str) {
    if options.json {
        let mut report = json!(learned.report);
        if options.output.is_none() {
            report["scenario"] = json!(learned.scenario);
        }
        println!("{report}");
        return;
    }
    println!("{}", tables::shown(&learned.report));
    if options.output.is_none() {
        println!("{text}");
    }
}

/// What the reader must know of the log itself.
fn note(learned: &mut Learned, rows: &[Row], unused: &[String], from_store: bool) {
    let notes = &mut learned.report.notes;
    if !unused.is_empty() {
        let list = unused.join(", ");
        notes.push(onething_engine::Title::new(
            format!("日志中没有用到的列：{list}"),
            format!("columns of the log that were not used: {list}"),
        ));
    }
    if from_store {
        notes.push(onething_engine::Title::new(
            "存储只记办件：到达时刻是提交时刻，取号和离开的人不在其中",
            "a store keeps cases alone: who came is who handed in, at that moment; tickets and who left are not known",
        ));
    }
    if rows.iter().all(|row| row.began_ms.is_none()) {
        notes.push(onething_engine::Title::new(
            "日志没有开始时刻，学不到办理时间",
            "the log has no moments of beginning, so no time can be learned",
        ));
    }
}

/// Whether `simulate` takes what was learned.
fn runs(id: &str, text: &str, library: &Library) -> Result<(), Failure> {
    let input = InputFile { name: format!("{id}.json"), bytes: text.as_bytes().to_vec() };
    let short = |why: &str, why_en: &str| {
        Failure::new(
            REFUSED,
            format!("学得的不足以运行：{why}。用 --base 补上一个情景"),
            format!("what was learned is not enough to run: {why_en}; give a scenario with --base"),
        )
    };
    let scenario = scenario::read(&input, &library.checked).map_err(|found| {
        for finding in &found {
            eprint!("{}", findings::text(finding, std::slice::from_ref(&input)));
        }
        short(&format!("{} 处", found.len()), &format!("{} findings", found.len()))
    })?;
    Model::new(scenario).map(drop).map_err(|error| {
        let text = error.to_string();
        let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
        short(zh, en)
    })
}

fn refused(found: &[onething_engine::diagnostic::Diagnostic], input: &InputFile) -> Failure {
    for finding in found {
        eprint!("{}", findings::text(finding, std::slice::from_ref(input)));
    }
    let (name, count) = (&input.name, found.len());
    Failure::new(
        REFUSED,
        format!("{name} 有 {count} 处错误，没有学习"),
        format!("{name} has {count} errors: nothing was learned"),
    )
}

fn base(path: &Path, library: &Library) -> Result<scenario::ScenarioFile, Failure> {
    let input = files::read_one(path, super::simulate::FILE_BYTES_MAX as usize)?;
    scenario::read(&input, &library.checked).map(|it| it.file).map_err(|found| refused(&found, &input))
}

/// The id that the name of the file to write asks for.
fn id(output: &Path) -> Result<&str, Failure> {
    let name = output.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".json").unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if stem.starts_with(|first: char| first.is_ascii_lowercase()) && stem.len() <= 64 && stem.chars().all(plain) {
        return Ok(stem);
    }
    Err(Failure::new(
        USAGE,
        format!("文件名“{name}”不能作情景的 id：小写字母开头，只含小写字母、数字和连字符，以 .json 结尾"),
        format!(
            "the file name \"{name}\" cannot be a scenario's id: lower-case letters, digits and hyphens, then .json"
        ),
    ))
}

fn pairs(words: &[String], option: &str) -> Result<Vec<(String, String)>, Failure> {
    let pair = |word: &String| {
        let (name, value) = word.rsplit_once('=').ok_or_else(|| {
            Failure::new(
                USAGE,
                format!("{option} {word}：应为 名称=名称"),
                format!("{option} {word}: expected NAME=NAME"),
            )
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    words.iter().map(pair).collect()
}

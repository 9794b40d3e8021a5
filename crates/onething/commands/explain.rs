//! `onething explain`: what a package asks, who asks it, how long it takes, and what it saves.

mod html;
mod table;
mod wording;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::civil::{Date, DateTime};
use onething_engine::analysis::{Explanation, Schedule, explain};
use onething_engine::calendar::{Calendar, Millis, Uncovered};
use onething_engine::definition::{Question, QuestionType, Title};
use onething_engine::diagnostic::{Severity, closest};
use onething_engine::{Value, Workflow, check};
use serde_json::json;

use crate::draw::{Marks, Sketch};
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, USAGE};
use crate::files::{self, Library};
use crate::{findings, words};

/// The acceptance for which dates are given when none is named: a Monday in the published calendar.
pub(crate) const EXAMPLE_START: &str = "2026-04-13T09:00";

/// What to explain and how.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 套餐或事项的编号，或它的文件 / The id of a package or matter, or its file
    package: String,
    /// 某个情形问题的回答，可重复；没有给出的按公布口径 / An answer to a situational question, repeatable; others are taken as the published figures take them
    #[arg(long = "answer", value_name = "QUESTION=VALUE")]
    answers: Vec<String>,
    /// 示例的受理时刻，如 2026-04-13T09:00 / The moment of acceptance for the example dates
    #[arg(long, default_value = EXAMPLE_START, value_name = "DATETIME")]
    start: String,
    /// 写一个可打印的网页 / Write a page that can be printed
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 哪个日历 / Which calendar
    #[arg(long, default_value = "cn")]
    calendar: String,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Explains one package.
pub(crate) fn run(options: &Options) -> Outcome {
    answer(options).map_err(|failure| failure.with_json(options.json))
}

fn answer(options: &Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let from_file = file(&options.package)?;
    let workflow = match &from_file {
        Some(workflow) => workflow,
        None => library.workflow(&options.package)?,
    };
    let calendar = library.calendar(&options.calendar)?;
    let start = moment(&options.start, &calendar)?;
    let answers = answers(workflow, &options.answers)?;
    let explained = explain(workflow, &answers, &calendar, start).map_err(uncovered)?;
    if let Some(path) = &options.html {
        let page = html::page(workflow, &explained, &calendar);
        std::fs::write(path, page).map_err(|error| {
            let path = path.display();
            Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
        })?;
    }
    if options.json {
        let mut value = serde_json::to_value(&explained).unwrap_or_default();
        value["schedule"] = dated(&explained.schedule, &calendar);
        value["html"] = json!(options.html);
        println!("{value}");
    } else if let Some(path) = &options.html {
        println!("已写到 {0} / written to {0}", path.display());
    } else {
        print!("{}", table::text(workflow, &explained));
    }
    Ok(ExitCode::SUCCESS)
}

/// The workflow of a file, when a file is named.
fn file(named: &str) -> Result<Option<Workflow>, Failure> {
    let path = Path::new(named);
    if !(path.is_file() || named.ends_with(".json")) {
        return Ok(None);
    }
    let mut inputs = files::read(&[path.to_owned()])?;
    let asked: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
    inputs.extend(files::neighbours(&[path.to_owned()], &inputs));
    let checked = check(&inputs);
    let is_it = |workflow: &Workflow| workflow.sources().first().is_some_and(|source| asked.contains(&source.name));
    if let Some(workflow) = checked.workflows.into_values().find(is_it) {
        return Ok(Some(workflow));
    }
    for finding in checked.diagnostics.iter().filter(|finding| finding.severity == Severity::Error) {
        eprint!("{}", findings::text(finding, &inputs));
    }
    Err(Failure::new(
        REFUSED,
        format!("{named} 没有通过检查，不能说明；onething draw 可把问题标在图上"),
        format!("{named} does not pass the check and cannot be explained; onething draw marks the problems"),
    ))
}

/// The answers given on the command line, all that is wrong with them at once.
pub(crate) fn answers(workflow: &Workflow, given: &[String]) -> Result<BTreeMap<String, Value>, Failure> {
    let mut answers = BTreeMap::new();
    let mut problems = Vec::new();
    for text in given {
        let Some((id, value)) = text.split_once('=') else {
            return Err(Failure::new(
                USAGE,
                format!("“{text}”不是“问题=回答”的写法"),
                format!("\"{text}\" is not written QUESTION=VALUE"),
            ));
        };
        let Some(question) = workflow.questions().iter().find(|question| question.id == id) else {
            let known: Vec<&str> = workflow.questions().iter().map(|question| question.id.as_str()).collect();
            problems.push(unknown(("问题", "question"), id, &known));
            continue;
        };
        match parse(question, value) {
            Ok(_) if answers.contains_key(id) => {
                problems.push((format!("问题“{id}”回答了两次"), format!("the question \"{id}\" is answered twice")))
            }
            Ok(value) => {
                answers.insert(id.to_owned(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        return Ok(answers);
    }
    let (zh, en): (Vec<String>, Vec<String>) = problems.into_iter().unzip();
    Err(Failure::new(REFUSED, zh.join("\n"), en.join("\n")))
}

fn parse(question: &Question, value: &str) -> Result<Value, (String, String)> {
    match question.kind {
        QuestionType::Boolean => match value {
            "true" | "yes" | "是" => Ok(Value::Bool(true)),
            "false" | "no" | "否" => Ok(Value::Bool(false)),
            _ => Err((
                format!("问题“{}”须回答 true 或 false，不是“{value}”", question.id),
                format!("the question \"{}\" is answered with true or false, not \"{value}\"", question.id),
            )),
        },
        QuestionType::Choice if question.choices.iter().any(|choice| choice.id == value) => {
            Ok(Value::Text(value.to_owned()))
        }
        QuestionType::Choice => {
            let known: Vec<&str> = question.choices.iter().map(|choice| choice.id.as_str()).collect();
            let (zh, en) = unknown(("回答", "answer"), value, &known);
            Err((format!("问题“{}”：{zh}", question.id), format!("the question \"{}\": {en}", question.id)))
        }
    }
}

fn unknown((zh, en): (&str, &str), written: &str, known: &[&str]) -> (String, String) {
    let meant = closest(written, known.iter().copied());
    let guess = meant.map(|name| (format!("，是否想写“{name}”？"), format!(": did you mean \"{name}\"?")));
    let (guess_zh, guess_en) = guess.unwrap_or_default();
    let (known_zh, known_en) = match known {
        [] => ("没有".to_owned(), "none".to_owned()),
        known => (known.join("、"), known.join(", ")),
    };
    (
        format!("没有{zh}“{written}”{guess_zh}（有：{known_zh}）"),
        format!("there is no {en} \"{written}\"{guess_en} (there is: {known_en})"),
    )
}

/// A moment in China Standard Time; a day alone is its opening.
pub(crate) fn moment(text: &str, calendar: &Calendar) -> Result<Millis, Failure> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return calendar.next_opening(calendar.start_of_day(day)).map_err(uncovered);
    }
    let time: DateTime = text.parse().map_err(|_| {
        Failure::new(
            USAGE,
            format!("“{text}”不是时刻，写成 2026-04-13T09:00"),
            format!("\"{text}\" is no moment: write 2026-04-13T09:00"),
        )
    })?;
    let since = time.time().duration_since(jiff::civil::Time::midnight());
    let millis = i64::try_from(since.as_millis()).unwrap_or_default();
    Ok(calendar.start_of_day(time.date()) + millis)
}

pub(crate) fn uncovered(gap: Uncovered) -> Failure {
    let year = gap.year;
    Failure::new(
        BROKEN,
        format!("{year} 年的工作日安排尚未公布，推算不出日期；用 --start 换一个时刻"),
        format!("the working days of {year} are not published, so no dates follow: name another moment with --start"),
    )
}

/// The schedule with moments as people and programs read them.
fn dated(schedule: &Schedule, calendar: &Calendar) -> serde_json::Value {
    let steps: Vec<_> = schedule
        .steps
        .iter()
        .map(|step| {
            json!({
                "id": step.id, "title": step.title, "limit": step.limit, "days": step.days,
                "begins": words::iso(step.begins), "ends": words::iso(step.ends), "critical": step.critical,
            })
        })
        .collect();
    json!({
        "calendar": calendar.to_string(), "accepted": words::iso(schedule.accepted),
        "counts_from": words::iso(schedule.counts_from), "total_days": schedule.total_days,
        "ends": words::iso(schedule.ends), "promise_ends": schedule.promise_ends.map(words::iso), "steps": steps,
    })
}

/// The critical path as marks on the picture of the package.
pub(crate) fn critical(sketch: &Sketch, schedule: &Schedule) -> Marks {
    let mut marks = Marks::default();
    for step in schedule.steps.iter().filter(|_| sketch.parts.len() > 1) {
        let mark = marks.steps.entry((0, usize::from(step.node))).or_default();
        mark.critical = step.critical;
        let (from, to) = (words::minute(step.begins), words::minute(step.ends));
        mark.remarks.push(Title::new(format!("{from} 起"), format!("until {to}")));
    }
    for edge in &schedule.critical_edges {
        let ways = sketch.parts.first().map(|part| part.ways.as_slice()).unwrap_or_default();
        if let Some(way) = ways.iter().position(|way| way.index == usize::from(*edge)) {
            marks.ways.entry((0, way)).or_default().critical = true;
        }
    }
    marks
}

/// A figure without a needless fraction: `0.375`, `7`.
fn number(value: f64) -> String {
    ((value * 1000.0).round() / 1000.0 + 0.0).to_string()
}

/// The share that is saved, in percent.
fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// Whether a reader should know that dates count from another moment than the acceptance.
fn counts_later(explained: &Explanation) -> bool {
    explained.schedule.counts_from != explained.schedule.accepted
}

//! `onething test`: the tests that authors of packages write.

use std::path::PathBuf;
use std::process::ExitCode;

use onething_engine::calendar::Calendar;
use onething_engine::definition::{ClockStart, FileKind};
use onething_engine::diagnostic::Severity;
use onething_engine::trial::{Handed, Minute, Suite, Verdict, judge, record};
use onething_engine::{Checked, InputFile, Workflow, check};
use owo_colors::OwoColorize;
use owo_colors::Stream::Stdout;
use serde_json::json;

use super::case::template;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::files::{self, Library};
use crate::{findings, words};

const AFTER_HELP: &str = "\
退出码 Exit codes:
  0  全部通过 every case passed
  1  有用例未通过、文件有错，或没有可运行的测试 a case failed, a file is wrong, or there is no test to run
  2  命令行写错 the command line is wrong
  3  文件读不了 files could not be read

测试文件的写法见 docs/testing-packages.md。 The format is described in docs/testing-packages.md.";

/// The month in which a recorded application is handed in, if it may be handed in at any time.
const MONTH: i8 = 4;

/// Which tests to run.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// 文件或文件夹；缺省为 ./workflows，没有则用程序自带的 / Files or folders; else ./workflows, else those carried inside
    paths: Vec<PathBuf>,
    /// 只运行套餐或标题含有这段文字的用例 / Only cases whose package or title holds this text
    #[arg(long)]
    filter: Option<String>,
    /// 输出一份起步用的测试文件：照抄实际发生的事，不作判断 / Print a test file to begin with: it records what happens and judges nothing
    #[arg(long, value_name = "PACKAGE", conflicts_with_all = ["filter", "json"])]
    record: Option<String>,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs them.
pub(crate) fn run(options: &Options) -> Outcome {
    let outcome = match &options.record {
        Some(package) => write_down(options, package),
        None => run_tests(options),
    };
    outcome.map_err(|failure| failure.with_json(options.json))
}

/// One case that was run.
struct Ran<'a> {
    suite: &'a Suite,
    verdict: Verdict,
}

fn run_tests(options: &Options) -> Outcome {
    let mut inputs = match options.paths.as_slice() {
        [] => files::usual()?.0,
        paths => files::read(paths)?,
    };
    let asked: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
    inputs.extend(files::neighbours(&options.paths, &inputs));
    let checked = check(&inputs);
    let errors: Vec<_> = checked.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let ran = cases(&checked, &asked, options.filter.as_deref());
    if ran.is_empty() && errors.is_empty() {
        return Err(Failure::new(
            REFUSED,
            "没有可运行的测试：测试文件放在 workflows/tests 里，onething test --record 套餐 可写出一份起步的",
            "there is no test to run: test files stand in workflows/tests, and onething test --record PACKAGE writes one to begin with",
        ));
    }
    let failed = ran.iter().filter(|ran| !ran.verdict.differences.is_empty()).count();
    let untested = untested(&checked, &asked);
    if options.json {
        let results: Vec<_> = ran
            .iter()
            .map(|Ran { suite, verdict }| {
                json!({"package": suite.file.id, "passed": verdict.differences.is_empty(), "case": verdict})
            })
            .collect();
        let report = json!({
            "cases": ran.len(), "failed": failed, "errors": errors.len(), "findings": errors, "results": results,
            "untested": untested,
        });
        println!("{report}");
    } else {
        for finding in &errors {
            print!("{}", findings::text(finding, &inputs));
        }
        show(&ran, &inputs);
        let (cases, wrong) = (ran.len(), errors.len());
        println!(
            "{cases} 个用例，{failed} 个未通过，文件 {wrong} 处错误 / {cases} cases, {failed} failed, {wrong} errors in files"
        );
        if !untested.is_empty() && errors.is_empty() {
            println!("没有测试的套餐 / packages without tests: {}", untested.join(", "));
        }
    }
    Ok(if failed == 0 && errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// Runs the cases of the files asked for, in order of package and file.
fn cases<'a>(checked: &'a Checked, asked: &[String], filter: Option<&str>) -> Vec<Ran<'a>> {
    let mut ran = Vec::new();
    for (id, suite) in checked.tests.iter().filter(|(_, suite)| asked.contains(&suite.name)) {
        let known = checked.workflows.get(id).zip(checked.calendars.get(&suite.file.calendar));
        let Some((workflow, calendar)) = known else { continue };
        for (index, case) in suite.file.cases.iter().enumerate() {
            let wanted = filter
                .is_none_or(|text| id.contains(text) || case.title.zh.contains(text) || case.title.en.contains(text));
            let verdict = wanted.then(|| judge(suite, index, workflow, calendar)).flatten();
            ran.extend(verdict.map(|verdict| Ran { suite, verdict }));
        }
    }
    ran
}

/// The packages asked for that have no tests.
fn untested(checked: &Checked, asked: &[String]) -> Vec<String> {
    let asked = |workflow: &&Workflow| workflow.sources().first().is_some_and(|source| asked.contains(&source.name));
    let packages = checked.workflows.values().filter(|workflow| workflow.kind() == FileKind::Package).filter(asked);
    packages.map(|workflow| workflow.id().to_string()).filter(|id| !checked.tests.contains_key(id)).collect()
}

fn show(ran: &[Ran<'_>], inputs: &[InputFile]) {
    let mut table = words::table(&["", "套餐 package", "用例 case", "命令 commands"]);
    for Ran { suite, verdict } in ran {
        let mark = if verdict.differences.is_empty() { "✓" } else { "✗" };
        let title = format!("{}\n{}", verdict.title.zh, verdict.title.en);
        table.add_row([mark, &suite.file.id, &title, &verdict.commands.to_string()]);
    }
    println!("{table}");
    for Ran { suite, verdict } in ran.iter().filter(|ran| !ran.verdict.differences.is_empty()) {
        let title = format!("✗ {}：{}", suite.file.id, verdict.title.zh);
        println!("\n{}", title.if_supports_color(Stdout, |title| title.red()));
        println!("   {}", verdict.title.en);
        for difference in &verdict.differences {
            print!("{}", findings::shown(&difference.place, inputs));
            let (what, expected, found) = (&difference.what, &difference.expected, &difference.found);
            println!("   {}：期望 {}，实际 {}", what.zh, expected.zh, found.zh);
            println!("   {}: expected {}, but {}\n", what.en, expected.en, found.en);
        }
    }
}

/// Prints what happens to an application with the usual answers, as a test file.
fn write_down(options: &Options, package: &str) -> Outcome {
    let library = Library::load(options.paths.first().map(PathBuf::as_path))?;
    let workflow = library.workflow(package)?;
    let calendar = library.calendar("cn")?;
    let application = template(workflow);
    let part = |key: &str| serde_json::from_value(application[key].clone()).unwrap_or_default();
    let handed = Handed { received: received(workflow, &calendar), answers: part("answers"), form: part("form") };
    let file = record(workflow, &calendar, handed);
    let text = serde_json::to_string_pretty(&file).map_err(|error| {
        Failure::new(REFUSED, format!("写不出测试文件：{error}"), format!("the test file cannot be written: {error}"))
    })?;
    println!("{text}");
    eprintln!("这是记录，不是判断：期望照抄了实际发生的事。核对每一条后存为 workflows/tests/{package}.json。");
    eprintln!(
        "This is a record, not a verdict: what is expected is what happened. Go through each line, then save it as workflows/tests/{package}.json."
    );
    Ok(ExitCode::SUCCESS)
}

/// When the recorded application is handed in: at the opening of business on the first day of a period in which it may
/// be, else of April of the last published year.
fn received(workflow: &Workflow, calendar: &Calendar) -> Minute {
    let period = workflow.plans().iter().find_map(|plan| match &plan.starts {
        ClockStart::PeriodEnd { periods } => periods.last().map(|period| period.from),
        ClockStart::Acceptance | ClockStart::Receipt => None,
    });
    let year = calendar.years().max().unwrap_or_default();
    let day = period.or_else(|| jiff::civil::Date::new(year, MONTH, 1).ok()).unwrap_or_default();
    let first = calendar.start_of_day(day);
    Minute::of(calendar.next_opening(first).unwrap_or(first))
}

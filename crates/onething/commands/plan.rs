//! `onething plan`: the cheapest staffing of a scenario that keeps its service target.

mod tables;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use onething_engine::Title;
use onething_sim::plan::{NoPlan, Plan, Progress, Wishes, plan};
use onething_sim::report;
use onething_sim::scenario::{LIMITS_SHARE, Scenario, ScenarioFile};
use serde_json::json;

use super::simulate;
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, USAGE};
use crate::files::Library;
use crate::progress;

const AFTER_HELP: &str = "\
大厅里有人排队的窗口和潮汐窗口按刻钟排，后台各席按天排。先按公式，再用模拟裁剪；结果用搜索时没见过的人来判定。
  Windows at which people wait, and tidal windows, are planned by quarter-hour, desks behind the hall by day. Formulas
  first, then simulation trims; the answer is judged on people whom the search never met.
  onething plan examples/scenarios/teacher-tide.json -o planned.json --report plan.html
  onething simulate planned.json
退出码 Exit codes：0 有方案 a plan · 1 目标达不到、人手不够、或情景有错 the target is out of reach, the people there are
  do not suffice, or the scenario is wrong ·
  2 命令行写错 the command line is wrong · 3 写不了文件 a file cannot be written";

/// What to plan.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// 情景文件 / The scenario file
    scenario: PathBuf,
    /// 把带方案的情景写进这个文件，可直接演练 / Write the scenario with the plan's roster to this file: `simulate` runs it
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,
    /// 最长等候分钟数；缺省用情景文件里的 / Longest wait in minutes; left out: the scenario's target
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    wait: Option<f64>,
    /// 达标比例，0.01 到 0.999；缺省用情景文件里的 / Share that waits no longer, 0.01 to 0.999; left out: the scenario's
    #[arg(long, value_parser = share)]
    share: Option<f64>,
    /// 时限遵守的比例，也是后台办件按时接手的比例，0.01 到 1；缺省用情景文件里的，没有则 0.95 / Share of limits kept, and of a desk's tasks taken up in time, 0.01 to 1; left out: the scenario's, else 0.95
    #[arg(long, value_parser = limits)]
    limits: Option<f64>,
    /// 常设窗口一个班次最短多少分钟 / Least minutes of a standing shift
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(15..=1440))]
    shift_minutes: u32,
    /// 随机种子；缺省用情景文件里的 / Seed; left out: the scenario's own
    #[arg(long)]
    seed: Option<u64>,
    /// 判定结果的独立重复次数，10 到 1000；缺省用情景文件里的 / Replications that judge the answer, 10 to 1000; left out: the scenario's
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=1000))]
    replications: Option<u32>,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long)]
    json: bool,
    /// 写一个自带图表的网页 / Write a page with pictures that needs nothing else
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
}

fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("应为数 expected a number, got {text}"))?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("应在 {least} 到 {most} 之间 expected {least} to {most}"))
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    within(text, 0.0, 10_000.0)
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.01, 0.999)
}

fn limits(text: &str) -> Result<f64, String> {
    within(text, 0.01, 1.0)
}

/// Plans.
pub(crate) fn run(options: &Options) -> Outcome {
    planned(options).map_err(|failure| failure.with_json(options.json))
}

fn planned(options: &Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let scenario = simulate::read(&options.scenario, &library)?;
    let target = scenario.file.target;
    let wishes = Wishes {
        wait_minutes: options.wait.unwrap_or(target.wait_minutes),
        share: options.share.unwrap_or(target.share),
        limits: options.limits.or(target.limits).unwrap_or(LIMITS_SHARE),
        shift_minutes: options.shift_minutes,
        seed: options.seed.unwrap_or(scenario.file.seed),
        replications: options.replications.unwrap_or(scenario.file.replications),
    };
    if !(0.01..=0.999).contains(&wishes.share) {
        return Err(Failure::new(
            USAGE,
            format!("目标比例 {} 无法规划：用 --share 给出 0.01 到 0.999", wishes.share),
            format!("a target share of {} cannot be planned for: give --share, 0.01 to 0.999", wishes.share),
        ));
    }
    let bar = Bar(progress::bar_of_what_may_stop(1));
    let found = plan(&scenario, &wishes, &bar).map_err(refused)?;
    bar.0.finish_and_clear();
    if options.json {
        println!("{}", json!(found));
    } else {
        println!("{}", tables::shown(&found));
    }
    if let Some(path) = &options.report {
        write(path, &report::plan_html(&found))?;
        eprintln!("报告已写入 {} / the report is in {}", path.display(), path.display());
    }
    if let Some(path) = &options.output {
        let text = serde_json::to_string_pretty(&filed(&found, path, &scenario)?);
        let text = text.map_err(|error| Failure::new(BROKEN, error.to_string(), error.to_string()))?;
        write(path, &format!("{text}\n"))?;
        eprintln!("带方案的情景已写入 {} / the scenario with the plan is in {}", path.display(), path.display());
    }
    Ok(if found.shortages.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// The scenario as a file of its own.
fn filed(found: &Plan, path: &Path, scenario: &Scenario) -> Result<ScenarioFile, Failure> {
    let stem = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
    let fits = path.extension().is_some_and(|it| it == "json")
        && stem.len() <= 64
        && stem.starts_with(|it: char| it.is_ascii_lowercase())
        && stem.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if !fits {
        return Err(Failure::new(
            USAGE,
            format!("{} 不能作情景的文件名：应为小写字母、数字、连字符加 .json", path.display()),
            format!(
                "{} is no name of a scenario: expected lower-case letters, digits and hyphens, then .json",
                path.display()
            ),
        ));
    }
    let title = &scenario.file.title;
    Ok(ScenarioFile {
        id: stem.to_owned(),
        title: Title::new(format!("{}（排班方案）", title.zh), format!("{} (planned)", title.en)),
        ..found.file.clone()
    })
}

fn refused(why: NoPlan) -> Failure {
    let code = if matches!(why, NoPlan::Unbalanced(..)) { BROKEN } else { REFUSED };
    let text = why.to_string();
    let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
    Failure::new(code, zh, en)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| {
        let path = path.display();
        Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
    })
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn expects(&self, runs: u64) {
        self.0.set_length(runs);
    }

    fn done(&self) {
        self.0.inc(1);
    }
}

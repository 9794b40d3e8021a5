//! `cargo xtask bench`: runs the benchmarks one after another and compares each with its limit.
//!
//! A benchmark prints one line of JSON on standard output. Keys read here: `name`; one key ending in `_per_s` (the
//! figure); `bare_per_s` (the limit: the same bytes or the same loop without the product, measured in the same run);
//! `ratio` (figure over limit). Every other key is shown as it is. Goals are shown and never fail the command: a
//! figure depends on the machine, a ratio less so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::step::Step;

/// The argument that makes this program end at once: the cost of starting a process, the limit of `check`.
pub(crate) const BARE_PROCESS: &str = "--bare-process";

/// Starts of each program timed for `check`; the median is stable from about 30 on, 101 take under two seconds.
const CHECK_STARTS: usize = 101;

struct Bench {
    name: &'static str,
    /// Package, bench target and what it is told; `None` for `check`, which is measured from outside.
    target: Option<(&'static str, &'static str, &'static str)>,
    goal: Option<Goal>,
}

impl Bench {
    /// `check-proof` is called by `check` too.
    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
    }
}

/// What a figure is meant to reach.
struct Goal {
    words: &'static str,
    met: fn(&Report) -> bool,
}

const BENCHES: [Bench; 12] = [
    Bench {
        name: "engine",
        target: Some(("onething-engine", "completions", "")),
        goal: Some(Goal { words: "1,000,000/s", met: |it| it.figure >= 1e6 }),
    },
    Bench {
        name: "store",
        target: Some(("onething-store", "embedded", "")),
        goal: Some(Goal { words: "30,000/s and ratio 0.5", met: |it| it.figure >= 3e4 && it.ratio >= Some(0.5) }),
    },
    Bench {
        name: "redis",
        target: Some(("onething-store-redis", "redis", "")),
        goal: Some(Goal {
            words: "ratio 0.8, 1 round trip, claimed in 2 ms (p99)",
            met: |it| {
                let within = |key, most| it.numbers.get(key).is_some_and(|number| *number <= most);
                // What opening the store takes is in it.
                it.ratio >= Some(0.8) && within("round_trips", 1.01) && within("claim_p99_ms", 2.0)
            },
        }),
    },
    Bench { name: "policy", target: Some(("onething-policy", "hall", "")), goal: None },
    Bench {
        name: "sim",
        target: Some(("onething-sim", "stations", "")),
        goal: Some(Goal { words: "8,000,000/s", met: |it| it.figure >= 8e6 }),
    },
    Bench {
        name: "sim-centre",
        target: Some(("onething-sim", "centre", "")),
        goal: Some(Goal { words: "1,000,000/s", met: |it| it.figure >= 1e6 }),
    },
    Bench {
        name: "sim-memory",
        target: Some(("onething-sim", "centre", "--cases 10000000")),
        goal: Some(Goal {
            words: "10,000,000 cases in 1 GB",
            met: |it| it.numbers.get("memory_max_mb").is_some_and(|megabytes| *megabytes < 1000.0),
        }),
    },
    Bench {
        name: "sim-year",
        target: Some(("onething-sim", "year", "")),
        goal: Some(Goal { words: "100 replications in 2 s", met: |it| it.figure >= 50.0 }),
    },
    Bench {
        name: "sim-year-network",
        target: Some(("onething-sim", "year", "--network")),
        goal: Some(Goal { words: "100 replications in 2 s", met: |it| it.figure >= 50.0 }),
    },
    Bench {
        name: "sim-plan",
        target: Some(("onething-sim", "plan", "")),
        goal: Some(Goal { words: "a week in 30 s", met: |it| it.figure >= 1.0 / 30.0 }),
    },
    Bench {
        name: "check-proof",
        target: Some(("onething-engine", "proof", "")),
        goal: Some(Goal {
            words: "20 branches 1 ms, 500 blocks 2 ms, 2,000 nodes 50 ms",
            met: |it| {
                let within = |key, most| it.numbers.get(key).is_some_and(|micros| *micros < most);
                within("block_of_20_us", 1e3) && within("row_of_500_blocks_us", 2e3) && within("random_us", 5e4)
            },
        }),
    },
    Bench { name: "check", target: None, goal: Some(Goal { words: "under 10 ms", met: |it| it.figure >= 100.0 }) },
];

/// What one benchmark printed.
struct Report {
    figure: f64,
    limit: Option<f64>,
    ratio: Option<f64>,
    rest: Vec<String>,
    /// Every number, by key.
    numbers: BTreeMap<String, f64>,
}

/// Runs the benchmark called `only`, or all of them, then prints the table.
pub(crate) fn run(only: Option<&str>) -> Result<(), String> {
    let chosen: Vec<&Bench> = BENCHES.iter().filter(|bench| only.is_none_or(|name| bench.is_called(name))).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        return Err(format!("expected a benchmark of {}, but got `{}`", names.join(", "), only.unwrap_or_default()));
    }
    let mut rows = Vec::new();
    for bench in chosen {
        let line = match bench.target {
            Some((package, target, told)) => run_target(package, target, told)?,
            None => time_check()?,
        };
        println!("{line}");
        rows.push((bench, read(bench.name, &line)?));
    }
    print_table(&rows);
    Ok(())
}

/// Runs a bench target and returns the one line of JSON it printed.
fn run_target(package: &str, target: &str, told: &str) -> Result<String, String> {
    let step = Step::cargo("bench", &format!("bench --locked --package {package} --bench {target} -- {told}"));
    let output = step.output()?;
    let mut lines = output.lines().filter(|line| line.starts_with('{'));
    match (lines.next(), lines.next()) {
        (Some(line), None) => Ok(line.to_owned()),
        (first, _) => {
            let got = if first.is_some() { "several" } else { "none" };
            Err(format!("expected one line of JSON from the bench {target} of {package}, but got {got}"))
        }
    }
}

/// Times `onething check` on the largest package file from process start to exit, against an empty process.
fn time_check() -> Result<String, String> {
    let file = largest_package()?;
    let program = release_binary()?;
    let itself = std::env::current_exe().map_err(|error| format!("expected the path of xtask, but: {error}"))?;
    let mut checks = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..CHECK_STARTS {
        checks.push(time(&program, &["check".as_ref(), file.as_os_str()])?);
        bare.push(time(&itself, &[BARE_PROCESS.as_ref()])?);
    }
    let (check_s, bare_s) = (median(checks), median(bare));
    let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    Ok(json!({
        "name": "check", "checks_per_s": 1.0 / check_s, "bare_per_s": 1.0 / bare_s, "ratio": bare_s / check_s,
        "median_ms": check_s * 1e3, "file": name,
    })
    .to_string())
}

fn largest_package() -> Result<PathBuf, String> {
    let directory = crate::root().join("workflows/packages");
    let files = crate::test::entries(&directory)?;
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |it| it.len());
    let largest = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "json")).max_by_key(size);
    largest.ok_or_else(|| format!("expected a package in {}, but it holds no JSON file", directory.display()))
}

/// Builds the binary in release and returns where cargo put it.
pub(crate) fn release_binary() -> Result<PathBuf, String> {
    let step = Step::cargo("build", "build --locked --release --bin onething --message-format json-render-diagnostics");
    let output = step.output()?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut executables = messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)));
    executables.next_back().ok_or_else(|| "expected cargo to name the binary it built, but it named none".to_owned())
}

/// Seconds from starting `program` to its successful exit.
fn time(program: &Path, arguments: &[&std::ffi::OsStr]) -> Result<f64, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null());
    let started = Instant::now();
    let status = command.status().map_err(|error| format!("could not start {}: {error}", program.display()))?;
    let seconds = started.elapsed().as_secs_f64();
    if status.success() { Ok(seconds) } else { Err(format!("expected {command:?} to succeed, but: {status}")) }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn read(name: &str, line: &str) -> Result<Report, String> {
    let wrong = |what: &str| format!("expected {what} from the bench {name}, but got: {line}");
    let value: Value = serde_json::from_str(line).map_err(|_| wrong("JSON"))?;
    let fields = value.as_object().ok_or_else(|| wrong("a JSON object"))?;
    let number = |key: &str| fields.get(key).and_then(Value::as_f64);
    let is_figure = |key: &&String| key.ends_with("_per_s") && *key != "bare_per_s";
    let figures: Vec<&String> = fields.keys().filter(is_figure).collect();
    let [key] = figures.as_slice() else { return Err(wrong("one key ending in _per_s beside bare_per_s")) };
    let figure = number(key.as_str()).ok_or_else(|| wrong("a number"))?;
    let limit = number("bare_per_s");
    let ratio = number("ratio").or_else(|| limit.map(|limit| figure / limit));
    let shown = ["name", "bare_per_s", "ratio", key.as_str()];
    let rest =
        fields.iter().filter(|(key, _)| !shown.contains(&key.as_str())).map(|(key, value)| format!("{key}={value}"));
    let numbers = fields.iter().filter_map(|(key, value)| Some((key.clone(), value.as_f64()?))).collect();
    Ok(Report { figure, limit, ratio, rest: rest.collect(), numbers })
}

fn print_table(rows: &[(&Bench, Report)]) {
    println!("\n{:<11} {:>14} {:>14} {:>7}  goal", "bench", "per second", "limit", "ratio");
    for (bench, report) in rows {
        let limit = report.limit.map_or("-".to_owned(), |it| format!("{it:.0}"));
        let ratio = report.ratio.map_or("-".to_owned(), |it| format!("{it:.3}"));
        let goal = match &bench.goal {
            None => "none".to_owned(),
            Some(goal) => format!("{}: {}", goal.words, if (goal.met)(report) { "met" } else { "MISSED" }),
        };
        println!(
            "{:<11} {:>14.0} {limit:>14} {ratio:>7}  {goal}  {}",
            bench.name,
            report.figure,
            report.rest.join(" ")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_from_one_line() {
        let report = read("x", r#"{"name":"x","ops_per_s":50,"bare_per_s":200,"batch":64}"#).unwrap();
        assert_eq!((report.figure, report.limit, report.ratio), (50.0, Some(200.0), Some(0.25)));
        assert_eq!(report.rest, ["batch=64"]);
    }

    #[test]
    fn a_report_without_a_figure_is_an_error_that_says_so() {
        let error = read("x", r#"{"name":"x","bare_per_s":200}"#).err();
        let expect = r#"expected one key ending in _per_s beside bare_per_s from the bench x, but got: {"name":"x","bare_per_s":200}"#;
        assert_eq!(error.as_deref(), Some(expect));
    }
}

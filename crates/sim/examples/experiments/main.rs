//! The reforms as experiments: runs every scenario of docs/experiments.md and writes the page and its pictures anew.
//!
//! ```sh
//! cargo xtask experiments
//! ```
//! It prints the name of each file it writes; nothing else changes. One seed: the same files every time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use onething_engine::{Checked, InputFile, check};
use onething_sim::centre::Model;
use onething_sim::report::{Axes, Series, bars, lines};
use onething_sim::results::{Figure, Results, compare, simulate};
use onething_sim::scenario::{self, Scenario};
use onething_sim::stats::Interval;

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// Of everything; the same people come in every variant.
const SEED: u64 = 2026;
const REPLICATIONS: u32 = 20;

fn main() -> Done<()> {
    let bench = Workshop::open()?;
    let mut page = include_str!("page.md").to_owned();
    for (mark, text) in [
        ("windows", windows(&bench)?),
        ("tides", tides(&bench)?),
        ("projects", projects(&bench)?),
        ("companies", companies(&bench)?),
    ] {
        page = page.replace(&format!("{{{{{mark}}}}}\n"), &text);
    }
    bench.write("experiments.md", &page)
}

/// The scenarios, the definitions, and the folder to write to.
struct Workshop {
    root: PathBuf,
    known: Checked,
}

impl Workshop {
    fn open() -> Done<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut files = Vec::new();
        for folder in ["packages", "matters", "calendars"] {
            let mut paths: Vec<PathBuf> = std::fs::read_dir(root.join("workflows").join(folder))?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.extension().is_some_and(|it| it == "json"))
                .collect();
            paths.sort();
            for path in paths {
                files.push(InputFile { name: path.display().to_string(), bytes: std::fs::read(&path)? });
            }
        }
        Ok(Self { root, known: check(&files) })
    }

    fn scenario(&self, name: &str) -> Done<Scenario> {
        let path = self.root.join(format!("examples/scenarios/{name}.json"));
        let input = InputFile { name: path.display().to_string(), bytes: std::fs::read(&path)? };
        scenario::read(&input, &self.known).map_err(|found| format!("{name}: {found:#?}").into())
    }

    fn run(&self, name: &str) -> Done<Results> {
        played(self.scenario(name)?)
    }

    fn write(&self, name: &str, text: &str) -> Done<()> {
        let path = self.root.join("docs").join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        std::fs::write(&path, text)?;
        println!("docs/{name}");
        Ok(())
    }
}

fn played(scenario: Scenario) -> Done<Results> {
    let model = Model::new(scenario)?;
    simulate(&model, SEED, REPLICATIONS, &|| {}).map_err(|(seed, error)| format!("seed {seed}: {error}").into())
}

/// A figure of a run; `*` is the whole centre.
fn figure(results: &Results, of: &str, what: Figure) -> Interval {
    let found = results.metrics.iter().find(|it| it.of == of && it.what == what);
    found.map_or_else(|| Interval::of([0.0], 0.95), |it| it.interval)
}

/// Second less first, run by run: both met the same people.
fn difference(first: &Results, second: &Results, of: &str, what: Figure) -> Option<Interval> {
    compare(first, second).into_iter().find(|it| it.of == of && it.what == what).map(|it| it.difference)
}

fn shown(interval: Interval) -> String {
    format!("{:.1} ± {:.1}", interval.mean, interval.half)
}

fn percent(interval: Interval) -> String {
    format!("{:.1}% ± {:.1}", interval.mean * 100.0, interval.half * 100.0)
}

/// Four silos against four comprehensive windows, and how much longer each service may take.
fn windows(shop: &Workshop) -> Done<String> {
    let siloed = shop.run("windows-siloed")?;
    let comprehensive = shop.run("windows-comprehensive")?;
    let mut points = Vec::new();
    for percent in [0, 5, 10, 15, 20, 25] {
        let mut scenario = shop.scenario("windows-comprehensive")?;
        let front = scenario.file.staff.iter_mut().filter(|it| it.queues.len() > 1);
        front.for_each(|it| it.takes = 1.0 + f64::from(percent) / 100.0);
        points.push((f64::from(percent), figure(&played(scenario)?, "*", Figure::WaitMean)));
    }
    let silo = figure(&siloed, "*", Figure::WaitMean);
    let flat = points.iter().map(|(at, _)| (*at, silo)).collect();
    let breaks_even =
        points.windows(2).find(|pair| pair[0].1.mean <= silo.mean && pair[1].1.mean > silo.mean).map(|pair| {
            let share = (silo.mean - pair[0].1.mean) / (pair[1].1.mean - pair[0].1.mean);
            pair[0].0 + share * (pair[1].0 - pair[0].0)
        });
    let axes = Axes {
        title: "综合窗口与单科窗口 comprehensive and siloed windows",
        x: "综合窗口每件多用的时间（%） how much longer each service takes at a comprehensive window (%)",
        y: "平均等候（分钟） mean wait (min)",
    };
    let series = [
        Series { name: "综合窗口 comprehensive".to_owned(), points },
        Series { name: "单科窗口 siloed".to_owned(), points: flat },
    ];
    shop.write("experiments/windows.svg", &lines(axes, &series))?;
    let mut text = table(
        &[("单科 siloed", &siloed), ("综合 comprehensive (+10%)", &comprehensive)],
        "*",
        &[Figure::WaitMean, Figure::WaitP90, Figure::WithinTarget],
    );
    let gain = difference(&siloed, &comprehensive, "*", Figure::WaitMean).map(shown).unwrap_or_default();
    let even = breaks_even.map_or_else(
        || "在画出的范围内一直划算 pays over the whole range drawn".to_owned(),
        |it| format!("在每件多用 {it:.0}% 时不再划算 stops paying at {it:.0}% longer services"),
    );
    writeln!(
        text,
        "\n合窗后平均等候相差 {gain} 分钟；{even}。\nThe mean wait changes by {gain} min; pooling {}.",
        english(&even)
    )?;
    Ok(text)
}

/// No tide, a fixed extra window, a tide: teachers' certificates and sole traders.
fn tides(shop: &Workshop) -> Done<String> {
    let mut text = String::new();
    for (of, title, file, none, fixed, tide, desk) in [
        (
            "教师资格",
            "244件教师资格四天 244 teacher certificates in four days",
            "teachers",
            "teacher-none",
            "teacher-fixed",
            "teacher-tide",
            "education",
        ),
        (
            "个体工商户",
            "215户个体一上午 215 sole traders in a morning",
            "traders",
            "sole-traders-none",
            "sole-traders-fixed",
            "sole-traders-tide",
            "market_supervision",
        ),
    ] {
        let runs = [shop.run(none)?, shop.run(fixed)?, shop.run(tide)?];
        let names = ["无潮汐 none", "固定加窗 fixed", "潮汐 tide"];
        let groups: Vec<String> = names.map(str::to_owned).to_vec();
        let bar = |name: &str, of: &str, what| Series {
            name: name.to_owned(),
            points: runs.iter().map(|run| (0.0, figure(run, of, what))).collect(),
        };
        let waits = [bar("平均 mean", of, Figure::WaitMean), bar("p90", of, Figure::WaitP90)];
        let axes = Axes { title, x: "", y: "等候（分钟） wait (min)" };
        shop.write(&format!("experiments/{file}.svg"), &bars(axes, &groups, &waits))?;
        let sign = runs[0].signs.of_queue(desk);
        let desk_waits = [bar(&format!("{sign} 任务平均等候 tasks, mean"), desk, Figure::TaskWaitMean)];
        let axes = Axes {
            title: "借人的后台 the desk that lends",
            x: "",
            y: "任务等候（办公分钟） wait of tasks (business min)",
        };
        shop.write(&format!("experiments/{file}-desk.svg"), &bars(axes, &groups, &desk_waits))?;
        writeln!(
            text,
            "### {title}\n\n![{title}](experiments/{file}.svg)\n\n![{sign}](experiments/{file}-desk.svg)\n"
        )?;
        let named: Vec<(&str, &Results)> = names.into_iter().zip(&runs).collect();
        let figures = [Figure::WaitMean, Figure::WaitP90, Figure::WithinTarget, Figure::GaveUp, Figure::LimitsKept];
        text += &table(&named, of, &figures);
        let rows: [(&str, &str, Figure); 2] = [
            ("后台任务等候（办公分钟） desk's tasks wait (business min)", desk, Figure::TaskWaitMean),
            ("人力成本（以 cost_hour 计） cost of staff (in units of cost_hour)", "*", Figure::Cost),
        ];
        for (name, of, what) in rows {
            let cells: Vec<String> = runs.iter().map(|run| shown(figure(run, of, what))).collect();
            writeln!(text, "| {name} | {} |", cells.join(" | "))?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

/// One approval after the other against approvals side by side, with the same staff.
fn projects(shop: &Workshop) -> Done<String> {
    let sequential = shop.run("projects-sequential")?;
    let parallel = shop.run("projects-parallel")?;
    let of = "政府投资项目";
    let (mut by_effort, mut by_effort_sequential) = (Vec::new(), Vec::new());
    for percent in [25, 50, 100, 150, 200] {
        for (name, points) in
            [("projects-parallel", &mut by_effort), ("projects-sequential", &mut by_effort_sequential)]
        {
            let mut scenario = shop.scenario(name)?;
            for work in scenario.file.steps.iter_mut().filter(|it| it.step == "review" || it.step == "decide") {
                work.takes = work.takes.scaled(f64::from(percent) / 100.0);
            }
            let days = days(figure(&played(scenario)?, of, Figure::CaseHours));
            points.push((f64::from(percent), days));
        }
    }
    let axes = Axes {
        title: "政府投资项目 government projects",
        x: "每步办理时间（示例值的%） effort of each step (% of the illustrative one)",
        y: "从申请到办结（工作日） handed in to closed (working days)",
    };
    let series = [
        Series { name: "串联 one after the other".to_owned(), points: by_effort_sequential },
        Series { name: "并联 side by side".to_owned(), points: by_effort },
    ];
    shop.write("experiments/projects.svg", &lines(axes, &series))?;
    let mut text = String::from("| | 串联 sequential | 并联 parallel |\n|---|---|---|\n");
    let both = |what| [figure(&sequential, of, what), figure(&parallel, of, what)];
    let [before, after] = both(Figure::CaseHours).map(days);
    writeln!(
        text,
        "| 申请到办结（工作日） handed in to closed (working days) | {} | {} |",
        shown(before),
        shown(after)
    )?;
    let gain = difference(&sequential, &parallel, of, Figure::CaseHours).map(days);
    let gain = gain.map(|it| shown(Interval { mean: -it.mean, ..it })).unwrap_or_default();
    writeln!(
        text,
        "\n同样的人，并联比串联快 {gain} 个工作日。\nWith the same staff, side by side is faster by {gain} working days."
    )?;
    Ok(text)
}

/// Seven business hours are a working day.
fn days(hours: Interval) -> Interval {
    Interval { mean: hours.mean / 7.0, half: hours.half / 7.0, ..hours }
}

/// At what load a company is no longer opened within half a day.
fn companies(shop: &Workshop) -> Done<String> {
    let of = "开办企业";
    let (mut kept, mut hours) = (Vec::new(), Vec::new());
    for a_day in [20, 40, 50, 60, 70, 80, 90, 100] {
        let mut scenario = shop.scenario("open-company-80")?;
        scenario.file.arrivals.iter_mut().for_each(|it| it.per_day = f64::from(a_day));
        let results = played(scenario)?;
        kept.push((f64::from(a_day), figure(&results, of, Figure::LimitsKept)));
        hours.push((f64::from(a_day), figure(&results, of, Figure::CaseHours)));
    }
    let percents = kept.iter().map(|(at, it)| (*at, Interval { mean: it.mean * 100.0, half: it.half * 100.0, ..*it }));
    let axes = Axes {
        title: "开办企业半天办结 a company within half a day",
        x: "每天申请数 applications a day",
        y: "守住时限的比例（%） share of limits kept (%)",
    };
    let series = [Series { name: "时限遵守 limits kept".to_owned(), points: percents.collect() }];
    shop.write("experiments/companies.svg", &lines(axes, &series))?;
    let axes = Axes { y: "收件到办结（办公小时） handed in to closed (business hours)", ..axes };
    let series = [Series { name: "办理时间 duration".to_owned(), points: hours.clone() }];
    shop.write("experiments/companies-hours.svg", &lines(axes, &series))?;
    let mut text = String::from(
        "| 每天 a day | 时限遵守 limits kept | 收件到办结（办公小时） handed in to closed (business h) |\n|---:|---|---|\n",
    );
    for ((a_day, kept), (_, hours)) in kept.iter().zip(&hours) {
        writeln!(text, "| {a_day:.0} | {} | {} |", percent(*kept), shown(*hours))?;
    }
    let holds = kept.iter().take_while(|(_, it)| it.mean >= 0.99).last().map_or(0.0, |it| it.0);
    writeln!(
        text,
        "\n用这些人，每天 {holds:.0} 件以内承诺守得住（99% 以上的时限）。\nWith this staff the promise holds up to {holds:.0} applications a day (99% of limits and more)."
    )?;
    Ok(text)
}

/// Figures of runs, a column for each.
fn table(runs: &[(&str, &Results)], of: &str, figures: &[Figure]) -> String {
    let names: Vec<&str> = runs.iter().map(|it| it.0).collect();
    let mut text = format!("| | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(runs.len()));
    for what in figures {
        let title = what.title();
        let share = matches!(what, Figure::WithinTarget | Figure::LimitsKept);
        let cell = |run: &Results| {
            let it = figure(run, of, *what);
            if share { percent(it) } else { shown(it) }
        };
        let cells: Vec<String> = runs.iter().map(|(_, run)| cell(run)).collect();
        // Writing to a string never fails.
        let _ = writeln!(text, "| {} {} | {} |", title.zh, title.en, cells.join(" | "));
    }
    text
}

/// The English half of a sentence in both languages.
fn english(both: &str) -> &str {
    both.find(|letter: char| letter.is_ascii_lowercase()).map_or(both, |at| &both[at..])
}

//! `onething calendar`.

use std::path::PathBuf;
use std::process::ExitCode;

use jiff::civil::Date;
use onething_engine::calendar::{Calendar, DayKind, Uncovered};
use serde_json::json;

use crate::exit::{BROKEN, Failure, Outcome};
use crate::files::Library;

/// What to ask of the calendar.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    ask: Ask,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long, global = true)]
    workflows: Option<PathBuf>,
    /// 哪个日历 / Which calendar
    #[arg(long, global = true, default_value = "cn")]
    calendar: String,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Ask {
    /// 从某日的次日起算第几个工作日 / The nth working day after a day
    Add {
        /// 起算前的日子，如受理日 2026-02-13 / The day before counting begins, such as the day of acceptance
        from: Date,
        /// 几个工作日，1 到 3660 / How many working days, 1 to 3660
        #[arg(value_parser = clap::value_parser!(u32).range(1..=3660))]
        days: u32,
    },
    /// 显示一年的工作日、休息日和调休 / Show a year: working days, days off, make-up days
    Show {
        /// 年份 / The year
        year: i16,
    },
}

/// Answers from the calendar.
pub(crate) fn run(options: &Options) -> Outcome {
    answer(options).map_err(|failure| failure.with_json(options.json))
}

fn answer(options: &Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let calendar = library.calendar(&options.calendar)?;
    match &options.ask {
        Ask::Add { from, days } => add(&calendar, *from, *days, options.json),
        Ask::Show { year } => show(&calendar, *year, options.json),
    }
}

fn add(calendar: &Calendar, from: Date, days: u32, json: bool) -> Outcome {
    let day = calendar.nth_working_day_after(from, days).map_err(uncovered)?;
    if json {
        println!("{}", json!({"from": from, "working_days": days, "day": day, "edition": calendar.edition()}));
    } else {
        println!("{from} 之后第 {days} 个工作日是 {day}（{}）", weekday(day));
        println!("working day {days} after {from} is {day}");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(calendar: &Calendar, year: i16, json: bool) -> Outcome {
    let days = calendar.year(year).map_err(uncovered)?;
    if json {
        let days: Vec<_> =
            days.iter().map(|(date, kind)| json!({"day": date, "kind": kind, "worked": kind.is_worked()})).collect();
        println!("{}", json!({"year": year, "edition": calendar.edition(), "days": days}));
        return Ok(ExitCode::SUCCESS);
    }
    let worked = days.iter().filter(|(_, kind)| kind.is_worked()).count();
    println!("{year} 年 {}：{worked} 个工作日 / {worked} working days\n", calendar.title().zh);
    for month in 1..=12 {
        let of_month: Vec<_> = days.iter().filter(|(date, _)| date.month() == month).collect();
        println!("{month:>2} 月    一   二   三   四   五   六   日");
        let mut line = " ".repeat(6);
        if let Some((first, _)) = of_month.first() {
            let before = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
            line.push_str(&" ".repeat(5 * before));
        }
        for (date, kind) in of_month {
            let mark = match kind {
                DayKind::Workday => ' ',
                DayKind::Weekend => '.',
                DayKind::Holiday => '*',
                DayKind::MakeUp => '+',
            };
            line.push_str(&format!("{:>4}{mark}", date.day()));
            if date.weekday() == jiff::civil::Weekday::Sunday {
                println!("{}", line.trim_end());
                line = " ".repeat(6);
            }
        }
        if !line.trim().is_empty() {
            println!("{}", line.trim_end());
        }
        println!();
    }
    println!(". 周末 weekend   * 法定节假日 holiday   + 调休上班 make-up working day");
    Ok(ExitCode::SUCCESS)
}

fn uncovered(gap: Uncovered) -> Failure {
    let year = gap.year;
    Failure::new(
        BROKEN,
        format!("日历里没有 {year} 年：工作日安排尚未公布，不能推算"),
        format!("the calendar has no {year}: its working days are not published, so nothing can be computed"),
    )
}

fn weekday(day: Date) -> &'static str {
    ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"]
        [usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0) % 7]
}

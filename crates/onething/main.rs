//! The `onething` command: the composition root. Only here does a concrete store get a name.

#[macro_use]
mod out;

mod acknowledged;
mod chain;
mod clerk;
mod commands;
mod demo;
mod draw;
mod exit;
mod files;
mod findings;
mod neighbours;
mod place;
mod progress;
mod silent;
mod stop;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

use crate::commands::{
    archive, calendar, calibrate, case, check, doctor, draw as drawing, explain, hall, import, load, plan, queues,
    simulate, store, test, ticket, worker,
};

/// A check allocates some hundred thousand small pieces in milliseconds, and a centre some dozen for each step of a case.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const AFTER_HELP: &str = "\
退出码 Exit codes:
  0  一切正常 all well
  1  检查出问题、测试未通过、命令被拒绝或核验不通过 findings, a failed test, a refusal, or a record that does not verify
  2  命令行写错 the command line is wrong
  3  文件、数据目录或存储出错 files, the data directory or the store failed
  130  按 Ctrl-C 立即停止；有活在办的命令要按两次 stopped at once by Ctrl-C, by a second one where work is in hand";

/// 一件事一次办：定义、检查、运行政务服务套餐 / One thing, once: define, check and run service packages.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 主演示：几百件申请走过真实的套餐和窗口 / The main job: hundreds of applications through real packages and windows
    Demo(demo::Options),
    /// 检查定义文件，一次报告所有问题 / Check definition files and report everything at once
    Check(check::Options),
    /// 运行套餐作者写的测试 / Run the tests that authors of packages write
    Test(test::Options),
    /// 把流程图画出来 / Draw a workflow
    Draw(drawing::Options),
    /// 说明套餐：一张表、一套材料、关键路径、四减 / Explain a package: one form, one set of materials, the critical path, what is saved
    Explain(explain::Options),
    /// 导入其他系统的定义 / Import definitions of other systems
    Import(import::Options),
    /// 办件：提交、列表、查看、历史、时限说明、核验 / Cases: submit, list, show, history, why, verify
    Case(case::Options),
    /// 一个工作进程：为一个中心开窗口，可以多个进程一起 / A process that serves windows of a centre, one of many
    Worker(worker::Options),
    /// 大厅：取号、叫号、在窗口交件的进程 / The hall: a process where people take numbers, are called, and hand in at windows
    Hall(hall::Options),
    /// 取号：在大厅取号等候 / Tickets: take a number at a hall and wait
    Ticket(ticket::Options),
    /// 队列：多少在等、最久等多久、到达多少 / The queues: how many wait, how long the oldest, how many come
    Queues(queues::Options),
    /// 归档：办结的办件离开共用存储 / The archive: closed cases leave a shared store
    Archive(archive::Options),
    /// 检查存储中不该有的情况，说明并修复 / Find what must never be in a store, say how to mend it, mend what is safe
    Doctor(doctor::Options),
    /// 存储：复制到另一个存储 / Stores: copy one into another
    Store(store::Options),
    /// 工作日历：推算工作日、查看一年 / The working calendar: add working days, show a year
    Calendar(calendar::Options),
    /// 演练：按情景模拟一个中心的若干天 / Rehearse: some days of a centre, by a scenario
    Simulate(simulate::Options),
    /// 排班：守住服务目标的最省排班和潮汐时间 / Plan: the cheapest staffing and tide that keep the service target
    Plan(plan::Options),
    /// 校准：从存储的历史或事件日志学出情景 / Calibrate: learn a scenario from a store's history or an event log
    Calibrate(calibrate::Options),
    /// 加载：把情景里的人送到真实的存储和窗口，与模拟并排 / Load: a scenario's people to a real store and windows, beside the simulation
    Load(load::Options),
    /// 打印编辑器用的 JSON Schema / Print the JSON Schema that editors use
    Schema(check::SchemaOptions),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(options) => demo::run(options),
        Command::Check(options) => check::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Draw(options) => drawing::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Case(options) => case::run(options),
        Command::Worker(options) => worker::run(options),
        Command::Hall(options) => hall::run(options),
        Command::Ticket(options) => ticket::run(&options),
        Command::Queues(options) => queues::run(&options),
        Command::Archive(options) => archive::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Store(options) => store::run(options),
        Command::Calendar(options) => calendar::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Plan(options) => plan::run(&options),
        Command::Calibrate(options) => calibrate::run(&options),
        Command::Load(options) => load::run(&options),
        Command::Schema(options) => check::schema(&options),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}

//! `onething demo`: the main job. Hundreds of applications for real packages go through real windows, each on its
//! statutory clock, durably. Killed and started again with the same data, every case goes on where it was.

mod agenda;
mod door;
mod load;
mod population;
mod report;
mod screen;
mod setting;
mod staff;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onething_engine::Workflow;
use onething_store::CentreId;
use onething_worker::{Centre, Clock, PacedClock, start};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use self::agenda::Agenda;
use self::population::Population;
use self::screen::Screen;
use self::setting::Setting;
use crate::acknowledged::Acknowledged;
use crate::commands::case::CENTRE;
use crate::exit::{BROKEN, Failure, Outcome, STOPPED, wait_for};
use crate::files::Library;
use crate::place::Place;
use crate::{chain, stop};

/// The packages of the demo, each with its share of the applications. Illustrative. Government projects are left out:
/// with their meetings and thirty days of public comment they take months, and the demo takes days.
const PACKAGES: [(&str, u32); 7] = [
    ("open-company", 30),
    ("open-restaurant", 30),
    ("teacher-certificate", 40),
    ("newborn", 20),
    ("resale-flat", 20),
    ("sole-trader", 30),
    ("retirement", 10),
];
/// How often the loop looks at its agenda.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How often the clock is written down; after a kill it goes on from there or from the last event, whichever is later.
const SAVE_EVERY: Duration = Duration::from_millis(200);

/// How the demo runs.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 几件申请，1 到 100000 / How many applications, 1 to 100000
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cases: u32,
    /// 随机种子：同一种子得到同样的申请和同样的办理结果 / Seed: the same seed gives the same applications and the same verdicts
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    #[command(flatten)]
    place: Place,
    /// 一秒钟演多少分钟的工作时间，1 到 100000 / Minutes of working time shown in one second, 1 to 100000
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// 潮汐窗口按什么开：不开、看排队、也看学到的规律 / By what tidal windows open: never, by who waits, or also by what days have shown
    #[arg(long, value_enum, default_value_t = staff::TidesBy::Threshold)]
    tides: staff::TidesBy,
    /// 把每条已确认的命令编号写进这个文件，一行一个 / Write the id of every acknowledged command to this file, one a line
    #[arg(long)]
    acknowledged: Option<PathBuf>,
    #[command(flatten)]
    chain: chain::Wish,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 结果为一个 JSON 对象（标准输出），进度在标准错误 / The result as one JSON object on standard output, progress on standard error
    #[arg(long)]
    json: bool,
}

/// Runs the demo.
pub(crate) fn run(options: Options) -> Outcome {
    let json = options.json;
    wait_for(play(options)).map_err(|failure| failure.with_json(json))
}

async fn play(options: Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let calendar = library.calendar("cn")?;
    let store = options.place.open(options.chain).await?;
    let id = CentreId::from(CENTRE);
    let (setting, resumed) = Setting::load_or_make(&*store, &id, options.seed, options.cases).await?;
    let speed = f64::from(options.speed) * 60.0;
    let clock = Arc::new(PacedClock::new(calendar.clone(), setting.now, speed).map_err(setting::uncovered)?);
    let centre = Arc::new(Centre::new(id, store, calendar, clock.clone()));
    let mut packages: Vec<(Arc<Workflow>, u32)> = Vec::new();
    for (package, share) in PACKAGES {
        let workflow = Arc::new(library.workflow(package)?.clone());
        centre.publish(workflow.clone()).await?;
        packages.push((workflow, share));
    }
    let population = Arc::new(Population::new(setting.seed, setting.cases, packages, &centre)?);
    screen::welcome(&setting, resumed, &library.from, &options.place.name());
    let mut screen = Screen::new(&population);
    let mut heard = centre.listen();
    let acknowledged = options.acknowledged.as_deref().map(Acknowledged::open).transpose()?;
    if let Some(file) = acknowledged {
        tokio::spawn(file.keep(centre.listen()));
    }
    let began = Instant::now();
    let running = start(&centre, staff::of(&centre, &population, setting.seed, options.tides)).map_err(|error| {
        Failure::new(BROKEN, format!("窗口规则有误：{error}"), format!("the rules of the hall are wrong: {error}"))
    })?;
    let mut agenda = Agenda::new(centre.clone(), population, running.reception());
    agenda.catch_up().await?;
    let mut saved = Instant::now();
    let mut interrupted = false;
    let mut look = tokio::time::interval(LOOK_EVERY);
    let stop = stop::asked();
    tokio::pin!(stop);
    while !agenda.is_over() {
        tokio::select! {
            biased;
            () = &mut stop => { interrupted = true; break; }
            happened = heard.recv() => match happened {
                Ok(happened) => agenda.hear(&happened).await?,
                Err(RecvError::Lagged(_)) => agenda.catch_up().await?,
                Err(RecvError::Closed) => break,
            },
            _ = look.tick() => {
                agenda.keep().await?;
                screen.show(&agenda, &running.snapshot(), centre.take_reports(), clock.now());
                if saved.elapsed() >= SAVE_EVERY {
                    saved = Instant::now();
                    Setting::save_clock(&**centre.store(), clock.now()).await?;
                }
            }
        }
    }
    if interrupted {
        let note = "正在收尾：办完手上的，不再接新的；再按一次立即停止 / finishing what is in hand, taking nothing new; once more stops at once";
        screen.note(note, clock.now());
        screen.show(&agenda, &running.snapshot(), Vec::new(), clock.now());
    }
    tokio::select! {
        () = running.drain() => {}
        // Like a kill: everything acknowledged is on disk, and what is in hand is done again.
        () = stop::asked(), if interrupted => return Ok(ExitCode::from(STOPPED)),
    }
    loop {
        match heard.try_recv() {
            Ok(happened) => agenda.hear(&happened).await?,
            Err(TryRecvError::Lagged(_)) => agenda.catch_up().await?,
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    Setting::save_clock(&**centre.store(), clock.now()).await?;
    let seconds = began.elapsed().as_secs_f64();
    screen.end(&agenda, centre.take_reports(), clock.now());
    let report =
        report::make(&centre, &agenda, &setting, (seconds, options.speed), interrupted, &options.place).await?;
    if options.json {
        println!("{}", report.json());
    } else {
        print!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}

//! `onething load`: sends the people of a scenario to a real store and real windows, and lays the day beside the simulated
//! one.

mod clerk;
mod door;
mod errands;
mod sides;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onething_engine::calendar::Millis;
use onething_policy::WindowKind;
use onething_sim::centre::{Model, people_source};
use onething_sim::scenario::ScenarioFile;
use onething_store::{CentreId, Queue, Store};
use onething_worker::{Centre, Clock, HallPlan, Programs, Running, Staff, StretchClock, Window, start};
use tokio::sync::broadcast::error::RecvError;

use self::clerk::Clerk;
use self::errands::Errands;
use self::sides::Sides;
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, STOPPED, wait_for};
use crate::files::Library;
use crate::place::Place;
use crate::silent::Silent;
use crate::{chain, progress, stop};

const MINUTE_MS: u64 = 60_000;
/// How often the loop looks for what is due.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long a lease holds: longer than any step takes, since nothing here is ever taken over.
const LEASE_MS: u64 = 86_400_000;
/// So long after closing the next day begins, in milliseconds: those who wait are served by then or have given up.
const EVENING_MS: i64 = 2 * 3_600_000;
/// Most people sent; each becomes a case in the store.
const PEOPLE_MAX: usize = 200_000;

const AFTER_HELP: &str = "\
同样的人取号、等候、叫号、在窗口提交，或者在线提交；同样的员工按同样的班次到岗、午休、请假，关门后把已取号的人办完。夜里不占时间。
  The same people take tickets, wait, are called and hand in at the window, or hand in online. The same staff is there in the
  same shifts, goes to lunch, is away, and after closing serves those who hold tickets. Nights take no time.
例 Examples:
  onething load examples/scenarios/open-company-40.json --days 1 --data load-data
  onething load examples/scenarios/open-company-40.json --days 1 --store redis://127.0.0.1:6379 --centre load --json
退出码 Exit codes:
  0  演完 played to the end
  1  情景有错，或中心已有办件 the scenario is wrong, or the centre holds cases already
  2  命令行写错 the command line is wrong
  3  文件或存储出错 a file or the store failed
  130  再按一次 Ctrl-C 立即停止 a second Ctrl-C stopped it at once";

/// What to send where.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// 情景文件 / The scenario file
    scenario: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称，须还没有办件 / The name of the centre, which must hold no case yet
    #[arg(long, default_value = "load")]
    centre: String,
    /// 一秒钟演多少分钟，1 到 10000 / Minutes of the day in one second, 1 to 10000
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    speed: u32,
    /// 只演前几个工作日 / The first so many working days only
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=2600))]
    days: Option<u32>,
    /// 随机种子；缺省用情景文件里的 / Seed; left out: the scenario's own
    #[arg(long)]
    seed: Option<u64>,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Sends them.
pub(crate) fn run(options: &Options) -> Outcome {
    wait_for(play(options)).map_err(|failure| failure.with_json(options.json))
}

async fn play(options: &Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let mut scenario = super::simulate::read(&options.scenario, &library)?;
    shorten(&mut scenario.file, options.days);
    // Read again as it is now: days and arrivals have changed.
    let model = Arc::new(super::simulate::prepared(&scenario.file, &library)?);
    let seed = options.seed.unwrap_or(model.scenario.file.seed);
    let comings = model.comings(seed);
    if comings.len() > PEOPLE_MAX {
        let count = comings.len();
        return Err(Failure::new(
            REFUSED,
            format!("{count} 人，最多 {PEOPLE_MAX} 人；用 --days 少演几天"),
            format!("{count} people, at most {PEOPLE_MAX}: play fewer days with --days"),
        ));
    }
    let store = options.place.open(options.chain).await?;
    let id = CentreId::from(&*options.centre);
    must_be_empty(&*store, &id).await?;
    let closes = model.scenario.days.last().and_then(|day| day.1.last()).map_or(0, |span| span.1);
    let clock = Arc::new(StretchClock::new(stretches(&model), f64::from(options.speed) * 60.0));
    let centre = Arc::new(Centre::new(id, store, model.scenario.calendar.clone(), clock.clone()));
    for workflow in model.workflows() {
        centre.publish(workflow.clone()).await?;
    }
    let clerk = Arc::new(Clerk::new(model.clone(), seed, clock.clone()));
    let mut heard = centre.listen();
    let running = begin(&centre, &model, seed, &clerk)?;
    let mut errands = Errands::new(centre.clone(), model.clone(), seed, comings, clerk.clone(), &running);
    let minutes = |at| clock.played(at).unsigned_abs() / MINUTE_MS;
    let bar = progress::bar(minutes(closes));
    let began = Instant::now();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let (stop, mut interrupted) = (stop::asked(), false);
    tokio::pin!(stop);
    // What was not heard yet may be a case.
    while clock.now() < closes && !(heard.is_empty() && errands.is_over()) {
        tokio::select! {
            biased;
            () = &mut stop => { interrupted = true; break; }
            happened = heard.recv() => match happened {
                Ok(happened) => errands.hear(&happened).await?,
                Err(RecvError::Lagged(missed)) => return Err(behind(missed)),
                Err(RecvError::Closed) => break,
            },
            _ = look.tick() => {
                errands.keep(clock.now(), &running).await?;
                bar.set_position(minutes(clock.now()));
                for line in centre.take_reports() {
                    bar.suspend(|| eprintln!("{line}"));
                }
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    bar.finish_and_clear();
    tokio::select! {
        () = running.drain() => {}
        () = stop::asked(), if interrupted => return Ok(ExitCode::from(STOPPED)),
    }
    let played = errands.end(seconds, interrupted);
    let simulated = super::simulate::played_once(&model, seed)?;
    let sides = Sides::new(&model, &clerk.waits(), &played, &simulated, centre.transitions(), options);
    if options.json {
        println!("{}", sides.json());
    } else {
        print!("{sides}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The first days of a scenario alone, without a warm-up.
fn shorten(file: &mut ScenarioFile, days: Option<u32>) {
    if let Some(days) = days.filter(|days| *days < file.days) {
        file.days = days;
        file.run_on_days = 0;
        file.arrivals.retain(|it| it.from_day <= days);
        file.tides.retain(|it| it.from_day <= days);
        for to_day in
            file.arrivals.iter_mut().map(|it| &mut it.to_day).chain(file.tides.iter_mut().map(|it| &mut it.to_day))
        {
            *to_day = to_day.filter(|to_day| *to_day <= days);
        }
    }
    file.warm_up_days = 0;
}

async fn must_be_empty(store: &dyn Store, id: &CentreId) -> Result<(), Failure> {
    let cases = store.case_count(id).await?;
    if cases == 0 {
        return Ok(());
    }
    let name = id.as_str();
    Err(Failure::new(
        REFUSED,
        format!("中心 {name} 已有 {cases} 件办件；用 --centre 或 --data 换一个"),
        format!("the centre {name} holds {cases} cases already: name another one with --centre or --data"),
    ))
}

/// What is played of each day: from opening until those who waited at closing are surely through.
fn stretches(model: &Model) -> Vec<(Millis, Millis)> {
    let days: Vec<(Millis, Millis)> =
        model.scenario.days.iter().filter_map(|(_, spans)| Some((spans.first()?.0, spans.last()?.1))).collect();
    let mornings = days.iter().skip(1).map(|day| day.0).chain([Millis::MAX]);
    days.iter().zip(mornings).map(|(day, next)| (day.0, (day.1 + EVENING_MS).min(next))).collect()
}

/// Opens the windows of the scenario.
fn begin(centre: &Arc<Centre>, model: &Model, seed: u64, clerk: &Arc<Clerk>) -> Result<Running, Failure> {
    let open = model.seats.iter().filter(|seat| !matches!(seat.kind, WindowKind::Tidal { .. }));
    let windows = open.map(|seat| Window { id: seat.id.clone(), kind: seat.kind.clone(), queues: seat.queues.clone() });
    let (people, days) = (people_source(seed), model.scenario.days.len());
    let shifts = model.seats.iter().enumerate().map(|(nth, seat)| {
        (seat.id.clone(), (0..days).flat_map(|day| model.shifts(&people, day, nth).into_owned()).collect())
    });
    let plans = model.workflows().iter().flat_map(|workflow| workflow.plans());
    let queues = plans.flat_map(|plan| plan.graph.steps().filter_map(|(_, step)| step.queue.as_deref()));
    let prefix = onething_engine::definition::SERVICE_QUEUE;
    let services: std::collections::BTreeSet<&str> = queues.filter(|queue| queue.starts_with(prefix)).collect();
    let named = services.iter().map(|queue| queue.trim_start_matches(prefix));
    let staff = Staff {
        hall: HallPlan {
            config: model.hall.clone(),
            windows: windows.collect(),
            shifts: shifts.collect(),
            handler: clerk.clone(),
            lease_ms: LEASE_MS,
        },
        programs: named.fold(Programs::default(), |all, name| all.with(name, clerk.clone())),
        service_queues: services.iter().map(|queue| Queue::from(*queue)).collect(),
        service_workers: model.scenario.file.machines as usize,
        messenger: Arc::new(Silent),
    };
    start(centre, staff).map_err(|error| {
        Failure::new(BROKEN, format!("窗口规则有误：{error}"), format!("the rules of the hall are wrong: {error}"))
    })
}

fn behind(missed: u64) -> Failure {
    Failure::new(
        BROKEN,
        format!("跟不上：漏掉 {missed} 条消息；用 --speed 放慢"),
        format!("cannot keep up: {missed} messages were missed; go slower with --speed"),
    )
}

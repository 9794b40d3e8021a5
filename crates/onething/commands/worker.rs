//! `onething worker`: one of many processes that serve the windows and desks of a centre.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use onething_engine::INCIDENT_QUEUE;
use onething_engine::definition::SERVICE_QUEUE;
use onething_policy::{HallConfig, TideConfig};
use onething_sim::centre::Model;
use onething_sim::scenario::{StaffGroup, Tide};
use onething_store::{CentreId, Queue, Store};
use onething_worker::{Centre, Crew, Handler, LiveTide, NotJoined, Post, Programs, SharedClock, join};
use serde_json::json;

use crate::acknowledged::Acknowledged;
use crate::clerk::{Behaviour, SimulatedClerk};
use crate::commands::case::CENTRE;
use crate::commands::simulate;
use crate::exit::{Failure, Outcome, REFUSED, STOPPED, USAGE, wait_for};
use crate::files::Library;
use crate::neighbours::Known;
use crate::place::Place;
use crate::silent::Silent;
use crate::{chain, stop};

/// Windows of one process: each is a task with a lease, and a centre has some hundreds.
const WINDOWS_MAX: usize = 1000;
/// How often the clock is set by the store's.
const SET_EVERY: Duration = Duration::from_secs(5);
/// A clock that is this far off is said, in milliseconds.
const OFF_MS: i64 = 1_000;
/// How often notes are shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);
/// What stands for every queue that the definitions name.
const ALL: &str = "all";

const AFTER_HELP: &str = "\
窗口 Windows：队列=窗口数，逗号分隔；部门可写 desk:部门；几个队列共用窗口写 甲+乙；all 为定义中的全部队列。
  QUEUE=N, separated by commas; a department may be written desk:NAME; several queues at one window A+B; all: every queue
  of the definitions.
  onething worker --store redis://127.0.0.1:6379 --windows comprehensive=4,desk:tax=2 --services 2
潮汐 Tides：--tides 情景文件；每分钟由持有职责的那个进程决定开哪些潮汐窗口，各进程从后台窗口抽人去坐；它停了，另一个接着来。
  --tides SCENARIO: once a minute the process that holds the duty decides which tidal windows are open, and all man them
  from their desks; when it stops, another goes on.
  onething worker --store redis://127.0.0.1:6379 --windows tide_teacher=2,desk:education=5 --tides examples/scenarios/teacher-tide.json
窗口里是模拟的工作人员 / The staff at the windows is simulated.
跨省通办 Between centres：申请里写 \"decided_at\": \"fuzhou\"，本中心代收、转递、代送，fuzhou 受理和决定。fuzhou 在同一存储里不用说明，在
  别处写 --peer fuzhou=redis://…；两边都要说明对方。
  An application that names \"decided_at\": \"fuzhou\" is received and delivered here, accepted and decided there. On another
  store, name it with --peer, on both sides.
SIGTERM 或 Ctrl-C：办完手上的再停；进程被杀，手上的工作在租约到期后由别人接手。
  SIGTERM or Ctrl-C stops after what is in hand; killed, its work is taken over when the lease ends.";

/// How a worker works.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称；一个进程可以办几个中心，逗号分隔 / The name of the centre; one process may serve several, separated by commas
    #[arg(long, default_value = CENTRE, value_delimiter = ',')]
    centre: Vec<String>,
    /// 别处的中心及其存储，转递用，可重复：fuzhou=redis://10.0.0.2:6379 / A centre on another store, for what is handed over; may be repeated
    #[arg(long, value_name = "CENTRE=STORE")]
    peer: Vec<String>,
    /// 开哪些窗口，如 comprehensive=4,desk:tax=2 / Which windows, such as comprehensive=4,desk:tax=2
    #[arg(long, value_delimiter = ',', required = true, value_name = "QUEUE=N")]
    windows: Vec<String>,
    /// 同时办理几个自动环节，0 到 1000 / Automatic steps at once, 0 to 1000
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=1000))]
    services: u16,
    /// 租约毫秒数：这么久没有续约，别人就可以接手 / Milliseconds a lease lasts without being renewed; then others take over
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(100..=86_400_000))]
    lease_ms: u64,
    /// 办理一件事的时间缩短到几分之一，1 到 1000000 / Work goes so many times as fast as on the wall, 1 to 1000000
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pace: u32,
    /// 按这个情景文件里的潮汐开窗口：各进程共用，一个进程决定 / Tides of this scenario file: met by all processes together, decided by one
    #[arg(long, value_name = "SCENARIO")]
    tides: Option<PathBuf>,
    /// 模拟人员的随机种子 / Seed of the simulated staff
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// 把每条已确认的命令编号写进这个文件，一行一个 / Write the id of every acknowledged command to this file, one a line
    #[arg(long)]
    acknowledged: Option<PathBuf>,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 结束时输出一个 JSON 对象 / Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

/// Works until asked to stop.
pub(crate) fn run(options: Options) -> Outcome {
    let json = options.json;
    wait_for(work(options)).map_err(|failure| failure.with_json(json))
}

async fn work(options: Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    let queues = Queues::of(&library);
    let plan = plan(&options.windows, &queues)?;
    let tides = match &options.tides {
        Some(path) => Some(simulate::load(path, &library)?),
        None => None,
    };
    let store = options.place.open(options.chain).await?;
    let mut served = Vec::new();
    for name in options.centre.iter().collect::<BTreeSet<_>>() {
        let id = CentreId::from(name.as_str());
        let clock = Arc::new(SharedClock::new(f64::from(options.pace)));
        let ahead = clock.set(&*store, &id).await?;
        let centre = Arc::new(Centre::new(id.clone(), store.clone(), library.calendar("cn")?, clock.clone()));
        note_clock(&centre, ahead);
        tokio::spawn(keep_clock(clock.clone(), centre.clone(), store.clone(), id));
        if let Some(path) = &options.acknowledged {
            tokio::spawn(Acknowledged::open(path)?.keep(centre.listen()));
        }
        centre.offer(library.checked.workflows.values()).await?;
        served.push((centre, clock));
    }
    let centres: Vec<Arc<Centre>> = served.iter().map(|(centre, _)| centre.clone()).collect();
    let neighbours = Arc::new(Known::new(store, centres.iter().cloned(), &options.peer, &options.place)?);
    // A name is never used twice, not even by the same machine after a restart: a lease is known by it.
    let process = format!("{:016x}", RandomState::new().build_hasher().finish());
    let (mut joined, mut seats) = (Vec::new(), 0);
    for (centre, clock) in served {
        let clerk = Arc::new(SimulatedClerk::new(options.seed, Behaviour::default(), clock));
        let crew = crew(&options, &plan, &queues, &process, &clerk, neighbours.clone(), tides.as_ref());
        let (count, name) = (crew.posts.len(), centre.id());
        seats += count;
        eprintln!(
            "{name} 的 {count} 个窗口已开（进程 {process}） / {count} windows of {name} are open (process {process})"
        );
        joined.push(join(&centre, crew).await.map_err(|why| match why {
            NotJoined::Store(error) => error.into(),
            NotJoined::Rules(error) => Failure::new(REFUSED, error.to_string(), error.to_string()),
        })?);
    }
    let mut show = tokio::time::interval(SHOW_EVERY);
    let stop = stop::asked();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = show.tick() => centres.iter().for_each(|centre| tell(centre)),
        }
    }
    eprintln!("正在收尾：办完手上的，不再接新的 / draining: finishing what is in hand, taking nothing new");
    tokio::select! {
        () = async { for joined in joined { joined.drain().await } } => {}
        () = stop::asked() => return Ok(ExitCode::from(STOPPED)),
    }
    centres.iter().for_each(|centre| tell(centre));
    let transitions: u64 = centres.iter().map(|centre| centre.transitions()).sum();
    if options.json {
        println!("{}", json!({"process": process, "windows": seats, "transitions": transitions}));
    } else {
        println!("已停止：本进程办理 {transitions} 步 / stopped: this process did {transitions} steps");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn tell(centre: &Centre) {
    for line in centre.take_reports() {
        eprintln!("{line}");
    }
}

pub(super) fn note_clock(centre: &Centre, ahead: i64) {
    if ahead.abs() >= OFF_MS {
        let seconds = -ahead / 1000;
        centre.report(format!(
            "本机时钟比存储快 {seconds} 秒，已按存储的时钟办理 / the clock of this machine is {seconds} s ahead of the store's, which is gone by"
        ));
    }
}

pub(super) async fn keep_clock(clock: Arc<SharedClock>, centre: Arc<Centre>, store: Arc<dyn Store>, id: CentreId) {
    loop {
        tokio::time::sleep(SET_EVERY).await;
        // What was set last holds until the store answers again.
        if let Err(error) = clock.set(&*store, &id).await {
            centre.report(error.to_string());
        }
    }
}

/// The queues that the definitions name.
pub(super) struct Queues {
    people: BTreeSet<String>,
    pub(super) programs: BTreeSet<String>,
}

impl Queues {
    pub(super) fn of(library: &Library) -> Self {
        let plans = library.checked.workflows.values().flat_map(|workflow| workflow.plans());
        let steps = plans.flat_map(|plan| plan.graph.steps());
        let queues = steps.filter_map(|(_, step)| step.queue.as_deref().map(str::to_owned));
        let (programs, mut people): (BTreeSet<_>, BTreeSet<_>) =
            queues.partition(|queue| queue.starts_with(SERVICE_QUEUE));
        people.insert(INCIDENT_QUEUE.to_owned());
        Self { people, programs }
    }
}

/// Windows of one kind.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) queues: Vec<Queue>,
    pub(super) count: usize,
}

pub(super) fn plan(windows: &[String], known: &Queues) -> Result<Vec<Kind>, Failure> {
    let wrong = |text: &str, zh: String, en: String| {
        Failure::new(USAGE, format!("--windows {text}：{zh}"), format!("--windows {text}: {en}"))
    };
    let mut kinds = Vec::new();
    for text in windows {
        let parts = text.rsplit_once('=').and_then(|(name, count)| Some((name, count.parse::<usize>().ok()?)));
        let Some((name, count @ 1..=WINDOWS_MAX)) = parts else {
            let (zh, en) = (
                format!("应为 队列=窗口数（1 到 {WINDOWS_MAX}）"),
                format!("expected QUEUE=N, N from 1 to {WINDOWS_MAX}"),
            );
            return Err(wrong(text, zh, en));
        };
        let mut queues = Vec::new();
        for queue in name.split('+').map(|queue| queue.strip_prefix("desk:").unwrap_or(queue)) {
            if queue == ALL {
                queues.extend(known.people.iter().map(|queue| Queue::from(queue.as_str())));
            } else if known.people.contains(queue) {
                queues.push(Queue::from(queue));
            } else {
                let list = known.people.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
                let (zh, en) = (
                    format!("定义中没有队列 {queue}，有：{list}"),
                    format!("no definition has the queue {queue}; there is: {list}"),
                );
                return Err(wrong(text, zh, en));
            }
        }
        kinds.push(Kind { name: name.replace("desk:", ""), queues, count });
    }
    Ok(kinds)
}

fn crew(
    options: &Options,
    plan: &[Kind],
    queues: &Queues,
    process: &str,
    clerk: &Arc<SimulatedClerk>,
    neighbours: Arc<Known>,
    scenario: Option<&Model>,
) -> Crew {
    let mut posts = Vec::new();
    for kind in plan {
        for number in 1..=kind.count {
            let name = format!("{}-{number}@{process}", kind.name).into();
            posts.push(Post { name, queues: kind.queues.clone(), handler: clerk.clone() as Arc<dyn Handler> });
        }
    }
    let tides = scenario.map(|model| live(model, &posts)).unwrap_or_default();
    let named = queues.programs.iter().map(|queue| queue.trim_start_matches(SERVICE_QUEUE));
    let programs = Arc::new(named.fold(Programs::default(), |all, name| all.with(name, clerk.clone())));
    let served: Vec<Queue> = queues.programs.iter().map(|queue| Queue::from(queue.as_str())).collect();
    for number in 1..=options.services {
        let name = format!("自动-{number}@{process}").into();
        posts.push(Post { name, queues: served.clone(), handler: programs.clone() });
    }
    // Waiting counts in machine time, as ready times do.
    let ageing_ms = HallConfig::illustrative().ageing_ms.cast_unsigned() / u64::from(options.pace);
    Crew {
        posts,
        lease_ms: options.lease_ms,
        ageing_ms,
        messenger: Arc::new(Silent),
        neighbours,
        tides,
        process: process.into(),
    }
}

/// The tides of a scenario, with those of this process's posts that serve the queues of its lenders.
fn live(model: &Model, posts: &[Post]) -> Vec<LiveTide> {
    let file = &model.scenario.file;
    let one = |(tide, config): (&Tide, TideConfig)| {
        let serve = |group: &&StaffGroup| group.queues.contains(&tide.queue);
        let lenders: Vec<&StaffGroup> = file.staff.iter().filter(|it| tide.lend.groups.contains(&it.name)).collect();
        let lends = |post: &&Post| {
            let queue = |queue: &Queue| lenders.iter().any(|group| group.queues.iter().any(|it| it == queue.as_str()));
            post.queues.iter().all(queue)
        };
        LiveTide {
            standing: file.staff.iter().filter(serve).map(|group| group.seats as usize).sum(),
            spare: lenders.iter().map(|group| group.seats.saturating_sub(tide.lend.keep) as usize).sum(),
            lenders: posts.iter().filter(lends).map(|post| post.name.clone()).collect(),
            config,
        }
    };
    file.tides.iter().zip(model.live_tides()).map(one).collect()
}

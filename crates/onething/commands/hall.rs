//! `onething hall`: a process that runs the hall of a centre. People take numbers (`onething ticket take`), are called to its
//! windows and hand in there; what waits in the queues of the store is done at the same windows.
//!
//! Windows of other processes (`onething worker`) serve the same store beside it. A hall is one room: its numbers, its
//! calls and who stands in it are of this process alone, and reach it through its door, an address on this machine.

mod machine;

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use onething_engine::definition::SERVICE_QUEUE;
use onething_policy::{HallConfig, Skill, WindowId, WindowKind};
use onething_store::{CentreId, Queue};
use onething_worker::{Centre, HallPlan, Programs, SharedClock, Staff, Window, start};
use serde_json::json;
use tokio::net::TcpListener;

use self::machine::Machine;
use super::case::CENTRE;
use super::worker::{Kind, Queues, keep_clock, note_clock, plan, tell};
use crate::clerk::{Behaviour, SimulatedClerk};
use crate::exit::{BROKEN, Failure, Outcome, STOPPED, wait_for};
use crate::files::Library;
use crate::place::Place;
use crate::silent::Silent;
use crate::{chain, stop};

/// Where people come in, if nothing else is said: this machine alone.
pub(crate) const DOOR: &str = "127.0.0.1:7411";
/// How often notes are shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);

const AFTER_HELP: &str = "\
在一个终端开大厅，在另一个取号 A hall in one terminal, a number in another：
  onething hall --windows comprehensive=2,issuing=1 --pace 60
  onething case template newborn > application.json
  onething ticket take application.json
窗口里是模拟的工作人员；号只在本进程有效，大厅关了要重新取；已交的申请在存储里，不会丢。
  The staff at the windows is simulated. Numbers are of this process: when the hall closes they
  are void; what was handed in is in the store and safe.
大厅之外的后台用 onething worker 在同一存储上开 / Desks behind the hall: onething worker on the same store.
取号口只听本机；要给别的机器用，写 --door 地址:端口，并由网络保护它：谁连得上谁就能取号交件。
  The door is open to this machine alone. For others name an address with --door, on a network
  that guards it: whoever reaches it can take a number and hand in.";

/// How a hall is run.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, default_value = CENTRE)]
    centre: String,
    /// 开哪些窗口，如 comprehensive=4,issuing=1；写法同 onething worker / Which windows, such as comprehensive=4,issuing=1; as for onething worker
    #[arg(long, value_delimiter = ',', required = true, value_name = "QUEUE=N")]
    windows: Vec<String>,
    /// 取号口的地址；端口 0 为任选一个 / Where numbers are taken; port 0 chooses one
    #[arg(long, default_value = DOOR, value_name = "ADDRESS:PORT")]
    door: String,
    /// 同时办理几个自动环节，0 到 1000 / Automatic steps at once, 0 to 1000
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=1000))]
    services: u16,
    /// 租约毫秒数：这么久没有续约，别人就可以接手 / Milliseconds a lease lasts without being renewed; then others take over
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(100..=86_400_000))]
    lease_ms: u64,
    /// 办理一件事的时间缩短到几分之一，1 到 1000000 / Work goes so many times as fast as on the wall, 1 to 1000000
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pace: u32,
    /// 模拟人员的随机种子 / Seed of the simulated staff
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long)]
    workflows: Option<PathBuf>,
    /// 结束时输出一个 JSON 对象 / Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

/// Runs it until asked to stop.
pub(crate) fn run(options: Options) -> Outcome {
    let json = options.json;
    wait_for(open(options)).map_err(|failure| failure.with_json(json))
}

async fn open(options: Options) -> Outcome {
    let library = Arc::new(Library::load(options.workflows.as_deref())?);
    let queues = Queues::of(&library);
    let kinds = plan(&options.windows, &queues)?;
    let cannot = |error: std::io::Error| {
        let door = &options.door;
        Failure::new(BROKEN, format!("开不了取号口 {door}：{error}"), format!("cannot open the door {door}: {error}"))
    };
    // Before anything is written: a door that is taken leaves no trace.
    let listener = TcpListener::bind(&options.door).await.map_err(cannot)?;
    let door = listener.local_addr().map_err(cannot)?;
    let store = options.place.open(options.chain).await?;
    let id = CentreId::from(options.centre.as_str());
    let clock = Arc::new(SharedClock::new(f64::from(options.pace)));
    let ahead = clock.set(&*store, &id).await?;
    let centre = Arc::new(Centre::new(id.clone(), store.clone(), library.calendar("cn")?, clock.clone()));
    note_clock(&centre, ahead);
    tokio::spawn(keep_clock(clock.clone(), centre.clone(), store, id));
    centre.offer(library.checked.workflows.values()).await?;
    // A name is never used twice, not even by the same machine after a restart: a lease is known by it.
    let process = format!("{:016x}", RandomState::new().build_hasher().finish());
    let windows = windows(&kinds, &process);
    let (count, name) = (windows.len(), centre.id());
    let served = windows.iter().flat_map(|window| window.queues.iter().cloned()).collect();
    let clerk = Arc::new(SimulatedClerk::new(options.seed, Behaviour::default(), clock));
    let named = queues.programs.iter().map(|queue| queue.trim_start_matches(SERVICE_QUEUE));
    let staff = Staff {
        programs: named.fold(Programs::default(), |all, name| all.with(name, clerk.clone())),
        service_queues: queues.programs.iter().map(|queue| Queue::from(queue.as_str())).collect(),
        service_workers: usize::from(options.services),
        messenger: Arc::new(Silent),
        hall: HallPlan {
            config: HallConfig::illustrative(),
            windows,
            shifts: BTreeMap::new(),
            handler: clerk,
            lease_ms: options.lease_ms,
        },
    };
    let running = start(&centre, staff).map_err(|error| {
        Failure::new(BROKEN, format!("窗口规则有误：{error}"), format!("the rules of the hall are wrong: {error}"))
    })?;
    let machine = Arc::new(Machine::new(centre.clone(), library, running.reception(), served));
    tokio::spawn(machine.clone().run(listener));
    eprintln!("{name} 的大厅已开：{count} 个窗口，在 {door} 取号");
    eprintln!("the hall of {name} is open: {count} windows, numbers at {door}");
    let mut show = tokio::time::interval(SHOW_EVERY);
    let stop = stop::asked();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = show.tick() => tell(&centre),
        }
    }
    eprintln!("正在收尾：办完手上的，不再接新的 / draining: finishing what is in hand, taking nothing new");
    tokio::select! {
        () = async { running.drain().await; machine.empties().await } => {}
        () = stop::asked() => return Ok(ExitCode::from(STOPPED)),
    }
    tell(&centre);
    let (people, transitions) = (machine.people(), centre.transitions());
    if options.json {
        println!("{}", json!({"process": process, "windows": count, "transitions": transitions, "people": people}));
    } else {
        let count = |how: &str| people.get(how).copied().unwrap_or(0);
        println!(
            "已停止：取号 {}，办理 {}，离开 {}；本进程办理 {transitions} 步",
            count("taken"),
            count("served"),
            count("gave_up")
        );
        println!(
            "stopped: {} numbers, {} served, {} gave up; this process did {transitions} steps",
            count("taken"),
            count("served"),
            count("gave_up")
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn windows(kinds: &[Kind], process: &str) -> Vec<Window> {
    let one = |kind: &Kind, number: usize| Window {
        id: WindowId::from(format!("{}-{number}@{process}", kind.name)),
        kind: match kind.name.as_str() {
            "issuing" => WindowKind::Issuing,
            _ => WindowKind::Comprehensive,
        },
        queues: kind.queues.iter().map(|queue| Skill::from(queue.as_str())).collect(),
    };
    kinds.iter().flat_map(|kind| (1..=kind.count).map(move |number| one(kind, number))).collect()
}

//! `onething queues`: how full each queue of a centre is, how long the oldest waits, how many come; and what is on its
//! way to other centres without getting there.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use onething_store::bounds::{ARRIVAL_MINUTES, LIST_MAX};
use onething_store::{CentreId, QueueDepth};
use onething_worker::{Clock, Trouble, WallClock, troubles};
use serde_json::json;

use crate::commands::case::CENTRE;
use crate::exit::{Outcome, wait_for};
use crate::place::Place;
use crate::{chain, stop, words};

/// How often the table is drawn anew.
const WATCH_EVERY: Duration = Duration::from_secs(2);
/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\x1b[2J\x1b[H";
const MINUTE_MS: i64 = 60_000;

/// What to show.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, default_value = CENTRE)]
    centre: String,
    /// 每两秒重新显示，按 Ctrl-C 结束 / Show again every two seconds, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// 输出一个 JSON 对象；与 --watch 一起时每两秒一行 / Print one JSON object; with --watch, one a line
    #[arg(long)]
    json: bool,
}

/// Shows.
pub(crate) fn run(options: &Options) -> Outcome {
    wait_for(show(options)).map_err(|failure| failure.with_json(options.json))
}

async fn show(options: &Options) -> Outcome {
    options.place.must_exist()?;
    let store = options.place.open(options.chain).await?;
    let centre = CentreId::from(options.centre.as_str());
    let stop = stop::asked();
    tokio::pin!(stop);
    loop {
        let now = store.time(&centre).await?.unwrap_or_else(|| WallClock.machine_now());
        let queues = store.queues(&centre, None, LIST_MAX, now).await?;
        let troubles = troubles(&*store, &centre).await?;
        if options.json {
            let told: Vec<_> = queues.iter().map(|queue| told(queue, now)).collect();
            println!(
                "{}",
                json!({"centre": options.centre, "at": words::iso(now), "queues": told, "troubles": troubles})
            );
        } else {
            let clear = if options.watch && std::io::stdout().is_terminal() { CLEAR } else { "" };
            println!("{clear}{}  {}\n{}", options.centre, words::minute(now), table(&queues, now));
            for Trouble { to, waiting, since_ms, tries, error } in troubles {
                let since = words::minute(since_ms);
                println!("送不到 {to}：{waiting} 条以上，自 {since}，已试 {tries} 次：{error}");
                println!("    not delivered to {to}: {waiting} or more since {since}, tried {tries} times");
            }
        }
        if !options.watch {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            () = &mut stop => return Ok(ExitCode::SUCCESS),
            () = tokio::time::sleep(WATCH_EVERY) => {}
        }
    }
}

fn oldest_wait_ms(queue: &QueueDepth, now: i64) -> i64 {
    queue.oldest_ready_at_ms.map_or(0, |ready| now.saturating_sub(ready).max(0))
}

fn told(queue: &QueueDepth, now: i64) -> serde_json::Value {
    json!({
        "queue": queue.queue.as_str(), "waiting": queue.waiting, "in_hand": queue.leased,
        "oldest_wait_ms": oldest_wait_ms(queue, now), "arrived": queue.arrived, "arrived_minutes": ARRIVAL_MINUTES,
    })
}

fn table(queues: &[QueueDepth], now: i64) -> String {
    if queues.is_empty() {
        return format!(
            "没有任务在排队，{ARRIVAL_MINUTES} 分钟内也没有新的 / nothing waits, and nothing came in {ARRIVAL_MINUTES} minutes"
        );
    }
    let arrived = format!("{ARRIVAL_MINUTES} 分钟内到达 arrived");
    let mut table =
        words::table(&["队列 queue", "等待 waiting", "在办 in hand", "最久 oldest", &arrived, "每小时 an hour"]);
    for queue in queues {
        let minutes = oldest_wait_ms(queue, now) / MINUTE_MS;
        let an_hour = queue.arrived * 60 / ARRIVAL_MINUTES as u64;
        table.add_row([
            queue.queue.to_string(),
            queue.waiting.to_string(),
            queue.leased.to_string(),
            format!("{minutes} 分 min"),
            queue.arrived.to_string(),
            an_hour.to_string(),
        ]);
    }
    table.to_string()
}

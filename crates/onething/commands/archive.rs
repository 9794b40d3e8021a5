//! `onething archive`: closed cases leave the memory of a shared store for files, and are found and verified there.

use std::path::PathBuf;
use std::process::ExitCode;

use onething_engine::case::{Case, Status};
use onething_store::bounds::LIST_MAX;
use onething_store::{Archive, Archived, CaseId, CentreId, Filter, Store, Verdict};
use onething_store_redis::RedisStore;
use onething_worker::{Clock, Recorded, WallClock};
use serde_json::{Value, json};

use crate::commands::case::CENTRE;
use crate::exit::{Failure, Outcome, REFUSED, wait_for};
use crate::place::Place;
use crate::words;

/// Cases written to the archive at once, and only then removed from the store.
const BATCH: usize = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What to do with closed cases.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    ask: Ask,
    /// 归档目录 / The directory of the archive
    #[arg(long, global = true, default_value = "onething-archive", value_name = "DIR")]
    archive: PathBuf,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, global = true, default_value = CENTRE)]
    centre: String,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Ask {
    /// 把办结已久的办件从共用存储移入归档 / Move cases that were closed long ago from a shared store to the archive
    Move {
        #[command(flatten)]
        place: Place,
        /// 办结满几天才归档，0 到 36500 / Only those closed for so many days, 0 to 36500
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=36_500))]
        closed_for: u32,
    },
    /// 查看归档中的一个办件 / Show a case of the archive
    Show {
        /// 办件编号 / The case's number
        number: String,
    },
    /// 核验归档的每一个字节和每一段历史 / Verify every byte of the archive and every history in it
    Verify,
}

/// Does it.
pub(crate) fn run(options: &Options) -> Outcome {
    let outcome = match &options.ask {
        Ask::Show { number } => show(options, number),
        Ask::Verify => verify(options),
        Ask::Move { place, closed_for } => wait_for(move_closed(options, place, *closed_for)),
    };
    outcome.map_err(|failure| failure.with_json(options.json))
}

async fn move_closed(options: &Options, place: &Place, closed_for: u32) -> Outcome {
    let store = place.open_shared().await?;
    let centre = CentreId::from(options.centre.as_str());
    let mut archive = Archive::open(&options.archive)?;
    let file = archive.bytes();
    // By the clock that the cases were closed by.
    let now_ms = store.time(&centre).await?.unwrap_or_else(|| WallClock.machine_now());
    let before_ms = now_ms - i64::from(closed_for) * DAY_MS;
    let (mut moved, mut memory, mut batch) = (0_u64, 0_u64, Vec::new());
    for status in Status::ALL.into_iter().filter(|status| status.is_closed()) {
        let filter = Filter { state: Some(status.word().to_owned()), ..Filter::default() };
        let mut after: Option<CaseId> = None;
        loop {
            let page = store.search(&centre, &filter, after.as_ref(), LIST_MAX).await?;
            for found in &page {
                let Some(case) = closed(&store, &centre, &found.case, before_ms).await? else { continue };
                memory += store.case_bytes(&centre, &found.case).await?.unwrap_or(0);
                batch.push(case);
                if batch.len() == BATCH {
                    moved += keep(&store, &mut archive, std::mem::take(&mut batch)).await?;
                }
            }
            match page.last() {
                Some(last) if page.len() == LIST_MAX => after = Some(last.case.clone()),
                _ => break,
            }
        }
    }
    moved += keep(&store, &mut archive, batch).await?;
    let each = |bytes: u64| bytes / moved.max(1);
    let (memory_each, file_each) = (each(memory), each(archive.bytes() - file));
    if options.json {
        println!(
            "{}",
            json!({"moved": moved, "archived": archive.count(), "memory_bytes_a_case": memory_each, "file_bytes_a_case": file_each})
        );
    } else if moved == 0 {
        println!(
            "没有办结满 {closed_for} 天的办件，归档共 {0} 件 / no case has been closed for {closed_for} days, {0} in the archive",
            archive.count()
        );
    } else {
        println!(
            "移入归档 {moved} 件，归档共 {} 件；每件原占内存约 {memory_each} 字节（命令记录到期后全部释放），占归档文件 {file_each} 字节",
            archive.count()
        );
        println!(
            "moved {moved} cases, {} in the archive; each took about {memory_each} bytes of memory, free when the records of its commands expire, and takes {file_each} of the file",
            archive.count()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// A case that has been closed since before a moment, whole.
async fn closed(
    store: &RedisStore,
    centre: &CentreId,
    number: &CaseId,
    before_ms: i64,
) -> Result<Option<Archived>, Failure> {
    let Some(last) = store.load(centre, number).await? else { return Ok(None) };
    let Ok(case) = serde_json::from_slice::<Case>(&last.state) else { return Ok(None) };
    let over = case.status.is_closed() && case.tasks.is_empty() && case.timers.is_empty();
    let end = store.history(centre, number, last.version, 1).await?;
    if !over || end.first().is_none_or(|record| record.at_ms > before_ms) {
        return Ok(None);
    }
    let mut records = Vec::new();
    while (records.len() as u64) < last.version {
        let page = store.history(centre, number, records.len() as u64 + 1, LIST_MAX).await?;
        if page.is_empty() {
            break;
        }
        records.extend(page);
    }
    let archived = Archived { centre: centre.clone(), case: number.clone(), chain: store.chain(), last, records };
    // What does not verify stays where it is, for the doctor.
    Ok(matches!(archived.verify(), Verdict::Intact { .. }).then_some(archived))
}

/// Writes cases down and removes them from the store; how many are gone.
async fn keep(store: &RedisStore, archive: &mut Archive, cases: Vec<Archived>) -> Result<u64, Failure> {
    archive.append(&cases)?;
    let mut moved = 0;
    for case in cases {
        moved += u64::from(store.forget(&case.centre, &case.case, case.last.head).await?);
    }
    Ok(moved)
}

fn show(options: &Options, number: &str) -> Outcome {
    let found = Archive::read(&options.archive)?.find(&options.centre.as_str().into(), &number.into())?;
    let Some(found) = found else {
        let (zh, en) = (format!("归档中没有办件 {number}"), format!("there is no case {number} in the archive"));
        return Err(Failure::new(REFUSED, zh, en));
    };
    let records: Vec<Value> = found.records.iter().map(|record| told(record, options.json)).collect();
    let intact = matches!(found.verify(), Verdict::Intact { .. });
    let index = &found.last.index;
    if options.json {
        println!(
            "{}",
            json!({
                "case": number, "state": index.state, "package": index.package, "applicant": index.applicant,
                "chain": found.chain.to_string(), "head": words::hex(&found.last.head), "verified": intact, "history": records,
            })
        );
    } else {
        println!("办件 {number}  {}  {}  {}", index.package, index.applicant, index.state);
        for record in &records {
            println!("{}", record.as_str().unwrap_or_default());
        }
        println!(
            "{}",
            if intact {
                "历史完整 the history is whole"
            } else {
                "历史核验不通过 the history does not verify"
            }
        );
    }
    Ok(if intact { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn told(record: &onething_store::Record, json: bool) -> Value {
    let recorded = serde_json::from_slice::<Recorded>(&record.payload).ok();
    if json {
        return json!({
            "version": record.version, "committed": words::iso(record.at_ms), "command": record.command.as_str(),
            "hash": words::hex(&record.hash), "record": recorded,
        });
    }
    let what = recorded.map(|it| format!("{}  {}（{}）", words::minute(it.at), words::event(&it.event), it.by));
    json!(format!("{:>4}  {}", record.version, what.unwrap_or_default()))
}

fn verify(options: &Options) -> Outcome {
    let mut archive = Archive::read(&options.archive)?;
    let broken = archive.verify()?;
    let names: Vec<&str> = broken.iter().map(CaseId::as_str).collect();
    if options.json {
        println!("{}", json!({"cases": archive.count(), "broken": names}));
    } else {
        println!(
            "归档 {} 件，{} 件核验不通过 / {} cases, {} do not verify",
            archive.count(),
            names.len(),
            archive.count(),
            names.len()
        );
        names.iter().for_each(|name| println!("{name}"));
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

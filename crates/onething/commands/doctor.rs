//! `onething doctor`: finds what must never be, says how to mend it, and mends what is safe to mend.
//!
//! A store in use changes under its eyes. So whatever looks wrong is looked at again after a while, and counts only if
//! it is wrong in the same way, in a case that nobody has changed meanwhile.

mod case;
mod finding;
pub(super) mod snapshot;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use onething_engine::case::Status;
use onething_store::{CaseId, CentreId, Filter, Found, Store, StoreError};
use onething_worker::{CENTRE_TOPIC, Trouble, troubles};
use serde_json::json;

use self::finding::{Finding, Mend};
use self::snapshot::Snapshot;
use crate::chain;
use crate::exit::{Failure, Outcome, REFUSED, wait_for};
use crate::place::Place;

/// Cases read at once.
const PAGE: usize = 500;
/// How long a store in use gets to show that what looked wrong was on its way.
const AGAIN_AFTER: Duration = Duration::from_millis(1500);
/// A message that has waited this long is not being delivered, in milliseconds.
const UNSENT_MS: i64 = 60 * 60 * 1000;
/// Findings told one by one; past it they are only counted.
const NAMED_MAX: usize = 200;
/// Cases of each kind whose size is asked for: every one costs some questions.
const SAMPLE_MAX: u64 = 50;

/// What to look at.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 只检查这个中心；缺省为全部 / This centre only; all of them by default
    #[arg(long)]
    centre: Option<String>,
    /// 修复可以安全修复的 / Mend what is safe to mend
    #[arg(long)]
    repair: bool,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Looks.
pub(crate) fn run(options: &Options) -> Outcome {
    wait_for(examine(options)).map_err(|failure| failure.with_json(options.json))
}

async fn examine(options: &Options) -> Outcome {
    options.place.must_exist()?;
    let store = options.place.open(options.chain).await?;
    let centres = match &options.centre {
        Some(centre) => vec![CentreId::from(centre.as_str())],
        None => all_centres(&*store).await?,
    };
    let (mut cases, mut findings, mut sizes) = (0, Vec::new(), Sizes::default());
    for centre in &centres {
        let (looked_at, mut found) = centre_findings(&store, centre, &mut sizes).await?;
        cases += looked_at;
        if options.repair {
            for finding in &mut found {
                finding.mend(&*store, centre).await?;
            }
        }
        findings.append(&mut found);
    }
    let left = findings.iter().filter(|finding| !finding.mended).count();
    if options.json {
        let told: Vec<_> = findings.iter().take(NAMED_MAX).collect();
        println!(
            "{}",
            json!({
                "centres": centres.len(), "cases": cases, "found": findings.len(), "left": left, "findings": told,
                "bytes_a_case": {"open": sizes.open.told(), "closed": sizes.closed.told()},
            })
        );
    } else {
        for finding in findings.iter().take(NAMED_MAX) {
            println!("{finding}");
        }
        let count = findings.len();
        for (sample, zh, en) in [(&sizes.open, "在办", "an open"), (&sizes.closed, "办结", "a closed")] {
            if let Some(mean) = sample.mean() {
                let looked_at = sample.cases;
                println!(
                    "每件{zh}约占 {mean} 字节（抽样 {looked_at} 件） / {en} case takes about {mean} bytes (of {looked_at} looked at)"
                );
            }
        }
        println!(
            "检查了 {cases} 件办件：{count} 处问题，{left} 处未修复 / looked at {cases} cases: {count} findings, {left} not mended"
        );
    }
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What cases take in the store, by looking at some.
#[derive(Default)]
struct Sizes {
    open: Sample,
    closed: Sample,
}

#[derive(Default)]
struct Sample {
    cases: u64,
    bytes: u64,
}

impl Sizes {
    async fn look(&mut self, store: &dyn Store, centre: &CentreId, found: &Found) -> Result<(), Failure> {
        let status = Status::ALL.into_iter().find(|status| status.word() == found.index.state);
        let closed = status.is_some_and(Status::is_closed);
        let sample = if closed { &mut self.closed } else { &mut self.open };
        if sample.cases >= SAMPLE_MAX {
            return Ok(());
        }
        match store.case_bytes(centre, &found.case).await {
            Ok(Some(bytes)) => {
                sample.cases += 1;
                sample.bytes += bytes;
            }
            // What is wrong with the case is found where its history is verified.
            Ok(None) | Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl Sample {
    /// Bytes of a case; nothing where none was looked at.
    fn mean(&self) -> Option<u64> {
        self.bytes.checked_div(self.cases)
    }

    fn told(&self) -> serde_json::Value {
        json!({"mean": self.mean(), "sampled": self.cases})
    }
}

async fn all_centres(store: &dyn Store) -> Result<Vec<CentreId>, Failure> {
    let mut centres: Vec<CentreId> = Vec::new();
    loop {
        let page = store.centres(centres.last(), PAGE).await?;
        let more = page.len() == PAGE;
        centres.extend(page);
        if !more {
            return Ok(centres);
        }
    }
}

/// How many cases a centre has, and what is wrong with it.
async fn centre_findings(
    store: &Arc<dyn Store>,
    centre: &CentreId,
    sizes: &mut Sizes,
) -> Result<(u64, Vec<Finding>), Failure> {
    let mut snapshot = Snapshot::take(&**store, centre).await?;
    let (mut count, mut suspects): (u64, BTreeMap<CaseId, Vec<Finding>>) = (0, BTreeMap::new());
    let mut after: Option<CaseId> = None;
    loop {
        let page = store.search(centre, &Filter::default(), after.as_ref(), PAGE).await?;
        for found in &page {
            count += 1;
            sizes.look(&**store, centre, found).await?;
            let work = snapshot.take_case(&found.case);
            let findings = case::examine(&**store, centre, found, &work).await?;
            if !findings.is_empty() {
                suspects.insert(found.case.clone(), findings);
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.case.clone()),
            _ => break,
        }
    }
    let mut findings = Vec::new();
    if !suspects.is_empty() || !snapshot.is_empty() {
        tokio::time::sleep(AGAIN_AFTER).await;
        let mut again = Snapshot::take(&**store, centre).await?;
        for (case, first) in suspects {
            let work = again.take_case(&case);
            let found =
                store.load(centre, &case).await?.map(|loaded| onething_store::Found { case, index: loaded.index });
            let second = match &found {
                Some(found) => case::examine(&**store, centre, found, &work).await?,
                None => Vec::new(),
            };
            findings.extend(second.into_iter().filter(|finding| first.contains(finding)));
        }
        findings.extend(snapshot.orphans(&again));
    }
    let old = finding::time(&**store, centre).await? - UNSENT_MS;
    let waiting = store.outbox_read(centre, 0, PAGE).await?;
    for Trouble { to, tries, error, .. } in troubles(&**store, centre).await? {
        // What was said last may have been settled since.
        let Some(first) =
            waiting.iter().find(|message| message.topic == to || message.topic.strip_prefix(CENTRE_TOPIC) == Some(&to))
        else {
            continue;
        };
        findings.push(Finding::new(
            "D-OUTBOX-002",
            first.case.as_str(),
            format!("给 {to} 的消息送不到，已试 {tries} 次，会自动再送：{error}"),
            format!("messages for {to} do not arrive, after {tries} attempts; it goes on trying: {error}"),
            Mend::Nothing,
        ));
    }
    for message in waiting.iter().filter(|message| message.at_ms < old) {
        let what = format!("{} {}", message.topic, message.sequence);
        findings.push(Finding::new(
            "D-OUTBOX-001",
            message.case.as_str(),
            format!("消息 {what} 超过一小时没有送出；检查收件方，并确认有进程在运行（onething worker 或 demo）"),
            format!("message {what} has waited for over an hour: look at whom it is for, and whether a process runs (onething worker or demo)"),
            Mend::Nothing,
        ));
    }
    Ok((count, findings))
}

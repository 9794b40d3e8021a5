//! `onething store copy`: everything of one store into another, verified.
//!
//! Each commit of each history is made again in its order, so that the chains come out the same; what stands in queues,
//! timers and the outbox comes with the last one of its case. Run again after an interruption it goes on where it was:
//! a commit made before is recognized by its command.

use std::collections::BTreeMap;
use std::process::ExitCode;

use onething_engine::apply;
use onething_engine::case::Case;
use onething_store::bounds::LIST_MAX;
use onething_store::{
    CaseId, CentreId, Commit, CommitOutcome, Filter, Found, Index, OutboxEntry, OutboxMessage, QueuedTask, Record,
    Store, Verdict,
};
use onething_worker::Recorded;
use serde_json::json;

use crate::chain;
use crate::commands::doctor::snapshot::{Snapshot, Work};
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, wait_for};
use crate::place::Place;

/// Settings of the program that belong to the data.
const SETTINGS: [&str; 2] = ["demo", "demo.clock"];

/// What to do with a store.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(clap::Subcommand)]
enum Ask {
    /// 把一个存储的全部内容复制到另一个，并核验 / Copy everything of one store into another and verify it
    Copy {
        /// 从哪里：数据目录或 redis:// 地址 / From: a data directory or a redis:// address
        from: String,
        /// 到哪里：数据目录或 redis:// 地址 / To: a data directory or a redis:// address
        to: String,
        /// 存储的设置会丢数据也照样使用 / Use the stores even though their settings may lose data
        #[arg(long)]
        accept_loss: bool,
        /// 输出一个 JSON 对象 / Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
pub(crate) fn run(options: Options) -> Outcome {
    let Ask::Copy { from, to, accept_loss, json } = options.ask;
    wait_for(copy(Place::named(&from, accept_loss), Place::named(&to, accept_loss), json))
        .map_err(|failure| failure.with_json(json))
}

async fn copy(source: Place, target: Place, json: bool) -> Outcome {
    source.must_exist()?;
    let source = source.open(chain::Wish::default()).await?;
    let target = target.open_with(Some(source.chain())).await?;
    let mut sum = Sum::default();
    let mut last: Option<CentreId> = None;
    loop {
        let centres = source.centres(last.as_ref(), LIST_MAX).await?;
        for centre in &centres {
            copy_centre(&*source, &*target, centre, &mut sum).await?;
        }
        last = centres.last().cloned();
        if centres.len() < LIST_MAX {
            break;
        }
    }
    for setting in SETTINGS {
        if let Some(value) = source.meta_get(setting).await? {
            target.meta_set(setting, &value).await?;
        }
    }
    let verified = sum.cases - sum.different.len() as u64;
    if json {
        println!(
            "{}",
            json!({"cases": sum.cases, "commits": sum.commits, "verified": verified, "different": sum.different})
        );
    } else {
        for case in &sum.different {
            println!("{case}：复制后不一致，复制期间可能有人办理；停下所有进程后再复制一次");
            println!(
                "    it differs after the copy, perhaps somebody worked on it meanwhile: stop every process and copy again"
            );
        }
        println!(
            "{} 件办件，写入 {} 次提交，{verified} 件核验一致 / {} cases, {} commits written, {verified} verified equal",
            sum.cases, sum.commits, sum.cases, sum.commits
        );
    }
    Ok(if sum.different.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What was copied.
#[derive(Default)]
struct Sum {
    cases: u64,
    commits: u64,
    different: Vec<String>,
}

async fn copy_centre(source: &dyn Store, target: &dyn Store, centre: &CentreId, sum: &mut Sum) -> Result<(), Failure> {
    let mut standing = Snapshot::take(source, centre).await?;
    let mut messages: BTreeMap<CaseId, Vec<OutboxEntry>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = source.outbox_read(centre, after, LIST_MAX).await?;
        let more = page.len() == LIST_MAX;
        after = page.last().map_or(after, |last| last.sequence);
        page.into_iter().for_each(|entry| messages.entry(entry.case.clone()).or_default().push(entry));
        if !more {
            break;
        }
    }
    let mut after: Option<CaseId> = None;
    loop {
        let page = source.search(centre, &Filter::default(), after.as_ref(), LIST_MAX).await?;
        for found in &page {
            let case = Copied {
                source,
                target,
                centre,
                found,
                work: standing.take_case(&found.case),
                messages: messages.remove(&found.case).unwrap_or_default(),
            };
            sum.cases += 1;
            sum.commits += case.copy().await?;
            if !case.is_equal().await? {
                sum.different.push(found.case.to_string());
            }
        }
        match page.last() {
            Some(last) if page.len() == LIST_MAX => after = Some(last.case.clone()),
            _ => return Ok(()),
        }
    }
}

struct Copied<'a> {
    source: &'a dyn Store,
    target: &'a dyn Store,
    centre: &'a CentreId,
    found: &'a Found,
    work: Work,
    messages: Vec<OutboxEntry>,
}

impl Copied<'_> {
    /// Makes every commit of the case again that the target does not have; how many it were.
    async fn copy(&self) -> Result<u64, Failure> {
        let (centre, number) = (self.centre, &self.found.case);
        let Some(loaded) = self.source.load(centre, number).await? else { return Ok(0) };
        let there = self.target.load(centre, number).await?.map_or(0, |it| it.version);
        let (mut case, mut from, mut commits, mut group) = (Case::default(), 1, 0, Vec::<Record>::new());
        loop {
            let page = self.source.history(centre, number, from, LIST_MAX).await?;
            from += page.len() as u64;
            let end = page.is_empty();
            for record in page {
                if group.first().is_some_and(|first| first.command != record.command) {
                    commits += self.again(std::mem::take(&mut group), &mut case, there, None).await?;
                }
                group.push(record);
            }
            if end {
                break;
            }
        }
        if !group.is_empty() {
            commits += self.again(group, &mut case, there, Some((loaded.state, loaded.index))).await?;
        }
        Ok(commits)
    }

    /// Makes one commit again; with `last`, the state and the index it left, brings along what stands.
    async fn again(
        &self,
        records: Vec<Record>,
        case: &mut Case,
        there: u64,
        last: Option<(Vec<u8>, Index)>,
    ) -> Result<u64, Failure> {
        let (Some(first), Some(end)) = (records.first(), records.last()) else { return Ok(0) };
        let (command, before, version, at_ms) = (first.command.clone(), first.version - 1, end.version, first.at_ms);
        for record in &records {
            let recorded: Recorded =
                serde_json::from_slice(&record.payload).map_err(|error| self.unreadable(&error))?;
            apply(case, &recorded.event, recorded.at);
        }
        if before == 0 {
            self.copy_definition(case).await?;
        }
        if version <= there {
            return Ok(0);
        }
        let mut commit = Commit::new(self.centre.clone(), command.clone(), self.found.case.clone(), before, at_ms);
        commit.events = records.into_iter().map(|record| record.payload).collect();
        commit.reply = self.reply(&command, case, version).await?;
        let (state, index) = match last {
            Some((state, index)) => {
                self.bring(&mut commit);
                (state, index)
            }
            None => (serde_json::to_vec(case).map_err(|error| self.unreadable(&error))?, self.index(case)),
        };
        (commit.state, commit.index) = (state, index);
        match self.target.commit(commit).await? {
            CommitOutcome::Committed { .. } => Ok(1),
            CommitOutcome::Duplicate(_) => Ok(0),
            other => {
                let number = &self.found.case;
                Err(Failure::new(
                    REFUSED,
                    format!("目标存储中的办件 {number} 与来源不同（{other:?}）"),
                    format!("the case {number} in the target is another one ({other:?})"),
                ))
            }
        }
    }

    /// What stands in queues, timers and the outbox. What somebody holds waits again.
    fn bring(&self, commit: &mut Commit) {
        for standing in self.work.tasks.values() {
            commit.enqueue.push(QueuedTask {
                task: standing.task.clone(),
                queue: standing.queue.clone(),
                class: standing.class,
                ready_at_ms: standing.ready_at_ms,
                payload: standing.payload.clone(),
            });
        }
        let timer = |number: u32| onething_store::TimerId::new(self.found.case.clone(), number);
        commit.timers_set = self.work.timers.iter().map(|(number, due_ms)| (timer(*number), *due_ms)).collect();
        let messages = self.messages.iter();
        commit.outbox = messages
            .map(|entry| OutboxMessage { topic: entry.topic.clone(), payload: entry.payload.clone() })
            .collect();
    }

    /// The answer to the command; made again where the source no longer has it.
    async fn reply(&self, command: &onething_store::CommandId, case: &Case, version: u64) -> Result<Vec<u8>, Failure> {
        if let Some(reply) = self.source.reply_of(self.centre, command).await? {
            return Ok(reply.reply);
        }
        let answer = onething_worker::Answer {
            case: self.found.case.as_str().into(),
            version,
            status: case.status.word().into(),
        };
        serde_json::to_vec(&answer).map_err(|error| self.unreadable(&error))
    }

    fn index(&self, case: &Case) -> Index {
        Index {
            state: case.status.word().to_owned(),
            package: case.application.workflow.to_string(),
            applicant: case.application.applicant.to_string(),
        }
    }

    async fn copy_definition(&self, case: &Case) -> Result<(), Failure> {
        let key = onething_worker::definition_key(&case.application.definition);
        if let Some(bytes) = self.source.get_blob(&key).await? {
            self.target.put_blob(&key, &bytes).await?;
        }
        Ok(())
    }

    /// Whether both stores hold the same chain, and the target's verifies.
    async fn is_equal(&self) -> Result<bool, Failure> {
        let number = &self.found.case;
        let here = self.source.load(self.centre, number).await?.map(|it| (it.version, it.head, it.state, it.index));
        let there = self.target.load(self.centre, number).await?.map(|it| (it.version, it.head, it.state, it.index));
        let verdict = self.target.verify(self.centre, number).await?;
        Ok(here == there && matches!(verdict, Some(Verdict::Intact { .. })))
    }

    fn unreadable(&self, error: &serde_json::Error) -> Failure {
        let number = &self.found.case;
        Failure::new(
            BROKEN,
            format!("办件 {number} 的记录读不懂：{error}"),
            format!("a record of the case {number} cannot be read: {error}"),
        )
    }
}

//! The history of a case, told in sentences: steps, matters and materials by their titles.

use std::collections::BTreeMap;
use std::process::ExitCode;

use onething_engine::calendar::Millis;
use onething_engine::case::{Obtained, Outcome as Came};
use onething_engine::definition::NoticeTo;
use onething_engine::event::Event;
use onething_engine::{Title, Workflow};
use onething_worker::Centre;
use serde_json::json;

use super::{known, records};
use crate::exit::Outcome;
use crate::words::{self, minute};

/// Characters of a hash that are shown; `--json` has all of it.
const HASH_CHARS: usize = 8;

pub(super) async fn run(centre: &Centre, number: &str, json: bool) -> Outcome {
    let case = known(centre, number).await?;
    let records = records(centre, number).await?;
    if json {
        let records: Vec<_> = records
            .iter()
            .map(|(record, recorded)| {
                json!({
                    "version": record.version, "committed": words::iso(record.at_ms), "command": record.command.as_str(),
                    "hash": words::hex(&record.hash), "record": recorded,
                })
            })
            .collect();
        println!("{}", json!({"case": number, "chain": centre.store().chain().to_string(), "history": records}));
        return Ok(ExitCode::SUCCESS);
    }
    let workflow = centre.workflow(&case.application.definition).await?;
    let receives = case.decided_at().is_some();
    let mut teller = Teller { workflow: &workflow, tasks: BTreeMap::new(), receives };
    let mut last: Option<Millis> = None;
    for (record, recorded) in &records {
        let Some(told) = teller.tell(&recorded.event) else { continue };
        let time = if last == Some(recorded.at) { " ".repeat(16) } else { minute(recorded.at) };
        last = Some(recorded.at);
        let hash: String = words::hex(&record.hash).chars().take(HASH_CHARS).collect();
        println!("{time}  {:>4} {hash}  {}（{}）", record.version, told.zh, recorded.by);
        println!("{:33}{}", "", told.en);
    }
    println!("\n{} 条记录；令牌移动和定时的记录用 --json 查看", records.len());
    println!("{} records; token moves and timers are shown with --json", records.len());
    Ok(ExitCode::SUCCESS)
}

/// Tells events in order: a step is named when it is opened, and known by its number from then on.
struct Teller<'a> {
    workflow: &'a Workflow,
    tasks: BTreeMap<u32, Title>,
    /// Another centre decides: nothing is accepted here.
    receives: bool,
}

impl Teller<'_> {
    /// An event as a sentence; nothing for tokens and timers, which say nothing to whoever did not draw the graph.
    fn tell(&mut self, event: &Event) -> Option<Title> {
        let told = |zh: String, en: String| Some(Title::new(zh, en));
        match event {
            Event::Moved { .. } | Event::TimerSet { .. } | Event::TimerEnded { .. } => None,
            Event::Submitted(application) => {
                let (title, who) = (self.workflow.title(), &application.applicant);
                told(format!("提交申请：{}，申请人 {who}", title.zh), format!("{who} applied: {}", title.en))
            }
            Event::TaskOpened { task, part, node, queue, .. } => {
                let step = self.step(*part, *node);
                self.tasks.insert(*task, step.clone());
                match queue {
                    Some(queue) => told(
                        format!("{}：进入队列 {queue}", step.zh),
                        format!("{}: waits in the queue {queue}", step.en),
                    ),
                    None => told(format!("{}：开始等待", step.zh), format!("{}: waits", step.en)),
                }
            }
            Event::TaskClosed { task, outcome: Came::Accepted, .. } if self.receives => {
                let step = self.task(*task);
                told(format!("{}：已代收", step.zh), format!("{}: received for the centre that decides", step.en))
            }
            Event::TaskClosed { task, outcome, reason, .. } => {
                let (step, why) = (self.task(*task), because(reason.as_deref()));
                told(
                    format!("{}：{}{}", step.zh, words::outcome(outcome), why.zh),
                    format!("{}: {}{}", step.en, plain(outcome.word()), why.en),
                )
            }
            Event::TaskWithdrawn { task } => {
                let step = self.task(*task);
                told(format!("{}：撤回", step.zh), format!("{}: taken back", step.en))
            }
            Event::Passed { part, node, outcome } => {
                let step = self.step(*part, *node);
                told(
                    format!("{}：{}", step.zh, words::outcome(outcome)),
                    format!("{}: {}", step.en, plain(outcome.word())),
                )
            }
            Event::Failed { task, error, retry_at } => {
                let step = self.task(*task);
                let (zh, en) = match retry_at.map(minute) {
                    Some(at) => (format!("{at} 重试"), format!("again at {at}")),
                    None => ("不再重试".to_owned(), "not tried again".to_owned()),
                };
                told(format!("{}：失败（{error}），{zh}", step.zh), format!("{}: failed ({error}), {en}", step.en))
            }
            Event::IncidentRaised { task, error } => {
                let step = self.task(*task);
                told(
                    format!("{}：故障，等待人工处理（{error}）", step.zh),
                    format!("{}: an incident, waits for a person ({error})", step.en),
                )
            }
            Event::IncidentResolved { task, .. } => {
                let step = self.task(*task);
                told(format!("{}：故障已处理", step.zh), format!("{}: the incident was dealt with", step.en))
            }
            other => tell_of_two_centres(other).or_else(|| self.tell_of_the_case(other)),
        }
    }

    /// Events of parts, clocks, materials and letters.
    fn tell_of_the_case(&self, event: &Event) -> Option<Title> {
        let of = |part: u8| &self.workflow.plan(part).title;
        let (zh, en) = match event {
            Event::PartOpened { part, .. } => {
                (format!("开始办理：{}", of(*part).zh), format!("begun: {}", of(*part).en))
            }
            Event::MaterialRequired { material } => {
                let title = self.material(material);
                (
                    format!("共享来源不可用，改由申请人提供：{}", title.zh),
                    format!("the shared source cannot be reached, the applicant brings: {}", title.en),
                )
            }
            Event::MaterialObtained { material, from } => {
                let title = self.material(material);
                let (zh, en) = match from {
                    Obtained::Applicant => ("申请人提交", "handed in"),
                    Obtained::Supplement => ("补正提交", "supplied"),
                    Obtained::Shared => ("共享获取", "fetched"),
                    Obtained::Commitment => ("告知承诺", "a signed commitment"),
                    Obtained::Result => ("前一事项的结果", "result of an earlier matter"),
                };
                (format!("取得材料：{}（{zh}）", title.zh), format!("material: {} ({en})", title.en))
            }
            Event::SupplementAsked { materials } => {
                let titles: Vec<Title> = materials.iter().map(|material| self.material(material)).collect();
                let join = |of: fn(&Title) -> &str, comma| titles.iter().map(of).collect::<Vec<_>>().join(comma);
                (
                    format!("一次性告知补正：{}", join(|title| &title.zh, "、")),
                    format!("told once what is missing: {}", join(|title| &title.en, ", ")),
                )
            }
            Event::Accepted { at, by_silence: true } => {
                let at = minute(*at);
                (format!("默示受理，受理时间回溯到 {at}"), format!("accepted by silence, dated back to {at}"))
            }
            Event::Accepted { .. } => ("受理".to_owned(), "accepted".to_owned()),
            Event::ClockStarted { part, at, calendar } => {
                let at = minute(*at);
                (
                    format!("{}：时限起算 {at}（日历 {calendar}）", of(*part).zh),
                    format!("{}: the clock runs from {at} (calendar {calendar})", of(*part).en),
                )
            }
            Event::ClockStopped { part, reason, basis } => (
                format!("{}：时限暂停，{}（{basis}）", of(*part).zh, reason.zh()),
                format!("{}: the clock stands ({basis})", of(*part).en),
            ),
            Event::ClockResumed { part, reason } => (
                format!("{}：{}结束，时限恢复", of(*part).zh, reason.zh()),
                format!("{}: the clock runs again", of(*part).en),
            ),
            Event::ClockEnded { part } => {
                (format!("{}：时限终止", of(*part).zh), format!("{}: the clock has done its work", of(*part).en))
            }
            Event::LightChanged { part, light } => (
                format!("{}：监察灯转{}", of(*part).zh, light.zh()),
                format!("{}: the light turns {}", of(*part).en, light.word()),
            ),
            Event::NoticeSent { to, letter, .. } => {
                let (zh, en) = match to {
                    NoticeTo::Applicant => ("申请人", "the applicant"),
                    NoticeTo::Department => ("部门", "the department"),
                };
                (format!("通知{zh}：{}", letter.title.zh), format!("notice to {en}: {}", letter.title.en))
            }
            Event::Decided { part, outcome, reason, remedies } => {
                let why = because(reason.as_deref());
                let zh = if remedies.is_empty() { String::new() } else { format!("，可{}", remedies.join("或")) };
                let en = if remedies.is_empty() { "" } else { "; the remedies were named" };
                (
                    format!("{}：决定{}{}{zh}", of(*part).zh, words::outcome(outcome), why.zh),
                    format!("{}: decided, {}{}{en}", of(*part).en, plain(outcome.word()), why.en),
                )
            }
            Event::ResultIssued { part, result, number } => {
                let results = &self.workflow.plan(*part).results;
                let known = results.iter().find(|known| *known.id == **result).map(|known| known.title.clone());
                let title = known.unwrap_or_else(|| Title::new(&**result, &**result));
                (format!("制发{}，编号 {number}", title.zh), format!("issued: {}, number {number}", title.en))
            }
            Event::PartClosed { part, outcome } => (
                format!("{}：{}", of(*part).zh, words::outcome(outcome)),
                format!("{}: {}", of(*part).en, plain(outcome.word())),
            ),
            Event::Closed { status, reason } => {
                let why = because(reason.as_deref());
                (format!("办件结束：{}{}", status.zh(), why.zh), format!("closed: {}{}", plain(status.word()), why.en))
            }
            _ => return None,
        };
        Some(Title::new(zh, en))
    }

    /// A step with the matter it belongs to; the package's own steps stand alone.
    fn step(&self, part: u8, node: u16) -> Title {
        let plan = self.workflow.plan(part);
        let step = plan.graph.step(node);
        let title = step.node.title().cloned().unwrap_or_else(|| Title::new(&*step.id, &*step.id));
        if part == 0 {
            return title;
        }
        Title::new(format!("{}·{}", plan.title.zh, title.zh), format!("{} · {}", plan.title.en, title.en))
    }

    fn task(&self, task: u32) -> Title {
        self.tasks.get(&task).cloned().unwrap_or_else(|| Title::new(format!("任务 {task}"), format!("task {task}")))
    }

    fn material(&self, id: &str) -> Title {
        let known = self.workflow.materials().iter().find(|plan| *plan.material.id == *id);
        known.map_or_else(|| Title::new(id, id), |plan| plan.material.title.clone())
    }
}

/// Events between the two centres of a case.
fn tell_of_two_centres(event: &Event) -> Option<Title> {
    let (zh, en) = match event {
        Event::HandedOver { .. } => ("转递到决定中心".to_owned(), "handed over to the centre that decides".to_owned()),
        Event::Reported(report) => {
            let (number, status) = (&report.number, report.status);
            let (zh, en) =
                if report.sent { ("，结果已寄出", "; the results are on their way") } else { ("", "") };
            (
                format!("决定中心告知：{}{zh}，编号 {number}", status.zh()),
                format!("the deciding centre says: {}{en}, number {number}", plain(status.word())),
            )
        }
        Event::Declined { reason } => {
            (format!("决定中心退回：{reason}"), format!("the deciding centre refused what it was sent: {reason}"))
        }
        Event::WithdrawalAsked { reason } => (
            format!("申请撤回，由决定中心答复：{reason}"),
            format!("a withdrawal was asked for, which the deciding centre answers: {reason}"),
        ),
        Event::HandedOut { .. } => ("结果已送达".to_owned(), "the results were handed out".to_owned()),
        Event::ResultsSent => (
            "结果寄往代收中心，由其送达".to_owned(),
            "the results were sent to the centre that received the application, to be delivered there".to_owned(),
        ),
        _ => return None,
    };
    Some(Title::new(zh, en))
}

/// A word of the definitions as a person writes it.
fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// The reason that goes with an outcome, if there is one.
fn because(reason: Option<&str>) -> Title {
    reason.map_or_else(|| Title::new("", ""), |reason| Title::new(format!("，理由：{reason}"), format!(" ({reason})")))
}

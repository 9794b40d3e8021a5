//! Where a case stands, and why it is due when it is.

use std::process::ExitCode;

use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::case::{Case, PartStatus};
use onething_engine::clock;
use onething_engine::definition::PromiseScope;
use onething_worker::{Centre, Trouble, number_there, troubles};
use serde_json::{Value, json};

use super::{known, records};
use crate::exit::{Failure, Outcome};
use crate::words;

/// The moment to explain: now for a running case, its last event for a case that is over.
async fn moment(centre: &Centre, case: &Case, number: &str) -> Result<Millis, Failure> {
    let last = records(centre, number).await?.last().map_or(case.received_at, |(_, recorded)| recorded.at);
    // Legal time in a rehearsal runs apart from the wall; a case is never explained before its own last event.
    Ok(if case.status.is_closed() { last } else { last.max(case.received_at) })
}

pub(super) async fn show(centre: &Centre, number: &str, json: bool) -> Outcome {
    let case = known(centre, number).await?;
    let workflow = centre.workflow(&case.application.definition).await?;
    if json {
        let troubles = transfer_troubles(centre, &case).await?;
        println!("{}", json!({"number": number, "case": case, "transfer_troubles": troubles}));
        return Ok(ExitCode::SUCCESS);
    }
    let now = moment(centre, &case, number).await?;
    println!("办件 {number}  {}  {}", workflow.title().zh, workflow.title().en);
    println!("  申请人 applicant    {}", case.application.applicant);
    println!("  状态 state          {} {}", case.status.zh(), case.status.word());
    println!("  收件 received       {}", words::minute(case.received_at));
    if let Some(accepted) = case.accepted {
        let how = if accepted.by_silence { "（默示受理 by silence）" } else { "" };
        println!("  受理 accepted       {}{how}", words::minute(accepted.at));
    }
    two_centres(centre, &case, number).await?;
    let missing = case.missing();
    if !missing.is_empty() {
        println!("  缺少材料 missing    {}", missing.join("、"));
    }
    println!();
    if case.decided_at().is_some() {
        open_steps(&case, &workflow);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = words::table(&["事项 matter", "状态 state", "灯", "承诺到期 promised by", "法定到期 due by law"]);
    for part in case.application.chosen.iter() {
        let plan = workflow.plan(*part);
        let Some(running) = case.part(*part).filter(|part| part.status != PartStatus::Waiting) else {
            let state = if case.status.is_closed() { "未再办理 not proceeded with" } else { "等待 waiting" };
            table.add_row([plan.title.zh.as_str(), state, "", "", ""]);
            continue;
        };
        let due = |limit: Option<clock::Limit>| match limit {
            Some(limit) => match clock::due(&running.ledger, limit, centre.calendar(), now) {
                Ok(Some(due)) => words::minute(due.at),
                Ok(None) => "未起算 not started".to_owned(),
                Err(gap) => gap.to_string(),
            },
            None => "—".to_owned(),
        };
        let state = match &running.status {
            PartStatus::Closed(outcome) => words::outcome(outcome),
            _ => "办理中 running",
        };
        let light = if matches!(running.status, PartStatus::Running) { running.light.zh() } else { "" };
        let promised = match promise_of_each(&workflow, *part) {
            Some(_) => "见各事项 each matter".to_owned(),
            None => due(plan.promised),
        };
        table.add_row([plan.title.zh.as_str(), state, light, &promised, &due(plan.statutory)]);
    }
    println!("{table}");
    open_steps(&case, &workflow);
    Ok(ExitCode::SUCCESS)
}

/// What is open, and what was issued.
fn open_steps(case: &Case, workflow: &Workflow) {
    for task in &case.tasks {
        let plan = workflow.plan(task.part);
        let step = plan.graph.step(task.node);
        let title = step.node.title().map_or(&*step.id, |title| title.zh.as_str());
        let place = task.queue.as_deref().unwrap_or("等待申请人、消息或时间");
        println!("  正在办理 open：{}·{title}  [{place}]  {} 起", plan.title.zh, words::minute(task.opened_at));
        if let Some(incident) = &task.incident {
            println!("      故障 incident：{incident}");
        }
    }
    for (id, issued) in &case.results {
        println!("  结果 result：{id}  {}  {}", issued.number, words::minute(issued.at));
    }
}

/// The other centre of a case that two handle, and how it stands between them.
async fn two_centres(centre: &Centre, case: &Case, number: &str) -> Result<(), Failure> {
    if let Some(origin) = case.origin() {
        let at = words::minute(origin.at);
        println!("  代收 received at    {}，编号 number {}，{at}", origin.centre, origin.number);
    }
    if let Some(to) = case.decided_at() {
        println!("  决定 decided at     {to}，编号 number {}", number_there(centre.id().as_str(), number));
        match &case.elsewhere {
            None => println!("  转递 handed over    未转递：窗口正在收件 not yet: the window is still receiving it"),
            Some(elsewhere) => {
                println!("  转递 handed over    {}", words::minute(elsewhere.sent_at));
                match &elsewhere.told {
                    Some((_, at)) => println!("  最近告知 last heard {}", words::minute(*at)),
                    None => println!("  最近告知 last heard 尚无，在途中 nothing yet, it is on its way"),
                }
            }
        }
    }
    for trouble in transfer_troubles(centre, case).await? {
        let Trouble { to, tries, error, .. } = trouble;
        println!(
            "  送不到 in trouble   {to}：{error}（已试 {tries} 次，会自动再送 tried {tries} times, goes on trying）"
        );
    }
    Ok(())
}

/// What keeps messages of this case from the other centre.
async fn transfer_troubles(centre: &Centre, case: &Case) -> Result<Vec<Trouble>, Failure> {
    let Some(other) = case.other_centre() else { return Ok(Vec::new()) };
    Ok(troubles(&**centre.store(), centre.id()).await?.into_iter().filter(|trouble| *trouble.to == **other).collect())
}

pub(super) async fn why(centre: &Centre, number: &str, json: bool) -> Outcome {
    let case = known(centre, number).await?;
    let workflow = centre.workflow(&case.application.definition).await?;
    let now = moment(centre, &case, number).await?;
    let mut parts: Vec<Value> = Vec::new();
    if !json {
        println!("办件 {number}  {}  收件 {}\n", workflow.title().zh, words::minute(case.received_at));
    }
    if let Some(to) = case.decided_at() {
        let there = number_there(centre.id().as_str(), number);
        if json {
            let decided = json!({"centre": to, "number": there});
            println!("{}", json!({"case": number, "at": words::iso(now), "parts": parts, "decided_at": decided}));
        } else {
            println!("  由 {to} 决定，期限从那里受理时起算，本中心不计时限");
            println!("      {to} decides, and the limits run from the acceptance there: no clock runs here");
            println!("  查看 see: onething case why {there} --centre {to}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    for part in case.application.chosen.iter() {
        let plan = workflow.plan(*part);
        let Some(running) = case.part(*part).filter(|part| part.status != PartStatus::Waiting) else { continue };
        let lines = clock::why(&running.ledger, plan.statutory, plan.promised, centre.calendar(), now);
        if json {
            parts.push(json!({"part": part, "id": plan.id, "title": plan.title, "lines": lines}));
            continue;
        }
        println!("{}  {}", plan.title.zh, plan.title.en);
        if let Some(limit) = promise_of_each(&workflow, *part) {
            println!("  套餐对每个事项各承诺 {}以内，整个套餐没有单独的承诺期限", limit.zh());
            println!("      each matter is promised within {}; the package as a whole has no promise", limit.en());
        }
        for line in lines {
            println!("  {}", line.zh);
            println!("      {}", line.en);
        }
        println!();
    }
    if json {
        println!("{}", json!({"case": number, "at": words::iso(now), "parts": parts}));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a package promises for each matter, where it promises nothing for itself as a whole.
fn promise_of_each(workflow: &Workflow, part: u8) -> Option<clock::Limit> {
    let promise = workflow.promise().filter(|promise| part == 0 && promise.scope == PromiseScope::EachMatter)?;
    Some(promise.limit)
}

//! What an applicant does with a case that was handed in: bringing materials that are missing, withdrawing it.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use onething_engine::case::{Case, Status};
use onething_engine::command::{Action, Command};
use onething_store::{CaseId, ChainHash};
use onething_worker::{Centre, Done, With};
use serde_json::{Value, json};

use super::known;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::words;

pub(super) async fn supply(
    centre: &Centre,
    number: &str,
    materials: &[String],
    by: Option<&str>,
    json: bool,
) -> Outcome {
    let case = known(centre, number).await?;
    let by = who(&case, by)?;
    let materials: BTreeSet<&str> = materials.iter().map(String::as_str).collect();
    // The one-time notice may ask for what was brought before and is not in legal form: that is another bringing.
    let asked = case.supplement.is_some();
    let id = command_id("supply", &json!([number, by, materials, asked]));
    let action = Action::Supply { materials: materials.iter().map(|it| Arc::from(*it)).collect() };
    let done = act(centre, number, Command { id, by, action }).await?;
    if told_as_json(&done, json) {
        return Ok(ExitCode::SUCCESS);
    }
    if done.happened.is_some() {
        let listed = materials.into_iter().collect::<Vec<_>>().join("、");
        println!("办件 {number} 已补交材料 / supplied for case {number}：{listed}");
    } else {
        println!("办件 {number} 的这些材料已经补交过 / these materials of case {number} were supplied before");
    }
    let missing = known(centre, number).await?.missing();
    if !missing.is_empty() {
        println!("还缺 still missing：{}", missing.join("、"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn withdraw(centre: &Centre, number: &str, reason: &str, by: Option<&str>, json: bool) -> Outcome {
    let case = known(centre, number).await?;
    let by = who(&case, by)?;
    let id = command_id("withdraw", &json!([number, by, reason]));
    let done = act(centre, number, Command { id, by, action: Action::Withdraw { reason: reason.into() } }).await?;
    if told_as_json(&done, json) {
        return Ok(ExitCode::SUCCESS);
    }
    let over = *done.answer.status == *Status::Withdrawn.word();
    match (done.happened.is_some(), over) {
        (true, true) => println!("办件 {number} 已撤回 / case {number} is withdrawn"),
        (true, false) => {
            println!("已请决定中心撤回办件 {number} / the deciding centre was asked to withdraw case {number}")
        }
        (false, _) => {
            println!("办件 {number} 已经这样撤回过 / case {number} was withdrawn in this way before");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Who asks: the applicant, if nobody else is named.
fn who(case: &Case, by: Option<&str>) -> Result<Arc<str>, Failure> {
    match by {
        Some(by) if by.trim().is_empty() => {
            Err(Failure::new(REFUSED, "请用 --by 写明是谁", "say with --by who it is, or leave it out"))
        }
        Some(by) => Ok(by.into()),
        None => Ok(case.application.applicant.clone()),
    }
}

/// The same words about the same case are the same command.
fn command_id(verb: &str, said: &Value) -> Arc<str> {
    let hash = words::hex(&ChainHash::Sha256.digest(&[said.to_string().as_bytes()]));
    format!("{verb}-{hash}").into()
}

async fn act(centre: &Centre, number: &str, command: Command) -> Result<Done, Failure> {
    Ok(centre.act(&CaseId::from(number), &command, With::default()).await?)
}

fn told_as_json(done: &Done, json: bool) -> bool {
    if json {
        let answer = &done.answer;
        println!("{}", json!({"number": answer.case, "version": answer.version, "status": answer.status}));
    }
    json
}

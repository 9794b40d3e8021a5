//! Verifying histories: the chain holds, and the state is what the history says.

use std::process::ExitCode;

use onething_engine::apply;
use onething_engine::case::Case;
use onething_store::{CaseId, Filter, Verdict};
use onething_worker::Centre;
use serde_json::json;

use super::{known, records};
use crate::exit::{Failure, Outcome, REFUSED};

/// Cases looked at in one read.
const PAGE: usize = 500;
/// Broken cases named one by one; past it they are only counted.
const NAMED_MAX: usize = 100;

pub(super) async fn one(centre: &Centre, number: &str, json: bool) -> Outcome {
    known(centre, number).await?;
    let fault = fault(centre, number).await?;
    if json {
        println!("{}", json!({"case": number, "verified": fault.is_none(), "fault": fault}));
    } else {
        match &fault {
            None => println!(
                "办件 {number} 的历史完整，状态与历史一致\nthe history of {number} is whole, and its state agrees with it"
            ),
            Some(fault) => println!("办件 {number} 核验不通过：{fault}\nthe case {number} does not verify: {fault}"),
        }
    }
    Ok(if fault.is_none() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

pub(super) async fn all(centre: &Centre, json: bool) -> Outcome {
    let (mut count, mut broken, mut after): (u64, Vec<(String, String)>, Option<CaseId>) = (0, Vec::new(), None);
    loop {
        let found = centre.store().search(centre.id(), &Filter::default(), after.as_ref(), PAGE).await?;
        for case in &found {
            count += 1;
            if let Some(fault) = fault(centre, case.case.as_str()).await? {
                broken.push((case.case.to_string(), fault));
            }
        }
        match found.last() {
            Some(last) if found.len() == PAGE => after = Some(last.case.clone()),
            _ => break,
        }
    }
    if json {
        let named: Vec<_> =
            broken.iter().take(NAMED_MAX).map(|(case, fault)| json!({"case": case, "fault": fault})).collect();
        println!("{}", json!({"cases": count, "verified": count - broken.len() as u64, "broken": named}));
    } else {
        for (case, fault) in broken.iter().take(NAMED_MAX) {
            println!("{case}：{fault}");
        }
        println!("{count} 件办件，{} 件核验不通过 / {count} cases, {} do not verify", broken.len(), broken.len());
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What is wrong with a case's record, if anything.
async fn fault(centre: &Centre, number: &str) -> Result<Option<String>, Failure> {
    match centre.store().verify(centre.id(), &CaseId::from(number)).await? {
        Some(Verdict::Broken { version, fault }) => {
            return Ok(Some(format!("第 {version} 条{} record {version} is {}", fault.zh(), fault.en())));
        }
        None => return Ok(Some("没有这个办件 no such case".to_owned())),
        Some(_) => {}
    }
    let mut rebuilt = Case::default();
    for (_, recorded) in records(centre, number).await? {
        apply(&mut rebuilt, &recorded.event, recorded.at);
    }
    let stored = known(centre, number).await?;
    Ok((rebuilt != stored).then(|| "现状与历史不一致 the state is not what the history says".to_owned()))
}

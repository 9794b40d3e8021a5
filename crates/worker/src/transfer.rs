//! What goes from centre to centre (跨省通办): written into the outbox with the commit that caused it, done at the other
//! centre as a command whose id is made from its cause, so that it takes effect once however often it arrives.

use std::sync::Arc;

use onething_engine::case::Case;
use onething_engine::command::{Action, Command, TEXT_BYTES_MAX};
use onething_engine::elsewhere::Transfer;
use onething_engine::{Effects, Rejection};
use onething_store::{CaseId, CentreId, OutboxEntry, OutboxMessage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::centre::{Centre, Refusal, With};
use crate::neighbours::Neighbours;

/// What the topic of a message to a centre begins with; its name follows.
pub const CENTRE_TOPIC: &str = "centre:";

/// A transfer as it stands in the outbox.
#[derive(Serialize, Deserialize)]
struct Parcel {
    /// The id of the command at the other centre.
    id: Arc<str>,
    /// The case's number there.
    number: Arc<str>,
    /// The package or matter.
    package: Arc<str>,
    transfer: Transfer,
}

/// The centre that messages of this topic go to; `None` for notices.
pub(crate) fn destination(topic: &str) -> Option<CentreId> {
    topic.strip_prefix(CENTRE_TOPIC).map(CentreId::from)
}

/// The number that a case received at a centre has where it is decided.
#[must_use]
pub fn number_there(received_at: &str, number: &str) -> String {
    format!("{received_at}-{number}")
}

/// The messages that a command to a case leads to.
pub(crate) fn messages(
    centre: &CentreId,
    command: &str,
    after: &Case,
    effects: &Effects,
) -> Result<Vec<OutboxMessage>, serde_json::Error> {
    let Some(to) = after.other_centre() else { return Ok(Vec::new()) };
    let number = match after.origin() {
        Some(origin) => origin.number.clone(),
        None => number_there(centre.as_str(), &after.application.number).into(),
    };
    let parcel = |(nth, transfer): (usize, &Transfer)| {
        let parcel = Parcel {
            id: id(centre, command, nth),
            number: number.clone(),
            package: after.application.workflow.clone(),
            transfer: transfer.clone(),
        };
        Ok(OutboxMessage { topic: format!("{CENTRE_TOPIC}{to}"), payload: serde_json::to_vec(&parcel)? })
    };
    effects.transfers.iter().enumerate().map(parcel).collect()
}

/// Made from the cause alone: sent again, from whatever copy of the store, it is the same.
fn id(centre: &CentreId, command: &str, nth: usize) -> Arc<str> {
    let mut hasher = Sha256::new();
    for part in [centre.as_str(), command, &nth.to_string()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{CENTRE_TOPIC}{centre}/{hex}").into()
}

/// Takes one transfer to its centre. What is refused there comes back to the case here, with the reasons; it has arrived.
pub(crate) async fn carry(
    here: &Centre,
    neighbours: &dyn Neighbours,
    to: &CentreId,
    message: &OutboxEntry,
) -> Result<(), String> {
    let parcel: Parcel = serde_json::from_slice(&message.payload).map_err(|error| error.to_string())?;
    let there = neighbours.find(to).await?;
    match done(here, &there, &parcel).await {
        Ok(()) => Ok(()),
        // What is known by a later word, or of a case that is over, is no news.
        Err(Refusal::Rejected(_)) if matches!(parcel.transfer, Transfer::Report(_)) => Ok(()),
        Err(Refusal::Rejected(why)) => declined(here, to, &message.case, &parcel.id, &words(&why)).await,
        Err(why @ Refusal::NotOffered { .. }) => declined(here, to, &message.case, &parcel.id, &why.to_string()).await,
        Err(error) => Err(error.to_string()),
    }
}

async fn done(here: &Centre, there: &Centre, parcel: &Parcel) -> Result<(), Refusal> {
    let (number, from) = (CaseId::from(&*parcel.number), Arc::from(here.id().as_str()));
    let mut with = With::default();
    if let Transfer::Application { submission, .. } = &parcel.transfer {
        // Its command may have been forgotten by now; the case is there.
        let own = |case: &Case| case.origin().is_some_and(|it| it.centre == from && it.number == submission.number);
        if there.case(&number).await?.is_some_and(|case| own(&case)) {
            return Ok(());
        }
        with.workflow = Some(there.offered(&parcel.package).await?);
    }
    let action = parcel.transfer.clone().action(&from, &parcel.number);
    let command = Command { id: parcel.id.clone(), by: from, action };
    there.act(&number, &command, with).await.map(drop)
}

/// Tells the case here what the other centre refused, and why.
async fn declined(here: &Centre, by: &CentreId, case: &CaseId, id: &Arc<str>, why: &str) -> Result<(), String> {
    let reason = why.chars().take(TEXT_BYTES_MAX / 4).collect::<String>().into();
    let action = Action::Declined { reason };
    let command = Command { id: format!("{id}/declined").into(), by: by.as_str().into(), action };
    match here.act(case, &command, With::default()).await {
        // The case is over: nobody waits for the answer.
        Ok(_) | Err(Refusal::Rejected(_)) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn words(why: &Rejection) -> String {
    let problems = why.problems.iter().map(|problem| format!("；{}：{}", problem.at, problem.message.zh));
    format!("{}（{}）{}", why.message.zh, why.message.en, problems.collect::<String>())
}

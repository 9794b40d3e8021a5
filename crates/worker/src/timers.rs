//! Fires timers that are due, and hands the outbox on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::command::{Action, Command};
use onething_store::OutboxEntry;
use tokio_util::sync::CancellationToken;

use crate::centre::{Centre, Refusal, With};

/// How often due timers and messages are looked for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The same for each of many processes.
pub(crate) const LOOK_TOGETHER_EVERY: Duration = Duration::from_millis(100);
/// Most timers or messages handled before looking again.
const BATCH_MAX: usize = 100;
/// Who fires timers.
const CLOCK: &str = "时钟";

/// Hands messages on: notices to applicants and departments. A message may come twice after a crash; its case and
/// sequence number tell.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Hands one message on; an error means that it is tried again later.
    ///
    /// # Errors
    /// Whatever kept it from being handed on.
    async fn send(&self, message: &OutboxEntry) -> Result<(), String>;
}

/// Fires due timers until told to stop.
pub(crate) async fn run(centre: Arc<Centre>, look_every: Duration, drain: CancellationToken) {
    while !drain.is_cancelled() {
        if let Err(error) = fire_due(&centre).await {
            centre.report(format!("{CLOCK}：{error}"));
        }
        pause(look_every, &drain).await;
    }
}

async fn fire_due(centre: &Centre) -> Result<(), Refusal> {
    let due = centre.store().due_timers(centre.id(), centre.clock().now(), BATCH_MAX).await?;
    for due in due {
        let timer = due.timer;
        let command =
            Command { id: timer.to_string().into(), by: CLOCK.into(), action: Action::Fire { timer: timer.number } };
        match centre.act(&timer.case, &command, With::default()).await {
            // Somebody else was quicker, or the case no longer needs it.
            Ok(_) | Err(Refusal::TimerGone | Refusal::Rejected(_)) => {}
            Err(error) => centre.report(format!("{CLOCK} {timer}：{error}")),
        }
    }
    Ok(())
}

/// Hands on what is in the outbox until told to stop.
pub(crate) async fn deliver(
    centre: Arc<Centre>,
    messenger: Arc<dyn Messenger>,
    look_every: Duration,
    drain: CancellationToken,
) {
    while !drain.is_cancelled() {
        if let Err(error) = hand_on(&centre, &*messenger).await {
            centre.report(error.to_string());
        }
        pause(look_every, &drain).await;
    }
}

async fn hand_on(centre: &Centre, messenger: &dyn Messenger) -> Result<(), Refusal> {
    let mut sent = Vec::new();
    for message in centre.store().outbox_read(centre.id(), 0, BATCH_MAX).await? {
        match messenger.send(&message).await {
            Ok(()) => sent.push(message.sequence),
            Err(error) => centre.report(format!("{}：{error}", message.case)),
        }
    }
    if !sent.is_empty() {
        centre.store().outbox_ack(centre.id(), &sent).await?;
    }
    Ok(())
}

async fn pause(look_every: Duration, drain: &CancellationToken) {
    tokio::select! {
        () = drain.cancelled() => {}
        () = tokio::time::sleep(look_every) => {}
    }
}

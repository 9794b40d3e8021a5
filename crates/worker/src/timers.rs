//! Fires timers that are due.

use std::sync::Arc;
use std::time::Duration;

use onething_engine::command::{Action, Command};
use tokio_util::sync::CancellationToken;

use crate::centre::{Centre, Refusal, With};

/// How often due timers, and messages to be handed on, are looked for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The same for each of many processes.
pub(crate) const LOOK_TOGETHER_EVERY: Duration = Duration::from_millis(100);
/// Most timers handled before looking again.
const BATCH_MAX: usize = 100;
/// Who fires timers.
const CLOCK: &str = "时钟";

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

async fn pause(look_every: Duration, drain: &CancellationToken) {
    tokio::select! {
        () = drain.cancelled() => {}
        () = tokio::time::sleep(look_every) => {}
    }
}

//! Starting everything that runs a centre, and draining it.

use std::sync::Arc;

use onething_policy::{ConfigError, Hall, Snapshot};
use onething_store::Queue;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::centre::Centre;
use crate::hall::{self, HallPlan};
use crate::services::{self, Programs};
use crate::timers::{self, Messenger};

/// Who and what works at a centre.
pub struct Staff {
    /// The windows and desks.
    pub hall: HallPlan,
    /// Programs for automatic steps.
    pub programs: Programs,
    /// The queues of automatic steps to serve.
    pub service_queues: Vec<Queue>,
    /// How many automatic steps run at once.
    pub service_workers: usize,
    /// Who hands notices on.
    pub messenger: Arc<dyn Messenger>,
}

/// A centre that is running.
pub struct Running {
    drain: CancellationToken,
    tracker: TaskTracker,
    shown: watch::Receiver<Snapshot>,
}

/// Starts a centre.
///
/// # Errors
/// The rules of the hall contradict themselves.
pub fn start(centre: &Arc<Centre>, staff: Staff) -> Result<Running, ConfigError> {
    let hall = Hall::new(staff.hall.config.clone())?;
    let (show, shown) = watch::channel(hall.snapshot());
    let (drain, tracker) = (CancellationToken::new(), TaskTracker::new());
    let lease_ms = staff.hall.lease_ms;
    tracker.spawn(hall::run(centre.clone(), staff.hall, hall, centre.listen(), show, drain.clone()));
    for number in 1..=staff.service_workers {
        let name = format!("自动-{number}").into();
        tracker.spawn(services::run(
            centre.clone(),
            name,
            staff.programs.clone(),
            staff.service_queues.clone(),
            lease_ms,
            centre.listen(),
            drain.clone(),
        ));
    }
    tracker.spawn(timers::run(centre.clone(), drain.clone()));
    tracker.spawn(timers::deliver(centre.clone(), staff.messenger, drain.clone()));
    tracker.close();
    Ok(Running { drain, tracker, shown })
}

impl Running {
    /// The hall as it was a moment ago.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shown.borrow().clone()
    }

    /// Takes nothing new, finishes what is in hand, stops.
    pub async fn drain(self) {
        self.drain.cancel();
        self.tracker.wait().await;
    }
}

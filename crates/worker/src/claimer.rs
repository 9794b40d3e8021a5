//! Somebody who takes whatever is next in a set of queues, one step after the other: a program for automatic steps, a
//! seat of a hall that no single process runs. The next step is claimed in the same breath in which one is recorded.

use std::sync::Arc;
use std::time::Duration;

use onething_store::{Queue, StoreError};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::centre::Centre;
use crate::handler::Handler;
use crate::happened::Happened;
use crate::window::Worker;

/// How long one waits for a bell before looking by oneself: a retry becomes ready without one.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The same where the store is far away and rings by itself: every look is a way there and back.
const LOOK_FAR_EVERY: Duration = Duration::from_millis(500);
/// How long one rests after the store failed.
const PAUSE: Duration = Duration::from_millis(200);

/// What tells that there may be work.
#[derive(Debug)]
pub(crate) enum Bell {
    /// What happens in this process: the store is its alone.
    Own(broadcast::Receiver<Arc<Happened>>),
    /// What the store tells of all processes.
    Shared(watch::Receiver<u64>),
}

impl Bell {
    /// The bell of a centre.
    pub(crate) async fn of(centre: &Centre) -> Result<Self, StoreError> {
        let shared = centre.store().bell(centre.id()).await?;
        Ok(shared.map_or_else(|| Self::Own(centre.listen()), Self::Shared))
    }

    /// Another one that rings alike.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Own(bell) => Self::Own(bell.resubscribe()),
            Self::Shared(bell) => Self::Shared(bell.clone()),
        }
    }

    async fn rings(&mut self) {
        match self {
            Self::Own(bell) => drop(tokio::time::timeout(LOOK_EVERY, bell.recv()).await),
            Self::Shared(bell) => {
                // Whoever listened for all of this process has ended: only looking is left.
                if let Ok(Err(_)) = tokio::time::timeout(LOOK_FAR_EVERY, bell.changed()).await {
                    tokio::time::sleep(LOOK_FAR_EVERY).await;
                }
            }
        }
    }
}

/// Who claims, from where, and what is done with it.
pub(crate) struct Claimer {
    pub(crate) centre: Arc<Centre>,
    /// Its name, which is also who did the work.
    pub(crate) name: Arc<str>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) lease_ms: u64,
    pub(crate) bell: Bell,
    pub(crate) drain: CancellationToken,
}

impl Claimer {
    /// Works until told to drain, then finishes what is in hand.
    pub(crate) async fn run(self) {
        let Self { centre, name, handler, queues, lease_ms, mut bell, drain } = self;
        let worker = Worker { centre: &centre, handler: &*handler, name: &name, lease_ms };
        let mut next = None;
        loop {
            let claimed = match next.take() {
                Some(claimed) => Some(claimed),
                None if drain.is_cancelled() => return,
                None => {
                    let now = centre.clock().machine_now();
                    match centre.store().claim(centre.id(), &worker.claim_of(queues.clone()), now).await {
                        Ok(claimed) => claimed,
                        Err(error) => {
                            centre.report(format!("{name}：{error}"));
                            tokio::time::sleep(PAUSE).await;
                            None
                        }
                    }
                }
            };
            match claimed {
                Some(claimed) => {
                    let claim = (!drain.is_cancelled()).then(|| worker.claim_of(queues.clone()));
                    next = worker.next(claimed, claim).await;
                }
                None => tokio::select! {
                    () = drain.cancelled() => return,
                    () = bell.rings() => {}
                },
            }
        }
    }
}

//! Wakes those who wait for work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use onething_store::{Queue, StoreError};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::centre::Centre;
use crate::happened::Happened;

/// How long one waits for a bell before looking by oneself: a retry becomes ready without one.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The same where the store is far away and rings by itself: every look is a way there and back.
const LOOK_FAR_EVERY: Duration = Duration::from_millis(500);

/// What tells that there may be work.
#[derive(Debug)]
pub(crate) enum Bell {
    /// What happens in this process: the store is its alone.
    Own(broadcast::Receiver<Arc<Happened>>),
    /// What the store tells of all processes, to one at a time of those who serve the same queues.
    Shared(Arc<Notify>),
}

impl Bell {
    /// Another one that rings alike.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Own(bell) => Self::Own(bell.resubscribe()),
            Self::Shared(bell) => Self::Shared(bell.clone()),
        }
    }

    /// Waits for a ring, or until it is time to look without one.
    pub(crate) async fn rings(&mut self) {
        match self {
            Self::Own(bell) => drop(tokio::time::timeout(LOOK_EVERY, bell.recv()).await),
            Self::Shared(bell) => bell.notified().await,
        }
    }

    /// Where one ring found work there may be more: the next is woken as well.
    pub(crate) fn pass_on(&self) {
        if let Self::Shared(bell) = self {
            bell.notify_one();
        }
    }
}

/// The bells of all seats of a process. Were each ring to wake all of them, every step would cost as many ways to the store
/// as there are idle seats.
pub(crate) enum Bells {
    /// The store is this process's alone.
    Own(Arc<Centre>),
    /// The store rings; one bell for all seats that serve the same queues.
    Shared(watch::Receiver<u64>, BTreeMap<Vec<Queue>, Arc<Notify>>),
}

impl Bells {
    /// The bells of a centre.
    pub(crate) async fn of(centre: &Arc<Centre>) -> Result<Self, StoreError> {
        let shared = centre.store().bell(centre.id()).await?;
        Ok(shared.map_or_else(|| Self::Own(centre.clone()), |shared| Self::Shared(shared, BTreeMap::new())))
    }

    /// The bell for a seat that serves these queues.
    pub(crate) fn serving(&mut self, queues: &[Queue]) -> Bell {
        match self {
            Self::Own(centre) => Bell::Own(centre.listen()),
            Self::Shared(_, groups) => Bell::Shared(groups.entry(queues.to_vec()).or_default().clone()),
        }
    }

    /// Hands on what the store rings until told to stop.
    pub(crate) async fn ring(self, drain: CancellationToken) {
        let Self::Shared(mut shared, groups) = self else { return };
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                () = rung(&mut shared) => groups.values().for_each(|group| group.notify_one()),
            }
        }
    }
}

/// Waits for the store, or until it is time to look without it.
async fn rung(shared: &mut watch::Receiver<u64>) {
    if let Ok(Err(_)) = tokio::time::timeout(LOOK_FAR_EVERY, shared.changed()).await {
        // Whoever listened for all of this process has ended: only looking is left.
        tokio::time::sleep(LOOK_FAR_EVERY).await;
    }
}

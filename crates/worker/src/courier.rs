//! Hands the messages of a centre on. Of all the processes of a centre one does it, under a lease that others take over
//! when it dies; each destination has a lane of its own, so that one that cannot be reached holds up no other.
//!
//! A message leaves the store only when it has arrived. It may arrive twice, when the courier dies in between or is
//! replaced while it sleeps: what goes to another centre is known there by its id, so that it takes effect once.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use onething_store::{CentreId, Fence, OutboxEntry, Role, Store, StoreError, WorkerId};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::centre::{Centre, Refusal};
use crate::lanes::Lanes;
use crate::neighbours::Neighbours;
use crate::transfer;

/// What the courier of a centre is called in its store.
const ROLE: &str = "courier";
/// Renewals that fit into one lease: two may fail before it is lost.
const RENEWALS_PER_LEASE: u64 = 3;
/// How often one that is not the courier asks whether it is free, at least.
const ASK_EVERY_MAX: Duration = Duration::from_secs(10);

/// Hands notices on, to applicants and departments. A notice may come twice after a crash; its case and sequence number
/// tell.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Hands one message on; an error means that it is tried again later.
    ///
    /// # Errors
    /// Whatever kept it from being handed on.
    async fn send(&self, message: &OutboxEntry) -> Result<(), String>;
}

/// A destination that messages do not get to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The destination: another centre by name, or `notice`.
    pub to: String,
    /// Messages known to wait for it.
    pub waiting: u64,
    /// When the first of them was committed, epoch milliseconds of machine time.
    pub since_ms: i64,
    /// Attempts that failed since one succeeded.
    pub tries: u32,
    /// What the last one said.
    pub error: String,
}

/// The destinations that the courier of a centre cannot reach, as it said last.
///
/// # Errors
/// The store failed, or what it holds cannot be read.
pub async fn troubles(store: &dyn Store, centre: &CentreId) -> Result<Vec<Trouble>, Refusal> {
    match store.role(centre, ROLE).await? {
        Some(Role { word, .. }) if !word.is_empty() => Ok(serde_json::from_slice(&word)?),
        _ => Ok(Vec::new()),
    }
}

/// Everything that hands messages on.
#[derive(Clone)]
pub(crate) struct Carrier {
    pub(crate) centre: Arc<Centre>,
    pub(crate) messenger: Arc<dyn Messenger>,
    pub(crate) neighbours: Arc<dyn Neighbours>,
}

impl Carrier {
    /// Hands one message on; the sentence says why it did not arrive.
    pub(crate) async fn carry(&self, message: &OutboxEntry) -> Result<(), String> {
        match transfer::destination(&message.topic) {
            Some(to) => transfer::carry(&self.centre, &*self.neighbours, &to, message).await,
            None => self.messenger.send(message).await,
        }
    }
}

/// One process that would be the courier of a centre.
pub(crate) struct Courier {
    pub(crate) carrier: Carrier,
    pub(crate) lease_ms: u64,
    pub(crate) look_every: Duration,
    pub(crate) drain: CancellationToken,
}

impl Courier {
    /// Works until told to drain, then finishes what is under way.
    pub(crate) async fn run(self) {
        let centre = self.carrier.centre.clone();
        let holder = WorkerId::from(format!("{ROLE}-{:016x}", RandomState::new().build_hasher().finish()));
        let every = Duration::from_millis((self.lease_ms / RENEWALS_PER_LEASE).max(1)).min(ASK_EVERY_MAX);
        let mut lanes = Lanes::new(self.carrier.clone());
        let (mut held, mut ask_at): (Option<Role>, _) = (None, Instant::now());
        while !self.drain.is_cancelled() {
            if Instant::now() >= ask_at {
                ask_at = Instant::now() + every;
                let now = centre.clock().machine_now();
                match centre.store().take_role(centre.id(), ROLE, &holder, self.lease_ms, now).await {
                    Ok(role) if role.holder == holder => {
                        // Another may have sent some of what was read under an earlier fence.
                        if held.as_ref().is_none_or(|before| before.fence != role.fence) {
                            lanes.forget();
                        }
                        held = Some(role);
                    }
                    Ok(_) => held = None,
                    // What was held stays held until it runs out.
                    Err(error) => centre.report(error.to_string()),
                }
            }
            let holds = held.as_ref().is_some_and(|role| role.is_held(centre.clock().machine_now()));
            let mut more = false;
            if let Some(role) = held.as_ref().filter(|_| holds) {
                more = self.round(&mut lanes, role.fence).await;
            }
            if !more {
                let pause = if holds { self.look_every } else { every };
                tokio::select! {
                    () = self.drain.cancelled() => {}
                    () = lanes.something_arrived(), if holds => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
        lanes.finish().await;
        if let Some(role) = held
            && let Err(error) = centre.store().leave_role(centre.id(), ROLE, role.fence).await
        {
            centre.report(error.to_string());
        }
    }

    /// Sends what can be sent and says what cannot. Whether there is surely more to read.
    async fn round(&self, lanes: &mut Lanes, fence: Fence) -> bool {
        let centre = &self.carrier.centre;
        let more = lanes.round().await.unwrap_or_else(|error| {
            centre.report(error.to_string());
            false
        });
        if let Some(troubles) = lanes.news()
            && let Err(error) = self.tell(&troubles, fence).await
        {
            centre.report(error.to_string());
        }
        more
    }

    async fn tell(&self, troubles: &[Trouble], fence: Fence) -> Result<(), StoreError> {
        let centre = &self.carrier.centre;
        for trouble in troubles {
            let Trouble { to, tries, error, .. } = trouble;
            if *tries == 1 {
                centre
                    .report(format!("{to} 暂时送不到，稍后再送 / {to} cannot be reached, it is tried again：{error}"));
            }
        }
        let word = if troubles.is_empty() { Vec::new() } else { serde_json::to_vec(troubles).unwrap_or_default() };
        let now = centre.clock().machine_now();
        // Whoever holds the role now says how it stands.
        let _said = centre.store().say(centre.id(), ROLE, fence, &word, now).await?;
        Ok(())
    }
}

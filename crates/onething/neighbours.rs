//! The centres that a process can reach: those it serves, those on the same store, and those whose store was named.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use onething_store::{CentreId, Store};
use onething_worker::{Centre, Neighbours, Offer, SharedClock};

use crate::exit::{Failure, USAGE};
use crate::place::Place;

/// How often a centre far away is asked what it handles and what time it is.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Finds the centres.
pub(crate) struct Known {
    /// The store of those that were not named with another.
    store: Arc<dyn Store>,
    places: BTreeMap<CentreId, Place>,
    /// Those this process serves itself.
    own: BTreeMap<CentreId, Arc<Centre>>,
    found: Mutex<BTreeMap<CentreId, Found>>,
}

#[derive(Clone)]
struct Found {
    centre: Arc<Centre>,
    offer: Offer,
    clock: Arc<SharedClock>,
    asked: Instant,
}

impl Known {
    /// Finds the centres of a process that serves `own`. `peers` are names with the place of their store: `NAME=URL`.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        own: impl IntoIterator<Item = Arc<Centre>>,
        peers: &[String],
        like: &Place,
    ) -> Result<Self, Failure> {
        let mut places = BTreeMap::new();
        for peer in peers {
            let Some((name, place)) =
                peer.split_once('=').filter(|(name, place)| !name.is_empty() && !place.is_empty())
            else {
                return Err(Failure::new(
                    USAGE,
                    format!("--peer {peer}：应为 中心=存储地址，如 fuzhou=redis://10.0.0.2:6379"),
                    format!("--peer {peer}: expected CENTRE=STORE, such as fuzhou=redis://10.0.0.2:6379"),
                ));
            };
            places.insert(name.into(), like.elsewhere(place));
        }
        let own = own.into_iter().map(|centre| (centre.id().clone(), centre)).collect();
        Ok(Self { store, places, own, found: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CentreId, Found>> {
        // Each critical section leaves it whole.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, id: &CentreId, found: Option<&Found>) -> Result<Found, String> {
        let (store, clock) = match (found, self.places.get(id)) {
            (Some(found), _) => (found.centre.store().clone(), found.clock.clone()),
            (None, place) => {
                let store = match place {
                    Some(place) => place.open_with(None).await.map_err(|failure| failure.sentence())?,
                    None => self.store.clone(),
                };
                (store, Arc::new(SharedClock::new(1.0)))
            }
        };
        let words = |error: onething_worker::Refusal| error.to_string();
        let Some(offer) = Offer::of(&*store, id).await.map_err(words)? else {
            return Err(format!(
                "中心 {id} 还没有进程在办公，或名称有误 / no process has been at work at the centre {id} yet, or the name is wrong"
            ));
        };
        clock.set(&*store, id).await.map_err(|error| error.to_string())?;
        let centre = match found.filter(|found| found.offer.calendar == offer.calendar) {
            Some(found) => found.centre.clone(),
            None => {
                let calendar = offer.calendar().ok_or_else(|| {
                    format!("中心 {id} 的日历读不懂 / the calendar of the centre {id} cannot be read")
                })?;
                Arc::new(Centre::new(id.clone(), store, Arc::new(calendar), clock.clone()))
            }
        };
        Ok(Found { centre, offer, clock, asked: Instant::now() })
    }
}

#[async_trait]
impl Neighbours for Known {
    async fn find(&self, id: &CentreId) -> Result<Arc<Centre>, String> {
        if let Some(own) = self.own.get(id) {
            return Ok(own.clone());
        }
        let known = self.lock().get(id).cloned();
        if let Some(known) = known.as_ref().filter(|known| known.asked.elapsed() < ASK_EVERY) {
            return Ok(known.centre.clone());
        }
        // Not under the lock: one that does not answer would hold up all others.
        let found = self.open(id, known.as_ref()).await?;
        let centre = found.centre.clone();
        self.lock().insert(id.clone(), found);
        Ok(centre)
    }
}

//! Somebody who takes whatever is next in a set of queues, one step after the other: a program for automatic steps, a
//! seat of a hall that no single process runs. The next step is claimed in the same breath in which one is recorded.

use std::sync::Arc;
use std::time::Duration;

use onething_store::Queue;
use tokio_util::sync::CancellationToken;

use crate::bell::Bell;
use crate::centre::Centre;
use crate::handler::Handler;
use crate::window::Worker;

/// What the clocks of two processes may differ by although both were set by the server, in milliseconds: what another
/// queued as ready this moment is ready, and need not wait until somebody looks again.
const CLOCKS_APART_MS: i64 = 3;
/// How long one who was barred from a step stays away when there is nothing else: several times as long as the step rests,
/// so that of a few who are barred each has stepped aside before the first is back, and whoever may do it is left.
const BARRED_PAUSE: Duration = Duration::from_millis(1500);
/// How long one rests after the store failed.
const PAUSE: Duration = Duration::from_millis(200);

/// Who claims, from where, and what is done with it.
pub(crate) struct Claimer {
    pub(crate) centre: Arc<Centre>,
    /// Its name, which is also who did the work.
    pub(crate) name: Arc<str>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) lease_ms: u64,
    /// After so many milliseconds of waiting a step counts as one class better; 0 for never.
    pub(crate) ageing_ms: u64,
    pub(crate) bell: Bell,
    pub(crate) drain: CancellationToken,
}

impl Claimer {
    /// The same one once more, until told to drain by another token.
    pub(crate) fn again(&self, drain: CancellationToken) -> Self {
        Self {
            centre: self.centre.clone(),
            name: self.name.clone(),
            handler: self.handler.clone(),
            queues: self.queues.clone(),
            lease_ms: self.lease_ms,
            ageing_ms: self.ageing_ms,
            bell: self.bell.again(),
            drain,
        }
    }

    /// Works until told to drain, then finishes what is in hand.
    pub(crate) async fn run(self) {
        let Self { centre, name, handler, queues, lease_ms, ageing_ms, mut bell, drain } = self;
        let worker = Worker { centre: &centre, handler: &*handler, name: &name, lease_ms, ageing_ms };
        let (mut next, mut barred) = (None, false);
        loop {
            let claimed = match next.take() {
                Some(claimed) => Some(claimed),
                None if drain.is_cancelled() => return,
                None => {
                    let now = centre.clock().machine_now() + CLOCKS_APART_MS;
                    match centre.store().claim(centre.id(), &worker.claim_of(queues.clone()), now).await {
                        Ok(Some(claimed)) => {
                            bell.pass_on();
                            Some(claimed)
                        }
                        Ok(None) => None,
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
                    let came = worker.next(claimed, claim).await;
                    barred = came.is_err();
                    next = came.unwrap_or_default();
                }
                // Whoever may do it shall find it first: two that look in step would go on for ever.
                None if std::mem::take(&mut barred) => tokio::select! {
                    () = drain.cancelled() => return,
                    () = tokio::time::sleep(BARRED_PAUSE) => {}
                },
                None => tokio::select! {
                    () = drain.cancelled() => return,
                    () = bell.rings() => {}
                },
            }
        }
    }
}

//! Automatic steps: a few workers that claim from the service queues and call the named handlers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use onething_store::Queue;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::centre::Centre;
use crate::handler::{Handler, Verdict, Work};
use crate::happened::Happened;
use crate::window::Worker;

/// How long a worker waits for the bell before it looks by itself: a retry becomes ready without a bell.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Programs by name. A step that names one nobody registered fails, so that its retries end in an incident.
#[derive(Clone, Default)]
pub struct Programs {
    by_name: BTreeMap<String, Arc<dyn Handler>>,
}

impl Programs {
    /// Registers a program under the name that definitions use.
    #[must_use]
    pub fn with(mut self, name: &str, program: Arc<dyn Handler>) -> Self {
        self.by_name.insert(name.to_owned(), program);
        self
    }
}

#[async_trait]
impl Handler for Programs {
    async fn handle(&self, work: &Work) -> Verdict {
        let onething_engine::definition::Node::Service { handler, .. } = &work.step().node else {
            return Verdict::Decline;
        };
        match self.by_name.get(handler) {
            Some(program) => program.handle(work).await,
            None => Verdict::Fail(format!("没有名为 {handler} 的程序 / no program is called {handler}").into()),
        }
    }
}

/// Runs one worker until it is told to drain.
pub(crate) async fn run(
    centre: Arc<Centre>,
    name: Arc<str>,
    programs: Programs,
    queues: Vec<Queue>,
    lease_ms: u64,
    mut bell: broadcast::Receiver<Arc<Happened>>,
    drain: CancellationToken,
) {
    let worker = Worker { centre: &centre, handler: &programs, name: &name, lease_ms };
    let mut next = None;
    loop {
        if drain.is_cancelled() && next.is_none() {
            return;
        }
        let claimed = match next.take() {
            Some(claimed) => Some(claimed),
            None => {
                let now = centre.clock().machine_now();
                match centre.store().claim(centre.id(), &worker.claim_of(queues.clone()), now).await {
                    Ok(claimed) => claimed,
                    Err(error) => {
                        centre.report(format!("{name}：{error}"));
                        None
                    }
                }
            }
        };
        match claimed {
            Some(claimed) => {
                let claim = (!drain.is_cancelled()).then(|| worker.claim_of(queues.clone()));
                next = worker.work(claimed, claim).await;
            }
            None => tokio::select! {
                () = drain.cancelled() => return,
                _ = bell.recv() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            },
        }
    }
}

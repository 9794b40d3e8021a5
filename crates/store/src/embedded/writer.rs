//! The one thread that writes. It takes every request that waits, runs them one after another in one transaction,
//! and answers when the transaction is on disk: the cost of a flush is shared by all who wait for it (group commit).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use redb::Database;
use tokio::sync::{mpsc, oneshot};

use super::open::Shared;
use super::step::{Mirror, Step};
use super::tables::{Tables, failed};
use crate::chain::ChainHash;
use crate::error::StoreError;

/// Requests of one transaction. Past some hundred the flush is a small part of the cost, and a longer batch only
/// makes its first request wait longer.
const BATCH_MAX: usize = 256;

/// Requests that wait for the writer: about a tenth of a second's work. Past it the caller is told at once.
pub(super) const WAITING_MAX: usize = 4096;

/// How long the writer waits for more before it starts a transaction, when it has just answered many. Those it answered
/// come back at once with their next commit: without the wait they and the others take turns, each with half a batch
/// and a flush of its own (64 in flight: a quarter fewer transitions a second, and each takes longer).
const LINGER: Duration = Duration::from_micros(100);

/// Requests answered by the last transaction from which on waiting pays: it is nothing to a lone caller.
const LINGER_FROM: usize = 8;

/// One request on its way through the writer.
pub(super) trait Job: Send {
    /// Runs it and keeps the answer.
    ///
    /// # Errors
    /// What failed in the file; a refusal is an answer.
    fn run(&mut self, step: &mut Step<'_, '_>) -> Result<(), StoreError>;

    /// Gives the answer; `failure` if the transaction did not come to its end.
    fn answer(self: Box<Self>, failure: Option<&StoreError>);
}

struct Request<W, T> {
    work: Option<W>,
    answer: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Request<W, T>
where
    W: FnOnce(&mut Step<'_, '_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, step: &mut Step<'_, '_>) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        match work(step) {
            Err(error @ (StoreError::Storage { .. } | StoreError::Corrupt { .. })) => Err(error),
            answer => {
                self.answer = Some(answer);
                Ok(())
            }
        }
    }

    fn answer(self: Box<Self>, failure: Option<&StoreError>) {
        let answer = match failure {
            Some(failure) => Err(shared(failure)),
            None => self.answer.unwrap_or(Err(StoreError::Stopped)),
        };
        // The caller may have gone away; what was written stays written.
        let _ = self.reply.send(answer);
    }
}

/// The failure of a transaction, for each of those who were in it.
fn shared(failure: &StoreError) -> StoreError {
    match failure {
        StoreError::Storage { what, source } => StoreError::Storage { what: what.clone(), source: source.clone() },
        StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
        other => StoreError::Storage { what: other.to_string(), source: None },
    }
}

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Requests(pub(super) mpsc::Sender<Box<dyn Job>>);

impl Requests {
    /// Has `work` run by the writer and waits until it is on disk.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Step<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Request { work: Some(work), answer: None, reply });
        self.0.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy { max: WAITING_MAX as u64 },
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped,
        })?;
        answer.await.unwrap_or(Err(StoreError::Stopped))
    }
}

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) chain: ChainHash,
    /// `None` after a failure: what is in memory may not be what is in the file.
    pub(super) mirror: Option<Mirror>,
    pub(super) requests: mpsc::Receiver<Box<dyn Job>>,
}

impl Writer {
    /// Runs until every sender is gone and every request is answered.
    pub(super) fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        let mut answered = 0;
        while self.requests.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            if answered >= LINGER_FROM && batch.len() < BATCH_MAX / 2 {
                std::thread::sleep(LINGER);
                while batch.len() < BATCH_MAX
                    && let Ok(job) = self.requests.try_recv()
                {
                    batch.push(job);
                }
            }
            answered = batch.len();
            let failure = self.transact(&mut batch).err();
            if failure.is_some() {
                self.mirror = None;
            }
            self.shared.count(batch.len() as u64);
            for job in batch.drain(..) {
                job.answer(failure.as_ref());
            }
        }
    }

    fn transact(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let mirror = match &mut self.mirror {
            Some(mirror) => mirror,
            // redb refuses everything after a failed write until its file is opened again.
            none => none.insert(self.shared.reopen()?),
        };
        let database = self.shared.database()?;
        // redb panics on damage it does not expect; whatever happened, the transaction is gone with the unwinding.
        let run = AssertUnwindSafe(|| transact(&database, self.chain, mirror, batch));
        catch_unwind(run).unwrap_or_else(|_| {
            Err(StoreError::Storage {
                what: "写入时发生内部错误 / internal error while writing".into(), source: None
            })
        })
    }
}

fn transact(
    database: &Database,
    chain: ChainHash,
    mirror: &mut Mirror,
    batch: &mut [Box<dyn Job>],
) -> Result<(), StoreError> {
    let mut transaction = database.begin_write().map_err(failed)?;
    // A reopened file is ready in half a millisecond instead of after a walk through all of it.
    transaction.set_quick_repair(true);
    let mut step = Step { tables: Tables::open(&transaction)?, mirror, chain, changed: false };
    for job in batch {
        job.run(&mut step)?;
    }
    if !step.changed {
        drop(step);
        return transaction.abort().map_err(failed);
    }
    step.flush()?;
    drop(step);
    transaction.commit().map_err(failed)
}

//! One window or desk seat: claims what it is assigned, works on it under a lease, records what came of it.

use std::sync::Arc;
use std::time::Duration;

use onething_engine::barred;
use onething_engine::calendar::Millis;
use onething_engine::command::{Action, Command};
use onething_policy::{Signal, TaskRef, WindowId};
use onething_store::{Claim, Claimed, Lease, RenewOutcome, TaskId, WorkerId};
use tokio::sync::mpsc;

use crate::centre::{Centre, Refusal, With};
use crate::handler::{Handler, Verdict, Work};
use crate::reception::{Call, Standing};

/// Renewals that fit into one lease: two may fail before it is lost.
const RENEWALS_PER_LEASE: u64 = 3;
/// How long a step rests after its worker could not complete it, in milliseconds of machine time: long enough not to
/// spin, short enough that nobody waits for it.
const REST_MS: i64 = 2_000;
/// How long a step rests after an officer took it who may not do it, in milliseconds of machine time: somebody else comes
/// first then, although whoever took it asks again at once.
const BARRED_REST_MS: i64 = 300;

/// A seat with somebody in it.
pub(crate) struct Seat {
    pub(crate) window: WindowId,
    pub(crate) centre: Arc<Centre>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) lease_ms: u64,
    /// How long whoever hands in waits there for programs, in milliseconds of legal time.
    pub(crate) hold_ms: i64,
    pub(crate) standing: Arc<Standing>,
    pub(crate) finished: mpsc::Sender<Signal>,
}

/// What the hall gives a window.
pub(crate) enum Given {
    /// A step to claim.
    Task(TaskRef),
    /// Somebody to call.
    Person(Call),
}

/// Works on what it is given until nothing more can come.
pub(crate) async fn sit(seat: Seat, mut inbox: mpsc::Receiver<Given>) {
    let name: Arc<str> = seat.window.to_string().into();
    let worker =
        Worker { centre: &seat.centre, handler: &*seat.handler, name: &name, lease_ms: seat.lease_ms, ageing_ms: 0 };
    while let Some(given) = inbox.recv().await {
        let signals = match given {
            Given::Person(call) => seat.receive(&worker, call).await,
            Given::Task(task) => {
                let again = match task_id(&task) {
                    Some(id) => worker.take(id, &task).await,
                    None => None,
                };
                let work = onething_policy::Work::Task(task);
                let through = Signal::ServiceFinished { window: seat.window.clone(), work };
                [Some(through), again].into_iter().flatten().collect()
            }
        };
        for signal in signals {
            if seat.finished.send(signal).await.is_err() {
                return;
            }
        }
    }
}

fn task_id(task: &TaskRef) -> Option<TaskId> {
    let (case, number) = task.text()?.rsplit_once('#')?;
    Some(TaskId::new(case, number.parse().ok()?))
}

/// The officer may not do the step that came, and has given it back.
pub(crate) struct Barred;

/// Somebody who claims steps and does them.
pub(crate) struct Worker<'a> {
    pub(crate) centre: &'a Arc<Centre>,
    pub(crate) handler: &'a dyn Handler,
    pub(crate) name: &'a Arc<str>,
    pub(crate) lease_ms: u64,
    /// After so many milliseconds of waiting a step counts as one class better; 0 for never.
    pub(crate) ageing_ms: u64,
}

impl Worker<'_> {
    /// Claims an assigned step and does it. A step that this officer may not do goes back into the hall, with the names
    /// of those who may not.
    pub(crate) async fn take(&self, id: TaskId, task: &TaskRef) -> Option<Signal> {
        let claim = Claim { only: Some(id), ..self.claim_of(Vec::new()) };
        let now = self.centre.clock().machine_now();
        match self.centre.store().claim(self.centre.id(), &claim, now).await {
            Ok(Some(claimed)) => match self.barred(&claimed).await {
                Some((opened_at, barred)) => {
                    self.give_back(&claimed.lease, 0).await;
                    Some(Signal::TaskQueued {
                        task: task.clone(),
                        queue: claimed.queue.as_str().into(),
                        class: crate::hall::class(claimed.class),
                        ready_at_ms: opened_at,
                        barred,
                    })
                }
                None => {
                    self.work(claimed, None).await;
                    None
                }
            },
            // Somebody else has it, or it was taken back.
            Ok(None) => None,
            Err(error) => {
                self.centre.report(format!("{}：{error}", self.name));
                None
            }
        }
    }

    /// Those who may not do the step, if this officer is one of them, and when it was opened.
    async fn barred(&self, claimed: &Claimed) -> Option<(Millis, Vec<WindowId>)> {
        let case = self.centre.case_of(claimed).await.ok()??;
        let open = case.task(claimed.lease.task.number)?;
        let workflow = self.centre.workflow(&case.application.definition).await.ok()?;
        let others: Vec<WindowId> = barred(&workflow, &case, open).map(|(who, _)| who.clone().into()).collect();
        let itself = others.iter().any(|who| who.text() == Some(&**self.name));
        itself.then_some((open.opened_at, others))
    }

    /// Does a step claimed from a queue, if this officer may, and claims another one in the same commit.
    pub(crate) async fn next(&self, claimed: Claimed, next: Option<Claim>) -> Result<Option<Claimed>, Barred> {
        if self.barred(&claimed).await.is_some() {
            self.give_back(&claimed.lease, BARRED_REST_MS).await;
            return Err(Barred);
        }
        Ok(self.work(claimed, next).await)
    }

    async fn give_back(&self, lease: &Lease, rest_ms: i64) {
        let now = self.centre.clock().machine_now();
        if let Err(error) = self.centre.store().release(self.centre.id(), lease, now + rest_ms, now).await {
            self.centre.report(format!("{} {}：{error}", self.name, lease.task));
        }
    }

    pub(crate) fn claim_of(&self, queues: Vec<onething_store::Queue>) -> Claim {
        let worker = WorkerId::from(&**self.name);
        Claim { worker, queues, only: None, lease_ms: self.lease_ms, ageing_ms: self.ageing_ms }
    }

    /// Does a claimed step and records it; with `next`, claims another one in the same commit.
    pub(crate) async fn work(&self, claimed: Claimed, next: Option<Claim>) -> Option<Claimed> {
        let lease = claimed.lease.clone();
        match self.try_work(&claimed, next).await {
            Ok(next) => next,
            Err(Refusal::LostLease(_)) => None,
            Err(error) => {
                self.centre.report(format!("{} {}：{error}", self.name, lease.task));
                self.give_back(&lease, REST_MS).await;
                None
            }
        }
    }

    async fn try_work(&self, claimed: &Claimed, next: Option<Claim>) -> Result<Option<Claimed>, Refusal> {
        let TaskId { case: number, number: task } = &claimed.lease.task;
        let Some(case) = self.centre.case_of(claimed).await?.map(Arc::new) else { return Ok(None) };
        let Some(open) = case.task(*task).cloned() else { return Ok(None) };
        let workflow = self.centre.workflow(&case.application.definition).await?;
        let began = Some(self.centre.clock().now());
        let work = Work { case: case.clone(), workflow, task: open, worker: self.name.clone() };
        let verdict = self.under_lease(&claimed.lease, self.handler.handle(&work)).await?;
        let action = match verdict {
            Verdict::Complete { outcome, reason, lacking } => {
                Action::Complete { task: *task, outcome, reason, lacking, began }
            }
            Verdict::Fail(error) => Action::Fail { task: *task, error },
            Verdict::Retry => Action::Retry { task: *task },
            Verdict::Resolve(reason) => Action::Resolve { task: *task, reason },
            Verdict::Decline => {
                self.give_back(&claimed.lease, REST_MS).await;
                return Ok(None);
            }
        };
        // The fence makes the id unique to this attempt, so asking again after a lost answer settles it.
        let id = format!("{}/{}", claimed.lease.task, claimed.lease.fence.0);
        let command = Command { id: id.into(), by: self.name.clone(), action };
        let with = With { settle: Some(claimed.lease.clone()), claim: next, workflow: None, known: Some(case) };
        Ok(self.centre.act(number, &command, with).await?.claimed)
    }

    /// Waits for an answer and keeps the lease alive meanwhile.
    async fn under_lease(&self, lease: &Lease, answer: impl Future<Output = Verdict>) -> Result<Verdict, Refusal> {
        let mut renew = tokio::time::interval(Duration::from_millis((self.lease_ms / RENEWALS_PER_LEASE).max(1)));
        renew.reset();
        tokio::pin!(answer);
        loop {
            tokio::select! {
                verdict = &mut answer => return Ok(verdict),
                _ = renew.tick() => {
                    let now = self.centre.clock().machine_now();
                    match self.centre.store().renew(self.centre.id(), lease, self.lease_ms, now).await {
                        Ok(RenewOutcome::Renewed { .. }) => {}
                        Ok(RenewOutcome::Lost(why)) => return Err(Refusal::LostLease(why)),
                        // The lease may outlive the trouble; if not, the completion is refused.
                        Err(error) => self.centre.report(format!("{}：{error}", self.name)),
                    }
                }
            }
        }
    }
}

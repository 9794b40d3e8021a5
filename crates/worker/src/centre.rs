//! One centre: its store, its definitions, its calendar, its clock. Every change of a case goes through
//! [`Centre::act`]: load, decide, commit.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::case::Case;
use onething_engine::command::{Action, Command};
use onething_engine::{Decision, InputFile, Rejection, Workflow, check, decide};
use onething_store::{
    CaseId, CentreId, Claim, Claimed, CommandId, Commit, CommitOutcome, Index, Lease, LostLease, OutboxMessage,
    QueuedTask, Store, StoreError, TaskId, TimerId,
};
use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::happened::Happened;
use crate::record::{Answer, Definition, Recorded};
use crate::transfer;

/// Most times a command is decided again because another one came first. Each time somebody else got on, so more than a
/// few means that one case is asked far too much at once.
pub const CONFLICTS_MAX: u32 = 32;

/// What listeners may be behind before they miss something.
const BELLS_MAX: usize = 4096;
/// Notes kept for whoever watches.
const REPORTS_MAX: usize = 1000;

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The engine refused it.
    #[error("{}", .0.message.zh)]
    Rejected(Box<Rejection>),
    /// The lease under which the step was done no longer holds.
    #[error("租约已失效（{0:?}），结果没有记录 / the lease no longer holds ({0:?}): nothing was recorded")]
    LostLease(LostLease),
    /// The timer is gone: somebody else fired it.
    #[error("定时已被处理 / the timer was handled already")]
    TimerGone,
    /// Too many others changed the case at the same time.
    #[error("同时办理这个办件的请求太多，请稍后再试 / too many changes of this case at once: try again")]
    Contended,
    /// A centre does not handle what it is asked for.
    #[error("中心 {centre} 不办理 {package} / the centre {centre} does not handle {package}")]
    NotOffered {
        /// The centre.
        centre: CentreId,
        /// The package or matter.
        package: Arc<str>,
    },
    /// The definition the case is pinned to is not in the store.
    #[error("存储中没有办件绑定的定义 {0} / the store does not hold the definition {0} of the case")]
    NoDefinition(Arc<str>),
    /// What the store holds cannot be read.
    #[error("存储中的记录读不懂：{0} / a record in the store cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A command that took effect.
#[derive(Debug)]
pub struct Done {
    /// The answer; for a repeated command the first one.
    pub answer: Answer,
    /// What happened just now; nothing for a repeated command.
    pub happened: Option<Arc<Happened>>,
    /// The step claimed in the same breath.
    pub claimed: Option<Claimed>,
}

/// What comes with a command.
#[derive(Clone, Debug, Default)]
pub struct With {
    /// The lease under which its step was done.
    pub settle: Option<Lease>,
    /// The step to claim next, in the same commit.
    pub claim: Option<Claim>,
    /// The definition, for an application.
    pub workflow: Option<Arc<Workflow>>,
    /// The case as it was a moment ago, to decide on without loading it. It is loaded where it has changed meanwhile.
    pub known: Option<Arc<Case>>,
}

/// One service hall with everything that runs its cases.
pub struct Centre {
    id: CentreId,
    store: Arc<dyn Store>,
    calendar: Arc<Calendar>,
    clock: Arc<dyn Clock>,
    workflows: RwLock<BTreeMap<Arc<str>, Arc<Workflow>>>,
    bell: broadcast::Sender<Arc<Happened>>,
    reports: Mutex<VecDeque<String>>,
    transitions: AtomicU64,
}

impl Centre {
    /// A centre.
    pub fn new(id: CentreId, store: Arc<dyn Store>, calendar: Arc<Calendar>, clock: Arc<dyn Clock>) -> Self {
        let (bell, _) = broadcast::channel(BELLS_MAX);
        Self {
            id,
            store,
            calendar,
            clock,
            workflows: RwLock::default(),
            bell,
            reports: Mutex::default(),
            transitions: AtomicU64::new(0),
        }
    }

    /// Hears of everything that happens to cases through this process. Who listens too slowly misses some.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Happened>> {
        self.bell.subscribe()
    }

    /// Commits that this process made through this centre.
    #[must_use]
    pub fn transitions(&self) -> u64 {
        self.transitions.load(Ordering::Relaxed)
    }

    /// Notes something that whoever watches should read.
    pub fn report(&self, line: String) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.len() == REPORTS_MAX {
            reports.pop_front();
        }
        reports.push_back(line);
    }

    /// Takes the notes made so far; the oldest are dropped past a bound.
    #[must_use]
    pub fn take_reports(&self) -> Vec<String> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }

    /// Its name.
    pub fn id(&self) -> &CentreId {
        &self.id
    }

    /// Its store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Its working days.
    pub fn calendar(&self) -> &Arc<Calendar> {
        &self.calendar
    }

    /// Its clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Keeps a definition, so that cases may be handed in for it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn publish(&self, workflow: Arc<Workflow>) -> Result<(), Refusal> {
        let definition = Definition { id: workflow.id().clone(), sources: workflow.sources().to_vec() };
        match self.store.put_blob(&definition_key(workflow.hash()), &serde_json::to_vec(&definition)?).await {
            // Another machine keeps its files elsewhere, and names them otherwise. What is kept must have the same hash.
            Err(StoreError::BlobTaken { .. }) => drop(self.workflow(workflow.hash()).await?),
            kept => kept?,
        }
        self.remember(workflow);
        Ok(())
    }

    fn remember(&self, workflow: Arc<Workflow>) {
        let mut known = self.workflows.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(workflow.hash().clone(), workflow);
    }

    /// The definition with a hash: from memory, else from the store, checked again.
    ///
    /// # Errors
    /// The store failed or does not hold it.
    pub async fn workflow(&self, hash: &Arc<str>) -> Result<Arc<Workflow>, Refusal> {
        if let Some(known) = self.workflows.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(known.clone());
        }
        let missing = || Refusal::NoDefinition(hash.clone());
        let bytes = self.store.get_blob(&definition_key(hash)).await?.ok_or_else(missing)?;
        let definition: Definition = serde_json::from_slice(&bytes)?;
        let files: Vec<InputFile> = definition
            .sources
            .into_iter()
            .map(|source| InputFile { name: source.name, bytes: source.text.into_bytes() })
            .collect();
        let mut checked = check(&files);
        let workflow = checked.workflows.remove(&*definition.id).filter(|workflow| workflow.hash() == hash);
        let workflow = Arc::new(workflow.ok_or_else(missing)?);
        self.remember(workflow.clone());
        Ok(workflow)
    }

    /// A case as it stands.
    ///
    /// # Errors
    /// The store failed.
    pub async fn case(&self, number: &CaseId) -> Result<Option<Case>, Refusal> {
        match self.store.load(&self.id, number).await? {
            Some(loaded) => Ok(Some(serde_json::from_slice(&loaded.state)?)),
            None => Ok(None),
        }
    }

    /// The case of a claimed step: as it came with the claim, else as it stands.
    ///
    /// # Errors
    /// The store failed.
    pub async fn case_of(&self, claimed: &Claimed) -> Result<Option<Case>, Refusal> {
        match &claimed.case {
            Some(loaded) => Ok(Some(serde_json::from_slice(&loaded.state)?)),
            None => self.case(&claimed.lease.task.case).await,
        }
    }

    /// Does what a command asks, once: load, decide, commit. A command whose id is known gets the first answer again.
    ///
    /// # Errors
    /// The command was refused, or the store failed. Nothing has changed.
    pub async fn act(&self, number: &CaseId, command: &Command, with: With) -> Result<Done, Refusal> {
        let id = CommandId::from(&*command.id);
        let mut known = with.known.clone();
        for _ in 0..CONFLICTS_MAX {
            let fresh = known.is_none();
            let case = match known.take() {
                Some(case) => case,
                None => Arc::new(self.case(number).await?.unwrap_or_default()),
            };
            let workflow = match (&with.workflow, case.version) {
                (Some(workflow), 0) => Some(workflow.clone()),
                (None, 0) => None,
                _ => Some(self.workflow(&case.application.definition).await?),
            };
            let now = self.clock.now();
            let decided = match &workflow {
                Some(workflow) => decide(workflow, &self.calendar, &case, command, now),
                None => Err(no_such_case(number)),
            };
            let decision = match decided {
                Ok(decision) => decision,
                Err(rejection) => {
                    // It may be the repetition of a command that took effect.
                    if let Some(reply) = self.store.reply_of(&self.id, &id).await? {
                        return repeated(&reply.reply);
                    }
                    // The case may have changed since it was known; or it was shown by a server that another had replaced
                    // by then, with events that went with it. A refusal stands when the case is the same once more.
                    if fresh && self.case(number).await?.unwrap_or_default() == *case {
                        return Err(Refusal::Rejected(Box::new(rejection)));
                    }
                    continue;
                }
            };
            let answer = Answer {
                case: number.as_str().into(),
                version: decision.case.version,
                status: decision.case.status.word().into(),
            };
            let commit = self.commit(number, command, case.version, &decision, &answer, now, &with)?;
            match self.store.commit(commit).await? {
                CommitOutcome::Committed { claimed, .. } => {
                    self.transitions.fetch_add(1, Ordering::Relaxed);
                    let happened = Arc::new(Happened {
                        case: number.as_str().into(),
                        command: command.id.clone(),
                        class: decision.case.application.class,
                        status: decision.case.status,
                        events: decision.events,
                        effects: decision.effects,
                    });
                    // Nobody may be listening.
                    let _heard = self.bell.send(happened.clone());
                    return Ok(Done { answer, happened: Some(happened), claimed });
                }
                CommitOutcome::Duplicate(reply) => return repeated(&reply.reply),
                CommitOutcome::Conflict { .. } => {}
                CommitOutcome::LostLease(why) => return Err(Refusal::LostLease(why)),
                CommitOutcome::TimerGone => return Err(Refusal::TimerGone),
            }
        }
        Err(Refusal::Contended)
    }

    #[allow(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    fn commit(
        &self,
        number: &CaseId,
        command: &Command,
        version: u64,
        decision: &Decision,
        answer: &Answer,
        now: Millis,
        with: &With,
    ) -> Result<Commit, Refusal> {
        let machine_now = self.clock.machine_now();
        let task = |number_in_case: u32| TaskId::new(number.clone(), number_in_case);
        let timer = |number_in_case: u32| TimerId::new(number.clone(), number_in_case);
        let mut commit =
            Commit::new(self.id.clone(), CommandId::from(&*command.id), number.clone(), version, machine_now);
        for event in &decision.events {
            let recorded = Recorded { at: now, by: command.by.clone(), event: event.clone() };
            commit.events.push(serde_json::to_vec(&recorded)?);
        }
        commit.state = serde_json::to_vec(&decision.case)?;
        commit.index = Index {
            state: decision.case.status.word().to_owned(),
            package: decision.case.application.workflow.to_string(),
            applicant: decision.case.application.applicant.to_string(),
        };
        for queued in &decision.effects.enqueue {
            // Only a retry waits; the wait is machine time, because machines wait.
            let delay = self.clock.wall(queued.ready_at - now).as_millis();
            commit.enqueue.push(QueuedTask {
                task: task(queued.task),
                queue: (&*queued.queue).into(),
                class: decision.case.application.class,
                ready_at_ms: machine_now + Millis::try_from(delay).unwrap_or(0),
                payload: Vec::new(),
            });
        }
        commit.withdraw = decision.effects.withdraw.iter().map(|id| task(*id)).collect();
        commit.timers_set = decision.effects.set.iter().map(|(id, due)| (timer(*id), *due)).collect();
        commit.timers_cancel = decision.effects.forget.iter().map(|id| timer(*id)).collect();
        if let Action::Fire { timer: fired } = command.action {
            commit.requires_timer = Some(timer(fired));
        }
        for notice in &decision.effects.notices {
            commit.outbox.push(OutboxMessage { topic: "notice".to_owned(), payload: serde_json::to_vec(notice)? });
        }
        commit.outbox.extend(transfer::messages(&self.id, &command.id, &decision.case, &decision.effects)?);
        commit.settle.clone_from(&with.settle);
        commit.claim.clone_from(&with.claim);
        commit.reply = serde_json::to_vec(answer)?;
        Ok(commit)
    }
}

fn repeated(reply: &[u8]) -> Result<Done, Refusal> {
    let answer = serde_json::from_slice(reply)?;
    Ok(Done { answer, happened: None, claimed: None })
}

fn no_such_case(number: &CaseId) -> Rejection {
    Rejection {
        code: "R-CASE-001".to_owned(),
        message: onething_engine::Title::new(format!("没有办件 {number}"), format!("there is no case {number}")),
        problems: Vec::new(),
    }
}

/// The name under which a store keeps the definition with a hash.
#[must_use]
pub fn definition_key(hash: &str) -> String {
    format!("definition/{hash}")
}

#[cfg(test)]
mod tests;

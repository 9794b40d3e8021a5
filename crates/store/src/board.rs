//! The tasks and timers of one centre in memory: who may take what, who holds what, what is due. Both stores judge
//! with it; the embedded one rebuilds it from its file when it opens.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::arrivals::Arrivals;
use crate::bounds::{ARRIVAL_QUEUES_MAX, QUEUE_DEPTH_MAX};
use crate::commit::{Claim, Claimed, Commit, CommitOutcome, Lease, LostLease};
use crate::error::StoreError;
use crate::ids::{Fence, Queue, TaskId, TimerId, WorkerId};
use crate::store::{
    DueTimer, Page, QueueDepth, ReleaseOutcome, RenewOutcome, StandingPlace, StandingTask, WaitingTask,
};

/// Fences and numbers of messages that fit into a millisecond.
const PER_MS: u64 = 1024;
/// The latest time they follow, in the year 2109: beyond it they would no longer be exact in floating point, in which
/// scripts count.
const TIME_MAX_MS: i64 = 1 << 42;

/// The numbers a store hands out; none is ever given twice.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counters {
    /// The last number of a queued task: its place in line, and its name within the store.
    pub(crate) task: u64,
    /// The last fence.
    pub(crate) fence: u64,
    /// The last message.
    pub(crate) outbox: u64,
    /// The last log entry (embedded store).
    pub(crate) log: u64,
}

pub(crate) fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}

/// The next number, of those that outlive the machine that gave them: it follows the time as well. A replica that took
/// over may never have heard of the last numbers its master gave; but time has passed since then.
pub(crate) fn next_in_time(counter: &mut u64, now_ms: i64) -> u64 {
    *counter = (*counter + 1).max(now_ms.clamp(0, TIME_MAX_MS).cast_unsigned() * PER_MS);
    *counter
}

/// A queued task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) queue: Queue,
    pub(crate) class: u8,
    pub(crate) ready_at_ms: i64,
    pub(crate) attempts: u32,
    pub(crate) held: Option<Held>,
    pub(crate) payload: Vec<u8>,
}

/// The last claim of a task that was not given back; it may have expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Held {
    pub(crate) worker: WorkerId,
    pub(crate) fence: Fence,
    pub(crate) until_ms: i64,
}

/// Class, ready time, number: the order in which tasks are taken.
type Place = (u8, i64, u64);

#[derive(Default, Debug)]
struct Line {
    waiting: BTreeSet<Place>,
    leased: u64,
}

#[derive(Default, Debug)]
pub(crate) struct Board {
    tasks: BTreeMap<u64, Task>,
    /// Looked up, never walked: its order means nothing.
    numbers: HashMap<TaskId, u64>,
    lines: BTreeMap<Queue, Line>,
    arrivals: BTreeMap<Queue, Arrivals>,
    /// Tasks in hand by the end of their lease.
    leases: BTreeSet<(i64, u64)>,
    timers: HashMap<TimerId, i64>,
    due: BTreeSet<DueTimer>,
    /// What a store with a file has to write; `None` where nobody asks, or it would grow for ever.
    changed: Option<Changed>,
}

/// What differs from the last [`Board::take_changed`], perhaps named twice.
#[derive(Default, Debug)]
pub(crate) struct Changed {
    pub(crate) tasks: Vec<u64>,
    pub(crate) timers: Vec<TimerId>,
}

impl Board {
    /// An empty board that remembers what changes.
    pub(crate) fn recording() -> Self {
        Self { changed: Some(Changed::default()), ..Self::default() }
    }

    /// Why the commit cannot be applied, if so; changes nothing.
    pub(crate) fn judge(&self, commit: &Commit, actual_version: u64) -> Result<Option<CommitOutcome>, StoreError> {
        if let Some(lease) = &commit.settle
            && let Err(lost) = self.holds(lease, commit.now_ms)
        {
            return Ok(Some(CommitOutcome::LostLease(lost)));
        }
        if commit.requires_timer.as_ref().is_some_and(|timer| !self.timers.contains_key(timer)) {
            return Ok(Some(CommitOutcome::TimerGone));
        }
        if actual_version != commit.expect_version {
            return Ok(Some(CommitOutcome::Conflict { actual: actual_version }));
        }
        self.judge_room(commit)?;
        Ok(None)
    }

    fn judge_room(&self, commit: &Commit) -> Result<(), StoreError> {
        let leaving = || commit.settle.iter().map(|it| &it.task).chain(&commit.withdraw);
        for queued in &commit.enqueue {
            if self.numbers.contains_key(&queued.task) && !leaving().any(|task| *task == queued.task) {
                return Err(StoreError::invalid(format!("expected a new task, but {} is queued already", queued.task)));
            }
            let added = commit.enqueue.iter().filter(|it| it.queue == queued.queue).count() as u64;
            if self.depth(&queued.queue) + added <= QUEUE_DEPTH_MAX {
                continue;
            }
            let in_queue = |task: &&TaskId| self.task(task).is_some_and(|(_, it)| it.queue == queued.queue);
            let left = leaving().filter(in_queue).collect::<BTreeSet<_>>().len() as u64;
            if self.depth(&queued.queue) + added - left > QUEUE_DEPTH_MAX {
                return Err(StoreError::QueueFull { queue: queued.queue.clone(), max: QUEUE_DEPTH_MAX });
            }
        }
        Ok(())
    }

    /// Applies the tasks and timers of a commit that [`Board::judge`] let pass, and claims.
    pub(crate) fn apply(&mut self, commit: &Commit, counters: &mut Counters) -> Option<Claimed> {
        self.count_arrivals(commit);
        for task in commit.settle.iter().map(|it| &it.task).chain(&commit.withdraw) {
            if let Some(number) = self.numbers.get(task) {
                self.remove(*number);
            }
        }
        for queued in &commit.enqueue {
            let task = Task {
                id: queued.task.clone(),
                queue: queued.queue.clone(),
                class: queued.class,
                ready_at_ms: queued.ready_at_ms,
                attempts: 0,
                held: None,
                payload: queued.payload.clone(),
            };
            self.insert(next(&mut counters.task), task);
        }
        for timer in commit.requires_timer.iter().chain(&commit.timers_cancel) {
            self.set_timer(timer.clone(), None);
        }
        for (timer, due_ms) in &commit.timers_set {
            self.set_timer(timer.clone(), Some(*due_ms));
        }
        commit.claim.as_ref().and_then(|claim| self.claim(claim, commit.now_ms, counters))
    }

    /// Counts what comes new to a queue. Past the bound the queues that had nothing lately are forgotten.
    fn count_arrivals(&mut self, commit: &Commit) {
        for queued in &commit.enqueue {
            if self.numbers.contains_key(&queued.task) {
                continue;
            }
            if self.arrivals.len() >= ARRIVAL_QUEUES_MAX && !self.arrivals.contains_key(&queued.queue) {
                self.arrivals.retain(|_, arrivals| arrivals.lately(commit.now_ms) > 0);
                if self.arrivals.len() >= ARRIVAL_QUEUES_MAX {
                    continue;
                }
            }
            self.arrivals.entry(queued.queue.clone()).or_default().count(commit.now_ms);
        }
    }

    pub(crate) fn claim(&mut self, claim: &Claim, now_ms: i64, counters: &mut Counters) -> Option<Claimed> {
        self.sweep(now_ms);
        let number = match &claim.only {
            Some(id) => self.task(id).filter(|(_, it)| it.ready_at_ms <= now_ms && !self.in_hand(it))?.0,
            None => {
                let lines = claim.queues.iter().filter_map(|queue| self.lines.get(queue));
                lines.filter_map(|line| line.most_urgent(now_ms, claim.ageing_ms)).min()?.2
            }
        };
        let mut task = self.remove(number)?;
        let fence = Fence(next_in_time(&mut counters.fence, now_ms));
        let until_ms = now_ms.saturating_add_unsigned(claim.lease_ms);
        task.attempts += 1;
        task.held = Some(Held { worker: claim.worker.clone(), fence, until_ms });
        let claimed = Claimed {
            lease: Lease { task: task.id.clone(), worker: claim.worker.clone(), fence },
            until_ms,
            queue: task.queue.clone(),
            class: task.class,
            attempts: task.attempts,
            payload: task.payload.clone(),
            case: None,
        };
        self.insert_held(number, task, until_ms);
        Some(claimed)
    }

    pub(crate) fn renew(&mut self, lease: &Lease, lease_ms: u64, now_ms: i64) -> RenewOutcome {
        let number = match self.holds(lease, now_ms) {
            Ok(number) => number,
            Err(lost) => return RenewOutcome::Lost(lost),
        };
        let until_ms = now_ms.saturating_add_unsigned(lease_ms);
        if let Some(mut task) = self.remove(number) {
            task.held = Some(Held { worker: lease.worker.clone(), fence: lease.fence, until_ms });
            self.insert_held(number, task, until_ms);
        }
        RenewOutcome::Renewed { until_ms }
    }

    pub(crate) fn release(&mut self, lease: &Lease, ready_at_ms: i64, now_ms: i64) -> ReleaseOutcome {
        let number = match self.holds(lease, now_ms) {
            Ok(number) => number,
            Err(lost) => return ReleaseOutcome::Lost(lost),
        };
        if let Some(task) = self.remove(number) {
            self.insert(number, Task { held: None, ready_at_ms, ..task });
        }
        ReleaseOutcome::Released
    }

    /// The number of the task, if the lease holds.
    fn holds(&self, lease: &Lease, now_ms: i64) -> Result<u64, LostLease> {
        let (number, task) = self.task(&lease.task).ok_or(LostLease::Gone)?;
        match &task.held {
            None => Err(LostLease::Expired),
            Some(held) if held.fence != lease.fence || held.worker != lease.worker => Err(LostLease::TakenByOther),
            Some(held) if held.until_ms <= now_ms => Err(LostLease::Expired),
            Some(_) => Ok(number),
        }
    }

    /// Puts tasks whose lease has run out back in line, at their old place.
    fn sweep(&mut self, now_ms: i64) {
        while let Some((until_ms, number)) = self.leases.first().copied().filter(|(until_ms, _)| *until_ms <= now_ms) {
            self.leases.remove(&(until_ms, number));
            if let Some(task) = self.tasks.get(&number)
                && let Some(line) = self.lines.get_mut(&task.queue)
            {
                line.leased -= 1;
                line.waiting.insert((task.class, task.ready_at_ms, number));
            }
        }
    }

    /// Puts a task back as it was kept; one with a lease is in hand until the lease is swept.
    pub(crate) fn restore(&mut self, number: u64, task: Task) {
        match task.held.as_ref().map(|it| it.until_ms) {
            Some(until_ms) => self.insert_held(number, task, until_ms),
            None => self.insert(number, task),
        }
    }

    fn insert(&mut self, number: u64, task: Task) {
        let line = self.lines.entry(task.queue.clone()).or_default();
        line.waiting.insert((task.class, task.ready_at_ms, number));
        self.keep(number, task);
    }

    fn insert_held(&mut self, number: u64, task: Task, until_ms: i64) {
        self.lines.entry(task.queue.clone()).or_default().leased += 1;
        self.leases.insert((until_ms, number));
        self.keep(number, task);
    }

    fn keep(&mut self, number: u64, task: Task) {
        self.note(number);
        self.numbers.insert(task.id.clone(), number);
        self.tasks.insert(number, task);
    }

    fn remove(&mut self, number: u64) -> Option<Task> {
        let task = self.tasks.remove(&number)?;
        self.numbers.remove(&task.id);
        self.note(number);
        let in_hand = task.held.as_ref().is_some_and(|held| self.leases.remove(&(held.until_ms, number)));
        if let Some(line) = self.lines.get_mut(&task.queue) {
            if in_hand {
                line.leased -= 1;
            } else {
                line.waiting.remove(&(task.class, task.ready_at_ms, number));
            }
            if line.leased == 0 && line.waiting.is_empty() {
                self.lines.remove(&task.queue);
            }
        }
        Some(task)
    }

    pub(crate) fn set_timer(&mut self, timer: TimerId, due_ms: Option<i64>) {
        let old = match due_ms {
            Some(due_ms) => self.timers.insert(timer.clone(), due_ms),
            None => self.timers.remove(&timer),
        };
        if let Some(old) = old {
            self.due.remove(&DueTimer { due_ms: old, timer: timer.clone() });
        }
        if let Some(due_ms) = due_ms {
            self.due.insert(DueTimer { due_ms, timer: timer.clone() });
        }
        if let Some(changed) = &mut self.changed {
            changed.timers.push(timer);
        }
    }

    pub(crate) fn due_timers(&self, now_ms: i64, limit: usize) -> Vec<DueTimer> {
        self.due.iter().take_while(|it| it.due_ms <= now_ms).take(limit).cloned().collect()
    }

    pub(crate) fn queues(&mut self, after: Option<&Queue>, limit: usize, now_ms: i64) -> Vec<QueueDepth> {
        self.sweep(now_ms);
        self.arrivals.retain(|_, arrivals| arrivals.lately(now_ms) > 0);
        let names: BTreeSet<&Queue> = self.lines.keys().chain(self.arrivals.keys()).collect();
        let names = names.into_iter().filter(|queue| after.is_none_or(|after| *queue > after)).take(limit);
        let depths = names.map(|queue| {
            let line = self.lines.get(queue);
            QueueDepth {
                queue: queue.clone(),
                waiting: line.map_or(0, |line| line.waiting.len() as u64),
                leased: line.map_or(0, |line| line.leased),
                oldest_ready_at_ms: line.and_then(|line| line.firsts().map(|(_, ready, _)| ready).min()),
                arrived: self.arrivals.get(queue).map_or(0, |arrivals| arrivals.lately(now_ms)),
            }
        });
        depths.collect()
    }

    pub(crate) fn queued(&mut self, queue: &Queue, limit: usize, now_ms: i64) -> Vec<WaitingTask> {
        self.sweep(now_ms);
        let places = self.lines.get(queue).into_iter().flat_map(|line| &line.waiting);
        let tasks = places.filter_map(|(_, _, number)| self.tasks.get(number));
        let waiting = tasks.map(|task| WaitingTask {
            task: task.id.clone(),
            class: task.class,
            ready_at_ms: task.ready_at_ms,
            attempts: task.attempts,
            payload: task.payload.clone(),
        });
        waiting.take(limit).collect()
    }

    /// The tasks behind the one numbered `cursor`.
    pub(crate) fn tasks(&self, cursor: u64, limit: usize) -> Page<StandingTask> {
        let after = (Bound::Excluded(cursor), Bound::Unbounded);
        let tasks: Vec<_> = self.tasks.range(after).take(limit).collect();
        let next = tasks.last().filter(|_| tasks.len() == limit).map_or(0, |(number, _)| **number);
        let entries = tasks.into_iter().map(|(number, task)| StandingTask {
            task: task.id.clone(),
            queue: task.queue.clone(),
            class: task.class,
            ready_at_ms: task.ready_at_ms,
            attempts: task.attempts,
            payload: task.payload.clone(),
            place: match &task.held {
                Some(held) if self.leases.contains(&(held.until_ms, *number)) => {
                    StandingPlace::Held { until_ms: held.until_ms }
                }
                _ => StandingPlace::Waiting,
            },
        });
        Page { entries: entries.collect(), next }
    }

    /// The timers behind the first `cursor` ones.
    pub(crate) fn timers(&self, cursor: u64, limit: usize) -> Page<DueTimer> {
        let skipped = usize::try_from(cursor).unwrap_or(usize::MAX);
        let entries: Vec<_> = self.due.iter().skip(skipped).take(limit).cloned().collect();
        let next = if entries.len() == limit { cursor + limit as u64 } else { 0 };
        Page { entries, next }
    }

    fn task(&self, id: &TaskId) -> Option<(u64, &Task)> {
        let number = *self.numbers.get(id)?;
        Some((number, self.tasks.get(&number)?))
    }

    /// The task with this number, if it is still queued.
    pub(crate) fn numbered(&self, number: u64) -> Option<&Task> {
        self.tasks.get(&number)
    }

    /// When the timer is due, if it still stands.
    pub(crate) fn timer(&self, timer: &TimerId) -> Option<i64> {
        self.timers.get(timer).copied()
    }

    fn in_hand(&self, task: &Task) -> bool {
        let number = self.numbers.get(&task.id);
        task.held.as_ref().zip(number).is_some_and(|(held, number)| self.leases.contains(&(held.until_ms, *number)))
    }

    fn depth(&self, queue: &Queue) -> u64 {
        self.lines.get(queue).map_or(0, |line| line.leased + line.waiting.len() as u64)
    }

    /// What has changed since this was last called.
    pub(crate) fn take_changed(&mut self) -> Changed {
        self.changed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, number: u64) {
        if let Some(changed) = &mut self.changed {
            changed.tasks.push(number);
        }
    }
}

impl Line {
    /// The first of each class; a class is at most 256 steps away from the last.
    fn firsts(&self) -> impl Iterator<Item = Place> {
        let first = |class: u8| self.waiting.range((class, i64::MIN, 0)..).next().copied();
        std::iter::successors(first(0), move |(class, _, _)| class.checked_add(1).and_then(first))
    }

    /// The place of the most urgent task that is ready, with its class after ageing. Within a class the first is the
    /// oldest, so no other of it can be more urgent.
    fn most_urgent(&self, now_ms: i64, ageing_ms: u64) -> Option<Place> {
        let ready = self.firsts().filter(|(_, ready_at_ms, _)| *ready_at_ms <= now_ms);
        ready.map(|(class, ready, number)| (aged(class, ready, now_ms, ageing_ms), ready, number)).min()
    }
}

/// The class after ageing: one better for every `ageing_ms` since it was ready.
fn aged(class: u8, ready_at_ms: i64, now_ms: i64, ageing_ms: u64) -> u8 {
    let waited = now_ms.saturating_sub(ready_at_ms).max(0).cast_unsigned();
    let steps = waited.checked_div(ageing_ms).unwrap_or(0);
    class.saturating_sub(u8::try_from(steps).unwrap_or(u8::MAX))
}

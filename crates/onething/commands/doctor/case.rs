//! One case against its history, its queues and its timers.

use onething_engine::case::Case;
use onething_engine::{INCIDENT_QUEUE, apply};
use onething_store::bounds::LIST_MAX;
use onething_store::{CaseId, CentreId, Found, Index, QueuedTask, StandingPlace, Store, TaskId, TimerId, Verdict};
use onething_worker::Recorded;

use super::finding::{Change, Finding, Mend};
use super::snapshot::Work;
use crate::exit::Failure;

/// What is wrong with a case.
pub(super) async fn examine(
    store: &dyn Store,
    centre: &CentreId,
    found: &Found,
    work: &Work,
) -> Result<Vec<Finding>, Failure> {
    let number = &found.case;
    let Some(loaded) = store.load(centre, number).await? else { return Ok(Vec::new()) };
    let (state, index) = (loaded.state.clone(), loaded.index.clone());
    let mut look = Look { number, version: loaded.version, state, index, findings: Vec::new() };
    if let Some(Verdict::Broken { version, fault }) = store.verify(centre, number).await? {
        look.say(
            "D-CHAIN-001",
            format!("历史核验不通过，第 {version} 条{}：从备份恢复该办件", fault.zh()),
            format!("the history does not verify, record {version} is {}: restore the case from a copy", fault.en()),
            |_| {},
        );
        look.unmendable();
        return Ok(look.findings);
    }
    let Some(rebuilt) = rebuild(store, centre, number, loaded.version).await? else {
        look.say(
            "D-CASE-002",
            "历史中有读不懂的记录：用写入它的程序版本查看".to_owned(),
            "a record of the history cannot be read: look at it with the version of the program that wrote it"
                .to_owned(),
            |_| {},
        );
        look.unmendable();
        return Ok(look.findings);
    };
    if serde_json::from_slice::<Case>(&loaded.state).ok().as_ref() != Some(&rebuilt) {
        // Every later mending of the case keeps this one.
        look.state = serde_json::to_vec(&rebuilt).unwrap_or_default();
        look.say(
            "D-CASE-001",
            "现状与历史不一致；以历史为准重建".to_owned(),
            "the state is not what the history says: it is rebuilt from the history".to_owned(),
            |_| {},
        );
    }
    look.index(&rebuilt);
    look.tasks(&rebuilt, work);
    look.timers(&rebuilt, work);
    // What was handed over waits for another centre.
    let waits = rebuilt.elsewhere.is_some();
    if !rebuilt.status.is_closed() && rebuilt.tasks.is_empty() && rebuilt.timers.is_empty() && !waits {
        look.say(
            "D-CASE-003",
            "办件未结，却没有在办的环节，也没有定时：用 onething case history 查看它停在哪里".to_owned(),
            "the case is running, but no step is open and no timer is set: see where it stopped with onething case history"
                .to_owned(),
            |_| {},
        );
        look.unmendable();
    }
    Ok(look.findings)
}

/// The case that its history says; nothing if a record cannot be read.
async fn rebuild(store: &dyn Store, centre: &CentreId, number: &CaseId, version: u64) -> Result<Option<Case>, Failure> {
    let (mut case, mut from) = (Case::default(), 1);
    while from <= version {
        let page = store.history(centre, number, from, LIST_MAX).await?;
        if page.is_empty() {
            break;
        }
        for record in page.iter().filter(|record| record.version <= version) {
            let Ok(recorded) = serde_json::from_slice::<Recorded>(&record.payload) else { return Ok(None) };
            apply(&mut case, &recorded.event, recorded.at);
        }
        from += page.len() as u64;
    }
    Ok(Some(case))
}

struct Look<'a> {
    number: &'a CaseId,
    version: u64,
    /// What the case is after whatever was found so far has been mended.
    state: Vec<u8>,
    index: Index,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn say(&mut self, code: &'static str, zh: String, en: String, mend: impl FnOnce(&mut Change)) {
        let mut change = Change {
            version: self.version,
            state: self.state.clone(),
            index: self.index.clone(),
            enqueue: Vec::new(),
            withdraw: Vec::new(),
            set: Vec::new(),
            cancel: Vec::new(),
        };
        mend(&mut change);
        self.findings.push(Finding::new(code, self.number.as_str(), zh, en, Mend::Change(Box::new(change))));
    }

    /// What was said last is for a person to mend.
    fn unmendable(&mut self) {
        if let Some(last) = self.findings.last_mut() {
            last.leave_to_people();
        }
    }

    fn index(&mut self, case: &Case) {
        let index = Index {
            state: case.status.word().to_owned(),
            package: case.application.workflow.to_string(),
            applicant: case.application.applicant.to_string(),
        };
        if index != self.index {
            self.index = index;
            self.say(
                "D-INDEX-001",
                "检索信息与办件不一致".to_owned(),
                "what the case is found by is not what it is".to_owned(),
                |_| {},
            );
        }
    }

    fn tasks(&mut self, case: &Case, work: &Work) {
        for open in &case.tasks {
            let Some(queue) = &open.queue else { continue };
            let queue = if open.incident.is_some() { INCIDENT_QUEUE } else { queue };
            let task = TaskId::new(self.number.clone(), open.id);
            let class = case.application.class;
            let queued =
                QueuedTask { task: task.clone(), queue: queue.into(), class, ready_at_ms: 0, payload: Vec::new() };
            match work.tasks.get(&open.id) {
                None => self.say(
                    "D-TASK-001",
                    format!("在办环节 {} 不在任何队列：重新排入 {queue}", open.id),
                    format!("the open step {} is in no queue: it is queued in {queue} again", open.id),
                    |change| change.enqueue.push(queued),
                ),
                Some(standing) if standing.place == StandingPlace::Nowhere || standing.queue.as_str() != queue => self
                    .say(
                        "D-TASK-001",
                        format!("在办环节 {} 没有在 {queue} 中等待：重新排入", open.id),
                        format!("the open step {} does not wait in {queue}: it is queued there again", open.id),
                        |change| {
                            change.withdraw.push(task);
                            change.enqueue.push(queued);
                        },
                    ),
                Some(_) => {}
            }
        }
        let wanted = |number: &u32| case.tasks.iter().any(|open| open.id == *number && open.queue.is_some());
        for number in work.tasks.keys().filter(|number| !wanted(number)) {
            let task = TaskId::new(self.number.clone(), *number);
            self.say(
                "D-TASK-002",
                format!("队列中的任务 {number} 不是在办环节：移出队列"),
                format!("task {number} is in a queue, but it is no open step: it is taken out"),
                |change| change.withdraw.push(task),
            );
        }
    }

    fn timers(&mut self, case: &Case, work: &Work) {
        for timer in case.timers.iter().filter(|timer| work.timers.get(&timer.id) != Some(&timer.due)) {
            let id = TimerId::new(self.number.clone(), timer.id);
            self.say(
                "D-TIMER-001",
                format!("定时 {} 没有设定或时间不对：重新设定", timer.id),
                format!("timer {} is not set, or to another time: it is set again", timer.id),
                |change| change.set.push((id, timer.due)),
            );
        }
        for number in work.timers.keys().filter(|number| !case.timers.iter().any(|timer| timer.id == **number)) {
            let id = TimerId::new(self.number.clone(), *number);
            self.say(
                "D-TIMER-002",
                format!("定时 {number} 不属于这个办件的现状：取消"),
                format!("timer {number} is set, but the case knows nothing of it: it is cancelled"),
                |change| change.cancel.push(id),
            );
        }
    }
}

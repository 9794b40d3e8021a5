//! All tasks and timers of a centre at about one moment.

use std::collections::BTreeMap;

use onething_store::bounds::LIST_MAX;
use onething_store::{CaseId, CentreId, StandingTask, Store};

use super::finding::{Finding, Mend};
use crate::exit::Failure;

/// What stands for a case: its tasks and its timers, by number.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) tasks: BTreeMap<u32, StandingTask>,
    pub(crate) timers: BTreeMap<u32, i64>,
}

/// What stands for each case that has not been taken yet.
#[derive(Default)]
pub(crate) struct Snapshot(BTreeMap<CaseId, Work>);

impl Snapshot {
    pub(crate) async fn take(store: &dyn Store, centre: &CentreId) -> Result<Self, Failure> {
        let mut all = Self::default();
        let mut cursor = 0;
        loop {
            let page = store.tasks(centre, cursor, LIST_MAX).await?;
            for task in page.entries {
                all.0.entry(task.task.case.clone()).or_default().tasks.insert(task.task.number, task);
            }
            cursor = page.next;
            if cursor == 0 {
                break;
            }
        }
        loop {
            let page = store.timers(centre, cursor, LIST_MAX).await?;
            for timer in page.entries {
                let work = all.0.entry(timer.timer.case).or_default();
                work.timers.insert(timer.timer.number, timer.due_ms);
            }
            cursor = page.next;
            if cursor == 0 {
                return Ok(all);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands for a case, which is then no longer in here.
    pub(crate) fn take_case(&mut self, case: &CaseId) -> Work {
        self.0.remove(case).unwrap_or_default()
    }

    /// What stands for cases that do not exist, in both of two snapshots.
    pub(super) fn orphans(&self, again: &Self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (case, work) in &self.0 {
            let Some(second) = again.0.get(case) else { continue };
            for number in work.tasks.keys().filter(|number| second.tasks.contains_key(number)) {
                findings.push(Finding::new(
                    "D-TASK-003",
                    case.as_str(),
                    format!("队列中有任务 {number}，却没有这个办件：从备份恢复该办件"),
                    format!("task {number} is in a queue, but there is no such case: restore the case from a copy"),
                    Mend::Nothing,
                ));
            }
            for number in work.timers.keys().filter(|number| second.timers.contains_key(number)) {
                findings.push(Finding::new(
                    "D-TIMER-003",
                    case.as_str(),
                    format!("有定时 {number}，却没有这个办件：从备份恢复该办件"),
                    format!("timer {number} is set, but there is no such case: restore the case from a copy"),
                    Mend::Nothing,
                ));
            }
        }
        findings
    }
}

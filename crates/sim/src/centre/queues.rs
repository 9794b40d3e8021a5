//! The queues as a run counts them. Each has a number, so that whoever waits in one need not know its name.

use std::collections::BTreeMap;

use onething_policy::Skill;
use rustc_hash::FxHashMap;

use super::measures::{QUARTERS, WaitLog};

/// Every queue in which somebody or something has waited so far.
#[derive(Default)]
pub(super) struct Queues {
    numbers: FxHashMap<Skill, usize>,
    queues: Vec<Queue>,
}

struct Queue {
    name: Skill,
    /// How many people and tasks wait in it.
    waiting: i64,
    /// How many waited at each quarter-hour of the day, added up over the days; empty before the first was noted.
    sums: Vec<i64>,
    /// How long its tasks waited; `None` before the first.
    waits: Option<WaitLog>,
}

impl Queues {
    /// The number of the queue of this name, which is made if it is new.
    pub(super) fn number(&mut self, name: &Skill) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.queues.len();
        self.queues.push(Queue { name: *name, waiting: 0, sums: Vec::new(), waits: None });
        self.numbers.insert(*name, number);
        number
    }

    pub(super) fn name(&self, number: usize) -> &Skill {
        &self.queues[number].name
    }

    pub(super) fn waiting(&self, number: usize) -> i64 {
        self.queues[number].waiting
    }

    pub(super) fn joins(&mut self, number: usize) {
        self.queues[number].waiting += 1;
    }

    pub(super) fn leaves(&mut self, number: usize) {
        self.queues[number].waiting -= 1;
    }

    /// A task was taken up after so long.
    pub(super) fn waited(&mut self, number: usize, wait_ms: i64, target_ms: i64) {
        self.queues[number].waits.get_or_insert_default().add(wait_ms, target_ms);
    }

    /// It is so many quarter-hours after midnight.
    pub(super) fn note(&mut self, quarter: usize) {
        for queue in &mut self.queues {
            queue.sums.resize(QUARTERS, 0);
            queue.sums[quarter] += queue.waiting;
        }
    }

    /// How long tasks waited, by queue.
    pub(super) fn waits(&mut self) -> BTreeMap<String, WaitLog> {
        let told = self.queues.iter_mut().filter_map(|it| Some((it.name.to_string(), it.waits.take()?)));
        told.collect()
    }

    /// The mean number waiting at each quarter-hour, over so many days.
    pub(super) fn curves(&self, days: f64) -> BTreeMap<String, Vec<f64>> {
        let noted = self.queues.iter().filter(|it| !it.sums.is_empty());
        noted.map(|it| (it.name.to_string(), it.sums.iter().map(|sum| *sum as f64 / days).collect())).collect()
    }
}

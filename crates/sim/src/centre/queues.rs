//! The queues as a run counts them. Each has a number, so that whoever waits in one need not know its name.

use std::collections::BTreeMap;

use onething_policy::Skill;
use rustc_hash::FxHashMap;

use super::measures::{QUARTERS, WaitLog};

/// Every queue in which somebody or something has waited so far.
#[derive(Default)]
pub(super) struct Queues {
    numbers: FxHashMap<Skill, usize>,
    names: Vec<Skill>,
    /// How many people and tasks wait in each.
    waiting: Vec<i64>,
    /// How long the tasks of each waited; `None` before the first.
    waits: Vec<Option<WaitLog>>,
    /// For each quarter-hour of the day, how many waited in each, added up over the days. A queue that came later has none.
    sums: Vec<Vec<i64>>,
}

impl Queues {
    /// The number of the queue of this name, which is made if it is new.
    pub(super) fn number(&mut self, name: &Skill) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.names.push(*name);
        self.waiting.push(0);
        self.waits.push(None);
        self.numbers.insert(*name, number);
        number
    }

    pub(super) fn name(&self, number: usize) -> &Skill {
        &self.names[number]
    }

    pub(super) fn waiting(&self, number: usize) -> i64 {
        self.waiting[number]
    }

    pub(super) fn joins(&mut self, number: usize) {
        self.waiting[number] += 1;
    }

    pub(super) fn leaves(&mut self, number: usize) {
        self.waiting[number] -= 1;
    }

    /// A task was taken up after so long.
    pub(super) fn waited(&mut self, number: usize, wait_ms: i64, target_ms: i64) {
        self.waits[number].get_or_insert_default().add(wait_ms, target_ms);
    }

    /// It is so many quarter-hours after midnight.
    pub(super) fn note(&mut self, quarter: usize) {
        self.sums.resize_with(QUARTERS, Vec::new);
        let sums = &mut self.sums[quarter];
        sums.resize(self.waiting.len(), 0);
        sums.iter_mut().zip(&self.waiting).for_each(|(sum, waiting)| *sum += waiting);
    }

    /// How long tasks waited, by queue.
    pub(super) fn waits(&mut self) -> BTreeMap<String, WaitLog> {
        let told = self.names.iter().zip(&mut self.waits);
        told.filter_map(|(name, waits)| Some((name.to_string(), waits.take()?))).collect()
    }

    /// The mean number waiting at each quarter-hour, over so many days.
    pub(super) fn curves(&self, days: f64) -> BTreeMap<String, Vec<f64>> {
        let noted = self.sums.iter().map(Vec::len).max().unwrap_or(0);
        let curve =
            |nth: usize| self.sums.iter().map(|sums| sums.get(nth).map_or(0.0, |sum| *sum as f64 / days)).collect();
        self.names[..noted].iter().enumerate().map(|(nth, name)| (name.to_string(), curve(nth))).collect()
    }
}

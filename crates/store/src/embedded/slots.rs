//! Where queued tasks are kept in their table: the row of a task that has gone is taken by the next that comes. Most
//! transitions end one task and queue another, so that this is one write instead of a removal and an insertion.

use std::collections::{BTreeSet, HashMap};

#[derive(Default, Debug)]
pub(super) struct Slots {
    /// The number of a task to its row. Looked up, never walked.
    taken: HashMap<u64, u64>,
    /// Rows below `end` without a task; the lowest is taken first, which keeps the table short.
    free: BTreeSet<u64>,
    end: u64,
    /// Rows freed since [`Slots::take_emptied`].
    emptied: Vec<u64>,
}

impl Slots {
    /// The task is in this row, as read from the file.
    pub(super) fn restore(&mut self, number: u64, slot: u64) {
        self.free.extend(self.end..slot);
        self.end = self.end.max(slot + 1);
        self.free.remove(&slot);
        self.taken.insert(number, slot);
    }

    /// The row of a task, a new one if it has none yet.
    pub(super) fn of(&mut self, number: u64) -> u64 {
        *self.taken.entry(number).or_insert_with(|| {
            self.free.pop_first().unwrap_or_else(|| {
                self.end += 1;
                self.end - 1
            })
        })
    }

    /// The task has gone; it may never have had a row.
    pub(super) fn free(&mut self, number: u64) {
        if let Some(slot) = self.taken.remove(&number) {
            self.free.insert(slot);
            self.emptied.push(slot);
        }
    }

    /// The rows to remove: those freed and not taken again.
    pub(super) fn take_emptied(&mut self) -> Vec<u64> {
        let mut emptied = std::mem::take(&mut self.emptied);
        emptied.retain(|slot| self.free.contains(slot));
        emptied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_row_is_taken_again_or_removed() {
        let mut slots = Slots::default();
        assert_eq!([1, 2, 3, 2].map(|number| slots.of(number)), [0, 1, 2, 1]);
        for number in [1, 3, 9] {
            slots.free(number);
        }
        assert_eq!(slots.of(4), 0);
        assert_eq!(slots.take_emptied(), [2]);
        assert_eq!(slots.take_emptied(), []);
        assert_eq!([5, 6].map(|number| slots.of(number)), [2, 3]);
    }

    #[test]
    fn gaps_are_found_again() {
        let mut slots = Slots::default();
        slots.restore(7, 1);
        slots.restore(8, 4);
        assert_eq!([10, 11, 12, 13, 7].map(|number| slots.of(number)), [0, 2, 3, 5, 1]);
    }
}

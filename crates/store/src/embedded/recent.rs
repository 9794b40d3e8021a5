//! The latest commands, whose place in the index of commands is not written yet.
//!
//! Command ids come in any order, so that indexing each with its commit would dirty a page of the file for each: with
//! 64 windows that count for themselves, two thirds of all pages written. The log entry holds the id already. So the
//! ids wait here, in order, and each transaction writes the next few neighbours, which share a page or two; when the
//! file is opened they are read back from the end of the log.

use std::collections::{BTreeMap, BTreeSet};

/// Commands that wait. More of them lie closer together when they are written; as many, or about two rounds of them,
/// are read back when the file is opened, which takes some milliseconds.
const WAITING_MAX: usize = 4096;

/// How many are written for each that arrives, while there are too many: more than one, so that one that arrived just
/// behind the place of writing is reached after a bounded number of others.
const WRITTEN_PER_ARRIVAL: usize = 2;

/// The most written by one transaction: what was read back when the file was opened has not just arrived.
const WRITTEN_MAX: usize = 512;

#[derive(Default, Debug)]
pub(super) struct Recent {
    /// Key in the table of commands, to number in the log.
    waiting: BTreeMap<Vec<u8>, u64>,
    numbers: BTreeSet<u64>,
    arrived: usize,
    /// The place of writing: goes through the keys in order and starts again.
    written_to: Vec<u8>,
}

impl Recent {
    pub(super) fn get(&self, key: &[u8]) -> Option<u64> {
        self.waiting.get(key).copied()
    }

    pub(super) fn insert(&mut self, key: Vec<u8>, number: u64) {
        self.waiting.insert(key, number);
        self.numbers.insert(number);
        self.arrived += 1;
    }

    /// Those to be written now; the caller writes them in the transaction at hand.
    pub(super) fn take(&mut self) -> Vec<(Vec<u8>, u64)> {
        let count = (std::mem::take(&mut self.arrived) * WRITTEN_PER_ARRIVAL).min(WRITTEN_MAX);
        if self.waiting.len() <= WAITING_MAX {
            return Vec::new();
        }
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let next = self.waiting.range(self.written_to.clone()..).next().map(|(key, _)| key.clone());
            let Some((key, number)) = next.and_then(|key| self.waiting.remove_entry(&key)) else {
                if self.waiting.is_empty() {
                    break;
                }
                self.written_to.clear();
                continue;
            };
            self.numbers.remove(&number);
            self.written_to.clone_from(&key);
            taken.push((key, number));
        }
        taken
    }

    /// Every log entry up to this number is in the index, if the last of the log is `last`.
    pub(super) fn indexed(&self, last: u64) -> u64 {
        self.numbers.first().map_or(last, |first| first - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order of the keys, none waits for ever, and every one is written once.
    #[test]
    fn every_command_is_written_in_bounded_time() {
        let mut recent = Recent::default();
        let (mut written, mut oldest) = (BTreeSet::new(), 0);
        for number in 1..=50_000_u64 {
            recent.insert((number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes().to_vec(), number);
            if number % 32 == 0 {
                for (_, number) in recent.take() {
                    assert!(written.insert(number));
                }
                oldest = oldest.max(number - recent.indexed(number));
            }
        }
        assert_eq!(written.len() + recent.waiting.len(), 50_000);
        assert!(recent.waiting.len() <= WAITING_MAX + 32);
        assert!(oldest <= 3 * WAITING_MAX as u64, "an entry waited for {oldest} others");
    }
}

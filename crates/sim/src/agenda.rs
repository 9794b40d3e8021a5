//! What is to happen, in order of virtual time. Ties are broken by the order in which things were entered, so one run
//! is like the other to the byte.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Virtual time and everything that is to happen in it.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: BinaryHeap<Entry<E>>,
    entered: u64,
    now_ms: i64,
}

/// Time and order of entry in one number: one comparison decides.
#[derive(Clone, Debug)]
struct Entry<E> {
    key: u128,
    event: E,
}

impl<E> Agenda<E> {
    /// An empty agenda whose time is `now_ms`.
    #[must_use]
    pub fn new(now_ms: i64) -> Self {
        Self { heap: BinaryHeap::new(), entered: 0, now_ms }
    }

    /// The time of the event taken last.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Enters an event. What should have happened before now happens now.
    pub fn enter(&mut self, at_ms: i64, event: E) {
        self.entered += 1;
        self.heap.push(Entry { key: key(at_ms.max(self.now_ms), self.entered), event });
    }

    /// Takes the next event and goes to its time.
    pub fn take(&mut self) -> Option<(i64, E)> {
        let Entry { key, event } = self.heap.pop()?;
        self.now_ms = time_of(key);
        Some((self.now_ms, event))
    }

    /// As [`Agenda::take`], if the event comes before `end_ms`.
    pub fn take_before(&mut self, end_ms: i64) -> Option<(i64, E)> {
        if self.next_ms()? < end_ms { self.take() } else { None }
    }

    /// When the next event comes.
    #[must_use]
    pub fn next_ms(&self) -> Option<i64> {
        self.heap.peek().map(|entry| time_of(entry.key))
    }

    /// How many events stand in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing more is to happen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Strikes out what `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.heap.retain(|entry| keep(&entry.event));
    }
}

/// The sign bit is turned, so that times before the epoch come first.
fn key(at_ms: i64, entered: u64) -> u128 {
    let time = at_ms.cast_unsigned() ^ (1 << 63);
    u128::from(time) << 64 | u128::from(entered)
}

fn time_of(key: u128) -> i64 {
    // The upper half of a u128 is a u64.
    ((key >> 64) as u64 ^ (1 << 63)).cast_signed()
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// The earliest is the greatest: the heap of the standard library gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_of_time_and_then_of_entry() {
        let mut agenda = Agenda::new(-10);
        for (at_ms, name) in [(5, 'd'), (0, 'b'), (-3, 'a'), (0, 'c'), (i64::MAX, 'e'), (-99, '0')] {
            agenda.enter(at_ms, name);
        }
        let taken: Vec<(i64, char)> = std::iter::from_fn(|| agenda.take()).collect();
        assert_eq!(taken, [(-10, '0'), (-3, 'a'), (0, 'b'), (0, 'c'), (5, 'd'), (i64::MAX, 'e')]);
    }

    #[test]
    fn nothing_is_taken_past_the_end_and_what_is_struck_out_never_comes() {
        let mut agenda = Agenda::new(0);
        (0..10).for_each(|at_ms| agenda.enter(at_ms, at_ms));
        agenda.retain(|number| number % 2 == 1);
        let taken: Vec<i64> = std::iter::from_fn(|| agenda.take_before(7).map(|(_, number)| number)).collect();
        assert_eq!((taken, agenda.len()), (vec![1, 3, 5], 2));
    }
}

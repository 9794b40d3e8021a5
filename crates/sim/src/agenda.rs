//! What is to happen, in order of virtual time. Ties are broken by the order in which things were entered, so one run
//! is like the other to the byte.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What is to happen within the same 2^22 ms, a little more than an hour, stands in one stretch.
const STRETCH_BITS: u32 = 22;
/// Stretches for which there is a place: seven weeks, longer than most limits.
const PLACES: usize = 1024;
/// The room of so many events is kept for a later stretch.
const KEPT_MAX: usize = 256;

/// Virtual time and everything that is to happen in it.
///
/// Most of what stands in it are the limits of cases, weeks ahead, and most of what is entered happens soon. So only the
/// stretch that runs is kept in order; a later one is put in order when its time comes.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    /// What happens in the stretch that runs or before, the latest first; empty only when nothing more is to happen.
    near: Vec<Entry<E>>,
    /// The stretch that runs.
    stretch: i64,
    /// What happens later but within [`PLACES`] stretches, as it was entered: that of a stretch in the place of its number.
    far: Vec<Vec<Entry<E>>>,
    /// Rooms of stretches that are over, the last one last: the next stretch gets the one that is still in the cache.
    spare: Vec<Vec<Entry<E>>>,
    /// What happens later still, or was entered when it was so far off, by stretch; none is empty.
    farthest: BTreeMap<i64, Vec<Entry<E>>>,
    len: usize,
    now_ms: i64,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    at_ms: i64,
    event: E,
}

impl<E> Agenda<E> {
    /// An empty agenda whose time is `now_ms`.
    #[must_use]
    pub fn new(now_ms: i64) -> Self {
        let far = std::iter::repeat_with(Vec::new).take(PLACES).collect();
        Self { near: Vec::new(), stretch: i64::MIN, far, spare: Vec::new(), farthest: BTreeMap::new(), len: 0, now_ms }
    }

    /// The time of the event taken last.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Enters an event. What should have happened before now happens now.
    pub fn enter(&mut self, at_ms: i64, event: E) {
        self.len += 1;
        let at_ms = at_ms.max(self.now_ms);
        let (entry, stretch) = (Entry { at_ms, event }, at_ms >> STRETCH_BITS);
        if self.near.is_empty() {
            self.stretch = stretch;
        }
        match stretch - self.stretch {
            ..=0 => {
                let at = self.near.partition_point(|it| it.at_ms > at_ms);
                self.near.insert(at, entry);
            }
            ahead if ahead < PLACES as i64 => {
                let row = &mut self.far[place(stretch)];
                if row.capacity() == 0 {
                    *row = self.spare.pop().unwrap_or_default();
                }
                row.push(entry);
            }
            _ => self.farthest.entry(stretch).or_default().push(entry),
        }
    }

    /// Takes the next event and goes to its time.
    pub fn take(&mut self) -> Option<(i64, E)> {
        let Entry { at_ms, event } = self.near.pop()?;
        (self.len, self.now_ms) = (self.len - 1, at_ms);
        if self.near.is_empty() {
            self.go_on();
        }
        Some((at_ms, event))
    }

    /// As [`Agenda::take`], if the event comes before `end_ms`.
    pub fn take_before(&mut self, end_ms: i64) -> Option<(i64, E)> {
        if self.next_ms()? < end_ms { self.take() } else { None }
    }

    /// When the next event comes.
    #[must_use]
    pub fn next_ms(&self) -> Option<i64> {
        self.near.last().map(|entry| entry.at_ms)
    }

    /// How many events stand in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing more is to happen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.near.is_empty()
    }

    /// Strikes out what `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.len = 0;
        for entries in std::iter::once(&mut self.near).chain(&mut self.far).chain(self.farthest.values_mut()) {
            entries.retain(|entry| keep(&entry.event));
            self.len += entries.len();
        }
        self.farthest.retain(|_, entries| !entries.is_empty());
        if self.near.is_empty() {
            self.go_on();
        }
    }

    /// Goes to the next stretch in which something happens.
    fn go_on(&mut self) {
        if self.len == 0 {
            return;
        }
        let mut within = (1..PLACES as i64).map(|ahead| self.stretch + ahead);
        let next = within.find(|stretch| !self.far[place(*stretch)].is_empty());
        let farthest = self.farthest.first_key_value().map(|(stretch, _)| *stretch);
        let Some(stretch) = next.into_iter().chain(farthest).min() else { return };
        self.stretch = stretch;
        let over = std::mem::replace(&mut self.near, std::mem::take(&mut self.far[place(stretch)]));
        if (1..=KEPT_MAX).contains(&over.capacity()) {
            self.spare.push(over);
        }
        if farthest == Some(stretch)
            && let Some(mut entered_before) = self.farthest.remove(&stretch)
        {
            entered_before.append(&mut self.near);
            self.near = entered_before;
        }
        // Of two at the same time the one entered later stands first, and so comes later.
        self.near.reverse();
        self.near.sort_by_key(|entry| Reverse(entry.at_ms));
    }
}

/// The place of a stretch, shared with those that come a multiple of [`PLACES`] before and after.
fn place(stretch: i64) -> usize {
    stretch.rem_euclid(PLACES as i64) as usize
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

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

    #[test]
    fn whatever_is_entered_when_and_for_whenever_comes_in_order() {
        let hour = 3_600_000;
        let rng = &mut crate::chance::Source::new(4, &["agenda"]).stream();
        let mut agenda = Agenda::new(0);
        let mut expected: Vec<(i64, u32)> = Vec::new();
        let mut taken: Vec<(i64, u32)> = Vec::new();
        for number in 0..20_000 {
            let ahead = [0, 7, hour, 24 * hour, 700 * hour, 9_000 * hour][rng.random_range(0..6)];
            // Much happens at the same times of day, whenever it was entered.
            let step = if rng.random() { 1 } else { 500 * hour };
            let at_ms = (agenda.now_ms() + rng.random_range(0..=ahead)) / step * step;
            let at_ms = at_ms.max(agenda.now_ms());
            agenda.enter(at_ms, number);
            expected.push((at_ms, number));
            if rng.random::<f64>() < 0.8 {
                taken.extend(agenda.take());
            }
            if number == 2_000 {
                agenda.retain(|it| it % 3 > 0);
                expected.retain(|it| it.1 % 3 > 0 || taken.contains(it));
            }
            assert_eq!(agenda.len() + taken.len(), expected.len());
        }
        taken.extend(std::iter::from_fn(|| agenda.take()));
        expected.sort_unstable();
        assert_eq!((taken, agenda.is_empty()), (expected, true));
    }
}

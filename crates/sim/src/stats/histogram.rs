//! How often which number, to two digits.
//!
//! A log of a year has thousands of cells (arrivals, weekday, hour) with few waits each, so only numbers that occur take
//! room.

/// Numbers below this are told apart exactly; above it, each doubling of the number doubles the step.
const EXACT: u64 = 256;
/// Steps within one doubling.
const STEPS: u64 = EXACT / 2;

/// Counts of numbers, each known to a step of less than a hundredth of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// In order: the number of the step, and how often.
    counts: Vec<(u16, u32)>,
    count: u64,
}

impl Histogram {
    /// Counts a number.
    pub fn add(&mut self, number: u64) {
        self.add_times(step(number), 1);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The greatest number of the step that this share does not exceed; 0 for none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> u64 {
        // A share that was made by a division is not passed by a rounding.
        let mut rank = ((share.clamp(0.0, 1.0) * self.count as f64 - 1e-6).ceil() as u64).max(1);
        for &(step, times) in &self.counts {
            match rank.checked_sub(u64::from(times)) {
                Some(0) | None => return greatest(step),
                Some(left) => rank = left,
            }
        }
        0
    }

    /// How many were no greater than a number, as far as steps tell them apart.
    #[must_use]
    pub fn up_to(&self, number: u64) -> u64 {
        let most = step(number);
        self.counts.iter().take_while(|it| it.0 <= most).map(|it| u64::from(it.1)).sum()
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for &(step, times) in &other.counts {
            self.add_times(step, times);
        }
    }

    fn add_times(&mut self, step: u16, times: u32) {
        // Most often nobody waits at all.
        let known = match self.counts.first() {
            Some(first) if first.0 == step => Ok(0),
            _ => self.counts.binary_search_by_key(&step, |it| it.0),
        };
        match known {
            Ok(at) => self.counts[at].1 = self.counts[at].1.saturating_add(times),
            Err(at) => self.counts.insert(at, (step, times)),
        }
        self.count += u64::from(times);
    }
}

/// The number of the step in which a number lies: at most 57 doublings of 128 steps.
fn step(number: u64) -> u16 {
    let doublings = (number / EXACT).checked_ilog2().map_or(0, |log| log + 1);
    (u64::from(doublings) * STEPS + (number >> doublings)) as u16
}

/// The greatest number of a step.
fn greatest(step: u16) -> u64 {
    let step = u64::from(step);
    let doublings = (step / STEPS).saturating_sub(1);
    // Of the last step this is the greatest number there is.
    (((step - doublings * STEPS + 1) << (doublings % 64)).wrapping_sub(1)).max(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_numbers_to_two_digits() {
        let numbers: Vec<u64> = (0..60).flat_map(|at| [at, at * at, at * at * at * 37, 1 << at]).collect();
        let (mut all, mut even, mut odd) = (Histogram::default(), Histogram::default(), Histogram::default());
        for (at, number) in numbers.iter().enumerate() {
            all.add(*number);
            if at % 2 == 0 { even.add(*number) } else { odd.add(*number) }
        }
        even.merge(&odd);
        assert_eq!((&even, all.count()), (&all, 240));
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        for (at, &number) in sorted.iter().enumerate() {
            let found = all.quantile((at + 1) as f64 / 240.0);
            assert!(found >= number && (found - number) as f64 <= number as f64 / 128.0, "{number}: {found}");
            let exactly = sorted.iter().filter(|it| **it <= found).count() as u64;
            assert_eq!(all.up_to(number), exactly, "{number}");
        }
        assert_eq!((all.quantile(0.0), Histogram::default().quantile(0.5)), (0, 0));
    }

    #[test]
    fn every_number_has_a_step_and_steps_follow_each_other() {
        assert_eq!(
            [0, 1, 255, 256, 257, 258, 511, 512, 515, 516].map(step),
            [0, 1, 255, 256, 256, 257, 383, 384, 384, 385]
        );
        assert_eq!(greatest(step(u64::MAX)), u64::MAX);
        for step_of in 0..step(u64::MAX) {
            let last = greatest(step_of);
            assert_eq!((step(last), step(last + 1)), (step_of, step_of + 1));
        }
    }
}

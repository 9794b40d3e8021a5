//! Arrival rates that change at moments.

use rand::Rng;
use rand_distr::{Distribution, Exp1};

/// From when, and arrivals a millisecond, in order of time; none before the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(pub Vec<(i64, f64)>);

/// Where a process of arrivals stands: a moment, and how many rates have begun by then or a little before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    at_ms: f64,
    begun: usize,
}

impl Position {
    /// At a moment, in epoch milliseconds.
    #[must_use]
    pub fn at(at_ms: f64) -> Self {
        Self { at_ms, begun: 0 }
    }
}

impl Rates {
    /// When the next of a Poisson process comes, if any does; the process stands there then. Over changes of the rate the
    /// same unit of chance is spent piece by piece, which is exact.
    pub fn next_ms(&self, position: &mut Position, rng: &mut impl Rng) -> Option<f64> {
        let Position { at_ms, begun } = *position;
        let (next, begun) = self.next_after(at_ms, begun, rng)?;
        *position = Position { at_ms: next, begun };
        Some(next)
    }

    fn next_after(&self, mut at: f64, mut step: usize, rng: &mut impl Rng) -> Option<(f64, usize)> {
        let mut need: f64 = Exp1.sample(rng);
        while self.0.get(step).is_some_and(|(from_ms, _)| *from_ms as f64 <= at) {
            step += 1;
        }
        loop {
            let rate = step.checked_sub(1).map_or(0.0, |current| self.0[current].1);
            let until = self.0.get(step).map_or(f64::INFINITY, |(from_ms, _)| *from_ms as f64);
            if rate > 0.0 && rate * (until - at) >= need {
                return Some((at + need / rate, step));
            }
            if until == f64::INFINITY {
                return None;
            }
            need -= rate * (until - at).max(0.0);
            (at, step) = (at.max(until), step + 1);
        }
    }

    /// Mean number of arrivals between two moments.
    #[must_use]
    pub fn expected(&self, from_ms: i64, to_ms: i64) -> f64 {
        let first = self.0.partition_point(|step| step.0 <= from_ms).saturating_sub(1);
        let steps = self.0[first..].iter().take_while(|step| step.0 < to_ms);
        let until = |step: usize| self.0.get(step + 1).map_or(i64::MAX, |next| next.0);
        let within =
            |(step, it): (usize, &(i64, f64))| (until(step).min(to_ms) - it.0.max(from_ms)).max(0) as f64 * it.1;
        (first..).zip(steps).map(within).fold(0.0, |sum, it| sum + it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Source;

    #[test]
    fn as_many_come_in_each_stretch_as_are_expected() {
        let rates = Rates(vec![(100, 0.5), (1_100, 0.0), (2_000, 2.0), (2_500, 0.0)]);
        assert_eq!((rates.expected(0, 9_999), rates.expected(1_000, 2_100)), (1_500.0, 250.0));
        let rng = &mut Source::new(3, &["rates"]).stream();
        let (mut first, mut second) = (0, 0);
        for _ in 0..200 {
            let mut position = Position::default();
            while let Some(next) = rates.next_ms(&mut position, rng) {
                assert!((100.0..1_100.0).contains(&next) || (2_000.0..2_500.0).contains(&next), "{next}");
                if next < 1_100.0 { first += 1 } else { second += 1 }
            }
        }
        // Five standard deviations of Poisson counts with means of 100,000 and 200,000.
        assert!((f64::from(first) - 1e5).abs() < 5.0 * 1e5_f64.sqrt(), "{first}");
        assert!((f64::from(second) - 2e5).abs() < 5.0 * 2e5_f64.sqrt(), "{second}");
    }
}

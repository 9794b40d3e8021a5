//! Arrival rates that change at moments.

use rand::Rng;
use rand_distr::{Distribution, Exp1};

/// From when, and arrivals a millisecond, in order of time; none before the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(pub Vec<(i64, f64)>);

impl Rates {
    /// When the next of a Poisson process comes after a moment, if any does. Over changes of the rate the same unit of
    /// chance is spent piece by piece, which is exact.
    pub fn next_ms(&self, now_ms: f64, rng: &mut impl Rng) -> Option<f64> {
        let mut need: f64 = Exp1.sample(rng);
        let mut at = now_ms;
        let mut step = self.0.partition_point(|(from_ms, _)| *from_ms as f64 <= at);
        loop {
            let rate = step.checked_sub(1).map_or(0.0, |current| self.0[current].1);
            let until = self.0.get(step).map_or(f64::INFINITY, |(from_ms, _)| *from_ms as f64);
            if rate > 0.0 && rate * (until - at) >= need {
                return Some(at + need / rate);
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
            let mut at = 0.0;
            while let Some(next) = rates.next_ms(at, rng) {
                assert!((100.0..1_100.0).contains(&next) || (2_000.0..2_500.0).contains(&next), "{next}");
                if next < 1_100.0 {
                    first += 1
                } else {
                    second += 1
                }
                at = next;
            }
        }
        // Five standard deviations of Poisson counts with means of 100,000 and 200,000.
        assert!((f64::from(first) - 1e5).abs() < 5.0 * 1e5_f64.sqrt(), "{first}");
        assert!((f64::from(second) - 2e5).abs() < 5.0 * 2e5_f64.sqrt(), "{second}");
    }
}

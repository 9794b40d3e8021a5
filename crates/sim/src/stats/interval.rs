//! How sure a mean is.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Tally;

/// A mean over independent runs with the half width of its confidence interval (Student's t).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half the width; infinite for fewer than two runs.
    pub half: f64,
    /// How many runs.
    pub runs: u64,
}

impl Interval {
    /// The interval that covers the true mean with probability `confidence`, such as 0.95.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>, confidence: f64) -> Self {
        let mut tally = Tally::default();
        tally.extend(values);
        let runs = tally.count();
        let half = if runs < 2 {
            f64::INFINITY
        } else {
            let free = (runs - 1) as f64;
            let t = StudentsT::new(0.0, 1.0, free).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + confidence / 2.0));
            t * (tally.variance() / runs as f64).sqrt()
        };
        Self { mean: tally.mean(), half, runs }
    }

    /// Whether a value lies in it.
    #[must_use]
    pub fn covers(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half
    }
}

/// The interval of the mean of one long run: it is cut into `batches` of equal length, whose means count as runs
/// (Conway 1963). What is left over at the end is dropped.
#[must_use]
pub fn batch_means(values: &[f64], batches: usize, confidence: f64) -> Interval {
    let length = (values.len() / batches.max(1)).max(1);
    let means = values.chunks_exact(length).take(batches).map(|batch| batch.iter().sum::<f64>() / length as f64);
    Interval::of(means, confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_width_is_that_of_the_table_of_students_t() {
        // Mean 10, variance 30, n 4; t(3, 0.975) = 3.182446.
        let interval = Interval::of([4.0, 7.0, 13.0, 16.0], 0.95);
        assert!((interval.half - 3.182_446 * 30.0_f64.sqrt() / 2.0).abs() < 1e-4, "{interval:?}");
        assert!(interval.covers(18.0) && !interval.covers(19.0));
    }

    #[test]
    fn one_run_says_nothing_about_the_next() {
        assert_eq!(Interval::of([5.0], 0.95).half, f64::INFINITY);
    }

    #[test]
    fn batches_are_means_of_equal_stretches() {
        let interval = batch_means(&[1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 99.0], 3, 0.95);
        assert_eq!((interval.mean, interval.runs), (6.0, 3));
    }
}

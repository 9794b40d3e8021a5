//! How long something takes: a distribution in minutes, prepared for drawing.

use rand::Rng;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, Gamma, LogNormal, Weibull};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma;

const MINUTE_MS: f64 = 60_000.0;
/// The longest time drawn, in minutes: ten years. A tail beyond it is a mistake in the file, and would overflow.
pub const MINUTES_MAX: f64 = 5_256_000.0;

/// A distribution of times. Every mean is in minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Duration {
    /// Always the same.
    Fixed {
        /// How long.
        minutes: f64,
    },
    /// Exponential with a mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Lognormal with a mean and a coefficient of variation.
    Lognormal {
        /// Mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Gamma with a mean and a coefficient of variation.
    Gamma {
        /// Mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Weibull with a mean and a shape: below 1 a long tail, 1 exponential, above 1 ever more even.
    Weibull {
        /// Mean.
        mean: f64,
        /// Shape.
        shape: f64,
    },
    /// One of these, each as likely as the others; not empty.
    Empirical {
        /// The times.
        #[schemars(length(min = 1, max = 10_000))]
        minutes: Vec<f64>,
    },
}

/// Parameters that make no distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("这些参数给不出时间分布 / these parameters give no distribution of times")]
pub struct NoDuration;

/// A [`Duration`] ready to draw from.
#[derive(Clone, Debug)]
pub struct Sampler(Prepared);

#[derive(Clone, Debug)]
enum Prepared {
    Fixed(i64),
    Exponential(f64),
    Lognormal(LogNormal<f64>),
    Gamma(Gamma<f64>),
    Weibull(Weibull<f64>),
    Empirical(Box<[i64]>),
}

impl Duration {
    /// Always so many minutes.
    #[must_use]
    pub const fn fixed(minutes: f64) -> Self {
        Self::Fixed { minutes }
    }

    /// Exponential with this mean.
    #[must_use]
    pub const fn exponential(mean: f64) -> Self {
        Self::Exponential { mean }
    }

    /// One of these times.
    #[must_use]
    pub const fn empirical(minutes: Vec<f64>) -> Self {
        Self::Empirical { minutes }
    }

    /// Prepares it.
    ///
    /// # Errors
    /// A mean or a value is negative or beyond [`MINUTES_MAX`], a spread is not above 0, or there is no value.
    pub fn sampler(&self) -> Result<Sampler, NoDuration> {
        let time = |minutes: f64| (0.0..=MINUTES_MAX).contains(&minutes).then_some(minutes).ok_or(NoDuration);
        let above = |number: f64| (number > 0.0 && number < 1e3).then_some(number).ok_or(NoDuration);
        Ok(Sampler(match self {
            Self::Fixed { minutes } => Prepared::Fixed(to_ms(time(*minutes)?)),
            Self::Exponential { mean } => Prepared::Exponential(time(*mean)?),
            Self::Lognormal { mean, cv } => {
                let mean = time(*mean)?;
                if mean == 0.0 {
                    return Err(NoDuration);
                }
                Prepared::Lognormal(LogNormal::from_mean_cv(mean, above(*cv)?).map_err(|_| NoDuration)?)
            }
            Self::Gamma { mean, cv } => {
                let shape = above(*cv)?.powi(-2);
                Prepared::Gamma(Gamma::new(shape, time(*mean)? / shape).map_err(|_| NoDuration)?)
            }
            Self::Weibull { mean, shape } => {
                let scale = time(*mean)? / gamma(1.0 + 1.0 / above(*shape)?);
                Prepared::Weibull(Weibull::new(scale, *shape).map_err(|_| NoDuration)?)
            }
            Self::Empirical { minutes } if minutes.is_empty() => return Err(NoDuration),
            Self::Empirical { minutes } => {
                let times: Result<Vec<i64>, NoDuration> = minutes.iter().map(|it| time(*it).map(to_ms)).collect();
                Prepared::Empirical(times?.into())
            }
        }))
    }

    /// Its mean in minutes.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Fixed { minutes: mean }
            | Self::Exponential { mean }
            | Self::Lognormal { mean, .. }
            | Self::Gamma { mean, .. }
            | Self::Weibull { mean, .. } => *mean,
            Self::Empirical { minutes } => minutes.iter().sum::<f64>() / minutes.len().max(1) as f64,
        }
    }

    /// Its standard deviation over its mean; 0 for a mean of 0.
    #[must_use]
    pub fn cv(&self) -> f64 {
        match self {
            Self::Fixed { .. } => 0.0,
            Self::Exponential { .. } => 1.0,
            Self::Lognormal { cv, .. } | Self::Gamma { cv, .. } => *cv,
            Self::Weibull { shape, .. } => {
                let first = gamma(1.0 + 1.0 / shape);
                (gamma(1.0 + 2.0 / shape) / (first * first) - 1.0).max(0.0).sqrt()
            }
            Self::Empirical { minutes } => {
                let mean = self.mean();
                let squares = minutes.iter().map(|it| (it - mean).powi(2)).sum::<f64>();
                if mean > 0.0 { (squares / minutes.len() as f64).sqrt() / mean } else { 0.0 }
            }
        }
    }

    /// The same, `factor` times as long.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Fixed { minutes } => Self::Fixed { minutes: minutes * factor },
            Self::Exponential { mean } => Self::Exponential { mean: mean * factor },
            Self::Lognormal { mean, cv } => Self::Lognormal { mean: mean * factor, cv: *cv },
            Self::Gamma { mean, cv } => Self::Gamma { mean: mean * factor, cv: *cv },
            Self::Weibull { mean, shape } => Self::Weibull { mean: mean * factor, shape: *shape },
            Self::Empirical { minutes } => Self::Empirical { minutes: minutes.iter().map(|it| it * factor).collect() },
        }
    }
}

impl Sampler {
    /// Draws a time in milliseconds.
    #[inline]
    pub fn draw_ms(&self, rng: &mut impl Rng) -> i64 {
        match &self.0 {
            Prepared::Fixed(ms) => *ms,
            Prepared::Exponential(mean) => {
                let one: f64 = Exp1.sample(rng);
                to_ms(one * mean)
            }
            Prepared::Lognormal(it) => to_ms(it.sample(rng)),
            Prepared::Gamma(it) => to_ms(it.sample(rng)),
            Prepared::Weibull(it) => to_ms(it.sample(rng)),
            Prepared::Empirical(times) => times[rng.random_range(0..times.len())],
        }
    }
}

/// Minutes as milliseconds, rounded; never more than [`MINUTES_MAX`].
fn to_ms(minutes: f64) -> i64 {
    (minutes.min(MINUTES_MAX) * MINUTE_MS + 0.5) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Source;

    fn draws(duration: &Duration, count: usize) -> Vec<i64> {
        let sampler = duration.sampler().unwrap();
        let rng = &mut Source::new(1, &["golden"]).stream();
        (0..count).map(|_| sampler.draw_ms(rng)).collect()
    }

    fn all() -> Vec<Duration> {
        vec![
            Duration::fixed(10.0),
            Duration::exponential(10.0),
            Duration::Lognormal { mean: 10.0, cv: 0.6 },
            Duration::Gamma { mean: 10.0, cv: 0.5 },
            Duration::Weibull { mean: 10.0, shape: 1.5 },
            Duration::empirical(vec![4.0, 10.0, 16.0]),
        ]
    }

    #[test]
    fn means_and_spreads_are_what_was_asked_for() {
        for duration in all() {
            let times: Vec<f64> = draws(&duration, 200_000).iter().map(|ms| *ms as f64 / MINUTE_MS).collect();
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            let cv = (times.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / times.len() as f64).sqrt() / mean;
            // Five standard errors of the mean; the spread of a lognormal is the slowest to settle.
            assert!((mean - 10.0).abs() < 5.0 * duration.cv() * 10.0 / 447.0 + 1e-3, "{duration:?}: mean {mean}");
            assert!((cv - duration.cv()).abs() < 0.02, "{duration:?}: cv {cv}");
        }
    }

    /// The library behind the draws is pinned: another version may draw other numbers, and then every published result
    /// changes. These are the first three draws of each kind.
    #[test]
    fn draws_are_the_same_in_every_version() {
        let golden: Vec<Vec<i64>> = all().iter().map(|duration| draws(duration, 3)).collect();
        assert_eq!(golden, GOLDEN);
    }

    const GOLDEN: [[i64; 3]; 6] = [
        [600_000; 3],
        [40_984, 90_601, 279_658],
        [175_237, 132_479, 282_030],
        [159_480, 293_674, 589_073],
        [1_586_814, 1_485_505, 903_245],
        [600_000; 3],
    ];

    #[test]
    fn what_makes_no_distribution_is_refused() {
        for duration in [
            Duration::fixed(-1.0),
            Duration::fixed(f64::NAN),
            Duration::exponential(MINUTES_MAX * 2.0),
            Duration::Lognormal { mean: 0.0, cv: 0.5 },
            Duration::Lognormal { mean: 5.0, cv: 0.0 },
            Duration::Gamma { mean: 5.0, cv: -1.0 },
            Duration::Weibull { mean: 5.0, shape: 0.0 },
            Duration::empirical(vec![]),
            Duration::empirical(vec![1.0, -1.0]),
        ] {
            assert!(duration.sampler().is_err(), "{duration:?}");
        }
    }
}

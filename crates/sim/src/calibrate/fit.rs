//! Which distribution times come from: fitted by likelihood, chosen by Schwarz's criterion, and held against times
//! that took no part in the fit. The exponential is a gamma and a Weibull too: Akaike's criterion would take one of those for
//! it in one log of six, however long; Schwarz's (1978, "Estimating the dimension of a model") ever more seldom.

use serde::Serialize;
use statrs::function::erf::erfc;
use statrs::function::gamma::{digamma, gamma, gamma_lr, ln_gamma};

use crate::duration::{Duration, MINUTES_MAX};

/// Fewer times than these fit nothing: they are taken as they are.
pub(super) const FITTED_MIN: usize = 8;
/// Fewer times than these are not split: nothing is held out.
const HELD_OUT_MIN: usize = 25;
/// Every so many times one is held out.
const HELD_OUT_EVERY: usize = 5;
/// Most times fitted; of more, every so many.
const FITTED_MAX: usize = 100_000;
/// Most values of an empirical distribution; of more, so many quantiles.
const EMPIRICAL_MAX: usize = 200;
/// Kolmogorov's bound times the root of the number of times: exceeded by chance once in a hundred samples.
const KOLMOGOROV: f64 = 1.63;
/// Halvings of an interval: past the precision of a double.
const HALVINGS: u32 = 100;

/// A kind of distribution that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// The best of its kind.
    pub takes: Duration,
    /// Schwarz's criterion: the least is the best.
    pub bic: f64,
}

/// How the choice stands against times that took no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeldOut {
    /// How many.
    pub times: usize,
    /// Greatest distance between the shares (Kolmogorov-Smirnov).
    pub distance: f64,
    /// The distance that a right choice exceeds once in a hundred logs.
    pub allowed: f64,
    /// Mean fitted less mean held out, over the latter.
    pub mean_error: f64,
}

/// What was learned of times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The choice, fitted to all of them.
    pub takes: Duration,
    /// How many times.
    pub times: usize,
    /// Their mean in minutes.
    pub mean: f64,
    /// Their standard deviation over their mean.
    pub cv: f64,
    /// What was tried, the best one first.
    pub candidates: Vec<Candidate>,
    /// Against what was held out; `None` with too few.
    pub held_out: Option<HeldOut>,
}

/// Chooses a distribution for times in minutes; `None` without any.
#[must_use]
pub fn fit(minutes: &[f64]) -> Option<Fit> {
    if minutes.is_empty() {
        return None;
    }
    let (mean, cv) = moments(minutes);
    let fit = |takes, candidates, held_out| Some(Fit { takes, times: minutes.len(), mean, cv, candidates, held_out });
    if cv < 1e-6 {
        return fit(Duration::fixed(rounded(mean)), Vec::new(), None);
    }
    if minutes.len() < FITTED_MIN {
        return fit(empirical(minutes), Vec::new(), None);
    }
    let all = candidates(&thinned(minutes));
    if minutes.len() < HELD_OUT_MIN {
        return fit(all.first().map_or_else(|| empirical(minutes), |best| best.takes.clone()), all, None);
    }
    let part = |held: bool| -> Vec<f64> {
        let chosen = minutes.iter().enumerate().filter(|(nth, _)| (nth % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held);
        chosen.map(|(_, it)| *it).collect()
    };
    let (kept, mut held) = (part(false), part(true));
    held.sort_by(f64::total_cmp);
    let against = |takes: &Duration| HeldOut {
        times: held.len(),
        distance: distance(takes, &held),
        // The fit has an error of its own, which the times that it was made from bound in the same way.
        allowed: KOLMOGOROV * (1.0 / held.len() as f64 + 1.0 / kept.len() as f64).sqrt(),
        mean_error: takes.mean() / moments(&held).0 - 1.0,
    };
    let tried = candidates(&thinned(&kept)).into_iter().next().map(|best| against(&best.takes));
    match (all.first(), tried) {
        (Some(best), Some(tried)) if tried.distance <= tried.allowed => {
            fit(best.takes.clone(), all.clone(), Some(tried))
        }
        _ => fit(empirical(minutes), all, Some(against(&empirical(&kept)))),
    }
}

/// Mean and coefficient of variation.
fn moments(minutes: &[f64]) -> (f64, f64) {
    let count = minutes.len().max(1) as f64;
    let mean = minutes.iter().sum::<f64>() / count;
    let variance = minutes.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count;
    (mean, if mean > 0.0 { variance.sqrt() / mean } else { 0.0 })
}

fn thinned(minutes: &[f64]) -> Vec<f64> {
    minutes.iter().step_by(minutes.len().div_ceil(FITTED_MAX).max(1)).copied().collect()
}

/// Every kind that these times may come from, the best one first. A time of nothing leaves only the exponential.
fn candidates(minutes: &[f64]) -> Vec<Candidate> {
    let count = minutes.len() as f64;
    let mean = minutes.iter().sum::<f64>() / count;
    let mut all = vec![(Duration::exponential(mean), 1.0, -count * (mean.ln() + 1.0))];
    if minutes.iter().all(|it| *it > 0.0) {
        let logs: Vec<f64> = minutes.iter().map(|it| it.ln()).collect();
        let log_mean = logs.iter().sum::<f64>() / count;
        all.push(lognormal(&logs, log_mean));
        all.push(gamma_of(mean, log_mean, count));
        all.extend(weibull(&logs, log_mean));
    }
    let mut candidates: Vec<Candidate> = all
        .into_iter()
        .map(|(takes, parameters, likelihood)| Candidate {
            takes: tidy(takes),
            bic: parameters * count.ln() - 2.0 * likelihood,
        })
        .filter(|it| it.bic.is_finite() && it.takes.sampler().is_ok())
        .collect();
    candidates.sort_by(|one, other| one.bic.total_cmp(&other.bic));
    candidates
}

/// The distribution, its number of parameters and its log-likelihood.
type Fitted = (Duration, f64, f64);

fn lognormal(logs: &[f64], log_mean: f64) -> Fitted {
    let count = logs.len() as f64;
    let variance = logs.iter().map(|it| (it - log_mean).powi(2)).sum::<f64>() / count;
    let takes = Duration::Lognormal { mean: (log_mean + variance / 2.0).exp(), cv: variance.exp_m1().sqrt() };
    let likelihood = -count * ((std::f64::consts::TAU * variance).ln() / 2.0 + 0.5 + log_mean);
    (takes, 2.0, likelihood)
}

/// The shape solves ln k - psi(k) = ln(mean) - mean of the logs; the left side falls from infinity to 0.
fn gamma_of(mean: f64, log_mean: f64, count: f64) -> Fitted {
    let spread = mean.ln() - log_mean;
    let shape = solved(|shape| shape.ln() - digamma(shape) > spread);
    let likelihood = count * ((shape - 1.0) * log_mean - shape - shape * (mean / shape).ln() - ln_gamma(shape));
    (Duration::Gamma { mean, cv: shape.sqrt().recip() }, 2.0, likelihood)
}

/// The shape solves: mean of the logs weighted by x^k, less 1/k = mean of the logs; the left side rises. Times are taken
/// over the longest, so that no power overflows.
fn weibull(logs: &[f64], log_mean: f64) -> Option<Fitted> {
    let count = logs.len() as f64;
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sums = |shape: f64| {
        logs.iter().fold((0.0, 0.0), |(weights, sum), log| {
            let weight = ((log - most) * shape).exp();
            (weights + weight, sum + weight * log)
        })
    };
    let shape = solved(|shape| {
        let (weights, sum) = sums(shape);
        sum / weights - 1.0 / shape < log_mean
    });
    let (weights, _) = sums(shape);
    let log_scale = most + (weights / count).ln() / shape;
    let mean = log_scale.exp() * gamma(1.0 + 1.0 / shape);
    let likelihood = count * (shape.ln() - shape * log_scale + (shape - 1.0) * log_mean - 1.0);
    (mean.is_finite() && mean < MINUTES_MAX).then_some((Duration::Weibull { mean, shape }, 2.0, likelihood))
}

/// The shape up to which `below` holds, found by halving between a thousandth and a million.
fn solved(below: impl Fn(f64) -> bool) -> f64 {
    let (mut least, mut most) = (1e-3_f64.ln(), 1e6_f64.ln());
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(least, most);
        if below(middle.exp()) { least = middle } else { most = middle }
    }
    f64::midpoint(least, most).exp()
}

/// The share of times that are not longer.
fn share(takes: &Duration, minutes: f64) -> f64 {
    match takes {
        Duration::Fixed { minutes: fixed } => f64::from(u8::from(minutes >= *fixed)),
        Duration::Exponential { mean } => -(-minutes / mean).exp_m1(),
        _ if minutes <= 0.0 => 0.0,
        Duration::Lognormal { mean, cv } => {
            let variance = cv.powi(2).ln_1p();
            let middle = mean.ln() - variance / 2.0;
            erfc((middle - minutes.ln()) / (2.0 * variance).sqrt()) / 2.0
        }
        Duration::Gamma { mean, cv } => {
            let shape = cv.powi(-2);
            gamma_lr(shape, minutes * shape / mean)
        }
        Duration::Weibull { mean, shape } => {
            let scale = mean / gamma(1.0 + 1.0 / shape);
            -(-(minutes / scale).powf(*shape)).exp_m1()
        }
        Duration::Empirical { minutes: known } => {
            known.iter().filter(|it| **it <= minutes).count() as f64 / known.len().max(1) as f64
        }
    }
}

/// Greatest distance between the share that a distribution expects and that of sorted times.
fn distance(takes: &Duration, sorted: &[f64]) -> f64 {
    let count = sorted.len() as f64;
    let apart = |(nth, minutes): (usize, &f64)| {
        let share = share(takes, *minutes);
        (share - nth as f64 / count).abs().max((share - (nth + 1) as f64 / count).abs())
    };
    sorted.iter().enumerate().map(apart).fold(0.0, f64::max)
}

/// The times as they are; of many, so many quantiles.
fn empirical(minutes: &[f64]) -> Duration {
    let mut sorted = minutes.to_vec();
    sorted.sort_by(f64::total_cmp);
    let values = sorted.len().min(EMPIRICAL_MAX);
    let quantile = |nth: usize| sorted[(2 * nth + 1) * sorted.len() / (2 * values)];
    Duration::empirical((0..values).map(|nth| rounded(quantile(nth))).collect())
}

fn tidy(takes: Duration) -> Duration {
    match takes {
        Duration::Exponential { mean } => Duration::Exponential { mean: rounded(mean) },
        Duration::Lognormal { mean, cv } => Duration::Lognormal { mean: rounded(mean), cv: rounded(cv) },
        Duration::Gamma { mean, cv } => Duration::Gamma { mean: rounded(mean), cv: rounded(cv) },
        Duration::Weibull { mean, shape } => Duration::Weibull { mean: rounded(mean), shape: rounded(shape) },
        same => same,
    }
}

/// To six digits: more than any log knows, and short enough to read.
pub(super) fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Source;

    fn drawn(takes: &Duration, count: u64, seed: u64) -> Vec<f64> {
        let (sampler, source) = (takes.sampler().unwrap(), Source::new(seed, &["fit"]));
        (0..count).map(|nth| sampler.draw_ms(&mut source.of(nth)) as f64 / 60_000.0).collect()
    }

    /// The kind is found again (false alarm under one in a hundred draws; the seeds are fixed), and its parameters within five standard errors: of the mean cv/sqrt(n), of the spread at
    /// most as large as a normal sample's, 1/sqrt(2n), times what its tail adds.
    #[test]
    fn what_was_drawn_is_found_again() {
        let count = 4000_u64;
        let root = (count as f64).sqrt();
        for (takes, spread_error) in [
            (Duration::exponential(12.0), 0.0),
            (Duration::Lognormal { mean: 12.0, cv: 0.7 }, 1.2),
            (Duration::Gamma { mean: 20.0, cv: 0.5 }, 0.6),
            (Duration::Weibull { mean: 30.0, shape: 2.0 }, 0.8 * 2.0),
        ] {
            for seed in 0..8 {
                let fit = fit(&drawn(&takes, count, seed)).unwrap();
                assert_eq!(
                    std::mem::discriminant(&fit.takes),
                    std::mem::discriminant(&takes),
                    "seed {seed}: {takes:?} taken for {:?}",
                    fit.candidates
                );
                let off = fit.takes.mean() / takes.mean() - 1.0;
                assert!(off.abs() < 5.0 * takes.cv() / root, "seed {seed}: {takes:?}: {:?}", fit.takes);
                let spread = match (&takes, &fit.takes) {
                    (Duration::Lognormal { cv, .. }, Duration::Lognormal { cv: found, .. })
                    | (Duration::Gamma { cv, .. }, Duration::Gamma { cv: found, .. }) => found - cv,
                    (Duration::Weibull { shape, .. }, Duration::Weibull { shape: found, .. }) => found - shape,
                    _ => 0.0,
                };
                assert!(spread.abs() <= 5.0 * spread_error / root, "seed {seed}: {takes:?}: {:?}", fit.takes);
                let held = fit.held_out.unwrap();
                assert!(held.distance <= held.allowed, "seed {seed}: {held:?}");
            }
        }
    }

    #[test]
    fn what_no_kind_fits_is_kept_as_it_is() {
        let two_peaks: Vec<f64> =
            (0..1000).map(|nth| if nth % 3 == 0 { 5.0 } else { 30.0 + f64::from(nth % 7) }).collect();
        let fit = fit(&two_peaks).unwrap();
        assert!(matches!(&fit.takes, Duration::Empirical { minutes } if minutes.len() == EMPIRICAL_MAX), "{fit:?}");
        assert!((fit.takes.mean() / fit.mean - 1.0).abs() < 0.02, "{fit:?}");
    }

    #[test]
    fn few_and_odd_times_fit_nothing_that_they_do_not_say() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[3.0; 50]).unwrap().takes, Duration::fixed(3.0));
        assert_eq!(fit(&[0.0; 9]).unwrap().takes, Duration::fixed(0.0));
        assert_eq!(fit(&[2.0, 1.0]).unwrap().takes, Duration::empirical(vec![1.0, 2.0]));
        let with_nothing: Vec<f64> = (0..20).map(f64::from).collect();
        let fit = fit(&with_nothing).unwrap();
        assert!(matches!(fit.takes, Duration::Exponential { .. }), "{fit:?}");
        let huge = [1e-9, 5e6, 1e-9, 5e6, 1e-9, 5e6, 1e-9, 5e6];
        assert!(super::fit(&huge).unwrap().takes.sampler().is_ok());
    }
}

//! When people come: rates by weekday and quarter-hour, as coarse as the log can tell them apart.

use serde::Serialize;
use statrs::function::gamma::ln_gamma;

/// Quarter-hours of a day.
pub(super) const QUARTERS: usize = 96;
/// Fewer days than these are not split: nothing is held out.
const HELD_OUT_MIN: usize = 5;

/// How finely the day is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Evenly while the centre is open.
    Even,
    /// By hour.
    Hour,
    /// By quarter-hour.
    Quarter,
}

/// How weekdays differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekdays {
    /// Not at all.
    Same,
    /// By a factor.
    Factors,
    /// Each spreads over the day in its own way.
    Own,
}

/// A way to tell arrivals apart that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shape {
    /// By time of day.
    pub grain: Grain,
    /// By weekday.
    pub weekdays: Weekdays,
    /// Akaike's criterion: the least is the best.
    pub aic: f64,
}

/// How the choice stands against the last days, which took no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DaysHeldOut {
    /// How many days.
    pub days: usize,
    /// How many were expected on them.
    pub expected: f64,
    /// How many came.
    pub came: f64,
    /// Sum over days and hours of the difference between came and expected, over all that came.
    pub error: f64,
    /// What that would be on average by chance alone, were the rates exactly right.
    pub error_by_chance: f64,
}

/// What was learned of arrivals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArrivalFit {
    /// Of what.
    pub of: String,
    /// How many came.
    pub came: usize,
    /// On how many working days.
    pub days: usize,
    /// The choice and what else was tried, the best one first.
    pub shapes: Vec<Shape>,
    /// Variance of the number a day over its mean, weekdays taken apart: 1 for a Poisson process.
    pub dispersion: f64,
    /// Against the last days; `None` with too few.
    pub held_out: Option<DaysHeldOut>,
    /// Mean arrivals in each quarter-hour of Monday to Sunday; a weekday that the log has not seen is like the mean of
    /// the others.
    #[serde(skip)]
    pub rates: Vec<[f64; QUARTERS]>,
    /// Whether the log has seen the weekday.
    #[serde(skip)]
    pub seen: [bool; 7],
}

/// One working day: its weekday from Monday, how many came in each quarter-hour, and how much of each it was open.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) weekday: usize,
    pub(super) came: [u32; QUARTERS],
    pub(super) open: [f64; QUARTERS],
}

/// Chooses rates for arrivals on some days; `None` if nobody came.
pub(super) fn fit(of: &str, days: &[Day]) -> Option<ArrivalFit> {
    let came: u32 = days.iter().flat_map(|day| day.came).sum();
    if came == 0 {
        return None;
    }
    let grains = [Grain::Even, Grain::Hour, Grain::Quarter];
    let ways = [Weekdays::Same, Weekdays::Factors, Weekdays::Own];
    let mut shapes: Vec<Shape> = grains
        .into_iter()
        .flat_map(|grain| ways.map(|weekdays| (grain, weekdays)))
        .filter(|shape| *shape != (Grain::Even, Weekdays::Own))
        .map(|(grain, weekdays)| Shape { grain, weekdays, aic: aic(days, grain, weekdays) })
        .filter(|shape| shape.aic.is_finite())
        .collect();
    shapes.sort_by(|one, other| one.aic.total_cmp(&other.aic));
    let best = shapes.first().copied()?;
    let mut seen = [false; 7];
    days.iter().for_each(|day| seen[day.weekday] = true);
    Some(ArrivalFit {
        of: of.to_owned(),
        came: came as usize,
        days: days.len(),
        dispersion: dispersion(days),
        held_out: held_out(days, best),
        rates: rates(days, best.grain, best.weekdays),
        shapes,
        seen,
    })
}

fn bins(grain: Grain) -> usize {
    match grain {
        Grain::Even => 1,
        Grain::Hour => 24,
        Grain::Quarter => QUARTERS,
    }
}

/// The rates of greatest likelihood: within a bin evenly, and where weekdays differ by a factor, number of the weekday
/// times share of the bin.
fn rates(days: &[Day], grain: Grain, weekdays: Weekdays) -> Vec<[f64; QUARTERS]> {
    let own = |weekday: usize| days.iter().filter(move |day| day.weekday == weekday);
    let number = |weekday: usize| own(weekday).flat_map(|day| day.came).sum::<u32>();
    let mean = days.iter().flat_map(|day| day.came).sum::<u32>() as f64 / days.len().max(1) as f64;
    let all = spread(days.iter(), grain);
    (0..7)
        .map(|weekday| {
            let count = own(weekday).count();
            let (a_day, shares) = match weekdays {
                _ if count == 0 => (mean, all),
                Weekdays::Same => (mean, all),
                Weekdays::Factors => (f64::from(number(weekday)) / count as f64, all),
                Weekdays::Own => (f64::from(number(weekday)) / count as f64, spread(own(weekday), grain)),
            };
            shares.map(|share| share * a_day)
        })
        .collect()
}

/// Shares of the quarter-hours.
fn spread<'d>(days: impl Iterator<Item = &'d Day> + Clone, grain: Grain) -> [f64; QUARTERS] {
    let mut shares = [0.0; QUARTERS];
    if grain == Grain::Even {
        days.for_each(|day| shares.iter_mut().zip(day.open).for_each(|(share, open)| *share += open));
    } else {
        let width = QUARTERS / bins(grain);
        for day in days {
            for (quarter, came) in day.came.iter().enumerate() {
                let first = quarter / width * width;
                shares[first..first + width].iter_mut().for_each(|it| *it += f64::from(*came) / width as f64);
            }
        }
    }
    let whole: f64 = shares.iter().sum();
    if whole > 0.0 { shares.map(|share| share / whole) } else { shares }
}

/// Of counts that are Poisson in each quarter-hour of each day; what all shapes share is left out.
fn aic(days: &[Day], grain: Grain, weekdays: Weekdays) -> f64 {
    let rates = rates(days, grain, weekdays);
    let cells = days.iter().flat_map(|day| day.came.iter().zip(&rates[day.weekday]));
    let likelihood: f64 =
        cells.map(|(came, rate)| if *came == 0 { -rate } else { f64::from(*came) * rate.ln() - rate }).sum();
    let seen = (0..7).filter(|weekday| days.iter().any(|day| day.weekday == *weekday)).count();
    let width = QUARTERS / bins(grain);
    let used = |days: &mut dyn Iterator<Item = &Day>| {
        let mut hit = [false; QUARTERS];
        days.for_each(|day| (0..QUARTERS).for_each(|quarter| hit[quarter / width] |= day.came[quarter] > 0));
        hit.iter().filter(|it| **it).count().max(1)
    };
    let parameters = match (grain, weekdays) {
        (Grain::Even, Weekdays::Same) => 1,
        (Grain::Even, _) => seen,
        (_, Weekdays::Same) => used(&mut days.iter()),
        (_, Weekdays::Factors) => seen + used(&mut days.iter()) - 1,
        (_, Weekdays::Own) => (0..7)
            .map(|weekday| days.iter().filter(move |day| day.weekday == weekday))
            .map(|mut it| used(&mut it))
            .sum(),
    };
    2.0 * (parameters as f64 - likelihood)
}

fn dispersion(days: &[Day]) -> f64 {
    let (mut squares, mut means, mut freedom) = (0.0, 0.0, 0.0);
    for weekday in 0..7 {
        let counts: Vec<f64> = days
            .iter()
            .filter(|day| day.weekday == weekday)
            .map(|day| f64::from(day.came.iter().sum::<u32>()))
            .collect();
        if counts.len() < 2 {
            continue;
        }
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        squares += counts.iter().map(|it| (it - mean).powi(2)).sum::<f64>();
        freedom += counts.len() as f64 - 1.0;
        means += mean * (counts.len() as f64 - 1.0);
    }
    if freedom > 0.0 && means > 0.0 { squares / means } else { 1.0 }
}

fn held_out(days: &[Day], shape: Shape) -> Option<DaysHeldOut> {
    if days.len() < HELD_OUT_MIN {
        return None;
    }
    let (kept, last) = days.split_at(days.len() - days.len() / HELD_OUT_MIN);
    let rates = rates(kept, shape.grain, shape.weekdays);
    let hours = |cells: &[f64]| cells.chunks(4).map(|it| it.iter().sum::<f64>()).collect::<Vec<f64>>();
    let mut held = DaysHeldOut { days: last.len(), expected: 0.0, came: 0.0, error: 0.0, error_by_chance: 0.0 };
    for day in last {
        let came = hours(&day.came.map(f64::from));
        for (came, expected) in came.iter().zip(hours(&rates[day.weekday])) {
            held.came += came;
            held.expected += expected;
            held.error += (came - expected).abs();
            held.error_by_chance += mean_deviation(expected);
        }
    }
    held.error /= held.came.max(1.0);
    held.error_by_chance /= held.expected.max(1.0);
    Some(held)
}

/// Mean distance of a Poisson count from its mean: 2 exp(-m) m^(k+1) / k! with k the whole part of m (Ramasubban 1958).
fn mean_deviation(mean: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    let whole = mean.floor();
    2.0 * ((whole + 1.0) * mean.ln() - mean - ln_gamma(whole + 1.0)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_deviation_of_counts_is_theirs() {
        for mean in [0.3, 1.0, 4.5, 30.0] {
            let weight = |count: f64| (count * f64::ln(mean) - mean - ln_gamma(count + 1.0)).exp();
            let direct: f64 = (0..200).map(f64::from).map(|count| (count - mean).abs() * weight(count)).sum();
            assert!((mean_deviation(mean) - direct).abs() < 1e-9, "{mean}");
        }
    }
}

//! How many come in each quarter-hour of each weekday, learned from the days seen so far, and what a day says about itself.
//!
//! Arrivals of a quarter-hour are Poisson; what is known of their rate is a gamma distribution with the arrivals counted
//! as its shape and the days seen as its rate, so a new day only adds to both, and a day long past weighs less because
//! both are discounted (the dynamic gamma-Poisson model: West and Harrison, Bayesian Forecasting and Dynamic Models,
//! 2nd ed. 1997, ch. 10 and 14). A single day is busier or quieter than its kind by a factor of its own, gamma with mean
//! 1, which its first hours tell about (Jongbloed and Koole, Managing uncertainty in call centres using Poisson mixtures,
//! 2001; Avramidis, Deslauriers and L'Ecuyer, Modeling daily arrivals to a telephone call center, 2004).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, wrong};
use crate::local::QUARTERS;

/// Days of the week, Monday first.
const WEEKDAYS: usize = 7;
/// What each new day leaves of the days before it of the same weekday: the last ten count for two thirds.
pub const DAY_KEPT: f64 = 0.9;
/// The day factor's shape where nothing is known of it: single days differ from their kind by some 22%. Illustrative.
const DAY_SHAPE: f64 = 20.0;

/// Arrivals by weekday and quarter-hour, as history shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalRates {
    /// Monday to Sunday.
    #[schemars(length(min = 7, max = 7))]
    pub weekdays: Vec<WeekdayRates>,
    /// How alike days are: the variance of the factor by which a day is busier than its kind is 1 over this.
    #[serde(default = "day_shape")]
    #[schemars(range(min = 0.01, max = 1_000_000))]
    pub day_shape: f64,
}

fn day_shape() -> f64 {
    DAY_SHAPE
}

/// What one weekday has shown. Arrivals over days is the mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekdayRates {
    /// Days seen; long past ones may count for less than one.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub days: f64,
    /// The quarter-hour of the day with which `arrivals` begins: 36 is 9:00.
    #[serde(default)]
    #[schemars(range(min = 0, max = 95))]
    pub first_quarter: u8,
    /// Arrivals counted in each quarter-hour on all those days together; none outside.
    #[serde(default)]
    #[schemars(length(max = 96))]
    pub arrivals: Vec<f64>,
}

impl Default for ArrivalRates {
    fn default() -> Self {
        ArrivalRates { weekdays: vec![WeekdayRates::default(); WEEKDAYS], day_shape: DAY_SHAPE }
    }
}

impl ArrivalRates {
    /// Mean arrivals in a quarter-hour (0 to 95) of a weekday (0 Monday to 6 Sunday); 0 where nothing was seen.
    #[must_use]
    pub fn mean(&self, weekday: usize, quarter: usize) -> f64 {
        let Some(row) = self.weekdays.get(weekday).filter(|row| row.days > 0.0) else { return 0.0 };
        let at = quarter.checked_sub(usize::from(row.first_quarter));
        at.and_then(|at| row.arrivals.get(at)).map_or(0.0, |arrivals| arrivals / row.days)
    }

    /// Days seen of a weekday.
    #[must_use]
    pub fn days(&self, weekday: usize) -> f64 {
        self.weekdays.get(weekday).map_or(0.0, |row| row.days)
    }

    /// Adds a day: its arrivals in each quarter-hour from midnight. Earlier days of the weekday keep `kept` of their
    /// weight; 1 forgets nothing.
    pub fn learn(&mut self, weekday: usize, day: &[f64], kept: f64) {
        let Some(row) = self.weekdays.get_mut(weekday) else { return };
        let mut all = [0.0; QUARTERS];
        for (at, arrivals) in row.arrivals.iter().enumerate() {
            if let Some(cell) = all.get_mut(usize::from(row.first_quarter) + at) {
                *cell = arrivals * kept;
            }
        }
        for (cell, arrivals) in all.iter_mut().zip(day) {
            *cell += arrivals;
        }
        row.days = row.days * kept + 1.0;
        let first = all.iter().position(|it| *it > 0.0).unwrap_or(0);
        let end = all.iter().rposition(|it| *it > 0.0).map_or(first, |last| last + 1);
        row.first_quarter = first as u8;
        row.arrivals = all[first..end].to_vec();
    }

    /// How much busier a day is than its kind, by what was expected of its hours so far and what came.
    #[must_use]
    pub fn busyness(&self, expected: f64, came: f64) -> f64 {
        (self.day_shape + came) / (self.day_shape + expected)
    }

    /// Whether the numbers are a history.
    ///
    /// # Errors
    /// The first that is not, with the field under `field`.
    pub fn check(&self, field: &str) -> Result<(), ConfigError> {
        if self.weekdays.len() != WEEKDAYS {
            return Err(wrong(format!("{field}.weekdays"), "seven, Monday to Sunday", &self.weekdays.len()));
        }
        if !(self.day_shape.is_finite() && self.day_shape > 0.0) {
            return Err(wrong(format!("{field}.day_shape"), "above 0", &self.day_shape));
        }
        for (nth, row) in self.weekdays.iter().enumerate() {
            let field = |name: &str| format!("{field}.weekdays.{nth}.{name}");
            if !(row.days.is_finite() && row.days >= 0.0) {
                return Err(wrong(field("days"), "0 or more", &row.days));
            }
            if usize::from(row.first_quarter) + row.arrivals.len() > QUARTERS {
                return Err(wrong(field("arrivals"), "to end with the day", &row.arrivals.len()));
            }
            if let Some(arrivals) = row.arrivals.iter().find(|it| !(it.is_finite() && **it >= 0.0)) {
                return Err(wrong(field("arrivals"), "each 0 or more", arrivals));
            }
            if row.days == 0.0 && !row.arrivals.is_empty() {
                return Err(wrong(field("days"), "above 0 where arrivals were counted", &row.days));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(cells: &[(usize, f64)]) -> Vec<f64> {
        let mut day = vec![0.0; QUARTERS];
        for (quarter, arrivals) in cells {
            day[*quarter] = *arrivals;
        }
        day
    }

    #[test]
    fn the_mean_is_arrivals_over_days_and_old_days_fade() {
        let mut rates = ArrivalRates::default();
        rates.learn(0, &day(&[(36, 4.0), (38, 2.0)]), 1.0);
        rates.learn(0, &day(&[(36, 8.0)]), 1.0);
        assert_eq!((rates.mean(0, 36), rates.mean(0, 37), rates.mean(0, 38)), (6.0, 0.0, 1.0));
        assert_eq!((rates.mean(0, 0), rates.mean(0, 95), rates.mean(1, 36)), (0.0, 0.0, 0.0));
        let row = &rates.weekdays[0];
        assert_eq!((row.days, row.first_quarter, row.arrivals.len()), (2.0, 36, 3));
        // (12 * 0.5 + 10) / (2 * 0.5 + 1).
        rates.learn(0, &day(&[(36, 10.0)]), 0.5);
        assert_eq!(rates.mean(0, 36), 8.0);
    }

    #[test]
    fn a_day_tells_by_its_first_hours_how_busy_it_is() {
        let rates = ArrivalRates { day_shape: 10.0, ..ArrivalRates::default() };
        assert_eq!(rates.busyness(0.0, 0.0), 1.0);
        assert_eq!(rates.busyness(30.0, 30.0), 1.0);
        assert_eq!(rates.busyness(30.0, 70.0), 2.0);
        assert!(rates.busyness(3000.0, 6000.0) > 1.99);
    }

    #[test]
    fn what_is_no_history_is_refused() {
        let check = |change: fn(&mut ArrivalRates), expect: &str| {
            let mut rates = ArrivalRates::default();
            change(&mut rates);
            assert_eq!(rates.check("r").map_err(|error| error.field), Err(expect.to_owned()));
        };
        check(|it| drop(it.weekdays.pop()), "r.weekdays");
        check(|it| it.day_shape = 0.0, "r.day_shape");
        check(|it| it.weekdays[2].days = -1.0, "r.weekdays.2.days");
        check(|it| it.weekdays[2].arrivals = vec![1.0], "r.weekdays.2.days");
        check(
            |it| it.weekdays[6] = WeekdayRates { days: 1.0, first_quarter: 95, arrivals: vec![0.0; 2] },
            "r.weekdays.6.arrivals",
        );
        check(
            |it| it.weekdays[6] = WeekdayRates { days: 1.0, first_quarter: 0, arrivals: vec![f64::NAN] },
            "r.weekdays.6.arrivals",
        );
        assert_eq!(ArrivalRates::default().check("r"), Ok(()));
    }
}

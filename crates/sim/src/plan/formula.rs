//! Seats by quarter-hour from formulas, the start of the search.
//!
//! Stationary by period, and lagged by a service time (Green, Kolesar and Soares, Improving the SIPP approach for staffing
//! service systems that have cyclic demands, 2001; Green, Kolesar and Whitt, Coping with time-varying demand when setting
//! staffing requirements for a service system, 2007); modified offered load (Jennings, Mandelbaum, Massey and Whitt,
//! Server staffing to meet time-varying demand, 1996); square-root staffing of that load (Halfin and Whitt 1981).

use serde::Serialize;

use super::demand::{Day, Line};
use crate::theory::Need;

/// Rungs on which there are fewer seats than the load: down to two fifths.
const BELOW_LOAD: usize = 12;
/// Most seats that are tried.
pub(super) const SEATS_MAX: u32 = 200;

/// How the number of seats is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Each quarter-hour as if its arrivals had always come and always would.
    Period,
    /// The same with the arrivals of one service time earlier.
    Lagged,
    /// By the load that is really in service.
    OfferedLoad,
    /// That load and so many times its square root.
    SquareRoot,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Period, Self::Lagged, Self::OfferedLoad, Self::SquareRoot];

    /// What a person reads: Chinese, English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Period => ("逐刻平稳（SIPP）", "stationary by period (SIPP)"),
            Self::Lagged => ("滞后平稳（Lag SIPP）", "lagged (Lag SIPP)"),
            Self::OfferedLoad => ("修正负荷（MOL）", "modified offered load (MOL)"),
            Self::SquareRoot => ("平方根", "square root"),
        }
    }

    /// Seats for each open quarter-hour on a rung of caution: ever fewer may wait too long. On the lowest rungs there are
    /// fewer seats than the load and a peak is worked off after it, which no stationary formula allows.
    pub(super) fn on_rung(self, line: &Line, day: &Day, rung: usize, wait: f64) -> Vec<u32> {
        if let Some(above) = rung.checked_sub(BELOW_LOAD) {
            return self.needs(line, day, 0.9 * 0.65_f64.powi(above as i32), wait);
        }
        let share = 1.0 - 0.05 * (BELOW_LOAD - rung) as f64;
        self.loads(line, day).iter().map(|load| ((load * share).ceil() as u32).clamp(1, SEATS_MAX)).collect()
    }

    fn loads(self, line: &Line, day: &Day) -> Vec<f64> {
        match self {
            Self::Period => day.rates.iter().map(|rate| rate * line.service).collect(),
            Self::Lagged => day.lagged.iter().map(|rate| rate * line.service).collect(),
            Self::OfferedLoad | Self::SquareRoot => day.offered.clone(),
        }
    }

    /// Seats for each open quarter-hour, so that at most the share `beyond` waits longer than `wait` minutes. One at
    /// least: somebody may come.
    pub(super) fn needs(self, line: &Line, day: &Day, beyond: f64, wait: f64) -> Vec<u32> {
        let seats = |load: f64| {
            let wait = if line.service > 0.0 { wait / line.service } else { 0.0 };
            let need = Need { load, wait, beyond, variability: line.variability };
            let seats = if self == Self::SquareRoot { need.square_root() } else { need.fewest() };
            seats.clamp(1, SEATS_MAX)
        };
        self.loads(line, day).into_iter().map(seats).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::theory::mmc;

    fn line(service: f64) -> Line {
        Line { group: 0, tide: None, pool: 0, days: BTreeMap::new(), service, variability: 1.0 }
    }

    #[test]
    fn under_constant_arrivals_every_method_says_erlang_but_the_root_of_a_small_load() {
        // 24 an hour at 12 minutes; the day has gone on for long.
        let day = Day { open: vec![50], rates: vec![0.4], lagged: vec![0.4], offered: vec![4.8] };
        for (beyond, wait) in [(0.1, 20.0), (0.2, 5.0), (0.05, 0.0)] {
            let exact = (1..).find(|&c| {
                let spare = f64::from(c) - 4.8;
                spare > 0.0 && mmc(c, 0.4, 12.0).waits * (-spare * wait / 12.0).exp() <= beyond
            });
            for method in [Method::Period, Method::Lagged, Method::OfferedLoad] {
                assert_eq!(Some(method.needs(&line(12.0), &day, beyond, wait)[0]), exact, "{method:?} {beyond} {wait}");
            }
            let root = Method::SquareRoot.needs(&line(12.0), &day, beyond, wait)[0];
            assert!(exact.is_some_and(|exact: u32| exact.abs_diff(root) <= 1), "{exact:?} {root}");
        }
    }

    #[test]
    fn the_lag_and_the_load_come_later_than_the_arrivals() {
        let day = Day {
            open: vec![0, 1, 2],
            rates: vec![0.0, 1.0, 0.0],
            lagged: vec![0.0, 0.2, 0.8],
            offered: vec![0.0, 8.6, 8.6],
        };
        let needs = |method: Method| method.needs(&line(12.0), &day, 0.1, 10.0);
        assert!(needs(Method::Period)[1] > needs(Method::Period)[2]);
        assert!(needs(Method::Lagged)[1] < needs(Method::Lagged)[2]);
        assert!(needs(Method::OfferedLoad)[2] > 8);
        assert_eq!(needs(Method::Period)[0], 1, "somebody may come");
    }
}

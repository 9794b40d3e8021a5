//! What one day has shown at a tide's queue so far, and what is therefore expected of the rest of it.

use serde::{Deserialize, Serialize};

use crate::local::{Local, QUARTER_MS, QUARTERS};
use crate::rates::{ArrivalRates, DAY_KEPT};

/// How fast the rate of the moment forgets: what came an hour ago counts for a seventh.
const RECENT_MS: f64 = 30.0 * 60_000.0;

/// Arrivals of today, and the history that ended yesterday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Today {
    /// The history.
    pub rates: ArrivalRates,
    /// Days since 1970-01-01; `None` before anything was heard.
    day: Option<i64>,
    weekday: usize,
    /// The quarter-hour in which this day was first watched.
    since_quarter: usize,
    /// Arrivals in each quarter-hour.
    came: Vec<f64>,
    /// Arrivals a millisecond lately, as it was at `recent_ms`.
    recent: f64,
    recent_ms: i64,
    /// Since when the moment's rate has been watched.
    watched_ms: i64,
}

impl Today {
    pub(crate) fn new(rates: ArrivalRates) -> Today {
        Today {
            rates,
            day: None,
            weekday: 0,
            since_quarter: 0,
            came: Vec::new(),
            recent: 0.0,
            recent_ms: 0,
            watched_ms: 0,
        }
    }

    /// Time passed: a day that is over becomes history.
    pub(crate) fn pass(&mut self, now_ms: i64) {
        let local = Local::of(now_ms);
        if self.day == Some(local.day) {
            return;
        }
        self.end_day();
        self.day = Some(local.day);
        self.weekday = local.weekday;
        self.since_quarter = local.quarter();
        self.came = vec![0.0; QUARTERS];
        (self.recent, self.recent_ms, self.watched_ms) = (0.0, now_ms, now_ms);
    }

    pub(crate) fn arrived(&mut self, now_ms: i64, count: u32) {
        self.pass(now_ms);
        self.came[Local::of(now_ms).quarter()] += f64::from(count);
        self.recent = self.faded(now_ms) + f64::from(count) / RECENT_MS;
        self.recent_ms = now_ms;
    }

    /// What was not watched counts as expected. A day on which nobody came was a holiday and teaches nothing.
    fn end_day(&mut self) {
        if self.came.iter().all(|it| *it == 0.0) {
            return;
        }
        let busyness = self.busyness(self.since_quarter, QUARTERS as f64);
        for quarter in 0..self.since_quarter {
            self.came[quarter] = self.rates.mean(self.weekday, quarter) * busyness;
        }
        self.rates.learn(self.weekday, &self.came, DAY_KEPT);
    }

    fn faded(&self, now_ms: i64) -> f64 {
        self.recent * (-(now_ms.saturating_sub(self.recent_ms).max(0) as f64) / RECENT_MS).exp()
    }

    /// How busy the day is against its kind, by the quarter-hours from `from` until `until`.
    fn busyness(&self, from: usize, until: f64) -> f64 {
        let (mut expected, mut came) = (0.0, 0.0);
        for quarter in from..QUARTERS {
            let passed = (until - quarter as f64).clamp(0.0, 1.0);
            if passed == 0.0 {
                break;
            }
            expected += self.rates.mean(self.weekday, quarter) * passed;
            came += self.came[quarter];
        }
        self.rates.busyness(expected, came)
    }

    /// Arrivals expected in the `length_ms` from now on: history, as busy as today is. What the moment shows counts as
    /// one more day, so a weekday without history goes by the moment alone.
    pub(crate) fn expected(&self, now_ms: i64, length_ms: i64) -> f64 {
        let local = Local::of(now_ms);
        if self.day != Some(local.day) {
            return 0.0;
        }
        let busyness = self.busyness(self.since_quarter, local.ms as f64 / QUARTER_MS as f64);
        let (mut at, end) = (local.ms, local.ms.saturating_add(length_ms).min(QUARTERS as i64 * QUARTER_MS));
        let mut by_history = 0.0;
        while at < end {
            let quarter = at / QUARTER_MS;
            let until = ((quarter + 1) * QUARTER_MS).min(end);
            by_history += self.rates.mean(local.weekday, quarter as usize) * (until - at) as f64 / QUARTER_MS as f64;
            at = until;
        }
        // Watched for a short while, the faded count is that part of the rate.
        let watched = 1.0 - (-(now_ms.saturating_sub(self.watched_ms) as f64) / RECENT_MS).exp();
        let lately = if watched > 0.0 { self.faded(now_ms) / watched.max(0.1) } else { 0.0 };
        let days = self.rates.days(local.weekday);
        (by_history * busyness * days + lately * length_ms as f64) / (days + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-04-13T00:00 in China, a Monday.
    const MONDAY_MS: i64 = 1_776_009_600_000;
    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 86_400_000;

    fn at(day: i64, minute: i64) -> i64 {
        MONDAY_MS + day * DAY_MS + minute * MINUTE_MS
    }

    /// So many in every quarter-hour from 9:00 to 12:00, evenly.
    fn morning(today: &mut Today, day: i64, each: i64) {
        today.pass(at(day, 0));
        for nth in 0..12 * each {
            today.arrived(at(day, 540) + (2 * nth + 1) * 15 * MINUTE_MS / (2 * each), 1);
        }
    }

    #[test]
    fn days_become_history_and_history_a_forecast() {
        let mut today = Today::new(ArrivalRates::default());
        for week in 0..8 {
            morning(&mut today, 7 * week, 6);
        }
        today.pass(at(56, 0));
        assert!((today.rates.mean(0, 36) - 6.0).abs() < 1e-9 && today.rates.mean(0, 48) == 0.0);
        // Five remembered days, of which the moment, at which nobody has come yet, takes one.
        let days = today.rates.days(0);
        today.pass(at(56, 540));
        let expected = today.expected(at(56, 540), 30 * MINUTE_MS);
        assert!((expected - 12.0 * days / (days + 1.0)).abs() < 1e-9, "{expected}");
        assert_eq!(today.expected(at(56, 720), 30 * MINUTE_MS), 0.0);
        assert_eq!(today.rates.days(1), 0.0);
    }

    #[test]
    fn a_busy_morning_foretells_a_busy_noon() {
        let mut today = Today::new(ArrivalRates::default());
        for week in 0..8 {
            morning(&mut today, 7 * week, 6);
        }
        let at_eleven = |each: i64| {
            let mut today = today.clone();
            today.pass(at(56, 0));
            for nth in 0..8 * each {
                today.arrived(at(56, 540) + (2 * nth + 1) * 15 * MINUTE_MS / (2 * each), 1);
            }
            today.expected(at(56, 660), 30 * MINUTE_MS)
        };
        let (quiet, usual, busy) = (at_eleven(2), at_eleven(6), at_eleven(12));
        assert!((usual - 12.0).abs() < 0.5, "{usual}");
        assert!(quiet < 0.75 * usual && busy > 1.5 * usual, "{quiet} {usual} {busy}");
    }

    #[test]
    fn without_history_the_moment_is_the_forecast() {
        let mut today = Today::new(ArrivalRates::default());
        morning(&mut today, 0, 6);
        let expected = today.expected(at(0, 720), 30 * MINUTE_MS);
        assert!((expected - 12.0).abs() < 1.0, "{expected}");
        assert!(today.expected(at(0, 780), 30 * MINUTE_MS) < 2.0, "the hour after is quiet");
    }

    #[test]
    fn holidays_and_hours_before_the_watch_teach_nothing() {
        let mut today = Today::new(ArrivalRates::default());
        morning(&mut today, 0, 4);
        today.pass(at(7, 0));
        let before = today.rates.clone();
        today.pass(at(14, 0));
        assert_eq!(today.rates, before, "a Monday on which nobody came");
        // Watched from 10:30 on.
        today.pass(at(21, 630));
        for nth in 0..6 {
            today.arrived(at(21, 630 + nth * 15), 4);
        }
        today.pass(at(22, 0));
        assert!((today.rates.mean(0, 36) - 4.0).abs() < 1e-9, "{}", today.rates.mean(0, 36));
    }
}

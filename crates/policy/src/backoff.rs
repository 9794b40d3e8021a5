//! When a failed service is tried again.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Doubling delays up to a maximum, a bounded number of attempts. No jitter: the driver may add its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Backoff {
    first_ms: i64,
    max_ms: i64,
    attempts: u32,
}

/// Why numbers make no backoff.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "expected 0 <= first_ms <= max_ms and attempts >= 1, but got first_ms {first_ms}, max_ms {max_ms}, attempts {attempts}"
)]
pub struct BackoffError {
    first_ms: i64,
    max_ms: i64,
    attempts: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    first_ms: i64,
    max_ms: i64,
    attempts: u32,
}

impl Backoff {
    /// `first_ms` before the second attempt, then twice as long each time but never above `max_ms`; `attempts` in all,
    /// the first included.
    ///
    /// # Errors
    /// Unless `0 <= first_ms <= max_ms` and `attempts >= 1`.
    pub fn new(first_ms: i64, max_ms: i64, attempts: u32) -> Result<Backoff, BackoffError> {
        if 0 <= first_ms && first_ms <= max_ms && attempts >= 1 {
            Ok(Backoff { first_ms, max_ms, attempts })
        } else {
            Err(BackoffError { first_ms, max_ms, attempts })
        }
    }

    /// Milliseconds to wait after the `failures`-th failure (1 or more) before the next attempt; `None` when the
    /// attempts are exhausted and someone must look at it.
    pub fn delay_ms(&self, failures: u32) -> Option<i64> {
        if failures >= self.attempts {
            return None;
        }
        let doubled = 1_i64.checked_shl(failures.saturating_sub(1)).filter(|factor| *factor > 0).unwrap_or(i64::MAX);
        Some(self.first_ms.saturating_mul(doubled).min(self.max_ms))
    }

    /// Attempts in all, the first included.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl TryFrom<Fields> for Backoff {
    type Error = BackoffError;

    fn try_from(it: Fields) -> Result<Backoff, BackoffError> {
        Backoff::new(it.first_ms, it.max_ms, it.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_and_end() {
        let backoff = Backoff::new(100, 1_000, 7).unwrap();
        let delays: Vec<_> = (1..=8).map(|failures| backoff.delay_ms(failures)).collect();
        let expect = [Some(100), Some(200), Some(400), Some(800), Some(1_000), Some(1_000), None, None];
        assert_eq!(delays, expect);
    }

    #[test]
    fn nothing_overflows() {
        let backoff = Backoff::new(3, i64::MAX, u32::MAX).unwrap();
        for failures in [62, 63, 64, 65, 1_000, u32::MAX - 1] {
            assert!(backoff.delay_ms(failures).is_some_and(|it| it >= 3), "after {failures} failures");
        }
        assert_eq!(Backoff::new(0, 0, 2).unwrap().delay_ms(1), Some(0));
    }

    #[test]
    fn senseless_numbers_are_refused() {
        for (first_ms, max_ms, attempts) in [(-1, 5, 3), (6, 5, 3), (1, 5, 0)] {
            assert!(Backoff::new(first_ms, max_ms, attempts).is_err());
        }
    }
}

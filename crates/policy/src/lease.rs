//! When a window renews its claim on a task, and when the claim is lost.

use serde::{Deserialize, Serialize};

/// Renewals that fit into one lease: at a third of it, two renewals may fail before the claim is lost.
const RENEWALS_PER_LEASE: i64 = 3;

/// A claim that holds for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// When it was granted or last renewed, epoch milliseconds.
    pub granted_ms: i64,
    /// How long it holds from then, milliseconds, 0 or more.
    pub length_ms: i64,
}

impl Lease {
    /// When to renew it: a third of the way.
    pub fn renew_at_ms(&self) -> i64 {
        self.granted_ms.saturating_add(self.length_ms / RENEWALS_PER_LEASE)
    }

    /// The first moment at which it holds no more.
    pub fn expires_at_ms(&self) -> i64 {
        self.granted_ms.saturating_add(self.length_ms)
    }

    /// Whether it holds no more.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_at_ms()
    }

    /// The same lease granted anew, or `None` if it is too late for that.
    pub fn renewed(&self, now_ms: i64) -> Option<Lease> {
        (!self.is_expired(now_ms)).then_some(Lease { granted_ms: now_ms, length_ms: self.length_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_renewed_at_a_third_and_lost_at_its_end() {
        let lease = Lease { granted_ms: 1_000, length_ms: 30_000 };
        assert_eq!(lease.renew_at_ms(), 11_000);
        assert!(!lease.is_expired(30_999));
        assert!(lease.is_expired(31_000));
        assert_eq!(lease.renewed(30_999), Some(Lease { granted_ms: 30_999, length_ms: 30_000 }));
        assert_eq!(lease.renewed(31_000), None);
    }

    #[test]
    fn times_at_the_end_of_the_range_do_not_overflow() {
        let lease = Lease { granted_ms: i64::MAX - 1, length_ms: i64::MAX };
        assert!(!lease.is_expired(0));
        assert_eq!(lease.renew_at_ms(), i64::MAX);
    }
}

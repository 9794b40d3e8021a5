//! Roles: what one process at a time does for a whole centre, such as handing on its messages or opening the windows of
//! a tide, and the word it leaves for all others.

use crate::ids::{Fence, WorkerId};

/// The end of a holding that was given up: before any time there is.
pub(crate) const GIVEN_UP: i64 = -(1 << 52);

/// A role of a centre as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// Who holds it, or did last.
    pub holder: WorkerId,
    /// Tells this holding from an earlier or a later one; a renewal keeps it.
    pub fence: Fence,
    /// It is held before this time, milliseconds since the epoch, UTC.
    pub until_ms: i64,
    /// What a holder said last; empty if none has said anything. It outlives the holding: what was decided stands until
    /// somebody decides otherwise.
    pub word: Vec<u8>,
}

impl Role {
    /// Whether somebody holds it at `now_ms`.
    #[must_use]
    pub fn is_held(&self, now_ms: i64) -> bool {
        self.until_ms > now_ms
    }

    /// Whether it is held under `fence` at `now_ms`.
    #[must_use]
    pub fn is_held_under(&self, fence: Fence, now_ms: i64) -> bool {
        self.is_held(now_ms) && self.fence == fence
    }

    /// The role after `holder` has asked for it: made longer if it is theirs, given if it is free, else as it was.
    /// `fence` makes a new fence.
    pub(crate) fn asked(
        was: Option<Self>,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
        fence: impl FnOnce() -> Fence,
    ) -> Self {
        let until_ms = now_ms.saturating_add_unsigned(lease_ms);
        match was {
            Some(role) if role.is_held(now_ms) && role.holder != *holder => role,
            Some(role) if role.is_held(now_ms) => Self { until_ms, ..role },
            was => {
                let word = was.map(|role| role.word).unwrap_or_default();
                Self { holder: holder.clone(), fence: fence(), until_ms, word }
            }
        }
    }
}

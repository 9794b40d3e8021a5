//! Priority classes, and ageing: who waits long becomes urgent, so nobody starves.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A priority class, 0 (most urgent) to 4. The caller decides it and can say why; the hall only orders by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Class(u8);

/// A number that names no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a class from 0 to 4, but got {0}")]
pub struct ClassError(pub u8);

impl Class {
    /// How many classes there are.
    pub const COUNT: usize = 5;
    /// Emergencies.
    pub const EMERGENCY: Class = Class(0);
    /// The green lane (绿色通道): people of seventy and over, disabled, pregnant, soldiers.
    pub const GREEN_LANE: Class = Class(1);
    /// Who came by appointment and on time.
    pub const APPOINTMENT: Class = Class(2);
    /// Everyone else; the class of an ordinary application.
    pub const WALK_IN: Class = Class(3);
    /// Batches brought by agents.
    pub const BATCH: Class = Class(4);

    /// The class numbered `number`.
    ///
    /// # Errors
    /// If `number` is above 4.
    pub fn new(number: u8) -> Result<Class, ClassError> {
        if usize::from(number) < Class::COUNT { Ok(Class(number)) } else { Err(ClassError(number)) }
    }

    /// The number of the class, 0 to 4.
    pub fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The class after ageing: one step up for every `ageing_ms` (above 0) since `ready_ms`, down to 0.
pub(crate) fn effective(class: usize, ready_ms: i64, now_ms: i64, ageing_ms: i64) -> usize {
    let steps = now_ms.saturating_sub(ready_ms).max(0) / ageing_ms;
    class.saturating_sub(usize::try_from(steps).unwrap_or(usize::MAX))
}

impl TryFrom<u8> for Class {
    type Error = ClassError;

    fn try_from(number: u8) -> Result<Class, ClassError> {
        Class::new(number)
    }
}

impl From<Class> for u8 {
    fn from(class: Class) -> u8 {
        class.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_rises_one_step_for_every_period_waited() {
        let check = |class: usize, waited_ms: i64, expect: usize| {
            assert_eq!(effective(class, 1_000, 1_000 + waited_ms, 100), expect, "class {class} after {waited_ms} ms");
        };
        check(4, 0, 4);
        check(4, 99, 4);
        check(4, 100, 3);
        check(4, 400, 0);
        check(2, 1_000_000, 0);
        check(3, -500, 3);
        check(3, i64::MAX - 1_000, 0);
    }

    #[test]
    fn numbers_beyond_four_are_refused() {
        assert_eq!(Class::new(4), Ok(Class::BATCH));
        assert_eq!(Class::new(5), Err(ClassError(5)));
    }
}

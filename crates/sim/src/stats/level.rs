//! A number of people or things over time, and its mean over time. Areas are whole numbers, so that what must balance
//! balances to the last digit.

/// A level that changes at moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    value: i64,
    since_ms: i64,
    area: i128,
    greatest: i64,
}

impl Level {
    /// A level of nothing from `from_ms` on.
    #[must_use]
    pub fn new(from_ms: i64) -> Self {
        Self { since_ms: from_ms, ..Self::default() }
    }

    /// The level changes by `by` at `now_ms`, which is never before the last change.
    #[inline]
    pub fn change(&mut self, now_ms: i64, by: i64) {
        self.pass(now_ms);
        self.value += by;
        self.greatest = self.greatest.max(self.value);
    }

    #[inline]
    fn pass(&mut self, now_ms: i64) {
        self.area += i128::from(self.value) * i128::from(now_ms - self.since_ms);
        self.since_ms = now_ms;
    }

    /// The level now.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.value
    }

    /// The greatest level so far.
    #[must_use]
    pub fn greatest(&self) -> i64 {
        self.greatest
    }

    /// Level times milliseconds up to `now_ms`.
    #[must_use]
    pub fn area(&self, now_ms: i64) -> i128 {
        let mut until = *self;
        until.pass(now_ms);
        until.area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_level_times_time() {
        let mut level = Level::new(10);
        level.change(20, 3);
        level.change(25, -1);
        assert_eq!((level.area(30), level.value(), level.greatest()), (15 + 10, 2, 3));
    }
}

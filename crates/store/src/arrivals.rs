//! How many tasks came to a queue lately, by the minute: a fixed number of counts, however many come.

use crate::bounds::ARRIVAL_MINUTES;

const MINUTE_MS: i64 = 60_000;

/// Counts of the latest minutes.
#[derive(Default, Debug)]
pub(crate) struct Arrivals {
    /// The latest minute anything came in, counted from the epoch.
    newest: i64,
    /// Those of the latest minute first.
    counts: [u64; ARRIVAL_MINUTES],
}

impl Arrivals {
    /// Counts one that came at `now_ms`. One dated before all that is counted is not.
    pub(crate) fn count(&mut self, now_ms: i64) {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let later = minute.saturating_sub(self.newest);
        if later > 0 {
            let by = usize::try_from(later).unwrap_or(ARRIVAL_MINUTES).min(ARRIVAL_MINUTES);
            self.counts.rotate_right(by);
            self.counts[..by].fill(0);
            self.newest = minute;
        }
        let ago = usize::try_from(self.newest.saturating_sub(minute)).unwrap_or(usize::MAX);
        if let Some(count) = self.counts.get_mut(ago) {
            *count += 1;
        }
    }

    /// Those of the minute of `now_ms` and the ones before it, as many as are counted.
    pub(crate) fn lately(&self, now_ms: i64) -> u64 {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let dated = self.counts.iter().zip(0_i64..).map(|(count, ago)| (self.newest.saturating_sub(ago), count));
        let oldest = minute.saturating_sub(ARRIVAL_MINUTES as i64);
        dated.filter(|(of, _)| *of <= minute && *of > oldest).map(|(_, count)| count).sum()
    }
}

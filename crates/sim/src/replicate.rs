//! Independent runs side by side.

use std::ops::Range;

use rayon::prelude::*;

use crate::chance::Source;
use rand::RngExt;

/// Runs `run` once for each replication, on as many threads as the pool has, and returns the results in order: which
/// thread did what changes nothing.
pub fn replicate<T: Send>(seed: u64, replications: u32, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    replicate_some(seed, 0..replications, run)
}

/// The same for some of the replications.
pub(crate) fn replicate_some<T: Send>(seed: u64, numbers: Range<u32>, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    numbers.into_par_iter().map(|number| run(seed_of(seed, number))).collect()
}

/// The seed of one replication.
#[must_use]
pub fn seed_of(seed: u64, replication: u32) -> u64 {
    Source::new(seed, &["replication"]).of(u64::from(replication)).random()
}

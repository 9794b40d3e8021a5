//! Independent runs side by side.

use rayon::prelude::*;

use crate::chance::Source;
use rand::RngExt;

/// Runs `run` once for each replication, on as many threads as the pool has, and returns the results in order: which
/// thread did what changes nothing.
pub fn replicate<T: Send>(seed: u64, replications: u32, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    (0..replications).into_par_iter().map(|number| run(seed_of(seed, number))).collect()
}

/// The seed of one replication.
#[must_use]
pub fn seed_of(seed: u64, replication: u32) -> u64 {
    Source::new(seed, &["replication"]).of(u64::from(replication)).random()
}

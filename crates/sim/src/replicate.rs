//! Independent runs side by side.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use rand::RngExt;
use rayon::prelude::*;

use crate::chance::Source;

/// Runs `run` once for each replication, on as many threads as the pool has, and returns the results in order: which
/// thread did what changes nothing.
pub fn replicate<T: Send>(seed: u64, replications: u32, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    (0..replications).into_par_iter().map(|number| run(seed_of(seed, number))).collect()
}

/// The same, but gives each seed and result to `take` as soon as those before it were taken. Each thread goes on with the
/// next number, so none waits for another, and hardly more results stand about than there are threads.
///
/// # Errors
/// The first that `take` returns; no other run is begun then.
pub(crate) fn replicate_in_order<T: Send, E: Send>(
    seed: u64,
    replications: u32,
    run: impl Fn(u64) -> T + Sync,
    take: impl FnMut(u64, T) -> Result<(), E> + Send,
) -> Result<(), E> {
    let next = AtomicU32::new(0);
    let in_order = Mutex::new(InOrder { due: 0, early: BTreeMap::new(), take, taken: Ok(()) });
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= replications {
                return;
            }
            let seed = seed_of(seed, number);
            let result = run(seed);
            let mut in_order = in_order.lock().unwrap_or_else(PoisonError::into_inner);
            in_order.put(number, seed, result);
            if in_order.taken.is_err() {
                next.store(replications, Ordering::Relaxed);
            }
        }
    };
    rayon::scope(|scope| (0..rayon::current_num_threads()).for_each(|_| scope.spawn(|_| work())));
    in_order.into_inner().unwrap_or_else(PoisonError::into_inner).taken
}

/// Results on their way to who takes them in order.
struct InOrder<T, E, F: FnMut(u64, T) -> Result<(), E>> {
    /// The number of the next result to be taken.
    due: u32,
    /// Those that came before their turn, each with its seed.
    early: BTreeMap<u32, (u64, T)>,
    take: F,
    taken: Result<(), E>,
}

impl<T, E, F: FnMut(u64, T) -> Result<(), E>> InOrder<T, E, F> {
    fn put(&mut self, number: u32, seed: u64, result: T) {
        self.early.insert(number, (seed, result));
        while self.taken.is_ok()
            && let Some((seed, result)) = self.early.remove(&self.due)
        {
            self.taken = (self.take)(seed, result);
            self.due += 1;
        }
    }
}

/// The seed of one replication.
#[must_use]
pub fn seed_of(seed: u64, replication: u32) -> u64 {
    Source::new(seed, &["replication"]).of(u64::from(replication)).random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_taken_in_order_whoever_is_through_first() {
        let expected: Vec<u64> = (0..200).map(|number| seed_of(7, number)).collect();
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut taken = Vec::new();
            let run = |seed: u64| {
                std::thread::sleep(std::time::Duration::from_micros(seed % 300));
                seed
            };
            let take = |seed, result| {
                taken.push((seed, result));
                Ok::<(), ()>(())
            };
            pool.install(|| replicate_in_order(7, 200, run, take)).unwrap();
            assert!(taken.iter().map(|it| it.0).eq(expected.iter().copied()) && taken.iter().all(|it| it.0 == it.1));
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let run = |seed: u64| seed;
        let mut taken = 0;
        let take = |seed, _| {
            taken += 1;
            if seed == seed_of(7, 5) { Err(seed) } else { Ok(()) }
        };
        assert_eq!(replicate_in_order(7, 100_000, run, take), Err(seed_of(7, 5)));
        assert_eq!(taken, 6);
    }
}

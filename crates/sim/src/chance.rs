//! Chance from a seed. Every source of chance has a name and numbers of its own, so that two scenarios under one seed
//! meet the same people with the same needs (common random numbers), and one change moves nothing else.
//!
//! `Pcg64Mcg` and the digest behind it are the same in every version; a test holds the first numbers of each kind.

use rand_pcg::Pcg64Mcg;
use sha2::{Digest, Sha256};

/// A named source of chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    key: [u64; 2],
}

impl Source {
    /// The source called `names` under a seed.
    #[must_use]
    pub fn new(seed: u64, names: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(seed.to_be_bytes());
        for name in names {
            hasher.update((name.len() as u64).to_be_bytes());
            hasher.update(name.as_bytes());
        }
        let digest = hasher.finalize();
        let word = |at: usize| digest[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self { key: [word(0), word(8)] }
    }

    /// One long stream, for draws that follow each other whatever happens.
    #[must_use]
    pub fn stream(&self) -> Pcg64Mcg {
        Pcg64Mcg::new(u128::from(self.key[0]) << 64 | u128::from(self.key[1]))
    }

    /// The stream of one thing of many, such as one case or one visit: it depends on the source and the number alone,
    /// never on what was drawn before.
    #[must_use]
    pub fn of(&self, number: u64) -> Pcg64Mcg {
        let high = mixed(self.key[0] ^ number);
        let low = mixed(self.key[1].wrapping_add(number).wrapping_add(high));
        Pcg64Mcg::new(u128::from(high) << 64 | u128::from(low))
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the word changes half of the bits.
fn mixed(word: u64) -> u64 {
    let word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn names_and_numbers_give_streams_of_their_own_and_always_the_same() {
        let first = |source: Source, number: u64| source.of(number).random::<u64>();
        let teachers = Source::new(7, &["arrivals", "teachers"]);
        assert_ne!(teachers, Source::new(7, &["arrivalst", "eachers"]));
        assert_ne!(teachers, Source::new(8, &["arrivals", "teachers"]));
        assert_eq!(first(teachers, 12), first(Source::new(7, &["arrivals", "teachers"]), 12));
        let mut seen: Vec<u64> = (0..10_000).map(|number| first(teachers, number)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 10_000);
    }

    #[test]
    fn the_first_draws_of_numbered_streams_are_even() {
        // 64 bins of 1,000 expected draws each: chi-square with 63 degrees of freedom is below 127 but in one of a
        // million seeds.
        let source = Source::new(2026, &["even"]);
        let mut bins = [0_u32; 64];
        for number in 0..64_000 {
            let share: f64 = source.of(number).random();
            bins[(share * 64.0) as usize] += 1;
        }
        let chi_square: f64 = bins.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi_square < 127.0, "chi-square {chi_square}");
    }
}

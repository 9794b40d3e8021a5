//! Who comes when, as a run meets them: for the run itself, and for whoever sends the same people to a real centre.

use onething_engine::calendar::Millis;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::model::Model;
use super::run::people_source;
use crate::chance::Source;
use crate::rates::Position;

/// Most people in one batch.
const BATCH_MAX: u32 = 1000;

/// Somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    /// When.
    pub at_ms: Millis,
    /// Of which arrivals.
    pub source: usize,
    /// Their number, which [`Model::submission`] and [`Model::draw`] take.
    pub key: u64,
}

/// The arrivals of one source under way.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    position: Position,
    rng: Pcg64Mcg,
    /// Listed moments given out.
    given: usize,
}

impl Model {
    pub(super) fn streams(&self, seed: u64) -> Vec<Stream> {
        let from_ms = self.days.first().map_or(0, |day| day.opens) as f64;
        let stream = |name: &str| Source::new(seed, &["arrivals", name]).stream();
        let arrivals = self.scenario.file.arrivals.iter();
        arrivals.map(|it| Stream { position: Position::at(from_ms), rng: stream(&it.name), given: 0 }).collect()
    }

    /// When the next batch of a source comes, if any does.
    pub(super) fn next_ms(&self, source: usize, stream: &mut Stream) -> Option<Millis> {
        let plan = &self.sources[source];
        if plan.moments.is_empty() {
            return plan.rates.next_ms(&mut stream.position, &mut stream.rng).map(|next| next as i64);
        }
        stream.given += 1;
        plan.moments.get(stream.given - 1).copied()
    }

    /// How many come together, when so many of the source have come before.
    pub(super) fn batch(&self, people: &Source, source: usize, before: u64) -> u32 {
        self.sources[source].arrivals.batch.map_or(1, |batch| {
            let share = 1.0 / batch.mean.max(1.0);
            let mut chance = people.of((source as u64) << 48 | before << 8 | 0xFF);
            1 + (0..BATCH_MAX).take_while(|_| chance.random::<f64>() >= share).count() as u32
        })
    }

    /// Everybody whom a run under this seed meets, in order of time.
    #[must_use]
    pub fn comings(&self, seed: u64) -> Vec<Coming> {
        let (people, end_ms) = (people_source(seed), self.days.last().map_or(0, |day| day.closes));
        let mut all = Vec::new();
        for (source, mut stream) in self.streams(seed).into_iter().enumerate() {
            let mut before = 0;
            while let Some(at_ms) = self.next_ms(source, &mut stream).filter(|at_ms| *at_ms < end_ms) {
                for _ in 0..self.batch(&people, source, before) {
                    all.push(Coming { at_ms, source, key: key(source, before) });
                    before += 1;
                }
            }
        }
        all.sort_by_key(|it| (it.at_ms, it.source, it.key));
        all
    }
}

/// The number of somebody of a source, when so many have come before.
pub(super) fn key(source: usize, before: u64) -> u64 {
    (source as u64 + 1) << 48 | before << 8
}

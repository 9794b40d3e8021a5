//! Which ways can hold a token at the same time (Kovalyov, Esparza 1996, "A polynomial algorithm to compute the
//! concurrency relation of free-choice Signal Transition Graphs").
//!
//! The relation is closed over every gate alone, so it holds at least the pairs that some marking shows; where a case
//! can always finish and there is no inclusive join it holds no other.

use std::cmp::Reverse;

use fixedbitset::FixedBitSet;

use super::gates::Gate;
use super::level::Level;

/// The places to which a second token may come while the first is still there.
pub(super) fn met_twice(level: &Level) -> Vec<u32> {
    let rows = beside(level);
    let meets = |ins: &[u32], gate: Gate| {
        ins.iter().any(|one| {
            let row = &rows[*one as usize];
            row.contains(*one as usize) || (gate == Gate::Xor && ins.iter().any(|other| row.contains(*other as usize)))
        })
    };
    let places = level.places.iter().enumerate().filter(|(_, it)| meets(&it.ins, it.gate));
    places.map(|(place, _)| place as u32).collect()
}

/// For each way the ways that may hold a token beside it.
fn beside(level: &Level) -> Vec<FixedBitSet> {
    let count = level.ways.len();
    let mut rows = vec![FixedBitSet::with_capacity(count); count];
    let mut pair_up = |ways: &[u32]| {
        for (nth, one) in ways.iter().enumerate() {
            for other in &ways[nth + 1..] {
                rows[*one as usize].insert(*other as usize);
                rows[*other as usize].insert(*one as usize);
            }
        }
    };
    pair_up(&level.first);
    for place in level.places.iter().filter(|place| place.gate != Gate::Xor) {
        pair_up(&place.outs);
    }
    // In the order in which a token comes to them, again and again, so that what is found is carried far at once.
    let mut order: Vec<u32> = (0..level.places.len() as u32).collect();
    order.sort_unstable_by_key(|place| Reverse(level.places[*place as usize].turn));
    let mut waits = FixedBitSet::with_capacity(level.places.len());
    waits.insert_range(..);
    while !waits.is_clear() {
        for at in &order {
            if waits.contains(*at as usize) {
                waits.remove(*at as usize);
                pass_on(level, *at, &mut rows, &mut waits);
            }
        }
    }
    rows
}

/// What stays beside all tokens that a gate takes is beside those it puts.
fn pass_on(level: &Level, at: u32, rows: &mut [FixedBitSet], waits: &mut FixedBitSet) {
    let place = &level.places[at as usize];
    let mut ins = place.ins.iter().map(|way| &rows[*way as usize]);
    let Some(mut stays) = ins.next().cloned() else { return };
    match place.gate {
        Gate::And => ins.for_each(|row| stays.intersect_with(row)),
        _ => ins.for_each(|row| stays.union_with(row)),
    }
    if place.is_inclusive_join() {
        // It takes all that has come, and waits for what can still come but where that is sure to come too late.
        place.ins.iter().for_each(|way| stays.remove(*way as usize));
        let reach = level.reach.iter().find(|(join, _)| *join == at);
        let waits_for = |way: usize| {
            let reach = reach.map_or(0, |(_, reach)| reach[way]);
            let mut late = place.ins.iter().enumerate().filter(|(bit, _)| *bit < 64 && reach >> bit & 1 == 1);
            reach != 0 && !late.any(|(_, way_in)| rows[way].contains(*way_in as usize))
        };
        let waited_for: Vec<usize> = stays.ones().filter(|way| waits_for(*way)).collect();
        waited_for.into_iter().for_each(|way| stays.remove(way));
    }
    for out in &place.outs {
        let new: Vec<usize> = stays.difference(&rows[*out as usize]).collect();
        for other in &new {
            rows[*out as usize].insert(*other);
            rows[*other].insert(*out as usize);
        }
        let changed = new.iter().copied().chain((!new.is_empty()).then_some(*out as usize));
        changed.filter_map(|way| level.ways[way].to).for_each(|to| waits.insert(to as usize));
    }
}

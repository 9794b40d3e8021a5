//! One queue: a lane for each class, a lane for appointments that are due, and the idle windows that serve it.
//!
//! Within a lane all age alike, so the first of a lane is the most urgent of it. The head of the queue is therefore found
//! among six firsts, however many wait.

use std::collections::{BTreeMap, BTreeSet};

use crate::class::{Class, effective};
use crate::ids::Skill;
use crate::signal::Work;

/// Place in a lane: the time it counts from, then the order of arrival, which breaks every tie.
pub(crate) type LaneKey = (i64, u64);

/// What decides who is next, over all queues of a window; the smallest is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// The class after ageing.
    pub(crate) effective: usize,
    /// From when the waiting counts; of an appointment, the time agreed.
    pub(crate) ready_ms: i64,
    /// The order of arrival.
    pub(crate) seq: u64,
}

/// One of the lanes of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Appointments from the time they are due.
    Due,
    /// Everyone else of this class.
    Class(usize),
}

pub(crate) struct Queue {
    pub(crate) name: Skill,
    /// How many may be held.
    pub(crate) length_max: usize,
    /// Work in lanes and work that is not ready yet.
    pub(crate) held: usize,
    /// Work in lanes: it is ready.
    pub(crate) waiting: usize,
    /// People in lanes.
    pub(crate) people: usize,
    /// Work in hand at windows.
    pub(crate) in_hand: usize,
    /// Windows that have the skill and are not closed, by index.
    pub(crate) windows: BTreeSet<usize>,
    /// Idle windows that have the skill, longest idle first: (order in which they became idle, index).
    pub(crate) idle: Vec<(u64, usize)>,
    /// Alarms that have been raised and are still true.
    pub(crate) raised: Raised,
    lanes: [BTreeMap<LaneKey, Work>; Class::COUNT],
    /// By the time agreed; they all count as class 0.
    due: BTreeMap<LaneKey, Work>,
    /// Appointments called since the last of the others.
    due_in_a_row: u32,
}

/// Alarms of one queue that are up. A field is what makes an alarm sound once.
#[derive(Default)]
pub(crate) struct Raised {
    pub(crate) full: bool,
    pub(crate) long_wait: bool,
    pub(crate) nobody_serves: bool,
}

impl Queue {
    pub(crate) fn new(name: Skill, length_max: usize) -> Queue {
        Queue {
            name,
            length_max,
            held: 0,
            waiting: 0,
            people: 0,
            in_hand: 0,
            windows: BTreeSet::new(),
            idle: Vec::new(),
            raised: Raised::default(),
            lanes: Default::default(),
            due: BTreeMap::new(),
            due_in_a_row: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held >= self.length_max
    }

    /// Puts `work` into a lane. `held` is the caller's to count: it also counts work that is in no lane yet.
    pub(crate) fn insert(&mut self, lane: Lane, key: LaneKey, work: Work) {
        self.people += usize::from(matches!(work, Work::Ticket(_)));
        self.waiting += 1;
        self.lane_mut(lane).insert(key, work);
    }

    /// Takes what is at `key` out of a lane.
    pub(crate) fn remove(&mut self, lane: Lane, key: LaneKey) -> Option<Work> {
        let work = self.lane_mut(lane).remove(&key)?;
        self.people -= usize::from(matches!(work, Work::Ticket(_)));
        self.waiting -= 1;
        Some(work)
    }

    /// Who is next of those that fit: emergencies and who has aged as far, then appointments that are due, then the rest;
    /// but after `in_a_row_max` appointments one of the rest. Nearly always the first of a lane fits; what does not fit is
    /// passed over and keeps its place.
    pub(crate) fn head(
        &self,
        now_ms: i64,
        ageing_ms: i64,
        in_a_row_max: u32,
        fits: impl Fn(&Work) -> bool,
    ) -> Option<(Rank, Lane)> {
        let first = |lane: &BTreeMap<LaneKey, Work>| lane.iter().find(|(_, work)| fits(work)).map(|(&key, _)| key);
        let mut emergency = false;
        let heads = self.lanes.iter().enumerate().filter_map(|(class, lane)| {
            let (ready_ms, seq) = first(lane)?;
            let effective = effective(class, ready_ms, now_ms, ageing_ms);
            emergency |= class == Class::EMERGENCY.index();
            Some((Rank { effective, ready_ms, seq }, Lane::Class(class)))
        });
        let other = heads.min_by_key(|(rank, _)| *rank);
        let Some((ready_ms, seq)) = first(&self.due) else { return other };
        if other.is_some() && (emergency || self.due_in_a_row >= in_a_row_max) {
            return other;
        }
        Some((Rank { effective: 0, ready_ms, seq }, Lane::Due))
    }

    /// What stands at a place of a lane.
    pub(crate) fn at(&self, lane: Lane, key: LaneKey) -> Option<&Work> {
        match lane {
            Lane::Due => self.due.get(&key),
            Lane::Class(class) => self.lanes[class].get(&key),
        }
    }

    /// Takes what is at a place of a lane, to be served.
    pub(crate) fn take(&mut self, lane: Lane, key: LaneKey) -> Option<Work> {
        let work = self.remove(lane, key)?;
        self.due_in_a_row = if lane == Lane::Due { self.due_in_a_row.saturating_add(1) } else { 0 };
        Some(work)
    }

    /// From when the one who has waited longest waits.
    pub(crate) fn oldest_ms(&self) -> Option<i64> {
        let firsts = self.lanes.iter().chain([&self.due]).filter_map(BTreeMap::first_key_value);
        firsts.map(|(key, _)| key.0).min()
    }

    /// How many wait in each class, and how many by an appointment that is due.
    pub(crate) fn depths(&self) -> ([usize; Class::COUNT], usize) {
        (std::array::from_fn(|class| self.lanes[class].len()), self.due.len())
    }

    /// The people in the lanes, as their lanes have them.
    pub(crate) fn tickets(&self) -> Vec<Work> {
        let works = self.lanes.iter().chain([&self.due]).flat_map(BTreeMap::values);
        works.filter(|work| matches!(work, Work::Ticket(_))).cloned().collect()
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut BTreeMap<LaneKey, Work> {
        match lane {
            Lane::Due => &mut self.due,
            Lane::Class(class) => &mut self.lanes[class],
        }
    }
}

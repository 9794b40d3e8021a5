//! One queue: a lane for each class, and a lane for appointments that are due.
//!
//! Within a lane all age alike, so the first of a lane is the most urgent of it. The head of the queue is therefore found
//! among six firsts, however many wait.

use std::collections::VecDeque;

use crate::class::{Class, effective};
use crate::config::QueueRule;
use crate::ids::Skill;

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

/// Who is next in a queue, and the window for it.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) rank: Rank,
    pub(crate) lane: Lane,
    /// The work, by index.
    pub(crate) work: usize,
    /// The window, by index.
    pub(crate) window: usize,
}

pub(crate) struct Queue {
    pub(crate) name: Skill,
    pub(crate) rule: QueueRule,
    /// The tides that may fill it, by index.
    pub(crate) tides: Vec<usize>,
    /// Work in lanes and work that is not ready yet.
    pub(crate) held: usize,
    /// Work in lanes: it is ready.
    pub(crate) waiting: usize,
    /// People in lanes.
    pub(crate) people: usize,
    /// Work in hand at windows.
    pub(crate) in_hand: usize,
    /// Those whose windows have the skill, by index.
    pub(crate) crews: Vec<usize>,
    /// Alarms that have been raised and are still true.
    pub(crate) raised: Raised,
    lanes: [InOrder; Class::COUNT],
    /// By the time agreed; they all count as class 0.
    due: InOrder,
    /// Appointments called since the last of the others.
    due_in_a_row: u32,
}

/// Work, by index, in the order of its keys. Nearly all of it joins at the end and is taken at the front; to put something
/// into the midst, or to take it out there, moves what stands on one side.
type InOrder = VecDeque<(LaneKey, usize)>;

/// Alarms of one queue that are up. A field is what makes an alarm sound once.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) full: bool,
    pub(crate) long_wait: bool,
    pub(crate) nobody_serves: bool,
}

impl Queue {
    pub(crate) fn new(name: Skill, rule: QueueRule, tides: Vec<usize>) -> Queue {
        Queue {
            name,
            rule,
            tides,
            held: 0,
            waiting: 0,
            people: 0,
            in_hand: 0,
            crews: Vec::new(),
            raised: Raised::default(),
            lanes: Default::default(),
            due: InOrder::new(),
            due_in_a_row: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held >= self.rule.length_max
    }

    /// Puts work into a lane, a person or not. `held` is the caller's to count: it also counts work that is in no lane yet.
    pub(crate) fn insert(&mut self, lane: Lane, key: LaneKey, work: usize, person: bool) {
        self.people += usize::from(person);
        self.waiting += 1;
        let lane = self.lane_mut(lane);
        if lane.back().is_none_or(|last| last.0 < key) {
            lane.push_back((key, work));
        } else {
            lane.insert(lane.partition_point(|it| it.0 < key), (key, work));
        }
    }

    /// Takes what is at `key` out of a lane, a person or not.
    pub(crate) fn remove(&mut self, lane: Lane, key: LaneKey, person: bool) {
        let lane = self.lane_mut(lane);
        if lane.front().is_some_and(|first| first.0 == key) {
            lane.pop_front();
        } else if let Ok(at) = lane.binary_search_by_key(&key, |it| it.0) {
            lane.remove(at);
        } else {
            return;
        }
        self.people -= usize::from(person);
        self.waiting -= 1;
    }

    /// Who is next of those that fit a window: emergencies and who has aged as far, then appointments that are due, then the
    /// rest; but after `in_a_row_max` appointments one of the rest. Nearly always the first of a lane fits; what does not fit
    /// is passed over and keeps its place.
    pub(crate) fn head(
        &self,
        now_ms: i64,
        ageing_ms: i64,
        in_a_row_max: u32,
        fits: impl Fn(usize) -> Option<usize>,
    ) -> Option<Head> {
        let fits = |&(key, work): &(LaneKey, usize)| Some((key, work, fits(work)?));
        let first = |lane: &InOrder| fits(lane.front()?).or_else(|| lane.iter().skip(1).find_map(&fits));
        let (mut other, mut emergency): (Option<Head>, bool) = (None, false);
        for (class, lane) in self.lanes.iter().enumerate().filter(|(_, lane)| !lane.is_empty()) {
            let Some(((ready_ms, seq), work, window)) = first(lane) else { continue };
            let rank = Rank { effective: effective(class, ready_ms, now_ms, ageing_ms), ready_ms, seq };
            emergency |= class == Class::EMERGENCY.index();
            if other.is_none_or(|other| rank < other.rank) {
                other = Some(Head { rank, lane: Lane::Class(class), work, window });
            }
        }
        let Some(((ready_ms, seq), work, window)) = first(&self.due) else { return other };
        if other.is_some() && (emergency || self.due_in_a_row >= in_a_row_max) {
            return other;
        }
        Some(Head { rank: Rank { effective: 0, ready_ms, seq }, lane: Lane::Due, work, window })
    }

    /// Notes from which lane somebody was taken to be served.
    pub(crate) fn note_taken(&mut self, lane: Lane) {
        self.due_in_a_row = if lane == Lane::Due { self.due_in_a_row.saturating_add(1) } else { 0 };
    }

    /// From when the one who has waited longest waits.
    pub(crate) fn oldest_ms(&self) -> Option<i64> {
        let firsts = self.lanes.iter().chain([&self.due]).filter_map(VecDeque::front);
        firsts.map(|(key, _)| key.0).min()
    }

    /// How many wait in each class, and how many by an appointment that is due.
    pub(crate) fn depths(&self) -> ([usize; Class::COUNT], usize) {
        (std::array::from_fn(|class| self.lanes[class].len()), self.due.len())
    }

    /// What is in the lanes, as they have it.
    pub(crate) fn works(&self) -> Vec<usize> {
        self.lanes.iter().chain([&self.due]).flatten().map(|(_, work)| *work).collect()
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut InOrder {
        match lane {
            Lane::Due => &mut self.due,
            Lane::Class(class) => &mut self.lanes[class],
        }
    }
}

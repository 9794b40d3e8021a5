//! Exploring the markings of one fragment.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::gates::Gate;
use super::level::{Level, Place};
use super::{
    INCLUSIVE_WAYS_IN_MAX, INCLUSIVE_WAYS_OUT_MAX, MARKINGS_MAX, MARKINGS_WIDE_MAX, MARKINGS_WORSE_MAX, Reason, beside,
};

/// One firing in a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) place: u32,
    /// Ways whose tokens were taken, and ways that got tokens.
    pub(super) taken: Vec<u32>,
    pub(super) put: Vec<u32>,
}

/// How a fragment goes wrong by itself.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    /// The place to look at; for something that runs twice, the way that gets a second token.
    pub(super) place: u32,
    pub(super) twice: Option<u32>,
    pub(super) run: Vec<Step>,
    /// The ways that hold a token after the run.
    pub(super) marked: Vec<u32>,
}

impl Fault {
    /// Whether a token came out of the fragment all the same.
    pub(super) fn leaves(&self, level: &Level) -> bool {
        level.exit.is_some_and(|exit| self.marked.contains(&exit))
    }
}

/// What exploring a fragment showed.
pub(super) struct Explored {
    /// A run from a token on the way in to a token on the way out and nothing else.
    pub(super) passes: Option<Vec<Step>>,
    /// At most one for each reason.
    pub(super) faults: Vec<Fault>,
    /// Whether every marking was seen.
    pub(super) is_whole: bool,
    /// Markings looked at.
    pub(super) looked: usize,
}

/// Ways that hold a token, in order.
type Marking = Rc<[u32]>;

struct Search<'a> {
    level: &'a Level,
    numbers: BTreeMap<Marking, u32>,
    /// Each marking, and how it was first come to.
    markings: Vec<(Marking, Option<(u32, Step)>)>,
    /// From which marking to which.
    moves: Vec<(u32, u32)>,
    fired: Vec<bool>,
    faults: Vec<Fault>,
    order: Order,
}

/// Which of the steps that could fire are tried at a marking.
#[derive(Clone, Copy)]
enum Order {
    /// Every one.
    Every,
    /// In the earliest part that can move, those of one gate that takes turns; when no such gate can fire, all.
    InTurn {
        /// The place that fires only when nothing else in its part can.
        last: Option<u32>,
    },
}

/// Explores a fragment, looking at no more than a number of markings.
///
/// One gate fires at a time. Nothing takes a gate's tokens but itself, so every end of a case is still found (persistent
/// sets; Godefroid 1996), and if every marking seen can finish, every marking can. That two tokens meet could be missed:
/// the first has moved on when the second comes. So each place where they may meet (`beside`) is looked at once more, with
/// the first token held there as long as anything else can move.
pub(super) fn explore(level: &Level, markings_max: usize) -> Explored {
    let mut explored = in_turn(level, None, markings_max);
    let takes_turns = |place: &u32| level.places[*place as usize].takes_turns;
    for place in beside::met_twice(level).into_iter().filter(takes_turns) {
        let is_unsafe = explored.faults.iter().any(|fault| fault.reason == Reason::Unsafe);
        let most = if explored.faults.is_empty() { markings_max } else { markings_max.min(MARKINGS_WORSE_MAX) };
        if is_unsafe || explored.looked > most {
            break;
        }
        let again = in_turn(level, Some(place), most - explored.looked);
        explored.looked += again.looked;
        explored.is_whole &= again.is_whole;
        explored.faults.extend(again.faults);
    }
    explored
}

fn in_turn(level: &Level, last: Option<u32>, markings_max: usize) -> Explored {
    let mut search = Search::new(level, Order::InTurn { last });
    let is_whole = search.widely(markings_max.min(MARKINGS_WIDE_MAX), |_| false).is_ok();
    let explored = search.explored(is_whole);
    if is_whole || !explored.faults.is_empty() {
        return explored;
    }
    // A mistake is often at the end of any long run: follow some.
    let mut search = Search::new(level, Order::InTurn { last });
    let is_whole = search.deeply(markings_max);
    let deep = search.explored(is_whole);
    Explored { looked: explored.looked + deep.looked, passes: explored.passes.or(deep.passes), ..deep }
}

/// Explores a fragment with every order of steps, so that every fault is seen, and by the shortest run to it. `None` when
/// there is too much to see.
pub(super) fn explore_every_order(level: &Level, markings_max: usize) -> Option<Explored> {
    let mut search = Search::new(level, Order::Every);
    search.widely(markings_max, |_| false).ok()?;
    Some(search.explored(true))
}

/// A run after which a way holds a token: the shortest if it is not far.
pub(super) fn run_to(level: &Level, way: u32) -> Option<Vec<Step>> {
    let last = level.ways[way as usize].to;
    [(Order::Every, MARKINGS_WIDE_MAX), (Order::InTurn { last }, MARKINGS_MAX)].into_iter().find_map(|(order, most)| {
        let mut search = Search::new(level, order);
        let found = search.widely(most, |marking| marking.binary_search(&way).is_ok()).err()??;
        Some(search.path(found))
    })
}

impl<'a> Search<'a> {
    fn new(level: &'a Level, order: Order) -> Self {
        let mut search = Self {
            level,
            numbers: BTreeMap::new(),
            markings: Vec::new(),
            moves: Vec::new(),
            fired: vec![false; level.places.len()],
            faults: Vec::new(),
            order,
        };
        let mut first = level.first.clone();
        first.sort_unstable();
        search.meet(first.into(), None);
        search
    }

    fn meet(&mut self, marking: Marking, from: Option<(u32, &Step)>) -> u32 {
        let next = self.markings.len() as u32;
        let number = *self.numbers.entry(marking.clone()).or_insert(next);
        if number == next {
            self.markings.push((marking, from.map(|(at, step)| (at, step.clone()))));
        }
        number
    }

    /// Looks at the oldest marking first until everything is seen. The error is the marking that was wanted, or none when
    /// there are too many.
    fn widely(&mut self, markings_max: usize, wanted: impl Fn(&Marking) -> bool) -> Result<(), Option<usize>> {
        let (mut at, mut looked) = (0, 0);
        loop {
            if let Some(found) = (looked..self.markings.len()).find(|marking| wanted(&self.markings[*marking].0)) {
                return Err(Some(found));
            }
            looked = self.markings.len();
            if at == looked {
                return Ok(());
            }
            if looked > markings_max || self.expand(at).is_none() {
                return Err(None);
            }
            at += 1;
        }
    }

    /// Looks at the newest marking first until something is wrong; whether everything was seen.
    fn deeply(&mut self, markings_max: usize) -> bool {
        let mut todo = vec![0];
        while let Some(at) = todo.pop() {
            let known = self.markings.len();
            if !self.faults.is_empty() || known > markings_max || self.expand(at).is_none() {
                return false;
            }
            todo.extend(known..self.markings.len());
        }
        true
    }

    /// Fires every step of a marking. `None` when there are too many to count.
    fn expand(&mut self, at: usize) -> Option<()> {
        let marking = self.markings[at].0.clone();
        let steps = self.steps(&marking)?;
        if steps.is_empty() && !self.is_finished(&marking) {
            self.report(Reason::Deadlock, at, None);
        }
        for step in &steps {
            self.fired[step.place as usize] = true;
            let mut next: Vec<u32> = marking.iter().copied().filter(|way| !step.taken.contains(way)).collect();
            if let Some(twice) = step.put.iter().copied().find(|way| next.contains(way)) {
                self.report(Reason::Unsafe, at, Some((step.clone(), twice)));
                continue;
            }
            next.extend(&step.put);
            next.sort_unstable();
            let number = self.meet(next.into(), Some((at as u32, step)));
            self.moves.push((at as u32, number));
            if let (Order::InTurn { .. }, [put]) = (self.order, step.put.as_slice()) {
                // What goes on next may be the token that was just put; the one beside it comes after it all the same.
                let second =
                    steps.iter().find(|it| it.place == step.place && it.put == [*put] && it.taken != step.taken);
                second
                    .into_iter()
                    .for_each(|second| self.report(Reason::Unsafe, number as usize, Some((second.clone(), *put))));
            }
        }
        Some(())
    }

    fn is_finished(&self, marking: &Marking) -> bool {
        match self.level.exit {
            Some(exit) => **marking == [exit],
            None => marking.is_empty(),
        }
    }

    fn explored(mut self, is_whole: bool) -> Explored {
        let goal: Marking = self.level.exit.into_iter().collect();
        let goal = self.numbers.get(&goal).copied();
        if is_whole && self.faults.is_empty() {
            self.judge(goal);
        }
        let passes = goal.map(|goal| self.path(goal as usize));
        Explored { passes, is_whole, looked: self.markings.len(), faults: self.faults }
    }

    /// Everything was seen and nothing went wrong on the way: can every marking finish, and did every place fire?
    fn judge(&mut self, goal: Option<u32>) {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.markings.len()];
        self.moves.iter().for_each(|(from, to)| before[*to as usize].push(*from));
        let mut finishes = vec![false; self.markings.len()];
        let mut todo: Vec<u32> = goal.into_iter().collect();
        todo.iter().for_each(|at| finishes[*at as usize] = true);
        while let Some(at) = todo.pop() {
            for from in &before[at as usize] {
                if !std::mem::replace(&mut finishes[*from as usize], true) {
                    todo.push(*from);
                }
            }
        }
        if let Some(at) = finishes.iter().position(|finishes| !finishes) {
            self.report(Reason::Livelock, at, None);
        }
        let idle = |(place, it): (usize, &Place)| !self.fired[place] && it.gate != Gate::Start;
        if let Some(place) = self.level.places.iter().enumerate().position(idle) {
            let place = place as u32;
            self.faults.push(Fault { reason: Reason::Dead, place, twice: None, run: Vec::new(), marked: Vec::new() });
        }
    }

    fn path(&self, mut at: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some((from, step)) = &self.markings[at].1 {
            steps.push(step.clone());
            at = *from as usize;
        }
        steps.reverse();
        steps
    }

    /// Keeps the first fault of each reason.
    fn report(&mut self, reason: Reason, at: usize, last: Option<(Step, u32)>) {
        if self.faults.iter().any(|fault| fault.reason == reason) {
            return;
        }
        let mut run = self.path(at);
        let mut marked = self.markings[at].0.to_vec();
        let place_of = |way: &u32| self.level.ways[*way as usize].to;
        // What waits is a join that has some of its tokens; what goes round is wherever a token is.
        let waiting = marked.iter().filter_map(place_of).find(|place| self.level.places[*place as usize].ins.len() > 1);
        let mut place = waiting.or_else(|| marked.iter().find_map(place_of)).unwrap_or_default();
        let twice = last.map(|(step, twice)| {
            place = place_of(&twice).unwrap_or(step.place);
            marked.retain(|way| !step.taken.contains(way));
            marked.extend(&step.put);
            marked.sort_unstable();
            run.push(step);
            twice
        });
        self.faults.push(Fault { reason, place, twice, run, marked });
    }

    /// The steps to try at a marking. `None` when there are too many to count.
    fn steps(&self, marking: &Marking) -> Option<Vec<Step>> {
        let places = &self.level.places;
        let last = if let Order::InTurn { last } = self.order { last } else { None };
        let mut arrived: Vec<(u32, bool, u32, u32, u32)> = marking
            .iter()
            .filter_map(|way| {
                let place = self.level.ways[*way as usize].to?;
                let it = &places[place as usize];
                let waits = Some(place) == last || !it.takes_turns;
                Some((it.part, waits, it.turn, place, *way))
            })
            .collect();
        arrived.sort_unstable();
        let (mut steps, mut part) = (Vec::new(), None);
        for group in arrived.chunk_by(|a, b| a.3 == b.3) {
            let (this_part, waits, _, place, _) = group[0];
            if part.is_some_and(|part| part != this_part) {
                break;
            }
            let ways: Vec<u32> = group.iter().map(|it| it.4).collect();
            let known = steps.len();
            self.firings(place, &ways, marking, &mut steps)?;
            if steps.len() > known && matches!(self.order, Order::InTurn { .. }) {
                if !waits {
                    break;
                }
                part = Some(this_part);
            }
        }
        Some(steps)
    }

    fn firings(&self, place: u32, arrived: &[u32], marking: &Marking, steps: &mut Vec<Step>) -> Option<()> {
        let it = &self.level.places[place as usize];
        let mut fire = |taken: &[u32], put: Vec<u32>| steps.push(Step { place, taken: taken.to_vec(), put });
        match it.gate {
            Gate::Start | Gate::Stuck => {}
            Gate::End => arrived.iter().for_each(|way| fire(&[*way], Vec::new())),
            Gate::And if arrived.len() == it.ins.len() => fire(arrived, it.outs.clone()),
            Gate::And => {}
            Gate::Xor => {
                for way in arrived {
                    it.outs.iter().for_each(|out| fire(&[*way], vec![*out]));
                }
            }
            Gate::Or if it.ins.len() > 1 => {
                if it.ins.len() > INCLUSIVE_WAYS_IN_MAX {
                    return None;
                }
                if !self.is_held_back(place, it, arrived, marking) {
                    fire(arrived, it.outs.clone());
                }
            }
            Gate::Or if it.outs.len() > INCLUSIVE_WAYS_OUT_MAX => return None,
            Gate::Or => {
                for choice in 1_u32..1 << it.outs.len() {
                    let chosen = |(bit, out): (usize, &u32)| (choice >> bit & 1 == 1).then_some(*out);
                    fire(arrived, it.outs.iter().enumerate().filter_map(chosen).collect());
                }
            }
        }
        Some(())
    }

    /// Whether a token elsewhere can still come to an empty way in, and to none that has its token.
    fn is_held_back(&self, place: u32, it: &Place, arrived: &[u32], marking: &Marking) -> bool {
        let Some((_, reach)) = self.level.reach.iter().find(|(join, _)| *join == place) else { return false };
        let bit = |way: &u32| it.ins.iter().position(|other| other == way).map_or(0, |bit| 1_u64 << bit);
        let there: u64 = arrived.iter().map(bit).sum();
        marking
            .iter()
            .filter(|way| !arrived.contains(way))
            .map(|way| reach[*way as usize])
            .any(|reach| reach & !there != 0 && reach & there == 0)
    }
}

//! The search: rosters are judged by simulation, every pool and weekday for itself, all of them in the same runs, because a
//! day's queue is gone by the evening. All rosters meet the same people (common random numbers).

use std::collections::BTreeMap;

use super::demand::{Line, Pool};
use super::formula::{Method, SEATS_MAX};
use super::roster::{Duty, Roster, Terms, staffed};
use super::shifts::{Shift, manned};
use super::shortage::Shortage;
use super::{NoPlan, Progress};
use crate::centre::{Model, RunReport};
use crate::replicate::{replicate, seed_of};
use crate::stats::Interval;

/// A pool on a weekday.
pub(super) type Cell = (usize, usize);

/// Runs that judge one roster during the search.
pub(super) const RUNS: u32 = 12;
/// Rungs between fewer seats than the load and so many that nobody waits.
const RUNGS: usize = 32;
/// Rosters that are tried to trim what the formulas say.
const TRIMS_MAX: usize = 64;
/// Events after which nothing more is tried: some twenty seconds on two cores.
const EVENTS_MAX: u64 = 14_000_000;
/// A roster is good when it keeps the target with this confidence, as a two-sided interval's: 95% on the one side.
pub(super) const CONFIDENCE: f64 = 0.9;

/// Rosters judged at most: what the progress bar begins with.
pub(super) fn runs_at_most() -> u64 {
    ((Method::ALL.len() * RUNGS.ilog2() as usize + Method::ALL.len() + 1 + TRIMS_MAX) as u64) * u64::from(RUNS)
}

pub(super) struct Search<'a> {
    /// Without the days of the run-on.
    pub(super) model: &'a Model,
    pub(super) lines: &'a [Line],
    pub(super) pools: &'a [Pool],
    pub(super) terms: Vec<Terms>,
    pub(super) seed: u64,
    /// The longest wait in minutes, and the share that is to wait no longer.
    pub(super) wait: f64,
    pub(super) share: f64,
    pub(super) progress: &'a dyn Progress,
    pub(super) events: u64,
    pub(super) judged: u64,
}

/// What the formulas come to when the simulation says how cautious they must be.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) method: Method,
    pub(super) rung: usize,
    pub(super) cost: f64,
}

/// The cheapest of the starts of a cell.
pub(super) fn cheapest(starts: &[Start]) -> Option<&Start> {
    starts.iter().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// The share of those who came that was served in time, by cell and run. Whoever left was not.
pub(super) fn service_of(pools: &[Pool], report: &RunReport) -> BTreeMap<Cell, (u64, u64)> {
    let mut cells: BTreeMap<Cell, (u64, u64)> = BTreeMap::new();
    for (pool, it) in pools.iter().enumerate() {
        for &source in &it.sources {
            for (&(weekday, _), log) in &report.by_hour[source] {
                let cell = cells.entry((pool, usize::from(weekday))).or_default();
                *cell = (cell.0 + log.within(), cell.1 + log.count());
            }
            for (&(weekday, _), lost) in &report.lost_by_hour[source] {
                cells.entry((pool, usize::from(weekday))).or_default().1 += lost;
            }
        }
    }
    cells
}

/// Of all runs: by cell the share in each run in which anybody came.
pub(super) fn shares(runs: &[BTreeMap<Cell, (u64, u64)>]) -> BTreeMap<Cell, Vec<f64>> {
    let mut shares: BTreeMap<Cell, Vec<f64>> = BTreeMap::new();
    for (cell, (within, all)) in runs.iter().flatten() {
        if *all > 0 {
            shares.entry(*cell).or_default().push(*within as f64 / *all as f64);
        }
    }
    shares
}

impl Search<'_> {
    /// The pools and weekdays on which anybody comes.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> =
            self.lines.iter().flat_map(|line| line.days.keys().map(|weekday| (line.pool, *weekday))).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// What a method says for one cell on a rung.
    fn by_formula(&self, cell: Cell, method: Method, rung: usize) -> Roster {
        let lines = self.lines.iter().enumerate().filter(|(_, line)| line.pool == cell.0);
        let duty = |(nth, line): (usize, &Line)| {
            let day = line.days.get(&cell.1)?;
            Some(((nth, cell.1), self.terms[nth].duty(&method.on_rung(line, day, rung, self.wait))))
        };
        lines.filter_map(duty).collect()
    }

    fn cost(&self, roster: &Roster) -> f64 {
        roster.iter().map(|((line, _), duty)| self.terms[*line].cost_of(duty)).sum()
    }

    /// In which cells a roster keeps the target.
    fn judge(&mut self, roster: &Roster) -> Result<BTreeMap<Cell, bool>, NoPlan> {
        let model = self.model.staffed(staffed(&self.model.scenario.file, self.lines, roster))?;
        let pools = self.pools;
        let progress = self.progress;
        let runs = replicate(self.seed, RUNS, |seed| {
            let report = model.run(seed);
            progress.done();
            (service_of(pools, &report), report.events, report.balanced)
        });
        for (number, (_, events, balanced)) in runs.iter().enumerate() {
            self.events += events;
            if let Err(unbalanced) = balanced {
                return Err(NoPlan::Unbalanced(seed_of(self.seed, number as u32), unbalanced.clone()));
            }
        }
        self.judged += 1;
        let runs: Vec<BTreeMap<Cell, (u64, u64)>> = runs.into_iter().map(|it| it.0).collect();
        let kept = |shares: &Vec<f64>| {
            let interval = Interval::of(shares.iter().copied(), CONFIDENCE);
            let half = if interval.half.is_finite() { interval.half } else { 0.0 };
            interval.mean - half >= self.share
        };
        Ok(shares(&runs).iter().map(|(cell, shares)| (*cell, kept(shares))).collect())
    }

    /// For every cell and method the lowest rung that keeps the target, by halving; all cells at once.
    pub(super) fn starts(&mut self) -> Result<BTreeMap<Cell, Vec<Start>>, NoPlan> {
        let cells = self.cells();
        let mut starts: BTreeMap<Cell, Vec<Start>> = cells.iter().map(|cell| (*cell, Vec::new())).collect();
        for method in Method::ALL {
            let mut range: BTreeMap<Cell, (usize, usize)> = cells.iter().map(|cell| (*cell, (0, RUNGS))).collect();
            while range.values().any(|it| it.0 < it.1) {
                let middle = |it: &(usize, usize)| (it.0 + it.1) / 2;
                let tried = range.iter().map(|(cell, it)| self.by_formula(*cell, method, middle(it).min(RUNGS - 1)));
                let roster: Roster = tried.flatten().collect();
                let kept = self.judge(&roster)?;
                for (cell, it) in range.iter_mut().filter(|(_, it)| it.0 < it.1) {
                    // Nobody came in any run: whatever is there is enough.
                    if kept.get(cell).copied().unwrap_or(true) {
                        it.1 = middle(it);
                    } else {
                        it.0 = middle(it) + 1;
                    }
                }
            }
            for (cell, (rung, _)) in range.iter().filter(|(_, it)| it.0 < RUNGS) {
                let cost = self.cost(&self.by_formula(*cell, method, *rung));
                starts.entry(*cell).or_default().push(Start { method, rung: *rung, cost });
            }
        }
        Ok(starts)
    }

    /// The roster of one start for each cell.
    pub(super) fn roster(&self, starts: &BTreeMap<Cell, Start>) -> Roster {
        starts.iter().flat_map(|(cell, start)| self.by_formula(*cell, start.method, start.rung)).collect()
    }

    /// The start with everybody there is, for a cell that keeps the target with no start.
    pub(super) fn everybody(&self, cell: Cell) -> Start {
        let (method, rung) = (Method::OfferedLoad, RUNGS - 1);
        Start { method, rung, cost: self.cost(&self.by_formula(cell, method, rung)) }
    }

    /// Who is missing in cells that the people there are do not suffice for.
    ///
    /// # Errors
    /// However many people would not suffice.
    pub(super) fn shortages(&mut self, few: &[Cell]) -> Result<Vec<Shortage>, NoPlan> {
        let is_bounded = |cell: &Cell| self.in_cell(*cell).any(|nth| self.terms[nth].people < u32::MAX);
        if let Some(cell) = few.iter().find(|cell| !is_bounded(cell)) {
            return Err(self.out_of_reach(*cell));
        }
        if few.is_empty() {
            return Ok(Vec::new());
        }
        let terms: Vec<Terms> = self.terms.iter().map(|it| Terms { people: u32::MAX, ..*it }).collect();
        let there_are = std::mem::replace(&mut self.terms, terms);
        let starts = self.starts()?;
        let mut shortages = Vec::new();
        for cell in few {
            let start = starts.get(cell).and_then(|it| cheapest(it)).ok_or_else(|| self.out_of_reach(*cell))?;
            let enough = self.by_formula(*cell, start.method, start.rung);
            shortages.extend(self.more_than(&there_are, *cell, &enough));
        }
        self.terms = there_are;
        Ok(shortages)
    }

    /// The cells of these that a roster does not serve well although everybody there is on duty: one more at least.
    pub(super) fn at_their_most(&self, weak: &[Cell], roster: &Roster) -> Vec<Shortage> {
        let one_less: Vec<Terms> =
            self.terms.iter().map(|it| Terms { people: it.people.saturating_sub(1), ..*it }).collect();
        let here = weak.iter().flat_map(|cell| self.more_than(&one_less, *cell, roster));
        here.map(|it| Shortage { people: it.people + 1, needed: it.needed + 1, ..it }).collect()
    }

    /// Where a roster has more on duty at standing seats than these terms have people.
    fn more_than(&self, terms: &[Terms], cell: Cell, roster: &Roster) -> Vec<Shortage> {
        let lines = self.in_cell(cell).filter_map(|nth| {
            let (people, line) = (terms[nth].people, &self.lines[nth]);
            let (day, duty) = (line.days.get(&cell.1)?, roster.get(&(nth, cell.1))?);
            let needed = manned(&duty.standing, day.open.len()).into_iter().max()?;
            let group = self.model.scenario.file.staff[line.group].name.clone();
            (needed > people).then_some(Shortage { group, weekday: cell.1 as u8 + 1, people, needed })
        });
        lines.collect()
    }

    fn in_cell(&self, cell: Cell) -> impl Iterator<Item = usize> {
        (0..self.lines.len()).filter(move |nth| self.lines[*nth].pool == cell.0)
    }

    fn out_of_reach(&self, cell: Cell) -> NoPlan {
        NoPlan::OutOfReach { of: self.pools[cell.0].name.clone(), weekday: cell.1 + 1, seats: SEATS_MAX }
    }

    /// More seats for a cell than a roster has: what its formula said before it was trimmed, and then ever more.
    pub(super) fn more(&self, cell: Cell, start: &mut Start, roster: &Roster) -> Roster {
        loop {
            let more = self.by_formula(cell, start.method, start.rung);
            let is = |(line, duty): (usize, &Duty)| more.get(&(line, cell.1)) == Some(duty);
            if start.rung + 1 >= RUNGS || !of_cell(roster, self.lines, cell).all(is) {
                return more;
            }
            start.rung += 1;
        }
    }

    /// Takes away what is not needed in these cells, a shift or part of one at a time in each, and keeps what still keeps
    /// the target.
    pub(super) fn trim(&mut self, cells: &[Cell], mut roster: Roster) -> Result<Roster, NoPlan> {
        let mut tried = 0;
        for step in [Step::Whole, Step::Part(4), Step::Part(1)] {
            let mut moves: BTreeMap<Cell, Vec<Move>> =
                cells.iter().map(|cell| (*cell, self.moves(&roster, *cell, step))).collect();
            while moves.values().any(|it| !it.is_empty()) && tried < TRIMS_MAX && self.events < EVENTS_MAX {
                tried += 1;
                let mut trial = roster.clone();
                let mut made: Vec<(Cell, Move)> = Vec::new();
                for (cell, list) in &mut moves {
                    while let Some(next) = list.pop() {
                        if let Some(shift) = self.make(&mut trial, &next) {
                            made.push((*cell, Move { shift, ..next }));
                            break;
                        }
                    }
                }
                if made.is_empty() {
                    break;
                }
                let kept = self.judge(&trial)?;
                for (cell, it) in made {
                    if !kept.get(&cell).copied().unwrap_or(true) {
                        continue;
                    }
                    if let Some(duty) = trial.get(&(it.line, cell.1)) {
                        roster.insert((it.line, cell.1), duty.clone());
                    }
                    // What could go once may go again.
                    moves.entry(cell).or_default().push(it);
                }
            }
        }
        Ok(roster)
    }

    /// What may be taken away in a cell; the last is tried first: that which stands idle most.
    fn moves(&self, roster: &Roster, cell: Cell, step: Step) -> Vec<Move> {
        let mut moves: Vec<(f64, Move)> = Vec::new();
        for (nth, line) in self.lines.iter().enumerate().filter(|(_, line)| line.pool == cell.0) {
            let (Some(day), Some(duty)) = (line.days.get(&cell.1), roster.get(&(nth, cell.1))) else { continue };
            let all: Vec<Shift> = duty.standing.iter().chain(&duty.tidal).copied().collect();
            let seats = manned(&all, day.open.len());
            let idle = |from: usize, to: usize| {
                let spare = (from..to).map(|at| f64::from(seats[at]) - day.offered[at]).sum::<f64>();
                spare / (to - from).max(1) as f64
            };
            for (tidal, shifts) in [(false, &duty.standing), (true, &duty.tidal)] {
                let mut ends: Vec<Shift> = shifts.clone();
                ends.dedup();
                for &(from, to) in &ends {
                    let mut add = |part: Part, span: Shift| {
                        let it = Move { line: nth, weekday: cell.1, tidal, shift: (from, to), part };
                        moves.push((idle(span.0, span.1), it));
                    };
                    match step {
                        Step::Whole => add(Part::Whole, (from, to)),
                        Step::Part(by) => {
                            add(Part::Front(by), (from, (from + by).min(to)));
                            add(Part::Back(by), (to.saturating_sub(by).max(from), to));
                        }
                    }
                }
            }
        }
        moves.sort_by(|a, b| a.0.total_cmp(&b.0));
        moves.into_iter().map(|it| it.1).collect()
    }

    /// Makes a move if the roster still allows it, and says what is left of the shift.
    fn make(&self, roster: &mut Roster, it: &Move) -> Option<Shift> {
        let terms = &self.terms[it.line];
        let duty = roster.get_mut(&(it.line, it.weekday))?;
        let before = duty.clone();
        let (shifts, least) =
            if it.tidal { (&mut duty.tidal, terms.least_tidal) } else { (&mut duty.standing, terms.least) };
        let at = shifts.iter().position(|shift| *shift == it.shift)?;
        let (from, to) = it.shift;
        let changed = match it.part {
            Part::Whole => None,
            Part::Front(by) => Some((from + by, to)),
            Part::Back(by) => Some((from, to.saturating_sub(by))),
        };
        match changed {
            None => drop(shifts.remove(at)),
            Some((from, to)) if to >= from + least => shifts[at] = (from, to),
            Some(_) => return None,
        }
        // Somebody stands at a window whenever the centre is open.
        let length = self.lines[it.line].days.get(&it.weekday).map_or(0, |day| day.open.len());
        if manned(&duty.standing, length).contains(&0) {
            *duty = before;
            return None;
        }
        Some(changed.unwrap_or(it.shift))
    }
}

#[derive(Clone, Copy)]
enum Step {
    Whole,
    Part(usize),
}

#[derive(Clone, Debug)]
struct Move {
    line: usize,
    weekday: usize,
    tidal: bool,
    shift: Shift,
    part: Part,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Whole,
    Front(usize),
    Back(usize),
}

/// What a cell's duty in a roster is.
pub(super) fn of_cell<'r>(
    roster: &'r Roster,
    lines: &'r [Line],
    cell: Cell,
) -> impl Iterator<Item = (usize, &'r Duty)> {
    roster
        .iter()
        .filter(move |((line, weekday), _)| lines[*line].pool == cell.0 && *weekday == cell.1)
        .map(|((line, _), duty)| (*line, duty))
}

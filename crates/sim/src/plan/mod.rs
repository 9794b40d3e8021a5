//! The cheapest staffing that keeps the service target: by formula first, then by simulation.
//!
//! Planned are the groups that serve people who wait in the hall, and the windows that a tide opens for them; desks stay
//! as they are. Every roster is judged by the centre's own simulation, pool by pool and weekday by weekday. What is found
//! is judged once more on people whom the search never met, beside the roster that needs no thought (the busiest
//! quarter-hour's seats, all day) and the scenario as it stands, and then under more and more people until it breaks.

mod demand;
mod formula;
mod judge;
mod outcome;
mod roster;
mod search;
mod shifts;
mod shortage;
mod strain;

use std::collections::BTreeMap;

use rand::RngExt;

pub use formula::Method;
pub use judge::{CellService, Judged};
pub use outcome::{DeskRow, MethodOutcome, Plan, QuarterRow, ShiftRow};
pub use shortage::Shortage;
pub use strain::{Broken, Strain, Weakness};

use self::judge::Judge;
use self::search::{Cell, RUNS, Search, Start, cheapest};
use crate::centre::{Model, NoModel, Unbalanced};
use crate::chance::Source;
use crate::scenario::{Scenario, ScenarioFile, Target};

/// Least runs by which the answer is judged.
const JUDGING_RUNS_MIN: u32 = 10;
/// How often seats are added to a cell that does not keep the target on people the search never met.
const REPAIRS_MAX: usize = 4;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    /// The longest wait aimed at, in minutes.
    pub wait_minutes: f64,
    /// The share that is to wait no longer, below 1.
    pub share: f64,
    /// Least length of a standing shift.
    pub shift_minutes: u32,
    /// The seed.
    pub seed: u64,
    /// Runs by which the answer is judged; ten at least.
    pub replications: u32,
}

/// Who hears how far it has got.
pub trait Progress: Sync {
    /// So many runs will be made in all, as far as is known.
    fn expects(&self, runs: u64);
    /// One of them is done.
    fn done(&self);
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// The scenario cannot be run.
    #[error(transparent)]
    Model(#[from] NoModel),
    /// Nobody waits in the hall.
    #[error("没有人到大厅排队，无可排班 / nobody waits in the hall: there is nothing to plan")]
    NobodyWaits,
    /// However many seats, too few are served in time.
    #[error(
        "再多窗口也达不到目标：{of}，星期{weekday}（每段最多 {seats} 个） / the target is out of reach, however many seats: {of}, weekday {weekday} (up to {seats})"
    )]
    OutOfReach {
        /// The groups.
        of: String,
        /// 1 Monday to 7 Sunday.
        weekday: usize,
        /// Most seats that were tried.
        seats: u32,
    },
    /// A run did not balance: a mistake in the simulator.
    #[error("一次运行对不上账（种子 {0}）：{1} / a run does not balance (seed {0}): {1}")]
    Unbalanced(u64, Unbalanced),
}

/// Plans a scenario.
///
/// # Errors
/// There is nothing to plan, the target is out of reach, or the scenario cannot be run.
pub fn plan(scenario: &Scenario, wishes: &Wishes, progress: &dyn Progress) -> Result<Plan, NoPlan> {
    let mut aimed = scenario.clone();
    aimed.file.target = Target { wait_minutes: wishes.wait_minutes, share: wishes.share };
    let scenario = &aimed;
    let whole = Model::new(scenario.clone())?;
    let short = Model::new(without_run_on(scenario))?;
    let (lines, pools) = demand::lines(&short);
    let runs = wishes.replications.max(JUDGING_RUNS_MIN);
    let judgings = 4 + 2 * strain::FACTORS.len() as u64;
    progress.expects(search::runs_at_most() + judgings * u64::from(runs));
    let least = (wishes.shift_minutes as usize).div_ceil(15).max(1);
    let mut search = Search {
        model: &short,
        terms: lines.iter().map(|line| roster::Terms::of(line, &scenario.file, least)).collect(),
        lines: &lines,
        pools: &pools,
        seed: wishes.seed,
        wait: wishes.wait_minutes,
        share: wishes.share,
        progress,
        events: 0,
        judged: 0,
    };
    if search.cells().is_empty() {
        return Err(NoPlan::NobodyWaits);
    }
    let starts = search.starts()?;
    let mut best: BTreeMap<Cell, Start> =
        starts.iter().filter_map(|(cell, starts)| Some((*cell, cheapest(starts)?.clone()))).collect();
    let methods = outcome::methods(&starts, &best);
    let few = search.cells().into_iter().filter(|cell| !best.contains_key(cell)).collect::<Vec<Cell>>();
    let mut shortages = search.shortages(&few)?;
    let enough: Vec<Cell> = best.keys().copied().collect();
    best.extend(few.iter().map(|cell| (*cell, search.everybody(*cell))));
    let mut found = search.trim(&enough, search.roster(&best))?;
    let judge = Judge {
        lines: &lines,
        pools: &pools,
        // People whom the search never met.
        seed: Source::new(wishes.seed, &["plan", "judge"]).of(0).random(),
        runs,
        share: wishes.share,
        progress,
    };
    progress.expects(search.judged * u64::from(RUNS) + judgings * u64::from(runs));
    let judged =
        |roster: &roster::Roster| judge.judge(&whole.staffed(roster::staffed(&scenario.file, &lines, roster))?);
    let mut planned = judged(&found)?;
    for _ in 0..REPAIRS_MAX {
        let weak = weak_of(&planned, wishes.share, &enough);
        if weak.is_empty() {
            break;
        }
        for cell in weak {
            let Some(start) = best.get_mut(&cell) else { continue };
            let more = search.more(cell, start, &found);
            found.extend(more);
        }
        planned = judged(&found)?;
    }
    shortages.extend(search.at_their_most(&weak_of(&planned, wishes.share, &enough), &found));
    shortages.sort_unstable();
    let file = roster::staffed(&scenario.file, &lines, &found);
    let beyond = 1.0 - wishes.share;
    let naive_roster = roster::naive(&lines, &search.terms, beyond, wishes.wait_minutes);
    let naive = judged(&naive_roster)?;
    let as_is = judge.judge(&whole)?;
    let strain = strain::strain(scenario, &file, &judge, &planned)?;
    Ok(outcome::plan(
        &outcome::Found { scenario, wishes, lines: &lines, roster: &found, runs, rosters: search.judged },
        methods,
        shortages,
        file,
        [planned, naive, as_is],
        strain,
    ))
}

/// The cells of these in which too few were served in time.
fn weak_of(planned: &Judged, share: f64, cells: &[Cell]) -> Vec<Cell> {
    planned.weak(share).into_iter().filter(|cell| cells.contains(cell)).collect()
}

/// The same days of arrivals, and none after them: waits in the hall are known by then.
fn without_run_on(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.days.truncate(scenario.file.days as usize);
    scenario.file.run_on_days = 0;
    scenario
}

/// The scenario with so many times as many people.
fn busier(scenario: &Scenario, file: &ScenarioFile, factor: f64) -> Scenario {
    let mut file = file.clone();
    for arrivals in &mut file.arrivals {
        arrivals.per_day *= factor;
        if let Some(rates) = &mut arrivals.rates {
            let cells = rates.weekdays.iter_mut().flat_map(|row| &mut row.arrivals);
            cells.for_each(|cell| *cell *= factor);
        }
        // Of a list every so manieth comes twice.
        let listed = std::mem::take(&mut arrivals.at);
        let mut owed = 0.0;
        for moment in listed {
            owed += factor;
            while owed >= 1.0 {
                arrivals.at.push(moment.clone());
                owed -= 1.0;
            }
        }
    }
    Scenario { file, ..scenario.clone() }
}

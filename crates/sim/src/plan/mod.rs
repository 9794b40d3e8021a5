//! The cheapest staffing that keeps the service target: by formula first, then by simulation.
//!
//! Two kinds of work are planned, each as its people work. In the hall somebody stands and waits: seats by quarter-hour,
//! and the windows that a tide opens, so that this share waits no longer than this, on every weekday. Behind it tasks wait:
//! people at each desk by weekday, the whole day, so that they are taken up while the limits (法定, 承诺) can still be kept,
//! that a week's work is done in a week, and that those stay who must when a tide borrows. The hall is planned first and
//! the desks bear what it lends. Every roster is judged by the centre's own simulation: the hall pool by pool and weekday by
//! weekday, the desks each by its own tasks, and both together by the limits of cases. What is found is judged once more on people whom the search never met, beside the roster that needs no thought (the busiest
//! quarter-hour's seats, all day) and the scenario as it stands, and then under more and more people until it breaks.

mod demand;
mod desks;
mod formula;
mod judge;
mod limits;
mod outcome;
mod places;
mod roster;
mod search;
mod shifts;
mod shortage;
mod strain;

use std::collections::BTreeMap;

use rand::RngExt;

pub use formula::Method;
pub use judge::{CellService, DeskService, Judged};
pub use outcome::{DeskDayRow, DeskRow, LimitRow, MethodOutcome, Plan, QuarterRow, ShiftRow};
pub use shortage::Shortage;
pub use strain::{Broken, Strain, Weakness};

use self::demand::{Line, Pool};
use self::desks::{Desk, Places};
use self::judge::Judge;
use self::places::DeskSearch;
use self::roster::Roster;
use self::search::{Cell, RUNS, Search, Start, cheapest};
use crate::centre::{Model, NoModel, Unbalanced};
use crate::chance::Source;
use crate::scenario::{Scenario, ScenarioFile, Target, workers};

/// Least runs by which the answer is judged.
const JUDGING_RUNS_MIN: u32 = 10;
/// How often seats are added where a target is not kept on people the search never met.
const REPAIRS_MAX: usize = 6;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    /// The longest wait aimed at, in minutes.
    pub wait_minutes: f64,
    /// The share that is to wait no longer, below 1.
    pub share: f64,
    /// The share that is to be kept of the limits that people at desks can keep at all, and of a desk's tasks that is to wait
    /// no longer than its limit allows.
    pub limits: f64,
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
    /// Nobody waits in the hall, and nobody works behind it.
    #[error(
        "大厅没有人排队，后台也没有要办的件，无可排班 / nobody waits in the hall and nothing comes to a desk: there is nothing to plan"
    )]
    Nothing,
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
    let limits = Some(wishes.limits);
    aimed.file.target = Target { wait_minutes: wishes.wait_minutes, share: wishes.share, limits };
    let scenario = &aimed;
    let whole = Model::new(scenario.clone())?;
    let short = Model::new(without_run_on(scenario))?;
    let (lines, pools) = demand::lines(&short);
    let groups = desks::groups(&whole, &lines);
    let runs = wishes.replications.max(JUDGING_RUNS_MIN);
    let judgings = (4 + 2 * strain::FACTORS.len() as u64) * u64::from(runs);
    progress.expects(search::runs_at_most() + places::runs_at_most() + judgings);
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
    // The hall first; the desks then bear what it lends.
    let starts = search.starts()?;
    let mut best: BTreeMap<Cell, Start> =
        starts.iter().filter_map(|(cell, starts)| Some((*cell, cheapest(starts)?.clone()))).collect();
    let methods = outcome::methods(&starts, &best);
    let few = search.cells().into_iter().filter(|cell| !best.contains_key(cell)).collect::<Vec<Cell>>();
    let mut shortages = search.shortages(&few)?;
    let enough: Vec<Cell> = best.keys().copied().collect();
    best.extend(few.iter().map(|cell| (*cell, search.everybody(*cell))));
    let mut found = search.trim(&enough, search.roster(&best))?;
    let hall = whole.staffed(roster::staffed(&scenario.file, &lines, &found))?;
    let pilot = desks::pilot(&hall, &groups, (wishes.limits, wishes.seed), progress)?;
    let mut desks = pilot.desks;
    if search.cells().is_empty() && desks.iter().all(|desk| desk.service == 0.0) {
        return Err(NoPlan::Nothing);
    }
    desks::lend(&mut desks, &hall.scenario.file);
    let mut behind = DeskSearch { hall: &hall, desks: &desks, seed: wishes.seed, progress, events: 0, judged: 0 };
    let mut people = behind.search()?;
    let rosters = search.judged + behind.judged + 1;
    shortages.append(&mut people.shortages);
    progress.expects(rosters * u64::from(RUNS) + judgings);
    let judging = Judging { scenario, wishes, whole: &whole, lines: &lines, pools: &pools, runs, progress };
    let mut planned = judging.judge(&desks, &judging.file(&desks, &found, &people.places))?;
    for _ in 0..REPAIRS_MAX {
        let weak = weak_of(&planned, wishes.share, &enough);
        for cell in &weak {
            let Some(start) = best.get_mut(cell) else { continue };
            let more = search.more(*cell, start, &found);
            found.extend(more);
        }
        if !weak.is_empty() {
            desks::lend(&mut desks, &roster::staffed(&scenario.file, &lines, &found));
        }
        let more = places::repair(&desks, &mut people, &planned, &judging.late(&desks, &planned, &pilot.limits));
        if weak.is_empty() && !more {
            break;
        }
        planned = judging.judge(&desks, &judging.file(&desks, &found, &people.places))?;
    }
    shortages.extend(search.at_their_most(&weak_of(&planned, wishes.share, &enough), &found));
    shortages.extend(places::at_their_most(&desks, &people.places, &planned, &scenario.file));
    shortages.sort_unstable();
    // Who was missing before the judging is told with what the search found.
    shortages.dedup_by(|later, first| (&later.group, later.weekday) == (&first.group, first.weekday));
    let file = judging.file(&desks, &found, &people.places);
    let naive = roster::naive(&lines, &search.terms, 1.0 - wishes.share, wishes.wait_minutes);
    let naive = judging.judge(&desks, &judging.file(&desks, &naive, &places::naive(&desks)))?;
    let as_is = judging.judge(&desks, &scenario.file)?;
    let strain = strain::strain(scenario, &file, &judging.by(&desks), &planned)?;
    Ok(outcome::plan(
        &outcome::Found {
            scenario,
            wishes,
            lines: &lines,
            roster: &found,
            desks: &desks,
            places: &people.places,
            best: &pilot.limits,
            runs,
            rosters,
        },
        methods,
        shortages,
        file,
        [planned, naive, as_is],
        strain,
    ))
}

/// What the answer is judged on: people whom the search never met.
struct Judging<'a> {
    scenario: &'a Scenario,
    wishes: &'a Wishes,
    whole: &'a Model,
    lines: &'a [Line],
    pools: &'a [Pool],
    runs: u32,
    progress: &'a dyn Progress,
}

impl<'a> Judging<'a> {
    fn by(&'a self, desks: &'a [Desk]) -> Judge<'a> {
        let seed = Source::new(self.wishes.seed, &["plan", "judge"]).of(0).random();
        let Self { lines, pools, runs, progress, .. } = *self;
        Judge { lines, pools, desks, seed, runs, share: self.wishes.share, progress }
    }

    fn judge(&self, desks: &[Desk], file: &ScenarioFile) -> Result<Judged, NoPlan> {
        self.by(desks).judge(&self.whole.staffed(file.clone())?)
    }

    /// The scenario with a roster of the hall and people at the desks.
    fn file(&self, desks: &[Desk], roster: &Roster, places: &Places) -> ScenarioFile {
        places::seated(&roster::staffed(&self.scenario.file, self.lines, roster), desks, places)
    }

    /// For arrivals whose limits are not kept as they could be: the desks that their cases come to.
    fn late(&self, desks: &[Desk], planned: &Judged, best: &BTreeMap<usize, f64>) -> Vec<Vec<usize>> {
        let is_late = |source: &usize| {
            let (Some(kept), Some(best)) = (planned.kept_of(*source), best.get(source)) else { return false };
            kept.mean < outcome::limit_aimed(self.wishes.limits, *best)
        };
        let come_to = |source: usize| {
            let package = self.scenario.file.arrivals[source].package.as_ref();
            let workflow = package.and_then(|id| self.scenario.workflows.get(id));
            let queues: Vec<String> = workflow.into_iter().flat_map(|it| workers(it)).map(|it| it.1).collect();
            let serves = |nth: &usize| queues.iter().any(|queue| desks[*nth].queues.contains_key(queue));
            (0..desks.len()).filter(serves).collect()
        };
        (0..self.scenario.file.arrivals.len()).filter(is_late).map(come_to).collect()
    }
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

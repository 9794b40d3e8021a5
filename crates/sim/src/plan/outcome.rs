//! The answer, as it is told.

use std::collections::BTreeMap;

use onething_engine::Title;
use serde::Serialize;

use super::Wishes;
use super::demand::Line;
use super::formula::Method;
use super::judge::Judged;
use super::roster::{Roster, clock};
use super::search::{Cell, Start};
use super::shifts::manned;
use super::shortage::Shortage;
use super::strain::Strain;
use crate::scenario::{Scenario, ScenarioFile, StaffGroup, TideBy, manned as seats_by};

/// The cheapest staffing found, and how good it is.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The scenario's id.
    pub scenario: String,
    /// Its printed name.
    pub title: Title,
    /// Which of its inputs are invented.
    pub illustrative: Vec<Title>,
    /// The longest wait aimed at, in minutes.
    pub wait_minutes: f64,
    /// The share that is to wait no longer.
    pub share: f64,
    /// Least length of a standing shift, in minutes.
    pub shift_minutes: u32,
    /// The seed.
    pub seed: u64,
    /// Runs by which the answer is judged, on people whom the search never met.
    pub replications: u32,
    /// Working days that are judged.
    pub days: u32,
    /// Rosters that the search judged.
    pub rosters: u64,
    /// What each formula alone would cost, once simulation has said how cautious it must be.
    pub methods: Vec<MethodOutcome>,
    /// Who is missing where the people there are cannot keep the target: the plan then has all of them on duty.
    pub shortages: Vec<Shortage>,
    /// Seats, demand and what each formula says, by quarter-hour.
    pub quarters: Vec<QuarterRow>,
    /// Who is not planned for and stays as the scenario says.
    pub desks: Vec<DeskRow>,
    /// Who is on duty from when until when.
    pub shifts: Vec<ShiftRow>,
    /// What the plan comes to.
    pub planned: Judged,
    /// What the busiest quarter-hour's seats all day, every day, come to.
    pub naive: Judged,
    /// What the scenario as it stands comes to.
    pub as_is: Judged,
    /// The plan under more people.
    pub strain: Strain,
    /// The scenario with the plan's roster.
    #[serde(skip)]
    pub file: ScenarioFile,
}

/// A formula alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodOutcome {
    /// Which.
    pub method: Method,
    /// Cost of a week by the roster; nothing where it does not keep the target with any caution.
    pub cost: Option<f64>,
    /// On how many weekdays and pools the search began with it.
    pub begun_with: usize,
}

/// One quarter-hour of a weekday at one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuarterRow {
    /// The group.
    pub group: String,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// When it begins, such as `09:15`.
    pub from: String,
    /// Arrivals an hour.
    pub per_hour: f64,
    /// Seats that the arrivals keep busy on average.
    pub load: f64,
    /// Seats by each formula, in the order of [`Method::ALL`], for the target as it stands.
    pub formulas: [u32; 4],
    /// Seats planned.
    pub seats: u32,
    /// Tidal windows planned on top of them.
    pub tidal: u32,
}

/// A group that is not planned: its seats stay as the scenario says, less those lent to the plan's tidal windows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeskRow {
    /// The group.
    pub group: String,
    /// Its seats.
    pub seats: u32,
    /// Most of them lent at a time.
    pub lent: u32,
    /// So many must stay, whatever comes; nothing where it lends to no tide.
    pub keep: Option<u32>,
    /// How busy those who stay are under the plan.
    pub utilisation: f64,
}

/// One person's duty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShiftRow {
    /// The group or the tide.
    pub of: String,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// From when.
    pub from: String,
    /// Until when; the centre's own break is not counted.
    pub to: String,
    /// Whether it is a tidal window.
    pub tidal: bool,
}

/// What the search found.
pub(super) struct Found<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) wishes: &'a Wishes,
    pub(super) lines: &'a [Line],
    pub(super) roster: &'a Roster,
    pub(super) runs: u32,
    pub(super) rosters: u64,
}

pub(super) fn methods(starts: &BTreeMap<Cell, Vec<Start>>, best: &BTreeMap<Cell, Start>) -> Vec<MethodOutcome> {
    let one = |method: Method| {
        let costs = starts.values().map(|it| it.iter().find(|start| start.method == method).map(|start| start.cost));
        let begun_with = best.values().filter(|start| start.method == method).count();
        MethodOutcome { method, cost: costs.sum(), begun_with }
    };
    Method::ALL.into_iter().map(one).collect()
}

pub(super) fn plan(
    found: &Found<'_>,
    methods: Vec<MethodOutcome>,
    shortages: Vec<Shortage>,
    file: ScenarioFile,
    [planned, naive, as_is]: [Judged; 3],
    strain: Strain,
) -> Plan {
    let (old, wishes) = (&found.scenario.file, found.wishes);
    let (mut quarters, mut shifts) = (Vec::new(), Vec::new());
    for (nth, line) in found.lines.iter().enumerate() {
        let group = &old.staff[line.group].name;
        for (&weekday, day) in &line.days {
            let duty = found.roster.get(&(nth, weekday)).cloned().unwrap_or_default();
            let [standing, tidal] = [&duty.standing, &duty.tidal].map(|shifts| manned(shifts, day.open.len()));
            let needs = Method::ALL.map(|method| method.needs(line, day, 1.0 - wishes.share, wishes.wait_minutes));
            for (at, &quarter) in day.open.iter().enumerate() {
                quarters.push(QuarterRow {
                    group: group.clone(),
                    weekday: weekday as u8 + 1,
                    from: told(quarter),
                    per_hour: day.rates[at] * 60.0,
                    load: day.offered[at],
                    formulas: [0, 1, 2, 3].map(|method: usize| needs[method][at]),
                    seats: standing[at],
                    tidal: tidal[at],
                });
            }
            let tide = line.tide.map(|tide| old.tides[tide].name.as_str()).unwrap_or_default();
            for (of, list, is_tidal) in [(group.as_str(), &duty.standing, false), (tide, &duty.tidal, true)] {
                let mut list = list.clone();
                list.sort_unstable();
                shifts.extend(list.iter().map(|&(from, to)| ShiftRow {
                    of: of.to_owned(),
                    weekday: weekday as u8 + 1,
                    from: told(day.open[from]),
                    to: told(day.open[to - 1] + 1),
                    tidal: is_tidal,
                }));
            }
        }
    }
    Plan {
        desks: desks(found, &file, &planned),
        scenario: old.id.clone(),
        title: old.title.clone(),
        illustrative: old.illustrative.clone(),
        wait_minutes: wishes.wait_minutes,
        share: wishes.share,
        shift_minutes: wishes.shift_minutes,
        seed: wishes.seed,
        replications: found.runs,
        days: old.days - old.warm_up_days,
        rosters: found.rosters,
        methods,
        shortages,
        quarters,
        shifts,
        planned,
        naive,
        as_is,
        strain,
        file,
    }
}

/// The groups that are not planned. Whoever lends first lends all that can be spared before the next one does.
fn desks(found: &Found<'_>, file: &ScenarioFile, planned: &Judged) -> Vec<DeskRow> {
    let mut lent: BTreeMap<&str, u32> = BTreeMap::new();
    for tide in &file.tides {
        let TideBy::Roster { stretches } = &tide.policy else { continue };
        let most = (0..7).flat_map(|weekday| seats_by(stretches, weekday)).map(|it| it.2).max().unwrap_or(0);
        let mut wanted = most;
        for group in file.staff.iter().filter(|group| tide.lend.groups.contains(&group.name)) {
            let here = group.seats.saturating_sub(tide.lend.keep).min(wanted);
            wanted -= here;
            *lent.entry(&group.name).or_default() += here;
        }
    }
    let is_planned = |at: usize| found.lines.iter().any(|line| line.group == at);
    let row = |(_, group): (usize, &StaffGroup)| DeskRow {
        group: group.name.clone(),
        seats: group.seats,
        lent: lent.get(group.name.as_str()).copied().unwrap_or(0),
        keep: file.tides.iter().filter(|tide| tide.lend.groups.contains(&group.name)).map(|it| it.lend.keep).max(),
        utilisation: planned.utilisation.get(&group.name).copied().unwrap_or(0.0),
    };
    file.staff.iter().enumerate().filter(|(at, _)| !is_planned(*at)).map(row).collect()
}

fn told(quarter: usize) -> String {
    if quarter >= 96 { "24:00".to_owned() } else { clock(quarter).strftime("%H:%M").to_string() }
}

//! The answer, as it is told.

use std::collections::BTreeMap;

use onething_engine::Title;
use serde::Serialize;

use super::Wishes;
use super::demand::Line;
use super::desks::{Desk, Places};
use super::formula::Method;
use super::judge::Judged;
use super::roster::{Roster, clock};
use super::search::{Cell, Start};
use super::shifts::manned;
use super::shortage::Shortage;
use super::strain::{Strain, Weakness};
use crate::scenario::{Scenario, ScenarioFile};
use crate::stats::Interval;

/// The cheapest staffing found, and how good it is.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The scenario's id.
    pub scenario: String,
    /// Its printed name.
    pub title: Title,
    /// What it asks and depends on.
    pub note: Title,
    /// Which of its inputs are invented.
    pub illustrative: Vec<Title>,
    /// The longest wait aimed at, in minutes.
    pub wait_minutes: f64,
    /// The share that is to wait no longer.
    pub share: f64,
    /// The share that is to be kept of the limits that people at desks can keep at all, and of a desk's tasks that is to wait no longer than its limit allows.
    pub limits: f64,
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
    /// People at each desk behind the hall.
    pub desks: Vec<DeskRow>,
    /// Groups that are not planned for and stay as the scenario says: nothing of their own comes to them.
    pub not_planned: Vec<String>,
    /// How well the limits of cases are kept.
    pub limits_kept: Vec<LimitRow>,
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

/// A desk: people who work on cases the whole day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeskRow {
    /// The group.
    pub group: String,
    /// Its seats as the scenario has them.
    pub seats: u32,
    /// How many people there are; nothing where the scenario does not say.
    pub people: Option<u32>,
    /// Most of them planned on any day.
    pub planned: u32,
    /// By weekday.
    pub days: Vec<DeskDayRow>,
    /// Most of them lent to the plan's tidal windows at a time.
    pub lent: u32,
    /// So many must stay, whatever comes; nothing where it lends to no tide.
    pub keep: Option<u32>,
    /// The longest wait of a task in working minutes, of the queue where it is shortest; nothing where no limit runs.
    pub wait_minutes: Option<f64>,
    /// The share of tasks that is to wait no longer.
    pub share: f64,
    /// The share that does, under the plan.
    pub in_time: Option<Interval>,
    /// The share that does as it stands.
    pub in_time_as_is: Option<Interval>,
    /// What its people cost under the plan.
    pub cost: Interval,
    /// What they cost as it stands.
    pub cost_as_is: Interval,
    /// How busy they are under the plan.
    pub utilisation: f64,
    /// Demand against forecast at which it breaks: too many tasks wait, or it is busy nearly all the time; nothing where
    /// it holds.
    pub breaks_at: Option<f64>,
}

/// A desk on a weekday.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeskDayRow {
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// People that the work of the day keeps busy on average.
    pub load: f64,
    /// People by Erlang's C, and by the square root of the load.
    pub formulas: [u32; 2],
    /// People planned.
    pub seats: u32,
}

/// How well the limits of those are kept who come for one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitRow {
    /// The arrivals.
    pub of: String,
    /// Share kept under the plan.
    pub planned: Interval,
    /// Share kept as it stands.
    pub as_is: Interval,
    /// Share kept where no desk is ever short: more people at desks do not better it.
    pub best: f64,
    /// Whether the share aimed at is kept of those that people at desks can keep at all.
    pub kept: bool,
}

impl DeskRow {
    /// So many fewer people on the day with most than the scenario has seats; more if below 0.
    #[must_use]
    pub fn over(&self) -> i64 {
        i64::from(self.seats) - i64::from(self.planned)
    }
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
    pub(super) desks: &'a [Desk],
    pub(super) places: &'a Places,
    /// Mean share of limits kept where no desk is ever short, by arrivals, by index.
    pub(super) best: &'a BTreeMap<usize, f64>,
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
        desks: desks(found, &planned, &as_is, &strain),
        not_planned: not_planned(found),
        limits_kept: limits(found, &planned, &as_is),
        scenario: old.id.clone(),
        title: old.title.clone(),
        note: old.note.clone(),
        illustrative: old.illustrative.clone(),
        wait_minutes: wishes.wait_minutes,
        share: wishes.share,
        limits: wishes.limits,
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

fn desks(found: &Found<'_>, planned: &Judged, as_is: &Judged, strain: &Strain) -> Vec<DeskRow> {
    let row = |(nth, desk): (usize, &Desk)| {
        let (group, is, was) = (&found.scenario.file.staff[desk.group], planned.desks.get(nth)?, as_is.desks.get(nth)?);
        let days = desk.days.iter().map(|(&weekday, day)| DeskDayRow {
            weekday: weekday as u8 + 1,
            load: day.load,
            formulas: desk.needs(day),
            seats: found.places.get(&(nth, weekday)).copied().unwrap_or(0),
        });
        let days: Vec<DeskDayRow> = days.collect();
        let mut breaks = strain.broken.iter().filter(|it| it.of == group.name);
        Some(DeskRow {
            group: group.name.clone(),
            seats: group.seats,
            people: group.people,
            planned: days.iter().map(|day| day.seats).max().unwrap_or(0),
            days,
            lent: desk.days.values().map(|day| day.lent).max().unwrap_or(0),
            keep: desk.keep,
            wait_minutes: desk.allowed(),
            share: desk.share,
            in_time: is.in_time,
            in_time_as_is: was.in_time,
            cost: is.cost,
            cost_as_is: was.cost,
            utilisation: is.utilisation,
            breaks_at: breaks.find(|it| matches!(it.what, Weakness::Desk | Weakness::Busy)).map(|it| it.factor),
        })
    };
    found.desks.iter().enumerate().filter_map(row).collect()
}

fn not_planned(found: &Found<'_>) -> Vec<String> {
    let is_planned =
        |at: usize| found.lines.iter().any(|line| line.group == at) || found.desks.iter().any(|desk| desk.group == at);
    let groups = found.scenario.file.staff.iter().enumerate().filter(|(at, _)| !is_planned(*at));
    groups.map(|(_, group)| group.name.clone()).collect()
}

fn limits(found: &Found<'_>, planned: &Judged, as_is: &Judged) -> Vec<LimitRow> {
    let row = |(source, of): (usize, String)| {
        let (planned, as_is) = (planned.kept_of(source)?, as_is.kept_of(source)?);
        let best = found.best.get(&source).copied().unwrap_or(1.0);
        Some(LimitRow { of, planned, as_is, best, kept: planned.mean >= limit_aimed(found.wishes.limits, best) })
    };
    let names = found.scenario.file.arrivals.iter().map(|it| it.name.clone());
    names.enumerate().filter_map(row).collect()
}

/// The share of limits to be kept of arrivals for whom people at desks can keep so many at best.
pub(super) fn limit_aimed(aimed: f64, best: f64) -> f64 {
    aimed * best
}

fn told(quarter: usize) -> String {
    if quarter >= 96 { "24:00".to_owned() } else { clock(quarter).strftime("%H:%M").to_string() }
}

//! A scenario prepared for running: what does not change between replications.

use std::collections::BTreeMap;
use std::sync::Arc;

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::case::{Case, Outcome};
use onething_engine::command::{Action, Submission};
use onething_engine::definition::Node;
use onething_engine::{Decider, Rejection, Workflow};
use onething_policy::{
    ArrivalRates, CampaignId, ConfigError, ForecastStep, Hall, HallConfig, Lenders, QUARTERS, Shift, Skill, TideConfig,
    TideCost, TidePolicy, WeekdayRates, WindowId, WindowKind,
};

use rand::seq::IndexedRandom;
use rand_distr::{Distribution, Poisson};

use crate::applications::{self, Handout};
use crate::chance::Source;
use crate::duration::{NoDuration, Sampler};
use crate::rates::Rates;
use crate::scenario::{Arrivals, Channel, GroupKind, Scenario, ScenarioFile, Tide, TideBy};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: f64 = 3_600_000.0;
const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// As how many weeks of history an expectation counts.
const EXPECTED_WEEKS: u32 = 8;

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum NoModel {
    /// The rules of the hall contradict themselves.
    #[error("大厅规则有矛盾：{0} / the rules of the hall contradict themselves: {0}")]
    Hall(#[from] ConfigError),
    /// A distribution is none.
    #[error(transparent)]
    Duration(#[from] NoDuration),
    /// The package refuses the applications drawn for it.
    #[error("“{name}”的申请被拒绝：{} / an application of \"{name}\" is refused: {}", .why.message.zh, .why.message.en)]
    Refused {
        /// The arrivals.
        name: String,
        /// Why.
        why: Box<Rejection>,
    },
}

/// A scenario ready to run.
pub struct Model {
    /// The scenario.
    pub scenario: Scenario,
    pub(super) calendar: Arc<Calendar>,
    pub(super) workflows: Vec<Arc<Workflow>>,
    /// Who comes.
    pub sources: Arc<Vec<SourcePlan>>,
    /// One that has foreseen all their applications.
    pub(super) decider: Arc<Decider>,
    /// Every seat, tidal windows last.
    pub seats: Vec<SeatPlan>,
    /// For each workflow, part and step: how long and with what.
    pub(super) rules: Arc<Rules>,
    /// The hall's rules.
    pub hall: HallConfig,
    /// Working days as (first opening, last closing), and their breaks.
    pub(super) days: Vec<DayPlan>,
}

/// People who come for the same thing.
pub struct SourcePlan {
    /// What the file says.
    pub arrivals: Arrivals,
    pub(super) workflow: Option<usize>,
    /// The queue of its tickets.
    pub queue: Skill,
    pub(super) visit: Option<Sampler>,
    pub(super) patience: Option<Sampler>,
    /// When they come.
    pub rates: Rates,
    pub(super) moments: Vec<Millis>,
    /// What they hand in.
    pub(super) handouts: Vec<Arc<Handout>>,
    /// The same for a run, which need not tell apart to whom the same happens: those are one here.
    pub(super) alike: Vec<Arc<Handout>>,
}

/// A seat.
pub struct SeatPlan {
    /// Its name.
    pub id: WindowId,
    pub(super) by: Arc<str>,
    /// What it is for.
    pub kind: WindowKind,
    /// The queues it serves.
    pub queues: Vec<Skill>,
    /// The staff group, by index; `None` for a tidal window.
    pub(super) group: Option<usize>,
    /// Its number in the group, from 1.
    pub(super) number: u32,
    pub(super) takes: f64,
}

/// One working day.
pub(super) struct DayPlan {
    pub(super) opens: Millis,
    pub(super) closes: Millis,
    /// The hours of the centre.
    pub(super) hours: Shift,
    /// Whether a tide is watched for.
    pub(super) tides: bool,
}

/// For each workflow, part and step.
type Rules = Vec<Vec<Vec<Option<StepRule>>>>;

/// How long a step takes and what it comes to.
pub(super) struct StepRule {
    pub(super) kind: StepKind,
    pub(super) takes: Sampler,
    /// Chances of outcomes other than the usual one, by word.
    pub(super) others: Vec<(f64, Other)>,
    pub(super) usual: Option<Outcome>,
}

/// On what besides chance it depends what a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// On the materials.
    Intake,
    /// On the reviews and the results of other matters.
    Decide,
    /// On nothing.
    Other,
}

/// An outcome other than the usual one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Other {
    Outcome(Outcome),
    /// An attempt of an automatic step fails.
    Fails,
    /// Nothing ever comes.
    Never,
}

impl Model {
    /// Prepares a scenario.
    ///
    /// # Errors
    /// The hall or a package refuses what the scenario asks of it.
    pub fn new(scenario: Scenario) -> Result<Self, NoModel> {
        let ids: Vec<String> = scenario.workflows.keys().cloned().collect();
        let workflows: Vec<Arc<Workflow>> = scenario.workflows.values().cloned().collect();
        let (mut sources, mut decider) = (Vec::new(), Decider::default());
        for arrivals in &scenario.file.arrivals {
            let workflow = arrivals.package.as_ref().and_then(|id| ids.iter().position(|known| known == id));
            sources.push(source(arrivals, workflow, &workflows, &scenario, &mut decider)?);
        }
        let rules: Rules =
            workflows.iter().map(|workflow| step_rules(workflow, &scenario)).collect::<Result<_, _>>()?;
        Self::assembled(scenario, workflows, (Arc::new(sources), Arc::new(decider)), Arc::new(rules))
    }

    /// The same people and the same work, with other staff and tides.
    ///
    /// # Errors
    /// The rules of the hall contradict themselves.
    pub fn staffed(&self, file: ScenarioFile) -> Result<Self, NoModel> {
        let scenario = Scenario { file, ..self.scenario.clone() };
        let known = (self.sources.clone(), self.decider.clone());
        Self::assembled(scenario, self.workflows.clone(), known, self.rules.clone())
    }

    fn assembled(
        scenario: Scenario,
        workflows: Vec<Arc<Workflow>>,
        (sources, decider): (Arc<Vec<SourcePlan>>, Arc<Decider>),
        rules: Arc<Rules>,
    ) -> Result<Self, NoModel> {
        let mut seats = Vec::new();
        for (nth, group) in scenario.file.staff.iter().enumerate() {
            let kind = match group.kind {
                GroupKind::Window => WindowKind::Comprehensive,
                GroupKind::Desk => WindowKind::Desk,
                GroupKind::Issuing => WindowKind::Issuing,
                GroupKind::Agent => WindowKind::Agent,
            };
            for number in 1..=group.seats {
                seats.push(SeatPlan {
                    queues: group.queues.iter().map(|queue| queue.as_str().into()).collect(),
                    kind: kind.clone(),
                    group: Some(nth),
                    takes: group.takes,
                    ..SeatPlan::named(&group.name, number)
                });
            }
        }
        let mut hall = rules_of_hall(&scenario);
        for tide in &scenario.file.tides {
            let windows: Vec<WindowId> = (1..=tide.windows).map(|number| name(&tide.name, number)).collect();
            for number in 1..=tide.windows {
                seats.push(SeatPlan {
                    kind: WindowKind::Tidal { campaign: tide.name.as_str().into() },
                    queues: vec![tide.queue.as_str().into()],
                    ..SeatPlan::named(&tide.name, number)
                });
            }
            hall.tides.push(tide_config(tide, windows, &scenario, &sources));
        }
        Hall::new(hall.clone())?;
        let watched = |day: u32| {
            scenario
                .file
                .tides
                .iter()
                .any(|tide| (tide.from_day..=tide.to_day.unwrap_or(scenario.file.days)).contains(&day))
        };
        let days = scenario.days.iter().zip(1..).map(|((_, spans), day)| DayPlan {
            opens: spans.first().map_or(0, |span| span.0),
            closes: spans.last().map_or(0, |span| span.1),
            hours: spans.clone().into(),
            tides: watched(day),
        });
        let (calendar, days) = (scenario.calendar.clone(), days.collect());
        Ok(Self { calendar, workflows, sources, decider, seats, rules, hall, days, scenario })
    }

    /// What somebody hands in, of what is handed out: `source` is who they are, `key` the number in the case's name.
    pub(super) fn application(
        &self,
        people: &Source,
        by: &Arc<str>,
        (source, key): (usize, u64),
        handouts: &[Arc<Handout>],
    ) -> Option<Submission> {
        let plan = &self.sources[source];
        let mut chance = people.of(key | 0xFC);
        let handout = handouts.choose(&mut chance)?;
        Some(handout.under(super::run::name_of(key), by, plan.arrivals.lacks, &mut chance))
    }

    /// The hall's rules, with the number of each seat for the name of its window.
    pub(super) fn numbered_hall(&self) -> HallConfig {
        let mut hall = self.hall.clone();
        for tide in &mut hall.tides {
            let lent = tide.lend.iter_mut().flat_map(|group| &mut group.windows);
            for window in tide.windows.iter_mut().chain(lent) {
                let nth = self.seats.iter().zip(0..).find(|(seat, _)| seat.id == *window);
                *window = nth.map_or_else(|| window.clone(), |(_, nth)| WindowId::numbered(nth));
            }
        }
        hall
    }

    /// The tides as a running centre watches for them: on every day, and where the scenario's own expectation was known
    /// beforehand, by that expectation as a history to which the days add.
    #[must_use]
    pub fn live_tides(&self) -> Vec<TideConfig> {
        let tides = self.scenario.file.tides.iter().zip(&self.hall.tides);
        let live = |(tide, config): (&Tide, &TideConfig)| {
            let policy = match &config.policy {
                TidePolicy::Forecast => {
                    let rates = history(tide, EXPECTED_WEEKS, &self.scenario, &self.sources, &mut |mean| mean);
                    TidePolicy::Learned { rates }
                }
                policy => policy.clone(),
            };
            TideConfig { policy, from_ms: None, until_ms: None, forecast: Vec::new(), ..config.clone() }
        };
        tides.map(live).collect()
    }

    /// The listed moments at which those of a source come; none when they are drawn.
    #[must_use]
    pub fn moments(&self, source: usize) -> &[Millis] {
        &self.sources[source].moments
    }

    /// The packages and matters, in the order in which [`Model::draw`] counts them.
    #[must_use]
    pub fn workflows(&self) -> &[Arc<Workflow>] {
        &self.workflows
    }

    /// Midnight after the last day on which people come.
    pub(super) fn until_ms(&self) -> Millis {
        let last = self.scenario.days.get(self.scenario.file.days as usize - 1).or(self.scenario.days.last());
        last.map_or(0, |(date, _)| self.calendar.start_of_day(*date) + QUARTERS as i64 * QUARTER_MS)
    }

    pub(super) fn rule(&self, workflow: usize, part: u8, node: u16) -> Option<&StepRule> {
        self.rules[workflow].get(usize::from(part))?.get(usize::from(node))?.as_ref()
    }

    /// The staff group of a seat; of a tidal window, the number of its tide after all groups.
    pub(crate) fn group_of(&self, seat: usize) -> usize {
        let file = &self.scenario.file;
        self.seats[seat].group.unwrap_or_else(|| {
            let of = |tide: &Tide| matches!(&self.seats[seat].kind, WindowKind::Tidal { campaign } if campaign.as_str() == tide.name);
            file.staff.len() + file.tides.iter().position(of).unwrap_or(0)
        })
    }

    /// So many times as long as others somebody takes, by the name of the seat.
    #[must_use]
    pub fn takes(&self, seat: &str) -> f64 {
        self.seats.iter().find(|it| *it.by == *seat).map_or(1.0, |it| it.takes)
    }

    /// What a seat of a group costs an hour; at a tidal window what its lender's seat costs.
    #[must_use]
    pub fn cost_hour(&self, group: usize) -> f64 {
        let file = &self.scenario.file;
        let lends = || {
            let tide = file.tides.get(group - file.staff.len())?;
            file.staff.iter().find(|it| Some(&it.name) == tide.lend.groups.first())
        };
        file.staff.get(group).or_else(lends).map_or(0.0, |it| it.cost_hour)
    }

    /// The names of the staff groups and then of the tides.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let file = &self.scenario.file;
        file.staff.iter().map(|it| it.name.clone()).chain(file.tides.iter().map(|it| it.name.clone())).collect()
    }
}

impl SeatPlan {
    fn named(group: &str, number: u32) -> Self {
        let id = name(group, number);
        Self {
            by: id.to_string().into(),
            id,
            kind: WindowKind::Desk,
            queues: Vec::new(),
            group: None,
            number,
            takes: 1.0,
        }
    }
}

fn name(group: &str, number: u32) -> WindowId {
    format!("{group}-{number}").into()
}

fn rules_of_hall(scenario: &Scenario) -> HallConfig {
    let (mut config, rules) = (HallConfig::illustrative(), &scenario.file.hall);
    let minutes = |minutes: u32| i64::from(minutes) * MINUTE_MS;
    config.ageing_ms = rules.ageing_minutes.map_or(config.ageing_ms, minutes);
    config.ticket_cutoff_ms = rules.cutoff_minutes.map_or(config.ticket_cutoff_ms, minutes);
    config.calls_max = rules.calls_max.unwrap_or(config.calls_max);
    config.overtime = rules.overtime.unwrap_or(config.overtime);
    config.queue_default.length_max = rules.queue_max.map_or(config.queue_default.length_max, |it| it as usize);
    config
}

fn tide_config(tide: &Tide, windows: Vec<WindowId>, scenario: &Scenario, sources: &[SourcePlan]) -> TideConfig {
    let file = &scenario.file;
    let minutes = |given: Option<f64>, else_ms: i64| given.map_or(else_ms, |it| (it * MINUTE_MS as f64) as i64);
    let base = TideConfig::illustrative(CampaignId::from(tide.name.as_str()), tide.queue.as_str().into(), windows);
    let lend = tide.lend.groups.iter().map(|name| {
        let seats = file.staff.iter().find(|it| it.name == *name).map_or(0, |it| it.seats);
        Lenders { windows: (1..=seats).map(|number| self::name(name, number)).collect(), keep: tide.lend.keep as usize }
    });
    let forecast = match tide.policy {
        TideBy::Forecast => forecast(tide, scenario, sources),
        _ => Vec::new(),
    };
    let policy = match &tide.policy {
        TideBy::None => TidePolicy::None,
        TideBy::Roster { stretches } => {
            TidePolicy::Roster { stretches: stretches.iter().map(|it| it.policy()).collect() }
        }
        TideBy::Threshold => TidePolicy::Threshold,
        TideBy::Forecast => TidePolicy::Forecast,
        TideBy::Learned { rates: Some(rates), .. } => TidePolicy::Learned { rates: rates.clone() },
        TideBy::Learned { weeks: Some(weeks), .. } => {
            let chance = &mut Source::new(file.seed, &["history", &tide.name]).stream();
            let mut draw = |mean: f64| Poisson::new(mean).map_or(0.0, |poisson| poisson.sample(chance));
            TidePolicy::Learned { rates: history(tide, *weeks, scenario, sources, &mut draw) }
        }
        TideBy::Learned { .. } => TidePolicy::Learned { rates: ArrivalRates::default() },
    };
    let day = |day: u32| scenario.days.get(day as usize - 1).map(|(_, spans)| spans.as_slice());
    let from = (tide.from_day > 1).then(|| day(tide.from_day)?.first().map(|span| span.0)).flatten();
    let until = day(tide.to_day.unwrap_or(file.days)).and_then(|spans| Some(spans.last()?.1));
    let lender = file.staff.iter().find(|it| Some(&it.name) == tide.lend.groups.first());
    let cost = tide
        .waiting_cost_hour
        .map(|waiting_hour| TideCost { window_hour: lender.map_or(0, |it| it.cost_hour.round() as u32), waiting_hour });
    TideConfig {
        policy,
        from_ms: from,
        until_ms: until,
        service_ms: ((tide.service_minutes * MINUTE_MS as f64) as i64).max(1),
        forecast,
        open_above_ms: minutes(tide.open_above_minutes, base.open_above_ms),
        open_after_ms: minutes(tide.open_after_minutes, base.open_after_ms),
        crowd_per_window: tide.crowd_per_window.map_or(base.crowd_per_window, |it| it as usize),
        close_below_ms: minutes(tide.close_below_minutes, base.close_below_ms),
        close_after_ms: minutes(tide.close_after_minutes, base.close_after_ms),
        open_min_ms: minutes(tide.open_min_minutes, base.open_min_ms),
        // Whoever is called first finishes what is in hand, which at a desk takes hours rather than minutes.
        answer_ms: 8 * 60 * MINUTE_MS,
        cost,
        lend: lend.collect(),
        ..base
    }
}

/// Mean number that come to a tide's queue between two moments.
fn expected(tide: &Tide, sources: &[SourcePlan], from_ms: i64, to_ms: i64) -> f64 {
    let here = sources.iter().filter(|it| it.queue.as_str() == tide.queue);
    here.map(|it| it.rates.expected(from_ms, to_ms) * it.arrivals.batch.map_or(1.0, |batch| batch.mean)).sum()
}

/// What the scenario expects at the tide's queue, hour by hour, on the days on which it is watched for.
fn forecast(tide: &Tide, scenario: &Scenario, sources: &[SourcePlan]) -> Vec<ForecastStep> {
    let mut steps: BTreeMap<i64, u32> = BTreeMap::new();
    let last = tide.to_day.unwrap_or(scenario.file.days) as usize;
    let watched = scenario.days.iter().take(last).skip(tide.from_day as usize - 1);
    for (_, spans) in watched {
        for &(opens, closes) in spans {
            let mut from_ms = opens;
            while from_ms < closes {
                let to_ms = (from_ms + HOUR_MS as i64).min(closes);
                let per_hour = expected(tide, sources, from_ms, to_ms) * HOUR_MS / (to_ms - from_ms) as f64;
                steps.insert(from_ms, per_hour.round() as u32);
                from_ms = to_ms;
            }
            steps.insert(closes, 0);
        }
    }
    steps.into_iter().map(|(from_ms, per_hour)| ForecastStep { from_ms, per_hour }).collect()
}

/// What so many earlier weeks of the same arrivals showed at the tide's queue, each count drawn by its mean.
fn history(
    tide: &Tide,
    weeks: u32,
    scenario: &Scenario,
    sources: &[SourcePlan],
    draw: &mut dyn FnMut(f64) -> f64,
) -> ArrivalRates {
    let mut rates = ArrivalRates::default();
    for (weekday, row) in rates.weekdays.iter_mut().enumerate() {
        let days = scenario.days.iter().take(scenario.file.days as usize);
        let alike: Vec<i64> = days
            .filter(|(date, _)| date.weekday().to_monday_zero_offset() as usize == weekday)
            .map(|(date, _)| scenario.calendar.start_of_day(*date))
            .collect();
        if alike.is_empty() {
            continue;
        }
        let arrivals = (0..QUARTERS as i64).map(|quarter| {
            let from = |midnight: &i64| midnight + quarter * QUARTER_MS;
            let all: f64 = alike.iter().map(|it| expected(tide, sources, from(it), from(it) + QUARTER_MS)).sum();
            let mean = all / alike.len() as f64 * f64::from(weeks);
            draw(mean)
        });
        *row = WeekdayRates { days: f64::from(weeks), first_quarter: 0, arrivals: arrivals.collect() };
    }
    rates
}

fn source(
    arrivals: &Arrivals,
    workflow: Option<usize>,
    workflows: &[Arc<Workflow>],
    scenario: &Scenario,
    decider: &mut Decider,
) -> Result<SourcePlan, NoModel> {
    let (mut handouts, mut alike): (Vec<Arc<Handout>>, Vec<Arc<Handout>>) = (Vec::new(), Vec::new());
    if let Some(workflow) = workflow.map(|nth| &workflows[nth]) {
        let first = arrivals.from_day.saturating_sub(1) as usize;
        let opens = scenario.days.get(first).and_then(|(_, spans)| spans.first()).map_or(0, |span| span.0);
        for application in applications::of(arrivals, workflow, scenario.file.seed) {
            decider.foresee(workflow, &application.dossier);
            accepted(workflow, &application, scenario, opens, decider)
                .map_err(|why| NoModel::Refused { name: arrivals.name.clone(), why: Box::new(why) })?;
            let handout = Arc::new(Handout::new(application));
            let same = alike.iter().find(|it| decider.are_alike(workflow, it.dossier(), handout.dossier())).cloned();
            if same.is_none() && arrivals.lacks > 0.0 {
                handout.lacking.iter().for_each(|dossier| decider.foresee(workflow, dossier));
            }
            alike.push(same.unwrap_or_else(|| handout.clone()));
            handouts.push(handout);
        }
    }
    let queue = arrivals.queue.clone().or_else(|| workflow.and_then(|nth| intake(&workflows[nth]))).unwrap_or_default();
    let mut moments: Vec<Millis> = arrivals.at.iter().filter_map(|text| crate::scenario::moment_of(text)).collect();
    moments.sort_unstable();
    Ok(SourcePlan {
        workflow,
        queue: queue.into(),
        visit: arrivals.visit.as_ref().map(|it| it.sampler()).transpose()?,
        patience: arrivals.patience.as_ref().map(|it| it.sampler()).transpose()?,
        rates: rates(arrivals, scenario),
        moments,
        handouts,
        alike,
        arrivals: arrivals.clone(),
    })
}

/// Whether the package takes it in at all.
fn accepted(
    workflow: &Workflow,
    application: &Submission,
    scenario: &Scenario,
    now: Millis,
    decider: &mut Decider,
) -> Result<(), Rejection> {
    let action = Action::Submit(Box::new(Submission { number: "0".into(), ..application.clone() }));
    decider.decide(workflow, &scenario.calendar, &mut Case::default(), (&"0".into(), &action), now)
}

fn intake(workflow: &Workflow) -> Option<String> {
    let mut steps = workflow.plan(0).graph.steps();
    steps.find(|(_, step)| matches!(step.node, Node::Intake { .. })).and_then(|(_, step)| step.node.queue())
}

/// Mean arrivals of every stretch of every day.
fn rates(arrivals: &Arrivals, scenario: &Scenario) -> Rates {
    let mut steps: BTreeMap<i64, f64> = BTreeMap::new();
    let last = arrivals.to_day.unwrap_or(scenario.file.days).min(scenario.file.days);
    let batch = arrivals.batch.map_or(1.0, |batch| batch.mean);
    for ((date, spans), day) in scenario.days.iter().zip(1..) {
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        if let Some(rates) = arrivals.rates.as_ref().filter(|_| (arrivals.from_day..=last).contains(&day)) {
            for quarter in 0..QUARTERS {
                let from = scenario.calendar.start_of_day(*date) + quarter as i64 * QUARTER_MS;
                *steps.entry(from).or_default() += rates.mean(weekday, quarter) / batch / QUARTER_MS as f64;
                steps.entry(from + QUARTER_MS).or_insert(0.0);
            }
        }
        if day < arrivals.from_day || day > last || arrivals.per_day <= 0.0 {
            continue;
        }
        let factor = arrivals.weekdays.get(weekday).copied().unwrap_or(1.0);
        let midnight = scenario.calendar.start_of_day(*date);
        let time =
            |time: jiff::civil::Time| midnight + (i64::from(time.hour()) * 60 + i64::from(time.minute())) * MINUTE_MS;
        let stretches: Vec<(i64, i64, f64)> = if arrivals.profile.is_empty() {
            spans.iter().map(|&(from, to)| (from, to, (to - from) as f64)).collect()
        } else {
            arrivals.profile.iter().map(|it| (time(it.hours.from), time(it.hours.to), it.share)).collect()
        };
        let whole: f64 = stretches.iter().map(|it| it.2).sum();
        for (from, to, share) in stretches {
            let number = arrivals.per_day * factor * share / whole / batch;
            *steps.entry(from).or_default() += number / (to - from) as f64;
            steps.entry(to).or_insert(0.0);
        }
    }
    Rates(steps.into_iter().collect())
}

fn step_rules(workflow: &Workflow, scenario: &Scenario) -> Result<Vec<Vec<Option<StepRule>>>, NoDuration> {
    let of_plan = |plan: &onething_engine::Plan| {
        let of_step = |step: &onething_engine::net::Step| {
            let id = format!("{}/{}", plan.id, step.id);
            let Some(work) = crate::scenario::rule(&scenario.file.steps, &step.node, &id) else { return Ok(None) };
            let words = step.node.outcomes();
            let other = |word: &str| match &step.node {
                Node::Collect { .. } | Node::Wait { .. } => Other::Never,
                Node::Service { .. } => Other::Fails,
                _ => Outcome::of(word).map_or(Other::Never, Other::Outcome),
            };
            let kind = match &step.node {
                Node::Intake { .. } => StepKind::Intake,
                Node::Decide { .. } => StepKind::Decide,
                _ => StepKind::Other,
            };
            Ok(Some(StepRule {
                kind,
                takes: work.takes.sampler()?,
                others: work.outcomes.iter().map(|(word, share)| (*share, other(word))).collect(),
                usual: words.first().and_then(|word| Outcome::of(word)),
            }))
        };
        plan.graph.steps().map(|(_, step)| of_step(step)).collect::<Result<Vec<_>, _>>()
    };
    workflow.plans().iter().map(of_plan).collect()
}

impl SourcePlan {
    pub(super) fn is_online(&self) -> bool {
        self.arrivals.channel == Channel::Online
    }
}

//! What replications come to together: every figure with its confidence interval, and the pictures' data.

use std::collections::BTreeMap;

use onething_engine::Title;
use onething_engine::clock::Light;
use onething_policy::WindowKind;
use serde::Serialize;

use crate::centre::{Model, Presence, RunReport, Unbalanced, WaitLog};
use crate::replicate::replicate_in_order;
use crate::signs::Signs;
use crate::stats::Interval;

/// The probability with which an interval covers the true mean.
pub const CONFIDENCE: f64 = 0.95;

/// One figure of a scenario in every replication.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// Of whom or what: arrivals, a queue, a staff group, or `*` for the whole centre.
    pub of: String,
    /// Which figure.
    pub what: Figure,
    /// Its interval.
    pub interval: Interval,
    /// Its value in each replication.
    #[serde(skip)]
    pub values: Vec<f64>,
}

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "`title` says it in both languages")]
pub enum Figure {
    Arrived,
    Served,
    GaveUp,
    Balked,
    TurnedAway,
    Missed,
    WaitMean,
    WaitP50,
    WaitP90,
    WaitP99,
    WithinTarget,
    CasesSubmitted,
    CasesClosed,
    CaseHours,
    LimitsKept,
    Green,
    Yellow,
    Red,
    TaskWaitMean,
    TaskWaitP90,
    Utilisation,
    StaffedHours,
    Cost,
    OvertimeHours,
    TidalOpenings,
    ServedPerDay,
}

impl Figure {
    /// What a person reads.
    #[must_use]
    pub fn title(self) -> Title {
        let (zh, en) = match self {
            Self::Arrived => ("到达（人）", "arrived"),
            Self::Served => ("办理（人）", "served"),
            Self::GaveUp => ("等候中离开（人）", "gave up waiting"),
            Self::Balked => ("见人多离开（人）", "left at the sight of the crowd"),
            Self::TurnedAway => ("未能取号（人）", "turned away"),
            Self::Missed => ("爽约或过号（人）", "did not come"),
            Self::WaitMean => ("平均等候（分钟）", "mean wait (min)"),
            Self::WaitP50 => ("等候中位数（分钟）", "median wait (min)"),
            Self::WaitP90 => ("等候 p90（分钟）", "wait p90 (min)"),
            Self::WaitP99 => ("等候 p99（分钟）", "wait p99 (min)"),
            Self::WithinTarget => ("目标时间内比例", "share within target"),
            Self::CasesSubmitted => ("收件", "cases handed in"),
            Self::CasesClosed => ("办结", "cases closed"),
            Self::CaseHours => ("收件到办结（办公小时）", "handed in to closed (business hours)"),
            Self::LimitsKept => ("时限遵守比例", "share of limits kept"),
            Self::Green => ("绿灯", "green lights"),
            Self::Yellow => ("黄灯", "yellow lights"),
            Self::Red => ("红灯", "red lights"),
            Self::TaskWaitMean => ("任务平均等候（办公分钟）", "mean wait of tasks (business min)"),
            Self::TaskWaitP90 => ("任务等候 p90（办公分钟）", "wait of tasks p90 (business min)"),
            Self::Utilisation => ("利用率", "utilisation"),
            Self::StaffedHours => ("在岗（小时）", "hours staffed"),
            Self::Cost => ("人力成本（以 cost_hour 计）", "cost of staff (in units of cost_hour)"),
            Self::OvertimeHours => ("延时（窗口小时）", "overtime (window hours)"),
            Self::TidalOpenings => ("潮汐窗口开放（次）", "openings of tidal windows"),
            Self::ServedPerDay => ("日均办理（人）", "served a day"),
        };
        Title::new(zh, en)
    }
}

impl Results {
    /// Of whom or what a figure is, as people call it, and what a file calls it where that is another name.
    #[must_use]
    pub fn named(&self, of: &str, what: Figure) -> (String, Option<String>) {
        match what {
            _ if of == "*" => ("全中心".to_owned(), Some("centre".to_owned())),
            Figure::TaskWaitMean | Figure::TaskWaitP90 => {
                let sign = self.signs.sign(of);
                let id = (sign != of).then(|| of.to_owned());
                (sign, id)
            }
            _ => (of.to_owned(), None),
        }
    }
}

/// Waits of those who came in one hour of one weekday, over all replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HourRow {
    /// Of which arrivals.
    pub of: String,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// How many, per replication.
    pub count: f64,
    /// Mean wait in minutes.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// Nine of ten waited no longer.
    pub p90: f64,
    /// Ninety-nine of a hundred waited no longer.
    pub p99: f64,
}

/// How many wait in one queue over the day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// The queue.
    pub queue: String,
    /// At each quarter-hour from midnight: mean, and the range of nine tenths of the replications.
    pub points: Vec<[f64; 3]>,
}

/// What a scenario came to.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// Its id.
    pub scenario: String,
    /// Its printed name.
    pub title: Title,
    /// What it asks and depends on.
    pub note: Title,
    /// Which of its inputs are invented.
    pub illustrative: Vec<Title>,
    /// The seed.
    pub seed: u64,
    /// Replications.
    pub replications: u32,
    /// Working days of arrivals that are reported.
    pub days: u32,
    /// Longest wait aimed at, in minutes.
    pub target_minutes: f64,
    /// Every figure.
    pub metrics: Vec<Metric>,
    /// Waits by arrivals, weekday and hour.
    pub hours: Vec<HourRow>,
    /// Queues over the day.
    pub curves: Vec<Curve>,
    /// When somebody was at which window or desk in the first replication, by seat and time.
    pub openings: Vec<Opening>,
    /// Cases that nobody at a desk may go on with.
    pub stuck: Vec<Stuck>,
    /// What people call the queues.
    #[serde(skip)]
    pub signs: Signs,
    /// Events in all replications.
    pub events: u64,
}

/// Cases that wait at a desk where everybody did a step after which they must not do the next: the desk has too few people
/// for what the definition keeps apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stuck {
    /// Of which arrivals.
    pub of: String,
    /// The queue.
    pub queue: String,
    /// How many at the end, mean over replications.
    pub cases: f64,
}

impl Stuck {
    /// What a person reads.
    #[must_use]
    pub fn told(&self) -> Title {
        let Self { of, queue, cases } = self;
        Title::new(
            format!("“{of}”有 {cases:.1} 件停在队列 {queue}：办过前一步的人不得办这一步，而那里没有别人，须增加人员"),
            format!(
                "{cases:.1} cases of \"{of}\" stand still in the queue {queue}: whoever did the step before must not do this one, and nobody else serves it; more people are needed there"
            ),
        )
    }
}

/// Somebody was at a window or desk in the first replication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The window.
    pub window: String,
    /// Whether it is a tidal one.
    pub tidal: bool,
    /// From when, epoch milliseconds.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
}

/// Runs a scenario `replications` times; `done` hears of each.
///
/// # Errors
/// A run that does not balance, with the seed that replays it: a mistake in the simulator.
pub fn simulate(
    model: &Model,
    seed: u64,
    replications: u32,
    done: &(dyn Fn() + Sync),
) -> Result<Results, (u64, Unbalanced)> {
    let mut gathered = Gathered::new(model, seed, replications);
    let run = |seed| {
        let report = model.run(seed);
        done();
        report
    };
    replicate_in_order(seed, replications, run, |seed, report| {
        if let Err(unbalanced) = report.balanced {
            return Err((seed, unbalanced));
        }
        gathered.add(model, &report);
        Ok(())
    })?;
    Ok(gathered.results(model))
}

struct Gathered {
    seed: u64,
    replications: u32,
    values: BTreeMap<(usize, String, Figure), Vec<f64>>,
    hours: BTreeMap<(usize, u8, u8), WaitLog>,
    curves: BTreeMap<String, Vec<Vec<f64>>>,
    first: Option<Vec<Presence>>,
    stuck: BTreeMap<(usize, String), u64>,
    events: u64,
    days: f64,
}

/// Order of metrics: the centre, then arrivals, queues, groups.
const CENTRE: usize = 0;
const ARRIVALS: usize = 1;
const QUEUES: usize = 2;
const GROUPS: usize = 3;

impl Gathered {
    fn new(model: &Model, seed: u64, replications: u32) -> Self {
        let file = &model.scenario.file;
        Self {
            seed,
            replications,
            values: BTreeMap::new(),
            hours: BTreeMap::new(),
            curves: BTreeMap::new(),
            first: None,
            stuck: BTreeMap::new(),
            events: 0,
            days: f64::from(file.days - file.warm_up_days),
        }
    }

    fn put(&mut self, rank: usize, of: &str, what: Figure, value: f64) {
        self.values.entry((rank, of.to_owned(), what)).or_default().push(value);
    }

    fn add(&mut self, model: &Model, report: &RunReport) {
        self.events += report.events;
        let mut all = WaitLog::new();
        let mut served = 0;
        for (nth, source) in model.sources.iter().enumerate() {
            let (name, counts, waits) = (&source.arrivals.name, &report.counts[nth], &report.waits[nth]);
            for (what, count) in [
                (Figure::Arrived, counts.arrived),
                (Figure::Served, counts.served),
                (Figure::GaveUp, counts.gave_up),
                (Figure::Balked, counts.balked),
                (Figure::TurnedAway, counts.turned_away),
                (Figure::Missed, counts.missed),
            ] {
                self.put(ARRIVALS, name, what, count as f64);
            }
            self.waits(ARRIVALS, name, waits);
            all.merge(waits);
            served += counts.served;
            let cases = &report.cases[nth];
            if cases.submitted > 0 {
                let light = |light: Light| cases.lights.get(&light).copied().unwrap_or(0) as f64;
                for (what, value) in [
                    (Figure::CasesSubmitted, cases.submitted as f64),
                    (Figure::CasesClosed, cases.closed() as f64),
                    (Figure::CaseHours, cases.hours / cases.closed().max(1) as f64),
                    (Figure::LimitsKept, cases.limits_kept()),
                    (Figure::Green, light(Light::Green)),
                    (Figure::Yellow, light(Light::Yellow)),
                    (Figure::Red, light(Light::Red)),
                ] {
                    self.put(ARRIVALS, name, what, value);
                }
            }
            for (&(weekday, hour), log) in &report.by_hour[nth] {
                match self.hours.get_mut(&(nth, weekday, hour)) {
                    Some(known) => known.merge(log),
                    None => drop(self.hours.insert((nth, weekday, hour), log.clone())),
                }
            }
        }
        self.waits(CENTRE, "*", &all);
        self.put(CENTRE, "*", Figure::ServedPerDay, served as f64 / self.days);
        self.put(CENTRE, "*", Figure::OvertimeHours, report.overtime_ms as f64 / 3.6e6);
        self.put(CENTRE, "*", Figure::TidalOpenings, report.openings.len() as f64);
        for (queue, log) in &report.tasks {
            self.put(QUEUES, queue, Figure::TaskWaitMean, log.mean_minutes());
            self.put(QUEUES, queue, Figure::TaskWaitP90, log.quantile_minutes(0.9));
        }
        let mut cost = 0.0;
        for (nth, (name, used)) in model.groups().iter().zip(&report.groups).enumerate() {
            let hours = used.staffed_ms as f64 / 3.6e6;
            self.put(GROUPS, name, Figure::Utilisation, used.busy_ms as f64 / used.staffed_ms.max(1) as f64);
            self.put(GROUPS, name, Figure::StaffedHours, hours);
            cost += hours * model.cost_hour(nth);
        }
        self.put(CENTRE, "*", Figure::Cost, cost);
        for (queue, curve) in &report.curves {
            self.curves.entry(queue.clone()).or_default().push(curve.clone());
        }
        for (key, cases) in &report.stuck {
            *self.stuck.entry(key.clone()).or_default() += cases;
        }
        self.first.get_or_insert_with(|| report.at_work.clone());
    }

    fn waits(&mut self, rank: usize, of: &str, waits: &WaitLog) {
        self.put(rank, of, Figure::WaitMean, waits.mean_minutes());
        self.put(rank, of, Figure::WaitP50, waits.quantile_minutes(0.5));
        self.put(rank, of, Figure::WaitP90, waits.quantile_minutes(0.9));
        self.put(rank, of, Figure::WaitP99, waits.quantile_minutes(0.99));
        self.put(rank, of, Figure::WithinTarget, waits.share_within());
    }

    fn results(self, model: &Model) -> Results {
        let file = &model.scenario.file;
        let metric = |((_, of, what), values): ((usize, String, Figure), Vec<f64>)| Metric {
            of,
            what,
            interval: Interval::of(values.iter().copied(), CONFIDENCE),
            values,
        };
        let runs = f64::from(self.replications);
        let hours = self.hours.iter().map(|(&(nth, weekday, hour), log)| HourRow {
            of: model.sources[nth].arrivals.name.clone(),
            weekday: weekday + 1,
            hour,
            count: log.count() as f64 / runs,
            mean: log.mean_minutes(),
            p50: log.quantile_minutes(0.5),
            p90: log.quantile_minutes(0.9),
            p99: log.quantile_minutes(0.99),
        });
        let mut first = self.first.unwrap_or_default();
        first.sort_by_key(|it| (it.seat, it.from_ms));
        let openings = first.into_iter().flat_map(|it| at_seat(model, it)).map(|it| Opening {
            window: model.seats[it.seat].id.to_string(),
            tidal: matches!(model.seats[it.seat].kind, WindowKind::Tidal { .. }),
            from_ms: it.from_ms,
            to_ms: it.to_ms,
        });
        Results {
            scenario: file.id.clone(),
            title: file.title.clone(),
            note: file.note.clone(),
            illustrative: file.illustrative.clone(),
            seed: self.seed,
            replications: self.replications,
            days: file.days - file.warm_up_days,
            target_minutes: file.target.wait_minutes,
            hours: hours.collect(),
            openings: openings.collect(),
            curves: self.curves.into_iter().map(|(queue, runs)| curve(queue, &runs)).collect(),
            metrics: self.values.into_iter().map(metric).collect(),
            stuck: self
                .stuck
                .into_iter()
                .map(|((nth, queue), cases)| Stuck {
                    of: model.sources[nth].arrivals.name.clone(),
                    queue,
                    cases: cases as f64 / runs,
                })
                .collect(),
            signs: signs(model),
            events: self.events,
        }
    }
}

/// What people call the queues; one that no definition has is called after those who come to it, if they come for one thing.
fn signs(model: &Model) -> Signs {
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in model.sources.iter() {
        others.entry(source.queue.to_string()).or_default().push(source.arrivals.name.clone());
    }
    let others =
        others.into_iter().filter_map(|(queue, mut names)| Some((queue, names.pop().filter(|_| names.is_empty())?)));
    Signs::of(model.workflows().iter().map(|it| &**it)).with(others)
}

/// Where work in hand at closing rests with its officer until the next morning, only the hours in which the centre is open.
fn at_seat(model: &Model, it: Presence) -> Vec<Presence> {
    let calendar = &model.scenario.calendar;
    if calendar.is_same_day(it.from_ms, it.to_ms) {
        return vec![it];
    }
    let days = &model.scenario.days;
    let first = days.partition_point(|(_, spans)| spans.last().is_none_or(|span| span.1 <= it.from_ms));
    let spans = days[first..].iter().flat_map(|(_, spans)| spans).take_while(|span| span.0 < it.to_ms);
    let within = spans.map(|span| Presence { from_ms: span.0.max(it.from_ms), to_ms: span.1.min(it.to_ms), ..it });
    within.filter(|it| it.from_ms < it.to_ms).collect()
}

fn curve(queue: String, runs: &[Vec<f64>]) -> Curve {
    let quarters = runs.first().map_or(0, Vec::len);
    let point = |at: usize| {
        let mut values: Vec<f64> = runs.iter().map(|run| run[at]).collect();
        values.sort_by(f64::total_cmp);
        let rank = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        [values.iter().sum::<f64>() / values.len() as f64, rank(0.05), rank(0.95)]
    };
    Curve { queue, points: (0..quarters).map(point).collect() }
}

/// One figure of two scenarios that met the same people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Of whom or what.
    pub of: String,
    /// Which figure.
    pub what: Figure,
    /// In the first.
    pub first: f64,
    /// In the second.
    pub second: f64,
    /// Second less first, with its interval.
    pub difference: Interval,
}

impl Difference {
    /// Whether the two are the same in every replication.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.difference.mean == 0.0 && (self.difference.half == 0.0 || !self.difference.half.is_finite())
    }
}

/// The figures that both have, with the interval of their difference: run under one seed, both meet the same people
/// (common random numbers), and what they have in common falls out.
#[must_use]
pub fn compare(first: &Results, second: &Results) -> Vec<Difference> {
    let both = first.metrics.iter().filter_map(|one| {
        let other = second.metrics.iter().find(|other| (&other.of, other.what) == (&one.of, one.what))?;
        (one.values.len() == other.values.len()).then_some((one, other))
    });
    both.map(|(one, other)| Difference {
        of: one.of.clone(),
        what: one.what,
        first: one.interval.mean,
        second: other.interval.mean,
        difference: Interval::of(one.values.iter().zip(&other.values).map(|(one, other)| other - one), CONFIDENCE),
    })
    .collect()
}

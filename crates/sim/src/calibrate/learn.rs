//! From cases and visits to a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Time};
use onething_engine::calendar::{Calendar, HourSpan, Millis};
use onething_engine::definition::{FormatVersion, Node};
use onething_engine::diagnostic::Diagnostic;
use onething_engine::{Checked, Title};
use onething_policy::{ArrivalRates, WeekdayRates};

use super::arrivals::{self, ArrivalFit, Day, Grain, QUARTERS, Weekdays};
use super::cases::{Done, Seen, Subject, cases, timed};
use super::fit::{FITTED_MIN, fit, rounded};
use super::staff::{group_of, staff, unseen};
use super::{Report, Share, StepFit, Wishes};
use crate::duration::Duration;
use crate::eventlog::{Row, place};
use crate::scenario::{
    Arrivals, Batch, Channel, Profile, ScenarioFile, ScenarioKind, Target, Tide, TideBy, Work, other_outcomes,
};

const QUARTER_MS: i64 = 15 * 60_000;
/// Nobody came before or after, and by chance alone that would be so once in a thousand logs: then they came for a while.
const RARE: f64 = 6.9;
/// More in one moment than this, on average, come in batches.
const BATCH_MIN: f64 = 1.02;
/// What a person is ready to wait, and share of people: illustrative, from the service centre's own target.
const TARGET: Target = Target { wait_minutes: 20.0, share: 0.9, limits: None };

/// A scenario and what it was made from.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The scenario.
    pub scenario: ScenarioFile,
    /// What was learned.
    pub report: Report,
}

/// Learns a scenario from the rows of a log.
///
/// # Errors
/// What in the log does not fit the definitions, each with its line.
pub fn learn(rows: &[Row], wishes: &Wishes<'_>, known: &Checked) -> Result<Learned, Vec<Diagnostic>> {
    let Some(calendar) = known.calendars.get(wishes.calendar) else {
        let id = wishes.calendar;
        let (zh, en) = (format!("没有日历“{id}”"), format!("there is no calendar \"{id}\""));
        return Err(vec![Diagnostic::error("E-LOG-013", place(wishes.log, (1, 0, "")), zh, en)]);
    };
    let seen = cases(rows, wishes, known, calendar)?;
    let span = Span::of(&seen, calendar);
    if span.days.is_empty() {
        let (zh, en) = ("日志里没有一个工作日", "there is no working day in the log");
        return Err(vec![Diagnostic::error("E-LOG-014", place(wishes.log, (1, 0, "")), zh, en)]);
    }
    let mut learning = Learning { wishes, known, calendar, seen: &seen, span, notes: Vec::new() };
    let (steps, visits, mut outcomes) = learning.steps();
    let work = learning.work(&steps, &outcomes);
    let (arrivals, fits) = learning.arrivals(&visits, &mut outcomes);
    let scenario = learning.scenario(arrivals, work);
    let Learning { span, notes, .. } = learning;
    let date = |date: Option<&Date>| date.map(ToString::to_string).unwrap_or_default();
    let report = Report {
        cases: seen.len(),
        rows: rows.len(),
        from: date(span.days.first()),
        to: date(span.days.last()),
        days: span.days.len(),
        arrivals: fits,
        steps: steps.into_iter().chain(visits).collect(),
        outcomes,
        notes,
    };
    Ok(Learned { scenario, report })
}

/// The working days of a log.
struct Span {
    days: Vec<Date>,
}

impl Span {
    fn of(seen: &[Seen], calendar: &Calendar) -> Self {
        let moments = || seen.iter().map(|it| it.arrived_ms);
        let (Some(first), Some(last)) = (moments().min(), moments().max()) else { return Self { days: Vec::new() } };
        let (mut date, last) = (calendar.date_of(first), calendar.date_of(last));
        let mut days = Vec::new();
        while date <= last {
            if calendar.is_workday(date).unwrap_or(false) {
                days.push(date);
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        Self { days }
    }
}

/// Minutes by step.
type Times = BTreeMap<Arc<str>, Vec<f64>>;

struct Learning<'a> {
    wishes: &'a Wishes<'a>,
    known: &'a Checked,
    calendar: &'a Calendar,
    seen: &'a [Seen],
    span: Span,
    notes: Vec<Title>,
}

impl Learning<'_> {
    fn note(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.notes.push(Title::new(zh, en));
    }

    fn done(&self) -> impl Iterator<Item = (&Seen, &Done)> {
        self.seen.iter().flat_map(|it| it.done.iter().map(move |done| (it, done)))
    }

    /// How much longer than others somebody takes, by the base scenario: it is taken out of the times, because the
    /// scenario puts it in again.
    fn takes(&self, by: Option<&Arc<str>>) -> f64 {
        let group = by.map(|by| group_of(by));
        let staff = self.wishes.base.map(|base| base.staff.as_slice()).unwrap_or_default();
        staff.iter().find(|it| Some(it.name.as_str()) == group).map_or(1.0, |it| it.takes)
    }

    /// Times of steps and of visits, and outcomes of steps.
    fn steps(&mut self) -> (Vec<StepFit>, Vec<StepFit>, Vec<Share>) {
        let (mut times, mut visits) = (Times::new(), Times::new());
        let mut by_type: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let nodes = self.nodes();
        for (seen, done) in self.done() {
            // What was waited for in vain says how long the limit is, not how long anything takes.
            let in_vain = done.outcome.as_deref() == Some("expired");
            let Some(minutes) = done.minutes.filter(|_| !in_vain).map(|it| it / self.takes(done.by.as_ref())) else {
                continue;
            };
            if matches!(seen.subject, Subject::Visit(..)) {
                visits.entry(done.step.clone()).or_default().push(minutes);
            } else if let Some(node) = nodes.get(&*done.step) {
                by_type.entry(node.kind()).or_default().push(minutes);
                times.entry(done.step.clone()).or_default().push(minutes);
            }
        }
        let fits = |times: Times| -> Vec<StepFit> {
            let one =
                |(step, minutes): (Arc<str>, Vec<f64>)| Some(StepFit { step: step.to_string(), fit: fit(&minutes)? });
            times.into_iter().filter_map(one).collect()
        };
        let few: BTreeSet<&str> = nodes
            .iter()
            .filter(|(step, _)| times.get(step.as_str()).is_none_or(|it| it.len() < FITTED_MIN))
            .map(|(_, node)| node.kind())
            .collect();
        times.retain(|_, minutes| minutes.len() >= FITTED_MIN);
        let pooled = by_type.iter().filter(|(kind, _)| few.contains(*kind));
        let pooled: Vec<StepFit> = pooled
            .filter_map(|(kind, minutes)| Some(StepFit { step: (*kind).to_owned(), fit: fit(minutes)? }))
            .collect();
        let outcomes = self.outcomes(&nodes);
        (fits(times).into_iter().chain(pooled).collect(), fits(visits), outcomes)
    }

    /// The steps of every package that was applied for.
    fn nodes(&self) -> BTreeMap<String, &Node> {
        let packages: BTreeSet<&Arc<str>> = self
            .seen
            .iter()
            .filter_map(|it| if let Subject::Package(id) = &it.subject { Some(id) } else { None })
            .collect();
        let workflows = packages.into_iter().filter_map(|id| self.known.workflows.get(&**id));
        workflows.flat_map(timed).map(|(node, step, _)| (step, node)).collect()
    }

    /// Shares of outcomes other than the usual one, where they are drawn and do not follow from the case.
    fn outcomes(&self, nodes: &BTreeMap<String, &Node>) -> Vec<Share> {
        let mut came: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for seen in self.seen {
            let doubted = |file: &str, before: Millis| {
                seen.done.iter().any(|it| {
                    let failed = it.outcome.as_deref() == Some("failed") && it.step.split('/').next() == Some(file);
                    (failed || it.outcome.as_deref() == Some("refused")) && it.ended_ms < before
                })
            };
            for done in &seen.done {
                let (Some(node), Some(outcome)) = (nodes.get(&*done.step), done.outcome.as_deref()) else { continue };
                let file = done.step.split('/').next().unwrap_or_default();
                let follows = match node {
                    Node::Intake { .. } => outcome == "supplement",
                    Node::Decide { .. } => doubted(file, done.ended_ms),
                    _ => false,
                };
                if !follows {
                    came.entry(&done.step).or_default().push(outcome);
                }
            }
        }
        let mut shares = Vec::new();
        for (step, outcomes) in &came {
            for word in nodes.get(*step).map(|node| other_outcomes(node)).unwrap_or_default() {
                let hits: Vec<bool> = outcomes.iter().map(|it| *it == word).collect();
                shares.push(Share::new(step, word, &hits));
            }
        }
        shares
    }

    /// The rules of a scenario: of each step its own times, else those of its type, else the base's.
    fn work(&mut self, steps: &[StepFit], outcomes: &[Share]) -> Vec<Work> {
        let nodes: BTreeMap<String, String> =
            self.nodes().into_iter().map(|(step, node)| (step, node.kind().to_owned())).collect();
        let base = self.wishes.base.map(|base| base.steps.as_slice()).unwrap_or_default();
        let chances = |step: &str| -> BTreeMap<String, f64> {
            let own = outcomes.iter().filter(|it| it.of == step && it.share > 0.0);
            own.map(|it| (it.outcome.clone(), rounded(it.share))).collect()
        };
        let mut work: Vec<Work> = steps
            .iter()
            .map(|it| Work { step: it.step.clone(), takes: it.fit.takes.clone(), outcomes: chances(&it.step) })
            .collect();
        let (mut inherited, mut lacking) = (Vec::new(), Vec::new());
        for (step, kind) in &nodes {
            if work.iter().any(|it| it.step == *step) {
                continue;
            }
            let chances = chances(step);
            let by_type = steps.iter().find(|it| it.step == *kind).map(|it| it.fit.takes.clone());
            let by_base = base.iter().find(|it| it.step == *step).or_else(|| base.iter().find(|it| it.step == *kind));
            match (by_type, by_base) {
                (Some(_), _) if chances.is_empty() => {}
                (Some(takes), _) => work.push(Work { step: step.clone(), takes, outcomes: chances }),
                (None, Some(rule)) => {
                    inherited.push(step.clone());
                    let outcomes = if chances.is_empty() { rule.outcomes.clone() } else { chances };
                    work.push(Work { step: step.clone(), takes: rule.takes.clone(), outcomes });
                }
                (None, None) => lacking.push(step.clone()),
            }
        }
        if !inherited.is_empty() {
            let list = inherited.join(", ");
            self.note(
                format!("日志没有这些步骤的时间，沿用基础情景的：{list}"),
                format!("the log has no times of these steps; the base scenario's are kept: {list}"),
            );
        }
        if !lacking.is_empty() {
            let list = lacking.join(", ");
            self.note(
                format!("日志没有这些步骤的时间，也没有基础情景：{list}"),
                format!("the log has no times of these steps, and there is no base scenario: {list}"),
            );
        }
        work.sort_by(|one, other| one.step.cmp(&other.step));
        work
    }

    /// Who comes, and how well it fits.
    fn arrivals(&mut self, visits: &[StepFit], outcomes: &mut Vec<Share>) -> (Vec<Arrivals>, Vec<ArrivalFit>) {
        let mut subjects: BTreeMap<&Subject, Vec<&Seen>> = BTreeMap::new();
        for seen in self.seen {
            subjects.entry(&seen.subject).or_default().push(seen);
        }
        let (mut arrivals, mut fits, mut off) = (Vec::new(), Vec::new(), 0);
        for (subject, seen) in subjects {
            let (days, first, left_out) = self.days(&seen);
            off += left_out;
            let Some(fit) = arrivals::fit(subject.name(), &days) else { continue };
            let template = self.template(subject, &seen, visits, outcomes);
            let Some(mut template) = template else { continue };
            template.from_day = first as u32 + 1;
            let last = first + days.len();
            template.to_day = (last < self.span.days.len()).then_some(last as u32);
            let batch = batch(&seen);
            template.batch = (batch > BATCH_MIN).then_some(Batch { mean: rounded(batch) });
            arrivals.push(spread(&template, &fit, &days));
            fits.push(fit);
        }
        if off > 0 {
            self.note(
                format!("{off} 件在非工作日到达，没有计入到达率"),
                format!("{off} came on days that are not worked; no rate counts them"),
            );
        }
        (arrivals, fits)
    }

    /// The working days on which they came at all, the number of the first one, and how many came on other days.
    fn days(&self, seen: &[&Seen]) -> (Vec<Day>, usize, usize) {
        let number: BTreeMap<Date, usize> = self.span.days.iter().copied().zip(0..).collect();
        let mut days: Vec<Day> = self.span.days.iter().map(|date| self.day(*date)).collect();
        let mut off = 0;
        for it in seen {
            let date = self.calendar.date_of(it.arrived_ms);
            match number.get(&date) {
                Some(nth) => {
                    let within = it.arrived_ms - self.calendar.start_of_day(date);
                    days[*nth].came[(within / QUARTER_MS) as usize % QUARTERS] += 1;
                }
                None => off += 1,
            }
        }
        let came = |day: &Day| day.came.iter().any(|it| *it > 0);
        let first = days.iter().position(came).unwrap_or(0);
        let last = days.iter().rposition(came).unwrap_or(0);
        let a_day = (seen.len() - off) as f64 / (last + 1 - first) as f64;
        let rare = |missing: usize| missing as f64 * a_day > RARE;
        let to = if rare(days.len() - 1 - last) { last + 1 } else { days.len() };
        let from = if rare(first) { first } else { 0 };
        (days[from..to].to_vec(), from, off)
    }

    fn day(&self, date: Date) -> Day {
        let midnight = self.calendar.start_of_day(date);
        let mut open = [0.0; QUARTERS];
        for (from, to) in self.calendar.business_spans(date).unwrap_or_default() {
            for (nth, quarter) in open.iter_mut().enumerate() {
                let begins = midnight + nth as i64 * QUARTER_MS;
                *quarter += (to.min(begins + QUARTER_MS) - from.max(begins)).max(0) as f64;
            }
        }
        Day { weekday: date.weekday().to_monday_zero_offset() as usize, came: [0; QUARTERS], open }
    }

    /// What the base says of them, and what the log says apart from when they come.
    fn template(
        &mut self,
        subject: &Subject,
        seen: &[&Seen],
        visits: &[StepFit],
        outcomes: &mut Vec<Share>,
    ) -> Option<Arrivals> {
        let base = self.wishes.base.and_then(|base| {
            base.arrivals.iter().find(|it| match subject {
                Subject::Package(id) => it.package.as_deref() == Some(id),
                Subject::Visit(name, _) => it.package.is_none() && it.name == **name,
            })
        });
        let mut template = base.cloned().unwrap_or_else(|| blank(subject));
        template.at.clear();
        match subject {
            Subject::Package(id) => {
                if base.is_none() {
                    let title = self.known.workflows.get(&**id).map(|it| it.title().zh.clone());
                    template.name = title.unwrap_or_else(|| id.to_string()).chars().take(60).collect();
                }
                let known: Vec<bool> = seen.iter().filter_map(|it| it.window).collect();
                if !known.is_empty() {
                    let window = known.iter().filter(|it| **it).count() * 2 >= known.len();
                    template.channel = if window { Channel::Window } else { Channel::Online };
                }
                let lacks = |it: &&&Seen| it.done.iter().any(|done| done.outcome.as_deref() == Some("supplement"));
                let judged = seen.iter().filter(|it| it.done.iter().any(|done| done.outcome.is_some()));
                let lacks: Vec<bool> = judged.map(|it| lacks(&it)).collect();
                let share = Share::new(id, "supplement", &lacks);
                template.lacks = rounded(share.share);
                outcomes.push(share);
            }
            Subject::Visit(name, queue) => {
                let fit = visits.iter().find(|it| it.step == **name);
                template.visit = fit.map(|it| it.fit.takes.clone()).or(template.visit);
                template.queue = template.queue.or_else(|| queue.as_deref().map(str::to_owned));
                if template.visit.is_none() || template.queue.is_none() {
                    self.note(
                        format!("来访“{name}”没有办理时间或队列，没有写入情景"),
                        format!("the visit \"{name}\" has no times or no queue; it is not in the scenario"),
                    );
                    return None;
                }
            }
        }
        if template.channel == Channel::Online {
            (template.patience, template.balking, template.appointments) = (None, None, None);
            (template.no_show, template.queue) = (0.0, None);
        } else if let Some(mean) = patience(seen) {
            template.patience = Some(Duration::exponential(rounded(mean)));
            self.note(
                format!("“{}”的耐心按指数分布估计：平均 {mean:.1} 分钟", subject.name()),
                format!("the patience of \"{}\" is taken as exponential: mean {mean:.1} min", subject.name()),
            );
        }
        Some(template)
    }

    /// A tide that learns begins with what the log shows at its queue.
    fn tide(&self, tide: &Tide) -> Tide {
        if !matches!(tide.policy, TideBy::Learned { .. }) {
            return tide.clone();
        }
        let joins = |it: &&Seen| match &it.subject {
            Subject::Visit(_, queue) => queue.as_deref() == Some(tide.queue.as_str()),
            Subject::Package(id) => self.known.workflows.get(&**id).is_some_and(|workflow| {
                timed(workflow).any(|(node, _, queue)| {
                    matches!(node, Node::Intake { .. }) && queue.as_deref() == Some(tide.queue.as_str())
                })
            }),
        };
        let mut packages: BTreeMap<&Subject, bool> = BTreeMap::new();
        let seen: Vec<&Seen> =
            self.seen.iter().filter(|it| *packages.entry(&it.subject).or_insert_with(|| joins(it))).collect();
        let (days, ..) = self.days(&seen);
        let of = |weekday: usize| days.iter().filter(move |day| day.weekday == weekday);
        let mean = |weekday: usize, quarter: usize| {
            let came: u32 = of(weekday).map(|day| day.came[quarter]).sum();
            f64::from(came) / of(weekday).count().max(1) as f64
        };
        let dispersion = arrivals::fit(&tide.name, &days).map_or(1.0, |fit| fit.dispersion);
        Tide { policy: TideBy::Learned { rates: Some(table(&days, dispersion, mean)), weeks: None }, ..tide.clone() }
    }

    fn scenario(&mut self, arrivals: Vec<Arrivals>, work: Vec<Work>) -> ScenarioFile {
        let (log, days) = (self.wishes.log, self.span.days.len() as u32);
        let first = self.span.days.first().copied().unwrap_or(Date::ZERO);
        let last = self.span.days.last().copied().unwrap_or(Date::ZERO);
        let count = self.seen.len();
        let zh =
            format!("由 {log} 学得：{first} 至 {last} 的 {count} 件。拟合与留出误差见 onething calibrate 的报告。");
        let en = format!(
            "Learned from {log}: {count} cases and visits, {first} to {last}. onething calibrate tells how well it fits."
        );
        let note = Title::new(zh, en);
        let mut illustrative = Vec::new();
        if let Some(base) = self.wishes.base {
            let (zh, en) = (
                format!("人员、大厅规则、目标取自情景 {}", base.id),
                format!("staff, rules of the hall and target come from the scenario {}", base.id),
            );
            illustrative.push(Title::new(zh, en));
            return ScenarioFile {
                id: self.wishes.id.to_owned(),
                title: Title::new(
                    format!("{}（由日志校准）", base.title.zh),
                    format!("{} (calibrated)", base.title.en),
                ),
                note,
                illustrative,
                calendar: self.wishes.calendar.to_owned(),
                from: first,
                days,
                warm_up_days: 0,
                arrivals,
                steps: work,
                tides: base.tides.iter().map(|tide| self.tide(tide)).collect(),
                ..base.clone()
            };
        }
        let mut staff = staff(self.seen, self.known, self.calendar);
        if !staff.is_empty() {
            let unseen = unseen(self.seen, self.known, &staff);
            if !unseen.is_empty() {
                let queues = unseen.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
                illustrative.push(Title::new(
                    format!("日志里没有人办理这些队列，各设一个席位：{queues}"),
                    format!("the log saw nobody at these queues, which have one seat each: {queues}"),
                ));
                staff.extend(unseen);
            }
            let (zh, en) = (
                "人员为日志中每天最多见到的人数；缺勤、休息、延时不得而知",
                "staff is the most that the log saw working on one day; absence, breaks and overtime are not known",
            );
            illustrative.push(Title::new(zh, en));
        }
        illustrative.push(Title::new("目标：20 分钟内九成", "target: nine of ten within 20 minutes"));
        ScenarioFile {
            schema: "schema/scenario.schema.json".to_owned(),
            format: FormatVersion::V1,
            kind: ScenarioKind::Scenario,
            id: self.wishes.id.to_owned(),
            title: Title::new("由日志学得的情景", "a scenario learned from a log"),
            note,
            illustrative,
            calendar: self.wishes.calendar.to_owned(),
            from: first,
            days,
            run_on_days: 5,
            warm_up_days: 0,
            seed: 1,
            replications: 20,
            target: TARGET,
            hall: Default::default(),
            staff,
            machines: 4,
            arrivals,
            steps: work,
            tides: Vec::new(),
        }
    }
}

fn blank(subject: &Subject) -> Arrivals {
    Arrivals {
        name: subject.name().to_string(),
        package: if let Subject::Package(id) = subject { Some(id.to_string()) } else { None },
        visit: None,
        queue: None,
        channel: Channel::Window,
        class: 3,
        per_day: 0.0,
        profile: Vec::new(),
        weekdays: Vec::new(),
        rates: None,
        from_day: 1,
        to_day: None,
        at: Vec::new(),
        batch: None,
        appointments: None,
        no_show: 0.0,
        patience: None,
        balking: None,
        lacks: 0.0,
        answers: BTreeMap::new(),
    }
}

/// Mean number that came in one moment. Only a log to the millisecond tells: by the minute many come together by chance.
fn batch(seen: &[&Seen]) -> f64 {
    if seen.iter().all(|it| it.arrived_ms % 1000 == 0) {
        return 1.0;
    }
    let moments: BTreeSet<Millis> = seen.iter().map(|it| it.arrived_ms).collect();
    seen.len() as f64 / moments.len().max(1) as f64
}

/// Mean patience in minutes if it is exponential: all time waited over the number who gave up, which is exact although
/// the patience of those who were served is not known.
fn patience(seen: &[&Seen]) -> Option<f64> {
    let gave_up = seen.iter().filter(|it| it.gave_up_ms.is_some()).count();
    let waited = |it: &&Seen| it.gave_up_ms.or(it.taken_up_ms).map_or(0, |until| (until - it.arrived_ms).max(0));
    let waited: i64 = seen.iter().map(waited).sum();
    (gave_up >= FITTED_MIN).then(|| waited as f64 / 60_000.0 / gave_up as f64)
}

/// The rates as a scenario writes them: a mean a day, factors of weekdays, shares of the day; where each weekday spreads
/// in its own way, the table itself.
fn spread(template: &Arrivals, fit: &ArrivalFit, days: &[Day]) -> Arrivals {
    let a_day: Vec<f64> = fit.rates.iter().map(|rates| rates.iter().sum()).collect();
    let seen = || (0..7).filter(|weekday| fit.seen[*weekday]);
    let (grain, weekdays) = fit.shapes.first().map_or((Grain::Even, Weekdays::Same), |it| (it.grain, it.weekdays));
    if weekdays == Weekdays::Own {
        let rates = Some(table(days, fit.dispersion, |weekday, quarter| fit.rates[weekday][quarter]));
        return Arrivals { rates, per_day: 0.0, weekdays: Vec::new(), profile: Vec::new(), ..template.clone() };
    }
    // Of Monday to Friday: a make-up Saturday is seldom, and hardly like a day of the week.
    let usual: Vec<f64> = seen().filter(|weekday| *weekday < 5).map(|weekday| a_day[weekday]).collect();
    let usual = if usual.iter().sum::<f64>() > 0.0 { usual } else { seen().map(|weekday| a_day[weekday]).collect() };
    let mean = usual.iter().sum::<f64>() / usual.len().max(1) as f64;
    let factors = a_day.iter().map(|it| rounded(it / mean)).collect();
    let first = seen().next().unwrap_or(0);
    Arrivals {
        rates: None,
        per_day: rounded(mean),
        weekdays: if weekdays == Weekdays::Same { Vec::new() } else { factors },
        profile: if grain == Grain::Even { Vec::new() } else { profile(&fit.rates[first], grain) },
        ..template.clone()
    }
}

/// A table of what days showed, from a mean by weekday and quarter-hour. Days that vary more than chance does are less
/// alike: the variance of a day's number is mean + mean^2 / shape.
fn table(days: &[Day], dispersion: f64, mean: impl Fn(usize, usize) -> f64) -> ArrivalRates {
    let mut table = ArrivalRates::default();
    let a_day = days.iter().flat_map(|day| day.came).sum::<u32>() as f64 / days.len().max(1) as f64;
    if dispersion > 1.0 {
        table.day_shape = rounded(a_day / (dispersion - 1.0)).clamp(0.01, 1e6);
    }
    for (weekday, row) in table.weekdays.iter_mut().enumerate() {
        let count = days.iter().filter(|day| day.weekday == weekday).count() as f64;
        let came: Vec<f64> = (0..QUARTERS).map(|quarter| mean(weekday, quarter) * count).collect();
        let Some(first) = came.iter().position(|it| *it > 0.0).filter(|_| count > 0.0) else { continue };
        let last = came.iter().rposition(|it| *it > 0.0).unwrap_or(first);
        let arrivals = came[first..=last].iter().map(|it| rounded(*it)).collect();
        *row = WeekdayRates { days: count, first_quarter: first as u8, arrivals };
    }
    table
}

fn profile(rates: &[f64; QUARTERS], grain: Grain) -> Vec<Profile> {
    let width = if grain == Grain::Hour { 4 } else { 1 };
    let whole: f64 = rates.iter().sum();
    // The day ends a minute early: a file writes no 24:00.
    let time = |quarter: usize| {
        let minutes = (quarter * 15).min(24 * 60 - 1);
        Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).unwrap_or(Time::MIN)
    };
    rates
        .chunks(width)
        .enumerate()
        .map(|(nth, rates)| (nth * width, rates.iter().sum::<f64>()))
        .filter(|(_, sum)| *sum > 0.0)
        .map(|(first, sum)| Profile {
            hours: HourSpan { from: time(first), to: time(first + width) },
            share: rounded(sum / whole),
        })
        .collect()
}

//! A scenario file becomes a scenario, or a list of everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use onething_engine::calendar::{Calendar, Millis};
use onething_engine::definition::{ClockStart, Node, Period, SERVICE_QUEUE};
use onething_engine::diagnostic::Diagnostic;
use onething_engine::strict::{self, Document};
use onething_engine::{Checked, InputFile, Workflow};
use onething_policy::QUARTERS;
use serde_json::Value as Json;

use super::file::{Arrivals, Channel, ScenarioFile, Work};
use crate::applications;
use crate::duration::Duration;

/// A scenario that holds together: every name in it stands for something, and everything that happens has its time.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What the file says.
    pub file: ScenarioFile,
    /// The packages and matters applied for, by id.
    pub workflows: BTreeMap<String, Arc<Workflow>>,
    /// The working calendar.
    pub calendar: Arc<Calendar>,
    /// The working days: those on which people come, then those of the run-on, each with its hours.
    pub days: Vec<(Date, Vec<(Millis, Millis)>)>,
}

/// The schema of a scenario file, for editors.
#[must_use]
pub fn schema() -> Json {
    strict::schema_of::<ScenarioFile>()
}

/// Reads a scenario file against the definitions and calendars that it names.
///
/// # Errors
/// Everything that is wrong with it, in order of place.
pub fn read(input: &InputFile, known: &Checked) -> Result<Scenario, Vec<Diagnostic>> {
    let document: Document<'_, ScenarioFile> = strict::read(input)?;
    let mut check = Check { document: &document, known, found: Vec::new(), workflows: BTreeMap::new() };
    check.name(&input.name);
    let (calendar, days) = check.days();
    check.staff();
    (0..document.value.arrivals.len()).for_each(|nth| check.arrivals(nth, &days));
    check.applications(&days);
    check.queues();
    check.work();
    check.rosters();
    check.tides();
    let Check { mut found, workflows, .. } = check;
    match calendar {
        Some(calendar) if found.is_empty() => {
            Ok(Scenario { file: document.value, workflows, calendar: Arc::new(calendar), days })
        }
        _ => {
            found.sort_by(|a, b| (a.place.offset, a.code).cmp(&(b.place.offset, b.code)));
            Err(found)
        }
    }
}

type Days = Vec<(Date, Vec<(Millis, Millis)>)>;

pub(super) struct Check<'a> {
    pub(super) document: &'a Document<'a, ScenarioFile>,
    known: &'a Checked,
    pub(super) found: Vec<Diagnostic>,
    pub(super) workflows: BTreeMap<String, Arc<Workflow>>,
}

impl Check<'_> {
    pub(super) fn file(&self) -> &ScenarioFile {
        &self.document.value
    }

    pub(super) fn wrong(&mut self, code: &'static str, at: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.found.push(self.document.error(code, at, zh, en));
    }

    /// A name that stands for nothing.
    pub(super) fn unknown<'n>(
        &mut self,
        code: &'static str,
        at: &str,
        what: (&str, &str),
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let (zh, en) = (format!("没有{}“{name}”", what.0), format!("there is no {} \"{name}\"", what.1));
        self.found.push(self.document.error(code, at, zh, en).did_you_mean(name, known));
    }

    fn name(&mut self, name: &str) {
        let stem = name.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".json").to_owned();
        let id = self.file().id.clone();
        if id != stem {
            let zh = format!("id“{id}”与文件名“{stem}”不同");
            self.wrong("E-SCN-001", "/id", zh, format!("the id \"{id}\" differs from the file's name \"{stem}\""));
        }
    }

    fn days(&mut self) -> (Option<Calendar>, Days) {
        let (id, from) = (self.file().calendar.clone(), self.file().from);
        let count = self.file().days + self.file().run_on_days;
        if self.file().warm_up_days >= self.file().days {
            self.wrong("E-SCN-002", "/warm_up_days", "预热天数须少于天数", "the warm-up must be shorter than the days");
        }
        let Some(calendar) = self.known.calendars.get(&id) else {
            let known: Vec<String> = self.known.calendars.keys().cloned().collect();
            let known = known.iter().map(String::as_str);
            self.unknown("E-SCN-003", "/calendar", ("日历", "calendar"), &id, known);
            return (None, Vec::new());
        };
        let mut days = Vec::new();
        let mut date = from;
        while days.len() < count as usize {
            match calendar.business_spans(date) {
                Ok(spans) if spans.is_empty() => {}
                Ok(spans) => days.push((date, spans)),
                Err(uncovered) => {
                    self.wrong("E-SCN-004", "/from", uncovered.to_string(), uncovered.to_string());
                    return (None, Vec::new());
                }
            }
            date = date.tomorrow().unwrap_or(date);
        }
        (Some(calendar.clone()), days)
    }

    fn staff(&mut self) {
        let mut names = BTreeSet::new();
        for (nth, group) in self.document.value.staff.iter().enumerate() {
            if !names.insert(&group.name) {
                let (zh, en) = (format!("“{}”写了两次", group.name), format!("\"{}\" stands twice", group.name));
                self.wrong("E-SCN-005", &format!("/staff/{nth}/name"), zh, en);
            }
        }
        for (nth, tide) in self.document.value.tides.iter().enumerate() {
            if !names.insert(&tide.name) {
                let (zh, en) = (format!("“{}”写了两次", tide.name), format!("\"{}\" stands twice", tide.name));
                self.wrong("E-SCN-005", &format!("/tides/{nth}/name"), zh, en);
            }
        }
    }

    fn arrivals(&mut self, nth: usize, days: &Days) {
        let document = self.document;
        let it = &document.value.arrivals[nth];
        let at = format!("/arrivals/{nth}");
        if document.value.arrivals[..nth].iter().any(|earlier| earlier.name == it.name) {
            let (zh, en) = (format!("“{}”写了两次", it.name), format!("\"{}\" stands twice", it.name));
            self.wrong("E-SCN-005", &format!("{at}/name"), zh, en);
        }
        match (&it.package, &it.visit) {
            (Some(id), None) => self.package(&format!("{at}/package"), id),
            (None, Some(visit)) => {
                self.duration(&format!("{at}/visit"), visit);
                if it.queue.is_none() || it.channel == Channel::Online {
                    let (zh, en) = (
                        "没有办件的来访须写“queue”，且不能在线",
                        "a visit without a case needs \"queue\" and is never online",
                    );
                    self.wrong("E-SCN-006", &at, zh, en);
                }
            }
            _ => self.wrong(
                "E-SCN-006",
                &at,
                "须写“package”或“visit”之一",
                "either \"package\" or \"visit\" must stand here, and not both",
            ),
        }
        if it.channel == Channel::Online
            && (it.patience.is_some()
                || it.balking.is_some()
                || it.appointments.is_some()
                || it.no_show > 0.0
                || it.queue.is_some())
        {
            self.wrong(
                "E-SCN-007",
                &format!("{at}/channel"),
                "在线申请没有排队的人：不能写 queue、patience、balking、appointments、no_show",
                "nobody stands in a queue online: queue, patience, balking, appointments and no_show have no meaning",
            );
        }
        if let Some(patience) = &it.patience {
            self.duration(&format!("{at}/patience"), patience);
        }
        self.when(&at, it, days);
    }

    fn when(&mut self, at: &str, it: &Arrivals, days: &Days) {
        let ways = [it.per_day > 0.0, !it.at.is_empty(), it.rates.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            let (zh, en) = (
                "须写“per_day”（大于 0）、“at”、“rates”三者之一",
                "one of \"per_day\" above 0, \"at\" and \"rates\" must stand here, and only one",
            );
            self.wrong("E-SCN-008", at, zh, en);
        }
        if let Some(rates) = &it.rates {
            self.history(&format!("{at}/rates"), rates);
            if !(it.weekdays.is_empty() && it.profile.is_empty()) {
                let (zh, en) = (
                    "“rates”已按星期和时段给出到达，不能再写 weekdays、profile",
                    "\"rates\" says it by weekday and hour: weekdays and profile have no meaning",
                );
                self.wrong("E-SCN-008", &format!("{at}/rates"), zh, en);
            }
        }
        for (nth, moment) in it.at.iter().enumerate() {
            if moment_of(moment).is_none() {
                let (zh, en) = (format!("“{moment}”不是时刻"), format!("\"{moment}\" is no moment"));
                let found = self.document.error("E-SCN-009", &format!("{at}/at/{nth}"), zh, en);
                self.found.push(found.expected("如 2026-04-13T09:05", "such as 2026-04-13T09:05"));
            }
        }
        if !(it.weekdays.is_empty() || it.weekdays.len() == 7) || it.weekdays.iter().any(|it| !(0.0..=1e3).contains(it))
        {
            let (zh, en) = ("须为周一至周日七个不小于 0 的数", "must be seven numbers, Monday to Sunday, none below 0");
            self.wrong("E-SCN-010", &format!("{at}/weekdays"), zh, en);
        }
        if !it.profile.is_empty() && it.profile.iter().map(|it| it.share).sum::<f64>() <= 0.0
            || it.profile.iter().any(|it| it.hours.from >= it.hours.to)
        {
            let (zh, en) = (
                "份额之和须大于 0，每段的开始须早于结束",
                "the shares must add up to more than 0, and each stretch must begin before it ends",
            );
            self.wrong("E-SCN-011", &format!("{at}/profile"), zh, en);
        }
        self.stretch(at, it.from_day, it.to_day, days);
    }

    pub(super) fn stretch(&mut self, at: &str, from_day: u32, to_day: Option<u32>, _: &Days) {
        let days = self.file().days;
        if from_day > days || to_day.is_some_and(|to_day| to_day < from_day || to_day > days) {
            let (zh, en) = (
                format!("须满足 1 ≤ from_day ≤ to_day ≤ {days}"),
                format!("1 <= from_day <= to_day <= {days} must hold"),
            );
            self.wrong("E-SCN-012", &format!("{at}/from_day"), zh, en);
        }
    }

    fn package(&mut self, at: &str, id: &str) {
        match self.known.workflows.get(id) {
            Some(workflow) => {
                self.workflows.entry(id.to_owned()).or_insert_with(|| Arc::new(workflow.clone()));
            }
            None => {
                let known: Vec<&str> = self.known.workflows.keys().map(String::as_str).collect();
                self.unknown("E-SCN-013", at, ("套餐或事项", "package or matter"), id, known);
            }
        }
    }

    fn duration(&mut self, at: &str, duration: &Duration) {
        if duration.sampler().is_err() {
            let (zh, en) = ("这些参数给不出时间分布", "these parameters give no distribution of times");
            let found = self.document.error("E-SCN-014", at, zh, en).expected(
                "均值为正、不超过十年，cv 与 shape 大于 0",
                "a mean above 0 and at most ten years, cv and shape above 0",
            );
            self.found.push(found);
        }
    }

    /// What is handed in is asked for, and nobody comes when nothing is received.
    fn applications(&mut self, days: &Days) {
        let document = self.document;
        for (nth, arrivals) in document.value.arrivals.iter().enumerate() {
            let Some(workflow) = arrivals.package.as_ref().and_then(|id| self.workflows.get(id)).cloned() else {
                continue;
            };
            let known = || workflow.questions().iter().map(|it| it.id.as_str());
            for id in arrivals.answers.keys().filter(|id| known().all(|known| known != id.as_str())) {
                let what = ("这个套餐或事项的问题", "question of this package or matter");
                self.unknown("E-SCN-026", &format!("/arrivals/{nth}/answers/{id}"), what, id, known());
            }
            let season = seasons(arrivals, &workflow, document.value.seed);
            let closed = |date: &Date| season.iter().any(|it| !it.iter().any(|it| it.from <= *date && *date <= it.to));
            if let Some(date) = coming(arrivals, document.value.days, days).find(closed) {
                let zh = format!("{date} 不在“{}”的受理期内", workflow.id());
                let en = format!("{date} is outside the acceptance periods of \"{}\"", workflow.id());
                let found = self.document.error("E-SCN-027", &format!("/arrivals/{nth}/package"), zh, en);
                let periods: Vec<String> =
                    season.iter().copied().flatten().map(|it| format!("{}/{}", it.from, it.to)).collect();
                let periods = periods.join(", ");
                self.found.push(found.help(
                    format!("受理期：{periods}；用 from_day、to_day 限定他们来的日子"),
                    format!("received in {periods}: say with from_day and to_day on which days they come"),
                ));
            }
        }
    }

    /// Every queue that somebody or something joins is served.
    fn queues(&mut self) {
        let document = self.document;
        let served: BTreeSet<&str> =
            document.value.staff.iter().flat_map(|it| &it.queues).map(String::as_str).collect();
        for (nth, arrivals) in document.value.arrivals.iter().enumerate() {
            if let Some(queue) = arrivals.queue.as_deref().filter(|queue| !served.contains(queue)) {
                let at = format!("/arrivals/{nth}/queue");
                self.unknown(
                    "E-SCN-015",
                    &at,
                    ("人员办理的队列", "queue that anybody serves"),
                    queue,
                    served.iter().copied(),
                );
            }
            let Some(workflow) = arrivals.package.as_ref().and_then(|id| self.workflows.get(id)).cloned() else {
                continue;
            };
            let needed = workers(&workflow).filter(|(_, queue)| !queue.starts_with(SERVICE_QUEUE));
            let missing: BTreeSet<String> =
                needed.map(|(_, queue)| queue).filter(|queue| !served.contains(queue.as_str())).collect();
            if !missing.is_empty() {
                let list = missing.into_iter().collect::<Vec<_>>().join(", ");
                let zh = format!("没有人办理“{}”用到的队列：{list}", workflow.id());
                let en = format!("nobody serves these queues of \"{}\": {list}", workflow.id());
                let found = self.document.error("E-SCN-015", &format!("/arrivals/{nth}/package"), zh, en);
                self.found.push(found.help("在“staff”里加上", "add them to \"staff\""));
            }
        }
    }

    /// Every step has its time, and every rule has its step.
    fn work(&mut self) {
        let document = self.document;
        let workflows: Vec<Arc<Workflow>> = self.workflows.values().cloned().collect();
        for (nth, work) in document.value.steps.iter().enumerate() {
            let at = format!("/steps/{nth}");
            self.duration(&format!("{at}/takes"), &work.takes);
            if document.value.steps[..nth].iter().any(|earlier| earlier.step == work.step) {
                let (zh, en) = (format!("“{}”写了两次", work.step), format!("\"{}\" stands twice", work.step));
                self.wrong("E-SCN-005", &format!("{at}/step"), zh, en);
            }
            let steps: Vec<(&Node, String)> = workflows.iter().flat_map(|workflow| steps(workflow)).collect();
            let meant: Vec<&Node> = steps.iter().filter(|(node, id)| applies(work, node, id)).map(|it| it.0).collect();
            if meant.is_empty() {
                let known: Vec<&str> = steps.iter().map(|(_, id)| id.as_str()).collect();
                self.unknown(
                    "E-SCN-016",
                    &format!("{at}/step"),
                    ("步骤或步骤类型", "step or type of step"),
                    &work.step,
                    known,
                );
            }
            self.outcomes(&at, work, &meant);
        }
        for (nth, arrivals) in document.value.arrivals.iter().enumerate() {
            let Some(workflow) = arrivals.package.as_ref().and_then(|id| self.workflows.get(id)).cloned() else {
                continue;
            };
            let worked: BTreeSet<String> = workers(&workflow).map(|(step, _)| step).collect();
            let without: Vec<String> = steps(&workflow)
                .filter(|(node, id)| node.queue().is_none() || worked.contains(id))
                .filter(|(node, id)| takes_time(node) && rule(&document.value.steps, node, id).is_none())
                .map(|(node, id)| format!("{id} ({})", node.kind()))
                .collect();
            if !without.is_empty() {
                let list = without.join(", ");
                let zh = format!("“{}”的这些步骤没有办理时间：{list}", workflow.id());
                let en = format!("these steps of \"{}\" have no time: {list}", workflow.id());
                let found = self.document.error("E-SCN-017", &format!("/arrivals/{nth}/package"), zh, en);
                self.found.push(found.help("在“steps”里按步骤或类型写明", "say it in \"steps\", by step or by type"));
            }
        }
    }

    fn outcomes(&mut self, at: &str, work: &Work, meant: &[&Node]) {
        let sum: f64 = work.outcomes.values().sum();
        if work.outcomes.values().any(|share| !(0.0..=1.0).contains(share)) || sum > 1.0 + 1e-9 {
            let (zh, en) = (
                "每个份额在 0 到 1 之间，合计不超过 1",
                "every share lies between 0 and 1, and all together at most 1",
            );
            self.wrong("E-SCN-018", &format!("{at}/outcomes"), zh, en);
        }
        for word in work.outcomes.keys() {
            let mut words: Vec<&str> = meant.iter().flat_map(|node| other_outcomes(node)).collect();
            words.sort_unstable();
            words.dedup();
            if !meant.is_empty() && !words.contains(&word.as_str()) {
                let at = format!("{at}/outcomes/{word}");
                self.unknown("E-SCN-019", &at, ("这一步的其他结果", "other outcome of this step"), word, words);
            }
        }
    }
}

/// The acceptance periods of every matter that the drawn applications choose.
fn seasons<'w>(arrivals: &Arrivals, workflow: &'w Workflow, seed: u64) -> Vec<&'w [Period]> {
    let seasonal = |part: &u8| match &workflow.plan(*part).starts {
        ClockStart::PeriodEnd { periods } => Some(periods.as_slice()),
        _ => None,
    };
    if (0..).zip(workflow.plans()).all(|(part, _)| seasonal(&part).is_none()) {
        return Vec::new();
    }
    let drawn = applications::of(arrivals, workflow, seed);
    let chosen = drawn.iter().flat_map(|it| workflow.chosen(&it.answers, &workflow.filled(&it.answers, &it.form)));
    chosen.collect::<BTreeSet<u8>>().iter().filter_map(seasonal).collect()
}

/// The days on which some of them may come.
fn coming<'a>(arrivals: &'a Arrivals, count: u32, days: &'a Days) -> impl Iterator<Item = Date> + 'a {
    let listed: BTreeSet<Date> =
        arrivals.at.iter().filter_map(|text| Some(text.parse::<DateTime>().ok()?.date())).collect();
    let last = arrivals.to_day.unwrap_or(count);
    let drawn = days.iter().zip(1..).filter(move |((date, _), day)| {
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        let some = match &arrivals.rates {
            Some(rates) => (0..QUARTERS).any(|quarter| rates.mean(weekday, quarter) > 0.0),
            None => arrivals.per_day > 0.0 && arrivals.weekdays.get(weekday).is_none_or(|factor| *factor > 0.0),
        };
        some && (arrivals.from_day..=last.min(count)).contains(day)
    });
    drawn.map(|((date, _), _)| *date).chain(listed)
}

/// A moment in China Standard Time.
pub(crate) fn moment_of(text: &str) -> Option<Millis> {
    let moment: DateTime = text.parse().ok()?;
    let hours_ahead = jiff::tz::Offset::from_hours(8).ok()?;
    hours_ahead.to_timestamp(moment).ok().map(|it| it.as_millisecond())
}

/// Every step that a case can come to, with its name as `file/step`.
pub(crate) fn steps(workflow: &Workflow) -> impl Iterator<Item = (&Node, String)> {
    workflow
        .plans()
        .iter()
        .flat_map(|plan| plan.graph.steps().map(move |(_, step)| (&step.node, format!("{}/{}", plan.id, step.id))))
}

/// The steps that somebody works on, with their queues; what a package does for its matters is left out.
pub(crate) fn workers(workflow: &Workflow) -> impl Iterator<Item = (String, String)> {
    workflow.plans().iter().enumerate().flat_map(|(part, plan)| {
        plan.graph.steps().filter_map(move |(_, step)| {
            let by_package = part > 0 && matches!(step.node, Node::Intake { .. } | Node::Deliver { .. });
            let queue = step.queue.as_ref().filter(|_| !by_package)?;
            Some((format!("{}/{}", plan.id, step.id), queue.to_string()))
        })
    })
}

fn takes_time(node: &Node) -> bool {
    node.queue().is_some() || matches!(node, Node::Collect { .. } | Node::Wait { .. })
}

fn applies(work: &Work, node: &Node, id: &str) -> bool {
    takes_time(node) && (work.step == id || work.step == node.kind())
}

/// The rule of a step: its own, else that of its type.
pub(crate) fn rule<'w>(work: &'w [Work], node: &Node, id: &str) -> Option<&'w Work> {
    work.iter().find(|it| it.step == id).or_else(|| work.iter().find(|it| it.step == node.kind()))
}

/// The outcomes that a rule may give a share: all but the usual one, and those that follow from the case.
pub(crate) fn other_outcomes(node: &Node) -> Vec<&str> {
    let all = node.outcomes();
    match node {
        Node::Collect { .. } | Node::Wait { .. } => vec!["expired"],
        Node::Intake { .. } => vec!["not_accepted"],
        Node::Service { .. } => vec!["failed"],
        _ => all.get(1..).map(<[&str]>::to_vec).unwrap_or_default(),
    }
}

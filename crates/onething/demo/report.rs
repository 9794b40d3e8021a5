//! What happened, read from the histories on disk: it is the same whether the demo ran once or was killed on the way.

use std::collections::BTreeMap;
use std::fmt;

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::case::{Case, PartStatus, Status};
use onething_engine::clock::{self, Light};
use onething_engine::event::Event;
use onething_engine::{Workflow, apply};
use onething_sim::signs::Signs;
use onething_store::{CaseId, Verdict};
use onething_worker::{Centre, Recorded};
use serde::Serialize;
use serde_json::{Value, json};

use super::agenda::Agenda;
use super::door::{Counts, MINUTE_MS};
use super::setting::Setting;
use crate::exit::{BROKEN, Failure};
use crate::place::Place;
use crate::words;

/// Records read at once.
const PAGE: usize = 500;

/// Everything that happened.
#[derive(Serialize)]
pub(crate) struct Report {
    cases: u64,
    submitted: u64,
    closed: u64,
    interrupted: bool,
    seed: u64,
    data: String,
    /// What names it on a command line.
    #[serde(skip)]
    option: String,
    /// Cases by package and state.
    outcomes: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Waits by queue, in working minutes.
    waits: BTreeMap<String, Wait>,
    /// People with tickets in this run, by queue: a ticket is of one day and stands in no history.
    tickets: BTreeMap<String, Tickets>,
    /// Use of the promised limit by matter, as a share.
    clocks: BTreeMap<String, ClockUse>,
    /// Times a light turned to a colour.
    lights: BTreeMap<&'static str, u64>,
    accepted_by_silence: u64,
    supplements: u64,
    retries: u64,
    incidents: u64,
    tidal_completions: u64,
    transitions: u64,
    events: u64,
    seconds: f64,
    /// Minutes of working time shown in a second: it sets the pace.
    speed: u32,
    transitions_per_second: f64,
    verified: u64,
    #[serde(skip)]
    statuses: BTreeMap<Status, u64>,
    /// Names of packages, and of what has a promised limit: a package as a whole, and each matter.
    #[serde(skip)]
    packages: BTreeMap<String, String>,
    #[serde(skip)]
    titles: BTreeMap<String, String>,
    #[serde(skip)]
    queues: Signs,
}

/// Waiting before a step was begun, in working minutes.
#[derive(Serialize)]
struct Wait {
    steps: u64,
    mean: f64,
    p90: f64,
    max: f64,
}

/// People with tickets, and how long they waited from the ticket to the call.
#[derive(Serialize)]
struct Tickets {
    taken: u64,
    served: u64,
    missed: u64,
    gave_up: u64,
    turned_away: u64,
    wait: Wait,
}

impl Tickets {
    fn of(counts: &Counts) -> Self {
        let Counts { taken, served, missed, gave_up, turned_away, waits } = counts.clone();
        Self { taken, served, missed, gave_up, turned_away, wait: wait(waits) }
    }
}

/// Use of a limit.
#[derive(Serialize)]
struct ClockUse {
    matters: u64,
    kept: u64,
    mean: f64,
    max: f64,
}

#[derive(Default)]
struct Tally {
    /// The queue in which the applicant of the case waits with a ticket: their intake waits in none.
    with_ticket: Option<String>,
    waits: BTreeMap<String, Vec<f64>>,
    clocks: BTreeMap<String, Vec<f64>>,
}

/// Reads all histories.
pub(crate) async fn make(
    centre: &Centre,
    agenda: &Agenda,
    setting: &Setting,
    (seconds, speed): (f64, u32),
    interrupted: bool,
    place: &Place,
) -> Result<Report, Failure> {
    let transitions = centre.transitions();
    let mut report = Report {
        cases: u64::from(setting.cases),
        submitted: 0,
        closed: 0,
        interrupted,
        seed: setting.seed,
        data: place.name(),
        option: place.option(),
        outcomes: BTreeMap::new(),
        waits: BTreeMap::new(),
        tickets: agenda.door.seen().queues.iter().map(|(queue, counts)| (queue.clone(), Tickets::of(counts))).collect(),
        clocks: BTreeMap::new(),
        lights: BTreeMap::new(),
        accepted_by_silence: 0,
        supplements: 0,
        retries: 0,
        incidents: 0,
        tidal_completions: 0,
        transitions,
        events: 0,
        seconds,
        speed,
        transitions_per_second: transitions as f64 / seconds.max(0.001),
        verified: 0,
        statuses: BTreeMap::new(),
        packages: BTreeMap::new(),
        titles: BTreeMap::new(),
        queues: agenda.population().signs(),
    };
    let mut tally = Tally::default();
    for number in agenda.standing.keys() {
        tally.with_ticket = agenda.population().nth(number).and_then(|nth| agenda.population().comes_to(nth));
        let case = report.read(centre, number, &mut tally).await?;
        report.submitted += 1;
        report.closed += u64::from(case.status.is_closed());
        *report.statuses.entry(case.status).or_default() += 1;
        let by_state = report.outcomes.entry(case.application.workflow.to_string()).or_default();
        *by_state.entry(case.status.word()).or_default() += 1;
        report.accepted_by_silence += u64::from(case.accepted.is_some_and(|accepted| accepted.by_silence));
    }
    report.waits = tally.waits.into_iter().map(|(queue, waits)| (queue, wait(waits))).collect();
    report.clocks = tally.clocks.into_iter().map(|(matter, shares)| (matter, clock_use(&shares))).collect();
    Ok(report)
}

impl Report {
    /// Reads one history: rebuilds the case, verifies its chain, and counts.
    async fn read(&mut self, centre: &Centre, number: &str, tally: &mut Tally) -> Result<Case, Failure> {
        let id = CaseId::from(number);
        let whole = matches!(centre.store().verify(centre.id(), &id).await?, Some(verdict) if !matches!(verdict, Verdict::Broken { .. }));
        let mut case = Case::default();
        let mut opened: BTreeMap<u32, (Millis, String)> = BTreeMap::new();
        let mut last = 0;
        loop {
            let page = centre.store().history(centre.id(), &id, case.version + 1, PAGE).await?;
            for record in &page {
                let recorded: Recorded = serde_json::from_slice(&record.payload).map_err(|error| {
                    Failure::new(BROKEN, format!("记录读不懂：{error}"), format!("a record cannot be read: {error}"))
                })?;
                last = recorded.at;
                self.count(&recorded, &mut opened, centre.calendar(), tally);
                apply(&mut case, &recorded.event, recorded.at);
            }
            if page.len() < PAGE {
                break;
            }
        }
        self.events += case.version;
        self.verified += u64::from(whole && centre.case(&id).await?.as_ref() == Some(&case));
        let workflow = centre.workflow(&case.application.definition).await?;
        self.packages.insert(workflow.id().to_string(), workflow.title().zh.clone());
        self.use_of(&case, &workflow, last, centre.calendar(), tally);
        Ok(case)
    }

    fn count(
        &mut self,
        recorded: &Recorded,
        opened: &mut BTreeMap<u32, (Millis, String)>,
        calendar: &Calendar,
        tally: &mut Tally,
    ) {
        match &recorded.event {
            Event::TaskOpened { task, queue: Some(queue), .. } => {
                opened.insert(*task, (recorded.at, queue.to_string()));
            }
            Event::TaskClosed { task, began: Some(began), .. } => {
                if let Some((at, queue)) = opened.remove(task)
                    && !queue.starts_with(onething_engine::definition::SERVICE_QUEUE)
                {
                    if tally.with_ticket.as_ref() != Some(&queue) {
                        let waited = calendar.business_millis_between(at, *began).unwrap_or(0);
                        tally.waits.entry(queue).or_default().push(waited as f64 / MINUTE_MS);
                    }
                    self.tidal_completions += u64::from(recorded.by.starts_with("潮汐"));
                }
            }
            Event::LightChanged { light, .. } => *self.lights.entry(light.word()).or_default() += 1,
            Event::SupplementAsked { .. } => self.supplements += 1,
            Event::Failed { retry_at: Some(_), .. } => self.retries += 1,
            Event::IncidentRaised { .. } => self.incidents += 1,
            _ => {}
        }
    }

    fn use_of(&mut self, case: &Case, workflow: &Workflow, last: Millis, calendar: &Calendar, tally: &mut Tally) {
        for (plan, part) in workflow.plans().iter().zip(&case.parts) {
            // A package and a matter of it may bear the same name.
            let whole = if plan.node.is_none() { "（整个套餐 whole package）" } else { "" };
            self.titles.insert(plan.id.to_string(), format!("{}{whole}", plan.title.zh));
            let Some(promised) = plan.promised.filter(|_| part.status != PartStatus::Waiting) else { continue };
            if part.ledger.ended_at().is_none() {
                continue;
            }
            if let Ok(used) = clock::used(&part.ledger, promised, calendar, last) {
                tally.clocks.entry(plan.id.to_string()).or_default().push(used.share());
            }
        }
    }

    /// The report as one JSON object.
    pub(crate) fn json(&self) -> Value {
        json!(self)
    }
}

fn wait(mut waits: Vec<f64>) -> Wait {
    waits.sort_by(f64::total_cmp);
    let count = waits.len();
    // The nearest-rank percentile.
    let p90 = waits.get((count * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0.0);
    Wait {
        steps: count as u64,
        mean: waits.iter().sum::<f64>() / count.max(1) as f64,
        p90,
        max: waits.last().copied().unwrap_or(0.0),
    }
}

fn clock_use(shares: &[f64]) -> ClockUse {
    ClockUse {
        matters: shares.len() as u64,
        kept: shares.iter().filter(|share| **share <= 1.0).count() as u64,
        mean: shares.iter().sum::<f64>() / shares.len().max(1) as f64,
        max: shares.iter().copied().fold(0.0, f64::max),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = |titles: &BTreeMap<String, String>, id: &String| titles.get(id).unwrap_or(id).clone();
        let mut outcomes = words::table(&["套餐 package", "合计 all"]);
        let states: Vec<Status> = self.statuses.keys().copied().collect();
        let mut heading = vec!["套餐 package".to_owned(), "合计 all".to_owned()];
        heading.extend(states.iter().map(|status| format!("{} {}", status.zh(), status.word())));
        outcomes.set_header(heading);
        for (package, by_state) in &self.outcomes {
            let mut row = vec![title(&self.packages, package), by_state.values().sum::<u64>().to_string()];
            row.extend(states.iter().map(|status| by_state.get(status.word()).copied().unwrap_or(0).to_string()));
            outcomes.add_row(row);
        }
        writeln!(out, "办件结果 outcomes\n{outcomes}\n")?;
        let mut waits = words::table(&["队列 queue", "次数 steps", "平均 mean", "九成以内 p90", "最长 max"]);
        for (queue, wait) in &self.waits {
            let minutes = |value: f64| format!("{value:.1}");
            waits.add_row([
                self.queues.of_queue(queue),
                wait.steps.to_string(),
                minutes(wait.mean),
                minutes(wait.p90),
                minutes(wait.max),
            ]);
        }
        let mut tickets = words::table(&[
            "队列 queue",
            "取号 taken",
            "办理 served",
            "过号 missed",
            "离开 gave up",
            "平均 mean",
            "九成以内 p90",
            "最长 max",
        ]);
        for (queue, it) in &self.tickets {
            let minutes = |value: f64| format!("{value:.1}");
            let people = [it.taken, it.served, it.missed, it.gave_up].map(|count| count.to_string());
            let waits = [it.wait.mean, it.wait.p90, it.wait.max].map(minutes);
            tickets.add_row([self.queues.of_queue(queue)].into_iter().chain(people).chain(waits));
        }
        if !self.tickets.is_empty() {
            writeln!(
                out,
                "窗口取号，本次运行（取号到叫号，工作分钟） tickets of this run, from the number to the call, working minutes\n{tickets}\n"
            )?;
        }
        writeln!(out, "排队办理的环节（工作分钟） waits of steps in queues, working minutes\n{waits}\n")?;
        let mut clocks = words::table(&["事项 matter", "件数 n", "按承诺办结 kept", "平均用时 mean", "最多 max"]);
        for (matter, it) in &self.clocks {
            let kept = format!("{} ({:.1}%)", it.kept, 100.0 * it.kept as f64 / it.matters.max(1) as f64);
            let share = |value: f64| format!("{:.0}%", 100.0 * value);
            clocks.add_row([title(&self.titles, matter), it.matters.to_string(), kept, share(it.mean), share(it.max)]);
        }
        writeln!(out, "承诺时限的使用 use of the promised limits\n{clocks}\n")?;
        let light = |light: Light| self.lights.get(light.word()).copied().unwrap_or(0);
        for (what, count) in [
            ("监察灯转黄 lights that turned yellow", light(Light::Yellow)),
            ("监察灯转红 lights that turned red", light(Light::Red)),
            ("一次性告知补正 told once what was missing", self.supplements),
            ("默示受理 accepted by silence", self.accepted_by_silence),
            ("自动步骤重试 retries of automatic steps", self.retries),
            ("故障 incidents", self.incidents),
            ("潮汐窗口办理 steps done at tidal windows", self.tidal_completions),
        ] {
            writeln!(out, "{count:>6}  {what}")?;
        }
        let Self { cases, submitted, closed, verified, transitions, events, seconds, speed, .. } = self;
        let per_second = self.transitions_per_second;
        writeln!(out, "\n{cases} 件申请：收件 {submitted}，办结 {closed}，历史核验通过 {verified}")?;
        writeln!(out, "{cases} applications: {submitted} received, {closed} closed, {verified} histories verified")?;
        writeln!(
            out,
            "{events} 个事件；本次运行 {transitions} 次转换，{seconds:.1} 秒，每秒 {per_second:.0} 次（由 --speed {speed} 定速）"
        )?;
        writeln!(
            out,
            "{events} events; this run: {transitions} transitions in {seconds:.1} s, {per_second:.0} a second (paced by --speed {speed})"
        )?;
        let (data, option) = (&self.data, &self.option);
        writeln!(out, "数据 data：{data}")?;
        if self.interrupted {
            writeln!(out, "已停；接着办 stopped; to go on：onething demo {option}")?;
        }
        writeln!(out, "接着看 next：\n  onething case list {option}\n  onething case verify {option} --all")
    }
}

//! One day through both: the worker on a clock that the test moves, and the simulator. Everything that a window is given from
//! one morning to the next is compared: which step or which person, when, to which window, for which call; and how everybody
//! left the hall.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::command::Command;
use onething_engine::definition::Node;
use onething_engine::event::Event;
use onething_policy::{TicketId, WindowId, WindowKind};
use onething_sim::centre::{
    Coming, Counts, Model, SourcePlan, Verdict, key_of, people_source, steps_source, supply, ticket_of,
};
use onething_sim::chance::Source;
use onething_sim::scenario::Channel;
use onething_store::{CaseId, CentreId, ChainHash, MemoryStore};
use onething_worker as worker;
use onething_worker::{
    Centre, Clock, Errand, HallPlan, Handler, Happened, Left, Programs, Reception, Refusal, Staff, Ticket, Visitor,
    Window, With, Work,
};
use tokio::time::{Instant, sleep, sleep_until};

use crate::support::{changed, model};

/// Days compared: each with people, times and outcomes of its own.
const SEEDS: std::ops::Range<u64> = 11..14;
/// Legal milliseconds in one of the test's.
const PACE: i64 = 100;

/// Legal time that follows the time of the test's runtime, which jumps to whatever comes next. It runs through noon and
/// through the night, as it does in a hall.
pub(crate) struct TestClock {
    pub(crate) from: Millis,
    pub(crate) started: Instant,
}

impl TestClock {
    fn passed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    async fn sleep_until(&self, at_ms: Millis) {
        sleep_until(self.started + self.wall(at_ms - self.from)).await;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.from + self.passed() * PACE
    }

    fn machine_now(&self) -> Millis {
        self.from + self.passed()
    }

    fn wall(&self, legal_ms: Millis) -> Duration {
        Duration::from_millis(u64::try_from(legal_ms / PACE).unwrap())
    }
}

/// Takes as long and comes to the same as in the simulator, and notes what it was given.
struct Clerk {
    model: Arc<Model>,
    steps: Source,
    clock: Arc<TestClock>,
    given: Mutex<Vec<(Millis, String, String)>>,
}

#[async_trait]
impl Handler for Clerk {
    async fn handle(&self, work: &Work) -> worker::Verdict {
        let number = &work.case.application.number;
        if !work.worker.starts_with("自动") {
            let task = format!("{number}#{}", work.task.id);
            self.given.lock().unwrap().push((self.clock.now(), work.worker.to_string(), task));
        }
        let nth = self.model.workflows().iter().position(|it| it.id() == work.workflow.id()).unwrap();
        let (takes_ms, verdict) = self.model.draw(&self.steps, key_of(number).unwrap(), nth, &work.case, &work.task);
        let (began_ms, seat) =
            (self.clock.now(), self.model.seats.iter().position(|it| it.id.text() == Some(&*work.worker)));
        // A program knows no hours.
        let ends_ms = seat.map_or(began_ms + takes_ms, |seat| self.model.ends_ms(seat, began_ms, takes_ms).unwrap());
        self.clock.sleep_until(ends_ms).await;
        match verdict {
            Verdict::Complete { outcome, reason } => worker::Verdict::Complete { outcome, reason, lacking: vec![] },
            Verdict::Fail => worker::Verdict::Fail("x".into()),
            Verdict::Retry => worker::Verdict::Retry,
            Verdict::Never => worker::Verdict::Decline,
        }
    }
}

pub(crate) struct Silent;

#[async_trait]
impl worker::Messenger for Silent {
    async fn send(&self, _: &onething_store::OutboxEntry) -> Result<(), String> {
        Ok(())
    }
}

/// Somebody who does in the worker's hall what they do in the simulator's.
#[derive(Clone)]
struct Person {
    day: Arc<Day>,
    source: usize,
    key: u64,
    /// The case and step for which they come again.
    supplements: Option<(Arc<str>, u32)>,
}

/// The worker's side of a day.
struct Day {
    model: Arc<Model>,
    people: Source,
    clerk: Arc<Clerk>,
    centre: Arc<Centre>,
    reception: Reception,
    left: Mutex<Vec<(Millis, TicketId, Left)>>,
}

#[async_trait]
impl Visitor for Person {
    async fn comes(&self, window: &WindowId, call: u8) -> bool {
        let (day, called) = (&self.day, format!("{} call {call}", ticket_of(self.key)));
        let now = day.clerk.clock.now();
        day.clerk.given.lock().unwrap().push((now, window.to_string(), called));
        if self.supplements.is_none() && day.model.is_absent(&day.people, self.source, self.key, call) {
            sleep(day.clerk.clock.wall(day.model.hall.call_ms)).await;
            return false;
        }
        true
    }

    async fn wants(&self) -> Errand {
        let day = &self.day;
        let brought = match &self.supplements {
            Some((number, task)) => {
                let known = day.centre.case(&CaseId::from(&**number)).await.unwrap().unwrap();
                supply(&known, *task).map(|command| (CaseId::from(&**number), command, None))
            }
            None => submission(day, self.source, self.key).map(|(case, command, flow)| (case, command, Some(flow))),
        };
        match brought {
            Some((case, command, workflow)) => Errand::HandIn { case, command, workflow },
            None => Errand::Ask,
        }
    }

    async fn talks(&self, window: &WindowId) {
        let day = &self.day;
        let takes = day.model.takes(&window.to_string());
        let talk_ms = day.model.talk_ms(&day.people, self.source, self.key) as f64 * takes;
        sleep(day.clerk.clock.wall(talk_ms.round() as i64)).await;
    }

    fn refused(&self, why: &Refusal) {
        panic!("{}: {why}", ticket_of(self.key));
    }

    fn left(&self, how: Left) {
        self.day.left.lock().unwrap().push((self.day.clerk.clock.now(), ticket_of(self.key), how));
    }
}

impl Person {
    /// Takes a ticket, and gives up when patience ends.
    async fn enters(self, appointment_ms: Option<Millis>) {
        let (day, id) = (self.day.clone(), ticket_of(self.key));
        let plan = &day.model.sources[self.source];
        let (queue, class) = (plan.queue, day.model.class_of(self.source));
        let patience = day.model.patience_ms(&day.people, self.source, self.key);
        day.reception.take(Ticket { id: id.clone(), queue, class, appointment_ms }, Arc::new(self)).await;
        if let Some(patience_ms) = patience {
            tokio::spawn(async move {
                sleep(day.clerk.clock.wall(patience_ms)).await;
                day.reception.leave(id).await;
            });
        }
    }
}

/// What somebody hands in, and the case; nothing of who only asks.
fn submission(day: &Day, source: usize, key: u64) -> Option<(CaseId, Command, Arc<Workflow>)> {
    let (command, workflow) = day.model.submission(&day.people, source, key)?;
    Some((CaseId::from(&*command.id), command, workflow))
}

/// Whoever was told that something is missing brings it, online or with another ticket.
async fn follow(day: Arc<Day>, mut heard: tokio::sync::broadcast::Receiver<Arc<Happened>>) {
    let mut visits: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    while let Ok(happened) = heard.recv().await {
        let opened = happened.events.iter().filter_map(|event| match event {
            Event::TaskOpened { task, queue: None, .. } => Some(*task),
            _ => None,
        });
        for task in opened {
            let (number, id) = (happened.case.clone(), CaseId::from(&*happened.case));
            let case = day.centre.case(&id).await.unwrap().unwrap();
            let Some(open) = case.task(task) else { continue };
            let nth = day.model.workflows().iter().position(|it| *it.hash() == case.application.definition).unwrap();
            let node = &day.model.workflows()[nth].plan(open.part).graph.step(open.node).node;
            let collects = match node {
                Node::Collect { .. } => true,
                Node::Wait { .. } => false,
                _ => continue,
            };
            let key = key_of(&number).unwrap();
            let (takes_ms, verdict) = day.model.draw(&day.clerk.steps, key, nth, &case, open);
            if verdict == Verdict::Never {
                continue;
            }
            assert!(collects, "no package of this day waits for a message");
            let source = (key >> 48) as usize - 1;
            let day = day.clone();
            let comes_ms = day.model.scenario.calendar.after_business_millis(day.clerk.clock.now(), takes_ms).unwrap();
            if day.model.sources[source].arrivals.channel == Channel::Online {
                tokio::spawn(async move {
                    day.clerk.clock.sleep_until(comes_ms).await;
                    let case = day.centre.case(&id).await.unwrap().unwrap();
                    if let Some(command) = supply(&case, task) {
                        day.centre.act(&id, &command, With::default()).await.unwrap();
                    }
                });
                continue;
            }
            let visit = visits.entry(number.clone()).or_default();
            *visit += 1;
            let person = Person { day: day.clone(), source, key: key | *visit, supplements: Some((number, task)) };
            tokio::spawn(async move {
                day.clerk.clock.sleep_until(comes_ms).await;
                if day.centre.case(&id).await.unwrap().is_some_and(|case| case.task(task).is_some()) {
                    person.enters(None).await;
                }
            });
        }
    }
}

/// So many moments, one every so many seconds of the day's business, the first so many after opening. Times seldom meet:
/// what is to be done first of two things at the same moment is nobody's business.
fn moments(count: i64, every_s: i64, from_s: i64) -> String {
    let moment = |nth: i64| {
        let worked_s = from_s + nth * every_s;
        let at = 9 * 3600 + worked_s + if worked_s < 3 * 3600 { 0 } else { 3600 };
        format!("\"2026-04-13T{:02}:{:02}:{:02}\"", at / 3600, at / 60 % 60, at % 60)
    };
    (0..count).map(moment).collect::<Vec<_>>().join(", ")
}

/// A day of online applications, with a tide that draws on a desk. Machines suffice for every step that is ready.
fn online() -> Arc<Model> {
    let input = changed(
        "teacher-tide",
        &[
            (r#""days": 4"#, r#""days": 1"#),
            (r#""run_on_days": 8"#, r#""run_on_days": 1"#),
            (r#""name": "综窗", "kind": "window", "seats": 4"#, r#""name": "综窗", "kind": "window", "seats": 3"#),
            (r#""machines": 8"#, r#""machines": 40"#),
            (r#""sick": 0.02, "#, ""),
            (r#""per_day": 61"#, r#""per_day": 0.0001"#),
            (r#""per_day": 40"#, r#""per_day": 0.0001"#),
            (
                r#""package": "open-company", "per_day": 18"#,
                &format!(r#""package": "open-company", "channel": "online", "at": [{}]"#, moments(270, 91, 61)),
            ),
            (
                "\n      \"patience\": { \"type\": \"exponential\", \"mean\": 90 },\n      \"lacks\": 0.08",
                "\n      \"lacks\": 0",
            ),
            (
                r#""lognormal", "mean": 25, "cv": 0.6"#,
                r#""empirical", "minutes": [3.53, 5.19, 6.37, 7.71, 9.29, 11.93]"#,
            ),
            (r#""gamma", "mean": 20, "cv": 0.6"#, r#""empirical", "minutes": [4.17, 7.39, 12.77, 15.91]"#),
            (r#""gamma", "mean": 10, "cv": 0.5"#, r#""empirical", "minutes": [2.99, 4.73, 8.39]"#),
            (r#""lognormal", "mean": 3, "cv": 0.6"#, r#""empirical", "minutes": [1.93, 3.11]"#),
            (
                r#""exponential", "mean": 0.3 }, "outcomes": { "failed": 0.02 }"#,
                r#""empirical", "minutes": [0.11, 0.37, 0.79] }"#,
            ),
            (r#""name": "潮汐", "queue": "tide_teacher""#, r#""name": "潮汐", "queue": "comprehensive""#),
            (r#""policy": { "by": "forecast" },"#, ""),
            (r#""groups": ["教育"], "keep": 2, "move_minutes": 5"#, r#""groups": ["市场监管"], "keep": 1"#),
        ],
    );
    Arc::new(model(&input))
}

/// A day with everything at once: walk-ins and appointments, people who do not come when called, who give up, who must
/// come again; online applications; desks; a tide that borrows officers.
fn crowded() -> Arc<Model> {
    let input = changed(
        "teacher-tide",
        &[
            (r#""days": 4"#, r#""days": 1"#),
            (r#""run_on_days": 8"#, r#""run_on_days": 1"#),
            (r#""name": "综窗", "kind": "window", "seats": 4"#, r#""name": "综窗", "kind": "window", "seats": 2"#),
            (r#""machines": 8"#, r#""machines": 60"#),
            (r#""sick": 0.02"#, r#""sick": 0.15"#),
            (",\n      \"balking\": { \"over\": 30, \"share\": 0.05 }", ""),
            (r#""per_day": 61"#, &format!(r#""at": [{}]"#, moments(196, 127, 67))),
            (r#""exponential", "mean": 120"#, r#""empirical", "minutes": [9.31, 17.77, 44.41, 83.93]"#),
            (
                r#""no_show": 0.02, "lacks": 0.08"#,
                r#""no_show": 0.25, "lacks": 0.3, "appointments": { "share": 0.4, "slot_minutes": 30, "no_show": 0.1 }"#,
            ),
            (
                r#""package": "open-company", "per_day": 18"#,
                &format!(r#""package": "open-company", "channel": "online", "at": [{}]"#, moments(110, 211, 23)),
            ),
            (
                "\n      \"patience\": { \"type\": \"exponential\", \"mean\": 90 },\n      \"lacks\": 0.08",
                "\n      \"lacks\": 0.2",
            ),
            (r#""per_day": 40"#, &format!(r#""at": [{}]"#, moments(145, 173, 41))),
            (r#""lognormal", "mean": 4, "cv": 0.8"#, r#""empirical", "minutes": [1.37, 3.73, 6.11]"#),
            (r#""exponential", "mean": 45"#, r#""empirical", "minutes": [7.13, 31.19, 71.57]"#),
            (r#""lognormal", "mean": 12, "cv": 0.4"#, r#""empirical", "minutes": [7.03, 9.67, 13.21, 15.83]"#),
            (
                r#""lognormal", "mean": 25, "cv": 0.6"#,
                r#""empirical", "minutes": [3.53, 5.19, 6.37, 7.71, 9.29, 11.93]"#,
            ),
            (r#""gamma", "mean": 20, "cv": 0.6"#, r#""empirical", "minutes": [4.17, 7.39, 12.77, 15.91]"#),
            (r#""gamma", "mean": 10, "cv": 0.5"#, r#""empirical", "minutes": [2.99, 4.73, 8.39]"#),
            (r#""lognormal", "mean": 3, "cv": 0.6"#, r#""empirical", "minutes": [1.93, 3.11]"#),
            (
                r#""exponential", "mean": 0.3 }, "outcomes": { "failed": 0.02 }"#,
                r#""empirical", "minutes": [0.11, 0.37, 0.79, 11.43] }"#,
            ),
            (r#""fixed", "minutes": 4"#, r#""empirical", "minutes": [3.11, 3.67, 4.03, 4.51, 5.23]"#),
            (r#""weibull", "mean": 300, "shape": 1.5"#, r#""empirical", "minutes": [21.47, 33.61, 47.87]"#),
            (r#""policy": { "by": "forecast" },"#, r#""open_above_minutes": 15, "close_below_minutes": 5,"#),
            (r#""keep": 2, "move_minutes": 5"#, r#""keep": 2"#),
        ],
    );
    Arc::new(model(&input))
}

/// What was given to whom until the next morning, a line each, and how people left the hall.
struct Both {
    seed: u64,
    live: Vec<String>,
    simulated: Vec<String>,
    /// When who left the worker's hall, and how.
    left: Vec<(Millis, TicketId, Left)>,
    /// How many left how, by source, in both: served, gave up, turned away, missed.
    counts: [Vec<[u64; 4]>; 2],
}

/// The moment of a day in China.
fn time_of_day(at: Millis) -> String {
    let at = (at + 8 * 3_600_000).rem_euclid(86_400_000);
    format!("{:02}:{:02}:{:05.2}", at / 3_600_000, at / 60_000 % 60, (at % 60_000) as f64 / 1e3)
}

/// One day through both.
async fn through_both(model: Arc<Model>, seed: u64) -> Both {
    let calendar = model.scenario.calendar.clone();
    let (opens, ends) = (model.scenario.days[0].1[0].0, model.scenario.days[1].1[0].0);
    let clock = Arc::new(TestClock { from: opens, started: Instant::now() });
    let clerk = Arc::new(Clerk {
        model: model.clone(),
        steps: steps_source(seed),
        clock: clock.clone(),
        given: Mutex::default(),
    });
    let store = Arc::new(MemoryStore::new(ChainHash::Sha256));
    let centre = Arc::new(Centre::new(CentreId::from("test"), store, calendar, clock.clone()));
    for workflow in model.workflows() {
        centre.publish(workflow.clone()).await.unwrap();
    }
    let open = model.seats.iter().filter(|seat| !matches!(seat.kind, WindowKind::Tidal { .. }));
    let people = people_source(seed);
    let shifts =
        model.seats.iter().enumerate().map(|(nth, seat)| (seat.id.clone(), model.shifts(&people, 0, nth).into_owned()));
    let windows = open.map(|seat| Window { id: seat.id.clone(), kind: seat.kind.clone(), queues: seat.queues.clone() });
    let plans = || model.workflows().iter().flat_map(|workflow| workflow.plans());
    let queues = plans().flat_map(|plan| plan.graph.steps().filter_map(|(_, step)| step.queue));
    let mut services: Vec<String> =
        queues.filter(|queue| queue.starts_with("service.")).map(|it| it.to_string()).collect();
    services.sort();
    services.dedup();
    let programs =
        services.iter().fold(Programs::default(), |all, queue| all.with(&queue["service.".len()..], clerk.clone()));
    let staff = Staff {
        hall: HallPlan {
            config: model.hall.clone(),
            windows: windows.collect(),
            shifts: shifts.collect(),
            handler: clerk.clone(),
            lease_ms: 86_400_000,
        },
        programs,
        service_queues: services.iter().map(|queue| onething_store::Queue::from(queue.as_str())).collect(),
        service_workers: model.scenario.file.machines as usize,
        messenger: Arc::new(Silent),
    };
    let running = worker::start(&centre, staff).unwrap();
    let (reception, left) = (running.reception(), Mutex::default());
    let day = Arc::new(Day { model, people, clerk: clerk.clone(), centre: centre.clone(), reception, left });
    tokio::spawn(follow(day.clone(), centre.listen()));
    let comings = day.model.comings(seed);
    let mut counts = vec![[0; 4]; day.model.sources.len()];
    for coming in &comings {
        let Coming { at_ms, source, key } = *coming;
        clock.sleep_until(at_ms).await;
        if day.model.sources[source].arrivals.channel == Channel::Online {
            let (case, command, workflow) = submission(&day, source, key).unwrap();
            let with = With { workflow: Some(workflow), ..With::default() };
            centre.act(&case, &command, with).await.unwrap();
        } else if let Some(visit) = day.model.visit(&day.people, coming) {
            let person = Person { day: day.clone(), source, key, supplements: None };
            person.enters(visit.appointment_ms).await;
        } else {
            counts[source][3] += 1;
        }
    }
    clock.sleep_until(ends).await;
    let live = clerk.given.lock().unwrap().clone();
    drop(running);
    let (report, log) = day.model.run_logged(seed);
    assert_eq!(report.balanced, Ok(()));
    let simulated = log.iter().map(|it| {
        let work = match &it.work {
            onething_policy::Work::Task(task) => task.to_string(),
            onething_policy::Work::Ticket(ticket) => format!("{ticket} call {}", it.call),
        };
        (it.at_ms, it.window.to_string(), work)
    });
    let on_the_day = |all: Vec<(Millis, String, String)>| -> Vec<String> {
        let mut lines: Vec<(Millis, String, String)> = all.into_iter().filter(|it| it.0 < ends).collect();
        lines.sort();
        lines.iter().map(|(at, window, work)| format!("{} {window} {work}", time_of_day(*at))).collect()
    };
    let left = day.left.lock().unwrap().clone();
    for (_, ticket, how) in &left {
        let key = key_of(&ticket.to_string()).unwrap();
        let count = match how {
            Left::Served => 0,
            Left::GaveUp => 1,
            Left::TurnedAway(_) => 2,
            Left::Missed => 3,
            Left::NumberTaken | Left::Stopped => panic!("{ticket}: {how:?}"),
        };
        // Who comes again for a case is not counted again.
        counts[(key >> 48) as usize - 1][count] += u64::from(key & 0xFF == 0);
    }
    let of_people = |(it, source): (&Counts, &SourcePlan)| match source.arrivals.channel {
        Channel::Online => [0; 4],
        Channel::Window => [it.served, it.gave_up, it.turned_away, it.missed],
    };
    let simulated_counts = report.counts.iter().zip(&*day.model.sources).map(of_people).collect();
    let (live, simulated) = (on_the_day(live), on_the_day(simulated.collect()));
    Both { seed, live, simulated, left, counts: [counts, simulated_counts] }
}

impl Both {
    fn must_agree(&self) {
        let Self { seed, live, simulated, .. } = self;
        let first = live.iter().zip(simulated).position(|(live, simulated)| live != simulated);
        if let Some(first) = first {
            let from = first.saturating_sub(3);
            panic!(
                "seed {seed}, line {first} of {} and {}:\nworker {:#?}\nsimulator {:#?}",
                live.len(),
                simulated.len(),
                &live[from..(first + 6).min(live.len())],
                &simulated[from..(first + 6).min(simulated.len())]
            );
        }
        assert_eq!(live.len(), simulated.len(), "seed {seed}");
        assert_eq!(self.counts[0], self.counts[1], "seed {seed}");
    }

    fn some(&self, words: &str) -> usize {
        self.live.iter().filter(|line| line.contains(words)).count()
    }
}

#[tokio::test(start_paused = true)]
async fn the_worker_and_the_simulator_give_every_window_the_same_work() {
    let both = through_both(online(), SEEDS.start).await;
    both.must_agree();
    assert!(both.live.len() > 100, "{} assignments", both.live.len());
    assert!(both.some("潮汐") > 0, "a tidal window opens");
}

#[tokio::test(start_paused = true)]
async fn the_worker_and_the_simulator_call_the_same_people_to_the_same_windows() {
    let model = crowded();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in SEEDS {
        let both = through_both(model.clone(), seed).await;
        both.must_agree();
        let left = |how: Left| both.left.iter().filter(|it| it.2 == how).count();
        let served = |hours: &[&str]| {
            let then = |at: Millis| hours.iter().any(|hour| time_of_day(at).starts_with(hour));
            both.left.iter().filter(|(at, _, how)| *how == Left::Served && then(*at)).count()
        };
        for (what, count) in [
            ("calls", both.some(" call 1")),
            ("recalls", both.some(" call 2")),
            ("visits to bring what was missing", both.some("/1 call 1")),
            ("work at tidal windows", both.some("潮汐")),
            ("work at the desk that lends", both.some("教育")),
            ("who did not come", left(Left::Missed)),
            ("who gave up", left(Left::GaveUp)),
            ("served", left(Left::Served)),
            ("turned away before closing", left(Left::TurnedAway(onething_policy::Refusal::ClosingSoon))),
            ("served into the break", served(&["12:"])),
            ("called after the break", both.some("13:00:00.00")),
            ("served after closing", served(&["17:", "18:"])),
        ] {
            *seen.entry(what).or_default() += count;
        }
    }
    // Nothing of what the days are for is missing from them.
    assert!(seen.values().all(|count| *count >= 5) && seen["calls"] > 150 && seen["served"] > 120, "{seen:?}");
}

//! One day through both: the worker on a clock that the test moves, and the simulator. Every step that a window is given
//! is compared: when, which, to whom.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::calendar::{Calendar, Millis};
use onething_engine::command::{Action, Command};
use onething_policy::WindowKind;
use onething_sim::centre::{Model, Verdict, key_of, people_source, steps_source};
use onething_sim::chance::Source;
use onething_store::{CentreId, ChainHash, MemoryStore};
use onething_worker as worker;
use onething_worker::{Centre, Clock, HallPlan, Handler, Programs, Staff, Window, With, Work};
use tokio::time::Instant;

use crate::support::{changed, model};

const SEED: u64 = 11;
/// Legal milliseconds in one of the test's.
const PACE: i64 = 10;

/// Legal time that follows the time of the test's runtime, which jumps to whatever comes next.
struct TestClock {
    calendar: Arc<Calendar>,
    from: Millis,
    started: Instant,
}

impl TestClock {
    fn passed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.calendar.after_business_millis(self.from, self.passed() * PACE).unwrap()
    }

    fn machine_now(&self) -> Millis {
        self.from + self.passed()
    }

    fn wall(&self, working_ms: Millis) -> Duration {
        Duration::from_millis(u64::try_from(working_ms / PACE).unwrap())
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
        let (takes, verdict) = self.model.draw(&self.steps, key_of(number).unwrap(), nth, &work.case, &work.task);
        tokio::time::sleep(self.clock.wall(takes)).await;
        match verdict {
            Verdict::Complete { outcome, reason } => worker::Verdict::Complete { outcome, reason, lacking: vec![] },
            Verdict::Fail => worker::Verdict::Fail("x".into()),
            Verdict::Retry => worker::Verdict::Retry,
            Verdict::Never => worker::Verdict::Decline,
        }
    }
}

struct Silent;

#[async_trait]
impl worker::Messenger for Silent {
    async fn send(&self, _: &onething_store::OutboxEntry) -> Result<(), String> {
        Ok(())
    }
}

/// A morning of online applications, with a tide that draws on a desk. Times are whole sixths of a minute; machines
/// suffice for every step that is ready.
fn morning() -> Arc<Model> {
    let minute = |nth: i64| format!("\"2026-04-13T{:02}:{:02}:{:02}\"", 9 + nth / 60, nth % 60, nth * 20 % 60);
    let moments = (0..60).map(|nth| minute(nth * 3 / 2 + 1)).collect::<Vec<_>>().join(", ");
    let input = changed(
        "teacher-tide",
        &[
            (r#""days": 4"#, r#""days": 1"#),
            (r#""run_on_days": 8,"#, ""),
            (r#""name": "综窗", "kind": "window", "seats": 4"#, r#""name": "综窗", "kind": "window", "seats": 3"#),
            (r#""machines": 8"#, r#""machines": 40"#),
            (r#""sick": 0.02, "#, ""),
            (r#""per_day": 61"#, r#""per_day": 0.0001"#),
            (r#""per_day": 40"#, r#""per_day": 0.0001"#),
            (
                r#""package": "open-company", "per_day": 18"#,
                &format!(r#""package": "open-company", "channel": "online", "at": [{moments}]"#),
            ),
            (
                "\n      \"patience\": { \"type\": \"exponential\", \"mean\": 90 },\n      \"lacks\": 0.08",
                "\n      \"lacks\": 0",
            ),
            (r#""lognormal", "mean": 25, "cv": 0.6"#, r#""empirical", "minutes": [3.5, 5.1, 6.3, 7.7, 9.2, 11.9]"#),
            (r#""gamma", "mean": 20, "cv": 0.6"#, r#""empirical", "minutes": [4.1, 7.3, 12.7, 15.9]"#),
            (r#""gamma", "mean": 10, "cv": 0.5"#, r#""empirical", "minutes": [2.9, 4.7, 8.3]"#),
            (r#""lognormal", "mean": 3, "cv": 0.6"#, r#""empirical", "minutes": [1.9, 3.1]"#),
            (
                r#""exponential", "mean": 0.3 }, "outcomes": { "failed": 0.02 }"#,
                r#""empirical", "minutes": [0.1, 0.3, 0.7] }"#,
            ),
            (r#""name": "潮汐", "queue": "tide_teacher""#, r#""name": "潮汐", "queue": "comprehensive""#),
            (r#""policy": { "by": "forecast" },"#, ""),
            (r#""groups": ["教育"], "keep": 2, "move_minutes": 5"#, r#""groups": ["市场监管"], "keep": 1"#),
        ],
    );
    let text = String::from_utf8(input.bytes).unwrap();
    // Nobody takes a break: the worker seats people once for all.
    let text = text.replace(r#""cost_hour""#, r#""hours": [{ "from": "09:00", "to": "17:00" }], "cost_hour""#);
    Arc::new(model(&onething_engine::InputFile { name: input.name, bytes: text.into_bytes() }))
}

#[tokio::test(start_paused = true)]
async fn the_worker_and_the_simulator_give_every_window_the_same_work() {
    let model = morning();
    let calendar = model.scenario.calendar.clone();
    let opens = model.scenario.days[0].1[0].0;
    let noon = model.scenario.days[0].1[0].1;
    let clock = Arc::new(TestClock { calendar: calendar.clone(), from: opens, started: Instant::now() });
    let clerk = Arc::new(Clerk {
        model: model.clone(),
        steps: steps_source(SEED),
        clock: clock.clone(),
        given: Mutex::default(),
    });
    let store = Arc::new(MemoryStore::new(ChainHash::Sha256));
    let centre = Arc::new(Centre::new(CentreId::from("test"), store, calendar, clock.clone()));
    for workflow in model.workflows() {
        centre.publish(workflow.clone()).await.unwrap();
    }
    let open = model.seats.iter().filter(|seat| !matches!(seat.kind, WindowKind::Tidal { .. }));
    let windows = open.map(|seat| Window { id: seat.id.clone(), kind: seat.kind.clone(), queues: seat.queues.clone() });
    let plans = || model.workflows().iter().flat_map(|workflow| workflow.plans());
    let queues = plans().flat_map(|plan| plan.graph.steps().filter_map(|(_, step)| step.queue.clone()));
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
            handler: clerk.clone(),
            lease_ms: 86_400_000,
        },
        programs,
        service_queues: services.iter().map(|queue| onething_store::Queue::from(queue.as_str())).collect(),
        service_workers: 40,
        messenger: Arc::new(Silent),
    };
    let running = worker::start(&centre, staff).unwrap();
    let source = 1;
    let workflow = model.workflows().iter().find(|it| &**it.id() == "open-company").unwrap().clone();
    let people = people_source(SEED);
    for (nth, at) in model.moments(source).iter().enumerate() {
        tokio::time::sleep_until(clock.started + Duration::from_millis(u64::try_from((at - opens) / PACE).unwrap()))
            .await;
        let key = (source as u64 + 1) << 48 | (nth as u64) << 8;
        let submission = model.application(&people, source, key).unwrap();
        let number = submission.number.clone();
        let by = submission.applicant.clone();
        let command = Command { id: number.clone(), by, action: Action::Submit(Box::new(submission)) };
        let with = With { workflow: Some(workflow.clone()), ..With::default() };
        centre.act(&onething_store::CaseId::from(&*number), &command, with).await.unwrap();
    }
    let rest = u64::try_from((noon - opens) / PACE).unwrap();
    tokio::time::sleep_until(clock.started + Duration::from_millis(rest)).await;
    let live = clerk.given.lock().unwrap().clone();
    drop(running);
    let (report, log) = model.run_logged(SEED);
    assert_eq!(report.balanced, Ok(()));
    let simulated: Vec<(Millis, String, String)> =
        log.iter().map(|it| (it.at_ms, it.window.to_string(), it.task.to_string())).collect();
    let before_noon = |all: Vec<(Millis, String, String)>| -> Vec<String> {
        let mut lines: Vec<(Millis, String, String)> = all.into_iter().filter(|it| it.0 < noon).collect();
        lines.sort();
        lines.iter().map(|(at, window, task)| format!("{:>7.1} s {window} {task}", (at - opens) as f64 / 1e3)).collect()
    };
    let (live, simulated) = (before_noon(live), before_noon(simulated));
    let first = live.iter().zip(&simulated).position(|(live, simulated)| live != simulated);
    if let Some(first) = first {
        let from = first.saturating_sub(3);
        panic!(
            "seed {SEED}, line {first}:\nworker {:#?}\nsimulator {:#?}",
            &live[from..(first + 6).min(live.len())],
            &simulated[from..(first + 6).min(simulated.len())]
        );
    }
    assert_eq!(live.len(), simulated.len(), "seed {SEED}");
    assert!(live.len() > 100, "{} assignments", live.len());
    assert!(live.iter().any(|line| line.contains("潮汐")), "a tidal window opens");
}

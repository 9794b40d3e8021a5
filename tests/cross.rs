//! Two centres and one case: the other end is away for an hour, messages arrive twice, processes and servers die. Each
//! application becomes one case there, and both come to the same end.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::case::{Case, Status};
use onething_engine::command::{self, Action, Submission};
use onething_engine::{InputFile, Workflow, apply, check};
use onething_store::{CaseId, CentreId, Filter, MemoryStore, OutboxEntry, Queue, Store, Verdict};
use onething_store_redis::{Options, RedisStore};
use onething_worker::{
    Centre, Clock, Crew, Joined, Messenger, Neighbours, Post, Programs, Recorded, ScriptedClerk, With, join,
    number_there, troubles,
};
use redis_fixture::Server;
use serde_json::{Value, json};
use tokio::time::Instant;

const HERE: &str = "beijing";
const THERE: &str = "fuqing";
const MATTER: &str = "outdoor-sign-permit";
const HOUR: Duration = Duration::from_secs(3600);
/// 2026-04-13 09:00 in China, a Monday.
const OPENS: i64 = 1_776_042_000_000;

/// Time that passes when everybody waits.
struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        OPENS + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn machine_now(&self) -> i64 {
        self.now()
    }

    fn wall(&self, working_ms: i64) -> Duration {
        Duration::from_millis(working_ms.max(0).cast_unsigned())
    }
}

/// The way between two centres.
struct Road {
    centres: [Arc<Centre>; 2],
    closed: AtomicBool,
    /// Each time a centre was looked for.
    asked: AtomicU64,
}

#[async_trait]
impl Neighbours for Road {
    async fn find(&self, centre: &CentreId) -> Result<Arc<Centre>, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.closed.load(Ordering::Relaxed) {
            return Err("路断了".to_owned());
        }
        Ok(self.centres.iter().find(|known| known.id() == centre).unwrap().clone())
    }
}

/// Counts notices, by the message.
#[derive(Default)]
struct Notices(std::sync::Mutex<BTreeMap<u64, u32>>);

#[async_trait]
impl Messenger for Notices {
    async fn send(&self, message: &OutboxEntry) -> Result<(), String> {
        *self.0.lock().unwrap().entry(message.sequence).or_default() += 1;
        Ok(())
    }
}

struct World {
    workflow: Arc<Workflow>,
    here: Arc<Centre>,
    there: Arc<Centre>,
    road: Arc<Road>,
    notices: Arc<Notices>,
}

impl World {
    async fn new() -> Self {
        let read = |name: &str| InputFile { name: name.into(), bytes: std::fs::read(name).unwrap() };
        let mut checked =
            check(&[read("workflows/matters/outdoor-sign-permit.json"), read("workflows/calendars/cn.json")]);
        let workflow = Arc::new(checked.workflows.remove(MATTER).unwrap());
        let calendar = Arc::new(checked.calendars.remove("cn").unwrap());
        let clock = Arc::new(TestClock(Instant::now()));
        // Two stores: nothing of one is in the other.
        let centre = |name: &str| {
            let store = Arc::new(MemoryStore::default());
            Arc::new(Centre::new(name.into(), store, calendar.clone(), clock.clone()))
        };
        let (here, there) = (centre(HERE), centre(THERE));
        let road = Arc::new(Road {
            centres: [here.clone(), there.clone()],
            closed: AtomicBool::new(false),
            asked: AtomicU64::new(0),
        });
        here.publish(workflow.clone()).await.unwrap();
        there.offer([&*workflow]).await.unwrap();
        Self { workflow, here, there, road, notices: Arc::default() }
    }

    /// One more process of a centre.
    async fn process(&self, centre: &Arc<Centre>, name: &str) -> Joined {
        let steps = self.workflow.plans().iter().flat_map(|plan| plan.graph.steps());
        let queues: Vec<Queue> = steps.filter_map(|(_, step)| step.queue.as_deref().map(Queue::from)).collect();
        let (programs, people): (Vec<_>, Vec<_>) =
            queues.into_iter().partition(|queue| queue.as_str().starts_with("service."));
        let clerk = Arc::new(ScriptedClerk::default());
        let named = programs.iter().map(|queue| queue.as_str().trim_start_matches("service."));
        let machine = Arc::new(named.fold(Programs::default(), |all, name| all.with(name, clerk.clone())));
        let mut posts = vec![Post { name: format!("{name}-m").into(), queues: programs.clone(), handler: machine }];
        for seat in 0..3 {
            let name = format!("{name}-{seat}").into();
            posts.push(Post { name, queues: people.clone(), handler: clerk.clone() });
        }
        let (messenger, neighbours) = (self.notices.clone(), self.road.clone());
        join(
            centre,
            Crew {
                posts,
                lease_ms: 10_000,
                ageing_ms: 0,
                messenger,
                neighbours,
                tides: Vec::new(),
                process: "test".into(),
            },
        )
        .await
        .unwrap()
    }

    async fn apply(&self, number: &str, package: &Arc<Workflow>, submission: Submission) {
        let action = Action::Entrust { submission: Box::new(submission), to: THERE.into() };
        let command = command::Command { id: format!("submit-{number}").into(), by: "王静".into(), action };
        let with = With { workflow: Some(package.clone()), ..With::default() };
        self.here.act(&number.into(), &command, with).await.unwrap();
    }

    async fn wait(&self, what: &str, done: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !done().await {
            if began.elapsed() > Duration::from_secs(600) {
                let stand = async |centre: &Arc<Centre>| standing(&**centre.store(), centre.id()).await;
                let (here, there) = (stand(&self.here).await, stand(&self.there).await);
                let reports = [self.here.take_reports(), self.there.take_reports()];
                panic!("{what} never came about: {here:?} here, {there:?} there; {reports:?}");
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

fn submission(number: &str) -> Submission {
    let template = Command::new(env!("CARGO_BIN_EXE_onething")).args(["case", "template", MATTER]).output().unwrap();
    let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
    application.as_object_mut().unwrap().remove("package");
    application["number"] = json!(number);
    serde_json::from_value(application).unwrap()
}

/// How many cases of a centre stand so; every history verifies and says what the state is.
async fn standing(store: &dyn Store, centre: &CentreId) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    for found in store.search(centre, &Filter::default(), None, 1000).await.unwrap() {
        let mut rebuilt = Case::default();
        let mut commands: Vec<String> = Vec::new();
        for record in store.history(centre, &found.case, 1, 1000).await.unwrap() {
            let recorded: Recorded = serde_json::from_slice(&record.payload).unwrap();
            apply(&mut rebuilt, &recorded.event, recorded.at);
            let command = record.command.as_str().to_owned();
            if commands.last() != Some(&command) {
                assert!(!commands.contains(&command), "{command} stands twice in {}", found.case);
                commands.push(command);
            }
        }
        let verdict = store.verify(centre, &found.case).await.unwrap();
        assert!(matches!(verdict, Some(Verdict::Intact { .. })), "{}: {verdict:?}", found.case);
        let loaded = store.load(centre, &found.case).await.unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Case>(&loaded.state).unwrap(), rebuilt);
        *counts.entry(rebuilt.status).or_default() += 1;
    }
    counts
}

/// The other centre is away for an hour: what is handed over waits, says so, holds up nothing else, and arrives.
#[tokio::test(start_paused = true)]
async fn an_hour_without_the_other_centre_loses_nothing() {
    const CASES: usize = 150;
    let world = World::new().await;
    let crews = [
        world.process(&world.here, "a").await,
        world.process(&world.here, "b").await,
        world.process(&world.there, "c").await,
    ];
    world.road.closed.store(true, Ordering::Relaxed);
    let template = submission("0");
    for number in 0..CASES {
        let number = format!("S-{number}");
        let submission = Submission { number: number.as_str().into(), ..template.clone() };
        world.apply(&number, &world.workflow, submission).await;
    }
    tokio::time::sleep(HOUR).await;
    let (store, centre) = (world.here.store(), world.here.id());
    assert_eq!(standing(&**store, centre).await, BTreeMap::from([(Status::Received, CASES)]));
    assert_eq!(world.there.store().case_count(world.there.id()).await.unwrap(), 0);
    let trouble = troubles(&**store, centre).await.unwrap().remove(0);
    assert_eq!((trouble.to.as_str(), trouble.error.as_str(), trouble.waiting), (THERE, "路断了", CASES as u64));
    assert!(trouble.tries > 100, "{trouble:?}");
    // One of two processes tries, and ever more seldom.
    let asked = world.road.asked.load(Ordering::Relaxed);
    assert!((100..200).contains(&asked), "{asked} attempts in an hour");

    world.road.closed.store(false, Ordering::Relaxed);
    world
        .wait("every case is over", async || standing(&**store, centre).await.get(&Status::Granted) == Some(&CASES))
        .await;
    assert_eq!(standing(&**world.there.store(), world.there.id()).await, BTreeMap::from([(Status::Granted, CASES)]));
    world
        .wait("nothing is on its way", async || {
            store.outbox_read(centre, 0, 1).await.unwrap().is_empty()
                && troubles(&**store, centre).await.unwrap().is_empty()
        })
        .await;
    for crew in crews {
        crew.drain().await;
    }
    assert!(world.notices.0.lock().unwrap().values().all(|times| *times == 1), "a notice came twice");
}

/// A courier that forgets what it sent sends it again: it takes effect once.
#[tokio::test(start_paused = true)]
async fn what_arrives_twice_takes_effect_once() {
    let world = World::new().await;
    let there = world.process(&world.there, "c").await;
    for number in 0..20 {
        // A courier for each application; what the one before has sent stands in the outbox again.
        let crew = world.process(&world.here, &format!("a{number}")).await;
        let number = format!("S-{number}");
        world.apply(&number, &world.workflow, submission(&number)).await;
        let (store, centre) = (world.here.store().clone(), world.here.id().clone());
        let sent = async || {
            let waiting = store.outbox_read(&centre, 0, 100).await.unwrap();
            waiting.into_iter().find(|message| message.case.as_str() == number && message.topic.starts_with("centre:"))
        };
        world.road.closed.store(true, Ordering::Relaxed);
        world.wait("it is handed over", async || sent().await.is_some()).await;
        let message = sent().await.unwrap();
        world.road.closed.store(false, Ordering::Relaxed);
        world.wait("it arrives", async || sent().await.is_none()).await;
        // Once more, as if the acknowledgement had been lost.
        let mut again = onething_store::Commit::new(
            centre.clone(),
            format!("again {number}").into(),
            number.as_str().into(),
            0,
            OPENS,
        );
        let loaded = store.load(&centre, &again.case).await.unwrap().unwrap();
        (again.expect_version, again.state, again.index) = (loaded.version, loaded.state, loaded.index);
        again.outbox = vec![onething_store::OutboxMessage { topic: message.topic, payload: message.payload }];
        // Somebody may have changed the case just now: then there is nothing to repeat.
        let _outcome = store.commit(again).await.unwrap();
        crew.drain().await;
    }
    let last = world.process(&world.here, "z").await;
    let (store, centre) = (world.here.store(), world.here.id());
    world
        .wait("every case is over", async || standing(&**store, centre).await.get(&Status::Granted) == Some(&20))
        .await;
    assert_eq!(standing(&**world.there.store(), world.there.id()).await, BTreeMap::from([(Status::Granted, 20)]));
    last.drain().await;
    there.drain().await;
}

/// What the other centre does not handle, or would not take from anybody, comes back with the reason.
#[tokio::test(start_paused = true)]
async fn what_the_other_centre_refuses_comes_back() {
    let world = World::new().await;
    let crew = world.process(&world.here, "a").await;
    world.apply("S-1", &world.workflow, submission("S-1")).await;
    // Its number is taken there, by somebody else's application.
    let number = number_there(HERE, "S-1");
    let action = Action::Submit(Box::new(submission(&number)));
    let command = command::Command { id: "x".into(), by: "李四".into(), action };
    let with = With { workflow: Some(world.workflow.clone()), ..With::default() };
    world.there.act(&CaseId::from(number), &command, with).await.unwrap();
    world.there.offer([]).await.unwrap();
    world
        .wait("it comes back", async || {
            let case = world.here.case(&"S-1".into()).await.unwrap().unwrap();
            case.status == Status::Returned
        })
        .await;
    assert_eq!(world.there.store().case_count(world.there.id()).await.unwrap(), 1);
    crew.drain().await;
}

fn onething(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn told(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = onething(arguments).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = serde_json::from_str(&out);
    (
        output.status.code(),
        told.unwrap_or_else(|_| panic!("{arguments:?}: {out}{}", String::from_utf8_lossy(&output.stderr))),
    )
}

/// A process that ends with the test, however the test ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// A process of a centre on a store, which knows where the other is.
fn worker(centre: &str, url: &str, peer: &str) -> Process {
    let arguments =
        ["worker", "--centre", centre, "--store", url, "--peer", peer, "--windows", "all=3", "--pace", "20000"];
    let mut command = onething(&arguments);
    Process(command.args(["--lease-ms", "600"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// Two servers, a process at each that is killed, and a server that is away when cases are handed over.
#[test]
fn two_centres_on_two_servers_survive_kills() {
    const CASES: usize = 6;
    let (here, mut there) = (Server::start(&[]), Server::start(&[]));
    let (url, far) = (here.url(), there.url());
    let (to_there, to_here) = (format!("{THERE}={far}"), format!("{HERE}={url}"));
    let first_there = worker(THERE, &far, &to_here);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wait = |what: &str, done: &dyn Fn() -> bool| {
        let began = std::time::Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(90), "{what} never came about");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait("the other centre is at work", &|| {
        there.ask(&["GET", &format!("onething:meta:offer:{THERE}")]).contains(MATTER)
    });
    there.kill();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("application.json").display().to_string();
    let template = onething(&["case", "template", MATTER]).output().unwrap();
    let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
    application["decided_at"] = json!(THERE);
    for number in 0..CASES {
        application["applicant"] = json!(format!("申请人{number}"));
        application["number"] = json!(format!("S-{number}"));
        std::fs::write(&file, application.to_string()).unwrap();
        let (code, answer) = told(&["case", "submit", &file, "--centre", HERE, "--store", &url, "--json"]);
        assert_eq!((code, &answer["decided_at"]), (Some(0), &json!(THERE)), "{answer}");
    }
    let first_here = worker(HERE, &url, &to_there);
    wait("it is said that nothing arrives", &|| {
        let (code, found) = told(&["doctor", "--store", &url, "--centre", HERE, "--json"]);
        let findings = found["findings"].as_array().unwrap();
        code == Some(1) && findings.iter().all(|it| it["code"] == "D-OUTBOX-002")
    });
    let (_, shown) = told(&["case", "show", "S-0", "--centre", HERE, "--store", &url, "--json"]);
    assert_eq!(shown["transfer_troubles"][0]["to"], THERE, "{shown}");
    let (_, queues) = told(&["queues", "--centre", HERE, "--store", &url, "--json"]);
    assert_eq!(queues["troubles"][0]["to"], THERE, "{queues}");

    there.restart();
    std::thread::sleep(Duration::from_millis(400));
    drop((first_here, first_there));
    let again = (worker(HERE, &url, &to_there), worker(THERE, &far, &to_here));
    let centres = [(HERE, &url), (THERE, &far)];
    let over = |(centre, url): (&str, &String)| {
        let (_, listed) = told(&["case", "list", "--centre", centre, "--store", url, "--json"]);
        let cases = listed["cases"].as_array().unwrap();
        let open = ["received", "accepted", "awaiting_supplement"];
        cases.len() == CASES && !cases.iter().any(|case| open.contains(&case["status"].as_str().unwrap()))
    };
    wait("every case is over", &|| centres.iter().all(|it| over(*it)));
    drop(again);
    let ends = centres.map(|(centre, url)| {
        runtime.block_on(async {
            let store = RedisStore::open(url, Options::default()).await.unwrap();
            standing(&store, &centre.into()).await
        })
    });
    assert_eq!(ends[0], ends[1], "both centres say the same of every case");
    assert_eq!(ends[0].values().sum::<usize>(), CASES);
    let why = onething(&["case", "why", "S-0", "--centre", HERE, "--store", &url]).output().unwrap();
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    assert!(why.contains(&format!("onething case why {HERE}-S-0 --centre {THERE}")), "{why}");
}

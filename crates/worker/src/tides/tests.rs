use async_trait::async_trait;
use onething_engine::calendar::{Calendar, Millis};
use onething_policy::{Skill, TidePolicy};
use onething_store::{CaseId, CentreId, ChainHash, CommandId, Commit, MemoryStore, QueuedTask, Store};

use super::*;
use crate::clock::Clock;
use crate::handler::{Verdict, Work};

/// Monday 2026-04-13, 9:00 in China.
const NINE_MS: i64 = 1_776_042_000_000;

struct TestClock(tokio::time::Instant);

impl Clock for TestClock {
    fn now(&self) -> Millis {
        NINE_MS + self.0.elapsed().as_millis() as i64
    }

    fn machine_now(&self) -> Millis {
        self.now()
    }

    fn wall(&self, working_ms: Millis) -> Duration {
        Duration::from_millis(working_ms as u64)
    }
}

/// Never called: the queue of the test holds no case's task that anybody claims.
struct Nobody;

#[async_trait]
impl Handler for Nobody {
    async fn handle(&self, _: &Work) -> Verdict {
        Verdict::Decline
    }
}

fn calendar() -> Arc<Calendar> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/calendars/cn.json");
    let file = onething_engine::InputFile { name: path.display().to_string(), bytes: std::fs::read(&path).unwrap() };
    Arc::new(onething_engine::check(&[file]).calendars.remove("cn").unwrap())
}

struct Place {
    store: Arc<MemoryStore>,
    clock: Arc<TestClock>,
    calendar: Arc<Calendar>,
}

struct Process {
    centre: Arc<Centre>,
    task: tokio::task::JoinHandle<()>,
    drain: CancellationToken,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(TestClock(tokio::time::Instant::now()));
        Self { store: Arc::new(MemoryStore::new(ChainHash::Sha256)), clock, calendar: calendar() }
    }

    /// A process with two officers at the desk that may be called.
    fn process(&self, name: &str) -> Process {
        let centre = Arc::new(Centre::new(
            CentreId::from("test"),
            self.store.clone(),
            self.calendar.clone(),
            self.clock.clone(),
        ));
        let drain = CancellationToken::new();
        let bell = Bell::Own(centre.listen());
        let mut posts = JoinSet::new();
        let mut seats = Vec::new();
        for number in 1..=2 {
            let claimer = Claimer {
                centre: centre.clone(),
                name: format!("教育-{number}@{name}").into(),
                handler: Arc::new(Nobody),
                queues: vec![Queue::from("education")],
                lease_ms: 60_000,
                ageing_ms: 0,
                bell: bell.again(),
                drain: drain.clone(),
            };
            let (lendable, post) = Lendable::new(claimer);
            posts.spawn(post);
            seats.push(lendable);
        }
        let windows = ["x", "y", "z"].map(WindowId::from).to_vec();
        let mut config = TideConfig::illustrative("spring".into(), Skill::from("tide"), windows);
        config.policy = TidePolicy::Threshold;
        let tide = LiveTide { config, standing: 1, spare: 3, lenders: Vec::new() };
        let runner = Runner {
            centre: centre.clone(),
            tide,
            me: WorkerId::from(name),
            seats,
            lease_ms: 60_000,
            ageing_ms: 0,
            bell,
            drain: drain.clone(),
        };
        let task = tokio::spawn(async move {
            // Its posts go with the process.
            let _posts = posts;
            runner.run().await;
        });
        Process { centre, task, drain }
    }

    /// So many people come whom nobody can serve: their tasks lie far ahead for claimers, but not for whoever looks.
    async fn crowd(&self, from: usize, to: usize) {
        for number in from..to {
            let case = CaseId::from(format!("c{number}").as_str());
            let now = self.clock.machine_now();
            let mut commit =
                Commit::new("test".into(), CommandId::from(format!("c{number}").as_str()), case.clone(), 0, now);
            commit.events.push(b"{}".to_vec());
            commit.state = b"{}".to_vec();
            commit.enqueue.push(QueuedTask {
                task: TaskId::new(case, 1),
                queue: Queue::from("tide"),
                class: 3,
                ready_at_ms: now,
                payload: Vec::new(),
            });
            self.store.commit(commit).await.unwrap();
        }
    }

    async fn holder(&self, role: &str) -> Option<String> {
        let role = self.store.role(&"test".into(), role).await.unwrap()?;
        role.is_held(self.clock.machine_now()).then(|| role.holder.as_str().to_owned())
    }

    async fn open(&self) -> BTreeSet<String> {
        let role = self.store.role(&"test".into(), "tide/spring").await.unwrap().unwrap();
        let said: TideState = serde_json::from_slice(&role.word).unwrap();
        said.open.into_keys().map(|it| it.to_string()).collect()
    }

    async fn manned(&self) -> BTreeMap<&'static str, String> {
        let mut manned = BTreeMap::new();
        for window in ["x", "y", "z"] {
            if let Some(holder) = self.holder(&format!("tide/spring/{window}")).await {
                manned.insert(window, holder);
            }
        }
        manned
    }
}

async fn minutes(count: u64) {
    tokio::time::sleep(Duration::from_secs(60 * count)).await;
}

#[tokio::test(start_paused = true)]
async fn one_decides_all_apply_it_and_when_the_holder_dies_another_goes_on() {
    let place = Place::new();
    let first = place.process("first");
    minutes(2).await;
    let second = place.process("second");
    minutes(2).await;
    assert_eq!(place.holder("tide/spring").await.as_deref(), Some("first"));
    assert!(place.manned().await.is_empty());
    // A claimer that takes a task of the crowd finds no case behind it and lets it be; it stays a task of the queue.
    place.crowd(0, 30).await;
    minutes(5).await;
    assert_eq!(place.open().await, ["x", "y", "z"].map(str::to_owned).into(), "three wait for each window and more");
    let manned = place.manned().await;
    assert_eq!(manned.keys().copied().collect::<Vec<_>>(), ["x", "y", "z"], "each window once: {manned:?}");
    let of = |name: &str| manned.values().filter(|holder| *holder == name).count();
    assert!((1..=2).contains(&of("first")) && (1..=2).contains(&of("second")), "{manned:?}");
    let before = place.open().await;
    first.task.abort();
    minutes(1).await;
    assert_eq!(place.holder("tide/spring").await.as_deref(), Some("second"), "the duty ran out and was taken");
    assert_eq!(place.open().await, before, "what was decided stands");
    let manned = place.manned().await;
    assert!(
        manned.len() == 2 && manned.values().all(|holder| holder == "second"),
        "as many as it can spare: {manned:?}"
    );
    assert!(second.centre.take_reports().iter().any(|line| line.contains("decided by this process")));
    // A third process mans what is empty, and applies what the second decides.
    let third = place.process("third");
    minutes(1).await;
    assert_eq!(place.manned().await.len(), 3);
    assert_eq!(place.holder("tide/spring").await.as_deref(), Some("second"));
    second.drain.cancel();
    second.task.await.unwrap();
    minutes(1).await;
    assert_eq!(place.holder("tide/spring").await.as_deref(), Some("third"), "given up, not run out");
    third.drain.cancel();
    third.task.await.unwrap();
    assert!(place.manned().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_window_to_which_nobody_comes_is_given_up_for_a_while() {
    let place = Place::new();
    let alone = place.process("alone");
    place.crowd(0, 60).await;
    minutes(6).await;
    assert_eq!((place.open().await.len(), place.manned().await.len()), (3, 2), "two officers, three windows");
    minutes(10).await;
    assert_eq!(place.open().await, ["x", "y"].map(str::to_owned).into());
    alone.drain.cancel();
    alone.task.await.unwrap();
}

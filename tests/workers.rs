//! Many processes serve one centre over Redis: they join, leave, are killed, are stopped and wake up again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use onething_engine::apply;
use onething_engine::case::Case;
use onething_engine::event::Event;
use onething_store::{CentreId, Filter, Store, Verdict};
use onething_store_redis::{Options, RedisStore};
use onething_worker::Recorded;
use redis_fixture::{Cluster, Server};
use serde_json::{Value, json};

const CASES: usize = 16;
/// A run that takes longer than this hangs.
const RUN_MAX: Duration = Duration::from_secs(120);
/// The lease of a worker: a dead one's work waits this long.
const LEASE_MS: &str = "600";

fn onething(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// What a command prints as JSON, which must succeed.
fn told(arguments: &[&str]) -> Value {
    let output = onething(arguments).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// A centre on a store, and the processes that serve it.
struct Hall {
    url: String,
    place: tempfile::TempDir,
    workers: Vec<(Child, PathBuf)>,
}

impl Hall {
    /// A centre to which applications have been handed in.
    fn with_cases(url: String) -> Self {
        let hall = Self { url, place: tempfile::tempdir().unwrap(), workers: Vec::new() };
        let template = onething(&["case", "template", "bank-account-booking"]).output().unwrap();
        let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
        for number in 1..=CASES {
            application["applicant"] = json!(format!("申请人{number}"));
            let file = hall.place.path().join("application.json");
            std::fs::write(&file, application.to_string()).unwrap();
            told(&["case", "submit", &file.display().to_string(), "--store", &hall.url, "--json"]);
        }
        hall
    }

    /// Starts a process; its number.
    fn join(&mut self, windows: &str, pace: &str) -> usize {
        let file = self.place.path().join(format!("acknowledged-{}", self.workers.len()));
        let name = file.display().to_string();
        let arguments = ["worker", "--store", &self.url, "--windows", windows, "--lease-ms", LEASE_MS, "--pace", pace];
        let mut command = onething(&arguments);
        command.args(["--acknowledged", &name, "--json"]).stdout(Stdio::null()).stderr(Stdio::null());
        self.workers.push((command.spawn().unwrap(), file));
        self.workers.len() - 1
    }

    fn signal(&self, worker: usize, name: &str) {
        let pid = self.workers[worker].0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Asks a process to stop and waits until it has.
    fn leave(&mut self, worker: usize) {
        self.signal(worker, "TERM");
        let began = Instant::now();
        while self.workers[worker].0.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < RUN_MAX, "worker {worker} does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = self.workers[worker].0.wait().unwrap();
        assert!(status.success(), "worker {worker}: {status}");
    }

    fn closed(&self) -> usize {
        let listed = told(&["case", "list", "--store", &self.url, "--json"]);
        let cases = listed["cases"].as_array().unwrap();
        let open = ["received", "accepted", "awaiting_supplement"];
        cases.iter().filter(|case| !open.contains(&case["status"].as_str().unwrap())).count()
    }

    fn acknowledged(&self) -> usize {
        self.workers.iter().map(|(_, file)| lines(file).len()).sum()
    }

    fn wait(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < RUN_MAX, "{what}: {} of {CASES} are closed", self.closed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every case is over, every history verifies and rebuilds, no step was completed twice, and every command that
    /// was acknowledged stands in one of them, once.
    fn account(mut self) {
        for (worker, _) in &mut self.workers {
            let _gone = worker.kill();
            worker.wait().unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let commands = runtime.block_on(histories(&self.url));
        for (_, file) in &self.workers {
            for command in lines(file) {
                assert_eq!(commands.get(&command), Some(&1), "{command} was acknowledged");
            }
        }
        assert!(self.acknowledged() >= CASES * 3, "the acknowledged commands were written down");
    }
}

/// The last line may have been cut by a kill.
fn lines(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    whole.lines().map(str::to_owned).collect()
}

/// In how many runs of neighbouring records each command stands.
async fn histories(url: &str) -> BTreeMap<String, u32> {
    let store = RedisStore::open(url, Options::default()).await.unwrap();
    let centre = CentreId::from("centre");
    let cases = store.search(&centre, &Filter::default(), None, 1000).await.unwrap();
    assert_eq!(cases.len(), CASES);
    let mut commands: BTreeMap<String, u32> = BTreeMap::new();
    for found in cases {
        let case = found.case;
        let verdict = store.verify(&centre, &case).await.unwrap();
        assert!(matches!(verdict, Some(Verdict::Intact { .. })), "{case}: {verdict:?}");
        let (mut rebuilt, mut closed, mut last) = (Case::default(), BTreeSet::new(), String::new());
        for record in store.history(&centre, &case, 1, 1000).await.unwrap() {
            let recorded: Recorded = serde_json::from_slice(&record.payload).unwrap();
            apply(&mut rebuilt, &recorded.event, recorded.at);
            if let Event::TaskClosed { task, .. } = recorded.event {
                assert!(closed.insert(task), "{case}: the task {task} was closed twice");
            }
            if record.command.as_str() != last {
                last = record.command.as_str().to_owned();
                *commands.entry(last.clone()).or_default() += 1;
            }
        }
        let state: Case = serde_json::from_slice(&store.load(&centre, &case).await.unwrap().unwrap().state).unwrap();
        assert_eq!(rebuilt, state, "{case}");
        assert!(state.status.is_closed(), "{case} is not over: {:?}", state.status);
    }
    let queues = store.queues(&centre, None, 100, i64::MAX >> 13).await.unwrap();
    assert_eq!(queues, [], "work is left over");
    commands
}

#[test]
fn processes_join_leave_and_die_and_every_case_ends() {
    let server = Server::start(&[]);
    let mut hall = Hall::with_cases(server.url());
    let (leaves, dies) = (hall.join("comprehensive=2,desk:bank=1", "4000"), hall.join("all=3", "4000"));
    hall.wait("both work", |hall| hall.workers.iter().all(|(_, file)| lines(file).len() > 2));
    hall.signal(dies, "KILL");
    hall.join("all=4", "20000");
    hall.leave(leaves);
    hall.wait("the last one ends all", |hall| hall.closed() == CASES);
    hall.account();
}

/// A process that was stopped for longer than its lease wakes up with work that another has done: it cannot complete it.
#[test]
fn a_process_that_slept_beyond_its_lease_completes_nothing_of_it() {
    let server = Server::start(&[]);
    let mut hall = Hall::with_cases(server.url());
    // Long work, so that it falls asleep with all hands full.
    let sleeps = hall.join("all=4", "600");
    hall.wait("it works", |hall| hall.acknowledged() > 0);
    std::thread::sleep(Duration::from_millis(200));
    hall.signal(sleeps, "STOP");
    let asleep = lines(&hall.workers[sleeps].1).len();
    hall.join("all=6", "20000");
    hall.wait("the other ends all", |hall| hall.closed() == CASES);
    hall.signal(sleeps, "CONT");
    std::thread::sleep(Duration::from_millis(1500));
    // What it had sent before it slept it may still hear of.
    assert!(lines(&hall.workers[sleeps].1).len() <= asleep + 8);
    hall.account();
}

#[test]
fn the_demo_runs_over_a_cluster() {
    let cluster = Cluster::start(3);
    let url = cluster.url();
    let report = told(&["demo", "--cases", "20", "--speed", "3000", "--store", &url, "--json"]);
    assert_eq!((&report["closed"], &report["verified"]), (&json!(20), &json!(20)), "{report}");
    let all = told(&["case", "verify", "--all", "--store", &url, "--json"]);
    assert_eq!((&all["cases"], &all["verified"]), (&json!(20), &json!(20)));
}

#[test]
fn a_store_that_may_lose_work_is_refused_with_the_setting_to_change() {
    let server = Server::start(&["appendonly no"]);
    let arguments = ["case", "list", "--store", &server.url()];
    let output = onething(&arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(said.contains("appendonly yes") && said.contains("refused"), "{said}");
    let output = onething(&arguments).arg("--accept-loss").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("appendonly yes"), "it is still said");
    let nobody = onething(&["case", "list", "--store", "redis://127.0.0.1:1"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(3));
    let wrong = onething(&["worker", "--store", &server.url(), "--windows", "nowhere=1"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));
}

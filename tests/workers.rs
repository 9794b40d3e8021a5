//! Many processes serve one centre over Redis: they join, leave, are killed, are stopped and wake up again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use onething_store::{CentreId, Store};
use onething_store_redis::{Options, RedisStore};
use onething_worker::{Clock, WallClock};
use redis_fixture::{Cluster, Server};
use serde_json::{Value, json};

use crate::account::{self, Account, acknowledged};
use crate::clock_off::clock_off;

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
    cases: usize,
}

/// What a clock is off, in seconds, and how many seconds after its process has started.
type Off = (i64, u32);
const RIGHT: Off = (0, 0);

impl Hall {
    /// A centre to which applications have been handed in.
    fn with_cases(url: String) -> Self {
        Self::handed_in(url, CASES, RIGHT)
    }

    /// The same with so many, from a machine whose clock is off.
    fn handed_in(url: String, cases: usize, off: Off) -> Self {
        let hall = Self { url, place: tempfile::tempdir().unwrap(), workers: Vec::new(), cases };
        let template = onething(&["case", "template", "bank-account-booking"]).output().unwrap();
        let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
        for number in 1..=cases {
            application["applicant"] = json!(format!("申请人{number}"));
            let file = hall.place.path().join("application.json");
            std::fs::write(&file, application.to_string()).unwrap();
            let mut submit = onething(&["case", "submit", &file.display().to_string(), "--store", &hall.url, "--json"]);
            clock_off(&mut submit, off.0, off.1);
            assert!(submit.stdout(Stdio::null()).status().unwrap().success());
        }
        hall
    }

    /// Starts a process; its number.
    fn join(&mut self, windows: &str, pace: &str) -> usize {
        self.join_off(windows, pace, RIGHT)
    }

    /// Starts a process whose clock is off; its number.
    fn join_off(&mut self, windows: &str, pace: &str, off: Off) -> usize {
        let file = self.place.path().join(format!("acknowledged-{}", self.workers.len()));
        let name = file.display().to_string();
        let arguments = ["worker", "--store", &self.url, "--windows", windows, "--lease-ms", LEASE_MS, "--pace", pace];
        let mut command = onething(&arguments);
        command.args(["--acknowledged", &name, "--json"]).stdout(Stdio::null()).stderr(Stdio::null());
        clock_off(&mut command, off.0, off.1);
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

    /// Tasks of a queue that somebody works on.
    fn in_hand(&self, queue: &str) -> u64 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let queues = runtime.block_on(async {
            open(&self.url).await.queues(&CentreId::from("centre"), None, 100, WallClock.now()).await.unwrap()
        });
        queues.iter().find(|it| it.queue.as_str() == queue).map_or(0, |it| it.leased)
    }

    fn acknowledged(&self) -> usize {
        self.workers.iter().map(|(_, file)| acknowledged(file).len()).sum()
    }

    fn wait(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < RUN_MAX, "{what}: {} of {} are closed", self.closed(), self.cases);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every case is over, every history is whole, and every command that was acknowledged stands in one of them.
    fn account(mut self) -> Account {
        for (worker, _) in &mut self.workers {
            let _gone = worker.kill();
            worker.wait().unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (account, left) = runtime.block_on(async {
            let (store, centre) = (open(&self.url).await, CentreId::from("centre"));
            (account::of(&store, &centre).await, store.queues(&centre, None, 100, i64::MAX >> 13).await.unwrap())
        });
        assert_eq!(account.submissions.len(), self.cases);
        assert_eq!(left, [], "work is left over");
        for (_, file) in &self.workers {
            account.holds(acknowledged(file).iter().map(String::as_str));
        }
        assert!(self.acknowledged() >= self.cases * 3, "the acknowledged commands were written down");
        account
    }
}

/// A test that fails leaves no process behind.
impl Drop for Hall {
    fn drop(&mut self) {
        for (worker, _) in &mut self.workers {
            let _gone = (worker.kill(), worker.wait());
        }
    }
}

async fn open(url: &str) -> RedisStore {
    RedisStore::open(url, Options::default()).await.unwrap()
}

#[test]
fn processes_join_leave_and_die_and_every_case_ends() {
    let server = Server::start(&[]);
    let mut hall = Hall::with_cases(server.url());
    let (leaves, dies) = (hall.join("comprehensive=2,desk:bank=1", "4000"), hall.join("all=3", "4000"));
    hall.wait("both work", |hall| hall.workers.iter().all(|(_, file)| acknowledged(file).len() > 2));
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
    let asleep = acknowledged(&hall.workers[sleeps].1).len();
    hall.join("all=6", "20000");
    hall.wait("the other ends all", |hall| hall.closed() == CASES);
    hall.signal(sleeps, "CONT");
    std::thread::sleep(Duration::from_millis(1500));
    // What it had sent before it slept it may still hear of.
    assert!(acknowledged(&hall.workers[sleeps].1).len() <= asleep + 8);
    hall.account();
}

/// Who has the first step keeps it, and everything happens at its time, whosever clock is an hour off: ahead or behind, from
/// the start or all of a sudden.
#[test]
fn a_clock_an_hour_off_takes_nothing_from_anybody() {
    const HOUR: i64 = 3600;
    // The clock of the one who has the step, and the clock of the one who comes and of the applicant.
    let rows = [(RIGHT, (HOUR, 0)), ((-HOUR, 0), RIGHT), (RIGHT, (HOUR, 1)), ((-HOUR, 1), (-HOUR, 0))];
    std::thread::scope(|scope| {
        for (has, comes) in rows {
            scope.spawn(move || {
                let (server, began) = (Server::start(&[]), WallClock.now());
                let mut hall = Hall::handed_in(server.url(), 1, comes);
                hall.join_off("comprehensive=1", "400", has);
                hall.wait("it has the step", |hall| hall.in_hand("comprehensive") == 1);
                hall.join_off("all=2", "400", comes);
                hall.wait("the case ends", |hall| hall.closed() == 1);
                let account = hall.account();
                let kept = account.commands.values().any(|by| by.starts_with("comprehensive-1@"));
                assert!(kept, "{has:?} {comes:?}: the step was taken away");
                let (first, last) = account.span.unwrap();
                let around = began - 60_000..WallClock.now() + 60_000;
                assert!(around.contains(&first) && around.contains(&last), "{has:?} {comes:?}: {first} to {last}");
            });
        }
    });
}

#[test]
fn machines_may_keep_the_definitions_in_folders_of_their_own() {
    let server = Server::start(&[]);
    let mut hall = Hall::handed_in(server.url(), 1, RIGHT);
    let elsewhere = hall.place.path().join("elsewhere");
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows");
    assert!(Command::new("cp").arg("-r").arg(from).arg(&elsewhere).status().unwrap().success());
    let folder = elsewhere.display().to_string();
    let template = onething(&["case", "template", "bank-account-booking"]).output().unwrap();
    let mut application: Value = serde_json::from_slice(&template.stdout).unwrap();
    application["applicant"] = json!("别处");
    let file = hall.place.path().join("application.json");
    std::fs::write(&file, application.to_string()).unwrap();
    told(&["case", "submit", &file.display().to_string(), "--workflows", &folder, "--store", &hall.url, "--json"]);
    hall.cases = 2;
    hall.join("all=2", "20000");
    hall.wait("both end", |hall| hall.closed() == 2);
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

//! A child process commits and says what was acknowledged; it is killed, or its disk fills up; whatever it said must
//! be in the store, once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use onething_store::conformance::{T0, claim, task};
use onething_store::{
    CaseId, CentreId, Commit, CommitOutcome, EmbeddedStore, Filter, Index, Options, Store, StoreError, Verdict,
};

/// Tells a run of this test binary that it is the child, and where the store is.
const CHILD: &str = "ONETHING_STORE_CHILD";
/// Tells the child apart from those before it.
const ROUND: &str = "ONETHING_STORE_ROUND";
const KILLS: u32 = 12;
/// Writers of the child, each with cases of its own.
const WRITERS: usize = 8;
/// Blocks of 512 or 1024 bytes, as the shell has it: some megabytes, which fill within a second or two.
const FILE_BLOCKS: u32 = 8192;

fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory, Options::default()).unwrap()
}

fn centre() -> CentreId {
    "centre".into()
}

/// Not a test but the child: commits until it is killed or can no longer.
#[test]
fn child() {
    let Ok(directory) = std::env::var(CHILD) else { return };
    let round = std::env::var(ROUND).unwrap();
    let store = Arc::new(open(Path::new(&directory)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), round.clone(), writer))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// One line, whole: several writers say things at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}

async fn write(store: Arc<EmbeddedStore>, round: String, writer: usize) {
    let queue = format!("queue-{writer}");
    let mut held = None;
    for number in 0.. {
        let case = CaseId::from(format!("case-{writer}-{}", number % 5));
        let command = format!("{round}/{writer}/{number}");
        let version = store.load(&centre(), &case).await.unwrap().map_or(0, |it| it.version);
        let mut commit = Commit::new(centre(), command.as_str().into(), case.clone(), version, T0);
        (commit.events, commit.state) = (vec![vec![1; 100]], vec![2; 300]);
        commit.index = Index { state: "running".into(), package: "p".into(), applicant: command.clone() };
        commit.enqueue = vec![task(case.as_str(), (version as u32 + 1, &queue, 0, 0))];
        commit.settle = held.take_if(|it: &mut onething_store::Lease| it.task.case == case);
        commit.claim = Some(claim("w", &[&queue]));
        let mut failures = 0;
        loop {
            match store.commit(commit.clone()).await {
                Ok(CommitOutcome::Committed { claimed, .. }) => {
                    held = claimed.map(|it| it.lease);
                    say(&format!("ack {command} {case}"));
                    break;
                }
                Ok(CommitOutcome::Duplicate(_)) => break say(&format!("ack {command} {case}")),
                Ok(other) => panic!("{other:?}"),
                Err(error @ StoreError::Storage { .. }) if failures < 200 => {
                    if failures == 0 {
                        say(&format!("full {error}"));
                    }
                    failures += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        if failures > 0 {
            say("again");
        }
    }
}

fn start(directory: &Path, round: u32, blocks: Option<u32>) -> Child {
    let test = std::env::current_exe().unwrap();
    let limit = blocks.map_or(String::new(), |blocks| format!("trap '' XFSZ; ulimit -S -f {blocks}; "));
    let script = format!("{limit}exec \"$0\" --exact crash::child --nocapture");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(test).env(CHILD, directory).env(ROUND, round.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Everything said to be acknowledged is there, once, and every history is whole.
async fn check(directory: &Path, acknowledged: &BTreeMap<String, String>) {
    let store = open(directory);
    let mut times = BTreeMap::new();
    for found in store.search(&centre(), &Filter::default(), None, 1000).await.unwrap() {
        let loaded = store.load(&centre(), &found.case).await.unwrap().unwrap();
        let verdict = store.verify(&centre(), &found.case).await.unwrap();
        assert_eq!(verdict, Some(Verdict::Intact { version: loaded.version, head: loaded.head }));
        let mut from = 1;
        loop {
            let page = store.history(&centre(), &found.case, from, 1000).await.unwrap();
            let Some(last) = page.last() else { break };
            from = last.version + 1;
            for record in page {
                *times.entry(record.command.to_string()).or_insert(0) += 1;
            }
        }
    }
    for (command, case) in acknowledged {
        assert_eq!(times.get(command), Some(&1), "{command} of {case}");
        let reply = store.reply_of(&centre(), &command.as_str().into()).await.unwrap();
        assert_eq!(reply.map(|it| it.case), Some(CaseId::from(case.as_str())), "{command}");
    }
    assert!(times.values().all(|times| *times == 1));
    if let Some((command, case)) = acknowledged.last_key_value() {
        let again = Commit::new(centre(), command.as_str().into(), case.as_str().into(), 7_000_000, T0);
        assert!(matches!(store.commit(again).await.unwrap(), CommitOutcome::Duplicate(_)));
    }
}

fn note(acknowledged: &mut BTreeMap<String, String>, line: &str) -> bool {
    let mut words = line.split(' ');
    if words.next() != Some("ack") {
        return false;
    }
    let mut word = || words.next().unwrap().to_owned();
    acknowledged.insert(word(), word());
    true
}

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..KILLS {
        let mut child = start(directory.path(), round, None);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.by_ref().map(Result::unwrap).find(|line| note(&mut acknowledged, line));
        assert!(first.is_some(), "the child of round {round} acknowledged nothing");
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        // Anywhere in a transaction: one takes some milliseconds.
        let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        std::thread::sleep(Duration::from_micros(u64::from(nanos % 60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            note(&mut acknowledged, &line);
        }
        runtime.block_on(check(directory.path(), &acknowledged));
    }
    assert!(acknowledged.len() > KILLS as usize);
}

/// With the file at its size limit a commit fails with a sentence and the process lives; with the limit gone the same
/// store goes on, and nothing acknowledged before or after is lost.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_answer() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), 0, Some(FILE_BLOCKS));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut acknowledged, mut full, mut after) = (BTreeMap::new(), 0, 0);
    for line in lines.map(Result::unwrap) {
        if line.starts_with("full") {
            assert!(line.contains("存储读写失败") && line.contains("storage failed"), "{line}");
            full += 1;
        }
        if full == 1 {
            let pid = child.id().to_string();
            let freed = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
            if !freed.is_ok_and(|it| it.success()) {
                break;
            }
            full += 1;
        }
        if note(&mut acknowledged, &line) && full > 0 {
            after += 1;
        }
        if after > 100 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(full > 0, "the limit was never met");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(check(directory.path(), &acknowledged));
}

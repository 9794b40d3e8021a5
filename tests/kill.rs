//! The demo is killed without warning, fifty times, and goes on each time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use onething_engine::apply;
use onething_engine::case::Case;
use onething_engine::event::Event;
use onething_store::{CentreId, EmbeddedStore, Filter, Options, Store, Verdict};
use onething_worker::{Recorded, stream};
use rand::RngExt;

const KILLS: u32 = 50;
const CASES: u64 = 60;
/// A run that takes longer than this hangs.
const RUN_MAX: Duration = Duration::from_secs(120);
const SEED: &str = "ONETHING_SEED";

#[test]
fn fifty_kills_lose_nothing_and_do_nothing_twice() {
    let seed: u64 = std::env::var(SEED).map_or(1, |seed| seed.parse().unwrap());
    println!("replay: {SEED}={seed} cargo test --test onething fifty_kills");
    let rng = &mut stream(seed, &["kills"]);
    let (mut kills, mut round) = (0, 0);
    while kills < KILLS {
        round += 1;
        let data = tempfile::tempdir().unwrap();
        let acknowledged = data.path().join("acknowledged");
        loop {
            let mut demo = demo(data.path(), &acknowledged, seed + round).spawn().unwrap();
            let patience = if kills < KILLS { Duration::from_millis(rng.random_range(30..900)) } else { RUN_MAX };
            if finished(&mut demo, patience) {
                break;
            }
            assert!(kills < KILLS, "the demo did not come to its end in {RUN_MAX:?}");
            demo.kill().unwrap();
            demo.wait().unwrap();
            kills += 1;
        }
        account(data.path(), &acknowledged);
    }
    println!("{kills} kills over {round} demos of {CASES} cases");
}

fn demo(data: &Path, acknowledged: &Path, seed: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
    command.args(["demo", "--json", "--speed", "1500", "--cases", &CASES.to_string(), "--seed", &seed.to_string()]);
    command.arg("--data").arg(data.join("data")).arg("--acknowledged").arg(acknowledged);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn finished(demo: &mut std::process::Child, patience: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Some(status) = demo.try_wait().unwrap() {
            assert!(status.success(), "the demo ended with {status}");
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// Every case is there and over, every history verifies and rebuilds, every acknowledged command stands in it once.
fn account(data: &Path, acknowledged: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = EmbeddedStore::open(data.join("data"), Options::default()).unwrap();
        let centre = CentreId::from("centre");
        let cases = store.search(&centre, &Filter::default(), None, 1000).await.unwrap();
        assert_eq!(cases.len() as u64, CASES);
        let mut commands: BTreeMap<String, (String, u64, u64)> = BTreeMap::new();
        for found in cases {
            let case = found.case;
            let verdict = store.verify(&centre, &case).await.unwrap();
            assert!(
                matches!(verdict, Some(verdict) if !matches!(verdict, Verdict::Broken { .. })),
                "{case}: {verdict:?}"
            );
            let mut rebuilt = Case::default();
            let mut closed = BTreeSet::new();
            for record in store.history(&centre, &case, 1, 1000).await.unwrap() {
                let recorded: Recorded = serde_json::from_slice(&record.payload).unwrap();
                apply(&mut rebuilt, &recorded.event, recorded.at);
                if let Event::TaskClosed { task, .. } = recorded.event {
                    assert!(closed.insert(task), "{case}: the task {task} was closed twice");
                }
                let (of, first, last) = commands.entry(record.command.as_str().to_owned()).or_insert((
                    case.as_str().to_owned(),
                    record.version,
                    record.version,
                ));
                assert_eq!(of, case.as_str());
                assert!(
                    record.version <= *last + 1,
                    "{case}: {} was applied at {first} and again at {}",
                    record.command,
                    record.version
                );
                *last = record.version;
            }
            let state: Case =
                serde_json::from_slice(&store.load(&centre, &case).await.unwrap().unwrap().state).unwrap();
            assert_eq!(rebuilt, state, "{case}");
            assert!(state.status.is_closed(), "{case} is not over: {:?}", state.status);
        }
        // The last line may have been cut by the kill.
        let text = std::fs::read_to_string(acknowledged).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
        for command in whole.lines() {
            assert!(commands.contains_key(command), "{command} was acknowledged and is lost");
        }
        assert!(whole.lines().count() > 100, "the acknowledged commands were written down");
    });
}

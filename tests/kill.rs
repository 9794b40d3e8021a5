//! The demo is killed without warning, fifty times, and goes on each time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use onething_sim::chance::Source;
use onething_store::{CentreId, EmbeddedStore, Options};
use rand::RngExt;

use crate::account;

const KILLS: u32 = 50;
const CASES: u64 = 60;
/// A run that takes longer than this hangs.
const RUN_MAX: Duration = Duration::from_secs(120);
const SEED: &str = "ONETHING_SEED";

#[test]
fn fifty_kills_lose_nothing_and_do_nothing_twice() {
    let seed: u64 = std::env::var(SEED).map_or(1, |seed| seed.parse().unwrap());
    println!("replay: {SEED}={seed} cargo test --test onething fifty_kills");
    let rng = &mut Source::new(seed, &["kills"]).stream();
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

/// Every case is there and over, every history is whole, and every acknowledged command stands in one of them.
fn account(data: &Path, file: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = EmbeddedStore::open(data.join("data"), Options::default()).unwrap();
    let account = runtime.block_on(account::of(&store, &CentreId::from("centre")));
    assert_eq!(account.submissions.len() as u64, CASES);
    let acknowledged = account::acknowledged(file);
    account.holds(acknowledged.iter().map(String::as_str));
    assert!(acknowledged.len() > 100, "the acknowledged commands were written down");
}

//! Random work on the embedded store and on the memory store at once: every answer and every list is the same, and
//! stays the same when the file is closed and opened between two steps.

use std::path::Path;

use onething_store::conformance::T0;
use onething_store::{ChainHash, EmbeddedStore, MemoryStore, Options};

use crate::world::{Step, World, act, read, run};

/// Runs of the test: some seconds together.
const RUNS: u32 = 60;

fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory, Options { chain: Some(ChainHash::Sm3), ..Options::default() }).unwrap()
}

async fn check(steps: Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let memory = MemoryStore::new(ChainHash::Sm3);
    let mut embedded = open(directory.path());
    let mut world = World { centre: "c".into(), now_ms: T0, leases: Vec::new() };
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Pass { ms } => world.now_ms += ms,
            Step::Reopen => {
                drop(embedded);
                embedded = open(directory.path());
            }
            _ => {}
        }
        let (expect, lease) = act(&memory, &world, step).await;
        let (got, _) = act(&embedded, &world, step).await;
        assert_eq!(got, expect, "step {number}: {step:?}");
        world.leases.extend(lease);
        if number % 8 == 0 || number + 1 == steps.len() {
            assert_eq!(read(&embedded, &world).await, read(&memory, &world).await, "after step {number}: {step:?}");
        }
    }
}

#[test]
fn embedded_does_what_memory_does() {
    run(RUNS, "cargo test -p onething-store --test store embedded_does", check);
}

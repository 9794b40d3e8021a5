//! Random work on Redis and on the memory store at once: every answer and every list is the same, whichever of two
//! processes asks, one of which has just come up.

use std::sync::atomic::{AtomicU32, Ordering};

use onething_store::MemoryStore;
use onething_store::conformance::T0;
use onething_store_redis::{Options, RedisStore};

use crate::world::{Step, World, act, read, run};
use crate::{CLUSTER, SERVER};

/// Runs of each test: some seconds together.
const RUNS: u32 = 12;

async fn check(url: &str, steps: Vec<Step>) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let centre = format!("run-{}", NUMBER.fetch_add(1, Ordering::Relaxed)).into();
    let memory = MemoryStore::default();
    let mut redis = RedisStore::open(url, Options::default()).await.unwrap();
    let mut world = World { centre, now_ms: T0, leases: Vec::new() };
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Pass { ms } => world.now_ms += ms,
            // What one process remembers, another does not.
            Step::Reopen => redis = RedisStore::open(url, Options::default()).await.unwrap(),
            _ => {}
        }
        let (expect, lease) = act(&memory, &world, step).await;
        let (got, _) = act(&redis, &world, step).await;
        assert_eq!(got, expect, "step {number}: {step:?}");
        world.leases.extend(lease);
        if number % 16 == 15 || number + 1 == steps.len() {
            assert_eq!(read(&redis, &world).await, read(&memory, &world).await, "after step {number}: {step:?}");
        }
    }
}

#[test]
fn a_server_does_what_memory_does() {
    let url = SERVER.url();
    let test = "cargo test -p onething-store-redis --test redis a_server_does";
    run(RUNS, test, async |steps| check(&url, steps).await);
}

#[test]
fn a_cluster_does_what_memory_does() {
    let url = CLUSTER.url();
    let test = "cargo test -p onething-store-redis --test redis a_cluster_does";
    run(RUNS, test, async |steps| check(&url, steps).await);
}

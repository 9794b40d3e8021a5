//! The store on Redis against the conformance suite, against the store in memory, and against everything that goes
//! wrong with servers, all of them started here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod model;
mod outages;
mod topologies;
mod work;
// The steps are the same as for the other stores.
#[path = "../../store/tests/world.rs"]
mod world;

use std::sync::LazyLock;

use onething_store::conformance::Subject;
use onething_store_redis::{Options, RedisStore};
use redis_fixture::{Cluster, Server};
use tokio::runtime::Runtime;

/// Connections live as long as the runtime they were made on.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
/// One server and one cluster for all tests that break nothing; each test has centres of its own.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(&["appendfsync everysec"]));
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(3));

fn open(url: &str) -> RedisStore {
    RUNTIME.block_on(RedisStore::open(url, Options::default())).unwrap()
}

onething_store::conformance!(server, || Subject::new(open(&SERVER.url()), ()));
onething_store::conformance!(cluster, || Subject::new(open(&CLUSTER.url()), ()));

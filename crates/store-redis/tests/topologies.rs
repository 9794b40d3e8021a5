//! Replicas, sentinels, clusters, TLS and users.

use std::time::Duration;

use onething_store::conformance::{T0, claim, message, task};
use onething_store::{CommitOutcome, Store, StoreError};
use onething_store_redis::{Durability, Options, RedisStore};
use redis_fixture::{Certificates, Cluster, Guarded, Proxy, Server, Weather, free_port};

use crate::RUNTIME;
use crate::work::{Working, commit};

fn replicated() -> Options {
    Options { durability: Durability::Replicated { replicas: 1 }, ..Options::default() }
}

/// How long a failover may take, and the return of the old master: a sentinel whose clock jumps rests for half a minute
/// (TILT), and a busy machine makes it rest again.
const FAILOVER_MAX: Duration = Duration::from_secs(150);

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !done() {
        assert!(began.elapsed() < FAILOVER_MAX, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn too_few_replicas_leave_the_outcome_unknown_until_asked_again() {
    RUNTIME.block_on(async {
        let master = Server::start(&["repl-diskless-sync-delay 0"]);
        let replica = Server::start(&[&format!("replicaof 127.0.0.1 {}", master.port())]);
        until("the replica follows", || master.ask(&["INFO", "replication"]).contains("state=online")).await;
        let store = RedisStore::open(&master.url(), replicated()).await.unwrap();
        let centre = "c".into();
        let outcome = store.commit(commit(&centre, "a", "k", 0)).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Committed { version: 1, .. }));
        assert!(replica.ask(&["HKEYS", "onething:{c}:cases"]).contains('k'));

        replica.signal("STOP");
        for _ in 0..2 {
            let outcome = store.commit(commit(&centre, "b", "k", 1)).await;
            let Err(StoreError::Unacknowledged { acknowledged: 0, wanted: 1 }) = outcome else { panic!("{outcome:?}") };
        }
        // It is there, but whoever is given its answer takes it for acknowledged; a definition must be as safe as its cases.
        for outcome in [store.reply_of(&centre, &"b".into()).await.map(drop), store.put_blob("d", b"d").await] {
            assert!(matches!(outcome, Err(StoreError::Unacknowledged { .. })), "{outcome:?}");
        }
        // What was refused is known at once: nothing has to be waited for.
        let conflict = store.commit(commit(&centre, "c", "k", 7)).await.unwrap();
        assert_eq!(conflict, CommitOutcome::Conflict { actual: 2 });
        replica.signal("CONT");
        let outcome = store.commit(commit(&centre, "b", "k", 1)).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Duplicate(_)), "{outcome:?}");
        assert!(store.reply_of(&centre, &"b".into()).await.unwrap().is_some());
        store.put_blob("d", b"d").await.unwrap();
        assert_eq!(replica.ask(&["LLEN", "onething:{c}:history:k"]), "2");
    });
}

#[test]
fn nothing_acknowledged_by_a_replica_is_lost_with_the_master_of_a_guarded_pair() {
    RUNTIME.block_on(async {
        let mut guarded = Guarded::start();
        let url = guarded.url();
        let working = Working::start(&url, replicated()).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        guarded.pair[0].kill();
        let promoted = || guarded.pair[1].ask(&["ROLE"]).starts_with("master");
        until("the replica takes over", promoted).await;
        guarded.pair[0].restart();
        let joined = || guarded.pair[1].ask(&["INFO", "replication"]).contains("state=online");
        until("the old master follows", joined).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        working.account(&url).await;
    });
}

#[test]
fn nothing_acknowledged_by_a_replica_is_lost_with_a_master_of_a_cluster() {
    RUNTIME.block_on(async {
        let mut cluster = Cluster::start(3);
        let url = cluster.url();
        let working = Working::start(&url, replicated()).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let key = "onething:{c}:cases";
        let old = cluster.master_of(key).unwrap();
        cluster.nodes[old].kill();
        until("a replica takes over", || cluster.master_of(key).is_some_and(|it| it != old)).await;
        cluster.nodes[old].restart();
        cluster.settle();
        tokio::time::sleep(Duration::from_millis(500)).await;
        working.account(&url).await;
    });
}

#[test]
fn a_store_on_a_cluster_is_opened_while_a_replica_takes_over() {
    RUNTIME.block_on(async {
        let cluster = Cluster::start(3);
        let url = cluster.url();
        cluster.nodes[0].kill();
        let opening = tokio::spawn(async move { RedisStore::open(&url, Options::default()).await.map(drop) });
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Without a vote, so that it does not last longer on a busy machine.
        assert_eq!(cluster.nodes[3].ask(&["CLUSTER", "FAILOVER", "TAKEOVER"]), "OK");
        opening.await.unwrap().unwrap();
    });
}

/// The sentinels name the dead master until they have agreed on another, which may last longer than one opening tries.
#[test]
fn a_store_on_a_guarded_pair_is_opened_while_the_replica_takes_over() {
    RUNTIME.block_on(async {
        let guarded = Guarded::start();
        guarded.pair[0].kill();
        let began = std::time::Instant::now();
        while let Err(error) = RedisStore::open(&guarded.url(), Options::default()).await {
            assert!(!error.to_string().contains("in 1 attempts"), "{error}");
            assert!(began.elapsed() < FAILOVER_MAX, "{error}");
        }
        assert!(guarded.pair[1].ask(&["ROLE"]).starts_with("master"));
    });
}

/// It wakes up and takes itself for the master for a moment: nobody is told that anything was done there.
#[test]
fn a_master_that_slept_through_a_failover_acknowledges_nothing() {
    RUNTIME.block_on(async {
        let cluster = Cluster::start(3);
        let url = cluster.url();
        let working = Working::start(&url, replicated()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let key = "onething:{c}:cases";
        let old = cluster.master_of(key).unwrap();
        cluster.nodes[old].signal("STOP");
        until("a replica takes over", || cluster.master_of(key).is_some_and(|it| it != old)).await;
        cluster.nodes[old].signal("CONT");
        cluster.settle();
        tokio::time::sleep(Duration::from_millis(300)).await;
        working.account(&url).await;
    });
}

/// A replica that takes over has not heard of its master's last moments. It gives out no fence and no number of a message
/// that the master had given: who holds the old fence holds nothing, who acknowledges the old message removes no other.
#[test]
fn a_replica_that_takes_over_numbers_nothing_as_its_master_did() {
    RUNTIME.block_on(async {
        let master = Server::start(&["repl-diskless-sync-delay 0"]);
        let way = Proxy::before(master.port());
        let replica = Server::start(&[&format!("replicaof 127.0.0.1 {}", way.port())]);
        until("the replica follows", || master.ask(&["INFO", "replication"]).contains("state=online")).await;
        let (centre, work) = ("c".into(), claim("w", &["q"]));
        let send = async |store: &RedisStore, command: &str, version, after_ms| {
            let mut commit = commit(&centre, command, "k", version);
            (commit.now_ms, commit.outbox) = (T0 + after_ms, vec![message("t", command)]);
            if version == 0 {
                commit.enqueue = vec![task("k", (1, "q", 0, 0))];
            }
            assert!(matches!(store.commit(commit).await.unwrap(), CommitOutcome::Committed { .. }));
            store.outbox_read(&centre, 0, 10).await.unwrap()
        };
        let first = RedisStore::open(&master.url(), replicated()).await.unwrap();
        send(&first, "before", 0, 0).await;
        way.set(Weather::Cut);
        let last = RedisStore::open(&master.url(), Options::default()).await.unwrap();
        let lost = last.claim(&centre, &work, T0 + 1).await.unwrap().unwrap().lease;
        let unheard = send(&last, "unheard", 1, 2).await;
        let post = last.take_role(&centre, "post", &"one".into(), 60_000, T0 + 3).await.unwrap();
        master.kill();
        assert_eq!(replica.ask(&["REPLICAOF", "NO", "ONE"]), "OK");

        let next = RedisStore::open(&replica.url(), Options::default()).await.unwrap();
        assert_eq!(next.load(&centre, &"k".into()).await.unwrap().unwrap().version, 1, "it has not heard of it");
        let lease = next.claim(&centre, &work, T0 + 1000).await.unwrap().unwrap().lease;
        assert!(lease.fence > lost.fence, "{lease:?} {lost:?}");
        let other = send(&next, "other", 1, 1001).await;
        let taken = next.take_role(&centre, "post", &"other".into(), 60_000, T0 + 1002).await.unwrap();
        assert!(taken.fence > post.fence, "{taken:?} {post:?}");
        assert!(!next.say(&centre, "post", post.fence, b"mine", T0 + 1003).await.unwrap(), "one holds it no more");
        next.outbox_ack(&centre, &[unheard[1].sequence]).await.unwrap();
        assert_eq!(next.outbox_read(&centre, 0, 10).await.unwrap(), other, "another's message was removed");
    });
}

#[test]
fn a_user_needs_no_more_than_the_documentation_says() {
    RUNTIME.block_on(async {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/redis.md");
        let document = std::fs::read_to_string(document).unwrap();
        let rules = document.split("`~onething:*").nth(1).and_then(|rest| rest.split('`').next()).expect("the rules");
        let server = Server::start(&[]);
        let mut words = vec!["ACL", "SETUSER", "centre", "on", ">p@ss", "~onething:*"];
        words.extend(rules.split_whitespace());
        assert_eq!(server.ask(&words), "OK");
        server.ask(&["ACL", "SETUSER", "default", "off"]);
        let url = |login: &str| server.url().replace("redis://", &format!("redis://{login}@"));
        let store = RedisStore::open(&url("centre:p%40ss"), Options::default()).await.unwrap();
        let subject = onething_store::conformance::Subject::new(store, ());
        onething_store::conformance::leases::settle_and_claim_is_one_step(subject).await;
        let store = RedisStore::open(&url("centre:p%40ss"), Options::default()).await.unwrap();
        let subject = onething_store::conformance::Subject::new(store, ());
        onething_store::conformance::lookups::messages_wait_until_acknowledged(subject).await;
        let error = RedisStore::open(&url("centre:wrong"), Options::default()).await.err().expect("a refusal");
        assert!(error.to_string().contains("password"), "{error}");
    });
}

#[test]
fn connections_are_encrypted_and_the_server_is_known_by_its_certificate() {
    RUNTIME.block_on(async {
        let (certificates, port) = (Certificates::make(), free_port());
        let settings = certificates.settings(port);
        let _server = Server::start(&settings.iter().map(String::as_str).collect::<Vec<_>>());
        let path = |name: &str| certificates.path(name).display().to_string();
        let with = format!(
            "rediss://127.0.0.1:{port}?ca={}&cert={}&key={}",
            path("ca.pem"),
            path("cert.pem"),
            path("key.pem")
        );
        let store = RedisStore::open(&with, Options::default()).await.unwrap();
        let outcome = store.commit(commit(&"c".into(), "a", "k", 0)).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Committed { .. }));
        assert_eq!(store.due_timers(&"c".into(), T0, 1).await.unwrap(), []);
        let unknown = format!("rediss://127.0.0.1:{port}?cert={}&key={}", path("cert.pem"), path("key.pem"));
        assert!(RedisStore::open(&unknown, Options::default()).await.is_err(), "an unknown authority was believed");
    });
}

//! One server: what happens when it dies, stops, forgets, is full, or the way to it fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use onething_store::conformance::{T0, claim, task};
use onething_store::{CentreId, CommitOutcome, Store, StoreError};
use onething_store_redis::{Options, RedisStore};
use redis_fixture::{Proxy, Server, Weather};

use crate::RUNTIME;
use crate::work::{Working, commit};
use crate::world::SEED;

/// An error comes within this time.
const ANSWER_MAX: Duration = Duration::from_secs(5);

async fn open(url: &str) -> Arc<RedisStore> {
    Arc::new(RedisStore::open(url, Options::default()).await.unwrap())
}

fn centre() -> CentreId {
    "c".into()
}

async fn fails_in_time(store: &RedisStore, command: &str) {
    let began = Instant::now();
    let outcome = store.commit(commit(&centre(), command, "k", 0)).await;
    assert!(matches!(outcome, Err(StoreError::Server { .. })), "{outcome:?}");
    assert!(began.elapsed() < ANSWER_MAX, "an error after {:?}", began.elapsed());
}

#[test]
fn a_dead_or_stopped_server_is_an_error_in_time_and_no_harm_afterwards() {
    RUNTIME.block_on(async {
        let mut server = Server::start(&[]);
        let store = open(&server.url()).await;
        server.kill();
        fails_in_time(&store, "dead").await;
        server.restart();
        assert!(matches!(
            store.commit(commit(&centre(), "up", "k", 0)).await,
            Ok(CommitOutcome::Committed { version: 1, .. })
        ));
        server.signal("STOP");
        fails_in_time(&store, "stopped").await;
        server.signal("CONT");
        // It may have been done, late; asked again, there is one answer.
        let again = store.commit(commit(&centre(), "stopped", "k", 0)).await.unwrap();
        assert!(matches!(again, CommitOutcome::Duplicate(_) | CommitOutcome::Conflict { actual: 1 }), "{again:?}");
    });
}

/// Opening a store tries as long as any other call.
#[test]
fn a_store_is_opened_although_the_server_comes_up_only_now() {
    RUNTIME.block_on(async {
        let mut server = Server::start(&[]);
        server.kill();
        let (began, url) = (Instant::now(), server.url());
        let error = RedisStore::open(&url, Options::default()).await.err().expect("nobody is there");
        assert!(matches!(error, StoreError::Server { .. }), "{error}");
        assert!(!error.to_string().contains("in 1 attempts"), "{error}");
        assert!(began.elapsed() < ANSWER_MAX, "an error after {:?}", began.elapsed());

        let opening = tokio::spawn(async move { RedisStore::open(&url, Options::default()).await.map(drop) });
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.restart();
        opening.await.unwrap().unwrap();
    });
}

#[test]
fn nothing_acknowledged_is_lost_to_kills_of_the_server() {
    RUNTIME.block_on(async {
        let mut server = Server::start(&[]);
        let url = server.url();
        let working = Working::start(&url, Options::default()).await;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            server.kill();
            server.restart();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        working.account(&url).await;
    });
}

/// One spell of bad weather after the other between those who work and the server.
#[test]
fn nothing_acknowledged_is_lost_in_bad_weather() {
    let seed: u64 = match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into(),
    };
    println!("repeat with: {SEED}={seed} cargo test -p onething-store-redis --test redis in_bad_weather");
    // Splitmix: the spells need no better.
    let mut state = seed;
    let mut below = |bound: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 33) % bound
    };
    RUNTIME.block_on(async {
        let server = Server::start(&[]);
        let proxy = Proxy::before(server.port());
        let working = Working::start(&proxy.url(), Options::default()).await;
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(below(60))).await;
            let late = Weather::Late(below(60) as u32);
            proxy.set([Weather::LoseReplies, Weather::Cut, Weather::Silent, late][below(4) as usize]);
            tokio::time::sleep(Duration::from_millis(below(250))).await;
            proxy.set(Weather::Fair);
        }
        working.account(&server.url()).await;
    });
}

/// The answer to a commit is lost, the commit is not, nor is the task claimed with it.
#[test]
fn a_lost_answer_is_given_again() {
    RUNTIME.block_on(async {
        let server = Server::start(&[]);
        let proxy = Proxy::before(server.port());
        let (near, far) = (open(&server.url()).await, open(&proxy.url()).await);
        let mut first = commit(&centre(), "first", "k", 0);
        first.enqueue = (1..=3).map(|number| task("k", (number, "q", 0, 0))).collect();
        far.commit(first).await.unwrap();

        let losing = async || {
            proxy.set(Weather::LoseReplies);
            let cuts = proxy.cuts();
            while proxy.cuts() < cuts + 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            proxy.set(Weather::Fair);
        };
        let (asked, here) = (claim("w", &["q"]), centre());
        let (claimed, ()) = tokio::join!(far.claim(&here, &asked, T0), losing());
        let lease = claimed.unwrap().expect("a task").lease;
        let depth = near.queues(&centre(), None, 10, T0).await.unwrap();
        assert_eq!((depth[0].waiting, depth[0].leased), (2, 1), "one claim takes one task");

        let mut second = commit(&centre(), "second", "k", 1);
        (second.settle, second.claim) = (Some(lease), Some(asked));
        let (outcome, ()) = tokio::join!(far.commit(second), losing());
        let Ok(CommitOutcome::Committed { version: 2, claimed: Some(claimed), .. }) = outcome else {
            panic!("{outcome:?}")
        };
        let depth = near.queues(&centre(), None, 10, T0).await.unwrap();
        assert_eq!((depth[0].waiting, depth[0].leased), (1, 1));
        let mut third = commit(&centre(), "third", "k", 2);
        third.settle = Some(claimed.lease);
        proxy.set(Weather::Late(300));
        assert!(matches!(far.commit(third).await.unwrap(), CommitOutcome::Committed { version: 3, .. }));
        assert_eq!(near.history(&centre(), &"k".into(), 1, 10).await.unwrap().len(), 3);
        proxy.set(Weather::Cut);
        fails_in_time(&far, "cut").await;
    });
}

#[test]
fn a_server_that_forgot_the_scripts_is_told_again() {
    RUNTIME.block_on(async {
        let server = Server::start(&[]);
        let store = open(&server.url()).await;
        for version in 0..5 {
            server.ask(&["SCRIPT", "FLUSH"]);
            let outcome = store.commit(commit(&centre(), &format!("c{version}"), "k", version)).await.unwrap();
            assert!(matches!(outcome, CommitOutcome::Committed { .. }), "{outcome:?}");
            server.ask(&["SCRIPT", "FLUSH"]);
            assert_eq!(store.claim(&centre(), &claim("w", &["q"]), T0).await.unwrap(), None);
        }
    });
}

#[test]
fn a_full_server_refuses_whole_and_says_what_to_change() {
    RUNTIME.block_on(async {
        let server = Server::start(&["maxmemory 6mb", "maxmemory-policy noeviction"]);
        let store = open(&server.url()).await;
        store.commit(commit(&centre(), "old", "old", 0)).await.unwrap();
        let mut version = 0;
        let error = loop {
            let mut commit = commit(&centre(), &format!("c{version}"), "k", version);
            commit.events = vec![vec![7; 100_000]];
            commit.enqueue = vec![task("k", (version as u32, "q", 0, 0))];
            match store.commit(commit).await {
                Ok(_) => version += 1,
                Err(error) => break error,
            }
            assert!(version < 200, "the limit was never met");
        };
        assert!(error.to_string().contains("maxmemory"), "{error}");
        let loaded = store.load(&centre(), &"k".into()).await.unwrap().unwrap();
        assert_eq!(loaded.version, version);
        assert_eq!(store.history(&centre(), &"k".into(), 1, 500).await.unwrap().len() as u64, version);
        let depth = store.queues(&centre(), None, 1, T0).await.unwrap();
        assert_eq!(depth[0].waiting, version);
        // What is to make room works: opening the store, and taking out what an archive has.
        let other = open(&server.url()).await;
        let old = other.load(&centre(), &"old".into()).await.unwrap().unwrap();
        assert!(other.forget(&centre(), &"old".into(), old.head).await.unwrap());
        assert_eq!(other.load(&centre(), &"old".into()).await.unwrap(), None);
        server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
        let reopened = other.commit(commit(&centre(), "reopened", "old", 0)).await;
        assert!(matches!(reopened, Err(StoreError::Invalid { .. })), "its number is taken: {reopened:?}");
        let again = store.commit(commit(&centre(), &format!("c{version}"), "k", version)).await.unwrap();
        assert!(matches!(again, CommitOutcome::Committed { .. }), "{again:?}");
    });
}

/// Who waits for work is woken by another process's commit, and again after the server was away.
#[test]
fn the_bell_rings_across_processes() {
    RUNTIME.block_on(async {
        let mut server = Server::start(&[]);
        let (one, other) = (open(&server.url()).await, open(&server.url()).await);
        let mut bell = one.bell(&centre()).await.unwrap().expect("a bell");
        let rung = async |bell: &mut tokio::sync::watch::Receiver<u64>| {
            tokio::time::timeout(Duration::from_secs(10), bell.changed()).await.expect("a ring").unwrap();
        };
        // It rings once by itself when it has begun to listen.
        rung(&mut bell).await;
        let mut first = commit(&centre(), "a", "k", 0);
        first.enqueue = vec![task("k", (1, "q", 0, 0))];
        other.commit(first).await.unwrap();
        rung(&mut bell).await;
        // Nobody is woken for a task that is queued and claimed in one.
        let rings = *bell.borrow();
        let mut own = commit(&centre(), "b", "own", 0);
        own.enqueue = vec![task("own", (1, "own", 0, 0))];
        own.claim = Some(claim("w", &["own"]));
        other.commit(own).await.unwrap();
        let mut second = commit(&centre(), "c", "own", 1);
        second.enqueue = vec![task("own", (2, "q", 0, 0)), task("own", (3, "own", 0, 0))];
        second.claim = Some(claim("w2", &["own"]));
        other.commit(second).await.unwrap();
        rung(&mut bell).await;
        assert_eq!(*bell.borrow(), rings + 1);
        server.kill();
        server.restart();
        rung(&mut bell).await;
        let lease = other.claim(&centre(), &claim("w", &["q"]), T0).await.unwrap().unwrap().lease;
        other.release(&centre(), &lease, T0, T0).await.unwrap();
        rung(&mut bell).await;
    });
}

#[test]
fn a_server_that_would_lose_work_is_refused() {
    RUNTIME.block_on(async {
        let check = async |settings: &[&str], word: &str| {
            let server = Server::start(settings);
            match RedisStore::open(&server.url(), Options::default()).await {
                Err(error @ StoreError::Unsafe { .. }) => assert!(error.to_string().contains(word), "{error}"),
                Err(error) => panic!("{error}"),
                Ok(_) => panic!("{settings:?} was accepted"),
            }
            let store = RedisStore::open(&server.url(), Options { accept_loss: true, ..Options::default() }).await;
            assert!(store.unwrap().findings().iter().any(|it| it.to_string().contains(word)));
        };
        check(&["appendonly no"], "appendonly yes").await;
        check(&["appendfsync no"], "appendfsync always").await;
        check(&["maxmemory 100mb", "maxmemory-policy allkeys-lru"], "noeviction").await;
    });
}

/// What a case is said to take is what it takes: the memory of many, divided by them.
#[test]
fn the_bytes_of_a_case_are_those_of_the_server() {
    RUNTIME.block_on(async {
        const CASES: u64 = 1500;
        let server = Server::start(&["appendfsync no", "activedefrag no"]);
        let options = Options { accept_loss: true, ..Options::default() };
        let store = RedisStore::open(&server.url(), options).await.unwrap();
        let fill = async |name: &str, count: u64| {
            for number in 0..count {
                let case = format!("{name}-{number}");
                for version in 0..4 {
                    let mut commit = commit(&centre(), &format!("{case}/{version}"), &case, version);
                    (commit.events, commit.state) = (vec![vec![b'e'; 300]], vec![b's'; 1500]);
                    store.commit(commit).await.unwrap();
                }
            }
        };
        // Tables that grow by doubling are grown before the count begins.
        fill("warm", 600).await;
        let before = store.used_memory(&centre()).await.unwrap();
        fill("k", CASES).await;
        let grown = (store.used_memory(&centre()).await.unwrap() - before) as f64 / CASES as f64;
        let told = store.case_bytes(&centre(), &"k-7".into()).await.unwrap().unwrap() as f64;
        assert!((0.75..1.25).contains(&(told / grown)), "told {told} bytes, measured {grown:.0}");
    });
}

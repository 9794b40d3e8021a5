//! What breaks. Each fault begins, lasts a while and is over when its function returns; the next one follows soon.

use std::time::{Duration, Instant};

use rand::RngExt;
use redis_fixture::Weather;

use crate::site::{Kind, LEASE_MS, Site};

/// How long a replica may take to take over.
const FAILOVER_MAX: Duration = Duration::from_secs(60);

/// Something that breaks.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) cause: fn(&mut Site),
}

const ANYWHERE: [Fault; 11] = [
    Fault { name: "kill -9 of a worker", cause: kill_worker },
    Fault { name: "a worker leaves and another comes", cause: change_shift },
    Fault { name: "SIGSTOP of a worker beyond its lease", cause: stop_worker },
    Fault { name: "kill -9 of Redis, back from its AOF", cause: kill_redis },
    Fault { name: "SIGSTOP of Redis", cause: stop_redis },
    Fault { name: "replies lost", cause: |site| weather(site, Weather::LoseReplies, 100..700) },
    Fault { name: "connections cut", cause: |site| weather(site, Weather::Cut, 100..700) },
    Fault { name: "answers late", cause: answers_late },
    Fault { name: "no answer at all", cause: |site| weather(site, Weather::Silent, 300..3000) },
    Fault { name: "scripts flushed", cause: flush_scripts },
    Fault { name: "memory full", cause: fill_memory },
];

const IN_A_CLUSTER: [Fault; 3] = [
    Fault { name: "kill -9 of the master, failover", cause: fail_over },
    Fault { name: "SIGSTOP of the master through a failover", cause: sleep_through_failover },
    Fault { name: "kill -9 of its replica", cause: kill_replica },
];

/// What breaks next.
pub(crate) fn next(site: &mut Site) -> Fault {
    let more = if site.kind == Kind::Cluster { &IN_A_CLUSTER[..] } else { &[] };
    let nth = site.rng.random_range(0..ANYWHERE.len() + more.len());
    *ANYWHERE.iter().chain(more).nth(nth).unwrap()
}

fn kill_worker(site: &mut Site) {
    let process = site.some_process();
    site.signal(process, "KILL");
    site.replace(process);
}

fn change_shift(site: &mut Site) {
    site.revive();
    let process = site.some_process();
    site.signal(process, "TERM");
    site.replace(process);
}

fn stop_worker(site: &mut Site) {
    site.revive();
    let process = site.some_process();
    site.signal(process, "STOP");
    std::thread::sleep(Duration::from_millis(LEASE_MS * 3 / 2));
    site.signal(process, "CONT");
}

/// The node that holds the centre, as soon as there is one.
fn holder(site: &Site) -> usize {
    let began = Instant::now();
    loop {
        if let Some(node) = site.holder() {
            return node;
        }
        assert!(began.elapsed() < FAILOVER_MAX, "no node holds the centre");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn kill_redis(site: &mut Site) {
    let node = holder(site);
    site.nodes()[node].kill();
    site.restart(node);
    site.settle();
}

fn stop_redis(site: &mut Site) {
    let node = holder(site);
    site.nodes()[node].signal("STOP");
    site.rest(200..1200);
    site.nodes()[node].signal("CONT");
    site.settle();
}

fn weather(site: &mut Site, weather: Weather, ms: std::ops::Range<u64>) {
    site.proxies().iter().for_each(|proxy| proxy.set(weather));
    site.rest(ms);
    site.proxies().iter().for_each(|proxy| proxy.set(Weather::Fair));
    site.settle();
}

fn answers_late(site: &mut Site) {
    let ms = site.rng.random_range(10..150);
    weather(site, Weather::Late(ms), 500..2500);
}

fn flush_scripts(site: &mut Site) {
    for node in site.nodes().iter().filter(|node| node.is_up()) {
        node.ask(&["SCRIPT", "FLUSH"]);
    }
}

fn fill_memory(site: &mut Site) {
    let set = |site: &Site, bytes: &str| {
        for node in site.nodes() {
            node.ask(&["CONFIG", "SET", "maxmemory", bytes]);
        }
    };
    set(site, "1");
    site.rest(300..1000);
    set(site, "0");
}

fn fail_over(site: &mut Site) {
    let old = holder(site);
    site.nodes()[old].kill();
    until_another_holds(site, old);
    site.restart(old);
    site.settle();
}

/// When it wakes up it takes itself for the master for a moment.
fn sleep_through_failover(site: &mut Site) {
    let old = holder(site);
    site.nodes()[old].signal("STOP");
    until_another_holds(site, old);
    site.nodes()[old].signal("CONT");
    site.settle();
}

fn until_another_holds(site: &Site, old: usize) {
    let began = Instant::now();
    while site.holder().is_none_or(|node| node == old) {
        assert!(began.elapsed() < FAILOVER_MAX, "no replica takes over");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Without it the outcome of every commit is unknown.
fn kill_replica(site: &mut Site) {
    let master = holder(site);
    let Some(replica) = replica_of(site, master) else { return };
    site.nodes()[replica].kill();
    site.rest(300..2000);
    site.restart(replica);
    site.settle();
}

fn replica_of(site: &Site, master: usize) -> Option<usize> {
    let (id, nodes) = (site.nodes()[master].ask(&["CLUSTER", "MYID"]), site.nodes());
    (0..nodes.len()).find(|node| {
        let known = nodes[*node].ask(&["CLUSTER", "NODES"]);
        let itself = known.lines().find(|line| line.contains("myself"));
        itself.is_some_and(|line| line.split(' ').nth(3) == Some(id.as_str()))
    })
}

//! A cluster.

use std::time::{Duration, Instant};

use crate::proxy::Proxy;
use crate::server::{Server, free_port};

/// How long the nodes may take to agree.
const AGREE_MAX: Duration = Duration::from_secs(60);
/// How long a node must be silent before the others take it for dead, in milliseconds.
const NODE_TIMEOUT_MS: u32 = 1500;
const SLOTS: u32 = 16_384;

/// Masters with one replica each.
pub struct Cluster {
    /// The nodes; in the beginning the first half are masters, and each has its replica half way up.
    pub nodes: Vec<Server>,
    /// The ways to the nodes, one for each where there are any: clients and replicas know a node only by its proxy.
    pub proxies: Vec<Proxy>,
}

impl Cluster {
    /// Starts a cluster of so many masters and as many replicas.
    ///
    /// # Panics
    /// It does not come up.
    pub fn start(masters: usize) -> Self {
        Self::make(masters, false)
    }

    /// The same with a proxy before each node.
    ///
    /// # Panics
    /// It does not come up.
    pub fn behind_proxies(masters: usize) -> Self {
        Self::make(masters, true)
    }

    fn make(masters: usize, behind_proxies: bool) -> Self {
        let starting: Vec<_> = (0..2 * masters).map(|_| std::thread::spawn(move || node(behind_proxies))).collect();
        let started: Vec<Node> = starting.into_iter().map(|it| it.join().unwrap()).collect();
        let buses: Vec<String> = started.iter().map(|node| node.bus.to_string()).collect();
        let mut cluster = Self { nodes: Vec::new(), proxies: Vec::new() };
        for node in started {
            cluster.nodes.push(node.server);
            cluster.proxies.extend(node.proxy);
        }
        let count = masters as u32;
        for (number, node) in (0..count).zip(&cluster.nodes) {
            let (first, last) = (number * SLOTS / count, (number + 1) * SLOTS / count - 1);
            node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
        }
        for (number, node) in cluster.nodes.iter().enumerate() {
            node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
        }
        for (node, bus) in cluster.nodes.iter().zip(&buses).skip(1) {
            cluster.nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &node.port().to_string(), bus]);
        }
        let all = cluster.nodes.len();
        cluster.wait("know each other", |node| {
            let nodes = node.ask(&["CLUSTER", "NODES"]);
            nodes.lines().count() == all && !nodes.contains("handshake")
        });
        for (master, replica) in cluster.nodes.iter().zip(&cluster.nodes[masters..]) {
            let id = master.ask(&["CLUSTER", "MYID"]);
            replica.ask(&["CLUSTER", "REPLICATE", &id]);
        }
        cluster.settle();
        cluster
    }

    /// Its address for a client: three of the nodes.
    pub fn url(&self) -> String {
        let seeds: Vec<String> = (0..3).map(|node| format!("127.0.0.1:{}", self.port(node))).collect();
        format!("redis+cluster://{}", seeds.join(","))
    }

    /// The port by which clients know a node.
    fn port(&self, node: usize) -> u16 {
        self.proxies.get(node).map_or_else(|| self.nodes[node].port(), Proxy::port)
    }

    /// The node that is master of a key now, by its place in `nodes`; none while there is none.
    ///
    /// # Panics
    /// No node answers.
    pub fn master_of(&self, key: &str) -> Option<usize> {
        let live = self.nodes.iter().find(|node| node.is_up()).expect("a live node");
        let slot: u32 = live.ask(&["CLUSTER", "KEYSLOT", key]).parse().unwrap();
        let nodes = live.ask(&["CLUSTER", "NODES"]);
        let holder = nodes.lines().find(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            words[2].contains("master") && !words[2].contains("fail") && words[8..].iter().any(|it| holds(it, slot))
        });
        let address = holder?.split(' ').nth(1).unwrap();
        let port: u16 = address.split(['@', ':']).nth(1).unwrap().parse().unwrap();
        (0..self.nodes.len()).find(|node| self.port(*node) == port)
    }

    /// Waits until every live node finds the cluster whole, every replica follows its master, and what it was sent as a
    /// whole is in its own file: killed before, a replica comes back with what it had before it was sent.
    pub fn settle(&self) {
        self.wait("agree", |node| {
            !node.is_up() || {
                let whole = node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
                let info = node.ask(&["INFO", "replication"]);
                let follows = info.contains("role:master") || info.contains("master_link_status:up");
                let info = node.ask(&["INFO", "persistence"]);
                let written =
                    ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"].iter().all(|it| info.contains(it));
                whole && follows && written
            }
        });
    }

    fn wait(&self, what: &str, done: impl Fn(&Server) -> bool) {
        let began = Instant::now();
        while !self.nodes.iter().all(&done) {
            assert!(began.elapsed() < AGREE_MAX, "the nodes of the cluster do not {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

struct Node {
    server: Server,
    bus: u16,
    proxy: Option<Proxy>,
}

fn node(behind_proxy: bool) -> Node {
    let (port, bus) = (free_port(), free_port());
    let mut settings = vec![
        "cluster-enabled yes".to_owned(),
        format!("cluster-port {bus}"),
        format!("cluster-node-timeout {NODE_TIMEOUT_MS}"),
        // A replica that has just been made must be able to take over at once.
        "cluster-replica-validity-factor 0".to_owned(),
        "repl-diskless-sync-delay 0".to_owned(),
        // A replica that was away for a moment is not sent everything again.
        "repl-backlog-size 64mb".to_owned(),
    ];
    let proxy = behind_proxy.then(|| Proxy::before(port));
    settings.extend(proxy.iter().map(|proxy| format!("cluster-announce-port {}", proxy.port())));
    let server = Server::start_at(port, &settings.iter().map(String::as_str).collect::<Vec<_>>());
    Node { server, bus, proxy }
}

/// Whether a range such as `0-5460`, or a single slot, holds a slot.
fn holds(range: &str, slot: u32) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    matches!((first.parse::<u32>(), last.parse::<u32>()), (Ok(first), Ok(last)) if first <= slot && slot <= last)
}

//! Where it happens: the servers, the ways to them, and the processes that work.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use onething_sim::chance::Source;
use onething_store::CentreId;
use rand::RngExt;
use redis_fixture::{Cluster, Proxy, Server};

use crate::account;
use crate::clock_off::clock_off;

/// What the clocks of the processes are off, in seconds, and how many seconds after each has started.
const CLOCKS: [(i64, u32); 3] = [(0, 0), (3600, 0), (-3600, 3)];
/// A lease: what a dead process held is taken over after this.
pub(crate) const LEASE_MS: u64 = 2000;
/// The key that tells which node holds the centre.
const KEY: &str = "onething:{centre}:cases";

pub(crate) fn centre() -> CentreId {
    "centre".into()
}

/// What the store is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One server.
    Server,
    /// Three masters with a replica each.
    Cluster,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Server, Self::Cluster];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Server => "one server, local",
            Self::Cluster => "cluster of 3 + 3, replicated by 1",
        }
    }

    /// How many replicas must have a command before it is acknowledged.
    pub(crate) fn replicas(self) -> u32 {
        match self {
            Self::Server => 0,
            Self::Cluster => 1,
        }
    }
}

/// The servers.
enum Servers {
    One(Box<Server>, Proxy),
    Cluster(Cluster),
}

/// One process: who works there is known by its number.
struct Process {
    child: Child,
    /// What its clock is off.
    clock: (i64, u32),
}

pub(crate) struct Site {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    servers: Servers,
    processes: Vec<Process>,
    place: tempfile::TempDir,
    /// The processes there ever were, each with a file of acknowledged commands and one of what it said.
    started: usize,
    worked: BTreeSet<String>,
    pub(crate) rng: rand_pcg::Pcg64Mcg,
}

impl Site {
    pub(crate) fn open(kind: Kind, seed: u64, round: u64) -> Self {
        let (servers, url) = match kind {
            Kind::Server => {
                let server = Server::start(&[]);
                let proxy = Proxy::before(server.port());
                let url = proxy.url();
                (Servers::One(Box::new(server), proxy), url)
            }
            Kind::Cluster => {
                let cluster = Cluster::behind_proxies(3);
                let url = cluster.url();
                (Servers::Cluster(cluster), url)
            }
        };
        let (place, rng) =
            (tempfile::tempdir().unwrap(), Source::new(seed, &["torture", kind.name(), &round.to_string()]).stream());
        let mut site =
            Self { kind, url, servers, processes: Vec::new(), place, started: 0, worked: BTreeSet::new(), rng };
        for clock in CLOCKS {
            let child = site.process(clock);
            site.processes.push(Process { child, clock });
        }
        site
    }

    /// Waits for a time between two numbers of milliseconds.
    pub(crate) fn rest(&mut self, ms: std::ops::Range<u64>) {
        let ms = self.rng.random_range(ms);
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn file(&self, what: &str, number: usize) -> PathBuf {
        self.place.path().join(format!("{what}-{number}"))
    }

    fn process(&mut self, clock: (i64, u32)) -> Child {
        let number = self.started;
        self.started += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
        command.args(["worker", "--store", &self.url, "--replicas", &self.kind.replicas().to_string()]);
        command.args(["--windows", "comprehensive+bank+issuing+incidents=6", "--services", "3"]);
        command.args(["--lease-ms", &LEASE_MS.to_string(), "--pace", "100000"]);
        command.arg("--acknowledged").arg(self.file("acknowledged", number)).current_dir(env!("CARGO_MANIFEST_DIR"));
        clock_off(&mut command, clock.0, clock.1);
        let said = std::fs::File::create(self.file("said", number)).unwrap();
        command.stdout(Stdio::null()).stderr(said).spawn().unwrap()
    }

    pub(crate) fn some_process(&mut self) -> usize {
        self.rng.random_range(0..self.processes.len())
    }

    pub(crate) fn signal(&self, process: usize, name: &str) {
        let pid = self.processes[process].child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Starts another process in the place of one that was told to end, when it has.
    pub(crate) fn replace(&mut self, process: usize) {
        self.processes[process].child.wait().unwrap();
        self.processes[process].child = self.process(self.processes[process].clock);
    }

    /// Starts those again that could not begin: an address that does not answer ends a process that has just come up.
    pub(crate) fn revive(&mut self) {
        for process in 0..self.processes.len() {
            if self.processes[process].child.try_wait().unwrap().is_some() {
                self.replace(process);
            }
        }
    }

    pub(crate) fn nodes(&self) -> &[Server] {
        match &self.servers {
            Servers::One(server, _) => std::slice::from_ref(server),
            Servers::Cluster(cluster) => &cluster.nodes,
        }
    }

    pub(crate) fn proxies(&self) -> &[Proxy] {
        match &self.servers {
            Servers::One(_, proxy) => std::slice::from_ref(proxy),
            Servers::Cluster(cluster) => &cluster.proxies,
        }
    }

    pub(crate) fn restart(&mut self, node: usize) {
        match &mut self.servers {
            Servers::One(server, _) => server.restart(),
            Servers::Cluster(cluster) => cluster.nodes[node].restart(),
        }
    }

    /// The node that holds the centre; none in the moment between two.
    pub(crate) fn holder(&self) -> Option<usize> {
        match &self.servers {
            Servers::One(..) => Some(0),
            Servers::Cluster(cluster) => cluster.master_of(KEY),
        }
    }

    /// Waits until the nodes agree again.
    pub(crate) fn settle(&self) {
        if let Servers::Cluster(cluster) = &self.servers {
            cluster.settle();
        }
    }

    /// Ends the processes; every command that one of them was told of.
    pub(crate) fn close(&mut self) -> Vec<String> {
        for Process { child, .. } in &mut self.processes {
            let _gone = child.kill();
            child.wait().unwrap();
        }
        for number in 0..self.started {
            let said = std::fs::read_to_string(self.file("said", number)).unwrap_or_default();
            // It begins with who it is.
            let name = said.split_once("(process ").and_then(|(_, rest)| rest.split_once(')'));
            self.worked.extend(name.map(|(name, _)| name.to_owned()));
        }
        (0..self.started).flat_map(|number| account::acknowledged(&self.file("acknowledged", number))).collect()
    }

    /// Whether somebody of that name worked here.
    pub(crate) fn has_worked(&self, name: &str) -> bool {
        name.rsplit_once('@').is_some_and(|(_, process)| self.worked.contains(process))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for Process { child, .. } in &mut self.processes {
            let _gone = (child.kill(), child.wait());
        }
    }
}

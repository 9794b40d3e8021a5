//! A master and a replica, and the sentinels that watch them.

use std::time::{Duration, Instant};

use crate::server::{Server, free_port};

/// What the sentinels call the master.
const MASTER: &str = "centre";
/// How long the sentinels may take to see each other.
const MEET_MAX: Duration = Duration::from_secs(30);

/// A pair guarded by three sentinels.
pub struct Guarded {
    /// The pair; in the beginning the first is the master.
    pub pair: [Server; 2],
    sentinels: Vec<Server>,
}

impl Guarded {
    /// Starts all five.
    ///
    /// # Panics
    /// They do not come up.
    pub fn start() -> Self {
        let master = Server::start(&["repl-diskless-sync-delay 0"]);
        let port = master.port();
        let replica = Server::start(&["repl-diskless-sync-delay 0", &format!("replicaof 127.0.0.1 {port}")]);
        let monitor = format!("sentinel monitor {MASTER} 127.0.0.1 {port} 2");
        let settings = [
            monitor.as_str(),
            &format!("sentinel down-after-milliseconds {MASTER} 1000"),
            &format!("sentinel failover-timeout {MASTER} 3000"),
        ];
        let sentinels = (0..3).map(|_| Server::sentinel(free_port(), &settings)).collect();
        let guarded = Self { pair: [master, replica], sentinels };
        let began = Instant::now();
        let ready = |sentinel: &Server| {
            let said = sentinel.ask(&["SENTINEL", "MASTER", MASTER]);
            let lines: Vec<&str> = said.lines().collect();
            let value = |name: &str| lines.iter().position(|line| *line == name).map(|at| lines[at + 1]);
            value("num-slaves") == Some("1") && value("num-other-sentinels") == Some("2")
        };
        while !guarded.sentinels.iter().all(ready)
            || !guarded.pair[1].ask(&["INFO", "replication"]).contains("master_link_status:up")
        {
            assert!(began.elapsed() < MEET_MAX, "the sentinels do not see each other");
            std::thread::sleep(Duration::from_millis(50));
        }
        guarded
    }

    /// Its address for a client: the sentinels and the name of the master.
    pub fn url(&self) -> String {
        let sentinels: Vec<String> = self.sentinels.iter().map(|it| format!("127.0.0.1:{}", it.port())).collect();
        format!("redis+sentinel://{}/{MASTER}", sentinels.join(","))
    }
}

//! One server.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{INSTALL, wire};

/// How long a server may take to come up.
const START_MAX: Duration = Duration::from_secs(30);
/// How often a server is asked that hangs up.
const ASKED_MAX: u32 = 10;

/// Starts the server and waits for the end of its own input, which is the end of whoever started it: a test that is
/// killed leaves nothing behind.
const GUARD: &str = "redis-server \"$1/redis.conf\" $2 > \"$1/log\" 2>&1 < /dev/null & echo $!; cat > /dev/null; \
                     kill -9 $! 2> /dev/null; rm -rf \"$1\"";

/// A running server.
pub struct Server {
    port: u16,
    pid: u32,
    mode: &'static str,
    guard: Child,
    directory: TempDir,
}

impl Server {
    /// A server that writes everything to disk before it answers, with further lines of configuration.
    ///
    /// # Panics
    /// There is no `redis-server`, or it does not come up.
    pub fn start(settings: &[&str]) -> Self {
        Self::start_at(free_port(), settings)
    }

    /// The same at a port.
    pub(crate) fn start_at(port: u16, settings: &[&str]) -> Self {
        let durable = ["save \"\"", "appendonly yes", "appendfsync always"];
        Self::run(port, &[&durable, settings].concat(), "")
    }

    /// A sentinel.
    pub(crate) fn sentinel(port: u16, settings: &[&str]) -> Self {
        Self::run(port, settings, "--sentinel")
    }

    fn run(port: u16, settings: &[&str], mode: &'static str) -> Self {
        let directory = tempfile::Builder::new().prefix("onething-redis-").tempdir().unwrap();
        let mut text = format!("port {port}\nbind 127.0.0.1\ndir {}\n", directory.path().display());
        for line in settings {
            text.push_str(line);
            text.push('\n');
        }
        std::fs::write(directory.path().join("redis.conf"), text).unwrap();
        let (guard, pid) = guarded(directory.path(), mode);
        let server = Self { port, pid, mode, guard, directory };
        server.wait();
        server
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address for a client.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Its folder: data, configuration and log.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Asks it something; the answer as text, one line for each element of a list. Asked again when it hangs up, as a
    /// server does with everybody when it takes over or steps back.
    ///
    /// # Panics
    /// It does not answer.
    pub fn ask(&self, words: &[&str]) -> String {
        let hung_up =
            |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe);
        let mut asked = 1;
        loop {
            match wire::ask(self.port, words) {
                Ok(answer) => return answer,
                Err(error) if hung_up(error.kind()) && asked < ASKED_MAX => asked += 1,
                Err(error) => panic!("{words:?}: {error}\n{}", self.log()),
            }
        }
    }

    /// Sends a signal, `KILL`, `STOP` or `CONT`.
    ///
    /// # Panics
    /// There is no such process.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid.to_string()]).status().unwrap();
        assert!(status.success(), "kill -{name} {}", self.pid);
    }

    /// Kills it without warning.
    pub fn kill(&self) {
        self.signal("KILL");
        while wire::ask(self.port, &["PING"]).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again on its data, after [`Server::kill`].
    pub fn restart(&mut self) {
        // The old guard lives as long as its input, and takes the folder with it.
        let (guard, pid) = guarded(self.directory.path(), self.mode);
        let mut old = std::mem::replace(&mut self.guard, guard);
        old.kill().unwrap();
        old.wait().unwrap();
        self.pid = pid;
        self.wait();
    }

    /// Whether it answers.
    pub fn is_up(&self) -> bool {
        wire::ask(self.port, &["PING"]).is_ok_and(|answer| answer == "PONG")
    }

    fn wait(&self) {
        let began = Instant::now();
        while !self.is_up() {
            assert!(began.elapsed() < START_MAX, "redis-server did not come up\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // It kills the server and ends; if it does not, its folder remains.
        let _ended = self.guard.wait();
    }
}

fn guarded(directory: &Path, mode: &str) -> (Child, u32) {
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    assert!(found.is_ok(), "redis-server is missing: install it with `{INSTALL}`");
    let mut command = Command::new("sh");
    command.arg("-c").arg(GUARD).arg("guard").arg(directory).arg(mode).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut guard = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(guard.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (guard, line.trim().parse().unwrap())
}

/// Ports that no connection is given as its own: one that happened to get the port of a server which is down just now
/// would keep it from coming up again.
const PORTS: std::ops::Range<u16> = 10_000..32_000;

/// A port of 127.0.0.1 that nobody listens on.
///
/// # Panics
/// There is none.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Other processes look for ports as well: each begins elsewhere.
    static FIRST: LazyLock<u32> = LazyLock::new(|| RandomState::new().build_hasher().finish() as u32 % 1_000_000);
    let count = u32::from(PORTS.end - PORTS.start);
    for _ in 0..count {
        let offset = (*FIRST + NEXT.fetch_add(1, Ordering::Relaxed)) % count;
        let port = PORTS.start + offset as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}

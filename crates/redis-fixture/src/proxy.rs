//! A way to a server on which things go wrong.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// What the proxy does with what passes through it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weather {
    /// Passes everything on.
    Fair,
    /// Passes commands on, and cuts the connection instead of passing on an answer.
    LoseReplies,
    /// Passes everything on, this many milliseconds late.
    Late(u32),
    /// Takes connections and cuts them.
    Cut,
    /// Takes everything and passes nothing on; a connection on which anything came is cut when the silence ends, for
    /// nothing is ever lost in the middle of one.
    Silent,
}

const FAIR: u32 = 0;
const LOSE_REPLIES: u32 = 1;
const CUT: u32 = 2;
const SILENT: u32 = 3;
const LATE: u32 = 4;
/// How often a silent proxy looks whether the weather has changed.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A proxy before a server.
pub struct Proxy {
    port: u16,
    weather: Arc<AtomicU32>,
    cut: Arc<AtomicU64>,
}

impl Proxy {
    /// A proxy before the server at a port of 127.0.0.1; it lasts as long as the process.
    ///
    /// # Panics
    /// There is no free port.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (weather, cut) = (Arc::new(AtomicU32::new(FAIR)), Arc::new(AtomicU64::new(0)));
        let (seen, count) = (weather.clone(), cut.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, count) = (seen.clone(), count.clone());
                std::thread::spawn(move || pass(client, server, seen, count));
            }
        });
        Self { port, weather, cut }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address for a client.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Changes the weather, for connections there are as well.
    pub fn set(&self, weather: Weather) {
        let number = match weather {
            Weather::Fair => FAIR,
            Weather::LoseReplies => LOSE_REPLIES,
            Weather::Cut => CUT,
            Weather::Silent => SILENT,
            Weather::Late(ms) => LATE + ms,
        };
        self.weather.store(number, Ordering::SeqCst);
    }

    /// Connections cut so far.
    pub fn cuts(&self) -> u64 {
        self.cut.load(Ordering::SeqCst)
    }
}

fn pass(client: TcpStream, server: u16, weather: Arc<AtomicU32>, cut: Arc<AtomicU64>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
    for stream in [&client, &server] {
        let _slower = stream.set_nodelay(true);
    }
    let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { return };
    let (seen, count) = (weather.clone(), cut.clone());
    std::thread::spawn(move || pump(from_client, to_server, &seen, &count, false));
    pump(server, client, &weather, &cut, true);
}

fn pump(mut from: TcpStream, mut to: TcpStream, weather: &AtomicU32, cut: &AtomicU64, replies: bool) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        match weather.load(Ordering::SeqCst) {
            FAIR => {}
            LOSE_REPLIES if !replies => {}
            LOSE_REPLIES | CUT => {
                cut.fetch_add(1, Ordering::SeqCst);
                break;
            }
            SILENT => {
                while weather.load(Ordering::SeqCst) == SILENT {
                    std::thread::sleep(LOOK_EVERY);
                }
                cut.fetch_add(1, Ordering::SeqCst);
                break;
            }
            late => std::thread::sleep(Duration::from_millis(u64::from(late - LATE))),
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _gone = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

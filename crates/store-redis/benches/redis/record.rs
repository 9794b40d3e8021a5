//! What the product sends, byte for byte, and sending it again from a bare loop.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Commands in flight in the bare loop: two batches of half as many.
const BATCH: usize = 32;

/// A way to a server that remembers what went to it.
pub(crate) struct Recorder {
    port: u16,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = bytes.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", server)).expect("the server");
                let (answers, asker) = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
                std::thread::spawn(move || pump(answers, asker, None));
                let kept = kept.clone();
                std::thread::spawn(move || pump(client, server, Some(&kept)));
            }
        });
        Self { port, bytes }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The scripts that were called, in order.
    pub(crate) fn commands(&self) -> Vec<Vec<u8>> {
        let bytes = self.bytes.lock().expect("the bytes").clone();
        let (mut rest, mut commands) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let before = rest;
            skip(&mut rest);
            let command = &before[..before.len() - rest.len()];
            if command.windows(9).take(20).any(|word| word == b"EVALSHA\r\n") {
                commands.push(command.to_vec());
            }
        }
        commands
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, kept: Option<&Mutex<Vec<u8>>>) {
    let _slower = to.set_nodelay(true);
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if let Some(kept) = kept {
            kept.lock().expect("the bytes").extend_from_slice(&bytes[..count]);
        }
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

/// Sends commands as fast as the server takes them, `2 * BATCH` in flight; the seconds it took.
pub(crate) fn replay(port: u16, commands: &[Vec<u8>]) -> f64 {
    let mut to = TcpStream::connect(("127.0.0.1", port)).expect("the server");
    to.set_nodelay(true).expect("a socket");
    let mut answers = BufReader::with_capacity(1 << 18, to.try_clone().expect("a socket"));
    let batches: Vec<(usize, Vec<u8>)> = commands.chunks(BATCH).map(|batch| (batch.len(), batch.concat())).collect();
    let started = Instant::now();
    let mut in_flight = std::collections::VecDeque::new();
    for (count, bytes) in &batches {
        to.write_all(bytes).expect("the server takes it");
        in_flight.push_back(*count);
        if in_flight.len() == 2 {
            (0..in_flight.pop_front().unwrap_or(0)).for_each(|_| skip(&mut answers));
        }
    }
    in_flight.into_iter().for_each(|count| (0..count).for_each(|_| skip(&mut answers)));
    started.elapsed().as_secs_f64()
}

/// Reads one command or answer.
fn skip(from: &mut impl BufRead) {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).expect("a line");
    let text = std::str::from_utf8(&line).expect("a line").trim_end();
    let (kind, number) = text.split_at(1);
    match kind {
        "*" => (0..number.parse::<i64>().expect("a length")).for_each(|_| skip(from)),
        "$" => {
            let length: i64 = number.parse().expect("a length");
            if length >= 0 {
                let mut bytes = vec![0; length as usize + 2];
                from.read_exact(&mut bytes).expect("the bytes");
            }
        }
        "-" => panic!("the server said {text}"),
        _ => {}
    }
}

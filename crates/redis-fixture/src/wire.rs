//! A command and its answer, as little as tests need.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Asks the server at a port; the answer as text, one line for each element of a list.
pub(crate) fn ask(port: u16, words: &[&str]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut text = format!("*{}\r\n", words.len());
    for word in words {
        text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(text.as_bytes())?;
    let mut lines = Vec::new();
    read(&mut BufReader::new(stream), &mut lines)?;
    Ok(lines.join("\n"))
}

fn read(stream: &mut impl BufRead, lines: &mut Vec<String>) -> std::io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let Some((kind, rest)) = line.split_at_checked(1) else {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    };
    match kind {
        "$" => match rest.parse::<usize>() {
            Ok(length) => {
                let mut bytes = vec![0; length + 2];
                stream.read_exact(&mut bytes)?;
                lines.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
            Err(_) => lines.push(String::new()),
        },
        "*" => {
            for _ in 0..rest.parse().unwrap_or(0) {
                read(stream, lines)?;
            }
        }
        "-" => lines.push(line.to_owned()),
        _ => lines.push(rest.to_owned()),
    }
    Ok(())
}

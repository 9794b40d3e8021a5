//! `onething ticket take`: somebody takes a number at a hall, waits, is called, and hands in at the window.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::case::submit::APPLICATION_BYTES_MAX;
use super::hall::DOOR;
use crate::exit::{BROKEN, Failure, Outcome, REFUSED, USAGE};
use crate::files;

/// What is done with tickets.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 取号，等候叫号，在窗口交件；按 Ctrl-C 就是不等了 / Take a number, wait to be called, hand in at the window; Ctrl-C gives up
    Take(Take),
}

/// Who takes a number.
#[derive(clap::Args)]
struct Take {
    /// 要交的申请文件，- 为标准输入；不写则只是咨询 / The application to hand in, - for standard input; left out: only to ask something
    application: Option<PathBuf>,
    /// 取哪个队列的号；缺省为受理这份申请的队列 / For which queue; else the one that takes the application in
    #[arg(long, required_unless_present = "application")]
    queue: Option<String>,
    /// 大厅的取号口，见 onething hall / The door of the hall, see onething hall
    #[arg(long, default_value = DOOR, value_name = "ADDRESS:PORT")]
    door: String,
    /// 每个消息一行 JSON / One line of JSON for each message
    #[arg(long)]
    json: bool,
}

/// Stands in line.
pub(crate) fn run(options: &Options) -> Outcome {
    let What::Take(take) = &options.what;
    stand(take).map_err(|failure| failure.with_json(take.json))
}

fn stand(take: &Take) -> Outcome {
    let application =
        take.application.as_deref().map(|path| files::read_text(path, APPLICATION_BYTES_MAX)).transpose()?;
    let door = &take.door;
    let broken = |error: std::io::Error| {
        Failure::new(
            BROKEN,
            format!("连不上大厅的取号口 {door}：{error}；大厅用 onething hall 开"),
            format!("cannot reach the door of the hall {door}: {error}; onething hall opens one"),
        )
    };
    let mut stream = TcpStream::connect(door).map_err(broken)?;
    let said = json!({"queue": take.queue, "application": application});
    stream.write_all(format!("{said}\n").as_bytes()).map_err(broken)?;
    let mut not_taken = None;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(broken)?;
        let told: Value = serde_json::from_str(&line).map_err(|error| {
            Failure::new(
                USAGE,
                format!("{door} 不是大厅的取号口：{error}"),
                format!("{door} is no door of a hall: {error}"),
            )
        })?;
        if let Some(failure) = Failure::of(&told["error"]) {
            return Err(failure);
        }
        let refused = Failure::of(&told["refused"]);
        match &refused {
            _ if take.json => println!("{told}"),
            Some(why) => print!("没有收下 / not taken：{}\n{}", why.sentence(), why.more()),
            None => println!("{}", words(&told, not_taken.is_some())),
        }
        not_taken = refused.map(|why| why.code()).or(not_taken);
        if let Some(how) = told["left"].as_str() {
            return Ok(match not_taken {
                None if how == "served" => ExitCode::SUCCESS,
                code => ExitCode::from(code.unwrap_or(REFUSED)),
            });
        }
    }
    let (zh, en) = (
        "大厅没有说完就断了：重新取号；已交的申请不会丢",
        "the hall hung up: take another number; what was handed in is safe",
    );
    Err(Failure::new(BROKEN, zh, en))
}

/// A message of the hall as people read it.
fn words(told: &Value, not_taken: bool) -> String {
    let text = |key: &str| told[key].as_str().unwrap_or_default();
    // The sign over it, and its id.
    let signed = |key: &str| match (text("sign"), text(key)) {
        (sign, id) if id.starts_with(sign) => id.to_owned(),
        (sign, id) => format!("{sign} {id}"),
    };
    if told["number"].is_string() {
        let (number, queue, waiting) = (text("number"), signed("queue"), &told["waiting"]);
        return format!(
            "{number} 号，{queue}，前面等着 {waiting} / number {number} for {queue}, {waiting} waiting before you"
        );
    }
    if told["call"].is_u64() {
        let (window, call) = (signed("window"), &told["call"]);
        return format!("请到 {window}（第 {call} 次叫号） / to window {window}, please (call {call})");
    }
    match (text("left"), told["case"].as_str()) {
        ("served", Some(case)) => {
            let status = |language: &str| told["status"][language].as_str().unwrap_or("?").to_owned();
            format!("已收件，办件编号 {case}：{} / handed in as case {case}: {}", status("zh"), status("en"))
        }
        ("served", None) if not_taken => "没有办成 / nothing was handed in".to_owned(),
        ("served", None) => "办好了 / done".to_owned(),
        ("missed", _) => "过号了，请重新取号 / you were called and not there: take another number".to_owned(),
        ("gave_up", _) => "已放弃排队 / you gave up".to_owned(),
        ("stopped", _) => "大厅关了，请改日再来 / the hall has closed: come another day".to_owned(),
        _ => "没有取到号，请稍后再来 / there is no number for you: come later".to_owned(),
    }
}

//! `cargo xtask`: what a developer runs. `test` decides whether a change may be merged, `bench` measures.
//!
//! Must not know: anything of the product but the names of its packages, files and commands.

use std::path::PathBuf;
use std::process::ExitCode;

mod bench;
mod corpora;
mod needs;
mod step;
mod test;
mod torture;

const USAGE: &str = "\
usage: cargo xtask <command>

  test            fmt, clippy, all tests, docs, every example, every workflow file;
                  stops at the first failure with exit code 1
  bench [NAME]    every benchmark, or those of one name (engine, store, redis, policy, sim, check),
                  in release, and a table of what they measured against their limits
  experiments     the reforms rehearsed: writes docs/experiments.md and its pictures anew
  corpora DIR     models written by others, proved and held against their labels; the project
                  does not need them
  torture [--minutes N] [--cases N] [--seed N]
                  worker processes on a Redis server and on a Redis Cluster while one thing
                  after the other breaks; afterwards every acknowledged command is accounted for

exit codes: 0 all well, 1 a step failed, 2 the command line is wrong";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(),
        ["bench"] => bench::run(None),
        ["bench", name] => bench::run(Some(name)),
        ["experiments"] => {
            step::Step::cargo("experiments", "run --locked --release --package onething-sim --example experiments")
                .run()
        }
        ["corpora", directory] => corpora::run(std::path::Path::new(directory)),
        ["torture", rest @ ..] => torture::run(rest),
        [bench::BARE_PROCESS] => Ok(()),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
        _ => {
            eprintln!("xtask: expected a command below, but got `{}`\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace, whatever directory the command was started in.
fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}

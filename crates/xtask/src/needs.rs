//! What the tests need beside Rust: a Redis server for the store on Redis. Installed when it is missing.

use std::process::Command;

/// Makes sure that `redis-server` can be started; installs Debian's package when it cannot.
///
/// # Errors
/// It is missing and cannot be installed here: the sentence names the command to run.
pub(crate) fn redis() -> Result<(), String> {
    if starts("redis-server") {
        return Ok(());
    }
    let by_hand = "redis-server is missing; the tests on Redis start their own. Install it (version 7 or later) with: \
                   sudo apt-get install redis-server";
    if !starts("apt-get") {
        return Err(by_hand.to_owned());
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    for arguments in [&["update"][..], &["install", "-y", "redis-server"]] {
        let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
        if !is_root {
            // Asks for no password: a build server has nobody to type one.
            command.args(["-n", "apt-get"]);
        }
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        println!("xtask test: redis-server is missing, so: {command:?}");
        if !command.status().is_ok_and(|status| status.success()) {
            return Err(by_hand.to_owned());
        }
    }
    if starts("redis-server") { Ok(()) } else { Err(by_hand.to_owned()) }
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

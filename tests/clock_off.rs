//! A process whose clock on the wall is wrong, without its knowledge.

use std::process::Command;
use std::sync::LazyLock;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clock_off.c");

/// What is loaded before such a process. The compiler that links Rust makes it.
static LIBRARY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(place.path().join("clock_off.so")).arg(SOURCE);
    assert!(compile.status().unwrap().success(), "{compile:?}");
    place
});

/// Puts the clock of a process that is to be started off by so many seconds, when it has run for `after_s` seconds.
pub(crate) fn clock_off(command: &mut Command, seconds: i64, after_s: u32) {
    command.env("LD_PRELOAD", LIBRARY.path().join("clock_off.so"));
    command.env("CLOCK_OFF_S", seconds.to_string()).env("CLOCK_OFF_AFTER_S", after_s.to_string());
}

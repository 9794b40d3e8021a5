//! What surrounds the command is not always kind: pipes where files should be, links in circles, readers that leave,
//! disks without room, signals.

use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::{Place, code, onething, parsed, text};

/// The longest a command may take that has nothing to wait for.
const HANGS: Duration = Duration::from_secs(60);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs a command that may hang, and ends it then.
fn in_time(arguments: &[&str]) -> (i32, String) {
    let mut child = command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > HANGS {
            child.kill().unwrap();
            panic!("{arguments:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code().unwrap_or(-1), said)
}

#[test]
fn a_pipe_a_device_or_a_folder_is_not_a_definition_or_an_application() {
    let place = Place::new();
    let pipe = place.name("pipe.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let data = place.name("data");
    for (arguments, expected) in [
        (&["check", &pipe][..], "not a file but a pipe"),
        (&["draw", &pipe], "not a file but a pipe"),
        (&["case", "submit", &pipe, "--data", &data], "not a file but a pipe"),
        (&["check", "/dev/zero"], "not a file but a pipe or a device"),
        (&["case", "submit", "tests", "--data", &data], "not a file but a folder"),
    ] {
        let (code, said) = in_time(arguments);
        assert!(code == 3 && said.contains(expected), "{arguments:?}: {code} {said}");
    }
}

#[test]
fn a_folder_without_definitions_is_no_success() {
    let place = Place::new();
    let output = onething(&["check", &place.name("")]);
    assert_eq!(code(&output), 3);
    assert!(text(&output.stderr).contains("no definition"), "{}", text(&output.stderr));
}

#[test]
fn links_that_lead_in_a_circle_show_each_file_once() {
    let place = Place::new();
    let folder = place.path("workflows");
    std::fs::create_dir(&folder).unwrap();
    let matter = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/matters/outdoor-sign-permit.json"));
    std::fs::write(folder.join("outdoor-sign-permit.json"), matter.unwrap()).unwrap();
    symlink(&folder, folder.join("round")).unwrap();
    let folder = folder.display().to_string();
    let output = onething(&["check", &folder, &format!("{folder}/."), "--json"]);
    let said = parsed(&output);
    assert_eq!((code(&output), &said["files"]), (0, &json!(1)), "{said:#}");
    symlink("nowhere.json", place.path("workflows/broken.json")).unwrap();
    assert_eq!(code(&onething(&["check", &folder])), 3);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    for arguments in [
        &["draw", "workflows/packages/open-restaurant.json"][..],
        &["schema", "matter"],
        &["calendar", "show", "2026"],
        &["check", "workflows", "--json"],
    ] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), text(&output.stderr)), (0, String::new()), "{arguments:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["schema", "package"]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(text(&output.stderr).contains("cannot write to standard output"), "{}", text(&output.stderr));
}

#[test]
fn a_data_directory_that_is_a_file_is_named() {
    let place = Place::new();
    let file = place.file("data", b"{}");
    for arguments in [&["case", "list", "--data", &file][..], &["demo", "--cases", "1", "--data", &file]] {
        let output = onething(arguments);
        let said = text(&output.stderr);
        assert!(code(&output) == 3 && said.contains(&file), "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"{}");
}

#[test]
fn states_are_known_and_an_empty_list_is_a_sentence() {
    let place = Place::new();
    let data = place.name("data");
    let file = place.file("application.json", &onething(&["case", "template", "open-company"]).stdout);
    assert_eq!(code(&onething(&["case", "submit", &file, "--data", &data])), 0);
    let unknown = onething(&["case", "list", "--state", "grantd", "--data", &data]);
    assert!(code(&unknown) == 2 && text(&unknown.stderr).contains("partly_granted"), "{}", text(&unknown.stderr));
    let none = onething(&["case", "list", "--state", "granted", "--data", &data]);
    assert!(code(&none) == 0 && text(&none.stdout).contains("no case matches"), "{}", text(&none.stdout));
}

#[test]
fn the_chain_is_chosen_once_when_the_data_directory_is_made() {
    let place = Place::new();
    let data = place.name("data");
    let file = place.file("application.json", &onething(&["case", "template", "open-company"]).stdout);
    let submitted = onething(&["case", "submit", &file, "--chain", "sm3", "--data", &data, "--json"]);
    assert_eq!(code(&submitted), 0, "{}", text(&submitted.stderr));
    let number = parsed(&submitted)["number"].as_str().unwrap().to_owned();
    let history = parsed(&onething(&["case", "history", &number, "--data", &data, "--json"]));
    assert_eq!(history["chain"], "sm3");
    assert_eq!(code(&onething(&["case", "verify", &number, "--data", &data])), 0);
    let other = onething(&["case", "verify", "--all", "--chain", "sha256", "--data", &data]);
    assert!(code(&other) == 3 && text(&other.stderr).contains("sm3"), "{}", text(&other.stderr));
}

#[test]
fn a_demo_that_is_asked_to_stop_finishes_what_is_in_hand_and_goes_on_later() {
    let place = Place::new();
    let data = place.name("data");
    for signal in ["-INT", "-TERM"] {
        let acknowledged = place.name(signal);
        let arguments =
            ["demo", "--json", "--cases", "60", "--speed", "300", "--data", &data, "--acknowledged", &acknowledged];
        let child = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // Asked when it is at work: its first commands are acknowledged.
        let began = Instant::now();
        while std::fs::read_to_string(&acknowledged).map_or(0, |text| text.lines().count()) < 10 {
            assert!(began.elapsed() < HANGS, "{signal}: nothing was acknowledged");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let report = parsed(&output);
        assert_eq!((code(&output), &report["interrupted"]), (0, &json!(true)), "{signal}: {report:#}");
        assert_eq!(report["verified"], report["submitted"], "{signal}");
    }
    let rest = onething(&["demo", "--json", "--speed", "3000", "--data", &data]);
    let report: Value = parsed(&rest);
    assert_eq!((code(&rest), &report["closed"], &report["verified"]), (0, &json!(60), &json!(60)), "{report:#}");
}

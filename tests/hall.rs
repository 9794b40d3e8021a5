//! A hall with a number machine: people take numbers, are called, hand in at the window, give up.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::cli::{Place, code, onething, parsed, text};

/// Who asks something; each takes a fifth of a second.
const ASK: u64 = 10;

/// A hall that is open, on data of its own.
struct Hall {
    process: Child,
    door: String,
}

impl Hall {
    /// One window for everything, at which a minute passes in a tenth of a second.
    fn open(data: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
        command.args([
            "hall",
            "--data",
            data,
            "--windows",
            "all=1",
            "--door",
            "127.0.0.1:0",
            "--pace",
            "600",
            "--json",
        ]);
        let process =
            command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut process = process.unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        let door = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the hall ended before it was open");
            if let Some((_, door)) = line.trim().split_once("numbers at ") {
                break door.to_owned();
            }
        };
        // What it says later is read, so that it is never held up.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { process, door }
    }

    fn take(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
        command.args(["ticket", "take", "--json", "--door", &self.door]).args(more);
        command
    }

    /// What somebody with a number is told, and the exit code.
    fn told(&self, more: &[&str]) -> (Vec<Value>, i32) {
        let output = self.take(more).output().unwrap();
        let told = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (told, code(&output))
    }

    /// Closes it; what it says of its people.
    fn close(mut self) -> Value {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let mut said = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(self.process.wait().unwrap().success(), "{said}");
        serde_json::from_str::<Value>(&said).unwrap()["people"].take()
    }
}

#[test]
fn people_take_numbers_are_called_and_hand_in_at_the_window() {
    let place = Place::new();
    let data = place.name("data");
    let template = onething(&["case", "template", "newborn"]);
    let application = place.file("application.json", &template.stdout);
    let hall = Hall::open(&data);

    let (told, code) = hall.told(&[&application]);
    assert_eq!((told[0]["number"].as_str(), told[0]["sign"].as_str()), (Some("001"), Some("综合窗口")), "{told:#?}");
    assert_eq!((&told[1], code), (&json!({"call": 1, "window": "all-1", "sign": "all"}), 0), "{told:#?}");
    let case = told[2]["case"].as_str().unwrap().to_owned();
    assert_ne!(told[2]["status"]["en"], "received", "examined at the window: {told:#?}");

    // The same application handed in twice is one case.
    let (again, code) = hall.told(&[&application]);
    assert_eq!(
        (again.last().unwrap(), code),
        (&json!({"left": "served", "case": case, "status": told[2]["status"]}), 0)
    );

    // A second hall at the same door opens nothing and leaves nothing behind.
    let other = place.name("other");
    let output = onething(&["hall", "--data", &other, "--windows", "all=1", "--door", &hall.door]);
    assert!(
        output.status.code() == Some(3) && text(&output.stderr).contains("cannot open the door"),
        "{}",
        text(&output.stderr)
    );
    assert!(!std::path::Path::new(&other).exists());

    // Some ask something, one after the other; whoever comes after them waits, and gives up.
    let asks = || hall.take(&["--queue", "comprehensive"]).stdout(Stdio::piped()).spawn().unwrap();
    let before: Vec<Child> = (0..ASK).map(|_| asks()).collect();
    let mut waits = asks();
    let mut heard = BufReader::new(waits.stdout.take().unwrap()).lines();
    assert!(heard.next().unwrap().unwrap().contains("\"number\""));
    waits.kill().unwrap();
    waits.wait().unwrap();
    for asked in before {
        assert!(asked.wait_with_output().unwrap().status.success());
    }

    // What the hall cannot do is said, and no number is given; what is not in order is said at the window.
    let (told, code) = hall.told(&["--queue", "nowhere"]);
    assert!(code == 1 && told[0]["error"]["message"]["en"].as_str().unwrap().contains("no window"), "{told:#?}");
    let (told, code) = hall.told(&[&place.file("empty.json", br#"{"package": "newborn", "applicant": ""}"#)]);
    let wrong: Vec<&str> = told.iter().filter_map(|it| it["refused"]["details"][0]["at"].as_str()).collect();
    assert_eq!((wrong, code), (vec!["applicant"], 1), "{told:#?}");

    // Whoever says what is no text is told so as well.
    let mut stranger = TcpStream::connect(&hall.door).unwrap();
    stranger.write_all(b"\xFF\n").unwrap();
    let mut told = String::new();
    stranger.read_to_string(&mut told).unwrap();
    assert!(told.contains("听不懂"), "{told}");

    let people = hall.close();
    let count = |how: &str| people[how].as_u64().unwrap();
    assert_eq!((count("taken"), count("served"), count("gave_up")), (ASK + 4, ASK + 3, 1), "{people:#}");
    let list = parsed(&onething(&["case", "list", "--data", &data, "--json"]));
    assert_eq!(list["cases"].as_array().map(Vec::len), Some(1), "{list:#}");
    let history = text(&onething(&["case", "history", &case, "--data", &data, "--json"]).stdout);
    assert!(history.contains("all-1@"), "the intake was done at the window: {history}");
}

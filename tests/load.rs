//! `onething load` as a planner meets it.

use redis_fixture::Server;
use serde_json::Value;

use crate::cli::{Place, code, onething, parsed, text};

const COMPANIES: &str = "examples/scenarios/open-company-40.json";
const TEACHERS: &str = "examples/scenarios/teacher-tide.json";

/// A figure of the played day and of the simulated one.
fn figure(said: &Value, of: &str, what: &str) -> (f64, f64) {
    let rows = said["figures"].as_array().unwrap();
    let row = rows.iter().find(|it| it["of"] == of && it["what"] == what);
    let row = row.unwrap_or_else(|| panic!("no {what} of {of}: {said:#}"));
    (row["live"].as_f64().unwrap(), row["simulated"].as_f64().unwrap())
}

/// A played day has the simulated one's people and verdicts, and waits as long but for the machine's own time.
#[test]
fn a_played_day_is_like_the_simulated_one() {
    let place = Place::new();
    let data = place.name("data");
    let play = |more: &[&str]| {
        let base = ["load", COMPANIES, "--days", "1", "--speed", "60", "--data", &data];
        onething(&[&base[..], more].concat())
    };
    let output = play(&["--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let said = parsed(&output);
    let figure = |of: &str, what: &str| figure(&said, of, what);
    let (live, simulated) = figure("*", "submitted");
    assert!(live == simulated && live > 20.0, "{said:#}");
    let (live, simulated) = figure("comprehensive", "tasks");
    assert!((live - simulated).abs() <= 3.0, "{said:#}");
    let (live, simulated) = figure("*", "closed");
    assert!(live > 0.5 * simulated, "{said:#}");
    // The centre has its cases now: a second day would mix with them.
    let again = play(&[]);
    assert_eq!(code(&again), 1);
    assert!(text(&again.stderr).contains("--centre"), "{}", text(&again.stderr));
    let verified = onething(&["case", "verify", "--all", "--data", &data, "--centre", "load"]);
    assert_eq!(code(&verified), 0, "{}", text(&verified.stderr));
}

/// People with tickets at real windows, over a real Redis: who comes is the same, and hardly anybody's day differs.
#[test]
fn people_take_tickets_at_windows_over_redis() {
    let server = Server::start(&[]);
    let url = server.url();
    let output =
        onething(&["load", TEACHERS, "--days", "1", "--speed", "30", "--store", &url, "--centre", "hall", "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let said = parsed(&output);
    for who in ["教师资格", "开办企业", "咨询"] {
        let (live, simulated) = figure(&said, who, "came");
        assert!(live == simulated && live > 10.0, "{who}: {said:#}");
        let (served, lost) = (figure(&said, who, "served").0, figure(&said, who, "lost").0);
        // Those who stand at a window when the day ends are in neither.
        assert!(served + lost <= live && served > 0.8 * live, "{who}: {said:#}");
    }
    let (live, simulated) = figure(&said, "*", "submitted");
    assert!((live - simulated).abs() <= 5.0, "{said:#}");
    // Whoever hands in at a window is served there: hardly any intake waits in the queue as a task.
    let tasks =
        said["figures"].as_array().unwrap().iter().find(|it| it["of"] == "comprehensive" && it["what"] == "tasks");
    assert!(tasks.is_none_or(|it| it["live"].as_f64().unwrap() < 5.0), "{said:#}");
    for command in [&["case", "verify", "--all", "--centre", "hall"][..], &["doctor", "--centre", "hall"]] {
        let checked = onething(&[command, &["--store", &url]].concat());
        assert_eq!(code(&checked), 0, "{command:?}: {}{}", text(&checked.stdout), text(&checked.stderr));
    }
}

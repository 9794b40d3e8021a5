//! `onething load` as a planner meets it.

use serde_json::Value;

use crate::cli::{Place, code, onething, parsed, text};

const COMPANIES: &str = "examples/scenarios/open-company-40.json";

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
    let figure = |of: &str, what: &str| {
        let rows = said["figures"].as_array().unwrap();
        let row = rows.iter().find(|it| it["of"] == of && it["what"] == what).unwrap_or(&Value::Null);
        (row["live"].as_f64().unwrap(), row["simulated"].as_f64().unwrap())
    };
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

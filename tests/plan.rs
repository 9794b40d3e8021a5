//! `onething plan` as a planner meets it.

use crate::cli::{Place, code, onething, parsed, text};

/// Illustrative: people with a question, busiest from ten to eleven.
const PEAK: &str = r#"{ "$schema": "schema/scenario.schema.json", "format": "1", "kind": "scenario", "id": "peak",
  "title": { "zh": "高峰", "en": "peak" }, "note": { "zh": "取决于何时来人", "en": "depends on when people come" },
  "illustrative": [{ "zh": "全部", "en": "everything" }],
  "calendar": "cn", "from": "2026-04-13", "days": 3, "seed": 7, "replications": 10,
  "target": { "wait_minutes": 15, "share": 0.9 },
  "staff": [
    { "name": "综窗", "kind": "window", "seats": 5, "queues": ["comprehensive"], "cost_hour": 60 },
    { "name": "后台", "kind": "desk", "seats": 4, "queues": ["files"], "cost_hour": 80 }
  ],
  "arrivals": [{ "name": "来访", "visit": { "type": "exponential", "mean": 12 }, "queue": "comprehensive", "per_day": 70,
    "profile": [
      { "hours": { "from": "09:00", "to": "10:00" }, "share": 1 }, { "hours": { "from": "10:00", "to": "11:00" }, "share": 4 },
      { "hours": { "from": "11:00", "to": "11:45" }, "share": 1 }, { "hours": { "from": "13:00", "to": "16:45" }, "share": 4 }
    ] }],
  "tides": [{ "name": "潮汐", "queue": "comprehensive", "windows": 3, "service_minutes": 12, "lend": { "groups": ["后台"], "keep": 1 } }] }"#;

#[test]
fn a_plan_is_told_drawn_and_written_and_what_is_written_runs() {
    let place = Place::new();
    let scenario = place.file("peak.json", PEAK.as_bytes());
    let (page, planned) = (place.name("plan.html"), place.name("peak-planned.json"));
    let output = onething(&["plan", &scenario, "--report", &page, "-o", &planned]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    for word in ["排班 The roster", "10:", "naive", "SIPP", "后台 desks", "cost in all", "What breaks first"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    let html = std::fs::read_to_string(page).unwrap();
    assert!(
        html.matches("<svg").count() == 3 && html.contains("Illustrative") && html.contains("后台各席"),
        "a picture for each day"
    );
    assert!(html.contains("取决于何时来人") && html.contains("depends on when people come"), "what it depends on");
    let output = onething(&["simulate", &planned, "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let json = parsed(&output);
    assert_eq!((&json["scenario"], &json["title"]["zh"]), (&"peak-planned".into(), &"高峰（排班方案）".into()));
    let metrics = json["metrics"].as_array().unwrap();
    let within = metrics.iter().find(|it| it["of"] == "来访" && it["what"] == "within_target").unwrap();
    assert!(within["interval"]["mean"].as_f64().unwrap() > 0.85, "{within}");
}

#[test]
fn a_plan_as_json_names_its_target_and_its_cost() {
    let place = Place::new();
    let scenario = place.file("peak.json", PEAK.as_bytes());
    let output = onething(&["plan", &scenario, "--json", "--share", "0.8", "--wait", "20", "--seed", "3"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let json = parsed(&output);
    assert_eq!((&json["share"], &json["wait_minutes"], &json["seed"]), (&0.8.into(), &20.0.into(), &3.into()));
    let cost = |of: &str| json[of]["cost"]["mean"].as_f64().unwrap();
    assert!(cost("planned") < cost("naive"), "{json}");
    assert_eq!(json["quarters"].as_array().unwrap().len(), 3 * 28);
}

#[test]
fn what_cannot_be_planned_ends_with_its_code() {
    let place = Place::new();
    let scenario = place.file("peak.json", PEAK.as_bytes());
    let check = |more: &[&str], expect: i32, word: &str| {
        let output = onething(&[&["plan", &scenario], more].concat());
        assert_eq!(code(&output), expect, "{more:?}");
        assert!(text(&output.stderr).contains(word), "{more:?}: {}", text(&output.stderr));
    };
    check(&["--share", "1"], 2, "0.999");
    check(&["--shift-minutes", "5"], 2, "15..=1440");
    check(&["--limits", "95"], 2, "0.01");
    // Who comes during the break waits for its end, however many sit there.
    let late = PEAK.replace(r#""from": "11:00", "to": "11:45""#, r#""from": "12:00", "to": "12:40""#);
    let late = place.file("late.json", late.replace(r#""id": "peak""#, r#""id": "late""#).as_bytes());
    let output = onething(&["plan", &late, "--share", "0.97"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("out of reach"), "{}", text(&output.stderr));
    let few = PEAK.replace(r#""seats": 5"#, r#""seats": 2, "people": 2"#).replace(r#""id": "peak""#, r#""id": "few""#);
    let few = format!("{} }}", few.split(",\n  \"tides\"").next().unwrap());
    let few = place.file("few.json", few.as_bytes());
    let output = onething(&["plan", &few]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    for word in ["人手不够：综窗有 2 人，星期一至少要 ", "too few people: 综窗 has 2", "排班 The roster"]
    {
        assert!(text(&output.stdout).contains(word), "{word} in {}", text(&output.stdout));
    }
    let wrong = place.file("wrong.json", PEAK.replace("\"seats\"", "\"seets\"").as_bytes());
    let output = onething(&["plan", &wrong]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("did you mean \"seats\"?"), "{}", text(&output.stderr));
}

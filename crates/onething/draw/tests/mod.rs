//! The pictures of every workflow that is shipped, and of one that has every kind of step and hostile titles.

mod geometry;
mod texts;
mod wrong;

use std::path::Path;

use onething_engine::{InputFile, check};
use serde_json::{Value, json};

use super::marks::{Mark, Marks, State};
use super::sketch::Sketch;
use onething_engine::definition::Title;

/// A matter with every kind of step, a loop, a wide split and titles that try to break out of their place.
fn odd() -> Sketch {
    let title =
        |id: &str| json!({"zh": format!("{id}<办理>&“一\"件'事”"), "en": format!("</text>{id} & \"co\" `x` #1 \\n")});
    let of = |kind: &str, id: &str, more: Value| {
        let mut node = json!({"type": kind, "id": id});
        let keys = node.as_object_mut().unwrap();
        keys.extend(more.as_object().unwrap().clone());
        if !["start", "end", "parallel", "exclusive", "inclusive"].contains(&kind) {
            keys.insert("title".into(), title(id));
        }
        node
    };
    let limit = json!({"n": 3, "unit": "working_day"});
    let retry = json!({"attempts": 3, "backoff_seconds": 10, "backoff_seconds_max": 15});
    let stops = json!({"reason": "expert_review", "basis": "行政许可法第四十五条"});
    let mut nodes = vec![
        of("end", "end_done", json!({})),
        of("start", "start", json!({})),
        of("exclusive", "again", json!({})),
        of("intake", "intake", json!({"window": "comprehensive"})),
        of("exclusive", "came", json!({})),
        of("collect", "collect", json!({"within": limit})),
        of("parallel", "all", json!({})),
        of("service", "look", json!({"handler": "a.b", "retry": retry, "on_exhausted": "continue"})),
        of("wait", "visit", json!({"message": "report", "within": limit, "stops_clock": stops})),
        of("timer", "later", json!({"after": limit})),
        of("parallel", "all_done", json!({})),
        of("inclusive", "some", json!({})),
        of("inclusive", "some_done", json!({})),
        of("notice", "told", json!({"to": "department", "text": title("text")})),
        of(
            "review",
            "sort",
            json!({"desk": "desk", "outcomes": [
                {"id": "on", "title": title("on")}, {"id": "close", "title": title("close")},
            ]}),
        ),
        of("exclusive", "sorted", json!({})),
        of("end", "end_closed", json!({})),
        of("decide", "decide", json!({"desk": "desk"})),
        of("issue", "issue", json!({"desk": "seal", "results": ["licence"]})),
        of("deliver", "deliver", json!({"window": "issuing"})),
    ];
    let mut edges = vec![
        json!({"from": "came", "to": "collect", "when": "outcome.intake != 'accepted' && form.area >= 30"}),
        json!({"from": "came", "to": "all", "otherwise": true}),
        json!({"from": "some", "to": "told", "otherwise": true}),
        json!({"from": "sorted", "to": "decide", "when": "outcome.sort == 'on'"}),
        json!({"from": "sorted", "to": "end_closed", "otherwise": true}),
    ];
    for nth in 0..9 {
        let id = format!("review_{nth}");
        nodes.push(of("review", &id, json!({"desk": format!("a_desk_with_a_very_long_name_indeed_{nth}")})));
        edges.push(json!({"from": "some", "to": id, "when": format!("form.area > {nth} || form.kind in ['a', 'b']")}));
        edges.push(json!({"from": id, "to": "some_done"}));
    }
    for (from, to) in [
        ("start", "again"),
        ("again", "intake"),
        ("intake", "came"),
        ("collect", "again"),
        ("all", "look"),
        ("all", "visit"),
        ("all", "later"),
        ("look", "all_done"),
        ("visit", "all_done"),
        ("later", "all_done"),
        ("all_done", "some"),
        ("told", "some_done"),
        ("some_done", "sort"),
        ("sort", "sorted"),
        ("decide", "issue"),
        ("issue", "deliver"),
        ("deliver", "end_done"),
    ] {
        edges.push(json!({"from": from, "to": to}));
    }
    let choices = json!([{"id": "a", "title": {"zh": "甲", "en": "A"}}, {"id": "b", "title": {"zh": "乙", "en": "B"}}]);
    let basis = json!({"from": "illustrative"});
    let file = json!({
        "$schema": "matter.schema.json", "format": "1", "kind": "matter", "id": "odd",
        "title": title("odd"), "department": title("bureau"), "power": "licence", "legal_basis": [],
        "limits": {"statutory": limit, "statutory_basis": basis, "promised": limit, "promised_basis": basis},
        "before": {"days": 1, "steps": 1, "trips": 1, "basis": basis},
        "fields": [
            {"id": "area", "title": {"zh": "面积", "en": "Area"}, "type": "number"},
            {"id": "kind", "title": {"zh": "是哪一种？", "en": "Which kind?"}, "type": "choice", "choices": choices},
        ],
        "materials": [],
        "results": [{"id": "licence", "title": title("licence"), "kind": "certificate"}],
        "nodes": nodes, "edges": edges,
    });
    let mut checked = check(&[InputFile { name: "odd.json".into(), bytes: file.to_string().into_bytes() }]);
    let odd = checked.workflows.remove("odd").unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    Sketch::of(&odd)
}

/// The shipped files.
fn shipped() -> Vec<InputFile> {
    let mut inputs = Vec::new();
    for folder in ["matters", "packages"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows").join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            inputs.push(InputFile { name: path.display().to_string(), bytes: std::fs::read(&path).unwrap() });
        }
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs
}

/// Every workflow that is shipped, and the odd one.
fn workflows() -> Vec<Sketch> {
    let mut workflows: Vec<Sketch> = check(&shipped()).workflows.values().map(Sketch::of).collect();
    assert!(workflows.len() > 10, "the shipped workflows are found");
    workflows.push(odd());
    workflows
}

/// Every kind of mark, on every third step and edge.
fn marked(sketch: &Sketch) -> Marks {
    let mut marks = Marks::default();
    for (nth, part) in sketch.parts.iter().enumerate() {
        let mark = |index: usize| {
            let mut mark = Mark { critical: index.is_multiple_of(2), ..Mark::default() };
            match index / 3 % 4 {
                0 => mark.errors = vec![index + 1, index + 2, 100],
                1 => mark.run = vec![index, index + 1],
                2 => mark.state = Some(State::Open),
                _ => mark.warnings = vec![7],
            }
            if index.is_multiple_of(2) {
                mark.remarks.push(Title::new("自 2026-04-13 09:00", "since 2026-04-13 09:00"));
            }
            mark
        };
        marks.steps.extend((0..part.steps.len()).filter(|i| i % 3 == 0).map(|i| ((nth, i), mark(i))));
        marks.ways.extend((0..part.ways.len()).filter(|i| i % 3 == 0).map(|i| ((nth, i), mark(i))));
    }
    marks
}

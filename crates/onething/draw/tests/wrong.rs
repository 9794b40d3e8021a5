//! Files that do not pass the check are drawn, with their problems marked.

use onething_engine::{InputFile, check};
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::super::marks::Marks;
use super::super::sketch::Sketch;
use super::super::{dot, layout, mermaid, svg};
use super::geometry::{ends_on_borders, nothing_covers};
use super::shipped;
use super::texts::well_formed;

/// The picture of a file that stands among the shipped ones.
fn drawn(name: &str, file: &Value) -> (Sketch, Marks) {
    let text = file.to_string();
    let mut inputs = shipped();
    inputs.retain(|input| !input.name.ends_with(name));
    inputs.push(InputFile { name: name.to_owned(), bytes: text.clone().into_bytes() });
    let texts: Vec<(String, String)> =
        inputs.iter().map(|input| (input.name.clone(), String::from_utf8(input.bytes.clone()).unwrap())).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let sketch = Sketch::read((name, &text), &texts).unwrap();
    let marks = Marks::problems(&sketch, &check(&inputs).diagnostics);
    (sketch, marks)
}

fn company() -> Value {
    let input = shipped().into_iter().find(|input| input.name.ends_with("open-company.json")).unwrap();
    serde_json::from_slice(&input.bytes).unwrap()
}

fn position(file: &Value, list: &str, is_it: impl Fn(&Value) -> bool) -> usize {
    file[list].as_array().unwrap().iter().position(is_it).unwrap()
}

#[test]
fn an_edge_to_nowhere_and_a_node_of_no_type_are_marked_where_they_are() {
    let mut file = company();
    let edge = position(&file, "edges", |edge| edge["from"] == "all_done");
    file["edges"][edge]["to"] = "delivre".into();
    let node = position(&file, "nodes", |node| node["id"] == "off_fast_path");
    file["nodes"][node]["type"] = "notise".into();
    let (sketch, marks) = drawn("open-company.json", &file);
    let way = sketch.parts[0].ways.iter().position(|way| way.index == edge).unwrap();
    let picture = svg(&sketch, &marks);
    well_formed(&picture);
    // The unknown type hides what a later pass would say; the missing step is on the picture all the same.
    assert!(!marks.steps[&(0, node)].errors.is_empty());
    assert!(picture.contains("delivre") && picture.contains("没有这个节点"));
    assert!(picture.contains(&marks.problems[0].message.zh.chars().take(6).collect::<String>()));
    file["nodes"][node]["type"] = "notice".into();
    let (sketch, marks) = drawn("open-company.json", &file);
    assert!(!marks.ways[&(0, way)].errors.is_empty(), "{:?}", marks.problems);
    assert!(svg(&sketch, &marks).contains("是否想写"));
}

#[test]
fn the_run_to_a_deadlock_is_numbered_along_its_steps_and_edges() {
    let mut file = company();
    // The ways after the registration part by choice and meet in parallel: the join waits for ever.
    let node = position(&file, "nodes", |node| node["id"] == "fetch_split");
    file["nodes"][node]["type"] = "exclusive".into();
    for edge in file["edges"].as_array_mut().unwrap() {
        if edge["from"] == "fetch_split" {
            let first = edge["to"] == "fetch_identity";
            let key = if first { "when" } else { "otherwise" };
            edge[key] = if first { "answer.employs_now".into() } else { true.into() };
        }
    }
    let (sketch, marks) = drawn("open-company.json", &file);
    let part = &sketch.parts[0];
    let turn = |id: &str| marks.steps.get(&(0, part.find(id).unwrap())).map(|mark| mark.run.clone());
    assert_eq!(turn("start"), Some(vec![1]));
    assert_eq!(turn("fetch_split"), Some(vec![2]));
    assert_eq!(turn("fetch_identity"), Some(vec![3]), "{:?}", marks.problems);
    assert_eq!(turn("fetch_premises"), None);
    let waiting = part.steps[part.find("fetch_join").unwrap()].ins.iter();
    let tokens: Vec<bool> =
        waiting.map(|way| marks.ways.get(&(0, *way)).is_some_and(|mark| mark.state.is_some())).collect();
    assert_eq!(tokens, [true, false], "the token that waits, and the edge that stays empty");
    assert!(!marks.steps[&(0, part.find("fetch_join").unwrap())].errors.is_empty());
}

/// Takes something away, doubles it, or writes something else in its place.
fn damage(value: &mut Value, rng: &mut rand_pcg::Pcg64Mcg) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let nth = rng.random_range(0..map.len());
            let key = map.keys().nth(nth).cloned().unwrap_or_default();
            if rng.random_bool(0.15) {
                map.remove(&key);
            } else if let Some(inner) = map.get_mut(&key) {
                damage(inner, rng);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let nth = rng.random_range(0..list.len());
            match rng.random_range(0..12) {
                0 => drop(list.remove(nth)),
                1 => list.push(list[nth].clone()),
                2 => {
                    let other = rng.random_range(0..list.len());
                    list.swap(nth, other);
                }
                _ => damage(&mut list[nth], rng),
            }
        }
        other => {
            let values = [
                Value::Null,
                "start".into(),
                "end".into(),
                "parallel".into(),
                "intake".into(),
                "a<b>&\"c\"".into(),
                (-1).into(),
                serde_json::json!({"zh": "只有中文"}),
            ];
            *other = values[rng.random_range(0..values.len())].clone();
        }
    }
}

/// Whatever is wrong with a file, what can be read of it is drawn, and nothing covers anything.
/// Replay one: `ONETHING_SEED=n cargo test -p onething --bin onething damaged`.
#[test]
fn damaged_files_are_drawn() {
    let seeds = match std::env::var("ONETHING_SEED") {
        Ok(seed) => vec![seed.parse::<u64>().unwrap()],
        Err(_) => (0..60).collect(),
    };
    for seed in seeds {
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(seed);
        let files = shipped();
        let input = &files[rng.random_range(0..files.len())];
        let mut file: Value = serde_json::from_slice(&input.bytes).unwrap();
        for _ in 0..rng.random_range(1..12) {
            let list = if rng.random_bool(0.5) { "nodes" } else { "edges" };
            if let Some(list) = file.get_mut(list) {
                damage(list, &mut rng);
            }
        }
        let name = input.name.rsplit('/').next().unwrap();
        println!("ONETHING_SEED={seed} {name}");
        let (sketch, marks) = drawn(name, &file);
        well_formed(&svg(&sketch, &marks));
        assert!(dot::text(&sketch, &marks).ends_with("}\n"));
        assert!(mermaid::text(&sketch, &marks).starts_with("flowchart TB\n"));
        let scene = layout::scene(&sketch, 0, &marks);
        nothing_covers(&format!("seed {seed}"), &scene);
        ends_on_borders(&format!("seed {seed}"), &scene);
    }
}

//! docs/definition-format.md: every key, and examples that are definitions.

use std::collections::BTreeSet;

use onething_engine::definition::FileKind;
use onething_engine::{InputFile, check, schema};
use serde_json::Value;

use super::{fences, read};

const DOCUMENT: &str = "docs/definition-format.md";
const KINDS: [FileKind; 3] = [FileKind::Matter, FileKind::Package, FileKind::Calendar];

#[test]
fn the_whole_files_pass_the_check() {
    let files: Vec<InputFile> = whole_files().into_iter().map(|(name, text)| input(&name, &text)).collect();
    assert_eq!(files.len(), 3);
    let checked = check(&files);
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    assert_eq!((checked.workflows.len(), checked.calendars.len()), (2, 1));
}

#[test]
fn the_fragments_have_the_shape_of_the_format() {
    let whole = whole_files();
    let mut fragments = 0;
    for fence in fences(&read(DOCUMENT)) {
        let Some((kind, pointer)) = fence.info.strip_prefix("json ").and_then(|it| it.split_once(":/")) else {
            continue;
        };
        let (name, text) = whole.iter().find(|(name, _)| name.starts_with(kind)).expect("a kind of file");
        let mut file: Value = serde_json::from_str(text).unwrap();
        let fragment: Value =
            serde_json::from_str(&fence.text).unwrap_or_else(|error| panic!("{DOCUMENT}:{}: {error}", fence.line));
        put(&mut file, pointer, fragment);
        let text = serde_json::to_string_pretty(&file).unwrap();
        let found = check(&[input(name, &text)]).diagnostics;
        let shape = |code: &str| ["E-SHAPE", "E-JSON", "E-COND-001"].iter().any(|it| code.starts_with(it));
        let wrong: Vec<_> = found.iter().filter(|finding| shape(finding.code)).collect();
        assert!(wrong.is_empty(), "{DOCUMENT}:{}: {wrong:#?}", fence.line);
        fragments += 1;
    }
    assert!(fragments >= 10, "only {fragments} fragments");
}

/// Puts a fragment where its fence says; `-` is after the last element.
fn put(file: &mut Value, pointer: &str, fragment: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let parent = if parent.is_empty() { String::new() } else { format!("/{parent}") };
    match (file.pointer_mut(&parent).unwrap(), key) {
        (Value::Object(object), key) => drop(object.insert(key.to_owned(), fragment)),
        (Value::Array(array), "-") => array.push(fragment),
        (Value::Array(array), index) => array[index.parse::<usize>().unwrap()] = fragment,
        _ => panic!("{pointer} leads nowhere"),
    }
}

#[test]
fn every_key_and_every_word_of_the_schemas_is_explained() {
    let document = read(DOCUMENT);
    for kind in KINDS {
        let (mut keys, mut words) = (BTreeSet::new(), BTreeSet::new());
        walk(&schema(kind), &mut keys, &mut words);
        assert!(keys.len() > 10, "{keys:?}");
        // A key has a row of its own; a node's identity and title are explained once for all.
        let missing: Vec<_> = keys.iter().filter(|key| !document.contains(&format!("`{key}`"))).collect();
        assert!(missing.is_empty(), "{DOCUMENT} says nothing of the keys {missing:?} of a {}", kind.word());
        let missing: Vec<_> = words.iter().filter(|word| !document.contains(&format!("`{word}`"))).collect();
        assert!(missing.is_empty(), "{DOCUMENT} says nothing of the words {missing:?} of a {}", kind.word());
    }
}

#[test]
fn every_type_of_node_has_a_section_that_names_its_keys() {
    let document = read(DOCUMENT);
    for kind in [FileKind::Matter, FileKind::Package] {
        let schema = schema(kind);
        for node in schema["$defs"]["Node"]["oneOf"].as_array().unwrap() {
            let properties = node["properties"].as_object().unwrap();
            let word = properties["type"]["const"].as_str().unwrap();
            let heading = format!("\n### `{word}`\n");
            let (_, section) = document.split_once(&heading).unwrap_or_else(|| panic!("{DOCUMENT}: no {heading}"));
            let section = section.split("\n##").next().unwrap();
            for key in properties.keys().filter(|key| !["type", "id", "title"].contains(&key.as_str())) {
                assert!(section.contains(&format!("`{key}`")), "{DOCUMENT}: the section `{word}` lacks `{key}`");
            }
        }
    }
}

/// Collects the keys that objects may have, and the words that a value may be.
fn walk(schema: &Value, keys: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                keys.extend(properties.keys().cloned());
            }
            let of_enum = object.get("enum").and_then(Value::as_array).into_iter().flatten();
            let said = of_enum.chain(object.get("const")).filter_map(Value::as_str);
            words.extend(said.filter(|word| *word != "1").map(str::to_owned));
            object.values().for_each(|value| walk(value, keys, words));
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, keys, words)),
        _ => {}
    }
}

fn whole_files() -> Vec<(String, String)> {
    let fences = fences(&read(DOCUMENT));
    let named = fences
        .into_iter()
        .filter_map(|fence| fence.info.strip_prefix("json file=").map(|name| (name.to_owned(), fence.text.clone())));
    named.collect()
}

fn input(name: &str, text: &str) -> InputFile {
    InputFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

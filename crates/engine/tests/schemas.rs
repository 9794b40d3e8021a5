//! The published schemas and the definition files of this repository.

use std::path::Path;

use onething_engine::definition::FileKind;
use onething_engine::{check, schema};
use serde_json::Value as Json;

use crate::packages::{PACKAGES, files, workflows};

/// Set to 1, this writes the schemas instead of comparing them.
const WRITE: &str = "ONETHING_WRITE";
const REFRESH: &str = "ONETHING_WRITE=1 cargo test -p onething-engine --test main schemas";

#[test]
fn the_published_schemas_are_current() {
    for kind in FileKind::ALL {
        let path = workflows().join(format!("schema/{}.schema.json", kind.word()));
        let generated = schema(kind);
        assert_eq!(generated["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(generated["title"].is_string() && generated["description"].is_string());
        if std::env::var(WRITE).is_ok_and(|it| it == "1") {
            let text = serde_json::to_string_pretty(&generated).expect("a schema is JSON");
            std::fs::write(&path, text + "\n").expect("the schema can be written");
        }
        let published: Option<Json> = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        assert!(published == Some(generated), "{} is not current; refresh it with: {REFRESH}", path.display());
    }
}

#[test]
fn every_definition_names_the_schema_of_its_kind_by_a_path_that_exists() {
    for file in files() {
        let json: Json = serde_json::from_slice(&file.bytes).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        let (named, kind) = (json["$schema"].as_str().unwrap_or_default(), json["kind"].as_str().unwrap_or_default());
        let directory = workflows().join(Path::new(&file.name).parent().expect("a directory"));
        let found = directory.join(named).canonicalize().unwrap_or_default();
        let wanted = workflows().join(format!("schema/{kind}.schema.json")).canonicalize().expect("a schema");
        assert_eq!(found, wanted, "{}: $schema is {named:?}", file.name);
    }
}

#[test]
fn every_definition_passes_the_check() {
    let checked = check(&files());
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    for id in PACKAGES {
        assert!(checked.workflows.contains_key(id), "{id}");
    }
    assert!(checked.calendars.contains_key("cn"));
}

//! Where in a file the business service is: alone, in a `BusinessServices` list, or in the wrapper of a master-data file.

use onething_engine::Source;
use onething_engine::diagnostic::Diagnostic;
use serde_json::Value as Json;

use super::tally::Tally;
use crate::report::Refusal;

/// Most business services of one file that are looked at; a state's whole configuration has a few dozen.
const SERVICES_MAX: usize = 1000;

/// A business service and where it stands.
pub(super) struct Found<'j> {
    pub(super) value: &'j Json,
    pub(super) pointer: String,
}

/// The values of a file that was parsed before.
pub(super) fn json(source: &Source<'_>) -> Result<Json, Refusal> {
    serde_json::from_str(source.text()).map_err(|error| {
        let (zh, en) = (format!("这里的值读不懂：{error}"), format!("a value cannot be read: {error}"));
        Refusal::Broken(vec![Diagnostic::error("E-DIGIT-001", source.place(""), zh, en)])
    })
}

/// The business service that is meant: the only one, or the one of this name.
pub(super) fn service<'j>(
    source: &Source<'_>,
    root: &'j Json,
    wanted: Option<&str>,
    tally: &mut Tally<'_>,
) -> Result<Found<'j>, Refusal> {
    let mut found = Vec::new();
    walk(root, String::new(), &mut found);
    if found.is_empty() {
        return Err(Refusal::Broken(vec![
            Diagnostic::error(
                "E-DIGIT-001",
                source.place(""),
                "文件里没有 DIGIT 的 BusinessService",
                "there is no DIGIT BusinessService in the file",
            )
            .expected("一个带有 states 数组的对象", "an object with an array \"states\"")
            .help(
                "如果它是 Postman 集合，请把请求正文单独存成文件",
                "out of a Postman collection, save the request's body as a file of its own",
            ),
        ]));
    }
    let names: Vec<String> = found.iter().map(|service| name(service.value).unwrap_or_default().to_owned()).collect();
    let chosen = match wanted {
        Some(wanted) => names.iter().position(|name| name == wanted).ok_or(Refusal::Unknown(names))?,
        None if found.len() > 1 => return Err(Refusal::Choose(names)),
        None => 0,
    };
    let chosen = found.swap_remove(chosen);
    beside(root, "", &chosen.pointer, tally);
    Ok(chosen)
}

/// Finds objects with a list of states. How deep they nest is bounded by the parser.
fn walk<'j>(value: &'j Json, pointer: String, found: &mut Vec<Found<'j>>) {
    if found.len() >= SERVICES_MAX {
        return;
    }
    match value {
        Json::Object(keys) if keys.get("states").is_some_and(Json::is_array) => found.push(Found { value, pointer }),
        Json::Object(keys) => {
            for (key, inner) in keys {
                walk(inner, child(&pointer, key), found);
            }
        }
        Json::Array(values) => {
            for (nth, inner) in values.iter().enumerate() {
                walk(inner, child(&pointer, &nth.to_string()), found);
            }
        }
        _ => {}
    }
}

/// What stands beside the chosen service on the way to it is another request's or another service's.
fn beside(value: &Json, pointer: &str, chosen: &str, tally: &mut Tally<'_>) {
    let inner: Vec<(String, &Json)> = match value {
        Json::Object(keys) => keys.iter().map(|(key, inner)| (child(pointer, key), inner)).collect(),
        Json::Array(values) => {
            values.iter().enumerate().map(|(nth, inner)| (child(pointer, &nth.to_string()), inner)).collect()
        }
        _ => return,
    };
    for (pointer, inner) in inner {
        if pointer == chosen {
            continue;
        } else if chosen.starts_with(&format!("{pointer}/")) {
            beside(inner, &pointer, chosen, tally);
        } else if !chosen.is_empty() {
            tally.lost(
                "wrapper",
                pointer,
                "在所选 BusinessService 之外，属于请求或别的服务",
                "outside the chosen BusinessService: part of the request, or another service",
            );
        }
    }
}

fn name(service: &Json) -> Option<&str> {
    service.get("businessService").and_then(Json::as_str)
}

/// Appends a token to a JSON pointer.
pub(super) fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

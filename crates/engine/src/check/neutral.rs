//! Neutral graphs: models of others, without any of their meaning, to be proved sound or not.
//!
//! ```json
//! {"nodes": [{"id": "a", "type": "start"}, {"id": "b", "type": "task"}, {"id": "c", "type": "end"}],
//!  "edges": [["a", "b"], ["b", "c"]]}
//! ```
//!
//! Types: `start`, `end`, `task`, `and`, `xor`, `or`. A file holds one graph or an array of them. `id` and `name` of a
//! graph and `name` of a node are labels; any other key is named in a warning, because nothing looks at it.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use crate::check::file::InputFile;
use crate::check::names;
use crate::diagnostic::{Diagnostic, Severity};
use crate::proof::{Kind, Model};
use crate::source::Source;

/// Largest file of neutral graphs, in bytes.
pub const NEUTRAL_BYTES_MAX: usize = 16 << 20;
/// Most nodes of one graph.
const NODES_MAX: usize = 20_000;
/// Most edges of one graph.
const EDGES_MAX: usize = 50_000;

const KINDS: [(&str, Kind); 6] = [
    ("start", Kind::Start),
    ("end", Kind::End),
    ("task", Kind::Task),
    ("and", Kind::And),
    ("xor", Kind::Xor),
    ("or", Kind::Or),
];

/// A graph that was read.
#[derive(Clone, Debug)]
pub struct NeutralGraph {
    /// What the file calls it.
    pub id: Option<String>,
    /// The graph.
    pub model: Model,
    /// The id of each node.
    pub names: Vec<String>,
}

/// Reads a file of neutral graphs. A graph with an error is left out; everything found is the second answer.
#[must_use]
pub fn neutral(input: &InputFile) -> (Vec<NeutralGraph>, Vec<Diagnostic>) {
    let source = match Source::parse_within(&input.name, &input.bytes, NEUTRAL_BYTES_MAX) {
        Ok(source) => source,
        Err(found) => return (Vec::new(), vec![*found]),
    };
    let mut reader = Reader { source: &source, found: Vec::new() };
    let graphs = match source.root() {
        Value::Array(array) => {
            if array.elements.is_empty() {
                let none = Diagnostic::error(
                    "E-SHAPE-005",
                    source.place(""),
                    "0 个元素 超出范围",
                    "0 elements is out of range",
                );
                reader.found.push(none.expected("至少一个图", "at least one graph"));
            }
            let elements = array.elements.iter().enumerate();
            elements.filter_map(|(nth, value)| reader.graph(value, &format!("/{nth}"))).collect()
        }
        value => reader.graph(value, "").into_iter().collect(),
    };
    (graphs, reader.found)
}

struct Reader<'a> {
    source: &'a Source<'a>,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn graph(&mut self, value: &Value<'_>, at: &str) -> Option<NeutralGraph> {
        let errors = |found: &[Diagnostic]| found.iter().filter(|it| it.severity == Severity::Error).count();
        let before = errors(&self.found);
        let object = self.object(value, at)?;
        self.unknown(object, at, &["id", "name", "nodes", "edges"]);
        let id = member(object, "id").or_else(|| member(object, "name")).and_then(text).map(str::to_owned);
        let mut graph = NeutralGraph { id, model: Model::default(), names: Vec::new() };
        let numbers = self.nodes(object, at, &mut graph);
        self.edges(object, at, &numbers, &mut graph.model);
        if errors(&self.found) == before {
            self.start(at, &graph);
        }
        (errors(&self.found) == before).then_some(graph)
    }

    fn nodes(&mut self, object: &Object<'_>, at: &str, graph: &mut NeutralGraph) -> BTreeMap<String, u32> {
        let mut numbers = BTreeMap::new();
        for (nth, value) in self.list(object, at, "nodes", NODES_MAX).into_iter().enumerate() {
            let at = format!("{at}/nodes/{nth}");
            let Some(object) = self.object(value, &at) else { continue };
            self.unknown(object, &at, &["id", "type", "name"]);
            let id = self.text(object, &at, "id");
            let word = self.text(object, &at, "type");
            let kind = word.as_ref().and_then(|word| KINDS.iter().find(|(known, _)| known == word));
            if let (Some(word), None) = (&word, kind) {
                let words = KINDS.map(|(word, _)| word);
                let list = words.join(", ");
                let place = self.source.place(&format!("{at}/type"));
                let unknown = Diagnostic::error(
                    "E-SHAPE-007",
                    place,
                    format!("不认识的值“{word}”"),
                    format!("unknown value \"{word}\""),
                );
                let unknown = unknown.expected(format!("其中之一：{list}"), format!("one of: {list}"));
                self.found.push(unknown.did_you_mean(word, words));
            }
            let (Some(id), Some((_, kind))) = (id, kind) else { continue };
            if numbers.contains_key(&id) {
                let place = self.source.place(&format!("{at}/id"));
                self.found.push(
                    Diagnostic::error(
                        "E-REF-001",
                        place,
                        format!("id“{id}”在这个列表里出现了两次"),
                        format!("the id \"{id}\" stands twice in this list"),
                    )
                    .help("每个 id 只用一次", "use each id once"),
                );
                continue;
            }
            numbers.insert(id.clone(), graph.names.len() as u32);
            graph.names.push(id);
            graph.model.kinds.push(*kind);
        }
        numbers
    }

    fn edges(&mut self, object: &Object<'_>, at: &str, numbers: &BTreeMap<String, u32>, model: &mut Model) {
        // Where a node could not be read, an edge to it is not the mistake.
        let complete = self.found.iter().all(|it| it.severity != Severity::Error);
        for (nth, value) in self.list(object, at, "edges", EDGES_MAX).into_iter().enumerate() {
            let at = format!("{at}/edges/{nth}");
            let ends: Vec<Option<&str>> = match value {
                Value::Array(array) => array.elements.iter().map(text).collect(),
                _ => Vec::new(),
            };
            let [Some(from), Some(to)] = ends.as_slice() else {
                self.wrong_type(value, &at, ("两个节点 id，如 [\"a\", \"b\"]", "two node ids, as in [\"a\", \"b\"]"));
                continue;
            };
            let mut number = |end: usize, id: &str| {
                let number = numbers.get(id).copied();
                if number.is_none() && complete {
                    let place = self.source.place(&format!("{at}/{end}"));
                    let known = numbers.keys().map(String::as_str);
                    self.found.push(names::unknown("E-REF-002", place, ("节点", "node"), id, known));
                }
                number
            };
            let (from, to) = (number(0, from), number(1, to));
            if let (Some(from), Some(to)) = (from, to) {
                model.edges.push((from, to));
            }
        }
    }

    /// Exactly one start, entered by nothing; nothing leaves an end.
    fn start(&mut self, at: &str, graph: &NeutralGraph) {
        let model = &graph.model;
        let starts: Vec<usize> = (0..model.kinds.len()).filter(|node| model.kinds[*node] == Kind::Start).collect();
        if starts.len() != 1 {
            let place = starts.get(1).map_or_else(|| format!("{at}/nodes"), |node| format!("{at}/nodes/{node}"));
            self.found.push(
                Diagnostic::error(
                    "E-GRAPH-003",
                    self.source.place(&place),
                    format!("有 {} 个开始节点", starts.len()),
                    format!("there are {} start nodes", starts.len()),
                )
                .expected("正好一个", "exactly one"),
            );
        }
        if !model.kinds.contains(&Kind::End) {
            self.found.push(
                Diagnostic::error(
                    "E-GRAPH-003",
                    self.source.place(&format!("{at}/nodes")),
                    "没有结束节点",
                    "there is no end node",
                )
                .expected("至少一个", "at least one"),
            );
        }
        for (nth, (from, to)) in model.edges.iter().enumerate() {
            let (leaves_end, enters_start) =
                (model.kinds[*from as usize] == Kind::End, model.kinds[*to as usize] == Kind::Start);
            if leaves_end || enters_start {
                self.found.push(
                    Diagnostic::error(
                        "E-GRAPH-004",
                        self.source.place(&format!("{at}/edges/{nth}")),
                        "这条边离开了结束节点，或进入了开始节点",
                        "this edge leaves an end node, or enters the start node",
                    )
                    .expected(
                        "开始只有离开的边，结束只有进入的边",
                        "only edges out of the start, only edges into an end",
                    ),
                );
            }
        }
    }

    fn object<'v>(&mut self, value: &'v Value<'v>, at: &str) -> Option<&'v Object<'v>> {
        match value {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong_type(value, at, ("对象", "an object"));
                None
            }
        }
    }

    fn list<'v>(&mut self, object: &'v Object<'v>, at: &str, key: &str, most: usize) -> Vec<&'v Value<'v>> {
        match member(object, key) {
            Some(Value::Array(array)) if array.elements.len() <= most => array.elements.iter().collect(),
            Some(Value::Array(array)) => {
                self.found.push(
                    Diagnostic::error(
                        "E-SHAPE-005",
                        self.source.place(&format!("{at}/{key}")),
                        format!("{} 个元素 超出范围", array.elements.len()),
                        format!("{} elements is out of range", array.elements.len()),
                    )
                    .expected(format!("不超过 {most}个元素"), format!("at most {most} elements")),
                );
                Vec::new()
            }
            Some(value) => {
                self.wrong_type(value, &format!("{at}/{key}"), ("数组", "an array"));
                Vec::new()
            }
            None => {
                self.missing(at, key);
                Vec::new()
            }
        }
    }

    fn text(&mut self, object: &Object<'_>, at: &str, key: &str) -> Option<String> {
        match member(object, key) {
            Some(Value::StringLit(text)) => return Some(text.value.to_string()),
            Some(value) => self.wrong_type(value, &format!("{at}/{key}"), ("文字", "a string")),
            None => self.missing(at, key),
        }
        None
    }

    fn missing(&mut self, at: &str, key: &str) {
        self.found.push(Diagnostic::error(
            "E-SHAPE-003",
            self.source.place(at),
            format!("缺少键“{key}”"),
            format!("the key \"{key}\" is missing"),
        ));
    }

    fn wrong_type(&mut self, value: &Value<'_>, at: &str, wanted: (&str, &str)) {
        let place = self.source.place_of(at, value.start(), value.end());
        self.found.push(
            Diagnostic::error("E-SHAPE-004", place, "这里的值种类不对", "the value here is of the wrong kind")
                .expected(wanted.0, wanted.1),
        );
    }

    /// Keys that nothing looks at: said once for each name.
    fn unknown(&mut self, object: &Object<'_>, at: &str, known: &[&str]) {
        let told: BTreeSet<String> =
            self.found.iter().filter(|it| it.code == "W-SHAPE-001").map(|it| it.message.en.clone()).collect();
        for property in &object.properties {
            let name = property.name.as_str();
            let en = format!("nothing looks at the key \"{name}\"");
            if !known.contains(&name) && !told.contains(&en) {
                let place = self.source.place_of_key(at, &property.name);
                self.found.push(Diagnostic::error("W-SHAPE-001", place, format!("没有人看键“{name}”"), en).warning());
            }
        }
    }
}

fn member<'v>(object: &'v Object<'v>, key: &str) -> Option<&'v Value<'v>> {
    object.properties.iter().find(|property| property.name.as_str() == key).map(|property| &property.value)
}

fn text<'v>(value: &'v Value<'v>) -> Option<&'v str> {
    match value {
        Value::StringLit(text) => Some(text.value.as_ref()),
        _ => None,
    }
}

//! A workflow as it is drawn: what can be read of its files, whether they pass the check or not.
//!
//! An author needs the picture most when a file is wrong. So nothing here insists on anything: a step of an unknown type
//! is a plain box, an edge to a step that is not there ends at a box that says so.

use std::collections::BTreeSet;

use onething_engine::Workflow;
use onething_engine::clock::Limit;
use onething_engine::definition::{
    ClockStart, Field, FileKind, Node, PromiseScope, Question, ResultType, ReviewOutcome, Title,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::condition::{self, Names};

/// Most steps and edges of one graph that are drawn. The format allows 200 and 250; a wrong file may hold more.
const STEPS_MAX: usize = 250;
const EDGES_MAX: usize = 400;
/// Longest text taken from a file that did not pass the check, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// A definition with the matters it runs.
pub(crate) struct Sketch {
    pub(crate) id: String,
    pub(crate) title: Title,
    pub(crate) kind: FileKind,
    /// The hash of a definition that passed the check.
    pub(crate) hash: Option<String>,
    pub(super) scope: Option<PromiseScope>,
    pub(super) fields: Vec<Field>,
    pub(super) questions: Vec<Question>,
    /// The package or matter itself, then its matters in file order.
    pub(crate) parts: Vec<Part>,
}

/// The graph of one file with what is said about it.
pub(crate) struct Part {
    pub(crate) id: String,
    /// The file's name as it was given.
    pub(crate) file: String,
    pub(crate) title: Title,
    pub(super) department: Option<Title>,
    pub(super) promised: Option<Limit>,
    pub(super) statutory: Option<Limit>,
    pub(super) starts: ClockStart,
    pub(super) results: Vec<ResultType>,
    /// The matter runs inside a package, where some steps are done once for all.
    pub(super) inside: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) ways: Vec<Way>,
    /// Steps and edges that are too many to draw.
    pub(super) left_out: usize,
}

/// A step.
pub(crate) struct Step {
    pub(crate) id: String,
    /// A name that no other step of the part has and every picture format takes.
    pub(super) key: String,
    /// The word in `type`; nothing for a step that an edge names and no node is.
    pub(super) kind: Option<String>,
    /// What it is, when all of it could be read.
    pub(crate) node: Option<Node>,
    pub(super) title: Option<Title>,
    /// Ways in and out, in file order.
    pub(super) ins: Vec<usize>,
    pub(super) outs: Vec<usize>,
    /// It has an edge to itself, which is not drawn.
    pub(super) own_loop: bool,
}

/// An edge.
pub(crate) struct Way {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(super) when: Option<String>,
    pub(super) otherwise: bool,
    /// Its place in the file.
    pub(crate) index: usize,
}

impl Sketch {
    /// A workflow that passed the check.
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let [first, matters @ ..] = workflow.sources() else { return Self::empty(workflow.id(), workflow.kind()) };
        let matters: Vec<(&str, &str)> = matters.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
        let sketch = Self::read((&first.name, &first.text), &matters);
        let mut sketch = sketch.unwrap_or_else(|| Self::empty(workflow.id(), workflow.kind()));
        sketch.hash = Some(workflow.hash().to_string());
        sketch
    }

    /// What can be read of a file, each given with its name; its matters are found by their ids. `None` when it is no
    /// matter and no package.
    pub(crate) fn read((name, text): (&str, &str), matters: &[(&str, &str)]) -> Option<Self> {
        let file: Value = serde_json::from_str(text).ok()?;
        let kind = match file.get("kind").and_then(Value::as_str) {
            Some("package") => FileKind::Package,
            Some("matter") => FileKind::Matter,
            _ if file.get("nodes").is_some() => FileKind::Matter,
            _ => return None,
        };
        let first = Part::read(name, &file, false);
        let mut sketch = Self {
            title: first.title.clone(),
            scope: file.pointer("/promise/scope").and_then(typed),
            fields: list(&file, "fields"),
            questions: list(&file, "questions"),
            ..Self::empty(&first.id, kind)
        };
        let mut wanted: Vec<(String, Option<Limit>)> = Vec::new();
        for step in &first.steps {
            if let Some(Node::Matter { matter, promised, .. }) = &step.node
                && !wanted.iter().any(|(known, _)| known == matter)
            {
                wanted.push((matter.clone(), *promised));
            }
        }
        sketch.parts.push(first);
        let files: Vec<(&str, Value)> = matters
            .iter()
            .filter(|_| !wanted.is_empty())
            .filter_map(|(name, text)| Some((*name, serde_json::from_str::<Value>(text).ok()?)))
            .collect();
        for (id, promised) in wanted {
            let is_it = |file: &Value| {
                file.get("kind") == Some(&"matter".into()) && file.get("id") == Some(&id.as_str().into())
            };
            let Some((name, file)) = files.iter().find(|(_, file)| is_it(file)) else { continue };
            let part = Part::read(name, file, true);
            sketch.parts.push(Part { promised: promised.or(part.promised), ..part });
            let known: BTreeSet<String> = sketch.fields.iter().map(|field| field.id.clone()).collect();
            sketch.fields.extend(list::<Field>(file, "fields").into_iter().filter(|field| !known.contains(&field.id)));
        }
        Some(sketch)
    }

    /// A condition of a part in words.
    pub(crate) fn condition(&self, part: usize, condition: &str) -> Title {
        match self.parts.get(part) {
            Some(part) => condition::words(condition, &Names { sketch: self, part, before: None }),
            None => Title::new(condition, condition),
        }
    }

    fn empty(id: &str, kind: FileKind) -> Self {
        Self {
            id: id.to_owned(),
            title: Title::new(id, id),
            kind,
            hash: None,
            scope: None,
            fields: Vec::new(),
            questions: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// The part that a matter's file is.
    pub(crate) fn part_of(&self, matter: &str) -> Option<usize> {
        self.parts.iter().skip(1).position(|part| part.id == matter).map(|nth| nth + 1)
    }
}

impl Part {
    fn read(name: &str, file: &Value, inside: bool) -> Self {
        let stem = name.rsplit(['/', '\\']).next().unwrap_or(name).trim_end_matches(".json");
        let id = text(file, "id").unwrap_or_else(|| stem.to_owned());
        let results: Vec<ResultType> = list(file, "results");
        let limit = |pointer: &str| file.pointer(pointer).and_then(typed);
        let mut part = Self {
            title: title(file).unwrap_or_else(|| Title::new(&id, &id)),
            id,
            file: name.to_owned(),
            department: file.get("department").or_else(|| file.get("lead")).and_then(typed),
            promised: limit("/limits/promised").or_else(|| limit("/promise/limit")),
            statutory: limit("/limits/statutory"),
            starts: file.pointer("/limits/starts").and_then(typed).unwrap_or_default(),
            results,
            inside,
            steps: Vec::new(),
            ways: Vec::new(),
            left_out: 0,
        };
        let (nodes, edges) = (array(file, "nodes"), array(file, "edges"));
        part.left_out = nodes.len().saturating_sub(STEPS_MAX) + edges.len().saturating_sub(EDGES_MAX);
        for node in nodes.iter().take(STEPS_MAX) {
            part.add(Step::read(node));
        }
        for (index, edge) in edges.iter().take(EDGES_MAX).enumerate() {
            let (from, to) = (part.end(edge, "from"), part.end(edge, "to"));
            let (Some(from), Some(to)) = (from, to) else { continue };
            if from == to {
                part.steps[from].own_loop = true;
                continue;
            }
            let way = part.ways.len();
            part.steps[from].outs.push(way);
            part.steps[to].ins.push(way);
            let otherwise = edge.get("otherwise") == Some(&Value::Bool(true));
            part.ways.push(Way { from, to, when: text(edge, "when"), otherwise, index });
        }
        part
    }

    fn add(&mut self, mut step: Step) -> usize {
        let nth = self.steps.len();
        let plain = |id: &str| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let first = !self.steps.iter().any(|known| known.id == step.id);
        // Ids that the format allows have no capital letters, so this name is free.
        step.key = if first && !step.id.is_empty() && plain(&step.id) { step.id.clone() } else { format!("N{nth}") };
        self.steps.push(step);
        nth
    }

    /// The step at one end of an edge; when no node has its id, a step that says so.
    fn end(&mut self, edge: &Value, key: &str) -> Option<usize> {
        let id = text(edge, key).unwrap_or_else(|| "?".to_owned());
        let known = self.steps.iter().position(|step| step.id == id);
        known.or_else(|| (self.steps.len() < STEPS_MAX * 2).then(|| self.add(Step::missing(id))))
    }

    /// Where a walk begins: at the start, else at the first step.
    pub(super) fn start(&self) -> usize {
        self.steps.iter().position(|step| step.kind.as_deref() == Some("start")).unwrap_or(0)
    }

    /// A step by its id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }
}

impl Step {
    fn read(value: &Value) -> Self {
        let node: Option<Node> = typed(value);
        Self {
            id: text(value, "id").unwrap_or_default(),
            key: String::new(),
            kind: Some(text(value, "type").unwrap_or_else(|| "?".to_owned())),
            title: node.as_ref().and_then(Node::title).cloned().or_else(|| title(value)),
            node,
            ins: Vec::new(),
            outs: Vec::new(),
            own_loop: false,
        }
    }

    fn missing(id: String) -> Self {
        let (key, ins, outs) = (String::new(), Vec::new(), Vec::new());
        Self { id, key, kind: None, node: None, title: None, ins, outs, own_loop: false }
    }

    /// The outcomes its author declared.
    pub(super) fn declared(&self) -> &[ReviewOutcome] {
        self.node.as_ref().map(Node::declared).unwrap_or_default()
    }

    /// Whether this is its type.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }
}

fn typed<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn array<'a>(file: &'a Value, key: &str) -> &'a [Value] {
    file.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Those items of a list that can be read.
fn list<T: DeserializeOwned>(file: &Value, key: &str) -> Vec<T> {
    array(file, key).iter().filter_map(typed).collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(|text| text.chars().take(TEXT_CHARS_MAX).collect())
}

/// A title of which one language may be missing.
fn title(value: &Value) -> Option<Title> {
    let value = value.get("title")?;
    let (zh, en) = (text(value, "zh"), text(value, "en"));
    let any = zh.clone().or_else(|| en.clone())?;
    Some(Title { zh: zh.unwrap_or_else(|| any.clone()), en: en.unwrap_or(any) })
}

//! What stands on an edge: the condition in words, or "otherwise".

use onething_engine::Workflow;
use onething_engine::definition::Title;
use onething_engine::net::Graph;

use super::condition::{self, Names};
use super::text;

/// Size of the Chinese and of the English line.
pub(super) const ZH: f64 = 12.0;
pub(super) const EN: f64 = 10.0;
const ROOM: f64 = 144.0;
/// A condition that needs more lines than this in either language is numbered and printed beneath the graph.
const LINES_MAX: usize = 4;

/// The text of an edge with the room it takes.
pub(super) struct Label {
    pub(super) zh: Vec<String>,
    pub(super) en: Vec<String>,
    /// The condition as it stands in the file.
    pub(super) full: String,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Label {
    /// The label of an edge, if it carries a condition; a long one goes into the notes.
    pub(super) fn of(workflow: &Workflow, graph: &Graph, edge: u16, notes: &mut Vec<Title>) -> Option<Self> {
        let way = graph.way(edge);
        if way.otherwise && left_over(graph, edge).is_none() {
            return Some(Self::sized(vec!["否则 otherwise".to_owned()], Vec::new(), "otherwise".to_owned()));
        }
        let words = words(workflow, graph, edge)?;
        let full = way.when.as_ref().map_or("otherwise", |when| when.text()).to_owned();
        let (zh, en) = (text::wrap(&words.zh, ZH, ROOM, 99), text::wrap(&words.en, EN, ROOM, 99));
        if zh.len() <= LINES_MAX && en.len() <= LINES_MAX {
            return Some(Self::sized(zh, en, full));
        }
        let known = notes.iter().position(|note| *note == words).unwrap_or_else(|| {
            notes.push(words);
            notes.len() - 1
        });
        let note = known + 1;
        Some(Self::sized(vec![format!("条件 {note}")], vec![format!("condition {note}")], full))
    }

    fn sized(zh: Vec<String>, en: Vec<String>, full: String) -> Self {
        let width = (text::widest(&zh, ZH).max(text::widest(&en, EN)) + 10.0).ceil();
        let height = (zh.len() as f64 * line(ZH) + en.len() as f64 * line(EN) + 4.0).ceil();
        Self { zh, en, full, width, height }
    }
}

/// The height of a line of this size.
pub(super) fn line(size: f64) -> f64 {
    (size * 1.25).round()
}

/// When an edge is taken, in words; nothing for an edge that always is.
pub(super) fn words(workflow: &Workflow, graph: &Graph, edge: u16) -> Option<Title> {
    let way = graph.way(edge);
    if way.otherwise {
        return Some(left_over(graph, edge).unwrap_or_else(|| Title::new("否则", "otherwise")));
    }
    let before = before(graph, edge);
    Some(condition::words(way.when.as_ref()?, &Names { workflow, graph, before }))
}

/// The step before the split that an edge leaves.
fn before(graph: &Graph, edge: u16) -> Option<u16> {
    match graph.step(graph.ends(edge).0).ins.as_slice() {
        [only] => Some(graph.ends(*only).0),
        _ => None,
    }
}

/// What `otherwise` stands for when the step before declared its outcomes and the other ways take all but one.
fn left_over(graph: &Graph, edge: u16) -> Option<Title> {
    let before = graph.step(before(graph, edge)?);
    let others = graph.step(graph.ends(edge).0).outs.iter().filter(|other| **other != edge);
    let taken: Vec<&str> = others.map(|other| graph.way(*other).when.as_ref().map_or("", |when| when.text())).collect();
    let way = |word: &str| format!("outcome.{} == '{word}'", before.id);
    let mut left = before.node.declared().iter().filter(|declared| !taken.contains(&way(&declared.id).as_str()));
    let only = left.next().filter(|_| taken.len() + 1 == before.node.declared().len())?;
    left.next().is_none().then(|| only.title.clone())
}

//! What stands on an edge: the condition in words, or "otherwise".

use onething_engine::definition::Title;

use super::badge;
use super::condition::{self, Names};
use super::marks::{Badge, Kind, Mark};
use super::sketch::{Part, Sketch};
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
    /// Above the text.
    pub(super) badges: Vec<Badge>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Label {
    /// The label of an edge, if it carries a condition or a mark; a long condition goes into the notes.
    pub(super) fn of(sketch: &Sketch, part: &Part, way: usize, mark: &Mark, notes: &mut Vec<Title>) -> Option<Self> {
        // The steps at both ends carry the others.
        let own = |badge: &Badge| !matches!(badge.kind, Kind::Run | Kind::Critical | Kind::Done);
        let badges: Vec<Badge> = mark.badges().into_iter().filter(own).collect();
        if part.ways[way].otherwise && left_over(part, way).is_none() {
            return Some(Self::sized(vec!["否则 otherwise".to_owned()], Vec::new(), "otherwise".to_owned(), badges));
        }
        let Some(words) = words(sketch, part, way) else {
            return (!badges.is_empty()).then(|| Self::sized(Vec::new(), Vec::new(), String::new(), badges));
        };
        let full = part.ways[way].when.clone().unwrap_or_else(|| "otherwise".to_owned());
        let (zh, en) = (text::wrap(&words.zh, ZH, ROOM, 99), text::wrap(&words.en, EN, ROOM, 99));
        if zh.len() <= LINES_MAX && en.len() <= LINES_MAX {
            return Some(Self::sized(zh, en, full, badges));
        }
        let known = notes.iter().position(|note| *note == words).unwrap_or_else(|| {
            notes.push(words);
            notes.len() - 1
        });
        let note = known + 1;
        Some(Self::sized(vec![format!("条件 {note}")], vec![format!("condition {note}")], full, badges))
    }

    fn sized(zh: Vec<String>, en: Vec<String>, full: String, badges: Vec<Badge>) -> Self {
        let width = text::widest(&zh, ZH).max(text::widest(&en, EN)).max(badge::row(&badges));
        let marked = if badges.is_empty() { 0.0 } else { badge::HEIGHT + 3.0 };
        let height = zh.len() as f64 * line(ZH) + en.len() as f64 * line(EN) + marked + 4.0;
        Self { zh, en, full, badges, width: (width + 10.0).ceil(), height: height.ceil() }
    }
}

/// The height of a line of this size.
pub(super) fn line(size: f64) -> f64 {
    (size * 1.25).round()
}

/// When an edge is taken, in words; nothing for an edge that always is.
pub(super) fn words(sketch: &Sketch, part: &Part, way: usize) -> Option<Title> {
    if part.ways[way].otherwise {
        return Some(left_over(part, way).unwrap_or_else(|| Title::new("否则", "otherwise")));
    }
    let before = before(part, way);
    Some(condition::words(part.ways[way].when.as_ref()?, &Names { sketch, part, before }))
}

/// The step before the split that an edge leaves.
fn before(part: &Part, way: usize) -> Option<usize> {
    match part.steps[part.ways[way].from].ins.as_slice() {
        [only] => Some(part.ways[*only].from),
        _ => None,
    }
}

/// What `otherwise` stands for when the step before declared its outcomes and the other ways take all but one.
fn left_over(part: &Part, way: usize) -> Option<Title> {
    let before = &part.steps[before(part, way)?];
    let others = part.steps[part.ways[way].from].outs.iter().filter(|other| **other != way);
    let taken: Vec<&str> = others.map(|other| part.ways[*other].when.as_deref().unwrap_or_default()).collect();
    let told = |word: &str| format!("outcome.{} == '{word}'", before.id);
    let mut left = before.declared().iter().filter(|declared| !taken.contains(&told(&declared.id).as_str()));
    let only = left.next().filter(|_| taken.len() + 1 == before.declared().len())?;
    left.next().is_none().then(|| only.title.clone())
}

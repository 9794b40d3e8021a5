//! What is marked on a picture: problems, the run that leads to one, the critical path, where a running case stands.
//!
//! No mark relies on its colour: each carries a badge with a word or a number, and rings differ in line.

use std::collections::BTreeMap;

use onething_engine::definition::Title;
use onething_engine::diagnostic::{Diagnostic, Severity};

use super::sketch::{Part, Sketch};

/// The marks of a picture.
#[derive(Default)]
pub(crate) struct Marks {
    /// By part, steps and edges by their place in it.
    pub(crate) steps: BTreeMap<(usize, usize), Mark>,
    pub(crate) ways: BTreeMap<(usize, usize), Mark>,
    /// What is said about a part under its heading.
    pub(crate) facts: BTreeMap<usize, Vec<String>>,
    /// The findings, in the order of their numbers.
    pub(crate) problems: Vec<Diagnostic>,
    /// The only parts that are drawn; all when empty.
    pub(crate) only: Vec<usize>,
}

/// The marks of one step or edge.
#[derive(Clone, Default)]
pub(crate) struct Mark {
    /// Numbers of errors and of warnings.
    pub(crate) errors: Vec<usize>,
    pub(crate) warnings: Vec<usize>,
    /// The turns at which the run that leads to a problem passes, from 1.
    pub(crate) run: Vec<usize>,
    pub(crate) critical: bool,
    pub(crate) state: Option<State>,
    /// What else is said.
    pub(crate) remarks: Vec<Title>,
}

/// How far a step of a running case is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// It is done.
    Done,
    /// It is being done.
    Open,
    /// A token rests here, waiting for others.
    Waiting,
}

/// A kind of badge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Error,
    Warning,
    Run,
    Critical,
    Open,
    Waiting,
    Done,
}

/// A word or a number on a small ground.
pub(super) struct Badge {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Mark {
    /// What kinds of marks it has, the weightiest first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let state = self.state.map(|state| match state {
            State::Done => Kind::Done,
            State::Open => Kind::Open,
            State::Waiting => Kind::Waiting,
        });
        [
            (!self.errors.is_empty()).then_some(Kind::Error),
            (!self.warnings.is_empty()).then_some(Kind::Warning),
            (!self.run.is_empty()).then_some(Kind::Run),
            state,
            self.critical.then_some(Kind::Critical),
        ]
        .into_iter()
        .flatten()
    }

    /// Its badges, the weightiest first.
    pub(super) fn badges(&self) -> Vec<Badge> {
        let numbers = |numbers: &[usize]| {
            let shown: Vec<String> = numbers.iter().take(4).map(usize::to_string).collect();
            format!("{}{}", shown.join(","), if numbers.len() > 4 { "…" } else { "" })
        };
        self.kinds()
            .map(|kind| {
                let text = match kind {
                    Kind::Error => format!("{} {}", kind.word(), numbers(&self.errors)),
                    Kind::Warning => format!("{} {}", kind.word(), numbers(&self.warnings)),
                    Kind::Run => format!("{} {}", kind.word(), numbers(&self.run)),
                    other => other.word().to_owned(),
                };
                Badge { kind, text }
            })
            .collect()
    }
}

impl Mark {
    /// Its badges and remarks, for pictures made of text.
    pub(super) fn words(&self) -> Vec<String> {
        let badges = self.badges().into_iter().map(|badge| format!("【{}】", badge.text));
        badges.chain(self.remarks.iter().map(|remark| format!("{} {}", remark.zh, remark.en))).collect()
    }
}

impl Kind {
    /// The word on a badge.
    fn word(self) -> &'static str {
        match self {
            Self::Error => "错",
            Self::Warning => "提醒",
            Self::Run => "走",
            Self::Critical => "关键",
            Self::Open => "在办",
            Self::Waiting => "等待",
            Self::Done => "已办",
        }
    }

    /// A badge as the legend shows it.
    pub(super) fn sample(self) -> String {
        let number = if matches!(self, Self::Error | Self::Warning | Self::Run) { " n" } else { "" };
        format!("{}{number}", self.word())
    }

    /// What the legend says of it.
    pub(super) fn legend(self) -> Title {
        let (zh, en) = match self {
            Self::Error => ("第 n 个问题，见图后", "error n, told below"),
            Self::Warning => ("第 n 个问题，可以运行", "warning n, told below"),
            Self::Run => ("走到问题的第 n 步", "step n of the run that leads to the problem"),
            Self::Critical => ("关键路径", "on the critical path"),
            Self::Open => ("正在办理", "open now"),
            Self::Waiting => ("等其他路到齐", "waits for the other ways"),
            Self::Done => ("已经办完", "done"),
        };
        Title::new(zh, en)
    }
}

impl Marks {
    /// Every finding about the sketch's files, numbered, with the run that leads to it.
    pub(crate) fn problems(sketch: &Sketch, findings: &[Diagnostic]) -> Self {
        let mut marks = Self::default();
        for (nth, part) in sketch.parts.iter().enumerate() {
            for finding in findings.iter().filter(|finding| finding.place.file == part.file) {
                marks.problems.push(finding.clone());
                let number = marks.problems.len();
                if let Some(mark) = marks.at(part, nth, &finding.place.pointer) {
                    match finding.severity {
                        Severity::Error => mark.errors.push(number),
                        Severity::Warning => mark.warnings.push(number),
                    }
                }
            }
            // One run can be followed on a picture, two cannot: the others are told in words.
            let of_part = |finding: &&Diagnostic| finding.place.file == part.file && !finding.witness.is_empty();
            if let Some(finding) = findings.iter().find(of_part) {
                marks.run(part, nth, finding);
            }
        }
        marks
    }

    /// Marks the critical path as well.
    pub(crate) fn add(&mut self, critical: Self) {
        for (at, mark) in critical.steps {
            let known = self.steps.entry(at).or_default();
            known.critical |= mark.critical;
            known.remarks.extend(mark.remarks);
        }
        for (at, mark) in critical.ways {
            self.ways.entry(at).or_default().critical |= mark.critical;
        }
    }

    /// The mark at a place of a file, if it is a step or an edge that is drawn.
    fn at(&mut self, part: &Part, nth: usize, pointer: &str) -> Option<&mut Mark> {
        let mut tokens = pointer.split('/').skip(1);
        let (list, index) = (tokens.next()?, tokens.next()?.parse::<usize>().ok()?);
        match list {
            "nodes" if part.steps.get(index).is_some_and(|step| step.kind.is_some()) => {
                Some(self.steps.entry((nth, index)).or_default())
            }
            "edges" => {
                let way = part.ways.iter().position(|way| way.index == index)?;
                Some(self.ways.entry((nth, way)).or_default())
            }
            _ => None,
        }
    }

    /// Marks a firing sequence: each step with its turn, each edge a token took, and the edges where tokens are left.
    fn run(&mut self, part: &Part, nth: usize, finding: &Diagnostic) {
        let mut last_turn: BTreeMap<usize, usize> = BTreeMap::new();
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        for (turn, id) in finding.witness.iter().enumerate() {
            let Some(step) = part.find(id) else { continue };
            for way in arrived(part, step, &last_turn, &taken) {
                taken.insert(way, turn);
                self.ways.entry((nth, way)).or_default().run.push(turn + 1);
            }
            last_turn.insert(step, turn);
            self.steps.entry((nth, step)).or_default().run.push(turn + 1);
        }
        // What waits for ever before the step that the finding is about.
        let stuck = finding.place.pointer.strip_prefix("/nodes/").and_then(|rest| rest.split('/').next()?.parse().ok());
        if let Some(stuck) = stuck.filter(|step| *step < part.steps.len()) {
            for way in arrived(part, stuck, &last_turn, &taken) {
                self.ways.entry((nth, way)).or_default().state = Some(State::Waiting);
            }
        }
    }

    /// Whether a kind of mark stands in the picture.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let shown = |part: usize| self.only.is_empty() || self.only.contains(&part);
        let steps = self.steps.iter().chain(&self.ways).filter(|((part, _), _)| shown(*part));
        let mut kinds: Vec<Kind> = steps.flat_map(|(_, mark)| mark.kinds()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// The edges into a step on which the run has put a token that it has not taken yet: all of them for a join that waits,
/// else the latest.
fn arrived(part: &Part, step: usize, last_turn: &BTreeMap<usize, usize>, taken: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut ways: Vec<(usize, usize)> = Vec::new();
    for way in &part.steps[step].ins {
        let from = part.ways[*way].from;
        let Some(put) = last_turn.get(&from) else { continue };
        // A choice puts one token: once one of its ways was taken, the others have none.
        let one = part.steps[from].is("exclusive");
        let siblings = if one { part.steps[from].outs.as_slice() } else { std::slice::from_ref(way) };
        if siblings.iter().all(|way| taken.get(way).is_none_or(|turn| turn < put)) {
            ways.push((*put, *way));
        }
    }
    ways.sort_unstable();
    let waits = part.steps[step].is("parallel") || part.steps[step].is("inclusive");
    let skip = if waits { 0 } else { ways.len().saturating_sub(1) };
    ways.into_iter().skip(skip).map(|(_, way)| way).collect()
}

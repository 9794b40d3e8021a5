//! Once only: what is asked, fetched and made in a package is there in time, is used, and is there once.
//!
//! The names are those of Trcka, van der Aalst and Sidorova 2009 (data-flow anti-patterns): missing, redundant, lost,
//! inconsistent. Everything is looked at for every combination of answers, so that two matters that never run in one
//! case do not stand in each other's way.

mod answers;
mod missing;
mod redundant;
mod runs;
mod twice;

use fixedbitset::FixedBitSet;

use crate::condition::Name;
use crate::condition::space::{Names, Space, Test};
use crate::definition::{Field, FileKind, Material, ResultType};
use crate::diagnostic::{Diagnostic, Place};
use crate::net::EdgeSet;
use crate::source::Source;
use crate::workflow::Workflow;
use answers::Answers;
use runs::Ways;

/// The file of a part, for the places of findings.
#[derive(Clone, Copy)]
pub(crate) struct PartFile<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) fields: &'a [Field],
    pub(crate) materials: &'a [Material],
    pub(crate) results: &'a [ResultType],
}

impl PartFile<'_> {
    fn field(&self, id: &str) -> Option<Place> {
        let nth = self.fields.iter().position(|field| field.id == id)?;
        Some(self.source.place(&format!("/fields/{nth}")))
    }

    fn material(&self, id: &str) -> Option<Place> {
        let nth = self.materials.iter().position(|material| *material.id == *id)?;
        Some(self.source.place(&format!("/materials/{nth}")))
    }

    fn result(&self, id: &str) -> Option<Place> {
        let nth = self.results.iter().position(|result| result.id == id)?;
        Some(self.source.place(&format!("/results/{nth}")))
    }
}

/// A workflow with all it can do, for every combination of answers.
pub(crate) struct Whole<'a> {
    workflow: &'a Workflow,
    /// The file of each part.
    files: &'a [PartFile<'a>],
    answers: Answers,
    /// For each part, for each edge, its condition.
    tests: Vec<Vec<Option<Test>>>,
    /// For each part, the combinations with which it can run.
    chosen: Vec<FixedBitSet>,
    /// For each part, for each edge, the combinations with which a case can come to it.
    on: Vec<Vec<FixedBitSet>>,
}

impl<'a> Whole<'a> {
    pub(crate) fn new(workflow: &'a Workflow, files: &'a [PartFile<'a>], names: &Names) -> Self {
        let graphs = || workflow.plans().iter().map(|plan| &plan.graph);
        let ways = graphs().flat_map(|graph| (0..graph.edge_count()).filter_map(|edge| graph.way(edge).when.as_ref()));
        let asked = workflow.fields().iter().flat_map(|plan| &plan.asked_by);
        let needed = workflow.materials().iter().flat_map(|plan| &plan.needed_by);
        let whens = asked.chain(needed).filter_map(|(_, when)| when.as_ref());
        let space = Space::new(names, ways.chain(whens));
        let optional = |name: &Name| match name {
            Name::Form(id) => workflow.fields().iter().any(|plan| *plan.field.id == **id && plan.field.optional),
            Name::Answer(_) | Name::Outcome(_) => false,
        };
        let mut answers = Answers::new(space, optional);
        let tests: Vec<Vec<Option<Test>>> = graphs()
            .map(|graph| {
                let test = |edge| graph.way(edge).when.as_ref().map(|when| answers.space.test(when));
                (0..graph.edge_count()).map(test).collect()
            })
            .collect();
        let (mut chosen, mut on) = (Vec::new(), Vec::new());
        // What is asked depends on what was answered: a field's condition reads other fields. Nothing real goes deeper.
        for _ in 0..4 {
            let ways = Ways::new(&workflow.plan(0).graph, &answers, &tests[0]);
            let reached = ways.reached(&answers.all, &[]);
            chosen = workflow
                .plans()
                .iter()
                .map(|plan| {
                    plan.node
                        .map_or(answers.all.clone(), |node| runs::at(&workflow.plan(0).graph, node, &reached, &answers))
                })
                .collect::<Vec<FixedBitSet>>();
            on = vec![reached];
            let mut new = false;
            for plan in workflow.fields() {
                let name = Name::Form(plan.field.id.as_str().into());
                let Some(at) = answers.space.find(&name).filter(|at| answers.space.variables[*at].name == name) else {
                    continue;
                };
                let asked = wanted(&answers, &chosen, &plan.asked_by);
                new |= answers.ask(at, asked);
            }
            if !new {
                break;
            }
        }
        for (part, plan) in workflow.plans().iter().enumerate().skip(1) {
            on.push(Ways::new(&plan.graph, &answers, &tests[part]).reached(&chosen[part], &[]));
        }
        Self { workflow, files, answers, tests, chosen, on }
    }

    /// Everything that is not once only.
    pub(crate) fn check(&self, found: &mut Vec<Diagnostic>) {
        if let Some(count) = self.answers.too_many {
            let most = answers::COMBINATIONS_MAX;
            found.push(
                Diagnostic::reminder(
                    "W-DATA-006",
                    self.files[0].source.place(if self.workflow.kind() == FileKind::Package { "/questions" } else { "/fields" }),
                    format!("回答的组合有 {count} 种，超过 {most} 种：只查看了任两个回答的每种搭配"),
                    format!("there are {count} combinations of answers, more than {most}: every two answers were looked at together, not all of them"),
                )
                .help("把不常见的情形另做一个套餐", "make a package of its own for the rarer situations"),
            );
        }
        missing::results(self, found);
        missing::shared(self, found);
        missing::fields(self, found);
        missing::done_again(self, found);
        redundant::questions(self, found);
        redundant::fetched(self, found);
        redundant::results(self, found);
        twice::materials(self, found);
        twice::fields(self, found);
        twice::fetched(self, found);
        twice::results(self, found);
    }

    /// The edges of part 0 that a case can come to with a combination.
    pub(crate) fn open(&self, combination: usize) -> EdgeSet {
        let edges = self.on[0].iter().enumerate().filter(|(_, on)| on.contains(combination));
        edges.filter_map(|(edge, _)| u16::try_from(edge).ok()).collect()
    }

    /// The combinations, by number.
    pub(crate) fn combinations(&self) -> impl Iterator<Item = usize> {
        0..self.answers.all.len()
    }

    /// What makes a combination one of these, in both languages.
    pub(crate) fn words(&self, combinations: &[usize]) -> (String, String) {
        let mut set = self.answers.none();
        set.extend(combinations.iter().copied());
        self.answers.words(&set)
    }

    /// The combinations with which a step of a part can be come to.
    fn comes_to(&self, part: usize, node: u16) -> FixedBitSet {
        runs::at(&self.workflow.plans()[part].graph, node, &self.on[part], &self.answers)
    }

    /// The combinations with which one of these parts asks or needs it.
    fn wanted(&self, by: &[(u8, Option<crate::condition::Condition>)]) -> FixedBitSet {
        wanted(&self.answers, &self.chosen, by)
    }
}

fn wanted(answers: &Answers, chosen: &[FixedBitSet], by: &[(u8, Option<crate::condition::Condition>)]) -> FixedBitSet {
    let mut wanted = answers.none();
    for (part, when) in by {
        let Some(chosen) = chosen.get(usize::from(*part)) else { continue };
        match when {
            None => wanted.union_with(chosen),
            Some(when) => wanted.union_with(&(chosen & &answers.places(&answers.space.test(when)).may)),
        }
    }
    wanted
}

/// Says for which answers it is so, unless it is so for all.
fn for_example(finding: Diagnostic, whole: &Whole<'_>, combinations: &FixedBitSet) -> Diagnostic {
    let (zh, en) = whole.answers.words(combinations);
    if zh.is_empty() { finding } else { finding.and_so(format!("例如：{zh}"), format!("for example with {en}")) }
}

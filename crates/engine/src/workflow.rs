//! A checked definition: the only thing that runs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Limit;
use crate::condition::Condition;
use crate::definition::{
    Before, ClockStart, Field, FileKind, Material, MaterialSource, Node, Power, Promise, Question, Reductions,
    ResultType, Title,
};
use crate::net::{Graph, Step};

/// A matter or a package that passed every check. Only [`crate::check`] makes one.
#[derive(Clone, Debug)]
pub struct Workflow {
    pub(crate) id: Arc<str>,
    pub(crate) title: Title,
    pub(crate) kind: FileKind,
    pub(crate) hash: Arc<str>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) fields: Vec<FieldPlan>,
    pub(crate) questions: Vec<Question>,
    pub(crate) materials: Vec<MaterialPlan>,
    pub(crate) fetches: Fetches,
    pub(crate) promise: Option<Promise>,
    pub(crate) reductions: Option<Reductions>,
    pub(crate) sources: Vec<SourceFile>,
}

/// A definition file as it was checked; a case is pinned to it by the workflow's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The file's name as it was given.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// How one part of a case runs: part 0 is the package (or the single matter), the others its matters.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Id of the file.
    pub id: Arc<str>,
    /// Its printed name.
    pub title: Title,
    /// Steps and ways.
    pub graph: Graph,
    /// The step of part 0 that runs this part; `None` for part 0.
    pub node: Option<u16>,
    /// Parts that may run before this one; its clock starts when the last of them ends (行政许可法 32: it is complete
    /// only then).
    pub waits_for: Vec<u8>,
    /// The deciding department; for a package the leading one.
    pub department: Title,
    /// The kind of power; `None` for a package.
    pub power: Option<Power>,
    /// The legal limit.
    pub statutory: Option<Limit>,
    /// The promised limit; none for a package that promises for each matter by itself.
    pub promised: Option<Limit>,
    /// The moment from which both run.
    pub starts: ClockStart,
    /// What it hands out.
    pub results: Vec<ResultType>,
    /// What it cost the applicant when it was handled alone; `None` for a package.
    pub before: Option<Before>,
}

/// A field of the merged form.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    /// The field.
    pub field: Field,
    /// The parts that ask it, each with its condition.
    pub asked_by: Vec<(u8, Option<Condition>)>,
}

/// A material of the merged list.
#[derive(Clone, Debug)]
pub struct MaterialPlan {
    /// The material.
    pub material: Material,
    /// The parts that need it, each with its condition.
    pub needed_by: Vec<(u8, Option<Condition>)>,
    /// The part whose result it is, when it is one.
    pub produced_by: Option<u8>,
}

/// For each part and step, the shared materials that it fetches, by their places in the merged list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetches(Vec<Vec<Vec<usize>>>);

impl Fetches {
    pub(crate) fn new(plans: &[Plan], materials: &[MaterialPlan]) -> Self {
        let of_step = |step: &Step| {
            let Node::Service { obtains, .. } = &step.node else { return Vec::new() };
            let fetched = |plan: &MaterialPlan| {
                matches!(plan.material.source, MaterialSource::Shared { .. })
                    && obtains.iter().any(|id| **id == *plan.material.id)
            };
            (0..materials.len()).filter(|nth| fetched(&materials[*nth])).collect()
        };
        Self(plans.iter().map(|plan| plan.graph.steps().map(|(_, step)| of_step(step)).collect()).collect())
    }
}

impl Workflow {
    /// Id of the package or matter.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Its printed name.
    #[must_use]
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// Package or matter.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// SHA-256 of the texts it was made from, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &Arc<str> {
        &self.hash
    }

    /// Its parts; the first is the package or matter itself.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// A part's plan. An index that no checked workflow has gives part 0.
    #[must_use]
    pub fn plan(&self, part: u8) -> &Plan {
        self.plans.get(usize::from(part)).unwrap_or(&self.plans[0])
    }

    /// The merged form.
    #[must_use]
    pub fn fields(&self) -> &[FieldPlan] {
        &self.fields
    }

    /// The situational questions.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The merged list of materials.
    #[must_use]
    pub fn materials(&self) -> &[MaterialPlan] {
        &self.materials
    }

    /// The shared materials that a step fetches, by their places in the merged list.
    pub(crate) fn fetched_by(&self, part: u8, node: u16) -> &[usize] {
        let steps = self.fetches.0.get(usize::from(part));
        steps.and_then(|steps| steps.get(usize::from(node))).map(Vec::as_slice).unwrap_or_default()
    }

    /// The promise of the package.
    #[must_use]
    pub fn promise(&self) -> Option<&Promise> {
        self.promise.as_ref()
    }

    /// The four reductions as published for the package.
    #[must_use]
    pub fn reductions(&self) -> Option<&Reductions> {
        self.reductions.as_ref()
    }

    /// The files it was made from.
    #[must_use]
    pub fn sources(&self) -> &[SourceFile] {
        &self.sources
    }

    /// The part that a step of part 0 runs.
    #[must_use]
    pub fn part_of(&self, node: u16) -> Option<u8> {
        self.plans.iter().position(|plan| plan.node == Some(node)).and_then(|part| u8::try_from(part).ok())
    }
}

//! The four reductions (减环节 减材料 减时限 减跑动): the package against its matters handled one by one.
//!
//! Conventions: materials before are what each matter asks, with its own application form; after, what the applicant must
//! still bring, with the one merged form. Days before are those of the matters one after the other; after, the promise.
//! Steps and visits after are as published: whether the applicant comes in person depends on the channel (a window, online,
//! by post), which is not in a definition. What the graph has at a window is named beside them.
//! Matters that the situation leaves out are not counted.

use serde::Serialize;

use super::situation::Situation;
use crate::clock::Unit;
use crate::definition::{Before, Node, PromiseScope};
use crate::text::Title;
use crate::workflow::Workflow;

/// Figures closer than this are the same.
const SAME: f64 = 1e-9;

/// What is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 环节: steps in which the applicant takes part.
    Steps,
    /// 材料: materials to bring, forms included.
    Materials,
    /// 时限: working days.
    Days,
    /// 跑动: visits in person.
    Trips,
}

/// One summand of a figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// The matter or the material.
    pub title: Title,
    /// How many.
    pub n: f64,
}

/// A figure as computed and as published.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// As computed from the definitions; `None` where they do not say.
    pub computed: Option<f64>,
    /// As published in the package's file.
    pub published: Option<f64>,
    /// The smallest and the largest computed over all situations that the answers leave open.
    pub range: Option<[f64; 2]>,
    /// What was added up.
    pub terms: Vec<Term>,
    /// Why the two differ, or why nothing could be computed; `None` when they are the same.
    pub reason: Option<Title>,
}

/// One reduction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reduction {
    /// Of what.
    pub measure: Measure,
    /// The matters one by one.
    pub before: Figure,
    /// The package.
    pub after: Figure,
    /// The part that is saved, from 0 to 1; `None` when nothing was needed before.
    pub saved: Option<f64>,
}

impl Measure {
    /// All four, in the order in which they are published.
    pub const ALL: [Self; 4] = [Self::Steps, Self::Materials, Self::Days, Self::Trips];

    /// What a person reads.
    #[must_use]
    pub fn title(self) -> Title {
        let (zh, en) = match self {
            Self::Steps => ("环节", "steps"),
            Self::Materials => ("材料", "materials"),
            Self::Days => ("时限（工作日）", "working days"),
            Self::Trips => ("跑动", "visits"),
        };
        Title::new(zh, en)
    }
}

impl Figure {
    /// The figure to show: as computed, else as published.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.computed.or(self.published)
    }
}

/// The figures of one situation, each with its summands.
struct Counted {
    before: [Vec<Term>; 4],
    materials_after: Vec<Term>,
}

impl Counted {
    fn new(workflow: &Workflow, situation: &Situation) -> Self {
        let mut before: [Vec<Term>; 4] = Default::default();
        let needed: Vec<_> = situation.needed(workflow).collect();
        for part in situation.chosen.iter().copied().filter(|part| *part > 0) {
            let plan = workflow.plan(part);
            let Some(alone) = &plan.before else { continue };
            let asked = needed.iter().filter(|material| {
                let wants = |(by, when): &(u8, Option<crate::condition::Condition>)| {
                    *by == part && when.as_ref().is_none_or(|when| when.holds(&situation.filled()))
                };
                material.needed_by.iter().any(wants)
            });
            let asked = asked.count() + forms(alone);
            let figures = [f64::from(alone.steps), asked as f64, alone.days, f64::from(alone.trips)];
            for (terms, n) in before.iter_mut().zip(figures) {
                terms.push(Term { title: plan.title.clone(), n });
            }
        }
        let brought = needed.iter().filter(|plan| situation.is_brought(workflow, plan));
        let mut materials_after: Vec<Term> =
            brought.map(|plan| Term { title: plan.material.title.clone(), n: 1.0 }).collect();
        materials_after.push(Term { title: Title::new("合并的申请表", "the merged form"), n: 1.0 });
        Self { before, materials_after }
    }

    /// The five figures that can be computed: before, and materials after.
    fn sums(&self) -> [f64; 5] {
        let [steps, materials, days, trips] = &self.before;
        [steps, materials, days, trips, &self.materials_after].map(|terms| sum(terms))
    }
}

/// A matter in which the applicant took no part had no application form.
fn forms(alone: &Before) -> usize {
    usize::from(alone.steps > 0)
}

fn sum(terms: &[Term]) -> f64 {
    terms.iter().map(|term| term.n).sum()
}

/// The situation that the published figures describe: the one under which most of them come out, with the fewest matters
/// among equals. Without published figures, the one with the fewest matters.
pub(super) fn described<'a>(workflow: &Workflow, situations: &'a [Situation]) -> Option<&'a Situation> {
    let published = workflow.reductions().map(|published| {
        let [steps, materials, days, trips] =
            [published.steps, published.materials, published.days, published.trips].map(|[before, _]| before);
        [steps, materials, days, trips, published.materials[1]]
    });
    situations.iter().min_by_key(|situation| {
        let sums = Counted::new(workflow, situation).sums();
        let wrong =
            published.map_or(0, |published| sums.iter().zip(published).filter(|(a, b)| (*a - b).abs() > SAME).count());
        (wrong, situation.chosen.len())
    })
}

/// The reductions of one situation, with the range over all of them; nothing for a matter that runs alone.
pub(super) fn reductions(workflow: &Workflow, of: &Situation, all: &[Situation]) -> Vec<Reduction> {
    if workflow.plans().len() == 1 {
        return Vec::new();
    }
    let sums: Vec<[f64; 5]> = all.iter().map(|situation| Counted::new(workflow, situation).sums()).collect();
    let range = |nth: usize| {
        let figures = || sums.iter().map(|sums| sums[nth]);
        Some([figures().fold(f64::INFINITY, f64::min), figures().fold(f64::NEG_INFINITY, f64::max)])
    };
    let counted = Counted::new(workflow, of);
    let published = workflow.reductions();
    let promise = workflow.promise().filter(|promise| promise.limit.unit == Unit::WorkingDay);
    let each = promise.is_some_and(|promise| promise.scope == PromiseScope::EachMatter);
    Measure::ALL
        .into_iter()
        .enumerate()
        .map(|(nth, measure)| {
            let known = published.map(|all| match measure {
                Measure::Steps => all.steps,
                Measure::Materials => all.materials,
                Measure::Days => all.days,
                Measure::Trips => all.trips,
            });
            let terms = counted.before[nth].clone();
            let mut before = figure(Some(sum(&terms)), known.map(|known| known[0]), range(nth), terms, summed(measure));
            if measure == Measure::Days && before.reason.is_some() {
                longest_alone(&mut before);
            }
            let known = known.map(|known| known[1]);
            let after = match measure {
                Measure::Steps | Measure::Trips => {
                    let reason = as_published(workflow);
                    Figure { computed: None, published: known, range: None, terms: Vec::new(), reason: Some(reason) }
                }
                Measure::Materials => {
                    let terms = counted.materials_after.clone();
                    figure(Some(sum(&terms)), known, range(4), terms, summed(measure))
                }
                Measure::Days => {
                    let limit = promise.map(|promise| promise.limit.n);
                    let of = if each {
                        Title::new("套餐对每个事项各承诺这么多", "the package promises this for each matter")
                    } else {
                        Title::new("套餐的承诺时限", "the package's promise")
                    };
                    figure(limit, known, None, Vec::new(), of)
                }
            };
            let saved = before.value().zip(after.value()).filter(|(before, _)| *before > 0.0);
            let saved = saved.map(|(before, after)| (before - after) / before);
            Reduction { measure, before, after, saved }
        })
        .collect()
}

/// Why no figure is computed, and what the graph says all the same: the steps at a window.
fn as_published(workflow: &Workflow) -> Title {
    let mut titles: Vec<&Title> = Vec::new();
    for (_, step) in workflow.plan(0).graph.steps() {
        let at_window = matches!(step.node, Node::Intake { .. } | Node::Deliver { .. });
        titles.extend(step.node.title().filter(|title| at_window && !titles.contains(title)));
    }
    let (zh, en): (Vec<&str>, Vec<&str>) = titles.iter().map(|title| (title.zh.as_str(), title.en.as_str())).unzip();
    Title::new(
        format!(
            "公布的数字：申请人是否到场看渠道（窗口、网上、邮寄），流程定义不写；图上在窗口办的有：{}",
            zh.join("、")
        ),
        format!(
            "as published: whether the applicant comes in person depends on the channel (a window, online, by post), which a definition does not say; at a window the graph has: {}",
            en.join(", ")
        ),
    )
}

/// A figure; `what` is said of the computed one where the published one differs.
fn figure(
    computed: Option<f64>,
    published: Option<f64>,
    range: Option<[f64; 2]>,
    terms: Vec<Term>,
    what: Title,
) -> Figure {
    let differ = computed.zip(published).is_some_and(|(a, b)| (a - b).abs() > SAME);
    let reason = match (differ, computed) {
        (true, Some(computed)) => {
            let sum = |pick: fn(&Title) -> &str| {
                let parts: Vec<String> = terms.iter().map(|term| format!("{} {}", pick(&term.title), term.n)).collect();
                if parts.is_empty() { String::new() } else { format!(": {}", parts.join(" + ")) }
            };
            let (zh, en) = (sum(|title| &title.zh).replace(": ", "："), sum(|title| &title.en));
            Some(Title::new(format!("{}是 {computed}{zh}", what.zh), format!("{} is {computed}{en}", what.en)))
        }
        (false, None) => Some(Title::new("没有以工作日计的承诺", "there is no promise in working days")),
        _ => None,
    };
    Figure { computed, published, range, terms, reason }
}

fn summed(measure: Measure) -> Title {
    match measure {
        Measure::Materials => Title::new("按这一情形逐项相加", "what this situation asks, added up,"),
        _ => Title::new("各事项改革前的数字相加", "the matters' own figures added up"),
    }
}

/// Published days that are those of the longest matter were counted for each matter, not one after the other.
fn longest_alone(before: &mut Figure) {
    let longest = before.terms.iter().max_by(|a, b| a.n.total_cmp(&b.n));
    if let (Some(longest), Some(published), Some(computed)) = (longest, before.published, before.computed)
        && (longest.n - published).abs() <= SAME
    {
        before.reason = Some(Title::new(
            format!("公布的是单项最长的（{}，{published}）；各事项依次相加是 {computed}", longest.title.zh),
            format!(
                "published for the longest matter ({}, {published}); one after the other they take {computed}",
                longest.title.en
            ),
        ));
    }
}

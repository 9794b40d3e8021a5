//! Redundant: something is asked, fetched or made and nobody needs it.
//!
//! A field is needed by the department whose matter asks it, and a material by the matter that lists it. So what can be
//! redundant is a question whose answer changes nothing, a material that is fetched when nobody needs it, and a result
//! that is neither delivered nor used.

use super::{Whole, for_example};
use crate::condition::Name;
use crate::condition::space::Test;
use crate::definition::{FileKind, MaterialSource, Node, ResultKind};
use crate::diagnostic::Diagnostic;

/// The answer to a question fills a field of a matter or changes something.
pub(super) fn questions(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let (workflow, answers) = (whole.workflow, &whole.answers);
    let fields = workflow.fields().iter().flat_map(|plan| &plan.asked_by);
    let materials = workflow.materials().iter().flat_map(|plan| &plan.needed_by);
    let whens: Vec<Test> =
        fields.chain(materials).filter_map(|(_, when)| when.as_ref()).map(|when| answers.space.test(when)).collect();
    for (nth, question) in workflow.questions().iter().enumerate() {
        let id = question.id.as_str();
        if workflow.fields().iter().any(|plan| plan.field.id == id) {
            continue;
        }
        let changes = answers.space.find(&Name::Answer(id.into())).is_some_and(|at| {
            let tests = whole.tests.iter().flatten().flatten().chain(&whens);
            tests.into_iter().any(|test| !answers.depends(test, at).is_clear())
        });
        if !changes {
            found.push(
                Diagnostic::error(
                    "E-DATA-012",
                    whole.files[0].source.place(&format!("/questions/{nth}")),
                    format!("问题“{id}”怎么回答都一样：没有条件看它，也没有事项要填它"),
                    format!("the answer to \"{id}\" changes nothing: no condition depends on it and no matter has such a field"),
                )
                .help(
                    "去掉这个问题，或在条件里用 answer 读它",
                    "leave the question out, or let a condition read the answer",
                ),
            );
        }
    }
}

/// What an automatic step fetches is needed in some case that comes to the step.
pub(super) fn fetched(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    for (node, step) in whole.workflow.plan(0).graph.steps() {
        let Node::Service { obtains, .. } = &step.node else { continue };
        for (nth, id) in obtains.iter().enumerate() {
            let Some(plan) = whole.workflow.materials().iter().find(|plan| *plan.material.id == **id) else { continue };
            if !(&whole.comes_to(0, node) & &whole.wanted(&plan.needed_by)).is_clear() {
                continue;
            }
            let finding = Diagnostic::error(
                "E-DATA-013",
                whole.files[0].source.place(&format!("/nodes/{node}/obtains/{nth}")),
                format!("办到“{}”的办件都不需要材料“{id}”，取了没有用", step.id),
                format!("no case that comes to \"{}\" needs the material \"{id}\" that is fetched here", step.id),
            )
            .help("去掉它，或移到需要它的路上", "leave it out, or move the step to the way on which it is needed");
            let user = plan.needed_by.first();
            let place = user.and_then(|(part, _)| whole.files[usize::from(*part)].material(id));
            found.push(match place {
                Some(place) => finding.related(place, "需要它的事项", "the matter that needs it"),
                None => finding,
            });
        }
    }
}

/// A document that is issued is handed over or used by another matter.
pub(super) fn results(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let (workflow, answers) = (whole.workflow, &whole.answers);
    if workflow.kind() != FileKind::Package {
        return;
    }
    let graph = &workflow.plan(0).graph;
    for (part, plan) in workflow.plans().iter().enumerate().skip(1) {
        let Some(node) = plan.node else { continue };
        let mut delivered = false;
        let (mut seen, mut todo) = (vec![false; usize::from(graph.len())], vec![node]);
        while let Some(node) = todo.pop() {
            delivered |= matches!(graph.step(node).node, Node::Deliver { .. });
            for edge in &graph.step(node).outs {
                let (to, open) = (graph.ends(*edge).1, !whole.on[0][usize::from(*edge)].is_clear());
                if open && !std::mem::replace(&mut seen[usize::from(to)], true) {
                    todo.push(to);
                }
            }
        }
        for result in &plan.results {
            let used = workflow.materials().iter().any(
                |plan| matches!(&plan.material.source, MaterialSource::Result { result: from } if *from == result.id),
            );
            let document = matches!(result.kind, ResultKind::Certificate | ResultKind::Approval | ResultKind::Proof);
            if delivered || used || !document || whole.chosen[part].is_clear() {
                continue;
            }
            let Some(place) = whole.files[part].result(&result.id) else { continue };
            let finding = Diagnostic::reminder(
                "W-DATA-004",
                whole.files[0].source.place(&format!("/nodes/{node}")),
                format!("事项“{}”的结果“{}”在套餐里没有人送达，也没有别的事项用它", plan.id, result.id),
                format!("the result \"{}\" of \"{}\" is neither delivered nor used in the package", result.id, plan.id),
            )
            .related(place, "没有人用的结果", "the result that nobody uses")
            .help("在后面加 deliver 节点", "add a deliver step after it");
            found.push(for_example(finding, whole, &answers.all));
        }
    }
}

//! Missing: something is read before it is surely there.

use super::runs::{self, Ways};
use super::{Whole, for_example};
use crate::condition::Name;
use crate::definition::{MaterialSource, Node};
use crate::diagnostic::Diagnostic;
use crate::workflow::Workflow;

/// A material that another matter produces is there before it is needed, whenever that matter is chosen. With the
/// producer left out, the applicant brings it.
pub(super) fn results(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let (workflow, answers) = (whole.workflow, &whole.answers);
    let graph = &workflow.plan(0).graph;
    let ways = Ways::new(graph, answers, &whole.tests[0]);
    let mut without: Vec<(u8, Vec<fixedbitset::FixedBitSet>)> = Vec::new();
    for plan in workflow.materials() {
        let (MaterialSource::Result { result }, Some(by)) = (&plan.material.source, plan.produced_by) else { continue };
        let producer = workflow.plan(by);
        let Some(made_at) = producer.node else { continue };
        if !without.iter().any(|(known, _)| *known == by) {
            without.push((by, ways.reached(&answers.all, &[made_at])));
        }
        let Some((_, before)) = without.iter().find(|(known, _)| *known == by) else { continue };
        let chosen = &whole.chosen[usize::from(by)];
        let mut issued = answers.none();
        for (node, step) in producer.graph.steps() {
            if matches!(&step.node, Node::Issue { results, .. } if results.contains(result)) {
                issued.union_with(&whole.comes_to(usize::from(by), node));
            }
        }
        for (user, when) in &plan.needed_by {
            let (Some(node), file) = (workflow.plan(*user).node, &whole.files[usize::from(*user)]) else { continue };
            let needed = &whole.wanted(&[(*user, when.clone())]) & chosen;
            let (id, name) = (&plan.material.id, &producer.id);
            let Some(at) = file.material(id) else { continue };
            let at = file.source.place(&format!("{}/source/result", at.pointer));
            let runs_it = whole.files[0].source.place(&format!("/nodes/{made_at}"));
            let late = &needed & &runs::at(graph, node, before, answers);
            let never = super::answers::without(&needed, &issued);
            if !late.is_clear() {
                let finding = Diagnostic::error(
                    "E-DATA-002",
                    at,
                    format!("材料“{id}”由“{name}”产生，但办到这里时它不一定已办完"),
                    format!("the material \"{id}\" is produced by \"{name}\", which has not surely finished by then"),
                )
                .related(runs_it, "产生它的事项在这里办", "the matter that produces it runs here")
                .related(
                    whole.files[0].source.place(&format!("/nodes/{node}")),
                    "要用它的事项在这里办",
                    "the matter that needs it runs here",
                )
                .help("让产生它的事项排在前面", "put the matter that produces it before this one");
                found.push(for_example(finding, whole, &late));
            } else if !never.is_clear() {
                let made = whole.files[usize::from(by)].result(result).unwrap_or(runs_it);
                let finding = Diagnostic::error(
                    "E-DATA-002",
                    at,
                    format!("材料“{id}”由“{name}”产生，但那时“{name}”不发放结果“{result}”"),
                    format!("the material \"{id}\" is produced by \"{name}\", which does not issue \"{result}\" then"),
                )
                .related(made, "应当产生它的结果", "the result that it should come from")
                .help("给材料加上同样的 when", "give the material the same \"when\"");
                found.push(for_example(finding, whole, &never));
            }
        }
    }
}

/// A material from a shared source is there before it is used: before a package runs a matter that leaves the fetching to
/// it, before a matter decides or issues.
pub(super) fn shared(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let (workflow, answers) = (whole.workflow, &whole.answers);
    let graph = &workflow.plan(0).graph;
    let ways = Ways::new(graph, answers, &whole.tests[0]);
    for plan in workflow.materials() {
        let (MaterialSource::Shared { .. }, id) = (&plan.material.source, &plan.material.id) else { continue };
        let fetching = fetching(workflow, id);
        let Some(fetched_at) = fetching.first().copied() else { continue };
        let before = ways.reached(&answers.all, &fetching);
        for (user, when) in &plan.needed_by {
            let decides = |node: &Node| matches!(node, Node::Decide { .. } | Node::Issue { .. });
            let used_at: Vec<u16> = match workflow.plan(*user).node {
                Some(node) => vec![node],
                None => graph.steps().filter(|(_, step)| decides(&step.node)).map(|(node, _)| node).collect(),
            };
            let needed = whole.wanted(&[(*user, when.clone())]);
            let late = used_at.into_iter().filter(|node| !fetching.contains(node)).find_map(|node| {
                let late = &needed & &runs::at(graph, node, &before, answers);
                (!late.is_clear()).then_some((node, late))
            });
            let (Some((node, late)), Some(at)) = (late, whole.files[usize::from(*user)].material(id)) else { continue };
            let source = whole.files[0].source;
            let (user, fetcher) = (&graph.step(node).id, &graph.step(fetched_at).id);
            let finding = Diagnostic::error(
                "E-DATA-015",
                at,
                format!("材料“{id}”由“{fetcher}”去取，但办到“{user}”时它不一定已去取"),
                format!("the material \"{id}\" is fetched by \"{fetcher}\", which has not surely been done when \"{user}\" needs it"),
            )
            .related(source.place(&format!("/nodes/{fetched_at}")), "在这里去取", "it is fetched here")
            .related(source.place(&format!("/nodes/{node}")), "在这里要用", "it is needed here")
            .help("让取它的步骤在每条路上都排在前面", "put the step that fetches it before this one, on every way");
            found.push(for_example(finding, whole, &late));
        }
    }
}

/// The steps of part 0 that fetch a material, and those that run a matter that fetches it.
fn fetching(workflow: &Workflow, id: &str) -> Vec<u16> {
    let fetches =
        |node: &Node| matches!(node, Node::Service { obtains, .. } if obtains.iter().any(|known| known == id));
    let by_itself = |node: u16| {
        let part = workflow.plans().iter().find(|plan| plan.node == Some(node));
        part.is_some_and(|part| part.graph.steps().any(|(_, step)| fetches(&step.node)))
    };
    let steps = workflow.plan(0).graph.steps();
    steps.filter(|(node, step)| fetches(&step.node) || by_itself(*node)).map(|(node, _)| node).collect()
}

/// A way is chosen by a field only where the field is asked.
pub(super) fn fields(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let answers = &whole.answers;
    for (at, variable) in answers.space.variables.iter().enumerate() {
        let Name::Form(id) = &variable.name else { continue };
        let not_asked = answers.not_asked(at);
        if not_asked.is_clear() {
            continue;
        }
        for (part, tests) in whole.tests.iter().enumerate() {
            // What is wrong inside a matter was said when the matter itself was checked.
            if part > 0 {
                break;
            }
            let graph = &whole.workflow.plans()[part].graph;
            for (edge, test) in (0..graph.edge_count()).zip(tests) {
                let Some(test) = test else { continue };
                let mut unread = &whole.comes_to(part, graph.ends(edge).0) & &not_asked;
                unread.intersect_with(&answers.depends(test, at));
                if unread.is_clear() {
                    continue;
                }
                let finding = Diagnostic::error(
                    "E-DATA-007",
                    whole.files[part].source.place(&format!("/edges/{edge}/when")),
                    format!("这里按“form.{id}”选路，但有时并没有问这一项"),
                    format!("this way is chosen by \"form.{id}\", which is not always asked"),
                )
                .help("在条件里先写上问这一项的情形", "begin the condition with the situation in which it is asked");
                let asks = whole.workflow.fields().iter().find(|plan| *plan.field.id == **id);
                let asks = asks.and_then(|plan| plan.asked_by.first());
                let place = asks.and_then(|(part, _)| whole.files[usize::from(*part)].field(id));
                let finding = match place {
                    Some(place) => finding.related(place, "这一项在这里问", "it is asked here"),
                    None => finding,
                };
                found.push(for_example(finding, whole, &unread));
            }
        }
    }
}

/// Sent back for what a step came to, a case does that step again: else the old outcome would send it back again.
pub(super) fn done_again(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let graph = &whole.workflow.plan(0).graph;
    let ways = Ways::new(graph, &whole.answers, &whole.tests[0]);
    for edge in 0..graph.edge_count() {
        let Some(when) = &graph.way(edge).when else { continue };
        let mut read: Vec<u16> = when
            .names()
            .into_iter()
            .filter_map(|name| if let Name::Outcome(step) = name { Some(step) } else { None })
            .collect();
        read.sort_unstable();
        read.dedup();
        for step in read.into_iter().filter(|step| graph.ends(edge).1 != *step) {
            let taking = &whole.on[0][usize::from(edge)] & &whole.comes_to(0, step);
            let again = ways.comes_back(edge, &taking, step);
            if again.is_clear() {
                continue;
            }
            let (id, source) = (&graph.step(step).id, whole.files[0].source);
            let finding = Diagnostic::reminder(
                "W-DATA-005",
                source.place(&format!("/edges/{edge}/when")),
                format!("按“{id}”的结论退回，但退回的路上不再办“{id}”，结论不会变，会一再退回"),
                format!(
                    "sent back for the outcome of \"{id}\", but the way back does not do \"{id}\" again: the old outcome sends it back again"
                ),
            )
            .related(source.place(&format!("/nodes/{step}")), "退回后应当重办的步骤", "the step to be done again")
            .help(format!("退回到“{id}”或它之前"), format!("lead the way back to \"{id}\" or before it"));
            found.push(for_example(finding, whole, &again));
        }
    }
}

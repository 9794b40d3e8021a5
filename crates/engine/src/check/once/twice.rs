//! Lost and inconsistent: one thing collected twice, or written by two.

use super::Whole;
use crate::check::paths::Paths;
use crate::definition::{FileKind, MaterialSource, Node};
use crate::diagnostic::{Diagnostic, Place};

/// Two materials of one title from one source are one material with two ids.
pub(super) fn materials(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let materials = whole.workflow.materials();
    for (nth, one) in materials.iter().enumerate() {
        for other in &materials[nth + 1..] {
            let same = match (&one.material.source, &other.material.source) {
                (MaterialSource::Shared { system: a }, MaterialSource::Shared { system: b }) => a.zh == b.zh,
                (MaterialSource::Applicant {}, MaterialSource::Applicant {}) => true,
                _ => false,
            };
            if !same || one.material.title.zh != other.material.title.zh {
                continue;
            }
            let together = &whole.wanted(&one.needed_by) & &whole.wanted(&other.needed_by);
            let parts = (one.needed_by.first().map(|by| by.0), other.needed_by.first().map(|by| by.0));
            let (Some(first), Some(second)) = parts else { continue };
            if together.is_clear() || (first == second && first > 0) {
                continue;
            }
            let place = |part: u8, id: &str| whole.files[usize::from(part)].material(id);
            let (a, b) = (&one.material.id, &other.material.id);
            let (Some(there), Some(at)) = (place(first, a), place(second, b)) else { continue };
            found.push(
                Diagnostic::error(
                    "E-DATA-011",
                    at,
                    format!("材料“{b}”和“{a}”名称和来源都相同，同一份材料会收两次"),
                    format!("\"{b}\" has the title and the source of \"{a}\": the same material is collected twice"),
                )
                .related(there, "另一个 id", "the other id")
                .help(
                    format!("都用“{a}”作 id；若是两份，写清名称"),
                    format!("call both \"{a}\"; if they are two, say so in the titles"),
                ),
            );
        }
    }
}

/// Two fields of one title and one type are one field with two ids.
pub(super) fn fields(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let fields = whole.workflow.fields();
    for (nth, one) in fields.iter().enumerate() {
        for other in &fields[nth + 1..] {
            if one.field.title.zh != other.field.title.zh || one.field.kind != other.field.kind {
                continue;
            }
            let together = &whole.wanted(&one.asked_by) & &whole.wanted(&other.asked_by);
            let parts = (one.asked_by.first().map(|by| by.0), other.asked_by.first().map(|by| by.0));
            let (Some(first), Some(second)) = parts else { continue };
            if together.is_clear() || (first == second && first > 0) {
                continue;
            }
            let place = |part: u8, id: &str| whole.files[usize::from(part)].field(id);
            let (a, b) = (&one.field.id, &other.field.id);
            let (Some(there), Some(at)) = (place(first, a), place(second, b)) else { continue };
            found.push(
                Diagnostic::reminder(
                    "W-DATA-001",
                    at,
                    format!("字段“{b}”和“{a}”名称和类型都相同，同一项会问两次"),
                    format!("\"{b}\" has the title and the type of \"{a}\": the same thing is asked twice"),
                )
                .related(there, "另一个 id", "the other id")
                .help(
                    format!("都用“{a}”作 id；若是两项，写清名称"),
                    format!("call both \"{a}\"; if they are two, say so in the titles"),
                ),
            );
        }
    }
}

/// No two automatic steps fetch the same material side by side. One after the other is no fault: the second step is
/// passed when the first one got it.
pub(super) fn fetched(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let graph = &whole.workflow.plan(0).graph;
    let fetching: Vec<(u16, &str, Place)> = graph
        .steps()
        .flat_map(|(node, step)| {
            let obtains: &[String] = if let Node::Service { obtains, .. } = &step.node { obtains } else { &[] };
            let place = move |nth| whole.files[0].source.place(&format!("/nodes/{node}/obtains/{nth}"));
            obtains.iter().enumerate().map(move |(nth, id)| (node, id.as_str(), place(nth)))
        })
        .collect();
    let paths = Paths::new(graph);
    for (nth, (node, id, there)) in fetching.iter().enumerate() {
        let again = fetching[nth + 1..].iter().find(|(other, same, _)| {
            same == id
                && paths.side_by_side(*node, *other)
                && !(&whole.comes_to(0, *node) & &whole.comes_to(0, *other)).is_clear()
        });
        let Some((_, _, at)) = again else { continue };
        found.push(
            Diagnostic::error(
                "E-DATA-014",
                at.clone(),
                format!("材料“{id}”在并行的两步里各取一次"),
                format!("the material \"{id}\" is fetched by two steps side by side"),
            )
            .related(there.clone(), "另一步", "the other step")
            .help("只在一步里取", "fetch it in one of them"),
        );
    }
}

/// No result is written twice in one case: the second would take the place of the first.
pub(super) fn results(whole: &Whole<'_>, found: &mut Vec<Diagnostic>) {
    let workflow = whole.workflow;
    let package = workflow.kind() == FileKind::Package;
    let graph = &workflow.plan(0).graph;
    // The steps of part 0 that write each result, and where the result is named.
    let mut written: Vec<(u16, String, Option<Place>)> = Vec::new();
    if package {
        for (part, plan) in workflow.plans().iter().enumerate().skip(1) {
            let Some(node) = plan.node else { continue };
            let places =
                plan.results.iter().map(|result| (node, result.id.clone(), whole.files[part].result(&result.id)));
            written.extend(places);
        }
    } else {
        for (node, step) in graph.steps() {
            let Node::Issue { results, .. } = &step.node else { continue };
            let place = |nth| whole.files[0].source.place(&format!("/nodes/{node}/results/{nth}"));
            written.extend(results.iter().enumerate().map(|(nth, id)| (node, id.clone(), Some(place(nth)))));
        }
    }
    let paths = Paths::new(graph);
    for (nth, (node, id, there)) in written.iter().enumerate() {
        for (other, same, at) in &written[nth + 1..] {
            let (Some(there), Some(at)) = (there, at) else { continue };
            let together = || !(&whole.comes_to(0, *node) & &whole.comes_to(0, *other)).is_clear();
            if same != id || node == other || !paths.on_one_run(*node, *other) || !together() {
                continue;
            }
            let (zh, en) = if paths.side_by_side(*node, *other) {
                (
                    format!("并行的两步都发放结果“{id}”，留下哪一份说不准"),
                    format!(
                        "two steps side by side issue the result \"{id}\", and which of them stays is left to chance"
                    ),
                )
            } else {
                (
                    format!("结果“{id}”在一个办件里发放两次，后一份盖掉前一份"),
                    format!(
                        "the result \"{id}\" is issued twice in one case, and the second takes the place of the first"
                    ),
                )
            };
            found.push(
                Diagnostic::error("E-DATA-010", at.clone(), zh, en)
                    .related(there.clone(), "另一处", "the other place")
                    .help("两份结果各用一个 id", "give each result an id of its own"),
            );
        }
    }
}

//! Materials that are another matter's result: the matter that produces one surely ends before any that uses it.

use std::collections::BTreeSet;

use crate::check::file::Loaded;
use crate::check::names;
use crate::definition::{MaterialSource, Matter, Node};
use crate::diagnostic::Diagnostic;
use crate::net::Graph;
use crate::workflow::MaterialPlan;

/// A material that is another matter's result: that matter is in the package and lies on every way to its users.
pub(crate) fn results(
    graph: &Graph,
    parts: &[(usize, &Loaded<'_, Matter>)],
    materials: &mut [MaterialPlan],
    found: &mut Vec<Diagnostic>,
) {
    let before = surely_before(graph);
    for plan in materials {
        let MaterialSource::Result { result } = &plan.material.source else { continue };
        let producer = parts.iter().position(|(_, other)| other.value.results.iter().any(|known| known.id == *result));
        plan.produced_by = producer.and_then(|part| u8::try_from(part + 1).ok());
        for (user, _) in &plan.needed_by {
            let Some((user_node, user_file)) = parts.get(usize::from(*user).wrapping_sub(1)) else { continue };
            let index = user_file.value.materials.iter().position(|m| m.id == plan.material.id).unwrap_or_default();
            let at = user_file.source.place(&format!("/materials/{index}/source/result"));
            let id = &plan.material.id;
            let Some(producer) = producer else {
                let known: Vec<&str> = parts
                    .iter()
                    .flat_map(|(_, other)| other.value.results.iter().map(|result| result.id.as_str()))
                    .collect();
                found.push(names::unknown("E-REF-004", at, ("套餐内的结果", "result in the package"), result, known));
                continue;
            };
            let (node, other) = parts[producer];
            let node = u16::try_from(node).unwrap_or(u16::MAX);
            let user_node = u16::try_from(*user_node).unwrap_or(u16::MAX);
            let first = before[usize::from(user_node)].contains(&node);
            if !first {
                found.push(
                    Diagnostic::error(
                        "E-DATA-002",
                        at,
                        format!("材料“{id}”由“{}”产生，但办到这里时它不一定已办完", other.value.id),
                        format!(
                            "the material \"{id}\" is produced by \"{}\", which has not surely finished by then",
                            other.value.id
                        ),
                    )
                    .help("让产生它的事项排在前面", "put the matter that produces it before this one"),
                );
            }
        }
    }
}

/// For each step, the steps that were surely done when a token reaches it: after a parallel join, what any of its ways
/// in surely did; after anything else, what all of them surely did. The greatest fixed point, so that a loop takes
/// nothing away.
fn surely_before(graph: &Graph) -> Vec<BTreeSet<u16>> {
    let mut before = vec![(0..graph.len()).collect::<BTreeSet<u16>>(); usize::from(graph.len())];
    before[usize::from(graph.start())].clear();
    let mut settled = false;
    while !settled {
        settled = true;
        for (node, step) in graph.steps().filter(|(node, _)| *node != graph.start()) {
            let ways_in = step.ins.iter().map(|edge| {
                let from = graph.ends(*edge).0;
                let mut done = before[usize::from(from)].clone();
                done.insert(from);
                done
            });
            let done = match step.node {
                Node::Parallel { .. } => ways_in.reduce(|a, b| &a | &b),
                _ => ways_in.reduce(|a, b| &a & &b),
            };
            let done = done.unwrap_or_default();
            settled &= done == before[usize::from(node)];
            before[usize::from(node)] = done;
        }
    }
    before
}

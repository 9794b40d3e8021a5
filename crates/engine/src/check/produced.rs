//! Materials that are another matter's result: the matter that produces one surely ends before any that uses it.
//!
//! Where the answers leave the producer out, the applicant brings the material instead; so every combination of the
//! answers that the ways of the package depend on is looked at for itself.

use std::collections::BTreeSet;

use crate::check::file::Loaded;
use crate::check::foreseen::{self, Given};
use crate::check::names;
use crate::definition::{MaterialSource, Matter, Question};
use crate::diagnostic::Diagnostic;
use crate::net::{EdgeSet, Graph};
use crate::workflow::MaterialPlan;

/// Most markings looked at for one producer and one combination of answers; past it the producer counts as too late.
const MARKINGS_MAX: usize = 20_000;

/// A material that is another matter's result: that matter is in the package and, unless the answers leave it out, has
/// ended on every way to its users.
pub(crate) fn results(
    graph: &Graph,
    questions: &[Question],
    parts: &[(usize, &Loaded<'_, Matter>)],
    materials: &mut [MaterialPlan],
    found: &mut Vec<Diagnostic>,
) {
    let given = foreseen::combinations(graph, questions);
    for plan in materials {
        let MaterialSource::Result { result } = &plan.material.source else { continue };
        let producer = parts.iter().position(|(_, other)| other.value.results.iter().any(|known| known.id == *result));
        plan.produced_by = producer.and_then(|part| u8::try_from(part + 1).ok());
        let early = producer.map(|part| u16::try_from(parts[part].0).unwrap_or(u16::MAX));
        // For each combination of answers, the steps a case can come to while the producer has not ended.
        let without: Vec<(&Given<'_>, BTreeSet<u16>)> = early.map_or_else(Vec::new, |node| {
            let runs = |given: &&Given<'_>| reached(graph, given, None).contains(&node);
            given.iter().filter(runs).map(|given| (given, reached(graph, given, Some(node)))).collect()
        });
        for (user, when) in &plan.needed_by {
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
            let other = parts[producer].1;
            let user_node = u16::try_from(*user_node).unwrap_or(u16::MAX);
            let needed = |given: &Given<'_>| when.as_ref().is_none_or(|when| when.foreseen(given) != Some(false));
            if without.iter().any(|(given, steps)| steps.contains(&user_node) && needed(given)) {
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

/// The steps a case can come to with these answers while one step never ends. Steps that do not choose between ways are
/// taken one at a time, since in which order they go makes no difference to what can be reached.
fn reached(graph: &Graph, given: &Given<'_>, never: Option<u16>) -> BTreeSet<u16> {
    let first: EdgeSet = graph.step(graph.start()).outs.iter().copied().collect();
    let (mut steps, mut seen, mut todo) = (BTreeSet::new(), BTreeSet::from([first]), vec![first]);
    while let Some(marking) = todo.pop() {
        steps.extend(marking.iter().map(|edge| graph.ends(edge).1).filter(|to| Some(*to) != never));
        let goes = |edge| {
            let to = graph.ends(edge).1;
            Some((to, graph.ready(to, &marking).filter(|_| Some(to) != never)?))
        };
        let Some((step, taken)) = marking.iter().find_map(goes) else { continue };
        for put in foreseen::puts(graph, step, given) {
            let next = marking.without(&taken).with(&put);
            if seen.insert(next) {
                todo.push(next);
            }
        }
        if seen.len() > MARKINGS_MAX {
            return (0..graph.len()).collect();
        }
    }
    steps
}

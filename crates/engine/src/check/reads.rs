//! What steps come to and who looks at it: outcomes are read after they are there, and are not passed over.

use crate::check::file::Loaded;
use crate::check::paths::Paths;
use crate::condition::Name;
use crate::condition::space::{Space, Test};
use crate::definition::{Node, OnExhausted};
use crate::diagnostic::Diagnostic;
use crate::net::{EdgeSet, Graph};

/// Conditions read the outcomes of steps that came before; the edges whose conditions do not are returned.
pub(crate) fn outcomes<T>(
    loaded: &Loaded<'_, T>,
    graph: &Graph,
    paths: &Paths<'_>,
    found: &mut Vec<Diagnostic>,
) -> EdgeSet {
    let mut wrong = EdgeSet::default();
    for edge in 0..graph.edge_count() {
        let Some(when) = &graph.way(edge).when else { continue };
        let split = graph.ends(edge).0;
        let mut read: Vec<u16> = when.names().into_iter().filter_map(step).collect();
        read.sort_unstable();
        read.dedup();
        for step in read {
            let id = &graph.step(step).id;
            let at = loaded.source.place(&format!("/edges/{edge}/when"));
            let there = loaded.source.place(&format!("/nodes/{step}"));
            if paths.side_by_side(step, split) {
                wrong.insert(edge);
                found.push(
                    Diagnostic::error(
                        "E-DATA-009",
                        at,
                        format!("这里读“{id}”的结论，而它在并行的分支里，可能还没办完"),
                        format!(
                            "the outcome of \"{id}\" is read here, but that step runs side by side with this choice"
                        ),
                    )
                    .related(there, "与这里并行的步骤", "the step that runs side by side")
                    .help("先用并行汇合等它办完再选", "join the branches before choosing"),
                );
            } else if !paths.after(step, None).contains(split) {
                wrong.insert(edge);
                found.push(
                    Diagnostic::error(
                        "E-DATA-008",
                        at,
                        format!("这里读“{id}”的结论，但办到这里时它不可能已经办过"),
                        format!("the outcome of \"{id}\" is read here, but no case comes here after that step"),
                    )
                    .related(there, "读的是这一步的结论", "the step whose outcome is read")
                    .help(
                        "读前面步骤的结论，或把这一步移到前面",
                        "read an earlier step, or move that step before this one",
                    ),
                );
            }
        }
    }
    wrong
}

fn step(name: Name) -> Option<u16> {
    match name {
        Name::Outcome(node) => Some(node),
        Name::Form(_) | Name::Answer(_) => None,
    }
}

/// An outcome that should change the way of a case is looked at: by a condition, or by the person who decides.
pub(crate) fn passed_over<T>(
    loaded: &Loaded<'_, T>,
    graph: &Graph,
    paths: &Paths<'_>,
    space: &Space,
    found: &mut Vec<Diagnostic>,
) {
    for (node, step) in graph.steps() {
        if matches!(step.node, Node::Decide { .. }) {
            issued_after_refusal(loaded, graph, space, node, found);
        }
        let decided_later =
            || paths.after(node, None).iter().any(|later| matches!(graph.step(later).node, Node::Decide { .. }));
        let matters = match &step.node {
            Node::Intake { .. } | Node::Collect { .. } | Node::Wait { .. } => true,
            Node::Service { on_exhausted: OnExhausted::Continue, obtains, .. } => {
                obtains.is_empty() && !decided_later()
            }
            Node::Review { .. } => !decided_later(),
            _ => false,
        };
        // The kinds of step list the worst outcome last.
        let outcomes = step.node.outcomes();
        let Some(word) = outcomes.last().filter(|_| matters && outcomes.len() > 1) else { continue };
        let reads =
            |edge: u16| graph.way(edge).when.as_ref().is_some_and(|when| when.names().contains(&Name::Outcome(node)));
        if (0..graph.edge_count()).any(reads) {
            continue;
        }
        let id = &step.id;
        found.push(
            Diagnostic::reminder(
                "W-DATA-002",
                loaded.source.place(&format!("/nodes/{node}")),
                format!("没有条件看“{id}”的结论：“{word}”时办件照样往下走"),
                format!("nothing looks at the outcome of \"{id}\": with \"{word}\" the case goes on all the same"),
            )
            .help(
                format!("在它后面接一个 exclusive 网关，按 outcome.{id} 选路"),
                format!("put an exclusive gateway behind it that chooses by outcome.{id}"),
            ),
        );
    }
}

/// After a refusal nothing is issued until it is decided again.
fn issued_after_refusal<T>(
    loaded: &Loaded<'_, T>,
    graph: &Graph,
    space: &Space,
    decide: u16,
    found: &mut Vec<Diagnostic>,
) {
    let mut possible = space.everything();
    if let Some(at) = space.find(&Name::Outcome(decide)) {
        let refused = |value: &Option<crate::value::Value>| matches!(value, Some(crate::value::Value::Text(word)) if word == "refused");
        let variable = &space.variables[at];
        // The classes show one word each: the one of "refused", or the one that it shares with another word.
        if let Some(class) = variable.classes.iter().position(refused) {
            possible[at] = 1 << class;
        }
    }
    let (mut seen, mut todo) = (EdgeSet::one(decide), vec![decide]);
    while let Some(node) = todo.pop() {
        let step = graph.step(node);
        if matches!(step.node, Node::Issue { .. }) {
            let (id, by) = (&step.id, &graph.step(decide).id);
            found.push(
                Diagnostic::reminder(
                    "W-DATA-003",
                    loaded.source.place(&format!("/nodes/{node}")),
                    format!("“{by}”不予许可之后仍可办到“{id}”，会发出结果"),
                    format!("\"{id}\" can be reached although \"{by}\" refused: a result would be issued"),
                )
                .related(loaded.source.place(&format!("/nodes/{decide}")), "作决定的步骤", "the step that decides")
                .help(
                    format!("在“{by}”之后按 outcome.{by} == 'granted' 选路"),
                    format!("choose by outcome.{by} == 'granted' behind \"{by}\""),
                ),
            );
            continue;
        }
        let exclusive = matches!(step.node, Node::Exclusive { .. });
        let mut taken = false;
        for edge in &step.outs {
            let way = graph.way(*edge);
            let test = way.when.as_ref().map_or(Test::Known(!way.otherwise), |when| space.test(when));
            match (way.otherwise, test.holds(&possible)) {
                (true, _) if taken => continue,
                (false, Some(false)) => continue,
                (false, Some(true)) => taken |= way.when.is_some(),
                _ => {}
            }
            let to = graph.ends(*edge).1;
            if !seen.contains(to) {
                seen.insert(to);
                todo.push(to);
            }
            if taken && exclusive {
                break;
            }
        }
    }
}

//! Separation of duties: somebody else is asked for where somebody else can be, and no desk needs a crowd.

use crate::check::file::Loaded;
use crate::check::paths::Paths;
use crate::definition::Node;
use crate::diagnostic::Diagnostic;
use crate::net::Graph;

/// People whom a desk is taken to have. Two officers and a decider are three; a legal reviewer beside them is a fourth.
const DESK_PEOPLE: usize = 4;

/// What `different_from` asks for can be, and has an effect.
pub(crate) fn check<T>(loaded: &Loaded<'_, T>, graph: &Graph, paths: &Paths<'_>, found: &mut Vec<Diagnostic>) {
    let mut differ: Vec<(u16, u16)> = Vec::new();
    for (node, step) in graph.steps() {
        let (Node::Review { different_from, .. } | Node::Decide { different_from, .. }) = &step.node else { continue };
        for (nth, other) in different_from.iter().enumerate() {
            let Some(other) = graph.find(other) else { continue };
            let (id, name) = (&step.id, &graph.step(other).id);
            let at = loaded.source.place(&format!("/nodes/{node}/different_from/{nth}"));
            let there = loaded.source.place(&format!("/nodes/{other}"));
            if paths.side_by_side(node, other) || paths.after(other, None).contains(node) {
                differ.push((node, other));
                continue;
            }
            let later = paths.after(node, None).contains(other);
            let finding = if later {
                Diagnostic::error(
                    "E-DUTY-001",
                    at,
                    format!("“{name}”总在“{id}”之后才办，这里不起作用"),
                    format!("\"{name}\" is only done after \"{id}\", so this has no effect here"),
                )
                .help(
                    format!("写到“{name}”的 different_from 里：“{id}”"),
                    format!("write \"{id}\" into the \"different_from\" of \"{name}\""),
                )
            } else {
                Diagnostic::error(
                    "E-DUTY-001",
                    at,
                    format!("“{name}”和“{id}”不会在同一个办件里办理"),
                    format!("\"{name}\" and \"{id}\" are never done in the same case"),
                )
                .help("去掉它，或改成同一条路上的步骤", "leave it out, or name a step on the same way")
            };
            found.push(finding.related(there, "要求由另一人办理的步骤", "the step that somebody else must have done"));
        }
    }
    let desk = |node: u16| graph.step(node).node.queue();
    let mut crowd: Vec<u16> = Vec::new();
    for (first, _) in &differ {
        // Grown greedily from each step; with at most a few dozen steps that differ, that finds the largest in practice.
        let mut together = vec![*first];
        for (node, step) in graph.steps().filter(|(node, _)| node != first) {
            let apart = |other: &u16| differ.contains(&(node, *other)) || differ.contains(&(*other, node));
            if step.node.queue() == desk(*first) && together.iter().all(apart) {
                together.push(node);
            }
        }
        if together.len() > crowd.len() {
            crowd = together;
        }
    }
    if crowd.len() > DESK_PEOPLE {
        let (people, desk) = (crowd.len(), desk(crowd[0]).unwrap_or_default());
        let ids: Vec<&str> = crowd.iter().map(|node| &*graph.step(*node).id).collect();
        found.push(
            Diagnostic::reminder(
                "W-DUTY-001",
                loaded.source.place(&format!("/nodes/{}", crowd[0])),
                format!("“{desk}”至少要有 {people} 个人才能办完一件：{} 须各由不同的人办理", ids.join("、")),
                format!(
                    "\"{desk}\" needs {people} people for one case: {} must each be done by somebody else",
                    ids.join(", ")
                ),
            )
            .expected(format!("不超过 {DESK_PEOPLE} 人"), format!("at most {DESK_PEOPLE} people"))
            .help(
                "把其中几步交给别的科室，或减少 different_from",
                "give some of them to another desk, or ask for fewer differences",
            ),
        );
    }
}

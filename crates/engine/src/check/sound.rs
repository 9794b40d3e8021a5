//! Soundness of a definition's graph, as findings.

use std::collections::BTreeSet;

use crate::check::file::Loaded;
use crate::definition::Node;
use crate::diagnostic::Diagnostic;
use crate::net::Graph;
use crate::proof::{Flaw, Kind, Model, Reason, Verdict, prove};

/// A graph as the proof reads it: what a step does with tokens, and nothing of what it is about. Nodes and edges keep
/// their numbers.
pub(crate) fn model(graph: &Graph) -> Model {
    let kind = |node: &Node| match node {
        Node::Start { .. } => Kind::Start,
        Node::End { .. } => Kind::End,
        Node::Parallel { .. } => Kind::And,
        Node::Exclusive { .. } => Kind::Xor,
        Node::Inclusive { .. } => Kind::Or,
        _ => Kind::Task,
    };
    let ends = |edge| {
        let (from, to) = graph.ends(edge);
        (u32::from(from), u32::from(to))
    };
    Model {
        kinds: graph.steps().map(|(_, step)| kind(&step.node)).collect(),
        edges: (0..graph.edge_count()).map(ends).collect(),
    }
}

pub(crate) fn sound<T>(loaded: &Loaded<'_, T>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let model = model(graph);
    let flaw = match prove(&model) {
        Verdict::Sound => return,
        Verdict::Undecided { markings } => {
            found.push(
                Diagnostic::error(
                    "E-SOUND-005",
                    loaded.source.place("/nodes"),
                    format!("查看了 {markings} 种状态仍不能断定是否可靠"),
                    format!("{markings} states were looked at and soundness is still undecided"),
                )
                .help(
                    "减少同时并行的分支，或把一部分放进单独的事项",
                    "use fewer branches side by side, or move some of them into a matter of their own",
                ),
            );
            return;
        }
        Verdict::Unsound(flaw) => flaw,
    };
    let id = |node: u32| graph.step(u16::try_from(node).unwrap_or_default()).id.to_string();
    let name = id(flaw.node);
    let (code, zh, en) = match flaw.reason {
        Reason::Deadlock => (
            "E-SOUND-001",
            format!("办件会在“{name}”前永远等待"),
            format!("a case can wait for ever before \"{name}\""),
        ),
        Reason::Unsafe => {
            ("E-SOUND-002", format!("“{name}”可能同时执行两次"), format!("\"{name}\" can run twice at the same time"))
        }
        Reason::Livelock => (
            "E-SOUND-003",
            format!("办件到了“{name}”之后可能永远结束不了"),
            format!("a case that comes to \"{name}\" may never finish"),
        ),
        Reason::Dead => ("E-SOUND-004", format!("“{name}”永远不会执行"), format!("\"{name}\" never runs")),
    };
    let told = flaw.told(&model, id);
    let (help_zh, help_en) = match sent_back(&model, &flaw) {
        Some((from, to)) => {
            let (from, to) = (id(from), id(to));
            (
                format!("“{from}”退回到“{to}”时，并行的另一路还在办：只在本路之内退回，或等各路汇合之后再退"),
                format!(
                    "when \"{from}\" sends the case back to \"{to}\", another way beside it is still open: send back within one way, or after the ways have joined"
                ),
            )
        }
        None => (
            "并行分开的路用并行汇合，选择分开的路用选择汇合".to_owned(),
            "join with parallel what a parallel gateway split, and with exclusive what an exclusive one split"
                .to_owned(),
        ),
    };
    found.push(
        Diagnostic::error(code, loaded.source.place(&format!("/nodes/{}", flaw.node)), zh, en)
            .help(help_zh, help_en)
            .witness(flaw.nodes().map(id).collect(), told),
    );
}

/// Where the run goes back to a step that it has been at, with something else still open: what a send-back leaves behind.
fn sent_back(model: &Model, flaw: &Flaw) -> Option<(u32, u32)> {
    if !matches!(flaw.reason, Reason::Unsafe | Reason::Deadlock) {
        return None;
    }
    let (mut seen, mut open): (BTreeSet<u32>, BTreeSet<u32>) = Default::default();
    for firing in &flaw.run {
        seen.insert(firing.node);
        firing.taken.iter().for_each(|edge| _ = open.remove(edge));
        let mut to = firing.put.iter().map(|edge| model.edges[*edge as usize].1);
        let to = to.find(|to| seen.contains(to) && always_before(model, *to, firing.node));
        if let (Some(to), false) = (to, open.is_empty()) {
            return Some((firing.node, to));
        }
        open.extend(&firing.put);
    }
    None
}

/// Whether no way leads from the start to a node but through another.
fn always_before(model: &Model, first: u32, then: u32) -> bool {
    let start = model.kinds.iter().position(|kind| *kind == Kind::Start).unwrap_or_default() as u32;
    let (mut seen, mut todo) = (BTreeSet::new(), vec![start]);
    while let Some(node) = todo.pop() {
        if node != first && seen.insert(node) {
            todo.extend(model.edges.iter().filter(|edge| edge.0 == node).map(|edge| edge.1));
        }
    }
    !seen.contains(&then)
}

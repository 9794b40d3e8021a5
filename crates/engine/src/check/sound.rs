//! Soundness of a definition's graph, as findings.

use crate::check::file::Loaded;
use crate::definition::Node;
use crate::diagnostic::Diagnostic;
use crate::net::Graph;
use crate::proof::{Kind, Model, Reason, Verdict, prove};

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
    found.push(
        Diagnostic::error(code, loaded.source.place(&format!("/nodes/{}", flaw.node)), zh, en)
            .help(
                "并行分开的路用并行汇合，选择分开的路用选择汇合",
                "join with parallel what a parallel gateway split, and with exclusive what an exclusive one split",
            )
            .witness(flaw.nodes().map(id).collect(), told),
    );
}

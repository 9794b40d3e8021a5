//! Graphviz.

use std::fmt::Write;

use onething_engine::Workflow;
use onething_engine::net::Graph;

use super::card::{self, Shape};
use super::{label, layout};

/// A quoted string of the DOT language.
fn quoted(text: &str) -> String {
    let clean = text.replace(|letter: char| letter.is_control(), " ");
    format!("\"{}\"", clean.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Two lines: Chinese above, English beneath.
fn two_lines(zh: &str, en: &str) -> String {
    // `\n` is a line break of the DOT language, so it must not be escaped.
    format!("{}\\n{}", quoted(zh).trim_end_matches('"'), quoted(en).trim_start_matches('"'))
}

pub(super) fn text(workflow: &Workflow) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "digraph {} {{", quoted(workflow.id()));
    out.push_str("  graph [rankdir=TB, compound=true];\n");
    out.push_str("  node [fontname=\"Noto Sans CJK SC\", fontsize=12];\n");
    out.push_str("  edge [fontname=\"Noto Sans CJK SC\", fontsize=10];\n");
    for (part, plan) in workflow.plans().iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_p{part} {{");
        let _ = writeln!(out, "    label={};", two_lines(&plan.title.zh, &plan.title.en));
        nodes(&mut out, workflow, &plan.graph, part);
        edges(&mut out, workflow, &plan.graph, part);
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

fn nodes(out: &mut String, workflow: &Workflow, graph: &Graph, part: usize) {
    for (_, step) in graph.steps() {
        let title = card::title(workflow, &step.node);
        let (look, label) = match Shape::of(&step.node) {
            Shape::Start => ("shape=circle", quoted("开始")),
            Shape::End => ("shape=doublecircle", quoted("结束")),
            Shape::Parallel => ("shape=diamond", quoted("+")),
            Shape::Exclusive => ("shape=diamond", quoted("×")),
            Shape::Inclusive => ("shape=diamond", quoted("○")),
            Shape::Person => ("shape=box, style=rounded", two_lines(&title.zh, &title.en)),
            Shape::Applicant => ("shape=box, style=\"rounded,dotted\"", two_lines(&title.zh, &title.en)),
            Shape::Service => ("shape=component", two_lines(&title.zh, &title.en)),
            Shape::Wait => ("shape=octagon", two_lines(&title.zh, &title.en)),
            Shape::Notice => ("shape=note", two_lines(&title.zh, &title.en)),
            Shape::Matter => ("shape=box, peripheries=2", two_lines(&title.zh, &title.en)),
        };
        let _ = writeln!(out, "    p{part}_{} [{look}, label={label}];", step.id);
    }
}

fn edges(out: &mut String, workflow: &Workflow, graph: &Graph, part: usize) {
    for (edge, back) in (0..graph.edge_count()).zip(layout::back_edges(graph)) {
        let (from, to) = graph.ends(edge);
        let mut looks = Vec::new();
        if let Some(words) = label::words(workflow, graph, edge) {
            looks.push(format!("label={}", two_lines(&words.zh, &words.en)));
        }
        if back {
            looks.push("style=dashed, constraint=false".to_owned());
        }
        let looks = if looks.is_empty() { String::new() } else { format!(" [{}]", looks.join(", ")) };
        let (from, to) = (&graph.step(from).id, &graph.step(to).id);
        let _ = writeln!(out, "    p{part}_{from} -> p{part}_{to}{looks};");
    }
}

//! Mermaid flowcharts.

use std::fmt::Write;

use onething_engine::Workflow;
use onething_engine::net::Graph;

use super::card::{self, Shape};
use super::{label, layout};

/// Text between quotes: what Mermaid or HTML would read as its own is written as an entity code.
fn quoted(text: &str) -> String {
    let mut clean = String::from("\"");
    for letter in text.chars() {
        match letter {
            '#' => clean.push_str("#35;"),
            '"' => clean.push_str("#quot;"),
            '&' => clean.push_str("#amp;"),
            '<' => clean.push_str("#lt;"),
            '>' => clean.push_str("#gt;"),
            '`' => clean.push_str("#96;"),
            '|' => clean.push_str("#124;"),
            other if other.is_control() => clean.push(' '),
            other => clean.push(other),
        }
    }
    clean.push('"');
    clean
}

fn two_lines(zh: &str, en: &str) -> String {
    format!("{}<br/>{}", quoted(zh).trim_end_matches('"'), quoted(en).trim_start_matches('"'))
}

pub(super) fn text(workflow: &Workflow) -> String {
    let mut out = String::from("flowchart TB\n");
    for (part, plan) in workflow.plans().iter().enumerate() {
        let title = format!("{} {}", plan.title.zh, plan.title.en);
        let _ = writeln!(out, "  subgraph p{part}[{}]", quoted(&title));
        nodes(&mut out, workflow, &plan.graph, part);
        edges(&mut out, workflow, &plan.graph, part);
        out.push_str("  end\n");
    }
    out
}

fn nodes(out: &mut String, workflow: &Workflow, graph: &Graph, part: usize) {
    for (_, step) in graph.steps() {
        let title = card::title(workflow, &step.node);
        let label = two_lines(&title.zh, &title.en);
        let shape = match Shape::of(&step.node) {
            Shape::Start => format!("(({}))", quoted("开始")),
            Shape::End => format!("((({})))", quoted("结束")),
            Shape::Parallel => format!("{{{}}}", quoted("+")),
            Shape::Exclusive => format!("{{{}}}", quoted("×")),
            Shape::Inclusive => format!("{{{}}}", quoted("○")),
            Shape::Person => format!("({label})"),
            Shape::Applicant => format!("([{label}])"),
            Shape::Service => format!("[{label}]"),
            Shape::Wait => format!("{{{{{label}}}}}"),
            Shape::Notice => format!(">{label}]"),
            Shape::Matter => format!("[[{label}]]"),
        };
        let _ = writeln!(out, "    p{part}_{}{shape}", step.id);
    }
}

fn edges(out: &mut String, workflow: &Workflow, graph: &Graph, part: usize) {
    for (edge, back) in (0..graph.edge_count()).zip(layout::back_edges(graph)) {
        let (from, to) = graph.ends(edge);
        let label = label::words(workflow, graph, edge)
            .map(|words| format!("|{}|", two_lines(&words.zh, &words.en)))
            .unwrap_or_default();
        let arrow = if back { "-.->" } else { "-->" };
        let (from, to) = (&graph.step(from).id, &graph.step(to).id);
        let _ = writeln!(out, "    p{part}_{from} {arrow}{label} p{part}_{to}");
    }
}

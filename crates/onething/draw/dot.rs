//! Graphviz.

use std::fmt::Write;

use super::card::{self, Shape};
use super::marks::{Kind, Mark, Marks};
use super::sketch::{Part, Sketch};
use super::{badge, label, layout, problems};

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

pub(super) fn text(sketch: &Sketch, marks: &Marks) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "digraph {} {{", quoted(&sketch.id));
    out.push_str("  graph [rankdir=TB, compound=true];\n");
    out.push_str("  node [fontname=\"Noto Sans CJK SC\", fontsize=12];\n");
    out.push_str("  edge [fontname=\"Noto Sans CJK SC\", fontsize=10];\n");
    let none = Mark::default();
    for (nth, part) in sketch.parts.iter().enumerate() {
        if !marks.only.is_empty() && !marks.only.contains(&nth) {
            continue;
        }
        let _ = writeln!(out, "  subgraph cluster_p{nth} {{");
        let _ = writeln!(out, "    label={};", two_lines(&part.title.zh, &part.title.en));
        for (node, step) in part.steps.iter().enumerate() {
            let mark = marks.steps.get(&(nth, node)).unwrap_or(&none);
            let (look, label) = look(sketch, step, mark);
            let _ = writeln!(out, "    p{nth}_{} [{look}, label={label}{}];", step.key, stressed(mark));
        }
        edges(&mut out, sketch, part, nth, marks);
        out.push_str("  }\n");
    }
    if !marks.problems.is_empty() {
        out.push_str("  subgraph cluster_problems {\n    label=\"问题 problems\";\n");
        for (number, finding) in marks.problems.iter().enumerate() {
            let mut label = quoted(&problems::badge_of(finding, number + 1).text);
            for (line, _) in problems::lines(finding) {
                label = format!("{}\\l{}", label.trim_end_matches('"'), quoted(&line).trim_start_matches('"'));
            }
            let _ =
                writeln!(out, "    problem_{} [shape=note, label={}\\l\"];", number + 1, label.trim_end_matches('"'));
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

/// The shape of a step and its label, with the marks in words.
fn look(sketch: &Sketch, step: &super::sketch::Step, mark: &Mark) -> (&'static str, String) {
    let title = card::title(sketch, step);
    let titled = || two_lines(&title.zh, &title.en);
    let (look, label) = match Shape::of(step) {
        Shape::Start => ("shape=circle", quoted("开始")),
        Shape::End => ("shape=doublecircle", quoted("结束")),
        Shape::Parallel => ("shape=diamond", quoted("+")),
        Shape::Exclusive => ("shape=diamond", quoted("×")),
        Shape::Inclusive => ("shape=diamond", quoted("○")),
        Shape::Person => ("shape=box, style=rounded", titled()),
        Shape::Applicant => ("shape=box, style=\"rounded,dotted\"", titled()),
        Shape::Service => ("shape=component", titled()),
        Shape::Wait => ("shape=octagon", titled()),
        Shape::Notice => ("shape=note", titled()),
        Shape::Matter => ("shape=box, peripheries=2", titled()),
        Shape::Unknown | Shape::Missing => ("shape=box, style=dashed", titled()),
    };
    let label = mark.words().iter().fold(label, |label, words| {
        format!("{}\\n{}", label.trim_end_matches('"'), quoted(words).trim_start_matches('"'))
    });
    (look, label)
}

/// Colour and width of a marked step or edge.
fn stressed(mark: &Mark) -> String {
    let kind = mark.kinds().next().filter(|kind| *kind != Kind::Done);
    kind.map(|kind| format!(", color=\"{}\", penwidth=3", badge::colour(kind))).unwrap_or_default()
}

fn edges(out: &mut String, sketch: &Sketch, part: &Part, nth: usize, marks: &Marks) {
    let none = Mark::default();
    for ((edge, way), back) in part.ways.iter().enumerate().zip(layout::back_edges(part)) {
        let mark = marks.ways.get(&(nth, edge)).unwrap_or(&none);
        let mut looks = Vec::new();
        let words = label::words(sketch, part, edge);
        let words = words.map(|words| two_lines(&words.zh, &words.en)).unwrap_or_default();
        let words = mark.words().iter().fold(words, |label, words| match label.as_str() {
            "" => quoted(words),
            label => format!("{}\\n{}", label.trim_end_matches('"'), quoted(words).trim_start_matches('"')),
        });
        if !words.is_empty() {
            looks.push(format!("label={words}"));
        }
        if back {
            looks.push("style=dashed, constraint=false".to_owned());
        }
        let looks = format!("{}{}", looks.join(", "), stressed(mark));
        let looks = looks.trim_start_matches(", ");
        let looks = if looks.is_empty() { String::new() } else { format!(" [{looks}]") };
        let (from, to) = (&part.steps[way.from].key, &part.steps[way.to].key);
        let _ = writeln!(out, "    p{nth}_{from} -> p{nth}_{to}{looks};");
    }
}

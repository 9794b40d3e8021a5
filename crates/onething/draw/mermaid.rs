//! Mermaid flowcharts.

use std::fmt::Write;

use super::card::{self, Shape};
use super::marks::{Kind, Mark, Marks};
use super::sketch::Sketch;
use super::{badge, label, layout, problems};

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

/// Adds lines of marks in words to a quoted label.
fn with_marks(label: String, mark: &Mark) -> String {
    mark.words().iter().fold(label, |label, words| match label.as_str() {
        "" => quoted(words),
        label => format!("{}<br/>{}", label.trim_end_matches('"'), quoted(words).trim_start_matches('"')),
    })
}

pub(super) fn text(sketch: &Sketch, marks: &Marks) -> String {
    let mut out = String::from("flowchart TB\n");
    // Edges are styled by their number in the whole text.
    let (mut styles, mut edges) = (String::new(), 0);
    for (nth, part) in sketch.parts.iter().enumerate() {
        if !marks.only.is_empty() && !marks.only.contains(&nth) {
            continue;
        }
        let title = format!("{} {}", part.title.zh, part.title.en);
        let _ = writeln!(out, "  subgraph p{nth}[{}]", quoted(&title));
        nodes(&mut out, &mut styles, sketch, nth, marks);
        lines(&mut out, (&mut styles, &mut edges), sketch, nth, marks);
        out.push_str("  end\n");
    }
    if !marks.problems.is_empty() {
        let _ = writeln!(out, "  subgraph problems[{}]", quoted("问题 problems"));
        for (number, finding) in marks.problems.iter().enumerate() {
            let mut label = quoted(&problems::badge_of(finding, number + 1).text);
            for (line, _) in problems::lines(finding) {
                label = format!("{}<br/>{}", label.trim_end_matches('"'), quoted(&line).trim_start_matches('"'));
            }
            let _ = writeln!(out, "    problem_{}[{label}]", number + 1);
        }
        out.push_str("  end\n");
    }
    out + &styles
}

fn nodes(out: &mut String, styles: &mut String, sketch: &Sketch, nth: usize, marks: &Marks) {
    let none = Mark::default();
    for (node, step) in sketch.parts[nth].steps.iter().enumerate() {
        let mark = marks.steps.get(&(nth, node)).unwrap_or(&none);
        let title = card::title(sketch, step);
        let label = with_marks(two_lines(&title.zh, &title.en), mark);
        let sign = |sign: &str| with_marks(quoted(sign), mark);
        let shape = match Shape::of(step) {
            Shape::Start => format!("(({}))", sign("开始")),
            Shape::End => format!("((({})))", sign("结束")),
            Shape::Parallel => format!("{{{}}}", sign("+")),
            Shape::Exclusive => format!("{{{}}}", sign("×")),
            Shape::Inclusive => format!("{{{}}}", sign("○")),
            Shape::Person => format!("({label})"),
            Shape::Applicant => format!("([{label}])"),
            Shape::Service | Shape::Unknown | Shape::Missing => format!("[{label}]"),
            Shape::Wait => format!("{{{{{label}}}}}"),
            Shape::Notice => format!(">{label}]"),
            Shape::Matter => format!("[[{label}]]"),
        };
        let _ = writeln!(out, "    p{nth}_{}{shape}", step.key);
        if let Some(kind) = mark.kinds().next().filter(|kind| *kind != Kind::Done) {
            let _ = writeln!(styles, "  style p{nth}_{} stroke:{},stroke-width:4px", step.key, badge::colour(kind));
        }
    }
}

fn lines(out: &mut String, (styles, edges): (&mut String, &mut usize), sketch: &Sketch, nth: usize, marks: &Marks) {
    let (part, none) = (&sketch.parts[nth], Mark::default());
    for ((edge, way), back) in part.ways.iter().enumerate().zip(layout::back_edges(part)) {
        let mark = marks.ways.get(&(nth, edge)).unwrap_or(&none);
        let words = label::words(sketch, part, edge);
        let words = with_marks(words.map(|words| two_lines(&words.zh, &words.en)).unwrap_or_default(), mark);
        let label = if words.is_empty() { words } else { format!("|{words}|") };
        let arrow = if back { "-.->" } else { "-->" };
        let (from, to) = (&part.steps[way.from].key, &part.steps[way.to].key);
        let _ = writeln!(out, "    p{nth}_{from} {arrow}{label} p{nth}_{to}");
        if let Some(kind) = mark.kinds().next() {
            let _ = writeln!(styles, "  linkStyle {edges} stroke:{},stroke-width:4px", badge::colour(kind));
        }
        *edges += 1;
    }
}

//! The picture of a workflow: SVG that one would print, and the texts that Graphviz and Mermaid read.
//!
//! ```text
//! files ------ sketch ----+
//! findings, a case ...  marks ----+
//!                         |       |
//!           card, label --> sizes -- layout (dagre) --> places -- route --> Scene -- page, shapes, edges --> SVG
//! ```
//!
//! This module must not know: files, the command line, the clock. The same sketch with the same marks gives the same bytes.

mod badge;
mod canvas;
mod card;
mod condition;
mod dot;
mod edges;
mod label;
mod layout;
mod legend;
mod marks;
mod mermaid;
mod page;
mod problems;
mod route;
mod shapes;
mod sheet;
mod sketch;
mod stretch;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use marks::{Mark, Marks, State};
pub(crate) use sketch::Sketch;
pub(crate) use text::escape;

/// The picture as SVG: the workflow's own graph first, then that of each of its matters, on A4 sheets.
pub(crate) fn svg(sketch: &Sketch, marks: &Marks) -> String {
    page::picture(sketch, marks)
}

/// The picture as elements of a web page, one a sheet.
pub(crate) fn figure(sketch: &Sketch, marks: &Marks) -> String {
    page::figure(sketch, marks)
}

/// The graphs in Graphviz's language, one cluster each.
pub(crate) fn dot(sketch: &Sketch, marks: &Marks) -> String {
    dot::text(sketch, marks)
}

/// The graphs as a Mermaid flowchart, one subgraph each.
pub(crate) fn mermaid(sketch: &Sketch, marks: &Marks) -> String {
    mermaid::text(sketch, marks)
}

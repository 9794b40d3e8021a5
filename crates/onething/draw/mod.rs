//! The picture of a workflow: SVG that one would print, and the texts that Graphviz and Mermaid read.
//!
//! ```text
//! Workflow -- card, label --> sizes -- layout (dagre) --> places -- route --> Scene -- page, shapes, edges --> SVG
//! ```
//!
//! This module must not know: files, the command line, the clock. The same workflow gives the same bytes.

mod canvas;
mod card;
mod condition;
mod dot;
mod edges;
mod label;
mod layout;
mod legend;
mod mermaid;
mod page;
mod route;
mod shapes;
mod sheet;
mod stretch;
mod text;

#[cfg(test)]
mod tests;

use onething_engine::Workflow;

/// The picture as SVG: the workflow's own graph first, then that of each of its matters, on A4 sheets.
pub(crate) fn svg(workflow: &Workflow) -> String {
    page::picture(workflow)
}

/// The graphs in Graphviz's language, one cluster each.
pub(crate) fn dot(workflow: &Workflow) -> String {
    dot::text(workflow)
}

/// The graphs as a Mermaid flowchart, one subgraph each.
pub(crate) fn mermaid(workflow: &Workflow) -> String {
    mermaid::text(workflow)
}

//! Definitions of other systems, made into definition files: text in, text and a report out.
//!
//! A crate of its own because the engine must not know other people's formats, and because an importer is a pure
//! function that wants its own tests. This crate must not know: files, clocks, randomness, stores, or how a report is
//! shown. A test walks `cargo metadata` and the sources, and proves it.

pub mod digit;
mod report;

pub use report::{Imported, Item, Refusal};

//! The definition format, version 1: what an author writes.
//!
//! These types are the grammar. The JSON Schema that editors use is generated from them, the reader
//! checks files against that same schema, and serde fills them only after it holds.

mod fields;
mod files;
mod graph;

pub use fields::{
    Choice, Field, FieldType, Material, MaterialId, MaterialSource, Question, QuestionType, ResultKind, ResultType,
};
pub use files::{
    Basis, Before, ClockStart, FileKind, FormatVersion, Limits, Matter, MatterFileKind, Package, PackageFileKind,
    Period, Power, Promise, PromiseScope, Reductions,
};
pub use graph::{
    Edge, Node, NoticeTo, OnExhausted, QueueName, Retry, ReviewOutcome, SERVICE_QUEUE, StopReason, StopsClock,
};

pub use crate::text::Title;

//! What can be computed of a checked workflow without running it: plain data, for the check and for those who explain.

mod critical_path;
mod explanation;
mod reductions;
mod schedule;
mod situation;

pub(crate) use critical_path::longest;
pub use critical_path::{CriticalPath, Stretch, critical_path};
pub use explanation::{Asked, Explanation, FieldRow, MaterialRow, MatterRow, Origin, QuestionRow, explain};
pub use reductions::{Figure, Measure, Reduction, Term};
pub use schedule::{Dated, Schedule};
pub use situation::{SITUATIONS_MAX, Situation};

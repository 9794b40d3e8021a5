//! What a run measures, and how sure it is.

mod interval;
mod level;
mod tally;

pub use interval::{Interval, batch_means};
pub use level::Level;
pub use tally::Tally;

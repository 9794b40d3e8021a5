//! What a run measures, and how sure it is.

mod histogram;
mod interval;
mod level;
mod tally;

pub use histogram::Histogram;
pub use interval::{Interval, batch_means};
pub use level::Level;
pub use tally::Tally;

//! What can be computed of a checked workflow without running it: plain data, for the check and for those who explain.

mod critical_path;

pub use critical_path::{CriticalPath, Stretch, critical_path};

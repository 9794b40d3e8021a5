//! Queueing stations: networks small enough for theory, to prove the machinery that whole centres are simulated with.
//! Who is served next is a [`Discipline`]: the hall of the worker, or the plain queue of the textbook.

mod discipline;
mod hall;
mod network;
mod plain;
mod report;

pub use discipline::{Discipline, Start};
pub use hall::HallDesk;
pub use network::{Inflow, Network, Shift, Station};
pub use plain::Plain;
pub use report::{NetworkReport, StationReport, Unbalanced};

//! One module for each command; `demo` has a folder of its own.

pub(crate) mod archive;
pub(crate) mod calendar;
pub(crate) mod calibrate;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod doctor;
pub(crate) mod draw;
pub(crate) mod explain;
mod graphs;
pub(crate) mod hall;
pub(crate) mod import;
pub(crate) mod load;
pub(crate) mod plan;
pub(crate) mod queues;
pub(crate) mod simulate;
pub(crate) mod store;
pub(crate) mod test;
pub(crate) mod ticket;
pub(crate) mod worker;

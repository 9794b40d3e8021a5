//! Redis servers, guarded pairs and clusters that tests start for themselves: on free loopback ports, in a temporary folder, gone with
//! the process that started them, however it ends.
//!
//! The functions panic when something does not work: a test that has no server has failed.
//!
//! Must not know: anything of the product.

#![allow(clippy::unwrap_used, reason = "only tests use it")]

mod cluster;
mod guarded;
mod proxy;
mod server;
mod tls;
mod wire;

pub use cluster::Cluster;
pub use guarded::Guarded;
pub use proxy::{Proxy, Weather};
pub use server::{Server, free_port};
pub use tls::Certificates;

/// What to run where `redis-server` is missing.
pub const INSTALL: &str = "apt-get install redis-server";

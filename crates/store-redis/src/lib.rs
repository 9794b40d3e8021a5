//! The store on Redis 7 and later: one server, a pair guarded by sentinels, or a cluster; Valkey too.
//!
//! Every transition is one script, `lua/*.lua`, in which all of it happens or nothing. All keys of a centre lie on one
//! node; `docs/redis.md` lists them.
//!
//! Must not know: what an event, a state or a task means, and what time it is.

mod address;
mod bell;
mod check;
mod commit;
mod keys;
mod net;
mod open;
mod reply;
mod roles;
mod rows;
mod script;
mod sizes;
mod store;

pub use address::shown;
pub use check::Finding;
pub use open::{Durability, Options, RedisStore};

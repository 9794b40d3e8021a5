//! What durable means: one atomic commit per transition, leases with fences, a history anyone can verify.
//!
//! [`Store`] is what the rest of the product knows. [`MemoryStore`] forgets at exit, [`EmbeddedStore`] keeps everything
//! in one file; both pass [`mod@conformance`], and so must every other.
//!
//! Must not know: what an event, a state or a task means (all bytes), and what time it is (an argument).

mod archive;
mod arrivals;
mod board;
pub mod bounds;
mod chain;
mod commit;
pub mod conformance;
mod embedded;
mod error;
mod ids;
mod memory;
mod role;
mod store;

pub use archive::{Archive, Archived};
pub use chain::{ChainHash, Fault, Record, Verdict, Verifier};
pub use commit::{Claim, Claimed, Commit, CommitOutcome, Index, Lease, LostLease, OutboxMessage, QueuedTask, Reply};
pub use embedded::{EmbeddedStore, Options};
pub use error::StoreError;
pub use ids::{CaseId, CentreId, CommandId, Fence, Queue, TaskId, TimerId, WorkerId};
pub use memory::MemoryStore;
pub use role::Role;
pub use store::{
    DueTimer, Filter, Found, Loaded, OutboxEntry, Page, QueueDepth, ReleaseOutcome, RenewOutcome, StandingPlace,
    StandingTask, Store, WaitingTask,
};

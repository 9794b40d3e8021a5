//! The tokio driver: windows, desks, automatic steps, timers, notices, transfers between centres, drain.
//!
//! This crate must not know: any rule of approvals (the engine's), who is served next (the policy's), or which store
//! keeps the bytes (the binary's).

mod alarm;
mod bell;
mod centre;
mod claimer;
mod clerk;
mod clock;
mod courier;
mod hall;
mod handler;
mod happened;
mod lanes;
mod neighbours;
mod reception;
mod record;
mod runtime;
mod services;
mod tides;
mod timers;
mod transfer;
mod window;

pub use centre::{CONFLICTS_MAX, Centre, Done, Refusal, With, definition_key};
pub use clerk::ScriptedClerk;
pub use clock::{Clock, PacedClock, SharedClock, StretchClock, WallClock};
pub use courier::{Messenger, Trouble, troubles};
pub use hall::{HallPlan, Window};
pub use handler::{Handler, Verdict, Work};
pub use happened::Happened;
pub use neighbours::{Alone, Neighbours, Offer};
pub use reception::{Errand, Left, Reception, Ticket, Visitor};
pub use record::{Answer, Definition, Recorded};
pub use runtime::{Crew, Joined, NotJoined, Post, Running, Staff, join, start};
pub use services::Programs;
pub use tides::LiveTide;
pub use transfer::{CENTRE_TOPIC, number_there};

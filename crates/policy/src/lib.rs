//! Who is served next, which windows are open, when a lease is renewed, when a failed service is tried again.
//!
//! Must not know: tokio, a clock, randomness, files, threads, the store, or what a task is about. Time is an argument;
//! the same signals at the same times give the same acts, byte for byte.
//!
//! [`Hall`] is a machine without input and output: a driver feeds it [`Signal`]s and carries out the [`Act`]s it
//! returns. The worker drives it with wall time, the simulator with virtual time.
//!
//! ```
//! use onething_policy::{Act, Class, Hall, HallConfig, Signal, WindowKind};
//!
//! let mut hall = Hall::new(HallConfig::illustrative())?;
//! let opened = Signal::WindowOpened {
//!     window: "3".into(),
//!     kind: WindowKind::Comprehensive,
//!     skills: ["comprehensive".into()].into(),
//!     shift_ends_ms: None,
//! };
//! hall.on(0, opened);
//! let taken = Signal::TicketTaken {
//!     ticket: "A017".into(),
//!     queue: "comprehensive".into(),
//!     class: Class::WALK_IN,
//!     appointment_ms: None,
//! };
//! let acts = hall.on(1_000, taken);
//! assert_eq!(acts, [Act::Call { window: "3".into(), ticket: "A017".into(), call: 1 }]);
//! # Ok::<(), onething_policy::ConfigError>(())
//! ```

mod act;
mod backoff;
mod class;
mod config;
mod hall;
mod ids;
mod lease;
mod local;
mod places;
mod queue;
mod rates;
mod seating;
mod signal;
mod snapshot;
mod tide;
mod window;

pub use act::{Act, Alarm, Refusal, Subject};
pub use backoff::{Backoff, BackoffError};
pub use class::{Class, ClassError};
pub use config::{ConfigError, HallConfig, QUEUE_LENGTH_MAX, QUEUES_MAX, QueueRule, WINDOWS_MAX};
pub use hall::Hall;
pub use ids::{CampaignId, Skill, TaskRef, TicketId, WindowId};
pub use lease::Lease;
pub use local::QUARTERS;
pub use rates::{ArrivalRates, DAY_KEPT, WeekdayRates};
pub use seating::{ALWAYS, Seating, Shift};
pub use signal::{Signal, WindowKind, Work};
pub use snapshot::{QueueRow, Snapshot, TideRow, WindowRow, WindowState};
pub use tide::{
    ForecastStep, Lenders, RosterStretch, Seen, TideConfig, TideCost, TidePolicy, TideState, TideStep, TideWatch, Today,
};

//! Closed formulas of queueing theory, each with its source. Rates are for one unit of time, whichever the caller
//! takes; waits come out in the same unit.

mod chain;
mod cobham;
mod erlang;
mod forward;
mod jackson;
mod pollaczek;
mod staffing;

pub use chain::{BirthDeath, with_patience, with_room};
pub use cobham::two_or_more_classes;
pub use erlang::{Mmc, erlang_b, erlang_c, mmc};
pub use forward::{Forward, Staffed};
pub use jackson::flows;
pub use pollaczek::{md1_wait, mg1_wait};
pub use staffing::{MixedNeed, Need};

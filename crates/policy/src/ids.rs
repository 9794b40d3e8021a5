//! Names given by the caller. Each is its own type, so that a ticket can never be passed for a task.
//!
//! All are shared strings: the caller already has names (a store's task id, a window's number on the wall, a queue of a
//! definition), one clone is one counter, and acts, logs and tables show what people see.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as the caller wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name.into())
            }
        }

        impl From<Arc<str>> for $name {
            fn from(name: Arc<str>) -> Self {
                Self(name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A place where work is done: a window of the hall, or one officer's seat at a department desk.
    WindowId

    /// A task of the store, by the id that claims it. Unique among all tasks of the centre.
    TaskRef

    /// A person waiting, by the number they drew (取号), such as `A017`. Unique within the day.
    TicketId

    /// What a window can do, and the name of the queue of those who need it: `comprehensive`, `desk:fire`, `issue`,
    /// `tide:teacher-2026-spring`.
    Skill

    /// A tide (潮汐) known by name, such as the spring's teacher certificates.
    CampaignId
}

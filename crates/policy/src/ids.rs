//! Names given by the caller. Each is its own type, so that a ticket can never be passed for a task.
//!
//! Names are shared strings: the caller already has names (a store's task id, a window's number on the wall, a queue of a
//! definition), one clone is one counter, and acts, logs and tables show what people see. Work may be called by numbers
//! instead, by a caller whom they tell more.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of work: a text, or numbers of a caller who reads them again and shows them to nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Name {
    Text(Arc<str>),
    Numbers(u64, u32),
}

impl From<Arc<str>> for Name {
    fn from(name: Arc<str>) -> Name {
        Name::Text(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Text(name) => out.write_str(name),
            Name::Numbers(first, second) => write!(out, "{first}#{second}"),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Text(name) => fmt::Debug::fmt(name, out),
            Name::Numbers(first, second) => write!(out, "{first}#{second}"),
        }
    }
}

macro_rules! names {
    ($inner:ty: $($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Arc::<str>::from(name).into()
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Arc::<str>::from(name).into()
            }
        }

        impl From<Arc<str>> for $name {
            fn from(name: Arc<str>) -> Self {
                Self(name.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, out)
            }
        }
    )*};
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)*) => {
        names! { Arc<str>: $($(#[$doc])* $name)* }

        $(impl $name {
            /// The name as the caller wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        })*
    };
}

macro_rules! works {
    ($($(#[$doc:meta])* $name:ident)*) => {
        names! { Name: $($(#[$doc])* $name)* }

        $(impl $name {
            /// A name of two numbers, which costs nothing. It is another name than any text.
            pub fn numbered(first: u64, second: u32) -> Self {
                Self(Name::Numbers(first, second))
            }

            /// The numbers of a name that [`Self::numbered`] made.
            pub fn numbers(&self) -> Option<(u64, u32)> {
                match self.0 {
                    Name::Numbers(first, second) => Some((first, second)),
                    Name::Text(_) => None,
                }
            }

            /// The name as the caller wrote it, if it is a text.
            pub fn text(&self) -> Option<&str> {
                match &self.0 {
                    Name::Text(name) => Some(name),
                    Name::Numbers(..) => None,
                }
            }
        })*
    };
}

works! {
    /// A task of the store, by the id that claims it. Unique among all tasks of the centre.
    TaskRef

    /// A person waiting, by the number they drew (取号), such as `A017`. Unique within the day.
    TicketId
}

texts! {
    /// A place where work is done: a window of the hall, or one officer's seat at a department desk.
    WindowId

    /// What a window can do, and the name of the queue of those who need it: `comprehensive`, `desk:fire`, `issue`,
    /// `tide:teacher-2026-spring`.
    Skill

    /// A tide (潮汐) known by name, such as the spring's teacher certificates.
    CampaignId
}

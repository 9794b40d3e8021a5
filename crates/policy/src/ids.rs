//! Names given by the caller. Each is its own type, so that a ticket can never be passed for a task.
//!
//! Names are shared strings: the caller already has names (a store's task id, a window's number on the wall), one clone is
//! one counter, and acts, logs and tables show what people see. Windows and work may be called by numbers instead, by a
//! caller whom they tell more; numbers are that caller's own and are never written down. Queues and tides are few and are
//! named in nearly every signal: their names are interned, and stay in memory until the program ends.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use ustr::Ustr;

/// A text, or the number of a caller who reads it again and shows it to nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name<N> {
    Text(Arc<str>),
    Number(N),
}

impl<N> Serialize for Name<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Name::Text(name) => serializer.serialize_str(name),
            Name::Number(_) => {
                Err(ser::Error::custom("a name that is a number is its caller's own: write down a text"))
            }
        }
    }
}

impl<'de, N> Deserialize<'de> for Name<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Arc::<str>::deserialize(deserializer).map(Name::Text)
    }
}

impl<N> From<Arc<str>> for Name<N> {
    fn from(name: Arc<str>) -> Name<N> {
        Name::Text(name)
    }
}

impl<N: fmt::Debug> fmt::Display for Name<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Text(name) => out.write_str(name),
            Name::Number(number) => write!(out, "{number:?}"),
        }
    }
}

impl<N: fmt::Debug> fmt::Debug for Name<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Text(name) => fmt::Debug::fmt(name, out),
            Name::Number(number) => fmt::Debug::fmt(number, out),
        }
    }
}

macro_rules! names {
    ($inner:ty: $($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

macro_rules! interned {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        names! { Ustr: $(#[$doc])* #[derive(Copy)] $name }

        impl $name {
            /// The name as the caller wrote it.
            pub fn as_str(&self) -> &'static str {
                self.0.as_str()
            }
        }

        impl From<Ustr> for $name {
            fn from(name: Ustr) -> Self {
                Self(name)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    )*};
}

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident by $number:ty)*) => {$(
        names! { Name<$number>: $(#[$doc])* #[derive(Debug)] $name }

        impl $name {
            /// A name that costs nothing. It is another name than any text, and cannot be written down.
            pub fn numbered(number: $number) -> Self {
                Self(Name::Number(number))
            }

            /// What [`Self::numbered`] was given.
            pub fn number(&self) -> Option<$number> {
                match self.0 {
                    Name::Number(number) => Some(number),
                    Name::Text(_) => None,
                }
            }

            /// The name as the caller wrote it, if it is a text.
            pub fn text(&self) -> Option<&str> {
                match &self.0 {
                    Name::Text(name) => Some(name),
                    Name::Number(_) => None,
                }
            }
        }
    )*};
}

numbered! {
    /// A place where work is done: a window of the hall, or one officer's seat at a department desk.
    WindowId by u32

    /// A task of the store, by the id that claims it. Unique among all tasks of the centre. Numbers are of its case and its
    /// own.
    TaskRef by (u64, u32)

    /// A person waiting, by the number they drew (取号), such as `A017`. Unique within the day.
    TicketId by u64
}

interned! {
    /// What a window can do, and the name of the queue of those who need it: `comprehensive`, `desk:fire`, `issue`,
    /// `tide:teacher-2026-spring`.
    Skill

    /// A tide (潮汐) known by name, such as the spring's teacher certificates.
    CampaignId
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_number_is_another_name_than_the_text_it_shows_and_only_texts_are_written_down() {
        let (number, text) = (WindowId::numbered(7), WindowId::from("7"));
        assert_eq!((number.number(), number.text()), (Some(7), None));
        assert_eq!((text.number(), text.text()), (None, Some("7")));
        assert_eq!(number.to_string(), text.to_string());
        assert_ne!(number, text);
        assert!(serde_json::to_string(&TaskRef::numbered((1 << 48, 40))).is_err());
        assert!(serde_json::from_str::<WindowId>("7").is_err());
        let named = BTreeMap::from([(text, TaskRef::from("3-000007#40"))]);
        let written = serde_json::to_string(&named).unwrap();
        assert_eq!(written, r##"{"7":"3-000007#40"}"##);
        assert_eq!(serde_json::from_str::<BTreeMap<WindowId, TaskRef>>(&written).unwrap(), named);
    }
}

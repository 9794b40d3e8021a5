//! Names of things, each its own type so that mixing two of them does not compile.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One shared string per id: an id is copied into every index it appears in, and a copy must cost a counter, not a
/// heap block.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to [`ID_BYTES_MAX`](crate::bounds::ID_BYTES_MAX) bytes, no control characters; checked when it reaches
        /// a store, not here.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    };
}

name! {
    /// A government service centre (政务服务中心): the unit of ordering, atomicity and sharding.
    CentreId
}
name! {
    /// One running application (办件), unique within its centre.
    CaseId
}
name! {
    /// One command, unique within its centre: the second submission is answered with the first one's reply.
    ///
    /// Ids that grow with time (a counter, a UUID version 7) keep the index of commands compact on disk.
    CommandId
}
name! {
    /// A queue of tasks of one kind, within a centre.
    Queue
}
name! {
    /// Who claims tasks: a window, a desk, an automatic service.
    WorkerId
}

/// A task of a case. The number is the engine's and is not used again within the case while the task is queued.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TaskId {
    /// The case the task belongs to.
    pub case: CaseId,
    /// The number of the task within the case.
    pub number: u32,
}

/// A timer of a case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TimerId {
    /// The case the timer belongs to.
    pub case: CaseId,
    /// The number of the timer within the case.
    pub number: u32,
}

impl TaskId {
    /// Task `number` of `case`.
    pub fn new(case: impl Into<CaseId>, number: u32) -> Self {
        Self { case: case.into(), number }
    }
}

impl TimerId {
    /// Timer `number` of `case`.
    pub fn new(case: impl Into<CaseId>, number: u32) -> Self {
        Self { case: case.into(), number }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.case, self.number)
    }
}

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.case, self.number)
    }
}

/// Grows with every claim in a centre and is never used twice: of two holders of one task, or of one role, the greater
/// fence is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Fence(pub u64);

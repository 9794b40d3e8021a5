//! Kinds of days.

use serde::{Deserialize, Serialize};

/// What kind of day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Monday to Friday, worked.
    Workday,
    /// Saturday or Sunday, not worked.
    Weekend,
    /// A day off inside a holiday, weekend days of the holiday included.
    Holiday,
    /// A Saturday or Sunday that is worked (调休上班).
    MakeUp,
}

impl DayKind {
    /// Whether it is a working day.
    #[must_use]
    pub fn is_worked(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUp)
    }

    /// What a person reads, in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Workday => "工作日",
            Self::Weekend => "周末",
            Self::Holiday => "放假",
            Self::MakeUp => "调休上班",
        }
    }

    /// What a person reads, in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Workday => "working day",
            Self::Weekend => "weekend",
            Self::Holiday => "day off",
            Self::MakeUp => "make-up working day",
        }
    }
}

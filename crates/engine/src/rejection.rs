//! Why a command was refused. A refused command changes nothing.

use serde::{Deserialize, Serialize};

use crate::calendar::Uncovered;
use crate::text::Title;

/// A refused command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", message.zh)]
pub struct Rejection {
    /// Stable code, such as `R-TASK-001`.
    pub code: String,
    /// What is wrong and what to do about it.
    pub message: Title,
    /// Each thing that is wrong, where there are several.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where: `form.area`, `answers.sells_tobacco`, `materials.floor_plan`.
    pub at: String,
    /// What is wrong, what was expected.
    pub message: Title,
}

impl Rejection {
    /// Cold: what leads here is kept out of the way of what leads to a decision.
    #[cold]
    pub(crate) fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: Title::new(zh, en), problems: Vec::new() }
    }

    pub(crate) fn with(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }
}

impl Problem {
    #[cold]
    pub(crate) fn new(at: String, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { at, message: Title::new(zh, en) }
    }
}

impl From<Uncovered> for Rejection {
    fn from(gap: Uncovered) -> Self {
        let year = gap.year;
        Self::new(
            "R-CALENDAR-001",
            format!("{year} 年的工作日安排尚未公布，无法计算期限；请先补充日历文件"),
            format!(
                "the calendar of {year} is not published, so no limit can be computed: add the year to the calendar file"
            ),
        )
    }
}

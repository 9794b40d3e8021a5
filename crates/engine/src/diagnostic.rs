//! What is wrong, where, what was expected and how to mend it: plain data, rendered by the binary.

use serde::Serialize;

use crate::text::Title;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The definition is refused.
    Error,
    /// The definition runs, but its author should look.
    Warning,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// File name as the caller gave it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// JSON pointer (RFC 6901) of the value.
    pub pointer: String,
    /// First byte of the value, from 0.
    pub offset: usize,
    /// Length of the value in bytes.
    pub length: usize,
}

/// Another place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Where it is.
    #[serde(rename = "at")]
    pub place: Place,
    /// What stands there.
    pub message: Title,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, such as `E-REF-002`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    #[serde(rename = "at")]
    pub place: Place,
    /// What is wrong.
    pub message: Title,
    /// What was expected instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Title>,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Title>,
    /// The other places it is about, each with what stands there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// The run of node ids that leads to the problem, from the start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub witness: Vec<String>,
    /// The same run in words, and what is wrong at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<Title>,
}

impl Diagnostic {
    /// An error with a code at a place.
    #[must_use]
    pub fn error(code: &'static str, place: Place, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place,
            message: Title::new(zh, en),
            expected: None,
            help: None,
            related: Vec::new(),
            witness: Vec::new(),
            story: None,
        }
    }

    /// A warning with a code, such as `W-COND-002`, at a place.
    #[must_use]
    pub fn reminder(code: &'static str, place: Place, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::error(code, place, zh, en).warning()
    }

    /// The same, but only a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.expected = Some(Title::new(zh, en));
        self
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help = Some(Title::new(zh, en));
        self
    }

    /// Adds how to mend it, unless there is a better guess already.
    #[must_use]
    pub fn or_help(self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        if self.help.is_some() { self } else { self.help(zh, en) }
    }

    /// Adds a "did you mean" when a known name is close to what was written.
    #[must_use]
    pub fn did_you_mean<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(written, known) {
            Some(name) => {
                let name = name.to_owned();
                self.help(format!("是否想写“{name}”？"), format!("did you mean \"{name}\"?"))
            }
            None => self,
        }
    }

    /// Adds what follows from it to the message.
    #[must_use]
    pub fn and_so(mut self, zh: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        self.message.zh = format!("{}；{}", self.message.zh, zh.as_ref());
        self.message.en = format!("{}; {}", self.message.en, en.as_ref());
        self
    }

    /// Adds another place that it is about.
    #[must_use]
    pub fn related(mut self, place: Place, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.related.push(Related { place, message: Title::new(zh, en) });
        self
    }

    /// Adds the run that leads to the problem, and tells it.
    #[must_use]
    pub fn witness(mut self, run: Vec<String>, story: Title) -> Self {
        self.witness = run;
        self.story = Some(story);
        self
    }
}

/// The known name closest to what was written, if it is close enough to be a slip: at most a third of its characters
/// differ, and not all of them.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let allowed = (length / 3).max(1).min(length.saturating_sub(1));
    known
        .into_iter()
        .map(|name| (edit_distance(written, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Optimal string alignment distance (Damerau 1964): insertions, deletions, replacements, neighbours swapped.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i + j;
                continue;
            }
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// The most findings reported for one file; past it a last finding says that there are more.
pub const DIAGNOSTICS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_is_guessed_and_a_stranger_is_not() {
        let known = ["intake", "review", "decide", "parallel"];
        for (written, guess) in [
            ("intkae", Some("intake")),
            ("reveiw", Some("review")),
            ("paralel", Some("parallel")),
            ("banana", None),
            ("x", None),
            ("2", None),
        ] {
            assert_eq!(closest(written, known), guess, "{written}");
        }
    }
}

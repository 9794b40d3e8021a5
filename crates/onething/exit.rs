//! How a command ends: its exit code, and its last sentence when it failed.

use std::process::ExitCode;

use onething_engine::Title;
use onething_store::StoreError;
use onething_worker::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a command answers.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// Findings, a refusal, a record that does not verify.
pub(crate) const REFUSED: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// Files, the data directory or the store failed.
pub(crate) const BROKEN: u8 = 3;
/// Stopped at once by a second Ctrl-C, as shells write it.
pub(crate) const STOPPED: u8 = 130;

/// Does what waits for a store or for other machines, on threads of its own.
pub(crate) fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let failed = |error| Failure::new(BROKEN, format!("无法启动：{error}"), format!("cannot start: {error}"));
    runtime.map_err(failed)?.block_on(work)
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    kind: String,
    message: Title,
    details: Vec<(String, Title)>,
    json: bool,
}

impl Failure {
    /// A failure with an exit code and a sentence in both languages.
    pub(crate) fn new(code: u8, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let kind = match code {
            REFUSED => "refused",
            USAGE => "usage",
            _ => "broken",
        };
        Self { code, kind: kind.to_owned(), message: Title::new(zh, en), details: Vec::new(), json: false }
    }

    /// What happened, in both languages.
    pub(crate) fn sentence(&self) -> String {
        format!("{} / {}", self.message.zh, self.message.en)
    }

    /// Each thing that is wrong, in a line of its own.
    pub(crate) fn more(&self) -> String {
        self.details.iter().map(|(at, message)| format!("  {at}：{} / {}\n", message.zh, message.en)).collect()
    }

    /// Its exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// It as JSON, for a program to read.
    pub(crate) fn value(&self) -> Value {
        let details: Vec<_> = self.details.iter().map(|(at, message)| json!({"at": at, "message": message})).collect();
        json!({"kind": self.kind, "message": self.message, "details": details})
    }

    /// The failure that another process told as [`Self::value`].
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let message = Title::deserialize(&value["message"]).ok()?;
        let code = if value["kind"] == "broken" { BROKEN } else { REFUSED };
        let details = value["details"]
            .as_array()?
            .iter()
            .filter_map(|it| Some((it["at"].as_str()?.to_owned(), Title::deserialize(&it["message"]).ok()?)));
        Some(Self { details: details.collect(), ..Self::new(code, message.zh, message.en) })
    }

    /// The same failure, told as JSON.
    pub(crate) fn with_json(mut self, json: bool) -> Self {
        self.json = json;
        self
    }

    /// Tells it on standard error (or, as JSON, on standard output) and gives the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        if self.json {
            println!("{}", json!({"error": self.value()}));
        } else {
            eprintln!("{}", self.message.zh);
            if self.message.en != self.message.zh {
                eprintln!("{}", self.message.en);
            }
            eprint!("{}", self.more());
        }
        ExitCode::from(self.code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        let text = error.to_string();
        let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
        if matches!(error, StoreError::Unsafe { .. }) {
            let (zh, en) =
                (format!("{zh}；仍要使用请加 --accept-loss"), format!("{en}; --accept-loss uses it all the same"));
            return Self::new(BROKEN, zh, en);
        }
        Self::new(BROKEN, zh, en)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::from(&refusal)
    }
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => {
                let details = rejection.problems.iter().map(|it| (it.at.clone(), it.message.clone())).collect();
                let Title { zh, en } = &rejection.message;
                Self { kind: rejection.code.clone(), details, ..Self::new(REFUSED, zh, en) }
            }
            Refusal::Store(error) => error.into(),
            other => {
                let text = other.to_string();
                let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
                Self::new(BROKEN, zh, en)
            }
        }
    }
}

//! What a step comes to: the engine's own words, and those an author gives a review.

use std::cmp::Ordering;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize};
use ustr::{Ustr, existing_ustr};

/// Longest word an author may declare. An outcome is the name of a button, not a sentence.
pub const WORD_BYTES_MAX: usize = 32;

/// What a step or a part can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Intake: accepted (受理).
    Accepted,
    /// Intake: something is missing (补正).
    Supplement,
    /// Intake: not accepted (不予受理).
    NotAccepted,
    /// Review: passed.
    Passed,
    /// Review or service: failed.
    Failed,
    /// Decision: granted (准予).
    Granted,
    /// Decision: refused (不予许可).
    Refused,
    /// Collect: supplied.
    Supplied,
    /// Collect or wait: the limit passed.
    Expired,
    /// Service, timer or matter without a decision: done.
    Done,
    /// Wait: the message came.
    Received,
    /// Issue: issued.
    Issued,
    /// Deliver: delivered.
    Delivered,
    /// Review: a word its author declared.
    Declared(Word),
}

/// The outcomes that have a word of the engine's own.
const KNOWN: [(Outcome, &str); 13] = [
    (Outcome::Accepted, "accepted"),
    (Outcome::Supplement, "supplement"),
    (Outcome::NotAccepted, "not_accepted"),
    (Outcome::Passed, "passed"),
    (Outcome::Failed, "failed"),
    (Outcome::Granted, "granted"),
    (Outcome::Refused, "refused"),
    (Outcome::Supplied, "supplied"),
    (Outcome::Expired, "expired"),
    (Outcome::Done, "done"),
    (Outcome::Received, "received"),
    (Outcome::Issued, "issued"),
    (Outcome::Delivered, "delivered"),
];

/// A word that an author declared: a lower-case letter, then lower-case letters, digits and underscores.
///
/// It is the number of the word among those this process has met, so that an outcome is small and `Copy` and a case, which
/// holds one for every step, stays in the cache. Numbers are never written down: a history has the words, and is read without
/// the definition it was made under. Words come from definitions and histories, which are few. A command is read only with
/// words that came from there, so that no command brings a new one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(u16);

/// Every declared word that this process has met; none is ever dropped. There is room for 65,536: far more than definitions
/// declare. Past them a new word is none.
static WORDS: RwLock<Vec<Ustr>> = RwLock::new(Vec::new());

impl Word {
    /// The number of a word, given now if it is new; `None` for what cannot be one and when there is no room.
    fn new(word: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_one = word.len() <= WORD_BYTES_MAX
            && word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(plain);
        if !is_one {
            return None;
        }
        Self::known(word).or_else(|| {
            let mut words = WORDS.write().unwrap_or_else(PoisonError::into_inner);
            let at = words.iter().position(|known| *known == word).unwrap_or(words.len());
            let number = u16::try_from(at).ok()?;
            if at == words.len() {
                words.push(word.into());
            }
            Some(Self(number))
        })
    }

    /// The number of a word that was met before.
    fn known(word: &str) -> Option<Self> {
        let word = existing_ustr(word)?;
        let words = WORDS.read().unwrap_or_else(PoisonError::into_inner);
        words.iter().position(|known| *known == word).and_then(|at| u16::try_from(at).ok()).map(Self)
    }

    fn as_str(self) -> &'static str {
        let words = WORDS.read().unwrap_or_else(PoisonError::into_inner);
        words.get(usize::from(self.0)).map_or("", Ustr::as_str)
    }
}

impl Ord for Word {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Word {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Outcome {
    /// The outcome of a word: one of the engine's own, or one that an author may declare. A declared word stays in memory until
    /// the program ends.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::usual(word).or_else(|| Word::new(word).map(Self::Declared))
    }

    /// The same, of declared words only one that a definition or a history brought to this process.
    fn met(word: &str) -> Option<Self> {
        Self::usual(word).or_else(|| Word::known(word).map(Self::Declared))
    }

    fn usual(word: &str) -> Option<Self> {
        KNOWN.iter().find(|(_, known)| *known == word).map(|(outcome, _)| *outcome)
    }

    /// The word in conditions and files.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Supplement => "supplement",
            Self::NotAccepted => "not_accepted",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Supplied => "supplied",
            Self::Expired => "expired",
            Self::Done => "done",
            Self::Received => "received",
            Self::Issued => "issued",
            Self::Delivered => "delivered",
            Self::Declared(word) => word.as_str(),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reading { only_met: false })
    }
}

/// The outcome of a command.
pub(crate) fn commanded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
    deserializer.deserialize_str(Reading { only_met: true })
}

struct Reading {
    only_met: bool,
}

impl serde::de::Visitor<'_> for Reading {
    type Value = Outcome;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.only_met {
            return f.write_str(
                "an outcome of the engine's own or one that some definition declares which was checked here before",
            );
        }
        write!(f, "an outcome: a lower-case letter, then lower-case letters, digits and underscores, ")?;
        write!(f, "at most {WORD_BYTES_MAX} in all")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Outcome, E> {
        let outcome = if self.only_met { Outcome::met(word) } else { Outcome::of(word) };
        outcome.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(word), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, Outcome, commanded};

    #[test]
    fn an_outcome_is_its_word() {
        let declared = ["forward", "send_back", "x", "passed_2", "a23456789_123456789_123456789_12"];
        for word in KNOWN.iter().map(|(_, word)| *word).chain(declared) {
            let outcome = Outcome::of(word).expect(word);
            assert_eq!((outcome.word(), matches!(outcome, Outcome::Declared(_))), (word, declared.contains(&word)));
            let text = serde_json::to_string(&outcome).expect("JSON");
            assert_eq!(text, format!("\"{word}\""));
            assert_eq!(serde_json::from_str::<Outcome>(&text).expect("and back"), outcome);
        }
        for wrong in ["", "Forward", "1st", "send-back", "退回", "a\0", "a23456789_123456789_123456789_123"] {
            assert_eq!(Outcome::of(wrong), None, "{wrong:?}");
            assert!(serde_json::from_value::<Outcome>(wrong.into()).is_err(), "{wrong:?}");
        }
        assert!(Outcome::of("fine") < Outcome::of("finer") && Outcome::of("b") > Outcome::of("aa"));
    }

    #[test]
    fn a_command_brings_no_word_that_no_definition_has() {
        let read = |word: &str| commanded(&mut serde_json::Deserializer::from_str(&format!("\"{word}\"")));
        let refused = read("never_heard_of").expect_err("a stranger's word").to_string();
        assert!(refused.contains("never_heard_of") && refused.contains("some definition declares"), "{refused}");
        assert_eq!(read("granted").ok(), Some(Outcome::Granted));
        let declared = Outcome::of("heard_of");
        assert_eq!(read("heard_of").ok(), declared);
        assert!(read("never_heard_of").is_err(), "to be refused is not to be met");
    }
}

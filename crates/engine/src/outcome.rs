//! What a step comes to: the engine's own words, and those an author gives a review.

use serde::{Deserialize, Serialize};

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
/// It stands inside the outcome rather than behind a pointer, so that outcomes stay `Copy`, a case is copied for a
/// decision without counting references, and commands of strangers leave nothing behind. At 32 bytes an event is no
/// larger than it was without declared words; an index into the definition would be smaller, but a history must be
/// read without the definition it was made under. Unused bytes are 0, so bytes compare as words do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word([u8; WORD_BYTES_MAX]);

impl Word {
    fn new(word: &str) -> Option<Self> {
        let mut bytes = [0; WORD_BYTES_MAX];
        bytes.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (bytes[0].is_ascii_lowercase() && word.bytes().all(plain)).then_some(Self(bytes))
    }

    fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(WORD_BYTES_MAX);
        // Only `new` makes one, from ASCII.
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Outcome {
    /// The outcome of a word: one of the engine's own, or one that an author may declare.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|(_, known)| *known == word).map(|(outcome, _)| *outcome);
        known.or_else(|| Word::new(word).map(Self::Declared))
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
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl serde::de::Visitor<'_> for Reading {
            type Value = Outcome;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "an outcome: a lower-case letter, then lower-case letters, digits and underscores, ")?;
                write!(f, "at most {WORD_BYTES_MAX} in all")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Outcome, E> {
                Outcome::of(word).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(word), &self))
            }
        }

        deserializer.deserialize_str(Reading)
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, Outcome};

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
}

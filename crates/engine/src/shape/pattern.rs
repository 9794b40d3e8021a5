//! The few patterns the format uses, by hand: the engine needs no regular expressions.

use crate::outcome::WORD_BYTES_MAX;
use crate::trial::{is_minute, is_when};

/// Whether a text is written as a pattern of the schemas says; a pattern that is not known here fits nothing.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        ID_SNAKE => is_id(text, b"_"),
        WORD => is_id(text, b"_") && text.len() <= WORD_BYTES_MAX,
        ID_KEBAB => is_id(text, b"-"),
        ID_DOTTED => is_id(text, b"_."),
        DATE => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        TIME => {
            text.len() == 5
                && text.as_bytes()[2] == b':'
                && text[..2].parse::<u8>().is_ok_and(|h| h < 24)
                && text[3..].parse::<u8>().is_ok_and(|m| m < 60)
        }
        YEAR => text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()),
        MOMENT => is_minute(text),
        WHEN => is_when(text),
        _ => false,
    }
}

const ID_SNAKE: &str = r"^[a-z][a-z0-9_]{0,63}$";
const WORD: &str = r"^[a-z][a-z0-9_]{0,31}$";
const ID_KEBAB: &str = r"^[a-z][a-z0-9-]{0,63}$";
const ID_DOTTED: &str = r"^[a-z][a-z0-9_.]{0,63}$";
const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";
const TIME: &str = r"^\d{2}:\d{2}$";
const YEAR: &str = r"^\d{4}$";
pub(crate) const MOMENT: &str = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$";
pub(crate) const WHEN: &str = r"^(\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?|unpublished)$";

fn is_id(text: &str, extra: &[u8]) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 64
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra.contains(b))
}

/// What a pattern says, for people: Chinese and English.
pub(super) fn words(pattern: &str) -> (&'static str, &'static str) {
    match pattern {
        ID_SNAKE => (
            "小写字母开头，只含小写字母、数字和下划线，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits and underscores, at most 64 in all",
        ),
        WORD => (
            "小写字母开头，只含小写字母、数字和下划线，不超过 32 个字符",
            "a lower-case letter, then lower-case letters, digits and underscores, at most 32 in all",
        ),
        ID_KEBAB => (
            "小写字母开头，只含小写字母、数字和连字符，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits and hyphens, at most 64 in all",
        ),
        ID_DOTTED => (
            "小写字母开头，只含小写字母、数字、下划线和点，不超过 64 个字符",
            "a lower-case letter, then lower-case letters, digits, underscores and dots, at most 64 in all",
        ),
        DATE => ("真实存在的日期，写作 2026-02-14", "a day that exists, written 2026-02-14"),
        TIME => ("时刻，写作 09:00", "a time of day, written 09:00"),
        MOMENT => ("真实存在的时刻，写作 2026-02-14 09:00", "a minute that exists, written 2026-02-14 09:00"),
        WHEN => (
            "日期或时刻，写作 2026-02-14 或 2026-02-14 09:00；尚未公布的年份写作 unpublished",
            "a day or a minute, written 2026-02-14 or 2026-02-14 09:00; unpublished for a year that is not published",
        ),
        _ => ("四位数的年份", "a year of four digits"),
    }
}

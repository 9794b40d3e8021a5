//! Rust text without what does not count: comments, strings, and modules that only tests compile.

/// The product code of one file.
pub(crate) struct Code(String);

/// Strips comments, string and character literals, and items under `#[cfg(test)]`.
///
/// Relies on rustfmt: the item after `#[cfg(test)]` ends with `;` on its first line, or at the next line that is a
/// closing brace at the same indentation.
pub(crate) fn product_code(text: &str) -> Code {
    let stripped = strip(text);
    let mut kept = String::new();
    let mut lines = stripped.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let is_last = |it: &str| it.ends_with(';') && !it.contains('{') || it.trim_end() == closing;
        let _ = lines.by_ref().find(|it| is_last(it));
    }
    Code(kept)
}

impl Code {
    /// Every identifier and keyword, in order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(|it: char| !it.is_alphanumeric() && it != '_').filter(|it| !it.is_empty())
    }

    /// Whether `phrase` stands in the code as it is written here.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        self.0.contains(phrase)
    }

    /// The modules of `std` and `core` that are named, in a path (`std::fs::read`) or a group (`use std::{fs, fmt}`).
    pub(crate) fn std_modules(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, root) in self.0.match_indices("std::").chain(self.0.match_indices("core::")) {
            let rest = &self.0[at + root.len()..];
            let end = if rest.starts_with('{') { closing_brace(rest) } else { identifier_end(rest) };
            let mut depth = 0;
            for piece in rest[..end].split_inclusive(['{', '}', ',']) {
                let name = piece.trim().trim_end_matches(['{', '}', ',']);
                // At depth 1 of a group stands a module of std; deeper stand its contents.
                if depth <= 1 {
                    found.push(name.split("::").next().unwrap_or_default().trim().to_owned());
                }
                depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
            }
        }
        found
    }
}

fn identifier_end(text: &str) -> usize {
    text.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(text.len())
}

fn closing_brace(text: &str) -> usize {
    let mut depth = 0;
    for (at, it) in text.char_indices() {
        depth += i32::from(it == '{') - i32::from(it == '}');
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Replaces comments and literals by a space each; keeps line breaks outside them.
fn strip(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest, out.chars().next_back()));
        match skipped {
            Some(length) => {
                out.push(' ');
                rest = &rest[length..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Length of the comment that `text` starts with. Block comments nest.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// Length of the string or character literal that `text` starts with; `before` is the character in front of it.
fn literal(text: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    if !in_word && text.starts_with('r') {
        let hashes = text[1..].bytes().take_while(|it| *it == b'#').count();
        if text[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return Some(text[body..].find(&end).map_or(text.len(), |it| body + it + end.len()));
        }
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    // A lifetime has no closing quote after one character; a character literal has, or starts with an escape.
    let mut after = text.strip_prefix('\'')?.chars();
    let is_character = after.next() == Some('\\') || after.next() == Some('\'');
    is_character.then(|| quoted(text, '\''))
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        if it == quote && !escaped {
            return at + 1;
        }
        escaped = it == '\\' && !escaped;
    }
    text.len()
}

#[test]
fn stripping_keeps_only_product_code() {
    let check = |text: &str, words: &[&str]| {
        let code = product_code(text);
        assert_eq!(code.words().collect::<Vec<_>>(), words, "of {text}");
    };
    check("a // fs\nb /* c /* d */ e */ f", &["a", "b", "f"]);
    check("a(\"x \\\" y\", 'z', '\\'', \"\") b", &["a", "b"]);
    check("a r#\"x \" y\"# b br\"c\" d", &["a", "b", "br", "d"]);
    check("fn f<'a>(x: &'a str) {}", &["fn", "f", "a", "x", "a", "str"]);
    check("a\n#[cfg(test)]\nmod t {\n    fn x() {\n    }\n}\nb", &["a", "b"]);
    check("a\n#[cfg(test)]\nmod tests;\nb", &["a", "b"]);
}

#[test]
fn modules_of_std_are_found_in_paths_and_groups() {
    let check = |text: &str, modules: &[&str]| assert_eq!(product_code(text).std_modules(), modules, "of {text}");
    check("use std::fs::File;", &["fs"]);
    check("std::env::var(x)", &["env"]);
    check(
        "use std::{collections::{BTreeMap, btree_map}, fmt, net::TcpStream};",
        &["", "collections", "", "fmt", "net"],
    );
}

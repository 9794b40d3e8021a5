//! How wide text is, where it breaks, and how it is escaped.

/// The width of an ASCII character, in parts of the font size. A Han character is as wide as the font is high.
const ASCII_WIDTH: f64 = 7.5 / 14.0;

/// No line begins with one of these.
const CLOSING: &str = "，。、；：？！）」』》〉】”’…·,.;:?!)]}";
/// No line ends with one of these.
const OPENING: &str = "（「『《〈【“‘([{";

fn is_wide(letter: char) -> bool {
    let code = u32::from(letter);
    code >= 0x2e80 || (0x2014..=0x2026).contains(&code)
}

/// The width of a text in a font of this size, in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|letter| if is_wide(letter) { size } else { size * ASCII_WIDTH }).sum()
}

/// The widest of the lines, in pixels.
pub(super) fn widest(lines: &[String], size: f64) -> f64 {
    lines.iter().map(|line| width(line, size)).fold(0.0, f64::max)
}

/// Breaks a text into at most `lines_max` lines no wider than `room` pixels, about equally long; what does not fit is
/// cut off with an ellipsis.
pub(super) fn wrap(text: &str, size: f64, room: f64, lines_max: usize) -> Vec<String> {
    let mut lines = fill(text, size, room);
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            *last = clip(&format!("{last}……"), size, room);
        }
        return lines;
    }
    let mut narrower = width(text, size) / lines.len().max(1) as f64;
    while narrower < room {
        let even = fill(text, size, narrower);
        if even.len() == lines.len() && widest(&even, size) <= room {
            return even;
        }
        narrower += size / 2.0;
    }
    lines
}

/// Cuts a text to the room, with an ellipsis.
pub(super) fn clip(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars().filter(|letter| *letter != '…') {
        if width(&cut, size) + width(letter.encode_utf8(&mut [0; 4]), size) + size > room {
            break;
        }
        cut.push(letter);
    }
    format!("{}…", cut.trim_end())
}

fn fill(text: &str, size: f64, room: f64) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for piece in pieces(text) {
        let whole = width(&line, size) + width(piece.trim_end(), size);
        if whole > room && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        for letter in piece.chars() {
            // A word wider than the room is broken where it must be.
            let full = width(&line, size) + width(letter.encode_utf8(&mut [0; 4]), size) > room;
            if full && line.chars().count() > 1 && !letter.is_whitespace() && !CLOSING.contains(letter) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// What must stay on one line: an ASCII word with the space behind it, a Han character with the marks that belong to it.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last = ' ';
    for letter in text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }) {
        let word = !is_wide(last) && !last.is_whitespace() && !is_wide(letter);
        let joined = word || CLOSING.contains(letter) || OPENING.contains(last) || letter.is_whitespace();
        match pieces.last_mut() {
            Some(piece) if joined => piece.push(letter),
            _ => pieces.push(letter.into()),
        }
        last = letter;
    }
    pieces
}

/// Escapes text for XML content and attributes; characters that XML 1.0 cannot hold become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

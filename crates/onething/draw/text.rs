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

/// Breaks a text into at most `lines_max` lines no wider than `room` pixels; what does not fit is cut off with an
/// ellipsis.
pub(super) fn wrap(text: &str, size: f64, room: f64, lines_max: usize) -> Vec<String> {
    let mut lines = fill(&pieces(text, size, room), size, room);
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            *last = clip(&format!("{last}……"), size, room);
        }
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

/// As few lines as possible; among those, lines broken behind marks and words and about equally long.
fn fill(pieces: &[String], size: f64, room: f64) -> Vec<String> {
    const LINE: f64 = 1e6;
    const WITHIN_WORDS: f64 = 12.0;
    const WITHIN_BRACKETS: f64 = 40.0;
    let mut depth = 0_usize;
    // For each piece: the least cost of all before it, and where the line that ends there begins.
    let mut best = vec![(0.0, 0)];
    for end in 1..=pieces.len() {
        let last = pieces[end - 1].chars().next_back().unwrap_or(' ');
        let broken = is_wide(last) && !CLOSING.contains(last) && end < pieces.len();
        for letter in pieces[end - 1].chars() {
            depth = match letter {
                '（' | '(' => depth + 1,
                '）' | ')' => depth.saturating_sub(1),
                _ => depth,
            };
        }
        let ugly = if broken { WITHIN_WORDS } else { 0.0 } + if depth > 0 { WITHIN_BRACKETS } else { 0.0 };
        let (mut least, mut wide) = ((f64::INFINITY, end - 1), 0.0);
        for begin in (0..end).rev() {
            wide += width(&pieces[begin], size);
            let trimmed = wide - width(&pieces[end - 1], size) + width(pieces[end - 1].trim_end(), size);
            if trimmed > room && begin + 1 < end {
                break;
            }
            let uneven = (trimmed / size) * (trimmed / size);
            let cost = best[begin].0 + LINE + uneven + ugly;
            if cost < least.0 {
                least = (cost, begin);
            }
        }
        best.push(least);
    }
    let (mut lines, mut end) = (Vec::new(), pieces.len());
    while end > 0 {
        let begin = best[end].1;
        lines.push(pieces[begin..end].concat().trim().to_owned());
        end = begin;
    }
    lines.reverse();
    lines.retain(|line| !line.is_empty());
    lines
}

/// What must stay on one line: an ASCII word with the space behind it, a Han character with the marks that belong to
/// it. A word wider than the room is broken where it must be.
fn pieces(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last = ' ';
    for letter in text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }) {
        let word = !is_wide(last) && !last.is_whitespace() && !is_wide(letter);
        let joined = word || CLOSING.contains(letter) || OPENING.contains(last) || letter.is_whitespace();
        let fits = |piece: &String| letter.is_whitespace() || width(piece, size) + size <= room;
        match pieces.last_mut() {
            Some(piece) if joined && fits(piece) => piece.push(letter),
            _ => pieces.push(letter.into()),
        }
        last = letter;
    }
    pieces
}

/// Escapes text for XML content and attributes; characters that XML 1.0 cannot hold become spaces.
pub(crate) fn escape(text: &str) -> String {
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

//! Showing a finding with the line it is about.

use std::fmt::Write;

use onething_engine::InputFile;
use onething_engine::diagnostic::{Diagnostic, Place, Related, Severity};
use owo_colors::OwoColorize;
use owo_colors::Stream::Stdout;

/// Longest part of a source line that is shown, in characters.
const LINE_CHARS_MAX: usize = 100;
/// Longest list of what was expected that is shown, in characters.
const EXPECTED_CHARS_MAX: usize = 160;

/// A finding as text: Chinese first, the line, English beneath.
pub(crate) fn text(finding: &Diagnostic, files: &[InputFile]) -> String {
    let mut out = String::new();
    let code = finding.code;
    let word = match finding.severity {
        Severity::Error => format!("错误[{code}]").if_supports_color(Stdout, |word| word.red()).to_string(),
        Severity::Warning => format!("提醒[{code}]").if_supports_color(Stdout, |word| word.yellow()).to_string(),
    };
    let place = &finding.place;
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{word} {}", finding.message.zh.if_supports_color(Stdout, |text| text.bold()));
    let _ = writeln!(out, "   {}", finding.message.en);
    let _ = write!(out, "{}", shown(place, files));
    for Related { place, message } in &finding.related {
        let _ = writeln!(out, "  {}", both(&message.zh, &message.en));
        let _ = write!(out, "{}", shown(place, files));
    }
    if let Some(expected) = &finding.expected {
        let _ = writeln!(out, "   期望 expected：{}", both(&brief(&expected.zh), &brief(&expected.en)));
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(out, "   怎样改 help：{}", both(&help.zh, &help.en));
    }
    if let Some(story) = &finding.story {
        let _ = writeln!(out, "   怎样会这样 how：{}", both(&story.zh, &story.en));
    }
    let _ = writeln!(out);
    out
}

/// A place with its line and a mark under it.
pub(crate) fn shown(place: &Place, files: &[InputFile]) -> String {
    let pointer = if place.pointer.is_empty() { String::new() } else { format!("  {}", place.pointer) };
    let mut out = format!("  --> {}:{}:{}{pointer}\n", place.file, place.line, place.column);
    if let Some((line, mark)) = excerpt(place, files) {
        let number = place.line.to_string();
        let _ = writeln!(out, "{number:>5} | {line}");
        let _ = writeln!(out, "      | {}", mark.if_supports_color(Stdout, |mark| mark.red()));
    }
    out
}

fn both(zh: &str, en: &str) -> String {
    if zh == en { zh.to_owned() } else { format!("{zh} / {en}") }
}

/// A list cut to size: `--json` has all of it.
fn brief(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(EXPECTED_CHARS_MAX).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

/// The line of a place, cut to size, and the mark under it.
fn excerpt(place: &Place, files: &[InputFile]) -> Option<(String, String)> {
    let bytes = &files.iter().find(|file| file.name == place.file)?.bytes;
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
    let column = usize::try_from(place.column).ok()?.saturating_sub(1);
    let skipped = column.saturating_sub(LINE_CHARS_MAX / 2);
    let shown: String = line.chars().skip(skipped).take(LINE_CHARS_MAX).collect();
    let before: usize = shown.chars().take(column - skipped).map(columns).sum();
    let marked =
        text.get(place.offset..place.offset + place.length).and_then(|text| text.lines().next()).unwrap_or_default();
    let left = shown.chars().count().saturating_sub(column - skipped);
    let width: usize = marked.chars().take(left).map(columns).sum();
    Some((shown, format!("{}{}", " ".repeat(before), "^".repeat(width.max(1)))))
}

/// Columns of a character on a terminal: Han characters and full-width forms take two.
fn columns(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}');
    if wide { 2 } else { 1 }
}

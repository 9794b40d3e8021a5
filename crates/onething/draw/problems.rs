//! What the numbers on the picture mean: every finding in words, under the graphs.

use onething_engine::diagnostic::{Diagnostic, Severity};

use super::badge;
use super::canvas::{Canvas, Paint, Type};
use super::layout::Point;
use super::marks::{Badge, Kind, Marks};
use super::shapes::{INK, SOFT};
use super::sheet::{self, MARGIN, ROOM};
use super::text::wrap;

/// Most findings told; past it, the check itself tells them all.
const TOLD_MAX: usize = 60;
const ZH: f64 = 13.0;
const EN: f64 = 11.5;
const INDENT: f64 = 74.0;

/// The lines of one finding, each with its size and ink.
pub(super) fn lines(finding: &Diagnostic) -> Vec<(String, bool)> {
    let place = &finding.place;
    let file = place.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut lines = vec![
        (format!("[{}] {}", finding.code, finding.message.zh), true),
        (finding.message.en.clone(), false),
        (format!("{file}:{}:{} {}", place.line, place.column, place.pointer), false),
    ];
    if let Some(expected) = &finding.expected {
        lines.push((format!("期望 expected：{} / {}", expected.zh, expected.en), false));
    }
    if let Some(help) = &finding.help {
        lines.push((format!("怎样改 help：{} / {}", help.zh, help.en), false));
    }
    if !finding.witness.is_empty() {
        lines.push((format!("走法 run：{}", finding.witness.join(" → ")), false));
    }
    lines
}

/// Its badge, as on the picture.
pub(super) fn badge_of(finding: &Diagnostic, number: usize) -> Badge {
    match finding.severity {
        Severity::Error => Badge { kind: Kind::Error, text: format!("错 {number}") },
        Severity::Warning => Badge { kind: Kind::Warning, text: format!("提醒 {number}") },
    }
}

/// Draws the list from here down; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, marks: &Marks, mut y: f64) -> f64 {
    if marks.problems.is_empty() {
        return y;
    }
    canvas.open("problems", "", "问题 problems");
    if sheet::left(y) < 120.0 {
        y = sheet::next(y);
    }
    canvas.rect((MARGIN, y + 14.0, ROOM, 1.0), 0.0, Paint::new(SOFT, "", 0.0));
    y += 44.0;
    let heading = format!("问题 Problems（{}）", marks.problems.len());
    canvas.text(MARGIN, y, Type { size: 20.0, ink: INK, anchor: "start", bold: true }, &heading);
    y += 12.0;
    for (nth, finding) in marks.problems.iter().take(TOLD_MAX).enumerate() {
        let mut wrapped = Vec::new();
        for (text, zh) in lines(finding) {
            let size = if zh { ZH } else { EN };
            wrapped.extend(wrap(&text, size, ROOM - INDENT, 6).into_iter().map(|line| (line, zh, size)));
        }
        let tall: f64 = wrapped.iter().map(|(_, _, size)| size * 1.5).sum::<f64>() + 12.0;
        if tall > sheet::left(y) {
            y = sheet::next(y);
        }
        badge::draw(canvas, &[badge_of(finding, nth + 1)], Point { x: MARGIN, y: y + 5.0 });
        for (line, zh, size) in wrapped {
            y += size * 1.5;
            let ink = if zh { INK } else { SOFT };
            canvas.text(MARGIN + INDENT, y, Type { size, ink, anchor: "start", bold: zh }, &line);
        }
        y += 12.0;
    }
    if let Some(more) = marks.problems.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        let text = format!("还有 {more} 个，用 onething check 查看 · {more} more are told by onething check");
        canvas.text(MARGIN, y + 16.0, Type { size: ZH, ink: INK, anchor: "start", bold: false }, &text);
        y += 24.0;
    }
    canvas.close();
    y
}

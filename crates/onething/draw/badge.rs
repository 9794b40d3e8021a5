//! Badges and rings: how marks look. Each kind has its word, its ground and its line, so that it is told apart in black
//! and white as well.

use super::canvas::{Canvas, Paint, Type};
use super::layout::Point;
use super::marks::{Badge, Kind};
use super::text;

/// The height of a badge.
pub(super) const HEIGHT: f64 = 17.0;
const SIZE: f64 = 11.0;
/// Room left and right of the text, between two badges, and beside a step.
const PAD: f64 = 6.0;
const GAP: f64 = 4.0;
const BESIDE: f64 = 6.0;

/// The colour of a kind; all have a contrast above 4.5 to 1 on white.
pub(super) fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Error => "#b3261e",
        Kind::Warning => "#8a5200",
        Kind::Run => "#0b57d0",
        Kind::Critical => "#1f2933",
        Kind::Open | Kind::Waiting => "#6a1b9a",
        Kind::Done => "#1f6245",
    }
}

/// The pale ground of a marked edge.
pub(super) fn halo(kind: Kind) -> &'static str {
    match kind {
        Kind::Error => "#f6d3d0",
        Kind::Warning => "#f5e2c4",
        Kind::Run => "#cfdffa",
        Kind::Critical => "#ffe08a",
        Kind::Open | Kind::Waiting => "#e6d3f0",
        Kind::Done => "#d5ebdd",
    }
}

/// The ring of a kind.
pub(super) fn ring(kind: Kind) -> Paint {
    let (width, dash) = match kind {
        Kind::Error => (4.0, ""),
        Kind::Warning => (3.0, "9 4"),
        Kind::Run => (2.4, ""),
        Kind::Critical => (3.6, "14 3"),
        Kind::Open => (4.0, "2 2"),
        Kind::Waiting => (3.0, "2 5"),
        Kind::Done => (2.0, ""),
    };
    Paint { dash, ..Paint::new("none", colour(kind), width) }
}

/// The width of a badge.
pub(super) fn width(badge: &Badge) -> f64 {
    (text::width(&badge.text, SIZE) + 2.0 * PAD).ceil()
}

/// The width of badges side by side.
pub(super) fn row(badges: &[Badge]) -> f64 {
    badges.iter().map(width).sum::<f64>() + badges.len().saturating_sub(1) as f64 * GAP
}

/// The room that badges take beside a step, two above each other.
pub(super) fn widest(badges: &[Badge]) -> f64 {
    let widest = rows(badges).map(row).fold(0.0, f64::max);
    if badges.is_empty() { 0.0 } else { widest + BESIDE }
}

/// In two rows: the step beside which they stand is not taller.
fn rows(badges: &[Badge]) -> impl Iterator<Item = &[Badge]> {
    badges.chunks(badges.len().div_ceil(2).max(1))
}

/// Draws badges side by side; the place is the upper left corner.
pub(super) fn draw(canvas: &mut Canvas, badges: &[Badge], at: Point) {
    let mut x = at.x;
    for badge in badges {
        one(canvas, badge, Point { x, y: at.y });
        x += width(badge) + GAP;
    }
}

/// Draws badges beside a step, in at most two rows about this height.
pub(super) fn stack(canvas: &mut Canvas, badges: &[Badge], at: Point) {
    let count = rows(badges).count() as f64;
    let mut y = at.y - (count * HEIGHT + (count - 1.0) * 3.0) / 2.0;
    for row in rows(badges) {
        draw(canvas, row, Point { x: at.x, y });
        y += HEIGHT + 3.0;
    }
}

/// Draws one badge: filled for what is wrong or critical, white for the rest; round, square or cut by its kind.
fn one(canvas: &mut Canvas, badge: &Badge, at: Point) {
    let colour = colour(badge.kind);
    let filled = matches!(badge.kind, Kind::Error | Kind::Critical | Kind::Open);
    let radius = match badge.kind {
        Kind::Error | Kind::Warning => HEIGHT / 2.0,
        Kind::Run => 0.0,
        _ => 4.0,
    };
    let wide = width(badge);
    let paint = Paint::new(if filled { colour } else { "#ffffff" }, colour, 1.4);
    canvas.rect((at.x + 0.7, at.y + 0.7, wide - 1.4, HEIGHT - 1.4), radius, paint);
    let ink = if filled { "#ffffff" } else { colour };
    let kind = Type { size: SIZE, ink, anchor: "middle", bold: true };
    canvas.text(at.x + wide / 2.0, at.y + HEIGHT / 2.0 + 4.0, kind, &badge.text);
}

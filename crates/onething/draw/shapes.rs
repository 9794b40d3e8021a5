//! Steps drawn: the shapes and the marks by which they are told apart, also in black and white.

use super::badge;
use super::canvas::{Canvas, Paint, Type, number};
use super::card::{Card, MARK, REMARK, SMALL, STRIP, Shape, ZH};
use super::layout::{Point, Spot};

pub(super) const INK: &str = "#1f2933";
pub(super) const SOFT: &str = "#4a5561";
const WHITE: &str = "#ffffff";

/// Fill of the box, of its strip, and its border.
fn colours(shape: Shape) -> (&'static str, &'static str, &'static str) {
    match shape {
        Shape::Person => ("#f5f9fd", "#d9e7f5", "#2f5d8a"),
        Shape::Applicant => ("#fdf8f0", "#f6e6cd", "#8a5a1f"),
        Shape::Service => ("#f7f8f9", "#e3e7eb", "#4a5561"),
        Shape::Wait => ("#fdfbf0", "#f3ecc8", "#7a6a10"),
        Shape::Notice => ("#faf7fd", "#e9def5", "#634892"),
        Shape::Matter => ("#f4faf6", "#d5ebdd", "#1f6245"),
        Shape::Unknown | Shape::Missing => ("#ffffff", "#eceff2", "#4a5561"),
        _ => (WHITE, WHITE, INK),
    }
}

/// Draws a step.
pub(super) fn spot(canvas: &mut Canvas, spot: &Spot, prefix: &str) {
    let class = format!("step {}", format!("{:?}", spot.card.shape).to_lowercase());
    canvas.open(&class, &format!("{prefix}{}", spot.key), &spot.card.full);
    let inner = spot.card.width / 2.0 - spot.card.rim;
    ring(canvas, spot);
    match spot.card.shape {
        Shape::Start | Shape::End => circle(canvas, spot.at, inner, spot.card.shape),
        shape if shape.is_gateway() => gateway(canvas, spot.at, inner, shape),
        _ => card(canvas, spot.at, &spot.card),
    }
    if spot.card.side > 0.0 {
        let at = Point { x: spot.at.x + spot.card.width / 2.0 + 4.0, y: spot.at.y };
        badge::stack(canvas, &spot.card.badges, at);
    }
    canvas.close();
}

/// The ring of a marked step, in the shape of the step.
fn ring(canvas: &mut Canvas, spot: &Spot) {
    let Some(kind) = spot.card.ring else { return };
    let paint = badge::ring(kind);
    let half = spot.card.width / 2.0 - paint.width / 2.0;
    match spot.card.shape {
        shape if shape.is_circle() => canvas.circle(spot.at, half, paint),
        shape if shape.is_gateway() => {
            let half = spot.card.width / 2.0 - paint.width * 0.7;
            canvas.path(&diamond(spot.at, half), paint);
        }
        _ => {
            let tall = spot.card.height / 2.0 - paint.width / 2.0;
            canvas.rect((spot.at.x - half, spot.at.y - tall, 2.0 * half, 2.0 * tall), 11.0, paint);
        }
    }
}

fn diamond(at: Point, half: f64) -> String {
    let d = |x: f64, y: f64| format!("{} {}", number(at.x + x), number(at.y + y));
    format!("M{} L{} L{} L{} Z", d(0.0, -half), d(half, 0.0), d(0.0, half), d(-half, 0.0))
}

fn circle(canvas: &mut Canvas, at: Point, radius: f64, shape: Shape) {
    let end = shape == Shape::End;
    let width = if end { 4.0 } else { 1.6 };
    canvas.circle(at, radius - width / 2.0, Paint::new(WHITE, INK, width));
    let word = if end { "结束" } else { "开始" };
    let kind = Type { size: 12.0, ink: INK, anchor: "middle", bold: end };
    if radius > 16.0 {
        canvas.text(at.x, at.y + 4.5, kind, word);
    }
}

/// A diamond with +, × or ○ in it.
pub(super) fn gateway(canvas: &mut Canvas, at: Point, half: f64, shape: Shape) {
    let d = |x: f64, y: f64| format!("{} {}", number(at.x + x), number(at.y + y));
    canvas.path(&diamond(at, half - 0.7), Paint::new(WHITE, INK, 1.4));
    let mark = Paint::new("none", INK, (half / 9.0).max(1.6));
    let (long, short) = (half * 0.38, half * 0.28);
    match shape {
        Shape::Parallel => {
            canvas.path(&format!("M{} L{} M{} L{}", d(-long, 0.0), d(long, 0.0), d(0.0, -long), d(0.0, long)), mark);
        }
        Shape::Exclusive => canvas.path(
            &format!("M{} L{} M{} L{}", d(-short, -short), d(short, short), d(-short, short), d(short, -short)),
            mark,
        ),
        _ => canvas.circle(at, long * 0.9, mark),
    }
}

fn card(canvas: &mut Canvas, at: Point, card: &Card) {
    let (width, height) = (card.width - 2.0 * card.rim, card.height - 2.0 * card.rim);
    let (left, top) = (at.x - width / 2.0, at.y - height / 2.0);
    outline(canvas, (left, top, width, height), card.shape);
    let (left, top) = (left + card.shape.inset(), top + card.shape.inset());
    mark(canvas, Point { x: left + MARK / 2.0 + 2.0, y: top + STRIP / 2.0 + 1.5 }, card.shape);
    let strip = Type { size: SMALL, ink: INK, anchor: "start", bold: false };
    canvas.text(left + MARK + 2.0, top + STRIP / 2.0 + 5.0, strip, &card.strip);
    let mut y = top + STRIP + 5.0;
    for line in &card.lines {
        y += line.height();
        let title = line.size >= ZH;
        let ink = if line.size >= REMARK { INK } else { SOFT };
        let kind = Type { size: line.size, ink, anchor: "middle", bold: title };
        canvas.text(at.x, y - line.size * 0.25, kind, &line.text);
    }
    if !card.badges.is_empty() {
        badge::draw(canvas, &card.badges, Point { x: at.x - badge::row(&card.badges) / 2.0, y: y + 5.0 });
    }
}

/// The box of a card with its strip; people's are round, automatic ones square, matters have a double border.
pub(super) fn outline(canvas: &mut Canvas, (left, top, width, height): (f64, f64, f64, f64), shape: Shape) {
    let (fill, strip, border) = colours(shape);
    let inset = shape.inset();
    if inset > 0.0 {
        canvas.rect((left, top, width, height), 0.0, Paint::new("#ffffff", border, 1.2));
    }
    let (left, top, width, height) = (left + inset, top + inset, width - 2.0 * inset, height - 2.0 * inset);
    let radius: f64 = match shape {
        Shape::Person | Shape::Applicant => 9.0,
        Shape::Wait => 4.0,
        _ => 0.0,
    };
    canvas.rect((left, top, width, height), radius, Paint::new(fill, "", 0.0));
    let below = STRIP.min(height);
    let round = radius.min(below / 2.0);
    let (right, low) = (left + width, top + below);
    let [l, t, r, b] = [left, top, right, low].map(number);
    let [tc, lc, rc] = [top + round, left + round, right - round].map(number);
    canvas
        .path(&format!("M{l} {b} V{tc} Q{l} {t} {lc} {t} H{rc} Q{r} {t} {r} {tc} V{b} Z"), Paint::new(strip, "", 0.0));
    let dash = match shape {
        Shape::Applicant => "1.5 2.5",
        Shape::Unknown | Shape::Missing => "6 4",
        _ => "",
    };
    canvas.rect((left, top, width, height), radius, Paint { dash, ..Paint::new("none", border, 1.4) });
}

/// The mark of a card, 13 pixels wide.
pub(super) fn mark(canvas: &mut Canvas, at: Point, shape: Shape) {
    let (_, _, border) = colours(shape);
    let p = |x: f64, y: f64| format!("{} {}", number(at.x + x), number(at.y + y));
    let line = Paint::new("none", border, 1.4);
    match shape {
        Shape::Person | Shape::Applicant => {
            canvas.circle(Point { x: at.x, y: at.y - 3.4 }, 2.7, Paint::new(border, "", 0.0));
            let body = format!("M{} C{} {} {} Z", p(-5.2, 6.0), p(-5.0, -1.2), p(5.0, -1.2), p(5.2, 6.0));
            canvas.path(&body, Paint::new(if shape == Shape::Person { border } else { "none" }, border, 1.2));
        }
        Shape::Service => {
            let teeth: Vec<String> = (0..8)
                .map(|nth| {
                    let (sin, cos) = (f64::from(nth) * std::f64::consts::FRAC_PI_4).sin_cos();
                    format!("M{} L{}", p(cos * 4.0, sin * 4.0), p(cos * 6.4, sin * 6.4))
                })
                .collect();
            canvas.path(&teeth.join(" "), Paint::new("none", border, 2.2));
            canvas.circle(at, 3.5, Paint::new("none", border, 2.2));
        }
        Shape::Wait => {
            canvas.circle(at, 5.6, line);
            canvas.path(&format!("M{} L{} L{}", p(0.0, -3.6), p(0.0, 0.0), p(2.8, 1.6)), line);
        }
        Shape::Notice => {
            canvas.rect((at.x - 6.5, at.y - 4.5, 13.0, 9.0), 0.0, line);
            canvas.path(&format!("M{} L{} L{}", p(-6.5, -4.5), p(0.0, 1.0), p(6.5, -4.5)), line);
        }
        Shape::Matter => {
            canvas.path(&format!("M{} L{} L{} L{} Z", p(-4.5, -6.0), p(4.5, -6.0), p(4.5, 6.0), p(-4.5, 6.0)), line);
            canvas.path(&format!("M{} L{} M{} L{}", p(-2.0, -2.0), p(2.0, -2.0), p(-2.0, 1.5), p(2.0, 1.5)), line);
        }
        Shape::Unknown | Shape::Missing => {
            canvas.path(
                &format!("M{} C{} {} {} L{}", p(-3.5, -3.0), p(-3.0, -8.5), p(7.0, -6.0), p(0.0, 0.0), p(0.0, 2.5)),
                line,
            );
            canvas.circle(Point { x: at.x, y: at.y + 5.5 }, 1.1, Paint::new(border, "", 0.0));
        }
        _ => {}
    }
}

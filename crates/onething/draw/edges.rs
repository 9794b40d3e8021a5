//! Edges drawn: smooth lines with arrow heads and their labels. Ways back are dashed.

use super::badge;
use super::canvas::{Canvas, Paint, Type, number};
use super::label::{self, Label};
use super::layout::{Edge, Point, Scene};
use super::shapes::{INK, SOFT};

const LINE: &str = "#37424d";
pub(super) const BACK: &str = "#9a3b12";
const HEAD: f64 = 9.0;

/// Draws an edge; the labels come later, on top of all lines.
pub(super) fn line(canvas: &mut Canvas, scene: &Scene, edge: &Edge) {
    let (from, to) = (&scene.spots[edge.from].key, &scene.spots[edge.to].key);
    let when = edge.label.as_ref().map(|(_, label)| &label.full).filter(|full| !full.is_empty());
    let when = when.map(|full| format!(" · {full}")).unwrap_or_default();
    let class = if edge.back { "edge back" } else { "edge" };
    canvas.open(class, "", &format!("{from} → {to}{when}"));
    let mut paint = paint(edge.back);
    if let Some(mark) = edge.mark {
        // A halo says that it is marked; the line itself keeps its dashes.
        canvas.path(&path(&edge.route), Paint::new("none", badge::halo(mark), 8.0));
        paint.stroke = badge::colour(mark);
        paint.width = 2.6;
    }
    let mut route = edge.route.clone();
    if let [.., before, tip] = route.as_mut_slice() {
        let down = if tip.y >= before.y { 1.0 } else { -1.0 };
        arrow(canvas, *tip, down, paint.stroke);
        // The line ends inside the head, so that it does not blunt the tip, and comes to it straight.
        let base = tip.y - down * (HEAD - 2.0);
        before.y = if down > 0.0 { before.y.min(base - 2.0) } else { before.y.max(base + 2.0) };
        tip.y = base;
    }
    canvas.path(&path(&route), paint);
    canvas.close();
}

pub(super) fn paint(back: bool) -> Paint {
    if back { Paint { dash: "7 4", ..Paint::new("none", BACK, 1.7) } } else { Paint::new("none", LINE, 1.3) }
}

/// An arrow head with its tip here, pointing down (1) or up (-1).
pub(super) fn arrow(canvas: &mut Canvas, tip: Point, down: f64, fill: &'static str) {
    let base = tip.y - down * HEAD;
    let [x, y, left, right, base] = [tip.x, tip.y, tip.x - 4.2, tip.x + 4.2, base].map(number);
    canvas.path(&format!("M{x} {y} L{left} {base} L{right} {base} Z"), Paint::new(fill, "", 0.0));
}

/// Straight where two points are above each other, an S-curve where they are not.
pub(super) fn path(route: &[Point]) -> String {
    let mut d = String::new();
    let mut last: Option<Point> = None;
    for point in route {
        let [x, y] = [point.x, point.y].map(number);
        match last {
            None => d.push_str(&format!("M{x} {y}")),
            Some(from) if number(from.x) == x => d.push_str(&format!(" V{y}")),
            Some(from) => {
                let half = number((from.y + point.y) / 2.0);
                d.push_str(&format!(" C{} {half} {x} {half} {x} {y}", number(from.x)));
            }
        }
        last = Some(*point);
    }
    d
}

/// Draws a label on white, in the middle of its line.
pub(super) fn label(canvas: &mut Canvas, at: Point, label: &Label, back: bool) {
    canvas.open("label", "", &label.full);
    let (left, top) = (at.x - label.width / 2.0, at.y - label.height / 2.0);
    canvas.rect((left, top, label.width, label.height), 3.0, Paint::new("#ffffff", "", 0.0));
    let mut y = top + 2.0;
    if !label.badges.is_empty() {
        badge::draw(canvas, &label.badges, Point { x: at.x - badge::row(&label.badges) / 2.0, y });
        y += badge::HEIGHT + 3.0;
    }
    let ink = if back { BACK } else { INK };
    let lines = label.zh.iter().map(|line| (line, label::ZH, ink));
    for (text, size, ink) in lines.chain(label.en.iter().map(|line| (line, label::EN, SOFT))) {
        y += label::line(size);
        canvas.text(at.x, y - size * 0.25, Type { size, ink, anchor: "middle", bold: false }, text);
    }
    canvas.close();
}

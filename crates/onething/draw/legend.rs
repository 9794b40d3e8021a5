//! What the shapes mean: only those that stand in the picture.

use std::collections::BTreeSet;

use super::canvas::{Canvas, Paint, Type};
use super::card::Shape;
use super::layout::{Point, Scene};
use super::marks::{Badge, Marks};
use super::shapes::{INK, SOFT};
use super::sheet::{MARGIN, WIDTH};
use super::{badge, edges, shapes, text};

const SIZE: f64 = 11.5;
const ROW: f64 = 28.0;
const SAMPLE: f64 = 30.0;

fn words(shape: Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::Start | Shape::End => return None,
        Shape::Parallel => "并行：全部都走 all ways",
        Shape::Exclusive => "排他：只走一条 one way",
        Shape::Inclusive => "包容：符合的都走 every way that holds",
        Shape::Person => "由人办理 done by a person",
        Shape::Applicant => "等申请人补正 waits for the applicant",
        Shape::Service => "自动办理 automatic",
        Shape::Wait => "等待、定时 waits",
        Shape::Notice => "书面通知 written notice",
        Shape::Matter => "事项 a matter",
        Shape::Unknown => "读不全的节点 a node that cannot be read",
        Shape::Missing => "没有这个节点 no such node",
    })
}

/// Draws the legend from here down; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, scenes: &[Scene], marks: &Marks, top: f64) -> f64 {
    let shapes: BTreeSet<Shape> = scenes.iter().flat_map(|scene| &scene.spots).map(|spot| spot.card.shape).collect();
    let back = scenes.iter().flat_map(|scene| &scene.edges).any(|edge| edge.back);
    let entries = shapes.iter().filter_map(|shape| Some((Some(*shape), words(*shape)?)));
    let back = back.then_some((None, "虚线：退回重办 dashed: back to an earlier step"));
    canvas.open("legend", "", "图例 legend");
    let (mut x, mut y) = (MARGIN, top + ROW / 2.0);
    for (shape, words) in entries.chain(back) {
        let width = SAMPLE + 8.0 + text::width(words, SIZE) + 22.0;
        if x > MARGIN && x + width > WIDTH - MARGIN {
            x = MARGIN;
            y += ROW;
        }
        sample(canvas, shape, Point { x: x + SAMPLE / 2.0, y });
        canvas.text(x + SAMPLE + 8.0, y + 4.0, Type { size: SIZE, ink: INK, anchor: "start", bold: false }, words);
        x += width;
    }
    (x, y) = if marks.kinds().is_empty() { (x, y) } else { (MARGIN, y + ROW) };
    for kind in marks.kinds() {
        let words = kind.legend();
        let words = format!("{} {}", words.zh, words.en);
        let sample = Badge { kind, text: kind.sample() };
        let before = badge::width(&sample) + 8.0;
        let width = before + text::width(&words, SIZE) + 22.0;
        if x > MARGIN && x + width > WIDTH - MARGIN {
            x = MARGIN;
            y += ROW;
        }
        badge::draw(canvas, &[sample], Point { x, y: y - badge::HEIGHT / 2.0 });
        canvas.text(x + before, y + 4.0, Type { size: SIZE, ink: INK, anchor: "start", bold: false }, &words);
        x += width;
    }
    canvas.rect((MARGIN, y + ROW / 2.0 + 6.0, WIDTH - 2.0 * MARGIN, 1.0), 0.0, Paint::new(SOFT, "", 0.0));
    canvas.close();
    y + ROW / 2.0 + 8.0
}

fn sample(canvas: &mut Canvas, shape: Option<Shape>, at: Point) {
    match shape {
        None => {
            let [left, right] = [at.x - SAMPLE / 2.0, at.x + SAMPLE / 2.0].map(super::canvas::number);
            canvas.path(&format!("M{left} {y} H{right}", y = super::canvas::number(at.y)), edges::paint(true));
        }
        Some(shape) if shape.is_gateway() => shapes::gateway(canvas, at, 12.0, shape),
        Some(shape) => {
            shapes::outline(canvas, (at.x - SAMPLE / 2.0 + 2.0, at.y - 9.0, SAMPLE - 4.0, 18.0), shape);
            shapes::mark(canvas, at, shape);
        }
    }
}

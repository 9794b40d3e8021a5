//! Where things stand: nothing covers anything else.

use super::super::layout::{self, Point, Scene};
use super::super::marks::Marks;
use super::super::sheet;
use super::super::sketch::Sketch;
use super::{marked, workflows};

type Box = (f64, f64, f64, f64);

fn around(at: Point, width: f64, height: f64) -> Box {
    (at.x - width / 2.0, at.y - height / 2.0, at.x + width / 2.0, at.y + height / 2.0)
}

fn overlap(a: Box, b: Box) -> bool {
    a.0 < b.2 - 0.5 && b.0 < a.2 - 0.5 && a.1 < b.3 - 0.5 && b.1 < a.3 - 0.5
}

fn inside(point: Point, b: Box) -> bool {
    overlap((point.x - 0.6, point.y - 0.6, point.x + 0.6, point.y + 0.6), b)
}

/// Every scene, plain and marked, as it is laid out and as it is divided among sheets.
fn scenes() -> Vec<(String, Scene)> {
    let mut scenes = Vec::new();
    for workflow in workflows() {
        for marks in [Marks::default(), marked(&workflow)] {
            scenes.extend(of(&workflow, &marks));
        }
    }
    scenes
}

fn of(sketch: &Sketch, marks: &Marks) -> Vec<(String, Scene)> {
    let mut scenes = Vec::new();
    for (nth, part) in sketch.parts.iter().enumerate() {
        let name = format!("{} / {} with {} marks", sketch.id, part.id, marks.steps.len());
        scenes.push((name.clone(), layout::scene(sketch, nth, marks)));
        let mut divided = layout::scene(sketch, nth, marks);
        sheet::divide(&mut divided, 700.0, 1.0);
        for spot in &divided.spots {
            let (top, bottom) = (spot.at.y - spot.card.height / 2.0, spot.at.y + spot.card.height / 2.0);
            assert!(bottom - top <= sheet::left(700.0 + top) + 0.5, "{name}: {} is cut by the sheet", spot.key);
        }
        scenes.push((name, divided));
    }
    scenes
}

/// Points along a route, its S-curves included.
fn along(route: &[Point]) -> Vec<Point> {
    let mut points = Vec::new();
    for pair in route.windows(2) {
        for nth in 0..=20 {
            let t = f64::from(nth) / 20.0;
            let (s, half) = (1.0 - t, (pair[0].y + pair[1].y) / 2.0);
            let bezier = |a: f64, b: f64, c: f64, d: f64| {
                s.powi(3) * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t.powi(3) * d
            };
            points.push(Point {
                x: bezier(pair[0].x, pair[0].x, pair[1].x, pair[1].x),
                y: bezier(pair[0].y, half, half, pair[1].y),
            });
        }
    }
    points
}

#[test]
fn nothing_covers_anything_else() {
    for (name, scene) in scenes() {
        nothing_covers(&name, &scene);
    }
}

/// Steps with the badges beside them, labels with the badges in them, and edges keep apart.
pub(super) fn nothing_covers(name: &str, scene: &Scene) {
    {
        let steps: Vec<Box> = scene.spots.iter().map(|s| around(s.at, s.card.room(), s.card.height)).collect();
        let labels: Vec<(usize, Box)> = scene
            .edges
            .iter()
            .enumerate()
            .filter_map(|(edge, e)| e.label.as_ref().map(|(at, l)| (edge, around(*at, l.width, l.height))))
            .collect();
        for (nth, step) in steps.iter().enumerate() {
            assert!(steps[..nth].iter().all(|other| !overlap(*step, *other)), "{name}: steps overlap");
            assert!(labels.iter().all(|(_, label)| !overlap(*step, *label)), "{name}: a label covers a step");
            assert!(step.0 > -0.5 && step.1 > -0.5 && step.2 < scene.width + 0.5 && step.3 < scene.height + 0.5);
        }
        for (nth, (_, label)) in labels.iter().enumerate() {
            assert!(labels[..nth].iter().all(|(_, other)| !overlap(*label, *other)), "{name}: labels overlap");
        }
        for (index, edge) in scene.edges.iter().enumerate() {
            for point in along(&edge.route) {
                for (node, step) in steps.iter().enumerate() {
                    let spot = &scene.spots[node];
                    let own = node == edge.from || node == edge.to;
                    // The badges of a gateway are covered by none of its own edges either.
                    let side = spot.at.x + spot.card.width / 2.0 + 1.0;
                    let beside = spot.card.side > 0.0 && point.x > side && inside(point, *step);
                    assert!(!own || !beside, "{name}: an edge runs through the badges of {}", spot.key);
                    let (from, to) = (&scene.spots[edge.from].key, &scene.spots[edge.to].key);
                    assert!(
                        own || !inside(point, *step),
                        "{name}: {from} > {to} runs behind {}",
                        scene.spots[node].key
                    );
                }
                let hit = labels.iter().any(|(other, label)| *other != index && inside(point, *label));
                assert!(!hit, "{name}: an edge runs through another's label");
            }
        }
    }
}

#[test]
fn edges_end_on_the_borders_of_their_steps() {
    for (name, scene) in scenes() {
        ends_on_borders(&name, &scene);
    }
}

pub(super) fn ends_on_borders(name: &str, scene: &Scene) {
    {
        for edge in &scene.edges {
            let ends = [(edge.from, edge.route.first()), (edge.to, edge.route.last())];
            for (node, point) in ends {
                let (spot, point) = (&scene.spots[node], point.unwrap());
                let reach = spot.card.reach(point.x - spot.at.x);
                assert!(reach > 0.0, "{name}: {} is missed", spot.key);
                let off = ((point.y - spot.at.y).abs() - reach).abs();
                assert!(off < 0.1, "{name}: an edge ends {off} pixels off {}", spot.key);
            }
            let (from, to) = (scene.spots[edge.from].at.y, scene.spots[edge.to].at.y);
            assert_eq!(edge.back, to < from, "{name}: ways back, and only they, lead up");
        }
    }
}

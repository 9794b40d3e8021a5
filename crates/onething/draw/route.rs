//! How the edges run.
//!
//! A rank is a band across the picture. An edge crosses a band straight down, at the place the layout kept free for it,
//! and moves sideways only between two bands, where nothing stands. So no edge runs behind a step or a label.

use super::layout::{Point, Spot};

/// Most of a gateway's half width that edges use.
const SPREAD: f64 = 0.72;
/// Sideways distance of two edges at one gateway, in pixels.
const STEP: f64 = 11.0;
/// What counts as straight, in pixels.
const STRAIGHT: f64 = 1.0;

/// A rank: its middle, and how far it reaches above and below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    pub(super) middle: f64,
    pub(super) half: f64,
}

/// An edge from the upper to the lower step, with its place in each band between.
pub(super) struct Way {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) middle: Vec<(f64, Band)>,
}

/// The routes of all edges, each from its upper to its lower end.
pub(super) fn routes(ways: &[Way], spots: &[Spot], band: impl Fn(f64) -> Option<Band>) -> Vec<Vec<Point>> {
    let mut shifts = vec![(0.0, 0.0); ways.len()];
    for (node, spot) in spots.iter().enumerate() {
        let below = ways.iter().enumerate().filter(|(_, way)| way.upper == node);
        let below = below.map(|(index, way)| (way.middle.first().map_or(spots[way.lower].at.x, |m| m.0), index));
        for (index, dx) in ports(spot, below.collect()) {
            shifts[index].0 = dx;
        }
        let above = ways.iter().enumerate().filter(|(_, way)| way.lower == node);
        let above = above.map(|(index, way)| (way.middle.last().map_or(spots[way.upper].at.x, |m| m.0), index));
        for (index, dx) in ports(spot, above.collect()) {
            shifts[index].1 = dx;
        }
    }
    let half = |spot: &Spot| band(spot.at.y).map_or(spot.card.height / 2.0, |band| band.half);
    ways.iter()
        .zip(shifts)
        .map(|(way, (leave, arrive))| {
            let (upper, lower) = (&spots[way.upper], &spots[way.lower]);
            let (from, to) = (upper.at.x + leave, lower.at.x + arrive);
            let mut route = vec![
                Point { x: from, y: upper.at.y + upper.card.reach(leave) },
                Point { x: from, y: upper.at.y + half(upper) },
            ];
            for (x, band) in &way.middle {
                route.push(Point { x: *x, y: band.middle - band.half });
                route.push(Point { x: *x, y: band.middle + band.half });
            }
            route.push(Point { x: to, y: lower.at.y - half(lower) });
            route.push(Point { x: to, y: lower.at.y - lower.card.reach(arrive) });
            route.dedup();
            route
        })
        .collect()
}

/// Where on one side of a step each edge ends, beside the middle: in the order of where it comes from, so that edges
/// do not cross at the step; one that comes straight stays in the middle.
fn ports(spot: &Spot, mut edges: Vec<(f64, usize)>) -> Vec<(usize, f64)> {
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    if edges.len() < 2 {
        return edges.into_iter().map(|(_, index)| (index, 0.0)).collect();
    }
    let nearest = |edge: &(f64, usize)| (edge.0 - spot.at.x).abs();
    let straight = (0..edges.len()).min_by(|a, b| nearest(&edges[*a]).total_cmp(&nearest(&edges[*b]))).unwrap_or(0);
    let middle = if nearest(&edges[straight]) <= STRAIGHT {
        straight as f64
    } else {
        edges.iter().filter(|edge| edge.0 < spot.at.x).count() as f64 - 0.5
    };
    let furthest = middle.max(edges.len() as f64 - 1.0 - middle).max(1.0);
    let step = STEP.min(spot.card.width / 2.0 * SPREAD / furthest);
    edges.iter().enumerate().map(|(nth, edge)| (edge.1, (nth as f64 - middle) * step)).collect()
}

//! Where everything stands: the graph of one part, laid out in ranks from top to bottom.

use std::collections::BTreeMap;

use dagre::graph::{Graph as Dagre, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};
use onething_engine::definition::Title;

use super::card::Card;
use super::label::Label;
use super::marks::{Kind, Mark, Marks};
use super::route::{self, Band, Way};
use super::sketch::{Part, Sketch};
use super::stretch;

/// A place in the picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A step with its centre.
pub(super) struct Spot {
    /// Its name in the picture.
    pub(super) key: String,
    pub(super) at: Point,
    pub(super) card: Card,
}

/// A way from one step to the next. Between two points of the route that are not above each other runs an S-curve that
/// leaves and arrives vertically.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// It leads back to where the case has been.
    pub(super) back: bool,
    pub(super) route: Vec<Point>,
    pub(super) label: Option<(Point, Label)>,
    /// The weightiest mark it carries.
    pub(super) mark: Option<Kind>,
}

/// One graph, laid out.
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) spots: Vec<Spot>,
    pub(super) edges: Vec<Edge>,
    /// Conditions too long for a label, in words, by their number less one.
    pub(super) notes: Vec<Title>,
}

/// Lays out the graph of one part.
pub(super) fn scene(sketch: &Sketch, nth: usize, marks: &Marks) -> Scene {
    let part = &sketch.parts[nth];
    let none = Mark::default();
    let card = |(node, step)| Card::new(sketch, part, step, marks.steps.get(&(nth, node)).unwrap_or(&none));
    let cards: Vec<Card> = part.steps.iter().enumerate().map(card).collect();
    let back = back_edges(part);
    let mut notes = Vec::new();
    let mark = |way: usize| marks.ways.get(&(nth, way)).unwrap_or(&none);
    let labels: Vec<Option<Label>> =
        (0..part.ways.len()).map(|way| Label::of(sketch, part, way, mark(way), &mut notes)).collect();
    let placed = place(part, &cards, &labels, &back);
    let spots: Vec<Spot> = cards
        .into_iter()
        .enumerate()
        .map(|(node, card)| {
            let at = placed.node(&key(node)).and_then(|n| Some(Point { x: n.x?, y: n.y? }));
            Spot { key: part.steps[node].key.clone(), at: at.unwrap_or(Point { x: 0.0, y: 0.0 }), card }
        })
        .collect();
    let mut edges = route_all(part, &placed, &spots, labels, &back);
    edges.iter_mut().enumerate().for_each(|(way, edge)| edge.mark = mark(way).kinds().next());
    let mut scene = bounded(spots, edges, notes);
    stretch::widen(&mut scene);
    scene
}

fn key(node: usize) -> String {
    format!("n{node}")
}

/// The ends of an edge as they are laid out: a way back is laid out like one forward.
fn ends(part: &Part, edge: usize, back: bool) -> (usize, usize) {
    let (from, to) = (part.ways[edge].from, part.ways[edge].to);
    if back { (to, from) } else { (from, to) }
}

fn place(part: &Part, cards: &[Card], labels: &[Option<Label>], back: &[bool]) -> Dagre<NodeLabel, EdgeLabel> {
    let mut dagre = Dagre::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
    for (node, card) in cards.iter().enumerate() {
        let label = NodeLabel { width: card.room(), height: card.height, ..NodeLabel::default() };
        dagre.set_node(key(node), Some(label));
    }
    for (edge, way) in part.ways.iter().enumerate() {
        let (upper, lower) = ends(part, edge, back[edge]);
        let (width, height) = labels[edge].as_ref().map_or((0.0, 0.0), |label| (label.width, label.height));
        let single = part.steps[way.from].outs.len() == 1 && !back[edge];
        let weight = if single { 2 } else { 1 };
        let label = EdgeLabel { width, height, weight, labelpos: LabelPos::Center, ..EdgeLabel::default() };
        let name = edge.to_string();
        dagre.set_edge(key(upper), key(lower), Some(label), Some(name.as_str()));
    }
    // Among orders with equally few crossings, the first found keeps the ways out in file order.
    let options =
        LayoutOptions { tie_keep_first: true, nodesep: 30.0, edgesep: 18.0, ranksep: 46.0, ..LayoutOptions::default() };
    dagre::layout(&mut dagre, Some(options));
    dagre
}

fn route_all(
    part: &Part,
    placed: &Dagre<NodeLabel, EdgeLabel>,
    spots: &[Spot],
    labels: Vec<Option<Label>>,
    back: &[bool],
) -> Vec<Edge> {
    let mut bands = Bands::default();
    spots.iter().for_each(|spot| bands.add(spot.at.y, spot.card.height / 2.0));
    let mut middles: Vec<Vec<Point>> = Vec::new();
    let mut places = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let (upper, lower) = ends(part, index, back[index]);
        let laid = placed.edge(&key(upper), &key(lower), Some(&index.to_string()));
        let points = laid.map(|laid| laid.points.as_slice()).unwrap_or_default();
        let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        middles.push(inner.iter().map(|point| Point { x: point.x, y: point.y }).collect());
        let place = laid.and_then(|laid| Some(Point { x: laid.x?, y: laid.y? }));
        let place = place.filter(|_| label.is_some());
        if let (Some(at), Some(label)) = (place, label) {
            bands.add(at.y, label.height / 2.0);
        }
        places.push(place);
    }
    let ways: Vec<Way> = middles
        .into_iter()
        .enumerate()
        .map(|(index, middle)| {
            let (upper, lower) = ends(part, index, back[index]);
            let bands_of = middle.into_iter().filter_map(|point| Some((point.x, bands.at(point.y)?)));
            // A rank in which nothing stands needs no stop.
            Way { upper, lower, middle: bands_of.filter(|(_, band)| band.half > 0.0).collect() }
        })
        .collect();
    let routes = route::routes(&ways, spots, |y| bands.at(y));
    let edges = routes.into_iter().zip(labels).zip(places).enumerate();
    edges
        .map(|(index, ((mut route, label), place))| {
            let (upper, lower) = (ways[index].upper, ways[index].lower);
            let (from, to) = if back[index] { (lower, upper) } else { (upper, lower) };
            if back[index] {
                route.reverse();
            }
            Edge { from, to, back: back[index], route, label: place.zip(label), mark: None }
        })
        .collect()
}

/// How far each rank reaches above and below its middle, by the middle in hundredths of a pixel.
#[derive(Default)]
struct Bands(BTreeMap<i64, f64>);

impl Bands {
    fn key(y: f64) -> i64 {
        (y * 100.0).round() as i64
    }

    fn add(&mut self, y: f64, half: f64) {
        let known = self.0.entry(Self::key(y)).or_default();
        *known = known.max(half);
    }

    fn at(&self, y: f64) -> Option<Band> {
        self.0.get(&Self::key(y)).map(|half| Band { middle: y, half: *half })
    }
}

/// Moves everything so that the picture begins at 0 and nothing is cut off.
fn bounded(mut spots: Vec<Spot>, mut edges: Vec<Edge>, notes: Vec<Title>) -> Scene {
    let mut boxes: Vec<(Point, f64, f64)> =
        spots.iter().map(|spot| (spot.at, spot.card.room() / 2.0, spot.card.height / 2.0)).collect();
    for edge in &edges {
        boxes.extend(edge.route.iter().map(|point| (*point, 4.0, 0.0)));
        boxes.extend(edge.label.iter().map(|(at, label)| (*at, label.width / 2.0, label.height / 2.0)));
    }
    let least = |pick: fn(&(Point, f64, f64)) -> f64| boxes.iter().map(pick).fold(f64::INFINITY, f64::min);
    let most = |pick: fn(&(Point, f64, f64)) -> f64| boxes.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
    let (left, top) = (least(|b| b.0.x - b.1), least(|b| b.0.y - b.2));
    let (right, bottom) = (most(|b| b.0.x + b.1), most(|b| b.0.y + b.2));
    let shift = |point: &mut Point| {
        point.x -= left;
        point.y -= top;
    };
    spots.iter_mut().for_each(|spot| shift(&mut spot.at));
    for edge in &mut edges {
        edge.route.iter_mut().for_each(shift);
        edge.label.iter_mut().for_each(|(at, _)| shift(at));
    }
    Scene { width: right - left, height: bottom - top, spots, edges, notes }
}

/// The edges that lead back to a step on the way to where they begin, by a walk from the start in file order; what the
/// start does not reach is walked from its first step.
pub(super) fn back_edges(part: &Part) -> Vec<bool> {
    let mut back = vec![false; part.ways.len()];
    let mut seen = vec![false; part.steps.len()];
    let mut open = vec![false; part.steps.len()];
    for first in std::iter::once(part.start()).chain(0..part.steps.len()) {
        if seen.get(first).is_none_or(|seen| *seen) {
            continue;
        }
        let mut path = vec![(first, 0)];
        seen[first] = true;
        open[first] = true;
        while let Some((node, next)) = path.last_mut() {
            let Some(edge) = part.steps[*node].outs.get(*next).copied() else {
                open[*node] = false;
                path.pop();
                continue;
            };
            *next += 1;
            let to = part.ways[edge].to;
            back[edge] = open[to];
            if !std::mem::replace(&mut seen[to], true) {
                open[to] = true;
                path.push((to, 0));
            }
        }
    }
    back
}

//! More room between ranks: where edges go far sideways, so that they are not flat, and where a sheet of paper ends.

use super::layout::Scene;

/// How steep an edge shall at least be, and how much that may add between two ranks, in pixels.
const SLOPE: f64 = 0.09;
const ROOM_MAX: f64 = 40.0;

/// From where to where steps and labels stand, from top to bottom.
pub(super) fn ranks(scene: &Scene) -> Vec<(f64, f64)> {
    let spots = scene.spots.iter().map(|spot| (spot.at.y, spot.card.height / 2.0));
    let labels = scene.edges.iter().filter_map(|edge| edge.label.as_ref());
    let labels = labels.map(|(at, label)| (at.y, label.height / 2.0));
    let mut boxes: Vec<(f64, f64)> = spots.chain(labels).map(|(y, half)| (y - half, y + half)).collect();
    boxes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut ranks: Vec<(f64, f64)> = Vec::new();
    for (from, to) in boxes {
        match ranks.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ => ranks.push((from, to)),
        }
    }
    ranks
}

/// Moves every rank and all that stands in it down; `shifts` names where each rank begins and how far it moves.
pub(super) fn pull(scene: &mut Scene, shifts: &[(f64, f64)]) {
    let moved = |y: &mut f64| {
        let nth = shifts.partition_point(|(from, _)| *from <= *y + 0.01);
        *y += nth.checked_sub(1).and_then(|nth| shifts.get(nth)).map_or(0.0, |(_, shift)| *shift);
    };
    scene.spots.iter_mut().for_each(|spot| moved(&mut spot.at.y));
    for edge in &mut scene.edges {
        edge.route.iter_mut().for_each(|point| moved(&mut point.y));
        edge.label.iter_mut().for_each(|(at, _)| moved(&mut at.y));
    }
    scene.height += shifts.last().map_or(0.0, |(_, shift)| *shift);
}

/// Gives edges that go far sideways between two ranks more room there.
pub(super) fn widen(scene: &mut Scene) {
    let ranks = ranks(scene);
    let mut extra = vec![0.0_f64; ranks.len()];
    for pair in scene.edges.iter().flat_map(|edge| edge.route.windows(2)) {
        let lower = pair[0].y.max(pair[1].y);
        let rank = ranks.partition_point(|(from, _)| *from < lower - 0.01);
        if let Some(extra) = extra.get_mut(rank) {
            let wanted = (pair[0].x - pair[1].x).abs() * SLOPE - 8.0;
            *extra = extra.max(wanted.clamp(0.0, ROOM_MAX));
        }
    }
    let mut shift = 0.0;
    let shifts: Vec<(f64, f64)> = ranks
        .iter()
        .zip(extra)
        .map(|((from, _), extra)| {
            shift += extra;
            (*from, shift)
        })
        .collect();
    pull(scene, &shifts);
}

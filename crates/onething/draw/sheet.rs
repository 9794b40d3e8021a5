//! Sheets of paper: A4 upright, and how a tall graph is divided among them.

use super::layout::Scene;
use super::stretch;

pub(super) const WIDTH: f64 = 1100.0;
/// The height of a sheet: 297 mm to 210 mm.
pub(super) const HEIGHT: f64 = WIDTH * 297.0 / 210.0;
pub(super) const MARGIN: f64 = 48.0;
/// The width that is written on.
pub(super) const ROOM: f64 = WIDTH - 2.0 * MARGIN;
/// Room for the line at the foot.
const FOOT: f64 = 56.0;

/// What can be written on one sheet.
pub(super) const WHOLE: f64 = HEIGHT - MARGIN - FOOT;

/// The sheet on which this height is.
fn sheet(y: f64) -> f64 {
    (y / HEIGHT).floor()
}

/// How much of the sheet is left below.
pub(super) fn left(y: f64) -> f64 {
    (sheet(y) + 1.0) * HEIGHT - FOOT - y
}

/// Where the next sheet begins.
pub(super) fn next(y: f64) -> f64 {
    (sheet(y) + 1.0) * HEIGHT + MARGIN
}

/// Pulls the ranks of a graph apart where a sheet ends, so that none is cut; only edges cross from sheet to sheet.
/// The graph stands at `top` and is drawn at `scale`.
pub(super) fn divide(scene: &mut Scene, top: f64, scale: f64) {
    let mut shifts: Vec<(f64, f64)> = Vec::new();
    let mut shift = 0.0;
    for (from, to) in stretch::ranks(scene) {
        let begins = top + (from + shift) * scale;
        let ends = top + (to + shift) * scale;
        // A rank taller than a sheet cannot be helped.
        if ends - begins > left(begins) && ends - begins <= WHOLE {
            shift += (next(begins) - begins) / scale;
        }
        shifts.push((from, shift));
    }
    stretch::pull(scene, &shifts);
}

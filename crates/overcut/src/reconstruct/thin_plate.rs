//! The thin plate through the ground around a footprint.

use nalgebra::{DMatrix, DVector};

use super::Field;
use crate::error::{Error, Result};

/// Cells that carry the plate, at most: the system is dense.
const MOST: usize = 360;
/// How far the plate may pass a cell, against its stiffness: takes the noise of single cells, in units of the squared extent.
const SLACK: f64 = 1e-5;

/// Solves for the weights of `r² ln r` and a plane, and looks the plate up in the footprint.
pub(super) fn fill(field: &Field<'_>, footprint: &[usize], rim: &[(usize, usize)]) -> Result<Vec<f64>> {
    let nodes = thinned(field, rim);
    let places: Vec<[f64; 2]> = nodes.iter().map(|cell| field.place(*cell)).collect();
    // In units of the extent, from the middle: the system is well scaled for patches of any size.
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for place in &places {
        low = [low[0].min(place[0]), low[1].min(place[1])];
        high = [high[0].max(place[0]), high[1].max(place[1])];
    }
    let unit = (high[0] - low[0]).max(high[1] - low[1]);
    let scaled = |place: [f64; 2]| [0, 1].map(|axis| (place[axis] - 0.5 * (low[axis] + high[axis])) / unit);
    let nodes_at: Vec<[f64; 2]> = places.into_iter().map(scaled).collect();
    let mean = nodes.iter().map(|cell| field.heights[*cell]).sum::<f64>() / nodes.len() as f64;

    let count = nodes.len();
    let mut system = DMatrix::zeros(count + 3, count + 3);
    let mut wanted = DVector::zeros(count + 3);
    for (row, at) in nodes_at.iter().enumerate() {
        for (col, other) in nodes_at[..row].iter().enumerate() {
            let value = kernel(*at, *other);
            system[(row, col)] = value;
            system[(col, row)] = value;
        }
        system[(row, row)] = SLACK;
        for (axis, value) in [1.0, at[0], at[1]].into_iter().enumerate() {
            system[(row, count + axis)] = value;
            system[(count + axis, row)] = value;
        }
        wanted[row] = field.heights[nodes[row]] - mean;
    }
    let weights = system.lu().solve(&wanted).ok_or_else(|| Error::InvalidParameter {
        name: "rim_m".to_owned(),
        found: "ground around a patch that lies in one line".to_owned(),
        expected: "undisturbed ground on more than one side".to_owned(),
    })?;
    let height = |cell: &usize| {
        let at = scaled(field.place(*cell));
        let bent: f64 = nodes_at.iter().zip(weights.iter()).map(|(node, weight)| weight * kernel(at, *node)).sum();
        mean + bent + weights[count] + weights[count + 1] * at[0] + weights[count + 2] * at[1]
    };
    Ok(footprint.iter().map(height).collect())
}

/// `r² ln r`.
fn kernel(a: [f64; 2], b: [f64; 2]) -> f64 {
    let square = (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    if square > 0.0 { 0.5 * square * square.ln() } else { 0.0 }
}

/// The nearest ring densest, then every k-th row and column of the rest, so that few enough are left.
fn thinned(field: &Field<'_>, rim: &[(usize, usize)]) -> Vec<usize> {
    let every = |step: usize| -> Vec<usize> {
        rim.iter()
            .filter(|(cell, ring)| {
                let (row, col) = field.row_col(*cell);
                if *ring == 0 {
                    (row + col).is_multiple_of(step)
                } else {
                    row.is_multiple_of(step) && col.is_multiple_of(step)
                }
            })
            .map(|(cell, _)| *cell)
            .collect()
    };
    let mut step = 1;
    loop {
        let nodes = every(step);
        if nodes.len() <= MOST {
            // A step too long for a small rim would leave nothing.
            return if nodes.len() < 12 { rim.iter().map(|(cell, _)| *cell).take(MOST).collect() } else { nodes };
        }
        step += 1;
    }
}

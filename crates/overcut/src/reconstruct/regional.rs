//! A coarser surface, fitted to the ground around a footprint, in place of what was dug away.

use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

use super::{Field, LEAST_RIM};
use crate::{
    error::{Error, Result},
    stable::{NMAD_SCALE, median},
};

/// Tukey's constant: 95 % efficiency for normal errors.
const TUKEY: f64 = 4.685;
const ROUNDS: usize = 20;

/// What is added to a coarser surface so that it lies on the ground around a footprint.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Raised in the middle of the ground around, m.
    pub up_m: f64,
    /// Raised per metre to the east.
    pub tilt_east: f64,
    /// Raised per metre to the north.
    pub tilt_north: f64,
    /// Spread of what is left on the ground around (NMAD), m.
    pub nmad_m: f64,
    /// Cells of the ground around.
    pub cells: usize,
}

/// Heights inside a footprint from a coarser surface on the same grid, raised and tilted onto the ground up to `rim_m` around by a
/// robust fit (iterated least squares with Tukey's weights).
///
/// # Errors
/// [`Error::InvalidParameter`] if there is too little ground around, or the coarser surface has no heights.
pub fn fill_from(
    field: &Field<'_>,
    regional: &[f64],
    footprint: &[usize],
    rim_m: f64,
) -> Result<(Vec<f64>, Adjustment)> {
    let rim: Vec<usize> = field
        .rim(footprint, rim_m)
        .into_iter()
        .map(|(cell, _)| cell)
        .filter(|cell| !regional[*cell].is_nan())
        .collect();
    let invalid = |found: String| Error::InvalidParameter {
        name: "regional".to_owned(),
        found,
        expected: format!("heights in every cell of a patch, and in at least {LEAST_RIM} around it"),
    };
    if rim.len() < LEAST_RIM {
        return Err(invalid(format!("{} common cells around a patch", rim.len())));
    }
    let count = rim.len() as f64;
    let middle = rim.iter().fold([0.0; 2], |sum, cell| {
        let [east, south] = field.place(*cell);
        [sum[0] + east / count, sum[1] + south / count]
    });
    let terms = |cell: usize| {
        let [east, south] = field.place(cell);
        Vector3::new(1.0, east - middle[0], middle[1] - south)
    };
    let mut plane = Vector3::zeros();
    let mut sigma = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
        let left = |cell: usize, plane: &Vector3<f64>| field.heights[cell] - regional[cell] - plane.dot(&terms(cell));
        for cell in &rim {
            let standard = left(*cell, &plane) / (TUKEY * sigma);
            let weight = if sigma.is_finite() { (1.0 - standard * standard).max(0.0).powi(2) } else { 1.0 };
            let terms = terms(*cell);
            normal += weight * terms * terms.transpose();
            right += weight * (field.heights[*cell] - regional[*cell]) * terms;
        }
        let Some(better) = normal.lu().solve(&right) else { break };
        let moved = (better - plane).abs().max();
        plane = better;
        let mut sizes: Vec<f64> = rim.iter().map(|cell| left(*cell, &plane).abs()).collect();
        sigma = NMAD_SCALE * median(&mut sizes);
        if sigma <= 1e-9 || moved < 1e-9 {
            break;
        }
    }
    if footprint.iter().any(|cell| regional[*cell].is_nan()) {
        return Err(invalid("no height in some cells of a patch".to_owned()));
    }
    let heights = footprint.iter().map(|cell| regional[*cell] + plane.dot(&terms(*cell))).collect();
    let adjustment =
        Adjustment { up_m: plane[0], tilt_east: plane[1], tilt_north: plane[2], nmad_m: sigma, cells: rim.len() };
    Ok((heights, adjustment))
}

//! The membrane: every cell is the mean of its neighbours.

use std::collections::BTreeMap;

use super::Field;

/// Residual at which the membrane is at rest, as a share of the first one: millimetres of kilometres.
const AT_REST: f64 = 1e-9;

/// Solves the five-point Laplace equation by conjugate gradients (Hestenes & Stiefel 1952); neighbours without a height
/// pull at nothing.
pub(super) fn fill(field: &Field<'_>, footprint: &[usize]) -> Vec<f64> {
    let grid = field.grid;
    let numbers: BTreeMap<usize, usize> = footprint.iter().enumerate().map(|(number, cell)| (*cell, number)).collect();
    let (along, down) = (1.0 / (grid.dx * grid.dx), 1.0 / (grid.dy * grid.dy));
    let (mut links, mut pull, mut weight) = (Vec::new(), vec![0.0; footprint.len()], vec![0.0; footprint.len()]);
    for (number, cell) in footprint.iter().enumerate() {
        let (row, col) = field.row_col(*cell);
        let mut sides = Vec::with_capacity(4);
        if col > 0 {
            sides.push((cell - 1, along));
        }
        if col + 1 < grid.shape.cols {
            sides.push((cell + 1, along));
        }
        if row > 0 {
            sides.push((cell - grid.shape.cols, down));
        }
        if row + 1 < grid.shape.rows {
            sides.push((cell + grid.shape.cols, down));
        }
        for (neighbour, strength) in sides {
            if let Some(other) = numbers.get(&neighbour) {
                links.push((number, *other, strength));
                weight[number] += strength;
            } else if field.usable(neighbour) {
                pull[number] += strength * field.heights[neighbour];
                weight[number] += strength;
            }
        }
    }
    let apply = |heights: &[f64]| {
        let mut into: Vec<f64> = heights.iter().zip(&weight).map(|(height, weight)| height * weight).collect();
        links.iter().for_each(|(from, to, strength)| into[*from] -= strength * heights[*to]);
        into
    };
    // From the mean height of the rim, so that few steps are left.
    let rim = field.rim(footprint, grid.dx.min(grid.dy));
    let mean = rim.iter().map(|(cell, _)| field.heights[*cell]).sum::<f64>() / rim.len().max(1) as f64;
    let mut heights = vec![mean; footprint.len()];
    let mut residual: Vec<f64> = pull.iter().zip(apply(&heights)).map(|(pull, here)| pull - here).collect();
    let mut direction = residual.clone();
    let square = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let mut left = square(&residual);
    let enough = AT_REST * AT_REST * left;
    for _ in 0..10 * footprint.len().max(10) {
        if left <= enough || left == 0.0 {
            break;
        }
        let moved = apply(&direction);
        let step = left / direction.iter().zip(&moved).map(|(a, b)| a * b).sum::<f64>();
        heights.iter_mut().zip(&direction).for_each(|(height, direction)| *height += step * direction);
        residual.iter_mut().zip(&moved).for_each(|(residual, moved)| *residual -= step * moved);
        let now = square(&residual);
        direction
            .iter_mut()
            .zip(&residual)
            .for_each(|(direction, residual)| *direction = residual + now / left * *direction);
        left = now;
    }
    heights
}

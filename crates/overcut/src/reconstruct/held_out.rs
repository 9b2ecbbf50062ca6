//! How wrong made ground is: footprints of the same shape on ground that was never dug.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Field, Method, fill, fill_from};
use crate::{
    error::{Error, Result},
    stable::Random,
};

/// Places tried for each window that is wanted.
const TRIES: usize = 400;
/// Fewer windows give no interval.
const LEAST_WINDOWS: usize = 10;

/// How held-out windows are laid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOutOptions {
    /// Windows wanted. 59 by default: 90 % lie between the third from below and the third from above.
    pub windows: usize,
    /// Seed of their places.
    pub seed: u64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Ground around a footprint that is used, m.
    pub rim_m: f64,
}

/// What was found in one window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOutWindow {
    /// x, y of the middle of its bounding box.
    pub x: f64,
    /// See `x`.
    pub y: f64,
    /// Mean of made - true over its cells, m.
    pub mean_error_m: f64,
    /// Root of the mean square of made - true, m.
    pub rms_error_m: f64,
    /// Roughness of the ground around it, m: the root mean square by which it departs from a plane.
    pub roughness_m: f64,
}

/// The error of made ground over a footprint, from windows of the same size and shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// The windows.
    pub windows: Vec<HeldOutWindow>,
    /// Windows that share ground with others, for want of room.
    pub overlapping: usize,
    /// Roughness of the ground around the footprint itself, m.
    pub roughness_m: f64,
    /// Ends of the interval of the mean error over the footprint (made - true), m.
    pub mean_low_m: f64,
    /// See `mean_low_m`.
    pub mean_high_m: f64,
    /// Standard error of the mean height over the footprint, m.
    pub mean_sigma_m: f64,
    /// Standard error of one height, m.
    pub cell_sigma_m: f64,
    /// Confidence of the interval.
    pub confidence: f64,
}

/// A footprint by the rows and columns of its cells, from its north-western corner.
struct Shape {
    cells: Vec<(usize, usize)>,
    rows: usize,
    cols: usize,
}

impl Shape {
    fn of(field: &Field<'_>, footprint: &[usize]) -> Self {
        let places: Vec<_> = footprint.iter().map(|cell| field.row_col(*cell)).collect();
        let row = places.iter().map(|place| place.0).min().unwrap_or(0);
        let col = places.iter().map(|place| place.1).min().unwrap_or(0);
        let rows = places.iter().map(|place| place.0 - row + 1).max().unwrap_or(0);
        let cols = places.iter().map(|place| place.1 - col + 1).max().unwrap_or(0);
        Self { cells: places.into_iter().map(|place| (place.0 - row, place.1 - col)).collect(), rows, cols }
    }

    /// One of the eight ways in which it can lie on square cells; mirrored only on others.
    fn turned(&self, way: usize) -> Self {
        let (mut cells, mut rows, mut cols) = (self.cells.clone(), self.rows, self.cols);
        if way & 1 != 0 {
            cells.iter_mut().for_each(|cell| cell.0 = rows - 1 - cell.0);
        }
        if way & 2 != 0 {
            cells.iter_mut().for_each(|cell| cell.1 = cols - 1 - cell.1);
        }
        if way & 4 != 0 {
            cells.iter_mut().for_each(|cell| *cell = (cell.1, cell.0));
            std::mem::swap(&mut rows, &mut cols);
        }
        Self { cells, rows, cols }
    }
}

/// Lays footprints of the same shape on undisturbed ground, makes the ground in them, and compares.
///
/// Errors are divided by the roughness of the ground around each window, and multiplied by that around the footprint itself: rough
/// ground errs more. The interval lies between two of the ordered errors, so that a further window of the same kind falls
/// into it with the stated confidence, whatever their distribution (Vovk, Gammerman & Shafer 2005).
///
/// # Errors
/// [`Error::InvalidParameter`] if fewer than ten windows find room, or so few that the confidence cannot be had; those of [`fill`].
pub fn hold_out(
    field: &Field<'_>,
    regional: Option<&[f64]>,
    footprint: &[usize],
    method: Method,
    options: &HeldOutOptions,
) -> Result<HeldOut> {
    let shape = Shape::of(field, footprint);
    let (places, overlapping) = lay(field, &shape, options);
    let needed = LEAST_WINDOWS.max(needed(options.confidence));
    if places.len() < needed {
        return Err(Error::InvalidParameter {
            name: "windows".to_owned(),
            found: format!("room for {} held-out windows of {} x {} cells", places.len(), shape.rows, shape.cols),
            expected: format!(
                "at least {needed} on undisturbed ground; give a surface that reaches further, or a lower confidence"
            ),
        });
    }
    let windows: Vec<HeldOutWindow> = places
        .par_iter()
        .map(|cells| {
            let mut disturbed = field.disturbed.to_vec();
            cells.iter().for_each(|cell| disturbed[*cell] = true);
            let hidden = Field { disturbed: &disturbed, ..*field };
            let made = match regional {
                Some(regional) => fill_from(&hidden, regional, cells, options.rim_m)?.0,
                None => fill(&hidden, cells, options.rim_m, method)?,
            };
            let errors: Vec<f64> = made.iter().zip(cells).map(|(made, cell)| made - field.heights[*cell]).collect();
            let count = errors.len() as f64;
            let (x, y) = middle(field, cells);
            Ok(HeldOutWindow {
                x,
                y,
                mean_error_m: errors.iter().sum::<f64>() / count,
                rms_error_m: (errors.iter().map(|error| error * error).sum::<f64>() / count).sqrt(),
                roughness_m: roughness_m(&hidden, cells, options.rim_m),
            })
        })
        .collect::<Result<_>>()?;
    let roughness = roughness_m(field, footprint, options.rim_m);
    let mut relative: Vec<f64> = windows.iter().map(|window| window.mean_error_m / window.roughness_m).collect();
    relative.sort_by(f64::total_cmp);
    let count = relative.len();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank among the windows")]
    let beyond = ((0.5 * (1.0 - options.confidence) * (count + 1) as f64 + 1e-9).floor() as usize).clamp(1, count);
    let mean_square = |of: &dyn Fn(&HeldOutWindow) -> f64| {
        (windows.iter().map(|window| (of(window) / window.roughness_m).powi(2)).sum::<f64>() / count as f64).sqrt()
    };
    Ok(HeldOut {
        overlapping,
        roughness_m: roughness,
        mean_low_m: relative[beyond - 1] * roughness,
        mean_high_m: relative[count - beyond] * roughness,
        mean_sigma_m: mean_square(&|window| window.mean_error_m) * roughness,
        cell_sigma_m: mean_square(&|window| window.rms_error_m) * roughness,
        confidence: options.confidence,
        windows,
    })
}

/// Windows without which the outermost ones are no ends of the interval.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
fn needed(confidence: f64) -> usize {
    (2.0 / (1.0 - confidence) - 1.0 - 1e-9).ceil().clamp(1.0, 1e6) as usize
}

/// Places for windows: at first each on ground of its own, then as room allows.
fn lay(field: &Field<'_>, shape: &Shape, options: &HeldOutOptions) -> (Vec<Vec<usize>>, usize) {
    let (rows, cols) = (field.grid.shape.rows, field.grid.shape.cols);
    let ways = if (field.grid.dx - field.grid.dy).abs() <= 1e-9 * field.grid.dx { 8 } else { 4 };
    let turned: Vec<Shape> = (0..ways).map(|way| shape.turned(way)).collect();
    let mut random = Random(options.seed);
    let mut taken = vec![false; field.grid.shape.cells()];
    let (mut places, mut overlapping) = (Vec::new(), 0);
    for apart in [true, false] {
        for _ in 0..TRIES * options.windows {
            if places.len() == options.windows {
                break;
            }
            let shape = &turned[random.below(ways)];
            // A cell of ground on every side.
            if shape.rows + 2 > rows || shape.cols + 2 > cols {
                continue;
            }
            let row = 1 + random.below(rows - shape.rows - 1);
            let col = 1 + random.below(cols - shape.cols - 1);
            let cells: Vec<usize> = shape.cells.iter().map(|(down, along)| (row + down) * cols + col + along).collect();
            let free = |cell: &usize| field.usable(*cell) && !(apart && taken[*cell]);
            let ground =
                |cell: &usize| [cell - cols, cell + cols, cell - 1, cell + 1].iter().all(|side| field.usable(*side));
            if cells.iter().all(|cell| free(cell) && ground(cell)) {
                cells.iter().for_each(|cell| taken[*cell] = true);
                overlapping += usize::from(!apart);
                places.push(cells);
            }
        }
    }
    (places, overlapping)
}

fn middle(field: &Field<'_>, cells: &[usize]) -> (f64, f64) {
    let count = cells.len() as f64;
    let (row, col) = cells.iter().fold((0.0, 0.0), |(rows, cols), cell| {
        let (row, col) = field.row_col(*cell);
        (rows + (row as f64 + 0.5) / count, cols + (col as f64 + 0.5) / count)
    });
    field.grid.to_world(col, row)
}

/// Root mean square by which the ground around a footprint departs from a plane, m; never nothing.
fn roughness_m(field: &Field<'_>, footprint: &[usize], rim_m: f64) -> f64 {
    let rim = field.rim(footprint, rim_m);
    let flat = vec![0.0; field.heights.len()];
    let rough = fill_from(field, &flat, footprint, rim_m).map(|(_, plane)| {
        let count = rim.len() as f64;
        let middle = rim.iter().fold([0.0; 2], |sum, (cell, _)| {
            let [east, south] = field.place(*cell);
            [sum[0] + east / count, sum[1] + south / count]
        });
        let square = rim.iter().map(|(cell, _)| {
            let [east, south] = field.place(*cell);
            let on_plane = plane.up_m + plane.tilt_east * (east - middle[0]) + plane.tilt_north * (middle[1] - south);
            (field.heights[*cell] - on_plane).powi(2)
        });
        (square.sum::<f64>() / count).sqrt()
    });
    rough.unwrap_or(0.0).max(1e-3)
}

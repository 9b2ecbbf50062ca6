//! A window of a surface as the pass sees it: moved and raised by the registration of its assessment.

use crate::{
    assessment::Assessment,
    error::Result,
    grid::{GridGeometry, GridShape, Window},
    registration::{Correction, Resampler},
    surface::Surface,
};

/// What was done to each surface of an assessment before it was compared.
pub fn corrections(assessment: &Assessment) -> Vec<Correction> {
    let mut corrections = vec![Correction::default(); assessment.surfaces.len()];
    for interval in &assessment.intervals {
        let moved = if interval.later > assessment.options.reference { interval.later } else { interval.earlier };
        if let (Some(registration), Some(correction)) = (&interval.accuracy.registration, corrections.get_mut(moved)) {
            *correction = registration.applied;
        }
    }
    corrections
}

/// A survey point moved and raised as its surface was.
pub fn moved(correction: &Correction, [x, y, height]: [f64; 3]) -> [f64; 3] {
    let (x, y) = (x + correction.east_m, y + correction.north_m);
    [x, y, height + correction.added_m(x, y)]
}

/// The window of a grid that holds some bounds (west, south, east, north) and `margin` cells around them; `None` if they lie beyond it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
pub fn window_of(grid: &GridGeometry, [west, south, east, north]: [f64; 4], margin: usize) -> Option<Window> {
    let (first_col, first_row) = grid.to_cells(west, north);
    let (last_col, last_row) = grid.to_cells(east, south);
    let range = |first: f64, last: f64, count: usize| {
        first.floor().clamp(0.0, count as f64) as usize..last.ceil().clamp(0.0, count as f64) as usize
    };
    let rows = range(first_row, last_row, grid.shape.rows);
    let cols = range(first_col, last_col, grid.shape.cols);
    (!rows.is_empty() && !cols.is_empty()).then(|| Window::from_ranges(rows, cols).grown(margin, grid.shape))
}

/// The grid of a window.
pub fn grid_of(grid: &GridGeometry, window: Window) -> GridGeometry {
    let (west, north) = grid.to_world(window.col as f64, window.row as f64);
    GridGeometry { west, north, shape: GridShape { rows: window.rows, cols: window.cols }, ..*grid }
}

/// Heights of a window after a correction, row by row; NaN = no data.
///
/// They are those of the pass but for the last bits of the polynomial.
///
/// # Errors
/// Whatever reading finds.
pub fn corrected_heights(surface: &dyn Surface, correction: &Correction, window: Window) -> Result<Vec<f64>> {
    let grid = surface.grid();
    let mut heights = vec![f64::NAN; window.cells()];
    if correction.moves() {
        let resampler = Resampler::new(correction, grid);
        let have = window.grown(resampler.reach(), grid.shape);
        let mut source = vec![f64::NAN; have.cells()];
        surface.open()?.read(have)?.widen(0, &mut source);
        resampler.window(&source, have, window, &mut heights);
    } else {
        surface.open()?.read(window)?.widen(0, &mut heights);
    }
    if correction.raises() {
        for (index, height) in heights.iter_mut().enumerate() {
            let (row, col) = (window.row + index / window.cols, window.col + index % window.cols);
            let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
            *height += correction.added_m(x, y);
        }
    }
    Ok(heights)
}

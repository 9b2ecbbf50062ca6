//! The fit: robust least squares with the gradient of the reference as instrument.
//!
//! With the later survey moved by (e, n) and changed by a polynomial, the residual in a cell is
//! `r = later(x - e, y - n) + polynomial - reference(x, y)`. A Newton step solves `(Σ w z xᵀ) δ = -Σ w z r`, x the derivatives of r
//! by the parameters, from the gradient of the resampled later survey, and z the same from the gradient of the reference.
//!
//! Were x taken for z, as is usual, the estimate would be biased: a gradient is as noisy as the heights that it is made of. Noise
//! in x lets r and z go together, since both hold it: interpolated noise is weaker between cell centres than on them, so the
//! estimate is pulled towards half cells. The central difference of the reference at a cell's own centre does not hold the
//! cell's own noise, nor any of the other survey, so the sum is zero at the true shift, whatever the noise. And with z and x from
//! different surveys the matrix holds no square of any noise: it is not too large, and steps are not too short.
//!
//! # References
//! Rosenholm & Torlegård (1988), Photogramm. Eng. Remote Sens. 54, 1385-1389 (the joint fit); Nuth & Kääb (2011), The Cryosphere
//! 5, 271-290; Beaton & Tukey (1974), Technometrics 16, 147-185 (weights).

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::{
    Correction, RegistrationOptions,
    normal::{Frame, Rows, Space, Sums, Tile, covariance, total},
};
use crate::{
    grid::{GridGeometry, Window},
    stable::{NMAD_SCALE, Sample, SampleTile, median},
};

/// Parameters of a correction, in their order: east, north, up, tilt east, tilt north, bend east, both, north.
pub(super) const COUNT: usize = 8;
/// Which parameters are sought.
pub(super) type Active = [bool; COUNT];
/// No survey tells more than a micrometre; without noise everything would be significant, rounding too.
pub(super) const FINEST_M: f64 = 1e-6;
/// About so many differences tell the spread of all.
const MOST_FOR_SPREAD: usize = 1 << 17;

/// One cell of stable ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Position in its tile.
    pub(super) at: usize,
    /// Later - reference, corrected, m.
    pub(super) residual_m: f64,
    /// Rise of the reference to the east and north.
    pub(super) reference: (f64, f64),
    /// Rise of the later survey where it lies now.
    pub(super) later: (f64, f64),
}

/// Stable ground and where it is.
pub(super) struct Ground<'a> {
    pub(super) sample: &'a Sample,
    /// By tile: which of its cells are stable ground.
    pub(super) stable: Vec<Vec<bool>>,
    pub(super) frame: Frame,
    /// Of so many rows and columns one is looked at for figures of the whole.
    pub(super) thinned: usize,
}

/// A fit that came to an end.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) correction: Correction,
    pub(super) iterations: usize,
    pub(super) converged: bool,
    /// Of the eight parameters; 0 for those that were not sought.
    pub(super) covariance: [[f64; COUNT]; COUNT],
    /// Tiles from which it was found, less the parameters.
    pub(super) degrees: usize,
    /// Of the differences that are left, m.
    pub(super) spread_m: f64,
}

impl Ground<'_> {
    pub(super) fn grid(&self) -> &GridGeometry {
        &self.sample.grid
    }

    pub(super) fn cells(&self) -> u64 {
        self.stable.iter().flatten().filter(|stable| **stable).count() as u64
    }

    fn tile(&self, index: usize) -> Tile<'_> {
        let SampleTile { square, window } = self.sample.tiles[index];
        Tile { square: &self.sample.squares[square], window, stable: &self.stable[index] }
    }

    /// The cells of stable ground in a tile, with the later survey corrected, of every `step`-th row and column; those where it
    /// cannot be resampled are left out.
    fn cells_of(&self, tile: &Tile<'_>, correction: &Correction, step: usize) -> Vec<Cell> {
        let (Tile { square, window, stable }, grid) = (*tile, self.grid());
        let mut later = Vec::new();
        let wide = tile.moved(correction, grid, &mut later);
        let mut cells = Vec::new();
        for row in (window.row.max(wide.row + 1)..window.row_end().min(wide.row_end() - 1)).step_by(step) {
            for col in (window.col.max(wide.col + 1)..window.col_end().min(wide.col_end() - 1)).step_by(step) {
                let at = (row - window.row) * window.cols + col - window.col;
                if !stable[at] {
                    continue;
                }
                let here = square.at(row, col);
                let there = (row - wide.row) * wide.cols + col - wide.col;
                let rises = |heights: &[f64], at: usize, cols: usize| {
                    let east = (heights[at + 1] - heights[at - 1]) / (2.0 * grid.dx);
                    (east, (heights[at - cols] - heights[at + cols]) / (2.0 * grid.dy))
                };
                let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
                let residual_m = later[there] + correction.added_m(x, y) - square.reference_m[here];
                let reference = rises(&square.reference_m, here, square.window.cols);
                let later = rises(&later, there, wide.cols);
                let cell = Cell { at, residual_m, reference, later };
                if [residual_m, reference.0, reference.1, later.0, later.1].iter().all(|number| number.is_finite()) {
                    cells.push(cell);
                }
            }
        }
        cells
    }

    /// Some cells of all tiles, in order.
    pub(super) fn tiles(&self, correction: &Correction) -> Vec<Vec<Cell>> {
        self.every(correction, self.thinned)
    }

    /// All cells of all tiles, in order.
    pub(super) fn whole_tiles(&self, correction: &Correction) -> Vec<Vec<Cell>> {
        self.every(correction, 1)
    }

    fn every(&self, correction: &Correction, step: usize) -> Vec<Vec<Cell>> {
        let of_tile = |tile: usize| self.cells_of(&self.tile(tile), correction, step);
        (0..self.sample.tiles.len()).into_par_iter().map(of_tile).collect()
    }

    /// Sums of all tiles, in order, and the residuals of the rows used.
    pub(super) fn sums(&self, correction: &Correction, scale_m: f64, rows: Rows) -> (Vec<(Window, Sums)>, Vec<f64>) {
        let of_tile = |space: &mut Space, tile: usize| {
            let (tile, mut residuals) = (self.tile(tile), Vec::new());
            let sums = tile.sums(&self.frame, correction, scale_m, rows, space, Some(&mut residuals));
            ((tile.window, sums), residuals)
        };
        let found: Vec<_> = (0..self.sample.tiles.len()).into_par_iter().map_init(Space::default, of_tile).collect();
        let (sums, residuals): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        (sums, residuals.concat())
    }

    /// Rows that fits look at while they come to rest.
    fn rows(&self) -> Rows {
        Rows { every: self.thinned * self.thinned, matrix: 1 }
    }

    /// A correction from parameters in units of the sample's extent.
    pub(super) fn correction(&self, parameters: &[f64; COUNT], options: &RegistrationOptions) -> Correction {
        let (one, two) = (self.frame.extent_m, self.frame.extent_m * self.frame.extent_m);
        let [east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north] = *parameters;
        Correction {
            east_m,
            north_m,
            up_m,
            tilt_east: tilt_east / one,
            tilt_north: tilt_north / one,
            bend_east: bend_east / two,
            bend_both: bend_both / two,
            bend_north: bend_north / two,
            x0_m: self.frame.centre.0,
            y0_m: self.frame.centre.1,
            interpolation: options.interpolation,
        }
    }

    /// Parameters of a correction in units of the sample's extent, about its middle.
    pub(super) fn parameters_of(&self, correction: &Correction) -> [f64; COUNT] {
        let Correction { east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north, .. } =
            *correction;
        let found = [east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north];
        let units = self.units();
        std::array::from_fn(|parameter| found[parameter] / units[parameter])
    }

    /// Units of the parameters of a correction in those of the fit.
    pub(super) fn units(&self) -> [f64; COUNT] {
        let one = 1.0 / self.frame.extent_m;
        let two = one * one;
        [1.0, 1.0, 1.0, one, one, two, two, two]
    }
}

/// Spread of the residuals of some tiles about 0.
pub(super) fn spread_about_zero(tiles: &[Vec<Cell>]) -> f64 {
    let all: usize = tiles.iter().map(Vec::len).sum();
    let step = all.div_ceil(MOST_FOR_SPREAD).max(1);
    let mut sizes: Vec<f64> = tiles.iter().flatten().step_by(step).map(|cell| cell.residual_m.abs()).collect();
    NMAD_SCALE * median(&mut sizes)
}

/// Spread about the median, and the median.
pub(super) fn spread_about_median(residuals: impl ExactSizeIterator<Item = f64>) -> (f64, f64) {
    let step = residuals.len().div_ceil(MOST_FOR_SPREAD).max(1);
    let mut values: Vec<f64> = residuals.step_by(step).collect();
    let middle = median(&mut values);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    (NMAD_SCALE * median(&mut values), middle)
}

/// Newton steps from `start` until the correction rests.
pub(super) fn robust_fit(
    ground: &Ground<'_>,
    active: Active,
    start: [f64; COUNT],
    options: &RegistrationOptions,
) -> Option<Fit> {
    let chosen: Vec<usize> = (0..COUNT).filter(|parameter| active[*parameter]).collect();
    let mut parameters = start;
    let cell_m = ground.grid().dx.min(ground.grid().dy);
    let (_, residuals) = ground.sums(&ground.correction(&parameters, options), 1.0, ground.rows());
    let (mut spread_m, middle_m) = spread_about_median(residuals.into_iter());
    if active[2] && start.iter().all(|parameter| *parameter == 0.0) {
        // Weights are about 0: heights first.
        parameters[2] -= middle_m;
    }
    for iteration in 1..=options.max_iterations {
        let correction = ground.correction(&parameters, options);
        // Weights follow the spread of the step before; where that has come to rest, so have they.
        let (tiles, residuals) = ground.sums(&correction, scale_m(spread_m, options), ground.rows());
        let total = total(&tiles);
        let step = total.step(&chosen, &[0.0; COUNT])?;
        (0..COUNT).for_each(|parameter| parameters[parameter] += step[parameter]);
        if parameters[0].hypot(parameters[1]) > 1e4 * cell_m {
            return None;
        }
        let before_m = spread_m;
        (spread_m, _) = spread_about_median(residuals.into_iter());
        // A change of height is judged against the noise, a shift against the cell.
        let rested = chosen.iter().all(|parameter| {
            let unit = if *parameter < 2 { cell_m } else { 10.0 * spread_m.max(1e-6) };
            step[*parameter].abs() <= options.tolerance_cells * unit
        }) && (before_m - spread_m).abs() <= 1e-3 * spread_m;
        if rested || iteration == options.max_iterations {
            let covariance = covariance(&tiles, &total, &chosen, &ground.units())?;
            let (correction, degrees) = (ground.correction(&parameters, options), degrees(&tiles, chosen.len()));
            return Some(Fit { correction, iterations: iteration, converged: rested, covariance, degrees, spread_m });
        }
    }
    None
}

/// Differences beyond it get no weight, m.
pub(super) fn scale_m(spread_m: f64, options: &RegistrationOptions) -> f64 {
    spread_m.max(FINEST_M) * options.tukey
}

/// Tiles with stable ground, less the parameters that they tell.
pub(super) fn degrees(tiles: &[(Window, Sums)], parameters: usize) -> usize {
    tiles.iter().filter(|(_, sums)| sums.cells > 0.0).count().saturating_sub(parameters).max(1)
}

/// The cosine of Nuth & Kääb (2011): shifts from medians of difference over slope by aspect, then the height. What it gives
/// is completed, for its covariance, by the matrix of the joint fit.
pub(super) fn nuth_kaab(ground: &Ground<'_>, options: &RegistrationOptions) -> Option<Fit> {
    let mut parameters = [0.0; COUNT];
    let cell_m = ground.grid().dx.min(ground.grid().dy);
    for iteration in 1..=options.max_iterations {
        let tiles = ground.tiles(&ground.correction(&parameters, options));
        let residuals: Vec<f64> = tiles.iter().flatten().map(|cell| cell.residual_m).collect();
        let (spread_m, middle_m) = spread_about_median(residuals.into_iter());
        parameters[2] -= middle_m;
        let bins = super::diagnostics::by_aspect_over_slope(&tiles, middle_m);
        // dh / tan(slope) = -(e sin(aspect) + n cos(aspect)) + c
        let mut matrix = DMatrix::zeros(3, 3);
        let mut right = DVector::zeros(3);
        for (aspect, median_m, cells) in bins.iter().filter_map(|(aspect, found)| found.map(|(m, n)| (*aspect, m, n))) {
            let terms = DVector::from_vec(vec![-aspect.sin(), -aspect.cos(), 1.0]);
            matrix += cells as f64 * &terms * terms.transpose();
            right += cells as f64 * median_m * &terms;
        }
        let step = matrix.lu().solve(&right)?;
        // What is left of the shift has to be added to it.
        parameters[0] += step[0];
        parameters[1] += step[1];
        if !parameters.iter().all(|parameter| parameter.is_finite())
            || parameters[0].hypot(parameters[1]) > 1e4 * cell_m
        {
            return None;
        }
        let rested = step[0].hypot(step[1]) <= 10.0 * options.tolerance_cells * cell_m;
        if rested || iteration == options.max_iterations {
            let chosen = [0, 1, 2];
            let correction = ground.correction(&parameters, options);
            let (tiles, _) = ground.sums(&correction, scale_m(spread_m, options), ground.rows());
            let covariance = covariance(&tiles, &total(&tiles), &chosen, &ground.units())?;
            let degrees = degrees(&tiles, chosen.len());
            return Some(Fit { correction, iterations: iteration, converged: rested, covariance, degrees, spread_m });
        }
    }
    None
}

/// Sums of squares of the true gradient, from products of the two surveys, which share no noise: Σ over cells of east x east,
/// east x north, north x north.
pub(super) fn gradient_squares(tiles: &[Vec<Cell>]) -> [f64; 3] {
    let mut means = [0.0; 4];
    let mut sums = [0.0; 3];
    let mut cells = 0.0_f64;
    for cell in tiles.iter().flatten() {
        let ((a, b), (c, d)) = (cell.reference, cell.later);
        for (mean, value) in means.iter_mut().zip([a, b, c, d]) {
            *mean += value;
        }
        sums[0] += a * c;
        sums[1] += 0.5 * (a * d + b * c);
        sums[2] += b * d;
        cells += 1.0;
    }
    let [a, b, c, d] = means;
    // About the mean: one slope over all ground is no different from a height.
    [sums[0] - a * c / cells, sums[1] - 0.5 * (a * d + b * c) / cells, sums[2] - b * d / cells]
}

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

use super::{Correction, RegistrationOptions, Resampler};
use crate::{
    grid::{GridGeometry, Window},
    stable::{NMAD_SCALE, Sample, SampleTile, median},
};

/// Parameters of a correction, in their order: east, north, up, tilt east, tilt north, bend east, both, north.
pub(super) const COUNT: usize = 8;
/// Which parameters are sought.
pub(super) type Active = [bool; COUNT];
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
    /// Place in units of the sample's extent, from its middle.
    pub(super) place: (f64, f64),
}

/// Stable ground and where it is.
pub(super) struct Ground<'a> {
    pub(super) sample: &'a Sample,
    /// By tile: which of its cells are stable ground.
    pub(super) stable: Vec<Vec<bool>>,
    /// Middle of the sample, and half its extent, m.
    pub(super) centre: (f64, f64),
    pub(super) extent_m: f64,
    /// Of so many rows and columns one is used by fits: errors of near cells go together, so that they tell little more.
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
}

impl Ground<'_> {
    pub(super) fn grid(&self) -> &GridGeometry {
        &self.sample.grid
    }

    pub(super) fn cells(&self) -> u64 {
        self.stable.iter().flatten().filter(|stable| **stable).count() as u64
    }

    /// The cells of stable ground in a tile, with the later survey corrected, of every `step`-th row and column; those where it
    /// cannot be resampled are left out.
    fn tile(&self, index: usize, correction: &Correction, step: usize) -> Vec<Cell> {
        let (SampleTile { square, window }, grid) = (self.sample.tiles[index], self.grid());
        let square = &self.sample.squares[square];
        let wide = window.grown(1, grid.shape).intersection(&square.window);
        let mut later = vec![f64::NAN; wide.cells()];
        if correction.moves() {
            Resampler::new(correction, grid).window(&square.later_m, square.window, wide, &mut later);
        } else {
            for (line, row) in later.chunks_mut(wide.cols).zip(wide.row..) {
                let start = square.at(row, wide.col);
                line.copy_from_slice(&square.later_m[start..start + wide.cols]);
            }
        }
        let mut cells = Vec::new();
        for row in (window.row.max(wide.row + 1)..window.row_end().min(wide.row_end() - 1)).step_by(step) {
            for col in (window.col.max(wide.col + 1)..window.col_end().min(wide.col_end() - 1)).step_by(step) {
                let at = (row - window.row) * window.cols + col - window.col;
                if !self.stable[index][at] {
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
                let place = ((x - self.centre.0) / self.extent_m, (y - self.centre.1) / self.extent_m);
                let cell = Cell { at, residual_m, reference, later, place };
                if [residual_m, reference.0, reference.1, later.0, later.1].iter().all(|number| number.is_finite()) {
                    cells.push(cell);
                }
            }
        }
        cells
    }

    /// Cells of all tiles, in order, as fits use them.
    pub(super) fn tiles(&self, correction: &Correction) -> Vec<Vec<Cell>> {
        (0..self.sample.tiles.len()).into_par_iter().map(|tile| self.tile(tile, correction, self.thinned)).collect()
    }

    /// All cells of all tiles, in order.
    pub(super) fn whole_tiles(&self, correction: &Correction) -> Vec<Vec<Cell>> {
        (0..self.sample.tiles.len()).into_par_iter().map(|tile| self.tile(tile, correction, 1)).collect()
    }

    /// A correction from parameters in units of the sample's extent.
    fn correction(&self, parameters: &[f64; COUNT], options: &RegistrationOptions) -> Correction {
        let (one, two) = (self.extent_m, self.extent_m * self.extent_m);
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
            x0_m: self.centre.0,
            y0_m: self.centre.1,
            interpolation: options.interpolation,
        }
    }

    /// Parameters of a correction in units of the sample's extent, about its middle.
    pub(super) fn parameters_of(&self, correction: &Correction) -> [f64; COUNT] {
        let Correction { east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north, .. } =
            *correction;
        let found = [east_m, north_m, up_m, tilt_east, tilt_north, bend_east, bend_both, bend_north];
        std::array::from_fn(|parameter| found[parameter] / self.unit(parameter))
    }

    /// Units of the parameters of a correction in those of the fit.
    fn unit(&self, parameter: usize) -> f64 {
        match parameter {
            0..=2 => 1.0,
            3 | 4 => 1.0 / self.extent_m,
            _ => 1.0 / (self.extent_m * self.extent_m),
        }
    }
}

impl Cell {
    /// Derivatives of the residual by the parameters, with the gradient given.
    fn derivatives(&self, (east, north): (f64, f64)) -> [f64; COUNT] {
        let (u, v) = self.place;
        [-east, -north, 1.0, u, v, u * u, u * v, v * v]
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
fn spread_about_median(tiles: &[Vec<Cell>]) -> (f64, f64) {
    let all: usize = tiles.iter().map(Vec::len).sum();
    let step = all.div_ceil(MOST_FOR_SPREAD).max(1);
    let mut values: Vec<f64> = tiles.iter().flatten().step_by(step).map(|cell| cell.residual_m).collect();
    let middle = median(&mut values);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    (NMAD_SCALE * median(&mut values), middle)
}

/// Sums over a tile: `Σ w z xᵀ`, `Σ w z r`, and the matrix of the covariance.
struct Sums {
    matrix: [[f64; COUNT]; COUNT],
    scores: [f64; COUNT],
    bread: [[f64; COUNT]; COUNT],
}

fn sums_of(cells: &[Cell], scale_m: f64) -> Sums {
    let mut sums = Sums { matrix: [[0.0; COUNT]; COUNT], scores: [0.0; COUNT], bread: [[0.0; COUNT]; COUNT] };
    for cell in cells {
        let t = (cell.residual_m / scale_m).powi(2);
        if t >= 1.0 {
            continue;
        }
        let weight = (1.0 - t).powi(2);
        // Derivative of weight x residual.
        let slope = (1.0 - t) * (1.0 - 5.0 * t);
        let (x, z) = (cell.derivatives(cell.later), cell.derivatives(cell.reference));
        for (i, z) in z.iter().enumerate() {
            sums.scores[i] += weight * z * cell.residual_m;
            for (j, x) in x.iter().enumerate() {
                sums.matrix[i][j] += weight * z * x;
                sums.bread[i][j] += slope * z * x;
            }
        }
    }
    sums
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
    for iteration in 1..=options.max_iterations {
        let correction = ground.correction(&parameters, options);
        let tiles = ground.tiles(&correction);
        let (spread_m, middle_m) = spread_about_median(&tiles);
        if iteration == 1 && active[2] && start.iter().all(|parameter| *parameter == 0.0) {
            // Weights are about 0: heights first.
            parameters[2] -= middle_m;
            if parameters[2] != 0.0 {
                continue;
            }
        }
        let sums = gathered(&tiles, spread_m.max(f64::MIN_POSITIVE) * options.tukey);
        let total = total(&sums);
        let matrix = DMatrix::from_fn(chosen.len(), chosen.len(), |i, j| total.matrix[chosen[i]][chosen[j]]);
        let scores = DVector::from_fn(chosen.len(), |i, _| total.scores[chosen[i]]);
        let step = matrix.lu().solve(&scores)?;
        for (at, parameter) in chosen.iter().enumerate() {
            parameters[*parameter] -= step[at];
        }
        if !parameters.iter().all(|parameter| parameter.is_finite())
            || parameters[0].hypot(parameters[1]) > 1e4 * cell_m
        {
            return None;
        }
        // A change of height is judged against the noise, a shift against the cell.
        let rested = chosen.iter().zip(step.iter()).all(|(parameter, step)| {
            let unit = if *parameter < 2 { cell_m } else { 10.0 * spread_m.max(1e-6) };
            step.abs() <= options.tolerance_cells * unit
        });
        if rested || iteration == options.max_iterations {
            let covariance = covariance(ground, &tiles, &sums, &total, &chosen)?;
            let correction = ground.correction(&parameters, options);
            let degrees = degrees(&tiles, chosen.len());
            return Some(Fit { correction, iterations: iteration, converged: rested, covariance, degrees });
        }
    }
    None
}

fn degrees(tiles: &[Vec<Cell>], parameters: usize) -> usize {
    tiles.iter().filter(|cells| !cells.is_empty()).count().saturating_sub(parameters).max(1)
}

fn gathered(tiles: &[Vec<Cell>], scale_m: f64) -> Vec<Sums> {
    tiles.par_iter().map(|cells| sums_of(cells, scale_m)).collect()
}

fn total(sums: &[Sums]) -> Sums {
    let mut total = Sums { matrix: [[0.0; COUNT]; COUNT], scores: [0.0; COUNT], bread: [[0.0; COUNT]; COUNT] };
    for sums in sums {
        for i in 0..COUNT {
            total.scores[i] += sums.scores[i];
            for j in 0..COUNT {
                total.matrix[i][j] += sums.matrix[i][j];
                total.bread[i][j] += sums.bread[i][j];
            }
        }
    }
    total
}

/// Covariance of the parameters when errors are correlated over less than about two tiles: `B⁻¹ (Σ k_st s_s s_tᵀ) B⁻ᵀ`, s the
/// scores of a tile, k falling linearly to 0 at two and a half tiles (Conley 1999, J. Econometrics 92, 1-45).
fn covariance(
    ground: &Ground<'_>,
    tiles: &[Vec<Cell>],
    sums: &[Sums],
    total: &Sums,
    chosen: &[usize],
) -> Option<[[f64; COUNT]; COUNT]> {
    let count = chosen.len();
    let bread = DMatrix::from_fn(count, count, |i, j| total.bread[chosen[i]][chosen[j]]).try_inverse()?;
    let used: Vec<usize> = (0..tiles.len()).filter(|tile| !tiles[*tile].is_empty()).collect();
    let centre = |tile: usize| {
        let Window { row, col, rows, cols } = ground.sample.tiles[tile].window;
        (row as f64 + rows as f64 / 2.0, col as f64 + cols as f64 / 2.0)
    };
    let side = ground.sample.tiles.iter().map(|tile| tile.window.rows.max(tile.window.cols)).max().unwrap_or(1) as f64;
    let score = |tile: usize| DVector::from_fn(count, |i, _| sums[tile].scores[chosen[i]]);
    let mut own = DMatrix::zeros(count, count);
    let mut all = DMatrix::zeros(count, count);
    let mut weights = 0.0;
    for a in &used {
        for b in &used {
            let ((row_a, col_a), (row_b, col_b)) = (centre(*a), centre(*b));
            let weight = 1.0 - (row_a - row_b).hypot(col_a - col_b) / (2.5 * side);
            if weight > 0.0 {
                weights += weight;
                let product = score(*a) * score(*b).transpose();
                if a == b {
                    own += &product;
                }
                all += weight * product;
            }
        }
    }
    // The fit takes out some of the scores that it is judged by: they add up to nothing, so that a sum over near pairs lacks what
    // the far pairs have, as large a share as the near ones are of all.
    let tiles_used = used.len() as f64;
    let lost = tiles_used / used.len().saturating_sub(count).max(1) as f64;
    let near = (1.0 - weights / (tiles_used * tiles_used)).max(0.5);
    let found = &bread * all * bread.transpose() * (lost / near);
    let least = &bread * own * bread.transpose() * lost;
    let mut covariance = [[0.0; COUNT]; COUNT];
    for i in 0..count {
        for j in 0..count {
            // Neighbours may seem to cancel: variances are not taken to be less than without them.
            let scale = |k: usize| (least[(k, k)] / found[(k, k)].max(f64::MIN_POSITIVE)).max(1.0).sqrt();
            let units = ground.unit(chosen[i]) * ground.unit(chosen[j]);
            covariance[chosen[i]][chosen[j]] = found[(i, j)] * scale(i) * scale(j) * units;
        }
    }
    Some(covariance)
}

/// The cosine of Nuth & Kääb (2011): shifts from medians of difference over slope by aspect, then the height. What it gives
/// is completed, for its covariance, by the matrix of the joint fit.
pub(super) fn nuth_kaab(ground: &Ground<'_>, options: &RegistrationOptions) -> Option<Fit> {
    let mut parameters = [0.0; COUNT];
    let cell_m = ground.grid().dx.min(ground.grid().dy);
    for iteration in 1..=options.max_iterations {
        let tiles = ground.tiles(&ground.correction(&parameters, options));
        let (spread_m, middle_m) = spread_about_median(&tiles);
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
            let tiles = ground.tiles(&correction);
            let sums = gathered(&tiles, spread_m.max(f64::MIN_POSITIVE) * options.tukey);
            let covariance = covariance(ground, &tiles, &sums, &total(&sums), &chosen)?;
            let degrees = degrees(&tiles, chosen.len());
            return Some(Fit { correction, iterations: iteration, converged: rested, covariance, degrees });
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

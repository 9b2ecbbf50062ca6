//! The normal equations of the fit: what a tile adds to them, and what follows from them.
//!
//! Of every row of a tile the residuals, gradients and weights are computed first, then multiplied and summed in eight lanes: the
//! order of additions is the same for every width of vectors.

use multiversion::multiversion;
use nalgebra::{DMatrix, DVector};

use super::{
    Correction, Resampler,
    fit::{COUNT, FINEST_M},
};
use crate::{
    grid::{GridGeometry, Window},
    stable::{Square, TILE},
};

/// What all tiles of a sample share: the grid, the middle of the sample and half its extent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) grid: GridGeometry,
    pub(super) centre: (f64, f64),
    pub(super) extent_m: f64,
}

/// Which rows of a tile are used: errors of near rows go together, so that they tell little more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// Every so many-th row counts,
    pub(super) every: usize,
    /// and of these every so many-th for the matrices, which need not be as exact as the scores.
    pub(super) matrix: usize,
}

/// Sums over a tile: scores `Σ w z r`, `Σ w z xᵀ`, and the matrix of the covariance, `Σ (w r)' z xᵀ`.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) scores: [f64; COUNT],
    pub(super) matrix: [[f64; COUNT]; COUNT],
    pub(super) bread: [[f64; COUNT]; COUNT],
    /// Cells in the scores, and in the matrices.
    pub(super) cells: f64,
    matrix_cells: f64,
}

/// A tile: heights around it, which of its cells are stable ground, where it lies.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a> {
    pub(super) square: &'a Square,
    pub(super) window: Window,
    /// Row by row of the window.
    pub(super) stable: &'a [bool],
}

/// Working space of [`Tile::sums`], of the row at hand.
#[derive(Default)]
pub(super) struct Space {
    later: Vec<f64>,
    line: Line,
}

/// One row of a tile, filled up with cells without weight.
struct Line {
    residual: [f64; TILE],
    weight: [f64; TILE],
    /// Derivative of weight x residual by the residual.
    slope: [f64; TILE],
    /// Rise of the reference to the east and north; 1; place to the east, and its square.
    reference: [[f64; TILE]; 5],
    /// The same with the rise of the later survey.
    later: [[f64; TILE]; 5],
}

impl Default for Line {
    fn default() -> Self {
        let zeros = [0.0; TILE];
        Self { residual: zeros, weight: zeros, slope: zeros, reference: [zeros; 5], later: [zeros; 5] }
    }
}

/// Of each parameter: its base (position in a line's arrays), the power of the place to the north, and its sign.
const TERMS: [(usize, i32, f64); COUNT] =
    [(0, 0, -1.0), (1, 0, -1.0), (2, 0, 1.0), (3, 0, 1.0), (2, 1, 1.0), (4, 0, 1.0), (3, 1, 1.0), (2, 2, 1.0)];

impl Frame {
    fn place(&self, row: usize, col: usize) -> (f64, f64) {
        let (x, y) = self.grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
        ((x - self.centre.0) / self.extent_m, (y - self.centre.1) / self.extent_m)
    }
}

impl Tile<'_> {
    /// Heights of the later survey, moved, over the tile and one cell around it; and that window.
    pub(super) fn moved(&self, correction: &Correction, grid: &GridGeometry, later: &mut Vec<f64>) -> Window {
        let square = self.square;
        let wide = self.window.grown(1, grid.shape).intersection(&square.window);
        later.clear();
        later.resize(wide.cells(), f64::NAN);
        if correction.moves() {
            Resampler::new(correction, grid).window(&square.later_m, square.window, wide, later);
        } else {
            for (line, row) in later.chunks_mut(wide.cols).zip(wide.row..) {
                let start = square.at(row, wide.col);
                line.copy_from_slice(&square.later_m[start..start + wide.cols]);
            }
        }
        wide
    }

    /// Sums of this tile with differences weighted down to nothing at `scale_m` (Tukey's biweight); `residuals` takes those of the
    /// stable cells in the rows that are used.
    pub(super) fn sums(
        &self,
        frame: &Frame,
        correction: &Correction,
        scale_m: f64,
        rows: Rows,
        space: &mut Space,
        mut residuals: Option<&mut Vec<f64>>,
    ) -> Sums {
        let (grid, window) = (&frame.grid, self.window);
        let wide = self.moved(correction, grid, &mut space.later);
        let mut sums = Sums::default();
        let line = &mut space.line;
        let cols = window.col.max(wide.col + 1)..window.col_end().min(wide.col_end() - 1);
        let usable = window.row.max(wide.row + 1)..window.row_end().min(wide.row_end() - 1);
        for (used, row) in usable.step_by(rows.every).enumerate() {
            line.weight.fill(0.0);
            line.slope.fill(0.0);
            line.residual.fill(0.0);
            let start = (row - window.row) * window.cols + cols.start - window.col;
            let stable = &self.stable[start..start + cols.len()];
            if !stable.contains(&true) {
                continue;
            }
            let reference = {
                let (at, across) = (self.square.at(row, cols.start), self.square.window.cols);
                [-1, 0, 1].map(|down: isize| {
                    let from = at.wrapping_add_signed(down * across as isize) - 1;
                    &self.square.reference_m[from..from + cols.len() + 2]
                })
            };
            let later = {
                let at = (row - wide.row) * wide.cols + cols.start - wide.col;
                [-1, 0, 1].map(|down: isize| {
                    let from = at.wrapping_add_signed(down * wide.cols as isize) - 1;
                    &space.later[from..from + cols.len() + 2]
                })
            };
            let (u, v) = frame.place(row, cols.start);
            let step = grid.dx / frame.extent_m;
            let added = correction.along_row(grid.to_world(cols.start as f64 + 0.5, row as f64 + 0.5), grid.dx);
            let per_m = (0.5 / grid.dx, 0.5 / grid.dy);
            fill_line(line, reference, later, stable, (u, step), added, per_m, scale_m);
            if let Some(residuals) = residuals.as_deref_mut() {
                let of_row = line.residual[..cols.len()].iter().zip(stable);
                residuals.extend(of_row.filter(|(r, stable)| **stable && r.is_finite()).map(|(residual, _)| *residual));
            }
            weigh(line, cols.len());
            sums.add_line(line, v, used % rows.matrix == 0);
        }
        sums
    }
}

/// Residuals, gradients and weights of a row; a cell where one of them is missing gets no weight, and its residual stays missing.
#[multiversion(targets("x86_64+avx2"))]
#[expect(clippy::too_many_arguments, reason = "one loop over a row")]
fn fill_line(
    line: &mut Line,
    [reference_north, reference, reference_south]: [&[f64]; 3],
    [later_north, later, later_south]: [&[f64]; 3],
    stable: &[bool],
    (u, step): (f64, f64),
    [a, b, c]: [f64; 3],
    per_m: (f64, f64),
    scale_m: f64,
) {
    let cells = stable.len();
    let [east, north, ones, place, square] = &mut line.reference;
    let [later_east, later_rise, later_ones, later_place, later_square] = &mut line.later;
    let per_scale = 1.0 / scale_m;
    for at in 0..cells {
        let along = at as f64;
        let residual = later[at + 1] + (a + (b + c * along) * along) - reference[at + 1];
        let (e, n) = (
            (reference[at + 2] - reference[at]) * per_m.0,
            (reference_north[at + 1] - reference_south[at + 1]) * per_m.1,
        );
        let (le, ln) = ((later[at + 2] - later[at]) * per_m.0, (later_north[at + 1] - later_south[at + 1]) * per_m.1);
        let known = (residual + e + n + le + ln).is_finite() && stable[at];
        let t = residual * per_scale * residual * per_scale;
        let inside = known && t < 1.0;
        line.residual[at] = residual;
        line.weight[at] = if inside { (1.0 - t) * (1.0 - t) } else { 0.0 };
        line.slope[at] = if inside { (1.0 - t) * (1.0 - 5.0 * t) } else { 0.0 };
        (east[at], north[at]) = if known { (e, n) } else { (0.0, 0.0) };
        (later_east[at], later_rise[at]) = if known { (le, ln) } else { (0.0, 0.0) };
        let x = u + along * step;
        (ones[at], later_ones[at]) = (1.0, 1.0);
        (place[at], later_place[at]) = (x, x);
        (square[at], later_square[at]) = (x * x, x * x);
    }
}

/// Residuals without weight are put to 0, so that a missing one does not spoil sums.
fn weigh(line: &mut Line, cells: usize) {
    for at in 0..cells {
        if line.weight[at] == 0.0 {
            line.residual[at] = 0.0;
        }
    }
}

impl Sums {
    fn add_line(&mut self, line: &Line, v: f64, with_matrices: bool) {
        let (scores, matrix, bread, cells) = products(line, with_matrices);
        let power = |power: i32| if power == 0 { 1.0 } else { v.powi(power) };
        self.cells += cells;
        for (score, (base, north, sign)) in self.scores.iter_mut().zip(TERMS) {
            *score += sign * scores[base] * power(north);
        }
        if !with_matrices {
            return;
        }
        self.matrix_cells += cells;
        for (i, (base_i, north_i, sign_i)) in TERMS.into_iter().enumerate() {
            for (j, (base_j, north_j, sign_j)) in TERMS.into_iter().enumerate() {
                let factor = sign_i * sign_j * power(north_i + north_j);
                self.matrix[i][j] += factor * matrix[base_i][base_j];
                self.bread[i][j] += factor * bread[base_i][base_j];
            }
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for i in 0..COUNT {
            self.scores[i] += other.scores[i];
            for j in 0..COUNT {
                self.matrix[i][j] += other.matrix[i][j];
                self.bread[i][j] += other.bread[i][j];
            }
        }
        self.cells += other.cells;
        self.matrix_cells += other.matrix_cells;
    }

    /// By how much sums over the cells of the matrices are less than those over all cells.
    fn share(&self) -> f64 {
        if self.matrix_cells > 0.0 { self.cells / self.matrix_cells } else { 1.0 }
    }

    /// A Newton step of the parameters that are sought, to be added to them. `known` are changes of the others.
    pub(super) fn step(&self, chosen: &[usize], known: &[f64; COUNT]) -> Option<[f64; COUNT]> {
        let scale = self.share();
        let matrix = DMatrix::from_fn(chosen.len(), chosen.len(), |i, j| scale * self.matrix[chosen[i]][chosen[j]]);
        let scores = DVector::from_fn(chosen.len(), |i, _| {
            let from_known: f64 = (0..COUNT).map(|j| scale * self.matrix[chosen[i]][j] * known[j]).sum();
            -self.scores[chosen[i]] - from_known
        });
        let solved = matrix.lu().solve(&scores)?;
        let mut step = *known;
        chosen.iter().zip(solved.iter()).for_each(|(parameter, found)| step[*parameter] = *found);
        step.iter().all(|step| step.is_finite()).then_some(step)
    }
}

type Products = ([f64; 5], [[f64; 5]; 5], [[f64; 5]; 5], f64);

/// Sums over a row of weight x residual x base, weight x base x base and slope x base x base; and of its cells with weight.
#[multiversion(targets("x86_64+avx2"))]
fn products(line: &Line, with_matrices: bool) -> Products {
    let times = |a: &[f64; TILE], b: &[f64; TILE]| -> [f64; TILE] {
        let mut product = *a;
        product.iter_mut().zip(b).for_each(|(a, b)| *a *= b);
        product
    };
    let weighted = times(&line.weight, &line.residual);
    let cells = line.weight.iter().filter(|weight| **weight > 0.0).count() as f64;
    let scores = [0, 1, 2, 3, 4].map(|base| dot(&weighted, &line.reference[base]));
    let (mut matrix, mut bread) = ([[0.0; 5]; 5], [[0.0; 5]; 5]);
    if with_matrices {
        for (weights, into) in [(&line.weight, &mut matrix), (&line.slope, &mut bread)] {
            for (row, base) in into.iter_mut().zip(&line.reference) {
                let weighted = times(weights, base);
                *row = [0, 1, 2, 3, 4].map(|base| dot(&weighted, &line.later[base]));
            }
        }
    }
    (scores, matrix, bread, cells)
}

/// In eight lanes, which are added in pairs.
#[inline(always)]
#[expect(clippy::inline_always, reason = "to be compiled with the vectors of its caller")]
fn dot(a: &[f64; TILE], b: &[f64; TILE]) -> f64 {
    let mut lanes = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Sums of all tiles, one after the other.
pub(super) fn total(tiles: &[(Window, Sums)]) -> Sums {
    let mut total = Sums::default();
    tiles.iter().for_each(|(_, sums)| total.add(sums));
    total
}

/// Covariance of the parameters when errors are correlated over less than about two tiles: `B⁻¹ (Σ k_st s_s s_tᵀ) B⁻ᵀ`, s the
/// scores of a tile, k falling linearly to 0 at two and a half tiles (Conley 1999, J. Econometrics 92, 1-45).
pub(super) fn covariance(
    tiles: &[(Window, Sums)],
    total: &Sums,
    chosen: &[usize],
    units: &[f64; COUNT],
) -> Option<[[f64; COUNT]; COUNT]> {
    let count = chosen.len();
    let scale = total.share();
    let bread = DMatrix::from_fn(count, count, |i, j| scale * total.bread[chosen[i]][chosen[j]]).try_inverse()?;
    let used: Vec<&(Window, Sums)> = tiles.iter().filter(|(_, sums)| sums.cells > 0.0).collect();
    let centre =
        |Window { row, col, rows, cols }: Window| (row as f64 + rows as f64 / 2.0, col as f64 + cols as f64 / 2.0);
    let side = used.iter().map(|(window, _)| window.rows.max(window.cols)).max().unwrap_or(1) as f64;
    let reach = 2.5 * side;
    let mut own = DMatrix::zeros(count, count);
    let mut all = DMatrix::zeros(count, count);
    let mut weights = 0.0;
    for (a, (window_a, sums_a)) in used.iter().enumerate() {
        for (b, (window_b, sums_b)) in used.iter().enumerate() {
            let ((row_a, col_a), (row_b, col_b)) = (centre(*window_a), centre(*window_b));
            let square = (row_a - row_b).powi(2) + (col_a - col_b).powi(2);
            if square < reach * reach {
                let weight = 1.0 - square.sqrt() / reach;
                weights += weight;
                let product =
                    DMatrix::from_fn(count, count, |i, j| sums_a.scores[chosen[i]] * sums_b.scores[chosen[j]]);
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
            let finest = if i == j { FINEST_M * FINEST_M } else { 0.0 };
            let in_units_of_the_fit = found[(i, j)] * scale(i) * scale(j) + finest;
            covariance[chosen[i]][chosen[j]] = in_units_of_the_fit * units[chosen[i]] * units[chosen[j]];
        }
    }
    Some(covariance)
}

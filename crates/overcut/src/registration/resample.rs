//! A moved surface on the cells of the grid: the same shift everywhere, so the same weights for every cell.

use multiversion::multiversion;

use super::{Correction, Interpolation};
use crate::grid::{GridGeometry, Window};

/// Within this share of a cell, a shift is a whole number of cells.
const ON_CENTRE: f64 = 1e-6;

/// Weights of a shift: the height of cell (row, col) lies between rows `row + rows_south` and the next one, and between
/// columns `col + cols_east` and the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resampler {
    pub(crate) rows_south: isize,
    pub(crate) cols_east: isize,
    row_share: f64,
    col_share: f64,
    row_weights: [f64; 4],
    col_weights: [f64; 4],
    cubic: bool,
}

impl Resampler {
    /// Rows and columns before the first of the two nearest ones that are looked at.
    pub(crate) const BEFORE: usize = 1;
    /// Cells more than wanted that a row handed to [`Self::row`] has: one before, two after.
    pub(crate) const EXTRA: usize = 3;

    pub(crate) fn new(correction: &Correction, grid: &GridGeometry) -> Self {
        // North is against the count of rows: what moves north comes from further south.
        let (rows_south, row_share) = whole_and_share(correction.north_m / grid.dy);
        let (cols_east, col_share) = whole_and_share(-correction.east_m / grid.dx);
        Self {
            rows_south,
            cols_east,
            row_share,
            col_share,
            row_weights: keys(row_share),
            col_weights: keys(col_share),
            cubic: correction.interpolation == Interpolation::Bicubic,
        }
    }

    /// Cells around a cell that its height may need.
    pub(crate) fn reach(&self) -> usize {
        let of = |whole: isize| (whole - 1).unsigned_abs().max((whole + 2).unsigned_abs());
        of(self.rows_south).max(of(self.cols_east))
    }

    /// One row: `rows` are the one before the two nearest ones, those, and the one after, each from the cell before the first
    /// of the two nearest columns on and [`Self::EXTRA`] cells longer than `into`. NaN = no data.
    pub(crate) fn row(&self, rows: [&[f64]; 4], column_sums: &mut Vec<f64>, into: &mut [f64]) {
        let cells = into.len();
        if self.cubic {
            column_sums.resize(cells + Self::EXTRA, 0.0);
            down(rows, self.row_weights, column_sums);
            along(column_sums, self.col_weights, into);
        } else {
            into.fill(f64::NAN);
        }
        for (at, height) in into.iter_mut().enumerate() {
            if height.is_nan() {
                *height = self.bilinear(rows[1], rows[2], at + Self::BEFORE);
            }
        }
    }

    /// The cells of `into` from heights of another window, row by row; NaN where too little of them is there.
    pub(crate) fn window(&self, heights: &[f64], have: Window, wanted: Window, into: &mut [f64]) {
        let length = wanted.cols + Self::EXTRA;
        let mut rows = [(); 4].map(|()| vec![f64::NAN; length]);
        let mut column_sums = Vec::new();
        for (index, line) in into.chunks_mut(wanted.cols).enumerate() {
            for (ahead, row) in rows.iter_mut().enumerate() {
                let from =
                    wanted.row as isize + index as isize + self.rows_south - Self::BEFORE as isize + ahead as isize;
                let first = wanted.col as isize + self.cols_east - Self::BEFORE as isize;
                part_of_row(heights, have, from, first, row);
            }
            self.row(rows.each_ref().map(Vec::as_slice), &mut column_sums, line);
        }
    }

    /// `a + t (b - a)` twice; a neighbour without weight does not count.
    fn bilinear(&self, north: &[f64], south: &[f64], at: usize) -> f64 {
        let between = |a: f64, b: f64, share: f64| if share == 0.0 { a } else { a + share * (b - a) };
        let on_row = |row: &[f64]| between(row[at], row[at + 1], self.col_share);
        if self.row_share == 0.0 { on_row(north) } else { between(on_row(north), on_row(south), self.row_share) }
    }
}

/// Heights of a row from column `first` on; NaN beyond the window.
#[expect(clippy::cast_sign_loss, reason = "clamped to the window")]
fn part_of_row(heights: &[f64], have: Window, row: isize, first: isize, into: &mut [f64]) {
    let (length, left, top) = (into.len() as isize, have.col as isize, have.row as isize);
    let from = (left - first).clamp(0, length) as usize;
    let to = (left + have.cols as isize - first).clamp(0, length) as usize;
    into.fill(f64::NAN);
    if row >= top && row < top + have.rows as isize && from < to {
        let start = (row - top) as usize * have.cols + (first + from as isize - left) as usize;
        into[from..to].copy_from_slice(&heights[start..start + to - from]);
    }
}

fn whole_and_share(cells: f64) -> (isize, f64) {
    let nearest = cells.round();
    let (whole, share) =
        if (cells - nearest).abs() <= ON_CENTRE { (nearest, 0.0) } else { (cells.floor(), cells - cells.floor()) };
    #[expect(clippy::cast_possible_truncation, reason = "shifts are refused long before 2^22 cells")]
    let whole = whole.clamp(-4_194_304.0, 4_194_304.0) as isize;
    (whole, share)
}

/// Weights of the four nearest centres at `t` of the way from the second to the third.
///
/// # References
/// Keys (1981), Cubic convolution interpolation for digital image processing, IEEE Trans. ASSP 29, 1153-1160, with a = -1/2.
fn keys(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}

#[multiversion(targets("x86_64+avx2"))]
fn down(rows: [&[f64]; 4], weights: [f64; 4], into: &mut [f64]) {
    let cells = into.len();
    let [a, b, c, d] = rows.map(|row| &row[..cells]);
    for at in 0..cells {
        into[at] = (weights[0] * a[at] + weights[1] * b[at]) + (weights[2] * c[at] + weights[3] * d[at]);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn along(row: &[f64], weights: [f64; 4], into: &mut [f64]) {
    let cells = into.len();
    let [a, b, c, d] = [0, 1, 2, 3].map(|first| &row[first..first + cells]);
    for at in 0..cells {
        into[at] = (weights[0] * a[at] + weights[1] * b[at]) + (weights[2] * c[at] + weights[3] * d[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;

    fn resampler(east_m: f64, north_m: f64, interpolation: Interpolation) -> Resampler {
        let grid = GridGeometry::new(0.0, 100.0, 1.0, 1.0, GridShape { rows: 10, cols: 10 }).unwrap();
        Resampler::new(&Correction { east_m, north_m, interpolation, ..Correction::default() }, &grid)
    }

    #[test]
    fn what_is_moved_east_comes_from_the_west_and_what_is_moved_north_from_the_south() {
        let moved = resampler(1.25, 0.5, Interpolation::Bicubic);
        assert_eq!((moved.cols_east, moved.rows_south), (-2, 0));
        assert_eq!((moved.col_share, moved.row_share), (0.75, 0.5));
        assert_eq!(moved.reach(), 3);
        assert_eq!(resampler(3.0, -1.0, Interpolation::Bicubic).col_share, 0.0);
    }

    #[test]
    fn a_parabola_is_kept_by_the_cubic_and_flattened_by_the_linear_one() {
        // Keys' kernel reproduces quadratics: at 2.5 of x² lies 6.25; between 4 and 9 half way lies 6.5.
        let row: Vec<f64> = (0..5).map(|x| f64::from(x * x)).collect();
        let at = |interpolation| {
            let mut into = [0.0; 2];
            resampler(-0.5, 0.0, interpolation).row([&row; 4], &mut Vec::new(), &mut into);
            into[1]
        };
        assert_eq!(at(Interpolation::Bicubic), 6.25);
        assert_eq!(at(Interpolation::Bilinear), 6.5);
    }

    #[test]
    fn beside_a_missing_cell_the_height_is_linear_and_only_cells_with_weight_count() {
        let nan = f64::NAN;
        let row = [nan, 1.0, 3.0, 9.0, 9.0];
        let mut into = [0.0; 2];
        resampler(-0.5, 0.0, Interpolation::Bicubic).row([&row; 4], &mut Vec::new(), &mut into);
        assert_eq!(into[0], 2.0);
        resampler(0.0, 0.0, Interpolation::Bicubic).row(
            [&[nan; 5], &row, &[nan; 5], &[nan; 5]],
            &mut Vec::new(),
            &mut into,
        );
        assert_eq!(into, [1.0, 3.0]);
    }
}

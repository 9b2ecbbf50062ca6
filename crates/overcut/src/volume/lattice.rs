//! Heights on a grid as facets: cell centres are corners, each square of four centres two triangles.

use super::facet::{Extent, Facet, Facets};
use crate::grid::GridGeometry;

/// Heights of a grid, seen as triangles between the centres of its cells.
///
/// Of the two diagonals of a square the one whose ends differ less in height is an edge (the north-west to south-east one where
/// they are equal): ridges, gullies and brinks that run askew to the grid are kept, and turning a surface upside down changes
/// nothing. Where one of the four heights is missing, one triangle is left; where more are, none. The outer half of the cells along
/// the edge of the grid lies outside.
#[derive(Debug, Clone)]
pub struct Lattice {
    heights: Vec<f64>,
    rows: usize,
    cols: usize,
    /// Of the centre of the north-western cell, from the local origin.
    west: f64,
    north: f64,
    dx: f64,
    dy: f64,
}

impl Lattice {
    /// Heights row by row from the north-west, NaN = no data; `origin` is the local origin in the coordinates of the grid.
    ///
    /// # Panics
    /// If there are not as many heights as cells.
    pub fn new(grid: &GridGeometry, heights: Vec<f64>, origin: [f64; 2]) -> Self {
        assert_eq!(heights.len(), grid.shape.cells(), "one height per cell");
        Self {
            heights,
            rows: grid.shape.rows,
            cols: grid.shape.cols,
            west: grid.west - origin[0] + 0.5 * grid.dx,
            north: grid.north - origin[1] - 0.5 * grid.dy,
            dx: grid.dx,
            dy: grid.dy,
        }
    }

    /// Heights row by row from the north-west.
    pub fn heights(&self) -> &[f64] {
        &self.heights
    }

    fn corner(&self, row: usize, col: usize) -> [f64; 3] {
        let height = self.heights[row * self.cols + col];
        [self.west + col as f64 * self.dx, self.north - row as f64 * self.dy, height]
    }

    fn squares(&self) -> (usize, usize) {
        (self.rows.saturating_sub(1), self.cols.saturating_sub(1))
    }
}

impl Facets for Lattice {
    fn count(&self) -> usize {
        let (rows, cols) = self.squares();
        2 * rows * cols
    }

    fn facet(&self, number: usize) -> Option<Facet> {
        let (_, cols) = self.squares();
        let (square, second) = (number / 2, number % 2 == 1);
        let (row, col) = (square / cols, square % cols);
        let [nw, ne] = [self.corner(row, col), self.corner(row, col + 1)];
        let [sw, se] = [self.corner(row + 1, col), self.corner(row + 1, col + 1)];
        let corners = match (nw[2].is_nan(), ne[2].is_nan(), sw[2].is_nan(), se[2].is_nan()) {
            (false, false, false, false) if (nw[2] - se[2]).abs() <= (ne[2] - sw[2]).abs() => {
                if second {
                    [nw, se, ne]
                } else {
                    [nw, sw, se]
                }
            }
            (false, false, false, false) => {
                if second {
                    [sw, se, ne]
                } else {
                    [nw, sw, ne]
                }
            }
            (true, false, false, false) if !second => [sw, se, ne],
            (false, true, false, false) if !second => [nw, sw, se],
            (false, false, true, false) if !second => [nw, se, ne],
            (false, false, false, true) if !second => [nw, sw, ne],
            _ => return None,
        };
        Some(Facet { corners })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
    fn near(&self, extent: &Extent, into: &mut Vec<usize>) {
        let (rows, cols) = self.squares();
        let between = |low: f64, high: f64, count: usize| {
            let first = low.floor().clamp(0.0, count as f64) as usize;
            let end = high.ceil().clamp(0.0, count as f64) as usize;
            first..end
        };
        let down = between((self.north - extent.north) / self.dy, (self.north - extent.south) / self.dy, rows);
        let along = between((extent.west - self.west) / self.dx, (extent.east - self.west) / self.dx, cols);
        for row in down {
            for col in along.clone() {
                let square = row * cols + col;
                into.extend([2 * square, 2 * square + 1]);
            }
        }
    }

    fn pace_m(&self) -> f64 {
        self.dx.min(self.dy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;

    fn lattice(heights: [f64; 4]) -> Lattice {
        let grid = GridGeometry::new(500_000.0, 3_941_002.0, 1.0, 1.0, GridShape { rows: 2, cols: 2 }).unwrap();
        Lattice::new(&grid, heights.to_vec(), [500_000.0, 3_941_000.0])
    }

    #[test]
    fn a_ridge_that_runs_askew_is_an_edge() {
        // Heights 5 in the south-west and north-east: the middle of the square lies on the ridge.
        assert_eq!(lattice([1.0, 5.0, 5.0, 2.0]).height_at(1.0, 1.0), Some(5.0));
        assert_eq!(lattice([5.0, 1.0, 2.0, 5.0]).height_at(1.0, 1.0), Some(5.0));
    }

    #[test]
    fn three_heights_make_one_triangle_and_two_make_none() {
        let three = lattice([f64::NAN, 1.0, 1.0, 1.0]);
        let found: Vec<_> = (0..three.count()).filter_map(|number| three.facet(number)).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].doubled_area_m2(), 1.0);
        let two = lattice([f64::NAN, 1.0, 1.0, f64::NAN]);
        assert_eq!((0..two.count()).filter_map(|number| two.facet(number)).count(), 0);
    }

    #[test]
    fn facets_run_counter_clockwise_and_fill_the_square_between_the_centres() {
        for heights in [[0.0, 3.0, 2.0, 1.0], [3.0, 0.0, 1.0, 2.0]] {
            let both = lattice(heights);
            let doubled: Vec<_> =
                (0..2).filter_map(|number| both.facet(number)).map(|facet| facet.doubled_area_m2()).collect();
            assert_eq!(doubled, [1.0, 1.0]);
        }
    }
}

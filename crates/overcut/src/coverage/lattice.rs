//! The lattice of corners: where boundaries may bend, as whole numbers.
//!
//! Corners are rounded once, to multiples of 2⁻³² of a cell (0.23 nm for cells of 1 m), and are integers from then on.
//! Which side of a line a corner lies on, whether two lines cross, which rows an edge touches: all that is then decided
//! exactly, in 128-bit integers, and never by a tolerance.

use crate::grid::GridGeometry;

/// Binary digits of a cell.
pub(crate) const LATTICE_BITS: u32 = 32;

/// Lattice steps in one cell.
pub(crate) const CELL: i64 = 1 << LATTICE_BITS;

/// Cells in one lattice step.
pub(crate) const STEP: f64 = 1.0 / (1_u64 << LATTICE_BITS) as f64;

/// How far from the north-west corner of the grid a corner may lie, in cells. Differences then stay below 2⁶¹ lattice
/// steps, and the products of the predicates below 2¹²⁷.
const REACH: f64 = (1_u64 << 28) as f64;

/// A corner this close to a grid line, in cells, is meant to lie on it.
///
/// The subtraction of seven- or eight-digit coordinates leaves errors of some 10⁻⁹ m. Without this rule, a licence whose
/// corners have whole metres would leave slivers of that width in every cell along a grid line. 2⁻²⁴ cell is 60 nm for
/// cells of 1 m.
const CAPTURE: f64 = 1.0 / (1_u64 << 24) as f64;

/// A corner of a boundary, counted in lattice steps from the north-west corner of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LatticePoint {
    /// Lattice steps east of the western edge.
    pub(crate) east: i64,
    /// Lattice steps south of the northern edge.
    pub(crate) south: i64,
}

impl LatticePoint {
    /// The lattice point for a place in cells, as [`GridGeometry::to_cells`] gives it.
    ///
    /// Each coordinate goes to the nearest multiple of 2⁻³² cell, or to a whole number if that is within 2⁻²⁴ cell.
    /// `None` if the place is not finite, or more than 2²⁸ cells from the corner of the grid.
    pub fn from_cells(col: f64, row: f64) -> Option<Self> {
        Some(Self { east: to_steps(col)?, south: to_steps(row)? })
    }

    /// Column and row, in cells.
    pub fn to_cells(self) -> (f64, f64) {
        (self.east as f64 * STEP, self.south as f64 * STEP)
    }

    /// World coordinates.
    pub(crate) fn to_world(self, grid: &GridGeometry) -> (f64, f64) {
        let (col, row) = self.to_cells();
        grid.to_world(col, row)
    }
}

fn to_steps(cells: f64) -> Option<i64> {
    if cells.is_nan() || cells.abs() > REACH {
        return None;
    }
    let line = cells.round();
    let place = if (cells - line).abs() <= CAPTURE { line } else { cells };
    Some(truncated((place * CELL as f64).round()))
}

/// The integer part of a float that is known to fit.
#[expect(clippy::cast_possible_truncation, reason = "callers pass values within ±2⁶⁰; the cut-off fraction is meant")]
pub(crate) fn truncated(value: f64) -> i64 {
    value as i64
}

/// Twice the area of the triangle a, b, c in square lattice steps: positive if c lies left of the line from a to b as
/// seen on a map (north up), zero if the three are in line. Exact.
pub(crate) fn turn(a: LatticePoint, b: LatticePoint, c: LatticePoint) -> i128 {
    let (east_b, south_b) = (i128::from(b.east - a.east), i128::from(b.south - a.south));
    let (east_c, south_c) = (i128::from(c.east - a.east), i128::from(c.south - a.south));
    south_b * east_c - east_b * south_c
}

/// Scalar product of b - a and c - a, in square lattice steps. Exact.
pub(crate) fn dot(a: LatticePoint, b: LatticePoint, c: LatticePoint) -> i128 {
    i128::from(b.east - a.east) * i128::from(c.east - a.east)
        + i128::from(b.south - a.south) * i128::from(c.south - a.south)
}

/// Twice the signed area of a closed ring, given without its last, repeated corner: positive if it runs
/// counter-clockwise on a map. Exact: intermediate sums may wrap, the result fits.
pub(crate) fn doubled_area(ring: &[LatticePoint]) -> i128 {
    let Some(&origin) = ring.first() else { return 0 };
    ring.windows(2).fold(0_i128, |sum, side| sum.wrapping_add(turn(origin, side[0], side[1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(col: f64, row: f64) -> LatticePoint {
        LatticePoint::from_cells(col, row).unwrap()
    }

    #[test]
    fn north_lies_left_of_a_line_that_runs_east() {
        assert!(turn(at(0.0, 0.0), at(1.0, 0.0), at(0.5, -1.0)) > 0);
        assert!(turn(at(0.0, 0.0), at(1.0, 0.0), at(0.5, 1.0)) < 0);
        assert_eq!(turn(at(0.0, 0.0), at(1.0, 0.0), at(7.0, 0.0)), 0);
    }

    #[test]
    fn counter_clockwise_rings_have_positive_area() {
        let ring = [at(0.0, 1.0), at(1.0, 1.0), at(1.0, 0.0), at(0.0, 0.0)];
        assert_eq!(doubled_area(&ring), 2 * i128::from(CELL) * i128::from(CELL));
    }

    #[test]
    fn an_eight_digit_easting_in_whole_decimetres_lies_on_the_line_of_a_decimetre_grid() {
        let shape = crate::GridShape { rows: 10, cols: 10 };
        let grid = GridGeometry::new(38_500_000.1, 3_941_000.3, 0.1, 0.1, shape).unwrap();
        let (col, row) = grid.to_cells(38_500_000.8, 3_940_999.6);
        assert!(col.fract() != 0.0, "the subtraction leaves dust: {col}");
        assert_eq!(LatticePoint::from_cells(col, row).unwrap(), LatticePoint { east: 7 * CELL, south: 7 * CELL });
    }

    #[test]
    fn places_beyond_reach_and_places_that_are_no_numbers_are_refused() {
        assert!(LatticePoint::from_cells(3e8, 0.0).is_none());
        assert!(LatticePoint::from_cells(0.0, f64::NAN).is_none());
        assert!(LatticePoint::from_cells(0.0, f64::NEG_INFINITY).is_none());
    }

    #[test]
    fn the_farthest_corners_do_not_overflow() {
        let far = 268_435_456.0;
        let ring = [at(-far, far), at(far, far), at(far, -far), at(-far, -far)];
        let side = i128::from(CELL) << 29;
        assert_eq!(doubled_area(&ring), 2 * side * side);
    }
}

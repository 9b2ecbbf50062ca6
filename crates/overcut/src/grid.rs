//! Where a cell lies: the common grid, windows of it, and coordinates counted in cells.
//!
//! The grid is stored north-up: row 0 is the northernmost row, column 0 the westernmost. Files that are stored south-up
//! are turned by their reader. Cells need not be square.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Number of rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GridShape {
    /// Rows, from north to south.
    pub rows: usize,
    /// Columns, from west to east.
    pub cols: usize,
}

impl GridShape {
    /// Number of cells.
    pub fn cells(self) -> usize {
        self.rows * self.cols
    }
}

/// One cell of the common grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellIndex {
    /// Row, counted from the north.
    pub row: usize,
    /// Column, counted from the west.
    pub col: usize,
}

/// A rectangle of cells: rows `row .. row + rows`, columns `col .. col + cols`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First row.
    pub row: usize,
    /// First column.
    pub col: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
}

impl Window {
    /// A window from half-open ranges of rows and columns.
    pub fn from_ranges(rows: std::ops::Range<usize>, cols: std::ops::Range<usize>) -> Self {
        Self { row: rows.start, col: cols.start, rows: rows.len(), cols: cols.len() }
    }

    /// First row beyond the window.
    pub fn row_end(&self) -> usize {
        self.row + self.rows
    }

    /// First column beyond the window.
    pub fn col_end(&self) -> usize {
        self.col + self.cols
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the window holds no cell.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// The common part of two windows; empty where they do not meet.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let rows = self.row.max(other.row)..self.row_end().min(other.row_end());
        let cols = self.col.max(other.col)..self.col_end().min(other.col_end());
        Self::from_ranges(rows, cols)
    }

    /// The window grown by `margin` cells on every side, kept inside a grid of `shape`.
    #[must_use]
    pub fn grown(&self, margin: usize, shape: GridShape) -> Self {
        Self::from_ranges(
            self.row.saturating_sub(margin)..(self.row_end() + margin).min(shape.rows),
            self.col.saturating_sub(margin)..(self.col_end() + margin).min(shape.cols),
        )
    }
}

/// The common grid: north-up, axis-parallel, in a projected CRS with metres.
///
/// Cell `(row, col)` covers x from `west + col * dx` to `west + (col + 1) * dx` and y from `north - (row + 1) * dy` to
/// `north - row * dy`; its height belongs to its centre (the GDAL "pixel is area" rule).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GridGeometry {
    /// x of the western edge, metres.
    pub west: f64,
    /// y of the northern edge, metres.
    pub north: f64,
    /// Cell width, metres, `> 0`.
    pub dx: f64,
    /// Cell height, metres, `> 0`.
    pub dy: f64,
    /// Rows and columns.
    pub shape: GridShape,
}

impl GridGeometry {
    /// Most rows or columns that a grid may have: row coordinates stay exact binary fractions in f64 up to here
    /// (see [`crate::coverage`]).
    pub const MAX_SIDE: usize = 1 << 22;

    /// Makes a grid.
    ///
    /// # Errors
    /// [`Error::InvalidGrid`] if a side is empty or too long, a cell size is not a positive number, or a corner is not finite.
    pub fn new(west: f64, north: f64, dx: f64, dy: f64, shape: GridShape) -> Result<Self> {
        let found = |why: &str| Error::InvalidGrid {
            found: format!(
                "west {west}, north {north}, cell {dx} x {dy} m, {} rows x {} columns",
                shape.rows, shape.cols
            ),
            why: why.to_owned(),
        };
        if !(west.is_finite() && north.is_finite()) {
            return Err(found("the corner must be finite"));
        }
        if !(dx.is_finite() && dy.is_finite() && dx > 0.0 && dy > 0.0) {
            return Err(found("cell sizes must be positive (south-up rasters are turned by their reader)"));
        }
        if shape.rows == 0 || shape.cols == 0 || shape.rows > Self::MAX_SIDE || shape.cols > Self::MAX_SIDE {
            return Err(found("each side must have 1 to 4,194,304 cells"));
        }
        Ok(Self { west, north, dx, dy, shape })
    }

    /// Area of one cell, m².
    pub fn cell_area_m2(&self) -> f64 {
        self.dx * self.dy
    }

    /// The window of the whole grid.
    pub fn window(&self) -> Window {
        Window { row: 0, col: 0, rows: self.shape.rows, cols: self.shape.cols }
    }

    /// x of the eastern edge.
    pub fn east(&self) -> f64 {
        self.west + self.dx * self.shape.cols as f64
    }

    /// y of the southern edge.
    pub fn south(&self) -> f64 {
        self.north - self.dy * self.shape.rows as f64
    }

    /// World coordinates in cells: `(column, row)`, column 0.0 at the western edge, row 0.0 at the northern edge.
    ///
    /// The origin is subtracted first, so that the seven-digit part of projected coordinates is gone before anything is
    /// multiplied.
    pub fn to_cells(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.west) / self.dx, (self.north - y) / self.dy)
    }

    /// The inverse of [`Self::to_cells`]: `(x, y)` of a place given in cells.
    pub fn to_world(&self, col: f64, row: f64) -> (f64, f64) {
        (self.west + col * self.dx, self.north - row * self.dy)
    }

    /// x, y of the centre of a cell.
    pub fn centre(&self, cell: CellIndex) -> (f64, f64) {
        self.to_world(cell.col as f64 + 0.5, cell.row as f64 + 0.5)
    }

    /// Whether two grids are the same to within `1e-6` of a cell, over the whole of their extent.
    pub fn same_as(&self, other: &Self) -> bool {
        let close = |a: f64, b: f64, cell: f64| (a - b).abs() <= 1e-6 * cell;
        self.shape == other.shape
            && close(self.west, other.west, self.dx)
            && close(self.north, other.north, self.dy)
            && close(self.east(), other.east(), self.dx)
            && close(self.south(), other.south(), self.dy)
    }
}

impl std::fmt::Display for GridGeometry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} x {} cells of {} x {} m, x {:.3} to {:.3}, y {:.3} to {:.3}",
            self.shape.rows,
            self.shape.cols,
            self.dx,
            self.dy,
            self.west,
            self.east(),
            self.south(),
            self.north
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> GridGeometry {
        GridGeometry::new(500_000.0, 3_941_000.0, 2.0, 1.0, GridShape { rows: 4, cols: 3 }).unwrap()
    }

    #[test]
    fn centre_of_the_first_cell_is_half_a_cell_inside_the_north_west_corner() {
        assert_eq!(grid().centre(CellIndex { row: 0, col: 0 }), (500_001.0, 3_940_999.5));
    }

    #[test]
    fn cells_and_world_are_inverse() {
        let (col, row) = grid().to_cells(500_003.0, 3_940_998.0);
        assert_eq!((col, row), (1.5, 2.0));
        assert_eq!(grid().to_world(col, row), (500_003.0, 3_940_998.0));
    }

    #[test]
    fn a_south_up_cell_size_is_refused_with_the_way_out() {
        let error = GridGeometry::new(0.0, 0.0, 1.0, -1.0, GridShape { rows: 1, cols: 1 }).unwrap_err();
        assert!(error.to_string().contains("turned by their reader"), "{error}");
    }

    #[test]
    fn growing_a_window_stops_at_the_edge_of_the_grid() {
        let grown = Window { row: 0, col: 1, rows: 2, cols: 2 }.grown(1, GridShape { rows: 4, cols: 3 });
        assert_eq!(grown, Window { row: 0, col: 0, rows: 3, cols: 3 });
    }
}

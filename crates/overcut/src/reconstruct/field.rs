//! Heights of a grid, and where they may be used.

use geo::MultiPolygon;

use crate::{coverage::Segment, error::Result, faces::FaceMap, grid::GridGeometry};

/// Heights and the cells in which the ground is as it was.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The grid.
    pub grid: &'a GridGeometry,
    /// Heights, row by row from the north-west; NaN = no data.
    pub heights: &'a [f64],
    /// Where the ground was disturbed: never used, in no held-out window.
    pub disturbed: &'a [bool],
}

impl Field<'_> {
    /// Whether a cell has a height that may be used.
    pub(crate) fn usable(&self, cell: usize) -> bool {
        !self.disturbed[cell] && !self.heights[cell].is_nan()
    }

    pub(crate) fn row_col(&self, cell: usize) -> (usize, usize) {
        (cell / self.grid.shape.cols, cell % self.grid.shape.cols)
    }

    /// Place of a cell, m from the north-western corner: east and south.
    pub(crate) fn place(&self, cell: usize) -> [f64; 2] {
        let (row, col) = self.row_col(cell);
        [col as f64 * self.grid.dx, row as f64 * self.grid.dy]
    }

    /// Usable cells up to a distance around a footprint, nearest rings first; each with its distance in rings of cells.
    pub(crate) fn rim(&self, footprint: &[usize], rim_m: f64) -> Vec<(usize, usize)> {
        let pace = self.grid.dx.min(self.grid.dy);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the sides of the grid")]
        let rings = (rim_m / pace).ceil().clamp(1.0, self.grid.shape.rows.max(self.grid.shape.cols) as f64) as usize;
        let window = self.window_around(footprint, rings);
        let at = |cell: usize| {
            let (row, col) = self.row_col(cell);
            (row - window.row) * window.cols + col - window.col
        };
        let mut seen = vec![false; window.cells()];
        footprint.iter().for_each(|cell| seen[at(*cell)] = true);
        let (mut edge, mut rim) = (footprint.to_vec(), Vec::new());
        for ring in 0..rings {
            let mut next = Vec::new();
            for cell in &edge {
                let (row, col) = self.row_col(*cell);
                for down in row.saturating_sub(1)..=(row + 1).min(window.row_end() - 1) {
                    for along in col.saturating_sub(1)..=(col + 1).min(window.col_end() - 1) {
                        if down < window.row || along < window.col {
                            continue;
                        }
                        let neighbour = down * self.grid.shape.cols + along;
                        if !std::mem::replace(&mut seen[at(neighbour)], true) {
                            next.push(neighbour);
                        }
                    }
                }
            }
            next.sort_unstable();
            rim.extend(next.iter().filter(|cell| self.usable(**cell)).map(|cell| (*cell, ring)));
            edge = next;
        }
        rim
    }

    fn window_around(&self, footprint: &[usize], margin: usize) -> crate::Window {
        let (mut rows, mut cols) = ((usize::MAX, 0), (usize::MAX, 0));
        for cell in footprint {
            let (row, col) = self.row_col(*cell);
            rows = (rows.0.min(row), rows.1.max(row));
            cols = (cols.0.min(col), cols.1.max(col));
        }
        crate::Window { row: rows.0, col: cols.0, rows: rows.1 + 1 - rows.0, cols: cols.1 + 1 - cols.0 }
            .grown(margin, self.grid.shape)
    }
}

/// The cells that polygons touch, grown by `margin` cells on all sides.
///
/// # Errors
/// Those of [`FaceMap::new`].
pub fn touched(grid: &GridGeometry, polygons: &MultiPolygon<f64>, margin: usize) -> Result<Vec<bool>> {
    let all: Vec<_> = polygons.iter().collect();
    let faces = FaceMap::new(&all, grid)?;
    let shares = faces.rows(0..grid.shape.rows);
    let (rows, cols) = (grid.shape.rows, grid.shape.cols);
    let mut cells = vec![false; grid.shape.cells()];
    for row in 0..rows {
        for segment in shares.row(row).segments {
            match *segment {
                Segment::Run { face: 0, .. } => {}
                Segment::Run { start, end, .. } => {
                    cells[row * cols + start as usize..row * cols + end as usize].fill(true);
                }
                Segment::Mixed { col, .. } => cells[row * cols + col as usize] = true,
            }
        }
    }
    if margin == 0 {
        return Ok(cells);
    }
    let mut grown = vec![false; cells.len()];
    for (cell, _) in cells.iter().enumerate().filter(|(_, inside)| **inside) {
        let (row, col) = (cell / cols, cell % cols);
        for down in row.saturating_sub(margin)..=(row + margin).min(rows - 1) {
            grown[down * cols + col.saturating_sub(margin)..=down * cols + (col + margin).min(cols - 1)].fill(true);
        }
    }
    Ok(grown)
}

//! Three rows of every surface at a time, widened to f64, with one cell more on either side.

use super::seams::Slab;
use crate::{columns::Ground, grid::Window};

/// Rows of the surfaces of a slab around the row in work. Position 0 of a row is the cell west of the window; what lies
/// beyond the slab is NaN.
#[derive(Debug)]
pub(crate) struct RowBuffers<'a> {
    slab: &'a Slab,
    window: Window,
    /// By surface, then row modulo 3.
    rows: Vec<[Vec<f64>; 3]>,
}

impl<'a> RowBuffers<'a> {
    pub(crate) fn new(slab: &'a Slab, window: Window) -> Self {
        let row = || vec![f64::NAN; window.cols + 2];
        Self { slab, window, rows: slab.heights.iter().map(|_| [row(), row(), row()]).collect() }
    }

    /// Brings a row in; it takes the place of the one three rows before.
    pub(crate) fn load(&mut self, row: usize) {
        let have = &self.slab.window;
        for (heights, rows) in self.slab.heights.iter().zip(&mut self.rows) {
            let into = &mut rows[row % 3];
            if row < have.row || row >= have.row_end() {
                into.fill(f64::NAN);
                continue;
            }
            // Column of position 0, counted from 1 so that it can lie west of the grid.
            let first = self.window.col;
            let from = (have.col + 1).max(first) - first;
            let to = (have.col_end() + 1 - first).min(into.len());
            into[..from].fill(f64::NAN);
            into[to..].fill(f64::NAN);
            let start = (row - have.row) * have.cols + (first + from - 1 - have.col);
            heights.widen(start, &mut into[from..to]);
        }
    }

    /// A row that is loaded.
    #[inline]
    pub(crate) fn row(&self, surface: usize, row: usize) -> &[f64] {
        &self.rows[surface][row % 3]
    }

    /// The row and the ones above and below it (NaN at the edge of the grid).
    pub(crate) fn around(&self, surface: usize, row: usize) -> [&[f64]; 3] {
        [self.row(surface, row + 2), self.row(surface, row), self.row(surface, row + 1)]
    }

    /// The ground in a cell.
    #[inline]
    pub(crate) fn ground(&self, surface: usize, row: usize, at: usize) -> Ground {
        let [north, here, south] = self.around(surface, row);
        Ground::from_neighbours(here[at], north[at], south[at], here[at - 1], here[at + 1])
    }
}

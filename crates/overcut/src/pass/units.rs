//! How the grid is cut into units of work.

use crate::{
    grid::{GridShape, Window},
    surface::BlockLayout,
};

/// A unit has at least about this many cells, so that what is done once a unit costs little.
const MIN_CELLS: usize = 1 << 18;
/// The same for units as wide as the grid, whose seams are longer.
const MIN_CELLS_WIDE: usize = 1 << 20;
/// Units grow to hold whole blocks of every surface up to about this many cells; beyond, blocks of all but the first
/// surface may be decoded more than once.
const MAX_CELLS: usize = 1 << 24;
/// Units in rows from the north and columns from the west.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitPlan {
    /// Row limits, from 0 to the number of rows.
    row_cuts: Vec<usize>,
    /// Column limits.
    col_cuts: Vec<usize>,
    /// Cells beyond a window that its kernel reads.
    pub(crate) margin: usize,
}

impl UnitPlan {
    /// Cuts a grid so that each stored block lies in one unit.
    pub(crate) fn new(grid: GridShape, layouts: &[BlockLayout], asked: Option<GridShape>, margin: usize) -> Self {
        let unit = asked.unwrap_or_else(|| {
            let rows = together(layouts.iter().map(|layout| layout.block.rows), grid.rows);
            let cols = together(layouts.iter().map(|layout| layout.block.cols), grid.cols);
            let block = if rows * cols > MAX_CELLS { layouts[0].block } else { GridShape { rows, cols } };
            let (mut rows, mut cols) = (block.rows.min(grid.rows), block.cols.min(grid.cols));
            let wide = cols == grid.cols;
            let least = if wide { MIN_CELLS_WIDE } else { MIN_CELLS };
            // Towards squares, by whole blocks.
            while rows * cols < least && (rows < grid.rows || cols < grid.cols) {
                if (rows <= cols || cols == grid.cols) && rows < grid.rows {
                    rows = (rows + block.rows).min(grid.rows);
                } else {
                    cols = (cols + block.cols).min(grid.cols);
                }
            }
            GridShape { rows, cols }
        });
        Self { row_cuts: cuts(grid.rows, unit.rows, margin), col_cuts: cuts(grid.cols, unit.cols, margin), margin }
    }

    pub(crate) fn rows(&self) -> usize {
        self.row_cuts.len() - 1
    }

    pub(crate) fn cols(&self) -> usize {
        self.col_cuts.len() - 1
    }

    /// The cells that a unit reads.
    pub(crate) fn unit(&self, row: usize, col: usize) -> Window {
        Window::from_ranges(self.row_cuts[row]..self.row_cuts[row + 1], self.col_cuts[col]..self.col_cuts[col + 1])
    }

    /// Rows of a row of units.
    pub(crate) fn unit_rows(&self, row: usize) -> std::ops::Range<usize> {
        self.row_cuts[row]..self.row_cuts[row + 1]
    }

    /// The cells that a unit can do alone: all but those along its borders with other units.
    pub(crate) fn inside(&self, row: usize, col: usize) -> Window {
        let (rows, cols) = (self.inner_rows(row), self.inner_cols(col));
        Window::from_ranges(rows, cols)
    }

    /// The cells along the border between a unit and the one to the west of it.
    pub(crate) fn west_seam(&self, row: usize, col: usize) -> Window {
        let at = self.col_cuts[col];
        Window::from_ranges(self.inner_rows(row), at - self.margin..at + self.margin)
    }

    /// The cells along the border between a unit and the one to the north of it, corners included.
    pub(crate) fn north_seam(&self, row: usize, col: usize) -> Window {
        let at = self.row_cuts[row];
        Window::from_ranges(at - self.margin..at + self.margin, self.col_cuts[col]..self.col_cuts[col + 1])
    }

    /// Columns that part the insides of units and the seams to the west of them, from 0 to the number of columns.
    pub(crate) fn window_cuts(&self) -> Vec<u32> {
        let [first, inner @ .., last] = &self.col_cuts[..] else { unreachable!("a plan has one unit at least") };
        let inner = inner.iter().flat_map(|cut| [cut - self.margin, cut + self.margin]);
        std::iter::once(*first).chain(inner).chain([*last]).map(|cut| cut as u32).collect()
    }

    fn inner_rows(&self, row: usize) -> std::ops::Range<usize> {
        inner(&self.row_cuts, row, self.margin)
    }

    fn inner_cols(&self, col: usize) -> std::ops::Range<usize> {
        inner(&self.col_cuts, col, self.margin)
    }
}

fn inner(cuts: &[usize], index: usize, margin: usize) -> std::ops::Range<usize> {
    let (start, end) = (cuts[index], cuts[index + 1]);
    let start = if index == 0 { start } else { start + margin };
    let end = if index + 2 == cuts.len() { end } else { end - margin };
    start..end.max(start)
}

/// Limits of steps of `step` from 0 to `length`; a last step too short to have an inside of its own joins the one before.
fn cuts(length: usize, step: usize, margin: usize) -> Vec<usize> {
    let step = step.max(4 * margin).min(length);
    let mut cuts: Vec<usize> = (0..length).step_by(step).collect();
    if cuts.len() > 1 && length - cuts[cuts.len() - 1] < 4 * margin {
        cuts.pop();
    }
    cuts.push(length);
    cuts
}

/// The smallest size that holds whole blocks of every surface.
fn together(sizes: impl Iterator<Item = usize>, length: usize) -> usize {
    fn greatest_common_divisor(a: usize, b: usize) -> usize {
        if b == 0 { a } else { greatest_common_divisor(b, a % b) }
    }
    sizes
        .map(|size| size.clamp(1, length))
        .fold(1, |all, size| if all >= length { length } else { all / greatest_common_divisor(all, size) * size })
        .min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(rows: usize, cols: usize) -> BlockLayout {
        BlockLayout { block: GridShape { rows, cols } }
    }

    #[test]
    fn tiles_of_512_are_units_of_512() {
        let plan = UnitPlan::new(GridShape { rows: 2000, cols: 1100 }, &[layout(512, 512), layout(256, 256)], None, 1);
        assert_eq!(plan.unit(0, 1), Window { row: 0, col: 512, rows: 512, cols: 512 });
        assert_eq!((plan.rows(), plan.cols()), (4, 3));
    }

    #[test]
    fn strips_are_joined_to_units_of_whole_strips_as_wide_as_the_grid() {
        let plan = UnitPlan::new(GridShape { rows: 10_000, cols: 10_000 }, &[layout(8, 10_000)], None, 1);
        assert_eq!(plan.unit(0, 0), Window { row: 0, col: 0, rows: 112, cols: 10_000 });
    }

    #[test]
    fn insides_and_seams_cover_every_cell_once() {
        for (grid, unit, margin) in [
            ((37, 53), (10, 7), 1),
            ((37, 53), (10, 7), 5),
            ((9, 5), (4, 4), 1),
            ((4, 4), (100, 100), 3),
            ((1, 1), (1, 1), 1),
            ((13, 2), (4, 4), 1),
        ] {
            let grid = GridShape { rows: grid.0, cols: grid.1 };
            let plan = UnitPlan::new(grid, &[], Some(GridShape { rows: unit.0, cols: unit.1 }), margin);
            let mut seen = vec![0; grid.cells()];
            let mut mark = |window: Window| {
                for row in window.row..window.row_end() {
                    for col in window.col..window.col_end() {
                        seen[row * grid.cols + col] += 1;
                    }
                }
            };
            for row in 0..plan.rows() {
                for col in 0..plan.cols() {
                    mark(plan.inside(row, col));
                    if col > 0 {
                        mark(plan.west_seam(row, col));
                    }
                    if row > 0 {
                        mark(plan.north_seam(row, col));
                    }
                }
            }
            assert!(seen.iter().all(|count| *count == 1), "{grid:?} {unit:?}");
        }
    }
}

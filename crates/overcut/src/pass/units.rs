//! How the grid, or a region of it, is cut into units of work.

use std::ops::Range;

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
/// Units in rows from the north and columns from the west. Those along the border of a region reach beyond it by the margin, where
/// the grid goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitPlan {
    /// The cells that are done.
    pub(crate) region: Window,
    /// Row limits.
    row_cuts: Vec<usize>,
    /// Column limits.
    col_cuts: Vec<usize>,
    /// Cells beyond a window that its kernel reads.
    pub(crate) margin: usize,
}

impl UnitPlan {
    /// Cuts a region so that each stored block lies in one unit, if the region begins with a block.
    pub(crate) fn new(
        grid: GridShape,
        region: Window,
        layouts: &[BlockLayout],
        asked: Option<GridShape>,
        margin: usize,
    ) -> Self {
        let unit = asked.unwrap_or_else(|| {
            let rows = together(layouts.iter().map(|layout| layout.block.rows), region.rows);
            let cols = together(layouts.iter().map(|layout| layout.block.cols), region.cols);
            let block = if rows * cols > MAX_CELLS { layouts[0].block } else { GridShape { rows, cols } };
            let (mut rows, mut cols) = (block.rows.min(region.rows), block.cols.min(region.cols));
            let wide = cols == region.cols;
            let least = if wide { MIN_CELLS_WIDE } else { MIN_CELLS };
            // Towards squares, by whole blocks.
            while rows * cols < least && (rows < region.rows || cols < region.cols) {
                if (rows <= cols || cols == region.cols) && rows < region.rows {
                    rows = (rows + block.rows).min(region.rows);
                } else {
                    cols = (cols + block.cols).min(region.cols);
                }
            }
            GridShape { rows, cols }
        });
        let all = region.grown(margin, grid);
        Self {
            region,
            row_cuts: cuts(region.row..region.row_end(), all.row..all.row_end(), unit.rows, margin),
            col_cuts: cuts(region.col..region.col_end(), all.col..all.col_end(), unit.cols, margin),
            margin,
        }
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
    pub(crate) fn unit_rows(&self, row: usize) -> Range<usize> {
        self.row_cuts[row]..self.row_cuts[row + 1]
    }

    /// The cells that a unit can do alone: all but those along its borders with other units.
    pub(crate) fn inside(&self, row: usize, col: usize) -> Window {
        self.done(self.inner_rows(row), self.inner_cols(col))
    }

    /// The cells along the border between a unit and the one to the west of it.
    pub(crate) fn west_seam(&self, row: usize, col: usize) -> Window {
        let at = self.col_cuts[col];
        self.done(self.inner_rows(row), at - self.margin..at + self.margin)
    }

    /// The cells along the border between a unit and the one to the north of it, corners included.
    pub(crate) fn north_seam(&self, row: usize, col: usize) -> Window {
        let at = self.row_cuts[row];
        self.done(at - self.margin..at + self.margin, self.col_cuts[col]..self.col_cuts[col + 1])
    }

    /// Of some cells, those of the region.
    fn done(&self, rows: Range<usize>, cols: Range<usize>) -> Window {
        Window::from_ranges(rows, cols).intersection(&self.region)
    }

    /// Columns that part the insides of units and the seams to the west of them, ascending.
    pub(crate) fn window_cuts(&self) -> Vec<u32> {
        let [first, inner @ .., last] = &self.col_cuts[..] else { unreachable!("a plan has one unit at least") };
        let inner = inner.iter().flat_map(|cut| [cut - self.margin, cut + self.margin]);
        std::iter::once(*first).chain(inner).chain([*last]).map(|cut| cut as u32).collect()
    }

    fn inner_rows(&self, row: usize) -> Range<usize> {
        inner(&self.row_cuts, row, self.margin)
    }

    fn inner_cols(&self, col: usize) -> Range<usize> {
        inner(&self.col_cuts, col, self.margin)
    }
}

fn inner(cuts: &[usize], index: usize, margin: usize) -> Range<usize> {
    let (start, end) = (cuts[index], cuts[index + 1]);
    let start = if index == 0 { start } else { start + margin };
    let end = if index + 2 == cuts.len() { end } else { end - margin };
    start..end.max(start)
}

/// Limits of steps of `step` along a region, the first and the last moved outwards to those of `all`; a last step too short to have
/// an inside of its own joins the one before.
fn cuts(region: Range<usize>, all: Range<usize>, step: usize, margin: usize) -> Vec<usize> {
    let step = step.max(4 * margin).min(region.len());
    let mut cuts: Vec<usize> = region.clone().step_by(step).collect();
    if cuts.len() > 1 && region.end - cuts[cuts.len() - 1] < 4 * margin {
        cuts.pop();
    }
    cuts[0] = all.start;
    cuts.push(all.end);
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

    fn whole(grid: GridShape, layouts: &[BlockLayout]) -> UnitPlan {
        UnitPlan::new(grid, Window { row: 0, col: 0, rows: grid.rows, cols: grid.cols }, layouts, None, 1)
    }

    #[test]
    fn tiles_of_512_are_units_of_512() {
        let plan = whole(GridShape { rows: 2000, cols: 1100 }, &[layout(512, 512), layout(256, 256)]);
        assert_eq!(plan.unit(0, 1), Window { row: 0, col: 512, rows: 512, cols: 512 });
        assert_eq!((plan.rows(), plan.cols()), (4, 3));
    }

    #[test]
    fn strips_are_joined_to_units_of_whole_strips_as_wide_as_the_grid() {
        let plan = whole(GridShape { rows: 10_000, cols: 10_000 }, &[layout(8, 10_000)]);
        assert_eq!(plan.unit(0, 0), Window { row: 0, col: 0, rows: 112, cols: 10_000 });
    }

    #[test]
    fn a_region_reads_beyond_its_border_where_the_grid_goes_on() {
        let region = Window { row: 0, col: 512, rows: 700, cols: 512 };
        let grid = GridShape { rows: 2000, cols: 2000 };
        let plan = UnitPlan::new(grid, region, &[], Some(GridShape { rows: 512, cols: 512 }), 5);
        assert_eq!(plan.unit(0, 0), Window { row: 0, col: 507, rows: 512, cols: 522 });
        assert_eq!(plan.unit(1, 0), Window { row: 512, col: 507, rows: 193, cols: 522 });
        assert_eq!(plan.inside(1, 0), Window { row: 517, col: 512, rows: 183, cols: 512 });
    }

    #[test]
    fn insides_and_seams_cover_every_cell_of_a_region_once() {
        for (grid, region, unit, margin) in [
            ((37, 53), (0..37, 0..53), (10, 7), 1),
            ((37, 53), (0..37, 0..53), (10, 7), 5),
            ((37, 53), (3..30, 20..53), (10, 7), 2),
            ((37, 53), (1..2, 0..1), (10, 7), 5),
            ((9, 5), (0..9, 0..5), (4, 4), 1),
            ((4, 4), (0..4, 0..4), (100, 100), 3),
            ((1, 1), (0..1, 0..1), (1, 1), 1),
            ((13, 2), (0..13, 0..2), (4, 4), 1),
        ] {
            let grid = GridShape { rows: grid.0, cols: grid.1 };
            let region = Window::from_ranges(region.0, region.1);
            let plan = UnitPlan::new(grid, region, &[], Some(GridShape { rows: unit.0, cols: unit.1 }), margin);
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
            let inside = |cell: usize| {
                let (row, col) = (cell / grid.cols, cell % grid.cols);
                (region.row..region.row_end()).contains(&row) && (region.col..region.col_end()).contains(&col)
            };
            let right = seen.iter().enumerate().all(|(cell, count)| *count == i32::from(inside(cell)));
            assert!(right, "{grid:?} {region:?} {unit:?}");
        }
    }
}

//! Heights kept along the borders of units, and the windows put together from them.

use std::collections::BTreeMap;

use super::units::UnitPlan;
use crate::{
    grid::{GridShape, Window},
    surface::Heights,
};

/// Heights of several surfaces in one window.
#[derive(Debug)]
pub(crate) struct Slab {
    pub(crate) window: Window,
    /// One for each surface, row by row.
    pub(crate) heights: Vec<Heights>,
}

impl Slab {
    /// A copy of part of the slab.
    fn part(&self, window: Window) -> Self {
        let window = window.intersection(&self.window);
        let heights = self
            .heights
            .iter()
            .map(|heights| {
                let mut values = vec![f64::NAN; window.cells()];
                copy(heights, self.window, &mut values, window);
                Heights::F64(values)
            })
            .collect();
        Self { window, heights }
    }
}

/// Copies what two windows have in common.
fn copy(from: &Heights, from_window: Window, into: &mut [f64], into_window: Window) {
    let common = from_window.intersection(&into_window);
    if common.is_empty() {
        return;
    }
    for row in common.row..common.row_end() {
        let start = (row - from_window.row) * from_window.cols + common.col - from_window.col;
        let target = (row - into_window.row) * into_window.cols + common.col - into_window.col;
        from.widen(start, &mut into[target..target + common.cols]);
    }
}

/// The borders of the units that still have a neighbour to come.
#[derive(Debug, Default)]
pub(crate) struct Borders {
    kept: BTreeMap<(usize, usize), [Slab; 4]>,
}

/// What a unit leaves behind: strips along its four sides, wide enough for the seams and their margin.
pub(crate) fn strips(slab: &Slab, margin: usize) -> [Slab; 4] {
    let Window { row, col, rows, cols } = slab.window;
    let (deep_rows, deep_cols) = (rows.min(2 * margin), cols.min(2 * margin));
    [
        slab.part(Window { row, col, rows: deep_rows, cols }),
        slab.part(Window { row: row + rows - deep_rows, col, rows: deep_rows, cols }),
        slab.part(Window { row, col, rows, cols: deep_cols }),
        slab.part(Window { row, col: col + cols - deep_cols, rows, cols: deep_cols }),
    ]
}

impl Borders {
    pub(crate) fn keep(&mut self, row: usize, col: usize, strips: [Slab; 4]) {
        self.kept.insert((row, col), strips);
    }

    /// Forgets the rows of units before `row`.
    pub(crate) fn forget_before(&mut self, row: usize) {
        self.kept = self.kept.split_off(&(row, 0));
    }

    /// The heights of `window` and its margin, from the borders of the units around unit (`row`, `col`).
    pub(crate) fn assemble(&self, plan: &UnitPlan, row: usize, col: usize, window: Window, grid: GridShape) -> Slab {
        let window = window.grown(plan.margin, grid);
        let near_rows = row.saturating_sub(1)..=row;
        let near_cols = col.saturating_sub(1)..=(col + 1).min(plan.cols() - 1);
        let neighbours: Vec<&Slab> = near_rows
            .flat_map(|r| near_cols.clone().map(move |c| (r, c)))
            .filter_map(|key| self.kept.get(&key))
            .flatten()
            .collect();
        let surfaces = neighbours.first().map_or(0, |slab| slab.heights.len());
        let heights = (0..surfaces)
            .map(|surface| {
                let mut values = vec![f64::NAN; window.cells()];
                for slab in &neighbours {
                    copy(&slab.heights[surface], slab.window, &mut values, window);
                }
                Heights::F64(values)
            })
            .collect();
        Slab { window, heights }
    }
}

//! What has happened to the cells of the row in work before an interval: ground that was dug, and ground that is fill.
//!
//! A cell's *lowest ground* is that of the survey before it was filled, until it is dug deeper than that. What is cut above it is
//! fill that goes away again, and no resource. Whether a cell was filled or dug is told by the areas of an interval, not by the
//! sign of a difference: on ground where nothing happened, noise would else count as fill that is dug again, in every cell.

use std::ops::Range;

use super::{line::Line, rows::RowBuffers};
use crate::{assessment::Change, tally::quanta};

/// Cells of the row in work.
#[derive(Debug, Default)]
pub(crate) struct SeriesRow {
    /// Whether anything is to be told: before that, lists hold nothing.
    known: bool,
    any_filled: bool,
    /// Whether what lies over the lowest ground is fill.
    filled: Vec<bool>,
    /// Where there is fill, the survey that saw the lowest ground.
    lowest: Vec<u16>,
    /// Whether the cell was dug.
    dug: Vec<bool>,
}

/// Which part of a column was moved before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Before {
    /// Metres of the change that are ground moved before.
    pub(crate) moved_m: f64,
    /// The survey whose ground parts it from the rest.
    pub(crate) surface: usize,
}

impl SeriesRow {
    /// Begins a row, of which nothing is known.
    pub(crate) fn start(&mut self) {
        self.known = false;
    }

    /// Goes from survey `earlier` to the next one, with the runs that were found between them, by positions.
    pub(crate) fn advance(
        &mut self,
        earlier: usize,
        runs: impl Iterator<Item = (Range<usize>, Change)>,
        line: &Line,
        buffers: &RowBuffers<'_>,
        row: usize,
    ) {
        let height = |surface: usize, at: usize| buffers.row(surface, row as isize)[at];
        if self.known && self.any_filled {
            for (at, (filled, lowest)) in self.filled.iter_mut().zip(&self.lowest).enumerate() {
                // Where there is no height, nothing is said.
                if *filled && height(earlier + 1, at) <= height((*lowest).into(), at) {
                    *filled = false;
                }
            }
        }
        for (cells, change) in runs {
            if !self.known {
                self.begin(line.quanta.len());
            }
            for at in cells {
                match change {
                    Change::Cut => self.dug[at] = true,
                    Change::Fill if !self.filled[at] && line.quanta[at] > 0 => {
                        (self.filled[at], self.lowest[at], self.any_filled) = (true, earlier as u16, true);
                    }
                    Change::Fill => {}
                }
            }
        }
    }

    fn begin(&mut self, cells: usize) {
        (self.known, self.any_filled) = (true, false);
        self.lowest.resize(cells, 0);
        for flags in [&mut self.filled, &mut self.dug] {
            flags.clear();
            flags.resize(cells, false);
        }
    }

    /// Whether a cell was in an area of cut before.
    pub(crate) fn was_dug(&self, at: usize) -> bool {
        self.known && self.dug[at]
    }

    /// Whether nothing is to be told of any cell.
    pub(crate) fn is_silent(&self) -> bool {
        !self.known
    }

    /// What of the change of a cell from survey `earlier` on, `dod_m`, was moved before: of a cut, the fill; of a fill, what fills
    /// ground that was dug, up to that of the first survey. Never negative, and at most the whole.
    pub(crate) fn before(
        &self,
        earlier: usize,
        dod_m: f64,
        buffers: &RowBuffers<'_>,
        row: usize,
        at: usize,
    ) -> Option<Before> {
        if !self.known {
            return None;
        }
        // Most cells have no past: they are told by their flags alone.
        let height = |surface: usize| buffers.row(surface, row as isize)[at];
        if dod_m < 0.0 {
            if !self.filled[at] {
                return None;
            }
            let surface = usize::from(self.lowest[at]);
            let fill_m = height(earlier) - height(surface);
            (fill_m > 0.0).then(|| Before { moved_m: fill_m.min(-dod_m), surface })
        } else {
            if !(self.dug[at] && dod_m > 0.0) {
                return None;
            }
            let surface = (0..earlier).find(|surface| !height(*surface).is_nan())?;
            let void_m = height(surface) - height(earlier);
            (void_m > 0.0).then(|| Before { moved_m: void_m.min(dod_m), surface })
        }
    }

    /// Whether a cell may hold ground moved before that an area of this change takes away or covers.
    pub(crate) fn has_past(&self, at: usize, change: Change) -> bool {
        self.known && if change == Change::Cut { self.filled[at] } else { self.dug[at] }
    }

    /// The same for a cell of an area of cut (or of fill), with the area's sign, in quanta: where noise moves the ground of the
    /// area against it, that is taken from what was moved before, if the ground there is such.
    pub(crate) fn before_in_area(
        &self,
        earlier: usize,
        area: i8,
        line: &Line,
        buffers: &RowBuffers<'_>,
        row: usize,
        at: usize,
    ) -> i64 {
        let dod_m = line.dod_m()[at];
        if self.is_silent() || dod_m.is_nan() {
            return 0;
        }
        let with = (dod_m < 0.0) == (area < 0);
        let asked_m = if with { dod_m } else { -dod_m };
        let Some(before) = self.before(earlier, asked_m, buffers, row, at) else { return 0 };
        if with { quanta(before.moved_m).min(line.quanta[at].abs()) } else { -line.quanta[at].abs() }
    }
}

//! One row of one interval: differences, what is beyond the level of detection, and runs of it.

use super::lanes::{self, CHUNK, Moved};
use crate::{
    assessment::Change,
    tally::{Sum, Sums, Totals},
};

/// Differences of one row, with one cell more on either side: position 0 is the cell west of the window.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Later - earlier, metres; NaN = no data.
    pub(crate) dod_m: Vec<f64>,
    /// The same in quanta; 0 where there is no data.
    pub(crate) quanta: Vec<i64>,
    /// -1 certain cut, 1 certain fill, 0 neither.
    pub(crate) state: Vec<i8>,
    /// The same of the row above.
    pub(crate) state_above: Vec<i8>,
    /// [`lanes::WITHIN`], [`lanes::ALONE`] or [`lanes::IN_RUN`]; see [`Line::advance`].
    kinds: Vec<i8>,
    /// Differences and states of the row below.
    dod_below_m: Vec<f64>,
    state_below: Vec<i8>,
}

/// The first position from `at` on that is in a run: most are not, so eight are looked at together.
fn next_in_run(kinds: &[i8], mut at: usize) -> Option<usize> {
    while let Some(eight) = kinds[at..].first_chunk::<8>()
        && eight.iter().fold(0, |any, kind| any | *kind) < lanes::IN_RUN
    {
        at += 8;
    }
    kinds[at..].iter().position(|kind| *kind == lanes::IN_RUN).map(|skipped| at + skipped)
}

/// Cells of a row beyond the level of detection with one sign, in columns of the grid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRun {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) change: Change,
    pub(crate) max_depth_m: f64,
    pub(crate) label: u32,
}

impl Line {
    /// Begins a window of so many columns, with nothing above it.
    pub(crate) fn start(&mut self, cols: usize) {
        let length = cols + 2;
        self.dod_m.resize(length, f64::NAN);
        self.dod_below_m.resize(length, f64::NAN);
        self.quanta.resize(length, 0);
        for states in [&mut self.state, &mut self.state_above, &mut self.state_below, &mut self.kinds] {
            states.clear();
            states.resize(length, 0);
        }
    }

    /// Takes the row below, and goes on to the one that was below until now.
    ///
    /// With `alone`, cells beyond the level of detection that have no such neighbour are not joined to runs: noise makes
    /// them by the million, and each is an area of one cell, known at once to be too small for a patch.
    pub(crate) fn advance(&mut self, earlier: &[f64], later: &[f64], lod_m: f64, alone: bool) {
        std::mem::swap(&mut self.state_above, &mut self.state);
        std::mem::swap(&mut self.state, &mut self.state_below);
        std::mem::swap(&mut self.dod_m, &mut self.dod_below_m);
        lanes::difference(later, earlier, &mut self.dod_below_m);
        lanes::states(&self.dod_below_m, lod_m, &mut self.state_below);
        lanes::in_quanta(&self.dod_m, &mut self.quanta);
        if alone {
            lanes::part_lone(&self.state_above, &self.state, &self.state_below, &mut self.kinds);
        } else {
            for (kind, state) in self.kinds.iter_mut().zip(&self.state) {
                *kind = if *state == 0 { lanes::WITHIN } else { lanes::IN_RUN };
            }
        }
    }

    fn cells(&self) -> std::ops::Range<usize> {
        1..self.quanta.len() - 1
    }

    pub(crate) fn add_totals(&self, totals: &mut Totals) {
        let cells = self.cells();
        totals.compared_cells += lanes::count_data(&self.dod_m[cells.clone()]);
        for (quanta, state) in self.quanta[cells.clone()].chunks(CHUNK).zip(self.state[cells].chunks(CHUNK)) {
            let [cut, fill, cut_certain, fill_certain] = lanes::totals(quanta, state).map(i128::from);
            totals.cut += cut;
            totals.fill += fill;
            totals.cut_certain += cut_certain;
            totals.fill_certain += fill_certain;
        }
    }

    /// What was moved at positions `from..to` (at most [`CHUNK`]) that are in no run: within the level of detection, and
    /// beyond it.
    #[inline]
    pub(crate) fn scattered(&self, from: usize, to: usize) -> [Moved; 2] {
        lanes::moved(&self.quanta[from..to], &self.kinds[from..to])
    }

    /// A piece of the column at a position that is in no run, on its side of the level of detection.
    pub(crate) fn in_no_run(&self, at: usize, height: i64, share: i64) -> Sums {
        let sum = Sum { height: height.into(), share: share.into() };
        let (certain, not_excludable) = if self.state[at] == 0 { (Sum::default(), sum) } else { (sum, Sum::default()) };
        Sums { certain, not_excludable }
    }

    /// Quanta moved at positions `from..to` (at most [`CHUNK`]) of one run, and number of cells with any.
    #[inline]
    pub(crate) fn certain(&self, from: usize, to: usize) -> (i64, i64) {
        self.quanta[from..to]
            .iter()
            .fold((0, 0), |(height, cells), quantum| (height + quantum.abs(), cells + i64::from(*quantum != 0)))
    }

    /// Runs of certain change, from west to east; the window begins at column `first`.
    pub(crate) fn runs(&self, first: u32, into: &mut Vec<RowRun>) {
        into.clear();
        let (states, kinds) = (&self.state[self.cells()], &self.kinds[self.cells()]);
        let mut at = 0;
        while let Some(start) = next_in_run(kinds, at) {
            let state = states[start];
            let length = states[start..].iter().position(|other| *other != state).unwrap_or(states.len() - start);
            at = start + length;
            let max_depth_m = self.dod_m[start + 1..=at].iter().fold(0.0, |most: f64, dod| most.max(dod.abs()));
            into.push(RowRun {
                start: first + start as u32,
                end: first + at as u32,
                change: if state < 0 { Change::Cut } else { Change::Fill },
                max_depth_m,
                label: 0,
            });
        }
    }

    /// Code of a cell in the class raster, if `code` is that of its change.
    pub(crate) fn class(&self, at: usize, code: u8) -> u8 {
        if self.dod_m[at].is_nan() {
            255
        } else if self.quanta[at] == 0 {
            0
        } else {
            code
        }
    }

    /// Appends the row to the rasters of differences and of standing.
    pub(crate) fn write(&self, dod_m: &mut Vec<f32>, standing: &mut Vec<u8>) {
        let cells = self.cells();
        #[expect(clippy::cast_possible_truncation, reason = "a raster for viewing; sums are made from the f64")]
        dod_m.extend(self.dod_m[cells.clone()].iter().map(|dod| *dod as f32));
        standing.extend(cells.map(|at| match (self.dod_m[at].is_nan(), self.state[at]) {
            (true, _) => 255,
            (_, 0) => 0,
            (_, state) => {
                if state < 0 {
                    1
                } else {
                    2
                }
            }
        }));
    }
}

//! One row of one interval: differences, what is beyond the level of detection, and runs of it.

use crate::{
    assessment::Change,
    tally::{Sum, Totals, quanta},
};

/// Cells are summed in machine integers for at most so many at a time: 2^51 quanta (the largest height) x 2^10 fit 63 bits.
const CHUNK: usize = 1024;

/// Differences of one row, with one cell more on either side: position 0 is the cell west of the window.
#[derive(Debug)]
pub(crate) struct Line {
    /// Later - earlier, metres; NaN = no data.
    pub(crate) dod_m: Vec<f64>,
    /// The same in quanta; 0 where there is no data.
    pub(crate) quanta: Vec<i64>,
    /// -1 certain cut, 1 certain fill, 0 neither.
    pub(crate) state: Vec<i8>,
    /// The same of the row above.
    pub(crate) state_above: Vec<i8>,
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
    pub(crate) fn new(cols: usize) -> Self {
        let length = cols + 2;
        Self {
            dod_m: vec![f64::NAN; length],
            quanta: vec![0; length],
            state: vec![0; length],
            state_above: vec![0; length],
        }
    }

    /// Takes the next row.
    pub(crate) fn compare(&mut self, earlier: &[f64], later: &[f64], lod_m: f64) {
        std::mem::swap(&mut self.state, &mut self.state_above);
        for ((dod, earlier), later) in self.dod_m.iter_mut().zip(earlier).zip(later) {
            *dod = later - earlier;
        }
        for (quantum, dod) in self.quanta.iter_mut().zip(&self.dod_m) {
            *quantum = quanta(if dod.is_nan() { 0.0 } else { *dod });
        }
        for (state, dod) in self.state.iter_mut().zip(&self.dod_m) {
            *state = i8::from(*dod > lod_m) - i8::from(*dod < -lod_m);
        }
    }

    fn cells(&self) -> std::ops::Range<usize> {
        1..self.quanta.len() - 1
    }

    pub(crate) fn add_totals(&self, totals: &mut Totals) {
        let cells = self.cells();
        // |x| - x and |x| + x are twice the removed and twice the added part.
        totals.compared_cells += self.dod_m[cells.clone()].iter().map(|dod| u64::from(!dod.is_nan())).sum::<u64>();
        for (quanta, state) in self.quanta[cells.clone()].chunks(CHUNK).zip(self.state[cells].chunks(CHUNK)) {
            let (mut net, mut gross, mut certain_net, mut certain_gross) = (0_i64, 0_i64, 0_i64, 0_i64);
            for (quantum, state) in quanta.iter().zip(state) {
                let certain = -i64::from(*state != 0);
                net += quantum;
                gross += quantum.abs();
                certain_net += quantum & certain;
                certain_gross += quantum.abs() & certain;
            }
            totals.cut += i128::from((gross - net) >> 1);
            totals.fill += i128::from((gross + net) >> 1);
            totals.cut_certain += i128::from((certain_gross - certain_net) >> 1);
            totals.fill_certain += i128::from((certain_gross + certain_net) >> 1);
        }
    }

    /// Adds whole columns of positions `from..to`: removed to the first sum, added to the second.
    #[inline]
    pub(crate) fn add_whole(&self, from: usize, to: usize, sums: &mut [Sum; 2]) {
        for quanta in self.quanta[from..to].chunks(CHUNK) {
            let (mut net, mut gross, mut removed, mut added) = (0_i64, 0_i64, 0_i64, 0_i64);
            for quantum in quanta {
                net += quantum;
                gross += quantum.abs();
                removed += i64::from(*quantum < 0);
                added += i64::from(*quantum > 0);
            }
            let one = i128::from(crate::tally::quanta(1.0));
            sums[Change::Cut as usize]
                .add(Sum { height: i128::from((gross - net) >> 1), share: i128::from(removed) * one });
            sums[Change::Fill as usize]
                .add(Sum { height: i128::from((gross + net) >> 1), share: i128::from(added) * one });
        }
    }

    /// Runs of certain change, from west to east; the window begins at column `first`.
    pub(crate) fn runs(&self, first: u32, into: &mut Vec<RowRun>) {
        into.clear();
        let states = &self.state[self.cells()];
        let mut at = 0;
        while let Some(skipped) = states[at..].iter().position(|state| *state != 0) {
            let start = at + skipped;
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

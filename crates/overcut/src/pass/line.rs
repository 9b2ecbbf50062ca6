//! One row of one interval: differences, what is beyond the level of detection, and runs of cells that make patches.

use serde::{Deserialize, Serialize};

use super::{
    detector::{Detector, Hysteresis},
    lanes::{self, CHUNK, Moved},
    rows::RowBuffers,
};
use crate::{
    assessment::Change,
    tally::{Sum, Sums, Totals},
};

/// Rows that are remembered: more than any detector looks back and ahead.
const DEPTH: usize = 16;

/// One remembered row. Position 0 of every list is the cell `halo` cells west of the window.
#[derive(Debug, Default, Clone)]
struct Remembered {
    /// Later - earlier, metres; NaN = no data.
    dod_m: Vec<f64>,
    /// By a level: -1 certain cut, 1 certain fill, 0 neither.
    states: Vec<i8>,
    /// With hysteresis: the mean of 3 x 3 differences, the variance of a difference, and which means are weakly beyond.
    means_m: Vec<f64>,
    variances_m2: Vec<f64>,
    bits: Vec<u8>,
    any: bool,
}

/// The row in work, and those around it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    remembered: Vec<Remembered>,
    row: isize,
    halo: usize,
    /// The row in work: the difference in quanta; 0 where there is no data.
    pub(crate) quanta: Vec<i64>,
    /// -1 certain cut, 1 certain fill, 0 neither.
    certain: Vec<i8>,
    /// The same of the row above.
    certain_above: Vec<i8>,
    /// -1 in an area of cut, 1 in one of fill, 0 in none.
    pub(crate) area: Vec<i8>,
    /// The same of the row above.
    pub(crate) area_above: Vec<i8>,
    /// [`lanes::WITHIN`], [`lanes::ALONE`] or [`lanes::IN_RUN`].
    kinds: Vec<i8>,
    slopes: [Vec<f64>; 2],
    joined: Vec<u8>,
    spread: Vec<u8>,
}

/// Cells of a row in one area, in columns of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RowRun {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) change: Change,
    pub(crate) label: u32,
    pub(crate) found: Found,
}

/// What was found in the cells of a run or an area.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Greatest change of height with the area's sign, m.
    pub(crate) max_depth_m: f64,
    /// Greatest square of a standardised mean; infinite by a level, beyond which nothing more is asked for.
    pub(crate) strength: f64,
    /// Cells beyond the weak threshold.
    pub(crate) core_cells: u64,
    /// Cells that moved with the area less those that moved against it.
    pub(crate) net_cells: i64,
    /// Cells beyond the level of detection.
    pub(crate) certain_cells: u64,
    /// Sides between these and all others.
    pub(crate) sides: u64,
}

impl Found {
    pub(crate) fn add(&mut self, other: &Self) {
        self.max_depth_m = self.max_depth_m.max(other.max_depth_m);
        self.strength = self.strength.max(other.strength);
        self.core_cells += other.core_cells;
        self.net_cells += other.net_cells;
        self.certain_cells += other.certain_cells;
        self.sides += other.sides;
    }
}

/// Sums over cells of a run in one place, in quanta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moves {
    /// With the area's sign: beyond the level of detection, and up to it.
    pub(crate) certain: (i64, i64),
    pub(crate) uncertain: (i64, i64),
    /// Against it: beyond the level of detection, and up to it.
    pub(crate) against_certain: (i64, i64),
    pub(crate) against: (i64, i64),
}

impl Moves {
    /// Height and number of cells, with signs.
    pub(crate) fn measured(&self) -> (i64, i64) {
        let with = (self.certain.0 + self.uncertain.0, self.certain.1 + self.uncertain.1);
        (with.0 - self.against.0 - self.against_certain.0, with.1 - self.against.1 - self.against_certain.1)
    }
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

#[expect(clippy::cast_sign_loss, reason = "rows lie far less than 2^20 north of the grid")]
#[inline]
fn slot(row: isize) -> usize {
    (row + (1 << 20)) as usize % DEPTH
}

impl Line {
    /// Begins a window of so many columns, of whose neighbours nothing is known yet.
    pub(crate) fn start(&mut self, cols: usize, halo: usize) {
        let length = cols + 2 * halo;
        self.halo = halo;
        self.remembered.resize(DEPTH, Remembered::default());
        for row in &mut self.remembered {
            for heights in [&mut row.dod_m, &mut row.means_m, &mut row.variances_m2] {
                heights.clear();
                heights.resize(length, f64::NAN);
            }
            row.states.clear();
            row.states.resize(length, 0);
            row.bits.clear();
            row.bits.resize(length, 0);
            row.any = false;
        }
        for states in
            [&mut self.certain, &mut self.certain_above, &mut self.area, &mut self.area_above, &mut self.kinds]
        {
            states.clear();
            states.resize(length, 0);
        }
        self.quanta.resize(length, 0);
        self.slopes = [vec![f64::NAN; length], vec![f64::NAN; length]];
        self.joined.resize(length, 0);
        self.spread.resize(length, 0);
    }

    /// Takes a row that was loaded; rows come from the north, one by one.
    pub(crate) fn take(
        &mut self,
        buffers: &RowBuffers<'_>,
        (earlier, later): (usize, usize),
        row: isize,
        detector: &Detector,
    ) {
        let taken = &mut self.remembered[slot(row)];
        lanes::difference(buffers.row(later, row), buffers.row(earlier, row), &mut taken.dod_m);
        match detector {
            Detector::Level { lod_m } => lanes::states(&taken.dod_m, *lod_m, &mut taken.states),
            // Of the row before, both neighbours are known now.
            Detector::Hysteresis(hysteresis) => self.weigh(buffers, (earlier, later), row - 1, hysteresis),
        }
    }

    /// Means, variances and weak cells of a row.
    fn weigh(
        &mut self,
        buffers: &RowBuffers<'_>,
        (earlier, later): (usize, usize),
        row: isize,
        hysteresis: &Hysteresis,
    ) {
        let mut weighed = std::mem::take(&mut self.remembered[slot(row)]);
        let per_m = (0.5 / hysteresis.cell_m.0, 0.5 / hysteresis.cell_m.1);
        let [slopes, columns] = &mut self.slopes;
        let rows = [&self.remembered[slot(row - 1)].dod_m[..], &weighed.dod_m, &self.remembered[slot(row + 1)].dod_m];
        lanes::smooth(rows, columns, &mut weighed.means_m);
        weighed.variances_m2.fill(hysteresis.sigma.flat_variance_m2);
        if !hysteresis.sigma.kinks.is_empty() {
            lanes::slopes_squared(buffers.around(earlier, row), per_m, slopes);
            lanes::slopes_squared(buffers.around(later, row), per_m, columns);
            lanes::greater(columns, slopes);
            for kink in &hysteresis.sigma.kinks {
                lanes::add_kink(slopes, *kink, &mut weighed.variances_m2);
            }
        }
        let factor = (hysteresis.weak * hysteresis.smoothing).powi(2);
        weighed.any = lanes::weak(&weighed.means_m, &weighed.variances_m2, factor, &mut weighed.bits);
        self.remembered[slot(row)] = weighed;
    }

    /// Makes `row` the row in work.
    ///
    /// With `alone`, cells beyond a level of detection that have no such neighbour are not joined to runs: noise makes
    /// them by the million, and each is an area of one cell, known at once to be too small for a patch.
    pub(crate) fn settle(&mut self, row: isize, detector: &Detector, alone: bool) {
        self.row = row;
        std::mem::swap(&mut self.area, &mut self.area_above);
        std::mem::swap(&mut self.certain, &mut self.certain_above);
        let here = &self.remembered[slot(row)];
        lanes::in_quanta(&here.dod_m, &mut self.quanta);
        match detector {
            Detector::Level { .. } => {
                let [above, below] = [row - 1, row + 1].map(|row| &self.remembered[slot(row)].states[..]);
                self.certain.copy_from_slice(&here.states);
                self.area.copy_from_slice(&here.states);
                if alone {
                    lanes::part_lone(above, &here.states, below, &mut self.kinds);
                } else {
                    for (kind, state) in self.kinds.iter_mut().zip(&self.area) {
                        *kind = if *state == 0 { lanes::WITHIN } else { lanes::IN_RUN };
                    }
                }
            }
            Detector::Hysteresis(hysteresis) => {
                let factor = hysteresis.certain.powi(2);
                lanes::states_by_variance(&here.dod_m, &here.variances_m2, factor, &mut self.certain);
                self.grow(row, hysteresis.reach);
                lanes::kinds(&self.area, &self.certain, &mut self.kinds);
            }
        }
    }

    /// Areas from the weak cells around them.
    fn grow(&mut self, row: isize, reach: usize) {
        self.area.fill(0);
        let near = row - reach as isize..=row + reach as isize;
        if !near.clone().any(|row| self.remembered[slot(row)].any) {
            return;
        }
        self.joined.fill(0);
        for row in near {
            lanes::join(&self.remembered[slot(row)].bits, &mut self.joined);
        }
        lanes::spread(&self.joined, reach, &mut self.spread);
        let means_m = &self.remembered[slot(row)].means_m;
        lanes::areas(&self.spread, means_m, &mut self.area);
    }

    /// Later - earlier of the row in work, metres; NaN = no data.
    pub(crate) fn dod_m(&self) -> &[f64] {
        &self.remembered[slot(self.row)].dod_m
    }

    /// Standard deviation of the difference in a cell of the row in work, with hysteresis.
    pub(crate) fn sigma_m(&self, at: usize) -> f64 {
        self.remembered[slot(self.row)].variances_m2[at].sqrt()
    }

    /// Positions of the window's cells.
    pub(crate) fn cells(&self) -> std::ops::Range<usize> {
        self.halo..self.quanta.len() - self.halo
    }

    pub(crate) fn add_totals(&self, totals: &mut Totals) {
        let cells = self.cells();
        totals.compared_cells += lanes::count_data(&self.dod_m()[cells.clone()]);
        for (quanta, state) in self.quanta[cells.clone()].chunks(CHUNK).zip(self.certain[cells].chunks(CHUNK)) {
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

    /// A piece of the column at a position, on its side of the level of detection.
    pub(crate) fn unmeasured(&self, at: usize, height: i64, share: i64) -> Sums {
        let sum = Sum { height: height.into(), share: share.into() };
        let (certain, not_excludable) =
            if self.certain[at] == 0 { (Sum::default(), sum) } else { (sum, Sum::default()) };
        Sums { certain, not_excludable, ..Sums::default() }
    }

    /// Whether the difference at a position is beyond the level of detection.
    pub(crate) fn is_certain(&self, at: usize) -> bool {
        self.certain[at] != 0
    }

    /// Whether the column at a position moved with an area of this change.
    pub(crate) fn moved_with(&self, at: usize, change: Change) -> bool {
        (self.quanta[at] < 0) == (change == Change::Cut)
    }

    /// Sums over positions `from..to` (at most [`CHUNK`]) of one run: heights, and numbers of cells with any.
    pub(crate) fn moves(&self, from: usize, to: usize, change: Change) -> Moves {
        let sign = if change == Change::Cut { -1 } else { 1 };
        let mut moves = Moves::default();
        for (quantum, certain) in self.quanta[from..to].iter().zip(&self.certain[from..to]) {
            let with = quantum * sign;
            let into = match (with > 0, *certain != 0) {
                (true, true) => &mut moves.certain,
                (true, false) => &mut moves.uncertain,
                (false, true) => &mut moves.against_certain,
                (false, false) => &mut moves.against,
            };
            into.0 += with.abs();
            into.1 += i64::from(with != 0);
        }
        moves
    }

    /// Runs of areas, from west to east; the window begins at column `first`.
    pub(crate) fn runs(&self, first: u32, detector: &Detector, into: &mut Vec<RowRun>) {
        into.clear();
        let (areas, kinds) = (&self.area[self.cells()], &self.kinds[self.cells()]);
        let mut at = 0;
        while let Some(start) = next_in_run(kinds, at) {
            let area = areas[start];
            let length = areas[start..].iter().position(|other| *other != area).unwrap_or(areas.len() - start);
            at = start + length;
            into.push(RowRun {
                start: first + start as u32,
                end: first + at as u32,
                change: if area < 0 { Change::Cut } else { Change::Fill },
                label: 0,
                found: self.found(start + self.halo, at + self.halo, area, detector),
            });
        }
    }

    fn found(&self, from: usize, to: usize, area: i8, detector: &Detector) -> Found {
        let here = &self.remembered[slot(self.row)];
        let mut found = Found::default();
        for at in from..to {
            let with = self.quanta[at] * i64::from(area);
            if with > 0 {
                found.max_depth_m = found.max_depth_m.max(here.dod_m[at].abs());
                found.certain_cells += u64::from(self.certain[at] != 0);
            }
            found.net_cells += with.signum();
            found.sides += self.sides(at, area);
            if let Detector::Hysteresis(hysteresis) = detector {
                let own_bit = if area < 0 { lanes::CUT_BIT } else { lanes::FILL_BIT };
                if here.bits[at] == own_bit {
                    let mean = here.means_m[at];
                    let variance = hysteresis.smoothing.powi(2) * here.variances_m2[at];
                    found.strength = found.strength.max(mean * mean / variance);
                    found.core_cells += 1;
                }
            } else {
                found.core_cells += 1;
                found.strength = f64::INFINITY;
            }
        }
        found
    }

    /// How many of the sides to the west and north of a cell lie between a certain cell of this area and another one. The other two
    /// are counted with the neighbours there: an area reaches beyond its certain cells.
    fn sides(&self, at: usize, area: i8) -> u64 {
        let is_certain = |certain: i8| certain == area;
        let own = is_certain(self.certain[at]);
        let differs = |certain: i8| u64::from(is_certain(certain) != own);
        differs(self.certain[at - 1]) + differs(self.certain_above[at])
    }

    /// Code of a cell in the class raster, if `code` is that of its change.
    pub(crate) fn class(&self, at: usize, code: u8) -> u8 {
        if self.dod_m()[at].is_nan() {
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
        let differences = self.dod_m();
        #[expect(clippy::cast_possible_truncation, reason = "a raster for viewing; sums are made from the f64")]
        dod_m.extend(differences[cells.clone()].iter().map(|dod| *dod as f32));
        standing.extend(cells.map(|at| match (differences[at].is_nan(), self.certain[at]) {
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

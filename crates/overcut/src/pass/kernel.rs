//! One window: difference, threshold, faces, columns and labels, row by row.

use serde::{Deserialize, Serialize};

use super::{
    band::Bands,
    bins::BinTable,
    detector::Detector,
    interval::{IntervalWork, RowWork},
    lanes,
    layers::LayerPlan,
    merged::Partial,
    rows::{Corrected, RowBuffers},
    seams::Slab,
    series::SeriesRow,
};
use crate::{
    assessment::Connectivity,
    grid::Window,
    patches::Criteria,
    tally::{Closure, Tally},
};

/// Two surfaces to compare.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) earlier: usize,
    pub(crate) later: usize,
    pub(crate) detector: Detector,
    pub(crate) footing: Option<Footing>,
}

/// How footprints are kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Footing {
    /// Rows and columns of a block.
    pub(crate) block: u32,
    /// Standard deviation of one difference, m, where the detector has none.
    pub(crate) sigma_m: f64,
    /// The surface whose place is uncertain.
    pub(crate) moved: usize,
    /// Width and height of a cell, m.
    pub(crate) cell_m: (f64, f64),
}

/// What stays the same over the whole pass.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) grid_window: Window,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) layers: LayerPlan,
    pub(crate) bins: BinTable,
    /// Class code by interval and place, for rasters; empty where none are wanted.
    pub(crate) codes: Vec<Vec<u8>>,
    pub(crate) connectivity: Connectivity,
    /// By interval.
    pub(crate) criteria: Vec<Criteria>,
    /// Rows and columns of the blocks in which boundaries are gathered, if they are wanted.
    pub(crate) boundary_block: Option<u32>,
    /// By surface of a slab; shorter where the last ones have none.
    pub(crate) corrected: Vec<Option<Corrected>>,
}

impl Setting {
    /// Surveys of the series, in the order of which they are the first surfaces; 0 where only two are compared.
    pub(crate) fn epochs(&self) -> usize {
        if self.pairs.len() > 1 { self.pairs.len() + 1 } else { 0 }
    }

    /// Cells around a window whose corrected heights its kernel reads.
    fn halo(&self) -> usize {
        self.pairs.iter().map(|pair| pair.detector.halo()).max().unwrap_or(1)
    }

    /// Cells around a window of which the stored heights are needed.
    pub(crate) fn margin(&self) -> usize {
        self.halo() + self.corrected.iter().flatten().map(Corrected::reach).max().unwrap_or(0)
    }
}

/// Cells of one interval for rasters.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(crate) dod_m: Vec<f32>,
    pub(crate) class: Vec<u8>,
    pub(crate) standing: Vec<u8>,
}

/// What a window gives.
#[derive(Debug)]
pub(crate) struct WindowResult {
    pub(crate) found: Partial,
    /// By interval; none where no rasters are wanted.
    pub(crate) cells: Vec<Cells>,
}

/// Does windows, one after another; its working space is kept from one to the next.
pub(crate) struct Kernel<'a> {
    setting: &'a Setting,
    intervals: Vec<IntervalWork>,
    series: SeriesRow,
}

impl<'a> Kernel<'a> {
    pub(crate) fn new(setting: &'a Setting) -> Self {
        let intervals = (0..setting.pairs.len()).map(|index| IntervalWork::new(setting, index)).collect();
        Self { setting, intervals, series: SeriesRow::default() }
    }

    /// Does one window. `slab` holds the heights of the window and of one cell around it, where the grid has one.
    pub(crate) fn process(&mut self, window: Window, slab: &Slab, bands: &Bands) -> WindowResult {
        let (setting, halo) = (self.setting, self.setting.halo());
        let mut buffers = RowBuffers::new(slab, &setting.corrected, window, halo);
        for work in &mut self.intervals {
            work.start(setting, window, halo);
        }
        let faces = bands.faces.of(window);
        let zones = bands.zones.as_ref().map(|zones| zones.of(window));
        let mut closure = Closure::default();
        let (first, end, ahead) = (window.row as isize, window.row_end() as isize, halo as isize);
        for loaded in first - ahead..end + ahead {
            buffers.load(loaded);
            for work in &mut self.intervals {
                work.take(&buffers, loaded);
            }
            let row = loaded - ahead;
            // Of the row above the window, it is asked which cells are in areas.
            if row == first - 1 {
                self.intervals.iter_mut().for_each(|work| work.settle(setting, row));
            }
            let Some(row) = usize::try_from(row).ok().filter(|_| row >= first) else { continue };
            let (face_row, zone_row) = (faces.row(row), zones.map(|zones| zones.row(row)));
            self.series.start();
            for (interval, work) in self.intervals.iter_mut().enumerate() {
                work.settle(setting, row as isize);
                let (series, zones) = (&self.series, zone_row.as_ref());
                work.row(&RowWork { setting, buffers: &buffers, series, row, faces: &face_row, zones });
                if interval + 1 < setting.pairs.len() {
                    self.series.advance(interval, work.runs(), work.line(), &buffers, row);
                }
            }
            if setting.epochs() > 0 {
                closure.add(&self.close(&buffers, row));
            }
        }
        let mut found = Partial { window, tally: Tally::default(), totals: Vec::new(), closure, labels: Vec::new() };
        let mut all_cells = Vec::new();
        for work in &mut self.intervals {
            let (totals, labels, cells) = work.finish(setting, &mut found.tally);
            found.totals.push(totals);
            found.labels.push(labels);
            all_cells.extend(cells);
        }
        WindowResult { found, cells: all_cells }
    }

    /// Whether the intervals of a row add up.
    fn close(&self, buffers: &RowBuffers<'_>, row: usize) -> Closure {
        let cells = self.intervals[0].line().cells();
        let ends = [0, self.setting.pairs.len()].map(|surface| &buffers.row(surface, row as isize)[cells.clone()]);
        let lines: Vec<(&[f64], &[i64])> = self
            .intervals
            .iter()
            .map(|work| (&work.line().dod_m()[cells.clone()], &work.line().quanta[cells.clone()]))
            .collect();
        let mut closure = Closure::default();
        let mut known = [0; lanes::CHUNK];
        let mut at = 0;
        while at < ends[0].len() {
            let to = (at + lanes::CHUNK).min(ends[0].len());
            let known = &mut known[..to - at];
            known.fill(-1);
            lines.iter().for_each(|(dod_m, _)| lanes::forget_unknown(&dod_m[at..to], known));
            closure.cells += known.iter().filter(|known| **known != 0).count() as u64;
            closure.direct += i128::from(lanes::sum_of_known_differences(&ends[1][at..to], &ends[0][at..to], known));
            for (_, quanta) in &lines {
                closure.by_intervals += i128::from(lanes::sum_of_known(&quanta[at..to], known));
            }
            at = to;
        }
        closure
    }
}

//! Where the errors of a patch's volumes come from: its cells, by blocks.

use std::ops::Range;

use super::{IntervalWork, Place, RowWork};
use crate::{
    columns::Cuts,
    pass::{detector::Detector, kernel::Footing, line::RowRun},
    patches::footprint::{Ends, FootKey, FootSums},
};

impl IntervalWork {
    /// Adds cells of one place to the footprint of a label.
    pub(super) fn foot_of_stretch(
        &mut self,
        place: &Place<'_>,
        footing: &Footing,
        label: u32,
        bin: u32,
        cols: Range<u32>,
    ) {
        let mut at = cols.start;
        while at < cols.end {
            let block_col = at / footing.block;
            let end = cols.end.min((block_col + 1) * footing.block);
            let mut sums = FootSums::default();
            for col in at..end {
                if let Some(cell) = self.foot(place, footing, self.offset(col), 1.0) {
                    sums.add(&cell);
                }
            }
            let block_row = place.work.row as u32 / footing.block;
            self.labeller.add_foot(label, FootKey { place: bin, ends: Ends::Both, block_row, block_col }, sums);
            at = end;
        }
    }

    /// Heights of the earlier and the later surface in a cell.
    pub(super) fn ends(&self, place: &Place<'_>, at: usize) -> [f64; 2] {
        let RowWork { buffers, row, .. } = *place.work;
        [self.pair.earlier, self.pair.later].map(|surface| buffers.row(surface, row as isize)[at])
    }

    /// The places within the face in which the column ends that was split last, at the earlier surface and at the later one.
    pub(super) fn ends_of_column(&self, place: &Place<'_>, at: usize) -> [usize; 2] {
        let layers = place.work.setting.layers.count;
        let cuts = Cuts { levels_m: place.levels_m(), seams: &self.seams, layers };
        self.ends(place, at).map(|height_m| cuts.place_at(height_m, 0.0, 0.0))
    }

    /// Adds a cell of which `share` is in a face to the footprint of a run, by the places in which its column ends.
    pub(super) fn foot_of_cell(
        &mut self,
        place: &Place<'_>,
        run: Option<RowRun>,
        at: usize,
        share: f64,
        ends: [usize; 2],
    ) {
        let (Some(run), Some(footing)) = (run, self.pair.footing) else { return };
        let Some(sums) = self.foot(place, &footing, at, share) else { return };
        let row = place.work.row;
        let [earlier, later] = ends.map(|local| place.bin(local));
        let block_row = row as u32 / footing.block;
        let block_col = self.col(at) / footing.block;
        let mut add = |place: u32, ends: Ends| {
            self.labeller.add_foot(run.label, FootKey { place, ends, block_row, block_col }, sums);
        };
        if earlier == later {
            add(later, Ends::Both);
        } else {
            add(later, Ends::Later);
            add(earlier, Ends::Earlier);
        }
    }

    /// What a cell adds to a footprint; nothing where there is no difference.
    fn foot(&self, place: &Place<'_>, footing: &Footing, at: usize, share: f64) -> Option<FootSums> {
        if self.line.dod_m()[at].is_nan() {
            return None;
        }
        let sigma_m = match self.pair.detector {
            Detector::Level { .. } => footing.sigma_m,
            Detector::Hysteresis(_) => self.line.sigma_m(at),
        };
        let [north, here, south] = place.work.buffers.around(footing.moved, place.work.row as isize);
        let (cell_width_m, cell_height_m) = footing.cell_m;
        let east = (here[at + 1] - here[at - 1]) / (2.0 * cell_width_m);
        let to_north = (north[at] - south[at]) / (2.0 * cell_height_m);
        let col = self.col(at) % footing.block;
        Some(FootSums::of_cell(share, sigma_m, (place.work.row as u32 % footing.block, col), (east, to_north)))
    }
}

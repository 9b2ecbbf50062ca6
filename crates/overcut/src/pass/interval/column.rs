//! The column of one cell: its pieces, by the levels and layers that cut it.

use super::{IntervalWork, Place, RowWork};
use crate::columns::Cuts;

/// A piece of a column, height x share in quanta.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnPiece {
    /// Place within the face.
    pub(super) local: usize,
    pub(super) height: i64,
    /// What of it was moved before.
    pub(super) again: i64,
}

impl IntervalWork {
    /// Splits the column of a cell, of which `share` is in the face, into `self.pieces`: those that are not empty.
    pub(super) fn column(&mut self, place: &Place<'_>, at: usize, share: f64, whole: i64) {
        self.pieces.clear();
        self.find_seams(place, at);
        if whole == 0 {
            return;
        }
        let piece = |local: usize, height: i64| ColumnPiece { local, height, again: 0 };
        if place.is_whole() {
            self.pieces.push(piece(0, whole));
            return;
        }
        let RowWork { setting, buffers, row, .. } = *place.work;
        let earlier = buffers.ground(self.pair.earlier, row as isize, at);
        let later = buffers.ground(self.pair.later, row as isize, at);
        let (low, high) = if earlier.centre_m <= later.centre_m { (earlier, later) } else { (later, earlier) };
        let cuts = Cuts { levels_m: place.levels_m(), seams: &self.seams, layers: setting.layers.count };
        if let Some(local) = cuts.single_place(&low, &high) {
            self.pieces.push(piece(local, whole));
        } else {
            let parts = self.splitter.split_quanta(low, high, &cuts, share, whole);
            let parts = parts.iter().copied().enumerate().filter(|(_, part)| *part > 0);
            self.pieces.extend(parts.map(|(local, part)| piece(local, part)));
        }
    }

    /// The layers in a cell.
    fn find_seams(&mut self, place: &Place<'_>, at: usize) {
        let RowWork { setting, buffers, row, .. } = *place.work;
        self.seams.clear();
        self.seams.extend(setting.layers.parts(place.zone).iter().map(|part| part.seam(buffers, row, at)));
    }

    /// Notes the class of a cell for the raster: that of the largest piece of its column.
    pub(super) fn note_largest(&mut self, place: &Place<'_>, at: usize) {
        if self.cells.is_some() {
            let most = self.pieces.iter().max_by_key(|piece| (piece.height, std::cmp::Reverse(piece.local)));
            self.note_class(place, at, most.map_or(0, |piece| piece.local));
        }
    }

    /// Notes the class of a cell for the raster, if one is wanted.
    pub(super) fn note_class(&mut self, place: &Place<'_>, at: usize, local: usize) {
        if let Some(cells) = &mut self.cells {
            let code = place.work.setting.codes[self.index as usize][place.bin(local) as usize];
            cells.class[(place.work.row - self.window.row) * self.window.cols + at - self.halo] =
                self.line.class(at, code);
        }
    }
}

//! The column of one cell: its pieces, by the levels and layers that cut it.

use super::{IntervalWork, Place, RowWork};
use crate::{
    columns::Cuts,
    pass::stack::{Relief, Stack},
};

/// A piece of a column, height x share in quanta.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnPiece {
    /// Place within the face.
    pub(super) local: usize,
    pub(super) height: i64,
    /// What of it was moved before.
    pub(super) again: i64,
}

impl ColumnPiece {
    pub(super) fn new(local: usize, height: i64) -> Self {
        Self { local, height, again: 0 }
    }
}

impl IntervalWork {
    /// Splits the columns of whole cells of one face and zone; those whose places were found last begin at `from`.
    pub(super) fn split_together(&mut self, place: &Place<'_>, from: usize, cells: &[usize], stack: &mut Stack) {
        let RowWork { setting, buffers, row, .. } = *place.work;
        let surfaces = [self.pair.earlier, self.pair.later];
        let relief = |index: usize| Relief {
            centres_m: &buffers.row(surfaces[index], row as isize)[from..],
            rises_m: self.places.rises(index),
        };
        self.cut_picked.clear();
        self.cut_picked.extend(cells.iter().map(|at| at - from));
        stack.begin(buffers.col(from), &self.cut_picked, [relief(0), relief(1)]);
        place.levels_m().iter().for_each(|level_m| stack.add_level(*level_m));
        for part in setting.layers.parts(place.zone) {
            let [floors, roofs] = &mut self.bounds;
            let floor = part.floor.cutting(buffers, row, cells, floors);
            let roof = part.roof.cutting(buffers, row, cells, roofs);
            stack.add_seam(part.layer, floor, roof);
        }
        self.cut_wholes.clear();
        self.cut_wholes.extend(cells.iter().map(|at| self.line.quanta[*at].abs()));
        stack.split(&self.cut_wholes, |slot, layer| slot * (setting.layers.count + 1) + layer);
    }

    /// Splits the column of a cell, of which `share` is in the face, into `self.pieces`: those that are not empty.
    pub(super) fn column(&mut self, place: &Place<'_>, at: usize, share: f64, whole: i64) {
        self.pieces.clear();
        self.find_seams(place, at);
        if whole == 0 {
            return;
        }
        if place.is_whole() {
            self.pieces.push(ColumnPiece::new(0, whole));
            return;
        }
        let RowWork { setting, buffers, row, .. } = *place.work;
        let earlier = buffers.ground(self.pair.earlier, row as isize, at);
        let later = buffers.ground(self.pair.later, row as isize, at);
        let (low, high) = if earlier.centre_m <= later.centre_m { (earlier, later) } else { (later, earlier) };
        let cuts = Cuts { levels_m: place.levels_m(), seams: &self.seams, layers: setting.layers.count };
        if let Some(local) = cuts.single_place(&low, &high) {
            self.pieces.push(ColumnPiece::new(local, whole));
        } else {
            let parts = self.splitter.split_quanta(low, high, &cuts, share, whole);
            let parts = parts.iter().copied().enumerate().filter(|(_, part)| *part > 0);
            self.pieces.extend(parts.map(|(local, part)| ColumnPiece::new(local, part)));
        }
    }

    /// The layers in a cell.
    pub(super) fn find_seams(&mut self, place: &Place<'_>, at: usize) {
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

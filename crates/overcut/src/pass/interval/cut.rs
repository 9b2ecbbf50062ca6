//! Cells whose columns levels, layers or boundaries cut: their pieces, to the runs and sums to which these belong.

use super::{IntervalWork, Place, RowWork, WHOLE, column::ColumnPiece};
use crate::{
    assessment::Change,
    coverage::Piece,
    pass::line::RowRun,
    patches::labels::Summed,
    tally::{Sums, quanta},
};

impl IntervalWork {
    /// The cells of `self.cut`, all of one face and zone, of those whose places were found from `from` on.
    pub(super) fn cut_together(&mut self, place: &Place<'_>, from: usize, next_run: &mut usize) {
        if self.cut.is_empty() {
            return;
        }
        let (cut, mut stack) = (std::mem::take(&mut self.cut), std::mem::take(&mut self.stack));
        self.split_together(place, from, &cut, &mut stack);
        let mut gathered_of = None;
        for (cell, at) in cut.iter().copied().enumerate() {
            let run = self.run_at(self.col(at), next_run);
            let label = run.map(|run| run.label);
            if label != gathered_of {
                self.add_gathered(place, std::mem::replace(&mut gathered_of, label));
            }
            let ends = if stack.is_tangled(cell) {
                self.column(place, at, 1.0, self.line.quanta[at].abs());
                self.ends_of_column(place, at)
            } else {
                self.pieces.clear();
                if self.line.quanta[at] != 0 {
                    self.pieces.extend(stack.pieces(cell).map(|(local, height)| ColumnPiece::new(local, height)));
                }
                self.ends(place, at).map(|height_m| stack.place_at(cell, height_m))
            };
            self.whole_cell(place, at, run, ends);
        }
        self.add_gathered(place, gathered_of);
        (self.cut, self.stack) = (cut, stack);
    }

    /// A cell of one face and zone, of whose column the pieces are known, and the places in which it ends. What belongs to its run is
    /// left in `self.gathered`.
    fn whole_cell(&mut self, place: &Place<'_>, at: usize, run: Option<RowRun>, ends: [usize; 2]) {
        let change = if self.line.quanta[at] < 0 { Change::Cut } else { Change::Fill };
        self.part_again(place, run, at, 1.0);
        for piece in &self.pieces {
            let (in_run, apart) = self.of_run(run, at, *piece, quanta(1.0));
            if let Some(sums) = in_run {
                self.gathered[piece.local].add(&sums);
            }
            if let Some(sums) = apart {
                self.scattered[piece.local][change as usize].add(sums);
            }
        }
        self.foot_of_cell(place, run, at, 1.0, ends);
        self.note_largest(place, at);
    }

    /// Adds what was gathered of a run to its label.
    fn add_gathered(&mut self, place: &Place<'_>, label: Option<u32>) {
        let Some(label) = label else { return };
        for (local, sums) in self.gathered.iter_mut().enumerate() {
            if *sums != Summed::default() {
                self.labeller.add_sums(label, place.bin(local), std::mem::take(sums));
            }
        }
    }

    /// What a piece of the column of a cell, of which `share` is in a face, adds to the run in which it lies, and what is counted apart
    /// from any.
    fn of_run(&self, run: Option<RowRun>, at: usize, piece: ColumnPiece, share: i64) -> (Option<Summed>, Option<Sums>) {
        let ColumnPiece { height, again, .. } = piece;
        let Some(run) = run else { return (None, Some(self.line.unmeasured(at, height, share))) };
        if self.line.moved_with(at, run.change) {
            let nothing = (0, 0);
            let (certain, not_excludable) =
                if self.line.is_certain(at) { ((height, share), nothing) } else { (nothing, (height, share)) };
            (Some(Summed { certain, not_excludable, measured: (height, share), again }), None)
        } else {
            let against = Summed { measured: (-height, -share), again, ..Summed::default() };
            (Some(against), Some(self.line.unmeasured(at, height, share)))
        }
    }

    /// A cell that several faces or zones share. Where the boundaries of both run through one cell, each face has each zone in
    /// the proportion of the cell.
    pub(super) fn mixed(&mut self, work: &RowWork<'_>, col: u32, faces: &[Piece], next_run: &mut usize) {
        let mut one = WHOLE;
        let zones = work.zones_at(col, &mut one);
        let at = self.offset(col);
        let change = if self.line.quanta[at] < 0 { Change::Cut } else { Change::Fill };
        let height_m = if self.line.quanta[at] == 0 { 0.0 } else { self.line.dod_m()[at].abs() };
        let run = self.run_at(col, next_run);
        let mut largest = 0.0;
        for (face, zone) in faces.iter().flat_map(|face| zones.iter().map(move |zone| (face, zone))) {
            let fraction = face.fraction * zone.fraction;
            let place = Place { work, face: face.face, zone: zone.face };
            self.column(&place, at, fraction, quanta(height_m * fraction));
            self.part_again(&place, run, at, fraction);
            let share = quanta(fraction);
            for index in 0..self.pieces.len() {
                let piece = self.pieces[index];
                let bin = place.bin(piece.local);
                let (in_run, apart) = self.of_run(run, at, piece, share);
                if let (Some(run), Some(sums)) = (run, in_run) {
                    self.labeller.add_sums(run.label, bin, sums);
                }
                if let Some(sums) = apart {
                    self.sums.add(bin, change, sums);
                }
            }
            let ends = self.ends_of_column(&place, at);
            self.foot_of_cell(&place, run, at, fraction, ends);
            if fraction > largest {
                largest = fraction;
                self.note_largest(&place, at);
            }
        }
    }
}

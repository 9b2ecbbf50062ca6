//! What was moved before in the series, of the columns of patches.

use std::ops::Range;

use super::{IntervalWork, Place, RowWork};
use crate::{assessment::Change, columns::Cuts, pass::line::RowRun, tally::quanta};

impl IntervalWork {
    /// What was moved before in some cells of a run.
    pub(super) fn again_in_run(&self, place: &Place<'_>, run: &RowRun, cells: Range<usize>) -> i64 {
        let RowWork { series, buffers, row, .. } = *place.work;
        if series.is_silent() {
            return 0;
        }
        let area = if run.change == Change::Cut { -1 } else { 1 };
        let with_past = cells.filter(|at| series.has_past(*at, run.change));
        with_past.map(|at| series.before_in_area(self.pair.earlier, area, &self.line, buffers, row, at)).sum()
    }

    /// Parts off what was moved before from the pieces of the column of a cell of a run, of which `share` is in the face.
    pub(super) fn part_again(&mut self, place: &Place<'_>, run: Option<RowRun>, at: usize, share: f64) {
        let RowWork { series, buffers, row, .. } = *place.work;
        let Some(run) = run.filter(|_| !series.is_silent() && !self.pieces.is_empty()) else { return };
        let dod_m = self.line.dod_m()[at];
        let with = self.line.moved_with(at, run.change);
        let Some(before) = series.before(self.pair.earlier, if with { dod_m } else { -dod_m }, buffers, row, at) else {
            return;
        };
        if !with || before.moved_m >= dod_m.abs() {
            let sign = if with { 1 } else { -1 };
            self.pieces.iter_mut().for_each(|piece| piece.again = sign * piece.height);
            return;
        }
        // Columns that were split together left none.
        self.find_seams(place, at);
        // Of a cut, what lies over the lowest ground; of a fill, what lies under that of the first survey.
        let [earlier, parting] = [self.pair.earlier, before.surface].map(|from| buffers.ground(from, row as isize, at));
        let (low, high) = if run.change == Change::Cut { (parting, earlier) } else { (earlier, parting) };
        let cuts = Cuts { levels_m: place.levels_m(), seams: &self.seams, layers: place.work.setting.layers.count };
        let whole = quanta(before.moved_m * share);
        let parts = self.splitter.split_quanta(low, high, &cuts, share, whole);
        for piece in &mut self.pieces {
            piece.again = parts[piece.local].clamp(0, piece.height);
        }
        // The slopes of three surveys may put a little more into a place than was moved there: the others have room for it.
        let mut rest = whole - self.pieces.iter().map(|piece| piece.again).sum::<i64>();
        for piece in self.pieces.iter_mut().rev() {
            let more = rest.min(piece.height - piece.again);
            piece.again += more;
            rest -= more;
        }
    }
}

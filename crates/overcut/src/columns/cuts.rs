//! What cuts a column, and where each piece belongs.

use super::Ground;

/// A layer, or a part of one, in one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seam {
    /// Number of the layer, from 1: several parts of a faulted layer have one number.
    pub layer: usize,
    /// Lower bound; a centre that is NaN makes the seam absent.
    pub floor: Ground,
    /// Upper bound; likewise. Where it is not above the floor, the seam is absent.
    pub roof: Ground,
}

impl Seam {
    fn is_absent(&self) -> bool {
        self.floor.centre_m.is_nan() || self.roof.centre_m.is_nan()
    }
}

/// What a column is cut by, and where each piece belongs: a slot between levels, and a layer.
#[derive(Debug, Clone, Copy)]
pub struct Cuts<'a> {
    /// Ascending levels; slot k lies between level k - 1 and level k.
    pub levels_m: &'a [f64],
    /// The layers in the cell; the first that holds a piece has it.
    pub seams: &'a [Seam],
    /// How many layers there are on the whole.
    pub layers: usize,
}

impl Cuts<'_> {
    /// Number of different places of a piece: slots x (layers + 1, 0 = in no layer).
    pub fn places(&self) -> usize {
        (self.levels_m.len() + 1) * (self.layers + 1)
    }

    /// The seams that are there.
    pub(super) fn present(&self) -> impl Iterator<Item = &Seam> {
        self.seams.iter().filter(|seam| !seam.is_absent())
    }

    pub(super) fn place(&self, slot: usize, layer: usize) -> usize {
        slot * (self.layers + 1) + layer
    }

    /// The one place of the whole column from `low` to `high`, if no level and no layer's bound comes within it anywhere
    /// in the cell.
    #[inline]
    pub fn single_place(&self, low: &Ground, high: &Ground) -> Option<usize> {
        let (bottom, top) = span_m(low, high);
        let slot = self.levels_m.partition_point(|level| *level <= bottom);
        if self.levels_m.get(slot).is_some_and(|level| *level < top) {
            return None;
        }
        for seam in self.present() {
            let ((floor_low, floor_high), (roof_low, roof_high)) = (seam.floor.range_m(), seam.roof.range_m());
            if floor_low >= top || roof_high <= bottom {
                continue;
            }
            let holds = floor_high <= bottom && roof_low >= top;
            return holds.then(|| self.place(slot, seam.layer));
        }
        Some(self.place(slot, 0))
    }

    pub(crate) fn place_at(&self, elevation: f64, s: f64, t: f64) -> usize {
        let slot = self.levels_m.partition_point(|level| *level <= elevation);
        let holds = |seam: &&Seam| seam.floor.at(s, t) <= elevation && elevation < seam.roof.at(s, t);
        self.place(slot, self.seams.iter().find(holds).map_or(0, |seam| seam.layer))
    }
}

/// Lowest and highest point of a column in the cell: where the two surfaces cross inside it, `low` may rise above `high`.
#[inline]
pub(super) fn span_m(low: &Ground, high: &Ground) -> (f64, f64) {
    let ((low_bottom, low_top), (high_bottom, high_top)) = (low.range_m(), high.range_m());
    (low_bottom.min(high_bottom), low_top.max(high_top))
}

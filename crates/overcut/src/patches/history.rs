//! What every survey of a series saw over the outline of a patch.

use serde::{Deserialize, Serialize};

use crate::{pass::lanes::CHUNK, tally::quanta};

/// Sums over cells of a patch that have a height in the first survey and in another one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct EpochSums {
    pub(crate) cells: u64,
    /// Height of the first survey less that of the other one, in quanta: the void, or less than nothing for a dump.
    pub(crate) void: i128,
    /// Heights of the other one, in quanta.
    pub(crate) heights: i128,
    /// The lowest of them, metres.
    pub(crate) lowest_m: Option<f64>,
}

impl EpochSums {
    pub(crate) fn of_cells(first_m: &[f64], heights_m: &[f64]) -> Self {
        let mut sums = Self::default();
        for (first_m, heights_m) in first_m.chunks(CHUNK).zip(heights_m.chunks(CHUNK)) {
            let (mut cells, mut void, mut heights, mut lowest_m) = (0, 0, 0, f64::INFINITY);
            for (first, height) in first_m.iter().zip(heights_m) {
                let void_m = first - height;
                let known = !void_m.is_nan();
                cells += u64::from(known);
                void += if known { quanta(void_m) } else { 0 };
                heights += if known { quanta(*height) } else { 0 };
                lowest_m = if known && *height < lowest_m { *height } else { lowest_m };
            }
            let lowest_m = (cells > 0).then_some(lowest_m);
            sums.add(&Self { cells, void: void.into(), heights: heights.into(), lowest_m });
        }
        sums
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.cells += other.cells;
        self.void += other.void;
        self.heights += other.heights;
        self.lowest_m = match (self.lowest_m, other.lowest_m) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
    }
}

/// The history of a patch; empty where two surveys are compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct History {
    /// Cells of its outline that lay in no area of cut before.
    pub(crate) new_cells: u64,
    /// By survey.
    pub(crate) epochs: Vec<EpochSums>,
}

impl History {
    pub(crate) fn add(&mut self, other: &Self) {
        self.new_cells += other.new_cells;
        self.epochs.resize(self.epochs.len().max(other.epochs.len()), EpochSums::default());
        for (sums, more) in self.epochs.iter_mut().zip(&other.epochs) {
            sums.add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::value;

    #[test]
    fn a_void_is_counted_where_both_surveys_have_a_height() {
        let first = [10.0, 10.0, f64::NAN, 10.0];
        let sums = EpochSums::of_cells(&first, &[7.0, f64::NAN, 3.0, 12.0]);
        assert_eq!((sums.cells, value(sums.void), value(sums.heights), sums.lowest_m), (2, 1.0, 19.0, Some(7.0)));
        let mut both = EpochSums::of_cells(&first, &[f64::NAN; 4]);
        assert_eq!(both.lowest_m, None);
        both.add(&sums);
        assert_eq!(both, sums);
    }
}

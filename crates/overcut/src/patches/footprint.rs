//! Where the error of a volume comes from: the cells whose heights it was made of, gathered in blocks.
//!
//! A volume is a sum of heights x shares of cells, so its error is the same sum of their errors. Which cells went in, and how
//! uncertain each was, is kept by blocks of cells ([`super::blocks`]).
//!
//! A column that a level cuts has its two ends in two places. The height of the later surface is then wrong for the one, and
//! that of the earlier surface for the other; a piece between two levels has no error at all.

use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use crate::tally::quanta;

/// Which ends of the columns lie in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Ends {
    Both,
    Later,
    Earlier,
}

/// What sums of a footprint belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FootKey {
    pub(crate) place: u32,
    pub(crate) ends: Ends,
    pub(crate) block_row: u32,
    pub(crate) block_col: u32,
}

/// Sums over cells of a block, in quanta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct FootSums {
    /// Share x standard deviation of one difference, m.
    pub(crate) weight: i64,
    /// Its square, m².
    pub(crate) variance: i64,
    /// Share.
    pub(crate) share: i64,
    /// Share x row and column, counted from those of the block.
    pub(crate) places: (i64, i64),
    /// Share x rise of the moved surface to the east.
    pub(crate) east: i64,
    /// The same to the north.
    pub(crate) north: i64,
}

impl FootSums {
    /// One cell, at a row and column of its block.
    pub(crate) fn of_cell(share: f64, sigma_m: f64, (row, col): (u32, u32), (east, north): (f64, f64)) -> Self {
        let known = |slope: f64| if slope.is_nan() { 0.0 } else { slope };
        Self {
            weight: quanta(share * sigma_m),
            variance: quanta(share * share * sigma_m * sigma_m),
            share: quanta(share),
            places: (quanta(share * f64::from(row)), quanta(share * f64::from(col))),
            east: quanta(share * known(east)),
            north: quanta(share * known(north)),
        }
    }

    /// Counts rows and columns from those of a block that begins so many before this one.
    pub(crate) fn shift(&mut self, rows: i64, cols: i64) {
        self.places = (self.places.0 + rows * self.share, self.places.1 + cols * self.share);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.variance += other.variance;
        self.share += other.share;
        self.places = (self.places.0 + other.places.0, self.places.1 + other.places.1);
        self.east += other.east;
        self.north += other.north;
    }
}

/// Boundary of licences inside a patch, in one block: depth x length, in quanta of m², and the same by column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct BoundarySums {
    pub(crate) moment: i64,
    pub(crate) col_moment: i128,
    pub(crate) row_moment: i128,
}

impl BoundarySums {
    /// Boundary in one cell.
    pub(crate) fn of_cell(moment: i64, row: u32, col: u32) -> Self {
        let times = |position: u32| i128::from(moment) * i128::from(position);
        Self { moment, col_moment: times(col), row_moment: times(row) }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.moment += other.moment;
        self.col_moment += other.col_moment;
        self.row_moment += other.row_moment;
    }
}

/// Place inside, and block, of boundary.
pub(crate) type BoundaryKey = (u32, u32, u32);

/// What of a footprint lies in one place, by the ends of columns there.
pub(crate) type PartKey = (u32, Ends);

/// Sums by part and block, and of boundaries by key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Footprint {
    /// Ascending.
    pub(crate) parts: Vec<(PartKey, Blocks)>,
    /// In the order in which it was found until [`Footprint::settle`].
    pub(crate) boundary: Vec<(BoundaryKey, BoundarySums)>,
}

impl Footprint {
    /// A part, which comes to be with blocks of `side` x `side` cells.
    pub(crate) fn part(&mut self, part: PartKey, side: u32) -> &mut Blocks {
        let index = self.parts.binary_search_by_key(&part, |(key, _)| *key).unwrap_or_else(|index| {
            self.parts.insert(index, (part, Blocks::new(side)));
            index
        });
        &mut self.parts[index].1
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        for (part, blocks) in other.parts {
            self.part(part, blocks.side()).absorb(&blocks);
        }
        self.boundary.extend(other.boundary);
    }

    /// Puts sums of one block together, in ascending order. Sums are integers: the order in which they came does not matter.
    pub(crate) fn settle(&mut self) {
        self.parts.iter_mut().for_each(|(_, blocks)| blocks.settle());
        gather(&mut self.boundary, BoundarySums::add);
    }
}

/// Adds up what has one key; keys ascend afterwards.
pub(crate) fn gather<K: Ord + Copy, T>(all: &mut Vec<(K, T)>, add: impl Fn(&mut T, &T)) {
    // What comes is a few runs that ascend already, one for each window: the stable sort merges those.
    all.sort_by_key(|(key, _)| *key);
    all.dedup_by(|(key, sums), (kept, into)| {
        let same = key == kept;
        if same {
            add(into, sums);
        }
        same
    });
    // Most of what comes falls together: what is kept to the end should not hold its space.
    all.shrink_to_fit();
}

//! Sums over cells by square blocks: small ones where they are few, wider ones where there would be many.
//!
//! Pairs of blocks are multiplied for the error of a volume, and for that a region never has more than about [`MOST_BLOCKS`]
//! ([`crate::uncertainty`]). What is part of a region has at every width at most as many blocks as the region. So where a part
//! alone has too many, the region has too, and the part can be kept by wider blocks from the beginning: the width at which a
//! region ends, and its sums, which are integers, do not depend on where that was done.

use serde::{Deserialize, Serialize};

use super::footprint::{FootSums, gather};
use crate::uncertainty::MOST_BLOCKS;

/// No block becomes wider: sums over its cells have room in 64 bits, with errors of up to a hundred metres.
const WIDEST: u32 = 256;

/// Row and column of a block, counted in blocks.
pub(crate) type BlockKey = (u32, u32);

/// Sums by block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blocks {
    /// Rows and columns of a block.
    side: u32,
    /// Of the finest blocks that went into these: wider ones reach beyond the cells.
    extent: Extent,
    /// In the order in which they were found until [`Blocks::settle`], then ascending.
    sums: Vec<(BlockKey, FootSums)>,
}

/// Rows and columns of cells from the first (`low`) up to one beyond the last (`high`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) low: (u32, u32),
    pub(crate) high: (u32, u32),
}

impl Extent {
    /// Of no cell.
    pub(crate) const NONE: Self = Self { low: (u32::MAX, u32::MAX), high: (0, 0) };

    /// The extent of both.
    pub(crate) fn join(&mut self, other: &Self) {
        self.low = (self.low.0.min(other.low.0), self.low.1.min(other.low.1));
        self.high = (self.high.0.max(other.high.0), self.high.1.max(other.high.1));
    }
}

impl Blocks {
    /// Nothing yet, by blocks of `side` x `side` cells.
    pub(crate) fn new(side: u32) -> Self {
        Self { side, extent: Extent::NONE, sums: Vec::new() }
    }

    pub(crate) fn side(&self) -> u32 {
        self.side
    }

    pub(crate) fn extent(&self) -> &Extent {
        &self.extent
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (BlockKey, FootSums)> {
        self.sums.iter()
    }

    /// Adds sums of a block of the width that these still have.
    pub(crate) fn add(&mut self, block: BlockKey, sums: FootSums) {
        let (low, high) = ((block.0 * self.side, block.1 * self.side), (block.0 + 1, block.1 + 1));
        self.extent.join(&Extent { low, high: (high.0 * self.side, high.1 * self.side) });
        self.sums.push((block, sums));
    }

    /// Adds all of others, by the wider blocks of the two.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.widen(other.side);
        self.extent.join(&other.extent);
        let (from, side) = (self.sums.len(), other.side);
        self.sums.extend_from_slice(&other.sums);
        widen(&mut self.sums[from..], side, self.side);
    }

    /// By blocks of that width, if they are narrower.
    pub(crate) fn widen(&mut self, side: u32) {
        if side > self.side {
            widen(&mut self.sums, self.side, side);
            self.side = side;
        }
    }

    /// Puts sums of one block together, in ascending order, by blocks so wide that they are few.
    pub(crate) fn settle(&mut self) {
        self.gather();
        while self.sums.len() > MOST_BLOCKS && self.side < WIDEST {
            // Four of them at most become one: wider at once, as far as that alone tells.
            let mut side = 2 * self.side;
            let at_least = |side: u32| self.sums.len() / ((side / self.side) as usize).pow(2);
            while at_least(side) > MOST_BLOCKS && side < WIDEST {
                side *= 2;
            }
            self.widen(side);
            self.gather();
        }
        self.sums.shrink_to_fit();
    }

    fn gather(&mut self) {
        // Blocks of one row come one after another: most fall together before anything is sorted.
        self.sums.dedup_by(join);
        gather(&mut self.sums, FootSums::add);
    }
}

/// Adds the second into the first if they are of one block.
fn join(next: &mut (BlockKey, FootSums), kept: &mut (BlockKey, FootSums)) -> bool {
    let same = next.0 == kept.0;
    if same {
        kept.1.add(&next.1);
    }
    same
}

/// Gives each its place in blocks of `to` instead of `from` cells.
fn widen(sums: &mut [(BlockKey, FootSums)], from: u32, to: u32) {
    let times = to / from;
    if times > 1 {
        for ((row, col), sums) in sums {
            sums.shift(i64::from(*row % times * from), i64::from(*col % times * from));
            (*row, *col) = (*row / times, *col / times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One cell, by blocks of one.
    fn cell(row: u32, col: u32) -> (BlockKey, FootSums) {
        ((row, col), FootSums::of_cell(1.0, 0.5, (0, 0), (0.25, -0.125)))
    }

    fn settled(cells: impl IntoIterator<Item = (BlockKey, FootSums)>) -> Blocks {
        let mut blocks = Blocks::new(1);
        cells.into_iter().for_each(|(block, sums)| blocks.add(block, sums));
        blocks.settle();
        blocks
    }

    #[test]
    fn four_hundred_cells_are_a_hundred_blocks_of_four_by_hand() {
        let square = (0..20).flat_map(|row| (0..20).map(move |col| cell(row + 7, col)));
        let blocks = settled(square);
        // Rows 7 to 26 lie in eleven rows of blocks.
        assert_eq!((blocks.side(), blocks.iter().len()), (2, 110));
        let (_, of_one) = cell(0, 0);
        let [(first, sums), .., (last, _)] = &blocks.sums[..] else { panic!() };
        assert_eq!((*first, *last), ((3, 0), (13, 9)));
        // Of the first block two cells, in its second row.
        assert_eq!((sums.share, sums.weight, sums.places), (2 << 32, 2 * of_one.weight, (2 << 32, 1 << 32)));
        let all = |of: fn(&FootSums) -> i64| blocks.iter().map(|(_, sums)| of(sums)).sum::<i64>();
        assert_eq!((all(|sums| sums.share), all(|sums| sums.east)), (400 << 32, 400 << 30));
    }

    proptest::proptest! {
        /// Wherever a region is cut, and in whatever order its parts come, it ends with the same blocks.
        #[test]
        fn parts_make_what_the_whole_makes(
            cells in proptest::collection::btree_map((0..90_u32, 0..90_u32), 0..7_usize, 0..3000),
            order in proptest::sample::subsequence((0..7_usize).collect::<Vec<_>>(), 7).prop_shuffle(),
        ) {
            let whole = settled(cells.keys().map(|(row, col)| cell(*row, *col)));
            let mut made = Blocks::new(1);
            for part in order {
                let of_part = cells.iter().filter(|(_, own)| **own == part).map(|((row, col), _)| cell(*row, *col));
                made.absorb(&settled(of_part));
                if part % 3 == 0 {
                    made.settle();
                }
            }
            made.settle();
            proptest::prop_assert_eq!(made, whole);
        }
    }

    use proptest::strategy::Strategy as _;
}

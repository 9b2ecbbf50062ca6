//! Weights of the cells of a volume, summed by blocks of cells, and coarser blocks of these.

use std::borrow::Cow;

/// Sums of weights by block, ascending by row and column of the block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Footprint {
    /// Blocks are 2^level times as wide as the finest.
    pub(super) level: usize,
    pub(super) blocks: Vec<Block>,
}

/// Sums over the cells of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Row of the block.
    pub row: u32,
    /// Column of the block.
    pub col: u32,
    /// Sum of the weights.
    pub weight: f64,
    /// Number of cells, or sum of their shares.
    pub cells: f64,
    /// Sums of the rows and columns of the cells, counted in cells, times their shares.
    pub places: (f64, f64),
}

impl Footprint {
    /// From sums by blocks 2^`level` times as wide as the finest; each block once.
    pub fn new(level: usize, mut blocks: Vec<Block>) -> Self {
        blocks.sort_unstable_by_key(|block| (block.row, block.col));
        Self { level, blocks }
    }

    /// Blocks of 2 x 2 blocks: rows that become one are merged from west to east, so that nothing has to be sorted. Weights of
    /// one block are added in the order of the finer ones.
    fn halved(&self) -> Self {
        let mut blocks: Vec<Block> = Vec::with_capacity(self.blocks.len() / 2 + 1);
        for rows in self.blocks.chunk_by(|a, b| a.row / 2 == b.row / 2) {
            let (mut north, mut south) = rows.split_at(rows.partition_point(|block| block.row % 2 == 0));
            loop {
                let next = match (north.split_first(), south.split_first()) {
                    (Some((block, rest)), other) if other.is_none_or(|(other, _)| block.col / 2 <= other.col / 2) => {
                        north = rest;
                        block
                    }
                    (_, Some((block, rest))) => {
                        south = rest;
                        block
                    }
                    (_, None) => break,
                };
                let block = Block { row: next.row / 2, col: next.col / 2, ..*next };
                match blocks.last_mut() {
                    Some(into) if (into.row, into.col) == (block.row, block.col) => into.add(&block),
                    _ => blocks.push(block),
                }
            }
        }
        Self { level: self.level + 1, blocks }
    }

    /// Coarser, if it is finer than that.
    pub(super) fn at_level(&self, level: usize) -> Cow<'_, Self> {
        self.halved_while(|found| found.level < level)
    }

    /// Coarser and coarser, as long as that is wanted.
    pub(super) fn halved_while(&self, wanted: impl Fn(&Self) -> bool) -> Cow<'_, Self> {
        let mut found = Cow::Borrowed(self);
        while wanted(&found) {
            found = Cow::Owned(found.halved());
        }
        found
    }
}

impl Block {
    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.cells += other.cells;
        self.places = (self.places.0 + other.places.0, self.places.1 + other.places.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_two_rows_become_one_by_hand() {
        let block = |row: u32, col: u32, weight: f64| {
            let places = (f64::from(row), f64::from(col));
            Block { row, col, weight, cells: 1.0, places }
        };
        let four = [block(2, 4, 1.0), block(2, 5, 2.0), block(3, 4, 4.0), block(3, 5, 8.0)];
        let lone = [block(0, 9, 16.0), block(3, 1, 32.0), block(3, 6, 64.0), block(5, 0, 128.0)];
        let halved = Footprint::new(0, [four, lone].concat()).halved();
        let found: Vec<_> = halved.blocks.iter().map(|block| (block.row, block.col, block.weight)).collect();
        let expected = [(0, 4, 16.0), (1, 0, 32.0), (1, 2, 15.0), (1, 3, 64.0), (2, 0, 128.0)];
        assert_eq!((halved.level, &found[..]), (1, &expected[..]));
        assert_eq!((halved.blocks[2].cells, halved.blocks[2].places), (4.0, (10.0, 18.0)));
    }
}

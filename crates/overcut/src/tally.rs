//! Associative sums: heights and shares of cells as fixed-point integers.
//!
//! Adding floating-point numbers in another order gives other bits. Here every contribution of a cell is rounded once to a
//! multiple of [`QUANTUM`] and from then on only integers are added, so grouping and order cannot matter: any tiling,
//! any number of threads and any number of machines give the same sum, and partial sums can be merged freely.
//!
//! The price is a rounding of at most half a quantum (1.2e-10 m) for each piece of a column. The pieces of one cell are
//! rounded so that they add up to the rounded whole ([`share_out`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::assessment::Change;

/// 2^-32: the unit in which heights (metres) and shares of a cell (1) are summed.
pub const QUANTUM: f64 = 1.0 / 4_294_967_296.0;
const PER_UNIT: f64 = 4_294_967_296.0;

/// The largest height that can be summed, metres; anything beyond is far from any terrain and is cut off here.
pub const LARGEST_M: f64 = 500_000.0;

/// 1.5 x 2^52: added to a number below 2^51 in size, it leaves the nearest integer in the low bits of the sum. Unlike a
/// cast to `i64` this is one addition for a whole vector of cells.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// A height or share, in whole quanta (nearest, ties to even). NaN gives an unspecified number: test for it before.
#[inline]
pub fn quanta(value: f64) -> i64 {
    let scaled = value.clamp(-LARGEST_M, LARGEST_M) * PER_UNIT;
    (scaled + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed()
}

/// A sum of quanta as a number.
#[inline]
pub fn value(quanta: i128) -> f64 {
    quanta as f64 * QUANTUM
}

/// Rounds `parts` to quanta so that they add up to `whole` exactly: the rounding is left with the largest part.
pub fn share_out(whole: i64, parts: &[f64], into: &mut Vec<i64>) {
    into.clear();
    into.extend(parts.iter().map(|part| quanta(*part)));
    let rest = whole - into.iter().sum::<i64>();
    // Of equal ones the first.
    let larger = |largest: usize, at: usize| if parts[at].total_cmp(&parts[largest]).is_gt() { at } else { largest };
    if let Some(largest) = (0..parts.len()).reduce(larger) {
        into[largest] += rest;
    }
}

/// What a sum belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bin {
    /// Position of the interval.
    pub interval: u16,
    /// Removed or added.
    pub change: Change,
    /// A face, a slot between its levels, and a layer, counted through.
    pub place: u32,
}

/// Height x share of a cell, and share of a cell, summed in quanta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sum {
    /// Sum of heights x shares.
    pub height: i128,
    /// Sum of shares.
    pub share: i128,
}

impl Sum {
    /// Adds another sum.
    #[inline]
    pub fn add(&mut self, other: Self) {
        self.height += other.height;
        self.share += other.share;
    }
}

/// Sums on both sides of the level of detection, and the sum that does without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Beyond the level of detection.
    pub certain: Sum,
    /// Up to it.
    pub not_excludable: Sum,
    /// Over all cells of a patch, with their signs: what noise adds in one cell it takes in another. Its share counts a cell
    /// that moved against the patch as minus one.
    pub measured: Sum,
    /// Height of the part of `measured` that was moved before in the series: of what was removed, fill; of what was added, fill of
    /// ground that had been dug.
    pub again: i128,
}

impl Sums {
    /// Adds other sums.
    pub fn add(&mut self, other: Self) {
        self.certain.add(other.certain);
        self.not_excludable.add(other.not_excludable);
        self.measured.add(other.measured);
        self.again += other.again;
    }
}

/// Sums by bin: a partial result that merges in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    bins: BTreeMap<Bin, Sums>,
}

impl Tally {
    /// Adds to a bin, which comes to be with the first sum that is not nothing.
    pub fn add(&mut self, bin: Bin, sums: Sums) {
        if sums != Sums::default() {
            self.bins.entry(bin).or_default().add(sums);
        }
    }

    /// Adds all bins of another tally.
    pub fn merge(&mut self, other: &Self) {
        for (bin, sums) in &other.bins {
            self.add(*bin, *sums);
        }
    }

    /// Bins in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (&Bin, &Sums)> {
        self.bins.iter()
    }
}

/// Sums over whole cells of one interval, kept beside the bins as an independent check of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Cells with a height in both surfaces.
    pub compared_cells: u64,
    /// Heights removed.
    pub cut: i128,
    /// Heights added.
    pub fill: i128,
    /// Heights removed beyond the level of detection.
    pub cut_certain: i128,
    /// Heights added beyond the level of detection.
    pub fill_certain: i128,
}

impl Totals {
    /// Adds another total.
    pub fn add(&mut self, other: &Self) {
        self.compared_cells += other.compared_cells;
        self.cut += other.cut;
        self.fill += other.fill;
        self.cut_certain += other.cut_certain;
        self.fill_certain += other.fill_certain;
    }
}

/// Sums over the cells that every survey of a series has a height in: whether its intervals add up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Closure {
    /// Cells.
    pub cells: u64,
    /// Last survey less the first.
    pub direct: i128,
    /// Later less earlier, summed over all intervals.
    pub by_intervals: i128,
}

impl Closure {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.cells += other.cells;
        self.direct += other.direct;
        self.by_intervals += other.by_intervals;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_metre_is_two_to_the_thirty_two_quanta() {
        assert_eq!(quanta(1.0), 1 << 32);
        assert_eq!(quanta(-0.5), -(1 << 31));
        assert_eq!(quanta(0.0), 0);
        assert!((value(i128::from(quanta(123.456_789))) - 123.456_789).abs() <= QUANTUM / 2.0);
    }

    #[test]
    fn heights_beyond_any_terrain_are_cut_off_instead_of_wrapping() {
        assert_eq!(quanta(1e30), quanta(LARGEST_M));
        assert_eq!(quanta(f64::NEG_INFINITY), quanta(-LARGEST_M));
    }

    #[test]
    fn shares_of_a_third_add_up_to_the_whole() {
        let mut into = Vec::new();
        share_out(quanta(1.0), &[1.0 / 3.0; 3], &mut into);
        assert_eq!(into.iter().sum::<i64>(), quanta(1.0));
    }

    #[test]
    fn merging_in_any_order_gives_the_same_tally() {
        let bin = |place| Bin { interval: 0, change: Change::Cut, place };
        let sums = |height| Sums { certain: Sum { height, share: 1 }, ..Sums::default() };
        let (mut one, mut two) = (Tally::default(), Tally::default());
        one.add(bin(1), sums(5));
        two.add(bin(0), sums(7));
        two.add(bin(1), sums(11));
        let (mut ab, mut ba) = (one.clone(), two.clone());
        ab.merge(&two);
        ba.merge(&one);
        assert_eq!(ab, ba);
        assert_eq!(ab.iter().map(|(_, sums)| sums.certain.height).collect::<Vec<_>>(), [7, 16]);
    }
}

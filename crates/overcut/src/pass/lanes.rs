//! Loops over the cells of a row, compiled for several widths of vectors; which one runs is chosen by the processor.
//!
//! The result is the same for all of them: every cell is computed on its own, without fused operations, and what is summed
//! are integers.

use multiversion::multiversion;

use crate::tally::quanta;

/// Cells are summed in machine integers for at most so many at a time: 2^51 quanta (the largest height) x 2^10 fit 63 bits.
pub(crate) const CHUNK: usize = 1024;

/// `into` = later - earlier.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn difference(later: &[f64], earlier: &[f64], into: &mut [f64]) {
    for ((dod, later), earlier) in into.iter_mut().zip(later).zip(earlier) {
        *dod = later - earlier;
    }
}

/// Adds `a + b u + c u²` to heights, `u = start + column * step` with columns counted on from `first`.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn add_polynomial([a, b, c]: [f64; 3], (start, step): (f64, f64), first: f64, heights: &mut [f64]) {
    for (at, height) in heights.iter_mut().enumerate() {
        let u = start + (first + at as f64) * step;
        *height += a + (b + c * u) * u;
    }
}

/// The mean of 3 x 3 cells, from the second to the last but one; missing where one of them is.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn smooth([north, here, south]: [&[f64]; 3], columns: &mut [f64], into: &mut [f64]) {
    let cells = into.len();
    let (north, here, south, columns) = (&north[..cells], &here[..cells], &south[..cells], &mut columns[..cells]);
    for at in 0..cells {
        columns[at] = north[at] + here[at] + south[at];
    }
    let inner = cells - 2;
    let (west, middle, east) = (&columns[..inner], &columns[1..=inner], &columns[2..]);
    let into = &mut into[1..=inner];
    for at in 0..inner {
        into[at] = (west[at] + middle[at] + east[at]) * (1.0 / 9.0);
    }
}

/// Square of the slope of ground from central differences, from the second cell to the last but one.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn slopes_squared([north, here, south]: [&[f64]; 3], per_m: (f64, f64), into: &mut [f64]) {
    let inner = into.len() - 2;
    let (west, east) = (&here[..inner], &here[2..inner + 2]);
    let (north, south) = (&north[1..=inner], &south[1..=inner]);
    let into = &mut into[1..=inner];
    for at in 0..inner {
        let (along, down) = ((east[at] - west[at]) * per_m.0, (south[at] - north[at]) * per_m.1);
        into[at] = along * along + down * down;
    }
}

/// The greater slope of two; one that is missing does not count.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn greater(other: &[f64], into: &mut [f64]) {
    for (slope, other) in into.iter_mut().zip(other) {
        // A missing one of either fails the comparison; the other is then kept.
        let known = if slope.is_nan() { 0.0 } else { *slope };
        *slope = if *other > known { *other } else { known };
    }
}

/// Adds what the variance gains beyond one kink.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn add_kink(slopes_squared: &[f64], (from, rise): (f64, f64), variances: &mut [f64]) {
    for (variance, slope) in variances.iter_mut().zip(slopes_squared) {
        let beyond = slope - from;
        *variance += if beyond > 0.0 { rise * beyond } else { 0.0 };
    }
}

/// [`CUT_BIT`] or [`FILL_BIT`] where the square of a mean exceeds `factor` times its variance; and whether any does.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn weak(means: &[f64], variances: &[f64], factor: f64, into: &mut [u8]) -> bool {
    let mut any = 0;
    for ((bits, mean), variance) in into.iter_mut().zip(means).zip(variances) {
        let beyond = mean * mean > factor * variance;
        *bits = if beyond { if *mean < 0.0 { CUT_BIT } else { FILL_BIT } } else { 0 };
        any |= *bits;
    }
    any != 0
}

/// Weakly lower, in a row of bits.
pub(crate) const CUT_BIT: u8 = 1;
/// Weakly higher.
pub(crate) const FILL_BIT: u8 = 2;

/// Joins the bits of another row.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn join(other: &[u8], into: &mut [u8]) {
    for (bits, other) in into.iter_mut().zip(other) {
        *bits |= other;
    }
}

/// Spreads bits by `reach` cells to either side; the first and last `reach` cells are left as they were.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn spread(bits: &[u8], reach: usize, into: &mut [u8]) {
    into.copy_from_slice(bits);
    let inner = bits.len() - 2 * reach;
    for by in 0..=2 * reach {
        for (into, bits) in into[reach..reach + inner].iter_mut().zip(&bits[by..by + inner]) {
            *into |= bits;
        }
    }
}

/// -1 within reach of weakly lower ground, 1 within that of weakly higher, 0 elsewhere. Within reach of both, a cell is on the side
/// of its own mean.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn areas(bits: &[u8], means: &[f64], into: &mut [i8]) {
    for ((area, bits), mean) in into.iter_mut().zip(bits).zip(means) {
        let own = i8::from(*mean > 0.0) - i8::from(*mean < 0.0);
        let one = i8::from(*bits & FILL_BIT != 0) - i8::from(*bits & CUT_BIT != 0);
        *area = if *bits == CUT_BIT | FILL_BIT { own } else { one };
    }
}

/// Cells in areas are in runs; of the others, those beyond the level of detection are alone.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn kinds(areas: &[i8], certain: &[i8], into: &mut [i8]) {
    for ((kind, area), certain) in into.iter_mut().zip(areas).zip(certain) {
        let alone = if *certain == 0 { WITHIN } else { ALONE };
        *kind = if *area == 0 { alone } else { IN_RUN };
    }
}

/// 1 where a difference lies upwards of `certain` standard deviations, -1 downwards, else 0; `factor` is its square.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn states_by_variance(dod_m: &[f64], variances: &[f64], factor: f64, into: &mut [i8]) {
    for ((state, dod), variance) in into.iter_mut().zip(dod_m).zip(variances) {
        let beyond = i8::from(dod * dod > factor * variance);
        *state = if *dod < 0.0 { -beyond } else { beyond };
    }
}

/// Differences in quanta; 0 where there is no data.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn in_quanta(dod_m: &[f64], into: &mut [i64]) {
    for (quantum, dod) in into.iter_mut().zip(dod_m) {
        *quantum = quanta(if dod.is_nan() { 0.0 } else { *dod });
    }
}

/// 1 beyond the level of detection upwards, -1 downwards, else 0.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn states(dod_m: &[f64], lod_m: f64, into: &mut [i8]) {
    for (state, dod) in into.iter_mut().zip(dod_m) {
        *state = i8::from(*dod > lod_m) - i8::from(*dod < -lod_m);
    }
}

/// Number of cells with data.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn count_data(dod_m: &[f64]) -> u64 {
    dod_m.iter().map(|dod| u64::from(!dod.is_nan())).sum()
}

/// Takes cells without a difference out of `known`, of which each element is -1 (all bits set) or 0.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn forget_unknown(dod_m: &[f64], known: &mut [i64]) {
    for (known, dod) in known.iter_mut().zip(dod_m) {
        *known &= -i64::from(!dod.is_nan());
    }
}

/// Sum over up to [`CHUNK`] known cells.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn sum_of_known(quanta: &[i64], known: &[i64]) -> i64 {
    quanta.iter().zip(known).map(|(quantum, known)| quantum & known).sum()
}

/// Sum of differences, each rounded, over up to [`CHUNK`] known cells.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn sum_of_known_differences(later: &[f64], earlier: &[f64], known: &[i64]) -> i64 {
    let mut sum = 0;
    for ((later, earlier), known) in later.iter().zip(earlier).zip(known) {
        let dod = later - earlier;
        sum += quanta(if dod.is_nan() { 0.0 } else { dod }) & known;
    }
    sum
}

/// Quanta removed and added, and numbers of cells of which some was removed and added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moved {
    pub(crate) removed: i64,
    pub(crate) added: i64,
    pub(crate) cells_removed: i64,
    pub(crate) cells_added: i64,
}

/// Where a cell belongs: within the level of detection; beyond it, but alone; in a run.
pub(crate) const WITHIN: i8 = 0;
pub(crate) const ALONE: i8 = 1;
pub(crate) const IN_RUN: i8 = 2;

/// Tells cells beyond the level of detection that have no such neighbour from those that have one. Rows have one cell more
/// on either side.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn part_lone(above: &[i8], here: &[i8], below: &[i8], kinds: &mut [i8]) {
    let cells = kinds.len() - 2;
    let [north_west, north, north_east] = [0, 1, 2].map(|first| &above[first..first + cells]);
    let [west, state, east] = [0, 1, 2].map(|first| &here[first..first + cells]);
    let [south_west, south, south_east] = [0, 1, 2].map(|first| &below[first..first + cells]);
    let kinds = &mut kinds[1..=cells];
    for at in 0..cells {
        let beside = north[at] | south[at] | west[at] | east[at];
        let corners = north_west[at] | north_east[at] | south_west[at] | south_east[at];
        let kind = if beside | corners == 0 { ALONE } else { IN_RUN };
        kinds[at] = if state[at] == 0 { WITHIN } else { kind };
    }
}

/// What was moved in up to [`CHUNK`] cells: in those of kind [`WITHIN`], and in those [`ALONE`].
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn moved(quanta: &[i64], kinds: &[i8]) -> [Moved; 2] {
    let mut sums = [[0_i64; 4]; 2];
    for (quantum, kind) in quanta.iter().zip(kinds) {
        for (of, sums) in [WITHIN, ALONE].into_iter().zip(&mut sums) {
            let counted = if *kind == of { *quantum } else { 0 };
            sums[0] += counted;
            sums[1] -= if counted < 0 { counted } else { 0 };
            sums[2] += i64::from(counted < 0);
            sums[3] += i64::from(counted > 0);
        }
    }
    sums.map(|[net, removed, cells_removed, cells_added]| Moved {
        removed,
        added: net + removed,
        cells_removed,
        cells_added,
    })
}

/// Quanta removed and added in up to [`CHUNK`] cells: in all of them, and in those beyond the level of detection.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn totals(quanta: &[i64], states: &[i8]) -> [i64; 4] {
    let (mut net, mut removed, mut certain_net, mut certain_removed) = (0_i64, 0_i64, 0_i64, 0_i64);
    for (quantum, state) in quanta.iter().zip(states) {
        let below = if *quantum < 0 { *quantum } else { 0 };
        net += quantum;
        removed -= below;
        certain_net += if *state == 0 { 0 } else { *quantum };
        certain_removed -= if *state == 0 { 0 } else { below };
    }
    [removed, net + removed, certain_removed, certain_net + certain_removed]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_and_totals_of_five_cells_by_hand() {
        let (quanta, states) = ([-30, 5, 0, -2, 70], [-1, 0, 0, 0, 1]);
        let within = Moved { removed: 2, added: 5, cells_removed: 1, cells_added: 1 };
        let alone = Moved { removed: 0, added: 70, cells_removed: 0, cells_added: 1 };
        assert_eq!(moved(&quanta, &[IN_RUN, WITHIN, WITHIN, WITHIN, ALONE]), [within, alone]);
        assert_eq!(totals(&quanta, &states), [32, 75, 30, 70]);
    }

    #[test]
    fn no_data_is_no_change_in_no_state() {
        let (mut quanta, mut states) = ([9, 9, 9], [9, 9, 9]);
        in_quanta(&[f64::NAN, 0.5, -1.0], &mut quanta);
        super::states(&[f64::NAN, 0.5, -1.0], 0.5, &mut states);
        assert_eq!(quanta, [0, 1 << 31, -(1 << 32)]);
        assert_eq!(states, [0, 0, -1]);
        assert_eq!(count_data(&[f64::NAN, 0.5, -1.0]), 2);
    }

    #[test]
    fn a_cell_is_alone_if_none_of_its_eight_neighbours_is_beyond() {
        let nothing = [0; 7];
        let here = [0, 1, 0, 0, -1, 1, 0];
        let kinds = |above: &[i8], below: &[i8]| {
            let mut kinds = [WITHIN; 7];
            part_lone(above, &here, below, &mut kinds);
            kinds[1..6].to_vec()
        };
        assert_eq!(kinds(&nothing, &nothing), [ALONE, WITHIN, WITHIN, IN_RUN, IN_RUN]);
        // A corner is a neighbour, also one beyond the window; the other sign is one too.
        assert_eq!(kinds(&[-1, 0, 0, 0, 0, 0, 0], &nothing)[0], IN_RUN);
        assert_eq!(kinds(&nothing, &[0, 0, 1, 0, 0, 0, 0])[0], IN_RUN);
    }
}

//! Places of the columns along a row, found in vector loops: between which levels, and in which layer, or that something may cut
//! them.

use multiversion::multiversion;

use crate::columns::{Even, rise};

/// Rises of the ground from the centre of each cell to its eastern and southern edge. The rows are the one above the cells, their
/// own and the one below, with one cell more on either side.
#[multiversion(targets("x86_64+avx2"))]
fn rises([north, here, south]: [&[f64]; 3], to_east: &mut [f64], to_south: &mut [f64]) {
    let cells = to_east.len();
    let to_south = &mut to_south[..cells];
    let (north, south) = (&north[1..=cells], &south[1..=cells]);
    let (west, centre, east) = (&here[..cells], &here[1..=cells], &here[2..cells + 2]);
    for at in 0..cells {
        to_east[at] = rise(west[at], centre[at], east[at]);
        to_south[at] = rise(north[at], centre[at], south[at]);
    }
}

/// Widens the spans from `bottoms` to `tops` by the ground in each cell; NaN is passed over.
#[multiversion(targets("x86_64+avx2"))]
fn widen_spans(centres: &[f64], [to_east, to_south]: [&[f64]; 2], bottoms: &mut [f64], tops: &mut [f64]) {
    let cells = bottoms.len();
    let (tops, centres) = (&mut tops[..cells], &centres[..cells]);
    let (to_east, to_south) = (&to_east[..cells], &to_south[..cells]);
    for at in 0..cells {
        let reach = to_east[at].abs() + to_south[at].abs();
        let (bottom, top) = (centres[at] - reach, centres[at] + reach);
        bottoms[at] = if bottom < bottoms[at] { bottom } else { bottoms[at] };
        tops[at] = if top > tops[at] { top } else { tops[at] };
    }
}

/// Lowest of some bottoms and highest of as many tops; NaN is passed over.
#[multiversion(targets("x86_64+avx2"))]
fn whole_span(bottoms: &[f64], tops: &[f64]) -> (f64, f64) {
    // In eight lanes: one after another, each comparison would wait for the one before it.
    let (mut lowest, mut highest) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
    for (bottoms, tops) in bottoms.chunks(8).zip(tops.chunks(8)) {
        for (lane, (bottom, top)) in bottoms.iter().zip(tops).enumerate() {
            lowest[lane] = if *bottom < lowest[lane] { *bottom } else { lowest[lane] };
            highest[lane] = if *top > highest[lane] { *top } else { highest[lane] };
        }
    }
    (lowest.into_iter().fold(f64::INFINITY, f64::min), highest.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// Marks a cell whose column a level may cut.
pub(crate) const CUT: i32 = -1;

/// Counts a level into the slots of cells that lie above it, and marks those that it may cut.
#[multiversion(targets("x86_64+avx2"))]
fn compare_level(level_m: f64, bottoms: &[f64], tops: &[f64], slots: &mut [i32]) {
    for ((slot, bottom), top) in slots.iter_mut().zip(bottoms).zip(tops) {
        let (above, below) = (level_m <= *bottom, level_m >= *top);
        *slot = if *slot == CUT || !(above || below) { CUT } else { *slot + i32::from(above) };
    }
}

fn first_column(col: usize) -> i32 {
    i32::try_from(col).expect("columns are at most 2^22 (`GridGeometry::MAX_SIDE`)")
}

/// Lowest and highest point in each cell of a bound that is even along the row.
#[multiversion(targets("x86_64+avx2"))]
fn even_bound(even: &Even, col: usize, lows: &mut [f64], highs: &mut [f64]) {
    let (Even { first, per_col_m }, reach_m) = (*even, even.first.reach_m());
    let cells = lows.len();
    let highs = &mut highs[..cells];
    // Columns are counted in 32 bits: those become floats in vectors.
    for (at, low) in (first_column(col)..).zip(lows.iter_mut()) {
        *low = first.centre_m + per_col_m * f64::from(at);
    }
    for (low, high) in lows.iter_mut().zip(highs) {
        (*low, *high) = (*low - reach_m, *low + reach_m);
    }
}

/// The same of a bound that is a surface; NaN where it has no height. Rows as for the spans.
#[multiversion(targets("x86_64+avx2"))]
fn uneven_bound([north, here, south]: [&[f64]; 3], lows: &mut [f64], highs: &mut [f64]) {
    let cells = lows.len();
    let highs = &mut highs[..cells];
    let (north, south) = (&north[1..=cells], &south[1..=cells]);
    let (west, centre, east) = (&here[..cells], &here[1..=cells], &here[2..cells + 2]);
    for at in 0..cells {
        let reach = rise(west[at], centre[at], east[at]).abs() + rise(north[at], centre[at], south[at]).abs();
        (lows[at], highs[at]) = (centre[at] - reach, centre[at] + reach);
    }
}

/// Gives cells that lie wholly in a layer to it, and marks those that one of its bounds may cut; what is marked or given stays so.
/// A bound without height touches nothing.
#[multiversion(targets("x86_64+avx2"))]
fn compare_layer(
    layer: i32,
    floor: (&[f64], &[f64]),
    roof: (&[f64], &[f64]),
    span: (&[f64], &[f64]),
    layers: &mut [i32],
) {
    let cells = layers.len();
    let ((floor_low, floor_high), (roof_low, roof_high)) = (floor, roof);
    let (floor_low, floor_high) = (&floor_low[..cells], &floor_high[..cells]);
    let (roof_low, roof_high) = (&roof_low[..cells], &roof_high[..cells]);
    let (bottoms, tops) = (&span.0[..cells], &span.1[..cells]);
    for at in 0..cells {
        let touches = floor_low[at] < tops[at] && roof_high[at] > bottoms[at];
        let holds = floor_high[at] <= bottoms[at] && roof_low[at] >= tops[at];
        let here = if holds { layer } else { CUT };
        layers[at] = if layers[at] == 0 && touches { here } else { layers[at] };
    }
}

/// Slot and layer as one number, or [`CUT`].
#[multiversion(targets("x86_64+avx2"))]
fn number_places(count: i32, layers: &[i32], slots: &mut [i32]) {
    for (slot, layer) in slots.iter_mut().zip(layers) {
        *slot = if *slot == CUT || *layer == CUT { CUT } else { *slot * (count + 1) + layer };
    }
}

/// Roof or floor of a layer along some cells of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BoundRow<'a> {
    /// An even one, from a column of the grid on.
    Even(Even, usize),
    /// A surface: the row above the cells, their own and the one below, with one cell more on either side.
    Uneven([&'a [f64]; 3]),
}

impl BoundRow<'_> {
    /// Lowest and highest point of an even bound over some cells.
    fn range_m(&self, cells: usize) -> Option<(f64, f64)> {
        let Self::Even(even, col) = self else { return None };
        Some(even.range_m(*col, col + cells - 1))
    }

    /// Whether it certainly lies at or over a height in all cells.
    fn is_over(&self, height_m: f64, cells: usize) -> bool {
        self.range_m(cells).is_some_and(|(lowest_m, _)| lowest_m >= height_m)
    }

    /// Whether it certainly lies at or under a height in all cells.
    fn is_under(&self, height_m: f64, cells: usize) -> bool {
        self.range_m(cells).is_some_and(|(_, highest_m)| highest_m <= height_m)
    }
}

/// Lowest and highest point of a bound in each cell.
#[derive(Debug, Default)]
struct BoundSpan {
    lows: Vec<f64>,
    highs: Vec<f64>,
}

impl BoundSpan {
    fn set(&mut self, bound: &BoundRow<'_>, cells: usize) {
        self.lows.resize(cells, 0.0);
        self.highs.resize(cells, 0.0);
        match *bound {
            BoundRow::Even(even, col) => even_bound(&even, col, &mut self.lows, &mut self.highs),
            BoundRow::Uneven(rows) => uneven_bound(rows, &mut self.lows, &mut self.highs),
        }
    }

    fn get(&self) -> (&[f64], &[f64]) {
        (&self.lows, &self.highs)
    }
}

/// Finds the place of each column of some cells of a row: between which levels, and in which layer; what
/// [`crate::columns::Cuts::single_place`] says of one cell.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// By surface: rises to the east and to the south.
    rises: [[Vec<f64>; 2]; 2],
    bottoms: Vec<f64>,
    tops: Vec<f64>,
    /// Lowest bottom and highest top, once a layer has asked for them.
    span: Option<(f64, f64)>,
    found: Vec<i32>,
    layers: Vec<i32>,
    floor: BoundSpan,
    roof: BoundSpan,
}

impl Places {
    /// Begins with the cells between two surfaces, each with the row above the cells, their own and the one below, and one cell
    /// more on either side. Where both heights are missing the place means nothing.
    pub(crate) fn begin(&mut self, surfaces: [[&[f64]; 3]; 2], levels_m: &[f64]) {
        let cells = surfaces[0][0].len() - 2;
        self.bottoms.clear();
        self.bottoms.resize(cells, f64::INFINITY);
        self.tops.clear();
        self.tops.resize(cells, f64::NEG_INFINITY);
        for (rows, [east, south]) in surfaces.into_iter().zip(&mut self.rises) {
            east.resize(cells, 0.0);
            south.resize(cells, 0.0);
            rises(rows, east, south);
            widen_spans(&rows[1][1..=cells], [east, south], &mut self.bottoms, &mut self.tops);
        }
        self.span = None;
        self.found.clear();
        self.found.resize(cells, 0);
        for level_m in levels_m {
            compare_level(*level_m, &self.bottoms, &self.tops, &mut self.found);
        }
        self.layers.clear();
        self.layers.resize(cells, 0);
    }

    /// The rises of the ground of a surface to the east and to the south, by cell.
    pub(crate) fn rises(&self, surface: usize) -> [&[f64]; 2] {
        self.rises[surface].each_ref().map(Vec::as_slice)
    }

    /// Adds a layer, or a part of one; the first that holds a column has it.
    pub(crate) fn add_layer(&mut self, layer: usize, floor: &BoundRow<'_>, roof: &BoundRow<'_>) {
        let cells = self.layers.len();
        let (lowest, highest) = *self.span.get_or_insert_with(|| whole_span(&self.bottoms, &self.tops));
        // Most seams are far from most ground.
        if floor.is_over(highest, cells) || roof.is_under(lowest, cells) {
            return;
        }
        self.floor.set(floor, cells);
        self.roof.set(roof, cells);
        let layer = i32::try_from(layer).expect("layers are few");
        compare_layer(layer, self.floor.get(), self.roof.get(), (&self.bottoms, &self.tops), &mut self.layers);
    }

    /// For each cell its place among so many layers, or [`CUT`].
    pub(crate) fn finish(&mut self, layers: usize) -> &[i32] {
        if layers > 0 {
            number_places(i32::try_from(layers).expect("layers are few"), &self.layers, &mut self.found);
        }
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Ground;

    #[test]
    fn slots_on_a_slope_at_a_cliff_and_without_data_by_hand() {
        // A slope of 1 m a cell, whose ground lies half a metre around each centre; a cliff, at whose foot and brink the
        // ground is level; nothing.
        let nan = f64::NAN;
        let row = [98.0, 99.0, 100.0, 101.0, 102.0, 102.0, 122.0, 122.0, nan, nan, nan];
        let mut slots = Places::default();
        let mut find = |levels_m: &[f64]| {
            slots.begin([[&row; 3]; 2], levels_m);
            slots.finish(0).to_vec()
        };
        assert_eq!(find(&[100.2])[..7], [0, CUT, 1, 1, 1, 1, 1]);
        assert_eq!(find(&[99.5, 100.5])[..7], [0, 1, 2, 2, 2, 2, 2], "a level that ground touches does not cut it");
        assert_eq!(find(&[110.0])[..7], [0, 0, 0, 0, 0, 1, 1]);
        assert!(find(&[110.0])[7..].iter().all(|slot| *slot != CUT));
        // The column reaches from the lower ground to the higher one.
        let higher = row.map(|height| height + 5.0);
        slots.begin([[&row; 3], [&higher; 3]], &[103.0]);
        assert_eq!(slots.finish(0)[..7], [CUT, CUT, CUT, CUT, CUT, 1, 1]);
    }

    #[test]
    fn layers_along_a_row_by_hand() {
        // Ground at 100 dug to 96 everywhere; a level layer over 98, a seam between 90 and 97 that ends in the middle.
        let (before, after) = ([100.0; 8], [96.0; 8]);
        let level = |height_m| BoundRow::Even(Even::level(height_m), 0);
        let mut places = Places::default();
        places.begin([[&before; 3], [&after; 3]], &[]);
        places.add_layer(1, &level(100.0), &level(105.0));
        assert_eq!(places.finish(2), [0; 6], "a layer that only touches the column holds nothing");
        places.begin([[&before; 3], [&after; 3]], &[]);
        let mut floor = [90.0; 8];
        floor[4..].fill(f64::NAN);
        places.add_layer(2, &BoundRow::Uneven([&floor; 3]), &level(100.0));
        places.add_layer(1, &level(98.0), &level(120.0));
        assert_eq!(places.finish(2), [2, 2, 2, CUT, CUT, CUT], "where the first is absent, the second cuts");
        // A plane that rises by 1 m a cell from 93.5 in column 10: half a metre to either side in each cell.
        let plane =
            BoundRow::Even(Even { first: Ground { centre_m: 83.5, east_m: 0.5, south_m: 0.0 }, per_col_m: 1.0 }, 10);
        places.begin([[&before; 3], [&after; 3]], &[99.0]);
        places.add_layer(1, &plane, &level(200.0));
        assert_eq!(places.finish(1), [CUT; 6], "the level cuts all");
        places.begin([[&before; 3], [&after; 3]], &[90.0]);
        places.add_layer(1, &plane, &level(200.0));
        assert_eq!(places.finish(1), [3, 3, 3, CUT, CUT, CUT], "up to 94, 95, 96, 97, 98 and 99 m");
    }
}

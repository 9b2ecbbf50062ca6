//! Columns of several cells at a time, cut by planes that lie one over the other in all of them: split in vector loops.
//!
//! What a cell gets is, to the bit, what [`crate::columns::Splitter`] gives it. Where planes meet in a cell, or one of them has no
//! height there, the cell is left to that one.

use multiversion::multiversion;

use crate::{
    columns::{Even, Ground, Order, Stand, mean_positive},
    tally::quanta,
};

/// What may cut the columns: the same plane in all cells, or one in each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cutting<'a> {
    Even(Even),
    Each(&'a [Ground]),
}

/// Ground over a row of cells: height in the middle of a cell, and rise from there to its eastern and southern edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relief<'a> {
    pub(crate) centres_m: &'a [f64],
    pub(crate) rises_m: [&'a [f64]; 2],
}

/// A plane in each of some cells: heights in the middle, rises to the east, rises to the south.
#[derive(Debug, Default)]
struct Sheet([Vec<f64>; 3]);

impl Sheet {
    fn set(&mut self, grounds: impl Iterator<Item = Ground>) {
        self.clear();
        grounds.for_each(|ground| self.push(ground));
    }

    fn clear(&mut self) {
        self.0.iter_mut().for_each(Vec::clear);
    }

    fn push(&mut self, Ground { centre_m, east_m, south_m }: Ground) {
        self.0.iter_mut().zip([centre_m, east_m, south_m]).for_each(|(lane, value)| lane.push(value));
    }

    /// A plane along the row of the cells, by their columns.
    fn set_even(&mut self, even: &Even, columns: &[f64]) {
        self.0.iter_mut().for_each(|lane| lane.resize(columns.len(), 0.0));
        let [centres_m, east_m, south_m] = &mut self.0;
        along((even.first.centre_m, even.per_col_m), columns, centres_m);
        east_m.fill(even.first.east_m);
        south_m.fill(even.first.south_m);
    }

    fn lanes(&self) -> [&[f64]; 3] {
        self.0.each_ref().map(Vec::as_slice)
    }

    /// Heights in the middle of the cells.
    fn centres_m(&self) -> &[f64] {
        &self.0[0]
    }
}

/// Splits columns; keeps its working space from one time to the next.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    low: Sheet,
    high: Sheet,
    /// Columns of the grid.
    columns: Vec<f64>,
    first_and_last: (usize, usize),
    /// Lowest and highest point of each column.
    bottoms: Vec<f64>,
    tops: Vec<f64>,
    /// Lowest and highest point of all.
    span: (f64, f64),
    /// Planes that may cut a column: levels, then bounds of seams. Of the list as many as `planes` are in use.
    sheets: Vec<Sheet>,
    planes: usize,
    levels: usize,
    /// Levels under all columns.
    slot: usize,
    seams: Vec<(usize, [Stand; 2])>,
    order: Order,
    /// Places that occur, ascending.
    places: Vec<usize>,
    /// By position among `places`, then cell: lengths in metres, and in quanta.
    lengths: Vec<Vec<f64>>,
    parts: Vec<Vec<i64>>,
    /// Where planes meet, or one has no height.
    tangled: Vec<bool>,
    under: Vec<f64>,
    under_last: Vec<f64>,
    largest: Vec<f64>,
    rest: Vec<i64>,
}

impl Stack {
    /// Begins with `picked` cells, ascending, of those between two surfaces; the first of these lies in column `first` of the grid.
    pub(crate) fn begin(&mut self, first: usize, picked: &[usize], surfaces: [Relief<'_>; 2]) {
        let ground = |surface: &Relief<'_>, at: usize| {
            let [east, south] = surface.rises_m;
            Ground { centre_m: surface.centres_m[at], east_m: east[at], south_m: south[at] }
        };
        self.low.clear();
        self.high.clear();
        for at in picked {
            let [one, other] = surfaces.each_ref().map(|surface| ground(surface, *at));
            let (low, high) = if one.centre_m <= other.centre_m { (one, other) } else { (other, one) };
            self.low.push(low);
            self.high.push(high);
        }
        self.columns.clear();
        self.columns.extend(picked.iter().map(|at| (first + at) as f64));
        self.first_and_last = (first + picked.first().unwrap_or(&0), first + picked.last().unwrap_or(&0));
        let cells = picked.len();
        self.bottoms.resize(cells, 0.0);
        self.tops.resize(cells, 0.0);
        spans(self.low.lanes(), self.high.lanes(), &mut self.bottoms, &mut self.tops);
        let lowest = self.bottoms.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = self.tops.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.span = (lowest, highest);
        (self.planes, self.levels, self.slot) = (0, 0, 0);
        self.seams.clear();
        self.tangled.clear();
        self.tangled.resize(cells, false);
    }

    /// Adds a level; before any seam, from below.
    pub(crate) fn add_level(&mut self, level_m: f64) {
        match self.add_plane(Cutting::Even(Even::level(level_m))) {
            Stand::Under => self.slot += 1,
            Stand::Cuts => self.levels += 1,
            Stand::Over => {}
        }
    }

    /// Adds a layer, or a part of one, by its floor and its roof in each cell.
    pub(crate) fn add_seam(&mut self, layer: usize, floor: Cutting<'_>, roof: Cutting<'_>) {
        let stands = [self.add_plane(floor), self.add_plane(roof)];
        self.seams.push((layer, stands));
    }

    /// Keeps a plane unless it lies under or over all columns.
    fn add_plane(&mut self, plane: Cutting<'_>) -> Stand {
        if let Cutting::Even(even) = plane {
            let (lowest_m, highest_m) = even.range_m(self.first_and_last.0, self.first_and_last.1);
            if highest_m <= self.span.0 {
                return Stand::Under;
            }
            if lowest_m >= self.span.1 {
                return Stand::Over;
            }
        }
        if self.planes == self.sheets.len() {
            self.sheets.push(Sheet::default());
        }
        let sheet = &mut self.sheets[self.planes];
        match plane {
            Cutting::Even(even) => sheet.set_even(&even, &self.columns),
            Cutting::Each(grounds) => sheet.set(grounds.iter().copied()),
        }
        self.planes += 1;
        Stand::Cuts
    }

    /// Splits the columns, of which the lengths in quanta are `wholes`; `place` makes one number of a slot and a layer.
    pub(crate) fn split(&mut self, wholes: &[i64], place: impl Fn(usize, usize) -> usize) {
        let cells = wholes.len();
        let sheets = &self.sheets[..self.planes];
        if cells > 0 {
            self.order.sort(sheets.len(), |plane| sheets[plane].centres_m()[0]);
        }
        self.order.find_places((self.slot, self.levels), &self.seams, place);
        for sheet in sheets {
            note_unknown(sheet.centres_m(), &mut self.tangled);
        }
        for pair in self.order.planes().windows(2) {
            note_crossings(sheets[pair[0]].lanes(), sheets[pair[1]].lanes(), &mut self.tangled);
        }
        self.places.clear();
        self.places.extend_from_slice(self.order.places());
        self.places.sort_unstable();
        self.places.dedup();
        let lists = self.places.len().max(self.lengths.len());
        self.lengths.resize_with(lists, Vec::new);
        self.parts.resize_with(lists, Vec::new);
        for lengths in &mut self.lengths[..self.places.len()] {
            lengths.clear();
            lengths.resize(cells, 0.0);
        }
        self.under_last.clear();
        self.under_last.resize(cells, 0.0);
        self.under.resize(cells, 0.0);
        let (low, high) = (self.low.lanes(), self.high.lanes());
        for (piece, place) in self.order.places().iter().enumerate() {
            match self.order.planes().get(piece) {
                Some(plane) => {
                    let spans = (&self.bottoms[..], &self.tops[..]);
                    under(sheets[*plane].lanes(), low, high, spans, &mut self.under);
                }
                None => whole(low[0], high[0], &mut self.under),
            }
            let position = self.places.partition_point(|other| other < place);
            add_difference(&self.under, &self.under_last, &mut self.lengths[position]);
            std::mem::swap(&mut self.under, &mut self.under_last);
        }
        self.settle(wholes);
    }

    /// Makes the lengths add to the wholes, in metres as in quanta, and none negative.
    fn settle(&mut self, wholes: &[i64]) {
        let cells = wholes.len();
        let (lengths, parts) = (&mut self.lengths[..self.places.len()], &mut self.parts[..self.places.len()]);
        let ratios = &mut self.under;
        ratios.fill(0.0);
        lengths.iter_mut().for_each(|lengths| add_positive(lengths, ratios));
        ratios_to(self.low.centres_m(), self.high.centres_m(), ratios);
        self.largest.clear();
        self.largest.resize(cells, f64::NEG_INFINITY);
        self.rest.clear();
        self.rest.extend_from_slice(wholes);
        for (lengths, parts) in lengths.iter_mut().zip(&mut *parts) {
            parts.resize(cells, 0);
            in_quanta(ratios, lengths, parts, &mut self.rest);
            greatest(lengths, &mut self.largest);
        }
        for (lengths, parts) in lengths.iter().zip(parts) {
            leave_rest(lengths, &self.largest, &mut self.rest, parts);
        }
    }

    /// Whether a column was not split here.
    pub(crate) fn is_tangled(&self, cell: usize) -> bool {
        self.tangled[cell]
    }

    /// The pieces of a column that are not empty: places ascending, lengths in quanta.
    pub(crate) fn pieces(&self, cell: usize) -> impl Iterator<Item = (usize, i64)> {
        self.places
            .iter()
            .zip(&self.parts)
            .map(move |(place, parts)| (*place, parts[cell]))
            .filter(|(_, part)| *part > 0)
    }

    /// The place of a point in the middle of a cell.
    pub(crate) fn place_at(&self, cell: usize, height_m: f64) -> usize {
        let under = self.sheets[..self.planes].iter().filter(|sheet| sheet.centres_m()[cell] <= height_m).count();
        self.order.places()[under]
    }
}

/// A plane over another.
#[inline]
fn gap([centre, east, south]: [f64; 3], [other, other_east, other_south]: [f64; 3]) -> Ground {
    Ground { centre_m: centre - other, east_m: east - other_east, south_m: south - other_south }
}

/// Lowest and highest point of each column.
#[multiversion(targets("x86_64+avx2"))]
fn spans(low: [&[f64]; 3], high: [&[f64]; 3], bottoms: &mut [f64], tops: &mut [f64]) {
    let cells = bottoms.len();
    let (low, high, tops) = (low.map(|lane| &lane[..cells]), high.map(|lane| &lane[..cells]), &mut tops[..cells]);
    for at in 0..cells {
        let (low_reach, high_reach) = (low[1][at].abs() + low[2][at].abs(), high[1][at].abs() + high[2][at].abs());
        bottoms[at] = (low[0][at] - low_reach).min(high[0][at] - high_reach);
        tops[at] = (low[0][at] + low_reach).max(high[0][at] + high_reach);
    }
}

/// Heights along a row.
#[multiversion(targets("x86_64+avx2"))]
fn along((first_m, per_col_m): (f64, f64), columns: &[f64], into: &mut [f64]) {
    for (into, column) in into.iter_mut().zip(columns) {
        *into = first_m + per_col_m * column;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn note_unknown(centres_m: &[f64], tangled: &mut [bool]) {
    for (tangled, centre) in tangled.iter_mut().zip(centres_m) {
        *tangled |= centre.is_nan();
    }
}

/// Notes cells in which a plane does not lie over another one everywhere.
#[multiversion(targets("x86_64+avx2"))]
fn note_crossings(below: [&[f64]; 3], above: [&[f64]; 3], tangled: &mut [bool]) {
    let cells = tangled.len();
    let (below, above) = (below.map(|lane| &lane[..cells]), above.map(|lane| &lane[..cells]));
    for at in 0..cells {
        let gap = gap(above.map(|lane| lane[at]), below.map(|lane| lane[at]));
        tangled[at] |= !(gap.centre_m >= 0.0 && gap.centre_m >= gap.reach_m());
    }
}

/// How much of each column lies under a plane, metres.
#[multiversion(targets("x86_64+avx2"))]
fn under(plane: [&[f64]; 3], low: [&[f64]; 3], high: [&[f64]; 3], span: (&[f64], &[f64]), into: &mut [f64]) {
    let cells = into.len();
    let (plane, low, high) =
        (plane.map(|lane| &lane[..cells]), low.map(|lane| &lane[..cells]), high.map(|lane| &lane[..cells]));
    let (bottoms, tops) = (&span.0[..cells], &span.1[..cells]);
    for at in 0..cells {
        let [here, below, above] = [plane, low, high].map(|lanes| lanes.map(|lane| lane[at]));
        let reach = here[1].abs() + here[2].abs();
        let inside = mean_positive(&gap(here, below)) - mean_positive(&gap(here, above));
        let (is_under, is_over) = (here[0] + reach <= bottoms[at], here[0] - reach >= tops[at]);
        let cut_or_over = if is_over { above[0] - below[0] } else { inside };
        into[at] = if is_under { 0.0 } else { cut_or_over };
    }
}

/// The lengths of the columns, metres.
#[multiversion(targets("x86_64+avx2"))]
fn whole(low_m: &[f64], high_m: &[f64], into: &mut [f64]) {
    for ((into, low), high) in into.iter_mut().zip(low_m).zip(high_m) {
        *into = high - low;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add_difference(under: &[f64], under_last: &[f64], lengths: &mut [f64]) {
    for ((length, under), last) in lengths.iter_mut().zip(under).zip(under_last) {
        *length += under - last;
    }
}

/// Sets lengths below nothing to nothing, and adds them up.
#[multiversion(targets("x86_64+avx2"))]
fn add_positive(lengths: &mut [f64], sums: &mut [f64]) {
    for (length, sum) in lengths.iter_mut().zip(sums) {
        *length = length.max(0.0);
        *sum += *length;
    }
}

/// From sums to what makes each of them the whole.
#[multiversion(targets("x86_64+avx2"))]
fn ratios_to(low_m: &[f64], high_m: &[f64], sums: &mut [f64]) {
    for ((sum, low), high) in sums.iter_mut().zip(low_m).zip(high_m) {
        let ratio = (high - low) / *sum;
        *sum = if *sum > 0.0 { ratio } else { 1.0 };
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn in_quanta(ratios: &[f64], lengths: &mut [f64], parts: &mut [i64], rest: &mut [i64]) {
    let cells = ratios.len();
    let (lengths, parts, rest) = (&mut lengths[..cells], &mut parts[..cells], &mut rest[..cells]);
    for at in 0..cells {
        lengths[at] *= ratios[at];
        parts[at] = quanta(lengths[at]);
        rest[at] -= parts[at];
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn greatest(lengths: &[f64], largest: &mut [f64]) {
    for (largest, length) in largest.iter_mut().zip(lengths) {
        *largest = if *length > *largest { *length } else { *largest };
    }
}

/// Leaves what rounding left with the first of the largest parts.
#[multiversion(targets("x86_64+avx2"))]
fn leave_rest(lengths: &[f64], largest: &[f64], rest: &mut [i64], parts: &mut [i64]) {
    let cells = lengths.len();
    let (largest, rest, parts) = (&largest[..cells], &mut rest[..cells], &mut parts[..cells]);
    for at in 0..cells {
        let own = if lengths[at] >= largest[at] { rest[at] } else { 0 };
        parts[at] += own;
        rest[at] -= own;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::{Cuts, Seam, Splitter};

    fn ground() -> impl Strategy<Value = Ground> {
        (-4.0..4.0_f64, -0.6..0.6_f64, -0.6..0.6_f64).prop_map(|(centre_m, east_m, south_m)| Ground {
            centre_m: (centre_m * 8.0).round() / 8.0,
            east_m,
            south_m: if south_m > 0.3 { 0.0 } else { south_m },
        })
    }

    fn seam(layer: usize) -> impl Strategy<Value = Vec<Seam>> {
        let bound = (-4.0..4.0_f64, -0.1..0.1_f64, 0.0..2.0_f64, prop::bool::weighted(0.05));
        bound.prop_flat_map(move |(floor_m, slope, thick_m, absent)| {
            prop::collection::vec((-0.2..0.2_f64, -0.05..0.05_f64), CELLS).prop_map(move |noise| {
                let of_cell = |(up, tilt): (f64, f64)| {
                    let plane = |centre_m| Ground { centre_m, east_m: slope, south_m: slope + tilt };
                    let floor_m = if absent && up > 0.15 { f64::NAN } else { floor_m };
                    Seam { layer, floor: plane(floor_m), roof: plane(floor_m + thick_m + up) }
                };
                noise.into_iter().map(of_cell).collect()
            })
        })
    }

    const CELLS: usize = 9;

    fn begin(stack: &mut Stack, grounds: &[[Ground; 2]]) {
        let lane =
            |surface: usize, of: fn(&Ground) -> f64| grounds.iter().map(|pair| of(&pair[surface])).collect::<Vec<_>>();
        let lanes = [0, 1].map(|surface| {
            [
                lane(surface, |ground| ground.centre_m),
                lane(surface, |ground| ground.east_m),
                lane(surface, |ground| ground.south_m),
            ]
        });
        let picked: Vec<usize> = (0..grounds.len()).collect();
        let surfaces = lanes.each_ref().map(|[centres_m, east, south]| Relief { centres_m, rises_m: [east, south] });
        stack.begin(10, &picked, surfaces);
    }

    proptest! {
        /// Cell by cell, another piece of code gives the same bits. The first cell, by whose order all are split, is left to it only
        /// where planes meet in it or have no height.
        #[test]
        fn gives_what_the_splitter_gives(
            grounds in prop::collection::vec([ground(), ground()], CELLS),
            mut levels_m in prop::collection::vec(-4.0..4.0_f64, 0..3),
            seams in prop::collection::vec((1..3_usize).prop_flat_map(seam), 0..3),
        ) {
            levels_m.sort_by(f64::total_cmp);
            let wholes: Vec<i64> =
                grounds.iter().map(|[one, other]| quanta((other.centre_m - one.centre_m).abs())).collect();
            let place = |slot: usize, layer: usize| slot * 3 + layer;
            let mut stack = Stack::default();
            begin(&mut stack, &grounds);
            levels_m.iter().for_each(|level_m| stack.add_level(*level_m));
            for of_cells in &seams {
                let bound = |of: fn(&Seam) -> Ground| of_cells.iter().map(of).collect::<Vec<_>>();
                let (floor, roof) = (bound(|seam| seam.floor), bound(|seam| seam.roof));
                stack.add_seam(of_cells[0].layer, Cutting::Each(&floor), Cutting::Each(&roof));
            }
            stack.split(&wholes, place);
            let mut splitter = Splitter::default();
            for (cell, [one, other]) in grounds.iter().enumerate() {
                if stack.is_tangled(cell) {
                    prop_assert!(!seams.is_empty(), "levels never meet");
                    let of_seams = seams.iter().flat_map(|of_cells| [of_cells[cell].floor, of_cells[cell].roof]);
                    let planes: Vec<Ground> = levels_m.iter().copied().map(Ground::level).chain(of_seams).collect();
                    let meet = |(at, one): (usize, &Ground)| planes[at + 1..].iter().any(|other| one.crosses(other));
                    let reason = planes.iter().any(|plane| plane.centre_m.is_nan()) || planes.iter().enumerate().any(meet);
                    prop_assert!(cell > 0 || reason, "{planes:?}");
                    continue;
                }
                let seams: Vec<Seam> = seams.iter().map(|of_cells| of_cells[cell]).collect();
                let cuts = Cuts { levels_m: &levels_m, seams: &seams, layers: 2 };
                let (low, high) = if one.centre_m <= other.centre_m { (one, other) } else { (other, one) };
                let parts = splitter.split_quanta(*low, *high, &cuts, 1.0, wholes[cell]);
                let expected: Vec<(usize, i64)> =
                    parts.iter().copied().enumerate().filter(|(_, part)| *part > 0).collect();
                prop_assert_eq!(stack.pieces(cell).collect::<Vec<_>>(), expected);
                for ground in [one, other] {
                    let height_m = ground.centre_m;
                    prop_assert_eq!(stack.place_at(cell, height_m), cuts.place_at(height_m, 0.0, 0.0));
                }
            }
        }
    }

    #[test]
    fn two_cells_of_a_dipping_seam_by_hand() {
        // Ground at 10 dug to 4; a seam whose floor and roof rise by 1 m from the first cell to the second: 5 to 7, and 6 to 8.
        let mut stack = Stack::default();
        begin(&mut stack, &[[Ground::level(10.0), Ground::level(4.0)]; 2]);
        // The first of them lies in column 10.
        let rising = |first_m: f64| {
            Cutting::Even(Even { first: Ground { centre_m: first_m, east_m: 0.5, south_m: 0.0 }, per_col_m: 1.0 })
        };
        stack.add_seam(1, rising(-5.0), rising(-3.0));
        stack.split(&[quanta(6.0); 2], |_, layer| layer);
        for cell in 0..2 {
            assert!(!stack.is_tangled(cell));
            assert_eq!(stack.pieces(cell).collect::<Vec<_>>(), [(0, quanta(4.0)), (1, quanta(2.0))]);
        }
        assert_eq!([5.5, 7.5].map(|height_m| stack.place_at(0, height_m)), [1, 0]);
    }
}

//! How long a column is in each place.

use super::{Cuts, Ground, Order, Stand, cuts::span_m, division::Division};
use crate::tally::share_out;

/// Splits columns; keeps its working space from cell to cell.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Planes that cut the column of the cell.
    planes: Vec<Ground>,
    order: Order,
    /// The seams that are there: layer, and how floor and roof stand to the column.
    seams: Vec<(usize, [Stand; 2])>,
    division: Division,
    elevations: Vec<f64>,
    pub(super) lengths: Vec<f64>,
    quanta: Vec<i64>,
}

impl Splitter {
    /// Mean length, metres, of the column from `low` up to `high` in every place of `cuts`.
    ///
    /// `high` is the higher of the two at the centre. The lengths are `>= 0` and add to the difference of the centres.
    ///
    /// # Properties
    /// Exact for planes. Where the two surfaces cross inside the cell, lengths are net: what one part of the cell gains
    /// over the crossing, another loses; a place whose net is negative is set to 0, and the others bear the difference.
    pub fn split(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>) -> &[f64] {
        self.lengths.clear();
        self.lengths.resize(cuts.places(), 0.0);
        if !self.split_by_order(&low, &high, cuts) {
            self.split_by_division(low, high, cuts);
        }
        self.settle(high.centre_m - low.centre_m);
        &self.lengths
    }

    /// The same in quanta, times `share` of the cell, adding up to `whole`.
    pub fn split_quanta(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>, share: f64, whole: i64) -> &[i64] {
        self.split(low, high, cuts);
        for length in &mut self.lengths {
            *length *= share;
        }
        share_out(whole, &self.lengths, &mut self.quanta);
        &self.quanta
    }

    /// Under a plane lie `mean(positive(plane - low)) - mean(positive(plane - high))` of the column. Where no two planes that
    /// cut the column cross each other in the cell, they have one order, and what lies between two neighbours has one place.
    /// Says whether that is so.
    fn split_by_order(&mut self, low: &Ground, high: &Ground, cuts: &Cuts<'_>) -> bool {
        let span = span_m(low, high);
        self.planes.clear();
        // Levels first: they are in order already.
        let slot = cuts.levels_m.partition_point(|level| *level <= span.0);
        let cutting = cuts.levels_m[slot..].iter().take_while(|level| **level < span.1);
        self.planes.extend(cutting.map(|level| Ground::level(*level)));
        let levels = self.planes.len();
        self.seams.clear();
        for seam in cuts.present() {
            let stands = [&seam.floor, &seam.roof].map(|bound| {
                let stand = Stand::of(bound, span);
                if stand == Stand::Cuts {
                    self.planes.push(*bound);
                }
                stand
            });
            self.seams.push((seam.layer, stands));
        }
        let planes = &self.planes;
        self.order.sort(planes.len(), |plane| planes[plane].centre_m);
        if self.order.planes().windows(2).any(|pair| planes[pair[0]].crosses(&planes[pair[1]])) {
            return false;
        }
        self.order.find_places((slot, levels), &self.seams, |slot, layer| cuts.place(slot, layer));
        let mut under_last = 0.0;
        for (piece, place) in self.order.places().iter().enumerate() {
            let under = match self.order.planes().get(piece) {
                Some(plane) => mean_positive(&planes[*plane].over(low)) - mean_positive(&planes[*plane].over(high)),
                None => high.centre_m - low.centre_m,
            };
            self.lengths[*place] += under - under_last;
            under_last = under;
        }
        true
    }

    /// Divides the cell along the lines in which planes meet; each division is exact at its centroid.
    pub(super) fn split_by_division(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>) {
        let span = span_m(&low, &high);
        self.planes.clear();
        self.planes.extend([low, high]);
        let levels = cuts.levels_m.iter().map(|level| Ground::level(*level));
        let bounds = cuts.present().flat_map(|seam| [seam.floor, seam.roof]);
        self.planes.extend(levels.chain(bounds).filter(|plane| Stand::of(plane, span) == Stand::Cuts));
        for (share, s, t) in self.division.of(&self.planes) {
            let (from, to) = (low.at(s, t), high.at(s, t));
            let (bottom, top, sign) = if from <= to { (from, to, 1.0) } else { (to, from, -1.0) };
            self.elevations.clear();
            self.elevations.push(bottom);
            let within = |z: &f64| *z > bottom && *z < top;
            self.elevations.extend(self.planes[2..].iter().map(|plane| plane.at(s, t)).filter(within));
            self.elevations.push(top);
            self.elevations.sort_unstable_by(f64::total_cmp);
            for pair in self.elevations.windows(2) {
                let place = cuts.place_at(f64::midpoint(pair[0], pair[1]), s, t);
                self.lengths[place] += sign * share * (pair[1] - pair[0]);
            }
        }
    }

    /// Makes the lengths add to `whole` and none negative.
    pub(super) fn settle(&mut self, whole: f64) {
        for length in &mut self.lengths {
            *length = length.max(0.0);
        }
        let sum: f64 = self.lengths.iter().sum();
        if sum > 0.0 {
            for length in &mut self.lengths {
                *length *= whole / sum;
            }
        }
    }
}

impl Stand {
    #[inline]
    fn of(plane: &Ground, (bottom, top): (f64, f64)) -> Self {
        let (lowest, highest) = plane.range_m();
        if highest <= bottom {
            Self::Under
        } else if lowest >= top {
            Self::Over
        } else {
            Self::Cuts
        }
    }
}

/// Mean over the cell of the positive part of a plane.
///
/// The mean of the positive part of `c + a s + b t` over the square `-1 <= s, t <= 1`. With `a >= b >= 0` and `c <= 0` that
/// part lies in the corner s = t = 1, where it is `d = a + b + c` deep: a pyramid of volume `d^3 / 6ab` over a triangle, less
/// the pyramid beyond the square where the triangle is longer than its side; divided by the area 4. For `c > 0` the part
/// above is taken from the whole, so nothing small is ever the difference of large numbers, and `b = 0` is no exception.
#[inline]
pub(crate) fn mean_positive(plane: &Ground) -> f64 {
    let c = plane.centre_m;
    let (a, b) = (plane.east_m.abs(), plane.south_m.abs());
    let (a, b) = if a >= b { (a, b) } else { (b, a) };
    let d = a + b - c.abs();
    // Chosen at the end and not on the way: columns are split in vectors.
    let triangle = d * d * d / (24.0 * a * b);
    let beyond_side = (3.0 * d * d - 6.0 * d * b + 4.0 * b * b) / (12.0 * a);
    let deep = if d <= 2.0 * b { triangle } else { beyond_side };
    let corner = if d <= 0.0 { 0.0 } else { deep };
    corner + c.max(0.0)
}

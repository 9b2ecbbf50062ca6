//! How long a column is in each place.

use super::{Cuts, Ground, cuts::span_m, division::Division};
use crate::tally::share_out;

/// Splits columns; keeps its working space from cell to cell.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Planes that cut the column of the cell.
    planes: Vec<Ground>,
    /// Positions among `planes`, from below.
    order: Vec<usize>,
    /// By position among `planes`: the first piece over it, pieces counted from below.
    first_over: Vec<usize>,
    /// The seams that are there: layer, and how floor and roof stand to the column.
    seams: Vec<(usize, [Stand; 2])>,
    division: Division,
    elevations: Vec<f64>,
    pub(super) lengths: Vec<f64>,
    quanta: Vec<i64>,
}

/// Where a level or a bound lies with respect to a column.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stand {
    Under,
    Cuts,
    Over,
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
        self.order.clear();
        self.order.extend(0..planes.len());
        self.order.sort_by(|a, b| planes[*a].centre_m.total_cmp(&planes[*b].centre_m));
        if self.order.windows(2).any(|pair| planes[pair[0]].crosses(&planes[pair[1]])) {
            return false;
        }
        self.first_over.clear();
        self.first_over.resize(planes.len(), 0);
        for (position, plane) in self.order.iter().enumerate() {
            self.first_over[*plane] = position + 1;
        }
        let mut under_last = 0.0;
        for piece in 0..=planes.len() {
            let under = match self.order.get(piece) {
                Some(plane) => mean_positive(&planes[*plane].over(low)) - mean_positive(&planes[*plane].over(high)),
                None => high.centre_m - low.centre_m,
            };
            let slot = slot + self.first_over[..levels].iter().filter(|first| **first <= piece).count();
            let layer = layer_of(piece, &self.first_over[levels..], &self.seams);
            self.lengths[cuts.place(slot, layer)] += under - under_last;
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

/// The layer of a piece: of the seams that have their floor under it and their roof over it, the first. `first_over` are those of
/// the bounds that cut the column, in the order of the seams.
fn layer_of(piece: usize, first_over: &[usize], seams: &[(usize, [Stand; 2])]) -> usize {
    let mut cutting = first_over.iter();
    let mut is_under = |stand: Stand| match stand {
        Stand::Under => true,
        Stand::Cuts => cutting.next().is_some_and(|first| *first <= piece),
        Stand::Over => false,
    };
    let holds = |(_, [floor, roof]): &&(usize, [Stand; 2])| {
        // Both are asked: each takes its place among those that cut.
        let (floor_is_under, roof_is_under) = (is_under(*floor), is_under(*roof));
        floor_is_under && !roof_is_under
    };
    seams.iter().find(holds).map_or(0, |(layer, _)| *layer)
}

/// Mean over the cell of the positive part of a plane.
///
/// The mean of the positive part of `c + a s + b t` over the square `-1 <= s, t <= 1`. With `a >= b >= 0` and `c <= 0` that
/// part lies in the corner s = t = 1, where it is `d = a + b + c` deep: a pyramid of volume `d^3 / 6ab` over a triangle, less
/// the pyramid beyond the square where the triangle is longer than its side; divided by the area 4. For `c > 0` the part
/// above is taken from the whole, so nothing small is ever the difference of large numbers, and `b = 0` is no exception.
pub(super) fn mean_positive(plane: &Ground) -> f64 {
    let c = plane.centre_m;
    let (a, b) = (plane.east_m.abs(), plane.south_m.abs());
    let (a, b) = if a >= b { (a, b) } else { (b, a) };
    let d = a + b - c.abs();
    let corner = if d <= 0.0 {
        0.0
    } else if d <= 2.0 * b {
        d * d * d / (24.0 * a * b)
    } else {
        (3.0 * d * d - 6.0 * d * b + 4.0 * b * b) / (12.0 * a)
    };
    corner + c.max(0.0)
}

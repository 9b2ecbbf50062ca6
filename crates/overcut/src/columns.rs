//! One cell's removed column, cut by levels and layers.
//!
//! The ground inside a cell is not flat: where a floor, a ceiling or a layer cuts through it, taking each cell as a flat
//! block errs by whole per cents of the volume below the level at cells of 5 to 10 m. Here the ground in a cell is a plane
//! through the cell's height, with the slope of its neighbours; a level or a bound of a layer is a plane too. Where planes
//! meet inside the cell, the cell is divided along the lines in which they meet. In each division all planes have one
//! order, every piece of the column is linear in x and y, and its mean is its value at the centroid: exact for planes.

use crate::tally::share_out;

/// The ground in one cell: a plane over the square `-1 <= s, t <= 1`, s to the east and t to the south.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// Height at the centre = mean height of the cell, metres.
    pub centre_m: f64,
    /// Rise from the centre to the eastern edge, metres.
    pub east_m: f64,
    /// Rise from the centre to the southern edge, metres.
    pub south_m: f64,
}

impl Ground {
    /// A level plane.
    pub fn level(height_m: f64) -> Self {
        Self { centre_m: height_m, east_m: 0.0, south_m: 0.0 }
    }

    /// The plane through a cell's height with the slope of its neighbours ([`rise`]).
    pub fn from_neighbours(centre: f64, north: f64, south: f64, west: f64, east: f64) -> Self {
        Self { centre_m: centre, east_m: rise(west, centre, east), south_m: rise(north, centre, south) }
    }

    /// Greatest difference between the ground in the cell and its centre, metres.
    #[inline]
    pub fn reach_m(&self) -> f64 {
        self.east_m.abs() + self.south_m.abs()
    }

    #[inline]
    fn at(&self, s: f64, t: f64) -> f64 {
        self.centre_m + self.east_m * s + self.south_m * t
    }
}

/// Rise from the centre of a cell to its edge, metres, from the heights of the cell and of its two neighbours in one
/// direction (NaN = no data).
///
/// The slope is the monotonised central one: the central difference, but at most twice the smaller of the two one-sided
/// ones, and none where they differ in sign. On smooth ground that is the central difference; at the foot and the
/// brink of a wall, where a central difference would tilt the flat ground by half the wall, it keeps the ground level.
/// Where one neighbour has no data, the other side's difference is used; where both have none, the ground is level.
///
/// # References
/// Van Leer (1977), Towards the ultimate conservative difference scheme III, J. Comput. Phys. 23, 263-275 (the limiter).
#[inline]
pub fn rise(before: f64, centre: f64, after: f64) -> f64 {
    let (back, ahead) = (centre - before, after - centre);
    let smaller = |a: f64, b: f64| if a < b { a } else { b };
    let central = 0.5 * (back + ahead);
    let limited = smaller(central.abs(), 2.0 * smaller(back.abs(), ahead.abs()));
    let one_side = if back.is_nan() { ahead } else { back };
    // Chosen at the end and not on the way: rows of cells are done in vectors.
    if back * ahead > 0.0 {
        limited.copysign(central) / 2.0
    } else if back.is_nan() != ahead.is_nan() {
        one_side / 2.0
    } else {
        0.0
    }
}

/// What a column is cut by, and where each piece belongs: a slot between levels, and a layer.
#[derive(Debug, Clone, Copy)]
pub struct Cuts<'a> {
    /// Ascending levels; slot k lies between level k - 1 and level k.
    pub levels_m: &'a [f64],
    /// Floor and roof of each layer; the first that holds a piece has it.
    pub layers: &'a [(Ground, Ground)],
}

impl Cuts<'_> {
    /// Number of different places of a piece: slots x (layers + 1, 0 = in no layer).
    pub fn places(&self) -> usize {
        (self.levels_m.len() + 1) * (self.layers.len() + 1)
    }

    /// The one place of the whole column from `low` to `high`, if no level and no layer's bound comes within it anywhere
    /// in the cell.
    #[inline]
    pub fn single_place(&self, low: &Ground, high: &Ground) -> Option<usize> {
        // Where the two surfaces cross inside the cell, `low` may rise above `high`.
        let bottom = (low.centre_m - low.reach_m()).min(high.centre_m - high.reach_m());
        let top = (high.centre_m + high.reach_m()).max(low.centre_m + low.reach_m());
        let slot = self.levels_m.partition_point(|level| *level <= bottom);
        if self.levels_m.get(slot).is_some_and(|level| *level < top) {
            return None;
        }
        let mut layer = 0;
        for (index, (floor, roof)) in self.layers.iter().enumerate() {
            if floor.centre_m.is_nan() || roof.centre_m.is_nan() {
                continue;
            }
            let (floor_low, floor_high) = (floor.centre_m - floor.reach_m(), floor.centre_m + floor.reach_m());
            let (roof_low, roof_high) = (roof.centre_m - roof.reach_m(), roof.centre_m + roof.reach_m());
            if floor_low >= top || roof_high <= bottom {
                continue;
            }
            if floor_high <= bottom && roof_low >= top && floor_high <= roof_low {
                layer = index + 1;
                break;
            }
            return None;
        }
        Some(slot * (self.layers.len() + 1) + layer)
    }

    pub(crate) fn place_at(&self, elevation: f64, s: f64, t: f64) -> usize {
        let slot = self.levels_m.partition_point(|level| *level <= elevation);
        let layer = self
            .layers
            .iter()
            .position(|(floor, roof)| floor.at(s, t) <= elevation && elevation < roof.at(s, t))
            .map_or(0, |index| index + 1);
        slot * (self.layers.len() + 1) + layer
    }
}

/// Splits columns; keeps its working space from cell to cell.
#[derive(Debug, Default)]
pub struct Splitter {
    planes: Vec<Ground>,
    areas: Vec<Vec<(f64, f64)>>,
    spare: Vec<Vec<(f64, f64)>>,
    elevations: Vec<f64>,
    lengths: Vec<f64>,
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
        if cuts.layers.is_empty() {
            self.split_by_levels(&low, &high, cuts.levels_m);
        } else {
            self.split_by_planes(low, high, cuts);
        }
        self.settle(high.centre_m - low.centre_m);
        &self.lengths
    }

    /// Under a level lie `mean(min(high, level)) - mean(min(low, level))` of the column.
    fn split_by_levels(&mut self, low: &Ground, high: &Ground, levels_m: &[f64]) {
        let mut under_last = 0.0;
        for (length, level_m) in self.lengths.iter_mut().zip(levels_m) {
            let under = mean_depth(low, *level_m) - mean_depth(high, *level_m);
            *length = under - under_last;
            under_last = under;
        }
        self.lengths[levels_m.len()] = high.centre_m - low.centre_m - under_last;
    }

    /// Divides the cell along the lines in which planes meet; each division is exact at its centroid.
    fn split_by_planes(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>) {
        self.divide(low, high, cuts);
        for area in &self.areas {
            let (share, s, t) = centroid(area);
            if share <= 0.0 {
                continue;
            }
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

    /// The same in quanta, times `share` of the cell, adding up to `whole`.
    pub fn split_quanta(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>, share: f64, whole: i64) -> &[i64] {
        self.split(low, high, cuts);
        for length in &mut self.lengths {
            *length *= share;
        }
        share_out(whole, &self.lengths, &mut self.quanta);
        &self.quanta
    }

    /// Divides the cell so that no two planes cross inside a division.
    fn divide(&mut self, low: Ground, high: Ground, cuts: &Cuts<'_>) {
        self.planes.clear();
        self.planes.extend([low, high]);
        self.planes.extend(cuts.levels_m.iter().map(|level| Ground::level(*level)));
        for (floor, roof) in cuts.layers {
            if !(floor.centre_m.is_nan() || roof.centre_m.is_nan()) {
                self.planes.extend([*floor, *roof]);
            }
        }
        self.spare.append(&mut self.areas);
        let mut cell = self.spare.pop().unwrap_or_default();
        cell.clear();
        cell.extend([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]);
        self.areas.push(cell);
        let levels = 2..2 + cuts.levels_m.len();
        for i in 0..self.planes.len() {
            for j in i + 1..self.planes.len() {
                if levels.contains(&i) && levels.contains(&j) {
                    continue; // levels are parallel
                }
                let gap = Ground {
                    centre_m: self.planes[j].centre_m - self.planes[i].centre_m,
                    east_m: self.planes[j].east_m - self.planes[i].east_m,
                    south_m: self.planes[j].south_m - self.planes[i].south_m,
                };
                if gap.centre_m.abs() < gap.reach_m() {
                    self.cut_all(&gap);
                }
            }
        }
    }

    /// Cuts every division along the line on which `gap` is zero.
    fn cut_all(&mut self, gap: &Ground) {
        for index in 0..self.areas.len() {
            let (mut above, mut below) = (false, false);
            for (s, t) in &self.areas[index] {
                let value = gap.at(*s, *t);
                above |= value > 0.0;
                below |= value < 0.0;
            }
            if !(above && below) {
                continue;
            }
            let mut positive = self.spare.pop().unwrap_or_default();
            let mut negative = self.spare.pop().unwrap_or_default();
            positive.clear();
            negative.clear();
            let area = &self.areas[index];
            for (position, (s, t)) in area.iter().enumerate() {
                let (s2, t2) = area[(position + 1) % area.len()];
                let (here, there) = (gap.at(*s, *t), gap.at(s2, t2));
                if here >= 0.0 {
                    positive.push((*s, *t));
                }
                if here <= 0.0 {
                    negative.push((*s, *t));
                }
                if (here > 0.0 && there < 0.0) || (here < 0.0 && there > 0.0) {
                    let part = here / (here - there);
                    let meeting = (s + (s2 - s) * part, t + (t2 - t) * part);
                    positive.push(meeting);
                    negative.push(meeting);
                }
            }
            let old = std::mem::replace(&mut self.areas[index], positive);
            self.spare.push(old);
            self.areas.push(negative);
        }
    }

    /// Makes the lengths add to `whole` and none negative.
    fn settle(&mut self, whole: f64) {
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

/// Mean depth of the ground under a level, over the cell; ground above it counts as 0.
///
/// The mean of the positive part of `c + a s + b t` over the square `-1 <= s, t <= 1`. With `a >= b >= 0` and `c <= 0` that
/// part lies in the corner s = t = 1, where it is `d = a + b + c` deep: a pyramid of volume `d^3 / 6ab` over a triangle, less
/// the pyramid beyond the square where the triangle is longer than its side; divided by the area 4. For `c > 0` the part
/// above is taken from the whole, so nothing small is ever the difference of large numbers, and `b = 0` is no exception.
fn mean_depth(ground: &Ground, level_m: f64) -> f64 {
    let c = level_m - ground.centre_m;
    let (a, b) = (ground.east_m.abs(), ground.south_m.abs());
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

/// Share of the cell and centroid of a convex division.
fn centroid(area: &[(f64, f64)]) -> (f64, f64, f64) {
    let (s0, t0) = area[0];
    let (mut doubled, mut s_sum, mut t_sum) = (0.0, 0.0, 0.0);
    for pair in area[1..].windows(2) {
        let (a, b) = ((pair[0].0 - s0, pair[0].1 - t0), (pair[1].0 - s0, pair[1].1 - t0));
        let cross = a.0 * b.1 - b.0 * a.1;
        doubled += cross;
        s_sum += cross * (a.0 + b.0);
        t_sum += cross * (a.1 + b.1);
    }
    if doubled.abs() < 1e-300 {
        return (0.0, s0, t0);
    }
    // The square has area 4.
    (doubled.abs() / 8.0, s0 + s_sum / (3.0 * doubled), t0 + t_sum / (3.0 * doubled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(low: Ground, high: Ground, levels_m: &[f64], layers: &[(Ground, Ground)]) -> Vec<f64> {
        Splitter::default().split(low, high, &Cuts { levels_m, layers }).to_vec()
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn level_ground_is_cut_like_a_block() {
        // 12 m down to 7 m, band 8..10: 1 m below, 2 m within, 2 m above.
        close(&split(Ground::level(7.0), Ground::level(12.0), &[8.0, 10.0], &[]), &[1.0, 2.0, 2.0]);
    }

    #[test]
    fn half_a_sloping_cell_lies_below_a_level_through_its_centre() {
        // Ground from -1 m to +1 m across the cell, dug down to -1 m everywhere. Below 0: a half cell 1 m deep and a
        // triangle of mean 1/2 m over the other half = 0.75 m; above: mean 0.5 m over a half = 0.25 m.
        let before = Ground { centre_m: 0.0, east_m: 1.0, south_m: 0.0 };
        close(&split(Ground::level(-1.0), before, &[0.0], &[]), &[0.75, 0.25]);
    }

    #[test]
    fn a_corner_above_the_level_is_a_pyramid() {
        // z = s + t on the square; above 1: triangle with legs 1 (area 1/2 of 4), a pyramid of height 1: 1/3 x 1/2 / 4.
        let before = Ground { centre_m: 0.0, east_m: 1.0, south_m: 1.0 };
        close(&split(Ground::level(-2.0), before, &[1.0], &[]), &[2.0 - 1.0 / 24.0, 1.0 / 24.0]);
    }

    #[test]
    fn a_dipping_seam_takes_its_share_of_a_level_column() {
        // Seam from roof z = s to floor z = s - 1, column from -1 to 0: at s the part is min(0, s) - max(-1, s - 1);
        // for s < 0: s + 1; for s > 0: 1 - s. Mean 1/2.
        let seam = |centre_m| Ground { centre_m, east_m: 1.0, south_m: 0.0 };
        close(&split(Ground::level(-1.0), Ground::level(0.0), &[], &[(seam(-1.0), seam(0.0))]), &[0.5, 0.5]);
    }

    #[test]
    fn a_seam_without_data_is_absent() {
        let absent = (Ground::level(f64::NAN), Ground::level(5.0));
        close(&split(Ground::level(0.0), Ground::level(2.0), &[1.0], &[absent]), &[1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn surfaces_that_cross_in_the_cell_keep_the_net_and_nothing_is_negative() {
        let before = Ground { centre_m: 0.1, east_m: 1.0, south_m: 0.0 };
        let after = Ground { centre_m: 0.0, east_m: -1.0, south_m: 0.3 };
        let lengths = split(after, before, &[-0.5, 0.0, 0.5], &[]);
        assert!(lengths.iter().all(|length| *length >= 0.0), "{lengths:?}");
        assert!((lengths.iter().sum::<f64>() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn depths_under_a_level_by_hand() {
        let ground = |centre_m, east_m, south_m| Ground { centre_m, east_m, south_m };
        // Flat; wholly above; half a wedge of 1 m: 1/4; a pyramid of height 1 over legs of 1, 1/6 of 4 cells.
        for (ground, expected) in [
            (ground(3.0, 0.0, 0.0), 2.0),
            (ground(7.0, 1.0, 1.0), 0.0),
            (ground(5.0, 0.0, -1.0), 0.25),
            (ground(6.0, 1.0, -1.0), 1.0 / 24.0),
            (ground(4.0, 1.0, 1.0), 1.0 + 1.0 / 24.0),
        ] {
            assert!((mean_depth(&ground, 5.0) - expected).abs() < 1e-15, "{ground:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn levels_by_formula_and_by_division_agree(
            low in (-3.0..3.0_f64, -2.0..2.0_f64, -2.0..2.0_f64),
            more in (0.0..4.0_f64, -2.0..2.0_f64, -2.0..2.0_f64),
            levels in (-3.0..3.0_f64, 0.0..3.0_f64),
        ) {
            let high = Ground { centre_m: low.0 + more.0, east_m: more.1, south_m: more.2 };
            let low = Ground { centre_m: low.0, east_m: low.1, south_m: low.2 };
            let levels_m = [levels.0, levels.0 + levels.1];
            let cuts = Cuts { levels_m: &levels_m, layers: &[] };
            let mut by_division = Splitter { lengths: vec![0.0; 3], ..Splitter::default() };
            by_division.split_by_planes(low, high, &cuts);
            by_division.settle(more.0);
            let by_formula = split(low, high, &levels_m, &[]);
            for (one, other) in by_formula.iter().zip(&by_division.lengths) {
                proptest::prop_assert!((one - other).abs() < 1e-12, "{by_formula:?} {:?}", by_division.lengths);
            }
        }
    }

    #[test]
    fn the_foot_of_a_wall_stays_level() {
        assert_eq!(rise(0.0, 0.0, 20.0), 0.0);
        assert_eq!(rise(1.0, 2.0, 3.0), 0.5);
        assert_eq!(rise(f64::NAN, 2.0, 3.0), 0.5);
        assert_eq!(rise(f64::NAN, 2.0, f64::NAN), 0.0);
        assert_eq!(rise(3.0, 2.0, 3.0), 0.0);
    }

    #[test]
    fn a_column_clear_of_all_levels_has_one_place() {
        let cuts = Cuts { levels_m: &[8.0, 10.0], layers: &[] };
        let sloping = |centre_m| Ground { centre_m, east_m: 0.4, south_m: 0.4 };
        assert_eq!(cuts.single_place(&sloping(8.9), &sloping(9.1)), Some(1));
        assert_eq!(cuts.single_place(&sloping(8.5), &sloping(9.1)), None);
        assert_eq!(cuts.single_place(&sloping(1.0), &sloping(2.0)), Some(0));
        assert_eq!(cuts.single_place(&sloping(11.0), &sloping(20.0)), Some(2));
    }
}

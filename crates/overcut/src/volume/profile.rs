//! What a vertical plane cuts out of surfaces: heights along a line, exactly where they bend.

use super::{
    facet::{Extent, Facet, Facets},
    region::Region,
};
use crate::licence::Band;

/// Facets looked up at once along a line, in lengths of a facet.
const STRIDE: f64 = 16.0;

/// A straight line in plan, counted in metres from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Start, from the local origin.
    pub from: [f64; 2],
    /// Direction, of length 1.
    pub along: [f64; 2],
    /// Length, m.
    pub length_m: f64,
}

impl Line {
    /// From one place to another; `None` if they are the same.
    pub fn between(from: [f64; 2], to: [f64; 2]) -> Option<Self> {
        let (ux, uy) = (to[0] - from[0], to[1] - from[1]);
        let length_m = ux.hypot(uy);
        (length_m > 0.0).then(|| Self { from, along: [ux / length_m, uy / length_m], length_m })
    }

    fn at(&self, metres: f64) -> [f64; 2] {
        [self.from[0] + metres * self.along[0], self.from[1] + metres * self.along[1]]
    }

    /// Metres along, and to the left.
    fn coordinates(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = (x - self.from[0], y - self.from[1]);
        (u * self.along[0] + v * self.along[1], v * self.along[0] - u * self.along[1])
    }
}

/// A stretch of a line on which a surface is straight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Where it begins and ends, m along the line.
    pub from_m: f64,
    /// See `from_m`.
    pub to_m: f64,
    /// Heights there.
    pub height_from_m: f64,
    /// See `height_from_m`.
    pub height_to_m: f64,
    /// Square of rise / run of the facet.
    pub slope_squared: f64,
}

impl Stretch {
    /// Height at a place within.
    pub fn at(&self, metres: f64) -> f64 {
        let share = (metres - self.from_m) / (self.to_m - self.from_m);
        self.height_from_m + share * (self.height_to_m - self.height_from_m)
    }
}

/// Stretches of a surface along a line, in their order.
///
/// A line through a corner, or along a side, is taken as if it lay a hair to its right: every stretch belongs to one facet.
pub fn stretches(surface: &dyn Facets, line: &Line) -> Vec<Stretch> {
    crossed(line, surface.pace_m(), |extent, into| surface.near(extent, into), |number| surface.facet(number))
}

/// Stretches of a line that lie in a region.
pub(crate) fn inside(region: &Region, line: &Line) -> Vec<Stretch> {
    crossed(line, line.length_m, |extent, into| region.near(extent, into), |number| Some(region.facet(number)))
}

fn crossed(
    line: &Line,
    pace_m: f64,
    near: impl Fn(&Extent, &mut Vec<usize>),
    facet: impl Fn(usize) -> Option<Facet>,
) -> Vec<Stretch> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, of a million at most")]
    let strides = (line.length_m / (STRIDE * pace_m)).ceil().clamp(1.0, 1e6) as usize;
    let mut numbers = Vec::new();
    // Facets that only touch the line are needed where it runs along a side.
    let margin = 1e-9 * line.length_m.max(1.0);
    for stride in 0..strides {
        let ends = [stride, stride + 1].map(|end| line.at(line.length_m * end as f64 / strides as f64));
        let Extent { west, east, south, north } = Extent::of(&ends);
        near(
            &Extent { west: west - margin, east: east + margin, south: south - margin, north: north + margin },
            &mut numbers,
        );
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut found: Vec<Stretch> = numbers.into_iter().filter_map(|number| cross(line, &facet(number)?)).collect();
    found.sort_by(|a, b| a.from_m.total_cmp(&b.from_m).then(a.to_m.total_cmp(&b.to_m)));
    found
}

/// The stretch of a line in a facet.
fn cross(line: &Line, facet: &Facet) -> Option<Stretch> {
    let [a, b, c] = facet.corners.map(|[x, y, height]| {
        let (along, left) = line.coordinates(x, y);
        [along, left, height]
    });
    let mut ends = [[0.0; 2]; 2];
    let mut count = 0;
    for (p, q) in [(a, b), (b, c), (c, a)] {
        // What lies on the line counts as left of it.
        if (p[1] >= 0.0) != (q[1] >= 0.0) {
            // From left to right whichever facet asks, so that neighbours find the same place.
            let (p, q) = if p[1] >= 0.0 { (p, q) } else { (q, p) };
            let share = p[1] / (p[1] - q[1]);
            if count < 2 {
                ends[count] = [p[0] + share * (q[0] - p[0]), p[2] + share * (q[2] - p[2])];
            }
            count += 1;
        }
    }
    if count != 2 {
        return None;
    }
    ends.sort_by(|p, q| p[0].total_cmp(&q[0]));
    let mut stretch = Stretch {
        from_m: ends[0][0],
        to_m: ends[1][0],
        height_from_m: ends[0][1],
        height_to_m: ends[1][1],
        slope_squared: facet.plane().slope_squared(),
    };
    let (from_m, to_m) = (stretch.from_m.max(0.0), stretch.to_m.min(line.length_m));
    if to_m <= from_m {
        return None;
    }
    (stretch.height_from_m, stretch.height_to_m) = (stretch.at(from_m), stretch.at(to_m));
    (stretch.from_m, stretch.to_m) = (from_m, to_m);
    Some(stretch)
}

/// A stretch on which both surfaces are straight.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "units are in names")]
pub(crate) struct Pair {
    /// Where it begins and ends, m along the line.
    pub(crate) from_m: f64,
    pub(crate) to_m: f64,
    /// Heights of the earlier surface there.
    pub(crate) before_m: [f64; 2],
    /// Heights of the later surface there.
    pub(crate) after_m: [f64; 2],
}

/// Stretches on which both surfaces exist, inside a region if one is given.
pub(crate) fn pairs(before: &[Stretch], after: &[Stretch], within: Option<&[Stretch]>) -> Vec<Pair> {
    let everywhere = [Stretch {
        from_m: f64::NEG_INFINITY,
        to_m: f64::INFINITY,
        height_from_m: 0.0,
        height_to_m: 0.0,
        slope_squared: 0.0,
    }];
    let within = within.unwrap_or(&everywhere);
    let (mut found, mut i, mut j, mut k) = (Vec::new(), 0, 0, 0);
    while let (Some(b), Some(a), Some(w)) = (before.get(i), after.get(j), within.get(k)) {
        let from_m = b.from_m.max(a.from_m).max(w.from_m);
        let to_m = b.to_m.min(a.to_m).min(w.to_m);
        if to_m > from_m {
            let both = |stretch: &Stretch| [stretch.at(from_m), stretch.at(to_m)];
            found.push(Pair { from_m, to_m, before_m: both(b), after_m: both(a) });
        }
        if b.to_m <= a.to_m && b.to_m <= w.to_m {
            i += 1;
        } else if a.to_m <= w.to_m {
            j += 1;
        } else {
            k += 1;
        }
    }
    found
}

/// Areas between the two surfaces on a stretch, m²: removed and added.
pub(crate) fn areas_m2(pair: &Pair, band: Option<Band>) -> (f64, f64) {
    let length = pair.to_m - pair.from_m;
    let depth = [0, 1].map(|end| pair.before_m[end] - pair.after_m[end]);
    let part = |from: f64, to: f64| {
        let at = |heights: [f64; 2], share: f64| heights[0] + share * (heights[1] - heights[0]);
        let mean = |heights: [f64; 2]| {
            let ends = [at(heights, from), at(heights, to)];
            band.map_or(0.5 * (ends[0] + ends[1]), |Band { floor_m, ceiling_m }| mean_between(ends, floor_m, ceiling_m))
        };
        (to - from) * length * (mean(pair.before_m) - mean(pair.after_m))
    };
    let mut areas = (0.0, 0.0);
    let mut add = |area: f64| if area > 0.0 { areas.0 += area } else { areas.1 -= area };
    if depth[0] * depth[1] < 0.0 {
        let share = depth[0] / (depth[0] - depth[1]);
        add(part(0.0, share));
        add(part(share, 1.0));
    } else {
        add(part(0.0, 1.0));
    }
    areas
}

/// Areas between two surfaces along a line, m²: removed and added.
pub fn areas_along(before: &dyn Facets, after: &dyn Facets, line: &Line) -> (f64, f64) {
    pairs(&stretches(before, line), &stretches(after, line), None).iter().fold((0.0, 0.0), |(cut, fill), pair| {
        let (more_cut, more_fill) = areas_m2(pair, None);
        (cut + more_cut, fill + more_fill)
    })
}

/// Mean along a straight stretch of a height that counts from a floor to a ceiling only.
fn mean_between(ends: [f64; 2], floor_m: f64, ceiling_m: f64) -> f64 {
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    if high <= floor_m {
        return floor_m;
    }
    if low >= ceiling_m {
        return ceiling_m;
    }
    let rise = high - low;
    let mut mean = 0.5 * (low + high);
    if low < floor_m {
        mean += 0.5 * (floor_m - low) * ((floor_m - low) / rise);
    }
    if high > ceiling_m {
        mean -= 0.5 * (high - ceiling_m) * ((high - ceiling_m) / rise);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grid::{GridGeometry, GridShape},
        volume::Lattice,
    };

    /// Heights = column, on 4 x 4 cells of 1 m whose centres lie at 0 … 3.
    fn ramp(offset: f64) -> Lattice {
        let grid = GridGeometry::new(-0.5, 3.5, 1.0, 1.0, GridShape { rows: 4, cols: 4 }).unwrap();
        Lattice::new(&grid, (0..16).map(|cell| f64::from(cell % 4) + offset).collect(), [0.0, 0.0])
    }

    #[test]
    fn a_line_along_a_row_of_centres_sees_every_place_once() {
        let line = Line::between([0.0, 1.0], [3.0, 1.0]).unwrap();
        let found = stretches(&ramp(0.0), &line);
        let length: f64 = found.iter().map(|stretch| stretch.to_m - stretch.from_m).sum();
        assert!((length - 3.0).abs() < 1e-12);
        assert!(found.windows(2).all(|pair| (pair[0].to_m - pair[1].from_m).abs() < 1e-12));
        assert!(found.iter().all(|stretch| (stretch.height_from_m - stretch.from_m).abs() < 1e-12));
    }

    #[test]
    fn area_of_a_section_by_hand() {
        // Later surface level at 1 under a ramp from 0 to 3: filled ½ · 1 · 1, cut ½ · 2 · 2.
        let grid = GridGeometry::new(-0.5, 3.5, 1.0, 1.0, GridShape { rows: 4, cols: 4 }).unwrap();
        let level = Lattice::new(&grid, vec![1.0; 16], [0.0, 0.0]);
        let line = Line::between([0.0, 1.3], [3.0, 1.3]).unwrap();
        let (before, after) = (stretches(&ramp(0.0), &line), stretches(&level, &line));
        let area = |band: Option<Band>| {
            pairs(&before, &after, None).iter().fold((0.0, 0.0), |(cut, fill), pair| {
                let (more_cut, more_fill) = areas_m2(pair, band);
                (cut + more_cut, fill + more_fill)
            })
        };
        let (cut, fill) = area(None);
        assert!((cut - 2.0).abs() < 1e-12 && (fill - 0.5).abs() < 1e-12, "{cut} {fill}");
        // From 1 to 2 only: a triangle of ½ and a square of 1. Nothing is filled there.
        let (cut, fill) = area(Some(Band { floor_m: 1.0, ceiling_m: 2.0 }));
        assert!((cut - 1.5).abs() < 1e-12 && fill.abs() < 1e-12, "{cut} {fill}");
    }
}

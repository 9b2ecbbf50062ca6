//! What the precision of a licence's corners means for the volumes on both sides of its boundary.
//!
//! Where a boundary runs through an excavation, moving it outwards by n takes n x depth x length from the one side and gives
//! it to the other. An edge moves with its two corners: by `(1 - t) a + t b` at the share t of its length. So each metre of
//! boundary inside a patch has a derivative by the coordinates of two corners, and the variance of a volume is the sum of the
//! squares of its derivatives times the variance of a coordinate. Corners are taken to be independent of each other, and the
//! same in x and y; corners of several licences at one place are one corner.

use std::collections::BTreeMap;

use geo::{Line, LineString, Winding};

use crate::{faces::FaceMap, grid::GridGeometry, licence::Part, patches::footprint::BoundarySums, tally::QUANTUM};

/// A corner, by the bits of its coordinates.
type Corner = (u64, u64);

/// Derivatives of a volume by the coordinates of corners, m².
#[derive(Debug, Clone, Default)]
pub(super) struct CornerGradient(BTreeMap<Corner, [f64; 2]>);

impl CornerGradient {
    /// Adds `sign` times another one.
    pub(super) fn add(&mut self, other: &Self, sign: f64) {
        for (corner, [x, y]) in &other.0 {
            let sums = self.0.entry(*corner).or_default();
            sums[0] += sign * x;
            sums[1] += sign * y;
        }
    }

    /// Variance of the volume, m⁶, for corners of which each coordinate has variance 1 m².
    pub(super) fn square(&self) -> f64 {
        self.0.values().map(|[x, y]| x * x + y * y).sum()
    }
}

/// Derivatives of the volume inside `face` by its corners, from the boundary with the outside in one block.
pub(super) fn corner_gradient(
    face: u32,
    sums: &BoundarySums,
    faces: &FaceMap,
    parts: &[(usize, &Part)],
    grid: &GridGeometry,
) -> CornerGradient {
    let mut gradient = CornerGradient::default();
    if sums.moment == 0 {
        return gradient;
    }
    let centre = |sum: i128| sum as f64 / sums.moment as f64 + 0.5;
    let (x, y) = grid.to_world(centre(sums.col_moment), centre(sums.row_moment));
    let polygons = faces.parts_of(face).iter().map(|part| &parts[*part as usize].1.polygon);
    let edges = polygons.flat_map(|polygon| {
        let exterior = edges_of(polygon.exterior(), true);
        exterior.chain(polygon.interiors().iter().flat_map(|ring| edges_of(ring, false)))
    });
    let nearest = edges.map(|(edge, outwards)| (Foot::of(&edge, x, y), edge, outwards));
    if let Some((foot, edge, outwards)) = nearest.min_by(|(a, ..), (b, ..)| a.distance_m.total_cmp(&b.distance_m)) {
        let per_metre = sums.moment as f64 * QUANTUM / edge.dx().hypot(edge.dy()) * outwards;
        // To the right of the edge, as long as the edge.
        let normal = [edge.dy() * per_metre, -edge.dx() * per_metre];
        for (corner, share) in [(edge.start, 1.0 - foot.along), (edge.end, foot.along)] {
            let sums = gradient.0.entry((corner.x.to_bits(), corner.y.to_bits())).or_default();
            sums[0] += share * normal[0];
            sums[1] += share * normal[1];
        }
    }
    gradient
}

/// Edges of a ring, and 1 where the right of them is outside the polygon, -1 where the left is.
fn edges_of(ring: &LineString<f64>, exterior: bool) -> impl Iterator<Item = (Line<f64>, f64)> {
    let outwards = if ring.is_ccw() == exterior { 1.0 } else { -1.0 };
    ring.lines().filter(|edge| edge.start != edge.end).map(move |edge| (edge, outwards))
}

/// The place on an edge nearest to a point.
struct Foot {
    distance_m: f64,
    /// Share of the length.
    along: f64,
}

impl Foot {
    fn of(edge: &Line<f64>, x: f64, y: f64) -> Self {
        let (dx, dy) = (edge.dx(), edge.dy());
        let along = (((x - edge.start.x) * dx + (y - edge.start.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let distance_m = (x - edge.start.x - along * dx).hypot(y - edge.start.y - along * dy);
        Self { distance_m, along }
    }
}

//! From overlapping polygons to linework that meets at its ends only.
//!
//! Iterated noding: a side is split at every corner within the tolerance of it, and where it crosses another side; corners
//! within twice the tolerance of each other become one; equal sides are merged. A split may bend a side by up to the
//! tolerance and so bring it near something else, therefore all of it is repeated until a pass finds nothing to do. That
//! last pass is the proof: whether two sides cross is decided exactly, in integers, so the linework that comes out *is*
//! planar.
//!
//! It comes to an end because splits only ever make sides shorter. For that, corners must be kept farther apart than
//! 1.16 times the tolerance: else, in a triangle not much larger than it, each corner lies on the side opposite, and
//! splitting goes round and round. Hence the factor of two.
//!
//! Sides out of reach of any other shape take no part: they are planar because their polygon is valid. Corners that no
//! other polygon comes close to stay where they are, to the last bit.

use std::collections::BTreeSet;

use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::shapes::Shape;
use crate::{
    coverage::{LatticePoint, STEP, dot, truncated, turn},
    grid::GridGeometry,
};

/// Passes before a tolerance is given up. Two or three are usual.
pub(super) const MAX_PASSES: usize = 12;

/// A box with an index.
pub(super) type Indexed = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// Sides that meet at their ends only, each pair of ends once.
#[derive(Debug)]
pub(super) struct Linework {
    /// Every corner; not all are in use.
    pub(super) nodes: Vec<LatticePoint>,
    /// Ascending by ends.
    pub(super) sides: Vec<Side>,
    gains: Vec<Gain>,
}

/// A side from node `a` to node `b`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) a: u32,
    pub(super) b: u32,
    /// Whether other shapes may be near: only such sides are noded.
    near: bool,
    first_gain: usize,
    gains: usize,
}

/// How often the inside of a shape begins where one steps over a side from right to left; seldom other than 1 or -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Gain {
    /// Index of the shape in its cluster.
    pub(super) shape: u32,
    pub(super) net: i32,
}

/// What one shape has in a side, on the way to the next linework.
#[derive(Debug, Clone, Copy)]
struct Record {
    a: u32,
    b: u32,
    gain: Gain,
    near: bool,
}

/// A node that lies on a side.
#[derive(Debug, Clone, Copy)]
struct Split {
    side: u32,
    node: u32,
}

impl Linework {
    /// Nodes the sides of a cluster of shapes; `near` tells whether another shape may touch a side of this one.
    ///
    /// # Errors
    /// A place where the passes did not come to an end.
    pub(super) fn new(
        shapes: &[&Shape],
        grid: &GridGeometry,
        tolerance_m: f64,
        near: impl Fn(usize, LatticePoint, LatticePoint) -> bool,
    ) -> Result<Self, LatticePoint> {
        let mut linework = Self::of_shapes(shapes, near);
        let metric = Metric::new(grid, tolerance_m, linework.nodes.len());
        let mut place = linework.nodes[0];
        for _ in 0..MAX_PASSES {
            linework.merge_nodes(metric);
            let splits = linework.find_splits(metric);
            let Some(split) = splits.first() else { return Ok(linework) };
            place = linework.nodes[split.node as usize];
            linework.split(splits);
        }
        Err(place)
    }

    /// What changes from the right of a side to its left; never empty.
    pub(super) fn gains(&self, side: &Side) -> &[Gain] {
        &self.gains[side.first_gain..side.first_gain + side.gains]
    }

    /// The ends of a side.
    pub(super) fn ends(&self, side: &Side) -> (LatticePoint, LatticePoint) {
        (self.nodes[side.a as usize], self.nodes[side.b as usize])
    }

    fn of_shapes(shapes: &[&Shape], near: impl Fn(usize, LatticePoint, LatticePoint) -> bool) -> Self {
        let mut nodes: Vec<_> = shapes.iter().flat_map(|shape| shape.rings.iter().flatten().copied()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let id = |corner: LatticePoint| narrow(nodes.binary_search(&corner).expect("all corners are in the list"));
        let mut records = Vec::with_capacity(nodes.len());
        for (index, shape) in shapes.iter().enumerate() {
            let gain = Gain { shape: narrow(index), net: 1 };
            records.extend(shape.sides().map(|(from, to)| Record {
                a: id(from),
                b: id(to),
                gain,
                near: near(index, from, to),
            }));
        }
        let mut linework = Self { nodes, sides: Vec::new(), gains: Vec::new() };
        linework.rebuild(records);
        linework
    }

    /// Merges records of the same side; those that cancel out, as the two banks of a collapsed strip do, vanish.
    fn rebuild(&mut self, mut records: Vec<Record>) {
        records.retain(|record| record.a != record.b);
        for record in &mut records {
            if record.a > record.b {
                (record.a, record.b) = (record.b, record.a);
                record.gain.net = -record.gain.net;
            }
        }
        records.sort_unstable_by_key(|record| (record.a, record.b, record.gain.shape));
        self.sides.clear();
        self.gains.clear();
        for side in records.chunk_by(|p, q| (p.a, p.b) == (q.a, q.b)) {
            let first_gain = self.gains.len();
            for same in side.chunk_by(|p, q| p.gain.shape == q.gain.shape) {
                let net = same.iter().map(|record| record.gain.net).sum();
                if net != 0 {
                    self.gains.push(Gain { shape: same[0].gain.shape, net });
                }
            }
            let gains = self.gains.len() - first_gain;
            if gains > 0 {
                let near = side.iter().any(|record| record.near);
                self.sides.push(Side { a: side[0].a, b: side[0].b, near, first_gain, gains });
            }
        }
    }

    /// Replaces every side by a path between the same ends, or between what has taken their places.
    fn replace(&mut self, mut path_of: impl FnMut(usize, &Side, &mut Vec<u32>)) {
        let mut records = Vec::with_capacity(self.gains.len());
        let mut path = Vec::new();
        for (index, side) in self.sides.iter().enumerate() {
            path.clear();
            path_of(index, side, &mut path);
            for ends in path.windows(2) {
                let gains = self.gains(side).iter();
                records.extend(gains.map(|&gain| Record { a: ends[0], b: ends[1], gain, near: side.near }));
            }
        }
        self.rebuild(records);
    }

    /// Makes one node of those within twice the tolerance of each other. Corners come before crossings, and hold their
    /// ground.
    fn merge_nodes(&mut self, metric: Metric) {
        let mut used: Vec<u32> = self.sides.iter().filter(|side| side.near).flat_map(|side| [side.a, side.b]).collect();
        let place = |node: u32| self.nodes[node as usize];
        used.sort_unstable();
        used.dedup();
        used.sort_unstable_by_key(|&node| place(node));
        let mut heirs: Vec<u32> = (0..narrow(self.nodes.len())).collect();
        let mut changed = false;
        for group in used.chunk_by_mut(|&p, &q| place(q).east - place(p).east <= metric.east_steps) {
            if group.len() == 1 {
                continue;
            }
            group.sort_unstable_by_key(|&node| (metric.is_crossing(node), place(node)));
            let mut kept: BTreeSet<(i64, i64, u32)> = BTreeSet::new();
            for &node in group.iter() {
                let LatticePoint { east, south } = place(node);
                let band = (south - metric.south_steps, i64::MIN, 0)..=(south + metric.south_steps, i64::MAX, u32::MAX);
                let heir = kept
                    .range(band)
                    .map(|&(_, _, other)| (metric.squared_m2(place(other), place(node)), other))
                    .filter(|&(squared_m2, other)| squared_m2 <= metric.joint_m(node, other).powi(2))
                    .min_by(|p, q| p.0.total_cmp(&q.0).then(place(p.1).cmp(&place(q.1))));
                if let Some((_, heir)) = heir {
                    heirs[node as usize] = heir;
                    changed = true;
                } else {
                    kept.insert((south, east, node));
                }
            }
        }
        if changed {
            self.replace(|_, side, path| path.extend([heirs[side.a as usize], heirs[side.b as usize]]));
        }
    }

    /// Every node that lies on a side without being its end; crossings become nodes.
    fn find_splits(&mut self, metric: Metric) -> Vec<Split> {
        let near = self.sides.iter().enumerate().filter(|(_, side)| side.near);
        let tree = RTree::bulk_load(near.map(|(index, side)| metric.boxed(self.ends(side), narrow(index))).collect());
        let mut splits = Vec::new();
        let mut crossings = Vec::new();
        for (p, q) in tree.intersection_candidates_with_other_tree(&tree) {
            if p.data < q.data && !self.split_at_ends(p.data, q.data, metric, &mut splits) {
                crossings.extend(self.crossing(p.data, q.data).map(|place| (place, p.data, q.data)));
            }
        }
        for (place, p, q) in crossings {
            let node = narrow(self.nodes.len());
            self.nodes.push(place);
            splits.extend([Split { side: p, node }, Split { side: q, node }]);
        }
        splits
    }

    /// Whether the two sides share an end or have one on the other, so that they cannot cross elsewhere.
    fn split_at_ends(&self, p: u32, q: u32, metric: Metric, splits: &mut Vec<Split>) -> bool {
        let (p_side, q_side) = (&self.sides[p as usize], &self.sides[q as usize]);
        let mut met = false;
        for (index, side, other) in [(p, p_side, q_side), (q, q_side, p_side)] {
            let (a, b) = self.ends(side);
            for node in [other.a, other.b] {
                if node == side.a || node == side.b {
                    met = true;
                } else if metric.on_side(a, b, self.nodes[node as usize], metric.reach_m(node)) {
                    splits.push(Split { side: index, node });
                    met = true;
                }
            }
        }
        met
    }

    /// Where two sides without a common end cross: decided exactly, then rounded to the lattice.
    fn crossing(&self, p: u32, q: u32) -> Option<LatticePoint> {
        let (a, b) = self.ends(&self.sides[p as usize]);
        let (c, d) = self.ends(&self.sides[q as usize]);
        let (turn_c, turn_d) = (turn(a, b, c), turn(a, b, d));
        let (turn_a, turn_b) = (turn(c, d, a), turn(c, d, b));
        if turn_c.signum() * turn_d.signum() >= 0 || turn_a.signum() * turn_b.signum() >= 0 {
            return None;
        }
        // Along the shorter side, where rounding is smaller; the order of the pair does not matter.
        let extent = |a: LatticePoint, b: LatticePoint| (a.east - b.east).abs().max((a.south - b.south).abs());
        let (from, to, turn_from, turn_to) =
            if (extent(a, b), a, b) <= (extent(c, d), c, d) { (a, b, turn_a, turn_b) } else { (c, d, turn_c, turn_d) };
        let share = turn_from as f64 / (turn_from - turn_to) as f64;
        let along = |from: i64, to: i64| from + truncated((share * (to - from) as f64).round());
        Some(LatticePoint { east: along(from.east, to.east), south: along(from.south, to.south) })
    }

    fn split(&mut self, mut splits: Vec<Split>) {
        let place = |node: u32| self.nodes[node as usize];
        splits.sort_by_cached_key(|split| {
            let (a, b) = self.ends(&self.sides[split.side as usize]);
            (split.side, dot(a, b, place(split.node)), place(split.node))
        });
        let mut rest = splits.as_slice();
        self.replace(|index, side, path| {
            let count = rest.partition_point(|split| split.side as usize == index);
            let (here, beyond) = rest.split_at(count);
            rest = beyond;
            path.push(side.a);
            path.extend(here.iter().map(|split| split.node));
            path.push(side.b);
        });
    }
}

/// Distances in metres between lattice points, and what counts as near.
#[derive(Debug, Clone, Copy)]
struct Metric {
    east_m: f64,
    south_m: f64,
    /// How near to a side a corner must be.
    corner_m: f64,
    /// How near to a side a crossing must be: no more than its rounding, for crossings that draw sides to them would
    /// breed further crossings.
    crossing_m: f64,
    /// Twice the tolerance in lattice steps, rounded up.
    east_steps: i64,
    south_steps: i64,
    /// Nodes from here on are crossings.
    corners: usize,
}

impl Metric {
    fn new(grid: &GridGeometry, tolerance_m: f64, corners: usize) -> Self {
        let (east_m, south_m) = (grid.dx * STEP, grid.dy * STEP);
        let crossing_m = 2.0 * east_m.max(south_m);
        let corner_m = tolerance_m.max(crossing_m);
        let steps = |step_m: f64| truncated((2.0 * corner_m / step_m).min((1_u64 << 60) as f64)) + 1;
        Self { east_m, south_m, corner_m, crossing_m, east_steps: steps(east_m), south_steps: steps(south_m), corners }
    }

    fn is_crossing(&self, node: u32) -> bool {
        node as usize >= self.corners
    }

    /// How near to a side a node must be to lie on it.
    fn reach_m(&self, node: u32) -> f64 {
        if self.is_crossing(node) { self.crossing_m } else { self.corner_m }
    }

    /// How near to each other two nodes must be to be one: a crossing joins a corner as another corner would.
    fn joint_m(&self, p: u32, q: u32) -> f64 {
        2.0 * self.reach_m(p).max(self.reach_m(q))
    }

    fn vector_m(&self, from: LatticePoint, to: LatticePoint) -> (f64, f64) {
        ((to.east - from.east) as f64 * self.east_m, (to.south - from.south) as f64 * self.south_m)
    }

    fn squared_m2(&self, from: LatticePoint, to: LatticePoint) -> f64 {
        let (x, y) = self.vector_m(from, to);
        x * x + y * y
    }

    /// Whether a point lies within `reach_m` of the side from a to b.
    fn on_side(&self, a: LatticePoint, b: LatticePoint, point: LatticePoint, reach_m: f64) -> bool {
        let ((ux, uy), (vx, vy)) = (self.vector_m(a, b), self.vector_m(a, point));
        let share = ((ux * vx + uy * vy) / (ux * ux + uy * uy)).clamp(0.0, 1.0);
        let (x, y) = (vx - share * ux, vy - share * uy);
        x * x + y * y <= reach_m * reach_m
    }

    /// The box of a side in cells, with the tolerance around it.
    fn boxed(&self, (a, b): (LatticePoint, LatticePoint), index: u32) -> Indexed {
        boxed(a, b, self.east_steps as f64 * STEP, self.south_steps as f64 * STEP, index)
    }
}

/// The box of two corners in cells, with a margin.
pub(super) fn boxed(a: LatticePoint, b: LatticePoint, margin_east: f64, margin_south: f64, index: u32) -> Indexed {
    let ((ax, ay), (bx, by)) = (a.to_cells(), b.to_cells());
    let low = [ax.min(bx) - margin_east, ay.min(by) - margin_south];
    let high = [ax.max(bx) + margin_east, ay.max(by) + margin_south];
    GeomWithData::new(Rectangle::from_aabb(AABB::from_corners(low, high)), index)
}

pub(super) fn narrow(count: usize) -> u32 {
    u32::try_from(count).expect("linework has fewer than 2³² corners")
}

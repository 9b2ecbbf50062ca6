//! A surface made of plane triangles, however they are kept.

use serde::{Deserialize, Serialize};

/// A corner of a facet: x and y from the local origin, and height; metres.
pub type Corner = [f64; 3];

/// Smallest and largest x, smallest and largest y, from the local origin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// Western edge.
    pub west: f64,
    /// Eastern edge.
    pub east: f64,
    /// Southern edge.
    pub south: f64,
    /// Northern edge.
    pub north: f64,
}

impl Extent {
    /// Nothing: grows with [`Self::reach`].
    pub const NOTHING: Self =
        Self { west: f64::INFINITY, east: f64::NEG_INFINITY, south: f64::INFINITY, north: f64::NEG_INFINITY };

    /// Of some places.
    pub fn of<'a>(places: impl IntoIterator<Item = &'a [f64; 2]>) -> Self {
        let mut extent = Self::NOTHING;
        places.into_iter().for_each(|[x, y]| extent.reach(*x, *y));
        extent
    }

    /// Grows so far that it holds a place.
    pub fn reach(&mut self, x: f64, y: f64) {
        self.west = self.west.min(x);
        self.east = self.east.max(x);
        self.south = self.south.min(y);
        self.north = self.north.max(y);
    }

    /// Whether the insides of two extents meet.
    pub fn meets(&self, other: &Self) -> bool {
        self.west < other.east && other.west < self.east && self.south < other.north && other.south < self.north
    }
}

/// A plane triangle; its corners run counter-clockwise in plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facet {
    /// The three corners.
    pub corners: [Corner; 3],
}

/// The plane through a facet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plane {
    from: Corner,
    per_x: f64,
    per_y: f64,
}

impl Plane {
    /// Height at a place.
    pub(crate) fn at(&self, x: f64, y: f64) -> f64 {
        self.from[2] + self.per_x * (x - self.from[0]) + self.per_y * (y - self.from[1])
    }

    /// Square of rise / run.
    pub(crate) fn slope_squared(&self) -> f64 {
        self.per_x * self.per_x + self.per_y * self.per_y
    }
}

impl Facet {
    /// Twice the plan area, m².
    pub fn doubled_area_m2(&self) -> f64 {
        let [a, b, c] = &self.corners;
        (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    }

    /// The plane through the corners.
    pub(crate) fn plane(&self) -> Plane {
        let [a, b, c] = self.corners;
        let (ux, uy, uz) = (b[0] - a[0], b[1] - a[1], b[2] - a[2]);
        let (vx, vy, vz) = (c[0] - a[0], c[1] - a[1], c[2] - a[2]);
        let doubled = ux * vy - vx * uy;
        Plane { from: a, per_x: (uz * vy - vz * uy) / doubled, per_y: (ux * vz - vx * uz) / doubled }
    }

    /// Extent in plan.
    pub fn extent(&self) -> Extent {
        let mut extent = Extent::NOTHING;
        self.corners.iter().for_each(|[x, y, _]| extent.reach(*x, *y));
        extent
    }
}

/// Plane triangles that do not overlap in plan.
///
/// Coordinates are counted from a local origin that all facets of one question share, so that the seven-digit part of projected
/// coordinates is gone before anything is multiplied.
pub trait Facets: Sync {
    /// Numbers of facets run from 0 to this, without it.
    fn count(&self) -> usize;

    /// A facet; `None` where a number has none (no data).
    fn facet(&self, number: usize) -> Option<Facet>;

    /// Adds the numbers of all facets whose inside may meet an extent, ascending.
    fn near(&self, extent: &Extent, into: &mut Vec<usize>);

    /// About how large facets are, m: sets the pace along lines.
    fn pace_m(&self) -> f64;

    /// Height at a place; `None` outside.
    fn height_at(&self, x: f64, y: f64) -> Option<f64> {
        let mut found = Vec::new();
        let around = Extent { west: x.next_down(), east: x.next_up(), south: y.next_down(), north: y.next_up() };
        self.near(&around, &mut found);
        found
            .into_iter()
            .filter_map(|number| self.facet(number))
            .find(|facet| holds(facet, x, y))
            .map(|facet| facet.plane().at(x, y))
    }
}

/// Whether a place lies in a facet or on its edge.
pub(crate) fn holds(facet: &Facet, x: f64, y: f64) -> bool {
    let [a, b, c] = &facet.corners;
    [(a, b), (b, c), (c, a)].iter().all(|(p, q)| (q[0] - p[0]) * (y - p[1]) - (x - p[0]) * (q[1] - p[1]) >= 0.0)
}

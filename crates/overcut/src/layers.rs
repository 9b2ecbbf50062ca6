//! Seams, ore bodies, overburden and partings: where they lie, and what is stated about them.
//!
//! A layer lies between a roof and a floor. Either is an elevation, a plane or a surface; where the roof is not above the
//! floor, or one of them has no height, the layer is absent. A faulted layer is a list of parts, each valid inside its polygon.

use std::collections::BTreeMap;

use geo::{Area, Polygon};
use serde::{Deserialize, Serialize};

use crate::{
    columns::{Even, Ground},
    error::{Error, Result},
    grid::GridGeometry,
    surface::Surface,
};

/// A plane in world coordinates.
///
/// # Examples
/// ```
/// use overcut::layers::Plane;
/// let seam = Plane::through([[0.0, 0.0, 100.0], [10.0, 0.0, 99.0], [0.0, 10.0, 100.0]])?;
/// assert_eq!(seam.height_m(5.0, 70.0), 99.5);
/// // It dips to the east, so it strikes north.
/// let same = Plane::dipping([0.0, 0.0, 100.0], 90.0, 0.1_f64.atan().to_degrees())?;
/// assert!((same.height_m(5.0, 70.0) - 99.5).abs() < 1e-12);
/// # Ok::<(), overcut::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// x of a point of it.
    pub x: f64,
    /// y of that point.
    pub y: f64,
    /// Its elevation, metres.
    pub z_m: f64,
    /// Rise to the east, metres per metre.
    pub east: f64,
    /// Rise to the north, metres per metre.
    pub north: f64,
}

impl Plane {
    /// The plane through three points (x, y, elevation).
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] if a coordinate is not finite, or the points lie on one line in plan.
    pub fn through(points: [[f64; 3]; 3]) -> Result<Self> {
        let refuse = |found: String| {
            Err(Error::InvalidParameter {
                name: "plane".to_owned(),
                found,
                expected: "three points (x, y, elevation) that do not lie on one line in plan".to_owned(),
            })
        };
        let [a, b, c] = points;
        let (u, v) = ([b[0] - a[0], b[1] - a[1], b[2] - a[2]], [c[0] - a[0], c[1] - a[1], c[2] - a[2]]);
        let cross = u[0] * v[1] - u[1] * v[0];
        let size = u[0].hypot(u[1]) * v[0].hypot(v[1]);
        if !cross.is_finite() || !(u[2] + v[2]).is_finite() || cross.abs() <= 1e-9 * size {
            return refuse(format!("through {points:?}"));
        }
        let east = (u[2] * v[1] - v[2] * u[1]) / cross;
        let north = (u[0] * v[2] - v[0] * u[2]) / cross;
        Ok(Self { x: a[0], y: a[1], z_m: a[2], east, north })
    }

    /// The plane through a point that dips by an angle towards a direction (degrees clockwise from grid north).
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] if a number is not finite, or the dip not from 0 up to, but not including, 90 degrees.
    pub fn dipping([x, y, z_m]: [f64; 3], towards_deg: f64, dip_deg: f64) -> Result<Self> {
        let finite = [x, y, z_m, towards_deg].iter().all(|value| value.is_finite());
        if !(finite && (0.0..90.0).contains(&dip_deg)) {
            return Err(Error::InvalidParameter {
                name: "plane".to_owned(),
                found: format!("at ({x}, {y}, {z_m}), dip {dip_deg}° towards {towards_deg}°"),
                expected: "a point (x, y, elevation) and a dip of 0 to less than 90 degrees".to_owned(),
            });
        }
        let fall = dip_deg.to_radians().tan();
        let (sin, cos) = towards_deg.to_radians().sin_cos();
        Ok(Self { x, y, z_m, east: -fall * sin, north: -fall * cos })
    }

    /// Elevation at a place, metres.
    pub fn height_m(&self, x: f64, y: f64) -> f64 {
        self.z_m + self.east * (x - self.x) + self.north * (y - self.y)
    }
}

impl std::fmt::Display for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { x, y, z_m, east, north } = self;
        write!(
            f,
            "plane through ({x:.3}, {y:.3}, {z_m:.3} m), rising by {east:.6} to the east and {north:.6} to the north"
        )
    }
}

/// A plane as rows of cells see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlaneOnGrid {
    /// Height at the centre of cell (0, 0), metres.
    first: f64,
    /// What a column and a row add.
    per_col: f64,
    per_row: f64,
}

impl PlaneOnGrid {
    pub(crate) fn new(plane: &Plane, grid: &GridGeometry) -> Self {
        let (x, y) = grid.to_world(0.5, 0.5);
        Self { first: plane.height_m(x, y), per_col: plane.east * grid.dx, per_row: -plane.north * grid.dy }
    }

    /// The plane along a row.
    #[inline]
    pub(crate) fn along(&self, row: usize) -> Even {
        let first = Ground {
            centre_m: self.first + self.per_row * row as f64,
            east_m: 0.5 * self.per_col,
            south_m: 0.5 * self.per_row,
        };
        Even { first, per_col_m: self.per_col }
    }

    /// The plane in a cell.
    #[inline]
    pub(crate) fn ground(&self, row: usize, col: usize) -> Ground {
        self.along(row).ground(col)
    }
}

/// Where the roof or the floor of a layer lies.
#[derive(Clone, Copy)]
pub enum LayerBound<'a> {
    /// The same elevation everywhere, metres.
    Level(f64),
    /// A plane.
    Plane(Plane),
    /// A surface on the common grid; where it has no height, the layer is absent.
    Surface(&'a dyn Surface),
}

impl<'a> LayerBound<'a> {
    /// The surface, if it is one.
    pub fn surface(&self) -> Option<&'a dyn Surface> {
        match self {
            Self::Surface(surface) => Some(*surface),
            Self::Level(_) | Self::Plane(_) => None,
        }
    }

    /// In words, for the record.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Level(level) => format!("{level} m"),
            Self::Plane(plane) => plane.to_string(),
            Self::Surface(surface) => surface.info().name.clone(),
        }
    }
}

/// A part of a layer: between its faults, or all of it.
#[derive(Clone)]
pub struct LayerPart<'a> {
    /// Upper bound.
    pub roof: LayerBound<'a>,
    /// Lower bound.
    pub floor: LayerBound<'a>,
    /// Where it is valid; `None` = everywhere.
    pub polygon: Option<Polygon<f64>>,
}

/// What a layer is to whoever mines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// The resource (default).
    #[default]
    Ore,
    /// What lies over it, 剥离物.
    Overburden,
    /// Waste between or inside seams, 夹石.
    Parting,
}

/// A number with its error and its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The number.
    pub value: f64,
    /// Its standard deviation; 0 = taken as exact.
    pub sigma: f64,
    /// Where it comes from, for the reader.
    pub source: Option<String>,
}

/// A seam or ore body.
#[derive(Clone)]
pub struct Layer<'a> {
    /// Name, as licences name it.
    pub name: String,
    /// Its parts, at least one. Where several overlap, the first counts.
    pub parts: Vec<LayerPart<'a>>,
    /// Ore, overburden or parting.
    pub kind: LayerKind,
    /// Bulk density, t/m³, `> 0`, if tonnes are wanted.
    pub density_t_per_m3: Option<f64>,
    /// Whatever else is stated of it for the record, by name: nothing in this crate computes with it.
    pub stated: BTreeMap<String, Stated>,
}

impl<'a> Layer<'a> {
    /// A layer of ore with one part that is valid everywhere.
    pub fn new(name: impl Into<String>, roof: LayerBound<'a>, floor: LayerBound<'a>) -> Self {
        Self::faulted(name, vec![LayerPart { roof, floor, polygon: None }])
    }

    /// A layer of ore with several parts.
    pub fn faulted(name: impl Into<String>, parts: Vec<LayerPart<'a>>) -> Self {
        Self { name: name.into(), parts, kind: LayerKind::Ore, density_t_per_m3: None, stated: BTreeMap::new() }
    }

    /// States the bulk density, t/m³.
    #[must_use]
    pub fn density_t_per_m3(mut self, density: impl Into<Option<f64>>) -> Self {
        self.density_t_per_m3 = density.into();
        self
    }

    /// Says what it is.
    #[must_use]
    pub fn kind(mut self, kind: LayerKind) -> Self {
        self.kind = kind;
        self
    }

    /// The surfaces that bound it: roof and floor of each part.
    pub fn surfaces(&self) -> impl Iterator<Item = &'a dyn Surface> + '_ {
        self.parts.iter().flat_map(|part| [part.roof, part.floor]).filter_map(|bound| bound.surface())
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`].
    pub fn validate(&self) -> Result<()> {
        let refuse = |what: &str, found: String, expected: &str| {
            Err(Error::InvalidParameter {
                name: format!("{what} of layer {}", self.name),
                found,
                expected: expected.to_owned(),
            })
        };
        if self.parts.is_empty() {
            return refuse("parts", "an empty list".to_owned(), "at least one part with a roof and a floor");
        }
        if let Some(density) = self.density_t_per_m3
            && !(density.is_finite() && density > 0.0)
        {
            return refuse("density_t_per_m3", density.to_string(), "tonnes per m³, more than 0");
        }
        for part in &self.parts {
            for (what, bound) in [("roof", part.roof), ("floor", part.floor)] {
                let numbers = match bound {
                    LayerBound::Level(level) => [level, 0.0, 0.0, 0.0, 0.0],
                    LayerBound::Plane(Plane { x, y, z_m, east, north }) => [x, y, z_m, east, north],
                    LayerBound::Surface(_) => [0.0; 5],
                };
                if !numbers.iter().all(|number| number.is_finite()) {
                    return refuse(what, bound.describe(), "an elevation in metres, a plane or a surface");
                }
            }
            if let Some(polygon) = &part.polygon
                && polygon.unsigned_area() <= 0.0
            {
                return refuse("polygon", "without an area".to_owned(), "a closed ring of at least three corners");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;

    #[test]
    fn strike_and_dip_agree_with_three_points_by_hand() {
        // Falls by 1 in 2 towards the south-west.
        let fall = 0.5_f64.atan().to_degrees();
        let plane = Plane::dipping([100.0, 200.0, 50.0], 225.0, fall).unwrap();
        let down = 1.0 / 2.0_f64.sqrt();
        assert!((plane.height_m(100.0 - down, 200.0 - down) - 49.5).abs() < 1e-12);
        assert!((plane.height_m(101.0, 199.0) - 50.0).abs() < 1e-12, "along the strike nothing falls");
        let corners = [(100.0, 200.0), (130.0, 200.0), (90.0, 260.0)].map(|(x, y)| [x, y, plane.height_m(x, y)]);
        let again = Plane::through(corners).unwrap();
        assert!((again.east - plane.east).abs() < 1e-12 && (again.north - plane.north).abs() < 1e-12);
    }

    #[test]
    fn points_on_one_line_and_walls_are_no_plane() {
        assert!(Plane::through([[0.0, 0.0, 1.0], [1.0, 1.0, 2.0], [2.0, 2.0, 5.0]]).is_err());
        assert!(Plane::through([[0.0, 0.0, f64::NAN], [1.0, 0.0, 2.0], [0.0, 2.0, 5.0]]).is_err());
        assert!(Plane::dipping([0.0, 0.0, 0.0], 0.0, 90.0).is_err());
        assert!(Plane::dipping([0.0, 0.0, 0.0], 0.0, -1.0).is_err());
    }

    #[test]
    fn a_plane_in_a_cell_is_the_plane() {
        let grid = GridGeometry::new(500.0, 800.0, 2.0, 4.0, GridShape { rows: 10, cols: 10 }).unwrap();
        let plane = Plane { x: 510.0, y: 790.0, z_m: 20.0, east: 0.3, north: -0.2 };
        let ground = PlaneOnGrid::new(&plane, &grid).ground(3, 4);
        // Cell (3, 4): x 508 to 510, y 784 to 788.
        assert!((ground.centre_m - plane.height_m(509.0, 786.0)).abs() < 1e-12);
        let corner = ground.centre_m + ground.east_m + ground.south_m;
        assert!((corner - plane.height_m(510.0, 784.0)).abs() < 1e-12);
    }
}

//! Whether two grids have a place in common, and what is probably wrong if they have not.

use overcut::{GridGeometry, dem::CrsRecord};

use crate::{
    crs::{CoordinateOperation, title_of},
    error::{Error, Result},
};

/// Points along each side of a grid that are transformed to see where it lies.
const STEPS: u32 = 16;

/// Name, grid and CRS of a surface.
type Placed<'a> = (&'a str, &'a GridGeometry, &'a CrsRecord);

/// A rectangle in the plane, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Extent {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

/// Refuses a surface that does not meet the common grid; `operation` goes from the grid's CRS to the surface's.
///
/// # Errors
/// [`Error::NoOverlap`], with both extents in the surface's CRS and the usual reason, if it looks like one.
pub(super) fn require_overlap(common: Placed<'_>, other: Placed<'_>, operation: &CoordinateOperation) -> Result<()> {
    let (extent, own) = (transformed(common.1, operation), Extent::of(other.1));
    if extent.is_some_and(|extent| extent.meets(&own)) {
        return Ok(());
    }
    let (common_extent, hint) = match extent {
        Some(extent) => (extent.to_string(), hint(&extent, &own, operation.is_identity())),
        None => (
            format!("{} in {}, which has no place in {}", Extent::of(common.1), title_of(common.2), title_of(other.2)),
            "; check that each states the CRS that its coordinates are in".to_owned(),
        ),
    };
    Err(Error::NoOverlap {
        first: common.0.to_owned(),
        first_extent: common_extent,
        second: other.0.to_owned(),
        second_extent: own.to_string(),
        hint,
    })
}

/// The extent of the edge of a grid in another CRS; `None` if no point of it can be transformed.
fn transformed(grid: &GridGeometry, operation: &CoordinateOperation) -> Option<Extent> {
    let (rows, cols) = (grid.shape.rows as f64, grid.shape.cols as f64);
    let shares = || (0..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let mut points: Vec<(f64, f64)> = shares()
        .flat_map(|share| {
            [
                (share * cols, 0.0),
                (share * cols, rows),
                (0.0, share * rows),
                (cols, share * rows),
                (share * cols, 0.5 * rows),
            ]
        })
        .map(|(col, row)| grid.to_world(col, row))
        .collect();
    operation.transform_where_defined(&mut points);
    points.retain(|(x, y)| x.is_finite() && y.is_finite());
    let first = Extent::at(*points.first()?);
    Some(points.iter().fold(first, |extent, point| extent.with(*point)))
}

fn hint(common: &Extent, own: &Extent, same_crs: bool) -> String {
    /// Chinese zone numbers stand before the six digits of an easting.
    const ZONE_M: f64 = 1e6;
    if own.swapped().meets(common) {
        return "; x and y of one of them look swapped: x is east, y is north".to_owned();
    }
    let zones = ((common.west - own.west) / ZONE_M).round();
    if zones.abs() >= 1.0 && own.moved(zones * ZONE_M).meets(common) {
        return if zones.abs() >= 13.0 {
            format!(
                "; their eastings differ by a zone number ({:.0}): state for each the CRS with or without it",
                zones.abs()
            )
        } else {
            "; their eastings carry different zone numbers: state the right CRS for each".to_owned()
        };
    }
    if same_crs {
        "; check that they show the same place, and that neither lies in another zone than it states".to_owned()
    } else {
        "; check that each states the CRS that its coordinates are in".to_owned()
    }
}

impl Extent {
    fn of(grid: &GridGeometry) -> Self {
        Self { west: grid.west, east: grid.east(), south: grid.south(), north: grid.north }
    }

    fn at((x, y): (f64, f64)) -> Self {
        Self { west: x, east: x, south: y, north: y }
    }

    fn with(self, (x, y): (f64, f64)) -> Self {
        Self { west: self.west.min(x), east: self.east.max(x), south: self.south.min(y), north: self.north.max(y) }
    }

    fn meets(&self, other: &Self) -> bool {
        self.west < other.east && other.west < self.east && self.south < other.north && other.south < self.north
    }

    fn swapped(self) -> Self {
        Self { west: self.south, east: self.north, south: self.west, north: self.east }
    }

    fn moved(self, by_m: f64) -> Self {
        Self { west: self.west + by_m, east: self.east + by_m, ..self }
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "x {:.2} to {:.2}, y {:.2} to {:.2}", self.west, self.east, self.south, self.north)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Extent = Extent { west: 498_000.0, east: 499_000.0, south: 3_940_000.0, north: 3_941_000.0 };

    #[test]
    fn what_touches_only_at_an_edge_does_not_meet() {
        assert!(!HERE.meets(&HERE.moved(1_000.0)));
        assert!(HERE.meets(&HERE.moved(999.0)));
    }

    #[test]
    fn the_usual_mistakes_are_named() {
        assert!(hint(&HERE, &HERE.swapped(), true).contains("swapped"));
        assert!(hint(&HERE, &HERE.moved(37e6), true).contains("zone number (37)"));
        assert!(hint(&HERE, &HERE.moved(1e6), true).contains("different zone numbers"));
        assert!(hint(&HERE, &HERE.moved(5_000.0), true).contains("same place"));
    }
}

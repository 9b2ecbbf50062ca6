//! Longitudes and latitudes on the ellipsoid of a CRS, and the ellipsoid itself.

use overcut::dem::CrsRecord;

use super::{CoordinateOperation, horizontal, proj::Context};
use crate::error::Result;

/// An ellipsoid of revolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipsoid {
    /// Semi-major axis, metres.
    pub a_m: f64,
    /// Semi-minor axis, metres.
    pub b_m: f64,
}

/// From the coordinates of a CRS to longitude and latitude, degrees, of its own datum: the inverse of its projection alone.
#[derive(Debug)]
pub struct ToEllipsoid {
    /// The ellipsoid.
    pub ellipsoid: Ellipsoid,
    /// The inverse projection; the identity for a geographic CRS.
    pub inverse: CoordinateOperation,
    /// Whether the coordinates are longitudes and latitudes themselves.
    pub is_geographic: bool,
}

impl ToEllipsoid {
    /// For a CRS; `None` for one that has no ellipsoid, such as a local system.
    ///
    /// # Errors
    /// As [`CoordinateOperation::new`].
    pub fn of(crs: &CrsRecord) -> Result<Option<Self>> {
        let context = Context::new();
        let object = horizontal(&context, &crs.wkt)?;
        let base = object.geodetic();
        let (Some(base), Some(ellipsoid)) = (&base, object.ellipsoid_m()) else { return Ok(None) };
        let Some(wkt) = base.wkt() else { return Ok(None) };
        let inverse = CoordinateOperation::new(&crs.wkt, &wkt)?;
        let is_geographic = inverse.is_identity();
        let (a_m, b_m) = ellipsoid;
        Ok(Some(Self { ellipsoid: Ellipsoid { a_m, b_m }, inverse, is_geographic }))
    }
}

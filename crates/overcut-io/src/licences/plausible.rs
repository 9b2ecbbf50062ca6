//! Coordinates that cannot be what the CRS says: exchanged columns, a zone prefix too many or too few, metres for degrees.

use gdal::spatial_ref::SpatialRef;
use overcut::dem::CrsRecord;

/// Farthest sensible distance from the central meridian of a transverse Mercator zone, metres. Six-degree zones end at
/// 334 km; 1000 km leaves room for neighbours and still separates eastings from the northings of China (over 2000 km).
const FARTHEST_FROM_MERIDIAN_M: f64 = 1e6;

/// A quarter of a meridian, rounded up, metres: no northing is farther from the equator.
const QUARTER_MERIDIAN_M: f64 = 10_010_000.0;

/// What coordinates a CRS allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Expected {
    Degrees,
    TransverseMercator {
        false_easting_m: f64,
        false_northing_m: f64,
        unit_m: f64,
    },
    /// Nothing known about the projection: nothing is tested.
    Anything,
}

impl Expected {
    /// Reads the definition; the parameters of a projection are in it, no database is asked.
    pub(super) fn of(crs: &CrsRecord) -> Self {
        let Ok(reference) = SpatialRef::from_wkt(&crs.wkt) else { return Self::Anything };
        if reference.is_geographic() {
            return Self::Degrees;
        }
        let parameter = |name| reference.get_proj_param(name).ok().flatten().unwrap_or(0.0);
        let method = reference.get_attr_value("PROJECTION", 0).ok().flatten().unwrap_or_default();
        if !matches!(method.as_str(), "Transverse_Mercator" | "Gauss_Kruger") {
            return Self::Anything;
        }
        let unit_m = reference.linear_units();
        Self::TransverseMercator {
            false_easting_m: parameter("false_easting") * unit_m,
            false_northing_m: parameter("false_northing") * unit_m,
            unit_m,
        }
    }

    fn allows(self, x: f64, y: f64) -> bool {
        match self {
            Self::Degrees => x.abs() <= 360.0 && y.abs() <= 90.0,
            Self::TransverseMercator { false_easting_m, false_northing_m, unit_m } => {
                (x * unit_m - false_easting_m).abs() <= FARTHEST_FROM_MERIDIAN_M
                    && (y * unit_m - false_northing_m).abs() <= QUARTER_MERIDIAN_M
            }
            Self::Anything => true,
        }
    }

    /// What is wrong with a point and how to mend it, if anything is.
    pub(super) fn objection(self, x: f64, y: f64) -> Option<String> {
        if self.allows(x, y) {
            return None;
        }
        let exchanged = "x and y are exchanged: x must be east and y north (Chinese tables put X, north, first); \
                         write the file again with the east coordinate first";
        if self.allows(y, x) {
            return Some(exchanged.to_owned());
        }
        match self {
            Self::Degrees => Some(
                "these are not degrees; state the CRS in which the coordinates are, such as crs = \"EPSG:4546\" \
                 (GeoJSON without a `crs` member counts as longitude and latitude)"
                    .to_owned(),
            ),
            Self::TransverseMercator { false_easting_m, .. } => {
                let fits = |easting: f64, northing: f64| -> Option<String> {
                    let (zone, expected) = (zone_prefix(easting), zone_prefix(false_easting_m));
                    if northing.abs() > QUARTER_MERIDIAN_M || zone == expected {
                        return None;
                    }
                    let found = zone.map_or("no zone prefix".to_owned(), |zone| format!("the zone prefix {zone}"));
                    let wanted = expected.map_or("none".to_owned(), |zone| format!("the prefix {zone}"));
                    zone.or(expected)?;
                    Some(format!(
                        "the east coordinate bears {found}, the CRS has {wanted}; state the CRS that fits, such as \
                         EPSG:4525 (CGCS2000, 3 degrees, zone 37, with prefix) or EPSG:4546 (the same zone without)"
                    ))
                };
                Some(fits(x, y).or_else(|| fits(y, x).map(|prefix| format!("{exchanged}; and {prefix}"))).unwrap_or_else(
                    || "far outside the area in which the CRS can be used; state the CRS in which the coordinates are".to_owned(),
                ))
            }
            Self::Anything => None,
        }
    }
}

/// The zone of a Gauss-Kruger easting such as 37498187.664: 13 to 23 in six-degree, 25 to 45 in three-degree zones.
fn zone_prefix(easting_m: f64) -> Option<u32> {
    (13..=45).find(|zone| (100_000.0..900_000.0).contains(&(easting_m - f64::from(*zone) * 1e6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Jishan in EPSG:4546 and, with prefix, in EPSG:4525 (DOMAIN, section 3.2).
    const EAST: f64 = 498_187.664;
    const NORTH: f64 = 3_941_160.735;

    fn gauss_kruger(false_easting_m: f64) -> Expected {
        Expected::TransverseMercator { false_easting_m, false_northing_m: 0.0, unit_m: 1.0 }
    }

    #[test]
    fn coordinates_that_fit_raise_no_objection() {
        assert_eq!(gauss_kruger(500_000.0).objection(EAST, NORTH), None);
        assert_eq!(gauss_kruger(37_500_000.0).objection(37_000_000.0 + EAST, NORTH), None);
        assert_eq!(Expected::Degrees.objection(110.98, 35.6), None);
        assert_eq!(Expected::Anything.objection(NORTH, EAST), None);
    }

    #[test]
    fn north_before_east_is_seen() {
        for (expected, x, y) in [
            (gauss_kruger(500_000.0), NORTH, EAST),
            (gauss_kruger(37_500_000.0), NORTH, 37_000_000.0 + EAST),
            (Expected::Degrees, 35.6, 110.98),
        ] {
            assert!(expected.objection(x, y).unwrap().contains("exchanged"), "{expected:?}");
        }
    }

    #[test]
    fn a_zone_prefix_that_the_crs_has_not_is_named() {
        let objection = gauss_kruger(500_000.0).objection(37_000_000.0 + EAST, NORTH).unwrap();
        assert!(objection.contains("the zone prefix 37, the CRS has none"), "{objection}");
        let objection = gauss_kruger(37_500_000.0).objection(EAST, NORTH).unwrap();
        assert!(objection.contains("no zone prefix, the CRS has the prefix 37"), "{objection}");
        let objection = gauss_kruger(500_000.0).objection(NORTH, 37_000_000.0 + EAST).unwrap();
        assert!(objection.contains("exchanged") && objection.contains("prefix 37"), "{objection}");
    }

    #[test]
    fn metres_in_a_geographic_crs_are_not_degrees() {
        assert!(Expected::Degrees.objection(EAST, NORTH).unwrap().contains("not degrees"));
    }
}

//! Polygons from well-known binary, with the checks that only the stored form allows.

use gdal::vector::{Geometry, geometry_type_flatten, geometry_type_has_z};
use gdal_sys::OGRwkbGeometryType;
use geo::{Coord, LineString, Polygon};

use crate::error::{Error, Result};

/// The polygons of one row.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub polygons: Vec<Polygon<f64>>,
    /// Whether the corners carried elevations, which are dropped.
    pub had_z: bool,
}

/// Polygons of a `Polygon`, a `MultiPolygon` or a collection of these.
///
/// Rings must be closed as stored: [`Polygon::new`] would close them silently.
pub(super) fn shape(wkb: &[u8], place: &str) -> Result<Shape> {
    let mut shape = Shape::default();
    if wkb.is_empty() {
        return Err(Error::NoGeometry { place: place.to_owned() });
    }
    let geometry =
        Geometry::from_wkb(wkb).map_err(|source| Error::GeometryUnreadable { place: place.to_owned(), source })?;
    collect(&geometry, place, &mut shape)?;
    if shape.polygons.is_empty() {
        return Err(Error::NoGeometry { place: place.to_owned() });
    }
    Ok(shape)
}

fn collect(geometry: &Geometry, place: &str, shape: &mut Shape) -> Result<()> {
    match geometry_type_flatten(geometry.geometry_type()) {
        OGRwkbGeometryType::wkbPolygon => {
            if geometry.geometry_count() > 0 {
                shape.had_z |= geometry_type_has_z(geometry.geometry_type());
                let number = shape.polygons.len() + 1;
                shape.polygons.push(polygon(geometry, place, number)?);
            }
            Ok(())
        }
        OGRwkbGeometryType::wkbMultiPolygon | OGRwkbGeometryType::wkbGeometryCollection => {
            (0..geometry.geometry_count()).try_for_each(|index| collect(&geometry.get_geometry(index), place, shape))
        }
        _ => Err(Error::GeometryType { place: place.to_owned(), found: geometry.geometry_name() }),
    }
}

fn polygon(geometry: &Geometry, place: &str, number: usize) -> Result<Polygon<f64>> {
    let mut rings = (0..geometry.geometry_count()).map(|index| {
        let name = if index == 0 { "outer ring".to_owned() } else { format!("hole {index}") };
        ring(&geometry.get_geometry(index), &format!("{place}, polygon {number}, {name}"))
    });
    let exterior = rings.next().expect("at least one ring")?;
    Ok(Polygon::new(exterior, rings.collect::<Result<_>>()?))
}

fn ring(geometry: &Geometry, place: &str) -> Result<LineString<f64>> {
    let mut points = Vec::with_capacity(geometry.point_count());
    geometry.get_points(&mut points);
    if let Some(index) = points.iter().position(|(x, y, _)| !(x.is_finite() && y.is_finite())) {
        let (x, y, _) = points[index];
        return Err(Error::CoordinateNotFinite { place: place.to_owned(), corner: index + 1, x, y });
    }
    if let (Some(first), Some(last)) = (points.first(), points.last())
        && (first.0, first.1) != (last.0, last.1)
    {
        return Err(Error::UnclosedRing {
            place: place.to_owned(),
            first_x: first.0,
            first_y: first.1,
            last_x: last.0,
            last_y: last.1,
        });
    }
    Ok(LineString::new(points.into_iter().map(|(x, y, _)| Coord { x, y }).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_wkt(wkt: &str) -> Result<Shape> {
        shape(&Geometry::from_wkt(wkt).unwrap().wkb().unwrap(), "l.gpkg, row 3")
    }

    #[test]
    fn a_multipolygon_gives_its_polygons_in_order_with_their_holes() {
        let shape =
            of_wkt("MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0),(1 1,1 2,2 2,2 1,1 1)),((20 0,29 0,29 9,20 9,20 0)))").unwrap();
        assert_eq!(shape.polygons.len(), 2);
        assert_eq!(shape.polygons[0].interiors().len(), 1);
        assert_eq!(shape.polygons[1].exterior().0[0], Coord { x: 20.0, y: 0.0 });
        assert!(!shape.had_z);
    }

    #[test]
    fn elevations_of_corners_are_dropped_and_said_so() {
        let shape = of_wkt("POLYGON Z((0 0 5,9 0 5,9 9 5,0 0 5))").unwrap();
        assert!(shape.had_z && shape.polygons[0].exterior().0.len() == 4);
    }

    #[test]
    fn an_unclosed_ring_is_refused_with_row_ring_and_both_ends() {
        let error = of_wkt("POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,1 2,2 2,2 1))").unwrap_err().to_string();
        for part in ["row 3", "hole 1", "(1.000, 1.000)", "(2.000, 1.000)"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn lines_points_empty_polygons_and_broken_bytes_are_refused() {
        assert!(
            matches!(of_wkt("LINESTRING(0 0,1 1)"), Err(Error::GeometryType { found, .. }) if found == "LINESTRING")
        );
        assert!(matches!(of_wkt("GEOMETRYCOLLECTION(POINT(0 0))"), Err(Error::GeometryType { .. })));
        assert!(matches!(of_wkt("POLYGON EMPTY"), Err(Error::NoGeometry { .. })));
        assert!(matches!(shape(&[], "row 1"), Err(Error::NoGeometry { .. })));
        assert!(matches!(shape(&[1, 3, 0, 0, 0, 9], "row 1"), Err(Error::GeometryUnreadable { .. })));
    }

    #[test]
    fn a_corner_that_is_not_a_number_is_refused() {
        let mut wkb = Geometry::from_wkt("POLYGON((0 0,9 0,9 9,0 0))").unwrap().wkb().unwrap();
        let at = 1 + 4 + 4 + 4 + 16;
        wkb[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
        assert!(matches!(shape(&wkb, "row 1"), Err(Error::CoordinateNotFinite { corner: 2, .. })));
    }
}

//! The ground that is asked about, as triangles.

use geo::{Area, Contains, Coord, MultiPolygon, Point, Polygon};
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::{
    boxes::Boxes,
    facet::{Extent, Facet},
};
use crate::error::{Error, Result};

/// Polygons with holes, cut into triangles that share no ground.
#[derive(Debug, Clone)]
pub struct Region {
    triangles: Vec<[[f64; 2]; 3]>,
    boxes: Boxes,
    extent: Extent,
    area_m2: f64,
}

impl Region {
    /// Cuts polygons that do not overlap, in world coordinates, into triangles counted from the local origin.
    ///
    /// # Errors
    /// [`Error::InvalidRegion`] if nothing is enclosed, a coordinate is not finite, or boundaries cross.
    pub fn new(polygons: &MultiPolygon<f64>, origin: [f64; 2]) -> Result<Self> {
        let mut triangles = Vec::new();
        let mut enclosed = 0.0;
        for polygon in polygons {
            let local = moved(polygon, origin)?;
            enclosed += local.unsigned_area();
            triangulate(&local, origin, &mut triangles)?;
        }
        let area_m2: f64 = triangles.iter().map(|triangle| 0.5 * doubled(triangle)).sum();
        if area_m2.is_nan() || area_m2 <= 0.0 {
            return Err(invalid("it encloses no ground"));
        }
        if (area_m2 - enclosed).abs() > 1e-6 * enclosed {
            return Err(invalid("its rings cross or overlap; mend the polygon first (shapely's `make_valid` does it)"));
        }
        let boxes = Boxes::new(triangles.iter().map(Extent::of));
        let extent = Extent::of(triangles.iter().flatten());
        Ok(Self { triangles, boxes, extent, area_m2 })
    }

    /// Area in plan, m².
    pub fn area_m2(&self) -> f64 {
        self.area_m2
    }

    /// Extent, from the local origin.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// The triangles, counter-clockwise, from the local origin.
    pub fn triangles(&self) -> &[[[f64; 2]; 3]] {
        &self.triangles
    }

    pub(crate) fn near(&self, extent: &Extent, into: &mut Vec<usize>) {
        self.boxes.near(extent, into);
    }

    pub(crate) fn facet(&self, number: usize) -> Facet {
        Facet { corners: self.triangles[number].map(|[x, y]| [x, y, 0.0]) }
    }
}

fn moved(polygon: &Polygon<f64>, origin: [f64; 2]) -> Result<Polygon<f64>> {
    use geo::MapCoords;
    let local = polygon.map_coords(|Coord { x, y }| Coord { x: x - origin[0] + 0.0, y: y - origin[1] + 0.0 });
    let finite = |ring: &geo::LineString<f64>| ring.coords().all(|at| at.x.is_finite() && at.y.is_finite());
    if finite(local.exterior()) && local.interiors().iter().all(finite) {
        Ok(local)
    } else {
        Err(invalid("a coordinate is not finite"))
    }
}

/// Constrained Delaunay triangles whose middle lies in the polygon.
fn triangulate(polygon: &Polygon<f64>, origin: [f64; 2], into: &mut Vec<[[f64; 2]; 3]>) -> Result<()> {
    let (mut places, mut sides) = (Vec::new(), Vec::new());
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        let first = places.len();
        places.extend(ring.coords().map(|at| Point2::new(at.x, at.y)));
        sides.extend((first + 1..places.len()).map(|to| (to - 1, to)));
    }
    // The places in order and without repetition, so that numbers are handles.
    let mut sorted = places.clone();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    let find = |at: &Point2<f64>| {
        sorted.binary_search_by(|place| place.x.total_cmp(&at.x).then(place.y.total_cmp(&at.y))).unwrap_or_default()
    };
    let edges: Vec<[usize; 2]> =
        sides.iter().map(|(a, b)| [find(&places[*a]), find(&places[*b])]).filter(|[a, b]| a != b).collect();
    let mut crossing = None;
    let net = ConstrainedDelaunayTriangulation::<Point2<f64>>::try_bulk_load_cdt(sorted.clone(), edges, |[a, _]| {
        crossing.get_or_insert(a);
    })
    .map_err(|error| invalid(&error.to_string()))?;
    if let Some(at) = crossing.and_then(|at| sorted.get(at)) {
        let (x, y) = (at.x + origin[0], at.y + origin[1]);
        return Err(invalid(&format!("its boundary crosses itself near ({x:.2}, {y:.2})")));
    }
    for face in net.inner_faces() {
        let triangle = face.vertices().map(|vertex| [vertex.position().x, vertex.position().y]);
        let middle = Point::new(
            triangle.iter().map(|corner| corner[0]).sum::<f64>() / 3.0,
            triangle.iter().map(|corner| corner[1]).sum::<f64>() / 3.0,
        );
        if doubled(&triangle) > 0.0 && polygon.contains(&middle) {
            into.push(triangle);
        }
    }
    Ok(())
}

fn doubled([a, b, c]: &[[f64; 2]; 3]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
}

fn invalid(why: &str) -> Error {
    Error::InvalidRegion { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn a_hole_is_left_out() {
        let square = polygon![
            exterior: [(x: 100.0, y: 100.0), (x: 110.0, y: 100.0), (x: 110.0, y: 110.0), (x: 100.0, y: 110.0)],
            interiors: [[(x: 102.0, y: 102.0), (x: 104.0, y: 102.0), (x: 104.0, y: 104.0), (x: 102.0, y: 104.0)]],
        ];
        let region = Region::new(&square.into(), [100.0, 100.0]).unwrap();
        assert!((region.area_m2() - 96.0).abs() < 1e-12);
        let inside =
            |x, y| (0..region.triangles().len()).any(|number| super::super::facet::holds(&region.facet(number), x, y));
        assert!(inside(1.0, 1.0) && !inside(3.0, 3.0) && inside(9.5, 9.5));
    }

    #[test]
    fn a_bow_tie_is_refused() {
        let bow = polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 2.0), (x: 2.0, y: 0.0), (x: 0.0, y: 2.0)];
        assert!(matches!(Region::new(&bow.into(), [0.0, 0.0]), Err(Error::InvalidRegion { .. })));
    }
}

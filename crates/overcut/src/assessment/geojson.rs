//! Polygons as GeoJSON geometry objects inside the JSON of a result.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

type Ring = Vec<[f64; 2]>;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

fn rings(polygon: &Polygon<f64>) -> Vec<Ring> {
    std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .map(|ring| ring.coords().map(|c| [c.x, c.y]).collect())
        .collect()
}

fn to_polygon(rings: Vec<Ring>) -> Polygon<f64> {
    let mut rings =
        rings.into_iter().map(|ring| LineString::new(ring.into_iter().map(|[x, y]| Coord { x, y }).collect()));
    let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(exterior, rings.collect())
}

pub(super) fn serialize<S: Serializer>(outline: &MultiPolygon<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    Geometry::MultiPolygon(outline.iter().map(rings).collect()).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MultiPolygon<f64>, D::Error> {
    match Geometry::deserialize(deserializer)? {
        Geometry::MultiPolygon(polygons) => Ok(MultiPolygon(polygons.into_iter().map(to_polygon).collect())),
        Geometry::Polygon(_) => Err(D::Error::custom("expected a MultiPolygon")),
    }
}

/// The same for a single polygon.
pub(crate) mod polygon {
    use super::{Deserialize, Deserializer, Geometry, Polygon, Serialize, Serializer, rings, to_polygon};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(polygon: &Polygon<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        Geometry::Polygon(rings(polygon)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Polygon<f64>, D::Error> {
        match Geometry::deserialize(deserializer)? {
            Geometry::Polygon(rings) => Ok(to_polygon(rings)),
            Geometry::MultiPolygon(_) => Err(D::Error::custom("expected a Polygon")),
        }
    }
}

/// The same for one that may be missing.
pub(super) mod maybe_polygon {
    use super::{Deserialize, Deserializer, Geometry, Polygon, Serialize, Serializer, rings, to_polygon};
    use serde::de::Error as _;

    #[expect(clippy::ref_option, reason = "what serde calls")]
    pub(crate) fn serialize<S: Serializer>(polygon: &Option<Polygon<f64>>, serializer: S) -> Result<S::Ok, S::Error> {
        polygon.as_ref().map(|polygon| Geometry::Polygon(rings(polygon))).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Polygon<f64>>, D::Error> {
        match Option::<Geometry>::deserialize(deserializer)? {
            Some(Geometry::Polygon(rings)) => Ok(Some(to_polygon(rings))),
            Some(Geometry::MultiPolygon(_)) => Err(D::Error::custom("expected a Polygon")),
            None => Ok(None),
        }
    }
}

//! Drawings (DXF) and maps (KML): closed lines are boundaries, a layer of a drawing is a licence.

use std::collections::BTreeMap;

use gdal::{
    errors::GdalError,
    vector::{Geometry, geometry_type_flatten},
};
use gdal_sys::OGRwkbGeometryType;
use geo::{Coord, LineString, Polygon};

use super::{
    LicenceFeature,
    columns::Word,
    printed::wkb,
    text::{
        finding::{Finding, Place},
        parts::by_containment,
    },
};

/// Entities sorted out.
#[derive(Default)]
struct Sorted {
    /// Layers in the order of their first boundary, with the place of it and the rings.
    layers: Vec<(String, String, Vec<LineString<f64>>)>,
    open: Vec<(String, String, LineString<f64>)>,
    ignored: usize,
}

/// Makes one row per layer of the entities of a DXF: closed polylines and areas are rings, holes by containment.
///
/// An open polyline is left out and said as an error: it may be a boundary that somebody has forgotten to close.
pub(super) fn of_drawing(
    features: &[LicenceFeature],
    findings: &mut Vec<Finding>,
) -> Result<Vec<LicenceFeature>, GdalError> {
    let mut sorted = Sorted::default();
    for feature in features {
        let layer = feature.attributes.get("Layer").cloned().flatten().unwrap_or_default();
        for ring in lines(feature)? {
            sorted.add(&layer, &feature.place, ring);
        }
        sorted.ignored += usize::from(lines(feature)?.is_empty());
    }
    sorted.say(findings);
    Ok(sorted
        .layers
        .into_iter()
        .map(|(layer, place, rings)| {
            let (polygons, around) = by_containment(&rings);
            let holes = around.iter().filter(|outer| outer.len() % 2 == 1).count();
            if holes > 0 {
                findings.push(Finding::info("ring_is_hole", Place::licence(&layer)).with("count", holes));
            }
            let attributes = BTreeMap::from([(Word::Licence.as_str().to_owned(), Some(layer))]);
            LicenceFeature { place, attributes, wkb: wkb(&polygons) }
        })
        .collect())
}

/// Of the placemarks of a KML those with areas or closed lines; the name of a placemark is the id.
pub(super) fn of_map(
    features: Vec<LicenceFeature>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<LicenceFeature>, GdalError> {
    let mut kept = Vec::new();
    let mut sorted = Sorted::default();
    for mut feature in features {
        let geometry = if feature.wkb.is_empty() { None } else { Some(Geometry::from_wkb(&feature.wkb)?) };
        let name = feature.attributes.get("Name").or_else(|| feature.attributes.get("name")).cloned().flatten();
        match geometry.as_ref().map(|geometry| geometry_type_flatten(geometry.geometry_type())) {
            Some(OGRwkbGeometryType::wkbLineString | OGRwkbGeometryType::wkbMultiLineString) => {
                let (closed, open): (Vec<_>, Vec<_>) = lines(&feature)?.into_iter().partition(is_closed);
                let layer = name.clone().unwrap_or_default();
                open.into_iter().for_each(|line| sorted.open.push((layer.clone(), feature.place.clone(), line)));
                if closed.is_empty() {
                    continue;
                }
                let polygons: Vec<Polygon<f64>> = by_containment(&closed).0;
                feature.wkb = wkb(&polygons);
            }
            Some(OGRwkbGeometryType::wkbPoint | OGRwkbGeometryType::wkbMultiPoint) | None => {
                sorted.ignored += 1;
                continue;
            }
            Some(_) => {}
        }
        let named = Word::Licence.names().iter().filter(|known| **known != "id");
        let has_own = named.clone().any(|known| feature.attributes.keys().any(|key| key.eq_ignore_ascii_case(known)));
        if !has_own {
            feature.attributes.insert(Word::Licence.as_str().to_owned(), name);
        }
        kept.push(feature);
    }
    sorted.say(findings);
    findings.push(Finding::warning("kml_datum", Place::file()));
    Ok(kept)
}

impl Sorted {
    fn add(&mut self, layer: &str, place: &str, line: LineString<f64>) {
        if !is_closed(&line) {
            self.open.push((layer.to_owned(), place.to_owned(), line));
            return;
        }
        match self.layers.iter_mut().find(|(known, ..)| known == layer) {
            Some((.., rings)) => rings.push(line),
            None => self.layers.push((layer.to_owned(), place.to_owned(), vec![line])),
        }
    }

    fn say(&self, findings: &mut Vec<Finding>) {
        for (layer, place, line) in &self.open {
            let (Some(first), Some(last)) = (line.0.first(), line.0.last()) else { continue };
            let place = Place { sheet: Some(layer.clone()), line: row_of(place), ..Place::default() };
            findings.push(
                Finding::error("open_line", place)
                    .with("first", format!("{:.3}, {:.3}", first.x, first.y))
                    .with("last", format!("{:.3}, {:.3}", last.x, last.y))
                    .with("gap_m", format!("{:.3}", (first.x - last.x).hypot(first.y - last.y))),
            );
        }
        if self.ignored > 0 {
            findings.push(Finding::info("entities_not_read", Place::file()).with("count", self.ignored));
        }
    }
}

fn row_of(place: &str) -> Option<usize> {
    place.rsplit(' ').next()?.parse().ok()
}

fn is_closed(line: &LineString<f64>) -> bool {
    line.0.len() > 3 && line.0.first() == line.0.last()
}

/// The lines and the rings of areas of one feature.
fn lines(feature: &LicenceFeature) -> Result<Vec<LineString<f64>>, GdalError> {
    let mut found = Vec::new();
    if !feature.wkb.is_empty() {
        collect(&Geometry::from_wkb(&feature.wkb)?, &mut found);
    }
    Ok(found)
}

fn collect(geometry: &Geometry, found: &mut Vec<LineString<f64>>) {
    match geometry_type_flatten(geometry.geometry_type()) {
        // A ring of an area is a line string to GDAL.
        OGRwkbGeometryType::wkbLineString | OGRwkbGeometryType::wkbLinearRing => {
            let mut points = Vec::new();
            geometry.get_points(&mut points);
            found.push(points.into_iter().map(|(x, y, _)| Coord { x, y }).collect());
        }
        OGRwkbGeometryType::wkbPolygon
        | OGRwkbGeometryType::wkbMultiPolygon
        | OGRwkbGeometryType::wkbMultiLineString
        | OGRwkbGeometryType::wkbGeometryCollection => {
            (0..geometry.geometry_count()).for_each(|index| collect(&geometry.get_geometry(index), found));
        }
        _ => {}
    }
}

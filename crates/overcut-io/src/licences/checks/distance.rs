//! A licence far from the surfaces is nearly always a wrong zone: which zone would bring it there?

use geo::{BoundingRect as _, Coord, Rect};
use overcut::{Licence, dem::CrsRecord};

use super::super::{Finding, LicencesRead, Place};
use crate::{
    crs::{CoordinateOperation, require_projected_metres, zones::Zone},
    error::Result,
};

/// A licence farther from the surfaces than this does not belong to them, metres: pits and their dumps are nearer.
const FAR_M: f64 = 20_000.0;

/// The extent of surfaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// CRS of the surfaces.
    pub crs: CrsRecord,
    /// West, south, east, north, metres.
    pub bounds_m: [f64; 4],
}

/// Licences that lie far from the surfaces, each with the zone that fits, if one does.
///
/// # Errors
/// None of its own: an operation between the two CRSs that is refused gives no distance, and so no finding.
pub fn check(read: &LicencesRead, extent: &Extent) -> Result<Vec<Finding>> {
    // Degrees give no distance, and surfaces in degrees are refused by the assessment anyway.
    if require_projected_metres(&extent.crs, "the surfaces").is_err() {
        return Ok(Vec::new());
    }
    let Ok(operation) = CoordinateOperation::new(&read.crs.wkt, &extent.crs.wkt) else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    for licence in &read.licences {
        let Some(bounds) = bounds(licence) else { continue };
        let distance_m = distance_m(bounds, &operation, extent);
        if distance_m.is_some_and(|distance_m| distance_m <= FAR_M) {
            continue;
        }
        let place = Place::licence(&licence.id.0);
        let known = read.crs.code.as_deref().and_then(Zone::of_definition);
        let fitting: Vec<Zone> = known.map(|zone| other_zones(zone, bounds, extent)).unwrap_or_default();
        let shown = distance_m.map_or_else(|| "∞".to_owned(), |m| format!("{:.0}", m / 1000.0));
        let finding = match &fitting[..] {
            [] => Finding::error("far_from_surfaces", place),
            fitting => {
                let listed: Vec<String> = fitting
                    .iter()
                    .map(|zone| format!("zone {} (crs=\"{}\")", zone.number, zone.definition()))
                    .collect();
                Finding::error("far_zone_fits", place).with_all("state", listed.join(", "))
            }
        };
        findings.push(finding.with("distance_km", shown).with("crs", super::super::title_of(&read.crs)));
    }
    Ok(findings)
}

fn bounds(licence: &Licence) -> Option<Rect<f64>> {
    licence.parts.iter().filter_map(|part| part.polygon.bounding_rect()).reduce(|a, b| {
        let low = Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) };
        let high = Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) };
        Rect::new(low, high)
    })
}

/// Distance between the middle of a licence and the extent; `None` where the middle has no place in the CRS of the surfaces.
fn distance_m(bounds: Rect<f64>, operation: &CoordinateOperation, extent: &Extent) -> Option<f64> {
    let middle = bounds.center();
    let mut at = [(middle.x, middle.y)];
    operation.transform_where_defined(&mut at);
    let [west, south, east, north] = extent.bounds_m;
    let (x, y) = at[0];
    let beyond = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
    let distance = beyond(x, west, east).hypot(beyond(y, south, north));
    distance.is_finite().then_some(distance)
}

/// Zones of the same datum in which the same numbers would lie at the surfaces.
///
/// With a prefix the number in the eastings goes with the zone.
fn other_zones(zone: Zone, bounds: Rect<f64>, extent: &Extent) -> Vec<Zone> {
    let shifted = |other: Zone| {
        let shift = if zone.prefixed { 1e6 * (f64::from(other.number) - f64::from(zone.number)) } else { 0.0 };
        Rect::new(
            Coord { x: bounds.min().x + shift, y: bounds.min().y },
            Coord { x: bounds.max().x + shift, y: bounds.max().y },
        )
    };
    let others = Zone::all()
        .filter(|other| other.datum == zone.datum && other.prefixed == zone.prefixed && other.number != zone.number);
    let mut fitting: Vec<Zone> = others
        .filter(|other| {
            let Ok(operation) = CoordinateOperation::new(&other.definition(), &extent.crs.wkt) else { return false };
            distance_m(shifted(*other), &operation, extent).is_some_and(|m| m <= FAR_M)
        })
        .collect();
    // A 3-degree and a 6-degree zone can share a meridian: the same width goes first.
    fitting.sort_by_key(|other| (other.width() != zone.width(), other.number));
    if fitting.iter().any(|other| other.width() == zone.width()) {
        fitting.retain(|other| other.width() == zone.width());
    }
    fitting
}

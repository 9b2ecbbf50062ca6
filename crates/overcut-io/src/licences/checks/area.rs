//! Area on the ellipsoid, by the method that Chinese land and mining registers use, and in plan.
//!
//! # References
//! 国土调查办发〔2008〕32号 and TD/T 1055-2019, appendix D: the area between a side, a meridian and the two parallels of its ends is
//! `S = 2 b² ΔL [A sin(ΔB/2) cos Bm - B sin(3ΔB/2) cos 3Bm + C sin(5ΔB/2) cos 5Bm - D sin(7ΔB/2) cos 7Bm + E sin(9ΔB/2) cos 9Bm]`,
//! with the series A to E in e² up to e⁸.

use geo::{Area as _, Coord, Euclidean, Length as _, LineString, Polygon};
use overcut::Licence;

use super::super::{Finding, LicenceArea, text::document::AREA_UNITS};
use crate::{
    crs::{Ellipsoid, ToEllipsoid},
    error::Result,
};

/// Longest piece of a side that is taken for straight in longitude and latitude, metres. At 50 m a square kilometre errs by
/// less than 0.1 m².
const PIECE_M: f64 = 50.0;

/// Most pieces of one side, and most pieces of a ring: a side of a million metres needs no more for a licence.
const MAX_PIECES: f64 = 2_000.0;

/// Metres of a degree of latitude, roughly: only to count pieces of sides given in degrees.
const DEGREE_M: f64 = 111_000.0;

/// Half the last place to which corners are printed by the rule (0.01 m): times the perimeter, what rounding can do to an area.
const CORNER_ROUNDING_M: f64 = 0.005;

/// From this relative difference on, the corners are not those of the document: a hundred times what projection and height
/// can do.
const FAR: f64 = 0.01;

/// The series of an ellipsoid.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    b_m: f64,
    coefficients: [f64; 5],
}

impl Series {
    /// A to E for an ellipsoid.
    pub fn new(ellipsoid: Ellipsoid) -> Self {
        let e2 = 1.0 - (ellipsoid.b_m / ellipsoid.a_m).powi(2);
        let series = |terms: [f64; 5]| terms.iter().rev().fold(0.0, |sum, term| sum * e2 + term);
        let coefficients = [
            series([1.0, 3.0 / 6.0, 30.0 / 80.0, 35.0 / 112.0, 630.0 / 2304.0]),
            series([0.0, 1.0 / 6.0, 15.0 / 80.0, 21.0 / 112.0, 420.0 / 2304.0]),
            series([0.0, 0.0, 3.0 / 80.0, 7.0 / 112.0, 180.0 / 2304.0]),
            series([0.0, 0.0, 0.0, 1.0 / 112.0, 45.0 / 2304.0]),
            series([0.0, 0.0, 0.0, 0.0, 5.0 / 2304.0]),
        ];
        Self { b_m: ellipsoid.b_m, coefficients }
    }

    /// Area between two parallels over one radian of longitude, m²; negative towards the south.
    pub fn per_radian_m2(&self, from_lat_rad: f64, to_lat_rad: f64) -> f64 {
        let (difference, middle) = (to_lat_rad - from_lat_rad, f64::midpoint(from_lat_rad, to_lat_rad));
        let mut sum = 0.0;
        let mut sign = 1.0;
        for (order, coefficient) in [1.0, 3.0, 5.0, 7.0, 9.0].iter().zip(self.coefficients) {
            sum += sign * coefficient * (order * difference / 2.0).sin() * (order * middle).cos();
            sign = -sign;
        }
        2.0 * self.b_m * self.b_m * sum
    }
}

/// Area of a polygon on the ellipsoid, m²; its sides are straight in the CRS.
///
/// # Errors
/// A corner that the inverse projection does not take.
pub fn ellipsoidal_m2(polygon: &Polygon<f64>, to: &ToEllipsoid) -> Result<f64> {
    let series = Series::new(to.ellipsoid);
    let outer = ring_m2(polygon.exterior(), to, &series)?;
    let holes = polygon.interiors().iter().map(|hole| ring_m2(hole, to, &series)).sum::<Result<f64>>()?;
    Ok(outer - holes)
}

fn ring_m2(ring: &LineString<f64>, to: &ToEllipsoid, series: &Series) -> Result<f64> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let unit_m = if to.is_geographic { DEGREE_M } else { 1.0 };
    // A ring of a million corners has short sides: they need no pieces.
    let most = (MAX_PIECES * 500.0 / ring.0.len().max(1) as f64).clamp(1.0, MAX_PIECES);
    for side in ring.lines() {
        let (dx, dy) = (side.end.x - side.start.x, side.end.y - side.start.y);
        let pieces = (dx.hypot(dy) * unit_m / PIECE_M).ceil().clamp(1.0, most);
        let mut piece = 0.0;
        while piece < pieces {
            let share = piece / pieces;
            points.push((side.start.x + share * dx, side.start.y + share * dy));
            piece += 1.0;
        }
    }
    to.inverse.transform(&mut points)?;
    let Some(&(origin, _)) = points.first() else { return Ok(0.0) };
    let count = points.len();
    let sum: f64 = (0..count)
        .map(|index| {
            let ((lon_1, lat_1), (lon_2, lat_2)) = (points[index], points[(index + 1) % count]);
            let width = (f64::midpoint(lon_1, lon_2) - origin).to_radians();
            width * series.per_radian_m2(lat_1.to_radians(), lat_2.to_radians())
        })
        .sum();
    Ok(sum.abs())
}

/// Compares the areas that a document states with those of its corners.
pub(super) fn check(
    licence: &Licence,
    areas: &[&LicenceArea],
    to: Option<&ToEllipsoid>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let Some(to) = to else { return Ok(()) };
    let mut computed = Vec::new();
    for part in &licence.parts {
        let plan_m2 = if to.is_geographic { f64::NAN } else { part.polygon.unsigned_area() };
        computed.push((ellipsoidal_m2(&part.polygon, to)?, plan_m2, perimeter_m(&part.polygon, to.is_geographic)));
    }
    let sum = |parts: std::ops::Range<usize>| {
        computed[parts].iter().fold((0.0, 0.0, 0.0), |(a, b, c), (x, y, z)| (a + x, b + y, c + z))
    };
    let with_areas = |finding: Finding, (ellipsoidal_m2, plan_m2): (f64, f64)| {
        let plan = if plan_m2.is_finite() { format!("{plan_m2:.1}") } else { "–".to_owned() };
        finding
            .with("ellipsoidal_m2", format!("{ellipsoidal_m2:.1}"))
            .with("ellipsoidal_km2", format!("{:.4}", ellipsoidal_m2 / 1e6))
            .with("plan_m2", plan)
    };
    if areas.is_empty() {
        let (ellipsoidal, plan, _) = sum(0..computed.len());
        let finding = Finding::info("area_computed", super::Place::licence(&licence.id.0));
        findings.push(with_areas(finding, (ellipsoidal, plan)));
    }
    for area in areas {
        let (ellipsoidal, plan, perimeter) = sum(area.parts.clone());
        let stated = &area.stated;
        let room_m2 = stated.half_unit_m2() + CORNER_ROUNDING_M * perimeter;
        let fits = |m2: f64| (m2 - stated.m2()).abs() <= room_m2;
        let mut place = super::Place { column: stated.place.column.clone(), ..super::Place::licence(&licence.id.0) };
        place.line = stated.place.line;
        let other_unit = AREA_UNITS.iter().find(|(unit, unit_m2, _)| {
            let room_m2 = (room_m2 - CORNER_ROUNDING_M * perimeter) / stated.unit_m2 * unit_m2;
            // A tenth of a per cent tells units apart, and leaves room for an area in plan.
            *unit != stated.unit && (stated.value * unit_m2 - ellipsoidal).abs() <= room_m2.max(ellipsoidal * 1e-3)
        });
        let difference = (ellipsoidal - stated.m2()) / stated.m2();
        // Plus zero: what rounds to nothing is not shown as minus nothing.
        let percent = (difference * 1e5).round() / 1e3 + 0.0;
        let finding = if fits(ellipsoidal) {
            Finding::info("area_agrees", place)
        } else if fits(plan) {
            Finding::warning("area_is_plan", place)
        } else if let Some((unit, ..)) = other_unit {
            Finding::warning("area_unit", place).with("fits", unit)
        } else if difference.abs() < FAR {
            Finding::warning("area_differs", place)
        } else {
            Finding::error("area_differs", place)
        };
        let finding = finding.with("stated", &stated.text).with("unit", stated.unit);
        let finding = finding.with("difference_percent", format!("{percent:+.3}"));
        findings.push(with_areas(finding, (ellipsoidal, plan)));
    }
    Ok(())
}

fn perimeter_m(polygon: &Polygon<f64>, degrees: bool) -> f64 {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let length = |ring: &LineString<f64>| {
        if !degrees {
            return Euclidean.length(ring);
        }
        let metres = |at: Coord<f64>| Coord { x: at.x * DEGREE_M * at.y.to_radians().cos(), y: at.y * DEGREE_M };
        Euclidean.length(&ring.coords().map(|at| metres(*at)).collect::<LineString<f64>>())
    };
    rings.map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CGCS2000: Ellipsoid = Ellipsoid { a_m: 6_378_137.0, b_m: 6_378_137.0 * (1.0 - 1.0 / 298.257_222_101) };

    /// Area between the equator and a parallel over one radian, closed form.
    fn exact_m2(lat_rad: f64, ellipsoid: Ellipsoid) -> f64 {
        let e = (1.0 - (ellipsoid.b_m / ellipsoid.a_m).powi(2)).sqrt();
        let s = lat_rad.sin();
        let log = ((1.0 + e * s) / (1.0 - e * s)).ln() / (2.0 * e);
        0.5 * ellipsoid.b_m.powi(2) * (s / (1.0 - (e * s).powi(2)) + log)
    }

    #[test]
    fn the_series_is_the_closed_form_to_ten_digits() {
        let krassowsky = Ellipsoid { a_m: 6_378_245.0, b_m: 6_378_245.0 * (1.0 - 1.0 / 298.3) };
        for ellipsoid in [CGCS2000, krassowsky] {
            let series = Series::new(ellipsoid);
            for (from, to) in [(0.0_f64, 90.0_f64), (35.0, 36.0), (18.0, 53.0)] {
                let (from, to) = (from.to_radians(), to.to_radians());
                let exact = exact_m2(to, ellipsoid) - exact_m2(from, ellipsoid);
                let found = series.per_radian_m2(from, to);
                assert!((found / exact - 1.0).abs() < 2e-10, "{found} {exact}");
                assert!((series.per_radian_m2(to, from) + found).abs() < 1e-3);
            }
        }
    }
}

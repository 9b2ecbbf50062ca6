//! Licences into the CRS of the surfaces: straight edges bend, so they get more corners.

use geo::{Coord, LineString, Polygon};
use overcut::{
    Licence,
    assessment::{Conversion, Done},
    dem::CrsRecord,
    transformation::{Fit, Method, Transformation},
};

use crate::{
    crs::{CoordinateOperation, title_of},
    error::Result,
};

/// Largest distance allowed between a transformed straight edge and the edges that stand for it, metres.
pub(super) const MAX_CHORD_ERROR_M: f64 = 0.001;

/// The distance at which an edge is halved: half of what is allowed, because it is measured at three points only.
const SPLIT_M: f64 = MAX_CHORD_ERROR_M / 2.0;

/// Halvings of one edge at most. An edge right across China needs 14; a transformation that still bends after 20 has a jump.
const MAX_DEPTH: u32 = 20;

/// Points of one edge that are compared with its chord, as shares of its length.
const PROBES: [f64; 3] = [0.25, 0.5, 0.75];

/// Shifts between two systems of one kind are shown up to this length; beyond it the origins differ, not the datums.
const LONGEST_SHIFT_M: f64 = 10_000.0;

/// The statement that coordinates stored in one CRS have been converted officially, if there is one.
pub(super) fn officially_converted<'a>(stated: &'a [Transformation], crs: &CrsRecord) -> Option<&'a Transformation> {
    let of = |by: &&Transformation| {
        by.method == Method::OfficiallyConverted && (by.from.wkt == crs.wkt || by.to.wkt == crs.wkt)
    };
    stated.iter().find(of)
}

pub(super) fn official_sentence(by: &Transformation, source: &str) -> String {
    format!(
        "the coordinates of {source} were taken as officially converted to {}, in place of {} (source: {})",
        title_of(&by.to),
        title_of(&by.from),
        by.source
    )
}

pub(super) fn conversion(by: &Transformation, source: &str) -> Conversion {
    Conversion { applied_to: source.to_owned(), done: Done::Transformation(by.clone()) }
}

/// Transforms every polygon; gives the sentences that say so, and the stated transformation that was used.
pub(super) fn bring_to(
    licences: &mut [Licence],
    from: &CrsRecord,
    to: &CrsRecord,
    source: &str,
    stated: &[Transformation],
) -> Result<(Vec<String>, Option<Conversion>)> {
    let (operation, used) = CoordinateOperation::with(&from.wkt, &to.wkt, stated)?;
    if operation.is_identity() {
        let sentence = format!(
            "the coordinates of {source} were taken as they are: {} and {} differ in nothing that moves them",
            title_of(from),
            title_of(to)
        );
        return Ok((vec![sentence], None));
    }
    let (mut added, mut shifts) = (0, (f64::INFINITY, 0.0_f64));
    let mut corners = Vec::new();
    for part in licences.iter_mut().flat_map(|licence| &mut licence.parts) {
        let (transformed, more) = polygon(&part.polygon, &operation)?;
        if used.is_some() {
            let mut images: Vec<(f64, f64)> = part.polygon.exterior().coords().map(|c| (c.x, c.y)).collect();
            let given = images.clone();
            operation.transform(&mut images)?;
            for ((x, y), (u, v)) in given.into_iter().zip(images) {
                let shift = (u - x).hypot(v - y);
                shifts = (shifts.0.min(shift), shifts.1.max(shift));
                corners.push((x, y));
            }
        }
        part.polygon = transformed;
        added += more;
    }
    let accuracy =
        operation.accuracy_m().map_or_else(|| "accuracy not stated".to_owned(), |m| format!("accuracy {m} m"));
    let mut sentences = vec![format!(
        "the polygons of {source} were brought from {} to {} by the operation {} ({accuracy}); edges are straight in {}, \
         and {added} corners were added so that none departs from that line by more than {} mm",
        title_of(from),
        title_of(to),
        operation.description(),
        title_of(from),
        MAX_CHORD_ERROR_M * 1e3,
    )];
    let Some(by) = used.map(|position| &stated[position]) else { return Ok((sentences, None)) };
    if shifts.1 <= LONGEST_SHIFT_M {
        sentences.push(format!("this moved the corners of {source} by {:.3} to {:.3} m", shifts.0, shifts.1));
    }
    if let Some(fit) = &by.fit {
        sentences.push(fit_sentence(fit));
        if from.wkt == by.from.wkt {
            sentences.extend(beyond_points(fit, &corners, source));
        }
    }
    Ok((sentences, Some(conversion(by, source))))
}

fn fit_sentence(fit: &Fit) -> String {
    let worst = &fit.points[fit.worst];
    let how_well = match fit.sigma_m {
        Some(_) => format!(
            ": residuals {:.3} m on average (root mean square), {:.3} m at most, at {}",
            fit.rms_m, worst.residual_m, worst.name
        ),
        None => ", as many as are needed: that they fit proves nothing".to_owned(),
    };
    let suspect = if worst.suspect {
        format!("; {} looks like a gross error, check it or leave it out", worst.name)
    } else {
        String::new()
    };
    format!("its parameters were estimated from {} common points{how_well}{suspect}", fit.points.len())
}

/// A sentence if corners lie farther from the common points than these lie from each other.
fn beyond_points(fit: &Fit, corners: &[(f64, f64)], source: &str) -> Option<String> {
    let points: Vec<(f64, f64)> = fit.points.iter().map(|point| (point.from[0], point.from[1])).collect();
    let apart = |(a, b): (f64, f64), (x, y): (f64, f64)| (a - x).hypot(b - y);
    let width = points.iter().flat_map(|a| points.iter().map(|b| apart(*a, *b))).fold(0.0, f64::max);
    let nearest = |corner: &(f64, f64)| points.iter().map(|point| apart(*point, *corner)).fold(f64::INFINITY, f64::min);
    let farthest = corners.iter().map(nearest).fold(0.0, f64::max);
    // Degrees are no metres: such points are not judged.
    (farthest > width && width > 1_000.0).then(|| {
        format!(
            "corners of {source} lie up to {:.1} km from the nearest common point, the points at most {:.1} km from each other: \
             the transformation is extrapolated there",
            farthest / 1e3,
            width / 1e3
        )
    })
}

/// What transforms points; the seam that lets the densification be tried on a formula.
pub(super) trait Transform {
    fn transform(&self, points: &mut [(f64, f64)]) -> Result<()>;
}

impl Transform for CoordinateOperation {
    fn transform(&self, points: &mut [(f64, f64)]) -> Result<()> {
        CoordinateOperation::transform(self, points)
    }
}

/// Transforms a polygon; gives the number of corners added.
///
/// An edge, straight in the CRS of the file, is halved until no transformed piece departs from its chord by more than
/// [`MAX_CHORD_ERROR_M`]. Halving does not depend on the direction of an edge: two licences that share one get the same
/// corners on it, to the bit.
pub(super) fn polygon(polygon: &Polygon<f64>, by: &impl Transform) -> Result<(Polygon<f64>, usize)> {
    let mut added = 0;
    let mut ring = |ring: &LineString<f64>| -> Result<LineString<f64>> {
        let (ring, more) = densified(ring, by)?;
        added += more;
        Ok(ring)
    };
    let exterior = ring(polygon.exterior())?;
    let interiors = polygon.interiors().iter().map(ring).collect::<Result<_>>()?;
    Ok((Polygon::new(exterior, interiors), added))
}

/// A piece of an edge before and after the transformation.
#[derive(Clone, Copy)]
struct Piece {
    from: Corner,
    to: Corner,
    depth: u32,
}

#[derive(Clone, Copy)]
struct Corner {
    source: (f64, f64),
    target: (f64, f64),
}

fn densified(ring: &LineString<f64>, by: &impl Transform) -> Result<(LineString<f64>, usize)> {
    let source: Vec<(f64, f64)> = ring.coords().map(|c| (c.x, c.y)).collect();
    let mut target = source.clone();
    by.transform(&mut target)?;
    let corners: Vec<Corner> =
        source.into_iter().zip(target).map(|(source, target)| Corner { source, target }).collect();

    let mut result: Vec<Coord<f64>> = corners.first().map(|corner| coord(corner.target)).into_iter().collect();
    // Last in, first out: the pieces of an edge come off in its direction.
    let mut open = Vec::new();
    for edge in corners.windows(2) {
        open.push(Piece { from: edge[0], to: edge[1], depth: 0 });
        while let Some(piece) = open.pop() {
            let probes = PROBES.map(|share| between(piece.from.source, piece.to.source, share));
            let mut seen = probes;
            by.transform(&mut seen)?;
            let bends =
                seen.iter().any(|point| distance_to_chord(*point, piece.from.target, piece.to.target) > SPLIT_M);
            if bends && piece.depth < MAX_DEPTH {
                let middle = Corner { source: probes[1], target: seen[1] };
                open.push(Piece { from: middle, to: piece.to, depth: piece.depth + 1 });
                open.push(Piece { from: piece.from, to: middle, depth: piece.depth + 1 });
            } else {
                result.push(coord(piece.to.target));
            }
        }
    }
    let added = result.len() - corners.len();
    Ok((LineString::new(result), added))
}

fn coord((x, y): (f64, f64)) -> Coord<f64> {
    Coord { x, y }
}

/// The point at `share` of the way; for a share of one half the same for both directions.
fn between(a: (f64, f64), b: (f64, f64), share: f64) -> (f64, f64) {
    ((1.0 - share) * a.0 + share * b.0, (1.0 - share) * a.1 + share * b.1)
}

/// Distance of a point from the line through two others; from the first where they are one.
///
/// The ends are put in order first, so that rounding does not depend on the direction either.
fn distance_to_chord(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (px, py) = (p.0 - a.0, p.1 - a.1);
    let length = dx.hypot(dy);
    if length > 0.0 { (dx * py - dy * px).abs() / length } else { px.hypot(py) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bends lines to circles of about `radius`: x, y → x, y + x² / (2 radius).
    struct Bend {
        radius_m: f64,
    }

    impl Transform for Bend {
        fn transform(&self, points: &mut [(f64, f64)]) -> Result<()> {
            for point in points {
                point.1 += point.0 * point.0 / (2.0 * self.radius_m);
            }
            Ok(())
        }
    }

    fn square(side: f64) -> Polygon<f64> {
        let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)];
        Polygon::new(LineString::from(corners.to_vec()), Vec::new())
    }

    #[test]
    fn no_edge_departs_from_the_curve_by_more_than_a_millimetre() {
        // The curvature of a parallel at 35 degrees: radius of the earth over tan(latitude).
        let bend = Bend { radius_m: 9.1e6 };
        let (bent, added) = polygon(&square(2_000.0), &bend).unwrap();
        // Sagitta of 2000 m: 55 mm; a quarter at each halving: two do not reach 0.5 mm, four do (0.21 mm).
        assert_eq!(added, 2 * 15);
        for edge in bent.exterior().lines() {
            let middle_x = f64::midpoint(edge.start.x, edge.end.x);
            let on_curve = |y0: f64| y0 + middle_x * middle_x / (2.0 * bend.radius_m);
            let chord = f64::midpoint(edge.start.y, edge.end.y);
            if edge.dx() != 0.0 {
                let nearest = on_curve(if chord > 1_000.0 { 2_000.0 } else { 0.0 });
                assert!((nearest - chord).abs() < MAX_CHORD_ERROR_M);
            }
        }
    }

    #[test]
    fn a_shared_edge_gets_the_same_corners_from_both_sides() {
        let bend = Bend { radius_m: 1e6 };
        let there = LineString::from(vec![(12.3, 4.5), (1_987.6, 543.2)]);
        let back = LineString::new(there.0.iter().rev().copied().collect());
        let (there, added) = densified(&there, &bend).unwrap();
        let (mut back, _) = densified(&back, &bend).unwrap();
        back.0.reverse();
        assert!(added > 5);
        assert_eq!(there, back);
    }

    #[test]
    fn a_transformation_that_keeps_lines_straight_adds_nothing() {
        struct Shift;
        impl Transform for Shift {
            fn transform(&self, points: &mut [(f64, f64)]) -> Result<()> {
                for point in points {
                    *point = (point.0 + 500_000.0, point.1 - 3.0);
                }
                Ok(())
            }
        }
        let (moved, added) = polygon(&square(1_000.0), &Shift).unwrap();
        assert_eq!(added, 0);
        assert_eq!(moved.exterior().0[1], Coord { x: 501_000.0, y: -3.0 });
    }
}

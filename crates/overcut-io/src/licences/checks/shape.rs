//! The rings of a licence: what the core would refuse, and what is likely to be a mistake of typing.

use geo::{Area as _, Coord, LineString};
use overcut::{
    Licence,
    licence::{Fault, FaultKind, ring_faults},
};

use super::{
    super::{Finding, Place},
    part_place,
};

/// Most findings of one kind for one part.
const AT_MOST: usize = 20;

/// Corners nearer to each other are likely to be one, metres: the accuracy to which corners of licences are surveyed
/// (national check of 2008: 0.10 m).
const CLOSE_M: f64 = 0.10;

/// A corner more pointed than this is likely to be a mistake, degrees.
const POINTED_DEG: f64 = 1.0;

/// Checks all parts; gives whether their rings bound ground.
pub(super) fn check(licence: &Licence, degrees: bool, findings: &mut Vec<Finding>) -> bool {
    let mut sound = true;
    let mut anticlockwise = 0;
    for (number, part) in licence.parts.iter().enumerate() {
        let place = |ring: usize| Place { ring: (ring > 0).then_some(ring + 1), ..part_place(licence, number) };
        let faults = ring_faults(&part.polygon, AT_MOST);
        sound &= faults.is_empty();
        findings.extend(faults.into_iter().map(|fault| of_fault(fault, &place(fault.ring))));
        let rings = std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors());
        for (index, ring) in rings.enumerate() {
            corners(ring, &place(index), if degrees { 1.0 / 111_000.0 } else { 1.0 }, findings);
        }
        anticlockwise += usize::from(
            LineString::clone(part.polygon.exterior()).0.len() > 3 && signed(part.polygon.exterior()) > 0.0,
        );
    }
    if anticlockwise > 0 && sound {
        findings.push(Finding::info("rings_anticlockwise", Place::licence(&licence.id.0)).with("count", anticlockwise));
    }
    sound
}

fn signed(ring: &LineString<f64>) -> f64 {
    geo::Polygon::new(ring.clone(), Vec::new()).signed_area()
}

fn of_fault(fault: Fault, place: &Place) -> Finding {
    let error = |code| {
        let finding = Finding::error(code, place.clone());
        match fault.place {
            Some(at) => finding.with("x", shown(at.x)).with("y", shown(at.y)),
            None => finding,
        }
    };
    match fault.kind {
        FaultKind::NotFinite { corner, .. } => error("corner_not_finite").with("corner", corner),
        FaultKind::TooFewCorners { distinct } => error("ring_too_short").with("found", distinct),
        FaultKind::NoArea => error("ring_without_area"),
        FaultKind::Spike => error("ring_spike"),
        FaultKind::CrossesItself => error("ring_crosses_itself"),
        FaultKind::TouchesItself => error("ring_touches_itself"),
        FaultKind::RunsAlongItself => error("ring_along_itself"),
        FaultKind::Crosses { other } => error("rings_cross").with("other", other + 1),
        FaultKind::RunsAlong { other } => error("rings_along").with("other", other + 1),
        FaultKind::InHole { other } => error("hole_in_hole").with("other", other + 1),
        FaultKind::OutsideOuter => error("hole_outside"),
    }
}

/// Metres to millimetres, degrees to about a centimetre.
fn shown(value: f64) -> String {
    if value.abs() <= 360.0 { format!("{value:.7}") } else { format!("{value:.3}") }
}

/// Corners that repeat, lie close together, or are pointed; counted from 1 without the closing one.
fn corners(ring: &LineString<f64>, place: &Place, metre: f64, findings: &mut Vec<Finding>) {
    let corners = ring.0.strip_suffix(&ring.0[ring.0.len().saturating_sub(1)..]).unwrap_or(&ring.0);
    let count = corners.len();
    if count < 3 {
        return;
    }
    let at = |corner: usize| place.clone().corner(&(corner + 1).to_string());
    let distance = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).hypot(a.y - b.y) / metre;
    let mut repeated = (0..count).filter(|index| corners[*index] == corners[(index + 1) % count]).peekable();
    if let Some(&first) = repeated.peek() {
        findings.push(Finding::warning("corner_repeated", at(first)).with("count", repeated.count()));
    }
    // By x: only corners within reach of each other are compared.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| corners[*a].x.total_cmp(&corners[*b].x).then(corners[*a].y.total_cmp(&corners[*b].y)));
    let mut close = Vec::new();
    for (position, &a) in order.iter().enumerate() {
        let reach = order[position + 1..]
            .iter()
            .take(AT_MOST)
            .take_while(|b| (corners[**b].x - corners[a].x) / metre < CLOSE_M);
        close.extend(reach.map(|&b| (a.min(b), a.max(b))).filter(|&(a, b)| {
            let apart = distance(corners[a], corners[b]);
            apart > 0.0 && apart < CLOSE_M
        }));
        if close.len() >= AT_MOST {
            break;
        }
    }
    close.sort_unstable();
    findings.extend(close.into_iter().take(AT_MOST).map(|(a, b)| {
        Finding::warning("corners_close", at(a))
            .with("other", b + 1)
            .with("distance_m", format!("{:.3}", distance(corners[a], corners[b])))
    }));
    let pointed = (0..count).filter_map(|index| {
        let (before, here, after) =
            (corners[(index + count - 1) % count], corners[index], corners[(index + 1) % count]);
        let (u, v) = (before - here, after - here);
        // Short sides make any angle: those are close corners.
        if distance(before, here) < 1.0 || distance(after, here) < 1.0 {
            return None;
        }
        let angle = (u.x * v.y - u.y * v.x).abs().atan2(u.x * v.x + u.y * v.y).to_degrees();
        // An exact spike is a fault of the ring already.
        (angle > 0.0 && angle < POINTED_DEG).then_some((index, angle))
    });
    findings.extend(
        pointed.take(AT_MOST).map(|(index, angle)| {
            Finding::warning("corner_pointed", at(index)).with("angle_deg", format!("{angle:.3}"))
        }),
    );
}

//! Rings to polygons: which ring is a hole of which, by containment and not by number.

use geo::{Coord, CoordinatePosition as _, LineString, Polygon, coordinate_position::CoordPos};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::{
    document::{Block, MAX_RINGS, PrintedRing},
    finding::{Finding, Place, Refusal},
    sense::Sense,
};

/// The polygons of a block, in the order of their outer rings; what departs from "the first ring is the outer one, all others
/// are holes" is a finding.
///
/// # Errors
/// More than [`MAX_RINGS`] rings; a ring with fewer than three corners.
pub fn polygons(block: &Block, sense: Sense, findings: &mut Vec<Finding>) -> Result<Vec<Polygon<f64>>, Refusal> {
    if block.rings.len() > MAX_RINGS {
        return Err(Refusal::new("too_many_rings", block.place.clone())
            .with("most", MAX_RINGS)
            .with("found", block.rings.len()));
    }
    if let Some(index) = block.rings.iter().position(|ring| distinct(ring) < 3) {
        let ring = &block.rings[index];
        let line = ring.corners.first().map(|corner| corner.line);
        let place = Place { line, ring: Some(index + 1), sheet: block.place.sheet.clone(), ..Place::default() };
        return Err(Refusal::new("ring_too_short", place).with("found", distinct(ring)));
    }
    let rings: Vec<LineString<f64>> = block
        .rings
        .iter()
        .map(|ring| {
            let mut line: Vec<Coord<f64>> = ring
                .corners
                .iter()
                .map(|corner| {
                    let (x, y) = sense.east_north(corner);
                    Coord { x, y }
                })
                .collect();
            line.extend(line.first().copied());
            LineString::new(line)
        })
        .collect();
    let (polygons, around) = by_containment(&rings);
    note_roles(block, &around, findings);
    Ok(polygons)
}

/// Different corners of a ring, counted up to three.
fn distinct(ring: &PrintedRing) -> usize {
    let mut places = ring.corners.iter().map(|corner| corner.at.map(|each| each.value.to_bits()));
    let Some(first) = places.next() else { return 0 };
    let Some(second) = places.find(|place| *place != first) else { return 1 };
    2 + usize::from(places.any(|place| place != first && place != second))
}

/// Polygons in the order of their outer rings, and for each ring the rings around it.
pub fn by_containment(rings: &[LineString<f64>]) -> (Vec<Polygon<f64>>, Vec<Vec<usize>>) {
    let around = containers(rings);
    let mut polygons: Vec<(usize, LineString<f64>, Vec<LineString<f64>>)> = Vec::new();
    for (index, ring) in rings.iter().enumerate() {
        if around[index].len().is_multiple_of(2) {
            polygons.push((index, ring.clone(), Vec::new()));
        }
    }
    for (index, ring) in rings.iter().enumerate().filter(|(index, _)| around[*index].len() % 2 == 1) {
        // The innermost ring around a hole is the one with the most rings around itself.
        let outer = around[index].iter().copied().max_by_key(|outer| around[*outer].len());
        if let Some((.., holes)) = polygons.iter_mut().find(|(at, ..)| Some(*at) == outer) {
            holes.push(ring.clone());
        } else {
            polygons.push((index, ring.clone(), Vec::new()));
        }
    }
    (polygons.into_iter().map(|(_, outer, holes)| Polygon::new(outer, holes)).collect(), around)
}

/// For each ring, the rings around it.
fn containers(rings: &[LineString<f64>]) -> Vec<Vec<usize>> {
    let boxes = rings.iter().enumerate().map(|(index, ring)| {
        let corner = |pick: fn(f64, f64) -> f64, start: f64| {
            let (x, y) = ring.coords().fold((start, start), |(x, y), c| (pick(x, c.x), pick(y, c.y)));
            [x, y]
        };
        let rectangle = Rectangle::from_corners(corner(f64::min, f64::INFINITY), corner(f64::max, f64::NEG_INFINITY));
        GeomWithData::new(rectangle, index)
    });
    let tree = RTree::bulk_load(boxes.collect());
    let polygons: Vec<Polygon<f64>> = rings.iter().map(|ring| Polygon::new(ring.clone(), Vec::new())).collect();
    rings
        .iter()
        .enumerate()
        .map(|(index, ring)| {
            let Some(first) = ring.0.first() else { return Vec::new() };
            let candidates = tree.locate_in_envelope_intersecting(&AABB::from_point([first.x, first.y]));
            let mut around: Vec<usize> = candidates
                .map(|each| each.data)
                .filter(|outer| *outer != index && lies_in(ring, &polygons[*outer]))
                .collect();
            around.sort_unstable();
            around
        })
        .collect()
}

/// Whether a ring lies in another: told by its first corner that is not on the boundary of the other.
fn lies_in(ring: &LineString<f64>, polygon: &Polygon<f64>) -> bool {
    let told = ring.coords().take(64).map(|corner| polygon.coordinate_position(corner));
    told.into_iter().find(|position| *position != CoordPos::OnBoundary) == Some(CoordPos::Inside)
}

fn note_roles(block: &Block, around: &[Vec<usize>], findings: &mut Vec<Finding>) {
    let place = |ring: usize| {
        let line = block.rings[ring].corners.first().map(|corner| corner.line);
        Place { line, ring: Some(ring + 1), sheet: block.place.sheet.clone(), ..Place::default() }
    };
    let holes = around.iter().filter(|outer| outer.len() == 1).count();
    if holes > 0 {
        let first = around.iter().position(|outer| outer.len() == 1).unwrap_or_default();
        findings.push(Finding::info("ring_is_hole", place(first)).with("count", holes));
    }
    if let Some(first) = around.iter().skip(1).position(Vec::is_empty) {
        let count = around.iter().skip(1).filter(|outer| outer.is_empty()).count();
        if around[0].is_empty() {
            findings.push(Finding::warning("ring_is_outer", place(first + 1)).with("count", count));
        } else {
            findings.push(Finding::warning("first_ring_is_hole", place(0)));
        }
    }
    if let Some(island) = around.iter().position(|outer| outer.len() > 1) {
        findings.push(Finding::warning("rings_nested", place(island)).with("depth", around[island].len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licences::text::{
        document::{Coordinate, Corner, Order, PrintedRing},
        sense::Kind,
    };

    fn square(low: f64, high: f64) -> PrintedRing {
        let corners = [(low, low), (low, high), (high, high), (high, low)].map(|(n, e)| Corner {
            label: "".into(),
            at: [n, e].map(|value| Coordinate { value, decimals: 0, is_angle: false }),
            line: 1,
        });
        PrintedRing { number: None, corners: corners.to_vec(), closed: false }
    }

    fn shapes(rings: Vec<PrintedRing>) -> (Vec<(f64, usize)>, Vec<&'static str>) {
        let sense = Sense { order: Order::NorthEast, kind: Kind::OtherMetres };
        let mut findings = Vec::new();
        let block = Block { rings, ..Block::default() };
        let polygons = polygons(&block, sense, &mut findings).unwrap();
        let shapes = polygons.iter().map(|each| (each.exterior().0[0].x, each.interiors().len())).collect();
        (shapes, findings.iter().map(|each| each.code).collect())
    }

    #[test]
    fn a_ring_inside_another_is_a_hole_whatever_its_number() {
        assert_eq!(shapes(vec![square(0.0, 9.0), square(1.0, 2.0)]), (vec![(0.0, 1)], vec!["ring_is_hole"]));
        let (found, notes) = shapes(vec![square(1.0, 2.0), square(0.0, 9.0)]);
        assert_eq!((found, notes), (vec![(0.0, 1)], vec!["ring_is_hole", "first_ring_is_hole"]));
    }

    #[test]
    fn a_ring_beside_another_is_a_part_and_one_in_a_hole_an_island() {
        assert_eq!(shapes(vec![square(0.0, 4.0), square(5.0, 9.0)]), (vec![(0.0, 0), (5.0, 0)], vec!["ring_is_outer"]));
        let (found, notes) = shapes(vec![square(0.0, 9.0), square(1.0, 8.0), square(2.0, 7.0)]);
        assert_eq!((found, notes), (vec![(0.0, 1), (2.0, 0)], vec!["ring_is_hole", "rings_nested"]));
    }
}

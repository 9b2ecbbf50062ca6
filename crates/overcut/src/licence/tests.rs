use geo::{Coord, LineString};
use jiff::civil::date;

use super::*;

fn ring(corners: &[(f64, f64)]) -> LineString<f64> {
    corners.iter().map(|&(x, y)| Coord { x: 500_000.0 + x, y: 3_941_000.0 + y }).collect()
}

fn licence(outer: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> Licence {
    let polygon = Polygon::new(ring(outer), holes.iter().map(|hole| ring(hole)).collect());
    Licence {
        id: LicenceId("C1".to_owned()),
        holder: None,
        mineral: None,
        method: None,
        validity: Validity::default(),
        vertical_datum: VerticalDatum::Unknown,
        parts: vec![Part { polygon, band: None, layers: None }],
    }
}

const SQUARE: [(f64, f64); 4] = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];

fn refusal(outer: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> String {
    licence(outer, holes).validate().unwrap_err().to_string()
}

#[test]
fn a_polygon_with_two_holes_is_accepted_in_any_direction_and_with_repeated_corners() {
    let hole = [(1.0, 1.0), (3.0, 1.0), (3.0, 1.0), (3.0, 3.0)];
    let other = [(5.0, 5.0), (5.0, 8.0), (8.0, 8.0), (8.0, 8.0)];
    licence(&SQUARE, &[&hole, &other]).validate().unwrap();
    let mut backwards = SQUARE;
    backwards.reverse();
    licence(&backwards, &[&other, &hole]).validate().unwrap();
}

#[test]
fn corners_within_straight_sides_are_harmless() {
    let outer = [(0.0, 0.0), (3.0, 0.0), (10.0, 0.0), (10.0, 5.0), (10.0, 10.0), (0.0, 10.0)];
    licence(&outer, &[]).validate().unwrap();
}

#[test]
fn swapped_corners_are_a_crossing_with_its_place() {
    let error = licence(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)], &[]).validate().unwrap_err();
    let Error::SelfCrossing { part, ring, x, y, .. } = &error else { panic!("{error}") };
    assert_eq!((*part, ring.as_str()), (1, "outer ring"));
    assert!((x - 500_005.0).abs() < 1e-6 && (y - 3_941_005.0).abs() < 1e-6, "{error}");
}

#[test]
fn a_crossing_of_a_hole_names_the_hole() {
    let bow = [(2.0, 2.0), (4.0, 4.0), (4.0, 2.0), (2.0, 4.0)];
    let triangle = [(6.0, 6.0), (7.0, 6.0), (7.0, 7.0)];
    assert!(refusal(&SQUARE, &[&triangle, &bow]).contains("hole 2 crosses itself near (500003.00, 3941003.00)"));
}

#[test]
fn a_ring_that_touches_itself_is_refused_with_the_place() {
    let at_corners = [(0.0, 0.0), (2.0, 2.0), (4.0, 0.0), (4.0, 4.0), (2.0, 2.0), (0.0, 4.0)];
    assert!(refusal(&at_corners, &[]).contains("touches itself at (500002.000, 3941002.000)"));
    let on_a_side = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 0.0), (0.0, 4.0)];
    assert!(refusal(&on_a_side, &[]).contains("touches itself at (500002.000, 3941000.000)"));
}

#[test]
fn a_spike_is_refused() {
    let spike = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (15.0, 5.0), (10.0, 5.0), (10.0, 10.0), (0.0, 10.0)];
    assert!(refusal(&spike, &[]).contains("runs back along itself at (500015.000, 3941005.000)"));
    let inwards = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (10.0, 2.0), (0.0, 10.0)];
    assert!(refusal(&inwards, &[]).contains("runs back along itself at (500010.000, 3941010.000)"));
}

#[test]
fn a_ring_that_runs_along_itself_is_refused() {
    let keyhole = [
        (0.0, 0.0),
        (9.0, 0.0),
        (9.0, 9.0),
        (6.0, 9.0),
        (6.0, 5.0),
        (4.0, 5.0),
        (4.0, 9.0),
        (8.0, 9.0),
        (8.0, 10.0),
        (0.0, 10.0),
    ];
    assert!(refusal(&keyhole, &[]).contains("runs along itself"), "{}", refusal(&keyhole, &[]));
}

#[test]
fn a_ring_that_bounds_nothing_is_refused() {
    assert!(refusal(&[(0.0, 0.0), (1.0, 1.0)], &[]).contains("2 distinct corner(s)"));
    assert!(refusal(&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0)], &[]).contains("2 distinct corner(s)"));
    assert!(refusal(&[], &[]).contains("0 distinct corner(s)"));
    assert!(refusal(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], &[]).contains("encloses no area"));
    assert!(refusal(&SQUARE, &[&[(1.0, 1.0), (2.0, 1.0), (4.0, 1.0)]]).contains("hole 1: it encloses no area"));
}

#[test]
fn a_coordinate_that_is_not_finite_is_refused_with_its_number() {
    assert!(refusal(&[(0.0, 0.0), (1.0, f64::NAN), (1.0, 1.0)], &[]).contains("corner 2 is (500001, NaN)"));
    assert!(refusal(&[(0.0, 0.0), (1.0, 0.0), (f64::INFINITY, 1.0)], &[]).contains("corner 3 is (inf,"));
}

#[test]
fn a_hole_outside_or_around_its_outer_ring_is_refused() {
    let outside = [(12.0, 1.0), (14.0, 1.0), (14.0, 3.0)];
    assert!(refusal(&SQUARE, &[&outside]).contains("hole 1: it is not inside the outer ring"));
    let around = [(-1.0, -1.0), (11.0, -1.0), (11.0, 11.0), (-1.0, 11.0)];
    assert!(refusal(&SQUARE, &[&around]).contains("hole 1: it is not inside the outer ring"));
}

#[test]
fn a_hole_that_crosses_its_outer_ring_is_refused() {
    let crossing = [(8.0, 2.0), (12.0, 2.0), (12.0, 4.0), (8.0, 4.0)];
    assert!(refusal(&SQUARE, &[&crossing]).contains("hole 1: it crosses the outer ring near (500010.000, 394100"));
}

#[test]
fn a_hole_that_crosses_its_outer_ring_in_corners_only_is_refused() {
    // The outer ring has a notch with its mouth from (10, 4) to (10, 6); the hole has its side across the mouth.
    let notched = [(0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (5.0, 5.0), (10.0, 6.0), (10.0, 10.0), (0.0, 10.0)];
    let across = [(10.0, 4.0), (10.0, 6.0), (2.0, 8.0), (2.0, 2.0)];
    assert!(refusal(&notched, &[&across]).contains("hole 1"), "{}", refusal(&notched, &[&across]));
    let through_a_corner = [(10.0, 10.0), (14.0, 14.0), (14.0, 12.0)];
    assert!(refusal(&SQUARE, &[&through_a_corner]).contains("not inside the outer ring"));
}

#[test]
fn a_hole_that_touches_other_rings_in_points_is_accepted() {
    let at_a_corner = [(0.0, 0.0), (2.0, 1.0), (1.0, 2.0)];
    let on_a_side = [(10.0, 5.0), (8.0, 6.0), (8.0, 4.0)];
    let on_the_other_hole = [(8.0, 5.0), (6.0, 6.0), (6.0, 4.0)];
    licence(&SQUARE, &[&at_a_corner, &on_a_side, &on_the_other_hole]).validate().unwrap();
}

#[test]
fn a_hole_along_another_ring_is_refused() {
    let along = [(4.0, 0.0), (6.0, 0.0), (5.0, 3.0)];
    assert!(refusal(&SQUARE, &[&along]).contains("hole 1: it runs along the outer ring"));
    let (left, right) = ([(2.0, 2.0), (4.0, 2.0), (4.0, 4.0)], [(4.0, 3.0), (4.0, 5.0), (6.0, 4.0)]);
    assert!(refusal(&SQUARE, &[&left, &right]).contains("hole 2: it runs along the hole 1"));
}

#[test]
fn a_hole_inside_another_hole_is_refused() {
    let large = [(1.0, 1.0), (9.0, 1.0), (9.0, 9.0), (1.0, 9.0)];
    let small = [(4.0, 4.0), (5.0, 4.0), (5.0, 5.0)];
    assert!(refusal(&SQUARE, &[&large, &small]).contains("hole 2: it lies inside hole 1"));
    let touching = [(1.0, 1.0), (3.0, 2.0), (2.0, 3.0)];
    assert!(refusal(&SQUARE, &[&large, &touching]).contains("hole 2: it lies inside hole 1"));
    assert!(refusal(&SQUARE, &[&large, &large]).contains("hole 2: it runs along the hole 1"));
}

#[test]
fn crossings_are_decided_exactly_at_projected_coordinates() {
    // A corner that misses the opposite side by the smallest step of f64, on either side of it.
    let step = 2_f64.powi(-31);
    let near = |x: f64| [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 3.0), (x, 2.0), (0.0, 1.0)];
    licence(&near(4.0 - 2.0 * step), &[]).validate().unwrap();
    assert!(refusal(&near(4.0), &[]).contains("touches itself"));
    assert!(refusal(&near(4.0 + 2.0 * step), &[]).contains("crosses itself"));
}

#[test]
fn a_band_must_have_its_floor_below_its_ceiling_and_both_finite() {
    let mut licence = licence(&SQUARE, &[]);
    licence.parts.push(licence.parts[0].clone());
    for (floor_m, ceiling_m) in [(5.0, 5.0), (6.0, 5.0), (f64::NAN, 5.0), (5.0, f64::NAN), (f64::NEG_INFINITY, 5.0)] {
        licence.parts[1].band = Some(Band { floor_m, ceiling_m });
        assert!(licence.validate().unwrap_err().to_string().contains("part 2: band from floor"));
    }
    licence.parts[1].band = Some(Band { floor_m: -20.0, ceiling_m: 5.0 });
    licence.validate().unwrap();
}

#[test]
fn a_validity_of_one_day_is_a_validity_and_one_that_ends_before_it_starts_is_not() {
    let mut licence = licence(&SQUARE, &[]);
    licence.validity = Validity { from: Some(date(2024, 2, 29)), to: Some(date(2024, 2, 29)) };
    licence.validate().unwrap();
    licence.validity.to = Some(date(2024, 2, 28));
    assert!(matches!(licence.validate(), Err(Error::InvalidValidity { .. })));
}

#[test]
fn a_licence_without_parts_and_two_licences_with_one_id_are_refused() {
    let mut empty = licence(&SQUARE, &[]);
    let full = empty.clone();
    empty.parts.clear();
    assert!(matches!(empty.validate(), Err(Error::EmptyLicence { .. })));
    let mut other = full.clone();
    other.id = LicenceId("C2".to_owned());
    validate_all(&[full.clone(), other.clone()]).unwrap();
    assert!(matches!(validate_all(&[full.clone(), other, full]), Err(Error::DuplicateLicence { id }) if id.0 == "C1"));
}

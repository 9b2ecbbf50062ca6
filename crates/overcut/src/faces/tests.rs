#![expect(clippy::float_cmp, reason = "areas and lengths are exact, or bounded where they are not")]

use geo::{Coord, LineString};

use super::*;
use crate::{
    GridShape,
    coverage::{ContactSide, Segment},
};

const WEST: f64 = 500_000.0;
const NORTH: f64 = 3_941_000.0;

fn grid(rows: usize, cols: usize) -> GridGeometry {
    GridGeometry::new(WEST, NORTH, 1.0, 1.0, GridShape { rows, cols }).unwrap()
}

/// A ring from metres east and south of the corner of the grid.
fn ring(corners: &[(f64, f64)]) -> LineString<f64> {
    corners.iter().map(|&(east, south)| Coord { x: WEST + east, y: NORTH - south }).collect()
}

fn polygon(corners: &[(f64, f64)]) -> Polygon<f64> {
    Polygon::new(ring(corners), vec![])
}

fn square(east: f64, south: f64, side: f64) -> Polygon<f64> {
    polygon(&[(east, south), (east, south + side), (east + side, south + side), (east + side, south)])
}

fn map(polygons: &[Polygon<f64>], grid: &GridGeometry) -> FaceMap {
    FaceMap::new(&polygons.iter().collect::<Vec<_>>(), grid).unwrap()
}

fn sets(map: &FaceMap) -> Vec<&[u32]> {
    (0..narrow(map.face_count())).map(|face| map.parts_of(face)).collect()
}

/// Area of each face on the grid, in cells.
fn areas(map: &FaceMap, grid: &GridGeometry) -> Vec<f64> {
    let mut areas = vec![0.0; map.face_count()];
    let rows = map.rows(0..grid.shape.rows);
    for row in 0..grid.shape.rows {
        for &segment in rows.row(row).segments {
            if let Segment::Run { start, end, face } = segment {
                areas[face as usize] += f64::from(end - start);
            }
            for piece in rows.row(row).pieces_of(segment) {
                areas[piece.face as usize] += piece.fraction;
            }
        }
    }
    areas
}

fn contact_m(map: &FaceMap, grid: &GridGeometry) -> f64 {
    let rows = map.rows(0..grid.shape.rows);
    (0..grid.shape.rows).flat_map(|row| rows.row(row).contacts).map(|contact| contact.length_m).sum()
}

#[test]
fn stacked_licences_with_one_polygon_are_one_face_whatever_their_first_corner_or_direction() {
    let corners = [(1.2, 0.7), (1.5, 3.1), (3.9, 2.8), (3.3, 1.1)];
    let mut stack = vec![polygon(&corners)];
    for shift in 1..4 {
        let mut other = corners;
        other.rotate_left(shift);
        stack.push(polygon(&other));
        other.reverse();
        stack.push(polygon(&other));
    }
    let found = map(&stack, &grid(4, 5));
    assert_eq!(sets(&found), [&[][..], &[0, 1, 2, 3, 4, 5, 6]]);
    assert_eq!(areas(&found, &grid(4, 5)), areas(&map(&stack[..1], &grid(4, 5)), &grid(4, 5)));
}

#[test]
fn overlapping_licences_have_a_face_of_both() {
    let found = map(&[square(1.0, 1.0, 2.0), square(2.0, 2.0, 2.0)], &grid(5, 5));
    assert_eq!(sets(&found), [&[][..], &[0], &[0, 1], &[1]]);
    assert_eq!(areas(&found, &grid(5, 5)), [18.0, 3.0, 1.0, 3.0]);
    assert_eq!(contact_m(&found, &grid(5, 5)), 12.0);
}

#[test]
fn a_licence_inside_another_touches_no_outside() {
    let found = map(&[square(1.0, 1.0, 4.0), square(2.25, 2.25, 1.0)], &grid(6, 6));
    assert_eq!(sets(&found), [&[][..], &[0], &[0, 1]]);
    assert_eq!(areas(&found, &grid(6, 6)), [20.0, 15.0, 1.0]);
    assert_eq!(contact_m(&found, &grid(6, 6)), 16.0);
}

#[test]
fn a_licence_inside_the_hole_of_another_is_outside_of_it() {
    let holed = Polygon::new(
        ring(&[(0.5, 0.5), (0.5, 5.5), (5.5, 5.5), (5.5, 0.5)]),
        vec![ring(&[(1.0, 1.0), (1.0, 5.0), (5.0, 5.0), (5.0, 1.0)])],
    );
    let found = map(&[holed, square(2.0, 2.0, 2.0)], &grid(6, 6));
    assert_eq!(sets(&found), [&[][..], &[0], &[1]]);
    assert_eq!(areas(&found, &grid(6, 6)), [36.0 - 9.0 - 4.0, 9.0, 4.0]);
}

#[test]
fn a_licence_that_fills_the_hole_of_another_leaves_no_contact_there() {
    let hole = [(2.0, 2.0), (2.0, 4.0), (4.0, 4.0), (4.0, 2.0)];
    let holed = Polygon::new(ring(&[(0.5, 0.5), (0.5, 5.5), (5.5, 5.5), (5.5, 0.5)]), vec![ring(&hole)]);
    let found = map(&[holed, polygon(&hole)], &grid(6, 6));
    assert_eq!(areas(&found, &grid(6, 6)), [11.0, 21.0, 4.0]);
    assert_eq!(contact_m(&found, &grid(6, 6)), 20.0);
}

#[test]
fn a_hole_that_touches_the_outer_ring_at_a_corner_is_a_hole() {
    let touching = Polygon::new(
        ring(&[(0.5, 0.5), (0.5, 4.5), (4.5, 4.5), (4.5, 0.5)]),
        vec![ring(&[(0.5, 0.5), (2.0, 1.0), (1.0, 2.0)])],
    );
    let found = map(std::slice::from_ref(&touching), &grid(5, 5));
    let hole_m2 = 0.5 * (1.5 * 1.5 - 0.5 * 0.5);
    assert!((areas(&found, &grid(5, 5))[1] - (16.0 - hole_m2)).abs() < 1e-9);
    // The same in a cluster, where it is noded.
    let found = map(&[touching, square(4.0, 4.0, 0.25)], &grid(5, 5));
    assert!((areas(&found, &grid(5, 5))[1] - (16.0 - hole_m2 - 0.0625)).abs() < 1e-9);
}

#[test]
fn adjacent_licences_with_a_corner_within_a_common_side_have_neither_gap_nor_overlap_nor_contact() {
    // The corner of the right-hand licences lies on the slanted side of the left-hand one, but for rounding to 0.1 µm.
    let (top, bottom) = ((3.3, 0.4), (2.1, 4.9));
    let share = 0.370_37;
    let tee = (top.0 + share * (bottom.0 - top.0), top.1 + share * (bottom.1 - top.1));
    let tee = ((tee.0 * 1e7_f64).round() / 1e7 + 3e-7, (tee.1 * 1e7).round() / 1e7);
    let left = polygon(&[(0.4, 0.4), (0.4, 4.9), bottom, top]);
    let upper = polygon(&[top, tee, (5.6, 2.2), (5.6, 0.4)]);
    let lower = polygon(&[tee, bottom, (5.6, 4.9), (5.6, 2.2)]);
    let found = map(&[left, upper, lower], &grid(6, 7));
    assert_eq!(sets(&found), [&[][..], &[0], &[1], &[2]]);
    let areas = areas(&found, &grid(6, 7));
    assert!((areas[1] + areas[2] + areas[3] - 5.2 * 4.5).abs() < 1e-9);
    assert!((contact_m(&found, &grid(6, 7)) - 2.0 * (5.2 + 4.5)).abs() < 1e-9);
}

#[test]
fn corners_that_differ_by_less_than_a_micrometre_are_one() {
    let left = polygon(&[(1.0, 1.0), (1.0, 3.0), (2.0, 3.0), (2.0, 1.0)]);
    let right = polygon(&[(2.000_000_4, 1.0), (1.999_999_7, 3.000_000_2), (3.0, 3.0), (3.0, 1.0)]);
    let found = map(&[left, right], &grid(4, 4));
    assert_eq!(sets(&found), [&[][..], &[0], &[1]]);
    let areas = areas(&found, &grid(4, 4));
    assert!(areas.iter().zip([12.0, 2.0, 2.0]).all(|(found, expected)| (found - expected).abs() < 1e-6), "{areas:?}");
    // A gap or an overlap would have contacts along both of its sides.
    assert!((contact_m(&found, &grid(4, 4)) - 8.0).abs() < 2e-6);
}

#[test]
fn a_gap_of_a_millimetre_is_a_gap() {
    let found = map(&[square(0.5, 0.5, 1.0), square(1.501, 0.5, 1.0)], &grid(2, 3));
    let areas = areas(&found, &grid(2, 3));
    assert!((areas[1] - 1.0).abs() < 1e-9 && (areas[2] - 1.0).abs() < 1e-9);
    assert!((contact_m(&found, &grid(2, 3)) - 8.0).abs() < 1e-9);
}

#[test]
fn licences_that_meet_at_one_corner_only_do_not_mix() {
    let found = map(&[square(1.0, 1.0, 1.0), square(2.0, 2.0, 1.0)], &grid(4, 4));
    assert_eq!(sets(&found), [&[][..], &[0], &[1]]);
    assert_eq!(areas(&found, &grid(4, 4)), [14.0, 1.0, 1.0]);
    assert_eq!(contact_m(&found, &grid(4, 4)), 8.0);
}

#[test]
fn three_licences_over_each_other_have_a_face_for_every_set() {
    let discs = [square(1.0, 1.0, 4.0), square(2.0, 2.0, 4.0), square(3.0, 1.5, 1.0)];
    let found = map(&discs, &grid(7, 7));
    assert_eq!(sets(&found), [&[][..], &[0], &[0, 1], &[0, 1, 2], &[0, 2], &[1]]);
    assert_eq!(areas(&found, &grid(7, 7)), [49.0 - 23.0, 16.0 - 9.0 - 0.5, 9.0 - 0.5, 0.5, 0.5, 16.0 - 9.0]);
}

#[test]
fn polygons_wholly_off_the_grid_have_no_face_and_those_partly_off_are_cut() {
    let found = map(&[square(-9.0, 1.0, 2.0), square(-1.0, -1.0, 2.0), square(90.0, 1.0, 1.0)], &grid(3, 3));
    assert_eq!(sets(&found), [&[][..], &[1]]);
    assert_eq!(areas(&found, &grid(3, 3)), [8.0, 1.0]);
    assert_eq!(contact_m(&found, &grid(3, 3)), 2.0, "the outline of the grid is no contact");
}

#[test]
fn a_polygon_that_only_touches_the_grid_is_off_it() {
    let found = map(
        &[square(-2.0, 0.0, 2.0), square(3.0, 0.0, 2.0), square(0.0, -2.0, 2.0), square(0.0, 3.0, 1.0)],
        &grid(3, 3),
    );
    assert_eq!(found.face_count(), 1);
}

#[test]
fn a_licence_thousands_of_times_larger_than_the_grid_covers_it() {
    let found = map(&[square(-1e7, -1e7, 2e7), square(1.25, 1.25, 0.5)], &grid(3, 3));
    assert_eq!(sets(&found), [&[][..], &[0], &[0, 1]]);
    assert_eq!(areas(&found, &grid(3, 3)), [0.0, 8.75, 0.25]);
}

#[test]
fn cells_that_are_not_square_have_contacts_in_metres() {
    let grid = GridGeometry::new(WEST, NORTH, 2.0, 0.5, GridShape { rows: 8, cols: 2 }).unwrap();
    let found = map(&[square(1.0, 1.0, 2.0)], &grid);
    assert_eq!(areas(&found, &grid), [12.0, 4.0]);
    assert_eq!(contact_m(&found, &grid), 8.0);
    let sides: Vec<_> = found.rows(2..3).row(2).contacts.iter().map(|at| (at.col, at.side, at.length_m)).collect();
    let north = ContactSide::North;
    let inside = ContactSide::Inside;
    assert_eq!(sides, [(0, inside, 0.5), (0, north, 1.0), (1, inside, 0.5), (1, north, 1.0)]);
}

#[test]
fn a_coordinate_that_is_not_a_number_is_refused() {
    let broken = polygon(&[(0.0, 0.0), (0.0, f64::NAN), (1.0, 1.0)]);
    let error = FaceMap::new(&[&broken], &grid(2, 2)).unwrap_err();
    assert!(error.to_string().contains("corner of polygon 0"), "{error}");
}

#[test]
fn unbalanced_edges_are_found_where_they_are() {
    let corner = |col: f64, row: f64| LatticePoint::from_cells(col, row).unwrap();
    let side = |from, to| Edge { from, to, left: 1, right: 0 };
    let (a, b, c) = (corner(0.0, 0.0), corner(0.0, 2.0), corner(2.0, 2.0));
    let closed = Overlay { edges: vec![side(a, b), side(b, c), side(c, a)], sets: vec![vec![], vec![0]] };
    assert_eq!(closed.check_balance(), Ok(()));
    let open = Overlay { edges: vec![side(a, b), side(b, c)], sets: vec![vec![], vec![0]] };
    assert_eq!(open.check_balance(), Err(a));
}

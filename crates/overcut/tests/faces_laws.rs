//! Laws of the overlay of polygons into faces.

mod shapes;

use geo::{Area, BooleanOps, Coord, CoordsIter, Distance, Euclidean, Length, Line, LinesIter, Point, Polygon};
use proptest::prelude::*;
use shapes::*;

/// Length of all rings, metres.
fn perimeter_m(polygon: &Polygon<f64>) -> f64 {
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| Euclidean.length(ring)).sum()
}

/// Whether a corner lies so close to a side of another polygon that noding would take it for one on it.
fn has_near_miss(polygons: &[Polygon<f64>]) -> bool {
    let near = |corner: Coord, side: Line| Euclidean.distance(&Point(corner), &side) < 2e-6;
    polygons.iter().enumerate().any(|(index, polygon)| {
        let others = polygons.iter().enumerate().filter(move |other| other.0 != index);
        let mut sides = others.flat_map(|(_, other)| other.lines_iter());
        sides.any(|side| polygon.coords_iter().any(|corner| near(corner, side)))
    })
}

/// Corners of a partition of 24 x 24 m around the grid: a net with shaken nodes.
fn any_net() -> impl Strategy<Value = Vec<Vec<(f64, f64)>>> {
    let shaken = (-0.2..0.2, -0.2..0.2);
    prop::collection::vec(prop::collection::vec(shaken, 9), 9).prop_map(|net| {
        let place = |(row, line): (usize, Vec<(f64, f64)>)| {
            let node = |(col, (east, south)): (usize, (f64, f64))| {
                (3.0 * (col as f64 + east) - 4.0, 3.0 * (row as f64 + south) - 4.0)
            };
            line.into_iter().enumerate().map(node).collect()
        };
        net.into_iter().enumerate().map(place).collect()
    })
}

/// Two triangles per mesh.
fn triangles(net: &[Vec<(f64, f64)>]) -> Vec<Polygon<f64>> {
    let mut triangles = Vec::new();
    for (above, below) in net.iter().zip(&net[1..]) {
        for col in 1..above.len() {
            triangles.push(polygon([above[col - 1], above[col], below[col]]));
            triangles.push(polygon([above[col - 1], below[col], below[col - 1]]));
        }
    }
    triangles
}

/// Polygons whose corners are on few places, and shaken by less than the tolerance, or not at all.
fn any_hostile(shake: f64) -> impl Strategy<Value = Vec<Polygon<f64>>> {
    let offset = -shake..=shake;
    let rectangle = (0_u8..7, 0_u8..7, 1_u8..5, 1_u8..5, prop::collection::vec(offset, 8), 0_u8..5);
    let one = rectangle.prop_map(|(west, north, width, height, shake, cut)| {
        let (west, north) = (2.0 * f64::from(west), 2.0 * f64::from(north));
        let (east, south) = (west + 2.0 * f64::from(width), north + 2.0 * f64::from(height));
        let corners = [(west, north), (west, south), (east, south), (east, north)];
        let corners = corners.iter().zip(shake.chunks(2)).map(|(corner, by)| (corner.0 + by[0], corner.1 + by[1]));
        polygon(corners.enumerate().filter(|&(index, _)| index != usize::from(cut)).map(|(_, corner)| corner))
    });
    prop::collection::vec(one, 2..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_partition_leaves_no_outside_and_no_contact(net in any_net(), grid in any_grid()) {
        let triangles = triangles(&net);
        let map = map_of(&triangles, &grid);
        let shares = shares(&map, &grid);
        prop_assert!(shares[0].iter().flatten().all(|&share| share == 0.0));
        prop_assert!(contacts(&map.rows(0..grid.shape.rows)).is_empty());
        prop_assert!((1..map.face_count()).all(|face| map.parts_of(u32::try_from(face).unwrap()).len() == 1));
    }

    #[test]
    fn direction_start_and_order_of_rings_do_not_change_a_bit(
        stars in prop::collection::vec((any_star(2.0..14.0, 1.0..6.0), any::<bool>(), 0_usize..20), 1..6),
        grid in any_grid(),
    ) {
        let as_given: Vec<_> = stars.iter().map(|(star, ..)| star.clone()).collect();
        let other: Vec<_> = stars.iter().map(|(star, turned, shift)| rewritten(star, *turned, *shift)).collect();
        let (first, second) = (map_of(&as_given, &grid), map_of(&other, &grid));
        prop_assert_eq!(first.rows(0..grid.shape.rows), second.rows(0..grid.shape.rows));

        let backwards: Vec<_> = as_given.iter().rev().cloned().collect();
        let third = map_of(&backwards, &grid);
        let last = u32::try_from(as_given.len() - 1).unwrap();
        for part in 0..=last {
            prop_assert_eq!(shares_of_part(part, &first, &grid), shares_of_part(last - part, &third, &grid));
        }
    }

    #[test]
    fn a_part_covers_the_same_alone_and_among_others(
        stars in prop::collection::vec(any_star(0.0..16.0, 1.0..7.0), 2..7), grid in any_grid(),
    ) {
        prop_assume!(!has_near_miss(&stars));
        let map = map_of(&stars, &grid);
        for (part, star) in (0_u32..).zip(&stars) {
            let alone = shares_of_part(0, &map_of(std::slice::from_ref(star), &grid), &grid);
            for (among, alone) in shares_of_part(part, &map, &grid).iter().zip(alone) {
                prop_assert!((among - alone).abs() <= 1e-9, "part {part}: {among} among others, {alone} alone");
            }
        }
    }

    #[test]
    fn common_ground_and_common_outline_agree_with_boolean_operations(
        stars in prop::collection::vec(any_star(6.0..10.0, 1.0..5.0), 2..5),
    ) {
        let grid = grid(16, 16, 1.0, 1.0);
        let map = map_of(&stars, &grid);
        let shares = shares(&map, &grid);
        let area_m2 = |face: usize| shares[face].iter().flatten().sum::<f64>();
        for first in 0..stars.len() {
            for second in first + 1..stars.len() {
                let both = |face: &usize| {
                    let parts = map.parts_of(u32::try_from(*face).unwrap());
                    [first, second].iter().all(|&part| parts.contains(&u32::try_from(part).unwrap()))
                };
                let found: f64 = (0..map.face_count()).filter(both).map(area_m2).sum();
                let expected = stars[first].intersection(&stars[second]).unsigned_area();
                prop_assert!((found - expected).abs() < 1e-5, "{first} and {second}: {found} m², expected {expected}");
            }
        }
        let union = stars[1..].iter().fold(geo::MultiPolygon(vec![stars[0].clone()]), |union, star| union.union(star));
        let outline_m: f64 = union.iter().map(perimeter_m).sum();
        let found_m = contact_length_m(&map, &grid);
        prop_assert!((found_m - outline_m).abs() < 1e-5, "{found_m} m of contact, outline {outline_m} m");
    }

    #[test]
    fn collinear_sides_and_common_corners_are_overlaid_exactly(polygons in any_hostile(0.0), grid in any_grid()) {
        let map = map_of(&polygons, &grid);
        for (part, polygon) in (0_u32..).zip(&polygons) {
            let alone = shares_of_part(0, &map_of(std::slice::from_ref(polygon), &grid), &grid);
            for (among, alone) in shares_of_part(part, &map, &grid).iter().zip(alone) {
                prop_assert!((among - alone).abs() <= 1e-9, "part {part}: {among} among others, {alone} alone");
            }
        }
    }

    #[test]
    fn corners_that_differ_by_less_than_the_tolerance_give_no_error_and_no_leak(
        polygons in prop_oneof![any_hostile(4e-7), any_hostile(1.5e-6), any_hostile(1e-5), any_hostile(2e-9)],
        grid in any_grid(),
    ) {
        let map = map_of(&polygons, &grid);
        for (part, polygon) in (0_u32..).zip(&polygons) {
            let alone = shares_of_part(0, &map_of(std::slice::from_ref(polygon), &grid), &grid);
            for (among, alone) in shares_of_part(part, &map, &grid).iter().zip(alone) {
                prop_assert!((among - alone).abs() <= 2e-5, "part {part}: {among} among others, {alone} alone");
            }
        }
    }

    #[test]
    fn neighbours_with_corners_of_their_own_along_a_common_line_leave_neither_gap_nor_overlap(
        top in 5.0..11.0, bottom in 5.0..11.0,
        left_only in prop::collection::vec(0.05..0.95, 0..6), right_only in prop::collection::vec(0.05..0.95, 0..6),
        grid in any_grid(),
    ) {
        // Corners on the line are rounded to 0.1 µm, as in a file with seven decimals.
        let decimals = |metres: f64| (metres * 1e7_f64).round() / 1e7;
        let on_line = |share: f64| (decimals(top + share * (bottom - top)), decimals(1.0 + share * 14.0));
        let line = |mut shares: Vec<f64>| {
            shares.sort_by(f64::total_cmp);
            shares.into_iter().map(on_line).collect::<Vec<_>>()
        };
        let ends = [on_line(0.0), on_line(1.0)];
        let left = [(1.0, 15.0), (1.0, 1.0), ends[0]].into_iter().chain(line(left_only)).chain([ends[1]]);
        let right = [(15.0, 15.0), (15.0, 1.0), ends[0]].into_iter().chain(line(right_only)).chain([ends[1]]);
        let map = map_of(&[polygon(left), polygon(right)], &grid);
        let sets: Vec<_> = (0..3).map(|face| map.parts_of(face)).collect();
        prop_assert!(map.face_count() == 3 && sets == [&[][..], &[0], &[1]]);
        let inside_m2 = shares(&map, &grid)[1..].iter().flatten().flatten().sum::<f64>() * grid.cell_area_m2();
        prop_assert!((inside_m2 - 196.0).abs() < 1e-7, "{inside_m2} m² of 196 m²");
        let contact_m = contact_length_m(&map, &grid);
        prop_assert!((contact_m - 56.0).abs() < 1e-7, "{contact_m} m of 56 m");
    }
}

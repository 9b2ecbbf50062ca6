//! Laws of the share of each cell.

mod shapes;

use geo::{Area, BooleanOps, Coord, Euclidean, Length, LineString, Polygon, Rect};
use overcut::{GridGeometry, grid::CellIndex};
use proptest::prelude::*;
use shapes::*;

/// The outline of a cell.
fn cell(grid: &GridGeometry, row: usize, col: usize) -> Polygon<f64> {
    let middle = grid.centre(CellIndex { row, col });
    let half = Coord { x: grid.dx / 2.0, y: grid.dy / 2.0 };
    let middle = Coord { x: middle.0, y: middle.1 };
    Rect::new(middle - half, middle + half).to_polygon()
}

/// Area of a ring inside a cell, in cells: Sutherland-Hodgman clipping, line by line. The bridges that it leaves in
/// concave rings have no area.
fn clipped(ring: &LineString<f64>, grid: &GridGeometry, row: usize, col: usize) -> f64 {
    let (col, row) = (col as f64, row as f64);
    let mut corners: Vec<[f64; 2]> = ring.0[1..].iter().map(|at| grid.to_cells(at.x, at.y).into()).collect();
    for (axis, line, sign) in [(0, col, 1.0), (0, col + 1.0, -1.0), (1, row, 1.0), (1, row + 1.0, -1.0)] {
        let depth = |corner: [f64; 2]| sign * (corner[axis] - line);
        let mut kept = Vec::new();
        for (index, &to) in corners.iter().enumerate() {
            let from = corners[(index + corners.len() - 1) % corners.len()];
            if (depth(from) < 0.0) != (depth(to) < 0.0) {
                let share = depth(from) / (depth(from) - depth(to));
                kept.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
            }
            if depth(to) >= 0.0 {
                kept.push(to);
            }
        }
        corners = kept;
    }
    let Some(&[x, y]) = corners.first() else { return 0.0 };
    corners
        .windows(2)
        .map(|side| (side[0][0] - x) * (side[1][1] - y) - (side[1][0] - x) * (side[0][1] - y))
        .sum::<f64>()
        .abs()
        / 2.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn shares_agree_with_clipping_by_hand(star in any_star(-2.0..18.0, 0.5..12.0), grid in any_grid()) {
        let shares = shares_of_part(0, &map_of(std::slice::from_ref(&star), &grid), &grid);
        for row in 0..grid.shape.rows {
            for col in 0..grid.shape.cols {
                let holes: f64 = star.interiors().iter().map(|hole| clipped(hole, &grid, row, col)).sum();
                let expected = clipped(star.exterior(), &grid, row, col) - holes;
                let found = shares[row * grid.shape.cols + col];
                prop_assert!((found - expected).abs() < 5e-10, "row {row}, column {col}: {found}, clipped {expected}");
            }
        }
    }

    #[test]
    fn shares_agree_with_boolean_operations_in_every_cell(star in any_star(-2.0..18.0, 0.5..12.0), grid in any_grid()) {
        let shares = shares_of_part(0, &map_of(std::slice::from_ref(&star), &grid), &grid);
        for row in 0..grid.shape.rows {
            for col in 0..grid.shape.cols {
                let expected = star.intersection(&cell(&grid, row, col)).unsigned_area() / grid.cell_area_m2();
                let found = shares[row * grid.shape.cols + col];
                // The clipper works on a grid of 32-bit integers.
                prop_assert!((found - expected).abs() < 1e-6, "row {row}, column {col}: {found}, clipped {expected}");
            }
        }
    }

    #[test]
    fn shares_add_up_to_the_area_of_the_polygon(star in any_star(7.0..9.0, 0.5..6.9), grid in any_grid()) {
        let shares = shares_of_part(0, &map_of(std::slice::from_ref(&star), &grid), &grid);
        let found_m2 = shares.iter().sum::<f64>() * grid.cell_area_m2();
        let expected_m2 = star.unsigned_area();
        prop_assert!((found_m2 - expected_m2).abs() <= 1e-9 * expected_m2, "{found_m2} m², expected {expected_m2} m²");
    }

    #[test]
    fn each_metre_of_boundary_is_in_one_contact(star in any_star(7.0..9.0, 0.5..6.9), grid in any_grid()) {
        let found_m = contact_length_m(&map_of(std::slice::from_ref(&star), &grid), &grid);
        let rings = std::iter::once(star.exterior()).chain(star.interiors());
        let expected_m: f64 = rings.map(|ring| Euclidean.length(ring)).sum();
        prop_assert!((found_m - expected_m).abs() <= 1e-9 * expected_m, "{found_m} m, expected {expected_m} m");
    }

    #[test]
    fn rows_do_not_depend_on_the_band_in_which_they_are_asked_for(
        stars in prop::collection::vec(any_star(-2.0..18.0, 0.5..9.0), 1..5),
        cut in 1_usize..15,
        grid in any_grid(),
    ) {
        let map = map_of(&stars, &grid);
        let whole = map.rows(0..grid.shape.rows);
        for band in [0..cut, cut..grid.shape.rows, cut..cut + 1] {
            let part = map.rows(band.clone());
            for row in band {
                prop_assert_eq!(whole.row(row), part.row(row));
            }
        }
    }

    #[test]
    fn a_window_of_the_grid_sees_what_the_whole_grid_sees(
        star in any_star(-2.0..18.0, 0.5..12.0), row in 0_usize..12, col in 0_usize..12,
    ) {
        // Not only bands: a grid that begins elsewhere, by whole cells.
        let (whole, rows, cols) = (grid(16, 16, 1.0, 1.0), 16 - row, 16 - col);
        let window =
            GridGeometry::new(WEST + col as f64, NORTH - row as f64, 1.0, 1.0, overcut::GridShape { rows, cols }).unwrap();
        let of_whole = shares_of_part(0, &map_of(std::slice::from_ref(&star), &whole), &whole);
        let of_window = shares_of_part(0, &map_of(std::slice::from_ref(&star), &window), &window);
        for (index, found) in of_window.iter().enumerate() {
            let expected = of_whole[(row + index / cols) * 16 + col + index % cols];
            prop_assert!((found - expected).abs() <= 1e-12, "{found} in the window, {expected} on the whole grid");
        }
    }
}

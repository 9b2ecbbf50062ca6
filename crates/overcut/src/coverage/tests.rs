#![expect(clippy::float_cmp, reason = "shares are exact, or bounded where they are not")]

use super::*;
use crate::GridShape;

fn grid(rows: usize, cols: usize) -> GridGeometry {
    GridGeometry::new(0.0, 0.0, 1.0, 1.0, GridShape { rows, cols }).unwrap()
}

/// Edges of a ring given counter-clockwise on a map, as (column, row), with a face inside.
fn ring(corners: &[(f64, f64)], face: u32) -> Vec<Edge> {
    let corners: Vec<_> = corners.iter().map(|&(col, row)| LatticePoint::from_cells(col, row).unwrap()).collect();
    let ends = corners.iter().cycle().skip(1);
    corners.iter().zip(ends).map(|(&from, &to)| Edge { from, to, left: face, right: 0 }).collect()
}

/// Shares of a face, cell by cell.
fn shares(grid: &GridGeometry, edges: &[Edge], face: u32) -> Vec<Vec<f64>> {
    let rows = Boundaries::new(grid, edges).rows(0..grid.shape.rows);
    let row = |row: usize| {
        let faces = rows.row(row);
        let of_segment = |&segment: &Segment| match segment {
            Segment::Run { start, end, face: found } => {
                vec![f64::from(u8::from(found == face)); (end - start) as usize]
            }
            Segment::Mixed { .. } => {
                let piece = faces.pieces_of(segment).iter().find(|piece| piece.face == face);
                vec![piece.map_or(0.0, |piece| piece.fraction)]
            }
        };
        faces.segments.iter().flat_map(of_segment).collect()
    };
    (0..grid.shape.rows).map(row).collect()
}

fn contacts(grid: &GridGeometry, edges: &[Edge]) -> Vec<(usize, Contact)> {
    let rows = Boundaries::new(grid, edges).rows(0..grid.shape.rows);
    (0..grid.shape.rows)
        .flat_map(|row| rows.row(row).contacts.iter().map(move |&at| (row, at)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_triangle_over_the_diagonal_covers_half_of_a_cell() {
    let triangle = ring(&[(0.0, 1.0), (1.0, 1.0), (0.0, 0.0)], 1);
    assert_eq!(shares(&grid(1, 1), &triangle, 1), [[0.5]]);
    assert_eq!(shares(&grid(1, 1), &triangle, 0), [[0.5]]);
}

#[test]
fn a_sliver_that_covers_no_cell_centre_still_has_its_area() {
    let sliver = ring(&[(0.25, 0.0), (0.25, 3.0), (0.251, 3.0), (0.251, 0.0)], 1);
    for row in shares(&grid(3, 2), &sliver, 1) {
        assert!((row[0] - 0.001).abs() < 1e-9, "{}", row[0]);
        assert_eq!(row[1], 0.0);
    }
}

#[test]
fn an_l_shape_has_three_quarters_of_the_cell_at_its_bend() {
    let l_shape = ring(&[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 1.5), (0.5, 1.5), (0.5, 0.0)], 1);
    assert_eq!(shares(&grid(2, 2), &l_shape, 1), [[0.5, 0.0], [0.75, 0.5]]);
}

#[test]
fn a_hole_is_taken_out() {
    let mut edges = ring(&[(0.0, 0.0), (0.0, 3.0), (3.0, 3.0), (3.0, 0.0)], 1);
    edges.extend(ring(&[(1.25, 1.25), (1.75, 1.25), (1.75, 1.75), (1.25, 1.75)], 1));
    assert_eq!(shares(&grid(3, 3), &edges, 1), [[1.0, 1.0, 1.0], [1.0, 0.75, 1.0], [1.0, 1.0, 1.0]]);
}

#[test]
fn a_diamond_with_corners_on_cell_corners_touches_no_other_cell() {
    let diamond = ring(&[(2.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 2.0)], 1);
    let found = shares(&grid(4, 4), &diamond, 1);
    let expected = [[0.0; 4], [0.0, 0.5, 0.5, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0; 4]];
    assert_eq!(found, expected);
    let rows = Boundaries::new(&grid(4, 4), &diamond).rows(0..4);
    assert_eq!(rows.row(0).segments, [Segment::Run { start: 0, end: 4, face: 0 }]);
    assert_eq!(rows.row(1).segments.len(), 4);
}

#[test]
fn whole_cells_are_runs_even_where_a_side_lies_on_a_grid_line() {
    let rectangle = ring(&[(1.0, 1.0), (1.0, 3.0), (4.0, 3.0), (4.0, 1.0)], 7);
    let rows = Boundaries::new(&grid(4, 6), &rectangle).rows(0..4);
    for row in 1..3 {
        let expected = [
            Segment::Run { start: 0, end: 1, face: 0 },
            Segment::Run { start: 1, end: 4, face: 7 },
            Segment::Run { start: 4, end: 6, face: 0 },
        ];
        assert_eq!(rows.row(row).segments, expected);
        assert!(rows.row(row).pieces.is_empty());
    }
}

#[test]
fn a_level_side_within_a_row_shares_every_cell_that_it_crosses() {
    // No area begins or ends along it sideways: cells between its ends see nothing but the side itself.
    let rectangle = ring(&[(0.5, 0.25), (0.5, 2.0), (4.5, 2.0), (4.5, 0.25)], 1);
    assert_eq!(shares(&grid(1, 5), &rectangle, 1), [[0.375, 0.75, 0.75, 0.75, 0.375]]);
}

#[test]
fn two_faces_on_both_sides_of_a_level_side_share_its_cells() {
    let above = [(0.0, 0.0), (0.0, 0.25), (3.0, 0.25), (3.0, 0.0)];
    let below = [(0.0, 0.25), (0.0, 1.0), (3.0, 1.0), (3.0, 0.25)];
    let mut edges: Vec<Edge> = ring(&above, 1).into_iter().filter(|edge| edge.from.south != edge.to.south).collect();
    edges.extend(ring(&below, 2).into_iter().filter(|edge| edge.from.south != edge.to.south));
    let corner = |col: f64, row: f64| LatticePoint::from_cells(col, row).unwrap();
    edges.push(Edge { from: corner(0.0, 0.25), to: corner(3.0, 0.25), left: 1, right: 2 });
    edges.push(Edge { from: corner(0.0, 0.0), to: corner(3.0, 0.0), left: 0, right: 1 });
    edges.push(Edge { from: corner(0.0, 1.0), to: corner(3.0, 1.0), left: 2, right: 0 });
    assert_eq!(shares(&grid(1, 3), &edges, 1), [[0.25; 3]]);
    assert_eq!(shares(&grid(1, 3), &edges, 2), [[0.75; 3]]);
    assert!(contacts(&grid(1, 3), &edges).is_empty(), "all of the outline is that of the grid");
}

#[test]
fn a_boundary_between_two_faces_gives_what_it_takes() {
    // A line from (0, 0.1) to (3, 0.9) parts the row.
    let corner = |col: f64, row: f64| LatticePoint::from_cells(col, row).unwrap();
    let outline = ring(&[(0.0, 0.0), (0.0, 1.0), (3.0, 1.0), (3.0, 0.0)], 1);
    let mut edges: Vec<Edge> = outline;
    edges[0] = Edge { from: corner(0.0, 0.0), to: corner(0.0, 0.1), left: 1, right: 0 };
    edges[1] = Edge { from: corner(0.0, 1.0), to: corner(3.0, 1.0), left: 2, right: 0 };
    edges[2] = Edge { from: corner(3.0, 0.9), to: corner(3.0, 0.0), left: 1, right: 0 };
    edges.push(Edge { from: corner(0.0, 0.1), to: corner(0.0, 1.0), left: 2, right: 0 });
    edges.push(Edge { from: corner(3.0, 1.0), to: corner(3.0, 0.9), left: 2, right: 0 });
    edges.push(Edge { from: corner(0.0, 0.1), to: corner(3.0, 0.9), left: 1, right: 2 });
    let (above, below) = (shares(&grid(1, 3), &edges, 1), shares(&grid(1, 3), &edges, 2));
    for (col, expected) in [0.1 + 0.8 / 6.0, 0.5, 0.9 - 0.8 / 6.0].into_iter().enumerate() {
        assert!((above[0][col] - expected).abs() < 1e-9);
        assert_eq!(above[0][col] + below[0][col], 1.0);
    }
}

#[test]
fn what_lies_west_of_the_grid_counts_as_cover_and_what_lies_east_does_not() {
    let band = ring(&[(-50.0, 0.5), (-50.0, 2.5), (70.0, 2.5), (70.0, 0.5)], 1);
    assert_eq!(shares(&grid(3, 2), &band, 1), [[0.5, 0.5], [1.0, 1.0], [0.5, 0.5]]);
    let everything = ring(&[(-5.0, -5.0), (-5.0, 9.0), (9.0, 9.0), (9.0, -5.0)], 1);
    let rows = Boundaries::new(&grid(3, 2), &everything).rows(0..3);
    assert_eq!(rows.row(1).segments, [Segment::Run { start: 0, end: 2, face: 1 }]);
    let slanted = ring(&[(-1.0, 0.0), (-1.0, 1.0), (3.0, 1.0)], 1);
    assert_eq!(shares(&grid(1, 2), &slanted, 1), [[0.625, 0.375]]);
}

#[test]
fn polygons_off_the_grid_leave_nothing() {
    let places = [(-9.0, 0.0), (9.0, 0.0), (0.0, -9.0), (0.0, 9.0)];
    for (east, south) in places {
        let square = [(0.0, 0.0), (0.0, 3.0), (3.0, 3.0), (3.0, 0.0)].map(|at| (at.0 + east, at.1 + south));
        let rows = Boundaries::new(&grid(3, 3), &ring(&square, 1)).rows(0..3);
        for row in 0..3 {
            assert_eq!(rows.row(row).segments, [Segment::Run { start: 0, end: 3, face: 0 }]);
            assert!(rows.row(row).contacts.is_empty());
        }
    }
}

#[test]
fn contacts_on_grid_lines_belong_to_the_cell_south_or_east_of_them() {
    let square = ring(&[(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0)], 3);
    let found = contacts(&grid(3, 3), &square);
    let expected =
        [(1, 1, ContactSide::West), (1, 1, ContactSide::North), (1, 2, ContactSide::West), (2, 1, ContactSide::North)];
    let expected = expected.map(|(row, col, side)| (row, Contact { col, side, face: 3, length_m: 1.0 }));
    assert_eq!(found, expected);
}

#[test]
fn contacts_through_cells_have_their_plan_length_in_metres() {
    // Cells of 4 m x 3 m: a diagonal is 5 m.
    let grid = GridGeometry::new(0.0, 0.0, 4.0, 3.0, GridShape { rows: 2, cols: 2 }).unwrap();
    let triangle = ring(&[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0)], 1);
    let found = contacts(&grid, &triangle);
    let inside = |col: u32| Contact { col, side: ContactSide::Inside, face: 1, length_m: 5.0 };
    assert_eq!(found, [(0, inside(0)), (1, inside(1))]);
}

#[test]
fn an_edge_and_its_reverse_give_the_same_bits() {
    let corners = [(0.1, 0.2), (0.7, 5.3), (6.9, 4.1), (3.3, 0.9)];
    let forwards = ring(&corners, 1);
    let backwards: Vec<Edge> = forwards
        .iter()
        .rev()
        .map(|edge| Edge { from: edge.to, to: edge.from, left: edge.right, right: edge.left })
        .collect();
    let grid = grid(6, 7);
    assert_eq!(Boundaries::new(&grid, &forwards).rows(0..6), Boundaries::new(&grid, &backwards).rows(0..6));
}

#[test]
fn nothing_leaks_along_the_longest_row() {
    let cols = GridGeometry::MAX_SIDE;
    let grid = grid(2, cols);
    let sliver = ring(&[(0.3, 0.1), (0.6, 1.7), (3.1, 1.9), (2.2, 0.3)], 1);
    let rows = Boundaries::new(&grid, &sliver).rows(0..2);
    for row in 0..2 {
        let Some(&Segment::Run { start, end, face: 0 }) = rows.row(row).segments.last() else { panic!("leak") };
        assert!(start <= 4 && end as usize == cols);
    }
}

#[test]
fn ten_thousand_bends_in_one_cell_do_not_overflow_and_cancel_exactly() {
    // A comb with teeth from top to bottom of the only cell: intermediate sums wrap, the result does not.
    let teeth = 10_000_u32;
    let place = |tooth: f64| 0.1 + 0.8 * tooth / f64::from(teeth);
    let mut corners = vec![(0.1, 0.0), (0.1, 1.0)];
    for tooth in 0..teeth {
        let tooth = f64::from(tooth);
        corners.extend([
            (place(tooth + 0.5), 1.0),
            (place(tooth + 0.5), 0.1),
            (place(tooth + 1.0), 0.1),
            (place(tooth + 1.0), 1.0),
        ]);
    }
    corners.extend([(0.95, 1.0), (0.95, 0.0)]);
    let expected = 0.85 - 0.9 * 0.4;
    let found = shares(&grid(1, 1), &ring(&corners, 1), 1)[0][0];
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

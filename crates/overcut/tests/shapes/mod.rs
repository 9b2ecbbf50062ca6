//! What the law tests share: grids, random polygons, and faces spread out over cells.
#![allow(dead_code, reason = "each test crate uses a part of this")]
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "these are tests; shares sum to exactly 1")]
#![allow(clippy::needless_range_loop, reason = "rows count through two things")]

use std::f64::consts::TAU;

use geo::{Coord, LineString, Polygon};
use overcut::{
    GridGeometry, GridShape,
    coverage::{Contact, RowFaces, Segment},
    faces::FaceMap,
};
use proptest::prelude::*;

pub(crate) const WEST: f64 = 500_000.0;
pub(crate) const NORTH: f64 = 3_941_000.0;

pub(crate) fn grid(rows: usize, cols: usize, dx: f64, dy: f64) -> GridGeometry {
    GridGeometry::new(WEST, NORTH, dx, dy, GridShape { rows, cols }).unwrap()
}

/// Grids of 16 x 16 m with square and other cells.
pub(crate) fn any_grid() -> impl Strategy<Value = GridGeometry> {
    prop_oneof![Just(grid(16, 16, 1.0, 1.0)), Just(grid(16, 8, 2.0, 1.0)), Just(grid(20, 40, 0.4, 0.8))]
}

/// A ring from metres east and south of the north-west corner.
pub(crate) fn ring(corners: impl IntoIterator<Item = (f64, f64)>) -> LineString<f64> {
    let mut ring: LineString<f64> =
        corners.into_iter().map(|(east, south)| Coord { x: WEST + east, y: NORTH - south }).collect();
    ring.close();
    ring
}

pub(crate) fn polygon(corners: impl IntoIterator<Item = (f64, f64)>) -> Polygon<f64> {
    Polygon::new(ring(corners), vec![])
}

/// The same polygon with its rings turned round, or begun at another corner.
pub(crate) fn rewritten(polygon: &Polygon<f64>, turned: bool, shift: usize) -> Polygon<f64> {
    let rewrite = |ring: &LineString<f64>| {
        let mut corners = ring.0[1..].to_vec();
        if turned {
            corners.reverse();
        }
        let shift = shift % corners.len();
        corners.rotate_left(shift);
        LineString(corners)
    };
    Polygon::new(rewrite(polygon.exterior()), polygon.interiors().iter().map(rewrite).collect())
}

/// Star-shaped polygons, some with a hole, about a place on or near a grid of 16 x 16 m.
///
/// Corners have whole 2⁻¹² m. So they are on grid lines now and then, but never a hair's breadth beside one, and world
/// coordinates hold them exactly.
pub(crate) fn any_star(
    middle: std::ops::Range<f64>,
    radius: std::ops::Range<f64>,
) -> impl Strategy<Value = Polygon<f64>> {
    let rays = prop::collection::vec((0.6..1.4, radius), 4..14);
    (middle.clone(), middle, rays, prop::option::of(0.2..0.8)).prop_map(|(east, south, rays, hole)| {
        let round: f64 = rays.iter().map(|ray| ray.0).sum();
        let corners = |scale: f64| {
            rays.iter().scan(0.0_f64, move |angle, &(gap, radius)| {
                *angle += gap * TAU / round;
                let whole = |metres: f64| (metres * 4096.0).round() / 4096.0;
                Some((whole(east + scale * radius * angle.cos()), whole(south + scale * radius * angle.sin())))
            })
        };
        Polygon::new(ring(corners(1.0)), hole.map(|scale| ring(corners(scale))).into_iter().collect())
    })
}

pub(crate) fn map_of(polygons: &[Polygon<f64>], grid: &GridGeometry) -> FaceMap {
    FaceMap::new(&polygons.iter().collect::<Vec<_>>(), grid).unwrap()
}

/// Shares of all faces in all cells: `[face][row][col]`. Checks that every column is in exactly one segment, and that
/// shares are sorted and sum to 1 to the last bit.
pub(crate) fn shares(map: &FaceMap, grid: &GridGeometry) -> Vec<Vec<Vec<f64>>> {
    let rows = map.rows(0..grid.shape.rows);
    let mut shares = vec![vec![vec![0.0; grid.shape.cols]; grid.shape.rows]; map.face_count()];
    for row in rows.first_row()..rows.first_row() + rows.len() {
        let faces = rows.row(row);
        let mut next = 0;
        for &segment in faces.segments {
            match segment {
                Segment::Run { start, end, face } => {
                    assert!(start == next && end > start, "row {row}: {segment:?} after column {next}");
                    shares[face as usize][row][start as usize..end as usize].fill(1.0);
                    next = end;
                }
                Segment::Mixed { col, .. } => {
                    let pieces = faces.pieces_of(segment);
                    assert!(col == next && pieces.len() > 1, "row {row}: {segment:?} after column {next}");
                    assert!(pieces.is_sorted_by(|p, q| p.face < q.face));
                    assert!(pieces.iter().all(|piece| piece.fraction > 0.0 && piece.fraction < 1.0));
                    assert_eq!(pieces.iter().map(|piece| piece.fraction).sum::<f64>(), 1.0, "row {row}, column {col}");
                    for piece in pieces {
                        shares[piece.face as usize][row][col as usize] = piece.fraction;
                    }
                    next = col + 1;
                }
            }
        }
        assert_eq!(next as usize, grid.shape.cols, "row {row}");
    }
    shares
}

/// Shares of one part, from all faces that it covers.
pub(crate) fn shares_of_part(part: u32, map: &FaceMap, grid: &GridGeometry) -> Vec<f64> {
    let shares = shares(map, grid);
    let mut sum = vec![0.0; grid.shape.cells()];
    for (_, shares) in (0..).zip(&shares).filter(|&(face, _)| map.parts_of(face).contains(&part)) {
        for (sum, share) in sum.iter_mut().zip(shares.iter().flatten()) {
            *sum += share;
        }
    }
    sum
}

pub(crate) fn contacts(rows: &RowFaces) -> Vec<(usize, Contact)> {
    let range = rows.first_row()..rows.first_row() + rows.len();
    range.flat_map(|row| rows.row(row).contacts.iter().map(move |&contact| (row, contact))).collect()
}

pub(crate) fn contact_length_m(map: &FaceMap, grid: &GridGeometry) -> f64 {
    contacts(&map.rows(0..grid.shape.rows)).iter().map(|(_, contact)| contact.length_m).sum()
}

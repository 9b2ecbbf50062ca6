//! The outline of a patch along the edges of its cells.

use geo::{Coord, MapCoords, MultiPolygon, Polygon, Rect, unary_union};

use super::Run;
use crate::grid::GridGeometry;

/// Outline of the cells of `runs` (ascending) in world coordinates. Cells that meet only at a corner do not share area,
/// so they are rings of their own that touch.
pub(crate) fn outline(runs: &[Run], grid: &GridGeometry) -> MultiPolygon<f64> {
    let rectangles: Vec<Polygon<f64>> = stack(runs)
        .into_iter()
        .map(|(rows, run)| {
            let corner = |col: u32, row: u32| Coord { x: f64::from(col), y: f64::from(row) };
            Rect::new(corner(run.start, run.row), corner(run.end, run.row + rows)).to_polygon()
        })
        .collect();
    // Counted in cells all corners are whole numbers, and the union of rectangles has no other corners: rounding takes
    // away what the union's own number format adds.
    unary_union(&rectangles).map_coords(|corner| {
        let (x, y) = grid.to_world(corner.x.round(), corner.y.round());
        Coord { x, y }
    })
}

/// Runs of equal columns in successive rows as one rectangle: number of rows, and the first of them.
fn stack(runs: &[Run]) -> Vec<(u32, Run)> {
    let mut by_columns = runs.to_vec();
    by_columns.sort_unstable_by_key(|run| (run.start, run.end, run.row));
    let mut stacked: Vec<(u32, Run)> = Vec::new();
    for run in by_columns {
        match stacked.last_mut() {
            Some((rows, first)) if (first.start, first.end) == (run.start, run.end) && first.row + *rows == run.row => {
                *rows += 1;
            }
            _ => stacked.push((1, run)),
        }
    }
    stacked
}

#[cfg(test)]
mod tests {
    use geo::{Area, Validation};

    use super::*;
    use crate::grid::GridShape;

    fn grid() -> GridGeometry {
        GridGeometry::new(500_000.25, 3_941_000.75, 2.0, 1.0, GridShape { rows: 10, cols: 10 }).unwrap()
    }

    fn runs(list: &[(u32, u32, u32)]) -> Vec<Run> {
        list.iter().map(|(row, start, end)| Run { row: *row, start: *start, end: *end }).collect()
    }

    #[test]
    fn a_ring_of_cells_has_a_hole() {
        let ring = outline(&runs(&[(1, 1, 4), (2, 1, 2), (2, 3, 4), (3, 1, 4)]), &grid());
        assert_eq!(ring.0.len(), 1);
        assert_eq!(ring.0[0].interiors().len(), 1);
        assert_eq!(ring.unsigned_area(), 16.0);
        assert!(ring.is_valid());
        assert!(ring.0[0].exterior().coords().any(|c| *c == Coord { x: 500_002.25, y: 3_940_999.75 }));
    }

    #[test]
    fn cells_that_meet_at_a_corner_keep_their_area_and_are_valid() {
        let pair = outline(&runs(&[(0, 0, 1), (1, 1, 2)]), &grid());
        assert_eq!(pair.unsigned_area(), 4.0);
        assert!(pair.is_valid());
    }
}

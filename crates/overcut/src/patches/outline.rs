//! The outline of a patch along the edges of its cells.
//!
//! Rings are walked from corner to corner of cells in whole numbers, so an outline encloses exactly its cells. (The general
//! polygon union of `geo` 0.33 puts some holes of such cell patterns into the wrong polygon.)

use std::collections::HashMap;

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::{Run, find, unite};
use crate::grid::GridGeometry;

/// A corner of cells: column and row of the cell to the south-east of it.
type Corner = (u32, u32);

/// Outline of the cells of `runs` in world coordinates. Cells that meet only at a corner do not share area, so they lie in
/// polygons that touch. Polygons come by their first cell from the north-west, outer rings turn left, holes right.
pub(crate) fn outline(runs: &[Run], grid: &GridGeometry) -> MultiPolygon<f64> {
    let cells = Cells::new(runs);
    let mut walked = vec![false; cells.runs.len()];
    // By component: the outer ring, and the holes.
    let mut polygons: Vec<(Vec<Corner>, Vec<Vec<Corner>>)> = vec![Default::default(); cells.runs.len()];
    for first in 0..cells.runs.len() {
        if !walked[first] {
            let (exterior, holes) = &mut polygons[cells.components[first] as usize];
            for ring in simple_rings(&cells.walk(first, &mut walked)) {
                if doubled_area(&ring) > 0 { *exterior = ring } else { holes.push(ring) }
            }
        }
    }
    let line = |ring: &[Corner]| -> LineString<f64> {
        let world = |(col, row): &Corner| grid.to_world(f64::from(*col), f64::from(*row));
        ring.iter().chain(ring.first()).map(|corner| Coord::from(world(corner))).collect()
    };
    let of_component = |(exterior, holes): &(Vec<Corner>, Vec<Vec<Corner>>)| {
        Polygon::new(line(exterior), holes.iter().map(|hole| line(hole)).collect())
    };
    polygons.iter().filter(|(exterior, _)| !exterior.is_empty()).map(of_component).collect()
}

/// Cells in runs that do not touch, from the north-west.
struct Cells {
    runs: Vec<Run>,
    /// Position of the first run of each row, from the first row on, and the end.
    rows: Vec<usize>,
    first_row: u32,
    /// The component of each run, cells being joined by their sides: its first run.
    components: Vec<u32>,
}

impl Cells {
    fn new(runs: &[Run]) -> Self {
        let mut ordered = runs.to_vec();
        ordered.sort_unstable();
        let mut joined: Vec<Run> = Vec::with_capacity(ordered.len());
        for run in ordered {
            match joined.last_mut() {
                Some(last) if (last.row, last.end) == (run.row, run.start) => last.end = run.end,
                _ => joined.push(run),
            }
        }
        let first_row = joined.first().map_or(0, |run| run.row);
        let last_row = joined.last().map_or(0, |run| run.row);
        let rows: Vec<usize> =
            (first_row..=last_row + 1).map(|row| joined.partition_point(|run| run.row < row)).collect();
        let mut components: Vec<u32> = (0..).take(joined.len()).collect();
        for row in rows.windows(3) {
            let (mut above, mut below) = (row[0], row[1]);
            while above < row[1] && below < row[2] {
                let (a, b) = (joined[above], joined[below]);
                if a.start < b.end && b.start < a.end {
                    unite(&mut components, above as u32, below as u32);
                }
                if a.end < b.end { above += 1 } else { below += 1 }
            }
        }
        for run in 0..joined.len() {
            components[run] = find(&mut components, run as u32);
        }
        Self { runs: joined, rows, first_row, components }
    }

    /// The run that holds a cell. Columns and rows beyond the grid wrap to numbers that no run has.
    fn run_at(&self, col: u32, row: u32) -> Option<usize> {
        let index = row.checked_sub(self.first_row)? as usize;
        let of_row = *self.rows.get(index)?..*self.rows.get(index + 1)?;
        let position = of_row.start + self.runs[of_row.clone()].partition_point(|run| run.end <= col);
        (position < of_row.end && self.runs[position].start <= col).then_some(position)
    }

    /// The corners around the cells, these on the left hand, from the western side of a run back to it. Marks the runs
    /// whose western sides are passed.
    fn walk(&self, first: usize, walked: &mut [bool]) -> Vec<Corner> {
        let start = (self.runs[first].start, self.runs[first].row);
        let (mut at, mut heading) = (start, Heading::South);
        let mut corners = vec![start];
        loop {
            if heading == Heading::South
                && let Some(run) = self.run_at(at.0, at.1)
            {
                walked[run] = true;
            }
            at = heading.ahead(at);
            let (left, right) = heading.cells(at);
            // Where cells meet at the corner alone, the walk stays with the cell that it came along.
            let next = if self.run_at(left.0, left.1).is_none() {
                heading.left()
            } else if self.run_at(right.0, right.1).is_some() {
                heading.right()
            } else {
                heading
            };
            if at == start && next == Heading::South {
                // The first corner is one only if the walk turns there.
                if heading == Heading::South {
                    corners.remove(0);
                }
                return corners;
            }
            if next != heading {
                corners.push(at);
            }
            heading = next;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    South,
    East,
    North,
    West,
}

impl Heading {
    fn left(self) -> Self {
        match self {
            Self::South => Self::East,
            Self::East => Self::North,
            Self::North => Self::West,
            Self::West => Self::South,
        }
    }

    fn right(self) -> Self {
        self.left().left().left()
    }

    fn ahead(self, (col, row): Corner) -> Corner {
        match self {
            Self::South => (col, row + 1),
            Self::East => (col + 1, row),
            Self::North => (col, row - 1),
            Self::West => (col - 1, row),
        }
    }

    /// The cells ahead of a corner, on the left and on the right hand.
    fn cells(self, (col, row): Corner) -> (Corner, Corner) {
        let (west, north) = (col.wrapping_sub(1), row.wrapping_sub(1));
        match self {
            Self::South => ((col, row), (west, row)),
            Self::East => ((col, north), (col, row)),
            Self::North => ((west, north), (col, north)),
            Self::West => ((west, row), (west, north)),
        }
    }
}

/// A walk taken apart where it passes a corner twice.
fn simple_rings(walk: &[Corner]) -> Vec<Vec<Corner>> {
    let mut rings = Vec::new();
    let mut open: Vec<Corner> = Vec::new();
    let mut positions: HashMap<Corner, usize> = HashMap::new();
    for corner in walk {
        if let Some(position) = positions.get(corner).copied() {
            for passed in &open[position..] {
                positions.remove(passed);
            }
            rings.push(open.split_off(position));
        }
        positions.insert(*corner, open.len());
        open.push(*corner);
    }
    rings.push(open);
    rings
}

/// Twice the area, positive if the ring turns left as seen with north up.
fn doubled_area(ring: &[Corner]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let cross =
        |((x1, y1), (x2, y2)): (&Corner, &Corner)| i64::from(*x2) * i64::from(*y1) - i64::from(*x1) * i64::from(*y2);
    ring.iter().zip(next).map(cross).sum()
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

    /// Outline of `#` in a picture, in cells of 2 m x 1 m, and the area of the cells.
    fn of_picture(picture: &[String]) -> (MultiPolygon<f64>, f64) {
        let cells = |(row, line): (usize, &String)| -> Vec<Run> {
            let at = line.bytes().enumerate().filter(|(_, cell)| *cell == b'#');
            at.map(|(col, _)| Run { row: row as u32, start: col as u32, end: col as u32 + 1 }).collect()
        };
        let runs: Vec<Run> = picture.iter().enumerate().flat_map(cells).collect();
        (outline(&runs, &grid()), runs.len() as f64 * 2.0)
    }

    #[test]
    fn a_ring_of_cells_has_a_hole() {
        let ring = outline(&runs(&[(1, 1, 4), (2, 1, 2), (2, 3, 4), (3, 1, 4)]), &grid());
        assert_eq!(ring.0.len(), 1);
        assert_eq!(ring.0[0].interiors().len(), 1);
        assert_eq!(ring.0[0].exterior().0.len(), 5);
        assert_eq!(ring.unsigned_area(), 16.0);
        assert!(ring.is_valid());
        assert!(ring.0[0].exterior().coords().any(|c| *c == Coord { x: 500_002.25, y: 3_940_999.75 }));
    }

    #[test]
    fn cells_that_meet_at_a_corner_keep_their_area_and_are_valid() {
        let pair = outline(&runs(&[(0, 0, 1), (1, 1, 2)]), &grid());
        assert_eq!(pair.0.len(), 2);
        assert_eq!(pair.unsigned_area(), 4.0);
        assert!(pair.is_valid());
    }

    #[test]
    fn a_hole_closed_by_a_corner_alone_touches_the_outside_there() {
        let picture = ["###", "#.#", "##."].map(str::to_owned);
        let (ring, area) = of_picture(&picture);
        assert_eq!((ring.0.len(), ring.0[0].interiors().len()), (1, 1));
        assert_eq!(ring.unsigned_area(), area);
        assert!(ring.is_valid());
    }

    #[test]
    fn two_holes_that_meet_at_a_corner_are_two() {
        let picture = ["####", "#.##", "##.#", "####"].map(str::to_owned);
        let (ring, area) = of_picture(&picture);
        assert_eq!((ring.0.len(), ring.0[0].interiors().len()), (1, 2));
        assert_eq!(ring.unsigned_area(), area);
        assert!(ring.is_valid());
    }

    #[test]
    fn a_run_cut_by_the_border_of_a_window_leaves_no_corner() {
        let pieces = outline(&runs(&[(0, 0, 3), (0, 3, 7), (1, 0, 7)]), &grid());
        assert_eq!(pieces, outline(&runs(&[(0, 0, 7), (1, 0, 7)]), &grid()));
        assert_eq!(pieces.0[0].exterior().0.len(), 5);
    }

    proptest::proptest! {
        #[test]
        fn an_outline_is_valid_and_encloses_its_cells(seed: u64, full in 1_u64..8) {
            let mut state = seed | 1;
            let mut random = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 33) % 8
            };
            let picture: Vec<String> =
                (0..17).map(|_| (0..23).map(|_| if random() < full { '#' } else { '.' }).collect()).collect();
            let (found, area) = of_picture(&picture);
            proptest::prop_assert_eq!(found.unsigned_area(), area);
            proptest::prop_assert!(found.is_valid());
        }
    }
}

//! The volume between a surface and zero inside polygons, by the exact share of each cell.

use geo::Polygon;

use crate::{
    Window,
    coverage::Segment,
    error::Result,
    faces::FaceMap,
    surface::{Heights, Surface},
};

/// Rows that are read at a time: what [`FaceMap::rows`] gives at least cost.
const ROWS: usize = 64;

/// What a surface holds inside a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ZonalSum {
    /// Sum of value x share x cell area, m³ for values in metres.
    pub volume_m3: f64,
    /// Plan area of the cells with a value, m².
    pub area_m2: f64,
}

/// Sums a surface inside each polygon; polygons may overlap. Missing cells count as nothing.
///
/// As in the pass, what a cell holds is divided by the shares of its area. Rows are read in order, so the sums are the same bits
/// every time.
///
/// # Errors
/// Whatever [`FaceMap::new`] and reading find.
///
/// # Examples
/// Two metres over a square of three metres, of which a polygon covers half a cell at one side:
/// ```
/// use geo::{Rect, coord};
/// use overcut::{Dem, GridGeometry, GridShape, surface::Heights, zonal};
///
/// let grid = GridGeometry::new(0.0, 3.0, 1.0, 1.0, GridShape { rows: 3, cols: 3 })?;
/// let dem = Dem::new("difference", "2024-05-20".parse()?, grid, Heights::F32(vec![2.0; 9]))?;
/// let half = Rect::new(coord! { x: 0.0, y: 0.0 }, coord! { x: 1.5, y: 3.0 }).to_polygon();
/// assert_eq!(zonal::sums(&dem, &[&half])?[0].volume_m3, 9.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sums(surface: &dyn Surface, polygons: &[&Polygon<f64>]) -> Result<Vec<ZonalSum>> {
    let grid = surface.grid();
    let faces = FaceMap::new(polygons, grid)?;
    let mut by_face = vec![ZonalSum::default(); faces.face_count()];
    let mut reader = surface.open()?;
    for first in (0..grid.shape.rows).step_by(ROWS) {
        let rows = first..(first + ROWS).min(grid.shape.rows);
        let band = faces.rows(rows.clone());
        let touched = |segment: &Segment| !matches!(segment, Segment::Run { face: 0, .. });
        let extent = rows.clone().flat_map(|row| band.row(row).segments).filter(|segment| touched(segment));
        let columns = extent.fold(None, |range: Option<(usize, usize)>, segment| {
            let (start, end) = match *segment {
                Segment::Run { start, end, .. } => (start as usize, end as usize),
                Segment::Mixed { col, .. } => (col as usize, col as usize + 1),
            };
            Some(range.map_or((start, end), |(low, high)| (low.min(start), high.max(end))))
        });
        let Some((west, east)) = columns else { continue };
        let window = Window::from_ranges(rows.clone(), west..east);
        let heights = reader.read(window)?;
        for row in rows {
            let line = band.row(row);
            let value = |col: usize| value_at(&heights, (row - window.row) * window.cols + col - window.col);
            for segment in line.segments {
                match *segment {
                    Segment::Run { face: 0, .. } => {}
                    Segment::Run { start, end, face } => {
                        (start as usize..end as usize).for_each(|col| by_face[face as usize].add(value(col), 1.0));
                    }
                    Segment::Mixed { col, .. } => {
                        for piece in line.pieces_of(*segment) {
                            by_face[piece.face as usize].add(value(col as usize), piece.fraction);
                        }
                    }
                }
            }
        }
        reader.recycle(heights);
    }
    let mut sums = vec![ZonalSum::default(); polygons.len()];
    for (face, found) in (0..).zip(&by_face) {
        for part in faces.parts_of(face) {
            sums[*part as usize].volume_m3 += found.volume_m3 * grid.cell_area_m2();
            sums[*part as usize].area_m2 += found.area_m2 * grid.cell_area_m2();
        }
    }
    Ok(sums)
}

fn value_at(heights: &Heights, at: usize) -> f64 {
    match heights {
        Heights::F32(values) => f64::from(values[at]),
        Heights::F64(values) => values[at],
    }
}

impl ZonalSum {
    /// Adds a share of a cell.
    fn add(&mut self, value: f64, share: f64) {
        if !value.is_nan() {
            self.volume_m3 += value * share;
            self.area_m2 += share;
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::{Rect, coord};

    use super::*;
    use crate::{Dem, GridGeometry, GridShape};

    #[test]
    fn overlapping_polygons_each_get_their_whole_and_missing_cells_nothing() {
        let grid = GridGeometry::new(0.0, 200.0, 2.0, 2.0, GridShape { rows: 100, cols: 4 }).unwrap();
        let mut values = vec![-1.5; 400];
        values[399] = f64::NAN;
        let dem = Dem::new("d", "2024-05-20".parse().unwrap(), grid, Heights::F64(values)).unwrap();
        let rectangle = |west: f64, south: f64, east: f64, north: f64| {
            Rect::new(coord! { x: west, y: south }, coord! { x: east, y: north }).to_polygon()
        };
        // All of it; the eastern half with half a cell more; the missing cell.
        let polygons =
            [rectangle(0.0, 0.0, 8.0, 200.0), rectangle(3.0, 0.0, 8.0, 200.0), rectangle(6.0, 0.0, 8.0, 2.0)];
        let found = sums(&dem, &polygons.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(found[0], ZonalSum { volume_m3: -1.5 * 399.0 * 4.0, area_m2: 399.0 * 4.0 });
        assert_eq!(found[1].volume_m3, -1.5 * (5.0 * 200.0 - 4.0));
        assert_eq!(found[2], ZonalSum { volume_m3: 0.0, area_m2: 0.0 });
    }
}

//! The exact share of each cell inside each face, along the boundaries only.
//!
//! # Method
//! Area is accumulated along edges, row by row, as font rasterisers do (signed-area accumulation), in time proportional
//! to the number of edges and of cells that they touch; no cell is clipped against a polygon. Every edge parts two faces
//! and gives the same amount to one that it takes from the other, so the shares of all faces, with the outside as face
//! 0, telescope to 1. Winding and start of rings do not matter.
//!
//! # Exactness
//! 1. Corners lie on a lattice of 2⁻³² cell ([`LatticePoint`]), as integers. Up to [`GridGeometry::MAX_SIDE`] rows, the
//!    height at which an edge enters and leaves a row is an exact integer too.
//! 2. Within a row, the height at which an edge crosses a grid line comes from the ends of that edge alone, by a direct
//!    formula with the northern end first: an edge and its reverse give the same bits, and so do a window and the whole
//!    grid. It is rounded to 2⁻⁵⁰ of a cell, once.
//! 3. Areas are rounded to 2⁻⁵⁰ of a cell and added as integers. So order cannot matter, covers return to exactly 0 or 1
//!    after the last edge of a face, nothing leaks along a row, and shares of a cell sum to exactly 1 in f64.
//!
//! Places are f64 within a row: at column 10,000 they are good to 2⁻³⁹ of a cell, and so is the share of a cell. Shares of
//! up to 2⁻⁴⁴ are dropped as rounding dust, in favour of the largest share of their cell.
//!
//! # References
//! The accumulation of area and cover per cell is that of D. Turner's smooth rasteriser in `FreeType` (`ftgrays.c`, after
//! R. Levien's libart); here with exact covers and any number of faces at once.

mod accumulate;
mod lattice;
mod row_faces;
mod sweep;

use std::ops::Range;

use accumulate::{LevelEdge, RowSums, SlopedEdge};
pub use lattice::LatticePoint;
pub(crate) use lattice::{CELL, STEP, dot, doubled_area, truncated, turn};
pub use row_faces::{Contact, ContactSide, FaceRow, Piece, RowFaces, Segment};
use sweep::Sweep;

use crate::grid::GridGeometry;

/// A directed edge between two faces, left and right as seen on a map with north up.
///
/// Face 0 is the outside. At every corner, each face must have as many edges that arrive as edges that leave, counted
/// along its boundary; otherwise it has no inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Where it begins.
    pub from: LatticePoint,
    /// Where it ends.
    pub to: LatticePoint,
    /// The face on its left.
    pub left: u32,
    /// The face on its right.
    pub right: u32,
}

/// Rows that share one list of edges.
const CHUNK: usize = 64;

/// All edges of a plan, sorted into chunks of rows.
#[derive(Debug, Clone)]
pub struct Boundaries {
    grid: GridGeometry,
    cols: u32,
    /// Edges by chunk; one that enters several chunks is in each of them.
    sloped: Vec<SlopedEdge>,
    /// Where the edges of each chunk begin, and the end of the last.
    chunk_starts: Vec<usize>,
    /// Ascending by row.
    level: Vec<LevelEdge>,
}

impl Boundaries {
    /// Sorts edges into rows; those that no cell of the grid can see are dropped.
    ///
    /// # Examples
    /// A triangle that covers half of the only cell:
    /// ```
    /// use overcut::coverage::{Boundaries, Edge, LatticePoint, Segment};
    /// use overcut::{GridGeometry, GridShape};
    ///
    /// let grid = GridGeometry::new(0.0, 1.0, 1.0, 1.0, GridShape { rows: 1, cols: 1 })?;
    /// let corners = [(0.0, 1.0), (1.0, 1.0), (0.0, 0.0)].map(|(col, row)| LatticePoint::from_cells(col, row).unwrap());
    /// let side = |from: usize, to: usize| Edge { from: corners[from], to: corners[to], left: 1, right: 0 };
    /// let faces = Boundaries::new(&grid, &[side(0, 1), side(1, 2), side(2, 0)]).rows(0..1);
    /// let row = faces.row(0);
    /// assert_eq!(row.segments, [Segment::Mixed { col: 0, first: 0, count: 2 }]);
    /// assert_eq!(row.pieces[1].fraction, 0.5);
    /// # Ok::<(), overcut::Error>(())
    /// ```
    ///
    /// # Panics
    /// If a side of the grid is longer than [`GridGeometry::MAX_SIDE`], which its constructor refuses.
    pub fn new(grid: &GridGeometry, edges: &[Edge]) -> Self {
        let rows = grid.shape.rows;
        let cols = u32::try_from(grid.shape.cols).expect("sides have at most 2²² cells");
        let chunks = rows.div_ceil(CHUNK);
        let east_end = i64::from(cols) * CELL;

        let mut sloped = Vec::with_capacity(edges.len());
        let mut level = Vec::new();
        let mut chunk_starts = vec![0; chunks + 1];
        for edge in edges.iter().filter(|edge| edge.left != edge.right) {
            if let Some(edge) = SlopedEdge::new(edge) {
                if edge.west_end() < east_end
                    && let Some(rows) = on_grid(edge.rows(), rows)
                {
                    for chunk in rows.start / CHUNK..=(rows.end - 1) / CHUNK {
                        chunk_starts[chunk + 1] += 1;
                    }
                    sloped.push(edge);
                }
            } else if let Some(edge) = LevelEdge::new(edge)
                && on_grid((edge.row(), edge.row()), rows).is_some()
            {
                level.push(edge);
            }
        }
        for chunk in 0..chunks {
            chunk_starts[chunk + 1] += chunk_starts[chunk];
        }
        let mut by_chunk = Vec::new();
        if let Some(&any) = sloped.first() {
            by_chunk.resize(chunk_starts[chunks], any);
        }
        let mut next = chunk_starts.clone();
        for edge in sloped {
            let rows = on_grid(edge.rows(), rows).expect("checked above");
            for next in &mut next[rows.start / CHUNK..=(rows.end - 1) / CHUNK] {
                by_chunk[*next] = edge;
                *next += 1;
            }
        }
        level.sort_unstable_by_key(LevelEdge::row);
        Self { grid: *grid, cols, sloped: by_chunk, chunk_starts, level }
    }

    /// The faces of a band of rows. A row comes out the same, bit for bit, in whatever band it is asked for.
    ///
    /// # Panics
    /// If the band reaches beyond the grid.
    pub fn rows(&self, rows: Range<usize>) -> RowFaces {
        assert!(
            rows.end <= self.grid.shape.rows,
            "rows {rows:?} reach beyond the {} of the grid",
            self.grid.shape.rows
        );
        let mut out = RowFaces::new(rows.start, rows.len());
        let mut sums = RowSums::new(self.cols, self.grid.dx, self.grid.dy);
        let mut sweep = Sweep::new(self.cols, self.grid.dx, self.grid.dy);
        let mut by_row = ByRow::default();
        let mut start = rows.start;
        while start < rows.end {
            let chunk = start / CHUNK;
            let end = rows.end.min((chunk + 1) * CHUNK);
            let edges = &self.sloped[self.chunk_starts[chunk]..self.chunk_starts[chunk + 1]];
            by_row.sort(edges, start..end);
            for row in start..end {
                sums.start(signed(row));
                for &edge in by_row.row(row - start) {
                    sums.add(&edges[edge as usize]);
                }
                for edge in self.level_in(row) {
                    sums.add_level(edge);
                }
                sweep.write(&mut sums, &mut out);
            }
            start = end;
        }
        out
    }

    fn level_in(&self, row: usize) -> &[LevelEdge] {
        let row = signed(row);
        let start = self.level.partition_point(|edge| edge.row() < row);
        let count = self.level[start..].partition_point(|edge| edge.row() == row);
        &self.level[start..start + count]
    }
}

/// The edges of a chunk by row, as indices.
#[derive(Default)]
struct ByRow {
    starts: Vec<usize>,
    edges: Vec<u32>,
}

impl ByRow {
    fn sort(&mut self, edges: &[SlopedEdge], rows: Range<usize>) {
        self.starts.clear();
        self.starts.resize(rows.len() + 2, 0);
        let within = |edge: &SlopedEdge| {
            let (first, last) = edge.rows();
            let start = first.max(signed(rows.start));
            let end = (last + 1).min(signed(rows.end));
            (start < end).then(|| unsigned(start) - rows.start..unsigned(end) - rows.start)
        };
        // Counted two places ahead, so that filling moves each start to where it belongs.
        for edge in edges {
            within(edge).into_iter().flatten().for_each(|row| self.starts[row + 2] += 1);
        }
        for row in 2..self.starts.len() {
            self.starts[row] += self.starts[row - 1];
        }
        self.edges.clear();
        self.edges.resize(self.starts.last().copied().unwrap_or(0), 0);
        for (index, edge) in (0_u32..).zip(edges) {
            for row in within(edge).into_iter().flatten() {
                self.edges[self.starts[row + 1]] = index;
                self.starts[row + 1] += 1;
            }
        }
    }

    fn row(&self, row: usize) -> &[u32] {
        &self.edges[self.starts[row]..self.starts[row + 1]]
    }
}

/// The rows of the grid among first ..= last.
fn on_grid((first, last): (i64, i64), rows: usize) -> Option<Range<usize>> {
    let (start, end) = (first.max(0), (last + 1).min(signed(rows)));
    (start < end).then(|| unsigned(start)..unsigned(end))
}

fn signed(row: usize) -> i64 {
    i64::try_from(row).expect("rows of a grid fit")
}

fn unsigned(row: i64) -> usize {
    usize::try_from(row).expect("rows of a grid are not negative")
}

#[cfg(test)]
mod tests;

//! A surface brought onto another grid, cell by cell and independently of the window that is asked for.

use overcut::{
    GridGeometry, GridShape, Window,
    dem::SurfaceInfo,
    surface::{BlockLayout, Heights, Surface, SurfaceReader},
};

use super::open::as_core;
use crate::{crs::CoordinateOperation, error::Result};

/// Cells of the target that are resampled from one piece of the source.
const PIECE: usize = 256;

/// A surface on a grid that is not its own.
///
/// A target cell is the mean of n x n points spread evenly over it, n the ratio of the cell sizes rounded up, so that a
/// finer source is averaged and not sampled. Each point is taken to the source on its own (by PROJ where the CRS differs)
/// and interpolated bilinearly between the four nearest cell centres. A point with a missing neighbour of any weight is
/// missing and makes its cell missing; so is a point beyond the outermost centres of the source.
pub struct Resampled<'a> {
    source: &'a dyn Surface,
    info: SurfaceInfo,
    grid: GridGeometry,
    /// WKT of target and source, where they differ.
    operation: Option<(String, String)>,
    points: (usize, usize),
}

impl<'a> Resampled<'a> {
    /// Prepares a surface; `operation` takes the target's coordinates to the source's, as WKT of both.
    ///
    /// # Errors
    /// Those of [`CoordinateOperation::new`].
    pub fn new(source: &'a dyn Surface, grid: GridGeometry, operation: Option<(String, String)>) -> Result<Self> {
        if let Some((from, to)) = &operation {
            CoordinateOperation::new(from, to)?;
        }
        let per_cell = |target: f64, source: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
            let count = (target / source - 1e-6).ceil().max(1.0) as usize;
            count
        };
        let own = source.grid();
        let points = (per_cell(grid.dx, own.dx), per_cell(grid.dy, own.dy));
        Ok(Self { source, info: source.info().clone(), grid, operation, points })
    }

    /// Points per cell, along x and along y.
    pub fn points_per_cell(&self) -> (usize, usize) {
        self.points
    }
}

impl Surface for Resampled<'_> {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &GridGeometry {
        &self.grid
    }

    fn layout(&self) -> BlockLayout {
        BlockLayout { block: GridShape { rows: PIECE.min(self.grid.shape.rows), cols: PIECE.min(self.grid.shape.cols) } }
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        let operation = match &self.operation {
            Some((from, to)) => {
                Some(CoordinateOperation::new(from, to).map_err(|error| as_core(&self.info.name, error))?)
            }
            None => None,
        };
        Ok(Box::new(ResampledReader { surface: self, reader: self.source.open()?, operation }))
    }
}

struct ResampledReader<'a> {
    surface: &'a Resampled<'a>,
    reader: Box<dyn SurfaceReader + 'a>,
    operation: Option<CoordinateOperation>,
}

impl SurfaceReader for ResampledReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        let mut heights = vec![f64::NAN; window.cells()];
        for row in (window.row..window.row_end()).step_by(PIECE) {
            for col in (window.col..window.col_end()).step_by(PIECE) {
                let rows = row..(row + PIECE).min(window.row_end());
                let cols = col..(col + PIECE).min(window.col_end());
                self.piece(Window::from_ranges(rows, cols), window, &mut heights)?;
            }
        }
        Ok(Heights::F64(heights))
    }
}

impl ResampledReader<'_> {
    fn piece(&mut self, piece: Window, window: Window, heights: &mut [f64]) -> overcut::Result<()> {
        let points = self.points(piece)?;
        let Some(needed) = needed(&points, self.surface.source.grid().shape) else { return Ok(()) };
        let read = self.reader.read(needed)?;
        let mut source = vec![f64::NAN; needed.cells()];
        read.widen(0, &mut source);
        let per_cell = self.surface.points.0 * self.surface.points.1;
        for (index, points) in points.chunks(per_cell).enumerate() {
            let (row, col) = (piece.row + index / piece.cols, piece.col + index % piece.cols);
            let sum: f64 = points.iter().map(|point| bilinear(&source, needed, *point)).sum();
            heights[(row - window.row) * window.cols + col - window.col] = sum / per_cell as f64;
        }
        Ok(())
    }

    /// The points of all cells of a piece, in columns and rows of the source counted from its first cell's centre.
    fn points(&self, piece: Window) -> overcut::Result<Vec<(f64, f64)>> {
        let (along, down) = self.surface.points;
        let (grid, own) = (&self.surface.grid, self.surface.source.grid());
        let mut points = Vec::with_capacity(piece.cells() * along * down);
        for row in piece.row..piece.row_end() {
            for col in piece.col..piece.col_end() {
                for j in 0..down {
                    for i in 0..along {
                        let col = col as f64 + (i as f64 + 0.5) / along as f64;
                        let row = row as f64 + (j as f64 + 0.5) / down as f64;
                        points.push(grid.to_world(col, row));
                    }
                }
            }
        }
        if let Some(operation) = &self.operation {
            operation.transform(&mut points).map_err(|error| as_core(&self.surface.info.name, error))?;
        }
        for point in &mut points {
            let (col, row) = own.to_cells(point.0, point.1);
            *point = (snapped(col - 0.5), snapped(row - 0.5));
        }
        Ok(points)
    }
}

/// A position within a millionth of a cell of a centre is at the centre: grids that differ by roundings only need no
/// neighbour that may be missing.
fn snapped(position: f64) -> f64 {
    let nearest = position.round();
    if (position - nearest).abs() < 1e-6 { nearest } else { position }
}

/// The cells of the source around all points; `None` if no point lies on it.
fn needed(points: &[(f64, f64)], shape: GridShape) -> Option<Window> {
    let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for (col, row) in points {
        low = (low.0.min(*col), low.1.min(*row));
        high = (high.0.max(*col), high.1.max(*row));
    }
    let range = |low: f64, high: f64, cells: usize| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
        let (start, end) =
            (low.floor().clamp(0.0, cells as f64) as usize, (high.floor() + 2.0).clamp(0.0, cells as f64) as usize);
        (start < end).then_some(start..end)
    };
    Some(Window::from_ranges(range(low.1, high.1, shape.rows)?, range(low.0, high.0, shape.cols)?))
}

/// The height at a point between the centres of `window`; NaN where a neighbour that counts is missing.
fn bilinear(heights: &[f64], window: Window, (col, row): (f64, f64)) -> f64 {
    let (left, top) = (col.floor(), row.floor());
    let (right_share, bottom_share) = (col - left, row - top);
    let height = |col: f64, row: f64, share: f64| {
        if share == 0.0 {
            return 0.0;
        }
        let (col, row) = (col - window.col as f64, row - window.row as f64);
        if col < 0.0 || row < 0.0 || col >= window.cols as f64 || row >= window.rows as f64 {
            return f64::NAN;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers inside the window")]
        let position = row as usize * window.cols + col as usize;
        share * heights[position]
    };
    let (left_share, top_share) = (1.0 - right_share, 1.0 - bottom_share);
    height(left, top, left_share * top_share)
        + height(left + 1.0, top, right_share * top_share)
        + height(left, top + 1.0, left_share * bottom_share)
        + height(left + 1.0, top + 1.0, right_share * bottom_share)
}

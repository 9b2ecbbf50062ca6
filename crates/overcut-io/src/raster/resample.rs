//! A surface brought onto another grid, cell by cell and independently of the window that is asked for.

use std::sync::{Arc, Mutex};

use overcut::{
    GridGeometry, GridShape, Window,
    dem::SurfaceInfo,
    surface::{BlockLayout, Heights, Surface, SurfaceReader},
};

use super::{
    Through,
    bilinear::{Along, height_at, mean_of_points, place_on},
    open::as_core,
};
use crate::crs::CoordinateOperation;

/// Points that are in work at a time, about: what bounds the memory of a reader (16 bytes each, and 8 for each height of the
/// source around them).
const POINTS_AT_A_TIME: usize = 1 << 19;

/// A surface on a grid that is not its own.
///
/// A target cell is the mean of n x m points spread evenly over it, n the ratio of the cell widths rounded up and m that of
/// the cell heights, so that a finer source is averaged and not sampled. Each point is taken to the source on its own (by
/// PROJ where the CRS differs, without any approximation) and interpolated bilinearly between the four nearest cell centres.
///
/// # Nodata
/// A point with a missing neighbour of any weight is missing, and makes its cell missing; so does a point beyond the
/// outermost centres of the source (its outer half cell), and one that PROJ cannot transform. Within a millionth of a cell
/// of a centre, or of a line of centres, a point is taken to lie on it, and the neighbours beyond do not count.
///
/// # Properties
/// - The height of a cell does not depend on the window that is asked for, to the bit.
/// - A constant stays that constant, to the bit; a plane is reproduced, to rounding.
/// - On grids with one CRS whose cells coincide, heights are copied as they are stored; where n x m source cells make up a
///   target cell, it is their mean.
pub struct Resampled<'a> {
    source: Arc<dyn Surface + 'a>,
    info: SurfaceInfo,
    grid: GridGeometry,
    mapping: Mapping,
    points: (usize, usize),
}

/// How a place on the target is found on the source.
enum Mapping {
    /// The cells coincide: target row and column plus these are those of the source.
    Shift { rows: i64, cols: i64 },
    /// One CRS: columns and rows of the source, from those of the target.
    Axes { col: Axis, row: Axis },
    /// From the target's coordinates to the source's.
    Operation(Mutex<CoordinateOperation>),
}

/// `from + position * step`, in cells.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: f64,
    step: f64,
}

impl<'a> Resampled<'a> {
    /// A surface on `grid`; `operation` takes the coordinates of the grid to those of the surface, `None` = one CRS.
    pub fn new(source: &'a dyn Surface, grid: GridGeometry, operation: Option<CoordinateOperation>) -> Self {
        Self::of(Arc::new(Through(source)), grid, operation)
    }

    /// The same of a surface that it shares.
    pub(super) fn of(
        source: Arc<dyn Surface + 'a>,
        grid: GridGeometry,
        operation: Option<CoordinateOperation>,
    ) -> Self {
        let own = *source.grid();
        let per_cell = |target: f64, source: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
            let count = (target / source - 1e-6).ceil().max(1.0) as usize;
            count
        };
        let col = Axis { from: (grid.west - own.west) / own.dx, step: grid.dx / own.dx };
        let row = Axis { from: (own.north - grid.north) / own.dy, step: grid.dy / own.dy };
        let mapping = match operation.filter(|operation| !operation.is_identity()) {
            Some(operation) => Mapping::Operation(Mutex::new(operation)),
            None => match (row.shift(grid.shape.rows), col.shift(grid.shape.cols)) {
                (Some(rows), Some(cols)) => Mapping::Shift { rows, cols },
                _ => Mapping::Axes { col, row },
            },
        };
        let points = (per_cell(grid.dx, own.dx), per_cell(grid.dy, own.dy));
        Self { info: source.info().clone(), source, grid, mapping, points }
    }

    /// Points per cell, along x and along y.
    pub fn points_per_cell(&self) -> (usize, usize) {
        self.points
    }

    /// Whether the cells coincide with those of the source, so that heights are copied.
    pub fn copies(&self) -> bool {
        matches!(self.mapping, Mapping::Shift { .. })
    }
}

impl Axis {
    /// The whole number of cells by which two axes differ, if they do by no more than a millionth of a cell at either end.
    fn shift(self, cells: usize) -> Option<i64> {
        let at_start = self.from.round();
        let drift = self.from + cells as f64 * (self.step - 1.0) - at_start;
        let whole = (self.from - at_start).abs() <= 1e-6 && drift.abs() <= 1e-6 && at_start.abs() < 1e15;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e15")]
        let shift = at_start as i64;
        whole.then_some(shift)
    }
}

impl Surface for Resampled<'_> {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &GridGeometry {
        &self.grid
    }

    /// About the stored blocks of the source, in cells of the grid; where the two are not aligned, blocks along the borders
    /// are decoded more than once.
    fn layout(&self) -> BlockLayout {
        let (own, block) = (self.source.grid(), self.source.layout().block);
        let cells = |block: usize, whole: usize, ratio: f64, target: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
            let scaled = (block as f64 * ratio).round().clamp(1.0, target as f64) as usize;
            if block >= whole { target } else { scaled }
        };
        let rows = cells(block.rows, own.shape.rows, own.dy / self.grid.dy, self.grid.shape.rows);
        let cols = cells(block.cols, own.shape.cols, own.dx / self.grid.dx, self.grid.shape.cols);
        BlockLayout { block: GridShape { rows, cols } }
    }

    fn sha256(&self) -> overcut::Result<Option<String>> {
        self.source.sha256()
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        let operation = match &self.mapping {
            Mapping::Operation(operation) => {
                let operation = operation.lock().expect("no thread panics while it copies an operation");
                Some(operation.try_clone().map_err(|error| as_core(&self.info.name, error))?)
            }
            Mapping::Shift { .. } | Mapping::Axes { .. } => None,
        };
        Ok(Box::new(ResampledReader { surface: self, reader: self.source.open()?, operation }))
    }
}

struct ResampledReader<'a> {
    surface: &'a Resampled<'a>,
    reader: Box<dyn SurfaceReader + 'a>,
    /// This reader's own, where the CRS differs.
    operation: Option<CoordinateOperation>,
}

impl SurfaceReader for ResampledReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        if let Mapping::Shift { rows, cols } = self.surface.mapping {
            return self.copied(window, rows, cols);
        }
        // Pieces as wide as the window first: strips of the source are then read once.
        let (along, down) = self.surface.points;
        let cols = (POINTS_AT_A_TIME / (along * down)).clamp(1, window.cols.max(1));
        let rows = (POINTS_AT_A_TIME / (cols * along * down)).max(1);
        let mut heights = vec![f64::NAN; window.cells()];
        for row in (window.row..window.row_end()).step_by(rows) {
            for col in (window.col..window.col_end()).step_by(cols) {
                let piece = Window::from_ranges(
                    row..(row + rows).min(window.row_end()),
                    col..(col + cols).min(window.col_end()),
                );
                self.resample(piece, window, &mut heights)?;
            }
        }
        Ok(Heights::F64(heights))
    }
}

impl ResampledReader<'_> {
    /// The cells of the source themselves, in their stored width.
    fn copied(&mut self, window: Window, rows: i64, cols: i64) -> overcut::Result<Heights> {
        let own = self.surface.source.grid().shape;
        let shifted = |start: usize, count: usize, by: i64, limit: usize| {
            let place = |position: usize| {
                let position = i64::try_from(position).expect("below 2^22") + by;
                usize::try_from(position.max(0)).expect("not negative").min(limit)
            };
            place(start)..place(start + count)
        };
        let there = Window::from_ranges(
            shifted(window.row, window.rows, rows, own.rows),
            shifted(window.col, window.cols, cols, own.cols),
        );
        // An empty window is nowhere: one cell tells the width.
        let read = if there.is_empty() {
            self.reader.read(Window { row: 0, col: 0, rows: 1, cols: 1 })?
        } else {
            self.reader.read(there)?
        };
        let here = |start: usize, by: i64| usize::try_from(i64::try_from(start).expect("below 2^22") - by).unwrap_or(0);
        let (row, col) = (here(there.row, rows), here(there.col, cols));
        Ok(match read {
            Heights::F32(values) => Heights::F32(placed(&values, there, (row, col), window, f32::NAN)),
            Heights::F64(values) => Heights::F64(placed(&values, there, (row, col), window, f64::NAN)),
        })
    }

    fn resample(&mut self, piece: Window, window: Window, heights: &mut [f64]) -> overcut::Result<()> {
        let own = self.surface.source.grid().shape;
        let places = self.places(piece, own);
        let Some(needed) = places.needed() else { return Ok(()) };
        let read = self.reader.read(needed)?;
        let mut source = vec![f64::NAN; needed.cells()];
        read.widen(0, &mut source);
        let (along, down) = self.surface.points;
        for row in 0..piece.rows {
            let out = (piece.row + row - window.row) * window.cols + piece.col - window.col;
            for (col, height) in heights[out..out + piece.cols].iter_mut().enumerate() {
                let points = (0..down).flat_map(|j| (0..along).map(move |i| (row * down + j, col * along + i)));
                let points = points.map(|(row, col)| places.height(row, col, &source, needed));
                *height = mean_of_points(points, along * down);
            }
        }
        Ok(())
    }

    /// Where the points of a piece lie on the source.
    fn places(&self, piece: Window, own: GridShape) -> Places {
        let (along, down) = self.surface.points;
        // Counted from the whole grid's corner, so that a point is the same in every piece.
        let position = |index: usize, per_cell: usize| {
            (index / per_cell) as f64 + ((index % per_cell) as f64 + 0.5) / per_cell as f64
        };
        let rows = (piece.row * down..piece.row_end() * down).map(|index| position(index, down));
        let cols = (piece.col * along..piece.col_end() * along).map(|index| position(index, along));
        match (&self.surface.mapping, &self.operation) {
            (Mapping::Axes { col, row }, _) => Places::Axes {
                rows: rows.map(|at| place_on(row.from + at * row.step, own.rows)).collect(),
                cols: cols.map(|at| place_on(col.from + at * col.step, own.cols)).collect(),
            },
            (_, Some(operation)) => {
                let cols: Vec<f64> = cols.collect();
                let mut points: Vec<(f64, f64)> = rows
                    .flat_map(|row| cols.iter().map(move |col| (*col, row)))
                    .map(|(col, row)| self.surface.grid.to_world(col, row))
                    .collect();
                operation.transform_where_defined(&mut points);
                let source = self.surface.source.grid();
                let places = points.into_iter().map(|(x, y)| {
                    let (col, row) = source.to_cells(x, y);
                    place_on(row, own.rows).zip(place_on(col, own.cols))
                });
                Places::Free { places: places.collect(), per_row: cols.len() }
            }
            (Mapping::Shift { .. } | Mapping::Operation(_), None) => {
                unreachable!("cells that coincide are copied, and a reader has the operation of its surface")
            }
        }
    }
}

/// Where the points of a piece lie on the source, by row and column of points; `None` = beyond its outermost centres.
enum Places {
    /// One CRS: rows and columns on their own.
    Axes { rows: Vec<Option<Along>>, cols: Vec<Option<Along>> },
    /// Another CRS: each point on its own.
    Free { places: Vec<Option<(Along, Along)>>, per_row: usize },
}

impl Places {
    /// The cells of the source that all points need; `None` if they need none.
    fn needed(&self) -> Option<Window> {
        let over = |places: &mut dyn Iterator<Item = Along>| {
            places.fold(None, |range: Option<std::ops::Range<usize>>, place| {
                let (start, end) = (place.first, place.last() + 1);
                Some(range.map_or(start..end, |range| range.start.min(start)..range.end.max(end)))
            })
        };
        let (rows, cols) = match self {
            Self::Axes { rows, cols } => {
                (over(&mut rows.iter().flatten().copied()), over(&mut cols.iter().flatten().copied()))
            }
            Self::Free { places, .. } => (
                over(&mut places.iter().flatten().map(|(row, _)| *row)),
                over(&mut places.iter().flatten().map(|(_, col)| *col)),
            ),
        };
        Some(Window::from_ranges(rows?, cols?))
    }

    fn height(&self, row: usize, col: usize, source: &[f64], window: Window) -> f64 {
        let place = match self {
            Self::Axes { rows, cols } => rows[row].zip(cols[col]),
            Self::Free { places, per_row } => places[row * per_row + col],
        };
        place.map_or(f64::NAN, |(row, col)| height_at(source, window, row, col))
    }
}

/// The values of `from`, whose first cell is cell `at` of the whole target, in the cells of `window`; `nothing` elsewhere.
fn placed<T: Copy>(values: &[T], from: Window, at: (usize, usize), window: Window, nothing: T) -> Vec<T> {
    let mut heights = vec![nothing; window.cells()];
    if from.is_empty() {
        return heights;
    }
    let start = (at.0 - window.row) * window.cols + at.1 - window.col;
    for (row, values) in values.chunks_exact(from.cols).enumerate() {
        let start = start + row * window.cols;
        heights[start..start + from.cols].copy_from_slice(values);
    }
    heights
}

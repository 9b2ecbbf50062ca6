//! A surface whose heights are brought to another vertical datum while they are read: there is no raster in between.

use std::sync::{Arc, Mutex};

use overcut::{
    GridGeometry, GridShape, Window,
    dem::SurfaceInfo,
    grid::CellIndex,
    heights::{HeightShift, Shift},
    surface::{BlockLayout, Heights, Surface, SurfaceReader},
};

use super::{
    height_grid::{HeightGrid, spread},
    open::as_core,
};
use crate::{
    crs::{CoordinateOperation, to_degrees},
    error::{Error, Result},
};

/// A surface with a [`HeightShift`].
///
/// # Properties
/// The height of a cell is that of the source plus a number that depends on the cell alone, not on the window. Heights come as
/// [`Heights::F64`], so that 29 mm are not lost in the width of the source.
///
/// # Nodata
/// As in the source. A cell that has a height where the grid has no value is an error, not a missing cell.
pub struct ShiftedSurface {
    source: Arc<dyn Surface>,
    info: SurfaceInfo,
    by: HeightShift,
    grid: Option<(HeightGrid, Mutex<CoordinateOperation>)>,
    sentence: String,
}

impl ShiftedSurface {
    /// Wraps a surface.
    ///
    /// # Errors
    /// [`overcut::Error::HeightShift`] if its heights are not counted from what the shift starts from;
    /// [`Error::CrsMissing`], [`Error::HeightGrid`], [`Error::HeightGridCoverage`] and what opening a raster finds.
    pub fn new(source: Arc<dyn Surface>, by: &HeightShift) -> Result<Self> {
        by.validate()?;
        let mut info = source.info().clone();
        if info.vertical_datum != by.from {
            let why = format!(
                "its heights are of `{}`, the shift is from `{}`; state `vertical_datum` as what they are counted from, or give \
                 the shift that fits",
                info.vertical_datum, by.from
            );
            return Err(overcut::Error::HeightShift { what: info.name.clone(), why }.into());
        }
        let mut by = by.clone();
        let grid = match (&mut by.shift, &info.crs) {
            (Shift::Constant { .. }, _) => None,
            (Shift::Grid { .. }, None) => return Err(Error::CrsMissing { what: info.name }),
            (shift, Some(crs)) => {
                let opened = HeightGrid::open(shift, source.grid(), crs)?;
                if let (Shift::Grid { sha256, .. }, Some((grid, _))) = (shift, &opened) {
                    sha256.clone_from(&grid.sha256);
                }
                opened
            }
        };
        let sentence = told(&info.name, &by, grid.as_ref(), source.grid())?;
        info.vertical_datum = by.to.clone();
        let grid = grid.map(|(grid, operation)| (grid, Mutex::new(operation)));
        Ok(Self { source, info, by, grid, sentence })
    }

    /// The same surface higher, its vertical datum unchanged: to try what an error of its heights does.
    pub fn raised(source: Arc<dyn Surface>, metres: f64) -> Self {
        let info = source.info().clone();
        let datum = info.vertical_datum.clone();
        let shift = Shift::Constant { metres };
        let by = HeightShift { from: datum.clone(), to: datum, shift, source: "a trial".to_owned() };
        let sentence = format!("{} was raised by {metres:+} m", info.name);
        Self { source, info, by, grid: None, sentence }
    }

    /// The shift, with the digest of its grid.
    pub fn shift(&self) -> &HeightShift {
        &self.by
    }

    /// What was done, in a sentence.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    fn sign(&self) -> f64 {
        sign(&self.by)
    }

    /// A cell whose height cannot be changed.
    fn uncovered(&self, grid: &HeightGrid, cell: CellIndex) -> Error {
        let (x, y) = self.source.grid().centre(cell);
        let mut place = [(x, y)];
        if let Some(operation) = self.info.crs.as_ref().and_then(|crs| to_degrees(crs).ok()) {
            operation.transform_where_defined(&mut place);
        }
        let (lon, lat) = place[0];
        Error::HeightGridCoverage { path: grid.path.clone(), what: self.info.name.clone(), lon, lat }
    }
}

fn sign(by: &HeightShift) -> f64 {
    if by.adds() { 1.0 } else { -1.0 }
}

fn told(
    name: &str,
    by: &HeightShift,
    grid: Option<&(HeightGrid, CoordinateOperation)>,
    surface: &GridGeometry,
) -> Result<String> {
    let HeightShift { from, to, source, .. } = by;
    let how = match (&by.shift, grid) {
        (Shift::Constant { metres }, _) => format!("by {metres:+} m everywhere"),
        (Shift::Grid { path, .. }, None) => format!("by the grid {path}"),
        (Shift::Grid { path, .. }, Some((grid, operation))) => {
            let mut points = spread(surface, 4);
            operation.transform(&mut points)?;
            let values = points.into_iter().map(|point| sign(by) * grid.at(point)).filter(|value| value.is_finite());
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            let range = if low <= high { format!(", {low:+.3} to {high:+.3} m") } else { String::new() };
            format!("by the grid {path}{range} (looked up by the longitudes and latitudes of the surface's own datum)")
        }
    };
    Ok(format!("heights of {name} were brought from {from} to {to} {how} (source: {source})"))
}

impl Surface for ShiftedSurface {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &GridGeometry {
        self.source.grid()
    }

    fn layout(&self) -> BlockLayout {
        self.source.layout()
    }

    fn sha256(&self) -> overcut::Result<Option<String>> {
        self.source.sha256()
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        let operation = match &self.grid {
            None => None,
            Some((_, operation)) => {
                let operation = operation.lock().expect("no thread panics while it holds an operation");
                Some(operation.try_clone().map_err(|error| as_core(&self.info.name, error))?)
            }
        };
        Ok(Box::new(ShiftedReader { surface: self, reader: self.source.open()?, operation }))
    }
}

struct ShiftedReader<'a> {
    surface: &'a ShiftedSurface,
    reader: Box<dyn SurfaceReader + 'a>,
    /// This reader's own.
    operation: Option<CoordinateOperation>,
}

impl SurfaceReader for ShiftedReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        let stored = self.reader.read(window)?;
        let mut heights = vec![f64::NAN; stored.len()];
        stored.widen(0, &mut heights);
        self.reader.recycle(stored);
        match (&self.surface.by.shift, &self.surface.grid, &self.operation) {
            (_, Some((grid, _)), Some(operation)) => self.add_grid(window, &mut heights, grid, operation)?,
            (Shift::Constant { metres }, ..) => heights.iter_mut().for_each(|height| *height += metres),
            (Shift::Grid { .. }, ..) => unreachable!("a surface with a grid has its operation"),
        }
        Ok(Heights::F64(heights))
    }
}

impl ShiftedReader<'_> {
    fn add_grid(
        &self,
        window: Window,
        heights: &mut [f64],
        grid: &HeightGrid,
        operation: &CoordinateOperation,
    ) -> overcut::Result<()> {
        let (own, sign) = (self.surface.source.grid(), self.surface.sign());
        let lattice = Lattice::under(own, window, grid, operation);
        let mut positions = Vec::new();
        for (row, heights) in (window.row..window.row_end()).zip(heights.chunks_exact_mut(window.cols.max(1))) {
            lattice.along(row, &mut positions);
            for (col, height) in (window.col..).zip(heights) {
                if height.is_nan() {
                    continue;
                }
                *height += sign * grid.at_position(lattice.between(&positions, col));
                if height.is_nan() {
                    let error = self.surface.uncovered(grid, CellIndex { row, col });
                    return Err(as_core(&self.surface.info.name, error));
                }
            }
        }
        Ok(())
    }
}

/// Places on the grid of every few rows and columns, between which those of the cells are interpolated.
///
/// The lattice is counted from the first cell of the whole surface, so that a cell has the same place in every window.
struct Lattice {
    step: GridShape,
    first: (usize, usize),
    cols: usize,
    /// Columns and rows of the grid, in cells.
    nodes: Vec<(f64, f64)>,
}

/// Longest side of a lattice cell, metres. The image of a straight line bends over it by L² / 8R, less than a millimetre: the
/// height of a geoid does not change over that by a thousandth of a millimetre.
const LATTICE_M: f64 = 200.0;
/// Most cells of a surface along that side.
const MOST_STEP: usize = 64;

impl Lattice {
    fn under(surface: &GridGeometry, window: Window, grid: &HeightGrid, operation: &CoordinateOperation) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let step = |side_m: f64| (LATTICE_M / side_m).clamp(1.0, MOST_STEP as f64) as usize;
        let step = GridShape { rows: step(surface.dy), cols: step(surface.dx) };
        let first = (window.row / step.rows, window.col / step.cols);
        let rows = window.row_end().div_ceil(step.rows) + 1 - first.0;
        let cols = window.col_end().div_ceil(step.cols) + 1 - first.1;
        let cell =
            |row: usize, col: usize| CellIndex { row: (first.0 + row) * step.rows, col: (first.1 + col) * step.cols };
        let mut nodes: Vec<(f64, f64)> = (0..rows)
            .flat_map(|row| (0..cols).map(move |col| (row, col)))
            .map(|(row, col)| surface.centre(cell(row, col)))
            .collect();
        operation.transform_where_defined(&mut nodes);
        nodes.iter_mut().for_each(|node| *node = grid.position(*node));
        Self { step, first, cols, nodes }
    }

    /// The places of the lattice's columns in a row.
    fn along(&self, row: usize, positions: &mut Vec<(f64, f64)>) {
        let (above, share) =
            (row / self.step.rows - self.first.0, (row % self.step.rows) as f64 / self.step.rows as f64);
        let line = |row: usize| &self.nodes[row * self.cols..(row + 1) * self.cols];
        positions.clear();
        positions.extend(line(above).iter().zip(line(above + 1)).map(|(a, b)| towards(*a, *b, share)));
    }

    /// The place of a column between those of the lattice.
    fn between(&self, positions: &[(f64, f64)], col: usize) -> (f64, f64) {
        let left = col / self.step.cols - self.first.1;
        towards(positions[left], positions[left + 1], (col % self.step.cols) as f64 / self.step.cols as f64)
    }
}

fn towards(a: (f64, f64), b: (f64, f64), share: f64) -> (f64, f64) {
    (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
}

//! A surface whose heights are brought to another vertical datum while they are read: there is no raster in between.

use std::sync::{Arc, Mutex};

use overcut::{
    GridGeometry, Window,
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
/// The height of a cell is that of the source plus a number that depends on the cell's centre alone. Heights come as
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
        let mut places = Vec::with_capacity(window.cols);
        for (row, heights) in (window.row..window.row_end()).zip(heights.chunks_exact_mut(window.cols.max(1))) {
            places.clear();
            places.extend((window.col..window.col_end()).map(|col| own.centre(CellIndex { row, col })));
            operation.transform_where_defined(&mut places);
            for ((col, height), place) in (window.col..).zip(heights).zip(&places) {
                if height.is_nan() {
                    continue;
                }
                *height += sign * grid.at(*place);
                if height.is_nan() {
                    let error = self.surface.uncovered(grid, CellIndex { row, col });
                    return Err(as_core(&self.surface.info.name, error));
                }
            }
        }
        Ok(())
    }
}

//! Reads windows of a raster file with a handle of its own.

use gdal::{
    Dataset,
    errors::GdalError,
    raster::{GdalType, RasterBand},
};
use overcut::{
    Window,
    grid::CellIndex,
    surface::{Heights, Surface, SurfaceReader},
};

use super::{
    open::{RasterSurface, as_core, open_with},
    stored::{Stored, hide, implausible, turned},
    sys,
};
use crate::{
    error::{Error, Result},
    write::cpl,
};

pub(super) struct FileReader<'a> {
    surface: &'a RasterSurface,
    dataset: Dataset,
    /// Memory of heights that were given back.
    spare: Vec<f32>,
}

impl<'a> FileReader<'a> {
    pub(super) fn new(surface: &'a RasterSurface) -> Result<Self> {
        let dataset = open_with(surface.path(), Some(&surface.driver))?;
        let describe =
            |rows: usize, cols: usize, stored: Option<Stored>| format!("{rows} x {cols} cells of type {stored:?}");
        let (cols, rows) = dataset.raster_size();
        let stored = dataset.rasterband(surface.band).ok().and_then(|band| Stored::of(band.band_type()));
        let shape = surface.grid().shape;
        if (rows, cols, stored) != (shape.rows, shape.cols, Some(surface.stored)) {
            return Err(Error::RasterChanged {
                path: surface.path().to_owned(),
                found: describe(rows, cols, stored),
                expected: describe(shape.rows, shape.cols, Some(surface.stored)),
            });
        }
        Ok(Self { surface, dataset, spare: Vec::new() })
    }

    fn heights(&self, window: Window, spare: Vec<f32>) -> Result<Heights> {
        let damaged = |source| self.damaged(window, source);
        cpl::reset();
        let band = self.dataset.rasterband(self.surface.band).map_err(damaged)?;
        let decoding = &self.surface.decoding;
        #[expect(clippy::cast_precision_loss, reason = "heights are far below 2^53")]
        let mut heights = match self.surface.stored {
            Stored::U8 => decoding.narrow(self.stored::<u8>(&band, window, Vec::new())?),
            // GDAL widens 8-bit integers with sign, for which old versions have no type.
            Stored::I8 | Stored::I16 => decoding.narrow(self.stored::<i16>(&band, window, Vec::new())?),
            Stored::U16 => decoding.narrow(self.stored::<u16>(&band, window, Vec::new())?),
            Stored::F32 => decoding.narrow(self.stored::<f32>(&band, window, spare)?),
            Stored::U32 => decoding.wide(self.stored::<u32>(&band, window, Vec::new())?, f64::from),
            Stored::I32 => decoding.wide(self.stored::<i32>(&band, window, Vec::new())?, f64::from),
            Stored::U64 => decoding.wide(self.stored::<u64>(&band, window, Vec::new())?, |n| n as f64),
            Stored::I64 => decoding.wide(self.stored::<i64>(&band, window, Vec::new())?, |n| n as f64),
            Stored::F64 => decoding.wide(self.stored::<f64>(&band, window, Vec::new())?, |n| n),
        };
        if self.surface.masked {
            let mask = band.open_mask_band().map_err(damaged)?;
            hide(&mut heights, &self.stored::<u8>(&mask, window, Vec::new())?);
        }
        // Some drivers only complain, and fill what they cannot read with zeros.
        if let Some(msg) = cpl::failure() {
            return Err(damaged(GdalError::CplError { class: gdal_sys::CPLErr::CE_Failure, number: 0, msg }));
        }
        if let Some((position, height_m)) = implausible(&heights) {
            let cell = CellIndex { row: window.row + position / window.cols, col: window.col + position % window.cols };
            let (x, y) = self.surface.grid().centre(cell);
            return Err(Error::ImplausibleHeight {
                what: self.surface.path().to_owned(),
                height_m,
                place: format!("row {}, column {} (x {x:.2}, y {y:.2})", cell.row, cell.col),
            });
        }
        Ok(heights)
    }

    /// The stored numbers of a window, from the north whatever the order of the file, in the memory of `values`.
    fn stored<T: GdalType + Copy + Default>(
        &self,
        band: &RasterBand<'_>,
        window: Window,
        mut values: Vec<T>,
    ) -> Result<Vec<T>> {
        if self.is_whole_blocks(window) && T::gdal_ordinal() == band.band_type() as u32 {
            return blocks(band, window, values).map_err(|source| self.damaged(window, source));
        }
        values.resize(window.cells(), T::default());
        let row = self.stored_row(window);
        #[expect(clippy::cast_possible_wrap, reason = "GDAL's rasters have sides below 2^31")]
        let start = (window.col as isize, row as isize);
        let size = (window.cols, window.rows);
        band.read_into_slice(start, size, size, &mut values, None).map_err(|source| self.damaged(window, source))?;
        Ok(if self.surface.south_up { turned(&values, window.cols) } else { values })
    }

    /// Whether a window is made of whole stored blocks, in the order of the file.
    fn is_whole_blocks(&self, window: Window) -> bool {
        let (block, whole) = (self.surface.block, self.surface.grid().shape);
        let ends = |end: usize, block: usize, whole: usize| end.is_multiple_of(block) || end == whole;
        !self.surface.south_up
            && window.row.is_multiple_of(block.rows)
            && window.col.is_multiple_of(block.cols)
            && ends(window.row_end(), block.rows, whole.rows)
            && ends(window.col_end(), block.cols, whole.cols)
    }

    /// First row of a window as the file counts.
    fn stored_row(&self, window: Window) -> usize {
        if self.surface.south_up { self.surface.grid().shape.rows - window.row_end() } else { window.row }
    }

    fn damaged(&self, window: Window, source: GdalError) -> Error {
        let row = self.stored_row(window);
        let rows = format!("rows {row} to {}", row + window.rows - 1);
        let window = format!("{rows}, columns {} to {}", window.col, window.col_end() - 1);
        Error::RasterDamaged { path: self.surface.path().to_owned(), window, source }
    }
}

/// The stored numbers of a window of whole blocks, decoded past GDAL's cache, since no block is asked for twice; one block
/// straight into `values`, whose memory may have been used before.
fn blocks<T: GdalType + Copy + Default>(
    band: &RasterBand<'_>,
    window: Window,
    mut values: Vec<T>,
) -> gdal::errors::Result<Vec<T>> {
    // Blocks at the southern and eastern edge of the raster reach beyond it.
    let (block_cols, block_rows) = band.block_size();
    let (first_row, first_col) = (window.row / block_rows, window.col / block_cols);
    if (window.rows, window.cols) == (block_rows, block_cols) {
        sys::read_block(band, (first_col, first_row), &mut values)?;
        return Ok(values);
    }
    values.resize(window.cells(), T::default());
    let mut block = Vec::new();
    for block_row in 0..window.rows.div_ceil(block_rows) {
        for block_col in 0..window.cols.div_ceil(block_cols) {
            sys::read_block(band, (first_col + block_col, first_row + block_row), &mut block)?;
            let (top, left) = (block_row * block_rows, block_col * block_cols);
            let (rows, cols) = (block_rows.min(window.rows - top), block_cols.min(window.cols - left));
            for (row, stored) in block.chunks(block_cols).take(rows).enumerate() {
                let start = (top + row) * window.cols + left;
                values[start..start + cols].copy_from_slice(&stored[..cols]);
            }
        }
    }
    Ok(values)
}

impl SurfaceReader for FileReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        let spare = std::mem::take(&mut self.spare);
        self.heights(window, spare).map_err(|error| as_core(&self.surface.info().name, error))
    }

    fn recycle(&mut self, heights: Heights) {
        if let Heights::F32(values) = heights {
            self.spare = values;
        }
    }
}

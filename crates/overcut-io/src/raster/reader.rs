//! Reads windows of a raster file with a handle of its own.

use gdal::{
    Dataset,
    raster::{GdalType, RasterBand},
};
use overcut::{
    Window,
    grid::CellIndex,
    surface::{Heights, Surface, SurfaceReader},
};

use super::{
    implausible,
    open::{RasterSurface, Width, as_core, open_dataset},
};
use crate::error::{Error, Result};

pub(super) struct FileReader<'a> {
    surface: &'a RasterSurface,
    dataset: Dataset,
}

impl<'a> FileReader<'a> {
    pub(super) fn new(surface: &'a RasterSurface) -> Result<Self> {
        let dataset = open_dataset(surface.path())?;
        let (cols, rows) = dataset.raster_size();
        let shape = surface.grid().shape;
        if (rows, cols) != (shape.rows, shape.cols) {
            return Err(Error::RasterChanged {
                path: surface.path().to_owned(),
                found: format!("{rows} x {cols} cells"),
                expected: format!("{} x {}", shape.rows, shape.cols),
            });
        }
        Ok(Self { surface, dataset })
    }

    fn heights(&self, window: Window) -> Result<Heights> {
        let band = self.dataset.rasterband(self.surface.band).map_err(|source| self.damaged(window, source))?;
        let mut heights = match self.surface.width {
            Width::F32 => Heights::F32(self.stored::<f32>(&band, window)?),
            Width::F64 => Heights::F64(self.stored::<f64>(&band, window)?),
        };
        if let Some(nodata) = self.surface.nodata {
            forget(&mut heights, nodata);
        }
        if self.surface.masked {
            let mask = band.open_mask_band().map_err(|source| self.damaged(window, source))?;
            let mask = self.stored::<u8>(&mask, window)?;
            match &mut heights {
                Heights::F32(values) => hide(values, &mask, f32::NAN),
                Heights::F64(values) => hide(values, &mask, f64::NAN),
            }
        }
        if let (Some((factor, addend)), Heights::F64(values)) = (self.surface.scaling, &mut heights) {
            values.iter_mut().for_each(|value| *value = *value * factor + addend);
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

    /// The stored numbers of a window, from the north whatever the file's order.
    fn stored<T: GdalType + Copy>(&self, band: &RasterBand<'_>, window: Window) -> Result<Vec<T>> {
        let rows = self.surface.grid().shape.rows;
        let first = if self.surface.south_up { rows - window.row_end() } else { window.row };
        #[expect(clippy::cast_possible_wrap, reason = "GDAL's rasters have sides below 2^31")]
        let start = (window.col as isize, first as isize);
        let size = (window.cols, window.rows);
        let read = band.read_as::<T>(start, size, size, None).map_err(|source| self.damaged(window, source))?;
        let mut values = read.data().to_vec();
        if self.surface.south_up {
            for row in 0..window.rows / 2 {
                let (upper, lower) = values.split_at_mut((window.rows - 1 - row) * window.cols);
                upper[row * window.cols..(row + 1) * window.cols].swap_with_slice(&mut lower[..window.cols]);
            }
        }
        Ok(values)
    }

    fn damaged(&self, window: Window, source: gdal::errors::GdalError) -> Error {
        let window = format!(
            "rows {} to {}, columns {} to {}",
            window.row,
            window.row_end() - 1,
            window.col,
            window.col_end() - 1
        );
        Error::RasterDamaged { path: self.surface.path().to_owned(), window, source }
    }
}

/// Makes cells with the value of missing ones NaN, compared in the width in which they are stored.
fn forget(heights: &mut Heights, nodata: f64) {
    match heights {
        Heights::F32(values) => {
            #[expect(clippy::cast_possible_truncation, reason = "the value as the band itself would store it")]
            let nodata = nodata as f32;
            values.iter_mut().filter(|value| value.to_bits() == nodata.to_bits() || **value == nodata).for_each(|v| *v = f32::NAN);
        }
        Heights::F64(values) => {
            values.iter_mut().filter(|value| value.to_bits() == nodata.to_bits() || **value == nodata).for_each(|v| *v = f64::NAN);
        }
    }
}

fn hide<T: Copy>(values: &mut [T], mask: &[u8], nothing: T) {
    for (value, valid) in values.iter_mut().zip(mask) {
        if *valid == 0 {
            *value = nothing;
        }
    }
}

impl SurfaceReader for FileReader<'_> {
    fn read(&mut self, window: Window) -> overcut::Result<Heights> {
        self.heights(window).map_err(|error| as_core(&self.surface.info().name, error))
    }
}

//! Dated surfaces from rasters and arrays, and the common grid.

mod array;
mod digest;
mod harmonise;
mod info;
mod open;
mod reader;
mod resample;

pub use array::array_surface;
pub use digest::sha256_of_file;
pub use harmonise::{GridChoice, Harmonised, harmonise};
pub use info::{RasterInfo, raster_info};
pub use open::{RasterSurface, SurfaceOptions};
pub use resample::Resampled;

use overcut::{GridGeometry, GridShape};

use crate::error::{Error, Result};

/// The north-up grid of a GDAL geotransform, and whether the rows are stored from the south.
fn grid_of(what: &str, geotransform: [f64; 6], shape: GridShape) -> Result<(GridGeometry, bool)> {
    let [x0, dx, x_shear, y0, y_shear, dy] = geotransform;
    // Shear that moves the far corner by less than a thousandth of a cell is a rounding.
    let side = shape.rows.max(shape.cols) as f64;
    let sheared = x_shear.abs() * side > 1e-3 * dx.abs() || y_shear.abs() * side > 1e-3 * dy.abs();
    if sheared || dx.is_nan() || dx <= 0.0 || dy == 0.0 || dy.is_nan() {
        let geotransform = geotransform.map(|number| number.to_string()).join(", ");
        return Err(Error::Rotated { what: what.to_owned(), geotransform });
    }
    let south_up = dy > 0.0;
    let north = if south_up { y0 + dy * shape.rows as f64 } else { y0 };
    Ok((GridGeometry::new(x0, north, dx, dy.abs(), shape)?, south_up))
}

/// Heights between these are possible on the ground, metres; others are marks of missing cells that were not declared.
const PLAUSIBLE_M: std::ops::RangeInclusive<f64> = -5_000.0..=9_500.0;

/// The first height that cannot be one.
fn implausible(heights: &overcut::surface::Heights) -> Option<(usize, f64)> {
    let (low, high) = (*PLAUSIBLE_M.start(), *PLAUSIBLE_M.end());
    // NaN compares as neither.
    match heights {
        overcut::surface::Heights::F32(values) => {
            let position = values.iter().position(|value| f64::from(*value) < low || f64::from(*value) > high)?;
            Some((position, f64::from(values[position])))
        }
        overcut::surface::Heights::F64(values) => {
            let position = values.iter().position(|value| *value < low || *value > high)?;
            Some((position, values[position]))
        }
    }
}

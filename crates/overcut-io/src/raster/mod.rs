//! Dated surfaces from rasters and arrays, and the common grid.
//!
//! A [`RasterSurface`] holds nothing but what its header says; every reader opens the file anew, so that threads share no
//! handle. [`harmonise`] brings surfaces onto one grid, through [`Resampled`] where need be: GDAL's warper is not used, because
//! its result depends on the window and on its error tolerance.

mod array;
mod bilinear;
mod digest;
mod geo_keys;
mod harmonise;
mod height_grid;
mod height_shift;
mod info;
mod mosaic;
mod open;
mod overlap;
mod overview;
mod placed;
mod reader;
mod resample;
mod stored;
mod sys;
mod through;
mod tile;

pub use array::array_surface;
pub(crate) use digest::hexadecimal;
pub use digest::sha256_of_file;
pub use harmonise::{GridChoice, Harmonised, harmonise, harmonise_with};
pub use height_shift::ShiftedSurface;
pub use info::{RasterInfo, raster_info};
pub use mosaic::{Mosaic, MosaicHeader, MosaicRule, TileUse, grid_of_tiles};
pub use open::{RasterSurface, SurfaceOptions};
pub use overview::{Summing, overview};
pub use resample::Resampled;
use through::Through;
pub use tile::{Stamp, Tile, scan};

use overcut::{GridGeometry, GridShape, dem::VerticalDatum};

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

/// The datum that the definition and the caller agree on.
fn agreed_datum(what: &str, found: Option<VerticalDatum>, stated: Option<&VerticalDatum>) -> Result<VerticalDatum> {
    match (found, stated.filter(|stated| **stated != VerticalDatum::Unknown)) {
        (Some(found), Some(stated)) if found != *stated => {
            Err(Error::VerticalDatumConflict { what: what.to_owned(), found, stated: stated.clone() })
        }
        (Some(found), _) => Ok(found),
        (None, stated) => Ok(stated.cloned().unwrap_or_default()),
    }
}

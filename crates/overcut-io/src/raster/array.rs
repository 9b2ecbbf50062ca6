//! A surface from heights in memory.

use jiff::civil::Date;
use overcut::{Dem, GridShape, surface::Heights};

use super::{
    agreed_datum, grid_of,
    open::SurfaceOptions,
    stored::{Decoding, implausible, turned},
};
use crate::{
    crs::{self, crs_record, require_projected_metres, require_true_areas},
    error::{Error, Result},
};

/// A surface from heights, row by row as they lie in memory, with a GDAL geotransform (south-up ones are turned).
///
/// Of the options, `sigma_m` and `vertical_datum` are used; the rest is in the arguments. Without a CRS the surface can be
/// used in the core, but not be harmonised.
///
/// # Nodata
/// NaN, and the value given as `nodata`, compared in the width of the heights.
///
/// # Errors
/// A rotated geotransform, a CRS not in metres or not fit for the place, a wrong number of heights, heights that cannot be
/// ones, a vertical datum that contradicts the one of a compound CRS.
#[expect(clippy::too_many_arguments, reason = "all of them are needed, and no two neighbours have the same type")]
pub fn array_surface(
    name: &str,
    date: Date,
    heights: Heights,
    geotransform: [f64; 6],
    shape: GridShape,
    crs: Option<&str>,
    nodata: Option<f64>,
    options: &SurfaceOptions,
) -> Result<Dem> {
    let (grid, south_up) = grid_of(name, geotransform, shape)?;
    let record = crs.map(crs_record).transpose()?;
    if let Some(record) = &record {
        require_projected_metres(record, name)?;
        require_true_areas(record, &grid, name)?;
    }
    let of_crs = crs.and_then(crs::heights);
    if let Some(found) = of_crs.as_ref().and_then(|heights| heights.foreign_unit.clone()) {
        return Err(Error::HeightUnit { what: name.to_owned(), found });
    }
    let datum = agreed_datum(name, of_crs.map(|heights| heights.datum), options.vertical_datum.as_ref())?;

    let decoding = Decoding { nodata, scaling: None };
    let turn = south_up && heights.len() == shape.cells();
    let heights = match heights {
        Heights::F32(values) => decoding.narrow(if turn { turned(&values, shape.cols) } else { values }),
        Heights::F64(values) => decoding.wide(if turn { turned(&values, shape.cols) } else { values }, |height| height),
    };
    if let Some((position, height_m)) = implausible(&heights) {
        let place = format!("row {}, column {}", position / shape.cols, position % shape.cols);
        return Err(Error::ImplausibleHeight { what: name.to_owned(), height_m, place });
    }
    let mut dem = Dem::new(name, date, grid, heights)?.vertical_datum(datum);
    if let Some(sigma_m) = options.sigma_m {
        dem = dem.sigma_m(sigma_m);
    }
    Ok(match record {
        Some(record) => dem.crs(record),
        None => dem,
    })
}

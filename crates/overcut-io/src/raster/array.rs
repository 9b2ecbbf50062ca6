//! A surface from heights in memory.

use jiff::civil::Date;
use overcut::{
    Dem, GridShape,
    dem::VerticalDatum,
    surface::Heights,
};

use super::{grid_of, implausible, open::SurfaceOptions};
use crate::{
    crs::{crs_record, require_projected_metres, vertical_datum},
    error::{Error, Result},
};

/// A surface from heights, row by row as they lie in memory, with a GDAL geotransform (south-up ones are turned).
///
/// # Errors
/// A rotated geotransform, a CRS not in metres, a wrong number of heights, heights that cannot be ones.
#[expect(clippy::too_many_arguments, reason = "all of them are needed, and no two have the same type")]
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
    }
    let mut heights = heights;
    match &mut heights {
        Heights::F32(values) => {
            #[expect(clippy::cast_possible_truncation, reason = "the value as the array itself would store it")]
            let nodata = nodata.map(|nodata| nodata as f32);
            values.iter_mut().filter(|value| Some(**value) == nodata).for_each(|value| *value = f32::NAN);
        }
        Heights::F64(values) => {
            values.iter_mut().filter(|value| Some(**value) == nodata).for_each(|value| *value = f64::NAN);
        }
    }
    if south_up && heights.len() == shape.cells() {
        heights = match heights {
            Heights::F32(values) => Heights::F32(turned(&values, shape.cols)),
            Heights::F64(values) => Heights::F64(turned(&values, shape.cols)),
        };
    }
    if let Some((position, height_m)) = implausible(&heights) {
        let place = format!("row {}, column {}", position / shape.cols, position % shape.cols);
        return Err(Error::ImplausibleHeight { what: name.to_owned(), height_m, place });
    }
    let datum = options
        .vertical_datum
        .clone()
        .filter(|datum| *datum != VerticalDatum::Unknown)
        .or_else(|| crs.and_then(vertical_datum))
        .unwrap_or_default();
    let mut dem = Dem::new(name, date, grid, heights)?.vertical_datum(datum);
    if let Some(sigma_m) = options.sigma_m {
        dem = dem.sigma_m(sigma_m);
    }
    Ok(match record {
        Some(record) => dem.crs(record),
        None => dem,
    })
}

fn turned<T: Copy>(values: &[T], cols: usize) -> Vec<T> {
    values.chunks(cols).rev().flatten().copied().collect()
}

//! What a raster is, and what would stop overcut from using it.

use overcut::{
    Window,
    dem::{CrsRecord, VerticalDatum},
    surface::{Heights, Surface},
};
use serde::Serialize;

use super::open::{
    RasterSurface, SurfaceOptions, choose_band, definition, grid, horizontal_crs, open_dataset, stated_heights,
    stored_as,
};
use crate::{
    crs::{crs_record, vertical_datum},
    error::{Error, Result},
};

/// A raster as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RasterInfo {
    /// The path as given.
    pub path: String,
    /// GDAL's driver.
    pub driver: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Cell width in the unit of the CRS.
    pub cell_x_m: Option<f64>,
    /// Cell height in the unit of the CRS.
    pub cell_y_m: Option<f64>,
    /// Western edge.
    pub west: Option<f64>,
    /// Eastern edge.
    pub east: Option<f64>,
    /// Southern edge.
    pub south: Option<f64>,
    /// Northern edge.
    pub north: Option<f64>,
    /// Horizontal CRS.
    pub crs: Option<CrsRecord>,
    /// Vertical datum that the file names.
    pub vertical: Option<String>,
    /// Number of bands.
    pub bands: usize,
    /// How cells of the first band are stored.
    pub data_type: String,
    /// Value of missing cells.
    pub nodata: Option<f64>,
    /// Factor of stored numbers.
    pub scale: Option<f64>,
    /// Addend of stored numbers.
    pub offset: Option<f64>,
    /// Rows of a stored block.
    pub block_rows: usize,
    /// Columns of a stored block.
    pub block_cols: usize,
    /// Compression, where the file tells.
    pub compression: Option<String>,
    /// Whether rows are stored from the south.
    pub south_up: bool,
    /// Least height, metres.
    pub min_m: Option<f64>,
    /// Greatest height, metres.
    pub max_m: Option<f64>,
    /// Share of cells with a height.
    pub valid_share: Option<f64>,
    /// What would stop overcut from using it, in sentences; empty if nothing would.
    pub problems: Vec<String>,
}

/// Reads what a raster is. Problems are listed, not raised; where the header has none, every cell is read, so that damage is
/// found and the least and greatest heights are those of the whole.
///
/// # Errors
/// [`Error::FileMissing`], [`Error::RasterUnreadable`].
pub fn raster_info(path: &str) -> Result<RasterInfo> {
    let dataset = open_dataset(path)?;
    let (cols, rows) = dataset.raster_size();
    let geotransform = dataset.geo_transform().ok();
    let definition = definition(&dataset);
    let number = choose_band(&dataset, path, None).unwrap_or(1);
    let band = dataset.rasterband(number).ok();
    let (block_cols, block_rows) = band.as_ref().map_or((0, 0), gdal::raster::RasterBand::block_size);
    let corner =
        |col: f64, row: f64| geotransform.map(|g| (g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]));
    let (first, last) = (corner(0.0, 0.0), corner(cols as f64, rows as f64));
    let either = |pick: fn((f64, f64)) -> f64, choose: fn(f64, f64) -> f64| {
        first.zip(last).map(|(a, b)| choose(pick(a), pick(b)))
    };
    let mut info = RasterInfo {
        path: path.to_owned(),
        driver: dataset.driver().short_name(),
        rows,
        cols,
        cell_x_m: geotransform.map(|g| g[1].abs()),
        cell_y_m: geotransform.map(|g| g[5].abs()),
        west: either(|c| c.0, f64::min),
        east: either(|c| c.0, f64::max),
        south: either(|c| c.1, f64::min),
        north: either(|c| c.1, f64::max),
        crs: definition.as_deref().and_then(|definition| crs_record(definition).ok()),
        vertical: definition.as_deref().and_then(vertical_datum).map(|datum| datum.to_string()),
        bands: dataset.raster_count(),
        data_type: band.as_ref().map_or_else(String::new, |band| band.band_type().name()),
        nodata: band.as_ref().and_then(gdal::raster::RasterBand::no_data_value),
        scale: band.as_ref().and_then(gdal::raster::RasterBand::scale).filter(|scale| !same(*scale, 1.0)),
        offset: band.as_ref().and_then(gdal::raster::RasterBand::offset).filter(|offset| !same(*offset, 0.0)),
        block_rows,
        block_cols,
        compression: gdal::Metadata::metadata_item(&dataset, "COMPRESSION", "IMAGE_STRUCTURE"),
        south_up: geotransform.is_some_and(|g| g[5] > 0.0),
        min_m: None,
        max_m: None,
        valid_share: None,
        problems: Vec::new(),
    };
    let obstacles = [
        choose_band(&dataset, path, None).err(),
        band.as_ref().and_then(|band| stored_as(band, path).err()),
        grid(&dataset, path).err(),
        horizontal_crs(definition.as_deref(), path, None).err(),
        band.as_ref().and_then(|band| stated_heights(definition.as_deref(), band, path, None).err()),
    ];
    info.problems.extend(obstacles.iter().flatten().map(|error| sentence(error)));
    if !info.problems.is_empty() {
        return Ok(info);
    }
    // The date does not matter for what the file is.
    let options = SurfaceOptions { date: Some(jiff::civil::date(2000, 1, 1)), ..SurfaceOptions::default() };
    match RasterSurface::open(path, &options) {
        Ok(surface) => {
            if surface.info().vertical_datum == VerticalDatum::Unknown {
                info.problems.push(
                    "it does not say what its heights are counted from: state `vertical_datum` where elevations are tested"
                        .to_owned(),
                );
            }
            if let Err(error) = scan(&surface, &mut info) {
                info.problems.push(sentence(&Error::from_core(error)));
            }
        }
        Err(error) => info.problems.push(sentence(&error)),
    }
    Ok(info)
}

fn scan(surface: &RasterSurface, info: &mut RasterInfo) -> overcut::Result<()> {
    let mut reader = Surface::open(surface)?;
    let (mut low, mut high, mut valid) = (f64::INFINITY, f64::NEG_INFINITY, 0_u64);
    let mut see = |height: f64| {
        if !height.is_nan() {
            low = low.min(height);
            high = high.max(height);
            valid += 1;
        }
    };
    let rows_at_a_time = surface.layout().block.rows.max((1 << 20) / info.cols.max(1)).max(1);
    for row in (0..info.rows).step_by(rows_at_a_time) {
        let rows = row..(row + rows_at_a_time).min(info.rows);
        match reader.read(Window::from_ranges(rows, 0..info.cols))? {
            Heights::F32(values) => values.iter().for_each(|value| see(f64::from(*value))),
            Heights::F64(values) => values.iter().for_each(|value| see(*value)),
        }
    }
    info.valid_share = Some(valid as f64 / (info.rows * info.cols) as f64);
    if valid == 0 {
        info.problems.push("no cell has a height: all of it is nodata".to_owned());
    } else {
        (info.min_m, info.max_m) = (Some(low), Some(high));
    }
    Ok(())
}

/// Whether a number is exactly the one that changes nothing.
fn same(number: f64, neutral: f64) -> bool {
    number.to_bits() == neutral.to_bits()
}

/// An error and its causes in one sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

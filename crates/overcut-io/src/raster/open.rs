//! A raster file as a surface.

use std::path::Path;

use gdal::{
    Dataset, DatasetOptions, GdalOpenFlags, Metadata as _,
    raster::{GdalDataType, RasterBand},
};
use jiff::civil::Date;
use overcut::{
    GridGeometry, GridShape,
    dem::{CrsRecord, SurfaceInfo, VerticalDatum},
    surface::{BlockLayout, Surface, SurfaceReader},
};
use serde::{Deserialize, Serialize};

use super::{
    agreed_datum,
    digest::sha256_of_file,
    geo_keys::geo_keys,
    grid_of,
    reader::FileReader,
    stored::{Decoding, Stored},
};
use crate::{
    crs::{
        self,
        remembered::{by_keys, projected, true_areas},
    },
    environment::initialise,
    error::{Error, Result},
};

/// What a caller states about a raster.
#[derive(Debug, Clone, Default)]
pub struct SurfaceOptions {
    /// Name in messages and results; the path, if not given.
    pub name: Option<String>,
    /// Day of the survey; needed.
    pub date: Option<Date>,
    /// Standard deviation of a height, metres.
    pub sigma_m: Option<f64>,
    /// What heights are counted from, where the file does not say.
    pub vertical_datum: Option<VerticalDatum>,
    /// Band with the elevations, from 1; needed where there are several.
    pub band: Option<usize>,
    /// CRS in place of the file's: any text that PROJ takes, such as `EPSG:4546`.
    pub crs: Option<String>,
    /// Value of missing cells in place of the file's, as it is stored (before scale and offset).
    pub nodata: Option<f64>,
}

/// A raster file on its own grid, turned north-up. Nothing of it is held; every reader opens it anew.
///
/// # Heights
/// 8- and 16-bit integers and 32-bit floats come as [`overcut::surface::Heights::F32`], others and scaled ones as `F64`.
///
/// # Nodata
/// NaN; the file's or the caller's mark, compared in the type of the band; cells that a mask or an alpha band hides.
///
/// # Blocks
/// [`Surface::layout`] is the file's own block shape. The blocks of a file that is stored from the south are aligned with
/// the southern edge: where its rows are no multiple of a block's, some are decoded twice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RasterSurface {
    path: String,
    pub(super) driver: String,
    pub(super) info: SurfaceInfo,
    grid: GridGeometry,
    pub(super) block: GridShape,
    pub(super) band: usize,
    pub(super) south_up: bool,
    pub(super) stored: Stored,
    pub(super) decoding: Decoding,
    /// Whether the file has a mask that is more than its nodata.
    pub(super) masked: bool,
}

impl RasterSurface {
    /// Opens a raster by any name that GDAL takes (UTF-8; `/vsi…` too), and refuses what cannot be a surface.
    ///
    /// # Errors
    /// - [`Error::FileMissing`], [`Error::RasterUnreadable`], [`Error::NoBand`]: there is no raster;
    /// - [`Error::BandChoice`], [`Error::BandMissing`], [`Error::DataType`]: no band of elevations;
    /// - [`Error::NoGeoreference`], [`Error::Rotated`]: no north-up grid;
    /// - [`Error::CrsMissing`], [`Error::CrsUnreadable`], [`Error::GeographicCrs`], [`Error::CrsUnsuitable`],
    ///   [`Error::PlaceUnsuitable`]: no areas in square metres;
    /// - [`Error::HeightUnit`], [`Error::VerticalDatumConflict`], [`Error::DateMissing`];
    /// - damage, and heights that cannot be ones, are found when the cells are read: [`Error::RasterDamaged`],
    ///   [`Error::ImplausibleHeight`], in [`overcut::Error::Surface`].
    pub fn open(path: &str, options: &SurfaceOptions) -> Result<Self> {
        let dataset = open_dataset(path)?;
        let band = choose_band(&dataset, path, options.band)?;
        let raster = dataset.rasterband(band).map_err(|source| unreadable(path, source))?;
        let stored = stored_as(&raster, path)?;
        let (grid, south_up) = grid(&dataset, path)?;
        let defined = remembered_definition(&dataset, path);
        let crs = horizontal_crs(defined.as_deref(), path, options.crs.as_deref())?;
        true_areas(&crs, &grid, path)?;
        let found = stated_heights(defined.as_deref(), &raster, path, options.crs.as_deref())?;
        let vertical_datum = agreed_datum(path, found, options.vertical_datum.as_ref())?;
        let name = options.name.clone().unwrap_or_else(|| path.to_owned());
        let date = options.date.ok_or_else(|| Error::DateMissing { what: name.clone() })?;

        let scaling = (raster.scale().unwrap_or(1.0), raster.offset().unwrap_or(0.0));
        let flags = raster.mask_flags().map_err(|source| unreadable(path, source))?;
        let (block_cols, block_rows) = raster.block_size();
        let info = SurfaceInfo { name, date, sigma_m: options.sigma_m, vertical_datum, crs: Some(crs) };
        Ok(Self {
            path: path.to_owned(),
            driver: dataset.driver().short_name(),
            info,
            block: GridShape { rows: block_rows.min(grid.shape.rows), cols: block_cols.min(grid.shape.cols) },
            grid,
            band,
            south_up,
            stored,
            decoding: Decoding {
                nodata: options.nodata.or_else(|| raster.no_data_value()),
                scaling: (scaling != (1.0, 0.0)).then_some(scaling),
            },
            // A mask that GDAL makes of the nodata value says nothing new, and would be read for nothing.
            masked: !(flags.is_all_valid() || (flags.is_nodata() && !flags.is_per_dataset())),
        })
    }

    /// Whether all heights fit 32-bit floats.
    pub(super) fn is_narrow(&self) -> bool {
        let narrow = matches!(self.stored, Stored::U8 | Stored::I8 | Stored::U16 | Stored::I16 | Stored::F32);
        narrow && self.decoding.scaling.is_none()
    }

    /// The path as given.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Surface for RasterSurface {
    fn info(&self) -> &SurfaceInfo {
        &self.info
    }

    fn grid(&self) -> &GridGeometry {
        &self.grid
    }

    fn layout(&self) -> BlockLayout {
        BlockLayout { block: self.block }
    }

    fn sha256(&self) -> overcut::Result<Option<String>> {
        sha256_of_file(&self.path).map_err(|error| as_core(&self.info.name, error))
    }

    fn open(&self) -> overcut::Result<Box<dyn SurfaceReader + '_>> {
        let reader = FileReader::new(self).map_err(|error| as_core(&self.info.name, error))?;
        Ok(Box::new(reader))
    }
}

/// An error on its way through the core.
pub(super) fn as_core(surface: &str, error: Error) -> overcut::Error {
    match error {
        Error::Core(error) => error,
        error => overcut::Error::Surface { surface: surface.to_owned(), source: Box::new(error) },
    }
}

fn unreadable(path: &str, source: gdal::errors::GdalError) -> Error {
    Error::RasterUnreadable { path: path.to_owned(), source }
}

/// Opens a dataset for reading, with a handle of its own.
pub(super) fn open_dataset(path: &str) -> Result<Dataset> {
    open_with(path, None)
}

/// As [`open_dataset`], by a driver that is known to read it: to ask all of them takes longer than to open a small tile.
pub(super) fn open_with(path: &str, driver: Option<&str>) -> Result<Dataset> {
    initialise();
    // `C:\…` is a path; `NETCDF:"file":variable` and the like are not.
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path[1..].starts_with(":\\");
    let plain = !path.starts_with("/vsi") && (drive || !path.contains(':'));
    if plain && !Path::new(path).exists() {
        return Err(Error::FileMissing { path: path.to_owned() });
    }
    let drivers = driver.map(|driver| [driver]);
    let open = |open_options: Option<&[&str]>| {
        let open_flags =
            GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR;
        let options = DatasetOptions {
            open_flags,
            open_options,
            allowed_drivers: drivers.as_ref().map(|driver| &driver[..]),
            ..DatasetOptions::default()
        };
        Dataset::open_ex(path, options).map_err(|source| unreadable(path, source))
    };
    let dataset = open(None)?;
    match dataset.driver().short_name().as_str() {
        // GDAL guesses a type from the text; what people wrote in decimals is kept as they wrote it.
        "AAIGrid" | "GRASSASCIIGrid" => open(Some(&["DATATYPE=Float64"])),
        _ => Ok(dataset),
    }
}

/// The one band with elevations: the one asked for, or the only one beside an alpha band.
pub(super) fn choose_band(dataset: &Dataset, path: &str, asked: Option<usize>) -> Result<usize> {
    let bands = dataset.raster_count();
    if bands == 0 {
        let parts: Vec<String> = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
        let parts = parts.iter().filter_map(|entry| entry.split_once("_NAME=")).map(|(_, name)| format!("`{name}`"));
        let way_out = match parts.collect::<Vec<_>>() {
            parts if parts.is_empty() => "expected one band of elevations".to_owned(),
            parts => format!("open one of its parts by name: {}", parts.join(", ")),
        };
        return Err(Error::NoBand { path: path.to_owned(), way_out });
    }
    // GDAL takes the second of two bands for the first one's alpha only if it is declared to be.
    let with_alpha = || {
        let flags = dataset.rasterband(1).and_then(|band| band.mask_flags());
        bands == 2 && flags.is_ok_and(|flags| flags.is_alpha())
    };
    match asked {
        Some(band) if (1..=bands).contains(&band) => Ok(band),
        Some(band) => Err(Error::BandMissing { path: path.to_owned(), band, bands }),
        None if bands == 1 || with_alpha() => Ok(1),
        None => Err(Error::BandChoice { path: path.to_owned(), bands }),
    }
}

/// The grid, and whether the rows are stored from the south.
pub(super) fn grid(dataset: &Dataset, path: &str) -> Result<(GridGeometry, bool)> {
    let (cols, rows) = dataset.raster_size();
    let geotransform = dataset.geo_transform().map_err(|_| Error::NoGeoreference { path: path.to_owned() })?;
    grid_of(path, geotransform, GridShape { rows, cols })
}

/// The definition of the CRS as GDAL reads it, as text that loses nothing.
pub(super) fn definition(dataset: &Dataset) -> Option<String> {
    let reference = dataset.spatial_ref().ok()?;
    reference.to_projjson().or_else(|_| reference.to_wkt()).ok()
}

/// As [`definition`]; of `GeoTIFF`s with equal keys it is asked for once.
fn remembered_definition(dataset: &Dataset, path: &str) -> Option<String> {
    match geo_keys(path) {
        Some(keys) => by_keys(keys, || definition(dataset)),
        None => definition(dataset),
    }
}

/// The horizontal CRS that the caller or the file states, if areas are square metres in it.
pub(super) fn horizontal_crs(of_file: Option<&str>, path: &str, stated: Option<&str>) -> Result<CrsRecord> {
    let definition = stated.or(of_file).ok_or_else(|| Error::CrsMissing { what: path.to_owned() })?;
    projected(definition, path).map(|(crs, _)| crs)
}

/// The vertical datum that the definitions of the CRS name; the caller's, if it has one, else the file's.
pub(super) fn stated_heights(
    of_file: Option<&str>,
    band: &RasterBand<'_>,
    path: &str,
    stated: Option<&str>,
) -> Result<Option<VerticalDatum>> {
    let foreign = |found: String| Err(Error::HeightUnit { what: path.to_owned(), found });
    // Few files state a unit; one that is not the metre is refused.
    let unit = band.unit();
    if !matches!(unit.trim().to_lowercase().as_str(), "" | "m" | "metre" | "meter" | "metres" | "meters" | "米") {
        return foreign(unit);
    }
    // A definition of which a horizontal CRS was taken is known already.
    let heights =
        |definition: &str| projected(definition, path).map_or_else(|_| crs::heights(definition), |found| found.1);
    match stated.and_then(heights).or_else(|| of_file.and_then(heights)) {
        Some(crs::Heights { foreign_unit: Some(unit), .. }) => foreign(unit),
        Some(heights) => Ok(Some(heights.datum)),
        None => Ok(None),
    }
}

/// How the cells are stored; refuses what is no plain number.
pub(super) fn stored_as(band: &RasterBand<'_>, path: &str) -> Result<Stored> {
    let refused = |found: String| Err(Error::DataType { path: path.to_owned(), found });
    let signed = band.metadata_item("PIXELTYPE", "IMAGE_STRUCTURE");
    match Stored::of(band.band_type()) {
        // How GDAL before 3.7 says that bytes have a sign; it hands them out without.
        Some(Stored::U8) if signed.as_deref() == Some("SIGNEDBYTE") => refused("signed bytes".to_owned()),
        Some(stored) => Ok(stored),
        None if band.band_type() == GdalDataType::Unknown => refused("complex or unknown numbers".to_owned()),
        None => refused(band.band_type().name()),
    }
}

//! A raster file as a surface.

use std::path::Path;

use gdal::{
    Dataset, DatasetOptions, GdalOpenFlags,
    raster::{ColorInterpretation, GdalDataType},
};
use jiff::civil::Date;
use overcut::{
    GridGeometry, GridShape,
    dem::{CrsRecord, SurfaceInfo, VerticalDatum},
    surface::{BlockLayout, Surface, SurfaceReader},
};

use super::{digest::sha256_of_file, grid_of, reader::FileReader};
use crate::{
    crs::{crs_record, require_projected_metres, vertical_datum},
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
    /// CRS in place of the file's.
    pub crs: Option<String>,
    /// Value of missing cells in place of the file's.
    pub nodata: Option<f64>,
}

/// How cells are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    F32,
    F64,
}

/// A raster file on its own grid, turned north-up. Nothing of it is held; every reader opens it anew.
#[derive(Debug)]
pub struct RasterSurface {
    path: String,
    info: SurfaceInfo,
    grid: GridGeometry,
    block: GridShape,
    pub(super) band: usize,
    pub(super) south_up: bool,
    pub(super) width: Width,
    pub(super) nodata: Option<f64>,
    /// Factor and addend that make heights of stored numbers.
    pub(super) scaling: Option<(f64, f64)>,
    /// Whether the file has a mask of its own.
    pub(super) masked: bool,
}

impl RasterSurface {
    /// Opens a raster, and refuses what cannot be a surface.
    ///
    /// # Errors
    /// A missing or unreadable file, several bands without a choice, no georeference or a rotated one, no CRS or one not
    /// in metres, no date, a datum that contradicts the file's; see [`Error`].
    pub fn open(path: &str, options: &SurfaceOptions) -> Result<Self> {
        let dataset = open_dataset(path)?;
        let band = choose_band(&dataset, path, options.band)?;
        let (cols, rows) = dataset.raster_size();
        let geotransform =
            dataset.geo_transform().map_err(|_| Error::NoGeoreference { path: path.to_owned() })?;
        let (grid, south_up) = grid_of(path, geotransform, GridShape { rows, cols })?;
        let (crs, of_file) = definitions(&dataset, path, options)?;
        require_projected_metres(&crs, path)?;
        let name = options.name.clone().unwrap_or_else(|| path.to_owned());
        let date = options.date.ok_or_else(|| Error::DateMissing { what: name.clone() })?;

        let unreadable = |source| Error::RasterUnreadable { path: path.to_owned(), source };
        let raster = dataset.rasterband(band).map_err(unreadable)?;
        let scaling = (raster.scale().unwrap_or(1.0), raster.offset().unwrap_or(0.0));
        let scaling = (scaling != (1.0, 0.0)).then_some(scaling);
        let stored = width_of(raster.band_type(), path)?;
        require_metres(&raster.unit(), path)?;
        let flags = raster.mask_flags().map_err(unreadable)?;
        let (block_cols, block_rows) = raster.block_size();
        Ok(Self {
            info: SurfaceInfo {
                name,
                date,
                sigma_m: options.sigma_m,
                vertical_datum: agreed_datum(path, of_file, options.vertical_datum.as_ref())?,
                crs: Some(crs),
                sha256: sha256_of_file(path)?,
            },
            path: path.to_owned(),
            grid,
            block: GridShape { rows: block_rows.min(rows), cols: block_cols.min(cols) },
            band,
            south_up,
            width: if scaling.is_some() { Width::F64 } else { stored },
            nodata: options.nodata.or_else(|| raster.no_data_value()),
            scaling,
            masked: !(flags.is_all_valid() || flags.is_nodata()),
        })
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

pub(super) fn open_dataset(path: &str) -> Result<Dataset> {
    initialise();
    if !path.starts_with("/vsi") && !path.contains(':') && !Path::new(path).exists() {
        return Err(Error::FileMissing { path: path.to_owned() });
    }
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, options).map_err(|source| Error::RasterUnreadable { path: path.to_owned(), source })
}

/// The one band with elevations: the one asked for, or the only one beside masks.
pub(super) fn choose_band(dataset: &Dataset, path: &str, asked: Option<usize>) -> Result<usize> {
    let bands = dataset.raster_count();
    if bands == 0 {
        return Err(Error::NoBand {
            path: path.to_owned(),
            way_out: "it may be a container: open one of its subdatasets by name".to_owned(),
        });
    }
    match asked {
        Some(band) if (1..=bands).contains(&band) => Ok(band),
        Some(band) => Err(Error::BandMissing { path: path.to_owned(), band, bands }),
        None => {
            let is_alpha = |band: &usize| {
                dataset
                    .rasterband(*band)
                    .is_ok_and(|raster| raster.color_interpretation() == ColorInterpretation::AlphaBand)
            };
            let elevations: Vec<usize> = (1..=bands).filter(|band| !is_alpha(band)).collect();
            match elevations[..] {
                [only] => Ok(only),
                _ => Err(Error::BandChoice { path: path.to_owned(), bands }),
            }
        }
    }
}

/// The CRS, and the vertical datum that the file names with it.
fn definitions(dataset: &Dataset, path: &str, options: &SurfaceOptions) -> Result<(CrsRecord, Option<VerticalDatum>)> {
    let stored = dataset.spatial_ref().ok().and_then(|crs| crs.to_projjson().or_else(|_| crs.to_wkt()).ok());
    let of_file = stored.as_deref().and_then(vertical_datum);
    let definition = options.crs.as_deref().or(stored.as_deref());
    let definition = definition.ok_or_else(|| Error::CrsMissing { what: path.to_owned() })?;
    let of_options = options.crs.as_deref().and_then(vertical_datum);
    Ok((crs_record(definition)?, of_options.or(of_file)))
}

fn agreed_datum(path: &str, of_file: Option<VerticalDatum>, stated: Option<&VerticalDatum>) -> Result<VerticalDatum> {
    match (of_file, stated) {
        (Some(found), Some(stated)) if found != *stated && *stated != VerticalDatum::Unknown => {
            Err(Error::VerticalDatumConflict { what: path.to_owned(), found, stated: stated.clone() })
        }
        (Some(found), _) => Ok(found),
        (None, Some(stated)) => Ok(stated.clone()),
        (None, None) => Ok(VerticalDatum::Unknown),
    }
}

fn width_of(stored: GdalDataType, path: &str) -> Result<Width> {
    match stored {
        // These fit 32-bit floats exactly.
        GdalDataType::UInt8 | GdalDataType::UInt16 | GdalDataType::Int16 | GdalDataType::Float32 => Ok(Width::F32),
        GdalDataType::UInt32 | GdalDataType::Int32 | GdalDataType::Float64 => Ok(Width::F64),
        other => Err(Error::DataType { path: path.to_owned(), found: other.name() }),
    }
}

/// Files seldom state the unit of heights; one that is not the metre is refused.
fn require_metres(unit: &str, path: &str) -> Result<()> {
    match unit.trim().to_lowercase().as_str() {
        "" | "m" | "metre" | "meter" | "metres" | "meters" | "米" => Ok(()),
        _ => Err(Error::HeightUnit { what: path.to_owned(), found: unit.to_owned() }),
    }
}

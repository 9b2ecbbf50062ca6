//! Rasters of the pass as cloud-optimised GeoTIFF: difference, class, standing.
//!
//! During the pass the cells go to tiled GeoTIFF without compression, which take blocks in any order; at the end each is
//! turned into a COG, with its overviews.

use std::path::{Path, PathBuf};

use gdal::{
    Dataset, DriverManager, Metadata as _,
    errors::GdalError,
    raster::{Buffer, ColorEntry, ColorTable, PaletteInterpretation, RasterCreationOptions},
    spatial_ref::SpatialRef,
};
use jiff::civil::Date;
use overcut::{
    GridGeometry,
    assessment::{CODE_OUTSIDE, CellBlock, Class, Observer, class_code},
    dem::CrsRecord,
};

use super::{cpl, staging::Staging};
use crate::error::{Error, Result};

/// Rows and columns of a tile, in the temporary files and in the COGs (512 is the COG driver's default).
const TILE: usize = 512;

/// Code of cells without data in the class and standing rasters.
const NODATA: u8 = 255;

/// Which rasters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CogLayers {
    /// Later - earlier, metres.
    pub dod: bool,
    /// The class that has most of a cell's change.
    pub class: bool,
    /// Whether the change of a cell is certain.
    pub standing: bool,
}

impl Default for CogLayers {
    /// All three.
    fn default() -> Self {
        Self { dod: true, class: true, standing: true }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Dod,
    Class,
    Standing,
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Dod => "dod",
            Self::Class => "class",
            Self::Standing => "standing",
        }
    }

    /// What the values mean, stored with the band.
    fn description(self) -> &'static str {
        match self {
            Self::Dod => "dod_m: later - earlier, metres",
            Self::Class => "class with most of the change of the cell",
            Self::Standing => "standing of the change at the chosen confidence",
        }
    }

    /// Code, meaning and colour of each value, where values are codes.
    fn legend(self) -> Vec<(u8, &'static str, [i16; 3])> {
        match self {
            Self::Dod => Vec::new(),
            Self::Class => {
                let mut legend = vec![(0, "no change", [255, 255, 255])];
                legend.extend(Class::ALL.map(|class| (class_code(class), class.as_str(), colour(class))));
                legend.push((CODE_OUTSIDE, "outside every polygon: see the patches", [179, 0, 0]));
                legend
            }
            Self::Standing => vec![
                (0, "no change, or not excludable", [255, 255, 255]),
                (1, "certain cut", [202, 0, 32]),
                (2, "certain fill", [5, 113, 176]),
            ],
        }
    }
}

fn colour(class: Class) -> [i16; 3] {
    match class {
        Class::Within => [77, 172, 38],
        Class::InsideBoundary => [184, 225, 134],
        Class::BelowFloor => [230, 97, 1],
        Class::AboveCeiling => [254, 224, 139],
        Class::BetweenBands => [253, 174, 97],
        Class::UnauthorisedLayer => [197, 27, 125],
        Class::OutsideValidity => [118, 42, 131],
        Class::ValidityUndecided => [194, 165, 207],
        Class::BeyondBoundary | Class::Unlicensed => [179, 0, 0],
        Class::Unattributed => [186, 186, 186],
    }
}

/// One raster on its way.
#[derive(Debug)]
struct Output {
    layer: Layer,
    /// `None` once it is closed.
    dataset: Option<Dataset>,
    raw: PathBuf,
}

/// Writes rasters while the pass goes over the blocks.
///
/// Files are named `dod_2021-05-01_2022-10-15.tif`, `class_…`, `standing_…`. Dropped without [`Self::finish`], it leaves
/// nothing.
#[derive(Debug)]
pub struct CogWriter {
    // Before `staging`: open files are closed before their folder is removed.
    outputs: Vec<Output>,
    staging: Staging,
    layers: Vec<Layer>,
    intervals: usize,
}

impl CogWriter {
    /// Creates every raster, so that an output that cannot be written fails before the pass.
    ///
    /// # Errors
    /// An existing file without `overwrite`; no folder; whatever GDAL or the operating system refuse.
    pub fn create(
        directory: &Path,
        grid: &GridGeometry,
        crs: Option<&CrsRecord>,
        intervals: &[(Date, Date)],
        what: CogLayers,
        overwrite: bool,
    ) -> Result<Self> {
        crate::initialise();
        let layers: Vec<Layer> = [(what.dod, Layer::Dod), (what.class, Layer::Class), (what.standing, Layer::Standing)]
            .into_iter()
            .filter_map(|(wanted, layer)| wanted.then_some(layer))
            .collect();
        let all = || intervals.iter().flat_map(|interval| layers.iter().map(move |layer| (*interval, *layer)));
        let names: Vec<String> = all().map(|((from, to), layer)| format!("{}_{from}_{to}.tif", layer.name())).collect();
        let staging = Staging::new(directory, &names, overwrite)?;
        let mut outputs = Vec::with_capacity(names.len());
        for (index, ((from, to), layer)) in all().enumerate() {
            let raw = staging.folder().join(format!("raw-{index}.tif"));
            let dataset = create(&raw, layer, grid, crs, &format!("{from}/{to}")).map_err(|source| {
                Error::OutputGdal { path: staging.target(index), doing: "creating a raster", source }
            })?;
            outputs.push(Output { layer, dataset: Some(dataset), raw });
        }
        Ok(Self { outputs, staging, layers, intervals: intervals.len() })
    }

    /// Takes the cells of one window.
    ///
    /// # Errors
    /// [`overcut::Error::Output`] around an error of this crate.
    ///
    /// # Panics
    /// If the block belongs to an interval that was not announced.
    pub fn cells(&mut self, block: &CellBlock<'_>) -> overcut::Result<()> {
        assert!(block.interval < self.intervals, "interval {} of {}", block.interval, self.intervals);
        let first = block.interval * self.layers.len();
        for index in first..first + self.layers.len() {
            if let Err(source) = self.outputs[index].write(block) {
                let path = self.staging.target(index);
                let error = Error::OutputGdal { path: path.clone(), doing: "writing cells", source };
                return Err(overcut::Error::Output { output: path, source: Box::new(error) });
            }
        }
        Ok(())
    }

    /// Makes the COGs and moves them to their places; gives their paths, by interval.
    ///
    /// # Errors
    /// Whatever GDAL or the operating system refuse; nothing is left behind.
    pub fn finish(mut self) -> Result<Vec<PathBuf>> {
        for (index, output) in self.outputs.iter_mut().enumerate() {
            output.convert(&self.staging.path(index)).map_err(|failure| {
                let (path, doing) = (self.staging.target(index), "making a COG");
                match failure {
                    Failure::Gdal(source) => Error::OutputGdal { path, doing, source },
                    Failure::Silent(found) => Error::OutputDamaged { path, doing, found },
                }
            })?;
        }
        self.staging.publish()
    }
}

impl Observer for CogWriter {
    fn wants_cells(&self) -> bool {
        !self.layers.is_empty()
    }

    fn cells(&mut self, block: &CellBlock<'_>) -> overcut::Result<()> {
        Self::cells(self, block)
    }
}

fn create(
    path: &Path,
    layer: Layer,
    grid: &GridGeometry,
    crs: Option<&CrsRecord>,
    interval: &str,
) -> Result<Dataset, GdalError> {
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let tile = TILE.to_string();
    let options = RasterCreationOptions::from_iter([
        "TILED=YES".to_owned(),
        format!("BLOCKXSIZE={tile}"),
        format!("BLOCKYSIZE={tile}"),
        "BIGTIFF=IF_SAFER".to_owned(),
        // Tiles that no block touches are not stored, and read as no data.
        "SPARSE_OK=TRUE".to_owned(),
    ]);
    let (cols, rows) = (grid.shape.cols, grid.shape.rows);
    let mut dataset = match layer {
        Layer::Dod => driver.create_with_band_type_with_options::<f32, _>(path, cols, rows, 1, &options)?,
        Layer::Class | Layer::Standing => {
            driver.create_with_band_type_with_options::<u8, _>(path, cols, rows, 1, &options)?
        }
    };
    dataset.set_geo_transform(&[grid.west, grid.dx, 0.0, grid.north, 0.0, -grid.dy])?;
    if let Some(crs) = crs {
        dataset.set_spatial_ref(&SpatialRef::from_wkt(&crs.wkt)?)?;
    }
    dataset.set_metadata_item("OVERCUT_INTERVAL", interval, "")?;
    let mut band = dataset.rasterband(1)?;
    band.set_no_data_value(Some(if layer == Layer::Dod { f64::NAN } else { f64::from(NODATA) }))?;
    band.set_description(layer.description())?;
    let legend = layer.legend();
    if !legend.is_empty() {
        let mut colours = ColorTable::new(PaletteInterpretation::Rgba);
        for (code, meaning, [r, g, b]) in legend {
            colours.set_color_entry(code.into(), &ColorEntry::rgba(r, g, b, 255));
            // Names of categories would go to a side file; metadata stay in the GeoTIFF.
            band.set_metadata_item(&format!("CODE_{code}"), meaning, "")?;
        }
        colours.set_color_entry(NODATA.into(), &ColorEntry::rgba(0, 0, 0, 0));
        band.set_color_table(&colours);
    }
    Ok(dataset)
}

/// How making a COG fails.
enum Failure {
    Gdal(GdalError),
    /// GDAL said that all was well, but complained.
    Silent(String),
}

impl From<GdalError> for Failure {
    fn from(error: GdalError) -> Self {
        Self::Gdal(error)
    }
}

/// Writes what is held back and closes; on a full disk, only complaints tell.
fn close(mut dataset: Dataset) -> Result<(), Failure> {
    cpl::reset();
    // Also reports blocks that other threads could not write when they needed room in GDAL's cache.
    dataset.flush_cache()?;
    let flushed = cpl::failure();
    cpl::reset();
    dataset.close()?;
    flushed.or_else(cpl::failure).map_or(Ok(()), |found| Err(Failure::Silent(found)))
}

impl Output {
    fn write(&mut self, block: &CellBlock<'_>) -> Result<(), GdalError> {
        let window = block.window;
        let mut band = self.dataset.as_ref().expect("open until the end of the pass").rasterband(1)?;
        let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
        let size = (window.cols, window.rows);
        match self.layer {
            Layer::Dod => band.write(at, size, &mut Buffer::new(size, block.dod_m.to_vec())),
            Layer::Class => band.write(at, size, &mut Buffer::new(size, block.class.to_vec())),
            Layer::Standing => band.write(at, size, &mut Buffer::new(size, block.standing.to_vec())),
        }
    }

    /// Closes the temporary file, copies it as a COG, removes it.
    fn convert(&mut self, to: &Path) -> Result<(), Failure> {
        if let Some(dataset) = self.dataset.take() {
            close(dataset)?;
        }
        let raw = Dataset::open(&self.raw)?;
        let driver = DriverManager::get_driver_by_name("COG")?;
        let (predictor, resampling) = match self.layer {
            // Floating-point predictor; means, so that overviews keep the volume of an area.
            Layer::Dod => ("YES", "AVERAGE"),
            // Codes are names: there is nothing between two of them.
            Layer::Class | Layer::Standing => ("NO", "NEAREST"),
        };
        let options = RasterCreationOptions::from_iter([
            "COMPRESS=DEFLATE".to_owned(),
            format!("PREDICTOR={predictor}"),
            format!("OVERVIEW_PREDICTOR={predictor}"),
            format!("BLOCKSIZE={TILE}"),
            format!("OVERVIEW_RESAMPLING={resampling}"),
            "BIGTIFF=IF_SAFER".to_owned(),
            "NUM_THREADS=ALL_CPUS".to_owned(),
        ]);
        cpl::reset();
        let cog = raw.create_copy(&driver, to, &options)?;
        if let Some(found) = cpl::failure() {
            return Err(Failure::Silent(found));
        }
        close(cog)?;
        raw.close()?;
        // Gone early, so that the disk need not hold all of them; the folder goes at the end in any case.
        let _ = std::fs::remove_file(&self.raw);
        Ok(())
    }
}

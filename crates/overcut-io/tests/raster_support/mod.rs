//! Rasters for the tests, made by GDAL in a folder of their own.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use gdal::{
    Dataset, DriverManager,
    raster::{Buffer, GdalType, RasterCreationOptions},
    spatial_ref::SpatialRef,
};
use jiff::civil::date;
use overcut::{
    Window,
    surface::{Heights, Surface},
};
use overcut_io::{Error, RasterSurface, SurfaceOptions};

/// A corner in Jishan county, in EPSG:4546.
pub(crate) const WEST: f64 = 498_000.0;
pub(crate) const NORTH: f64 = 3_941_000.0;

/// A raster to be made.
pub(crate) struct Recipe<'a> {
    pub(crate) geotransform: Option<[f64; 6]>,
    pub(crate) crs: Option<&'a str>,
    pub(crate) bands: usize,
    pub(crate) nodata: Option<f64>,
    pub(crate) scaling: Option<(f64, f64)>,
    pub(crate) creation: &'a [&'a str],
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self {
            geotransform: Some([WEST, 1.0, 0.0, NORTH, 0.0, -1.0]),
            crs: Some("EPSG:4546"),
            bands: 1,
            nodata: None,
            scaling: None,
            creation: &[],
        }
    }
}

impl Recipe<'_> {
    /// Writes a GeoTIFF; `values` row by row as they are stored, the same for every band.
    pub(crate) fn write<T: GdalType + Copy>(&self, path: &Path, cols: usize, values: &[T]) {
        let dataset = self.open(path, cols, values);
        dataset.close().unwrap();
    }

    /// The same, left open for what tests add.
    pub(crate) fn open<T: GdalType + Copy>(&self, path: &Path, cols: usize, values: &[T]) -> Dataset {
        overcut_io::initialise();
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = self.creation.iter().copied().collect::<RasterCreationOptions>();
        let rows = values.len() / cols;
        let mut dataset =
            driver.create_with_band_type_with_options::<T, _>(path, cols, rows, self.bands, &options).unwrap();
        if let Some(geotransform) = self.geotransform {
            dataset.set_geo_transform(&geotransform).unwrap();
        }
        if let Some(crs) = self.crs {
            dataset.set_spatial_ref(&SpatialRef::from_definition(crs).unwrap()).unwrap();
        }
        for number in 1..=self.bands {
            let mut band = dataset.rasterband(number).unwrap();
            band.set_no_data_value(self.nodata).unwrap();
            if let Some((scale, offset)) = self.scaling {
                band.set_scale(scale).unwrap();
                band.set_offset(offset).unwrap();
            }
            band.write((0, 0), (cols, rows), &mut Buffer::new((cols, rows), values.to_vec())).unwrap();
        }
        dataset
    }
}

/// A folder that lives as long as it is kept, and the path of a file in it.
pub(crate) fn place(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}

pub(crate) fn options() -> SurfaceOptions {
    SurfaceOptions { date: Some(date(2021, 5, 1)), ..SurfaceOptions::default() }
}

pub(crate) fn open(path: &Path) -> RasterSurface {
    RasterSurface::open(path.to_str().unwrap(), &options()).unwrap()
}

pub(crate) fn refusal(path: &Path) -> Error {
    RasterSurface::open(path.to_str().unwrap(), &options()).unwrap_err()
}

pub(crate) fn read(surface: &dyn Surface, window: Window) -> Heights {
    surface.open().unwrap().read(window).unwrap()
}

pub(crate) fn wide(heights: &Heights) -> Vec<f64> {
    let mut values = vec![0.0; heights.len()];
    heights.widen(0, &mut values);
    values
}

/// All heights of a surface, row by row from the north-west.
pub(crate) fn all(surface: &dyn Surface) -> Vec<f64> {
    wide(&read(surface, surface.grid().window()))
}

/// Equal, with NaN equal to NaN.
#[track_caller]
pub(crate) fn assert_heights(found: &[f64], expected: &[f64]) {
    let bits =
        |values: &[f64]| values.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect::<Vec<_>>();
    assert_eq!(bits(found), bits(expected), "{found:?} is not {expected:?}");
}

/// Numbers that look random and are the same every time.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        // Steele, Lea & Flood (2014), SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(crate) fn window(&mut self, rows: usize, cols: usize) -> Window {
        let (row, col) = (self.below(rows), self.below(cols));
        let (height, width) = (1 + self.below(rows - row), 1 + self.below(cols - col));
        Window { row, col, rows: height, cols: width }
    }
}

/// A part of a whole raster of `cols` columns.
pub(crate) fn part(whole: &[f64], cols: usize, window: Window) -> Vec<f64> {
    (window.row..window.row_end())
        .flat_map(|row| whole[row * cols + window.col..row * cols + window.col_end()].to_vec())
        .collect()
}

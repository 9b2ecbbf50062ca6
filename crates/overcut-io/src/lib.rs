//! Files and coordinates for `overcut`: the only crate that links C (GDAL and PROJ).
//!
//! | task | module |
//! |---|---|
//! | dated surfaces from rasters and arrays, one common grid | [`raster`] |
//! | licences from vector files and features | [`licences`] |
//! | coordinate reference systems and operations between them | [`crs`] |
//! | results to GeoPackage, COG, JSON, CSV | [`mod@write`] |
//! | search paths, versions | [`environment`] |
//!
//! # Who does what
//! GDAL reads and writes pixels, features and definitions of CRSs. Every coordinate goes through our own PROJ, which reads no
//! file at all: results do not depend on which grids or databases are installed. Rasters are resampled by [`raster::Resampled`].
//!
//! # Conventions
//! X is east and Y is north; grids are north-up; no data is NaN; heights are metres.
#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "numbers worked by hand are compared exactly"))]

pub mod batch;
pub mod crs;
pub mod environment;
pub mod error;
pub mod licences;
pub mod raster;
pub mod write;

pub use crs::{CoordinateOperation, crs_record, require_projected_metres};
pub use environment::{initialise, versions};
pub use error::{Error, Result};
pub use licences::{
    Finding, LicenceFeature, LicenceOptions, LicencesRead, Place, Refusal, Severity, licences_from_features,
    read_licences,
};
pub use raster::{
    GridChoice, Harmonised, Mosaic, MosaicHeader, MosaicRule, RasterInfo, RasterSurface, Resampled, ShiftedSurface,
    Stamp, Summing, SurfaceOptions, Tile, TileUse, array_surface, grid_of_tiles, harmonise, harmonise_with, overview,
    raster_info, scan, sha256_of_file,
};
pub use write::{CogLayers, CogWriter, read_json, write_csv, write_gpkg, write_json};

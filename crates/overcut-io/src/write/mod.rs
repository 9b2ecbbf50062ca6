//! Results to files: JSON, GeoPackage, CSV and cloud-optimised GeoTIFF.
//!
//! Every output is written under a temporary name in the same folder, flushed to the disk and renamed: it appears whole or
//! not at all, replaces nothing unless asked to, and leaves nothing behind when it fails.

mod cog;
pub(crate) mod cpl;
mod csv;
mod gpkg;
mod json;
mod staging;
mod table;

pub use cog::{CogLayers, CogWriter};
pub(crate) use csv::FORMULA_STARTS;
pub use csv::write_csv;
pub use gpkg::write_gpkg;
pub use json::{read_json, write_json};
pub(crate) use staging::Staging;

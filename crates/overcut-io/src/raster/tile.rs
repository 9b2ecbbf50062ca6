//! Tiles: rasters that are one of many.

use std::{path::Path, time::UNIX_EPOCH};

use overcut::{GridGeometry, dem::SurfaceInfo, surface::Surface};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::open::{RasterSurface, SurfaceOptions};
use crate::error::{Error, Result};

/// Size and time of a plain file, by which a change after planning is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub bytes: u64,
    /// Last change, nanoseconds since 1970; 0 where the system does not tell.
    pub modified_ns: u64,
}

/// A raster of which everything that its header says has been checked; it can be written down and opened elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tile {
    pub(super) raster: RasterSurface,
    stamp: Option<Stamp>,
}

impl Tile {
    /// Reads the header of a raster.
    ///
    /// # Errors
    /// Those of [`RasterSurface::open`].
    pub fn open(path: &str, options: &SurfaceOptions) -> Result<Self> {
        let stamp = stamp_of(path);
        if stamp.is_some_and(|stamp| stamp.bytes == 0) {
            return Err(Error::FileEmpty { path: path.to_owned() });
        }
        RasterSurface::open(path, options).map(|raster| Self { raster, stamp })
    }

    /// The path as given.
    pub fn path(&self) -> &str {
        self.raster.path()
    }

    /// The tile's own grid, turned north-up.
    pub fn grid(&self) -> &GridGeometry {
        self.raster.grid()
    }

    /// What is stated about it.
    pub fn info(&self) -> &SurfaceInfo {
        self.raster.info()
    }

    /// Size and time of the file; none if it is no plain one.
    pub fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// Refuses a file that is not the one whose header was read.
    pub(super) fn check(&self) -> Result<()> {
        let now = stamp_of(self.path());
        if now == self.stamp {
            return Ok(());
        }
        let told = |stamp: Option<Stamp>| {
            stamp.map_or_else(
                || "no plain file".to_owned(),
                |Stamp { bytes, modified_ns }| match jiff::Timestamp::from_nanosecond(i128::from(modified_ns)) {
                    Ok(changed) => format!("{bytes} bytes of {changed}"),
                    Err(_) => format!("{bytes} bytes"),
                },
            )
        };
        if now.is_none() {
            return Err(Error::FileMissing { path: self.path().to_owned() });
        }
        Err(Error::RasterChanged { path: self.path().to_owned(), found: told(now), expected: told(self.stamp) })
    }
}

fn stamp_of(path: &str) -> Option<Stamp> {
    let found = Path::new(path).metadata().ok().filter(std::fs::Metadata::is_file)?;
    let since_1970 = found.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let modified_ns = since_1970.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0);
    Some(Stamp { bytes: found.len(), modified_ns })
}

/// Reads the headers of many rasters in parallel; what is wrong with one does not concern the others. In the order given.
pub fn scan(tiles: &[(String, SurfaceOptions)]) -> Vec<Result<Tile>> {
    tiles.par_iter().map(|(path, options)| Tile::open(path, options)).collect()
}

//! A job that is the same for all units, and one unit of it.

use std::time::Instant;

use overcut::{
    Assessment,
    assessment::{Assessor, Conversion, LicenceFile, Observer, Prepared},
    dem::CrsRecord,
    surface::Surface,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    plan::Unit,
    unit::{Excluded, TileReport, UnitResult},
};
use crate::{
    error::{Error, Result},
    raster::{Mosaic, MosaicHeader, Tile, hexadecimal, sha256_of_file},
};

/// What a record says beside figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dressing {
    /// CRS of the grid.
    pub crs: CrsRecord,
    /// Where the licences came from.
    pub licence_file: Option<LicenceFile>,
    /// What was done to coordinates and heights.
    pub conversions: Vec<Conversion>,
}

/// What is written down of a job.
#[derive(Serialize, Deserialize)]
struct Written {
    prepared: Prepared,
    mosaics: Vec<MosaicHeader>,
    dressing: Dressing,
}

/// A job, set up.
pub struct BatchJob {
    assessor: Assessor<'static>,
    mosaics: Vec<MosaicHeader>,
    dressing: Dressing,
    digest: String,
}

impl BatchJob {
    /// The text that [`Self::from_json`] makes a job of.
    ///
    /// # Panics
    /// Never: a job has no map with keys that are not text.
    pub fn to_json(prepared: &Prepared, mosaics: &[&Mosaic], dressing: &Dressing) -> String {
        #[derive(Serialize)]
        struct Borrowed<'a> {
            prepared: &'a Prepared,
            mosaics: Vec<&'a MosaicHeader>,
            dressing: &'a Dressing,
        }
        let mosaics = mosaics.iter().map(|mosaic| mosaic.header()).collect();
        serde_json::to_string(&Borrowed { prepared, mosaics, dressing }).expect("keys are text")
    }

    /// Sets a job up; cells are shown to observers of units only if they are wanted here.
    ///
    /// # Errors
    /// [`Error::JobUnreadable`]; [`overcut::Error::Overlay`].
    pub fn from_json(text: &str, wants_cells: bool) -> Result<Self> {
        let Written { prepared, mosaics, dressing } =
            serde_json::from_str(text).map_err(|error| Error::JobUnreadable { why: error.to_string() })?;
        let digest = hexadecimal(&Sha256::digest(text));
        Ok(Self { assessor: Assessor::new(prepared, &[], wants_cells)?, mosaics, dressing, digest })
    }

    /// SHA-256 of the text that it was set up from.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Cells around a unit whose heights are read.
    pub fn margin(&self) -> usize {
        self.assessor.margin()
    }

    /// CRS of the grid.
    pub fn crs(&self) -> &CrsRecord {
        &self.dressing.crs
    }

    /// What was known before the pass.
    pub fn prepared(&self) -> &Prepared {
        self.assessor.prepared()
    }

    /// Does a unit without the tiles that are excluded, in the threads of the pool that this is called in.
    ///
    /// # Errors
    /// What reading finds, as [`overcut::Error::Surface`] with the path of the tile; [`overcut::Error::Interrupted`].
    pub fn unit(
        &self,
        unit: &Unit,
        excluded: Vec<Excluded>,
        digests: bool,
        observer: &mut dyn Observer,
    ) -> Result<UnitResult> {
        let begun = Instant::now();
        let kept = |tile: &Tile| excluded.iter().all(|excluded| excluded.path != tile.path());
        let mosaics = self
            .mosaics
            .iter()
            .zip(&unit.tiles)
            .map(|(header, tiles)| {
                Mosaic::of(header, tiles.iter().map(|tile| tile.tile.clone()).filter(kept).collect())
            })
            .collect::<Result<Vec<_>>>()?;
        let surfaces: Vec<&dyn Surface> = mosaics.iter().map(|mosaic| mosaic as &dyn Surface).collect();
        let (region, sha256) = rayon::join(
            || self.assessor.region(&surfaces, unit.window, observer),
            || digests.then(|| taken(unit, &excluded)).transpose(),
        );
        let (region, sha256) = (region?, sha256?);
        let report = |epoch: usize, mosaic: &Mosaic| {
            let reports = mosaic.used().into_iter().map(|used| {
                let taken = sha256.as_ref().and_then(|taken| {
                    taken[epoch].iter().find(|(path, _)| *path == used.path).and_then(|(_, sha256)| sha256.clone())
                });
                TileReport { path: used.path, cells: used.cells, heights: used.heights, sha256: taken }
            });
            reports.collect()
        };
        let tiles = mosaics.iter().enumerate().map(|(epoch, mosaic)| report(epoch, mosaic)).collect();
        let seconds = begun.elapsed().as_secs_f64();
        Ok(UnitResult { job: self.digest.clone(), unit: unit.number, region, tiles, excluded, seconds })
    }

    /// Puts units together, in the order of the plan.
    ///
    /// # Errors
    /// Whatever they come with; [`Error::UnitUnreadable`] for one of another job; those of [`Assessor::finish`].
    pub fn finish(&self, results: impl IntoIterator<Item = Result<UnitResult>>) -> Result<Assessment> {
        let mut failed = None;
        let regions = results.into_iter().map_while(|result| {
            let checked = result.and_then(|result| {
                if result.job == self.digest {
                    return Ok(result.region);
                }
                Err(Error::UnitUnreadable { why: format!("unit {} is of another job ({})", result.unit, result.job) })
            });
            // The core knows no error of files: it is kept here, and the core is told that nothing more comes.
            checked.map(Ok).map_err(|error| failed = Some(error)).ok()
        });
        let assessment = self.assessor.finish(regions);
        if let Some(error) = failed {
            return Err(error);
        }
        let mut assessment = assessment?;
        let Dressing { crs, licence_file, conversions } = self.dressing.clone();
        assessment.crs = Some(crs);
        assessment.licence_file = licence_file;
        assessment.conversions = conversions;
        Ok(assessment)
    }
}

/// Path and digest.
type Taken = (String, Option<String>);

/// Digests of the files that this unit takes them of, by epoch.
fn taken(unit: &Unit, excluded: &[Excluded]) -> Result<Vec<Vec<Taken>>> {
    let of_epoch = |tiles: &Vec<super::UnitTile>| {
        let wanted = tiles.iter().filter(|tile| tile.digest).map(|tile| tile.tile.path());
        let kept: Vec<&str> = wanted.filter(|path| excluded.iter().all(|other| other.path != *path)).collect();
        kept.par_iter().map(|path| Ok(((*path).to_owned(), sha256_of_file(path)?))).collect::<Result<_>>()
    };
    unit.tiles.iter().map(of_epoch).collect()
}

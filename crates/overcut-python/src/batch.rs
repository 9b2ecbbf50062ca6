//! A job over many tiles: planned, done unit by unit, put together.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use overcut::{
    Window,
    assessment::{CellBlock, Observer, offset_findings},
    grid::GridGeometry,
};
use overcut_io::{
    CogLayers, CogWriter, Error,
    batch::{self, Excluded, Near, Unit, UnitResult},
};
use pyo3::prelude::*;

use crate::{
    assess::{Job, Options, Stable},
    error::{ParameterError, tile_unreadable, to_python},
    licence::LicenceTable,
    record::Record,
    tiles::Mosaic,
    watch::watched,
};

/// Number, `(row, col, rows, cols)`, number of tiles by epoch, and the entry as text.
type UnitTuple = (u32, (usize, usize, usize, usize), Vec<usize>, String);
/// Rectangles `(west, south, east, north)`, and how far from them is still near, metres.
type NearTuple = (Vec<[f64; 4]>, f64);
/// Path, cells read, cells with a height, digest.
type TileTuple = (String, u64, u64, Option<String>);

/// What planning gives.
#[pyclass(frozen, get_all, module = "overcut._overcut")]
pub(crate) struct BatchPlan {
    /// What all units need, as text.
    job: String,
    /// Of the job: what results of units are held against.
    digest: String,
    units: Vec<UnitTuple>,
    without_pair: usize,
    far: usize,
}

/// Plans a job over mosaics on one grid.
///
/// `cut` are the cells of a unit, about, and where not all ground matters rectangles `(west, south, east, north)` and a distance: units
/// farther from all of them are left out.
#[pyfunction]
pub(crate) fn plan_batch(
    py: Python<'_>,
    mosaics: Vec<Py<Mosaic>>,
    licences: Py<LicenceTable>,
    stable: Stable,
    options: Options,
    cut: (usize, Option<NearTuple>),
    progress: Option<Py<PyAny>>,
) -> PyResult<BatchPlan> {
    let surfaces = mosaics.iter().map(|mosaic| Py::new(py, mosaic.get().surface())).collect::<PyResult<_>>()?;
    let (unit_cells, near) = cut;
    let job = Job::new(surfaces, licences, Vec::new(), stable, options)?;
    watched(py, progress.as_ref(), |_| {
        let (prepared, dressing) = job.prepare()?;
        let mosaics: Vec<_> = mosaics.iter().map(|mosaic| mosaic.get().inner()).collect();
        let text = batch::BatchJob::to_json(&prepared, &mosaics, &dressing);
        let set_up = batch::BatchJob::from_json(&text, false).map_err(to_python)?;
        let near = near.map(|(places, within_m)| Near { places, within_m });
        let plan = batch::plan(&mosaics, set_up.margin(), unit_cells, near.as_ref());
        let entry = |unit: &Unit| {
            let Window { row, col, rows, cols } = unit.window;
            let tiles = unit.tiles.iter().map(Vec::len).collect();
            let text = serde_json::to_string(unit).expect("a unit has no map with keys that are not text");
            (unit.number, (row, col, rows, cols), tiles, text)
        };
        Ok(BatchPlan {
            digest: set_up.digest().to_owned(),
            units: plan.units.iter().map(entry).collect(),
            without_pair: plan.without_pair,
            far: plan.far,
            job: text,
        })
    })?
}

/// A job, set up to do units and to put them together.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct BatchJob {
    inner: batch::BatchJob,
    stop: AtomicBool,
}

#[pymethods]
impl BatchJob {
    /// From the text of a plan; `cells` if units are to write rasters.
    #[new]
    fn new(py: Python<'_>, job: &str, cells: bool) -> PyResult<Self> {
        let inner = py.detach(|| batch::BatchJob::from_json(job, cells)).map_err(to_python)?;
        Ok(Self { inner, stop: AtomicBool::new(false) })
    }

    #[getter]
    fn digest(&self) -> &str {
        self.inner.digest()
    }

    /// Asks all units in work to stop.
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Lets units be done again after [`Self::stop`].
    fn go_on(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Does a unit; gives its result as bytes, and the rasters that it wrote.
    fn unit(
        &self,
        py: Python<'_>,
        unit: &str,
        excluded: Vec<(String, String)>,
        digests: bool,
        threads: Option<usize>,
        rasters: Option<PathBuf>,
    ) -> PyResult<(Vec<u8>, Vec<PathBuf>)> {
        let unit: Unit = serde_json::from_str(unit)
            .map_err(|error| ParameterError::new_err(format!("this text is not a unit of a plan: {error}")))?;
        py.detach(|| {
            let excluded = excluded.into_iter().map(|(path, why)| Excluded { path, why }).collect();
            let rasters = rasters.map(|directory| self.rasters(&directory, &unit)).transpose()?;
            let mut watcher = UnitWatcher { stop: &self.stop, rasters, first: (unit.window.row, unit.window.col) };
            let work = || self.inner.unit(&unit, excluded, digests, &mut watcher);
            let result = match threads {
                None => work(),
                Some(threads) => {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    pool.map_err(|error| ParameterError::new_err(format!("threads is {threads}: {error}")))?
                        .install(work)
                }
            };
            let result = result.map_err(|error| unit_error(error, &unit))?;
            let files = match watcher.rasters {
                Some(rasters) => rasters.finish().map_err(to_python)?,
                None => Vec::new(),
            };
            Ok((result.to_bytes(), files))
        })
    }

    /// Puts the results in files together, in the order of the plan; with a digest for each epoch, and what else is to be known of
    /// them, in sentences.
    fn finish(
        &self,
        py: Python<'_>,
        results: Vec<PathBuf>,
        digests: Vec<Option<String>>,
        sentences: Vec<String>,
    ) -> PyResult<Record> {
        py.detach(|| {
            let read = |path: PathBuf| {
                let bytes = std::fs::read(&path)
                    .map_err(|error| Error::UnitUnreadable { why: format!("{}: {error}", path.display()) })?;
                UnitResult::from_bytes(&bytes)
                    .map_err(|error| Error::UnitUnreadable { why: format!("{}: {error}", path.display()) })
            };
            let mut assessment = self.inner.finish(results.into_iter().map(read)).map_err(to_python)?;
            let findings = offset_findings(&assessment);
            assessment.assumptions.extend(findings);
            assessment.assumptions.extend(sentences);
            for (surface, sha256) in assessment.surfaces.iter_mut().zip(digests) {
                surface.sha256 = sha256;
            }
            Ok(Record::new(assessment))
        })
    }
}

impl BatchJob {
    /// Rasters of one unit.
    fn rasters(&self, directory: &std::path::Path, unit: &Unit) -> PyResult<CogWriter> {
        let prepared = self.inner.prepared();
        let whole = prepared.grid();
        let (west, north) = whole.to_world(unit.window.col as f64, unit.window.row as f64);
        let shape = overcut::GridShape { rows: unit.window.rows, cols: unit.window.cols };
        let grid =
            GridGeometry::new(west, north, whole.dx, whole.dy, shape).map_err(|error| to_python(error.into()))?;
        let dates: Vec<_> = prepared.surfaces().iter().map(|info| info.date).collect();
        let intervals: Vec<_> = dates.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let what = CogLayers { dod: true, class: true, standing: true };
        CogWriter::create(directory, &grid, Some(self.inner.crs()), &intervals, what, true).map_err(to_python)
    }
}

/// An error of a unit; one that a tile is to blame for names it.
fn unit_error(error: Error, unit: &Unit) -> PyErr {
    let tiles = || unit.tiles.iter().flatten().map(|tile| tile.tile.path());
    let blamed = match &error {
        Error::Core(overcut::Error::Surface { surface, .. }) => tiles().find(|path| path == surface),
        Error::RasterDigest { path: found, .. } => tiles().find(|path| path == found),
        _ => None,
    };
    match blamed.map(str::to_owned) {
        Some(path) => tile_unreadable(path, &to_python(error)),
        None => to_python(error),
    }
}

/// Watches a unit: interruption, and rasters of its own.
struct UnitWatcher<'a> {
    stop: &'a AtomicBool,
    rasters: Option<CogWriter>,
    /// First cell of the unit.
    first: (usize, usize),
}

impl Observer for UnitWatcher<'_> {
    fn progress(&mut self, _done: u64, _all: u64) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn wants_cells(&self) -> bool {
        self.rasters.is_some()
    }

    fn cells(&mut self, block: &CellBlock<'_>) -> overcut::Result<()> {
        let Some(rasters) = &mut self.rasters else { return Ok(()) };
        let window =
            Window { row: block.window.row - self.first.0, col: block.window.col - self.first.1, ..block.window };
        rasters.cells(&CellBlock { window, ..*block })
    }
}

/// What the bytes of a result say beside figures: unit, job, tiles by epoch, tiles that were left out, seconds, cells that were compared.
#[pyfunction]
pub(crate) fn unit_report(bytes: &[u8]) -> PyResult<UnitReport> {
    let result = UnitResult::from_bytes(bytes).map_err(to_python)?;
    let of_tile = |tile: batch::TileReport| (tile.path, tile.cells, tile.heights, tile.sha256);
    Ok(UnitReport {
        unit: result.unit,
        job: result.job,
        compared_cells: result.region.compared_cells(),
        tiles: result.tiles.into_iter().map(|tiles| tiles.into_iter().map(of_tile).collect()).collect(),
        excluded: result.excluded.into_iter().map(|excluded| (excluded.path, excluded.why)).collect(),
        seconds: result.seconds,
    })
}

/// See [`unit_report`].
#[pyclass(frozen, get_all, module = "overcut._overcut")]
pub(crate) struct UnitReport {
    unit: u32,
    job: String,
    compared_cells: Vec<u64>,
    tiles: Vec<Vec<TileTuple>>,
    excluded: Vec<(String, String)>,
    seconds: f64,
}

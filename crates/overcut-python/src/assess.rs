//! The whole job: handles and keyword arguments in, a record out.

use std::path::{Path, PathBuf};

use overcut::{
    Assessment, GridShape,
    assessment::{AssessOptions, Connectivity, Elevation, Input, Layer, LayerBound},
    dem::VerticalDatum,
    surface::Surface as CoreSurface,
};
use overcut_io::{CogLayers, CogWriter, GridChoice, Harmonised};
use pyo3::prelude::*;

use crate::{
    datum::parse_datum,
    error::{ParameterError, to_python},
    licence::LicenceTable,
    record::Record,
    surface::{Surface, WithDatum},
    watch::{Board, Watcher, watched},
};

/// Roof or floor of a layer.
#[derive(FromPyObject)]
pub(crate) enum Bound {
    Surface(Py<Surface>),
    Level(f64),
}

type LayerTuple = (String, Bound, Bound, Option<f64>);

/// Which surface sets the grid.
#[derive(FromPyObject)]
pub(crate) enum Grid {
    Position(usize),
    Word(String),
}

/// Every option by name; Python gives the defaults.
#[derive(FromPyObject)]
pub(crate) struct Options {
    #[pyo3(item)]
    confidence: f64,
    #[pyo3(item)]
    lod_m: Option<f64>,
    #[pyo3(item)]
    connectivity: u8,
    #[pyo3(item)]
    min_area_m2: f64,
    #[pyo3(item)]
    min_depth_m: f64,
    #[pyo3(item)]
    elevation: String,
    #[pyo3(item)]
    vertical_datum: Option<String>,
    #[pyo3(item)]
    grid: Grid,
    #[pyo3(item)]
    threads: Option<usize>,
    #[pyo3(item)]
    block_shape: Option<(usize, usize)>,
    #[pyo3(item)]
    rasters: Option<PathBuf>,
    #[pyo3(item)]
    overwrite: bool,
}

impl Options {
    fn core(&self) -> PyResult<AssessOptions> {
        let connectivity = match self.connectivity {
            4 => Connectivity::Four,
            8 => Connectivity::Eight,
            other => return Err(refused("connectivity", &other.to_string(), "4 or 8")),
        };
        let elevation = match self.elevation.as_str() {
            "tested" => Elevation::Tested,
            "plan_only" => Elevation::PlanOnly,
            other => return Err(refused("elevation", &format!("`{other}`"), "`tested` or `plan_only`")),
        };
        let options = AssessOptions::default()
            .confidence(self.confidence)
            .lod_m(self.lod_m)
            .connectivity(connectivity)
            .min_area_m2(self.min_area_m2)
            .min_depth_m(self.min_depth_m)
            .elevation(elevation)
            .threads(self.threads)
            .unit(self.block_shape.map(|(rows, cols)| GridShape { rows, cols }));
        options.validate().map_err(|error| to_python(error.into()))?;
        Ok(options)
    }

    fn grid(&self, surfaces: usize) -> PyResult<GridChoice> {
        match &self.grid {
            Grid::Position(position) if *position < surfaces => Ok(GridChoice::Like(*position)),
            Grid::Position(position) => Err(refused("grid", &position.to_string(), &format!("0 to {}", surfaces - 1))),
            Grid::Word(word) => match word.as_str() {
                "first" => Ok(GridChoice::First),
                "last" => Ok(GridChoice::Last),
                "finest" => Ok(GridChoice::Finest),
                other => Err(refused(
                    "grid",
                    &format!("`{other}`"),
                    "`first`, `last`, `finest` or the position of a surface",
                )),
            },
        }
    }
}

fn refused(name: &str, found: &str, expected: &str) -> PyErr {
    ParameterError::new_err(format!("{name} is {found}; expected {expected}"))
}

/// Everything that the work needs, free of the interpreter.
struct Job {
    surfaces: Vec<Py<Surface>>,
    licences: Py<LicenceTable>,
    layers: Vec<LayerTuple>,
    options: AssessOptions,
    grid: GridChoice,
    vertical_datum: Option<VerticalDatum>,
    rasters: Option<PathBuf>,
    overwrite: bool,
}

/// Assesses surfaces against licences.
#[pyfunction]
pub(crate) fn assess(
    py: Python<'_>,
    surfaces: Vec<Py<Surface>>,
    licences: Py<LicenceTable>,
    layers: Vec<LayerTuple>,
    options: Options,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Record, Vec<PathBuf>)> {
    if surfaces.len() < 2 {
        return Err(to_python(overcut::Error::TooFewSurfaces { found: surfaces.len() }.into()));
    }
    let job = Job {
        options: options.core()?,
        grid: options.grid(surfaces.len())?,
        vertical_datum: options.vertical_datum.as_deref().map(parse_datum),
        rasters: options.rasters,
        overwrite: options.overwrite,
        surfaces,
        licences,
        layers,
    };
    watched(py, progress.as_ref(), |board| job.run(board))?.map(|(assessment, files)| (Record::new(assessment), files))
}

impl Job {
    fn run(&self, board: &Board) -> PyResult<(Assessment, Vec<PathBuf>)> {
        let unstated = VerticalDatum::Unknown;
        let default_datum = self.vertical_datum.as_ref().unwrap_or(&unstated);
        let surfaces: Vec<_> =
            self.surfaces.iter().map(|surface| WithDatum::new(surface.get().core(), default_datum)).collect();
        let harmonised = harmonise(surfaces.iter().map(|surface| surface as &dyn CoreSurface).collect(), &self.grid)?;
        let licences = self.licences.get().on_grid(&harmonised.crs, self.vertical_datum.as_ref())?;

        let bounds: Vec<_> = self
            .layers
            .iter()
            .flat_map(|(_, roof, floor, _)| [roof, floor])
            .filter_map(Bound::surface)
            .map(|surface| WithDatum::new(surface, default_datum))
            .collect();
        let bounds = on_grid_of(&harmonised, &bounds)?;
        let layers = self.layers(bounds.as_ref());

        let on_grid: Vec<&dyn CoreSurface> = harmonised.surfaces.iter().map(AsRef::as_ref).collect();
        let input = Input { surfaces: &on_grid, licences: &licences.licences, layers: &layers };
        let rasters = self.rasters.as_deref().map(|directory| self.rasters(directory, &harmonised)).transpose()?;
        let mut watcher = Watcher::new(board, rasters);
        let mut assessment = overcut::assess(&input, &self.options, &mut watcher)
            .map_err(|error| to_python(overcut_io::Error::from_core(error)))?;
        let files = match watcher.into_rasters() {
            Some(rasters) => rasters.finish().map_err(to_python)?,
            None => Vec::new(),
        };

        // Of all surfaces one is on its own grid; the others may still state the CRS that they came from.
        assessment.crs = Some(harmonised.crs);
        assessment.licence_file = self.licences.get().file(&licences);
        let of_layers = bounds.map(|bounds| bounds.assumptions).unwrap_or_default();
        let found = [self.datum_assumption(), harmonised.assumptions, of_layers, licences.assumptions].concat();
        assessment.assumptions.splice(0..0, found);
        Ok((assessment, files))
    }

    fn layers<'a>(&self, bounds: Option<&'a Harmonised<'_>>) -> Vec<Layer<'a>> {
        let mut bounds = bounds.into_iter().flat_map(|bounds| &bounds.surfaces);
        let mut bound = |given: &Bound| match given {
            Bound::Level(level_m) => LayerBound::Level(*level_m),
            Bound::Surface(_) => LayerBound::Surface(bounds.next().expect("one per bound that is a surface").as_ref()),
        };
        self.layers
            .iter()
            .map(|(name, roof, floor, density)| Layer {
                name: name.clone(),
                roof: bound(roof),
                floor: bound(floor),
                density_t_per_m3: *density,
            })
            .collect()
    }

    fn rasters(&self, directory: &Path, harmonised: &Harmonised<'_>) -> PyResult<CogWriter> {
        let dates: Vec<_> = harmonised.surfaces.iter().map(|surface| surface.info().date).collect();
        let intervals: Vec<_> = dates.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let what = CogLayers { dod: true, class: true, standing: true };
        CogWriter::create(directory, &harmonised.grid, Some(&harmonised.crs), &intervals, what, self.overwrite)
            .map_err(to_python)
    }

    fn datum_assumption(&self) -> Vec<String> {
        let Some(datum) = &self.vertical_datum else { return Vec::new() };
        let silent: Vec<_> = self
            .surfaces
            .iter()
            .map(|surface| surface.get().core().info())
            .filter(|info| info.vertical_datum == VerticalDatum::Unknown)
            .map(|info| info.name.as_str())
            .collect();
        if silent.is_empty() {
            return Vec::new();
        }
        vec![format!("heights of {} were taken as {datum}, as stated for the assessment", silent.join(", "))]
    }
}

impl Bound {
    fn surface(&self) -> Option<&dyn CoreSurface> {
        match self {
            Self::Surface(surface) => Some(surface.get().core()),
            Self::Level(_) => None,
        }
    }
}

/// The surfaces that bound layers, on the grid of the dated ones.
fn on_grid_of<'a>(dated: &Harmonised<'_>, bounds: &'a [WithDatum<'_>]) -> PyResult<Option<Harmonised<'a>>> {
    if bounds.is_empty() {
        return Ok(None);
    }
    let choice = GridChoice::Given { grid: dated.grid, crs: dated.crs.wkt.clone() };
    harmonise(bounds.iter().map(|bound| bound as &dyn CoreSurface).collect(), &choice).map(Some)
}

fn harmonise<'a>(surfaces: Vec<&'a dyn CoreSurface>, choice: &GridChoice) -> PyResult<Harmonised<'a>> {
    overcut_io::harmonise(surfaces, choice).map_err(to_python)
}

//! The whole job: handles and keyword arguments in, a record out.

use std::path::{Path, PathBuf};

use geo::Polygon;
use overcut::{
    Assessment, GridShape,
    assessment::{
        AssessOptions, Connectivity, Conversion, Elevation, Input, Prepared, height_findings, offset_findings,
    },
    dem::VerticalDatum,
    registration::{Method, RegistrationOptions},
    stable::StableGround,
    surface::Surface as CoreSurface,
    transformation::Transformation,
};
use overcut_io::{CogLayers, CogWriter, GridChoice, Harmonised, LicencesRead, batch::Dressing};
use pyo3::prelude::*;

use crate::{
    conversion::{transformations_of, unused},
    datum::parse_datum,
    error::{ParameterError, tile_unreadable, to_python},
    layer::{StatedLayer, layers_on},
    licence::LicenceTable,
    record::Record,
    surface::{Declared, Surface},
    watch::{Board, Watcher, watched},
};

/// Polygons or a raster that tell where the ground is stable.
pub(crate) type Stable = (Option<Py<LicenceTable>>, Option<Py<Surface>>);

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
    register: Option<String>,
    #[pyo3(item)]
    reference: usize,
    #[pyo3(item)]
    estimate_errors: bool,
    #[pyo3(item)]
    false_alarm: f64,
    #[pyo3(item)]
    corner_sigma_m: f64,
    #[pyo3(item)]
    vertical_datum: Option<String>,
    #[pyo3(item)]
    transformations: Vec<String>,
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
        let method = match self.register.as_deref() {
            None => None,
            Some("robust_least_squares") => Some(Method::RobustLeastSquares),
            Some("nuth_kaab") => Some(Method::NuthKaab),
            Some("vertical_only") => Some(Method::VerticalOnly),
            Some("quadratic") => Some(Method::Quadratic),
            Some(other) => {
                return Err(refused(
                    "register",
                    &format!("`{other}`"),
                    "True, False, `robust_least_squares`, `nuth_kaab`, `vertical_only` or `quadratic`",
                ));
            }
        };
        let options = AssessOptions::default()
            .confidence(self.confidence)
            .lod_m(self.lod_m)
            .connectivity(connectivity)
            .min_area_m2(self.min_area_m2)
            .min_depth_m(self.min_depth_m)
            .elevation(elevation)
            .register(method.is_some())
            .reference(self.reference)
            .registration(RegistrationOptions::default().method(method.unwrap_or_default()))
            .estimate_errors(self.estimate_errors)
            .false_alarm(self.false_alarm)
            .corner_sigma_m(self.corner_sigma_m)
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
pub(crate) struct Job {
    surfaces: Vec<Py<Surface>>,
    licences: Py<LicenceTable>,
    layers: Vec<StatedLayer>,
    stable: Stable,
    options: AssessOptions,
    grid: GridChoice,
    vertical_datum: Option<VerticalDatum>,
    transformations: Vec<Transformation>,
    elevation_tested: bool,
    rasters: Option<PathBuf>,
    overwrite: bool,
}

/// Assesses surfaces against licences.
#[pyfunction]
pub(crate) fn assess(
    py: Python<'_>,
    surfaces: Vec<Py<Surface>>,
    licences: Py<LicenceTable>,
    layers: Vec<StatedLayer>,
    stable: Stable,
    options: Options,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Record, Vec<PathBuf>)> {
    let job = Job::new(surfaces, licences, layers, stable, options)?;
    watched(py, progress.as_ref(), |board| job.run(board))?.map(|(assessment, files)| (Record::new(assessment), files))
}

/// What is known of the errors of each interval before anything is measured, as JSON.
#[pyfunction]
pub(crate) fn accuracy(
    py: Python<'_>,
    surfaces: Vec<Py<Surface>>,
    licences: Py<LicenceTable>,
    stable: Stable,
    options: Options,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Vec<String>)> {
    let job = Job::new(surfaces, licences, Vec::new(), stable, options)?;
    watched(py, progress.as_ref(), |_| job.accuracy())?
}

impl Job {
    pub(crate) fn new(
        surfaces: Vec<Py<Surface>>,
        licences: Py<LicenceTable>,
        layers: Vec<StatedLayer>,
        stable: Stable,
        options: Options,
    ) -> PyResult<Self> {
        if surfaces.len() < 2 {
            return Err(to_python(overcut::Error::TooFewSurfaces { found: surfaces.len() }.into()));
        }
        Ok(Self {
            options: options.core()?,
            grid: options.grid(surfaces.len())?,
            vertical_datum: options.vertical_datum.as_deref().map(parse_datum),
            transformations: transformations_of(&options.transformations)?,
            elevation_tested: options.elevation == "tested",
            rasters: options.rasters,
            overwrite: options.overwrite,
            surfaces,
            licences,
            layers,
            stable,
        })
    }

    /// The surfaces, with the datum stated for all of them.
    fn dated(&self) -> Vec<Declared<&dyn CoreSurface>> {
        let datum = self.vertical_datum.as_ref().unwrap_or(&VerticalDatum::Unknown);
        self.surfaces.iter().map(|surface| Declared::new(surface.get().core(), datum)).collect()
    }

    fn accuracy(&self) -> PyResult<(String, Vec<String>)> {
        let surfaces = self.dated();
        let harmonised =
            self.harmonise(surfaces.iter().map(|surface| surface as &dyn CoreSurface).collect(), &self.grid)?;
        let licences =
            self.licences.get().on_grid(&harmonised.crs, self.vertical_datum.as_ref(), &self.transformations)?;
        let stable = StableOnGrid::new(&self.stable, &harmonised)?;
        let on_grid: Vec<&dyn CoreSurface> = harmonised.surfaces.iter().map(AsRef::as_ref).collect();
        let input =
            Input { surfaces: &on_grid, licences: &licences.licences, layers: &[], stable_ground: stable.ground() };
        let (found, notes) = overcut::assessment::accuracy(&input, &self.options)
            .map_err(|error| to_python(overcut_io::Error::from_core(error)))?;
        let text = serde_json::to_string(&found).expect("results have no maps with keys that are not text");
        Ok((text, [harmonised.assumptions, notes].concat()))
    }

    fn run(&self, board: &Board) -> PyResult<(Assessment, Vec<PathBuf>)> {
        let unstated = VerticalDatum::Unknown;
        let default_datum = self.vertical_datum.as_ref().unwrap_or(&unstated);
        let surfaces = self.dated();
        let harmonised =
            self.harmonise(surfaces.iter().map(|surface| surface as &dyn CoreSurface).collect(), &self.grid)?;
        let licences =
            self.licences.get().on_grid(&harmonised.crs, self.vertical_datum.as_ref(), &self.transformations)?;

        let bounds: Vec<_> = self
            .layers
            .iter()
            .flat_map(StatedLayer::surfaces)
            .map(|surface| Declared::new(surface, default_datum))
            .collect();
        let bounds = self.on_grid_of(&harmonised, &bounds)?;
        let layers = layers_on(&self.layers, bounds.as_ref())?;

        let on_grid: Vec<&dyn CoreSurface> = harmonised.surfaces.iter().map(AsRef::as_ref).collect();
        let stable = StableOnGrid::new(&self.stable, &harmonised)?;
        let input =
            Input { surfaces: &on_grid, licences: &licences.licences, layers: &layers, stable_ground: stable.ground() };
        let rasters = self.rasters.as_deref().map(|directory| self.rasters(directory, &harmonised)).transpose()?;
        let mut watcher = Watcher::new(board, rasters);
        let mut assessment = overcut::assess(&input, &self.options, &mut watcher)
            .map_err(|error| to_python(overcut_io::Error::from_core(error)))?;
        let files = match watcher.into_rasters() {
            Some(rasters) => rasters.finish().map_err(to_python)?,
            None => Vec::new(),
        };

        let findings = offset_findings(&assessment);
        let (sentences, dressing) = self.beside(&harmonised, bounds.as_ref(), &licences)?;
        // Of all surfaces one is on its own grid; the others may still state the CRS that they came from.
        assessment.crs = Some(dressing.crs);
        assessment.licence_file = dressing.licence_file;
        assessment.conversions = dressing.conversions;
        assessment.assumptions.splice(0..0, [sentences, findings].concat());
        Ok((assessment, files))
    }

    /// Everything up to the pass, of a job without layers.
    pub(crate) fn prepare(&self) -> PyResult<(Prepared, Dressing)> {
        let surfaces = self.dated();
        let harmonised =
            self.harmonise(surfaces.iter().map(|surface| surface as &dyn CoreSurface).collect(), &self.grid)?;
        let licences =
            self.licences.get().on_grid(&harmonised.crs, self.vertical_datum.as_ref(), &self.transformations)?;
        let on_grid: Vec<&dyn CoreSurface> = harmonised.surfaces.iter().map(AsRef::as_ref).collect();
        let stable = StableOnGrid::new(&self.stable, &harmonised)?;
        let input =
            Input { surfaces: &on_grid, licences: &licences.licences, layers: &[], stable_ground: stable.ground() };
        let prepared = Prepared::new(&input, &self.options).map_err(reading)?;
        let (sentences, dressing) = self.beside(&harmonised, None, &licences)?;
        Ok((prepared.assuming(sentences), dressing))
    }

    /// What the record says beside figures: what was taken for granted, in sentences, and where things came from.
    fn beside(
        &self,
        harmonised: &Harmonised<'_>,
        bounds: Option<&Harmonised<'_>>,
        licences: &LicencesRead,
    ) -> PyResult<(Vec<String>, Dressing)> {
        let far = self.licences.get().far_from(&harmonised.crs, &harmonised.grid).map_err(to_python)?;
        let findings = if self.elevation_tested {
            height_findings(harmonised.surfaces[0].as_ref(), &licences.licences).map_err(reading)?
        } else {
            Vec::new()
        };
        let (of_heights, shifts) = self.shifts();
        let of_bounds = bounds.map(|bounds| bounds.conversions.clone()).unwrap_or_default();
        let conversions =
            [of_heights, harmonised.conversions.clone(), of_bounds, licences.conversions.clone()].concat();
        let of_layers = bounds.map(|bounds| bounds.assumptions.clone()).unwrap_or_default();
        let idle = unused(&self.transformations, &conversions);
        let sentences = [
            self.datum_assumption(),
            shifts,
            harmonised.assumptions.clone(),
            of_layers,
            licences.assumptions.clone(),
            idle,
            findings,
            far,
        ];
        let licence_file = self.licences.get().file(licences);
        Ok((sentences.concat(), Dressing { crs: harmonised.crs.clone(), licence_file, conversions }))
    }

    fn rasters(&self, directory: &Path, harmonised: &Harmonised<'_>) -> PyResult<CogWriter> {
        let dates: Vec<_> = harmonised.surfaces.iter().map(|surface| surface.info().date).collect();
        let intervals: Vec<_> = dates.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let what = CogLayers { dod: true, class: true, standing: true };
        CogWriter::create(directory, &harmonised.grid, Some(&harmonised.crs), &intervals, what, self.overwrite)
            .map_err(to_python)
    }

    fn harmonise<'a>(&self, surfaces: Vec<&'a dyn CoreSurface>, choice: &GridChoice) -> PyResult<Harmonised<'a>> {
        overcut_io::harmonise_with(surfaces, choice, &self.transformations).map_err(to_python)
    }

    /// The surfaces that bound layers, on the grid of the dated ones.
    fn on_grid_of<'a>(
        &self,
        dated: &Harmonised<'_>,
        bounds: &'a [Declared<&dyn CoreSurface>],
    ) -> PyResult<Option<Harmonised<'a>>> {
        if bounds.is_empty() {
            return Ok(None);
        }
        let choice = GridChoice::Given { grid: dated.grid, crs: dated.crs.wkt.clone() };
        self.harmonise(bounds.iter().map(|bound| bound as &dyn CoreSurface).collect(), &choice).map(Some)
    }

    /// What was done to the heights of all surfaces: records and sentences.
    fn shifts(&self) -> (Vec<Conversion>, Vec<String>) {
        let of_layers = self.layers.iter().flat_map(StatedLayer::stored);
        let stored = self.surfaces.iter().map(Py::get).chain(of_layers);
        stored.flat_map(Surface::done).cloned().unzip()
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

/// Stable ground that the caller names, on the common grid.
struct StableOnGrid<'a> {
    polygons: Option<Vec<Polygon<f64>>>,
    raster: Option<Harmonised<'a>>,
}

impl<'a> StableOnGrid<'a> {
    fn new((polygons, raster): &'a Stable, dated: &Harmonised<'_>) -> PyResult<Self> {
        let polygons = match polygons {
            Some(table) => {
                let read = table.get().on_grid(&dated.crs, None, &[])?;
                let parts = read.licences.iter().flat_map(|licence| &licence.parts);
                Some(parts.map(|part| part.polygon.clone()).collect())
            }
            None => None,
        };
        let choice = GridChoice::Given { grid: dated.grid, crs: dated.crs.wkt.clone() };
        let raster = match raster {
            Some(surface) => Some(harmonise(vec![surface.get().core()], &choice)?),
            None => None,
        };
        Ok(Self { polygons, raster })
    }

    fn ground(&self) -> StableGround<'_> {
        match (&self.polygons, &self.raster) {
            (Some(polygons), _) => StableGround::Polygons(polygons),
            (None, Some(raster)) => StableGround::Raster(raster.surfaces[0].as_ref()),
            (None, None) => StableGround::Auto,
        }
    }
}

/// The exception for an error of the core; one of reading names what was read, which may be one tile of many.
fn reading(error: overcut::Error) -> PyErr {
    let read = match &error {
        overcut::Error::Surface { surface, .. } => Some(surface.clone()),
        _ => None,
    };
    let exception = to_python(overcut_io::Error::from_core(error));
    match read {
        Some(path) => tile_unreadable(path, &exception),
        None => exception,
    }
}

fn harmonise<'a>(surfaces: Vec<&'a dyn CoreSurface>, choice: &GridChoice) -> PyResult<Harmonised<'a>> {
    overcut_io::harmonise(surfaces, choice).map_err(to_python)
}

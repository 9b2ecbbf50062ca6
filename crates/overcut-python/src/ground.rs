//! Surfaces as the volume methods see them: a registered window of a raster, or survey points.

use geo::{MultiPolygon, Polygon};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use overcut::{
    GridGeometry, GridShape,
    assessment::Assessment,
    dem::CrsRecord,
    registration::Correction,
    surface::Surface as CoreSurface,
    volume::{self, Facets, Lattice, Line, Tin, TinOptions},
};
use overcut_io::GridChoice;
use pyo3::prelude::*;

use crate::{
    error::{NoOverlapError, ParameterError, to_python},
    record::Record,
    surface::Surface,
};

pub(crate) type Ring = Vec<(f64, f64)>;
pub(crate) type Rings = Vec<Vec<Ring>>;
/// `(west, north, dx, dy, rows, cols)`.
pub(crate) type GridTuple = (f64, f64, f64, f64, usize, usize);

enum Kind {
    Lattice(Lattice, GridGeometry),
    Tin(Tin),
}

/// A surface of triangles, counted from a local origin.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct Ground {
    kind: Kind,
    pub(crate) origin: [f64; 2],
}

impl Ground {
    pub(crate) fn facets(&self) -> &dyn Facets {
        match &self.kind {
            Kind::Lattice(lattice, _) => lattice,
            Kind::Tin(tin) => tin,
        }
    }

    /// Grid and heights, if they came from one.
    pub(crate) fn cells(&self) -> PyResult<(&GridGeometry, &[f64])> {
        match &self.kind {
            Kind::Lattice(lattice, grid) => Ok((grid, lattice.heights())),
            Kind::Tin(_) => Err(ParameterError::new_err("survey points have no cells; make a grid of them first")),
        }
    }
}

#[pymethods]
impl Ground {
    /// A window of a surface around bounds (west, south, east, north), on the grid of an assessment and registered as in it, or on
    /// the surface's own grid.
    #[staticmethod]
    #[pyo3(signature = (surface, bounds, margin, registered = None, grid = None))]
    fn window(
        py: Python<'_>,
        surface: Py<Surface>,
        bounds: Option<[f64; 4]>,
        margin: usize,
        registered: Option<(Py<Record>, Option<usize>)>,
        grid: Option<Py<Surface>>,
    ) -> PyResult<Self> {
        py.detach(|| {
            let surface = surface.get().core();
            match (&registered, &grid) {
                (Some((record, position)), _) => {
                    let assessment = record.get().assessment();
                    let correction = position.and_then(|at| volume::corrections(assessment).get(at).copied());
                    let choice = GridChoice::Given { grid: assessment.grid, crs: crs_of(assessment)?.wkt.clone() };
                    on_grid(surface, &choice, &correction.unwrap_or_default(), bounds, margin)
                }
                (None, Some(like)) => {
                    let like = like.get().core();
                    let crs = like.info().crs.as_ref().map(|crs| crs.wkt.clone()).unwrap_or_default();
                    let choice = GridChoice::Given { grid: *like.grid(), crs };
                    on_grid(surface, &choice, &Correction::default(), bounds, margin)
                }
                (None, None) => corrected(surface, &Correction::default(), bounds, margin),
            }
        })
    }

    /// Survey points and breaklines, in world coordinates.
    #[staticmethod]
    #[pyo3(signature = (points, breaklines, origin, max_edge_m = None))]
    fn tin(
        py: Python<'_>,
        points: PyReadonlyArray2<'_, f64>,
        breaklines: Vec<PyReadonlyArray2<'_, f64>>,
        origin: [f64; 2],
        max_edge_m: Option<f64>,
    ) -> PyResult<Self> {
        let points = triples(&points)?;
        let breaklines = breaklines.iter().map(triples).collect::<PyResult<Vec<_>>>()?;
        let tin = py
            .detach(|| Tin::new(&points, &breaklines, origin, &TinOptions { max_edge_m }))
            .map_err(|error| to_python(error.into()))?;
        Ok(Self { kind: Kind::Tin(tin), origin })
    }

    /// Survey points of the same surface, counted from the same origin, and registered as in an assessment.
    #[pyo3(signature = (points, breaklines, max_edge_m = None, registered = None))]
    fn with_points(
        &self,
        py: Python<'_>,
        points: PyReadonlyArray2<'_, f64>,
        breaklines: Vec<PyReadonlyArray2<'_, f64>>,
        max_edge_m: Option<f64>,
        registered: Option<(Py<Record>, Option<usize>)>,
    ) -> PyResult<Self> {
        let correction = registered
            .and_then(|(record, position)| volume::corrections(record.get().assessment()).get(position?).copied())
            .unwrap_or_default();
        let moved = |points: Vec<[f64; 3]>| -> Vec<[f64; 3]> {
            points.into_iter().map(|point| volume::moved(&correction, point)).collect()
        };
        let points = moved(triples(&points)?);
        let breaklines: Vec<_> = breaklines.iter().map(|line| triples(line).map(moved)).collect::<PyResult<_>>()?;
        let tin = py
            .detach(|| Tin::new(&points, &breaklines, self.origin, &TinOptions { max_edge_m }))
            .map_err(|error| to_python(error.into()))?;
        Ok(Self { kind: Kind::Tin(tin), origin: self.origin })
    }

    /// What was found while points were joined, as JSON; `None` for a raster.
    #[getter]
    fn summary(&self) -> Option<String> {
        match &self.kind {
            Kind::Tin(tin) => Some(json(tin.summary())),
            Kind::Lattice(..) => None,
        }
    }

    /// Grid of a raster window; `None` for survey points.
    #[getter]
    fn grid(&self) -> Option<GridTuple> {
        match &self.kind {
            Kind::Lattice(_, grid) => Some((grid.west, grid.north, grid.dx, grid.dy, grid.shape.rows, grid.shape.cols)),
            Kind::Tin(_) => None,
        }
    }

    /// Heights of a raster window, or of survey points on a grid; NaN where there is none.
    #[pyo3(signature = (grid = None))]
    fn heights<'py>(&self, py: Python<'py>, grid: Option<GridTuple>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (shape, heights) = match (&self.kind, grid) {
            (Kind::Lattice(lattice, grid), _) => (grid.shape, lattice.heights().to_vec()),
            (Kind::Tin(tin), Some(grid)) => {
                let grid = geometry(grid)?;
                (grid.shape, py.detach(|| tin.to_grid(&grid, self.origin)))
            }
            (Kind::Tin(_), None) => return Err(ParameterError::new_err("survey points have no cells of their own")),
        };
        PyArray1::from_vec(py, heights).reshape([shape.rows, shape.cols])
    }

    /// Number of triangles.
    #[getter]
    fn triangles(&self) -> usize {
        (0..self.facets().count()).filter(|number| self.facets().facet(*number).is_some()).count()
    }

    /// Points of the surface: `(n, 3)`, in world coordinates; cell centres of a raster window.
    fn points<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let flat: Vec<f64> = match &self.kind {
            Kind::Tin(tin) => {
                tin.parts().0.iter().flat_map(|[x, y, z]| [x + self.origin[0], y + self.origin[1], *z]).collect()
            }
            Kind::Lattice(lattice, grid) => lattice
                .heights()
                .iter()
                .enumerate()
                .filter(|(_, height)| !height.is_nan())
                .flat_map(|(cell, height)| {
                    let (row, col) = (cell / grid.shape.cols, cell % grid.shape.cols);
                    let (x, y) = grid.to_world(col as f64 + 0.5, row as f64 + 0.5);
                    [x, y, *height]
                })
                .collect(),
        };
        let count = flat.len() / 3;
        PyArray1::from_vec(py, flat).reshape([count, 3])
    }

    fn __repr__(&self) -> String {
        match &self.kind {
            Kind::Lattice(_, grid) => format!("<Ground {grid}>"),
            Kind::Tin(tin) => format!("<Ground of {} triangles>", tin.count()),
        }
    }
}

type ProfileArrays<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>, (f64, f64));

/// Heights of several surfaces along a line of corners, wherever one of them bends: `(distance, x, y)` and the heights, one column
/// for each surface, then the square of the steepest slope of the first two; and
/// the areas removed and added between these.
#[pyfunction]
pub(crate) fn profile(
    py: Python<'_>,
    grounds: Vec<Py<Ground>>,
    corners: Vec<(f64, f64)>,
) -> PyResult<ProfileArrays<'_>> {
    let origin = grounds.first().map_or([0.0; 2], |ground| ground.get().origin);
    let lines: Vec<Line> = corners
        .windows(2)
        .filter_map(|pair| {
            let [from, to] = [pair[0], pair[1]].map(|(x, y)| [x - origin[0], y - origin[1]]);
            Line::between(from, to)
        })
        .collect();
    if lines.is_empty() {
        return Err(ParameterError::new_err("a section needs a line of at least two different points"));
    }
    let (places, heights, areas) = py.detach(|| {
        let (mut places, mut heights, mut start) = (Vec::new(), Vec::new(), 0.0);
        let mut areas = (0.0, 0.0);
        for line in &lines {
            along(&grounds, line, start, origin, &mut places, &mut heights);
            start += line.length_m;
            if let [before, after, ..] = &grounds[..] {
                let (cut, fill) = volume::areas_along(before.get().facets(), after.get().facets(), line);
                areas = (areas.0 + cut, areas.1 + fill);
            }
        }
        (places, heights, areas)
    });
    let rows = places.len() / 3;
    Ok((
        PyArray1::from_vec(py, places).reshape([rows, 3])?,
        PyArray1::from_vec(py, heights).reshape([rows, grounds.len() + 1])?,
        areas,
    ))
}

fn along(
    grounds: &[Py<Ground>],
    line: &Line,
    start: f64,
    origin: [f64; 2],
    places: &mut Vec<f64>,
    heights: &mut Vec<f64>,
) {
    let stretches: Vec<_> = grounds.iter().map(|ground| volume::stretches(ground.get().facets(), line)).collect();
    let mut stops: Vec<f64> =
        stretches.iter().flatten().flat_map(|each| [each.from_m, each.to_m]).chain([0.0, line.length_m]).collect();
    stops.sort_by(f64::total_cmp);
    // Closer than a tenth of a millimetre, two bends are one.
    stops.dedup_by(|later, earlier| *later - *earlier < 1e-4);
    for stop in stops {
        let at: [f64; 2] = std::array::from_fn(|axis| line.from[axis] + stop * line.along[axis] + origin[axis]);
        places.extend([start + stop, at[0], at[1]]);
        let mut slope_squared = f64::NAN;
        for (number, stretches) in stretches.iter().enumerate() {
            let next = stretches.partition_point(|each| each.to_m < stop - 1e-4);
            match stretches.get(next).filter(|each| each.from_m <= stop + 1e-4) {
                Some(found) => {
                    heights.push(found.at(stop.clamp(found.from_m, found.to_m)));
                    if number < 2 {
                        slope_squared = slope_squared.max(found.slope_squared);
                    }
                }
                None => heights.push(f64::NAN),
            }
        }
        heights.push(slope_squared);
    }
}

/// Level of detection of an interval at squares of slopes, m; from the error model of the record.
#[pyfunction]
pub(crate) fn detection_levels(record: Py<Record>, interval: usize, slopes_squared: Vec<f64>) -> PyResult<Vec<f64>> {
    let assessment = record.get().assessment();
    let Some(interval) = assessment.intervals.get(interval) else {
        return Err(ParameterError::new_err(format!(
            "interval is {interval}; the record has {}",
            assessment.intervals.len()
        )));
    };
    let accuracy = &interval.accuracy;
    Ok(match (&accuracy.error_model, &accuracy.detection) {
        (Some(model), Some(detection)) => slopes_squared
            .into_iter()
            .map(|slope| detection.certain * model.sigma.variance_m2(if slope.is_nan() { 0.0 } else { slope }).sqrt())
            .collect(),
        _ => vec![interval.lod_m; slopes_squared.len()],
    })
}

pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("results have no maps with keys that are not text")
}

pub(crate) fn geometry((west, north, dx, dy, rows, cols): GridTuple) -> PyResult<GridGeometry> {
    GridGeometry::new(west, north, dx, dy, GridShape { rows, cols }).map_err(|error| to_python(error.into()))
}

pub(crate) fn polygons(rings: Rings) -> MultiPolygon<f64> {
    let polygon = |rings: Vec<Ring>| {
        let mut rings = rings.into_iter().map(geo::LineString::from);
        let outer = rings.next().unwrap_or_else(|| geo::LineString::new(Vec::new()));
        Polygon::new(outer, rings.collect())
    };
    rings.into_iter().map(polygon).collect()
}

pub(crate) fn triples(array: &PyReadonlyArray2<'_, f64>) -> PyResult<Vec<[f64; 3]>> {
    if array.shape()[1] != 3 {
        return Err(ParameterError::new_err(format!(
            "points have {} columns; expected x, y and height",
            array.shape()[1]
        )));
    }
    Ok(array.as_array().rows().into_iter().map(|row| [row[0], row[1], row[2]]).collect())
}

fn crs_of(assessment: &Assessment) -> PyResult<&CrsRecord> {
    assessment.crs.as_ref().ok_or_else(|| ParameterError::new_err("the record of the assessment names no CRS"))
}

fn on_grid(
    surface: &dyn CoreSurface,
    choice: &GridChoice,
    correction: &Correction,
    bounds: Option<[f64; 4]>,
    margin: usize,
) -> PyResult<Ground> {
    let harmonised = overcut_io::harmonise(vec![surface], choice).map_err(to_python)?;
    corrected(harmonised.surfaces[0].as_ref(), correction, bounds, margin)
}

fn corrected(
    surface: &dyn CoreSurface,
    correction: &Correction,
    bounds: Option<[f64; 4]>,
    margin: usize,
) -> PyResult<Ground> {
    let grid = surface.grid();
    let window = match bounds {
        None => grid.window(),
        Some(bounds) => volume::window_of(grid, bounds, margin).ok_or_else(|| {
            let [west, south, east, north] = bounds;
            NoOverlapError::new_err(format!(
                "the region (x {west:.1} to {east:.1}, y {south:.1} to {north:.1}) lies beyond the surfaces ({grid}); check its CRS"
            ))
        })?,
    };
    let heights = volume::corrected_heights(surface, correction, window)
        .map_err(|error| to_python(overcut_io::Error::from_core(error)))?;
    let part = volume::grid_of(grid, window);
    // One origin for all windows of a grid: whole metres near its north-western corner.
    let origin = [grid.west.floor(), grid.north.floor()];
    Ok(Ground { kind: Kind::Lattice(Lattice::new(&part, heights, origin), part), origin })
}

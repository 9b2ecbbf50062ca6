//! Volumes by cells, triangles and sections, and made ground: handles in, JSON or arrays out.

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use overcut::{
    Band,
    reconstruct::{self, Field, HeldOutOptions, Method},
    volume::{self, Region, SectionOptions},
};
use pyo3::prelude::*;

use crate::{
    error::{ParameterError, to_python},
    ground::{GridTuple, Ground, Rings, geometry, json, polygons, triples},
};

type Limits = Option<(f64, f64)>;

fn band(limits: Limits) -> PyResult<Option<Band>> {
    match limits {
        Some((floor_m, ceiling_m)) if floor_m < ceiling_m => Ok(Some(Band { floor_m, ceiling_m })),
        Some((floor_m, ceiling_m)) => Err(ParameterError::new_err(format!(
            "band is {floor_m} to {ceiling_m} m; expected the floor, then a higher ceiling"
        ))),
        None => Ok(None),
    }
}

fn both<T: Send>(
    py: Python<'_>,
    before: &Py<Ground>,
    after: &Py<Ground>,
    rings: Rings,
    work: impl FnOnce(&Ground, &Ground, &Region) -> overcut::Result<T> + Send,
) -> PyResult<T> {
    let (before, after) = (before.get(), after.get());
    if before.origin.map(f64::to_bits) != after.origin.map(f64::to_bits) {
        return Err(ParameterError::new_err("the two surfaces are counted from different origins"));
    }
    py.detach(|| work(before, after, &Region::new(&polygons(rings), before.origin)?))
        .map_err(|error| to_python(error.into()))
}

/// By exact prisms between triangles, as JSON.
#[pyfunction]
pub(crate) fn prism_volume(
    py: Python<'_>,
    before: Py<Ground>,
    after: Py<Ground>,
    region: Rings,
    limits: Limits,
) -> PyResult<String> {
    let band = band(limits)?;
    both(py, &before, &after, region, |before, after, region| {
        Ok(json(&volume::prisms(before.facets(), after.facets(), region, band)))
    })
}

/// By parallel vertical sections, as JSON.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
pub(crate) fn section_volume(
    py: Python<'_>,
    before: Py<Ground>,
    after: Py<Ground>,
    region: Rings,
    limits: Limits,
    azimuth_deg: f64,
    spacing_m: f64,
    offset_m: f64,
) -> PyResult<String> {
    let band = band(limits)?;
    let options = SectionOptions { azimuth_deg, spacing_m, offset_m };
    both(py, &before, &after, region, |before, after, region| {
        volume::sections(before.facets(), after.facets(), region, band, before.origin, &options)
            .map(|found| json(&found))
    })
}

/// By level sections, as JSON.
#[pyfunction]
pub(crate) fn bench_volume(
    py: Python<'_>,
    before: Py<Ground>,
    after: Py<Ground>,
    region: Rings,
    limits: Limits,
    bench_m: f64,
) -> PyResult<String> {
    let band = band(limits)?;
    both(py, &before, &after, region, |before, after, region| {
        volume::benches(before.facets(), after.facets(), region, band, bench_m).map(|found| json(&found))
    })
}

/// By cells, as JSON.
#[pyfunction]
pub(crate) fn cell_volume(
    py: Python<'_>,
    before: Py<Ground>,
    after: Py<Ground>,
    region: Rings,
    limits: Limits,
) -> PyResult<String> {
    let band = band(limits)?;
    let ((grid, earlier), (_, later)) = (before.get().cells()?, after.get().cells()?);
    if earlier.len() != later.len() {
        return Err(ParameterError::new_err("the two windows have different cells"));
    }
    let found = py.detach(|| volume::cells(grid, earlier, later, &polygons(region), band));
    found.map(|found| json(&found)).map_err(|error| to_python(error.into()))
}

/// Errors at points that were left out, as JSON.
#[pyfunction]
#[pyo3(signature = (points, groups, breaklines, origin, folds, seed))]
pub(crate) fn leave_out(
    py: Python<'_>,
    points: PyReadonlyArray2<'_, f64>,
    groups: Option<PyReadonlyArray1<'_, u64>>,
    breaklines: Vec<PyReadonlyArray2<'_, f64>>,
    origin: [f64; 2],
    folds: usize,
    seed: u64,
) -> PyResult<String> {
    let points = triples(&points)?;
    let breaklines = breaklines.iter().map(triples).collect::<PyResult<Vec<_>>>()?;
    let groups: Option<Vec<u64>> = groups.map(|groups| groups.as_array().iter().copied().collect());
    let found = py.detach(|| volume::leave_out(&points, groups.as_deref(), &breaklines, origin, (folds, seed)));
    found.map(|found| json(&found)).map_err(|error| to_python(error.into()))
}

type Reconstructed<'py> = (Bound<'py, PyArray1<u64>>, Bound<'py, PyArray1<f64>>, String);

/// Heights inside one patch: cells, heights, and as JSON the errors of held-out windows and the adjustment of a regional surface.
#[pyfunction]
#[pyo3(signature = (heights, grid, patch, disturbed, *, method, regional, margin, rim_m, windows, seed, confidence))]
#[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
pub(crate) fn reconstruct_patch<'py>(
    py: Python<'py>,
    heights: PyReadonlyArray2<'py, f64>,
    grid: GridTuple,
    patch: Rings,
    disturbed: Rings,
    method: &str,
    regional: Option<PyReadonlyArray2<'py, f64>>,
    margin: usize,
    rim_m: f64,
    windows: usize,
    seed: u64,
    confidence: f64,
) -> PyResult<Reconstructed<'py>> {
    let method = match method {
        "thin_plate" | "regional" => Method::ThinPlate,
        "laplace" => Method::Laplace,
        "natural_neighbour" => Method::NaturalNeighbour,
        other => {
            return Err(ParameterError::new_err(format!(
                "method is `{other}`; expected thin_plate, laplace, natural_neighbour or regional"
            )));
        }
    };
    let grid = geometry(grid)?;
    let heights: Vec<f64> = heights.as_array().iter().copied().collect();
    let regional: Option<Vec<f64>> = regional.map(|regional| regional.as_array().iter().copied().collect());
    if heights.len() != grid.shape.cells() || regional.as_ref().is_some_and(|each| each.len() != heights.len()) {
        return Err(ParameterError::new_err("heights do not fit the grid"));
    }
    let found = py.detach(|| {
        let inside = reconstruct::touched(&grid, &polygons(patch), margin)?;
        let mut spoilt = reconstruct::touched(&grid, &polygons(disturbed), margin)?;
        spoilt.iter_mut().zip(&inside).for_each(|(spoilt, inside)| *spoilt |= inside);
        let footprint: Vec<usize> = (0..inside.len()).filter(|cell| inside[*cell]).collect();
        if footprint.is_empty() {
            return Err(overcut::Error::InvalidRegion { why: "it touches no cell of the surface".to_owned() });
        }
        let field = Field { grid: &grid, heights: &heights, disturbed: &spoilt };
        let (made, adjustment) = match &regional {
            Some(regional) => {
                let (made, adjustment) = reconstruct::fill_from(&field, regional, &footprint, rim_m)?;
                (made, Some(adjustment))
            }
            None => (reconstruct::fill(&field, &footprint, rim_m, method)?, None),
        };
        let options = HeldOutOptions { windows, seed, confidence, rim_m };
        let held_out = reconstruct::hold_out(&field, regional.as_deref(), &footprint, method, &options)?;
        Ok((footprint, made, json(&(held_out, adjustment))))
    });
    let (footprint, made, text) = found.map_err(|error: overcut::Error| to_python(error.into()))?;
    let cells = footprint.into_iter().map(|cell| cell as u64).collect();
    Ok((PyArray1::from_vec(py, cells), PyArray1::from_vec(py, made), text))
}

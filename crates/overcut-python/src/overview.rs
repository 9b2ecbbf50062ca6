//! Pictures of surfaces on the common grid.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use overcut::{GridGeometry, GridShape};
use overcut_io::{GridChoice, Summing, harmonise};
use pyo3::prelude::*;

use crate::{
    error::{ParameterError, to_python},
    surface::Surface,
};

/// Values of a surface on a grid, squares of `step` x `step` cells made one; NaN = no data.
///
/// `grid` is `(west, north, dx, dy, rows, cols)`, `how` "mean" or "commonest".
#[pyfunction]
pub(crate) fn overview<'py>(
    py: Python<'py>,
    surface: &Surface,
    grid: (f64, f64, f64, f64, usize, usize),
    crs: &str,
    step: usize,
    how: &str,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let summing = match how {
        "mean" => Summing::Mean,
        "commonest" => Summing::Commonest,
        other => return Err(ParameterError::new_err(format!("how is `{other}`; expected `mean` or `commonest`"))),
    };
    let (west, north, dx, dy, rows, cols) = grid;
    let (shape, values) = py
        .detach(|| {
            let grid = GridGeometry::new(west, north, dx, dy, GridShape { rows, cols })?;
            let on_grid = harmonise(vec![surface.core()], &GridChoice::Given { grid, crs: crs.to_owned() })?;
            overcut_io::overview(on_grid.surfaces[0].as_ref(), step, summing).map_err(overcut_io::Error::from_core)
        })
        .map_err(to_python)?;
    PyArray1::from_vec(py, values).reshape([shape.rows, shape.cols])
}

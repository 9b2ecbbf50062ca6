//! What a file is, what a CRS is, which versions are at work.

use pyo3::prelude::*;

use crate::error::{ParameterError, to_python};

/// What a raster is, and what would stop an assessment of it, as JSON text.
#[pyfunction]
pub(crate) fn raster_info(py: Python<'_>, path: &str) -> PyResult<String> {
    let info = py.detach(|| overcut_io::raster_info(path)).map_err(to_python)?;
    serde_json::to_string(&info).map_err(|error| ParameterError::new_err(error.to_string()))
}

/// `(code, name, WKT)` of a CRS from any text that PROJ takes.
#[pyfunction]
pub(crate) fn crs_record(py: Python<'_>, definition: &str) -> PyResult<(Option<String>, String, String)> {
    let record = py.detach(|| overcut_io::crs_record(definition)).map_err(to_python)?;
    Ok((record.code, record.name, record.wkt))
}

/// Versions of the libraries at work, by name.
#[pyfunction]
pub(crate) fn versions() -> Vec<(&'static str, String)> {
    overcut_io::versions()
}

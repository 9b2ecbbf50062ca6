//! The whole result: JSON text for Python's tables, and the writers.

use std::path::PathBuf;

use overcut::Assessment;
use pyo3::prelude::*;

use crate::error::{ParameterError, to_python};

/// A finished assessment.
#[pyclass(frozen, module = "overcut._overcut")]
pub(crate) struct Record {
    assessment: Assessment,
}

impl Record {
    pub(crate) fn new(assessment: Assessment) -> Self {
        Self { assessment }
    }

    pub(crate) fn assessment(&self) -> &Assessment {
        &self.assessment
    }
}

#[pymethods]
impl Record {
    /// Reads the JSON that `write_json` wrote.
    #[staticmethod]
    fn read_json(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| overcut_io::read_json(&path)).map(Self::new).map_err(to_python)
    }

    /// Takes the text that `to_json` gave.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        serde_json::from_str(text)
            .map(Self::new)
            .map_err(|error| ParameterError::new_err(format!("this text is not the record of an assessment: {error}")))
    }

    /// The same figures, with the JSON text that says how to ask for them again.
    fn with_provenance(&self, text: &str) -> PyResult<Self> {
        let provenance = serde_json::from_str(text)
            .map_err(|error| ParameterError::new_err(format!("this text is not JSON: {error}")))?;
        Ok(Self::new(Assessment { provenance: Some(provenance), ..self.assessment.clone() }))
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| serde_json::to_string(&self.assessment))
            .map_err(|error| ParameterError::new_err(format!("the record cannot be written as JSON: {error}")))
    }

    fn write_json(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        py.detach(|| overcut_io::write_json(&self.assessment, &path, overwrite)).map_err(to_python)
    }

    fn write_gpkg(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        py.detach(|| overcut_io::write_gpkg(&self.assessment, &path, overwrite)).map_err(to_python)
    }

    fn write_csv(&self, py: Python<'_>, directory: PathBuf, overwrite: bool) -> PyResult<Vec<PathBuf>> {
        py.detach(|| overcut_io::write_csv(&self.assessment, &directory, overwrite)).map_err(to_python)
    }
}

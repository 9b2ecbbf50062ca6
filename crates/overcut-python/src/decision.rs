//! Is a limit exceeded?

use overcut::uncertainty::Verdict;
use pyo3::prelude::*;

use crate::error::ParameterError;

/// `surely_over`, `possibly` or `surely_not`: a value with its standard deviation against a limit at a confidence.
#[pyfunction]
pub(crate) fn decide(value: f64, sigma: f64, limit: f64, confidence: f64) -> PyResult<&'static str> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(ParameterError::new_err(format!(
            "confidence is {confidence}; expected a number between 0 and 1, such as 0.95"
        )));
    }
    Ok(match overcut::uncertainty::decide(value, sigma, limit, confidence) {
        Verdict::SurelyOver => "surely_over",
        Verdict::Possibly => "possibly",
        Verdict::SurelyNot => "surely_not",
    })
}

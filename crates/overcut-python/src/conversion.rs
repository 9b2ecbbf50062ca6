//! Transformations and height shifts as they cross the border: as JSON, checked here and carried as text.

use overcut::{
    assessment::{Conversion, Done},
    heights::{HeightShift, Shift},
    transformation::{Method, Transformation},
};
use overcut_io::{CoordinateOperation, crs};
use pyo3::prelude::*;

use crate::{
    datum::parse_datum,
    error::{ParameterError, to_python},
};

type Point = (String, Vec<f64>, Vec<f64>);

fn parsed<'t, T: serde::Deserialize<'t>>(text: &'t str, what: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| ParameterError::new_err(format!("this is not {what}: {error}")))
}

fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("records have no maps with keys that are not text")
}

pub(crate) fn transformations_of(texts: &[String]) -> PyResult<Vec<Transformation>> {
    texts.iter().map(|text| parsed(text, "the record of a transformation")).collect()
}

pub(crate) fn height_shift_of(text: &str) -> PyResult<HeightShift> {
    parsed(text, "the record of a height shift")
}

/// Sentences on transformations that were given and led nowhere.
pub(crate) fn unused(given: &[Transformation], done: &[Conversion]) -> Vec<String> {
    let used =
        |by: &Transformation| done.iter().any(|each| matches!(&each.done, Done::Transformation(used) if used == by));
    let idle = given.iter().filter(|by| !used(by));
    idle.map(|by| {
        format!(
            "the transformation from {} to {} (source: {}) was given, but nothing had to be brought from the one datum to the \
             other",
            by.from.name, by.to.name, by.source
        )
    })
    .collect()
}

/// Checks a transformation, or estimates one from points; gives its record.
#[pyfunction]
pub(crate) fn transformation(
    py: Python<'_>,
    from_crs: &str,
    to_crs: &str,
    method: &str,
    source: &str,
    points: Vec<Point>,
) -> PyResult<String> {
    let method: Method = parsed(method, "a method of transformation")?;
    let made = py.detach(|| crs::from_points(from_crs, to_crs, method, source, points));
    made.map(|made| written(&made)).map_err(to_python)
}

/// Checks a height shift, or finds the one that is known (without `shift`); gives its record.
#[pyfunction]
pub(crate) fn height_shift(
    from_datum: &str,
    to_datum: &str,
    shift: Option<&str>,
    source: Option<&str>,
) -> PyResult<String> {
    let (from, to) = (parse_datum(from_datum), parse_datum(to_datum));
    let made = match shift {
        None => HeightShift::known(&from, &to),
        Some(shift) => {
            let shift: Shift = parsed(shift, "a height shift")?;
            let made = HeightShift { from, to, shift, source: source.unwrap_or_default().to_owned() };
            made.validate().map(|()| made)
        }
    };
    made.map(|made| written(&made)).map_err(|error| to_python(error.into()))
}

/// Transforms points, east first, by the best operation or a stated transformation; gives its description too.
#[pyfunction]
pub(crate) fn transform_points(
    py: Python<'_>,
    from_crs: &str,
    to_crs: &str,
    transformations: Vec<String>,
    points: Vec<(f64, f64)>,
) -> PyResult<(Vec<(f64, f64)>, String)> {
    let stated = transformations_of(&transformations)?;
    let mut points = points;
    py.detach(|| {
        let (operation, _) = CoordinateOperation::with(from_crs, to_crs, &stated)?;
        operation.transform(&mut points)?;
        Ok((points, operation.description().to_owned()))
    })
    .map_err(to_python)
}

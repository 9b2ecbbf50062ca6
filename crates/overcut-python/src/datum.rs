//! Vertical datums and dates as they cross the border: words and ISO text.

use jiff::civil::Date;
use overcut::dem::VerticalDatum;

/// The datum that a word means: the words are the same for surfaces and licences.
pub(crate) use overcut_io::licences::vertical_datum as parse_datum;
use pyo3::PyResult;

use crate::error::DateError;

/// The word of a datum; `None` if it is not declared.
pub(crate) fn datum_word(datum: &VerticalDatum) -> Option<String> {
    match datum {
        VerticalDatum::Unknown => None,
        VerticalDatum::Normal1985 => Some("1985".to_owned()),
        VerticalDatum::Normal1956 => Some("1956".to_owned()),
        VerticalDatum::Ellipsoidal => Some("ellipsoidal".to_owned()),
        VerticalDatum::Egm96 => Some("egm96".to_owned()),
        VerticalDatum::Egm2008 => Some("egm2008".to_owned()),
        VerticalDatum::Named(name) => Some(name.clone()),
    }
}

/// A day from ISO text.
pub(crate) fn parse_date(text: &str) -> PyResult<Date> {
    text.parse().map_err(|error| DateError::new_err(format!("`{text}` is not a date; write it as 2021-05-01: {error}")))
}

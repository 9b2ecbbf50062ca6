//! Vertical datums and dates as they cross the border: words and ISO text.

use jiff::civil::Date;
use overcut::dem::VerticalDatum;
use pyo3::PyResult;

use crate::error::DateError;

/// The datum that a word means; every word that is not known names a datum of its own, equal only to itself.
pub(crate) fn parse_datum(word: &str) -> VerticalDatum {
    let plain: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.as_str() {
        "" | "unknown" => VerticalDatum::Unknown,
        "1985" | "normal1985" | "epsg5737" | "1985国家高程基准" | "国家85高程" | "85高程" => {
            VerticalDatum::Normal1985
        }
        "1956" | "normal1956" | "epsg5736" | "1956黄海高程系" | "1956年黄海高程系" => {
            VerticalDatum::Normal1956
        }
        "ellipsoidal" | "ellipsoid" | "大地高" => VerticalDatum::Ellipsoidal,
        "egm96" | "epsg5773" => VerticalDatum::Egm96,
        "egm2008" | "epsg3855" => VerticalDatum::Egm2008,
        _ => VerticalDatum::Named(word.trim().to_owned()),
    }
}

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

//! What takes coordinates from one datum to another where no authority lists an operation: parameters that are given, or
//! estimated from common points.
//!
//! Here stand the formulas and the record; between them and the projections PROJ is needed, which is in `overcut-io`.

mod helmert;
mod points;
mod similarity;

use serde::{Deserialize, Serialize};

pub use helmert::{Convention, Helmert};
pub use points::{CommonPoint, Fit, Residuals, fit_helmert, fit_similarity, judge, without};
pub use similarity::{Axes, Similarity};

use crate::{
    dem::CrsRecord,
    error::{Error, Result},
};

/// A rotation of one radian, in seconds of arc.
pub const ARCSEC_PER_RADIAN: f64 = 648_000.0 / std::f64::consts::PI;

/// How coordinates are taken from one datum to the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Method {
    /// Plane similarity between two projected CRSs.
    FourParameters(Similarity),
    /// Shift, rotations and scale between geocentric coordinates.
    SevenParameters(Helmert),
    /// Somebody competent has done it: the coordinates are in the target CRS already.
    OfficiallyConverted,
}

/// A transformation with all that a reader needs to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformation {
    /// CRS of the coordinates that go in: of plane parameters exactly this one, of seven parameters its datum counts.
    pub from: CrsRecord,
    /// CRS of the coordinates that come out, as for `from`.
    pub to: CrsRecord,
    /// Formula and parameters.
    pub method: Method,
    /// Where the parameters, the points or the converted coordinates come from.
    pub source: String,
    /// The common points from which the parameters were estimated, if they were.
    pub fit: Option<Fit>,
}

impl Transformation {
    /// Refuses parameters that are no numbers or cannot be meant, and a missing source.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`].
    pub fn validate(&self) -> Result<()> {
        if self.source.trim().is_empty() {
            return Err(Error::InvalidParameter {
                name: "source of the transformation".to_owned(),
                found: "empty".to_owned(),
                expected: "where it comes from, such as a document with its number and date".to_owned(),
            });
        }
        match &self.method {
            Method::FourParameters(similarity) => similarity.validate(),
            Method::SevenParameters(helmert) => helmert.validate(),
            Method::OfficiallyConverted => Ok(()),
        }
    }
}

fn finite(name: &str, value: f64, unit: &str) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidParameter { name: name.to_owned(), found: value.to_string(), expected: unit.to_owned() })
}

fn within(name: &str, value: f64, most: f64, unit: &str, why: &str) -> Result<()> {
    finite(name, value, unit)?;
    if value.abs() <= most {
        return Ok(());
    }
    Err(Error::InvalidParameter {
        name: name.to_owned(),
        found: value.to_string(),
        expected: format!("{unit}, between -{most} and {most}: {why}"),
    })
}

//! Licences: who may dig where, between which elevations, and when.

use geo::Polygon;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::dem::VerticalDatum;

/// Identity of a licence; unique in an assessment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenceId(pub String);

impl std::fmt::Display for LicenceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Permitted elevations, metres: from the floor up to the ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lower limit.
    pub floor_m: f64,
    /// Upper limit.
    pub ceiling_m: f64,
}

/// First and last day on which a licence is valid, both included; open where not stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validity {
    /// First valid day.
    pub from: Option<Date>,
    /// Last valid day.
    pub to: Option<Date>,
}

/// One polygon with one band.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Boundary in plan, in the CRS of the grid, x east, y north; holes are interior rings.
    pub polygon: Polygon<f64>,
    /// Permitted elevations; `None` = no elevation is stated, so none is tested.
    pub band: Option<Band>,
    /// Names of the layers that may be dug; `None` = all.
    pub layers: Option<Vec<String>>,
}

/// A mining licence.
#[derive(Debug, Clone, PartialEq)]
pub struct Licence {
    /// Identity.
    pub id: LicenceId,
    /// Holder, if stated.
    pub holder: Option<String>,
    /// Mineral, if stated.
    pub mineral: Option<String>,
    /// Mining method, if stated.
    pub method: Option<String>,
    /// When it is valid.
    pub validity: Validity,
    /// What its bands are counted from.
    pub vertical_datum: VerticalDatum,
    /// Polygons and bands; at least one.
    pub parts: Vec<Part>,
}

//! Licences: who may dig where, between which elevations, and when.

mod rings;

use std::collections::BTreeSet;

use geo::Polygon;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use rings::{Fault, FaultKind, ring_faults};

use crate::{
    dem::VerticalDatum,
    error::{Error, Result},
};

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Boundary in plan, in the CRS of the grid, x east, y north; holes are interior rings.
    #[serde(with = "crate::assessment::geojson::polygon")]
    pub polygon: Polygon<f64>,
    /// Permitted elevations; `None` = no elevation is stated, so none is tested.
    pub band: Option<Band>,
    /// Names of the layers that may be dug; `None` = all.
    pub layers: Option<Vec<String>>,
}

/// A mining licence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Licence {
    /// Checks everything that a licence says about itself: nothing is mended silently.
    ///
    /// Corners that are repeated one after the other are harmless, and so is the direction of rings. Holes may touch
    /// other rings in single points.
    ///
    /// # Errors
    /// - [`Error::EmptyLicence`] without any part
    /// - [`Error::InvalidValidity`] if the last valid day comes before the first
    /// - [`Error::InvalidBand`] if the floor is not below the ceiling, or one of them is not finite
    /// - [`Error::SelfCrossing`] if a ring crosses itself
    /// - [`Error::InvalidRing`] if a coordinate is not finite; if a ring has fewer than three distinct corners, encloses
    ///   no area, touches itself or runs back along itself; if a hole crosses or runs along another ring, or does not
    ///   lie inside its outer ring and outside the other holes
    ///
    /// All of it is decided exactly on the coordinates as given, without any tolerance.
    pub fn validate(&self) -> Result<()> {
        if self.parts.is_empty() {
            return Err(Error::EmptyLicence { licence: self.id.clone() });
        }
        if let Validity { from: Some(from), to: Some(to) } = self.validity
            && from > to
        {
            return Err(Error::InvalidValidity { licence: self.id.clone(), from, to });
        }
        for (part, number) in self.parts.iter().zip(1..) {
            if let Some(Band { floor_m, ceiling_m }) = part.band
                && !(floor_m.is_finite() && ceiling_m.is_finite() && floor_m < ceiling_m)
            {
                return Err(Error::InvalidBand { licence: self.id.clone(), part: number, floor_m, ceiling_m });
            }
            rings::check(&part.polygon).map_err(|fault| fault.of(&self.id, number))?;
        }
        Ok(())
    }
}

/// Checks every licence, and that no id occurs twice.
///
/// # Errors
/// [`Error::DuplicateLicence`], or the first error of [`Licence::validate`].
pub fn validate_all(licences: &[Licence]) -> Result<()> {
    let mut ids = BTreeSet::new();
    if let Some(second) = licences.iter().find(|licence| !ids.insert(&licence.id)) {
        return Err(Error::DuplicateLicence { id: second.id.clone() });
    }
    licences.iter().try_for_each(Licence::validate)
}

#[cfg(test)]
mod tests;

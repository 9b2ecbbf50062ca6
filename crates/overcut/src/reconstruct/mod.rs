//! Ground that was dug away before anybody surveyed it: made anew from what surrounds it, with the error that this has.
//!
//! [`fill`] makes heights inside a footprint from the ground around it, or from a coarser surface that is fitted to that ground
//! ([`fill_from`]). How wrong the result is, is measured where nothing was dug: footprints of the same shape are laid on undisturbed
//! ground, and what is made there is compared with what is there ([`hold_out`]).

mod field;
mod held_out;
mod laplace;
mod natural;
mod regional;
mod thin_plate;

pub use field::{Field, touched};
pub use held_out::{HeldOut, HeldOutOptions, HeldOutWindow, hold_out};
pub use regional::{Adjustment, fill_from};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How ground is made inside a footprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The surface that bends least through the ground around (Duchon 1977): carries slopes and curvature inwards.
    #[default]
    ThinPlate,
    /// The membrane that is fixed along the rim: never above its highest or below its lowest point.
    Laplace,
    /// Sibson's (1981) weights of the cells around the rim.
    NaturalNeighbour,
}

/// Heights inside a footprint, one for each of its cells in their order, from the ground up to `rim_m` around it.
///
/// # Errors
/// [`Error::InvalidParameter`] if there is too little ground around the footprint.
///
/// # References
/// Duchon, J. (1977): Splines minimizing rotation-invariant semi-norms in Sobolev spaces. Lecture Notes in Mathematics 571, 85-100.
/// Sibson, R. (1981): A brief description of natural neighbour interpolation. In: Interpreting Multivariate Data, 21-36.
pub fn fill(field: &Field<'_>, footprint: &[usize], rim_m: f64, method: Method) -> Result<Vec<f64>> {
    let rim = field.rim(footprint, rim_m);
    if rim.len() < LEAST_RIM {
        return Err(Error::InvalidParameter {
            name: "rim_m".to_owned(),
            found: format!("{rim_m} m, with {} cells of undisturbed ground", rim.len()),
            expected: format!("at least {LEAST_RIM} cells of undisturbed ground around each patch"),
        });
    }
    Ok(match method {
        Method::ThinPlate => thin_plate::fill(field, footprint, &rim)?,
        Method::Laplace => laplace::fill(field, footprint),
        Method::NaturalNeighbour => natural::fill(field, footprint, &rim)?,
    })
}

/// Fewer cells around a footprint say nothing.
const LEAST_RIM: usize = 12;

#[cfg(test)]
mod tests;

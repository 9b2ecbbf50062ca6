//! What a registration found, as data.

use serde::{Deserialize, Serialize};

use super::{Correction, Method};
use crate::stable::{ResidualTile, Spread, StableSummary};

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A correction is applied, with a shift in plan.
    Applied,
    /// Heights alone are corrected: a shift was not asked for, not significant, or the ground cannot tell one.
    VerticalOnly,
    /// Nothing found differs from no correction.
    NotSignificant,
    /// Nothing could be found; the reasons say why.
    Refused,
    /// None was asked for.
    NotAsked,
}

/// One parameter of a correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// As in [`Correction`].
    pub name: String,
    /// What was found.
    pub value: f64,
    /// Its standard error.
    pub sigma: f64,
    /// `m`, `m/m` or `1/m`.
    pub unit: String,
    /// Whether it, or the group to which it belongs, differs from 0.
    pub significant: bool,
    /// Whether it is applied.
    pub applied: bool,
}

/// Differences on stable ground in one range of slopes or aspects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResidualBin {
    /// From this angle on, degrees.
    pub from_deg: f64,
    /// Up to this angle, degrees.
    pub to_deg: f64,
    /// As the surveys lie.
    pub before: Option<Spread>,
    /// After registration.
    pub after: Option<Spread>,
}

/// Differences over slope, by aspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AspectBin {
    /// Middle of the range of aspects, degrees clockwise from north.
    pub aspect_deg: f64,
    /// Median of difference / slope as the surveys lie, m; none where there is no such ground.
    pub before_m: Option<f64>,
    /// What the shift that was found gives, m.
    pub fitted_m: f64,
}

/// Numbers of cells by difference; what lies beyond the ends is in the first and last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Lower end of the first range, m.
    pub from_m: f64,
    /// Width of each range, m.
    pub width_m: f64,
    /// As the surveys lie.
    pub before: Vec<u64>,
    /// After registration.
    pub after: Vec<u64>,
}

/// How a survey was brought onto another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// How it was sought.
    pub method: Method,
    /// What became of it.
    pub outcome: Outcome,
    /// Why something found is not applied, in sentences.
    pub reasons: Vec<String>,
    /// What was found.
    pub found: Correction,
    /// What is applied.
    pub applied: Correction,
    /// By parameter.
    pub parameters: Vec<Parameter>,
    /// Covariance of the eight parameters of a correction, in their order, of what may still be wrong after what is applied.
    pub covariance: Vec<Vec<f64>>,
    /// Iterations of the last fit.
    pub iterations: usize,
    /// Whether it came to rest.
    pub converged: bool,
    /// Differences on stable ground as the surveys lie.
    pub before: Option<Spread>,
    /// Differences after registration.
    pub after: Option<Spread>,
    /// By slope.
    pub by_slope: Vec<ResidualBin>,
    /// By aspect, eight sectors.
    pub by_aspect: Vec<ResidualBin>,
    /// Difference over slope by aspect.
    pub aspect: Vec<AspectBin>,
    /// Differences before and after.
    pub histogram: Option<Histogram>,
    /// Stable ground.
    pub stable: StableSummary,
}

impl Registration {
    /// [`Self::covariance`] as a matrix.
    pub(crate) fn parameter_covariance(&self) -> [[f64; 8]; 8] {
        let mut matrix = [[0.0; 8]; 8];
        for (row, line) in self.covariance.iter().enumerate().take(8) {
            for (col, value) in line.iter().enumerate().take(8) {
                matrix[row][col] = *value;
            }
        }
        matrix
    }
}

/// A registration, and what it leaves of the differences on stable ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// What was found.
    pub registration: Registration,
    /// What is left, tile by tile.
    pub residuals: Vec<ResidualTile>,
}

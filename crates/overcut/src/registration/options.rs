//! How surveys are brought onto each other.

use serde::{Deserialize, Serialize};

use super::Interpolation;

/// Which corrections are sought, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Shift, height and tilt together, by robust least squares (after Rosenholm & Torlegård 1988).
    #[default]
    RobustLeastSquares,
    /// Shift by the cosine of the difference over the slope against the aspect, then height (Nuth & Kääb 2011).
    NuthKaab,
    /// Height alone.
    VerticalOnly,
    /// Shift, height, tilt and a quadratic surface together: image blocks without control points in their middle are domed.
    Quadratic,
    /// Nothing: stable ground is only looked at.
    None,
}

/// Options of [`super::register`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationOptions {
    pub(crate) method: Method,
    pub(crate) interpolation: Interpolation,
    pub(crate) max_iterations: usize,
    pub(crate) tolerance_cells: f64,
    pub(crate) max_shift_cells: f64,
    pub(crate) tukey: f64,
    pub(crate) significance: f64,
}

impl Default for RegistrationOptions {
    fn default() -> Self {
        Self {
            method: Method::default(),
            interpolation: Interpolation::default(),
            max_iterations: 30,
            tolerance_cells: 1e-4,
            // Beyond it, one of the surveys is in another place, and should not be pulled over silently.
            max_shift_cells: 20.0,
            // 95 % efficient for normal errors (Beaton & Tukey 1974).
            tukey: 4.685,
            // A correction that is none does harm of its own.
            significance: 0.99,
        }
    }
}

impl RegistrationOptions {
    /// Which corrections are sought, and how.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// How heights between cell centres are found.
    #[must_use]
    pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
        self.interpolation = interpolation;
        self
    }

    /// Most iterations (default 30).
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// A step below this many cells ends the iteration (default 1e-4).
    #[must_use]
    pub fn tolerance_cells(mut self, cells: f64) -> Self {
        self.tolerance_cells = cells;
        self
    }

    /// A larger shift is refused, cells (default 20).
    #[must_use]
    pub fn max_shift_cells(mut self, cells: f64) -> Self {
        self.max_shift_cells = cells;
        self
    }

    /// Confidence at which a correction must differ from none (default 0.99).
    #[must_use]
    pub fn significance(mut self, confidence: f64) -> Self {
        self.significance = confidence;
        self
    }
}

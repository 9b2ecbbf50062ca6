//! The error model of the difference of two surveys, as data.

use serde::{Deserialize, Serialize};

/// Robust spread of the differences in one range of slopes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlopeBin {
    /// From this slope on, degrees.
    pub from_deg: f64,
    /// Up to this slope, degrees.
    pub to_deg: f64,
    /// Median of the square of rise / run in the bin: where it stands in the model.
    pub slope_squared: f64,
    /// Cells of the sample.
    pub cells: u64,
    /// Median difference, m.
    pub median_m: f64,
    /// Normalised median absolute deviation, m.
    pub nmad_m: f64,
    /// The same, made to rise with the slope, m: what is used.
    pub sigma_m: f64,
}

/// Standard deviation of one difference as a function of the slope: its square is piecewise linear in the square of the slope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlopeError {
    /// What it was found from; empty where the error was stated.
    pub bins: Vec<SlopeBin>,
    /// Variance at no slope, m².
    pub flat_variance_m2: f64,
    /// Kinks: (square of the slope, change of the rise of the variance there). The first stands at slope 0.
    pub kinks: Vec<(f64, f64)>,
}

/// Shape of a part of the correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StructureKind {
    /// Spherical.
    Spherical,
    /// Gaussian.
    Gaussian,
    /// Exponential.
    Exponential,
}

/// A part of the variogram of standardised differences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// Shape.
    pub kind: StructureKind,
    /// Variance, in units of the variance of one difference.
    pub sill: f64,
    /// Range, m: where the spherical model ends, and the others have reached 95 % of their sill.
    pub range_m: f64,
}

/// Empirical semivariance of standardised differences at one distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariogramLag {
    /// Mean distance of the pairs, m.
    pub distance_m: f64,
    /// Semivariance (1 = variance of one difference).
    pub semivariance: f64,
    /// Number of pairs.
    pub pairs: u64,
}

/// How errors of neighbours go together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variogram {
    /// What it was fitted to.
    pub lags: Vec<VariogramLag>,
    /// Variance that no two cells share.
    pub nugget: f64,
    /// Up to three parts; none = errors of cells are independent.
    pub structures: Vec<Structure>,
    /// Whatever was not as it should be, in sentences.
    pub notes: Vec<String>,
}

/// The error of the difference of two surveys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorModel {
    /// Cells of stable ground that it was found from.
    pub cells: u64,
    /// Their median difference, m.
    pub median_m: f64,
    /// Their normalised median absolute deviation, m.
    pub nmad_m: f64,
    /// Standard deviation of one difference, by slope.
    pub sigma: SlopeError,
    /// Correlation in space.
    pub variogram: Variogram,
}

impl SlopeError {
    /// The same everywhere.
    pub fn constant(sigma_m: f64) -> Self {
        Self { bins: Vec::new(), flat_variance_m2: sigma_m * sigma_m, kinks: Vec::new() }
    }

    /// Variance of one difference, m², at the square of a slope.
    pub fn variance_m2(&self, slope_squared: f64) -> f64 {
        self.kinks
            .iter()
            .fold(self.flat_variance_m2, |variance, (from, rise)| variance + rise * (slope_squared - from).max(0.0))
    }
}

impl Structure {
    /// Correlation at a distance, times the sill.
    ///
    /// # References
    /// Matheron (1965), Les variables régionalisées et leur estimation.
    pub fn covariance(&self, distance_m: f64) -> f64 {
        let h = distance_m / self.range_m;
        self.sill
            * match self.kind {
                StructureKind::Spherical if h >= 1.0 => 0.0,
                StructureKind::Spherical => 1.0 - h * (1.5 - 0.5 * h * h),
                StructureKind::Gaussian => (-3.0 * h * h).exp(),
                StructureKind::Exponential => (-3.0 * h).exp(),
            }
    }

    /// Where the covariance has fallen to less than 1e-4 of the sill, m.
    pub(crate) fn reach_m(&self) -> f64 {
        self.range_m
            * match self.kind {
                StructureKind::Spherical => 1.0,
                StructureKind::Gaussian => 1.8,
                StructureKind::Exponential => 3.1,
            }
    }
}

impl ErrorModel {
    /// An error that was only stated: the same everywhere, and shared by all cells of a volume, since nothing is known of how
    /// errors go together. So no volume's error is taken for smaller than it can be.
    pub fn stated(sigma_m: f64) -> Self {
        let shared = Structure { kind: StructureKind::Spherical, sill: 1.0, range_m: 1e9 };
        let variogram = Variogram { lags: Vec::new(), nugget: 0.0, structures: vec![shared], notes: Vec::new() };
        Self { cells: 0, median_m: 0.0, nmad_m: sigma_m, sigma: SlopeError::constant(sigma_m), variogram }
    }

    /// Covariance of the standardised errors of two cells at a distance, without the nugget.
    pub fn covariance(&self, distance_m: f64) -> f64 {
        self.variogram.structures.iter().map(|part| part.covariance(distance_m)).sum()
    }

    /// Distance beyond which errors are independent, m.
    pub(crate) fn reach_m(&self) -> f64 {
        self.variogram.structures.iter().map(Structure::reach_m).fold(0.0, f64::max)
    }
}

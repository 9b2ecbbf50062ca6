//! What an assessment is asked to do; every value is part of the record.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    grid::GridShape,
    registration::RegistrationOptions,
    stable::StableOptions,
    uncertainty::ErrorModelOptions,
};

/// Which cells count as neighbours when an excavated area is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Connectivity {
    /// Cells that share a side.
    Four,
    /// Cells that share a side or a corner (default: a pit seen on a grid keeps together where it is one cell wide
    /// and runs askew).
    #[default]
    Eight,
}

/// Whether elevations are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Elevation {
    /// Bands are tested; surfaces and licences with a band must declare one vertical datum (default).
    #[default]
    Tested,
    /// Bands are not tested: everything inside a valid polygon is `inside_boundary`.
    PlanOnly,
}

/// Options of [`crate::assess`].
///
/// # Examples
/// ```
/// use overcut::assessment::AssessOptions;
/// let options = AssessOptions::default().confidence(0.99).min_area_m2(100.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssessOptions {
    pub(crate) confidence: f64,
    pub(crate) lod_m: Option<f64>,
    pub(crate) connectivity: Connectivity,
    pub(crate) min_area_m2: f64,
    pub(crate) min_depth_m: f64,
    pub(crate) elevation: Elevation,
    pub(crate) register: bool,
    pub(crate) reference: usize,
    pub(crate) registration: RegistrationOptions,
    pub(crate) stable: StableOptions,
    pub(crate) estimate_errors: bool,
    pub(crate) error_model: ErrorModelOptions,
    pub(crate) false_alarm: f64,
    pub(crate) corner_sigma_m: f64,
    #[serde(skip)]
    pub(crate) threads: Option<usize>,
    #[serde(skip)]
    pub(crate) unit: Option<GridShape>,
}

impl Default for AssessOptions {
    fn default() -> Self {
        Self {
            // The level of Lane, Westaway & Hicks (2003) and of M3C2.
            confidence: 0.95,
            lod_m: None,
            connectivity: Connectivity::default(),
            min_area_m2: 25.0,
            min_depth_m: 0.0,
            elevation: Elevation::default(),
            register: true,
            reference: 0,
            registration: RegistrationOptions::default(),
            stable: StableOptions::default(),
            estimate_errors: true,
            error_model: ErrorModelOptions::default(),
            // One interval without any change in twenty shows a patch.
            false_alarm: 0.05,
            corner_sigma_m: 0.0,
            threads: None,
            unit: None,
        }
    }
}

impl AssessOptions {
    /// Two-sided confidence of the level of detection, between 0 and 1 (default 0.95).
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// A level of detection for every interval, metres: patches are then the cells beyond it, whatever the errors.
    #[must_use]
    pub fn lod_m(mut self, lod_m: impl Into<Option<f64>>) -> Self {
        self.lod_m = lod_m.into();
        self
    }

    /// Which cells count as neighbours in a patch.
    #[must_use]
    pub fn connectivity(mut self, connectivity: Connectivity) -> Self {
        self.connectivity = connectivity;
        self
    }

    /// Smallest area of a patch, m² (default 25): of its cells beyond the weak threshold.
    #[must_use]
    pub fn min_area_m2(mut self, min_area_m2: f64) -> Self {
        self.min_area_m2 = min_area_m2;
        self
    }

    /// Smallest greatest depth of a patch, metres (default 0: any depth over the level of detection).
    #[must_use]
    pub fn min_depth_m(mut self, min_depth_m: f64) -> Self {
        self.min_depth_m = min_depth_m;
        self
    }

    /// Whether bands are tested.
    #[must_use]
    pub fn elevation(mut self, elevation: Elevation) -> Self {
        self.elevation = elevation;
        self
    }

    /// Whether surveys are brought onto each other before they are compared (default: yes, where stable ground tells how).
    #[must_use]
    pub fn register(mut self, register: bool) -> Self {
        self.register = register;
        self
    }

    /// Position of the surface that stays where it is (default 0, the first).
    #[must_use]
    pub fn reference(mut self, reference: usize) -> Self {
        self.reference = reference;
        self
    }

    /// How surveys are brought onto each other.
    #[must_use]
    pub fn registration(mut self, options: RegistrationOptions) -> Self {
        self.registration = options;
        self
    }

    /// How stable ground is found.
    #[must_use]
    pub fn stable(mut self, options: StableOptions) -> Self {
        self.stable = options;
        self
    }

    /// Whether errors are estimated from stable ground (default: yes, where there is enough) or taken as the surfaces state
    /// them.
    #[must_use]
    pub fn estimate_errors(mut self, estimate: bool) -> Self {
        self.estimate_errors = estimate;
        self
    }

    /// How errors are estimated.
    #[must_use]
    pub fn error_model(mut self, options: ErrorModelOptions) -> Self {
        self.error_model = options;
        self
    }

    /// Probability that an interval without any change has a patch, between 0 and 1 (default 0.05).
    #[must_use]
    pub fn false_alarm(mut self, probability: f64) -> Self {
        self.false_alarm = probability;
        self
    }

    /// Standard deviation of each coordinate of a licence's corners, metres (default 0).
    #[must_use]
    pub fn corner_sigma_m(mut self, sigma_m: f64) -> Self {
        self.corner_sigma_m = sigma_m;
        self
    }

    /// Number of threads (default: one per core). Results do not depend on it.
    #[must_use]
    pub fn threads(mut self, threads: impl Into<Option<usize>>) -> Self {
        self.threads = threads.into();
        self
    }

    /// Rows and columns worked on at a time (default: from how the surfaces are stored). Results do not depend on it.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<Option<GridShape>>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`].
    pub fn validate(&self) -> Result<()> {
        let refuse = |name: &str, found: String, expected: &str| {
            Err(Error::InvalidParameter { name: name.to_owned(), found, expected: expected.to_owned() })
        };
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return refuse("confidence", self.confidence.to_string(), "a number between 0 and 1, such as 0.95");
        }
        if !(self.false_alarm > 0.0 && self.false_alarm < 1.0) {
            return refuse("false_alarm", self.false_alarm.to_string(), "a probability between 0 and 1, such as 0.05");
        }
        if let Some(lod_m) = self.lod_m
            && !(lod_m.is_finite() && lod_m >= 0.0)
        {
            return refuse("lod_m", lod_m.to_string(), "metres, 0 or more");
        }
        for (name, value, unit) in [
            ("min_area_m2", self.min_area_m2, "m²"),
            ("min_depth_m", self.min_depth_m, "metres"),
            ("corner_sigma_m", self.corner_sigma_m, "metres"),
        ] {
            if !(value.is_finite() && value >= 0.0) {
                return refuse(name, value.to_string(), &format!("{unit}, 0 or more"));
            }
        }
        if self.threads == Some(0) {
            return refuse("threads", "0".to_owned(), "1 or more");
        }
        if let Some(unit) = self.unit
            && (unit.rows == 0 || unit.cols == 0)
        {
            return refuse("unit", format!("{} x {}", unit.rows, unit.cols), "at least one row and column");
        }
        Ok(())
    }
}

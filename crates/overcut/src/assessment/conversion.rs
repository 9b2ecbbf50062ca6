//! What was done to coordinates and heights before anything was compared.

use serde::{Deserialize, Serialize};

use crate::{heights::HeightShift, transformation::Transformation};

/// A conversion, and what it was applied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// Surface, licence or file.
    pub applied_to: String,
    /// What was done.
    #[serde(flatten)]
    pub done: Done,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// The plan came from another geodetic datum.
    Transformation(Transformation),
    /// Heights came from another vertical datum.
    HeightShift(HeightShift),
}

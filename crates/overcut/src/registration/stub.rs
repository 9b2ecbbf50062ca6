#![allow(missing_docs, clippy::all, clippy::pedantic)]
use super::Correction;
use crate::{
    error::Result,
    stable::{ResidualTile, StableGround, StableOptions},
    surface::Surface,
};
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    #[default]
    RobustLeastSquares,
    NuthKaab,
    VerticalOnly,
    Quadratic,
    None,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    #[default]
    NotSignificant,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct RegistrationOptions {
    method: Method,
}
impl RegistrationOptions {
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Registration {
    pub outcome: Outcome,
    pub reasons: Vec<String>,
    pub found: Correction,
    pub applied: Correction,
}
impl Registration {
    pub fn parameter_covariance(&self) -> [[f64; 8]; 8] {
        [[0.0; 8]; 8]
    }
}
pub struct Registered {
    pub registration: Registration,
    pub residuals: Vec<ResidualTile>,
}
pub fn register(
    _: (&dyn Surface, &Correction),
    _: &dyn Surface,
    _: &[&geo::Polygon<f64>],
    _: &StableGround<'_>,
    _: &StableOptions,
    _: &RegistrationOptions,
) -> Result<Registered> {
    Ok(Registered { registration: Registration::default(), residuals: Vec::new() })
}

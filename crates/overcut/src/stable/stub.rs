#![allow(missing_docs)]
use crate::surface::Surface;
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy)]
pub enum StableGround<'a> {
    Auto,
    Polygons(&'a [geo::Polygon<f64>]),
    Raster(&'a dyn Surface),
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct StableOptions {}
